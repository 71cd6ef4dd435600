"""The last events: who reads on gets each once, who is too late is told so."""

import asyncio

import pytest

from cti_router.event_ring import LAST
from cti_router.feed.ring import Ring


def filled(count: int) -> Ring:
    ring = Ring("b")
    for number in range(count):
        ring.add("over", f'{{"n":{number + 1}}}')
    return ring


def test_an_event_is_sent_as_the_browsers_want_it() -> None:
    assert filled(1).since(1) == b'id: b-1\nevent: over\ndata: {"n":1}\n\n'
    assert filled(3).since(3) == b'id: b-3\nevent: over\ndata: {"n":3}\n\n'
    assert filled(3).since(4) == b""


@pytest.mark.parametrize(
    ("read_last", "following"),
    [("b-1", 2), ("b-3", 4), ("b-4", None), ("b-0", 1), ("c-1", None), ("", None), ("b-", None), ("b-x", None),
     ("b-" + 30 * "9", None), ("b-٣", None)],
)  # fmt: skip
def test_who_reads_on_tells_what_he_read_last(read_last: str, following: int | None) -> None:
    assert filled(3).after(read_last) == following


def test_the_oldest_are_dropped() -> None:
    ring = filled(2 * LAST)
    assert (ring.first, ring.following) == (LAST + 1, 2 * LAST + 1)
    assert ring.after(f"b-{LAST - 1}") is None
    assert ring.since(ring.first).count(b"id: ") == LAST


def test_nobody_reads_on_from_before_what_was_forgotten() -> None:
    ring = filled(3)
    ring.forget()
    assert ring.after("b-3") is None
    ring.add("over", "{}")
    assert ring.after("b-4") == 5


async def test_who_waits_is_woken_by_the_next_event() -> None:
    ring = filled(1)
    assert await ring.news(1, 5.0)  # it is there already
    assert not await ring.news(2, 0.01)
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(ring.news(2, 5.0))
        await asyncio.sleep(0)
        ring.add("over", "{}")
    assert waiting.result()
