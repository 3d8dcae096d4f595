"""Courses whose doses come mostly in turn, some late, where sessions count from dose to dose: drawn from a number."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from attrs import evolve

from ketaschedule.course import Course
from ketaschedule.days import instant_key
from ketaschedule.history import (
    CheckInAnswered,
    ClinicalEvent,
    CoursePaused,
    CourseResumed,
    Event,
    Retracted,
    ReviewHeld,
    SessionBooked,
    SessionGiven,
    SessionMissed,
    SessionMoved,
    SessionWithheld,
    ZoneChanged,
)
from ketaschedule.planner import make_plan
from ketaschedule.protocol import CheckInRule, Every, TreatmentProtocol
from ketaschedule.protocol_files import load_protocol
from ketaschedule.session_model import Session
from tests.checkin_histories import UTC, ZONES, random_course

DAY = 86_400
WEEKS = 60
NAMES = (
    "esketamine-trd-us",
    "esketamine-trd-eu",
    "esketamine-taper",
    "ketamine-iv-stretching",
    "ketamine-iv-canbind-maintenance",
    "ketamine-oral-er-5-days-then-twice-weekly",
)


def random_protocol(dice: random.Random, name: str) -> TreatmentProtocol:
    """A built-in protocol, often with other intervals, other windows, and one more question."""
    protocol = load_protocol(name)
    if dice.random() < 0.6:
        phases = []
        for phase in protocol.phases:
            if isinstance(phase.cadence, Every):
                steps = tuple(
                    evolve(one, every_days=dice.choice((one.every_days, one.every_days, 3, 5, 6, 9, 14, 21)))
                    for one in phase.cadence.intervals
                )
                width = dice.choice((phase.window_days, 0, 1, 2, 3))
                phases.append(evolve(phase, cadence=Every(steps), window_days=width))
            else:
                phases.append(phase)
        protocol = evolve(protocol, phases=tuple(phases))
    if dice.random() < 0.5:
        more = CheckInRule(
            id="more",
            purpose="long-term",
            anchor="monthly",
            instruments=("primary",),
            from_week=dice.choice((1, 2, 5, 9)),
            every_days=dice.choice((7, 10, 14, 28)),
            opens_hours=2,
            closes_hours=48,
        )
        protocol = evolve(protocol, checkins=(*protocol.checkins, more))
    return protocol


class TurnStory:
    """A course on its way from dose to dose."""

    def __init__(self, seed: int) -> None:
        self.dice = dice = random.Random(seed)
        name = dice.choice(NAMES)
        course = random_course(dice, name)
        days = () if dice.random() < 0.8 else course.days
        clinic = None if dice.random() < 0.4 else course.clinic
        self.course: Course = evolve(course, protocol=random_protocol(dice, name), days=days, clinic=clinic)
        self.now = 0
        self.count = 0
        self.odd = dice.choice((0.0, 0.0, 0.05, 0.15))
        self.late = dice.choice(((0, 1), (0, 0, 1), (0, 1, 2, 3), (0, 0, 0, 2), (1,), (0, 1, 4)))
        for _ in range(dice.randrange(6, 40)):
            if not self.step():
                break

    def named(self, at: int) -> dict[str, Any]:
        """The fields of every event."""
        self.count += 1
        return {"id": f"e-{self.count:03}", "course": "c-1", "recorded_at": UTC.from_key(at), "by": "dr-a"}

    def record(self, event: Event) -> None:
        """Put an event into the history; time goes on to when it was recorded."""
        self.course = self.course.with_events(event)
        self.now = max(self.now, event.recorded_key)

    def step(self) -> bool:
        """The next session: booked or not, given or something odd; then perhaps a review, an event or an answer."""
        dice = self.dice
        as_of = UTC.from_key(self.now) if self.now else None
        waiting = [
            one
            for one in make_plan(self.course, as_of=as_of, weeks=WEEKS).sessions
            if one.kind == "dose"
            and one.basis != "proposed"
            and one.verdict in ("planned", "due", "overdue", "presumed-missed")
        ]
        if not waiting:
            return False
        if dice.random() < 0.3:
            self.book(waiting)
        if dice.random() < self.odd:
            self.something_odd(waiting[0])
        else:
            self.dose(waiting[0])
            if dice.random() < 0.25:
                self.something_beside()
        return True

    def book(self, waiting: list[Session]) -> None:
        """For the planned instant, or not; now and then the one after it, too."""
        dice, first = self.dice, waiting[0]
        other = first.at.add(days=dice.choice((0, 1)), hours=dice.choice((1, 24)))
        kind: Any = SessionBooked if dice.random() < 0.7 else SessionMoved
        at = max(self.now, instant_key(first.at) - dice.randrange(1, 6) * DAY)
        to = first.at if dice.random() < 0.85 else other
        self.record(kind(**self.named(at), session=first.key, to=to))
        if dice.random() < 0.2 and len(waiting) > 1:
            second = waiting[1]
            self.record(SessionBooked(**self.named(at), session=second.key, to=second.at))

    def dose(self, session: Session) -> None:
        """Given on its day, late, seldom early; recorded at once, later, seldom out of order."""
        dice = self.dice
        days = dice.choice(self.late) - (1 if dice.random() < 0.03 else 0)
        at = instant_key(session.at) + days * DAY + dice.choice((0, 0, 600, -600, 7200, -7200))
        at = max(at, self.now) if dice.random() < 0.9 else at
        waits = (0, 0, 3600, 3600, DAY, 2 * DAY, 4 * DAY, 6 * DAY) if dice.random() < 0.3 else (0, 3600)
        recorded = at + dice.choice(waits)
        recorded = max(recorded, self.now) if dice.random() < 0.95 else recorded
        self.record(SessionGiven(**self.named(recorded), at=UTC.from_key(at), session=session.key))

    def something_odd(self, session: Session) -> None:
        """What ends a stretch of doses in turn."""
        at = max(self.now, instant_key(session.at) + 3600)
        then = UTC.from_key(at)
        gone = self.course.history[-1].id if self.course.history else "e-000"
        makers: tuple[Callable[[], Event], ...] = (
            lambda: SessionMissed(**self.named(at), session=session.key),
            lambda: SessionWithheld(**self.named(at), session=session.key, at=then, why="unwell"),
            lambda: CoursePaused(**self.named(at), from_date=then.date()),
            lambda: CourseResumed(**self.named(at), at=then),
            lambda: ZoneChanged(**self.named(at), from_date=then.date(), zone=self.dice.choice(ZONES)),
            lambda: Retracted(**self.named(at), event=gone),
        )
        self.record(self.dice.choice(makers)())

    def something_beside(self) -> None:
        """A review, a clinical event, or an answer to what is open."""
        dice = self.dice
        at = self.now + dice.choice((600, DAY))
        then = UTC.from_key(at)
        match dice.randrange(3):
            case 0:
                said = dice.choice(({}, {"worsening": "yes"}, {"phq-9": 17}))
                self.record(ReviewHeld(**self.named(at), at=then, kind="review", findings=said))
            case 1:
                kind = dice.choice(("adverse-event", "pregnancy", "admission", "discharge"))
                self.record(ClinicalEvent(**self.named(at), at=then, kind=kind))
            case _:
                plan = make_plan(self.course, as_of=then, weeks=WEEKS)
                opened = [one for one in plan.checkins if one.opens_key <= at]
                if opened:
                    value = dice.randrange(4)
                    form = {str(item): value for item in range(1, 10)}
                    answer = CheckInAnswered(
                        **self.named(at), checkin=opened[-1].key, at=then, answers={"phq-9": form}
                    )
                    self.record(answer)

    def looks(self) -> list[int]:
        """At the end, some time later, and around two of the records."""
        dice, history = self.dice, self.course.history
        around = [dice.choice(history).recorded_key + dice.choice((0, 1, -1, DAY)) for _ in range(2)]
        return [self.now, self.now + DAY * dice.randrange(1, 40), *around]
