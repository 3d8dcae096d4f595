"""Whole plans: nominal days of every built-in protocol, preferred weekdays, gates, zones and their changes."""

from __future__ import annotations

import datetime
import random
import tomllib
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pendulum
import pytest

from ketaschedule import times
from ketaschedule.availability import clinic_from
from ketaschedule.changes import preview_options
from ketaschedule.course import Course, Monitor, WatchWish
from ketaschedule.errors import InputError, LimitError
from ketaschedule.history import GoAheadGiven, ReviewHeld, SessionGiven
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol, protocol_names

INDUCTION = [1, 4, 8, 11, 15, 18, 22, 25]
TO_WEEK_8 = [*INDUCTION, 29, 36, 43, 50]
NOMINAL: dict[str, list[int]] = {
    name: [day for phase, days in phases.items() if "/" not in phase for day in days]
    for name, phases in tomllib.loads(
        (Path(__file__).parent / "vectors" / "dates.toml").read_text("utf-8")
    ).items()
}


def course(name: str, start: str = "2026-11-30", zone: str = "America/New_York", **more: object) -> Course:
    """A course of one built-in protocol; 2026-11-30 is a Monday."""
    fields: dict[str, object] = {"adult": "yes", **more}
    return Course(
        id="c-1",
        protocol=load_protocol(name),
        start=times.parse_date(start, "start"),
        zone=zone,
        **fields,  # type: ignore[arg-type]  # each test names fields of its own
    )


def dose_days(plan: Plan) -> list[int]:
    return [session.day for session in plan.sessions if session.kind == "dose"]


def test_every_built_in_protocol_has_its_nominal_days_here() -> None:
    """No protocol is without a line in the table."""
    assert sorted(NOMINAL) == sorted(protocol_names())


@pytest.mark.parametrize("name", sorted(NOMINAL))
def test_doses_fall_on_the_nominal_days(name: str) -> None:
    """With nothing in the way every dose falls on the day that the literature names."""
    assert NOMINAL[name] == dose_days(make_plan(course(name)))


@pytest.mark.parametrize("name", sorted(NOMINAL))
def test_every_session_carries_reasons_with_a_source(name: str) -> None:
    """Each session says by which rules it is where it is, and who says so."""
    plan = make_plan(course(name))
    protocol = load_protocol(name)
    for session in plan.sessions:
        assert len(session.reasons) >= 2
        for reason in session.reasons:
            assert reason.source == "house" or reason.source in protocol.sources


def test_the_taper_ends_with_a_review() -> None:
    """After the last dose of the taper a review is planned."""
    last = make_plan(course("esketamine-taper")).sessions[-1]
    assert (last.kind, last.day) == ("review", 204)


def test_week_9_is_held_weekly_until_it_is_decided() -> None:
    """The frequency in force goes on, and says that it is held."""
    plan = make_plan(course("esketamine-trd-us"))
    assert {"held"} == {session.basis for session in plan.sessions if session.day > 50}


def test_week_9_every_two_weeks_starts_14_days_after_the_last_dose() -> None:
    """A decision takes days away and moves none: 64, 78, 92."""
    plan = make_plan(course("esketamine-trd-us"), decide={"week-9": "every-2-weeks"})
    assert [*TO_WEEK_8, *range(64, 182, 14)] == dose_days(plan)
    assert "what-if" in {finding.code for finding in plan.findings}


def test_mdsi_ends_after_eight_doses_with_a_review_decision() -> None:
    """Nothing follows by default; a Decision asks."""
    plan = make_plan(course("esketamine-mdsi-us"))
    assert [(one.id, one.default) for one in plan.decisions] == [("end-review", "end-as-planned")]


def test_the_oral_course_waits_for_day_8() -> None:
    """Five days, a review on day 8, and no further dose until decided."""
    plan = make_plan(course("ketamine-oral-er-5-days-then-twice-weekly"))
    reviews = [session.day for session in plan.sessions if session.kind == "review"]
    assert reviews == [8]
    assert [(one.due - plan.day1).days + 1 for one in plan.decisions] == [8]


def test_sessions_at_home_wait_for_monitor_and_go_ahead() -> None:
    """Without both a home session is waiting; the review after the first gates the second."""
    name = "ketamine-sublingual-home-4-weeks"
    doses = [one for one in make_plan(course(name)).sessions if one.kind == "dose"]
    assert {"waiting"} == {one.basis for one in doses}
    monitored = course(name, monitor=Monitor(name="B. Friend", adult=True))
    start = make_plan(monitored).sessions[0].at
    ready = monitored.with_events(
        GoAheadGiven(
            id="e-1",
            course="c-1",
            recorded_at=start.subtract(hours=2),
            by="dr",
            session="c-1/series/1",
            at=start.subtract(hours=2),
        ),
        GoAheadGiven(
            id="e-2",
            course="c-1",
            recorded_at=start.subtract(hours=1),
            by="dr",
            session="c-1/series/2",
            at=start.subtract(hours=1),
        ),
    )
    by_number = {one.number: one.basis for one in make_plan(ready).sessions if one.kind == "dose"}
    assert (by_number[1], by_number[2]) == ("protocol", "waiting")
    held = ready.with_events(
        ReviewHeld(
            id="e-3", course="c-1", recorded_at=start.add(days=1), at=start.add(days=1), kind="first-review"
        )
    )
    by_number = {one.number: one.basis for one in make_plan(held).sessions if one.kind == "dose"}
    assert by_number[2] == "protocol"


@pytest.mark.parametrize(
    ("weekday", "expected"),
    [
        (0, [1, 5, 9, 12, 16, 19, 23, 26]),
        (1, [1, 4, 8, 11, 15, 18, 22, 25]),
        (2, [1, 3, 10, 14, 17, 21, 24, 28]),
        (3, [1, 6, 9, 13, 16, 20, 23, 27]),
        (4, [1, 5, 8, 12, 15, 19, 22, 26]),
        (5, [1, 4, 11, 14, 18, 21, 25, 28]),
        (6, [1, 3, 10, 13, 17, 20, 24, 27]),
    ],
)
def test_tuesdays_and_fridays_from_each_weekday(weekday: int, expected: list[int]) -> None:
    """Preferred weekdays move sessions within their treatment weeks only."""
    start = pendulum.date(2026, 11, 30).add(days=weekday).isoformat()
    assert expected == dose_days(make_plan(course("esketamine-taper", start, days=("tue", "fri"))))[:8]


def test_a_closed_week_moves_the_rest() -> None:
    """With the third week closed the fifth and later sessions come a week later."""
    clinic = clinic_from({"zone": "America/New_York", "closed": [["2026-12-15", "2026-12-21"]]})
    plan = make_plan(course("esketamine-taper", "2026-12-01", days=("tue", "fri"), clinic=clinic))
    assert dose_days(plan)[:8] == [1, 4, 8, 11, 22, 25, 29, 32]


def test_a_start_on_a_closed_day_goes_to_the_next_open_one() -> None:
    """And a finding says so."""
    clinic = clinic_from({"zone": "America/New_York", "closed": ["2026-11-30"]})
    plan = make_plan(course("esketamine-taper", clinic=clinic))
    assert plan.day1.isoformat() == "2026-12-01"
    assert "start-moved" in {finding.code for finding in plan.findings}


@pytest.mark.parametrize("name", sorted(NOMINAL))
def test_no_closures_bring_two_doses_too_near(name: str) -> None:
    """Whatever is closed, the least gap between doses holds."""
    dice = random.Random(name)
    gap = load_protocol(name).min_gap_days
    for _ in range(12):
        closed = [
            pendulum.date(2026, 11, 30).add(days=dice.randrange(120)).isoformat()
            for _ in range(dice.randrange(50))
        ]
        days = dice.choice([(), ("mon",), ("tue", "fri"), ("mon", "wed", "fri")])
        clinic = clinic_from({"zone": "Europe/London", "closed": sorted(set(closed))})
        plan = make_plan(course(name, zone="Europe/London", clinic=clinic, days=days))
        dates = sorted(one.date for one in plan.sessions if one.kind == "dose")
        assert all((b - a).days >= gap for a, b in pairwise(dates))
        assert not {date.isoformat() for date in dates} & set(closed)


@pytest.mark.parametrize(
    ("zone", "start", "at", "day", "instant", "rule"),
    [
        ("America/New_York", "2026-03-01", "02:30", 8, "2026-03-08T03:00:00-04:00", "S9"),
        ("America/New_York", "2026-10-25", "01:30", 8, "2026-11-01T01:30:00-04:00", "S10"),
        ("Europe/London", "2026-03-22", "01:30", 8, "2026-03-29T02:00:00+01:00", "S9"),
        ("Europe/London", "2026-10-18", "01:30", 8, "2026-10-25T01:30:00+01:00", "S10"),
        ("Australia/Sydney", "2026-09-27", "02:30", 8, "2026-10-04T03:00:00+11:00", "S9"),
        ("Australia/Sydney", "2026-03-29", "02:30", 8, "2026-04-05T02:30:00+11:00", "S10"),
        ("Australia/Lord_Howe", "2026-09-27", "02:15", 8, "2026-10-04T02:30:00+11:00", "S9"),
        ("Australia/Lord_Howe", "2026-03-29", "01:45", 8, "2026-04-05T01:45:00+11:00", "S10"),
        ("Africa/Casablanca", "2026-03-15", "02:30", 8, "2026-03-22T03:00:00+01:00", "S9"),
        ("Africa/Casablanca", "2026-02-08", "02:30", 8, "2026-02-15T02:30:00+01:00", "S10"),
    ],
)
def test_wall_times_hold_over_clock_changes(
    zone: str, start: str, at: str, day: int, instant: str, rule: str
) -> None:
    """A missing wall time becomes the first instant after the gap, one that comes twice the first; both are said."""
    plan = make_plan(course("ketamine-aud-three-weekly", start, zone, at=at))
    session = next(one for one in plan.sessions if one.day == day and one.kind == "dose")
    assert instant == times.iso(session.at)
    assert rule in {reason.rule for reason in session.reasons}
    other = next(one for one in plan.sessions if one.day == 15 and one.kind == "dose")
    assert at == f"{other.at.hour:02}:{other.at.minute:02}"


def test_a_date_that_does_not_exist_is_a_closed_day() -> None:
    """Apia had no 30 December 2011: a session due then is placed beside it, and the reason names the date."""
    plan = make_plan(course("ketamine-aud-three-weekly", "2011-12-23", "Pacific/Apia"))
    second = [one for one in plan.sessions if one.kind == "dose"][1]
    assert second.date.isoformat() != "2011-12-30"
    assert "S13" in {reason.rule for reason in second.reasons}
    moved = make_plan(course("ketamine-aud-three-weekly", "2011-12-30", "Pacific/Apia"))
    assert moved.day1.isoformat() == "2011-12-31"


@pytest.mark.parametrize("start", ["2028-02-29", "2026-12-31", "2027-01-01", "2028-02-28"])
def test_leap_days_and_new_years_are_plain_days(start: str) -> None:
    """Day numbers count over them."""
    plan = make_plan(course("esketamine-taper", start))
    assert NOMINAL["esketamine-taper"] == dose_days(plan)
    for session in plan.sessions:
        assert (session.date - plan.day1).days + 1 == session.day


def test_days_before_day_1_are_negative_and_there_is_no_day_0() -> None:
    """Preparation sessions come before Day 1."""
    days = [
        one.day
        for one in make_plan(course("ketamine-assisted-psychotherapy")).sessions
        if one.kind == "preparation"
    ]
    assert days
    assert all(day < 0 for day in days)


def test_later_as_of_alone_changes_no_date() -> None:
    """A plan with nothing recorded for a year has the sessions of day 1."""
    first = make_plan(course("esketamine-trd-us"))
    later = make_plan(course("esketamine-trd-us"), as_of=first.as_of.add(years=1))
    assert [(one.key, one.at) for one in first.sessions] == [(one.key, one.at) for one in later.sessions]


def test_the_horizon_is_26_weeks_with_its_last_date() -> None:
    """Counted from Day 1."""
    assert make_plan(course("esketamine-trd-us", "2026-12-01")).horizon.isoformat() == "2027-05-31"


@pytest.mark.parametrize("name", sorted(NOMINAL))
def test_decisions_are_due_before_their_previews_differ(name: str) -> None:
    """Due on the last session before the first date on which any two options differ."""
    plan = make_plan(course(name))
    for decision in plan.decisions:
        previews = preview_options(plan, decision.key)
        firsts = [found.first_date for found in previews.values() if found.first_date is not None]
        moves: list[Mapping[str, str]] = []
        for found in previews.values():
            for change in (*found.added, *found.removed, *found.moved):
                side = change.after or change.before
                if change.kind == "session" and side is not None:
                    moves.append(side)
        for side in moves:
            assert decision.due.isoformat() < side["date"], f"{decision.key}: {side}"
        assert firsts or decision.default in previews


def test_an_adult_is_required() -> None:
    """``no`` is refused; ``unknown`` is a finding."""
    with pytest.raises(InputError) as caught:
        course("esketamine-taper", adult="no")
    assert "not-adult" in {fault.code for fault in caught.value.faults}
    assert "adult-unknown" in {
        finding.code for finding in make_plan(course("esketamine-taper", adult="unknown")).findings
    }


@pytest.mark.parametrize("weeks", [0, -1, True, 2.5])
def test_a_horizon_must_be_a_number_of_weeks(weeks: object) -> None:
    """Whole weeks from 1."""
    with pytest.raises(InputError):
        make_plan(course("esketamine-taper"), weeks=weeks)  # type: ignore[arg-type]  # the wrong type is the point


def test_a_horizon_beyond_five_years_is_refused() -> None:
    """With the limit in the error."""
    with pytest.raises(LimitError, match="260"):
        make_plan(course("esketamine-taper"), weeks=261)
    with pytest.raises(LimitError, match="five years"):
        make_plan(course("esketamine-taper"), until=pendulum.date(2032, 1, 1))


def test_no_day_possible_at_all_is_one_clear_error() -> None:
    """A clinic that is never open for the session's length."""
    clinic = clinic_from({"zone": "Europe/London", "hours": {"mon": ["09:00-10:00"]}})
    with pytest.raises(InputError) as caught:
        make_plan(course("esketamine-taper", zone="Europe/London", clinic=clinic))
    assert [fault.code for fault in caught.value.faults] == ["no-day"]


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("id", "Jane Doe", "course"),
        ("id", "", "course"),
        ("id", "a" * 65, "course"),
        ("zone", "Mars/Base", "zone"),
        ("start", pendulum.datetime(2026, 12, 1), "start"),
        ("start", "2026-12-01", "start"),
        ("at", "25:00", "at"),
        ("days", ("someday",), "days[0]"),
        ("adult", "maybe", "adult"),
    ],
)
def test_a_bad_field_is_named_by_its_path(field: str, value: object, path: str) -> None:
    """One fault, with where and what."""
    fields: dict[str, object] = {
        "id": "c-1",
        "protocol": load_protocol("esketamine-taper"),
        "start": pendulum.date(2026, 12, 1),
        "zone": "UTC",
        field: value,
    }
    with pytest.raises(InputError) as caught:
        Course(**fields)  # type: ignore[arg-type]  # the wrong type is the point
    assert path in {fault.path for fault in caught.value.faults}


@pytest.mark.parametrize("name", sorted(NOMINAL))
def test_the_short_way_of_placing_agrees_with_the_long_one(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is recorded, wished or closed the placing is not searched: the same plan as if it were."""
    starts = ("2026-11-30", "2028-02-27", "2011-12-20")
    zones = ("America/New_York", "Pacific/Apia", "Europe/London")
    short = [make_plan(course(name, start, zone)) for start, zone in zip(starts, zones, strict=True)]
    monkeypatch.setattr("ketaschedule.layout_place.all_on_target", lambda *_: False)
    for quick in short:
        slow = make_plan(quick.course)
        assert slow.sessions == quick.sessions
        assert [one.reasons for one in slow.sessions] == [one.reasons for one in quick.sessions]
        assert slow.checkins == quick.checkins


@pytest.mark.parametrize("name", sorted(NOMINAL))
def test_the_short_way_agrees_with_the_long_one_after_doses_too(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Doses given a day or more early or late, some left out: the same sessions and reasons either way."""
    dice = random.Random(name)
    plain = course(name)
    stories = []
    for _ in range(6):
        events = []
        for number, one in enumerate(s for s in make_plan(plain).sessions if s.kind == "dose"):
            if number > dice.randrange(12):
                break
            at = one.at.add(days=dice.choice([0, 0, 0, 1, -1, 3]))
            if dice.random() < 0.9:
                events.append(
                    SessionGiven(
                        id=f"e-{number}", course="c-1", recorded_at=at.add(hours=3), session=one.key, at=at
                    )
                )
        stories.append(plain.with_events(*events))
    short = [make_plan(story) for story in stories]
    monkeypatch.setattr("ketaschedule.layout_place.all_on_target", lambda *_: False)
    for quick in short:
        slow = make_plan(quick.course)
        assert slow.sessions == quick.sessions
        assert [one.reasons for one in slow.sessions] == [one.reasons for one in quick.sessions]


# -- Arguments at fault --------------------------------------------------------------------------------------


def argument_paths(**arguments: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        make_plan(course("esketamine-taper"), **arguments)  # type: ignore[arg-type]  # what a caller without types may hand in
    assert isinstance(caught.value, LimitError) == all(one.code == "limit" for one in caught.value.faults)
    return [fault.path for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        ({"weeks": 0, "as_of": "x"}, ["as_of", "weeks"]),
        (
            {"weeks": 0, "as_of": "x", "until": "y", "decide": "z"},
            ["as_of", "weeks", "weeks", "until", "decide"],
        ),
        ({"weeks": 261}, ["weeks"]),
        ({"weeks": 261, "decide": ["week-9"]}, ["weeks", "decide"]),
        ({"weeks": True}, ["weeks"]),
        ({"until": pendulum.datetime(2026, 12, 1)}, ["until"]),
        ({"until": pendulum.date(2026, 11, 29), "as_of": pendulum.naive(2026, 12, 1)}, ["as_of", "until"]),
        ({"until": pendulum.date(2040, 1, 1)}, ["until"]),
        ({"decide": {"week-9": 7}}, ["decide"]),
        ({"decide": {7: None}}, ["decide", "decide"]),
    ],
)
def test_every_fault_of_the_arguments_is_said_at_once(arguments: dict[str, object], paths: list[str]) -> None:
    """With the argument as its path; a limit alone is a limit."""
    assert argument_paths(**arguments) == paths


@pytest.mark.parametrize(
    ("fields", "paths"),
    [
        ({"unavailable": ("x",)}, ["unavailable[0]"]),
        ({"unavailable": ((pendulum.date(2026, 12, 1),),)}, ["unavailable[0]"]),
        ({"unavailable": (("2026-12-01", "2026-12-02"),)}, ["unavailable[0]"]),
        ({"unavailable": ((pendulum.date(2026, 12, 1), pendulum.datetime(2026, 12, 2)),)}, ["unavailable[0]"]),
        ({"unavailable": ((pendulum.date(2026, 12, 2), pendulum.date(2026, 12, 1)),)}, ["unavailable[0]"]),
        ({"unavailable": "2026-12-01"}, ["unavailable"]),
        ({"unavailable": 7}, ["unavailable"]),
        ({"watch": None}, ["watch"]),
        ({"watch": WatchWish(answer_probability="x", check_ins="y")}, ["watch.answer_probability", "watch.check_ins"]),  # type: ignore[arg-type]  # as above
        ({"clinic": "x"}, ["clinic"]),
        ({"monitor": "Alex", "consent": None, "locale": 1, "contact_hours": None}, ["locale", "contact_hours", "consent", "monitor"]),
        ({"protocols": ["esketamine-taper"]}, ["protocols"]),
        ({"protocols": {"next": "esketamine-taper"}}, ["protocols.next"]),
        ({"days": "tue", "instruments": None}, ["days", "instruments"]),
        ({"history": 7}, ["history"]),
        ({"history": "x"}, ["history"]),
        ({"clinic": "x", "days": ("xx",), "unavailable": ("x",)}, ["clinic", "days[0]", "unavailable[0]"]),
    ],
)  # fmt: skip
def test_a_field_of_another_kind_is_named(fields: dict[str, Any], paths: list[str]) -> None:
    """Every field of a course that cannot be used, with its path, in one error."""
    with pytest.raises(InputError) as caught:
        course("esketamine-taper", **fields)
    assert [fault.path for fault in caught.value.faults] == paths


def test_ranges_may_be_lists_of_plain_dates() -> None:
    """Who hands in plain dates, or a list, is understood as before."""
    plain: dict[str, Any] = {
        "unavailable": [[datetime.date(2026, 12, 3), datetime.date(2026, 12, 4)]],
        "days": ["fri"],
    }
    exact: dict[str, Any] = {
        "unavailable": ((pendulum.date(2026, 12, 3), pendulum.date(2026, 12, 4)),),
        "days": ("fri",),
    }
    made, other = (make_plan(course("esketamine-taper", **fields)) for fields in (plain, exact))
    assert made.sessions == other.sessions
    assert not {4, 5} & set(dose_days(made))
