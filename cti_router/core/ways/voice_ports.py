"""Voice ports: how many callers a PBX may treat at once. A caller holds one from his arrival until he is talking.

A port is shown like an advisor: what it does now is its state, and everything that moves it is in one table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush

from cti_router.core.configuration import Site, SiteId
from cti_router.core.identity import CallId
from cti_router.core.instructions import Collect, Dial, Instruction, Play, TakeMessage, Wait


class PortState(StrEnum):
    FREE = "free"
    TREATING = "treating"  # something is played to him, or asked of him, or he leaves a message
    WAITING = "waiting"  # music
    RINGING = "ringing"  # music, while an advisor's phone rings


class PortMoved(StrEnum):
    """What moves a port."""

    TAKEN = "taken"
    PLAYED = "played"
    HELD = "held"
    RUNG = "rung"
    GIVEN_BACK = "given_back"


_BUSY = (PortState.TREATING, PortState.WAITING, PortState.RINGING)

PORT: dict[tuple[PortState, PortMoved], PortState] = {
    (PortState.FREE, PortMoved.TAKEN): PortState.TREATING,
    **{(state, PortMoved.PLAYED): PortState.TREATING for state in _BUSY},
    **{(state, PortMoved.HELD): PortState.WAITING for state in _BUSY},
    **{(state, PortMoved.RUNG): PortState.RINGING for state in _BUSY},
    **{(state, PortMoved.GIVEN_BACK): PortState.FREE for state in _BUSY},
}


@dataclass(slots=True)
class Port:
    """One of a site's ports. A `number` over the site's count: a caller who was inside already came back to it."""

    site: SiteId
    number: int
    state: PortState = PortState.FREE
    call: CallId | None = None

    def move(self, moved: PortMoved) -> bool:
        """Follow the table. False when this cannot happen in the present state: nothing changes then."""
        following = PORT.get((self.state, moved))
        if following is None:
            return False
        self.state = following
        return True


class VoicePorts:
    """Owner of the ports. Nobody who is inside is ever put out: only an arrival may find them all taken.

    At a site without a count all who are treated share one port, which is never shown.
    """

    def __init__(self, sites: Mapping[SiteId, Site]) -> None:
        self._shared: dict[SiteId, Port] = {}
        self._held: dict[CallId, Port] = {}
        self._in_use: dict[SiteId, int] = {}
        self._ports: dict[SiteId, list[Port]] = {}
        self._free: dict[SiteId, list[int]] = {}
        self.configure(sites)

    def configure(self, sites: Mapping[SiteId, Site]) -> None:
        """Other sites, or other counts; who holds a port keeps it."""
        self._sites = sites

    def has_free(self, site: SiteId) -> bool:
        """May one more caller be treated at this site? Always, where no count is configured."""
        count = self._count(site)
        return count is None or self.in_use(site) < count

    def in_use(self, site: SiteId) -> int:
        return self._in_use.get(site, 0)

    def take(self, call: CallId, site: SiteId) -> None:
        """A caller is treated at this site, by the lowest port that is free."""
        if call in self._held:
            return
        self._in_use[site] = self.in_use(site) + 1
        if self._count(site) is None:
            self._held[call] = self._shared.setdefault(site, Port(site, 0))
            return
        ports, free = self._ports.setdefault(site, []), self._free.setdefault(site, [])
        if not free:
            ports.append(Port(site, len(ports) + 1))
            free.append(len(ports))
        port = ports[heappop(free) - 1]
        port.move(PortMoved.TAKEN)
        port.call, self._held[call] = call, port

    def told(self, call: CallId, instruction: Instruction) -> None:
        """The port does what its caller was told."""
        port = self._held.get(call)
        if port is not None and port.number and (moved := _MOVED_BY.get(type(instruction))) is not None:
            port.move(moved)

    def give_back(self, call: CallId) -> None:
        """The caller talks, or is gone."""
        if (port := self._held.pop(call, None)) is None:
            return
        self._in_use[port.site] -= 1
        if port.number:
            port.move(PortMoved.GIVEN_BACK)
            port.call = None
            heappush(self._free[port.site], port.number)

    def _count(self, site: SiteId) -> int | None:
        return self._sites[site].voice_ports if site in self._sites else None

    def at(self, site: SiteId) -> Iterable[Port]:
        """Every port of a site that has a count, and those in use beyond it, by number."""
        known = self._ports.get(site, [])
        count = self._sites[site].voice_ports or 0
        yield from (port for port in known if port.number <= count or port.call is not None)
        yield from (Port(site, number) for number in range(len(known) + 1, count + 1))


_MOVED_BY: Mapping[type[Instruction], PortMoved] = {
    Play: PortMoved.PLAYED,
    Collect: PortMoved.PLAYED,
    TakeMessage: PortMoved.PLAYED,
    Wait: PortMoved.HELD,
    Dial: PortMoved.RUNG,
}
