"""What the calendar's section becomes: dated days from holidays, exceptional days and swaps."""

from datetime import date, time
from pathlib import Path

import pytest

from cti_router.config import load
from cti_router.config.public_holidays import YEARS, public_holidays
from cti_router.core.configuration import Calendar, ExceptionalDay, Slot
from cti_router.core.duty.calendar import slots_on
from tests.config.conftest import EXAMPLE
from tests.config.test_load import replace

WEEK = """
calendar:
  week:
    tuesday:
      - {from: "08:30", to: "12:30", duty: caen, backups: [dieppe, rouen]}
      - {from: "13:30", to: "17:00", duty: dieppe, backups: [rouen]}
      - {from: "18:00", to: "19:00", duty: rouen, backups: [evreux, caen]}
"""


def calendar_of(directory: Path, rest: str) -> Calendar:
    (directory / "calendar.yaml").write_text(WEEK + rest, encoding="utf-8")
    return load(directory, {}).configuration.calendar


def places(calendar: Calendar, day: date) -> list[tuple[str, ...]]:
    return [(slot.duty, *slot.backups) for slot in slots_on(calendar, day)]


def test_public_holidays_are_closed_days_of_26_years() -> None:
    exceptions = load(EXAMPLE, {}).configuration.calendar.exceptions
    assert exceptions[date(2026, 12, 25)] == ExceptionalDay("Noël", ())
    assert exceptions[date(2027, 5, 17)] == ExceptionalDay("Lundi de Pentecôte", ())  # it moves with Easter
    assert exceptions[date(2020, 1, 1)].name == exceptions[date(2045, 1, 1)].name == "Jour de l'an"
    assert date(2026, 12, 26) not in exceptions
    assert date(2046, 1, 1) not in exceptions
    assert list(exceptions) == sorted(exceptions)


def test_a_subdivision_adds_its_own(directory: Path) -> None:
    assert date(2026, 12, 26) in calendar_of(directory, "  holidays: {country: FR, subdivision: 6AE}").exceptions


def test_some_holidays_are_worked(directory: Path) -> None:
    exceptions = calendar_of(directory, "  holidays: {country: FR, except: [2027-05-17]}").exceptions
    assert date(2027, 5, 17) not in exceptions
    assert date(2028, 6, 5) in exceptions


def test_an_exceptional_day_wins_over_a_holiday(directory: Path) -> None:
    calendar = calendar_of(
        directory,
        """
  holidays: {country: FR}
  exceptions:
    - {date: 2026-12-25, name: Permanence de Noël, slots: [{from: "09:00", to: "10:00", duty: caen}]}
""",
    )
    assert calendar.exceptions[date(2026, 12, 25)] == ExceptionalDay(
        "Permanence de Noël", (Slot(4, time(9), time(10), "caen", ()),)
    )


def test_names_do_not_follow_the_language_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LANGUAGE", "LC_ALL", "LANG"):
        monkeypatch.setenv(variable, "en_US")
    public_holidays.cache_clear()
    assert public_holidays("FR")[date(YEARS[0], 12, 25)] == "Noël"


def test_a_swap_exchanges_both_places_all_day(directory: Path) -> None:
    calendar = calendar_of(directory, "  swaps: [{date: 2026-12-01, give: caen, take: dieppe}]")
    day = date(2026, 12, 1)
    assert places(calendar, day) == [("dieppe", "caen", "rouen"), ("caen", "rouen"), ("rouen", "evreux", "dieppe")]
    assert calendar.exceptions[day].name == "échange Caen – Dieppe"
    assert places(calendar, date(2026, 12, 8)) == [
        ("caen", "dieppe", "rouen"),
        ("dieppe", "rouen"),
        ("rouen", "evreux", "caen"),
    ]


def test_two_swaps_of_a_day_and_one_on_an_exceptional_day(directory: Path) -> None:
    calendar = calendar_of(
        directory,
        """
  exceptions:
    - {date: 2026-12-24, name: Veille de Noël, slots: [{from: "09:00", to: "10:00", duty: caen, backups: [rouen]}]}
  swaps:
    - {date: 2026-12-01, give: caen, take: evreux}
    - {date: 2026-12-01, give: rouen, take: saint-lo}
    - {date: 2026-12-24, give: caen, take: dieppe}
""",
    )
    assert places(calendar, date(2026, 12, 1)) == [
        ("evreux", "dieppe", "saint-lo"), ("dieppe", "saint-lo"), ("saint-lo", "caen", "evreux"),
    ]  # fmt: skip
    assert calendar.exceptions[date(2026, 12, 24)] == ExceptionalDay(
        "Veille de Noël, échange Caen – Dieppe", (Slot(3, time(9), time(10), "dieppe", ("rouen",)),)
    )


def test_a_mesh_of_some_sites(directory: Path) -> None:
    replace(directory / "sites.yaml", "sites: all", "sites: [rouen, caen, dieppe]")
    assert {id_: trunk.capacity for id_, trunk in load(directory, {}).configuration.trunks.items()} == {
        "caen-rouen": 20, "rouen-caen": 20,
        "rouen-dieppe": 10, "caen-dieppe": 10, "dieppe-rouen": 10, "dieppe-caen": 10,
    }  # fmt: skip


def test_without_a_mesh_only_what_is_written_out(directory: Path) -> None:
    replace(directory / "sites.yaml", "mesh: {sites: all, capacity: 10}", "")
    assert list(load(directory, {}).configuration.trunks) == ["caen-rouen", "rouen-caen"]


def test_one_person_may_be_advisor_and_supervisor(directory: Path) -> None:
    replace(directory / "supervisors.yaml", "helene_aubry:", "denis_aubin:")
    replace(directory / "supervisors.yaml", '"590"', '"506"')
    assert load(directory, {}).supervisors["denis_aubin"].phone == "506"


def test_there_may_be_no_supervisor(directory: Path) -> None:
    (directory / "supervisors.yaml").unlink()
    assert load(directory, {}).supervisors == {}
