"""The contract of the link's end and of the next one: none of panoramisk's defects may come through."""

import asyncio
from collections.abc import Callable
from itertools import islice, pairwise

import pytest
from structlog.testing import capture_logs

from cti_router.asterisk.ami import AmiTimings, _Wire, pauses
from cti_router.interfaces import PbxAway
from tests.asterisk import ami_owner
from tests.asterisk.ami_owner import Owner, eventually, linked, list_of_states, on, running, silence
from tests.asterisk.fake_ami import Conversation, FakeAmi, Received

nothing_goes_wrong_in_the_dark = ami_owner.nothing_goes_wrong_in_the_dark

# ── the end of a link ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["AGI", "Command", "Redirect"])
async def test_no_action_is_ever_replayed_after_a_reconnect(name: str) -> None:
    async with FakeAmi(on(name, lambda c, _: c.hang_up())) as peer, linked(peer) as owner:
        with pytest.raises(PbxAway):
            await owner.link.action(name, {"Channel": "PJSIP/1-1", "Command": "ANSWER"}, deadline_s=60)
        await eventually(lambda: len(owner.heard("FullyBooted")) == 2 and owner.link.up)
        await owner.link.action("Ping")
        assert len(peer.received(name)) == 1
        assert peer.actions[-1].get("Action") == "Ping"


async def test_an_unanswered_ping_ends_the_link_and_a_new_one_is_made() -> None:
    def deaf_at_first(conversation: Conversation, action: Received) -> bool:
        return action.get("Action") == "Ping" and conversation.number == 1

    timings = AmiTimings(ping_every_s=0.05, dead_after_s=0.2, backoff_first_s=0.02)
    async with FakeAmi(deaf_at_first) as peer, linked(peer, timings) as owner:
        await eventually(lambda: owner.ups == 2 and len(peer.received("Ping")) > 3)
        assert owner.reasons == ["no answer to a ping: no sign of life for 0.2 s"]
        assert peer.conversations[0].closed.is_set()
        assert len(peer.conversations) == 2


def test_a_dead_link_is_noticed_after_ten_seconds_unless_told_otherwise() -> None:
    assert AmiTimings().dead_after_s == 10
    with pytest.raises(ValueError, match="shorter"):
        AmiTimings(ping_every_s=10)


async def test_a_login_on_a_link_that_is_gone_fails_at_once() -> None:
    wire = _Wire(lambda _: None)
    wire.connection_lost(None)
    with pytest.raises(PbxAway, match="closed by the PBX"):
        await wire.send({"Action": "Login"})


async def test_a_message_without_an_end_drops_the_link_with_a_clear_reason() -> None:
    async with FakeAmi() as peer, linked(peer) as owner:
        peer.latest.write(b"Event: X\r\n" + b"Output: xxxxxxxxxxxxxxxxxxxxxx\r\n" * 40_000)
        await eventually(lambda: owner.reasons)
        assert owner.reasons == ["a message of more than 1048576 bytes has no end"]


async def test_a_pbx_that_shuts_down_is_not_waited_for() -> None:
    async with FakeAmi() as peer, linked(peer) as owner:
        peer.latest.say("Event: Shutdown", "Shutdown: Cleanly")
        await eventually(lambda: owner.ups == 2)
        assert owner.reasons == ["the PBX is shutting down"]
        assert owner.heard("Shutdown")


async def test_cancelling_closes_the_socket() -> None:
    async with FakeAmi() as peer:
        async with linked(peer) as owner:
            pass
        assert not owner.link.up
        async with asyncio.timeout(5):
            await peer.latest.closed.wait()
        with pytest.raises(PbxAway):
            await owner.link.action("Ping")


async def test_cancelling_during_the_wait_for_a_reconnect_really_ends_it() -> None:
    timings = AmiTimings(backoff_first_s=0.2)
    async with FakeAmi() as peer:
        async with linked(peer, timings) as owner:
            peer.latest.hang_up()
            await eventually(lambda: owner.reasons)
        await asyncio.sleep(0.4)
        assert len(peer.conversations) == 1


@pytest.mark.parametrize("answers_login", [False, True])
async def test_cancelling_during_the_login_closes_the_socket(answers_login: bool) -> None:
    script = on("Login", lambda c, a: c.answer(a) if answers_login else None)
    async with FakeAmi(script) as peer:
        async with running(Owner(peer.port)):
            await eventually(lambda: peer.received("Login"))
        async with asyncio.timeout(5):
            await peer.latest.closed.wait()
        assert len(peer.conversations) == 1


# ── reconnecting ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_pauses_double_up_to_the_longest_with_jitter() -> None:
    drawn = list(islice(pauses(1.0, 8.0), 2000))
    for pause, longest in zip(drawn, [1, 2, 4] + [8] * 1997, strict=True):
        assert longest / 2 <= pause <= longest
    assert len(set(drawn)) > 1000


def after_login(conversation: Conversation, action: Received) -> None:
    conversation.answer(action)
    conversation.close()


@pytest.mark.parametrize(
    "make",
    [lambda: FakeAmi(on_accept=Conversation.close), lambda: FakeAmi(on("Login", after_login))],
    ids=["after accept", "after login"],
)
async def test_a_server_that_closes_at_once_is_not_stormed(make: Callable[[], FakeAmi]) -> None:
    async with make() as peer, running(Owner(peer.port)) as owner:
        await eventually(lambda: len(peer.conversations) == 6)
        instants = [conversation.accepted_at for conversation in peer.conversations]
        for (earlier, later), longest in zip(pairwise(instants), (0.02, 0.04, 0.08, 0.1, 0.1), strict=True):
            assert later - earlier >= longest / 2 * 0.9  # clocks: the loop may wake a timer a little early
        assert set(owner.reasons) == {"closed by the PBX"}


async def test_a_bad_password_is_reported_and_backs_off() -> None:
    def refuse(conversation: Conversation, action: Received) -> None:
        conversation.answer(action, "Message: Authentication failed", response="Error")
        conversation.close()

    with capture_logs() as logs:
        async with FakeAmi(on("Login", refuse)) as peer, running(Owner(peer.port)) as owner:
            await eventually(lambda: len(owner.reasons) == 4)
            assert set(owner.reasons) == {"Login refused: Authentication failed"}
            assert owner.ups == 0
    for line, longest in zip(logs, (0.02, 0.04, 0.08, 0.1), strict=False):
        assert line["event"] == "ami link down"
        assert longest / 2 <= line["retry_in_s"] <= longest
    assert "secret" not in str(logs)


async def test_a_link_that_has_proved_itself_is_made_again_soon() -> None:
    def refuse_four(conversation: Conversation, action: Received) -> bool:
        if action.get("Action") == "Login" and conversation.number <= 4:
            conversation.hang_up()
            return True
        return False

    timings = AmiTimings(ping_every_s=0.02, dead_after_s=5, backoff_first_s=0.02, backoff_max_s=60)
    with capture_logs() as logs:
        async with FakeAmi(refuse_four) as peer, linked(peer, timings) as owner:
            await eventually(lambda: len(peer.received("Ping")) > 2)
            peer.latest.hang_up()
            await eventually(lambda: owner.ups == 2)
    waits = [line["retry_in_s"] for line in logs if line["event"] == "ami link down"]
    assert len(waits) == 5
    assert waits[3] >= 0.08
    assert waits[4] <= 0.02


async def test_nobody_there_is_reported() -> None:
    async with FakeAmi() as peer:
        port = peer.port
    async with running(Owner(port)) as owner:
        await eventually(lambda: len(owner.reasons) > 1)
        assert owner.reasons[0].startswith("cannot connect: ")


@pytest.mark.parametrize(
    ("greeting", "reason"),
    [(b"", "no login within 0.1 s"), (b"SSH-2.0-x\r\n", "not an Asterisk manager: it greets with b'SSH-2.0-x'")],
)
async def test_a_peer_that_does_not_log_us_in_is_reported(greeting: bytes, reason: str) -> None:
    timings = AmiTimings(connect_s=0.1, backoff_first_s=0.02)
    async with FakeAmi(on("Login", silence), greeting=greeting) as peer, running(Owner(peer.port, timings)) as owner:
        await eventually(lambda: owner.reasons)
        assert owner.reasons[0] == reason


# ── resynchronising ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_owner_may_ask_while_it_resynchronises_and_events_go_on() -> None:
    async with FakeAmi(on("DeviceStateList", list_of_states)) as peer:
        owner = Owner(peer.port)
        found: list[str] = []

        async def resynchronise() -> None:
            assert owner.link.up
            listed = await owner.link.collect("DeviceStateList", complete="DeviceStateListComplete")
            await eventually(lambda: owner.heard("DeviceStateChange"))
            found.extend(event.get("Device") for event in listed)

        owner.on_up = resynchronise
        async with running(owner):
            await eventually(lambda: found)
            assert found == ["PJSIP/101", "PJSIP/102"]
            assert not owner.reasons


async def test_a_link_whose_owner_cannot_resynchronise_is_given_up_and_made_again() -> None:
    async with FakeAmi() as peer:
        owner = Owner(peer.port)

        async def fails_once() -> None:
            if owner.ups == 1:
                raise ValueError("confused")

        owner.on_up = fails_once
        with capture_logs() as logs:
            async with running(owner):
                await eventually(lambda: owner.ups == 2)
                await owner.link.action("Ping")
        assert owner.reasons == ["cannot resynchronise: ValueError('confused')"]
        assert [line["about"] for line in logs if line["log_level"] == "error"] == ["on_up"]


async def test_a_resynchronisation_ends_with_its_link() -> None:
    async with FakeAmi() as peer:
        owner = Owner(peer.port)
        ends: list[str] = []

        async def waits_for_ever() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ends.append("cancelled")

        owner.on_up = waits_for_ever
        async with running(owner):
            await eventually(lambda: owner.ups == 1)
            peer.latest.hang_up()
            await eventually(lambda: owner.ups == 2)
            assert ends == ["cancelled"]
