"""The iCalendar file, read back by a library and looked at byte by byte."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import icalendar

from cti_router.calendar_file import calendar_file
from cti_router.core.configuration import Calendar, ExceptionalDay, Slot
from cti_router.core.duty.calendar_orders import NO_ORDERS, CalendarOrders, Closure, DutySwap
from tests.core.board import at
from tests.core.test_calendar_in_french import NIGHTS, WEEK

NOW = at("2026-11-24 12:00")


def written(first: str = "2026-12-23", days: int = 3, orders: CalendarOrders = NO_ORDERS, **changes: Any) -> bytes:
    configuration = replace(WEEK, **changes) if changes else WEEK
    return calendar_file(configuration, "Accueil téléphonique", date.fromisoformat(first), days, NOW, orders)


def events(content: bytes) -> list[dict[str, Any]]:
    """Each event's values, times as Python's."""
    found = icalendar.Calendar.from_ical(content)
    return [
        {key.lower(): getattr(value, "dt", str(value)) for key, value in event.property_items(recursive=False)[1:-1]}
        for event in found.walk("VEVENT")
    ]


def utc(text: str) -> datetime:
    return datetime.fromtimestamp(at(text), UTC)


def test_each_duty_is_an_event_in_utc() -> None:
    first, *_ = events(written())
    assert first.pop("uid")
    assert first == {
        "summary": "Permanence : Rouen",
        "location": "Rouen",
        "description": "renforts : Caen, Dieppe",
        "dtstart": utc("2026-12-23 08:30"),
        "dtend": utc("2026-12-23 12:30"),
        "dtstamp": utc("2026-11-24 12:00"),
        "transp": "TRANSPARENT",
    }


def test_all_that_happens_in_some_days() -> None:
    told = [(event["summary"], event["dtstart"]) for event in events(written())]
    assert told == [
        ("Permanence : Rouen", utc("2026-12-23 08:30")),
        ("Permanence : Dieppe", utc("2026-12-23 13:30")),
        ("Permanence : Caen", utc("2026-12-24 09:00")),
        ("Fermé : Noël", date(2026, 12, 25)),
    ]
    eve, christmas = events(written())[2:]
    assert eve["description"] == "Veille de Noël"
    assert christmas["dtend"] == date(2026, 12, 26)
    assert [event["summary"] for event in events(written("2026-12-26", 2))] == []


def test_a_night_that_began_the_day_before_is_whole() -> None:
    (night, *_) = events(calendar_file(NIGHTS, "Accueil", date(2026, 10, 25), 1, NOW))
    assert (night["dtstart"], night["dtend"]) == (utc("2026-10-24 22:00"), utc("2026-10-25 06:00"))
    assert night["dtend"] - night["dtstart"] == utc("2026-10-25 09:00") - utc("2026-10-25 00:00") - (
        utc("2026-11-01 01:00") - utc("2026-11-01 00:00")
    )  # nine hours: the clock was set back


def test_orders_are_events_too() -> None:
    fire = Closure(at("2026-12-23 16:00"), at("2026-12-23 18:00"), "helene", "alerte incendie")
    swap = DutySwap(at("2026-12-23 00:00"), at("2026-12-24 00:00"), "denis", "rouen", "dieppe")
    found = events(written(days=1, orders=CalendarOrders((fire,), (swap,))))
    assert [(event["summary"], event["description"], event["dtend"]) for event in found] == [
        (
            "Permanence : Dieppe",
            "renforts : Caen, Rouen\néchange Rouen – Dieppe (denis)",
            utc("2026-12-23 12:30"),
        ),
        ("Permanence : Rouen", "échange Rouen – Dieppe (denis)", utc("2026-12-23 16:00")),
        ("Fermé : alerte incendie", "par helene", utc("2026-12-23 18:00")),
    ]


def test_an_event_keeps_its_uid_when_another_site_takes_it() -> None:
    before = events(written())
    other_days = events(written("2026-12-20", 30))
    assert [event["uid"] for event in before] == [event["uid"] for event in other_days if event in before]
    week = tuple(replace(slot, duty="caen", backups=()) for slot in WEEK.calendar.week)
    changed = events(written(calendar=replace(WEEK.calendar, week=week)))
    assert [event["uid"] for event in changed] == [event["uid"] for event in before]
    assert changed[0]["summary"] == "Permanence : Caen"


def test_a_site_closed_by_order_is_named_and_told_apart_from_the_service() -> None:
    span = at("2026-12-23 16:00"), at("2026-12-23 18:00")
    orders = CalendarOrders(tuple(Closure(*span, "helene", "panne", (), site) for site in (None, "caen")))
    whole, site = [event for event in events(written("2026-12-23", 1, orders)) if "ermé" in str(event["summary"])]
    assert (str(whole["summary"]), str(site["summary"])) == ("Fermé : panne", "Caen fermé : panne")
    assert str(site["location"]) == "Caen"
    assert whole["uid"] != site["uid"]


def test_uids_differ_between_events_and_between_services() -> None:
    uids = [event["uid"] for event in events(written("2026-12-01", 60))]
    assert len(set(uids)) == len(uids)
    other = calendar_file(WEEK, "Autre service", date(2026, 12, 1), 60, NOW)
    assert not {event["uid"] for event in events(other)} & set(uids)


def test_lines_are_folded_at_75_octets_end_in_crlf_and_texts_are_escaped() -> None:
    name = "Journée « portes ouvertes », très longuement nommée ; avec virgule, point-virgule et \\ barre oblique"
    special = ExceptionalDay(name, (Slot(2, time(9), time(10), "caen", ()),))
    calendar = Calendar("Europe/Paris", (), {date(2026, 12, 23): special})
    content = written(calendar=calendar)
    lines = content.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    assert any(line.startswith(b" ") for line in lines)
    assert events(content)[0]["description"] == name
    assert content.decode().replace("\r\n ", "").count(r"nommée \; avec virgule\, point-virgule et \\ barre") == 1


def test_the_file_says_who_made_it_and_what_it_is() -> None:
    found = icalendar.Calendar.from_ical(written())
    assert (found["version"], found["prodid"]) == ("2.0", "-//cti_router//duty calendar//FR")
    assert found["x-wr-calname"] == "Accueil téléphonique"
