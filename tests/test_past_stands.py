"""What was told of a course that went an odd way stands: bookings into the past, moves onto a day of change."""

from __future__ import annotations

import pendulum

from ketaschedule.history import (
    AvailabilityChanged,
    ClinicalEvent,
    ProtocolChanged,
    SessionBooked,
    SessionCancelled,
    SessionMoved,
)
from ketaschedule.planner import make_plan
from tests.checkin_histories import Events, plain_course

APIA = "Pacific/Apia"


def test_a_visit_booked_into_the_past_moves_nothing_that_lay_before_it() -> None:
    """On 17 April the second session is put on 3 April: the first, of which nothing is recorded, stays on 28 March."""
    events, noon = Events(), pendulum.datetime(2026, 3, 12, 12, tz=APIA)
    course = plain_course("esketamine-mdsi-us", "2026-03-09", APIA, days=("mon", "wed", "fri"))
    course = course.with_events(
        events.given("c-1/induction/1", noon),
        SessionCancelled(**events.fields(noon.add(days=7)), session="c-1/induction/3"),
        ProtocolChanged(
            **events.fields(noon.add(days=7)), from_date=pendulum.date(2026, 3, 21),
            protocol="ketamine-iv-six-in-21-days", phase="series",
        ),
        ClinicalEvent(**events.fields(noon.add(days=14)), at=noon.add(days=14), kind="dose-elsewhere"),
    )  # fmt: skip
    now = pendulum.datetime(2026, 4, 17, 12, tz=APIA)
    before = make_plan(course, as_of=now).session("c-1/series/1")
    moved = SessionMoved(
        **events.fields(now), session="c-1/series/2", to=pendulum.datetime(2026, 4, 3, 11, tz=APIA)
    )
    after = make_plan(course.with_events(moved), as_of=now)
    assert before.date == after.session("c-1/series/1").date == pendulum.date(2026, 3, 28)
    assert after.session("c-1/series/2").date == pendulum.date(2026, 4, 3)
    assert after.session("c-1/series/3").date == pendulum.date(2026, 4, 6)


def test_a_visit_booked_anew_moves_nothing_that_lay_before_it_as_it_was_first_booked() -> None:
    """The fourth session is booked for 16 January, so the third lies on the 14th, a day before its target; on the 15th the
    fourth is put on that very day. The third stays where it lay, and the booking, now too near to it, is said not to stand.
    """
    events, start = Events(), pendulum.datetime(2026, 1, 5, 7)
    course = plain_course("ketamine-iv-stretching", "2026-01-05", "UTC")
    first = SessionBooked(
        **events.fields(start), session="c-1/stretching/4", to=pendulum.datetime(2026, 1, 16, 10)
    )
    now = pendulum.datetime(2026, 1, 15, 12)
    again = SessionBooked(
        **events.fields(now), session="c-1/stretching/4", to=pendulum.datetime(2026, 1, 15, 10)
    )
    before = make_plan(course.with_events(first), as_of=now)
    after = make_plan(course.with_events(first, again), as_of=now)
    third = pendulum.date(2026, 1, 14)
    assert [plan.session("c-1/stretching/3").date for plan in (before, after)] == [third, third]
    assert after.session("c-1/stretching/4").date == pendulum.date(2026, 1, 20)
    assert [one.path for one in after.findings if one.code == "booked-conflict"] == ["c-1/stretching/4"]


def test_a_run_all_moved_onto_the_day_on_which_it_is_left_keeps_its_keys() -> None:
    """Three changes in one second, for 21 August, 7 September and 22 August; the run of the 22nd is moved to the 7th."""
    events, now = Events(), pendulum.datetime(2026, 8, 20, 6)
    course = plain_course("ketamine-assisted-psychotherapy", "2026-08-20", "UTC")
    for day in (pendulum.date(2026, 8, 21), pendulum.date(2026, 9, 7), pendulum.date(2026, 8, 22)):
        course = course.with_events(
            ProtocolChanged(
                **events.fields(now), from_date=day, protocol="esketamine-taper", phase="induction"
            )
        )
    before = {one.key for one in make_plan(course, as_of=now).sessions if "/induction~3/" in one.key}
    assert len(before) == 8
    moved = SessionMoved(
        **events.fields(now), session="c-1/induction~3/1", to=pendulum.datetime(2026, 9, 7, 10)
    )
    after = make_plan(course.with_events(moved), as_of=now)
    assert before <= {one.key for one in after.sessions}
    assert not [one for one in after.findings if one.code == "unknown-session"]


def test_a_booking_into_the_past_moves_nothing_before_it_where_other_days_hold_since() -> None:
    """Other weekdays hold from 30 August on. On 2 September session 6 is put on 5 July instead of 2 July, both long past:
    session 5, of which nothing is recorded, stays on 1 July.
    """
    events = Events()
    course = plain_course(
        "ketamine-sc-twice-weekly-4-weeks", "2026-06-16", "Europe/London", days=("mon", "wed", "fri")
    )
    moved = SessionMoved(
        **events.fields(pendulum.datetime(2026, 8, 11, 16)), session="c-1/series/6",
        to=pendulum.datetime(2026, 7, 2, 9, tz="Europe/London"),
    )  # fmt: skip
    other = AvailabilityChanged(
        **events.fields(pendulum.datetime(2026, 8, 29)),
        from_date=pendulum.date(2026, 8, 30),
        days=("mon", "thu"),
    )
    now = pendulum.datetime(2026, 9, 2)
    before = make_plan(course.with_events(moved, other), as_of=now)
    again = SessionMoved(
        **events.fields(now), session="c-1/series/6", to=pendulum.datetime(2026, 7, 5, 8, tz="Europe/London")
    )
    after = make_plan(before.course.with_events(again), as_of=now)
    assert after.session("c-1/series/6").date == pendulum.date(2026, 7, 5)
    for number in range(1, 6):
        key = f"c-1/series/{number}"
        assert before.session(key).date == after.session(key).date, key
