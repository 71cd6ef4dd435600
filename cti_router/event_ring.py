"""The last events, numbered, for who is told of them one after the other: he reads on, or hears that he is too late."""

from typing import Generic, TypeVar

LAST = 2_000
"""So many events at least are kept for who reads on: some minutes of a busy service."""

_DIGITS = 18

Kept = TypeVar("Kept")


class EventRing(Generic[Kept]):
    """`first` and `following` are the numbers of the oldest event that is kept, and of the next one."""

    def __init__(self, boot: str) -> None:
        """`boot`: no other life of who tells them has it, so that nobody reads on in another's events."""
        self._boot = boot
        self._kept: list[Kept] = []
        self.first = self.following = 1

    def keep(self, event: Kept) -> None:
        """The next one."""
        self._kept.append(event)
        self.following += 1
        if len(self._kept) >= 2 * LAST:
            del self._kept[:LAST]
            self.first += LAST

    def forget(self) -> None:
        """Nobody can read on from before."""
        self._kept.clear()
        self.following += 1
        self.first = self.following

    def kept_since(self, number: int) -> list[Kept]:
        """From this one on, which is kept still or is the next one."""
        return self._kept[number - self.first :]

    def frame(self, number: int, kind: str, data: str) -> bytes:
        """One event as it is sent. `data` is JSON on one line."""
        return f"id: {self._boot}-{number}\nevent: {kind}\ndata: {data}\n\n".encode()

    def after(self, last_event_id: str) -> int | None:
        """The number of the event after the one that was read last; None when it is no more there, or never was."""
        boot, _, number = last_event_id.rpartition("-")
        if boot != self._boot or not (number.isascii() and number.isdecimal()) or len(number) > _DIGITS:
            return None
        following = int(number) + 1
        return following if self.first <= following <= self.following else None
