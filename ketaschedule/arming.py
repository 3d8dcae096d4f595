"""What a phone holds now, so that it can tell without a network; what it cannot hold, and when it must ask again.

A phone keeps few notifications (iOS 64) and drops the rest without a word, so the choice is made here: safety
first, then the nearest. Nothing is held beyond the instant at which the plan itself may change, nor beyond 14
days; there the phone says that it has run out. A text that carries the time of a visit (``dated``) says to check
the app.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import pendulum
from attrs import frozen

from . import times
from .days import instant_key
from .errors import Fault, InputError, one_fault
from .plan import Plan
from .reasons import Reason
from .reminders import Audience, Reminder, reminder_key, reminders, revision_of
from .reminders_ground import Ground
from .reminders_hours import ContactHours
from .reminders_model import DAY

__all__ = ["LONGEST_DAYS", "Armed", "ArmedChanges", "LeftOut", "arm", "arm_changes"]

LONGEST_DAYS = 14
"""Days for which anything is held at most (house)."""
AFTERMATH = 45 * DAY
"""Longer than anything is first told after the last item of a plan: a clinic may be closed for a month."""
MOST_HORIZON_DAYS = 1830
MOST_BUDGET = 10_000


@frozen(kw_only=True)
class LeftOut:
    """A reminder that is not held: ``why`` is ``budget``, or ``lapse`` where it lies beyond what may be held."""

    reminder: Reminder
    why: str


@frozen(kw_only=True)
class Armed:
    """What one phone holds from ``as_of`` on.

    ``now`` fires at this very instant: the app is open and shows it. ``held`` are armed, in order of time, and
    ``run_out`` with them, which says that there is nothing more (absent where the budget is 1, during an admission,
    after a death, and where a course has ended and all that is left is held). ``left_out`` is
    what the horizon has and the phone does not. ``refill_by`` is the instant by which the app must ask again for
    nothing to be lost, ``lapses_at`` the one from which on nothing that is held may be told.
    """

    course: str
    as_of: pendulum.DateTime
    budget: int
    now: tuple[Reminder, ...]
    held: tuple[Reminder, ...]
    run_out: Reminder | None
    left_out: tuple[LeftOut, ...]
    refill_by: pendulum.DateTime
    lapses_at: pendulum.DateTime
    reasons: tuple[Reason, ...]

    @property
    def slots(self) -> tuple[Reminder, ...]:
        """Every notification to hand to the phone, at most ``budget``, in order of time."""
        return self.held if self.run_out is None else (*self.held, self.run_out)

    @property
    def lost_if_not_opened(self) -> tuple[Reminder, ...]:
        """What nobody is told of where the app is not opened by the end of the horizon."""
        return tuple(one.reminder for one in self.left_out)


@frozen(kw_only=True)
class ArmedChanges:
    """How to mend what a phone holds: keys to cancel, reminders to add, and those that moved (same key)."""

    cancel: tuple[str, ...]
    add: tuple[Reminder, ...]
    move: tuple[Reminder, ...]

    def __bool__(self) -> bool:
        return bool(self.cancel or self.add or self.move)


def arm(
    plan: Plan,
    as_of: pendulum.DateTime | None = None,
    budget: int = 64,
    horizon: int = LONGEST_DAYS,
    *,
    audience: Audience = "patient",
    home_clock: bool = False,
) -> Armed:
    """What a phone should hold from ``as_of`` on (the plan's own instant by default): at most ``budget`` notifications.

    ``horizon`` is in days. Safety comes first under any budget, then the nearest; one place is kept for the word
    that there is nothing more. From ``plan.refresh_by`` on nothing is held: plan anew. Raises :class:`InputError` for a budget below 1, a horizon that is none, or an
    ``as_of`` before the plan's.

    >>> from ketaschedule.course import Course
    >>> from ketaschedule.planner import make_plan
    >>> from ketaschedule.protocol_files import load_protocol
    >>> course = Course(id="c-1", protocol=load_protocol("esketamine-taper"), adult="yes",
    ...                 start=pendulum.date(2026, 12, 1), zone="America/New_York")
    >>> armed = arm(make_plan(course), budget=8)
    >>> len(armed.slots), armed.refill_by.isoformat(), armed.left_out[0].reminder.kind
    (8, '2026-12-01T08:00:00-05:00', 'today')
    """
    moment = plan.as_of if as_of is None else as_of
    _check(plan, moment, budget, horizon)
    begin = instant_key(moment)
    reach, lapse = begin + horizon * DAY, begin + LONGEST_DAYS * DAY
    if plan.refresh_by is not None:
        lapse = min(lapse, max(begin, instant_key(plan.refresh_by)))
    end = times.clock("UTC").from_key(max(reach, lapse))
    found = [one for one in reminders(plan, moment, end, home_clock=home_clock) if one.audience == audience]
    now = tuple(one for one in found if one.fires_key <= begin)
    later = found[len(now) :]
    coming = [one for one in later if one.fires_key < lapse]
    silent = audience != "clinic" and bool(Ground(plan).bar)
    silent = silent or (len(coming) <= budget and _over(plan, lapse, audience))
    run_out = _run_out(plan, lapse, audience) if budget > 1 and not silent else None
    room = budget if run_out is None else budget - 1
    chosen = sorted(coming, key=lambda one: (one.rank > 0, one.fires_key, one.rank, one.key))[:room]
    keys = {one.key for one in chosen}
    held = tuple(one for one in coming if one.key in keys)
    left = [LeftOut(reminder=one, why="budget") for one in coming if one.key not in keys]
    left += [LeftOut(reminder=one, why="lapse") for one in later if one.fires_key >= lapse]
    refill = min([lapse, *(one.reminder.fires_key for one in left)])
    zone = times.clock(plan.zone)
    return Armed(
        course=plan.course.id,
        as_of=moment,
        budget=budget,
        now=now,
        held=held,
        run_out=run_out,
        left_out=tuple(left),
        refill_by=zone.from_key(refill),
        lapses_at=zone.from_key(lapse),
        reasons=(Reason("R13", {"budget": budget, "days": LONGEST_DAYS}, _why(plan, lapse), "house"),),
    )


def _check(plan: Plan, moment: pendulum.DateTime, budget: int, horizon: int) -> None:
    faults: list[Fault] = []
    for name, value, most in (("budget", budget, MOST_BUDGET), ("horizon", horizon, MOST_HORIZON_DAYS)):
        if type(cast(object, value)) is not int or not 1 <= value <= most:
            faults.append(Fault(name, f"{str(value)[:40]} is out of bounds", f"a whole number, 1 to {most}"))
    if faults:
        raise InputError(faults)
    if instant_key(moment) < plan.now:
        raise one_fault("as_of", "before the plan's own instant", f"{times.iso(plan.as_of)} or later")


def _why(plan: Plan, lapse: int) -> str:
    refresh = plan.refresh_by
    if refresh is not None and instant_key(refresh) <= lapse:
        return "until the plan itself may change"
    return f"for {LONGEST_DAYS} days at most"


def _over(plan: Plan, lapse: int, audience: Audience) -> bool:
    """Whether an end was recorded and nothing is left to tell from the lapse on, nor will be by time alone."""
    layout = plan.layout
    if (layout.ended is None and layout.ended_by is None) or plan.refresh_by is not None:
        return False
    last = max(
        [lapse, *(one.closes_key for one in plan.checkins), *(instant_key(one.ends) for one in plan.sessions)]
    )
    utc = times.clock("UTC")
    after = reminders(plan, utc.from_key(lapse), utc.from_key(last + AFTERMATH))
    return not any(one.audience == audience for one in after)


def _run_out(plan: Plan, lapse: int, audience: Audience) -> Reminder:
    """The word that there is nothing more: at the first contact hour from the lapse on."""
    hours = ContactHours(plan.person, plan.course.contact_hours)
    day = plan.person.day_of(lapse)
    opening = hours.opening(day)
    at = lapse if hours.is_open(lapse) else opening if opening > lapse else hours.opening(day + 1)
    clock = times.clock(plan.person.zone_on(plan.person.day_of(at)))
    fires = clock.from_key(at)
    ends = at + 7 * DAY
    return Reminder(
        key=reminder_key(plan.course.id, "run-out", audience, 1),
        revision=revision_of(at, lapse, ends),
        item=plan.course.id,
        kind="run-out",
        audience=audience,
        channel="push",
        privacy="locked",
        natural=fires,
        fires_at=fires,
        useful_until=clock.from_key(ends),
        item_at=clock.from_key(lapse),
        message="armed-lapse",
        parameters={},
        reasons=(Reason("R13", {}, "what the phone holds has run out", "house"),),
        rank=1,
        joins=False,
        provisional=True,
        locale=plan.course.locale,
    )


def arm_changes(
    armed: Armed | Iterable[Reminder] | Mapping[str, tuple[str, pendulum.DateTime]], new: Armed
) -> ArmedChanges:
    """How to mend what a phone holds so that it holds what ``new`` says: cancel, add, and move by key.

    A reminder of the same key whose revision or instant differs is moved; whose words alone differ is left as it
    is. What a phone itself says that it holds may be given as (revision, fires at) by key.

    >>> from ketaschedule.course import Course
    >>> from ketaschedule.planner import make_plan
    >>> from ketaschedule.protocol_files import load_protocol
    >>> plan = make_plan(Course(id="c-1", protocol=load_protocol("esketamine-taper"), adult="yes",
    ...                         start=pendulum.date(2026, 12, 1), zone="America/New_York"))
    >>> bool(arm_changes(arm(plan), arm(plan))), len(arm_changes([], arm(plan, budget=8)).add)
    (False, 8)
    """
    if isinstance(armed, Mapping):
        before = {key: (revision, instant_key(at)) for key, (revision, at) in armed.items()}
    else:
        held = armed.slots if isinstance(armed, Armed) else tuple(armed)
        before = {one.key: (one.revision, one.fires_key) for one in held}
    after = {one.key: one for one in new.slots}
    return ArmedChanges(
        cancel=tuple(key for key in before if key not in after),
        add=tuple(one for key, one in after.items() if key not in before),
        move=tuple(
            one
            for key, one in after.items()
            if key in before and before[key] != (one.revision, one.fires_key)
        ),
    )
