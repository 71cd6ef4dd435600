"""At the change of duty, and at closing time: who serves those who wait."""

from dataclasses import dataclass

from cti_router.core.calendar import Closed, Duty, duty_at
from cti_router.core.configuration import AtClose, Configuration, Drain
from cti_router.core.identity import Instant


@dataclass(frozen=True, slots=True)
class Kept:
    """The site that left duty keeps those who came before, until they are served or `until_at` (None: for ever)."""

    duty: Duty
    until_at: Instant | None


def duty_for(
    configuration: Configuration, waits_since_at: Instant, now: Instant, present: Duty | Closed
) -> Duty | Kept | Closed:
    """Whose a ticket is now: of the duty that is `present`, or of its former one. Closed: nobody's, dismiss it.

    Whoever waits when the service closes is served as he was promised when he came, unless `at_close` says otherwise.
    """
    rules = configuration.rules
    if isinstance(present, Closed):
        former = duty_at(configuration.calendar, waits_since_at)
        if rules.at_close is AtClose.DISMISS or isinstance(former, Closed):
            return present
        return Kept(former, None)
    if rules.drain is Drain.STAY and waits_since_at < present.from_at:
        former = duty_at(configuration.calendar, waits_since_at)
        if isinstance(former, Duty):
            until_at = None if rules.drain_for_s is None else former.until_at + rules.drain_for_s
            if until_at is None or now < until_at:
                return Kept(former, until_at)
    return present
