"""What is ordered over the calendar: a closure, an exchange of sites, from one instant to another."""

from dataclasses import replace
from datetime import date, time

from cti_router.core.configuration import Calendar, ExceptionalDay, Slot
from cti_router.core.duty.calendar import Closed, Duty, duties, duty_at, next_opening
from cti_router.core.duty.calendar_orders import CalendarOrders, Closure, DutySwap
from tests.core.board import at

TUESDAY = tuple(
    Slot(1, time(start), time(end), duty, (backup, "rouen"))
    for start, end, duty, backup in ((8, 12, "caen", "dieppe"), (12, 17, "dieppe", "evreux"))
)
WEDNESDAY = Slot(2, time(8), time(12), "caen", ())
CALENDAR = Calendar("Europe/Paris", (*TUESDAY, WEDNESDAY), {date(2026, 12, 8): ExceptionalDay("Fête", ())})


def closure(from_: str, until: str, notice: str = "alerte incendie") -> Closure:
    return Closure(at(f"2026-12-{from_}"), at(f"2026-12-{until}"), "helene", notice)


def swap(from_: str, until: str, give: str, take: str) -> DutySwap:
    return DutySwap(at(f"2026-12-{from_}"), at(f"2026-12-{until}"), "helene", give, take)


def found(orders: CalendarOrders, when: str) -> Duty | Closed:
    return duty_at(CALENDAR, at(f"2026-12-{when}"), orders)


def shown(orders: CalendarOrders, when: str) -> tuple[str, str, str] | str:
    """Site, and the hours since Tuesday's midnight from and until which it serves; or why it is closed."""
    duty = found(orders, when)
    if isinstance(duty, Closed):
        return duty.because
    since, until = (f"{(edge - at('2026-12-01 00:00')) / 3600:g}" for edge in (duty.from_at, duty.until_at))
    return duty.site, since, until


# closures


def test_a_closure_ends_a_duty_early_and_says_why() -> None:
    fire = closure("01 09:30", "01 10:15")
    orders = CalendarOrders(closures=(fire,))
    assert shown(orders, "01 09:00") == ("caen", "8", "9.5")
    assert found(orders, "01 09:30") == Closed(fire.until_at, "", fire)
    assert found(orders, "01 10:14:59") == Closed(fire.until_at, "", fire)
    assert shown(orders, "01 10:15") == ("caen", "10.25", "12")
    assert shown(orders, "01 12:00") == ("dieppe", "12", "17")


def test_a_closure_until_after_the_last_slot_lasts_until_the_next_opening() -> None:
    strike = closure("01 11:00", "01 18:00")
    orders = CalendarOrders(closures=(strike,))
    assert found(orders, "01 12:30") == Closed(at("2026-12-02 08:00"), "", strike)
    assert found(orders, "01 18:00") == Closed(at("2026-12-02 08:00"), "")


def test_of_two_closures_the_one_that_is_over_last_is_told_and_both_hold() -> None:
    short, long = closure("01 09:00", "01 10:00", "alerte"), closure("01 09:30", "01 11:00", "panne")
    orders = CalendarOrders(closures=(short, long))
    assert shown(orders, "01 08:30") == ("caen", "8", "9")
    assert [shown(orders, f"01 {hour}") for hour in ("09:15", "09:45", "10:30")] == ["alerte", "panne", "panne"]
    assert found(orders, "01 09:15") == Closed(long.until_at, "", short)


def test_the_next_opening_is_behind_every_closure() -> None:
    orders = CalendarOrders(closures=(closure("01 00:00", "01 09:00"), closure("01 09:00", "02 08:00")))
    assert next_opening(CALENDAR, at("2026-11-30 12:00"), orders) == at("2026-12-02 08:00")
    assert next_opening(CALENDAR, at("2026-12-02 10:00"), orders) == at("2026-12-02 10:00")
    for_ever = CalendarOrders(closures=(Closure(0.0, at("2036-01-01 00:00"), "helene", "fin"),))
    assert next_opening(CALENDAR, at("2026-12-02 10:00"), for_ever) == at("2036-01-01 08:00")  # a Tuesday


def test_an_order_that_is_over_before_it_begins_does_nothing() -> None:
    assert found(CalendarOrders(closures=(closure("01 10:00", "01 09:00"),)), "01 09:30") == found(
        CalendarOrders(), "01 09:30"
    )


# swaps


def test_dieppe_takes_caen_s_tuesday() -> None:
    order = swap("01 00:00", "02 00:00", "caen", "dieppe")
    orders = CalendarOrders(swaps=(order,))
    morning, afternoon = found(orders, "01 09:00"), found(orders, "01 14:00")
    assert isinstance(morning, Duty)
    assert isinstance(afternoon, Duty)
    assert (morning.site, morning.backups, morning.swaps) == ("dieppe", ("caen", "rouen"), (order,))
    assert (afternoon.site, afternoon.backups) == ("caen", ("evreux", "rouen"))
    assert shown(orders, "02 09:00") == ("caen", "32", "36")  # Wednesday is as it was
    assert shown(orders, "01 09:00") == ("dieppe", "8", "12")


def test_a_swap_of_some_hours_divides_the_slot() -> None:
    orders = CalendarOrders(swaps=(swap("01 09:00", "01 10:00", "caen", "evreux"),))
    assert [shown(orders, f"01 {hour}") for hour in ("08:59", "09:00", "09:59:59", "10:00")] == [
        ("caen", "8", "9"), ("evreux", "9", "10"), ("evreux", "9", "10"), ("caen", "10", "12"),
    ]  # fmt: skip


def test_a_swap_of_other_sites_leaves_a_slot_whole() -> None:
    orders = CalendarOrders(swaps=(swap("02 09:00", "02 10:00", "dieppe", "evreux"),))
    assert found(orders, "02 09:30") == found(CalendarOrders(), "02 09:30")


def test_swaps_of_one_instant_follow_one_another() -> None:
    first, second = swap("02 00:00", "03 00:00", "caen", "dieppe"), swap("02 09:00", "03 00:00", "dieppe", "evreux")
    orders = CalendarOrders(swaps=(first, second))
    assert shown(orders, "02 08:30") == ("dieppe", "32", "33")
    assert shown(orders, "02 09:00") == ("evreux", "33", "36")


def test_a_closure_wins_over_a_swap_and_an_exceptional_day_stays_closed() -> None:
    orders = CalendarOrders((closure("01 10:00", "01 11:00"),), (swap("01 00:00", "09 00:00", "caen", "dieppe"),))
    assert shown(orders, "01 09:00") == ("dieppe", "8", "10")
    assert shown(orders, "01 10:30") == "alerte incendie"
    assert shown(orders, "01 11:00") == ("dieppe", "11", "12")
    assert shown(orders, "08 09:00") == "Fête"


def test_all_duties_of_a_day_under_orders() -> None:
    orders = CalendarOrders((closure("01 10:00", "01 13:00"),), (swap("01 14:00", "01 15:00", "dieppe", "caen"),))
    day = duties(CALENDAR, at("2026-12-01 00:00"), at("2026-12-02 00:00"), orders)
    hour = at("2026-12-01 00:00")
    assert [(duty.site, (duty.from_at - hour) / 3600, (duty.until_at - hour) / 3600) for duty in day] == [
        ("caen", 8, 10), ("dieppe", 13, 14), ("caen", 14, 15), ("dieppe", 15, 17),
    ]  # fmt: skip


def test_a_slot_past_midnight_is_closed_in_its_middle() -> None:
    night = replace(CALENDAR, week=(Slot(0, time(22), time(6), "caen", ()),))
    fire = closure("01 00:00", "01 01:00")
    orders = CalendarOrders(closures=(fire,))
    assert duty_at(night, at("2026-12-01 00:30"), orders) == Closed(fire.until_at, "", fire)
    duty = duty_at(night, at("2026-12-01 02:00"), orders)
    assert (duty.until_at, isinstance(duty, Duty) and duty.from_at) == (at("2026-12-01 06:00"), fire.until_at)


# a site closed


def site_closed(from_: str, until: str, site: str, notice: str = "dégât des eaux") -> Closure:
    return Closure(at(f"2026-12-{from_}"), at(f"2026-12-{until}"), "helene", notice, (), site)


def test_the_next_site_of_the_slot_stands_in_for_one_that_is_closed() -> None:
    orders = CalendarOrders(closures=(site_closed("01 09:00", "01 10:00", "caen"),))
    duty = found(orders, "01 09:30")
    assert isinstance(duty, Duty)
    assert (duty.site, duty.backups, duty.without) == ("dieppe", ("rouen",), ("caen",))
    assert [shown(orders, f"01 {hour}") for hour in ("08:59", "09:00", "10:00")] == [
        ("caen", "8", "9"), ("dieppe", "9", "10"), ("caen", "10", "12"),
    ]  # fmt: skip


def test_the_site_that_took_the_place_of_another_is_the_one_that_is_closed() -> None:
    orders = CalendarOrders(
        (site_closed("01 09:00", "01 10:00", "dieppe"),), (swap("01 00:00", "02 00:00", "caen", "dieppe"),)
    )
    assert shown(orders, "01 08:30") == ("dieppe", "8", "9")
    assert shown(orders, "01 09:30") == ("caen", "9", "10")


def test_when_no_site_of_the_slot_is_left_it_is_closed_until_the_first_one_opens() -> None:
    first, last = site_closed("02 08:30", "02 10:00", "caen"), site_closed("02 09:00", "02 11:00", "caen", "panne")
    orders = CalendarOrders(closures=(first, last))
    assert found(orders, "02 08:45") == Closed(at("2026-12-02 11:00"), "", first)
    assert found(orders, "02 09:30") == Closed(at("2026-12-02 11:00"), "", last)
    assert shown(orders, "02 11:00") == ("caen", "35", "36")
    assert next_opening(CALENDAR, at("2026-12-02 08:30"), orders) == at("2026-12-02 11:00")
    all_week = CalendarOrders(closures=(site_closed("02 00:00", "10 00:00", "caen"),))
    assert next_opening(CALENDAR, at("2026-12-02 08:30"), all_week) == at("2026-12-15 08:00")  # the 8th is a feast


def test_all_duties_of_a_day_on_which_a_site_is_closed() -> None:
    orders = CalendarOrders(closures=(site_closed("01 10:00", "01 14:00", "caen"),))
    day = duties(CALENDAR, at("2026-12-01 00:00"), at("2026-12-02 00:00"), orders)
    hour = at("2026-12-01 00:00")
    assert [(duty.site, (duty.from_at - hour) / 3600, (duty.until_at - hour) / 3600) for duty in day] == [
        ("caen", 8, 10), ("dieppe", 10, 12), ("dieppe", 12, 14), ("dieppe", 14, 17),
    ]  # fmt: skip
