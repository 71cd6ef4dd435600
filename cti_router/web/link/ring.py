"""The last events for the tabs, numbered: some for everybody, some for one advisor alone."""

from typing import NamedTuple

from cti_router.core.configuration import AdvisorId

LAST = 2_000
"""So many at least are kept for who reads on. Who is further behind sees everything anew."""

_DIGITS = 18


class Frame(NamedTuple):
    """`to`: the advisor whom it concerns, None for everybody. `bare`: without what not all may see."""

    to: AdvisorId | None
    text: bytes
    bare: bytes


class Ring:
    """`boot`: no other life of the pages has it. `first` and `following` are the numbers of the oldest event that is
    kept, and of the next one."""

    def __init__(self, boot: str) -> None:
        self._boot = boot
        self._frames: list[Frame] = []
        self.first = self.following = 1

    def add(self, kind: str, data: str, to: AdvisorId | None = None, bare: str | None = None) -> None:
        """`bare`: what those read instead who may see no records."""
        text = self.text(self.following, kind, data)
        self._frames.append(Frame(to, text, text if bare is None else self.text(self.following, kind, bare)))
        self.following += 1
        if len(self._frames) >= 2 * LAST:
            del self._frames[:LAST]
            self.first += LAST

    def forget(self) -> None:
        """Nobody can read on from before."""
        self._frames.clear()
        self.following += 1
        self.first = self.following

    def since(self, number: int, reader: AdvisorId | None, *, bare: bool = False) -> bytes:
        """What concerns the reader, from this one on, which is kept still or is the next one."""
        return b"".join(
            frame.bare if bare else frame.text
            for frame in self._frames[number - self.first :]
            if frame.to is None or frame.to == reader
        )

    def text(self, number: int, kind: str, data: str) -> bytes:
        """One event as it is sent. `data` is JSON on one line."""
        return f"id: {self._boot}-{number}\nevent: {kind}\ndata: {data}\n\n".encode()

    def after(self, last_event_id: str) -> int | None:
        """The number of the event after the one that was read last; None when it is no more there, or never was."""
        boot, _, number = last_event_id.rpartition("-")
        if boot != self._boot or not (number.isascii() and number.isdecimal()) or len(number) > _DIGITS:
            return None
        following = int(number) + 1
        return following if self.first <= following <= self.following else None
