"""The contract of the AMI link, each of panoramisk's defects included: none of them may come through."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice, pairwise
from logging import WARNING

import pytest
from structlog.testing import capture_logs

from cti_router.asterisk.ami import AmiLink, AmiMessage, AmiRefused, AmiTimings, _Wire, pauses
from cti_router.interfaces import PbxAway
from tests.asterisk.fake_ami import Conversation, FakeAmi, Received, Script

FAST = AmiTimings(connect_s=5, ping_every_s=30, dead_after_s=60, backoff_first_s=0.02, backoff_max_s=0.1)


@pytest.fixture(autouse=True)
def _nothing_goes_wrong_in_the_dark(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """asyncio and panoramisk only log what a callback of theirs raised, and that they reconnect on their own."""
    yield
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= WARNING] == []


async def nothing() -> None:
    pass


async def eventually(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  # what is waited for has no event
            await asyncio.sleep(0.005)


@dataclass
class Owner:
    """Of a link, writing down what it is told."""

    port: int
    timings: AmiTimings = FAST
    on_up: Callable[[], Awaitable[None]] = nothing
    ups: int = 0
    reasons: list[str] = field(default_factory=list)
    events: list[AmiMessage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.link = AmiLink(
            host="127.0.0.1",
            port=self.port,
            username="router",
            secret="secret",
            on_event=self.hear,
            on_up=self._up,
            on_down=self.reasons.append,
            timings=self.timings,
        )

    def hear(self, event: AmiMessage) -> None:
        if event.event == "Bad":
            raise ValueError("the owner stumbles")
        self.events.append(event)

    def heard(self, name: str) -> list[AmiMessage]:
        return [event for event in self.events if event.event == name]

    async def _up(self) -> None:
        self.ups += 1
        await self.on_up()


@asynccontextmanager
async def running(owner: Owner) -> AsyncIterator[Owner]:
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(owner.link.run())
        yield owner
        run.cancel()


@asynccontextmanager
async def linked(peer: FakeAmi, timings: AmiTimings = FAST) -> AsyncIterator[Owner]:
    async with running(Owner(peer.port, timings)) as owner:
        await eventually(lambda: owner.ups and owner.heard("FullyBooted"))
        yield owner


def on(name: str, react: Callable[[Conversation, Received], None]) -> Script:
    """A script with one line of its own."""

    def script(conversation: Conversation, action: Received) -> bool:
        if action.get("Action") == name:
            react(conversation, action)
            return True
        return False

    return script


def silence(_: Conversation, __: Received) -> None:
    pass


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


def list_of_states(conversation: Conversation, action: Received) -> None:
    mark = f"ActionID: {action.action_id}"
    conversation.answer(action, "EventList: start", "Message: Device State Changes will follow")
    conversation.say("Event: DeviceStateChange", mark, "Device: PJSIP/101", "State: NOT_INUSE")
    conversation.say("Event: DeviceStateChange", "Device: PJSIP/102", "State: RINGING")
    conversation.say("Event: DeviceStateChange", mark, "Device: PJSIP/102", "State: RINGING")
    conversation.say("Event: DeviceStateListComplete", mark, "EventList: Complete", "ListItems: 2")


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
