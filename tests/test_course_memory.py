"""What a course remembers of its past makes plans cheaper and changes none of them."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pendulum
import pytest
from attrs import evolve

from ketaschedule import matching, trajectory_observations
from ketaschedule.course import Course
from ketaschedule.course_memory import Memory
from ketaschedule.errors import InputError
from ketaschedule.formats.json import plan_text
from ketaschedule.history import (
    AvailabilityChanged,
    CheckInAnswered,
    ClinicalEvent,
    DecisionTaken,
    Event,
    SessionCancelled,
    SessionGiven,
    SessionMissed,
)
from ketaschedule.instrument import score
from ketaschedule.laid import Layout
from ketaschedule.layout import lay_out
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from tests.checkin_histories import UTC, Events, phq_9, plain_course, random_story

DAY = 86_400
STORIES = 6
"""Of 18 events each; several hundred were tried."""
Asked = tuple[Course, int, int | None]
"""A course, the instant at which it is asked (UTC seconds), and the weeks."""


def told(course: Course, at: int, weeks: int | None = None) -> str:
    """The whole plan as text, or why there is none."""
    try:
        return plan_text(make_plan(course, as_of=UTC.from_key(at), weeks=weeks))
    except InputError as error:
        return str(error)


def parts(course: Course) -> tuple[Memory, ...]:
    """Everything in which a course keeps anything."""
    return tuple(one for one in vars(course.memory).values() if isinstance(one, Memory))


def anew(asked: Asked) -> str:
    """The same plan by a course that was just read, and keeps nothing while it is made."""
    course, at, weeks = asked
    fresh = evolve(course)
    for memory in parts(fresh):
        memory.most = 0
    fresh.memory.most_forms = -1
    return told(fresh, at, weeks)


def looks(seed: int, steps: int = 18) -> list[Asked]:
    """One course after each of its events, at other instants, with an event withdrawn from it, by other bounds."""
    story = random_story(seed, steps)
    dice = random.Random(seed)
    history = story.course.history
    found: list[Asked] = [(story.course, story.now, None), (story.course, story.now + 45 * DAY, None)]
    for number in range(len(history)):
        known = story.course.with_history(history[: number + 1])
        found.append((known, max(event.recorded_key for event in known.history), None))
    for _ in range(6):
        gone = dice.randrange(len(history) + 1)
        less = story.course.with_history((*history[:gone], *history[gone + 1 :]))
        found.append((less, story.now - dice.randrange(90 * DAY), dice.choice((None, None, 8, 60))))
    turned = story.course.with_history(tuple(reversed(history)))
    return [*found, (turned, story.now, None)]


@pytest.mark.parametrize("seed", range(STORIES))
def test_a_plan_from_memory_is_the_plan_made_anew_byte_for_byte(seed: int) -> None:
    """Whatever was asked of the course before, in whatever order, and however little is kept."""
    asked = looks(seed)
    expected = [anew(one) for one in asked]
    assert [told(*one) for one in asked] == expected
    for memory in parts(asked[0][0]):
        memory.most = 2
    mixed = random.Random(seed).sample(range(len(asked)), len(asked))
    assert [told(*asked[number]) for number in mixed] == [expected[number] for number in mixed]


def test_several_threads_ask_one_course_and_get_what_one_gets() -> None:
    """Four at a time, each in another order."""
    asked = looks(5, 16)
    orders = [random.Random(number).sample(asked, len(asked)) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda order: [told(*one) for one in order], orders))
    assert found == [[anew(one) for one in order] for order in orders]


def every_third_late(course: Course, doses: int) -> Iterator[Course]:
    """The course after each of its doses, every third of which was given a day late."""
    at = pendulum.datetime(2026, 12, 1)
    for number in range(doses):
        session = next(
            one for one in make_plan(course, as_of=at).sessions if one.kind == "dose" and one.given_at is None
        )
        at = session.at.add(days=number % 3 == 0, minutes=10)
        fields = {"id": f"e-{number:02}", "course": "c-1", "recorded_at": at.add(hours=1)}
        course = course.with_events(SessionGiven(**fields, at=at, session=session.key))  # type: ignore[arg-type]  # one dictionary for all events
        yield course


def test_after_one_more_event_only_that_event_is_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many came before it; a course that remembers nothing lays out each that changed something."""
    laid: list[Course] = []

    def heard(course: Course, *given: Any, **named: Any) -> Layout:
        laid.append(course)
        return lay_out(course, *given, **named)

    monkeypatch.setattr(matching, "lay_out", heard)
    for course in every_third_late(plain_course("esketamine-taper"), 12):
        del laid[:]
        plan = make_plan(course, as_of=course.history[-1].recorded_at)
        assert plan.checkins
        assert len(laid) == 1
        del laid[:]
        assert make_plan(evolve(course), as_of=plan.as_of).checkins == plan.checkins
    assert len(laid) > 4


def test_a_plan_stays_as_it_was_when_another_is_asked_of_its_course() -> None:
    """What has opened is shared: a session called off later makes its question void in the later plan alone."""
    events = Events()
    course = plain_course("esketamine-trd-us")
    first = make_plan(course).sessions[0]
    course = course.with_events(events.given(first.key, first.at.add(days=1)))
    found = next(one for one in make_plan(course).checkins if one.anchor == "c-1/induction/3")
    at = found.opens.add(minutes=5)
    plan = make_plan(course, as_of=at)
    asked = next(one for one in plan.checkins if one.key == found.key)
    assert asked.state == "open"
    was, shown = plan_text(plan), repr(plan.checkins)
    called_off = SessionCancelled(**events.fields(at), session=asked.anchor)
    later = make_plan(course.with_events(called_off), as_of=at.add(minutes=1))
    assert {one.key: one.state for one in later.checkins}[asked.key] == "not-applicable"
    assert plan_text(plan) == was
    assert repr(plan.checkins) == shown
    assert told(course, plan.now) == was


def pregnant(course: Course, at: pendulum.DateTime) -> Event:
    return ClinicalEvent(id="e-9", course=course.id, recorded_at=at, at=at, kind="pregnancy")


def test_what_waits_for_one_plan_does_not_wait_for_another() -> None:
    """A pregnancy holds every session to come; the plan before it, asked again, holds none."""
    course = plain_course("esketamine-trd-us")
    at = pendulum.datetime(2026, 12, 9)
    before = told(course, plan_now := at.int_timestamp)
    held = make_plan(course.with_events(pregnant(course, at)), as_of=at)
    assert {one.basis for one in held.sessions if one.kind == "dose" and one.at > at} == {"waiting"}
    assert told(course, plan_now) == before
    assert told(held.course, plan_now) == anew((held.course, plan_now, None))


def test_a_what_if_leaves_nothing_behind() -> None:
    """The plan after it is the plan before it."""
    course = plain_course("esketamine-taper")
    plan = make_plan(course)
    decision = plan.decisions[0]
    for option in decision.options:
        assert make_plan(course, decide={decision.key: option.id}).checkins
    assert told(course, plan.now) == anew((course, plan.now, None)) == plan_text(plan)


def test_a_decision_about_an_answer_that_comes_later_has_no_ground_until_then() -> None:
    """The past is not kept of a course in which such a Decision was taken; plans agree whatever was asked before."""
    events = Events()
    course = plain_course("esketamine-trd-us")
    at = pendulum.datetime(2026, 12, 3, 12)
    decided = DecisionTaken(
        **events.fields(at), at=at, decision="c-1/decision/pregnancy/event/e-003", option="pause"
    )
    course = course.with_events(events.given("c-1/induction/1", at.subtract(days=1)), decided)
    answer = CheckInAnswered(
        **events.fields(at.add(days=1)), at=at.add(days=1), checkin="c-1/unknown", answers=phq_9(1)
    )
    missed = SessionMissed(**events.fields(at.add(days=4)), session="c-1/induction/2")
    for more in ((), (answer,), (answer, missed)):
        known = course.with_events(*more)
        now = at.add(days=6).int_timestamp
        assert told(known, now) == anew((known, now, None))


def test_a_past_that_no_plan_begins_is_not_kept() -> None:
    """A course without any open day until the clinic's hours changed: what was asked in between changes nothing."""
    events = Events()
    never = ((pendulum.date(2026, 1, 1), pendulum.date(2040, 1, 1)),)
    course = plain_course("ketamine-iv-six-in-21-days", unavailable=never)
    at = pendulum.datetime(2026, 12, 20, 6)
    opened = AvailabilityChanged(**events.fields(at), from_date=pendulum.date(2026, 12, 1), unavailable=())
    known, keys = course, [f"c-1/series/{number}" for number in (1, 2, 3)]
    for days, event in (
        (0, opened),
        *(
            (3 * n + 3, SessionMissed(**events.fields(at.add(days=3 * n + 3)), session=key))
            for n, key in enumerate(keys)
        ),
    ):
        known = known.with_events(event)
        now = at.add(days=days).int_timestamp
        assert told(known, now) == anew((known, now, None))


def events_of(count: int) -> list[Event]:
    at = pendulum.datetime(2026, 12, 1)
    return [SessionMissed(id=f"e-{n}", course="c-1", recorded_at=at, session="c-1/a/1") for n in range(count)]


def test_memory_keeps_what_was_used_last() -> None:
    """Of three results in a memory of two, the one longest unused is gone."""
    memory, events = Memory(2), events_of(1)
    memory.keep("a", events, 1)
    memory.keep("b", events, 2)
    assert memory.find("a", events) == 1
    memory.keep("c", events, 3)
    assert [memory.find(what, events) for what in "abc"] == [1, None, 3]
    assert memory.kinds() == {"a", "c"}


def test_memory_tells_events_apart_as_objects_and_by_their_order() -> None:
    """An equal event is another one: it may be written in another zone."""
    memory, events = Memory(2), events_of(2)
    memory.keep("a", events, 1)
    assert memory.find("a", list(events)) == 1
    assert memory.find("a", [copy.copy(one) for one in events]) is None
    assert memory.find("a", events[::-1]) is None
    assert memory.find("a", events[:1]) is None


def test_a_form_is_scored_once_however_often_it_is_asked_where_the_person_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Thirty answers, one of them at the threshold: each is read again for each state of the past, and scored once."""
    course, events = plain_course("ketamine-iv-six-in-21-days"), Events()
    begin = pendulum.datetime(2026, 12, 1, 15)
    course = course.with_events(events.given("c-1/series/1", begin))
    for day in range(1, 31):
        at = begin.add(days=day)
        course = course.with_events(events.answered(f"c-1/series/ask/{day}", at, phq_9(2 if day == 9 else 0)))
    scored: list[str] = []

    def counted(*given: Any, **named: Any) -> Any:
        scored.append("")
        return score(*given, **named)

    monkeypatch.setattr(trajectory_observations, "score", counted)
    plan = make_plan(course)
    assert [one.kind for one in plan.alerts if one.kind == "first-crossing"]
    assert plan.checkins
    assert len(scored) == 30
    assert make_plan(course.with_events(), as_of=begin.add(days=90)).alerts
    assert len(scored) == 30
    course.memory.most_forms = 20
    assert told(course, plan.now) == anew((course, plan.now, None))
    assert len(scored) > 30
    assert pickle.loads(pickle.dumps(course.memory)).scored("UTC") == {}  # noqa: S301 - our own bytes


def test_a_copy_of_a_course_begins_without_memory_and_is_equal() -> None:
    """Copied deeply, pickled or evolved; with other events it is the same memory."""
    *_, course = every_third_late(plain_course("ketamine-iv-six-in-21-days"), 4)
    plan: Plan = make_plan(course, as_of=course.history[-1].recorded_at)
    assert plan.checkins
    assert course.memory.pasts.kinds()
    for other in (copy.deepcopy(course), pickle.loads(pickle.dumps(course)), evolve(course)):  # noqa: S301 - our own bytes
        assert other == course
        assert not other.memory.pasts.kinds()
        assert told(other, plan.now) == told(course, plan.now)
    assert course.with_history(course.history[:1]).memory is course.memory
    assert course.with_events().memory is course.memory
