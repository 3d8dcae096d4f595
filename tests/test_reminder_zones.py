"""On days on which clocks change: nothing is doubled, nothing is lost, and wall times are as stated.

Every zone of the IANA table and every change of 2024–2037; zones whose changes are the same are tried once. A bare
run takes some of them, the whole is run with KETASCHEDULE_REQUIRE_ALL=1.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import pendulum
import pytest

from ketaschedule import times
from ketaschedule.arming import arm, arm_changes
from ketaschedule.availability import Clinic, clinic_from
from ketaschedule.changes import changes as plan_changes
from ketaschedule.course import Course
from ketaschedule.days import instant_key
from ketaschedule.history import ZoneChanged
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol
from ketaschedule.reminders import KINDS, Reminder, reminders
from ketaschedule.zones import zone_names

FIRST, LAST = pendulum.date(2024, 1, 1).toordinal(), pendulum.date(2037, 12, 31).toordinal()
WHOLE = os.environ.get("KETASCHEDULE_REQUIRE_ALL") == "1"
PARTS = 8
AT_WALL_TIMES = ("week", "day", "watch-end")


@cache
def changes() -> list[tuple[str, int]]:
    """(a zone, a day of change) for each change, one zone standing for all that change alike."""
    found: dict[tuple[tuple[int, str], ...], str] = {}
    for name in sorted(zone_names()):
        clock = times.clock(name)
        days = clock.change_days(FIRST, LAST)
        alike = tuple((day, times.iso(clock.at(day, hour * 60))) for day in days for hour in (0, 3, 12))
        found.setdefault(alike, name)
    return sorted((name, day) for alike, name in found.items() for day in {one[0] for one in alike})


def course(zone: str, day: int) -> Course:
    """A course whose third and fourth sessions stand around a day; its visits are at 10:00."""
    return Course(
        id="c-1",
        protocol=load_protocol("esketamine-taper"),
        start=times.date_of(day - 6),
        zone=zone,
        adult="yes",
        consent={"proxy": {"reminders": True}, "escort": {"reminders": True}},
    )


def around(zone: str, day: int, *, pieces: bool = False) -> list[Reminder]:
    """What is told or dropped from the day before to the day after; in pieces of some hours, or at once."""
    made = course(zone, day)
    clock = times.clock(zone)
    plan = make_plan(made, as_of=clock.day_start(day - 40))
    begin, end = instant_key(clock.day_start(day - 1)), instant_key(clock.day_start(day + 2))
    edges = [*range(begin, end, 7 * 1800), end] if pieces else [begin, end]
    utc = times.clock("UTC")
    return [
        one
        for since, until in pairwise(edges)
        for one in reminders(plan, utc.from_key(since), utc.from_key(until), include_dropped=True)
    ]


def mine(part: int) -> Iterator[tuple[str, int]]:
    """The changes of one part; of a bare run every twelfth."""
    yield from changes()[part :: PARTS if WHOLE else 12 * PARTS]


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_doubled_or_lost_on_a_day_of_change(part: int) -> None:
    """The keys are those that a zone without changes has; in pieces it is what it is at once."""
    tried = 0
    for zone, day in mine(part):
        told = around(zone, day)
        assert {one.key for one in told} == {one.key for one in around("UTC", day)}, (zone, day)
        pairs = [(one.key, one.revision, one.fires_key, one.state) for one in told]
        assert len(set(pairs)) == len(pairs)
        again = [(one.key, one.revision, one.fires_key, one.state) for one in around(zone, day, pieces=True)]
        assert sorted(again) == sorted(pairs), (zone, day)
        tried += 1
    assert tried > (20 if WHOLE else 3)


@pytest.mark.parametrize("part", range(PARTS))
def test_wall_times_are_as_stated_on_a_day_of_change(part: int) -> None:
    """10:00 is 10:00; nobody is told outside contact hours of the clock on the wall; a visit keeps its hour."""
    for zone, day in mine(part):
        plain = {one.key: one for one in around("UTC", day)}
        clock = times.clock(zone)
        for one in around(zone, day):
            local = clock.local(one.fires_at)
            if one.kind in AT_WALL_TIMES and one.state == "told" and plain[one.key].state == "told":
                there = plain[one.key].fires_at
                assert (local.date(), local.hour, local.minute) == (there.date(), there.hour, there.minute)
            if one.audience != "clinic" and one.state == "told" and KINDS[one.kind].hours != "ignore":
                assert 8 <= local.hour < 21, (zone, day, one.key, local)
            if one.kind in ("day", "today"):
                assert clock.local(one.item_at).hour == 10


def test_who_moves_to_another_zone_is_told_by_the_clock_there_and_by_none_twice() -> None:
    """From New York to Tokyo: visits keep the clinic's clock, check-ins follow, and every pair is told once."""
    start = pendulum.date(2026, 12, 1)
    home = Course(
        id="c-1",
        protocol=load_protocol("esketamine-taper"),
        start=start,
        zone="America/New_York",
        adult="yes",
    )
    moved = ZoneChanged(
        id="e-1", course="c-1", recorded_at=pendulum.datetime(2026, 12, 6, 15), from_date=pendulum.date(2026, 12, 7),
        zone="Asia/Tokyo",
    )  # fmt: skip
    away = home.with_events(moved)
    utc = times.clock("UTC")
    seen: set[tuple[str, str]] = set()
    begin, end = (instant_key(pendulum.datetime(2026, 12, day)) for day in (4, 14))
    for since in range(begin, end, 5400):
        plan = make_plan(away, as_of=utc.from_key(since + 5400))
        for one in reminders(plan, utc.from_key(since), utc.from_key(since + 5400)):
            assert (one.key, one.revision) not in seen
            seen.add((one.key, one.revision))
            if one.audience == "patient" and since > begin + 4 * 86400 and KINDS[one.kind].hours != "ignore":
                assert 8 <= times.clock("Asia/Tokyo").local(one.fires_at).hour < 21
    before, after = (make_plan(one, as_of=pendulum.datetime(2026, 12, 6, 16)) for one in (home, away))
    mend = arm_changes(arm(before), arm(after))
    assert {one.kind for one in mend.move} >= {"open", "day"}
    early, late = pendulum.datetime(2026, 12, 8), pendulum.datetime(2026, 12, 12)
    at_home = reminders(after, early, late, home_clock=True)
    quiet = [
        one
        for one in at_home
        if one.audience == "patient" and KINDS[one.kind].hours != "ignore"
        and not 8 <= times.clock("America/New_York").local(one.fires_at).hour < 21
    ]  # fmt: skip
    assert quiet == []


@pytest.mark.parametrize("hours", ["08:00-21:00", "07:00-09:30", "12:00-24:00"])
@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("Asia/Tokyo", "America/New_York"),
        ("Pacific/Kiritimati", "Pacific/Pago_Pago"),
        ("Europe/London", "America/Los_Angeles"),
        ("Pacific/Pago_Pago", "Pacific/Kiritimati"),
    ],
)
def test_who_crosses_the_world_is_told_in_pieces_what_is_told_at_once(
    here: str, there: str, hours: str
) -> None:
    """A day of up to 50 hours, or of none at all: what is brought forward lies in the stretch that has its instant."""
    clinic = clinic_from({"zone": there})
    moved = ZoneChanged(
        id="e-1", course="c-1", recorded_at=pendulum.datetime(2026, 11, 20), from_date=pendulum.date(2026, 12, 4), zone=there
    )  # fmt: skip
    for at in ("08:30", "10:00", "17:45"):
        away = Course(
            id="c-1",
            protocol=load_protocol("esketamine-taper"),
            start=pendulum.date(2026, 12, 1),
            zone=here,
            adult="yes",
            at=at,
            clinic=clinic,
            contact_hours=hours,
            history=(moved,),
        )
        plan = make_plan(away, as_of=pendulum.datetime(2026, 11, 21))
        begin, end = pendulum.datetime(2026, 12, 2), pendulum.datetime(2026, 12, 6)
        whole = [(one.key, one.revision, one.fires_key) for one in reminders(plan, begin, end)]
        steps = [begin.add(minutes=30 * more) for more in range(24 * 8 + 1)]
        pieces = [
            (one.key, one.revision, one.fires_key)
            for since, until in pairwise(steps)
            for one in reminders(plan, since, until)
        ]
        assert sorted(pieces) == sorted(whole)
        assert len({key for key, _, _ in pieces}) == len(pieces)


def instants(plan: Plan) -> dict[str, tuple[int, ...]]:
    """The instants of every dated item of a plan, in UTC seconds."""
    found: dict[str, tuple[int, ...]] = {}
    for session in plan.sessions:
        found[session.key] = (instant_key(session.at), instant_key(session.ends))
    for checkin in plan.checkins:
        found[checkin.key] = (checkin.opens_key, checkin.due_key, checkin.closes_key)
    return found


@pytest.mark.parametrize("clinic", [None, clinic_from({"zone": "America/New_York"})])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Toronto", "America/Chicago"])
def test_a_change_of_zone_lists_each_moved_instant_and_no_other(clinic: Clinic | None, zone: str) -> None:
    """Without a clinic visits move with the person; with one only check-ins of a calendar day do; none stays unsaid."""
    home = Course(
        id="c-1",
        protocol=load_protocol("esketamine-taper"),
        start=pendulum.date(2026, 12, 1),
        zone="America/New_York",
        adult="yes",
        clinic=clinic,
    )
    moved = ZoneChanged(
        id="e-1", course="c-1", recorded_at=pendulum.datetime(2026, 12, 6, 15), from_date=pendulum.date(2026, 12, 7), zone=zone
    )  # fmt: skip
    before, after = (
        make_plan(one, as_of=pendulum.datetime(2026, 12, 6, 16)) for one in (home, home.with_events(moved))
    )
    was, now = instants(before), instants(after)
    found = plan_changes(before, after)
    assert {one.key for one in found.moved} == {
        key for key in was.keys() & now.keys() if was[key] != now[key]
    }
    assert {one.key for one in found.added if one.kind != "decision"} == now.keys() - was.keys()
    assert {one.key for one in found.removed if one.kind != "decision"} == was.keys() - now.keys()
    assert bool(found.moved) is (zone != "America/Toronto")
    sessions = [one for one in found.moved if one.kind == "session"]
    assert bool(sessions) is (clinic is None and zone != "America/Toronto")
