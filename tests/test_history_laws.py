"""Laws of a fold: order, repetition, retraction, conflict, and what is known when."""

from __future__ import annotations

import random
from typing import Any

import attrs
import pendulum
import pytest

from ketaschedule.course import Course
from ketaschedule.history import (
    ClinicalEvent,
    Event,
    Retracted,
    SessionBooked,
    SessionCancelled,
    SessionGiven,
    SessionMissed,
    SessionWithheld,
)
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol, protocol_names


def plain(name: str) -> Course:
    return Course(
        id="c-1",
        protocol=load_protocol(name),
        start=pendulum.date(2026, 11, 30),
        zone="America/New_York",
        adult="yes",
    )


def story(name: str, seed: int) -> list[Event]:
    """Up to ten events on the first sessions, each recorded some hours after it happened."""
    dice = random.Random(f"{name}-{seed}")
    events: list[Event] = []
    doses = [one for one in make_plan(plain(name)).sessions if one.kind == "dose"][:8]
    for number, one in enumerate(doses):
        at = one.at.add(days=dice.choice([0, 0, 1, -1, 2]))
        stem: dict[str, Any] = {
            "id": f"e-{number}",
            "course": "c-1",
            "recorded_at": at.add(hours=dice.randrange(1, 90)),
            "by": "dr",
        }
        kind = dice.randrange(7)
        if kind <= 2:
            events.append(SessionGiven(**stem, at=at, session=one.key if dice.random() < 0.7 else None))
        elif kind == 3:
            events.append(SessionMissed(**stem, session=one.key))
        elif kind == 4:
            events.append(SessionBooked(**stem, session=one.key, to=one.at.add(days=dice.choice([-1, 1, 2]))))
        elif kind == 5:
            events.append(SessionWithheld(**stem, session=one.key, at=at, why="unwell"))
        else:
            events.append(SessionCancelled(**stem, session=one.key))
    if dice.random() < 0.4:
        at = doses[0].at.add(days=6)
        events.append(ClinicalEvent(id="k", course="c-1", recorded_at=at, at=at, kind="dose-elsewhere"))
    return events


def told(plan: Plan) -> tuple[object, ...]:
    """All that a plan says, its instant aside. Clinical events are left out of the Alerts: they ring whenever
    they were recorded, and no retraction silences them."""
    reasons = [one.reasons for one in plan.sessions]
    alerts = [alert for alert in plan.alerts if alert.kind != "clinical-event"]
    return plan.sessions, reasons, plan.decisions, plan.extra, plan.findings, alerts, plan.day1


LATE = pendulum.datetime(2027, 6, 1, tz="America/New_York")
SEEDS = range(4)


@pytest.mark.parametrize("name", protocol_names())
@pytest.mark.parametrize("seed", SEEDS)
def test_shuffled_repeated_and_in_pieces_is_the_same_fold(name: str, seed: int) -> None:
    """Arrival order does not matter, an event counts once, and two pieces are as good as one."""
    events = story(name, seed)
    dice = random.Random(seed)
    whole = told(make_plan(plain(name).with_events(*events), as_of=LATE))
    shuffled = dice.sample(events, len(events))
    assert told(make_plan(plain(name).with_events(*shuffled), as_of=LATE)) == whole
    doubled = [*events, *(attrs.evolve(event) for event in shuffled)]
    assert told(make_plan(plain(name).with_events(*doubled), as_of=LATE)) == whole
    cut = dice.randrange(len(events) + 1)
    pieces = plain(name).with_events(*events[cut:]).with_events(*events[:cut])
    assert told(make_plan(pieces, as_of=LATE)) == whole


@pytest.mark.parametrize("name", protocol_names())
@pytest.mark.parametrize("seed", SEEDS)
def test_an_event_and_its_retraction_are_neither(name: str, seed: int) -> None:
    """Withdrawn, it is as if it had never been recorded; an Alert it had raised stays until a person closes it."""
    events = story(name, seed)
    gone = random.Random(seed).choice(events)
    gone_again = Retracted(id="r-1", course="c-1", recorded_at=gone.recorded_at.add(minutes=5), event=gone.id)
    left = [event for event in events if event is not gone]
    with_both = make_plan(plain(name).with_events(*events, gone_again), as_of=LATE)
    without = make_plan(plain(name).with_events(*left), as_of=LATE)
    assert told(with_both)[:5] == told(without)[:5]
    assert {alert.key for alert in without.alerts} <= {alert.key for alert in with_both.alerts}


@pytest.mark.parametrize("name", protocol_names())
def test_what_is_recorded_later_is_not_known_yet(name: str) -> None:
    """A plan of an instant knows the events recorded by then and no others."""
    events = story(name, 0)
    for event in events:
        as_of = event.recorded_at
        known = [one for one in events if one.recorded_at <= as_of]
        whole = make_plan(plain(name).with_events(*events), as_of=as_of)
        assert told(whole) == told(make_plan(plain(name).with_events(*known), as_of=as_of))


@pytest.mark.parametrize("name", protocol_names())
def test_one_id_with_two_contents_acts_in_neither_but_keeps_its_distance(name: str) -> None:
    """A conflict settles no session; its doses still count for spacing, and it is named."""
    first = next(one for one in make_plan(plain(name)).sessions if one.kind == "dose")
    stem: dict[str, Any] = {"id": "e-1", "course": "c-1", "recorded_at": first.at.add(hours=3)}
    one = SessionGiven(**stem, at=first.at, session=first.key)
    other = SessionGiven(**stem, at=first.at.add(hours=1), session=first.key)
    plan = make_plan(plain(name).with_events(one, other), as_of=first.at.add(hours=4))
    assert "conflict" in {finding.code for finding in plan.findings}
    assert plan.session(first.key).verdict not in ("given", "stopped")
    gap = plan.course.protocol.min_gap_days
    for later in plan.sessions:
        if later.kind == "dose" and later.verdict == "planned":
            assert abs((later.date - first.date).days) >= gap


@pytest.mark.parametrize("name", protocol_names())
def test_what_is_said_to_happen_later_waits(name: str) -> None:
    """An ``at`` after ``recorded_at`` is named, and acts from its own instant on."""
    first = next(one for one in make_plan(plain(name)).sessions if one.kind == "dose")
    event = SessionGiven(
        id="e-1", course="c-1", recorded_at=first.at.subtract(hours=5), at=first.at, session=first.key
    )
    before = make_plan(plain(name).with_events(event), as_of=first.at.subtract(hours=1))
    assert "at-in-future" in {finding.code for finding in before.findings}
    assert before.session(first.key).verdict == "due"
    assert make_plan(plain(name).with_events(event), as_of=first.at).session(first.key).verdict == "given"


@pytest.mark.parametrize("name", protocol_names())
def test_silence_alone_asks_for_nothing_new(name: str) -> None:
    """Nothing recorded for a year: no lapse rule, no make-up, no proposal; only the protocol's own Decisions."""
    day_1 = make_plan(plain(name))
    year = make_plan(plain(name), as_of=day_1.as_of.add(years=1))
    assert [one.key for one in year.decisions] == [one.key for one in day_1.decisions]
    assert [(one.key, one.at) for one in year.sessions] == [(one.key, one.at) for one in day_1.sessions]
    assert not [one for one in year.sessions if one.basis == "proposed"]
