"""The FastAGI server with real sockets: asks answered, rubbish and silence survived."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from cti_router.asterisk import fastagi
from cti_router.asterisk.fastagi import AnyAnswer, AnyAsk, FastAgi
from cti_router.asterisk.render import ASK_ARGUMENTS
from cti_router.core.aside import Hold
from cti_router.core.callback import CallbackAnswer, CallbackAsk, CallOut, Heard
from cti_router.core.inputs import Ask, Last, LegAsk
from cti_router.core.instructions import Answer, LegAnswer, Wait

ARGUMENTS = ["caen", "caen-1.1", "1", "arrived", "+33261910001", "", "", "", "", "0", "0"]
ARGUMENTS += ["0"] * (len(ASK_ARGUMENTS) - len(ARGUMENTS))


def _request(arguments: list[str] = ARGUMENTS, script: str = "ask") -> bytes:
    lines = [f"agi_network_script: {script}", "agi_channel: PJSIP/public-1", "agi_callerid: 0261910101"]
    lines += [f"agi_arg_{n}: {argument}" for n, argument in enumerate(arguments, 1)]
    return "\n".join([*lines, "", ""]).encode()


class Served:
    """A server that answers `wait`, and what it heard."""

    def __init__(self) -> None:
        self.asks: list[Ask | LegAsk] = []
        self.callback_asks: list[CallbackAsk] = []
        self.undelivered: list[AnyAsk] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.server = FastAgi({"127.0.0.1": {"caen"}}, self._answer, self.undelivered.append, lambda _site: True)
        self.port = 0

    async def _answer(self, ask: AnyAsk) -> AnyAnswer | None:
        if isinstance(ask, CallbackAsk):
            self.callback_asks.append(ask)
            return CallbackAnswer(CallOut("33261910101", 25.0, "33261910001"))
        self.asks.append(ask)
        await self.gate.wait()
        if isinstance(ask, LegAsk):
            return LegAnswer(Hold(15.0))
        return None if ask.dnis == "33999" else Answer(Wait(30.0), "1/2/3", ask.seq + 1)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, request: bytes, replies: bytes) -> bytes:
        """Send a request; answer what comes with these replies; all the server said."""
        reader, writer = await self.connect()
        writer.write(request)
        said = b""
        async with asyncio.timeout(5):
            while data := await reader.read(1000):
                said += data
                writer.write(replies)
                replies = b""
        writer.close()
        return said


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    served = Served()
    with served.server.serve("127.0.0.1", 0) as listener:
        served.port = listener.socket.getsockname()[1]
        yield served


async def test_an_ask_gets_its_variables_the_verb_last(served: Served) -> None:
    said = await served.ask(_request(), b"200 result=0\n")
    assert said == b'EXEC MSet "CTI_TICKET=1/2/3,CTI_SEQ=2,CTI_FOR=30,CTI_DO=wait"\n'
    assert isinstance(served.asks[0], Ask)
    assert (served.asks[0].site, served.asks[0].call, served.asks[0].dnis) == ("caen", "caen-1.1", "33261910001")
    assert served.undelivered == []


async def test_so_is_that_of_a_leg_rung_for_a_callback(served: Served) -> None:
    arguments = ["caen", "caen-cb1", "arrived", "caen-cb1-1-1", "rose", "0"]
    said = await served.ask(_request(arguments, "callback"), b"200 result=0\n")
    assert b"CTI_NUMBER=33261910101" in said
    assert served.callback_asks == [
        CallbackAsk("caen-cb1", "caen", "PJSIP/public-1", Heard.ARRIVED, "caen-cb1-1-1", "rose")
    ]


async def test_a_leg_s_ask_is_another_question_with_arguments_of_its_own(served: Served) -> None:
    asked = ["caen", "caen-1.1", "3", "dial_BUSY", "caen-1.1-1-1", "remi", "caen-1.1-2-1", "1500"]
    said = await served.ask(_request(asked, script="aside"), b"200 result=0\n")
    assert said == b'EXEC MSet "CTI_FOR=15,CTI_DO=hold"\n'
    assert served.asks == [
        LegAsk("caen-1.1", "caen", "PJSIP/public-1", 3, Last.BUSY, "caen-1.1-1-1", "remi", "caen-1.1-2-1", 1.5)
    ]
    assert await served.ask(_request(asked[:-1], script="aside"), b"") == b""
    assert await served.ask(_request(["rouen", *asked[1:]], script="aside"), b"") == b""
    assert len(served.asks) == 1


async def test_no_answer_is_silence_on_the_wire(served: Served) -> None:
    assert await served.ask(_request([*ARGUMENTS[:4], "33999", *ARGUMENTS[5:]]), b"") == b""


@pytest.mark.parametrize(
    "reply", [b"HANGUP\n", b"510 Invalid or unknown command\n", b""], ids=["redirected", "refused", "closed"]
)
async def test_an_answer_that_was_not_taken_is_told(served: Served, reply: bytes) -> None:
    reader, writer = await served.connect()
    writer.write(_request())
    await reader.readline()
    writer.write(reply)
    writer.write_eof()
    async with asyncio.timeout(5):
        while not served.undelivered:  # noqa: ASYNC110 — our end of the connection is over before
            await asyncio.sleep(0.005)
    writer.close()
    assert [ask.call for ask in served.undelivered if not isinstance(ask, CallbackAsk)] == ["caen-1.1"]


async def test_the_server_says_no_more_after_its_answer(served: Served) -> None:
    """The dialplan goes on at once: it need not wait until we have heard that the answer was taken."""
    reader, writer = await served.connect()
    writer.write(_request())
    async with asyncio.timeout(5):
        assert (await reader.read()).startswith(b"EXEC MSet")
    writer.write(b"200 result=0\n")
    writer.close()
    assert served.undelivered == []


async def test_who_leaves_while_the_answer_is_sought_is_told_as_undelivered(served: Served) -> None:
    served.gate.clear()
    _, writer = await served.connect()
    writer.write(_request())
    async with asyncio.timeout(5):
        while not served.asks:  # noqa: ASYNC110 — the ask has no event
            await asyncio.sleep(0.005)
        writer.close()
        await asyncio.sleep(0.02)
        assert served.undelivered == []
        served.gate.set()
        while not served.undelivered:  # noqa: ASYNC110 — nor has its end
            await asyncio.sleep(0.005)
    assert [ask.call for ask in served.undelivered if not isinstance(ask, CallbackAsk)] == ["caen-1.1"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (ARGUMENTS[:5], f"5 arguments instead of {len(ASK_ARGUMENTS)}"),
        (["rouen", *ARGUMENTS[1:]], "'rouen' does not ask from this address"),
        ([*ARGUMENTS[:2], "one", *ARGUMENTS[3:]], "SEQ is no number"),
        (["caen", "", *ARGUMENTS[2:]], "no call id"),
    ],
    ids=["too few", "another site", "bad number", "no call"],
)
async def test_an_ask_that_is_not_ours_is_refused_with_its_reason(
    served: Served, arguments: list[str], why: str
) -> None:
    with capture_logs() as logs:
        assert await served.ask(_request(arguments), b"") == b""
    assert why in logs[0]["error"]
    assert served.asks == []


async def test_who_is_not_allowed_is_closed_at_once() -> None:
    stranger = FastAgi({"192.0.2.1": {"caen"}}, Served()._answer, lambda _ask: None, lambda _site: True)
    with stranger.serve("127.0.0.1", 0) as listener:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(*listener.socket.getsockname())
            assert await reader.read() == b""
            writer.close()
    assert stranger.refused == 1


async def test_silence_is_cut_and_disturbs_nobody(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastagi, "HEADER_DEADLINE_S", 0.1)
    with capture_logs() as logs:
        reader, writer = await served.connect()
        assert await served.ask(_request(), b"200 result=0\n")
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()
    assert [log["event"] for log in logs] == ["ask_failed"]


async def test_a_client_that_leaves_in_its_headers_disturbs_nobody(served: Served) -> None:
    _, writer = await served.connect()
    writer.write(b"agi_network: yes\n")
    writer.close()
    assert await served.ask(_request(), b"200 result=0\n")
