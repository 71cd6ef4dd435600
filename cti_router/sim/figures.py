"""The figures of a day, in the trade's own terms, from the rows of the history."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cti_router.core.configuration import Configuration
from cti_router.core.history import CallRecord, Outcome
from cti_router.core.identity import Instant
from cti_router.core.inputs import Last
from cti_router.sim.day import Day

WITHIN_S = 20.0
"""The service level's usual threshold."""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """`offered` calls came in a time slot for a known number: offered = answered + abandoned + unserved, who
    came to the end of their plan, and left a message or were sent on to another number perhaps.

    `answered_within` counts those answered at most `within_s` after their arrival (ringing included). `waited_s` is
    the sum of the waits of the answered. `busy_s` is the time advisors spent ringing, talking or in wrap-up,
    `staffed_s` advisors × length of the day. `rona` counts offers that rang to their end.
    """

    offered: int
    answered: int
    abandoned: int
    unserved: int
    within_s: float
    answered_within: int
    waited_s: float
    busy_s: float
    staffed_s: float
    rona: int

    @property
    def service_level(self) -> float:
        """answered_within / offered: who hangs up counts against it. 1 when nobody called."""
        return self.answered_within / self.offered if self.offered else 1.0

    @property
    def abandonment(self) -> float:
        """abandoned / offered."""
        return self.abandoned / self.offered if self.offered else 0.0

    @property
    def asa_s(self) -> float:
        """Average speed of answer: waited_s / answered."""
        return self.waited_s / self.answered if self.answered else 0.0

    @property
    def occupancy(self) -> float:
        """busy_s / staffed_s."""
        return self.busy_s / self.staffed_s if self.staffed_s else 0.0


def figures(
    day: Day, configuration: Configuration, *, within_s: float = WITHIN_S, warm_up_s: float = 0.0
) -> DayFigures:
    """The figures of the callers who arrived at least `warm_up_s` after the start: a day begins with nobody waiting."""
    from_at = day.from_at + warm_up_s
    rows = [row for row in day.records if row.arrived_at >= from_at]
    outcomes = Counter(row.outcome for row in rows)
    waits = [row.waited_s for row in rows if row.outcome is Outcome.ANSWERED]
    busy_s = 0.0
    for row in day.records:
        for begins, ends in _busy(row, configuration.rules.wrap_up_s):
            busy_s += max(0.0, min(ends, day.until_at) - max(begins, from_at))
    unserved = outcomes[Outcome.UNSERVED] + outcomes[Outcome.VOICEMAIL] + outcomes[Outcome.FORWARDED]
    return DayFigures(
        offered=outcomes[Outcome.ANSWERED] + outcomes[Outcome.ABANDONED] + unserved,
        answered=outcomes[Outcome.ANSWERED],
        abandoned=outcomes[Outcome.ABANDONED],
        unserved=unserved,
        within_s=within_s,
        answered_within=sum(waited_s <= within_s for waited_s in waits),
        waited_s=sum(waits),
        busy_s=busy_s,
        staffed_s=len(configuration.advisors) * (day.until_at - from_at),
        rona=sum(offer.result == Last.NO_ANSWER for row in rows for ticket in row.tickets for offer in ticket.offers),
    )


def _busy(row: CallRecord, wrap_up_s: float) -> Iterator[tuple[Instant, Instant]]:
    for ticket in row.tickets:
        for offer in ticket.offers:
            if offer.result == Outcome.ANSWERED:
                yield offer.offered_at, (ticket.answered_at or offer.offered_at) + ticket.talked_s + wrap_up_s
            else:
                yield offer.offered_at, offer.offered_at + offer.rang_s
