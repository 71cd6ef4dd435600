"""The contract of actions, lists and events: none of panoramisk's defects may come through."""

import asyncio

import pytest
from structlog.testing import capture_logs

from cti_router.asterisk.ami import AmiLink, AmiRefused
from cti_router.interfaces import PbxAway
from tests.asterisk import ami_owner
from tests.asterisk.ami_owner import Owner, eventually, linked, list_of_states, nothing, on, silence
from tests.asterisk.fake_ami import Conversation, FakeAmi, Received

nothing_goes_wrong_in_the_dark = ami_owner.nothing_goes_wrong_in_the_dark

# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_action_is_sent_once_and_answered() -> None:
    async with FakeAmi() as peer, linked(peer) as owner:
        answer = await owner.link.action("Setvar", {"Variable": "NAME", "Value": "Zoé: ☎"})
        assert (answer.response, answer.get("message")) == ("Success", "ok")
        (sent,) = peer.received("Setvar")
        assert sent.get("Value") == "Zoé: ☎"
        (login,) = peer.received("Login")
        assert (login.get("Username"), login.get("Secret")) == ("router", "secret")


async def test_a_field_with_several_values_is_repeated() -> None:
    async with FakeAmi() as peer, linked(peer) as owner:
        await owner.link.action("Originate", {"Variable": ["A=1", "B=2"]})
        assert peer.received("Originate")[0].all("Variable") == ("A=1", "B=2")


async def test_a_refused_action_says_why() -> None:
    script = on("Redirect", lambda c, a: c.answer(a, "Message: Channel does not exist", response="Error"))
    async with FakeAmi(script) as peer, linked(peer) as owner:
        with pytest.raises(AmiRefused, match="Redirect refused: Channel does not exist") as refusal:
            await owner.link.action("Redirect", {"Channel": "PJSIP/1-1"})
        assert refusal.value.answer.response == "Error"
        assert owner.link.waiting == 0


@pytest.mark.parametrize("bad", ["a\r\n\r\nAction: Originate", "a\nb", "a\rb", "a\0b"])
async def test_crlf_injection_is_refused_before_anything_is_sent(bad: str) -> None:
    async with FakeAmi() as peer, linked(peer) as owner:
        with pytest.raises(ValueError, match="line break"):
            await owner.link.action("Setvar", {"Variable": "X", "Value": bad})
        with pytest.raises(ValueError, match="line break"):
            await owner.link.action(bad)
        await owner.link.action("Ping")
        assert [action.get("Action") for action in peer.actions] == ["Login", "Ping"]


def test_crlf_injection_through_the_credentials_is_refused() -> None:
    with pytest.raises(ValueError, match="line break") as refusal:
        AmiLink(
            host="127.0.0.1",
            port=1,
            username="router",
            secret="secret\r\nEvents: off",
            on_event=print,
            on_up=nothing,
            on_down=print,
        )
    assert "Events" not in str(refusal.value)


async def test_an_action_before_connecting_says_that_there_is_no_link() -> None:
    owner = Owner(port=1)
    with pytest.raises(PbxAway, match=r"no AMI link to 127\.0\.0\.1:1"):
        await owner.link.action("Ping")
    assert not owner.link.up


async def test_unanswered_and_late_answered_actions_leak_nothing() -> None:
    unanswered: list[Received] = []
    script = on("Slow", lambda _, action: unanswered.append(action))
    async with FakeAmi(script) as peer, linked(peer) as owner:
        for _ in range(20):
            with pytest.raises(PbxAway, match="no answer to Slow"):
                await owner.link.action("Slow", deadline_s=0.01)
        await eventually(lambda: len(unanswered) == 20)
        assert owner.link.waiting == 0
        for action in unanswered[:10]:
            peer.latest.answer(action, "Message: at last")
        assert (await owner.link.action("Ping")).get("Message") == "ok"
        assert owner.link.waiting == 0


async def test_an_action_that_is_cancelled_leaks_nothing() -> None:
    async with FakeAmi(on("Slow", silence)) as peer, linked(peer) as owner:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await owner.link.action("Slow", deadline_s=60)
        await eventually(lambda: owner.link.waiting == 0)


async def test_an_action_answered_twice_does_not_drop_the_link() -> None:
    def answer_twice(conversation: Conversation, action: Received) -> None:
        conversation.answer(action, "Message: first")
        conversation.answer(action, "Message: second", response="Error")

    async with FakeAmi(on("Redirect", answer_twice)) as peer, linked(peer) as owner:
        assert (await owner.link.action("Redirect")).get("Message") == "first"
        await owner.link.action("Ping")
        assert len(peer.conversations) == 1


async def test_a_success_that_says_successfully_queued_without_async_does_not_drop_the_link() -> None:
    script = on("Originate", lambda c, a: c.answer(a, "Message: Originate successfully queued"))
    async with FakeAmi(script) as peer, linked(peer) as owner:
        assert (await owner.link.action("Originate", {"Channel": "Local/1@x"})).response == "Success"
        await owner.link.action("Ping")
        assert (len(peer.conversations), len(peer.received("Originate"))) == (1, 1)


@pytest.mark.parametrize("text", ["Added interface to queue", "Output will follow", "Command output follows"])
async def test_an_answer_that_sounds_like_the_start_of_a_list_does_not_hang(text: str) -> None:
    async with FakeAmi(on("QueueAdd", lambda c, a: c.answer(a, f"Message: {text}"))) as peer, linked(peer) as owner:
        assert (await owner.link.action("QueueAdd", {"Queue": "duty"})).get("Message") == text


async def test_the_output_of_a_command_comes_line_by_line() -> None:
    script = on("Command", lambda c, a: c.answer(a, "Message: Command output follows", "Output: one", "Output: "))
    async with FakeAmi(script) as peer, linked(peer) as owner:
        answer = await owner.link.action("Command", {"Command": "core show version"})
        assert answer.all("Output") == ("one", "")


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_list_is_returned_and_only_other_events_are_told() -> None:
    async with FakeAmi(on("DeviceStateList", list_of_states)) as peer, linked(peer) as owner:
        listed = await owner.link.collect("DeviceStateList", complete="DeviceStateListComplete")
        assert [event.get("Device") for event in listed] == ["PJSIP/101", "PJSIP/102"]
        assert [event.get("Device") for event in owner.heard("DeviceStateChange")] == ["PJSIP/102"]
        assert not owner.heard("DeviceStateListComplete")
        assert owner.link.waiting == 0


async def test_a_list_that_never_completes_and_one_that_is_refused() -> None:
    async with FakeAmi(on("Status", lambda c, a: c.answer(a, "EventList: start"))) as peer, linked(peer) as owner:
        with pytest.raises(PbxAway, match="no answer to Status"):
            await owner.link.collect("Status", complete="StatusComplete", deadline_s=0.05)
        peer.script = on("Status", lambda c, a: c.answer(a, "Message: Permission denied", response="Error"))
        with pytest.raises(AmiRefused, match="Permission denied"):
            await owner.link.collect("Status", complete="StatusComplete")
        assert owner.link.waiting == 0


# ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_events_come_in_order() -> None:
    async with FakeAmi() as peer, linked(peer) as owner:
        for number in range(500):
            peer.latest.say("Event: Hangup", f"Uniqueid: {number}")
        await owner.link.action("Ping")
        assert [event.get("Uniqueid") for event in owner.heard("Hangup")] == [str(n) for n in range(500)]


async def test_utf8_split_over_tcp_chunks_arrives_whole() -> None:
    data = "Event: NewCallerid\r\nCallerIDName: Zoé Bénédicte\r\n\r\n".encode()
    cut = data.index("é".encode()) + 1
    async with FakeAmi() as peer, linked(peer) as owner:
        peer.latest.write(data[:cut])
        await peer.latest.flush()
        await asyncio.sleep(0.05)
        peer.latest.write(data[cut:])
        await eventually(lambda: owner.heard("NewCallerid"))
        assert owner.heard("NewCallerid")[0].get("CallerIDName") == "Zoé Bénédicte"


async def test_a_raising_event_handler_is_logged_and_does_not_close_the_link() -> None:
    with capture_logs() as logs:
        async with FakeAmi() as peer, linked(peer) as owner:
            for name in ("Bad", "Good", "Good"):
                peer.latest.say(f"Event: {name}")
            await owner.link.action("Ping")
            assert len(owner.heard("Good")) == 2
            assert len(peer.conversations) == 1
    (line,) = [line for line in logs if line["log_level"] == "error"]
    assert line["about"] == "event Bad"


async def test_an_event_that_carries_the_id_of_an_action_is_still_told() -> None:
    def originate(conversation: Conversation, action: Received) -> None:
        event = ("Event: OriginateResponse", f"ActionID: {action.action_id}", "Response: Failure")
        conversation.say(*event, "Reason: 5")
        conversation.answer(action, "Message: Originate successfully queued")
        conversation.say(*event, "Reason: 8")

    async with FakeAmi(on("Originate", originate)) as peer, linked(peer) as owner:
        assert (await owner.link.action("Originate", {"Async": "true"})).response == "Success"
        await owner.link.action("Ping")
        assert [event.get("Reason") for event in owner.heard("OriginateResponse")] == ["5", "8"]
