"""Check-ins: what has opened stays, each has a safety question, forms keep their distance, answers settle them."""

from __future__ import annotations

import random
import re
from itertools import pairwise, permutations
from typing import Any

import pendulum
import pytest
from attrs import evolve

from ketaschedule import watching
from ketaschedule.availability import clinic_from
from ketaschedule.checkin_items import Item
from ketaschedule.checkin_merging import ITEM_9, Group, asks_safety, least_spacing, merge
from ketaschedule.checkin_opening import arrange, arranged_then
from ketaschedule.checkin_tightening import (
    ENDS_DAYS,
    MOST_EXTRA,
    SHORT_DAYS,
    answered_key,
    confirm_day,
    crossed_by,
    observed_key,
    tightening,
)
from ketaschedule.checkins import CheckIn
from ketaschedule.course import Course
from ketaschedule.days import instant_key
from ketaschedule.folding import fold
from ketaschedule.history import (
    CheckInDeclined,
    ClinicalEvent,
    DecisionTaken,
    Event,
    Retracted,
    ReviewHeld,
    SessionCancelled,
    SessionMissed,
    SessionMoved,
    ZoneChanged,
)
from ketaschedule.inspection import FLOOR_DAYS
from ketaschedule.instrument import instrument_names
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol import CheckInRule
from ketaschedule.protocol_files import load_protocol, protocol_names
from ketaschedule.rules import RULES
from ketaschedule.tracking import stood_at
from tests.checkin_histories import (
    PRIMARIES,
    UTC,
    Events,
    doses_given,
    phq_9,
    plain_course,
    random_course,
    random_story,
)

SERIES = "ketamine-iv-six-in-21-days"
TAPER = "esketamine-taper"
KEY = re.compile(
    r"c-1/(?:[a-z0-9.-]+(?:~\d+)?(?:/\d+)?|event/[A-Za-z0-9._:-]+)"
    r"(?:/(?:ask/[a-z0-9.-]+|watch/\d+)/\d+)+"
)


def shown(one: CheckIn) -> tuple[object, ...]:
    """What must not move once it has opened."""
    return (one.keys, one.opens_key, one.due_key, one.closes_key, one.instruments)


def by_key(plan: Plan) -> dict[str, CheckIn]:
    return {key: one for one in plan.checkins for key in one.keys}


def find(plan: Plan, key: str) -> CheckIn:
    return by_key(plan)[key]


def at(plan: Plan, key: str) -> pendulum.DateTime:
    return plan.session(key).at


# -- What has opened stays ----------------------------------------------------------------------------------


@pytest.mark.parametrize("block", range(4))
def test_what_has_opened_never_moves(block: int) -> None:
    """Whatever is recorded later, a check-in that once was open keeps its keys, its times and what it asks."""
    for seed in range(block * 10, block * 10 + 10):
        story = random_story(1000 + seed, 5 + seed % 12)
        opened: dict[str, CheckIn] = {}
        moments = story.moments()
        for moment in moments[:: max(1, len(moments) // 14)]:
            plan = story.plan(moment)
            now = by_key(plan)
            assert len(now) == sum(len(one.keys) for one in plan.checkins), "keys are unique"
            for key, was in opened.items():
                assert key in now, f"{key} of story {seed} is gone"
                assert shown(was) == shown(now[key]), f"story {seed}"
            for one in plan.checkins:
                if one.opens_key <= moment and one.state not in ("not-yet", "not-applicable"):
                    opened.setdefault(one.key, one)


@pytest.mark.parametrize("primary", PRIMARIES)
def test_what_is_asked_does_not_change_once_doses_are_recorded(primary: tuple[str, ...]) -> None:
    """In every protocol, with doses given a little late: what opened before an event is what it was."""
    for name in protocol_names():
        course = plain_course(name, instruments=primary)
        events = Events()
        until = pendulum.datetime(2027, 4, 1, tz="America/New_York")
        sessions = [one for one in make_plan(course, as_of=until).sessions if one.kind == "dose"]
        late = [
            events.given(one.key, one.at.add(minutes=10), one.at.add(hours=1))
            for one in sessions
            if one.at < until and one.basis != "proposed"
        ]
        course = course.with_events(*late)
        final = by_key(make_plan(course, as_of=until))
        for event in late:
            plan = make_plan(course, as_of=event.recorded_at.subtract(seconds=1))
            for one in plan.checkins:
                if one.opens_key <= plan.now and one.state != "not-applicable":
                    assert shown(one) == shown(final[one.key]), name


@pytest.mark.parametrize("name", protocol_names())
def test_doses_given_as_planned_move_nothing(name: str) -> None:
    """Recording each dose on its day leaves every check-in on its day."""
    course = plain_course(name)
    before = {one.key: one.date for one in make_plan(course).checkins}
    until = pendulum.datetime(2027, 2, 1, tz="America/New_York")
    after = make_plan(doses_given(course, until, Events()), as_of=until)
    for one in after.checkins:
        if one.key in before and one.state != "not-applicable":
            assert before[one.key] == one.date


def test_a_session_moved_after_its_check_in_had_opened_is_asked_about_again() -> None:
    """The one that opened stays; before the new time the person is asked anew, under the next number."""
    course = plain_course(SERIES)
    plan = make_plan(course)
    key = "c-1/series/3/ask/before/1"
    opened = find(plan, key)
    events = Events()
    move = SessionMoved(
        **events.fields(opened.opens.add(hours=1)),
        session="c-1/series/3",
        to=at(plan, "c-1/series/3").add(days=2),
    )
    later = make_plan(course.with_events(move), as_of=opened.opens.add(hours=2))
    assert shown(opened) == shown(find(later, key))
    again = find(later, "c-1/series/3/ask/before/2")
    assert (again.due - opened.due).days == 2


@pytest.mark.parametrize(("seconds", "again"), [(-1, False), (0, True)])
def test_one_that_is_still_open_when_a_new_one_would_open_is_enough(seconds: int, again: bool) -> None:
    """A session moved a little: asked anew only where the first had closed by the time of the second."""
    course = plain_course(SERIES)
    plan = make_plan(course)
    opened = find(plan, "c-1/series/3/ask/before/1")
    further = opened.closes_key - opened.opens_key + seconds
    to = at(plan, "c-1/series/3").add(seconds=further)
    move = SessionMoved(**Events().fields(opened.opens.add(hours=1)), session="c-1/series/3", to=to)
    later = make_plan(course.with_events(move), as_of=opened.opens.add(hours=2))
    assert shown(opened) == shown(find(later, opened.key))
    assert ("c-1/series/3/ask/before/2" in by_key(later)) is again


def test_a_session_moved_before_its_check_in_opens_takes_it_along() -> None:
    """And no second one is asked."""
    course = plain_course(SERIES)
    plan = make_plan(course)
    key = "c-1/series/3/ask/before/1"
    was = find(plan, key)
    move = SessionMoved(
        **Events().fields(was.opens.subtract(hours=1)),
        session="c-1/series/3",
        to=at(plan, "c-1/series/3").add(days=2),
    )
    later = make_plan(course.with_events(move), as_of=was.opens)
    assert (find(later, key).due - was.due).days == 2
    assert "c-1/series/3/ask/before/2" not in by_key(later)


@pytest.mark.parametrize(("seconds", "moved"), [(-1, True), (0, True), (1, False)])
def test_an_event_known_at_the_instant_of_opening_still_counts(seconds: int, moved: bool) -> None:
    """A check-in opens by what is known at that instant; a second later it stays."""
    course = plain_course(SERIES)
    plan = make_plan(course)
    was = find(plan, "c-1/series/3/ask/before/1")
    recorded = was.opens.add(seconds=seconds)
    move = SessionMoved(
        **Events().fields(recorded), session="c-1/series/3", to=at(plan, "c-1/series/3").add(days=2)
    )
    later = make_plan(course.with_events(move), as_of=was.opens.add(days=3))
    assert (shown(find(later, was.key)) != shown(was)) is moved


@pytest.mark.parametrize(("seconds", "state"), [(-1, "open"), (0, "not-applicable"), (1, "not-applicable")])
def test_what_was_over_before_it_was_known_was_never_asked(seconds: int, state: str) -> None:
    """A dose told late: a question after it whose window had closed by then does not apply, a second sooner it opens."""
    course = plain_course(SERIES)
    after = CheckInRule(
        id="mine",
        purpose="review",
        anchor="session",
        phase="series",
        session=3,
        instruments=("mood",),
        offset_hours=2,
        closes_hours=2,
    )
    course = evolve(course, protocol=evolve(course.protocol, checkins=(after,)))
    given_at = at(make_plan(course), "c-1/series/3").subtract(days=1)
    known = given_at.add(hours=4, seconds=seconds)
    given = Events().given("c-1/series/3", given_at, recorded=known)
    plan = make_plan(course.with_events(given), as_of=known)
    assert find(plan, "c-1/series/3/ask/mine/1").closes == given_at.add(hours=4)
    assert find(plan, "c-1/series/3/ask/mine/1").state == state


@pytest.mark.parametrize(("seconds", "again"), [(-1, True), (0, False)])
def test_what_had_opened_is_not_asked_again_where_that_was_over_before_it_was_known(
    seconds: int, again: bool
) -> None:
    """A dose given five days late and told late: onset 72 hours after it is asked anew only where that had not closed by then."""
    course = plain_course(SERIES)
    given_at = at(make_plan(course), "c-1/series/1").add(days=5)
    known = given_at.add(hours=72 + 24, seconds=seconds)
    given = Events().given("c-1/series/1", given_at, recorded=known)
    keys = by_key(make_plan(course.with_events(given), as_of=known))
    assert "c-1/series/1/ask/onset-72h/1" in keys
    assert ("c-1/series/1/ask/onset-72h/2" in keys) is again


def test_onset_follows_the_dose_that_was_given() -> None:
    """A first dose given an hour late is asked about 24 hours after it, not after the plan."""
    course = plain_course(SERIES)
    given_at = at(make_plan(course), "c-1/series/1").add(hours=1)
    given = course.with_events(Events().given("c-1/series/1", given_at))
    assert find(make_plan(given, as_of=given_at), "c-1/series/1/ask/onset-24h/1").due == given_at.add(days=1)


def test_onset_is_asked_after_the_first_dose_that_took_place() -> None:
    """Where the first session was missed, onset hangs on the second."""
    course = plain_course(SERIES)
    recorded = at(make_plan(course), "c-1/series/1").add(hours=3)
    missed = course.with_events(SessionMissed(**Events().fields(recorded), session="c-1/series/1"))
    keys = by_key(make_plan(missed, as_of=recorded))
    assert "c-1/series/2/ask/onset-24h/1" in keys
    assert "c-1/series/1/ask/onset-24h/1" not in keys


def test_a_watch_whose_anchor_moves_after_it_began_goes_into_a_second_round() -> None:
    """The day that was asked on stays, and the days after the true last dose are asked on as well."""
    course = plain_course("ketamine-iv-single")
    plan = make_plan(course)
    session = next(one for one in plan.sessions if one.kind == "dose")
    planned = session.at
    late = planned.add(days=6)
    given = course.with_events(Events().given(session.key, late, recorded=planned.add(days=8)))
    after = make_plan(given, as_of=planned.add(days=8))
    keys = by_key(after)
    first = f"{session.key}/watch/1/7"
    assert shown(find(plan, first)) == shown(keys[first])
    assert f"{session.key}/watch/1/14" not in keys
    days = [one.date.toordinal() - late.toordinal() for one in after.checkins if "watch/2/" in one.key]
    assert set(FLOOR_DAYS) <= set(days)
    assert days[-1] == 365


@pytest.mark.parametrize("form", ["pcl-5", "primary"])
@pytest.mark.parametrize(("days", "asked"), [(27, ("mood",)), (28, ("pcl-5", "safety-question"))])
def test_what_opens_before_an_event_leaves_room_for_a_baseline_four_weeks_on(
    days: int, asked: tuple[str, ...], form: str
) -> None:
    """The PCL-5 of day 35 waits for the baseline 27 days later, not for one 28 days later; an event on its day changes nothing."""
    course = plain_course(SERIES, instruments=("pcl-5",) if form == "primary" else ())
    before = next(one for one in course.protocol.checkins if one.purpose == "baseline")
    week = next(one for one in course.protocol.checkins if one.anchor == "week")
    rules = (
        evolve(before, opens_hours=1, instruments=(form,)),
        evolve(week, week=5, instruments=(form,)),
    )
    events = Events()
    start = pendulum.datetime(2026, 12, 1, 10, tz="America/New_York")
    missed = SessionMissed(**events.fields(start.add(hours=3)), session="c-1/series/1")
    move = SessionMoved(
        **events.fields(start.add(hours=4)), session="c-1/series/2", to=start.add(days=35 + days)
    )
    plain = evolve(course, protocol=evolve(course.protocol, checkins=rules)).with_events(missed, move)
    noon = start.add(days=34, hours=2)
    told = plain.with_events(SessionCancelled(**events.fields(noon), session="c-1/series/6"))
    for one in (plain, told):
        plan = make_plan(one, as_of=noon.add(days=1))
        review, baseline = (
            find(plan, f"c-1/series/ask/{week.id}/1"),
            find(plan, "c-1/series/2/ask/baseline/1"),
        )
        assert baseline.date.diff(review.date).in_days() == days
        assert review.instruments == asked
        assert baseline.instruments == ("pcl-5", "safety-question")


@pytest.mark.parametrize("seed", range(12))
def test_what_each_state_asked_is_what_had_opened_by_its_end(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told state by state each key stands once, and what opened in one stands in the last as it did; a crossing among them."""
    told: list[Any] = []

    def spy(course: Course, states: Any, extras: Any, apart: Any = ()) -> list[Group]:
        told[:] = [course, list(states), extras, apart]
        return arrange(course, told[1], extras, apart)

    monkeypatch.setattr(watching, "arrange", spy)
    if seed:
        plan = random_story(7000 + seed, 10).plan()
    else:
        plan, _, events, _ = crossed()
        course = plan.course
        for hours in (50, 52, 100, 340):
            when = extra(plan)[0].opens.add(hours=hours - 48)
            course = course.with_events(ClinicalEvent(**events.fields(when), at=when, kind="pregnancy"))
        plan = make_plan(course, as_of=course.history[-1].recorded_at.add(hours=1))
    now = {one.key: one.group for one in plan.checkins}
    course, past, extras, apart = told
    groups: list[Group] = []
    for (state, _), groups in zip(past, arranged_then(course, past, extras, apart), strict=True):
        keys = [key for group in groups for key in group.keys]
        assert len(keys) == len(set(keys))
        for group in groups:
            if not group.void and group.opens < min(state.until, plan.now):
                final = now[group.key]
                assert (group.keys, group.opens, group.due, group.closes) == (
                    final.keys, final.opens, final.due, final.closes,
                )  # fmt: skip
                assert group.instruments == final.instruments
    assert [group.key for group in groups] == [one.key for one in plan.checkins]


@pytest.mark.parametrize("seed", range(10))
def test_time_alone_moves_no_check_in(seed: int) -> None:
    """Until the instant at which the plan says it must be made anew, a later one has every check-in where it was."""
    story = random_story(4000 + seed, 10)
    plan = story.plan(story.now + 20 * 86400)
    last = plan.now + 400 * 86400 if plan.refresh_by is None else instant_key(plan.refresh_by) - 1
    for moment in {last, (plan.now + last) // 2}:
        assert [shown(one) for one in plan.checkins] == [shown(one) for one in story.plan(moment).checkins]


# -- Safety question, PHQ-9, spacing ------------------------------------------------------------------------


def plans() -> list[Plan]:
    """Every protocol, with several primary instruments, wishes and closures, a year and a half of it."""
    dice = random.Random(20)
    found = []
    for name in protocol_names():
        for primary in PRIMARIES:
            course = plain_course(name, instruments=primary)
            found.append(make_plan(course))
        found += [make_plan(random_course(dice, name)) for _ in range(2)]
    return found


PLANS = plans()


def test_every_check_in_asks_a_safety_question() -> None:
    """Whatever the protocol, the instrument and the day, and after any history."""
    stories = [random_story(500 + seed, 8) for seed in range(12)]
    for plan in [*PLANS, *(story.plan() for story in stories)]:
        for one in plan.checkins:
            assert any(asks_safety(name) for name in one.instruments), one


def test_phq_2_never_stands_without_item_9() -> None:
    """The short form is no gate: beside it the safety question of the whole form is asked, or the whole form is."""
    for plan in PLANS:
        for one in plan.checkins:
            assert ("phq-2" in one.instruments) <= (ITEM_9 in one.instruments)
            assert not ({"phq-9"} <= set(one.instruments) and {"phq-2", ITEM_9} & set(one.instruments))


def watch_days(plan: Plan, anchor_key: str, day: int) -> dict[int, CheckIn]:
    """Check-ins of a watch by days after its anchor."""
    return {
        one.items[0].day - day: one
        for one in plan.checkins
        if any(item.purpose == "watch" and item.anchor == anchor_key for item in one.items)
    }


def test_a_whole_phq_9_comes_often_enough_in_every_watch() -> None:
    """At least every 14 days to day 189 of a watch, and at every check-in of it after that."""
    seen = 0
    for plan in PLANS:
        whole = sorted(one.items[0].day for one in plan.checkins if "phq-9" in one.instruments)
        for anchor in plan.watch.anchors:
            found = watch_days(plan, anchor.key, anchor.day)
            if not found:
                continue
            last = min(max(found), 189)
            days = [0, *(day - anchor.day for day in whole if 0 < day - anchor.day <= last)]
            assert all(b - a <= 14 for a, b in pairwise([*days, last])), (plan.course.protocol.id, days)
            for day, one in found.items():
                if day > 189 and any(item.whole for item in one.items):
                    assert "phq-9" in one.instruments
                    seen += 1
    assert seen > 500


def test_nearer_than_7_days_to_a_whole_phq_9_the_short_form_is_asked_with_item_9() -> None:
    """In a plan no two whole ones stand nearer than 7 days."""
    for plan in PLANS:
        days = sorted(one.items[0].day for one in plan.checkins if "phq-9" in one.instruments)
        assert all(b - a >= 7 for a, b in pairwise(days)), plan.course.protocol.id
        for one in plan.checkins:
            wants = any("phq-9" in item.instruments for item in one.items) or (
                plan.course.primary == "phq-9" and any(item.whole for item in one.items)
            )
            if wants and "phq-9" not in one.instruments and one.state != "not-applicable":
                assert any(abs(day - one.items[0].day) < 7 for day in days)
                assert {"phq-2", ITEM_9} <= set(one.instruments)


def test_no_whole_form_comes_sooner_than_its_least_spacing() -> None:
    """PHQ-9, GAD-7, WHO-5, QIDS and MADRS 7 days, MADRS-S 3, PCL-5 28."""
    table = {"phq-9": 7, "gad-7": 7, "who-5": 7, "qids-sr16": 7, "madrs": 7, "madrs-s": 3, "pcl-5": 28}
    assert table == {name: least_spacing(name) for name in table}
    for plan in PLANS:
        for name, least in table.items():
            days = sorted(one.items[0].day for one in plan.checkins if name in one.instruments)
            assert all(b - a >= least for a, b in pairwise(days)), (plan.course.protocol.id, name)


@pytest.mark.parametrize("primary", PRIMARIES)
def test_the_baseline_has_the_whole_primary_form(primary: tuple[str, ...]) -> None:
    """Without a baseline neither response nor remission can be known: no watch takes its form away."""
    for name in protocol_names():
        course = plain_course(name, instruments=primary)
        baseline = next(one for one in make_plan(course).checkins if "baseline" in one.purposes)
        wanted = next(rule for rule in course.protocol.checkins if rule.purpose == "baseline").instruments
        for form in wanted:
            assert (course.primary if form == "primary" else form) in baseline.instruments


def item(key: str, day: int, names: tuple[str, ...], purpose: str = "review", hours: int = 0) -> Item:
    """One thing to ask on a day of 24 hours, open for twelve from ``hours`` on."""
    opens = day * 86400 + hours * 3600
    base, _, number = key.rpartition("/")
    return Item(
        key=key,
        base=base,
        number=int(number),
        anchor="c-1/x/1",
        purpose=purpose,
        opens=opens,
        due=opens + 3600,
        closes=opens + 12 * 3600,
        day=day,
        instruments=names,
        rule="C4",
        text="",
        source="house",
        rank=4,
        whole=purpose == "watch",
    )


def asked(*items: Item, fixed: tuple[Item, ...] = ()) -> dict[str, tuple[str, ...]]:
    """What each group asks, by the key that leads; ``fixed`` items opened before with what they ask."""
    before = merge(fixed)
    for group in before:
        group.fixed = True
    return {group.key: group.instruments for group in merge(items, before)}


def test_windows_that_only_touch_are_asked_apart() -> None:
    """Half-open: the one closes at the instant at which the other opens."""
    first, second = item("c-1/a/1", 9, ("mood",)), item("c-1/b/1", 9, ("mood",), hours=12)
    assert len(asked(first, second)) == 2
    assert len(asked(first, item("c-1/b/1", 9, ("mood",), hours=11))) == 1


def test_what_is_asked_together_does_not_hang_on_the_order_of_the_items() -> None:
    """By the hour at which each opens: the third overlaps the second and not the first; what does not apply stands apart.

    They come in the order in which they are due, and of two due at once the lesser key first.
    """
    first, second, third = (
        item(f"c-1/{name}/1", 9, (form,), hours=hours)
        for name, form, hours in (("c", "mood", 0), ("b", "urinary", 6), ("a", "memory", 12))
    )
    off = evolve(item("c-1/d/1", 9, ("mood",)), void=True)
    also = evolve(item("c-1/e/1", 9, ("drinking-days",), hours=4), void=True)
    for order in permutations((first, second, third, off, also)):
        assert [(group.keys, group.instruments) for group in merge(order)] == [
            (("c-1/b/1", "c-1/c/1"), ("urinary", "mood")),
            (("c-1/d/1", "c-1/e/1"), ("mood", "drinking-days")),
            (("c-1/a/1",), ("memory", "safety-question")),
        ]


def test_of_what_is_asked_together_each_has_its_say() -> None:
    """A day of a watch brings the whole PHQ-9 whatever stands behind it; two second looks on one day have both their forms."""
    on, beside = item("c-1/a/1", 105, ("gad-7",), "watch"), item("c-1/b/1", 105, ("mood",))
    assert asked(on, beside) == {"c-1/a/1": ("gad-7", "mood", "phq-9")}
    opened = item("c-1/c/1", 101, ("gad-7",))
    assert asked(on, fixed=(opened,))["c-1/a/1"] == ("phq-9",), "its own form was asked four days before"
    looks = [item(f"c-1/{name}/1", 50, (form,), "confirm") for name, form in (("b", "gad-7"), ("c", "phq-9"))]
    sooner = item("c-1/a/1", 47, ("gad-7", "phq-9"))
    assert asked(sooner, *looks) == {"c-1/a/1": ("phq-2", ITEM_9), "c-1/b/1": ("gad-7", "phq-9")}


def test_a_form_that_opened_keeps_its_distance_from_those_to_come() -> None:
    """Six days after it the short form, seven days after it the whole one; before it as well."""
    for apart, whole in ((6, False), (7, True), (-6, False), (-7, True)):
        found = asked(item("c-1/b/1", 50 + apart, ("phq-9",)), fixed=(item("c-1/a/1", 50, ("phq-9",)),))
        assert ("phq-9" in found["c-1/b/1"]) is whole
        assert (ITEM_9 in found["c-1/b/1"]) is not whole


def test_a_watch_asks_the_whole_phq_9_though_one_is_near_rather_than_leave_15_days() -> None:
    """What opened on another day is no reason to leave a gap; nor is it asked twice on one day."""
    near = item("c-1/a/1", 100, ("phq-9",))
    on, after = item("c-1/w/105", 105, ("phq-9",), "watch"), item("c-1/w/119", 119, ("phq-9",), "watch")
    assert asked(on, after, fixed=(near,))["c-1/w/105"] == ("phq-9",)
    soon = item("c-1/w/114", 114, ("phq-9",), "watch")
    assert asked(on, soon, fixed=(near,))["c-1/w/105"] == ("phq-2", ITEM_9)
    just = item("c-1/w/115", 115, ("phq-9",), "watch")
    assert asked(on, just, fixed=(near,))["c-1/w/105"] == ("phq-9",)
    same = item("c-1/a/1", 105, ("phq-9",))
    later = item("c-1/w/105", 105, ("phq-9",), "watch", hours=12)
    assert asked(later, after, fixed=(same,))["c-1/w/105"] == ("phq-2", ITEM_9)
    beyond = evolve(later, offset=217)
    assert asked(beyond, after, fixed=(same,))["c-1/w/105"] == ("phq-2", ITEM_9)
    assert asked(evolve(on, offset=217), fixed=(near,))["c-1/w/105"] == ("phq-9",)
    assert asked(evolve(on, offset=189), fixed=(near,))["c-1/w/105"] == ("phq-2", ITEM_9)


def test_a_watch_looks_at_what_stands_on_either_side_of_it() -> None:
    """The nearest whole one before and the nearest after, of those that opened and of days of the floor to come."""
    near = item("c-1/a/1", 100, ("phq-9",))
    on, after = item("c-1/w/105", 105, ("phq-9",), "watch"), item("c-1/w/119", 119, ("phq-9",), "watch")
    beyond = item("c-1/b/1", 112, ("phq-9",))
    assert asked(on, after, fixed=(near, beyond))["c-1/w/105"] == ("phq-2", ITEM_9), (
        "12 days from one to the other"
    )
    beyond = item("c-1/b/1", 115, ("phq-9",))
    assert asked(on, after, fixed=(near, beyond))["c-1/w/105"] == ("phq-9",), "15 days"
    further = item("c-1/c/1", 90, ("phq-9",))
    soon = item("c-1/w/112", 112, ("phq-9",), "watch")
    assert asked(on, soon, fixed=(further, near))["c-1/w/105"] == ("phq-2", ITEM_9), "12 days, not 22"
    first = item("c-1/b/1", 108, ("phq-9",))
    assert asked(on, fixed=(first,))["c-1/w/105"] == ("phq-2", ITEM_9), "no gap: there was none before"
    same, next_one = item("c-1/a/1", 105, ("phq-9",)), item("c-1/b/1", 112, ("phq-9",))
    later = evolve(item("c-1/w/105", 105, ("phq-9",), "watch", hours=12), offset=217)
    assert asked(later, fixed=(same, next_one))["c-1/w/105"] == ("phq-2", ITEM_9), "asked on that day already"


def test_a_second_look_has_its_form_however_near_another_is_and_nothing_else_has() -> None:
    """Its own form alone: neither another one asked beside it, nor that of a baseline that came twice."""
    opened = (item("c-1/a/1", 50, ("phq-9",)), item("c-1/g/1", 50, ("gad-7",)))
    look = item("c-1/b/1", 55, ("phq-9",), "confirm")
    assert asked(look, fixed=opened)["c-1/b/1"] == ("phq-9",)
    look = item("c-1/b/1", 55, ("gad-7",), "confirm")
    beside = item("c-1/c/1", 55, ("phq-9",))
    assert asked(look, beside, fixed=opened)["c-1/b/1"] == ("gad-7", "phq-2", ITEM_9)
    again = item("c-1/b/1", 55, ("phq-9",), "baseline")
    assert asked(again, fixed=opened)["c-1/b/1"] == ("phq-2", ITEM_9)


@pytest.mark.parametrize("purpose", ["baseline", "confirm"])
def test_a_baseline_and_a_second_look_have_their_forms_before_what_comes_sooner(purpose: str) -> None:
    """Three days before it the same form has to wait; what is asked beside it has no such right."""
    sooner = item("c-1/a/1", 47, ("gad-7",))
    found = asked(sooner, item("c-1/b/1", 50, ("gad-7",), purpose))
    assert found == {"c-1/a/1": ("mood",), "c-1/b/1": ("gad-7", "safety-question")}
    found = asked(sooner, item("c-1/b/1", 50, ("mood",), purpose), item("c-1/c/1", 50, ("gad-7",)))
    assert found == {"c-1/a/1": ("gad-7", "safety-question"), "c-1/b/1": ("mood",)}


def test_what_does_not_apply_says_what_it_would_have_asked_and_keeps_nothing_from_others() -> None:
    """A day of a watch that was called off: its form and the whole PHQ-9; the day before it is asked as if it were not there."""
    off = evolve(item("c-1/w/105", 105, ("gad-7",), "watch"), void=True)
    found = asked(off, item("c-1/a/1", 104, ("phq-9",)), item("c-1/b/1", 105, ("mood",)))
    assert found == {"c-1/w/105": ("gad-7", "phq-9"), "c-1/a/1": ("phq-9",), "c-1/b/1": ("mood",)}


def test_where_no_form_may_be_asked_mood_is() -> None:
    """So that a check-in is never a safety question alone."""
    found = asked(item("c-1/a/1", 50, ("pcl-5",)), item("c-1/b/1", 60, ("pcl-5",)))
    assert found == {"c-1/a/1": ("pcl-5", "safety-question"), "c-1/b/1": ("mood",)}


# -- The programme ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", protocol_names())
def test_the_programme_has_what_it_must_have(name: str) -> None:
    """Baseline before the first dose, onset at 24 and 72 hours, before each dose, a review point, a watch."""
    plan = make_plan(plain_course(name))
    first = next(one for one in plan.sessions if one.kind == "dose")
    baseline = next(one for one in plan.checkins if "baseline" in one.purposes)
    assert baseline.due < first.at
    assert instant_key(baseline.closes) == instant_key(first.at)
    onset = {
        (instant_key(one.due) - instant_key(first.at)) // 3600
        for one in plan.checkins
        for item in one.items
        if item.purpose == "onset" and item.due == one.due_key
    }
    asked = {item.due for one in plan.checkins for item in one.items if item.purpose == "onset"}
    assert onset <= {24, 72}
    assert asked == {instant_key(first.at) + 3600 * hours for hours in (24, 72)}
    before = {item.anchor for one in plan.checkins for item in one.items if item.purpose == "before-dose"}
    doses = {one.key for one in plan.sessions if one.kind == "dose" and one.basis != "proposed"}
    assert doses - before <= {first.key}
    assert any("review" in one.purposes for one in plan.checkins)


@pytest.mark.parametrize("name", protocol_names())
def test_what_hangs_on_a_session_or_a_phase_is_asked_at_its_distance(name: str) -> None:
    """After the session of that number, or after the last one of that phase, and at no other."""
    plan = make_plan(plain_course(name))
    for rule in plan.course.protocol.checkins:
        if rule.anchor not in ("session", "phase-end"):
            continue
        doses = [one for one in plan.sessions if one.kind == "dose" and one.phase == rule.phase]
        anchor = next(one for one in doses if one.number == rule.session) if rule.session else doses[-1]
        found = [item for one in plan.checkins for item in one.items if item.base.endswith(f"/ask/{rule.id}")]
        assert [item.anchor for item in found] == [anchor.key]
        assert found[0].due == instant_key(anchor.at) + 3600 * rule.offset_hours
        off = SessionCancelled(**Events().fields(plan.sessions[0].at.subtract(days=3)), session=anchor.key)
        cancelled = make_plan(plan.course.with_events(off), as_of=anchor.at.add(days=2))
        keys = by_key(cancelled)
        if rule.anchor == "session":
            assert keys[found[0].key].state == "not-applicable"


@pytest.mark.parametrize("name", protocol_names())
def test_long_maintenance_asks_about_bladder_and_memory_each_month(name: str) -> None:
    """While doses go on beyond week 9, every 28 days."""
    plan = make_plan(plain_course(name))
    days = [
        item.day
        for one in plan.checkins
        for item in one.items
        if "urinary" in item.instruments and "memory" in item.instruments
    ]
    last = max(one.date.toordinal() for one in plan.sessions if one.kind == "dose")
    start = plan.day1.toordinal() + 56
    assert days == list(range(start, last + 1, 28))
    asked = [one for one in plan.checkins if "urinary" in one.instruments]
    assert len(asked) == len(days)


def test_every_instrument_that_a_protocol_asks_for_exists() -> None:
    """By its id; the word primary stands for the course's own."""
    for name in protocol_names():
        protocol = load_protocol(name)
        named = {form for rule in protocol.checkins for form in rule.instruments}
        named |= {*protocol.watch.instruments, protocol.primary_instrument}
        assert named - {"primary"} <= set(instrument_names()), name
    for plan in PLANS:
        for one in plan.checkins:
            assert set(one.instruments) <= {*instrument_names(), ITEM_9}


def test_keys_follow_the_recipe() -> None:
    """What it hangs on, ``ask`` and the item or ``watch`` and the round, and a number."""
    stories = [random_story(700 + seed, 10).plan() for seed in range(8)]
    for plan in [*PLANS[::7], *stories]:
        for one in plan.checkins:
            for key in one.keys:
                assert KEY.fullmatch(key), key


def test_every_reason_names_a_rule_of_the_table() -> None:
    """And a source."""
    for plan in PLANS[::9]:
        sources = {*plan.course.protocol.sources, "house"}
        for one in plan.checkins:
            assert one.reasons
            for reason in one.reasons:
                assert reason.rule in RULES
                assert reason.source in sources


def test_reasons_say_what_was_added_or_shortened_and_only_then() -> None:
    """C11 where the short form stands for the whole one, C15 where a watch adds it, C12 where a question was added."""
    seen: set[str] = set()
    for plan in PLANS[::5]:
        for one in plan.checkins:
            rules = {reason.rule for reason in one.reasons}
            wanted = {name for item in one.items for name in item.instruments}
            assert ("C11" in rules) == (ITEM_9 in one.instruments and "phq-2" not in wanted)
            assert ("C15" in rules) == ("phq-9" in one.instruments and "phq-9" not in wanted)
            assert ("C12" in rules) == (
                "safety-question" in one.instruments and "safety-question" not in wanted
            )
            assert ("C10" in rules) == (len(one.keys) > 1)
            seen |= rules
    assert {"C1", "C2", "C3", "C4", "C5", "C6", "C10", "C11", "C12", "C15"} <= seen


def test_onset_opens_and_closes_as_the_protocol_says() -> None:
    """Two hours before and a day after at 24 hours, twelve hours before at 72; merged keys come after the first."""
    plan = make_plan(plain_course(SERIES))
    first = instant_key(plan.sessions[0].at)
    windows = {
        item.key.split("/")[-2]: tuple((when - first) // 3600 for when in (item.opens, item.due, item.closes))
        for one in plan.checkins
        for item in one.items
        if item.purpose == "onset"
    }
    assert windows == {"onset-24h": (22, 24, 48), "onset-72h": (60, 72, 96)}
    for one in plan.checkins:
        assert (one.key, *one.merged) == one.keys


def asked_by(anchor: str, **fields: Any) -> tuple[Plan, CheckIn]:
    """A series with one rule changed, and its first check-in of that rule."""
    course = plain_course(SERIES)
    rule = next(one for one in course.protocol.checkins if one.anchor == anchor)
    other = evolve(rule, **fields)
    rules = tuple(other if one is rule else one for one in course.protocol.checkins)
    plan = make_plan(evolve(course, protocol=evolve(course.protocol, checkins=rules)))
    return plan, next(one for one in plan.checkins if any(f"/ask/{rule.id}/" in key for key in one.keys))


def window(one: CheckIn, purpose: str) -> tuple[int, int, int]:
    item = next(item for item in one.items if item.purpose == purpose)
    return item.opens, item.due, item.closes


def test_what_is_asked_just_before_a_dose_may_be_answered_for_an_hour_more() -> None:
    """Due at its start it would close as it is due; due long before, it closes as the dose begins."""
    plan, one = asked_by("before-dose", offset_hours=0, opens_hours=3)
    start = instant_key(plan.session(one.anchor).at)
    assert window(one, "before-dose") == (start - 3 * 3600, start, start + 3600)
    plan, one = asked_by("before-dose", offset_hours=-6, opens_hours=3)
    assert window(one, "before-dose") == (start - 9 * 3600, start - 6 * 3600, start)


def test_what_is_asked_after_a_dose_opens_an_hour_after_it_at_the_soonest() -> None:
    """However long before it is due it might open."""
    plan, one = asked_by("first-dose", offset_hours=5, opens_hours=48, closes_hours=9)
    start = instant_key(plan.sessions[0].at)
    assert window(one, "onset") == (start + 3600, start + 5 * 3600, start + 14 * 3600)


@pytest.mark.parametrize("name", protocol_names())
def test_a_question_of_a_week_falls_on_its_last_day(name: str) -> None:
    """Week 4 ends on day 28, counted from Day 1."""
    plan = make_plan(plain_course(name))
    rules = {one.id: one for one in plan.course.protocol.checkins if one.anchor == "week"}
    for one in plan.checkins:
        for item in one.items:
            rule = rules.get(item.base.rpartition("/")[2]) if "/ask/" in item.base else None
            if rule is not None and rule.week is not None:
                assert item.day == plan.day1.toordinal() + 7 * rule.week - 1


def test_what_is_due_on_one_day_with_overlapping_windows_is_asked_together() -> None:
    """Baseline and before the first dose are one; its reasons say that they were joined."""
    one = make_plan(plain_course(SERIES)).checkins[0]
    assert one.keys == ("c-1/series/1/ask/baseline/1", "c-1/series/1/ask/before/1")
    assert "C10" in {reason.rule for reason in one.reasons}
    for plan in PLANS:
        for first, second in pairwise(plan.checkins):
            same_day = first.items[0].day == second.items[0].day
            apart = first.closes_key <= second.opens_key or second.closes_key <= first.opens_key
            void = "not-applicable" in (first.state, second.state)
            assert not same_day or apart or void, (first, second)


def test_check_ins_follow_the_person_and_sessions_the_clinic() -> None:
    """The watch is due at ten in the person's zone."""
    clinic = clinic_from({"zone": "Europe/Paris"})
    plan = make_plan(plain_course(SERIES, zone="Asia/Tokyo", clinic=clinic))
    watch = next(one for one in plan.checkins if "watch" in one.purposes)
    assert (watch.due.timezone_name, watch.due.hour) == ("Asia/Tokyo", 10)
    assert plan.sessions[0].at.timezone_name == "Europe/Paris"


def test_the_second_screener_asks_since_the_last_one() -> None:
    """The first asks about the last month, every later one since then."""
    plan = make_plan(plain_course("esketamine-mdsi-us"))
    forms = [name for one in plan.checkins for name in one.instruments if name.startswith("c-ssrs")]
    assert forms[0] == "c-ssrs-screener"
    assert set(forms[1:]) <= {"c-ssrs-screener-since-last-contact"}


# -- States -------------------------------------------------------------------------------------------------


def test_each_state_is_reached() -> None:
    """Not yet, open, expired; answered in part and in full; declined; not applicable."""
    course = plain_course(SERIES)
    plan = make_plan(course)
    key = "c-1/series/2/ask/before/1"
    one = find(plan, key)
    events = Events()

    def state(when: pendulum.DateTime, *more: Event) -> str:
        return find(make_plan(course.with_events(*more), as_of=when), key).state

    assert state(one.opens.subtract(seconds=1)) == "not-yet"
    assert state(one.opens) == "open"
    assert state(one.closes.subtract(seconds=1)) == "open"
    assert state(one.closes) == "expired"
    part = events.answered(key, one.due, {"phq-2": {"1": 1, "2": 2}})
    rest = events.answered("c-1/series/1/ask/onset-72h/1", one.due, {"phq-9": {"9": 0}, "mood": {"mood": 4}})
    last = events.answered(key, one.due, {"mood": {"safety": 0}})
    assert one.instruments == ("phq-2", ITEM_9, "mood")
    assert state(one.due, part) == "partly-answered"
    assert state(one.due, part, rest) == "partly-answered"
    assert state(one.due, part, rest, last) == "answered"
    assert state(one.closes.add(days=9), part, rest, last) == "answered"
    no = CheckInDeclined(**events.fields(one.opens), checkin=one.keys[-1])
    assert state(one.due, no) == "declined"
    off = SessionCancelled(**events.fields(one.opens.subtract(days=3)), session="c-1/series/2")
    assert find(make_plan(course.with_events(off), as_of=one.due), key).state == "not-applicable"


def test_an_answer_outside_its_range_answers_nothing() -> None:
    """The form is answered in part until the question has an answer of its own terms."""
    course = plain_course(SERIES)
    one = make_plan(course).checkins[0]
    bad = phq_9(1)
    bad["phq-9"]["3"] = 7
    events = Events()
    wrong = events.answered(one.key, one.due, bad)
    mended = events.answered(one.key, one.due.add(minutes=1), {"phq-9": {"3": 2}})
    assert find(make_plan(course.with_events(wrong), as_of=one.due), one.key).state == "partly-answered"
    both = make_plan(course.with_events(wrong, mended), as_of=one.due.add(minutes=1))
    assert find(both, one.key).state == "answered"


def test_a_short_form_may_be_answered_under_the_names_by_which_the_plan_asks_it() -> None:
    """An app that stores the answers of each of ``instruments`` under its name loses nothing, and is told nothing amiss."""
    course = doses_given(
        plain_course(SERIES), pendulum.datetime(2026, 12, 24, tz="America/New_York"), events := Events()
    )
    plan = make_plan(course, as_of=course.history[-1].recorded_at)
    one = next(
        one for one in plan.checkins if one.instruments[:2] == ("phq-2", ITEM_9) and one.state == "not-yet"
    )
    form = {"phq-2": {"1": 1, "2": 0}, ITEM_9: {"9": 0}, **{name: {"1": 5} for name in one.instruments[2:]}}
    said = make_plan(course.with_events(answer := events.answered(one.key, one.due, form)), as_of=one.due)
    assert find(said, one.key).state == "answered"
    assert [found.text for found in said.findings if found.path == answer.id] == []
    assert [alert.kind for alert in said.alerts if answer.id in alert.events] == []


def test_a_form_of_the_clinics_own_is_asked_and_kept() -> None:
    """It cannot be scored here; the safety question stands beside it, and what came for it counts as an answer."""
    protocol = load_protocol(SERIES)
    rules = [rule for rule in protocol.checkins if rule.purpose == "baseline"]
    own = evolve(protocol, checkins=tuple(evolve(rule, instruments=("clinics-own",)) for rule in rules))
    course = evolve(plain_course(SERIES), protocol=own)
    one = make_plan(course).checkins[0]
    assert one.instruments == ("clinics-own", "safety-question")
    assert "C12" in {reason.rule for reason in one.reasons}
    answers = {"clinics-own": {"1": 4}, "safety-question": {"safety": 0}}
    plan = make_plan(course.with_events(Events().answered(one.key, one.due, answers)), as_of=one.due)
    assert find(plan, one.key).state == "answered"
    assert codes(plan) == {"answer-unknown-instrument"}


def test_after_death_nothing_is_asked() -> None:
    """What was open or to come does not apply; what was answered stays answered."""
    course = plain_course(SERIES)
    first = make_plan(course).checkins[0]
    events = Events()
    when = first.closes.add(days=4)
    dead = course.with_events(
        events.answered(first.key, first.due, phq_9(2)),
        ClinicalEvent(**events.fields(when), at=when, kind="death"),
    )
    states = {one.state for one in make_plan(dead, as_of=when).checkins if one.closes_key > instant_key(when)}
    assert states == {"not-applicable"}
    assert find(make_plan(dead, as_of=when), first.key).state == "answered"


@pytest.mark.parametrize(("seconds", "state"), [(-1, "not-applicable"), (0, "expired")])
def test_a_death_closes_what_was_open_and_changes_nothing_that_had_closed(seconds: int, state: str) -> None:
    """To the second: one that closes at that instant had been there in full."""
    course = plain_course(SERIES)
    first = make_plan(course).checkins[0]
    when = UTC.from_key(first.closes_key + seconds)
    dead = course.with_events(ClinicalEvent(**Events().fields(when), at=when, kind="death"))
    assert find(make_plan(dead, as_of=when.add(days=1)), first.key).state == state


def test_an_open_check_in_of_a_cancelled_session_does_not_apply_and_one_that_closed_stays() -> None:
    """Cancelled while it is open: not applicable. Cancelled later: expired as it was."""
    course = plain_course(SERIES)
    one = find(make_plan(course), "c-1/series/4/ask/before/1")
    events = Events()
    while_open = SessionCancelled(**events.fields(one.opens.add(hours=1)), session="c-1/series/4")
    later = SessionCancelled(**events.fields(one.closes.add(hours=1)), session="c-1/series/4")
    after = one.closes.add(days=1)
    assert find(make_plan(course.with_events(while_open), as_of=after), one.key).state == "not-applicable"
    assert find(make_plan(course.with_events(later), as_of=after), one.key).state == "expired"


# -- Tightening ---------------------------------------------------------------------------------------------


def crossed(instrument: str = "phq-9") -> tuple[Plan, CheckIn, Events, pendulum.DateTime]:
    """A series that helped, then a first crossing on day 14 of its watch."""
    course = plain_course(SERIES, instruments=(instrument,))
    events = Events()
    until = pendulum.datetime(2026, 12, 24, tz="America/New_York")
    course = doses_given(course, until, events)
    plan = make_plan(course, as_of=until)
    baseline = plan.checkins[0]
    low = find(plan, "c-1/series/6/watch/1/7")
    high = find(plan, "c-1/series/6/watch/1/14")
    course = course.with_events(
        events.answered(baseline.key, baseline.due, phq_9(2)),
        events.answered(low.key, low.due, phq_9(0)),
        events.answered(high.key, high.due, phq_9(2)),
    )
    return make_plan(course, as_of=high.due), high, events, high.due


def extra(plan: Plan) -> list[CheckIn]:
    return [one for one in plan.checkins if "tighten" in one.purposes]


def test_a_first_crossing_tells_the_clinic_and_asks_a_little_more() -> None:
    """An Alert at once; at most one prompt a day, seven more at most, none after 15 days."""
    plan, high, _, _ = crossed()
    alert = next(one for one in plan.alerts if one.kind == "first-crossing")
    assert alert.open
    assert alert.key == f"{high.key}/alert/first-crossing"
    asked = extra(plan)
    first = high.items[0].day
    assert 1 <= len(asked) <= 7
    assert all(0 < one.items[0].day - first <= 15 for one in asked)
    days = [one.items[0].day for one in plan.checkins if first <= one.items[0].day <= first + 15]
    assert len(days) == len(set(days)), "at most one prompt a day"
    confirm = [one for one in plan.checkins if "confirm" in one.purposes]
    assert [one.items[0].day - first for one in confirm] == [14]
    assert "phq-9" in confirm[0].instruments


@pytest.mark.parametrize(
    ("instrument", "day"),
    [
        ("phq-9", 14),
        ("qids-sr16", 7),
        ("madrs", 7),
        ("madrs-s", 5),
        ("pcl-5", 15),
        ("gad-7", 14),
        ("mood", 5),
        ("cgi-s", 7),
    ],
)
def test_confirmation_falls_on_the_day_nearest_what_the_form_looks_back_on(instrument: str, day: int) -> None:
    """Within 5 to 15 days; a form that looks back on no stated time a week later."""
    assert confirm_day(instrument) == day


def test_tightening_ends_with_confirmation_a_word_an_admission_or_a_no() -> None:
    """Each of the four takes away what has not opened yet, and leaves what has."""
    plan, high, events, when = crossed()
    asked = extra(plan)
    after = asked[1].closes
    rest = [one.key for one in asked[2:]]
    assert rest
    stops: list[Event] = [
        ReviewHeld(**events.fields(after), at=after, kind="call"),
        ClinicalEvent(**events.fields(after), at=after, kind="admission"),
        CheckInDeclined(**events.fields(after), checkin=asked[1].key),
    ]
    for stop in stops:
        later = make_plan(plan.course.with_events(stop), as_of=after.add(days=1))
        keys = by_key(later)
        assert {asked[0].key, asked[1].key} <= set(keys)
        day = later.person.day_of(instant_key(after))
        left = [one for one in extra(later) if one.items[0].day > day]
        assert left == [], stop.type
    assert find(make_plan(plan.course.with_events(stops[2]), as_of=after), asked[1].key).state == "declined"
    again = events.answered(asked[0].key, when.add(days=6), phq_9(2))
    confirmed = make_plan(plan.course.with_events(again), as_of=when.add(days=6))
    assert confirmed.trajectories[0].relapse == "confirmed"
    assert all((one.due - when).days <= 6 for one in extra(confirmed))
    assert high.key in by_key(confirmed)


def test_the_extra_questions_are_short_and_numbered() -> None:
    """Every other day from the second on, where nothing else is asked; two questions and item 9, never more."""
    plan, high, _, _ = crossed()
    first = high.items[0].day
    other = {one.items[0].day - first for one in plan.checkins if "tighten" not in one.purposes}
    expected = [(number, 2 * number) for number in range(1, 7) if 2 * number not in other]
    asked = extra(plan)
    assert [(one.items[0].number, one.items[0].day - first) for one in asked] == expected
    for one in asked:
        assert one.instruments == ("phq-2", ITEM_9)
        assert one.items[0].rule == "C7"
        assert (one.closes - one.opens).total_hours() == 24
    (confirm,) = [one for one in plan.checkins if "confirm" in one.purposes]
    assert [item.rule for item in confirm.items if item.purpose == "confirm"] == ["C8"]
    alone = crossed("gad-7")[0]
    (confirm,) = [one for one in alone.checkins if "confirm" in one.purposes]
    assert {"phq-9"} <= set(confirm.instruments)


def test_a_second_look_that_has_opened_is_asked_once_whatever_is_told_while_it_is_open() -> None:
    """Each key once, and as it opened; it counts among the seven."""
    plan, _, events, _ = crossed()
    (confirm,) = [one for one in plan.checkins if "confirm" in one.purposes]
    course = plan.course
    for hours in (2, 3):
        when = confirm.opens.add(hours=hours)
        course = course.with_events(ClinicalEvent(**events.fields(when), at=when, kind="pregnancy"))
        later = make_plan(course, as_of=when.add(minutes=1))
        keys = [key for one in later.checkins for key in one.keys]
        assert len(keys) == len(set(keys))
        assert shown(find(later, confirm.key)) == shown(confirm)


def test_a_word_the_day_before_confirmation_leaves_none() -> None:
    """On the day itself it is still asked."""
    plan, high, events, _ = crossed()
    (confirm,) = [one for one in plan.checkins if "confirm" in one.purposes]
    for days, left in ((1, 0), (0, 1)):
        when = confirm.opens.subtract(days=days).subtract(hours=1)
        review = ReviewHeld(**events.fields(when), at=when, kind="call")
        later = make_plan(plan.course.with_events(review), as_of=when)
        assert sum("confirm" in one.purposes for one in later.checkins) == left
    assert high.key in by_key(plan)


def test_the_first_no_counts() -> None:
    """A second one, to a question that was still open, brings nothing back."""
    plan, _, events, _ = crossed()
    asked = extra(plan)
    no = CheckInDeclined(**events.fields(asked[0].due), checkin=asked[0].key)
    again = CheckInDeclined(**events.fields(asked[-1].due), checkin=asked[1].key)
    later = make_plan(plan.course.with_events(no, again), as_of=asked[-1].due)
    assert [one.key for one in extra(later)] == [asked[0].key]
    assert "decline-unknown-check-in" in codes(later)


def test_a_correction_leaves_what_a_crossing_had_opened_and_takes_the_rest() -> None:
    """The answer was wrong: questions that were asked because of it stay asked, none is added."""
    plan, high, events, when = crossed()
    asked = extra(plan)
    corrected = asked[1].opens.add(hours=1)
    mended = plan.course.with_events(events.answered(high.key, corrected, phq_9(0)))
    later = make_plan(mended, as_of=corrected)
    assert later.trajectories[0].crossings == ()
    assert [shown(one) for one in extra(later)] == [shown(one) for one in asked[:2]]
    before = make_plan(mended, as_of=corrected.subtract(seconds=1))
    assert [shown(one) for one in extra(before)] == [shown(one) for one in asked]
    withdrawn = plan.course.with_events(
        Retracted(**events.fields(corrected), event=plan.folded.answers[-1].id)
    )
    assert [one.key for one in extra(make_plan(withdrawn, as_of=corrected))] == [one.key for one in asked[:2]]
    assert when < corrected


def test_an_answer_that_arrives_late_crosses_from_when_it_is_known() -> None:
    """Nothing is asked for days on which nobody knew."""
    plan, high, events, when = crossed()
    late = when.add(days=5)
    course = evolve(plan.course, history=plan.course.history[:-1])
    course = course.with_events(events.answered(high.key, when, phq_9(2), recorded=late))
    later = make_plan(course, as_of=late.add(days=20))
    assert extra(later)
    assert all(one.closes > late for one in extra(later) if one.state != "not-applicable")
    assert extra(make_plan(course, as_of=late.subtract(seconds=1))) == []


def test_silence_asks_no_more() -> None:
    """Unanswered questions leave the number of questions as it was."""
    plan, _, _, when = crossed()
    later = make_plan(plan.course, as_of=when.add(days=40))
    assert [shown(one) for one in extra(plan)] == [shown(one) for one in extra(later)]


def test_crossings_again_and_again_stay_within_the_limits() -> None:
    """In no 15 days are there more than seven extra prompts, whatever is answered to which."""
    dice = random.Random(3)
    for _ in range(4):
        plan, _, events, when = crossed()
        course = plan.course
        opened: dict[str, CheckIn] = {}
        for day in range(1, 60, dice.choice((2, 3, 5))):
            now = when.add(days=day)
            shown_now = make_plan(course, as_of=now)
            due = [one for one in shown_now.checkins if one.state == "open"]
            assert all(shown(one) == shown(find(shown_now, key)) for key, one in opened.items())
            opened |= {one.key: one for one in shown_now.checkins if one.opens_key <= shown_now.now}
            if due:
                answer = phq_9(dice.choice((0, 2, 3)))
                course = course.with_events(events.answered(due[-1].key, now, answer))
        final = make_plan(course, as_of=when.add(days=90))
        days = sorted(
            one.items[0].day for one in final.checkins if set(one.purposes) <= {"tighten", "confirm"}
        )
        assert all(sum(first <= day < first + 15 for day in days) <= 7 for first in days)
        assert len(days) == len(set(days))


@pytest.mark.parametrize("before", range(8))
def test_prompts_of_a_crossing_before_leave_room_for_seven_and_no_more(before: int) -> None:
    """Those that have opened count, whatever became of what they hang on; the confirmation is asked all the same."""
    plan, _, _, when = crossed()
    day = plan.person.day_of(instant_key(when))
    done = {f"c-1/x/ask/tighten/{n}": day - n for n in range(1, before + 1)}
    found = tightening("c-1", plan.trajectories, plan.folded, plan.person, set(), done, plan.now)
    short = [one.day for one in found if one.purpose == "tighten"]
    days = sorted([*done.values(), *(one.day for one in found)])
    most = max(sum(first <= one < first + 15 for one in days) for first in days)
    assert [one.purpose for one in found].count("confirm") == 1
    assert most == 7
    assert len(short) < 6 or before <= 1


@pytest.mark.parametrize("seed", range(40))
def test_days_of_a_tightening_are_those_of_the_slow_way(seed: int) -> None:
    """A short question wherever no 15 days that hold its day have seven already, tried one window after the other."""
    plan, _, _, when = crossed()
    dice = random.Random(seed)
    first = plan.person.day_of(instant_key(when))
    before = dice.sample(range(first - 16, first + 1), dice.randrange(5, 12))
    taken = set(dice.sample(range(first, first + 16), dice.randrange(4)))
    done = {f"c-1/x/ask/tighten/{n}": day for n, day in enumerate(before)}
    found = tightening("c-1", plan.trajectories, plan.folded, plan.person, taken, done, plan.now)
    asked = [*before, first + 14]
    expected: list[int] = []
    for day in (first + offset for offset in SHORT_DAYS):
        windows = (range(start, start + ENDS_DAYS) for start in range(day - ENDS_DAYS + 1, day + 1))
        full = any(sum(one in window for one in asked) >= MOST_EXTRA for window in windows)
        if day not in taken and not full:
            asked.append(day)
            expected.append(day)
    assert [one.day for one in found if one.purpose == "tighten"] == expected
    assert [one.day for one in found if one.purpose == "confirm"] == [first + 14]


def test_what_a_crossing_opens_says_what_it_hangs_on_and_why() -> None:
    """Each field of a question more and of the second look, as the reasons of the check-in have them."""
    plan, high, _, _ = crossed()
    found = tightening("c-1", plan.trajectories, plan.folded, plan.person, set(), {}, plan.now)
    look, short = found[:2]
    texts = ("a second look at a first crossing", "after an answer that suggests a harder time")
    for one, purpose, text, code in zip(
        (look, short), ("confirm", "tighten"), texts, ("C8", "C7"), strict=True
    ):
        assert (one.key, one.base) == (f"{one.base}/1", f"{high.key}/ask/{purpose}")
        assert (one.anchor, one.number, one.purpose) == (high.key, 1, purpose)
        assert (one.rule, one.text, one.source) == (code, text, "house")
        assert one.rank == 2, "after the baseline, before a question that hangs on a dose"
        assert (one.opens, one.due) == plan.person.morning(one.day)
        assert one.closes == one.opens + 24 * 3600


def test_what_would_be_over_by_the_time_it_is_known_is_not_asked() -> None:
    """Half-open: known at the instant at which it closes it is over; a second sooner it is asked."""
    plan, _, _, _ = crossed()

    def known_at(since: int) -> list[str]:
        found = tightening("c-1", plan.trajectories, plan.folded, plan.person, set(), {}, since)
        return [one.key for one in found]

    for one in tightening("c-1", plan.trajectories, plan.folded, plan.person, set(), {}, plan.now):
        assert one.key in known_at(one.closes - 1)
        assert one.key not in known_at(one.closes)


@pytest.mark.parametrize(
    ("checkin", "event", "key"),
    [
        ("c-1/series/1/ask/before/1", "e-7", "c-1/series/1/ask/before/1"),
        ("c-1/series~2/1/ask/before/1", "e-7", "c-1/series~2/1/ask/before/1"),
        ("c-1/x", "e-7", "c-1/x"),
        ("c-1", "e-7", "c-1/event/e-7"),
        ("by telephone", "e-7", "c-1/event/e-7"),
        ("telephone", "e-7", "c-1/event/e-7"),
        ("c-2/series/1/ask/before/1", "e-7", "c-1/event/e-7"),
        ("c-1/se ries/1", "e-7", "c-1/event/e-7"),
        ("c-1//1", "e-7", "c-1/event/e-7"),
        ("", "e-7", "c-1/event/e-7"),
        ("by telephone", "e 7", "c-1/event/x-22f9390449d1"),
    ],
)
def test_what_was_answered_goes_by_a_key_of_this_course_or_by_its_event(
    checkin: str, event: str, key: str
) -> None:
    """A key of this course, and nothing in it that a key cannot hold; runs of a phase bear a tilde."""
    assert answered_key("c-1", checkin, event) == key


def test_a_second_call_under_one_name_rings_again_and_asks_anew() -> None:
    """Answers under a name that is no key are told apart by the event that came last: two calls, two crossings."""
    plan, _, events, when = crossed()
    course = evolve(plan.course, history=plan.course.history[:-1])
    now = when
    for place, days in ((0, 0), (1, 40)):
        now = when.add(days=days)
        call = events.answered("by telephone", now, phq_9(2 + place))
        course = course.with_events(call)
        later = make_plan(course, as_of=now)
        (crossing,) = later.trajectories[0].crossings
        seen = crossed_by(later.trajectories[0], crossing)
        assert observed_key("c-1", seen) == f"c-1/event/{call.id}"
        assert f"c-1/event/{call.id}/alert/first-crossing" in {one.key for one in later.alerts if one.open}
        assert any(one.key.startswith(f"c-1/event/{call.id}/ask/tighten/") for one in extra(later))
    piece = events.answered("by telephone", now, {"phq-9": {"1": 3}})
    later = make_plan(course.with_events(piece), as_of=now)
    (crossing,) = later.trajectories[0].crossings
    assert observed_key("c-1", crossed_by(later.trajectories[0], crossing)) == f"c-1/event/{piece.id}"


# -- Answers that are amiss ---------------------------------------------------------------------------------


def codes(plan: Plan) -> set[str]:
    return {one.code for one in plan.findings if one.code.startswith(("answer", "decline"))}


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"phq-9": {**{str(n): 1 for n in range(1, 9)}, "9": 4}}, "answer-out-of-range"),
        ({"phq-9": {str(n): 1 for n in range(1, 9)}}, "answer-missing"),
        ({"phq-9": {**{str(n): 1 for n in range(1, 10)}, "zest": 1}}, "answer-unknown-item"),
        ({"phq-9": {**{str(n): 1 for n in range(1, 10)}, "gad-7.2": 1}}, "answer-other-instruments-item"),
        ({"phq-9": {**{str(n): 1 for n in range(1, 9)}, "9": "often"}}, "answer-not-a-number"),
        ({"phq-9": {**{str(n): 1 for n in range(1, 9)}, "9": 1.5}}, "answer-not-whole"),
        ({"phq-9": {**{str(n): 1 for n in range(1, 9)}, "9": True}}, "answer-bool"),
        ({"gad-7": {str(n): 1 for n in range(1, 8)}}, "answer-not-asked"),
        ({"stars": {"1": 5}}, "answer-unknown-instrument"),
    ],
)
def test_an_answer_that_is_amiss_is_named_and_kept(answers: dict[str, dict[str, object]], code: str) -> None:
    """Each by its code and its event; the raw answer stays in the history, a safety question is heard."""
    course = plain_course(SERIES)
    one = make_plan(course).checkins[0]
    event = Events().answered(one.key, one.due, answers)
    plan = make_plan(course.with_events(event), as_of=one.due)
    found = [finding for finding in plan.findings if finding.code == code]
    assert [finding.path for finding in found] == ["e-001"]
    assert found[0].rule == "C13"
    assert plan.folded.answers == [event]
    if "9" in answers.get("phq-9", {}) or code == "answer-missing":
        assert any(alert.open for alert in plan.alerts)


def test_an_answer_at_the_wrong_time_or_place_is_named() -> None:
    """Unknown, too early, after it had closed, in time but received late, twice, after a no, called off."""
    course = plain_course(SERIES)
    plan = make_plan(course)
    one = plan.checkins[0]
    two = find(plan, "c-1/series/3/ask/before/1")
    far = two.closes.add(days=30)
    events = Events()

    def said(*more: Event) -> set[str]:
        return codes(make_plan(course.with_events(*more), as_of=far))

    assert said(events.answered(one.key, one.due, phq_9(1))) == set()
    assert said(events.answered("c-1/nowhere/ask/x/1", one.due, phq_9(1))) == {"answer-unknown-check-in"}
    assert said(events.answered(two.key, two.opens.subtract(seconds=1), phq_9(1))) == {"answer-early"}
    assert said(events.answered(two.key, two.closes, phq_9(1))) == {"answer-expired"}
    late = events.answered(two.key, two.due, phq_9(1), recorded=two.closes.add(days=1))
    assert said(late) == {"answer-late"}
    just = events.answered(two.key, two.due, phq_9(1), recorded=two.closes)
    assert said(just) == {"answer-late"}
    first = events.answered(one.key, one.due, phq_9(1))
    twice = events.answered(one.keys[1], one.due.add(minutes=5), phq_9(2))
    assert said(first, twice) == {"answer-duplicated"}
    no = CheckInDeclined(**events.fields(one.due), checkin=one.key)
    assert said(first, no) == {"answer-after-no"}
    stray = CheckInDeclined(**events.fields(one.due), checkin="c-1/nowhere/ask/x/1")
    assert said(stray) == {"decline-unknown-check-in"}
    off = SessionCancelled(**events.fields(two.opens.subtract(days=2)), session="c-1/series/3")
    assert said(off, events.answered(two.key, two.due, phq_9(1))) == {"answer-not-applicable"}


def test_item_9_beside_the_short_form_is_no_answer_to_the_whole() -> None:
    """Asked alone it is neither missing the rest nor a form that was not asked."""
    course = plain_course(SERIES)
    two = find(make_plan(course), "c-1/series/4/ask/before/1")
    assert two.instruments == ("phq-2", ITEM_9)
    for answers in ({"phq-2": {"1": 0, "2": 1}, "phq-9": {"9": 0}}, {"phq-2": {"1": 0, "2": 1, "9": 0}}):
        plan = make_plan(course.with_events(Events().answered(two.key, two.due, answers)), as_of=two.due)
        assert codes(plan) == set()
        assert find(plan, two.key).state == "answered"


def test_a_what_if_moves_nothing_that_has_opened() -> None:
    """Assuming a Decision shows later check-ins otherwise, and leaves the past as it was."""
    course = plain_course("esketamine-trd-us")
    when = pendulum.datetime(2027, 2, 20, tz="America/New_York")
    given = doses_given(course, when, Events())
    plain = make_plan(given, as_of=when)
    what_if = make_plan(given, as_of=when, decide={"week-9": "every-2-weeks"})
    opened = [shown(one) for one in plain.checkins if one.opens_key <= plain.now]
    assert opened == [shown(one) for one in what_if.checkins if one.opens_key <= what_if.now]
    assert [shown(one) for one in plain.checkins] != [shown(one) for one in what_if.checkins]


def test_where_a_person_stood_needs_an_answer() -> None:
    """Without one nothing can have been crossed."""
    course = plain_course(SERIES)
    assert stood_at(course, fold(course, UTC.from_key(0)), 0) == ()


def test_a_decision_that_adds_sessions_leaves_the_open_watch_as_it_is() -> None:
    """What was asked after the last dose stays asked; the watch begins again after the new last one."""
    course = plain_course(SERIES)
    events = Events()
    when = pendulum.datetime(2026, 12, 29, 12, tz="America/New_York")
    given = doses_given(course, when, events)
    before = make_plan(given, as_of=when)
    decision = next(one for one in before.decisions if any(o.effect.get("add-sessions") for o in one.options))
    option = next(one for one in decision.options if one.effect.get("add-sessions"))
    take = DecisionTaken(**events.fields(when), decision=decision.key, option=option.id, at=when)
    after = make_plan(given.with_events(take), as_of=when)
    opened = [one for one in before.checkins if one.opens_key <= before.now]
    keys = by_key(after)
    assert "c-1/series/6/watch/1/7" in {one.key for one in opened}
    assert all(shown(one) == shown(keys[one.key]) for one in opened)
    doses = [sum(one.kind == "dose" for one in plan.sessions) for plan in (before, after)]
    assert doses[0] < doses[1]
    assert any(key.startswith("c-1/series/7/watch/") or "/series/8/watch/" in key for key in keys)


@pytest.mark.parametrize("seed", range(30))
def test_while_a_record_stood_that_makes_no_plan_it_went_on_as_it_was(seed: int) -> None:
    """A zone that is none, taken back: a second later all is as if it had never been; much later sessions and safety are."""
    story = random_story(41_000 + seed, 3 + seed % 9)
    plan = story.plan()
    recorded = sorted({one.recorded_key for one in story.course.history if one.recorded_key < story.now})
    if not recorded:
        return
    begun = recorded[seed % len(recorded)] - seed % 2
    for until in (begun + 1, story.now):
        bad = ZoneChanged(
            id="e-bad",
            course="c-1",
            recorded_at=UTC.from_key(begun),
            from_date=plan.day1,
            zone="Mars/Olympus",
        )
        back = Retracted(id="e-back", course="c-1", recorded_at=UTC.from_key(until), event="e-bad")
        again = make_plan(story.course.with_events(bad, back), as_of=plan.as_of)
        assert [one.key for one in again.sessions] == [one.key for one in plan.sessions]
        safety = [one.key for one in plan.alerts if one.kind == "safety-item"]
        assert [one.key for one in again.alerts if one.kind == "safety-item"] == safety
        assert len({one.key for one in again.checkins}) == len(again.checkins)
        if until == begun + 1:
            assert [shown(one) for one in again.checkins] == [shown(one) for one in plan.checkins]
            assert [one.key for one in again.alerts] == [one.key for one in plan.alerts]
