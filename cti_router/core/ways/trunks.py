"""Lines between the PBXs: how many calls each carries, whether it is up, and the way from one site to another.

What a PBX says of a line outweighs what calls told. A line that fails under a call rests, twice as long each time, and
is probed before it carries again. Everything that moves a line is in one table.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import TypeAlias

from cti_router.core.configuration import PUBLIC, Site, SiteId, Trunk
from cti_router.core.identity import CallId, Instant, OfferId

REST_S, LONGEST_REST_S = 10.0, 300.0
"""How long a line that failed under a call is left alone, at first and at most."""

Hop: TypeAlias = tuple[SiteId, SiteId]


def outward(site: SiteId) -> str:
    """Where a way begins that needs a line from this site to the public network as well."""
    return f"{site}>{PUBLIC}"


class LineState(StrEnum):
    UP = "up"
    DOWN = "down"  # its PBX says so
    RESTING = "resting"  # a call failed on it
    PROBED = "probed"  # its PBX is asked whether it can be used again


class LineMoved(StrEnum):
    """What moves a line."""

    CALL_FAILED = "call_failed"
    RESTED = "rested"
    REACHED = "reached"
    UNREACHED = "unreached"
    PROBE_UNANSWERED = "probe_unanswered"


LINE: dict[tuple[LineState, LineMoved], LineState] = {
    (LineState.UP, LineMoved.CALL_FAILED): LineState.RESTING,
    (LineState.RESTING, LineMoved.CALL_FAILED): LineState.RESTING,
    (LineState.RESTING, LineMoved.RESTED): LineState.PROBED,
    (LineState.RESTING, LineMoved.REACHED): LineState.UP,
    (LineState.PROBED, LineMoved.REACHED): LineState.UP,
    (LineState.DOWN, LineMoved.REACHED): LineState.UP,
    # Nobody can tell: the next call will.
    (LineState.PROBED, LineMoved.PROBE_UNANSWERED): LineState.UP,
    **{(state, LineMoved.UNREACHED): LineState.DOWN for state in LineState},
}


@dataclass(slots=True)
class Line:
    """One hop. `offers` are ours; `others` are legs that its PBX showed and that belong to no offer."""

    capacity: int
    state: LineState = LineState.UP
    failures: int = 0
    rests_until: Instant = 0.0
    offers: set[OfferId] = field(default_factory=set)
    others: set[CallId] = field(default_factory=set)

    @property
    def in_use(self) -> int:
        return len(self.offers) + len(self.others)

    @property
    def carries(self) -> bool:
        return self.state is LineState.UP and self.in_use < self.capacity

    def move(self, moved: LineMoved) -> bool:
        """Follow the table. False when this cannot happen in the present state: nothing changes then."""
        following = LINE.get((self.state, moved))
        if following is None:
            return False
        self.state = following
        return True


class Trunks:
    """Owner of the lines. One is up until its PBX says otherwise; a place is reserved by an offer, and counted again
    from what each PBX shows. A site's way to the public network is a line like the others."""

    def __init__(self, trunks: Iterable[Trunk], sites: Mapping[SiteId, Site]) -> None:
        self._lines: dict[Hop, Line] = {}
        self._other_legs: dict[CallId, Line] = {}
        self._ways: dict[Hop, tuple[SiteId, ...] | None] = {}  # as they are until a line begins or ceases to carry
        self.configure(trunks, sites)

    def configure(self, trunks: Iterable[Trunk], sites: Mapping[SiteId, Site]) -> None:
        """Other trunks, or other capacities; what is carried goes on being counted."""
        self._sites = sites
        self._outward = {outward(site): site for site in sites}
        between = {(trunk.origin, trunk.destination): trunk for trunk in trunks}
        capacities = {hop: trunk.capacity for hop, trunk in between.items()}
        capacities |= {(site.id, PUBLIC): site.public_calls for site in sites.values() if site.public_calls}
        self._via = {hop: trunk.via for hop, trunk in between.items() if trunk.via}
        self._middles = tuple(dict.fromkeys(site for hop in between for site in hop))
        former, self._lines = self._lines, {}
        for hop, capacity in capacities.items():
            line = self._lines[hop] = former.get(hop) or Line(capacity)
            line.capacity = capacity
        self._ways.clear()

    def apart(self) -> "Trunks":
        """The same lines, to be tried out: nothing here changes by it."""
        return deepcopy(self, {id(self._sites): self._sites})

    # the way

    def path(self, origin: SiteId, destination: SiteId) -> tuple[SiteId, ...] | None:
        """The sites a call passes from one PBX to the other, both included; None when there is no way now.

        The direct trunk if it can carry a call; else over one other site, in the order its `via` or the sites' order
        tells; else over the public network (`PUBLIC` in the middle), where the destination has numbers of its own.

        From `outward(origin)`: only with a line to the public network besides, so never over it.
        """
        try:
            return self._ways[origin, destination]
        except KeyError:
            way = self._ways[origin, destination] = self._way(origin, destination)
            return way

    def _way(self, origin: SiteId, destination: SiteId) -> tuple[SiteId, ...] | None:
        if (site_of_line := self._outward.get(origin)) is not None:
            return self._path_and_line_out(site_of_line, destination)
        if origin == destination:
            return (origin,)
        if self.carries(origin, destination):
            return (origin, destination)
        for middle in self._via.get((origin, destination), self._middles):
            if self.carries(origin, middle) and self.carries(middle, destination):
                return (origin, middle, destination)
        site = self._sites.get(destination)
        if site is not None and site.direct_numbers and self.carries(origin, PUBLIC):
            return (origin, PUBLIC, destination)
        return None

    def _path_and_line_out(self, origin: SiteId, destination: SiteId) -> tuple[SiteId, ...] | None:
        if not self.carries(origin, PUBLIC):
            return None
        path = self.path(origin, destination)
        return None if path is None or PUBLIC in path else path

    def carries(self, origin: SiteId, destination: SiteId) -> bool:
        """Can the line from one site to another, or to `PUBLIC`, carry one more call now?"""
        line = self._lines.get((origin, destination))
        return line is not None and line.carries

    # what is carried

    def in_use(self, origin: SiteId, destination: SiteId) -> int:
        line = self._lines.get((origin, destination))
        return line.in_use if line else 0

    def lines(self) -> Mapping[Hop, Line]:
        """Every line, to be looked at."""
        return self._lines

    def reserve(self, path: tuple[SiteId, ...], offer: OfferId) -> None:
        for hop in pairwise(path):
            if (line := self._lines.get(hop)) is not None:
                line.offers.add(offer)
                if not line.carries:
                    self._ways.clear()

    def free(self, path: tuple[SiteId, ...], offer: OfferId) -> bool:
        """True when a line was full until now, so that somebody may have been waiting for it."""
        was_full = False
        for hop in pairwise(path):
            if (line := self._lines.get(hop)) is not None:
                was_full |= line.in_use >= line.capacity
                line.offers.discard(offer)
        if was_full:
            self._ways.clear()
        return was_full

    def others_synced(self, site: SiteId, legs: Mapping[CallId, SiteId]) -> None:
        """The legs a PBX shows on its outgoing lines, by leg and peer, that belong to no offer of ours."""
        for hop, line in self._lines.items():
            if hop[0] == site:
                for leg in line.others:
                    self._other_legs.pop(leg, None)
                line.others.clear()
        for leg, peer in legs.items():
            if (known := self._lines.get((site, peer))) is not None:
                known.others.add(leg)
                self._other_legs[leg] = known
        self._ways.clear()

    def left(self, leg: CallId) -> bool:
        """A channel is gone. True when a line was full of it until now."""
        line = self._other_legs.pop(leg, None)
        if line is None:
            return False
        was_full = line.in_use >= line.capacity
        line.others.discard(leg)
        if was_full:
            self._ways.clear()
        return was_full

    # up, down, resting

    def failed(self, path: tuple[SiteId, ...], now: Instant) -> Instant:
        """A call did not get through its first line: it rests until the instant returned."""
        line = self._lines.get((path[0], path[1]))
        if line is None:
            return now
        line.failures += 1
        line.rests_until = now + min(REST_S * 2 ** (line.failures - 1), LONGEST_REST_S)
        self._move(line, LineMoved.CALL_FAILED)
        return line.rests_until

    def carried(self, path: tuple[SiteId, ...]) -> None:
        """A talk came about on this path: its lines are good."""
        for hop in pairwise(path):
            if (line := self._lines.get(hop)) is not None:
                line.failures = 0

    def rested(self, origin: SiteId, destination: SiteId, now: Instant) -> bool:
        """A rest is over. True when the PBX is to be asked whether the line can be used: it carries nothing before."""
        line = self._lines.get((origin, destination))
        return line is not None and line.rests_until <= now and self._move(line, LineMoved.RESTED)

    def probe_unanswered(self, origin: SiteId, destination: SiteId) -> bool:
        """Nobody could tell about the line. True when it carries again by it."""
        line = self._lines.get((origin, destination))
        return line is not None and self._move(line, LineMoved.PROBE_UNANSWERED)

    def changed(self, origin: SiteId, destination: SiteId, reachable: bool) -> bool:
        """What the PBX of `origin` says. True when the line carries again by it."""
        line = self._lines.get((origin, destination))
        if line is None:
            return False
        moved = self._move(line, LineMoved.REACHED if reachable else LineMoved.UNREACHED)
        return moved and reachable

    def _move(self, line: Line, moved: LineMoved) -> bool:
        self._ways.clear()
        return line.move(moved)
