"""What people order in the middle of a day, over the duty calendar: an emergency closure, an exchange of two sites."""

from collections.abc import Iterable
from dataclasses import dataclass

from cti_router.core.configuration import SiteId
from cti_router.core.identity import Instant


@dataclass(frozen=True, slots=True)
class _Spanning:
    """In force from `from_at` (included) to `until_at` (excluded), by order of `author`."""

    from_at: Instant
    until_at: Instant
    author: str

    def in_force(self, at: Instant) -> bool:
        return self.from_at <= at < self.until_at


@dataclass(frozen=True, slots=True)
class Closure(_Spanning):
    """Nobody is on duty; with a `site`: that one serves nobody, the next of the slot stands in for it.

    `notice` says why, to people; callers hear `sounds`, or their number's message when none.
    """

    notice: str
    sounds: tuple[str, ...] = ()
    site: SiteId | None = None


@dataclass(frozen=True, slots=True)
class DutySwap(_Spanning):
    """`give` and `take` exchange their places in the slots, on duty and as backup: "Dieppe takes Caen's Tuesday"."""

    give: SiteId
    take: SiteId

    def exchanged(self, sites: tuple[SiteId, ...]) -> tuple[SiteId, ...]:
        other = {self.give: self.take, self.take: self.give}
        return tuple(other.get(site, site) for site in sites)


@dataclass(frozen=True, slots=True)
class CalendarOrders:
    """All of them. A closure wins over a swap; swaps of one instant are carried out one after the other."""

    closures: tuple[Closure, ...] = ()
    swaps: tuple[DutySwap, ...] = ()

    def closure_at(self, at: Instant) -> Closure | None:
        """The one that closes the whole service: of those in force the one that is over last."""
        return _last_over(closure for closure in self.closures if closure.site is None and closure.in_force(at))

    def closed_sites(self, at: Instant) -> tuple[SiteId, ...]:
        """The sites that serve nobody at an instant, each once, in the order of the orders."""
        return tuple(dict.fromkeys(closure.site for closure in self.closures if closure.site and closure.in_force(at)))

    def closure_of(self, sites: tuple[SiteId, ...], at: Instant) -> Closure | None:
        """Of the closures of these sites in force the one that is over last."""
        return _last_over(closure for closure in self.closures if closure.site in sites and closure.in_force(at))

    def swapped(self, sites: tuple[SiteId, ...], at: Instant) -> tuple[tuple[SiteId, ...], tuple[DutySwap, ...]]:
        """A slot's sites in their places of an instant, and the swaps that changed them."""
        swaps = []
        for swap in self.swaps:
            if swap.in_force(at) and (swap.give in sites or swap.take in sites):
                sites = swap.exchanged(sites)
                swaps.append(swap)
        return sites, tuple(swaps)

    def changes(self, from_at: Instant, until_at: Instant) -> list[Instant]:
        """The instants strictly between these two at which one begins or is over, in order."""
        ends = {end for order in (*self.closures, *self.swaps) for end in (order.from_at, order.until_at)}
        return sorted(end for end in ends if from_at < end < until_at)


def _last_over(closures: Iterable[Closure]) -> Closure | None:
    return max(closures, key=lambda closure: closure.until_at, default=None)


NO_ORDERS = CalendarOrders()
