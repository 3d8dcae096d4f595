"""Sessions added to a phase keep their numbers, and what is added moves nothing that stands (rule S17)."""

from __future__ import annotations

import random

import pendulum
import pytest

from ketaschedule.course import Course
from ketaschedule.folding import fold
from ketaschedule.history import DecisionTaken, Event, SessionBooked, SessionMissed, SessionWithheld
from ketaschedule.laid import Laid, Run
from ketaschedule.matching import lay_matched
from ketaschedule.planner import make_plan
from tests.checkin_histories import Events, plain_course

PROTOCOLS = (
    "ketamine-aud-three-weekly",
    "ketamine-iv-six-in-21-days",
    "ketamine-assisted-psychotherapy",
    "ketamine-sc-twice-weekly-4-weeks",
)
START = pendulum.datetime(2026, 12, 1, 12, tz="America/New_York")


def laid_out(course: Course, at: pendulum.DateTime) -> Run:
    layout = lay_matched(course, fold(course, at), weeks=None, until=None)
    return layout.runs[0]


def one_event(dice: random.Random, run: Run, events: Events, at: pendulum.DateTime, asked: int) -> Event:
    """Something that adds sessions, proposes one or answers what asks for one."""
    about = dice.choice(run.sessions)
    name = about.key.removeprefix("c-1/")
    match dice.randrange(6):
        case 0 | 1:
            return SessionMissed(**events.fields(at), session=about.key)
        case 2:
            return SessionWithheld(**events.fields(at), session=about.key, at=at, why="unwell")
        case 3:
            option = dice.choice(("add", "add", "no"))
            decision = f"c-1/decision/extra-session/{name}"
        case 4:
            option, decision = dice.choice(("add-session", "keep")), f"c-1/decision/withheld/{name}"
        case _:
            option = "one-more"
            decision = "c-1/decision/end-review" + (f"/end~{asked}" if asked > 1 else "")
    return DecisionTaken(**events.fields(at), decision=decision, option=option, at=at)


def adds(event: Event) -> bool:
    return isinstance(event, SessionMissed) or (
        isinstance(event, DecisionTaken) and event.option in ("add", "add-session", "one-more")
    )


def origin(laid: Laid) -> str | None:
    """The session whose miss asked for it; what a Decision added has none."""
    return laid.anchor if laid.added else "protocol"


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_number_once_taken_means_the_same_session_for_ever(name: str) -> None:
    """Event by event: no key comes to mean another session; what adds one moves none that stands, and is numbered after
    all that were there; no two have one number, and those that stand lie in the order of placing.
    """
    dice, added = random.Random(7), 0
    for _ in range(60):
        course, events, at, asked = plain_course(name), Events(), START, 1
        run = laid_out(course, at)
        seen = {laid.number for laid in run.sessions}
        for _ in range(dice.randrange(2, 9)):
            at = at.add(days=dice.choice((0, 1, 2, 5)), minutes=7)
            event = one_event(dice, run, events, at, asked)
            asked += isinstance(event, DecisionTaken) and event.option == "one-more"
            course = course.with_events(event)
            before, run = run, laid_out(course, at)
            now = {laid.key: laid for laid in run.sessions}
            assert len(now) == len(run.sessions)
            for laid in before.sessions:
                if laid.key in now:
                    assert origin(now[laid.key]) == origin(laid), laid.key
                    if adds(event) and laid.basis != "proposed":
                        assert now[laid.key].day == laid.day, (laid.key, event)
            fresh = {laid.number for laid in run.sessions} - seen
            assert all(number > max(seen) for number in fresh)
            seen |= fresh
            added += len(fresh)
            days = [laid.day for laid in run.sessions]
            assert days == sorted(days)
            proposed = [laid.basis == "proposed" for laid in run.sessions]
            assert proposed == sorted(proposed)
    assert added > 60


def test_a_finding_is_said_once_though_its_run_is_laid_out_twice() -> None:
    """A booking that a hard rule forbids, and a session added at the end: what is laid again says nothing twice."""
    course, events = plain_course("ketamine-iv-six-in-21-days"), Events()
    zone = "America/New_York"
    booked = pendulum.datetime(2026, 12, 1, 9, tz=zone)
    decided = pendulum.datetime(2026, 12, 10, 9, tz=zone)
    course = course.with_events(
        SessionBooked(
            **events.fields(booked), session="c-1/series/2", to=pendulum.datetime(2026, 12, 2, 10, tz=zone)
        ),
        DecisionTaken(
            **events.fields(decided), decision="c-1/decision/end-review", option="one-more", at=decided
        ),
    )
    codes = [one.code for one in make_plan(course, as_of=decided).findings if one.path == "c-1/series/2"]
    assert codes == ["booked-conflict"]
