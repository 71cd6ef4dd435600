"""The arithmetic of the consoles' bench, on a few events written by hand; and consoles that read from a socket."""

import asyncio
import json
import math

import pytest

from tests.bench.consoles import pop_leads
from tests.bench.figures import Rang
from tests.bench.screens import Moments, Order, Screens, Span, open_all

OFFSET_S = 3600.0


def data(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def event(kind: str, **fields: object) -> bytes:
    return f"id: b-1\nevent: {kind}\ndata: {json.dumps(fields)}\n\n".encode()


def test_an_advisor_is_news_from_when_his_activity_changed() -> None:
    moments = Moments()
    idle, ringing = data(id="a", activity_since_at=10.0), data(id="a", activity_since_at=12.5)
    still = data(id="a", activity_since_at=12.5, phone_state="ringing")
    assert moments.of(b"advisor", idle) is None, "when he was seen first, it was no news"
    assert moments.of(b"advisor", ringing) == ("a", 12.5)
    assert moments.of(b"advisor", still) is None
    assert moments.of(b"advisor", ringing) == ("a", 12.5), "it comes again to another console"


def test_a_pop_is_news_from_its_offer_and_a_talk_from_its_answer() -> None:
    moments = Moments()
    assert moments.of(b"pop", data(advisor="a", offered_at=7.0)) == ("a", 7.0)
    assert moments.of(b"call", data(advisor="a", talk={"since_at": 7.0})) is None
    assert moments.of(b"call", data(advisor="a", talk={"since_at": 8.0})) == ("a", 8.0)
    assert moments.of(b"call", data(advisor="a", talk=None)) is None
    assert moments.of(b"duty", data(waiting=3)) is None


def test_what_was_read_in_the_span_counts() -> None:
    screens = Screens(OFFSET_S)
    for number in range(20):
        offered_at, read_at = 100.0 + number, 100.1 + number + (0.4 if number == 19 else 0.0)
        screens.read(b"pop", data(advisor="a", offered_at=offered_at + OFFSET_S), read_at)
    screens.read(b"pop", data(advisor="a", offered_at=200.0 + OFFSET_S), 209.0)
    seen = screens.seen(Span(100.0, 200.0))
    assert (seen.samples, round(seen.all_p50_s, 6), round(seen.all_p95_s, 6)) == (20, 0.1, 0.1)
    assert seen.pop_p95_s == seen.all_p95_s
    assert len(seen.pops) == 20
    assert math.isnan(screens.seen(Span(0.0, 1.0)).all_p95_s)


def test_a_pop_leads_the_next_ring_of_its_advisors_phone() -> None:
    rung = [Rang("201", 9.0, None), Rang("202", 10.1, None), Rang("201", 10.3, None), Rang("201", 30.0, None)]
    pops = [("advisor_201", 10.0, 10.2), ("advisor_202", 10.0, 10.4), ("advisor_201", 11.0, 11.1)]
    assert [round(lead_s, 6) for lead_s in pop_leads(pops, rung)] == [0.1, -0.3]


@pytest.mark.parametrize("piece", [7, 1 << 16])
async def test_consoles_read_what_is_sent_however_it_is_cut(piece: int) -> None:
    asked: list[bytes] = []

    async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        text = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        for frame in (event("state", now=1), b":\n\n", event("pop", advisor="a", offered_at=5.0)):
            text += f"{len(frame):x}\r\n".encode() + frame + b"\r\n"
        for start in range(0, len(text), piece):
            writer.write(text[start : start + piece])
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    async with await asyncio.start_server(tell, "127.0.0.1") as server:
        host, port = server.sockets[0].getsockname()
        screens = Screens(0.0)
        await open_all(screens, Order(host, port, ["cti=one", "cti=two"], 0.0))
        async with asyncio.timeout(5):
            while screens.closed < 2:
                await asyncio.sleep(0)
    seen = screens.seen(Span(0.0, math.inf))
    assert sorted(b"cookie: cti=one\r\n" in request for request in asked) == [False, True]
    assert (seen.states, [pop[:2] for pop in seen.pops]) == (2, [("a", 5.0), ("a", 5.0)])
