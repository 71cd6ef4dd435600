"""How a PBX is asked to part, nudge and hang up: what is sent, and what is left alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cti_router.asterisk.pbx import AsteriskPbxs
from tests.asterisk.fake_ami import Conversation, FakeAmi, Received
from tests.asterisk.linked_pbx import linked_caen

CALLER, LEG, EXPERT = "PJSIP/public-1", "PJSIP/rouen-2", "PJSIP/rouen-3"


@asynccontextmanager
async def caen(peers: dict[str, str]) -> AsyncIterator[tuple[AsteriskPbxs, FakeAmi]]:
    """A PBX that is linked. `peers`: who talks with whom; a channel that is not in it is gone."""

    def script(conversation: Conversation, action: Received) -> bool:
        name = action.get("Action")
        if name == "Getvar" and (peer := peers.get(action.get("Channel"))) is not None:
            conversation.answer(action, "Variable: BRIDGEPEER", f"Value: {peer}")
        elif name in ("Getvar", "Redirect", "Hangup") and action.get("Channel") not in peers:
            conversation.answer(action, "Message: No such channel", response="Error")
        else:
            return False
        return True

    async with linked_caen(script) as linked:
        yield linked


async def test_caller_and_leg_are_parted_by_one_redirect_each_to_his_ask() -> None:
    async with caen({CALLER: LEG, LEG: CALLER}) as (pbxs, ami):
        assert await pbxs.part("caen", CALLER)
        (sent,) = ami.received("Redirect")
        assert (sent.get("Channel"), sent.get("Context"), sent.get("Exten")) == (CALLER, "cti-ask-v1", "s")
        assert (sent.get("ExtraChannel"), sent.get("ExtraContext"), sent.get("ExtraExten")) == (
            LEG,
            "cti-aside-v1",
            "s",
        )


@pytest.mark.parametrize("peers", [{CALLER: ""}, {}], ids=["in no talk", "gone"])
async def test_who_is_in_no_talk_is_not_parted(peers: dict[str, str]) -> None:
    async with caen(peers) as (pbxs, ami):
        assert not await pbxs.part("caen", CALLER)
        assert ami.received("Redirect") == []


async def test_a_leg_is_nudged_to_its_own_ask() -> None:
    async with caen({LEG: EXPERT}) as (pbxs, ami):
        assert await pbxs.nudge_leg("caen", LEG)
        assert not await pbxs.nudge_leg("caen", EXPERT)
        assert [each.get("Context") for each in ami.received("Redirect")] == ["cti-aside-v1"] * 2


async def test_a_channel_is_hung_up_or_whom_it_talks_with() -> None:
    async with caen({CALLER: LEG, LEG: EXPERT, EXPERT: LEG}) as (pbxs, ami):
        assert await pbxs.hang_up("caen", LEG, peer=False, spares="")
        assert await pbxs.hang_up("caen", LEG, peer=True, spares=CALLER)
        assert [each.get("Channel") for each in ami.received("Hangup")] == [LEG, EXPERT]


async def test_the_caller_is_never_hung_up_in_an_expert_s_stead() -> None:
    """The advisor's leg took him back a moment before."""
    async with caen({LEG: CALLER, CALLER: LEG}) as (pbxs, ami):
        assert not await pbxs.hang_up("caen", LEG, peer=True, spares=CALLER)
        assert ami.received("Hangup") == []
