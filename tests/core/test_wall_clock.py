"""A local time as an instant: on ordinary days, when the clock skips an hour, when it goes through one twice."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_router.core.duty.wall_clock import instant_of

PARIS, NEW_YORK, REUNION = (ZoneInfo(name) for name in ("Europe/Paris", "America/New_York", "Indian/Reunion"))


@pytest.mark.parametrize(
    ("zone", "day", "of_day", "utc"),
    [
        (PARIS, "2026-11-23", "08:30", "2026-11-23T07:30"),
        (REUNION, "2026-11-23", "08:30", "2026-11-23T04:30"),
        # 02:00 becomes 03:00
        (PARIS, "2026-03-29", "01:59", "2026-03-29T00:59"),
        (PARIS, "2026-03-29", "02:00", "2026-03-29T01:00"),
        (PARIS, "2026-03-29", "02:30", "2026-03-29T01:00"),
        (PARIS, "2026-03-29", "03:00", "2026-03-29T01:00"),
        (PARIS, "2026-03-29", "03:01", "2026-03-29T01:01"),
        (NEW_YORK, "2026-03-08", "02:45", "2026-03-08T07:00"),
        # 03:00 becomes 02:00
        (PARIS, "2026-10-25", "01:59", "2026-10-24T23:59"),
        (PARIS, "2026-10-25", "02:00", "2026-10-25T00:00"),
        (PARIS, "2026-10-25", "02:59", "2026-10-25T00:59"),
        (PARIS, "2026-10-25", "03:00", "2026-10-25T02:00"),
        (NEW_YORK, "2026-11-01", "01:30", "2026-11-01T05:30"),
        (ZoneInfo("Australia/Lord_Howe"), "2026-10-04", "02:10", "2026-10-03T15:30"),  # half an hour is skipped
    ],
)
def test_the_first_instant_that_shows_it_or_later(zone: ZoneInfo, day: str, of_day: str, utc: str) -> None:
    instant = instant_of(date.fromisoformat(day), time.fromisoformat(of_day), zone)
    assert datetime.fromtimestamp(instant, UTC) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@given(
    st.sampled_from([PARIS, NEW_YORK, REUNION]),
    st.sampled_from(["2026-03-07", "2026-03-28", "2026-10-24", "2026-10-31"]),
    st.lists(st.integers(0, 2 * 1440), min_size=2, max_size=9),
)
def test_a_later_time_is_never_an_earlier_instant(zone: ZoneInfo, day: str, minutes: list[int]) -> None:
    times = [datetime.fromisoformat(day) + timedelta(minutes=minute) for minute in sorted(minutes)]
    instants = [instant_of(at.date(), at.time(), zone) for at in times]
    assert instants == sorted(instants)
