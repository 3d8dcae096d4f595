"""Wall times and zones: laws over every zone, a slow twin, a second opinion, known cases, odd machines."""

from __future__ import annotations

import copy
import datetime as dt
import os
import pickle
import random
import struct
import subprocess
import sys
import tomllib
import zoneinfo
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pendulum
import pytest
import whenever
from hypothesis import given
from hypothesis import strategies as st

from ketaschedule import times
from ketaschedule.errors import InputError, UnknownNameError
from ketaschedule.times import Shift, clock, instant_key, iso, iso_date
from ketaschedule.zones import OffsetTable

ALL_ZONES = sorted(times.zone_names())
SOME_ZONES = [
    "Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Monrovia", "America/Havana",
    "America/New_York", "America/Nuuk", "America/Santiago", "America/Sao_Paulo", "America/St_Johns",
    "Antarctica/Troll", "Antarctica/Vostok", "Asia/Amman", "Asia/Beirut", "Asia/Gaza", "Asia/Kathmandu",
    "Asia/Pyongyang", "Asia/Tehran", "Australia/Lord_Howe", "Australia/Sydney", "Etc/GMT+12", "Europe/Dublin",
    "Europe/London", "Europe/Amsterdam", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati",
    "Pacific/Kwajalein", "Pacific/Norfolk", "UTC",
]  # fmt: skip


def day(text: str) -> int:
    return dt.date.fromisoformat(text).toordinal()


def seconds(instant: dt.datetime) -> int:
    """UTC seconds by subtraction of stdlib values: the twin's own arithmetic."""
    return int((instant.astimezone(dt.UTC) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)).total_seconds())


@cache
def zone_bytes(name: str) -> bytes:
    return files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


DISTINCT_ZONES = list(
    {zone_bytes(name): name for name in ALL_ZONES}.values()
)  # links share their target's bytes


# -- The slow twin: the standard library's zoneinfo, on the files of the tzdata package ----------------


@cache
def twin_zone(name: str) -> zoneinfo.ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return zoneinfo.ZoneInfo.from_file(file, key=name)


def twin(name: str, day: int, minute: int) -> tuple[int, Shift]:
    """The rule by round trips through UTC: try both folds, keep what comes back, else look for the gap's end."""
    zone = twin_zone(name)
    wall = dt.datetime.combine(dt.date.fromordinal(day), dt.time(minute // 60, minute % 60))
    tries = [wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    real = [t for t in tries if t.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None, fold=0) == wall]
    if real:
        found = sorted({seconds(t) for t in real})
        return found[0], Shift.REPEAT if len(found) == 2 else Shift.NONE
    # missing: of the wall clocks on either side, find the second on which one jumps past the other
    low, high = seconds(tries[1]), seconds(tries[0])
    while high - low > 1:
        middle = (low + high) // 2
        shown = dt.datetime.fromtimestamp(middle, zone).replace(tzinfo=None)
        low, high = (middle, high) if shown < wall else (low, middle)
    return high, Shift.GAP


@cache
def transitions(name: str) -> tuple[tuple[int, int, int], ...]:
    """(UTC second, offset before, offset after) of the changes listed in a zone's own file (RFC 8536)."""
    data = files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
    header = struct.Struct(">5s15x6l")
    _, utc, std, leap, n_times, n_types, chars = header.unpack_from(data)
    at = 44 + n_times * 5 + n_types * 6 + chars + leap * 8 + std + utc
    _, utc, std, leap, n_times, n_types, chars = header.unpack_from(data, at)
    when = struct.unpack_from(f">{n_times}q", data, at + 44)
    kinds = data[at + 44 + 8 * n_times : at + 44 + 9 * n_times]
    offsets = [struct.unpack_from(">lBB", data, at + 44 + 9 * n_times + 6 * i)[0] for i in range(n_types)]
    walk = [offsets[0], *(offsets[kind] for kind in kinds)]
    return tuple((t, a, b) for t, a, b in zip(when, walk[:-1], walk[1:], strict=True) if a != b)


def check_against_twin(name: str, on: int, minute: int) -> None:
    ours, expected = clock(name), twin(name, on, minute)
    got = ours.at(on, minute)
    assert (instant_key(got), ours.shift(on, minute)) == expected, (name, iso_date(on), minute)
    assert type(got) is pendulum.DateTime
    assert got.fold == 0
    assert got.tzinfo is ours.tz
    if expected[1] is not Shift.GAP:
        assert (got.toordinal(), got.hour * 60 + got.minute, got.second) == (on, minute, 0)


def minutes_around(name: str, on: int) -> Iterator[int]:
    """Minutes of a change day worth asking: the day's ends, and both sides of where its gap or repeat lies."""
    yield from (0, 1, 719, 1438, 1439)
    shifts = [clock(name).shift(on, minute) for minute in range(0, 1440, 10)]
    for number in range(1, len(shifts)):
        if shifts[number] is not shifts[number - 1]:
            yield from range(number * 10 - 10, number * 10 + 1)


# -- Laws ----------------------------------------------------------------------------------------------


def test_every_zone_agrees_with_the_twin_around_every_change_from_2024_to_2037() -> None:
    """For each zone of the package: at() and shift() on and beside each day that touches a change."""
    changes = 0
    for name in DISTINCT_ZONES:
        for on in clock(name).change_days(day("2024-01-01"), day("2037-12-31")):
            changes += 1
            for minute in (0, 59, 60, 61, 89, 90, 119, 120, 121, 150, 179, 180, 1380, 1439):
                check_against_twin(name, on, minute)
            check_against_twin(name, on - 1, 1439)
            check_against_twin(name, on + 1, 0)
    assert changes > 2500


@pytest.mark.parametrize("name", SOME_ZONES)
def test_hard_zones_agree_with_the_twin_on_every_change_day_from_1990_to_2090(name: str) -> None:
    rng = random.Random(name)
    days = clock(name).change_days(day("1990-01-01"), day("2090-12-31"))
    for on in rng.sample(days, min(len(days), 14)):
        for minute in minutes_around(name, on):
            check_against_twin(name, on, minute)


def test_random_wall_times_from_1900_to_2200_agree_with_the_twin() -> None:
    rng = random.Random(20)
    for _ in range(3000):
        name = rng.choice(SOME_ZONES)
        check_against_twin(name, rng.randint(day("1900-01-01"), day("2200-12-31")), rng.randrange(1440))


def test_change_days_are_those_that_the_zone_files_list() -> None:
    """Every change that a file lists from 1900 on is found, to the second, and no day is named without one."""
    for name in ALL_ZONES:
        listed = [change for change in transitions(name) if change[0] > -2_200_000_000]
        expected: set[int] = set()
        for when, before, after in listed:
            low, high = sorted((when + before, when + after))
            expected |= set(range(low // 86_400 + 719_163, (high - 1) // 86_400 + 719_164))
        if expected:
            first, last = min(expected), max(expected)
            if name in SOME_ZONES:
                assert clock(name).change_days(first, last) == sorted(expected), name
            else:
                newest = sorted(on for on in expected if on > last - 1500)
                assert clock(name).change_days(last - 1499, last) == newest, name


def test_no_two_changes_of_a_zone_are_so_near_that_a_daily_look_misses_them() -> None:
    for name in ALL_ZONES:
        when = [change[0] for change in transitions(name) if change[0] > -2_300_000_000]
        assert all(b - a > 6 * 86_400 for a, b in pairwise(when)), name


def test_days_outside_change_days_have_no_gap_and_no_repeat() -> None:
    """Asked by brute force: every hour of two years in four zones."""
    for name in ("Africa/Casablanca", "America/New_York", "Australia/Lord_Howe", "Asia/Gaza"):
        touched = set(clock(name).change_days(day("2026-01-01"), day("2027-12-31")))
        for on in range(day("2026-01-01"), day("2028-01-01")):
            shifts = {twin(name, on, minute)[1] for minute in (15, 75, 105, 135, 165, 195, 1395)}
            assert (shifts == {Shift.NONE}) or on in touched, (name, iso_date(on))


def test_the_short_ways_agree_with_the_long_ones() -> None:
    """changes_on() is membership in change_days(), and ordinal_of_key() the date on the zone's wall clock."""
    for name in ("Africa/Casablanca", "America/New_York", "Pacific/Apia"):
        ours = clock(name)
        first, last = day("2011-06-01"), day("2012-12-31")
        assert [on for on in range(first, last + 1) if ours.changes_on(on)] == ours.change_days(first, last)
        for on in range(first, last, 5):
            for minute in (0, 1439):
                instant = ours.at(on, minute)
                assert (
                    ours.ordinal_of_key(instant_key(instant)) == ours.ordinal(instant) == instant.toordinal()
                )


def test_wall_times_of_a_day_never_go_back_in_time() -> None:
    """at() does not decrease with the minute, and 24:00 is 00:00 of the next day."""
    for name in SOME_ZONES:
        ours = clock(name)
        for on in ours.change_days(day("2009-01-01"), day("2012-12-31"))[:6]:
            keys = [instant_key(ours.at(on, minute)) for minute in range(0, 1441, 15)]
            assert keys == sorted(keys)
            assert ours.at(on, 1440) == ours.at(on + 1, 0)
            assert ours.shift(on, 1440) is ours.shift(on + 1, 0)


def test_day_start_is_the_first_instant_of_the_date() -> None:
    """The second before it belongs to an earlier date, and it belongs to the date itself unless skipped."""
    for name in SOME_ZONES:
        ours = clock(name)
        for on in ours.change_days(day("1990-01-01"), day("2030-12-31")):
            for date in (on, on + 1):
                start = ours.day_start(date)
                assert ours.ordinal(ours.from_key(instant_key(start) - 1)) < date
                assert ours.ordinal(start) == (date + 1 if ours.skips(date) else date)


def test_the_second_of_two_equal_hours_is_told_apart() -> None:
    """An instant in a repeated hour, either half, keeps its key on the wall clock and through text."""
    repeats = 0
    for name in SOME_ZONES:
        ours = clock(name)
        for on in ours.change_days(day("2005-01-01"), day("2030-12-31")):
            for minute in range(0, 1440, 30):
                if ours.shift(on, minute) is Shift.REPEAT:
                    repeats += 1
                    first = ours.at(on, minute)
                    faces = [ours.after(first, minutes) for minutes in range(0, 181, 30)]
                    assert any(face.fold and face.hour * 60 + face.minute == minute for face in faces)
                    for minutes, face in zip(range(0, 181, 30), faces, strict=True):
                        assert instant_key(face) == instant_key(first) + 60 * minutes
                        assert instant_key(times.parse_instant(iso(face), "at")) == instant_key(face)
                        assert type(face) is pendulum.DateTime
    assert repeats > 400


@given(
    st.sampled_from(SOME_ZONES),
    st.integers(
        seconds(dt.datetime(1990, 1, 1, tzinfo=dt.UTC)), seconds(dt.datetime(2090, 1, 1, tzinfo=dt.UTC))
    ),
)
def test_an_instant_survives_key_wall_clock_and_text(name: str, key: int) -> None:
    local = clock(name).from_key(key)
    assert instant_key(local) == key
    assert clock(name).local(local.astimezone(dt.UTC)) == local
    assert clock(name).ordinal(local) == local.toordinal()
    assert instant_key(times.parse_instant(iso(local), "at")) == key
    assert iso(times.parse_instant(iso(local), "at")) == iso(local)
    assert iso(local) == dt.datetime.fromtimestamp(key, twin_zone(name)).isoformat()


@pytest.fixture
def whenever_on_tzdata() -> Iterator[None]:
    """`whenever` with the package's zones too: the system's may be of another edition."""
    whenever.reset_tzpath([])
    whenever.clear_tzcache()
    yield
    whenever.reset_tzpath()
    whenever.clear_tzcache()


@pytest.mark.usefixtures("whenever_on_tzdata")
def test_whenever_gives_the_same_instants() -> None:
    """A second opinion: `whenever` calls the first of two "earlier"; it moves a missing time by the gap's
    length, so in a gap only the verdict and the instants either side are compared.
    """
    rng = random.Random(7)
    asked = {Shift.NONE: 0, Shift.GAP: 0, Shift.REPEAT: 0}
    for name in SOME_ZONES:
        ours = clock(name)
        days = ours.change_days(day("2007-01-01"), day("2037-12-31"))
        for on in rng.sample(days, min(12, len(days))):
            for minute in (0, 30, 90, 150, 1410, rng.randrange(1440)):
                date = dt.date.fromordinal(on)
                wall = whenever.PlainDateTime(date.year, date.month, date.day, minute // 60, minute % 60)
                shift = ours.shift(on, minute)
                asked[shift] += 1
                if shift is Shift.GAP:
                    with pytest.raises(whenever.SkippedTime):
                        wall.assume_tz(name, disambiguation="raise")
                    assert wall.assume_tz(name, disambiguation="earlier").timestamp() < instant_key(
                        ours.at(on, minute)
                    )
                    continue
                theirs = wall.assume_tz(name, disambiguation="earlier").timestamp()
                assert instant_key(ours.at(on, minute)) == theirs, (name, iso_date(on), minute)
                if shift is Shift.REPEAT:
                    with pytest.raises(whenever.RepeatedTime):
                        wall.assume_tz(name, disambiguation="raise")
    assert min(asked.values()) > 20


# -- Known cases ----------------------------------------------------------------------------------------

KNOWN = [
    (zone, date, wall, instant, Shift(shift))
    for zone, date, wall, instant, shift, _ in tomllib.loads(
        (Path(__file__).parent / "vectors" / "times.toml").read_text("utf-8")
    )["known"]
]


@pytest.mark.parametrize(("name", "date", "wall", "instant", "shift"), KNOWN)
def test_known_wall_times(name: str, date: str, wall: str, instant: str, shift: Shift) -> None:
    """Published changes, at their boundaries."""
    minute = times.parse_minute(wall, "at", end=True)
    assert iso(clock(name).at(day(date), minute)) == instant
    assert clock(name).shift(day(date), minute) is shift


def test_the_dates_that_zones_skipped_are_these() -> None:
    """Whole days left out since 1990, one zone of each set of links; the files' lists say where to look."""
    start = seconds(dt.datetime(1990, 1, 1, tzinfo=dt.UTC))
    skipped = set()
    for name in DISTINCT_ZONES:
        for when in (change[0] for change in transitions(name) if change[0] > start):
            near = when // 86_400 + 719_163
            skipped |= {(name, iso_date(on)) for on in range(near - 1, near + 3) if clock(name).skips(on)}
    assert skipped == {
        ("Pacific/Apia", "2011-12-30"),
        ("Pacific/Fakaofo", "2011-12-30"),
        ("Pacific/Kanton", "1994-12-31"),
        ("Pacific/Kiritimati", "1994-12-31"),
        ("Pacific/Kwajalein", "1993-08-21"),
    }
    assert not clock("Pacific/Apia").skips(day("2011-12-31"))


def test_both_halves_of_a_repeated_hour_have_their_own_key_and_text() -> None:
    new_york = clock("America/New_York")
    first = new_york.at(day("2026-11-01"), 90)
    second = new_york.after(first, 60)
    assert first == second  # the trap: the same clock face
    assert instant_key(second) - instant_key(first) == 3600
    assert [iso(first), iso(second)] == ["2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00"]
    assert iso(new_york.from_key(instant_key(second) + 7)) == "2026-11-01T01:30:07-05:00"


def test_a_shift_is_true_only_where_the_zone_did_something() -> None:
    assert [bool(shift) for shift in Shift] == [False, True, True]
    assert [str(shift) for shift in Shift] == ["none", "gap", "repeat"]


# -- The values are real pendulum values -----------------------------------------------------------------


def test_values_go_on_working_in_pendulum() -> None:
    """Adding, comparing, copying and pickling keep instant, type and the package's own zone."""
    value = clock("America/New_York").at(day("2026-03-07"), 600)
    assert iso(value.add(days=1)) == "2026-03-08T10:00:00-04:00"
    assert value.add(days=1).tzinfo is value.tzinfo
    assert value == dt.datetime(2026, 3, 7, 15, tzinfo=dt.UTC)
    assert value == pendulum.datetime(2026, 3, 7, 10, tz="America/New_York")
    for again in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):  # noqa: S301 - our own bytes
        assert type(again) is pendulum.DateTime
        assert (again, iso(again)) == (value, iso(value))
    assert type(times.date_of(value.toordinal())) is pendulum.Date
    assert times.date_of(value.toordinal()) == dt.date(2026, 3, 7)


def test_a_clock_is_kept_and_pickles_as_its_name() -> None:
    ours = clock("Europe/London")
    assert clock("Europe/London") is ours
    assert pickle.loads(pickle.dumps(ours)) is ours  # noqa: S301 - our own bytes
    assert times.zone("Europe/London") is ours.tz
    assert repr(ours) == "clock('Europe/London')"


def test_the_edition_is_the_packages_own() -> None:
    first_line = files("tzdata").joinpath("zoneinfo", "tzdata.zi").read_text(encoding="utf-8").split("\n")[0]
    assert times.tzdata_edition() in first_line


# -- Machines set oddly ----------------------------------------------------------------------------------

PROBE = """
from ketaschedule.times import *
days = range(739900, 740300, 9)
for name in ("America/New_York", "Africa/Casablanca", "Europe/London", "Pacific/Apia", "UTC"):
    print(name, *(iso(clock(name).at(day, minute)) for day in days for minute in (0, 150)))
    print(clock(name).change_days(739600, 741000), iso(clock(name).at(739600, 0).add(days=200, hours=1)))
print(tzdata_edition(), iso(clock("Africa/Casablanca").local(parse_instant("2026-10-01T10:00:00Z", "at"))))
"""


def run(code: str, **environment: str) -> str:
    base = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(Path(times.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=base | environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_neither_the_machines_zone_nor_its_zone_files_matter(tmp_path: Path) -> None:
    """TZ set oddly, a hash seed, no zone files at all, and files that lie (each says Tokyo): one answer."""
    tokyo = files("tzdata").joinpath("zoneinfo", "Asia", "Tokyo").read_bytes()
    for name in ("America/New_York", "Africa/Casablanca", "Europe/London", "Pacific/Apia"):
        lie = tmp_path / "lies" / name
        lie.parent.mkdir(parents=True, exist_ok=True)
        lie.write_bytes(tokyo)
    empty = tmp_path / "empty"
    empty.mkdir()
    expected = run(PROBE)
    assert len(expected) > 5000
    odd: list[dict[str, str]] = [
        {"TZ": "Pacific/Apia", "PYTHONHASHSEED": "7"},
        {"TZ": "Mars/Base", "PYTHONTZPATH": str(empty)},
        {"TZ": ":/nowhere", "PYTHONTZPATH": str(tmp_path / "lies"), "LC_ALL": "C"},
    ]
    for environment in odd:
        assert run(PROBE, **environment) == expected, environment


def test_importing_times_loads_nothing_heavy() -> None:
    loaded = run("import sys, ketaschedule.times; print(*sys.modules)").split()
    assert "pendulum" in loaded
    heavy = {
        "tzdata",
        "numpy",
        "cattrs",
        "icalendar",
        "click",
        "rich",
        "hypothesis",
        "matplotlib",
    }
    assert not heavy & {module.partition(".")[0] for module in loaded}


# -- Bad input -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("America/NewYork", "America/New_York"),
        ("america/new_york", "America/New_York"),
        ("Europe/Londn", "Europe/London"),
        ("Lord_Howe", "Australia/Lord_Howe"),
    ],
)
def test_an_unknown_zone_is_refused_with_near_names(name: str, near: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        clock(name, "course.zone")
    assert near in caught.value.near
    assert caught.value.faults[0].path == "course.zone"


@pytest.mark.parametrize(
    "name",
    ["", " ", "../etc/passwd", "/etc/passwd", "Europe", "Europe/", "Europe/London/", "Europe\\London", "Europe/Lon\0don",
     "zone.tab", "tzdata.zi", "__init__.py", "Europe/../Europe/London", "Z" * 10_000, "\ud800", "Europe/London\n", "+01:00"],
)  # fmt: skip
def test_a_hostile_zone_name_is_unknown_and_its_error_short(name: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        times.zone(name)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("name", [None, 5, b"Europe/London", ["Europe/London"], dt.UTC])
def test_a_zone_that_is_not_text_is_refused(name: object) -> None:
    for reader in (times.zone, clock):
        with pytest.raises(InputError, match=r"^zone: a time zone is a text, not"):
            reader(name)  # type: ignore[arg-type]  # the wrong type is the point


def test_what_is_wrong_with_a_zone_is_said_in_full() -> None:
    """The path, what was given, and what is allowed; of a name that is nearly one, what it was to be."""
    with pytest.raises(InputError) as caught:
        times.zone(5, "course.zone")  # type: ignore[arg-type]  # the wrong type is the point
    (fault,) = caught.value.faults
    assert (fault.path, fault.text) == ("course.zone", "a time zone is a text, not int")
    assert fault.allowed == "an IANA name such as Europe/London"
    with pytest.raises(UnknownNameError) as unknown:
        times.zone("Europe/Lundon")
    assert unknown.value.faults[0].text == "no time zone is called 'Europe/Lundon'"


def test_a_zone_has_no_days_far_beyond_the_years_that_input_may_have() -> None:
    """Ten years beyond either end there are some, then a fault that names the day and the years."""
    table = OffsetTable(times.zone("Europe/London"))
    for year in (1890, 2210):
        assert isinstance(table[dt.date(year, 6, 1).toordinal() >> 9], dict)
    for block in ((dt.date(1890, 1, 1).toordinal() >> 9) - 1, (dt.date(2210, 12, 31).toordinal() >> 9) + 1):
        with pytest.raises(InputError) as caught:
            table[block]
        (fault,) = caught.value.faults
        assert (fault.path, fault.text) == ("day", f"day {block << 9} is out of range")
        assert fault.allowed == "years 1900 to 2200"


def test_a_change_on_the_first_or_last_day_of_a_block_belongs_to_it() -> None:
    """London put its clocks on at the first day of a block in 1924, and is to do so at the last of one in 2053."""
    table = OffsetTable(times.zone("Europe/London"))
    for text, place in (("1924-04-13", 0), ("2053-03-30", 511)):
        ordinal = dt.date.fromisoformat(text).toordinal()
        assert ordinal % 512 == place
        assert ordinal in table[ordinal >> 9]
        shown = clock("Europe/London").at(ordinal, 90 if place else 150)
        assert shown.utcoffset() == dt.timedelta(hours=1)


@pytest.mark.parametrize("minute", [-1, 1441, 10**9])
def test_a_minute_outside_the_day_is_refused(minute: int) -> None:
    for on in (day("2026-03-07"), day("2026-03-08")):  # an ordinary day and a change day
        for function in (clock("America/New_York").at, clock("America/New_York").shift):
            with pytest.raises(InputError, match="is not in a day"):
                function(on, minute)


@pytest.mark.parametrize("on", [day("1890-01-01"), day("1900-01-01"), day("2200-12-31"), day("2210-12-31")])
def test_ten_years_beyond_the_years_a_day_is_still_answered(on: int) -> None:
    check_against_twin("America/New_York", on, 600)


@pytest.mark.parametrize("on", [-1, 0, 1, day("1888-06-01"), day("2212-06-01"), 10**7, 10**12])
def test_a_day_far_outside_the_years_is_refused(on: int) -> None:
    ours = clock("America/New_York")
    for call in (
        lambda: ours.at(on, 0),
        lambda: ours.shift(on, 0),
        lambda: ours.skips(on),
        lambda: ours.day_start(on),
    ):
        with pytest.raises(InputError, match="out of range"):
            call()


def test_both_ends_of_a_stretch_of_change_days_are_asked() -> None:
    ours, on = clock("America/New_York"), day("2026-03-08")
    assert ours.change_days(on, on) == [on]
    assert ours.change_days(on + 1, on + 1) == ours.change_days(on - 1, on - 1) == []


def test_change_days_are_asked_up_to_the_last_day_that_is_answered_and_no_further() -> None:
    """The tables end ten years beyond the years: what is asked up to their end is answered, past it refused."""
    ours, last = clock("America/New_York"), day("2210-12-31")
    assert ours.change_days(last - 364, last) == [day("2210-03-11"), day("2210-11-04")]
    with pytest.raises(InputError, match="out of range"):
        ours.change_days(last, last + 1024)


def test_a_minute_that_no_day_has_is_named_with_those_there_are() -> None:
    for minute in (-1, 1441):
        with pytest.raises(InputError) as caught:
            clock("UTC").at(day("2026-03-08"), minute)
        (fault,) = caught.value.faults
        assert (fault.path, fault.text, fault.allowed) == (
            "minute",
            f"minute {minute} is not in a day",
            "0 to 1440",
        )
