"""Owner of what is heard of the trunks: failures, rests, probes, and the legs each PBX shows."""

from cti_router.core.configuration import PUBLIC, Configuration, SiteId
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.effects import ProbeTrunk
from cti_router.core.identity import CallId
from cti_router.core.inputs import LegSeen, TrunkChanged
from cti_router.core.turn import Turn
from cti_router.core.ways.trunks import Trunks

PROBE_WITHIN_S = 5.0
"""A PBX that has not told by then what it found does not tell: the next call will find out."""


class TrunkWatch:
    """Each line that carries again opens a way, perhaps for somebody who waits."""

    def __init__(self, trunks: Trunks, deadlines: Deadlines) -> None:
        self._trunks = trunks
        self._deadlines = deadlines

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._trunks.configure(configuration.trunks.values(), configuration.sites)

    def changed(self, fact: TrunkChanged, turn: Turn) -> None:
        turn.way_opened |= self._trunks.changed(fact.site, fact.peer, fact.reachable)

    def failed(self, path: tuple[SiteId, ...], turn: Turn) -> None:
        """A call did not get through on this path: its first line rests."""
        self._deadlines.set(self._trunks.failed(path, turn.now), Due.TRUNK_RESTED, f"{path[0]}>{path[1]}")

    def rested(self, hop: str, turn: Turn) -> None:
        origin, _, destination = hop.partition(">")
        if not self._trunks.rested(origin, destination, turn.now):
            return
        if destination == PUBLIC:
            turn.way_opened |= self._trunks.probe_unanswered(origin, destination)  # a call is the only probe
        else:
            turn.emit(ProbeTrunk(origin, destination))
            self._deadlines.set(turn.now + PROBE_WITHIN_S, Due.PROBE_LATE, hop)

    def probe_late(self, hop: str, turn: Turn) -> None:
        origin, _, destination = hop.partition(">")
        turn.way_opened |= self._trunks.probe_unanswered(origin, destination)

    def legs_synced(self, site: SiteId, legs: tuple[LegSeen, ...], ours: set[CallId]) -> None:
        """The outgoing legs on a PBX's trunks; those of `ours` are counted by their offers."""
        self._trunks.others_synced(site, {leg.id: leg.peer for leg in legs if leg.call not in ours})

    def left(self, leg: CallId, turn: Turn) -> None:
        turn.way_opened |= self._trunks.left(leg)
