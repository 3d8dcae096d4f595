"""What differs between two plans: sessions, Decisions, check-ins and Alerts, by key."""

from __future__ import annotations

import pytest
from attrs import evolve

from ketaschedule import times
from ketaschedule.changes import KINDS, changes, preview, preview_options
from ketaschedule.cli_preview import changes_text
from ketaschedule.history import AlertClosed, SessionCancelled
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from tests.checkin_histories import Events, phq_9, plain_course, random_story

SERIES = "ketamine-iv-six-in-21-days"


def shown(plan: Plan) -> dict[str, tuple[str, tuple[object, ...], tuple[object, ...]]]:
    """Of each key its kind, its times, and how it stands: the slow twin, from the objects themselves."""
    found: dict[str, tuple[str, tuple[object, ...], tuple[object, ...]]] = {}
    for one in plan.sessions:
        when: tuple[object, ...] = (one.date, one.at, one.ends, one.earliest, one.target, one.latest)
        found[one.key] = ("session", when, (one.verdict, one.basis))
    for asked in plan.decisions:
        found[asked.key] = ("decision", (asked.raised, asked.due), (asked.state, asked.taken))
    for due in plan.checkins:
        when = (due.opens, due.due, due.closes)
        found[due.key] = ("checkin", when, (due.instruments, due.state, due.merged))
    for told in plan.alerts:
        stands = (told.kind, told.text, told.times, told.rings, told.open, told.level)
        found[told.key] = ("alert", (), stands)
    return found


@pytest.mark.parametrize("seed", range(12))
def test_every_key_is_told_once_and_as_what_it_is(seed: int) -> None:
    """Added, moved, changed, removed or unchanged, as a comparison of all that both plans hold has it."""
    story = random_story(seed, 14)
    now = story.plan().as_of
    history = story.course.history
    before = make_plan(evolve(story.course, history=history[: len(history) // 2]), as_of=now)
    after = story.plan()
    old, new = shown(before), shown(after)
    found = changes(before, after)
    both = old.keys() & new.keys()
    moved = {key for key in both if old[key][1] != new[key][1]}
    changed = {key for key in both - moved if old[key][2] != new[key][2]}
    assert [one.key for one in found.added] == sorted(new.keys() - old.keys())
    assert [one.key for one in found.removed] == sorted(old.keys() - new.keys())
    assert [one.key for one in found.moved] == sorted(moved)
    assert [one.key for one in found.changed] == sorted(changed)
    assert list(found.unchanged) == sorted(both - moved - changed)
    for one in (*found.added, *found.moved, *found.changed, *found.removed):
        assert one.kind == (new.get(one.key) or old[one.key])[0]


@pytest.mark.parametrize("seed", range(20, 32))
def test_no_two_things_of_a_plan_share_a_key(seed: int) -> None:
    """Also where an Alert was closed and its check-in answered once more."""
    story = random_story(seed, 12)
    for _ in range(4):
        plan = story.plan()
        for alert in plan.alerts:
            if alert.open:
                at = times.clock("UTC").from_key(story.now)
                closed = AlertClosed(**story.named(), alert=alert.key, at=at, how="called")
                story.record(closed)
        story.now += 60
        story.answer()
    plan = story.plan()
    assert any(not alert.open for alert in plan.alerts) or not plan.alerts
    keys = [one.key for kind in (plan.sessions, plan.decisions, plan.checkins, plan.alerts) for one in kind]
    assert len(keys) == len(set(keys))


def test_a_positive_answer_answers_its_check_in_and_adds_an_alert() -> None:
    """And the same text as a person reads it says both."""
    course, events = plain_course(SERIES), Events()
    first = make_plan(course).checkins[0]
    found = preview(course, events.answered(first.key, first.due, phq_9(2, 1)))
    (alert,) = [one for one in found.added if one.kind == "alert"]
    assert alert.key == f"{first.key}/alert/phq-9.9"
    assert alert.after is not None
    assert (alert.after["state"], alert.after["level"]) == ("open", "1")
    (told,) = [one for one in found.changed if one.kind == "checkin"]
    assert told.before is not None
    assert told.after is not None
    assert (told.key, told.before["state"], told.after["state"]) == (first.key, "open", "answered")
    text = changes_text(found)
    assert f"changed  {first.key}: state open to answered" in text
    assert f"added    {alert.key}: kind safety-item" in text


def test_a_session_called_off_withdraws_what_is_asked_before_it() -> None:
    """Its check-in does not apply any more, and the others stay."""
    course, events = plain_course(SERIES), Events()
    cancelled = SessionCancelled(**events.fields(make_plan(course).as_of), session="c-1/series/3")
    found = preview(course, cancelled)
    gone = {one.key: one for one in found.changed if one.kind == "checkin"}
    asked = gone["c-1/series/3/ask/before/1"]
    assert asked.after is not None
    assert asked.after["state"] == "not-applicable"


def test_a_watch_that_begins_later_moves_with_its_last_dose() -> None:
    """A dose given two days late takes the days that are counted from it along."""
    course, events = plain_course(SERIES), Events()
    last = [one for one in make_plan(course).sessions if one.kind == "dose"][-1]
    late = events.given(last.key, last.at.add(days=2))
    found = preview(course, late)
    kinds = {one.kind for one in found.moved}
    assert "checkin" in kinds
    for one in found.moved:
        if "/watch/" in one.key:
            assert one.before is not None
            assert one.after is not None
            before = times.parse_instant(one.before["due"], "due")
            assert before.add(days=2) == times.parse_instant(one.after["due"], "due")


def test_only_the_kinds_that_are_wanted_are_worked_out() -> None:
    """A plan makes its check-ins and Alerts when asked; a comparison of sessions does not ask."""
    course, events = plain_course(SERIES), Events()
    before = make_plan(course)
    gone = SessionCancelled(**events.fields(before.as_of), session="c-1/series/3")
    after = make_plan(course.with_events(gone), as_of=before.as_of)
    found = changes(before, after, kinds=("session", "decision"))
    assert found
    for plan in (before, after):
        assert not {"checkins", "alerts", "watch"} & set(vars(plan))
    whole = changes(before, after)
    for told in (found.added, found.moved, found.changed, found.removed):
        assert {one.kind for one in told} <= {"session", "decision"}
    assert [one for one in whole.changed if one.kind in ("session", "decision")] == list(found.changed)
    assert {one.kind for one in (*whole.changed, *whole.added, *whole.moved)} <= set(KINDS)


def test_the_first_date_on_which_two_plans_differ_is_of_sessions_alone() -> None:
    """A check-in before a session is no date of treatment."""
    plan = make_plan(plain_course("esketamine-taper"))
    decision = next(one for one in plan.decisions if len(one.options) > 1)
    for option, found in preview_options(plan, decision.key).items():
        alone = preview_options(plan, decision.key, kinds=("session",))[option]
        assert found.first_date == alone.first_date
