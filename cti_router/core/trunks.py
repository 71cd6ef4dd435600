"""Lines between the PBXs: how many calls each carries, whether it is up, and the way from one site to another."""

from collections.abc import Iterable
from itertools import pairwise

from cti_router.core.configuration import SiteId, Trunk, TrunkId
from cti_router.core.identity import Instant, OfferId

REST_S = 10.0
"""How long a trunk that failed under a call is left alone: its PBX notices by itself within that time."""


class Trunks:
    """Owner of the trunks' state. A trunk is up until its PBX says otherwise; a place is reserved by an offer."""

    def __init__(self, trunks: Iterable[Trunk]) -> None:
        self._offers: dict[TrunkId, set[OfferId]] = {}
        self._down: set[tuple[SiteId, SiteId]] = set()
        self._rests_until: dict[tuple[SiteId, SiteId], Instant] = {}
        self.configure(trunks)

    def configure(self, trunks: Iterable[Trunk]) -> None:
        """Other trunks, or other capacities; what is carried goes on being counted."""
        self._between = {(trunk.origin, trunk.destination): trunk for trunk in trunks}
        self._sites = tuple(dict.fromkeys(site for hop in self._between for site in hop))
        self._offers = {trunk.id: self._offers.get(trunk.id, set()) for trunk in self._between.values()}

    def path(self, origin: SiteId, destination: SiteId, now: Instant) -> tuple[SiteId, ...] | None:
        """The sites a call passes from one PBX to the other, both included; None when there is no way now.

        The direct trunk if it can carry a call, else the first way over one other site, in the configured order.
        """
        if origin == destination:
            return (origin,)
        if self._carries((origin, destination), now):
            return (origin, destination)
        for middle in self._sites:
            if self._carries((origin, middle), now) and self._carries((middle, destination), now):
                return (origin, middle, destination)
        return None

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

    def failed(self, path: tuple[SiteId, ...], now: Instant) -> Instant:
        """A call did not get through its first trunk: it rests until the instant returned."""
        self._rests_until[path[0], path[1]] = now + REST_S
        return now + REST_S

    def changed(self, origin: SiteId, destination: SiteId, reachable: bool) -> bool:
        """What the PBX of `origin` says outweighs what calls told. True when a trunk came up by it."""
        hop = (origin, destination)
        was_away = hop in self._down or hop in self._rests_until
        self._rests_until.pop(hop, None)
        if not reachable:
            self._down.add(hop)
            return False
        self._down.discard(hop)
        return was_away

    def _carries(self, hop: tuple[SiteId, SiteId], now: Instant) -> bool:
        trunk = self._between.get(hop)
        return (
            trunk is not None
            and hop not in self._down
            and self._rests_until.get(hop, now) <= now
            and self.in_use(trunk.id) < trunk.capacity
        )
