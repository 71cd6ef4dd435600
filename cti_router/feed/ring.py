"""The last events, numbered, for all who listen: each reads on from where he was, or hears that he is too late."""

import asyncio

LAST = 2_000
"""So many events at least are kept for who reads on: some minutes of a busy service."""


_DIGITS = 18


class Ring:
    """`first` and `following` are the numbers of the oldest event that is kept, and of the next one."""

    def __init__(self, boot: str) -> None:
        """`boot`: no other router's life has it, so that nobody reads on in another's events."""
        self._boot = boot
        self._frames: list[bytes] = []
        self.first = self.following = 1
        self._waiting: set[asyncio.Event] = set()

    def add(self, kind: str, data: str) -> None:
        self._frames.append(self.frame(self.following, kind, data))
        self.following += 1
        if len(self._frames) >= 2 * LAST:
            del self._frames[:LAST]
            self.first += LAST
        self.wake()

    def forget(self) -> None:
        """Nobody can read on from before."""
        self._frames.clear()
        self.following += 1
        self.first = self.following
        self.wake()

    def since(self, number: int) -> bytes:
        """The events from this one on, which is kept still or is the next one."""
        return b"".join(self._frames[number - self.first :])

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

    def wake(self) -> None:
        """Whoever waits for an event looks again."""
        for waiting in self._waiting:
            waiting.set()

    async def news(self, number: int, patience_s: float) -> bool:
        """Returns when an event of this number is there, or nothing is any more. False: not within `patience_s`."""
        if number != self.following:
            return True
        woken = asyncio.Event()
        self._waiting.add(woken)
        try:
            async with asyncio.timeout(patience_s):
                await woken.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(woken)
        return True
