"""The last events for the tabs: some for everybody, some for one advisor alone."""

from typing import NamedTuple

from cti_router.core.configuration import AdvisorId
from cti_router.event_ring import EventRing


class Frame(NamedTuple):
    """`to`: the advisor whom it concerns, None for everybody. `bare`: without what not all may see."""

    to: AdvisorId | None
    text: bytes
    bare: bytes


class Ring(EventRing[Frame]):
    def add(self, kind: str, data: str, to: AdvisorId | None = None, bare: str | None = None) -> None:
        """`bare`: what those read instead who may see no records."""
        text = self.frame(self.following, kind, data)
        self.keep(Frame(to, text, text if bare is None else self.frame(self.following, kind, bare)))

    def since(self, number: int, reader: AdvisorId | None, *, bare: bool = False) -> bytes:
        """What concerns the reader, from this one on, which is kept still or is the next one."""
        return b"".join(
            frame.bare if bare else frame.text
            for frame in self.kept_since(number)
            if frame.to is None or frame.to == reader
        )
