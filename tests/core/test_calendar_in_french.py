"""The preview of some days, as people read it."""

from dataclasses import replace
from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from cti_router.core.configuration import Calendar, Configuration, ExceptionalDay, Site, Slot
from cti_router.core.duty.calendar_in_french import hours, preview
from cti_router.core.duty.calendar_orders import NO_ORDERS, CalendarOrders, Closure, DutySwap
from tests.core.board import CONFIGURATION, at

SITES = {site.lower(): Site(site.lower(), site) for site in ("Caen", "Rouen", "Dieppe")}
EVE = ExceptionalDay("Veille de Noël", (Slot(3, time(9), time(10), "caen", ()),))


def configured(*week: Slot, exceptions: dict[date, ExceptionalDay] | None = None) -> Configuration:
    return replace(CONFIGURATION, sites=SITES, calendar=Calendar("Europe/Paris", week, exceptions or {}))


WEEK = configured(
    *(Slot(day, time(8, 30), time(12, 30), "rouen", ("caen", "dieppe")) for day in range(5)),
    *(Slot(day, time(13, 30), time(17), "dieppe", ()) for day in range(5)),
    exceptions={date(2026, 12, 24): EVE, date(2026, 12, 25): ExceptionalDay("Noël", ())},
)
NIGHTS = configured(
    Slot(5, time(22), time(6), "caen", ()),
    Slot(6, time(6), time(22), "rouen", ()),
    Slot(6, time(23), time(5), "caen", ()),
)


def shown(configuration: Configuration, day: str, days: int = 1, orders: CalendarOrders = NO_ORDERS) -> list[str]:
    return preview(configuration, date.fromisoformat(day), days, orders).splitlines()[2:]


def test_the_days_are_told_in_order_with_who_helps_the_gaps_and_the_closed_days() -> None:
    assert preview(WEEK, date(2026, 12, 23), 4).splitlines() == [
        "Tour d’accueil du mercredi 23/12/2026 au samedi 26/12/2026 (heures : Europe/Paris)",
        "",
        "mercredi 23/12/2026",
        "  08:30–12:30  Rouen     renforts : Caen, Dieppe",
        "  12:30–13:30  personne",
        "  13:30–17:00  Dieppe",
        "",
        "jeudi 24/12/2026, Veille de Noël",
        "  09:00–10:00  Caen",
        "",
        "vendredi 25/12/2026, Noël",
        "  00:00–24:00  fermé",
        "",
        "samedi 26/12/2026",
        "  00:00–24:00  fermé",
    ]


def test_a_night_is_on_both_days_and_who_answers_by_night_sees_its_gaps() -> None:
    assert shown(NIGHTS, "2026-11-28", 3) == [
        "samedi 28/11/2026",
        "  00:00–22:00  personne",
        "  22:00–24:00  Caen",
        "",
        "dimanche 29/11/2026",
        "  00:00–06:00  Caen",
        "  06:00–22:00  Rouen",
        "  22:00–23:00  personne",
        "  23:00–24:00  Caen",
        "",
        "lundi 30/11/2026",
        "  00:00–05:00  Caen",
        "  05:00–24:00  personne",
    ]


def test_orders_are_told_with_their_authors() -> None:
    orders = CalendarOrders(
        (Closure(at("2026-12-21 16:00"), at("2026-12-21 18:00"), "helene", "alerte incendie"),),
        (DutySwap(at("2026-12-21 09:00"), at("2026-12-21 10:00"), "denis", "rouen", "dieppe"),),
    )
    assert shown(WEEK, "2026-12-21", orders=orders) == [
        "lundi 21/12/2026",
        "  08:30–09:00  Rouen     renforts : Caen, Dieppe",
        "  09:00–10:00  Dieppe    renforts : Caen, Rouen ; échange Rouen – Dieppe (denis)",
        "  10:00–12:30  Rouen     renforts : Caen, Dieppe",
        "  12:30–13:30  personne",
        "  13:30–16:00  Dieppe",
        "  16:00–18:00  fermé     alerte incendie (helene)",
    ]


def test_a_closure_of_a_whole_day() -> None:
    strike = Closure(at("2026-12-20 00:00"), at("2026-12-22 00:00"), "helene", "grève")
    assert shown(WEEK, "2026-12-21", orders=CalendarOrders((strike,))) == [
        "lundi 21/12/2026", "  00:00–24:00  fermé  grève (helene)",
    ]  # fmt: skip


def test_a_site_that_is_closed_is_told_beside_who_stands_in() -> None:
    flood = Closure(at("2026-12-21 09:00"), at("2026-12-21 15:00"), "helene", "dégât des eaux", (), "rouen")
    burst = Closure(at("2026-12-21 14:00"), at("2026-12-21 15:00"), "helene", "rupture", (), "dieppe")
    assert shown(WEEK, "2026-12-21", orders=CalendarOrders((flood, burst))) == [
        "lundi 21/12/2026",
        "  08:30–09:00  Rouen     renforts : Caen, Dieppe",
        "  09:00–12:30  Caen      renforts : Dieppe ; fermé par ordre : Rouen",
        "  12:30–13:30  personne",
        "  13:30–14:00  Dieppe    fermé par ordre : Rouen",
        "  14:00–15:00  fermé     rupture (helene)",
        "  15:00–17:00  Dieppe",
    ]


def test_an_order_that_changes_nothing_divides_nothing() -> None:
    other = DutySwap(at("2026-12-24 09:15"), at("2026-12-24 09:30"), "denis", "rouen", "dieppe")
    assert shown(WEEK, "2026-12-24", orders=CalendarOrders((), (other,))) == [
        "jeudi 24/12/2026, Veille de Noël", "  09:00–10:00  Caen",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("from_", "until", "told"),
    [
        ("2026-11-23 08:30", "2026-11-23 12:30", "08:30–12:30"),
        ("2026-11-23 22:00", "2026-11-24 00:00", "22:00–24:00"),
        ("2026-11-23 00:00", "2026-11-23 06:00", "00:00–06:00"),
    ],
)
def test_hours(from_: str, until: str, told: str) -> None:
    assert hours(at(from_), at(until), ZoneInfo("Europe/Paris")) == told
