"""What to tell whom, and when: half-open stretches of time, each reminder in exactly one of them.

A plan says what would be told as things stood between two events. A reminder fires where such a stretch holds
its instant; where an event made or moved it late, when the event was recorded. So consecutive stretches,
each asked of the plan as of its end, tell every (key, revision) once, whatever was recorded in between. Nothing is
remembered: what was told before follows from the events before.

A dispatcher asks for the stretch just ended::

    told = reminders(make_plan(course, as_of=until), since, until)
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import pendulum
from attrs import evolve

from . import times
from .days import instant_key
from .errors import Fault, InputError, expect
from .plan import Plan
from .reasons import Reason
from .reminders_kinds import CAPS, KINDS, Audience, Kind
from .reminders_model import Reminder, reminder_key, reminder_to, revision_of
from .reminders_telling import Fired, Teller

__all__ = [
    "CAPS",
    "KINDS",
    "Audience",
    "Kind",
    "Reminder",
    "reminder_key",
    "reminder_to",
    "reminders",
    "revision_of",
]

_DONE = {
    "delayed": "outside contact hours: held back to the next opening",
    "brought-forward": "outside contact hours, and useless by the next opening: brought forward",
    "at-once": "known now, though its own clock says later",
}


def reminders(
    plan: Plan,
    since: pendulum.DateTime,
    until: pendulum.DateTime,
    *,
    include_dropped: bool = False,
    caps: Mapping[str, int] | None = None,
    home_clock: bool = False,
    unsure_clocks: bool = False,
) -> tuple[Reminder, ...]:
    """Every reminder that fires from ``since`` (included) to ``until`` (not included), by instant, rank and key.

    Asked of a plan at or after ``until``, it is what is to be told now: what was called off, answered, changed or
    of no more use before ``until`` is dropped: after an outage nobody is asked to come yesterday. Asked beyond the plan's ``as_of``, it is marked provisional.

    An Alert whose record is dated after ``until`` is in ``plan.alerts`` at once, and its reminder fires at that
    date. With ``unsure_clocks`` it is also told in every stretch before, under the same key and revision: for a
    dispatcher that overlaps its stretches and drops the pairs it knows.

    ``include_dropped`` shows what is not told, with the reason. ``caps`` are reminders a day by audience.
    ``home_clock``: contact hours stay on the clock of the course's own zone while the person is elsewhere.

    Raises :class:`InputError` for an instant without an offset, a stretch that ends before it begins, or contact
    hours that are none.

    >>> from ketaschedule.course import Course
    >>> from ketaschedule.planner import make_plan
    >>> from ketaschedule.protocol_files import load_protocol
    >>> course = Course(id="c-1", protocol=load_protocol("esketamine-taper"), adult="yes",
    ...                 start=pendulum.date(2026, 12, 1), zone="America/New_York")
    >>> day = pendulum.datetime(2026, 11, 30, tz="America/New_York")
    >>> [(one.kind, one.fires_at.format("HH:mm")) for one in reminders(make_plan(course), day, day.add(hours=23))
    ...  if one.audience == "patient"]
    [('day', '10:00'), ('step-escort', '10:00'), ('step-no-alcohol-day-before', '10:00'), ('step-no-food', '20:00')]
    """
    first, last = _bounds(since, until)
    asked_past = last <= plan.now
    at_end = plan.stood(last) if asked_past else plan
    if at_end is None:
        return ()
    teller = Teller(at_end, last, home_clock=home_clock, at_once=unsure_clocks and asked_past)
    found = teller.fired(first, last, drops=include_dropped)
    found = _capped(teller, found, first, CAPS if caps is None else caps)
    if asked_past:
        found = [teller.still(fired) for fired in found]
    found.sort(key=lambda one: (one.at, one.one.kind.rank, one.one.key))
    return tuple(_reminder(one, plan.now) for one in found if include_dropped or not one.why)


def _bounds(since: pendulum.DateTime, until: pendulum.DateTime) -> tuple[int, int]:
    faults: list[Fault] = []
    keys: list[int] = []
    for name, value in (("since", since), ("until", until)):
        try:
            expect(
                value,
                datetime.datetime,
                name,
                "an instant with its offset, such as 2026-12-01T00:00:00-05:00",
            )
            keys.append(instant_key(value))
        except InputError as error:
            faults += [evolve(fault, path=name) for fault in error.faults]
    if not faults and keys[1] < keys[0]:
        faults.append(Fault("until", "the stretch ends before it begins", "since or later"))
    if faults:
        raise InputError(faults)
    return keys[0], keys[1]


def _capped(teller: Teller, found: list[Fired], since: int, caps: Mapping[str, int]) -> list[Fired]:
    """The same, with what is beyond the day's number marked; the day is the person's."""
    days: dict[tuple[str, int], list[Fired]] = {}
    for fired in found:
        if not fired.why and fired.one.audience in caps:
            day = fired.stretch.ground.person.day_of(fired.at)
            days.setdefault((fired.one.audience, day), []).append(fired)
    beyond: set[int] = set()
    for (audience, day), told in days.items():
        if not any(fired.one.kind.capped for fired in told):
            continue
        person = told[0].stretch.ground.person
        begins = person.begins(day)
        earlier = teller.fired(begins, since, drops=False) if begins < since else []
        count = sum(one.one.audience == audience and person.day_of(one.at) == day for one in earlier)
        for fired in sorted(told, key=lambda one: (one.at, one.one.kind.rank, one.one.key)):
            if fired.one.kind.capped and count >= caps[audience]:
                beyond.add(id(fired))
            else:
                count += 1
    return [evolve(fired, why="cap") if id(fired) in beyond else fired for fired in found]


def _reminder(fired: Fired, now: int) -> Reminder:
    one, ground = fired.one, fired.stretch.ground
    if one.audience == "clinic":
        clock = times.clock(ground.zone)
    else:
        clock = times.clock(ground.person.zone_on(ground.person.day_of(fired.at)))
    reasons = [Reason(one.rule, {"item": one.item}, one.text, "house")]
    if fired.stretch.since > one.natural:
        reasons.append(Reason("R1", {}, "an event made or moved it after its natural instant", "house"))
    if fired.done:
        reasons.append(Reason("R2" if fired.done != "at-once" else "R8", {}, _DONE[fired.done], "house"))
    if fired.why:
        reasons.append(Reason(_RULES[fired.why], {}, _WORDS[fired.why], "house"))
    return Reminder(
        key=one.key,
        revision=one.revision,
        item=one.item,
        kind=one.kind.id,
        audience=one.audience,
        channel=one.kind.channel,
        privacy=one.kind.privacy,
        natural=clock.from_key(one.natural),
        fires_at=clock.from_key(fired.at),
        useful_until=clock.from_key(one.useful_until),
        item_at=clock.from_key(one.item_at),
        message=one.message,
        parameters=ground.parameters(one.message, one.values),
        reasons=tuple(reasons),
        rank=one.kind.rank,
        joins=one.kind.joins,
        provisional=fired.at >= now,
        state="dropped" if fired.why else "told",
        why=fired.why or None,
        locale=ground.course.locale,
    )


_RULES = {
    "useless-by-then": "R3",
    "quiet": "R2",
    "cap": "R4",
    "withdrawn": "R12",
    "no-consent": "R7",
    "admitted": "R10",
    "deceased": "R10",
}
_WORDS = {
    "useless-by-then": "of no use by the time it could be told",
    "quiet": "contact hours left no instant at which it was of use",
    "cap": "the day has had its number of reminders for this audience",
    "withdrawn": "called off, answered or changed before it was told",
    "no-consent": "no consent covers telling this audience",
    "admitted": "prompts stop during an admission",
    "deceased": "a death was recorded",
}
