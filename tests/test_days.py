"""Dates, minutes and instants as numbers and text: what is read, what is refused, and that it comes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketaschedule import times
from ketaschedule.errors import InputError
from ketaschedule.times import clock, instant_key, iso, iso_date


def day(text: str) -> int:
    return dt.date.fromisoformat(text).toordinal()


GOOD_INSTANTS = [
    ("2026-12-01T10:00:00-05:00", "2026-12-01T10:00:00-05:00"),
    ("2026-12-01T10:00:00Z", "2026-12-01T10:00:00+00:00"),
    ("2026-12-01T10:00:00-00:00", "2026-12-01T10:00:00+00:00"),
    ("2026-12-01T10:00+05:45", "2026-12-01T10:00:00+05:45"),
    ("2026-12-01T23:59:59.999999999-09:30", "2026-12-01T23:59:59-09:30"),
    ("2026-12-01T10:00:00+00:59", "2026-12-01T10:00:00+00:59"),
    ("1900-01-01T00:00:00+18:00", "1900-01-01T00:00:00+18:00"),
    ("2200-12-31T23:59:59-18:00", "2200-12-31T23:59:59-18:00"),
    (dt.datetime(2026, 12, 1, 10, 0, 0, 999, tzinfo=dt.UTC), "2026-12-01T10:00:00+00:00"),
    (
        dt.datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=times.zone("America/New_York")),
        "2026-11-01T01:30:00-05:00",
    ),
    (clock("America/New_York").at(day("2026-11-01"), 90), "2026-11-01T01:30:00-04:00"),
    (dt.datetime(2026, 12, 1, 10, 59, 58, tzinfo=dt.UTC), "2026-12-01T10:59:58+00:00"),
]


@pytest.mark.parametrize(("value", "expected"), GOOD_INSTANTS)
def test_an_instant_is_read_with_its_offset_and_whole_seconds(value: object, expected: str) -> None:
    got = times.parse_instant(value, "at")
    assert iso(got) == expected
    assert (type(got), got.fold, got.microsecond) == (pendulum.DateTime, 0, 0)
    assert iso(got.add(hours=0)) == expected  # the fixed offset stays through pendulum's own arithmetic


def test_an_offset_with_seconds_is_written_in_utc() -> None:
    """ISO 8601 has no seconds in offsets: the same instant is written in UTC."""
    monrovia = clock("Africa/Monrovia").at(day("1971-06-01"), 0)
    assert iso(monrovia) == "1971-06-01T00:44:30+00:00"
    assert instant_key(times.parse_instant(monrovia, "at")) == instant_key(monrovia)


Reader = Callable[[object, str], object]
NAIVE = "has no UTC offset"
BAD: list[tuple[Reader, object, str]] = [
    (times.parse_date, "2026-02-30", "not a day of the calendar"),
    (times.parse_date, "2026-02-29", "not a day of the calendar"),
    (times.parse_date, "2026-13-01", "not a day of the calendar"),
    (times.parse_date, "2026-00-10", "not a day of the calendar"),
    (times.parse_date, "2026-1-1", "is not a date"),
    (times.parse_date, "20260101", "is not a date"),
    (times.parse_date, "2026-W01-1", "is not a date"),
    (times.parse_date, " 2026-01-01", "is not a date"),
    (times.parse_date, "2026-01-01\n", "is not a date"),
    (times.parse_date, "２０２６-01-01", "is not a date"),
    (times.parse_date, "today", "is not a date"),
    (times.parse_date, "", "is not a date"),
    (times.parse_date, "9" * 1_000_000, "is not a date"),
    (times.parse_date, "1899-12-31", "year 1899 is out of range"),
    (times.parse_date, "2201-01-01", "year 2201 is out of range"),
    (times.parse_date, "0000-01-01", "year 0 is out of range"),
    (times.parse_date, dt.date(1899, 12, 31), "year 1899 is out of range"),
    (times.parse_date, dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "date with a time"),
    (times.parse_date, pendulum.datetime(2026, 1, 1), "date with a time"),
    (times.parse_date, "2026-01-01T00:00:00Z", "is not a date"),
    (times.parse_date, 20260101, "int is not a date"),
    (times.parse_date, None, "NoneType is not a date"),
    (times.parse_minute, "24:00", "not a time of day"),
    (times.parse_minute, "10:60", "not a time of day"),
    (times.parse_minute, "9:00", "not a time of day"),
    (times.parse_minute, "10:00:00", "not a time of day"),
    (times.parse_minute, "10:00 ", "not a time of day"),
    (times.parse_minute, "10.00", "not a time of day"),
    (times.parse_minute, "10am", "not a time of day"),
    (times.parse_minute, "-1:00", "not a time of day"),
    (times.parse_minute, 600, "int is not a time of day"),
    (times.parse_minute, True, "bool is not a time of day"),
    (times.parse_minute, dt.time(10, 0, 1), "10:00:01 is not a whole minute"),
    (times.parse_minute, dt.time(10, 0, 0, 1), "is not a whole minute"),
    (times.parse_minute, dt.time(10, tzinfo=dt.UTC), "no zone of its own"),
    (times.parse_instant, "2026-12-01T10:00:00", NAIVE),
    (times.parse_instant, "2026-12-01T10:00", NAIVE),
    (times.parse_instant, dt.datetime(2026, 12, 1, 10), NAIVE),  # noqa: DTZ001 - a naive value is the point
    (times.parse_instant, "2026-12-01", "is not an instant"),
    (times.parse_instant, dt.date(2026, 12, 1), "2026-12-01 is not an instant"),
    (times.parse_instant, "now", "reads a clock"),
    (times.parse_instant, " Now ", "reads a clock"),
    (times.parse_instant, "2026-12-01 10:00:00Z", "is not an instant"),
    (times.parse_instant, "2026-12-01T10:00:00z", "is not an instant"),
    (times.parse_instant, "2026-12-01T10:00:00+0500", "is not an instant"),
    (times.parse_instant, "2026-12-01T10:00:00 +05:00", "is not an instant"),
    (times.parse_instant, "2026-12-01T10:00:00.Z", "is not an instant"),
    (times.parse_instant, "2026-12-01T10:00:00Z\n", "is not an instant"),
    (times.parse_instant, "2026-12-01T24:00:00Z", "no clock shows"),
    (times.parse_instant, "2026-12-01T10:60:00Z", "no clock shows"),
    (times.parse_instant, "2026-12-01T23:59:60Z", "no clock shows"),
    (times.parse_instant, "2026-12-01T10:00:00+18:01", "offset that no zone has"),
    (times.parse_instant, "2026-12-01T10:00:00-05:60", "offset that no zone has"),
    (times.parse_instant, "2026-02-30T10:00:00Z", "not a day of the calendar"),
    (times.parse_instant, "1899-12-31T23:59:59Z", "year 1899 is out of range"),
    (times.parse_instant, dt.datetime.max.replace(tzinfo=dt.UTC), "year 9999 is out of range"),
    (times.parse_instant, 1_782_900_000, "int is not an instant"),
    (times.parse_instant, "x" * 1_000_000, "is not an instant"),
    (times.parse_weekday, "Tue", "no weekday is called 'Tue'"),
    (times.parse_weekday, "tuesday", "no weekday is called"),
    (times.parse_weekday, "", "no weekday is called ''"),
    (times.parse_weekday, 1, "a weekday is a text, not int"),
]


@pytest.mark.parametrize(("reader", "value", "text"), BAD)
def test_bad_text_is_refused_in_one_short_line_with_its_path(
    reader: Reader, value: object, text: str
) -> None:
    with pytest.raises(InputError) as caught:
        reader(value, "course.start")
    (fault,) = caught.value.faults
    assert fault.path == "course.start"
    assert text in fault.text
    assert fault.allowed
    assert len(fault.line()) < 250
    assert "\n" not in fault.line()


@given(st.text(max_size=40) | st.from_regex(r"[0-9T:Z.+-]{0,30}"))
def test_any_text_is_read_or_refused_and_never_breaks(text: str) -> None:
    readers: list[Reader] = [times.parse_date, times.parse_minute, times.parse_instant, times.parse_weekday]
    for reader in readers:
        try:
            reader(text, "x")
        except InputError as error:
            assert error.faults[0].path == "x"  # noqa: PT017 - reading may also succeed


@given(st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31)), st.times())
def test_dates_and_minutes_survive_their_text(date: dt.date, time: dt.time) -> None:
    number = times.ordinal(date)
    assert (
        times.parse_date(iso_date(number), "x")
        == times.parse_date(date, "x")
        == times.date_of(number)
        == date
    )
    minute = time.hour * 60 + time.minute
    assert times.parse_minute(times.minute_text(minute), "x") == minute
    assert times.parse_minute(dt.time(time.hour, time.minute), "x") == minute
    assert times.parse_minute("24:00", "x", end=True) == 1440
    assert times.parse_weekday(times.WEEKDAYS[date.weekday()], "x") == date.weekday()


def test_an_end_is_at_most_24_00() -> None:
    for text in ("24:01", "24:60", "25:00"):
        with pytest.raises(InputError, match="not a time of day"):
            times.parse_minute(text, "hours.mon", end=True)


def test_a_datetime_is_no_date_and_a_naive_one_no_instant() -> None:
    with pytest.raises(InputError, match="DateTime is not a date"):
        times.ordinal(pendulum.datetime(2026, 1, 1))
    naive = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a naive value is the point
    for function in (instant_key, iso, clock("UTC").ordinal, clock("UTC").local):
        with pytest.raises(InputError, match="without a zone"):
            function(naive)


@given(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)), st.integers(-1080, 1080))  # noqa: DTZ001 - walls
def test_a_key_counts_utc_seconds_since_1970(wall: dt.datetime, east_minutes: int) -> None:
    instant = wall.replace(microsecond=0, tzinfo=dt.timezone(dt.timedelta(minutes=east_minutes)))
    assert instant_key(instant) == instant.timestamp()
    assert instant_key(instant.replace(microsecond=999_999)) == instant.timestamp()


def test_an_error_shows_the_text_it_refuses_up_to_40_characters() -> None:
    for text, shown in (
        ("x" * 40, "'" + "x" * 40 + "'"),
        ("x" * 41, "'" + "x" * 40 + "…'"),
        ("a\nb", r"'a\nb'"),
    ):
        with pytest.raises(InputError) as caught:
            times.parse_date(text, "start")
        assert caught.value.faults[0].text == f"{shown} is not a date"


def test_what_is_allowed_depends_on_which_end_is_asked() -> None:
    for end, last in ((False, "23:59"), (True, "24:00")):
        with pytest.raises(InputError) as caught:
            times.parse_minute("25:00", "at", end=end)
        assert caught.value.faults[0].allowed == f"00:00 to {last}, as HH:MM"


INSTANT = "ISO 8601 with offset, such as 2026-12-01T10:00:00-05:00 or 2026-12-01T15:00:00Z"
DATE = "a date as YYYY-MM-DD"
NO_OFFSET = "has no UTC offset, so it could be any of a day's instants"
LINES: list[tuple[Reader, object, str, str, str]] = [
    (times.parse_date, "2026-02-30", "'2026-02-30' is not a day of the calendar", DATE, "bad-input"),
    (times.parse_date, "1 May", "'1 May' is not a date", DATE, "bad-input"),
    (times.parse_minute, "10:60", "'10:60' is not a time of day", "00:00 to 23:59, as HH:MM", "bad-input"),
    (times.parse_instant, "today", "nothing in this library reads a clock", INSTANT, "bad-input"),
    (times.parse_instant, "now", "nothing in this library reads a clock", INSTANT, "bad-input"),
    (times.parse_instant, "2026-12-01T10:00", f"'2026-12-01T10:00' {NO_OFFSET}", INSTANT, "naive-instant"),
    (
        times.parse_instant,
        dt.datetime(2026, 12, 1, 10),  # noqa: DTZ001 - a naive value is the point
        f"2026-12-01T10:00:00 {NO_OFFSET}",
        INSTANT,
        "naive-instant",
    ),
    (
        times.parse_instant,
        "2026-12-01T24:00:00Z",
        "'2026-12-01T24:00:00Z' has a time that no clock shows",
        "00:00:00 to 23:59:59",
        "bad-input",
    ),
    (
        times.parse_instant,
        "2026-12-01T10:00:00+19:00",
        "'2026-12-01T10:00:00+19:00' has an offset that no zone has",
        INSTANT,
        "bad-input",
    ),
    (
        times.parse_date,
        pendulum.datetime(2026, 1, 1),
        "a date is wanted, this is a date with a time",
        "the local date alone, as YYYY-MM-DD",
        "bad-input",
    ),
    (
        times.parse_minute,
        dt.time(10, tzinfo=dt.UTC),
        "a time of day has no zone of its own",
        "00:00 to 23:59, as HH:MM",
        "bad-input",
    ),
    (
        times.parse_weekday,
        1,
        "a weekday is a text, not int",
        "mon, tue, wed, thu, fri, sat, sun",
        "bad-input",
    ),
]


@pytest.mark.parametrize(("reader", "value", "text", "allowed", "code"), LINES)
def test_an_error_says_what_is_wrong_what_is_allowed_and_its_code(
    reader: Reader, value: object, text: str, allowed: str, code: str
) -> None:
    with pytest.raises(InputError) as caught:
        reader(value, "at")
    (fault,) = caught.value.faults
    assert (fault.path, fault.text, fault.allowed, fault.code) == ("at", text, allowed, code)


def test_a_value_of_the_wrong_kind_is_named_with_what_is_wanted() -> None:
    naive = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a naive value is the point
    cases: list[tuple[Callable[[], object], tuple[str, str, str]]] = [
        (
            lambda: instant_key(naive),
            ("instant", "2026-01-01T00:00:00 is a wall time without a zone", "a datetime with a zone"),
        ),
        (lambda: times.ordinal(pendulum.datetime(2026, 1, 1)), ("date", "DateTime is not a date", "a date")),
    ]
    for call, said in cases:
        with pytest.raises(InputError) as caught:
            call()
        (fault,) = caught.value.faults
        assert (fault.path, fault.text, fault.allowed) == said


def test_a_fraction_of_a_second_is_not_written() -> None:
    assert iso(dt.datetime(2026, 12, 1, 10, 0, 0, 5, tzinfo=dt.UTC)) == "2026-12-01T10:00:00+00:00"
