"""The missed-session rules that a clinic's own protocol may choose: shift, append, and days that are left out.

No built-in protocol uses them. Days are day numbers of a course from Monday, 30 November 2026; each expectation is
worked out by hand.
"""

from __future__ import annotations

from typing import Any

import attrs
import pendulum
import pytest

from ketaschedule.availability import Clinic, clinic_from
from ketaschedule.course import Course
from ketaschedule.errors import InputError
from ketaschedule.history import Event, SessionMissed
from ketaschedule.history_files import event_from
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol import MissedRule, TreatmentProtocol
from ketaschedule.protocol_files import load_protocol

SIX = "ketamine-iv-six-in-21-days"  # days 1 5 9 13 17 21, a day either side
TWICE = "ketamine-iv-twice-weekly-3-weeks"  # days 1 4 8 11 15 18, in their weeks
EVERY_14 = "ketamine-assisted-psychotherapy"  # days 1 15 29, seven days either side
FIRST = pendulum.datetime(2026, 11, 30, tz="America/New_York")


def own(name: str, **more: Any) -> TreatmentProtocol:
    """A built-in protocol whose first phase has other rules."""
    protocol = load_protocol(name)
    first = attrs.evolve(protocol.phases[0], **more)
    return attrs.evolve(protocol, phases=(first, *protocol.phases[1:]))


def at(day: int, hour: int = 12) -> str:
    return str(FIRST.add(days=day - 1).set(hour=hour).to_iso8601_string())


def event(what: str, name: str, day: int, hour: int = 12, /, **more: Any) -> Event:
    stem = {"type": what, "id": name, "course": "c-1", "recorded_at": at(day, hour), "by": "dr-a"}
    return event_from(stem | more)


def missed(number: int, day: int, phase: str = "series", name: str = "") -> Event:
    return event("session-missed", name or f"m-{number}", day, 18, session=f"c-1/{phase}/{number}")


def given(number: int, day: int, recorded: int | None = None, phase: str = "series") -> Event:
    return event(
        "session-given", f"g-{number}", recorded or day, 19, session=f"c-1/{phase}/{number}", at=at(day)
    )


def planned(protocol: TreatmentProtocol, *events: Event, day: int = 1, closed: tuple[int, ...] = ()) -> Plan:
    clinic = None
    if closed:
        hours = {name: ["08:00-18:00"] for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        shut = [at(one)[:10] for one in closed]
        clinic = clinic_from({"zone": "America/New_York", "hours": hours, "closed": shut})
    course = Course(
        id="c-1", protocol=protocol, start=pendulum.date(2026, 11, 30), zone="America/New_York", adult="yes",
        clinic=clinic, history=events,
    )  # fmt: skip
    return make_plan(course, as_of=FIRST.add(days=day - 1).set(hour=20))


def days(plan: Plan) -> list[int]:
    return [one.day for one in sorted(plan.sessions, key=lambda one: one.number) if one.kind == "dose"]


SHIFT = MissedRule(rule="shift")
APPEND = MissedRule(rule="append")


@pytest.mark.parametrize(
    ("events", "closed", "expected"),
    [
        ((), (), [1, 5, 9, 13, 17, 21]),
        ((missed(2, 5),), (), [1, 6, 10, 14, 18, 22]),  # the day after the miss; the rest a day on
        ((missed(2, 8),), (), [1, 9, 13, 17, 21, 25]),  # recorded on day 8: planned for day 9, four days on
        ((missed(2, 4),), (), [1, 6, 10, 14, 18, 22]),  # recorded before its day: still the day after its day
        ((missed(2, 5),), (6,), [1, 7, 11, 15, 19, 23]),  # day 6 is closed
        ((missed(2, 5),), (6, 7), [1, 8, 12, 16, 20, 24]),
        ((missed(2, 5), missed(3, 10)), (), [1, 6, 11, 15, 19, 23]),  # the third, on day 10 by then, again
        ((missed(2, 5), missed(2, 6, name="again")), (), [1, 7, 11, 15, 19, 23]),  # missed again on day 6
        ((missed(6, 21),), (), [1, 5, 9, 13, 17, 22]),  # the last: nothing follows
    ],
)
def test_a_miss_that_shifts_is_planned_again_and_the_rest_moves_along(
    events: tuple[Event, ...], closed: tuple[int, ...], expected: list[int]
) -> None:
    """Under its own key, on the next open day after the miss; nothing is added, nothing asked, nothing in conflict."""
    plan = planned(own(SIX, missed=SHIFT), *events, day=21, closed=closed)
    assert days(plan) == expected
    assert {one.key for one in plan.sessions if one.kind == "dose"} == {
        f"c-1/series/{n}" for n in range(1, 7)
    }
    assert "missed" not in {one.verdict for one in plan.sessions}
    again = {one.session for one in events if isinstance(one, SessionMissed)}
    assert {one.key for one in plan.sessions if "M8" in {reason.rule for reason in one.reasons}} == again
    assert "conflict" not in {one.code for one in plan.findings}
    assert "extra-session" not in {one.id for one in plan.decisions}


def shut_between(first: int, last: int) -> Clinic:
    """A clinic that is open on every day but the days of the course from ``first`` to ``last``."""
    hours = {name: ["08:00-18:00"] for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    shut = [[at(first)[:10], at(last)[:10]]]
    return clinic_from({"zone": "America/New_York", "hours": hours, "closed": shut})


def test_a_miss_is_planned_again_as_far_on_as_any_session_may_be_and_no_further() -> None:
    """Five years and 366 days from the start: open again on the last of them, the last session is planned there (and the
    review at its end, here on the same day); a day later there is no day for it, and that is said of the clinic.
    """
    protocol, last = own(SIX, missed=SHIFT), 1826 + 366 + 1
    protocol = attrs.evolve(protocol, end=attrs.evolve(protocol.end, review_days=0, window_days=0))
    course = Course(
        id="c-1", protocol=protocol, start=pendulum.date(2026, 11, 30), zone="America/New_York", adult="yes",
        clinic=shut_between(22, last - 1), history=(missed(6, 21),),
    )  # fmt: skip
    as_of = FIRST.add(days=21)
    assert make_plan(course, as_of=as_of).session("c-1/series/6").day == last
    with pytest.raises(InputError) as caught:
        make_plan(attrs.evolve(course, clinic=shut_between(22, last)), as_of=as_of)
    (fault,) = caught.value.faults
    assert (fault.path, fault.text, fault.allowed, fault.code) == (
        "clinic",
        "no day is possible after a miss",
        "an open day",
        "no-day",
    )


@pytest.mark.parametrize(
    ("closed_from", "what"),
    [
        (20, "c-1/series/1 or a session after it"),  # the last lies on day 21, a day either side
        (22, "c-1/series/end-review/1"),
    ],
)
def test_where_no_day_is_left_the_plan_names_what_has_none(closed_from: int, what: str) -> None:
    """Of a session and of the review at the end alike: what was to be placed, and where to look for a day."""
    course = Course(
        id="c-1", protocol=load_protocol(SIX), start=pendulum.date(2026, 11, 30), zone="America/New_York", adult="yes",
        clinic=shut_between(closed_from, 3000),
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        make_plan(course)
    (fault,) = caught.value.faults
    assert (fault.path, fault.text, fault.allowed, fault.code) == (
        "availability",
        f"no day is possible for {what}: hours, closures and unavailable days leave none",
        "an open day within five years",
        "no-day",
    )


def test_a_shifted_session_that_is_made_up_keeps_the_rest_where_it_moved() -> None:
    """Missed on day 5, given on day 6: the third stays on day 10. Given on day 5 after all, the miss was a slip:
    the third is back on day 9.
    """
    protocol = own(SIX, missed=SHIFT)
    made_up = planned(protocol, missed(2, 5), given(2, 6), day=7)
    assert days(made_up) == [1, 6, 10, 14, 18, 22]
    assert made_up.session("c-1/series/2").verdict == "given"
    assert "conflict" not in {one.code for one in made_up.findings}
    slip = planned(protocol, missed(2, 5), given(2, 5, recorded=7), day=7)
    assert days(slip) == [1, 5, 9, 13, 17, 21]
    assert slip.session("c-1/series/2").verdict == "given"


def test_a_shifted_session_that_is_withheld_or_called_off_stays_where_it_moved() -> None:
    """Missed on day 5, planned for day 6 and withheld there, or called off on day 6: the third stays on day 10. Withheld on
    day 5 after all, the miss was a slip.
    """
    protocol = own(SIX, missed=SHIFT)

    def withheld(day: int) -> Event:
        return event(
            "session-withheld", "w-2", 7, 12, session="c-1/series/2", at=at(day, 9), why="blood-pressure"
        )

    called_off = event("session-cancelled", "x-2", 6, 12, session="c-1/series/2")
    for fact, verdict in ((withheld(6), "withheld"), (called_off, "cancelled")):
        plan = planned(protocol, missed(2, 5), fact, day=7)
        assert days(plan)[:6] == [1, 6, 10, 14, 18, 22]
        assert plan.session("c-1/series/2").verdict == verdict
    assert days(planned(protocol, missed(2, 5), withheld(5), day=7))[:6] == [1, 5, 9, 13, 17, 21]


def test_of_two_misses_before_the_dose_the_last_says_how_far_the_rest_moved() -> None:
    """Missed on day 5, planned for day 6 and missed again, made up on day 7: two days on, whichever was written first."""
    protocol, twice = own(SIX, missed=SHIFT), (missed(2, 5), missed(2, 6, name="a-second"))
    for misses in (twice, twice[::-1]):
        assert days(planned(protocol, *misses, given(2, 7), day=7)) == [1, 7, 11, 15, 19, 23]


def test_a_miss_written_down_at_the_instant_of_the_dose_was_a_slip() -> None:
    """Only a miss recorded before the dose was one; a second earlier it is."""
    protocol = own(SIX, missed=SHIFT)
    dose = event("session-given", "g-2", 5, 19, session="c-1/series/2", at=at(5, 18))
    assert days(planned(protocol, missed(2, 5), dose, day=6)) == [1, 5, 9, 13, 17, 21]
    later = event(
        "session-given", "g-2", 5, 19, session="c-1/series/2", at=at(5, 18).replace(":00:00-", ":00:01-")
    )
    assert days(planned(protocol, missed(2, 5), later, day=6)) == [1, 5, 10, 14, 18, 22]


def test_a_dose_too_early_to_count_makes_up_no_miss() -> None:
    """Missed in the morning of day 2 (called off), dosed elsewhere at noon, a day after the first: it does not count, and
    what was done on the session's own day, withheld, leaves the rest where it was.
    """
    early = event("session-given", "g-2", 2, 13, session="c-1/series/2", at=at(2))
    off = event("session-missed", "m-2", 2, 9, session="c-1/series/2")
    withheld = event("session-withheld", "w-2", 5, session="c-1/series/2", at=at(5), why="blood-pressure")
    plan = planned(own(SIX, missed=SHIFT), given(1, 1), off, early, withheld, day=6)
    assert plan.session("c-1/series/2").verdict == "withheld"
    assert days(plan) == [1, 5, 9, 13, 17, 21]


def test_the_window_of_a_session_that_shifts_moves_with_it_and_begins_with_its_new_day() -> None:
    """Day 5, a day either side: planned for day 6, it may be as late as day 7, and no earlier than day 6."""
    plan = planned(own(SIX, missed=SHIFT), missed(2, 5), day=5)
    found = plan.session("c-1/series/2")
    assert [str(one)[:10] for one in (found.earliest, found.target, found.latest)] == [
        at(6)[:10],
        at(6)[:10],
        at(7)[:10],
    ]


def test_a_shift_of_intervals_moves_the_chain_with_it() -> None:
    """Every 14 days: missed on day 15, again on day 16, the third 14 days after that; given there, it stays."""
    protocol = own(EVERY_14, missed=SHIFT)
    assert days(planned(protocol, missed(2, 15, "sessions"), day=16)) == [1, 16, 30]
    made_up = (missed(2, 15, "sessions"), given(2, 18, phase="sessions"))
    assert days(planned(protocol, *made_up, day=18)) == [1, 18, 32]


def test_a_shift_keeps_the_sessions_of_a_treatment_week() -> None:
    """Twice a week: missed on day 4, again on day 5, the rest a day later, each in its own week."""
    assert days(planned(own(TWICE, missed=SHIFT), missed(2, 4), day=5)) == [1, 5, 9, 12, 16, 19]


@pytest.mark.parametrize(
    ("name", "events", "expected"),
    [
        (SIX, (missed(2, 5),), [1, 5, 9, 13, 17, 21, 25]),
        (SIX, (missed(2, 5), missed(4, 13)), [1, 5, 9, 13, 17, 21, 25, 29]),
        (TWICE, (missed(2, 4),), [1, 4, 8, 11, 15, 18, 22]),
        (TWICE, (missed(2, 4), missed(3, 8)), [1, 4, 8, 11, 15, 18, 22, 25]),
        (TWICE, (missed(2, 4), missed(7, 22)), [1, 4, 8, 11, 15, 18, 22, 25]),  # one more for the one more
        (EVERY_14, (missed(2, 15, "sessions"),), [1, 15, 29, 43]),
        (SIX, (missed(2, 5), missed(2, 6, name="again")), [1, 5, 9, 13, 17, 21, 25]),  # one miss, said twice
    ],
)
def test_a_miss_that_appends_adds_one_after_the_last(
    name: str, events: tuple[Event, ...], expected: list[int]
) -> None:
    """Real at once, not proposed; later targets stand, and the miss stays a miss."""
    plan = planned(own(name, missed=APPEND), *events, day=30)
    assert days(plan) == expected
    assert {one.basis for one in plan.sessions if one.kind == "dose"} == {"protocol"}
    lost = {one.session for one in events if isinstance(one, SessionMissed)}
    assert {one.key for one in plan.sessions if one.verdict == "missed"} == lost


def test_an_extra_session_that_was_decided_and_missed_is_asked_of_again() -> None:
    """A proposal of a built-in series, decided, then missed: one more is proposed, and deciding it makes it real."""
    protocol = load_protocol(TWICE)
    added = event(
        "decision-taken", "d-1", 5, decision="c-1/decision/extra-session/series/2", option="add", at=at(5)
    )
    story = (missed(2, 4), added, missed(7, 22))
    plan = planned(protocol, *story, day=23)
    assert plan.session("c-1/series/8").basis == "proposed"
    asked = next(one for one in plan.decisions if one.key == "c-1/decision/extra-session/series/7")
    assert (asked.state, asked.default) == ("open", "no")
    again = event("decision-taken", "d-2", 23, decision=asked.key, option="add", at=at(23))
    found = planned(protocol, *story, again, day=23).session("c-1/series/8")
    assert (found.basis, found.day) == ("protocol", 25)


@pytest.mark.parametrize(("outside", "code"), [("omit", "session-omitted"), ("ask", "session-asked")])
def test_a_session_with_no_day_in_its_window_is_left_out_and_said(outside: str, code: str) -> None:
    """Closed on days 4 to 6, the whole window of day 5: it is not placed, and no other moves. With day 6 open it is."""
    protocol = own(SIX, outside=outside)
    plan = planned(protocol, closed=(4, 5, 6))
    found = plan.session("c-1/series/2")
    assert (found.verdict, found.why, found.day) == ("cancelled", "no-day", 5)
    assert "S18" in {reason.rule for reason in found.reasons}
    assert [one.path for one in plan.findings if one.code == code] == ["c-1/series/2"]
    assert [one.day for one in plan.sessions if one.kind == "dose" and one.verdict != "cancelled"] == [
        1,
        9,
        13,
        17,
        21,
    ]
    open_again = planned(protocol, closed=(4, 5))
    assert days(open_again) == [1, 6, 9, 13, 17, 21]
    assert code not in {one.code for one in open_again.findings}


def test_what_was_left_out_frees_no_place_of_its_week() -> None:
    """Twice a week, closed on days 9 to 14: the second of week 2 has no day left; left out, week 3 is as it was."""
    plan = planned(own(TWICE, outside="omit"), closed=tuple(range(9, 15)))
    assert [one.day for one in plan.sessions if one.kind == "dose" and one.verdict != "cancelled"] == [
        1,
        4,
        8,
        15,
        18,
    ]
    assert plan.session("c-1/series/4").verdict == "cancelled"


def test_resuming_names_each_phase_by_its_title_or_its_id() -> None:
    """A clinic's own phase need have no title."""
    paused = event("paused", "p-1", 3, **{"from": at(3)[:10]})
    resumed = event("resumed", "p-2", 6, at=at(6))
    for protocol, said in (
        (load_protocol(SIX), load_protocol(SIX).phases[0].title),
        (own(SIX, title=""), "series"),
    ):
        plan = planned(protocol, paused, resumed, day=6)
        (decision,) = (one for one in plan.decisions if one.id == "resume")
        assert [one.id for one in decision.options] == ["keep", "from-series", "end"]
        assert decision.options[1].text.endswith(f" {said}")
