"""The router's last events, for all who listen."""

import asyncio

from cti_router.event_ring import EventRing


class Ring(EventRing[bytes]):
    """Who waits for the next one is woken."""

    def __init__(self, boot: str) -> None:
        super().__init__(boot)
        self._waiting: set[asyncio.Event] = set()

    def add(self, kind: str, data: str) -> None:
        self.keep(self.frame(self.following, kind, data))
        self.wake()

    def forget(self) -> None:
        super().forget()
        self.wake()

    def since(self, number: int) -> bytes:
        """The events from this one on, which is kept still or is the next one."""
        return b"".join(self.kept_since(number))

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
