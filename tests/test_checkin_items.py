"""The person's wall clock: wall times that are missing or doubled, moves from a date on, and the date of every instant."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from ketaschedule.checkin_items import Item, PersonClock, plain_midnight, wall_key
from ketaschedule.folding import fold
from ketaschedule.history import ZoneChanged
from ketaschedule.times import clock, parse_date
from tests.checkin_histories import UTC, Events, plain_course

NEW_YORK, LONDON, TOKYO, APIA = "America/New_York", "Europe/London", "Asia/Tokyo", "Pacific/Apia"
HALF_HOUR = "Australia/Lord_Howe"
SANTIAGO = "America/Santiago"
"""Its clocks go forward at midnight: that day begins at 01:00."""


def seconds(zone: str, text: str, fold_of: int = 0) -> int:
    """UTC seconds of a wall time, by the standard library."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold_of).timestamp())


def ordinal(text: str) -> int:
    return date.fromisoformat(text).toordinal()


@pytest.mark.parametrize(
    ("zone", "day", "plain"),
    [
        (NEW_YORK, "2026-03-07", True),
        (NEW_YORK, "2026-03-08", False),
        (NEW_YORK, "2026-03-09", True),
        (NEW_YORK, "2026-11-01", False),
        (SANTIAGO, "2026-09-06", False),
        (TOKYO, "2026-03-08", True),
    ],
)
def test_a_day_on_which_a_clock_changes_has_no_plain_midnight(zone: str, day: str, plain: bool) -> None:
    """The first day after it has; so have those of a zone that never changes."""
    expected = seconds(zone, f"{day} 00:00") if plain else None
    assert plain_midnight(zone, ordinal(day)) == expected


@pytest.mark.parametrize(
    ("zone", "day", "minute", "expected"),
    [
        (NEW_YORK, "2026-03-08", 119, seconds(NEW_YORK, "2026-03-08 01:59")),
        (
            NEW_YORK,
            "2026-03-08",
            120,
            seconds(NEW_YORK, "2026-03-08 03:00"),
        ),  # missing: the first instant after the gap
        (NEW_YORK, "2026-03-08", 150, seconds(NEW_YORK, "2026-03-08 03:00")),
        (NEW_YORK, "2026-03-08", 600, seconds(NEW_YORK, "2026-03-08 10:00")),
        (NEW_YORK, "2026-11-01", 90, seconds(NEW_YORK, "2026-11-01 01:30")),  # twice: the first
        (NEW_YORK, "2026-11-01", 600, seconds(NEW_YORK, "2026-11-01 10:00")),
        (HALF_HOUR, "2026-10-04", 600, seconds(HALF_HOUR, "2026-10-04 10:00")),
        (NEW_YORK, "2026-11-02", 600, seconds(NEW_YORK, "2026-11-02 10:00")),
    ],
)
def test_a_wall_time_is_that_of_the_day(zone: str, day: str, minute: int, expected: int) -> None:
    """Counted by the clock on the wall, not from midnight, where the clocks change."""
    assert wall_key(zone, ordinal(day), minute) == expected
    assert PersonClock.of(zone, []).at(ordinal(day), minute) == expected


@pytest.mark.parametrize("day", ["2026-03-07", "2026-03-08", "2026-11-01", "2026-11-02"])
def test_a_morning_is_eight_and_ten_on_the_wall(day: str) -> None:
    """On the days on which the clocks change, too; and by the zone that is in force on that date."""
    morning = tuple(seconds(NEW_YORK, f"{day} {hour}:00") for hour in ("08", "10"))
    assert PersonClock.of(NEW_YORK, []).morning(ordinal(day)) == morning
    assert PersonClock.of(NEW_YORK, [(ordinal(day) + 1, TOKYO)]).morning(ordinal(day)) == morning
    moved = tuple(seconds(TOKYO, f"{day} {hour}:00") for hour in ("08", "10"))
    assert PersonClock.of(NEW_YORK, [(ordinal(day), TOKYO)]).morning(ordinal(day)) == moved


def test_the_zone_of_a_date_is_that_of_the_last_move_by_then() -> None:
    """From its date on, that date among them."""
    first, second = ordinal("2026-12-10"), ordinal("2026-12-20")
    person = PersonClock.of(NEW_YORK, [(first, TOKYO), (second, LONDON)])
    expected = {first - 1: NEW_YORK, first: TOKYO, second - 1: TOKYO, second: LONDON, second + 99: LONDON}
    for day, zone in expected.items():
        assert person.zone_on(day) == zone
        assert person.on(day) is clock(zone)
        assert person.at(day, 61) == wall_key(zone, day, 61)
    assert PersonClock.of(NEW_YORK, []).zone_on(first) == NEW_YORK


def test_a_course_has_its_own_zone_and_those_of_its_moves() -> None:
    """By their own names, in the order of their dates."""
    events = Events()
    moves = [
        ZoneChanged(**events.fields(UTC.from_key(0)), from_date=parse_date(day, "day"), zone=zone)
        for day, zone in (("2026-12-20", LONDON), ("2026-12-10", TOKYO))
    ]
    course = plain_course("ketamine-iv-single").with_events(*moves)
    person = PersonClock(course, fold(course, UTC.from_key(10)))
    assert (person.first, person.later) == (
        NEW_YORK, [(ordinal("2026-12-10"), TOKYO), (ordinal("2026-12-20"), LONDON)],
    )  # fmt: skip


def test_before_the_first_midnight_of_a_date_on_any_clock_no_instant_has_it() -> None:
    """The earliest of the zones, in whatever order they come."""
    day = ordinal("2026-12-15")
    tokyo = seconds(TOKYO, "2026-12-15 00:00")
    assert PersonClock.of(NEW_YORK, [(day + 5, TOKYO), (day + 9, LONDON)]).begins(day) == tokyo
    assert PersonClock.of(TOKYO, [(day - 5, NEW_YORK)]).begins(day) == tokyo
    assert PersonClock.of(NEW_YORK, []).begins(day) == seconds(NEW_YORK, "2026-12-15 00:00")


@pytest.mark.parametrize("zone", [NEW_YORK, LONDON, TOKYO, APIA, HALF_HOUR, SANTIAGO])
def test_every_instant_has_the_date_of_the_wall(zone: str) -> None:
    """Hour by hour around each midnight of two years, and a second before it, by the standard library."""
    person = PersonClock.of(zone, [])
    where = ZoneInfo(zone)
    moment = datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC"))
    for hour in range(2 * 8766):
        at = int((moment + timedelta(hours=hour)).timestamp())
        for one in (at - 1, at, at + 1800):
            if datetime.fromtimestamp(one, where).hour in (22, 23, 0, 1, 2):
                assert person.day_of(one) == datetime.fromtimestamp(one, where).date().toordinal()


def test_of_who_moves_an_instant_has_the_date_of_the_zone_that_is_in_force_there() -> None:
    """The last zone whose own date of that instant has come to its first day; else the one before."""
    dice = random.Random(5)
    first, second = ordinal("2026-12-10"), ordinal("2026-12-12")
    for later in ([(first, TOKYO)], [(first, LONDON), (second, TOKYO)], [(first, TOKYO), (second, NEW_YORK)]):
        person = PersonClock.of(NEW_YORK, later)
        for _ in range(300):
            at = seconds(NEW_YORK, "2026-12-08 00:00") + dice.randrange(6 * 86400)
            expected = datetime.fromtimestamp(at, ZoneInfo(NEW_YORK)).date().toordinal()
            for day, zone in later:
                there = datetime.fromtimestamp(at, ZoneInfo(zone)).date().toordinal()
                expected = there if there >= day else expected
            assert person.day_of(at) == expected


def test_asked_under_another_number_it_has_another_key() -> None:
    """And nothing else of it changes."""
    one = Item(
        "c-1/a/1/ask/x/1",
        "c-1/a/1/ask/x",
        1,
        "c-1/a/1",
        "review",
        0,
        1,
        2,
        3,
        ("mood",),
        "C4",
        "",
        "house",
        4,
    )
    other = evolve(one)
    other.renumbered(7)
    assert (other.key, other.number, other.base) == ("c-1/a/1/ask/x/7", 7, one.base)
    assert (one.key, one.number) == ("c-1/a/1/ask/x/1", 1)
    assert (one.void, one.again, one.whole, one.offset) == (False, False, False, 0)
