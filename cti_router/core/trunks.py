"""Lines between the PBXs: how many calls each carries, and whether it is up."""

from collections.abc import Iterable
from itertools import pairwise

from cti_router.core.configuration import SiteId, Trunk, TrunkId
from cti_router.core.identity import OfferId


class Trunks:
    """Owner of the trunks' state. A trunk is up until its PBX says otherwise; a place is reserved by an offer."""

    def __init__(self, trunks: Iterable[Trunk]) -> None:
        self._between = {(trunk.origin, trunk.destination): trunk for trunk in trunks}
        self._offers: dict[TrunkId, set[OfferId]] = {trunk.id: set() for trunk in self._between.values()}
        self._down: set[tuple[SiteId, SiteId]] = set()

    def path(self, origin: SiteId, destination: SiteId) -> tuple[SiteId, ...] | None:
        """The sites a call passes from one PBX to the other, both included; None when there is no way now."""
        if origin == destination:
            return (origin,)
        trunk = self._between.get((origin, destination))
        if trunk is None or (origin, destination) in self._down or self.in_use(trunk.id) >= trunk.capacity:
            return None
        return (origin, destination)

    def in_use(self, trunk: TrunkId) -> int:
        return len(self._offers[trunk])

    def reserve(self, path: tuple[SiteId, ...], offer: OfferId) -> None:
        for hop in pairwise(path):
            if hop in self._between:
                self._offers[self._between[hop].id].add(offer)

    def free(self, path: tuple[SiteId, ...], offer: OfferId) -> bool:
        """True when a trunk was full until now, so that somebody may have been waiting for it."""
        was_full = False
        for hop in pairwise(path):
            if (trunk := self._between.get(hop)) is not None:
                was_full |= self.in_use(trunk.id) >= trunk.capacity
                self._offers[trunk.id].discard(offer)
        return was_full

    def changed(self, origin: SiteId, destination: SiteId, reachable: bool) -> None:
        if reachable:
            self._down.discard((origin, destination))
        else:
            self._down.add((origin, destination))
