"""Bounds of telling that vectors do not state: public holidays, and what a phone holds at the edges of its time."""

from __future__ import annotations

from typing import Any

import pendulum
import pytest
from attrs import evolve

from ketaschedule.arming import arm, arm_changes
from ketaschedule.availability import clinic_from
from ketaschedule.course import Course
from ketaschedule.days import instant_key
from ketaschedule.errors import InputError
from ketaschedule.history import CheckInAnswered, CourseEnded, DecisionTaken, Event, SessionGiven, ZoneChanged
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol
from ketaschedule.reminders import KINDS, reminder_to, reminders, revision_of

ZONE = "America/New_York"


def at(text: str) -> pendulum.DateTime:
    """An instant of the course's zone, as ``2026-12-01 10:00``."""
    found = pendulum.from_format(text, "YYYY-MM-DD HH:mm", tz=ZONE)
    assert isinstance(found, pendulum.DateTime)
    return found


def course() -> Course:
    """A course from 1 December 2026 whose first dose was given."""
    given = SessionGiven(
        id="e-1", course="c-1", recorded_at=at("2026-12-01 11:00"), session="c-1/induction/1", at=at("2026-12-01 10:00")
    )  # fmt: skip
    return Course(
        id="c-1",
        protocol=load_protocol("esketamine-taper"),
        start=pendulum.date(2026, 12, 1),
        zone=ZONE,
        adult="yes",
        history=(given,),
    )


def test_a_public_holiday_is_no_working_morning() -> None:
    """An Alert of Thursday 24 December: not on Friday the 25th, a holiday; on Monday, its fourth day."""
    pytest.importorskip("holidays")
    answer = CheckInAnswered(
        id="e-2", course="c-1", recorded_at=at("2026-12-24 12:00"), checkin="c-1/induction/8/ask/before/1",
        at=at("2026-12-24 12:00"), answers={"phq-9": {"9": 2}},
    )  # fmt: skip
    clinic = clinic_from({"zone": ZONE, "holidays": "US-NY"})
    ill = evolve(course().with_events(answer), clinic=clinic)
    plan = make_plan(ill, as_of=at("2026-12-28 09:00"))
    found = reminders(plan, at("2026-12-24 13:00"), at("2026-12-28 09:00"), include_dropped=True)
    days = [one for one in found if one.kind == "alert-open"]
    assert [(one.key[-8:], one.fires_at) for one in days] == [("clinic/4", at("2026-12-28 08:00"))]


@pytest.mark.parametrize(("hours", "kinds"), [(5, {"open"}), (6, {"open", "nudge", "closing"})])
def test_what_is_open_for_less_than_twelve_hours_is_neither_nudged_nor_announced(
    hours: int, kinds: set[str]
) -> None:
    """Three days after the first dose at 10:00, open from 04:00 to 15:00 or to 16:00 of the 4th."""
    made = load_protocol("esketamine-taper")
    rules = tuple(
        evolve(rule, opens_hours=6, closes_hours=hours) if rule.id == "onset-72h" else rule
        for rule in made.checkins
    )
    short = evolve(course(), protocol=evolve(made, checkins=rules), contact_hours="00:00-24:00")
    plan = make_plan(short, as_of=at("2026-12-03 00:00"))
    found = reminders(plan, at("2026-12-04 00:00"), at("2026-12-05 00:00"), caps={})
    mine = [
        one for one in found if one.item == "c-1/induction/1/ask/onset-72h/1" and one.audience == "patient"
    ]
    assert {one.kind for one in mine} == kinds


def test_a_phone_holds_from_after_now_to_before_its_lapse() -> None:
    """As of 3 December 10:00: what fires then is shown now; 14 days later is held no more, and left out as lapsed."""
    plan = make_plan(course(), as_of=at("2026-12-03 10:00"))
    armed = arm(plan, horizon=20)
    assert armed.lapses_at == armed.refill_by == at("2026-12-17 10:00")
    assert {one.kind for one in armed.now} == {"open", "day", "step-escort", "step-no-alcohol-day-before"}
    assert {one.fires_at for one in armed.now} == {at("2026-12-03 10:00")}
    assert min(one.fires_at for one in armed.held) > at("2026-12-03 10:00")
    assert max(one.fires_at for one in armed.held) < at("2026-12-17 10:00")
    assert {one.why for one in armed.left_out} == {"lapse"}
    first = [one.reminder for one in armed.left_out if one.reminder.fires_at == at("2026-12-17 10:00")]
    assert {one.kind for one in first} == {"open", "day", "step-escort", "step-no-alcohol-day-before"}
    assert armed.run_out is not None
    assert armed.run_out.fires_at == at("2026-12-17 10:00")
    assert armed.lost_if_not_opened == tuple(one.reminder for one in armed.left_out)


def test_a_phone_holds_nothing_beyond_what_the_plan_itself_may_change() -> None:
    """The Decision of 25 December is an Alert from 00:00 of 2 January: lapsed then, and said at 08:00."""
    plan = make_plan(course(), as_of=at("2026-12-25 09:00"))
    armed = arm(plan)
    assert plan.refresh_by == armed.lapses_at == at("2027-01-02 00:00")
    assert armed.run_out is not None
    assert armed.run_out.fires_at == at("2027-01-02 08:00")
    assert armed.reasons[0].text == "until the plan itself may change"
    assert arm(make_plan(course(), as_of=at("2026-12-19 00:00"))).lapses_at == at("2027-01-02 00:00")
    assert arm(make_plan(course(), as_of=at("2026-12-18 23:59"))).lapses_at == at("2027-01-01 23:59")


@pytest.mark.parametrize("moment", ["2027-01-02 00:00", "2027-01-02 09:00"])
def test_a_plan_that_may_have_changed_is_no_longer_held_at_all(moment: str) -> None:
    """From that instant on a phone is to plan anew: what fires now is shown, and nothing else is armed but the word to ask."""
    plan = make_plan(course(), as_of=at("2026-12-25 09:00"))
    armed = arm(plan, at(moment))
    assert armed.held == ()
    assert armed.lapses_at == armed.refill_by == at(moment)
    assert {one.why for one in armed.left_out} == {"lapse"}
    assert [one.kind for one in armed.slots] == ["run-out"]
    assert armed.slots[0].fires_at == max(at(moment), at("2027-01-02 08:00"))
    assert armed.reasons[0].text == "until the plan itself may change"


def test_it_is_to_be_refilled_when_the_first_that_it_does_not_hold_would_fire() -> None:
    """With room for three: two and the word that it has run out; by the third it must have asked again."""
    plan = make_plan(course(), as_of=at("2026-12-03 12:00"))
    armed, whole = arm(plan, budget=3), arm(plan)
    assert len(armed.held) == 2
    assert all(one.rank == 0 for one in armed.held), "safety and check-ins first"
    missing = [one for one in whole.held if one.key not in {held.key for held in armed.held}]
    assert armed.refill_by == missing[0].fires_at
    assert [(one.reminder.key, one.why) for one in armed.left_out] == [(one.key, "budget") for one in missing]
    assert whole.budget == 64
    assert len(arm(plan, budget=1).slots) == 1
    assert arm(plan, budget=1).run_out is None
    assert arm(plan, budget=2).run_out is not None


def ended(*more: Event) -> Course:
    """The course, ended on 2 December 2026: its watch asks for the last time on 1 December 2027."""
    end = CourseEnded(id="e-9", course="c-1", recorded_at=at("2026-12-02 09:00"), at=at("2026-12-02 09:00"))
    return course().with_events(end, *more)


def test_once_an_ended_course_has_no_more_to_tell_no_phone_says_that_its_stock_has_run_out() -> None:
    """Its last check-in closes at 20:00 on 2 December: from 14 days before, all that is left is held, and that is all."""
    early = arm(make_plan(ended(), as_of=at("2027-11-18 20:00")))
    assert early.run_out is not None, "the last word falls on the lapse itself"
    assert [
        one.reminder.kind
        for one in arm(make_plan(ended(), as_of=at("2027-11-18 20:00")), horizon=15).left_out
    ] == ["closing"]
    held = arm(make_plan(ended(), as_of=at("2027-11-18 20:01")))
    assert held.run_out is None
    assert (held.slots[-1].kind, held.slots[-1].fires_at) == ("closing", at("2027-12-02 20:00"))
    for later in ("2027-12-03 09:00", "2029-01-01 09:00"):
        assert arm(make_plan(ended(), as_of=at(later))).slots == ()


def test_an_ended_course_still_says_that_its_stock_has_run_out_while_anything_is_left() -> None:
    """For a phone with room for fewer than there are; for the clinic, whose list shows an open Alert each morning; and
    for a course that goes on.
    """
    plan = make_plan(ended(), as_of=at("2027-11-19 09:00"))
    count = len(arm(plan).slots)
    assert arm(plan, budget=count).run_out is None
    assert arm(plan, budget=count - 1).run_out is not None
    assert arm(make_plan(ended(), as_of=at("2027-12-05 09:00")), audience="clinic").run_out is not None
    assert arm(make_plan(course(), as_of=at("2027-12-05 09:00"))).run_out is not None


def test_an_ended_course_that_time_alone_still_changes_has_its_phone_ask_again() -> None:
    """What was recorded as happening on a day to come waits until then, and may bring more to tell."""
    soon = SessionGiven(
        id="e-10", course="c-1", recorded_at=at("2027-12-04 09:00"), session="c-1/induction/2", at=at("2027-12-10 09:00")
    )  # fmt: skip
    plan = make_plan(ended(soon), as_of=at("2027-12-05 09:00"))
    assert plan.refresh_by == at("2027-12-10 09:00")
    assert arm(plan).run_out is not None


def test_the_same_words_at_another_hour_are_moved() -> None:
    """Contact hours from 09:30: no revision differs, the instants of what waits for the opening do."""
    early = make_plan(course(), as_of=at("2026-12-03 12:00"))
    late = make_plan(evolve(course(), contact_hours="09:30-21:00"), as_of=at("2026-12-03 12:00"))
    before, after = arm(early), arm(late)
    mend = arm_changes(before, after)
    was = {one.key: one for one in before.slots}
    assert [one.key for one in mend.move if one.kind == "today"]
    assert {one.revision for one in mend.move if one.kind == "today"} == {
        was[one.key].revision for one in mend.move if one.kind == "today"
    }


def test_a_phone_is_armed_from_the_plan_on_and_not_before() -> None:
    """At the plan's own instant, or later; a second before it is refused."""
    plan = make_plan(course(), as_of=at("2026-12-03 12:00"))
    assert arm(plan, at("2026-12-03 12:00")) == arm(plan)
    assert arm(plan, at("2026-12-04 12:00")).lapses_at == at("2026-12-18 12:00")
    with pytest.raises(InputError) as caught:
        arm(plan, at("2026-12-03 12:00").subtract(seconds=1))
    assert [fault.line() for fault in caught.value.faults] == [
        "as_of: before the plan's own instant (allowed: 2026-12-03T12:00:00-05:00 or later)"
    ]


def test_the_word_that_a_phone_has_run_out_is_a_reminder_like_others() -> None:
    """At the lapse where that is in contact hours, of use for a week; on a list it stands after safety."""
    spanish = evolve(course(), locale="es-MX")
    plan = make_plan(spanish, as_of=at("2026-12-03 12:00"))
    armed = arm(plan, budget=3)
    last = armed.run_out
    assert last is not None
    assert reminder_to(last) == {
        "key": "c-1/tell/run-out/patient/1",
        "revision": last.revision,
        "item": "c-1",
        "kind": "run-out",
        "audience": "patient",
        "channel": "push",
        "privacy": "locked",
        "natural": "2026-12-17T12:00:00-05:00",
        "fires_at": "2026-12-17T12:00:00-05:00",
        "item_at": "2026-12-17T12:00:00-05:00",
        "useful_until": "2026-12-24T12:00:00-05:00",
        "message": "armed-lapse",
        "parameters": {},
        "provisional": True,
        "state": "told",
        "reasons": [
            {"rule": "R13", "inputs": {}, "text": "what the phone holds has run out", "source": "house"}
        ],
    }
    noon, after = at("2026-12-17 12:00"), at("2026-12-24 12:00")
    assert last.revision == revision_of(instant_key(noon), instant_key(noon), instant_key(after))
    assert (last.rank, last.joins, last.locale) == (1, False, "es-MX")
    assert armed.slots == (*armed.held, last)
    assert (armed.course, armed.as_of, armed.budget) == ("c-1", at("2026-12-03 12:00"), 3)
    reason = armed.reasons[0]
    assert (reason.rule, dict(reason.inputs)) == ("R13", {"budget": 3, "days": 14})
    assert (reason.text, reason.source) == ("for 14 days at most", "house")


@pytest.mark.parametrize(
    ("lapse", "fires"),
    [
        ("2026-12-17 08:00", "2026-12-17 08:00"),
        ("2026-12-17 07:59", "2026-12-17 08:00"),
        ("2026-12-17 20:59", "2026-12-17 20:59"),
        ("2026-12-17 21:00", "2026-12-18 08:00"),
    ],
)
def test_the_word_that_a_phone_has_run_out_keeps_to_contact_hours(lapse: str, fires: str) -> None:
    """At its opening, or the next one's; its revision and its week count from there."""
    armed = arm(make_plan(course(), as_of=at(lapse).subtract(days=14)))
    assert armed.lapses_at == at(lapse)
    last = armed.run_out
    assert last is not None
    assert (last.natural, last.fires_at, last.item_at) == (at(fires), at(fires), at(lapse))
    assert last.useful_until == at(fires).add(days=7)
    expected = revision_of(instant_key(at(fires)), instant_key(at(lapse)), instant_key(at(fires).add(days=7)))
    assert last.revision == expected


@pytest.mark.parametrize(
    ("budget", "horizon", "paths"),
    [
        (1, 1, []),
        (10_000, 1830, []),
        (0, 1, ["budget"]),
        (1, 0, ["horizon"]),
        (10_001, 1831, ["budget", "horizon"]),
        (True, 14, ["budget"]),
        ("8", 14.0, ["budget", "horizon"]),
        (9 * "1234567890", 1, ["budget"]),
    ],
)
def test_budgets_and_horizons_are_whole_numbers_within_bounds(
    budget: Any, horizon: Any, paths: list[str]
) -> None:
    """All faults at once, each with what is allowed."""
    plan = make_plan(course(), as_of=at("2026-12-03 12:00"))
    if not paths:
        assert len(arm(plan, budget=budget, horizon=horizon).slots) <= budget
        return
    with pytest.raises(InputError) as caught:
        arm(plan, budget=budget, horizon=horizon)
    assert [fault.path for fault in caught.value.faults] == paths
    allowed = {"budget": "a whole number, 1 to 10000", "horizon": "a whole number, 1 to 1830"}
    assert [fault.allowed for fault in caught.value.faults] == [allowed[path] for path in paths]
    asked = {"budget": budget, "horizon": horizon}
    assert [fault.text for fault in caught.value.faults] == [
        f"{str(asked[path])[:40]} is out of bounds" for path in paths
    ]


def test_a_horizon_shorter_than_the_lapse_leaves_the_lapse_as_it_is() -> None:
    """All of the 14 days is held whatever is asked; what is asked beyond is listed, what is not asked is not."""
    plan = make_plan(course(), as_of=at("2026-12-03 12:00"))
    assert arm(plan, horizon=1) == arm(plan, horizon=14)
    beyond = arm(plan, horizon=15)
    assert beyond.held == arm(plan).held
    assert {one.reminder.fires_at.date() for one in beyond.left_out} == {
        at("2026-12-17 12:00").date(),
        at("2026-12-18 12:00").date(),
    }
    assert all(
        at("2026-12-17 12:00") <= one.reminder.fires_at < at("2026-12-18 12:00") for one in beyond.left_out
    )


def test_what_a_phone_says_that_it_holds_is_mended_key_by_key() -> None:
    """By (revision, instant) of each key: gone, new, at another instant, of another revision, or as it is."""
    new = arm(make_plan(course(), as_of=at("2026-12-03 12:00")), budget=5)
    a, b, c, d, e = new.slots
    phone = {
        a.key: (a.revision, a.fires_at),
        b.key: (b.revision, b.fires_at.add(minutes=1)),
        c.key: ("0" * 12, c.fires_at),
        "c-1/old": (d.revision, d.fires_at),
    }
    mend = arm_changes(phone, new)
    assert (mend.cancel, mend.add, mend.move) == (("c-1/old",), (d, e), (b, c))
    assert bool(mend)
    assert not arm_changes({one.key: (one.revision, one.fires_at) for one in new.slots}, new)
    assert not arm_changes(list(new.slots), new)
    assert [
        bool(one)
        for one in (
            arm_changes([*new.slots, evolve(a, key="c-1/old")], new),
            arm_changes([evolve(a, fires_at=b.fires_at), b, c, d, e], new),
        )
    ] == [True, True]


def test_who_moved_is_told_on_the_clock_there_or_where_asked_for_in_the_hours_of_home() -> None:
    """From the 10th in Los Angeles: the word of the 17th is said at noon there; home's hours end at 18:00 there."""
    move = ZoneChanged(
        id="e-8", course="c-1", recorded_at=at("2026-12-02 09:00"), zone="America/Los_Angeles",
        from_date=pendulum.date(2026, 12, 10),
    )  # fmt: skip
    plan = make_plan(course().with_events(move), as_of=at("2026-12-12 15:00"))
    there, home = arm(plan), arm(plan, home_clock=True)
    assert there.run_out is not None
    assert there.run_out.fires_at.timezone_name == "America/Los_Angeles"
    assert max(one.fires_at.hour for one in there.held) == 20
    hours = [one.fires_at.in_timezone(ZONE).hour for one in home.held if KINDS[one.kind].hours != "ignore"]
    assert (min(hours) >= 8, max(hours) < 21) == (True, True)
    assert there.held != home.held


def test_hours_that_are_none_on_a_day_wait_for_the_next() -> None:
    """02:00 to 02:30 is left out on 14 March 2027: what runs out at 03:00 is said the night after."""
    odd = evolve(course(), contact_hours="02:00-02:30")
    armed = arm(make_plan(odd, as_of=at("2027-02-28 02:00")))
    assert armed.lapses_at == at("2027-03-14 03:00")
    assert armed.run_out is not None
    assert armed.run_out.fires_at == at("2027-03-15 02:00")


def test_a_course_that_a_decision_ended_has_ended_too() -> None:
    """The induction review of the US label ended it; when its watch is over no phone is asked to refill."""
    us = evolve(course(), protocol=load_protocol("esketamine-trd-us"))
    stop = DecisionTaken(
        id="e-9", course="c-1", recorded_at=at("2026-12-24 09:00"), at=at("2026-12-24 09:00"),
        decision="c-1/decision/induction-review", option="end",
    )  # fmt: skip
    plan = make_plan(us.with_events(stop), as_of=at("2029-01-01 09:00"))
    assert plan.layout.ended is None
    assert plan.layout.ended_by is not None
    assert arm(plan).slots == ()
