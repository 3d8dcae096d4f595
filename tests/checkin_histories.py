"""Courses with random histories, for the laws of check-ins: events of every kind, recorded soon or late."""

from __future__ import annotations

import random
from typing import Any

import pendulum

from ketaschedule import times
from ketaschedule.availability import clinic_from
from ketaschedule.course import Course, Monitor, WatchWish
from ketaschedule.days import instant_key
from ketaschedule.history import (
    AvailabilityChanged,
    CheckInAnswered,
    CheckInDeclined,
    ClinicalEvent,
    CourseEnded,
    CoursePaused,
    CourseResumed,
    DecisionTaken,
    Event,
    Retracted,
    ReviewHeld,
    SessionBooked,
    SessionCancelled,
    SessionGiven,
    SessionMissed,
    SessionMoved,
    SessionStopped,
    SessionWithheld,
    ZoneChanged,
)
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol, protocol_names

ZONES = ("America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Tokyo", "Pacific/Apia")
PRIMARIES = ((), ("gad-7", "phq-9"), ("qids-sr16",), ("pcl-5",), ("madrs-s",), ("who-5",), ("madrs",))
UTC = times.clock("UTC")


def random_course(dice: random.Random, name: str) -> Course:
    """A course of one protocol with a clinic or not, closed days, wishes for weekdays, an instrument of its own."""
    start = pendulum.date(2026, 1, 1).add(days=dice.randrange(500))
    zone = dice.choice(ZONES)
    clinic = None
    if dice.random() < 0.5:
        closed = [start.add(days=dice.randrange(200)).isoformat() for _ in range(dice.randrange(12))]
        hours = {day: ["08:00-18:00"] for day in times.WEEKDAYS[: dice.choice((5, 6, 7))]}
        clinic = clinic_from(
            {"zone": dice.choice((zone, "Europe/Paris")), "closed": sorted(set(closed)), "hours": hours}
        )
    return Course(
        id="c-1",
        protocol=load_protocol(name),
        start=start,
        zone=zone,
        adult="yes",
        days=dice.choice(((), (), ("tue", "fri"), ("mon", "wed", "fri"))),
        clinic=clinic,
        instruments=dice.choice(PRIMARIES),
        monitor=Monitor(name="A. Person", adult=True),
        watch=WatchWish(check_ins=dice.choice((None, 0, 3, 12)), answer_probability=dice.choice((0.8, 1.0))),
    )


class Story:
    """A course on its way: time goes on, and events are recorded, now or later."""

    def __init__(self, dice: random.Random, name: str) -> None:
        self.dice = dice
        self.course = random_course(dice, name)
        clock = times.clock(self.course.session_zone)
        self.now = instant_key(clock.at(self.course.start.toordinal() - dice.choice((0, 0, 3)), 7 * 60))
        self.count = 0

    def plan(self, at: int | None = None) -> Plan:
        """The plan as known at an instant, by default now."""
        return make_plan(self.course, as_of=UTC.from_key(self.now if at is None else at))

    def named(self, delay: int = 0) -> dict[str, Any]:
        """The fields that every event has."""
        self.count += 1
        recorded = UTC.from_key(self.now + delay)
        return {"id": f"e-{self.count:03}", "course": "c-1", "recorded_at": recorded, "by": "dr-a"}

    def record(self, event: Event) -> None:
        """Put an event into the history."""
        self.course = self.course.with_events(event)

    def step(self) -> None:
        """Let some time pass, then let something happen."""
        dice = self.dice
        self.now += dice.choice((600, 3600, 8 * 3600, 20 * 3600, 2 * 86400, 5 * 86400, 16 * 86400))
        choice = dice.choices(
            (self.dose, self.no_dose, self.book, self.answer, self.decide, self.other), (9, 3, 2, 5, 2, 3)
        )[0]
        choice()

    def dose(self) -> None:
        """Given or stopped: early, on its day or late, with or without its name, recorded soon or days after."""
        dice = self.dice
        open_ones = [
            one
            for one in self.plan().sessions
            if one.kind == "dose"
            and one.basis != "proposed"
            and one.verdict in ("planned", "due", "overdue", "presumed-missed")
        ]
        if not open_ones:
            return
        session = open_ones[0 if dice.random() < 0.9 else min(1, len(open_ones) - 1)]
        shift = dice.choice((0, 0, 0, 0, 0, 0, 1, 2, -1, 5)) * 86400 + dice.choice((0, 0, 1200, -2400, 7200))
        at = instant_key(session.at) + shift
        self.now = max(self.now, at)
        fields = {"at": UTC.from_key(at), "session": session.key if dice.random() < 0.85 else None}
        delay = dice.choice((0, 0, 0, 1800, 5 * 3600, 3 * 86400, 9 * 86400))
        kind: Any = SessionGiven if dice.random() < 0.9 else SessionStopped
        self.record(kind(**self.named(delay), **fields))

    def no_dose(self) -> None:
        """Missed, cancelled or withheld."""
        dice = self.dice
        open_ones = [one for one in self.plan().sessions if one.kind == "dose" and one.given_at is None]
        if not open_ones:
            return
        session = dice.choice(open_ones[:4])
        match dice.randrange(3):
            case 0:
                self.record(SessionMissed(**self.named(), session=session.key))
            case 1:
                self.record(SessionCancelled(**self.named(), session=session.key))
            case _:
                at = UTC.from_key(self.now)
                self.record(SessionWithheld(**self.named(), session=session.key, at=at, why="unwell"))

    def book(self) -> None:
        """Booked or moved, by hours or by days."""
        dice = self.dice
        open_ones = [one for one in self.plan().sessions if one.kind == "dose" and one.given_at is None]
        if not open_ones:
            return
        session = dice.choice(open_ones[:5])
        to = session.at.add(days=dice.choice((0, 0, 1, -1, 3, 8)), hours=dice.choice((0, 1, -1)))
        kind: Any = dice.choice((SessionBooked, SessionMoved))
        self.record(kind(**self.named(), session=session.key, to=to))

    def answer(self) -> None:
        """An answer or a no to a check-in that is open, or was, good or bad, sent at once or later."""
        dice = self.dice
        found = [one for one in self.plan().checkins if one.opens_key <= self.now]
        if not found:
            return
        checkin = found[-1] if dice.random() < 0.8 else dice.choice(found)
        delay = dice.choice((0, 0, 0, 7200, 4 * 86400))
        if dice.random() < 0.2:
            self.record(CheckInDeclined(**self.named(delay), checkin=dice.choice(checkin.keys)))
            return
        level = dice.choice((0, 1, 1, 2, 3))
        primary = self.course.primary
        answers = {
            "phq-9": {str(n): max(0, min(3, level + dice.choice((-1, 0, 0, 1)))) for n in range(1, 10)},
            primary: {},
        }
        if primary == "gad-7":
            answers["gad-7"] = {str(n): level for n in range(1, 8)}
        if not answers[primary]:
            del answers[primary]
        at = UTC.from_key(self.now)
        self.record(
            CheckInAnswered(**self.named(delay), checkin=dice.choice(checkin.keys), at=at, answers=answers)
        )

    def decide(self) -> None:
        """Any option of any Decision, asked yet or not."""
        decisions = self.plan().decisions
        if not decisions:
            return
        decision = self.dice.choice(decisions)
        option = self.dice.choice(decision.options)
        at = UTC.from_key(self.now)
        self.record(DecisionTaken(**self.named(), decision=decision.key, option=option.id, at=at))

    def other(self) -> None:
        """A pause, an end, a review, an admission, a move to another zone, other weekdays, a withdrawal."""
        dice = self.dice
        at = UTC.from_key(self.now)
        today = pendulum.Date.fromordinal(times.clock(self.course.session_zone).ordinal(at))
        match dice.randrange(9):
            case 0:
                self.record(CoursePaused(**self.named(), from_date=today.add(days=dice.randrange(-3, 9))))
            case 1:
                self.record(CourseResumed(**self.named(), at=at))
            case 2:
                if dice.random() < 0.3:
                    self.record(CourseEnded(**self.named(), at=at))
            case 3:
                findings = dice.choice(({}, {"worsening": "yes"}, {"relapse": "no"}, {"phq-9": 17}))
                self.record(ReviewHeld(**self.named(), at=at, kind="review", findings=findings))
            case 4:
                kind = dice.choice(("admission", "discharge", "dose-elsewhere", "pregnancy"))
                self.record(ClinicalEvent(**self.named(), at=at, kind=kind))
            case 5:
                zone = dice.choice(ZONES)
                self.record(
                    ZoneChanged(**self.named(), from_date=today.add(days=dice.randrange(-2, 5)), zone=zone)
                )
            case 6:
                self.record(
                    AvailabilityChanged(
                        **self.named(),
                        from_date=today.add(days=dice.randrange(-5, 9)),
                        days=dice.choice((None, ("mon", "thu"))),
                        at=dice.choice((None, "14:00")),
                    )
                )
            case _:
                if self.course.history:
                    target = dice.choice(self.course.history)
                    self.record(Retracted(**self.named(), event=target.id))

    def moments(self) -> list[int]:
        """Just before and at each instant at which something became known, and some between."""
        found: set[int] = set()
        for event in self.course.history:
            at = instant_key(event.recorded_at)
            found |= {at - 1, at, at + self.dice.randrange(1, 6 * 86400)}
        return sorted(one for one in found if one <= self.now + 20 * 86400)


def random_story(seed: int, steps: int, name: str = "") -> Story:
    """A course and its history, the same for the same seed."""
    dice = random.Random(seed)
    story = Story(dice, name or dice.choice(protocol_names()))
    for _ in range(steps):
        story.step()
    return story


def plain_course(
    name: str, start: str = "2026-12-01", zone: str = "America/New_York", **more: object
) -> Course:
    """A course of one built-in protocol with nothing in the way; 2026-12-01 is a Tuesday."""
    fields: dict[str, Any] = {"adult": "yes", "monitor": Monitor(name="A. Person", adult=True), **more}
    return Course(
        id="c-1", protocol=load_protocol(name), start=times.parse_date(start, "start"), zone=zone, **fields
    )


def phq_9(value: int, item_9: int = 0) -> dict[str, dict[str, int]]:
    """A whole PHQ-9 with one value at the first eight items."""
    return {"phq-9": {**{str(n): value for n in range(1, 9)}, "9": item_9}}


class Events:
    """Events of course c-1, numbered in the order in which they are made."""

    def __init__(self) -> None:
        self.count = 0

    def fields(self, recorded: pendulum.DateTime) -> dict[str, Any]:
        """What every event has."""
        self.count += 1
        return {"id": f"e-{self.count:03}", "course": "c-1", "recorded_at": recorded, "by": "dr-a"}

    def given(self, session: str, at: pendulum.DateTime, recorded: pendulum.DateTime | None = None) -> Event:
        """A dose of a session."""
        return SessionGiven(**self.fields(recorded or at), at=at, session=session)

    def answered(
        self,
        checkin: str,
        at: pendulum.DateTime,
        answers: dict[str, dict[str, Any]],
        recorded: pendulum.DateTime | None = None,
    ) -> Event:
        """An answer to a check-in."""
        return CheckInAnswered(**self.fields(recorded or at), checkin=checkin, at=at, answers=answers)


def doses_given(course: Course, until: pendulum.DateTime, events: Events) -> Course:
    """The course with every dose before ``until`` given as planned, recorded an hour later."""
    plan = make_plan(course, as_of=until)
    found = [
        events.given(one.key, one.at, one.at.add(hours=1))
        for one in plan.sessions
        if one.kind == "dose"
        and one.basis != "proposed"
        and instant_key(one.at.add(hours=1)) < instant_key(until)
    ]
    return course.with_events(*found)
