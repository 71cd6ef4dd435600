"""A record as the page shows it."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from cti_router.core.configuration import Configuration
from cti_router.core.identity import Instant
from cti_router.web.person import Person
from cti_router.web.record import french
from cti_router.web.record.record import Declaration, Record
from cti_router.web.rendering import rendered

DECLARATIONS = 4


def record_page(
    record: Record, configuration: Configuration, viewer: Person, zone: ZoneInfo, now: Instant, crm: str | None = None
) -> str:
    """An HTML fragment: its texts are the viewer's language's, its data French. `crm`: another program's page of it."""
    today = datetime.fromtimestamp(now, zone).date()

    def advisor(id_: str | None) -> str:
        known = configuration.advisors.get(id_ or "")
        return known.name if known is not None else id_ or ""

    def motive(id_: str | None) -> str:
        known = configuration.motives.get(id_ or "")
        return known.name if known is not None else id_ or ""

    def moment(at: Instant) -> str:
        when = datetime.fromtimestamp(at, zone)
        return f"{french.day(when.date(), today)}, {when:%H:%M}"

    def period(of: Declaration) -> str:
        return french.period(of.period, of.months, today)

    profile = configuration.profiles.get(record.profile)
    return rendered(
        "record/record.html", viewer.language, record=record, viewer=viewer, crm=crm,
        profile=profile.name if profile is not None else record.profile, advisor=advisor, motive=motive, moment=moment,
        today=today, next_due=record.next_due(today), missing=record.missing(today), made=record.made(DECLARATIONS),
        amount=french.amount, siret=french.siret, account=french.account, phone=french.phone,
        day=partial(french.day, today=today), period=period,
        distance=partial(french.distance, today=today),
    )  # fmt: skip
