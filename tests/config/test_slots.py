"""Time slots as they are written: past midnight, with a time zone; an overlap is an error with the lines of both."""

from datetime import date, time
from pathlib import Path

import pytest

from cti_router.config import load
from cti_router.core.configuration import Slot
from cti_router.core.duty.calendar import Duty, duty_at
from tests.config.test_load import problems, replace
from tests.core.board import at

NIGHT = '{from: "22:00", to: "06:00", duty: caen}'


def written(directory: Path, text: str) -> None:
    (directory / "calendar.yaml").write_text(f"calendar:\n{text}", encoding="utf-8")


def test_a_slot_past_midnight_and_one_of_another_time_zone(directory: Path) -> None:
    written(
        directory,
        """\
  week:
    sunday:
      - {from: "22:00", to: "06:00", duty: caen}
    monday:
      - {from: "10:00", to: "12:00", duty: rouen, timezone: Indian/Reunion}
""",
    )
    calendar = load(directory, {}).configuration.calendar
    monday, sunday = calendar.week
    assert sunday == Slot(6, time(22), time(6), "caen", ())
    assert monday == Slot(0, time(10), time(12), "rouen", (), "Indian/Reunion")
    assert (sunday.place, monday.place) == ("calendar.yaml:4:9", "calendar.yaml:6:9")
    on_duty = [duty_at(calendar, at(f"2026-11-30 {hour}")) for hour in ("05:59", "07:00", "08:59")]
    assert [duty.site for duty in on_duty if isinstance(duty, Duty)] == ["caen", "rouen", "rouen"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            f"  week:\n    monday: [{NIGHT}]\n    tuesday:\n      - {{from: '05:30', to: '07:00', duty: rouen}}\n",
            "calendar.yaml:5:9: the slot tuesday 05:30–07:00 overlaps the slot monday 22:00–06:00 in "
            "calendar.yaml:3:14: change one of them",
        ),
        (
            f"  week:\n    sunday: [{NIGHT}]\n    monday:\n      - {{from: '05:30', to: '07:00', duty: rouen}}\n",
            "calendar.yaml:5:9: the slot monday 05:30–07:00 overlaps the slot sunday 22:00–06:00 in "
            "calendar.yaml:3:14: change one of them",
        ),
        (
            f"  week:\n    monday: [{NIGHT}]\n  exceptions:\n    - date: 2026-12-08\n      name: Fête\n"
            "      slots: [{from: '05:59', to: '07:00', duty: rouen}]\n",
            "calendar.yaml:7:15: the slot tuesday 05:59–07:00 overlaps the slot monday 22:00–06:00 in "
            "calendar.yaml:3:14 on 2026-12-08: change one of them",
        ),
        (
            "  week:\n    monday:\n      - {from: '13:00', to: '14:00', duty: rouen}\n"
            "      - {from: '08:00', to: '10:00', duty: caen, timezone: America/New_York}\n",
            "calendar.yaml:5:9: the slot monday 08:00–10:00 America/New_York overlaps the slot monday 13:00–14:00 in "
            "calendar.yaml:4:9 on 2026-03-09: change one of them",
        ),
    ],
    ids=["past midnight", "sunday to monday", "an exceptional day", "another zone, between two changes of the clock"],
)
def test_slots_that_overlap(directory: Path, text: str, problem: str) -> None:
    written(directory, text)
    assert problems(directory) == [problem]


def test_what_is_wrong_in_the_service_does_not_hide_an_overlap(directory: Path) -> None:
    replace(directory / "service.yaml", "Europe/Paris", "Europe/Pari")
    replace(directory / "calendar.yaml", 'from: "13:30"', 'from: "12:00"')
    assert [problem.split(": ")[0] for problem in problems(directory)] == ["calendar.yaml:11:9", "service.yaml:9:13"]


def test_a_holiday_s_night_does_not_run_and_the_night_before_it_does(directory: Path) -> None:
    written(directory, f"  week:\n    thursday: [{NIGHT}]\n    friday: [{NIGHT}]\n  holidays: {{country: FR}}\n")
    calendar = load(directory, {}).configuration.calendar
    assert date(2026, 12, 25).weekday() == 4  # a Friday
    assert isinstance(duty_at(calendar, at("2026-12-25 05:59")), Duty)
    assert not isinstance(duty_at(calendar, at("2026-12-25 22:00")), Duty)
    assert not isinstance(duty_at(calendar, at("2026-12-26 03:00")), Duty)


def test_a_swap_is_of_the_slots_that_begin_on_its_day(directory: Path) -> None:
    swap = "  swaps: [{date: 2026-12-01, give: caen, take: dieppe}]\n"
    written(directory, f"  week:\n    monday: [{NIGHT}]\n    tuesday: [{NIGHT}]\n{swap}")
    calendar = load(directory, {}).configuration.calendar
    nights = [duty_at(calendar, at(when)) for when in ("2026-12-01 03:00", "2026-12-01 23:00", "2026-12-02 03:00")]
    assert [duty.site for duty in nights if isinstance(duty, Duty)] == ["caen", "dieppe", "dieppe"]
