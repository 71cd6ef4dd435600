"""Owner of the information of the day: what is told now to who waits, by the files and by order."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from cti_router.core.configuration import Configuration, ProfileId
from cti_router.core.duty.due_dates import due_at
from cti_router.core.duty.wall_clock import instant_of
from cti_router.core.heard import Information
from cti_router.core.identity import Instant
from cti_router.core.treating.treatment import News


class InformationOfTheDay:
    """What the files say holds from midnight to midnight of the calendar; an order, as long as it is in force."""

    def __init__(self, configuration: Configuration) -> None:
        self._ordered: tuple[News, ...] = ()
        self.configure(configuration)

    def configure(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._until_at: Instant = 0.0
        self._today: dict[ProfileId, tuple[News, ...]] = {}

    def order(self, news: Iterable[News]) -> None:
        """All that is in force by order, in the order in which it was given."""
        self._ordered = tuple(news)

    @property
    def any(self) -> bool:
        """May there be any at all? Mostly there is none, and nobody need look."""
        return bool(self._ordered or self._configuration.information)

    def of(self, profile: ProfileId, now: Instant) -> tuple[News, ...]:
        """What concerns a caller of this profile: first what was ordered, then what the files say."""
        if not self._configuration.information:
            return self._ordered
        if now >= self._until_at:
            self._begin_day(now)
        known = self._today.get(profile)
        if known is None:
            concerned = (each for each in self._configuration.information if self._concerns(each, profile, now))
            known = self._today[profile] = tuple(News(each.id, each.prompts) for each in concerned)
        return self._ordered + known

    def _begin_day(self, now: Instant) -> None:
        zone = ZoneInfo(self._configuration.calendar.timezone)
        self._day = datetime.fromtimestamp(now, zone).date()
        self._until_at = instant_of(self._day + timedelta(days=1), time(0), zone)
        self._today = {}

    def _concerns(self, what: Information, profile: ProfileId, now: Instant) -> bool:
        return (
            (what.from_day is None or what.from_day <= self._day)
            and (what.until_day is None or self._day <= what.until_day)
            and (not what.profiles or profile in what.profiles)
            and (
                not what.due or any(each.what.id in what.due for each in due_at(self._configuration, profile, now))
            )
        )  # fmt: skip
