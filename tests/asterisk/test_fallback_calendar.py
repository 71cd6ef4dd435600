"""The fallback's calendar, as Asterisk will read it, names the sites that the router names: its lines are parsed here.

What Asterisk itself makes of them is in tests/acceptance/test_rendered_files.py.
"""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from operator import and_, or_
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest

from cti_router.asterisk.fallback_calendar import DATED_DAYS
from cti_router.asterisk.render import render_site
from cti_router.core.configuration import Calendar, Slot
from cti_router.core.duty.calendar import Duty, duty_at
from cti_router.core.duty.calendar_proof import overlaps
from tests.asterisk.two_sites import AROUND_THE_CLOCK, NIGHTS, ORGANISATION, TODAY, deployment
from tests.core.board import at


class _Dialplan:
    """The rendered calendar: Asterisk's words for it, in as far as it uses them."""

    _LINE = re.compile(
        r" same => n,ExecIf\(\$\[\$\{(\w+)\} >= (\d+) ([&|]) \$\{\1\} < (\d+)\]\?Set\(CTI_DUTY=([a-z&-]+)\)\)"
        r"(?: ; \S+)?"
    )
    _CLOCK = re.compile(r" same => n,Set\(LOCAL\((clock\d+)\)=\$\{STRFTIME\(\$\{at\},(\S+),%u%H%M\)\}\)")
    _BOTH: ClassVar[dict[str, Callable[[bool, bool], bool]]] = {"&": and_, "|": or_}

    def __init__(self, calendar: Calendar, today: date) -> None:
        text = render_site(replace(ORGANISATION, calendar=calendar), deployment(), "caen", today)["cti_extensions.conf"]
        section = text.partition("[cti-calendar]\n")[2].splitlines()
        assert f"d${{STRFTIME(${{at}},{calendar.timezone},%Y%m%d)}}" in section[1]
        self.extensions: dict[str, list[str]] = {}
        for line in section:
            if line.startswith("exten => "):
                steps = self.extensions.setdefault(line.removeprefix("exten => ").partition(",")[0], [])
            else:
                steps.append(line)
        self._zone = ZoneInfo(calendar.timezone)

    def duty(self, instant: float) -> str:
        """CTI_DUTY after a Gosub at that instant."""
        day = f"d{datetime.fromtimestamp(instant, self._zone):%Y%m%d}"
        variables, duty = {"at": int(instant)}, ""
        *steps, last = self.extensions.get(day) or self.extensions["week"]
        assert last == " same => n,Return()"
        for step in steps:
            if clock := self._CLOCK.fullmatch(step):
                local = datetime.fromtimestamp(instant, ZoneInfo(clock[2]))
                variables[clock[1]] = int(f"{local.isoweekday()}{local:%H%M}")
                continue
            found = self._LINE.fullmatch(step)
            assert found, step
            variable, low, both, high, sites = found.groups()
            if self._BOTH[both](variables[variable] >= int(low), variables[variable] < int(high)):
                duty = sites
        return duty


def _router_s(calendar: Calendar, instant: float) -> str:
    duty = duty_at(calendar, instant)
    return "&".join((duty.site, *duty.backups)) if isinstance(duty, Duty) else ""


def _instants(calendar: Calendar, first: date, days: int) -> list[float]:
    """Many at random, and each at which something changes with the ones beside it."""
    zone = ZoneInfo(calendar.timezone)
    begins, ends = (datetime.combine(day, time(), zone).timestamp() for day in (first, first + timedelta(days=days)))
    chosen = random.Random(60)
    found = [chosen.uniform(begins, ends) for _ in range(4000)]
    when = begins
    while when < ends:
        found += [max(begins, when - 1), when]
        when = duty_at(calendar, when).until_at or ends
    return found


@pytest.mark.parametrize(
    ("calendar", "today"),
    [
        (ORGANISATION.calendar, TODAY),
        (AROUND_THE_CLOCK, date(2026, 10, 1)),
        (AROUND_THE_CLOCK, date(2027, 3, 1)),
        (replace(AROUND_THE_CLOCK, timezone="Indian/Reunion", week=NIGHTS[1:4], exceptions={}), date(2027, 3, 1)),
    ],
    ids=["two sites", "autumn", "spring", "another zone"],
)
def test_sixty_days_agree_with_the_router_at_every_instant(calendar: Calendar, today: date) -> None:
    assert overlaps(calendar) == ()
    dialplan = _Dialplan(calendar, today)
    instants = _instants(calendar, today, DATED_DAYS)
    assert [at for at in instants if dialplan.duty(at) != _router_s(calendar, at)] == []
    assert len({dialplan.duty(at) for at in instants}) >= 3


@pytest.mark.parametrize("calendar", [ORGANISATION.calendar, AROUND_THE_CLOCK], ids=["two sites", "around the clock"])
def test_after_them_the_plain_week_agrees_too(calendar: Calendar) -> None:
    plain = replace(calendar, exceptions={})
    dialplan = _Dialplan(plain, date(2026, 6, 1))
    months_later = _instants(plain, date(2026, 11, 2), 120)
    assert [at for at in months_later if dialplan.duty(at) != _router_s(plain, at)] == []


def test_sixty_days_are_dated_from_today_and_then_the_week() -> None:
    _now, *days, week = _Dialplan(ORGANISATION.calendar, TODAY).extensions
    assert (len(days), days[0], days[-1], week) == (DATED_DAYS, "d20261123", "d20270121", "week")


def test_a_day_holds_its_duties_with_their_hours() -> None:
    assert _Dialplan(ORGANISATION.calendar, TODAY).extensions["d20261123"] == [
        " same => n,ExecIf($[${at} >= 1795419000 & ${at} < 1795433400]?Set(CTI_DUTY=rouen&caen)) ; 08:30-12:30",
        " same => n,ExecIf($[${at} >= 1795437000 & ${at} < 1795449600]?Set(CTI_DUTY=caen&rouen)) ; 13:30-17:00",
        " same => n,Return()",
    ]
    assert at("2026-11-23 08:30") == 1795419000


def test_an_exceptional_day_holds_its_own_or_none() -> None:
    extensions = _Dialplan(ORGANISATION.calendar, TODAY).extensions
    assert [line.rpartition(" ; ")[2] for line in extensions["d20261224"]] == ["08:30-12:30", " same => n,Return()"]
    assert extensions["d20261225"] == extensions["d20261128"] == [" same => n,Return()"]  # a Saturday


def test_a_night_is_on_both_days_and_passes_sunday() -> None:
    dialplan = _Dialplan(AROUND_THE_CLOCK, date(2026, 11, 1))
    last, tonight = (line for line in dialplan.extensions["d20261104"] if line.endswith("22:00-02:30"))
    assert last in dialplan.extensions["d20261103"]
    assert tonight in dialplan.extensions["d20261105"]
    assert (
        " same => n,ExecIf($[${clock1} >= 72200 | ${clock1} < 10230]?Set(CTI_DUTY=rouen&caen))"
        in dialplan.extensions["week"]
    )


def test_midnight_ends_a_slot_of_the_week() -> None:
    evening = Slot(0, time(20), time(0), "caen", ())
    week = _Dialplan(replace(ORGANISATION.calendar, week=(evening,)), TODAY).extensions["week"]
    assert " same => n,ExecIf($[${clock0} >= 12000 & ${clock0} < 20000]?Set(CTI_DUTY=caen))" in week
