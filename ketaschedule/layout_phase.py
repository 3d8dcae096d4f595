"""One run of a phase: its targets and windows, what is fixed, and the exact placing of the rest."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import cast

from . import times
from .errors import InputError, one_fault
from .history import SessionMissed
from .laid import Laid, Layout, Run
from .layout_ground import Ground
from .placement import Outside, Placed, Slot, place
from .protocol import Companion, Every, PerWeek, Phase, TreatmentProtocol
from .reasons import Finding

__all__ = ["lay_companions", "lay_end_review", "lay_run"]

_FAR = 400
Gaps = list[tuple[int | None, int]]


def lay_run(
    ground: Ground,
    out: Layout,
    run: Run,
    changes: Gaps,
    previous: int | None,
    not_before: int | None,
    limit: int | None,
    more: int = 0,
) -> None:
    """Fill ``run.sessions``: targets from the cadence, facts and bookings fixed, the rest placed.

    ``previous`` is the last day of the runs before, ``not_before`` the day of a Decision or jump,
    ``limit`` a bound on the number of sessions, ``more`` sessions added by a Decision.
    """
    phase = run.phase
    first_of_course = not out.runs and run.index == 1
    if first_of_course:
        _fix_day1(ground, out, run)
    run.nominal_first = not_before or 0
    asked = _added_by_decisions(ground, run) + more
    if isinstance(phase.cadence, Every):
        _lay_intervals(
            ground, out, run, phase.cadence, changes, previous, not_before, limit, asked, first_of_course
        )
    else:
        _lay_grid(ground, out, run, previous, not_before, limit, asked, first_of_course)
    _propose(ground, out, run, previous)


def _fix_day1(ground: Ground, out: Layout, run: Run) -> None:
    """Day 1: session 1 as given or stopped, else as booked while no dose was given, else the first open day."""
    key = f"{run.key}/1"
    start = ground.course.start.toordinal()
    _, dose, counts = ground.facts.settle(key)
    if dose is not None and counts:
        day = dose.day
    else:
        booked = ground.booking(key) if not ground.facts.days else None
        day = -1
        if booked is not None and ground.open_day(ground.booked_minute(booked), run.protocol.session_minutes)(
            ground.clock.ordinal(booked.to)
        ):
            day = ground.clock.ordinal(booked.to)
        if day < 0:
            day = _first_open(ground, start)
    out.day1 = day
    out.start_moved = dose is None and day != start
    out.horizon = ground.horizon(day)
    run.first_day = day


def _first_open(ground: Ground, start: int) -> int:
    is_open = ground.open_day(ground.minute_on(start), ground.course.protocol.session_minutes)
    gap = ground.course.protocol.min_gap_days
    days = ground.facts.days
    for day in range(start, start + 1827):
        if is_open(day) and not _near(days, day, gap):
            return day
    raise one_fault(
        "start", "no day is possible at all from the start on", "an open day within five years", "no-day"
    )


def _near(days: list[int], day: int, gap: int) -> bool:
    index = bisect_left(days, day - gap + 1)
    return index < len(days) and days[index] < day + gap


def _added_by_decisions(ground: Ground, run: Run) -> int:
    """Sessions added to this run by Decisions that events raised (one more after a miss or a withheld one)."""
    if not ground.taken:
        return 0
    name = run.key.partition("/")[2]
    count = 0
    for one in ground.taken:
        if one.effect.add_sessions is None or one.decision not in ("withheld", "extra-session"):
            continue
        if one.decision == "withheld" and one.anchor.rpartition("/")[0] == name:
            count += one.effect.add_sessions
    return count


def _window(phase: Phase, target: int, origin: int, span: int) -> tuple[int, int]:
    """Earliest and latest day around a target: the stated days, narrowed to the treatment week for a grid."""
    if isinstance(phase.cadence, PerWeek):
        week = origin + 7 * ((target - origin) // 7)
        if phase.window_days is None:
            return week, week + 6
        return max(week, target - phase.window_days), min(week + 6, target + phase.window_days)
    width = min(phase.window_days or 0, span)
    return target - width, target + width


def _lay_grid(
    ground: Ground,
    out: Layout,
    run: Run,
    previous: int | None,
    not_before: int | None,
    limit: int | None,
    asked: int,
    first_of_course: bool,
) -> None:
    phase = run.phase
    cadence = phase.cadence
    assert not isinstance(cadence, Every)
    offsets = list(cadence.offsets())
    if limit is not None:
        offsets = offsets[:limit]
    plain = len(offsets)
    offsets += _more_offsets(phase, offsets, asked)
    if first_of_course:
        origin = out.day1 - offsets[0]
    else:
        after = max((previous if previous is not None else out.day1 - 1) + 1, not_before or 0)
        if phase.starts_on_grid:
            origin = out.day1 + 7 * -(-(after - out.day1) // 7)
        else:
            origin = after - 1 + (offsets[1] - offsets[0] if len(offsets) > 1 else 7)
    if not first_of_course and not isinstance(cadence, PerWeek):
        origin = _phase_day1(ground, run, origin, offsets[0])
    run.origin = origin
    shift = 0
    for number, offset in enumerate(offsets, start=1):
        target = origin + offset + shift
        span = (
            offset - offsets[number - 2]
            if number > 1
            else (offsets[1] - offset if len(offsets) > 1 else _FAR)
        )
        laid = _make(
            ground, run, number, target, *_window(phase, target, origin + shift, _FAR), interval=max(1, span)
        )
        laid.added = number > plain
        if number == 1 and first_of_course:
            laid.earliest = min(laid.earliest, target)
        shift += _shift_after_miss(ground, run, laid)
        run.sessions.append(laid)
    per_week = cadence.per_week if isinstance(cadence, PerWeek) else None
    _place_all(ground, out, run, run.sessions, previous, per_week)


def _phase_day1(ground: Ground, run: Run, origin: int, first_offset: int) -> int:
    """Phase day 1 of stated days is fixed by the phase's first dose."""
    _, dose, counts = ground.facts.settle(f"{run.key}/1")
    return dose.day - first_offset if dose is not None and counts else origin


def _more_offsets(phase: Phase, offsets: list[int], asked: int) -> list[int]:
    """Days for sessions added at the end: the pattern of the treatment week goes on, else the last spacing."""
    if not asked:
        return []
    cadence = phase.cadence
    if isinstance(cadence, PerWeek):
        week = PerWeek(cadence.per_week, cadence.weeks + asked, cadence.nominal).offsets()
        return list(week[len(offsets) : len(offsets) + asked])
    step = offsets[-1] - offsets[-2] if len(offsets) > 1 else 7
    return [offsets[-1] + step * (i + 1) for i in range(asked)]


def _shift_after_miss(ground: Ground, run: Run, laid: Laid) -> int:
    """For ``shift``: a recorded miss is planned again on the next open day, and the rest moves along."""
    if run.phase.missed.rule != "shift" or not isinstance(laid.fact, SessionMissed):
        return 0
    missed_day = max(laid.target, ground.clock.ordinal(laid.fact.recorded_at))
    is_open = ground.open_day(laid.minute, laid.minutes)
    day = missed_day + 1
    while not is_open(day):
        day += 1
        if day > ground.limit:
            raise one_fault("clinic", "no day is possible after a miss", "an open day", "no-day")
    moved = day - laid.target
    laid.shifted_from = laid.target
    laid.earliest, laid.target, laid.latest = day, day, max(day, laid.latest + moved)
    laid.fact = None
    return moved


def _lay_intervals(
    ground: Ground,
    out: Layout,
    run: Run,
    cadence: Every,
    changes: Gaps,
    previous: int | None,
    not_before: int | None,
    limit: int | None,
    asked: int,
    first_of_course: bool,
) -> None:
    phase = run.phase
    count = cadence.count
    if limit is not None:
        count = limit
    if count is not None:
        count += asked
    known = ground.facts.numbers.get(run.key, 0)
    plan_to = min(out.horizon, out.day1 + 1826)
    gaps = cadence.gaps()
    last_gap = cadence.intervals[-1].every_days
    anchor = out.day1 if first_of_course else (previous if previous is not None else out.day1)
    number = 0
    per_step = next((k for at, k in changes if at is None), None)
    timed = sorted((at, k) for at, k in changes if at is not None)
    while count is None or number < count:
        number += 1
        gap = per_step if per_step is not None else next(gaps, last_gap)
        last_gap = gap
        target = anchor if first_of_course and number == 1 else anchor + gap
        while timed and target >= timed[0][0]:
            per_step = timed.pop(0)[1]
            gap, last_gap = per_step, per_step
            target = anchor + gap
        if number == 1 and not first_of_course and not_before is not None:
            target = max(target, not_before)
        if count is None and target > plan_to and number > known:
            break
        if target > ground.limit:
            break
        earliest, latest = _window(phase, target, 0, _FAR)
        if number == 1:
            earliest = max(earliest, not_before or 0)
            if first_of_course:
                earliest = target
        laid = _make(ground, run, number, target, earliest, latest, interval=gap)
        laid.added = phase.count is not None and limit is None and number > phase.count
        anchor = target + _shift_after_miss(ground, run, laid)
        if laid.dose is not None and laid.counts and laid.fact is not None:
            anchor = laid.dose.day
        elif number == 1 and not first_of_course:
            _place_all(ground, out, run, [laid], previous, None)
            anchor = laid.day
        elif first_of_course and number == 1:
            laid.day = out.day1
        run.sessions.append(laid)
    if not run.sessions:
        return
    if first_of_course or run.sessions[0].fact is not None:
        _place_all(ground, out, run, run.sessions, previous, None)
    else:
        _place_all(ground, out, run, run.sessions[1:], run.sessions[0].day, None)


def _make(
    ground: Ground, run: Run, number: int, target: int, earliest: int, latest: int, interval: int
) -> Laid:
    key = f"{run.key}/{number}"
    laid = Laid(key, number, earliest, target, latest, interval)
    laid.minute = ground.minute_on(target) if ground.folded.availability else ground.course.minute
    laid.minutes = run.protocol.session_minutes
    if run.held:
        laid.basis = "held"
    if ground.facts.by_key:
        laid.fact, laid.dose, laid.counts = ground.facts.settle(key)
        laid.early = laid.dose is not None and laid.dose.event.id in ground.facts.early
    if ground.folded.bookings:
        laid.booked = ground.booking(key)
        if laid.booked is not None and laid.fact is None:
            laid.day = ground.clock.ordinal(laid.booked.to)
    if laid.fact is None and ground.folded.pauses and ground.paused(target):
        laid.cancelled = "pause"
    return laid


def _place_all(
    ground: Ground, out: Layout, run: Run, sessions: list[Laid], previous: int | None, per_week: int | None
) -> None:
    """Give every session its day: facts where they happened, bookings where they stand, the rest placed."""
    if not sessions:
        return
    gap = run.protocol.min_gap_days
    wish = ground.preferred_on(sessions[0].target)
    if wish and _wish_is_void(run.phase, len(wish)):
        wish = frozenset()
        if not run.wish_ignored:
            run.wish_ignored = True
            text = f"preferred weekdays are not followed in {run.phase.id}: it has more sessions a week than weekdays named"
            out.findings.append(Finding("preference-ignored", run.key, text, "S12"))
    days = ground.facts.days
    slots = [_slot(laid, days, gap, out.day1 if _opens(out, run, laid) else None) for laid in sessions]
    is_open = ground.open_day(sessions[0].minute, sessions[0].minutes)
    is_open = ground.without_pauses(is_open)
    taken = _week_taken(out) if per_week is not None else None
    placed: tuple[Placed, ...] = ()
    for _ in range(8):
        placed = _try_place(
            ground, run, sessions, slots, is_open, gap, previous, per_week, out.day1, taken, wish
        )
        again = False
        for index, (laid, spot) in enumerate(zip(sessions, placed, strict=True)):
            if spot.day is None or laid.fact is not None or laid.cancelled is not None or not days:
                continue
            after = days[bisect_left(days, spot.day - gap + 1) : bisect_right(days, spot.day)]
            wrong = tuple(day for day in after if day > laid.latest and day not in slots[index].blocked)
            if wrong:
                slots[index] = _with_blocked(slots[index], wrong)
                again = True
        if not again:
            break
    for laid, spot in zip(sessions, placed, strict=True):
        _settle(ground, out, run, laid, spot)


def _try_place(
    ground: Ground,
    run: Run,
    sessions: list[Laid],
    slots: list[Slot],
    is_open: Callable[[int], bool],
    gap: int,
    previous: int | None,
    per_week: int | None,
    day1: int,
    taken: dict[int, int] | None,
    wish: frozenset[int],
) -> tuple[Placed, ...]:
    try:
        return place(
            slots,
            open_day=is_open,
            min_gap=gap,
            before=previous,
            per_week=per_week,
            week_origin=day1,
            week_taken=taken,
            preferred=wish,
            outside=cast(Outside, run.phase.outside),
            limit=ground.limit,
        )
    except InputError as error:
        if error.faults[0].code == "no-day":
            text = f"no day is possible for {sessions[0].key} or a session after it: hours, closures and unavailable days leave none"
            raise one_fault("availability", text, "an open day within five years", "no-day") from None
        raise


def _opens(out: Layout, run: Run, laid: Laid) -> bool:
    """Whether this is session 1 of the course, whose day is Day 1."""
    return laid.number == 1 and run.index == 1 and not out.runs


def _slot(laid: Laid, days: list[int], gap: int, day1: int | None) -> Slot:
    fixed: int | None = None
    fact = False
    if laid.cancelled is not None:
        fixed, fact = laid.target, True
    elif laid.fact is not None and laid.dose is not None and laid.counts:
        fixed, fact = laid.dose.day, True
    elif day1 is not None:
        fixed, fact = day1, True
    elif laid.booked is not None and laid.fact is None:
        fixed = laid.day
    blocked: tuple[int, ...] = ()
    if days and not fact:
        blocked = tuple(days[bisect_right(days, laid.earliest - gap) : bisect_right(days, laid.latest)])
    return Slot(laid.earliest, laid.target, laid.latest, fixed, fact, blocked, day1 is None, laid.key)


def _with_blocked(slot: Slot, more: tuple[int, ...]) -> Slot:
    return Slot(
        slot.earliest,
        slot.target,
        slot.latest,
        slot.fixed,
        slot.fact,
        (*slot.blocked, *more),
        slot.prefer,
        slot.name,
    )


def _wish_is_void(phase: Phase, weekdays: int) -> bool:
    """Whether a phase has more sessions in some seven days than weekdays were named (a daily one always has)."""
    cadence = phase.cadence
    if isinstance(cadence, PerWeek):
        return cadence.per_week > weekdays
    if isinstance(cadence, Every):
        return 7 // min(interval.every_days for interval in cadence.intervals) > weekdays
    offsets = cadence.offsets()
    return any(bisect_left(offsets, first + 7) - index > weekdays for index, first in enumerate(offsets))


def _week_taken(out: Layout) -> dict[int, int]:
    """What other grid runs already hold of each treatment week, where weeks are shared."""
    taken: dict[int, int] = {}
    for other in out.runs:
        if not isinstance(other.phase.cadence, PerWeek):
            continue
        for laid in other.sessions:
            if laid.cancelled is None and not laid.omitted and laid.basis != "proposed":
                week = (laid.day - out.day1) // 7
                taken[week] = taken.get(week, 0) + 1
    return taken


def _settle(ground: Ground, out: Layout, run: Run, laid: Laid, spot: Placed) -> None:
    laid.hard_min = spot.hard_min
    laid.outside = spot.outside
    laid.off_preference = spot.off_preference
    laid.released = spot.released
    if spot.day is None:
        laid.omitted = True
        laid.day = laid.target
        code = "session-omitted" if run.phase.outside == "omit" else "session-asked"
        text = f"{laid.key}: no day fits its window; it is not placed"
        out.findings.append(Finding(code, laid.key, text, "S18"))
        return
    laid.day = spot.day
    laid.planned = laid.day if laid.dose is None or not laid.counts else _as_it_stood(ground, run, laid)
    if laid.booked is not None and laid.fact is None:
        if spot.released:
            text = f"{laid.key} was booked for a day that a hard rule forbids; it is placed anew"
            out.findings.append(Finding("booked-conflict", laid.key, text, "S15"))
        else:
            laid.minute = ground.booked_minute(laid.booked)
    elif laid.fact is None and ground.paused(laid.day):
        laid.cancelled = "pause"
    if laid.cancelled is not None:
        laid.outside = False


def _as_it_stood(ground: Ground, run: Run, laid: Laid) -> int:
    """The day on which a session that was given had been planned: booked, else placed without its dose.

    Its targets already rest on the sessions before it; it is placed alone, so that a wish for weekdays
    that only a later session could decide is not looked at.
    """
    if laid.booked is not None:
        return ground.clock.ordinal(laid.booked.to)
    if laid.key == f"{run.key}/1" and run.first_day:
        return run.first_day
    low = max(laid.earliest, laid.hard_min or 0)
    wish = ground.preferred_on(laid.target)
    is_open = ground.open_day(laid.minute, laid.minutes)
    if low <= laid.target and not wish and is_open(laid.target):
        return laid.target
    days = [day for day in range(low, max(laid.latest, low) + 1) if is_open(day)]
    if not days:
        return laid.day
    return min(days, key=lambda day: (bool(wish) and (day - 1) % 7 not in wish, abs(day - laid.target), day))


def _propose(ground: Ground, out: Layout, run: Run, previous: int | None) -> None:
    """After recorded misses: ``append`` adds a session for each, ``propose_extra`` only shows it as a proposal."""
    rule = run.phase.missed
    if rule.rule != "append" and not rule.propose_extra:
        return
    if not ground.facts.by_key or not run.sessions:
        return
    missed = [
        laid for laid in run.sessions if isinstance(laid.fact, SessionMissed) or laid.shifted_from is not None
    ]
    missed = [laid for laid in missed if isinstance(laid.fact, SessionMissed)]
    if not missed or run.phase.count is None:
        return
    missed.sort(key=lambda laid: (times.instant_key(laid.fact.recorded_at) if laid.fact else 0, laid.number))
    name = run.key.partition("/")[2]
    first = run.sessions[-1].number + 1
    origin = run.origin if not isinstance(run.phase.cadence, Every) else 0
    for index, lost in enumerate(missed):
        number = first + index
        answer = next(
            (
                one
                for one in ground.taken
                if one.decision == "extra-session" and one.anchor == f"{name}/{lost.number}"
            ),
            None,
        )
        if answer is not None and answer.effect.add_sessions is None:
            continue
        last = run.sessions[-1]
        if isinstance(run.phase.cadence, Every):
            target = last.target + last.interval
        else:
            offsets = [laid.target - origin for laid in run.sessions[: run.phase.count]]
            target = origin + _more_offsets(run.phase, offsets, number - run.phase.count)[-1]
            target = max(target, last.target + 1)
        laid = _make(
            ground, run, number, target, *_window(run.phase, target, origin, _FAR), interval=last.interval
        )
        laid.added = True
        laid.anchor = lost.key
        if rule.rule != "append" and answer is None and laid.fact is None:
            laid.basis = "proposed"
        per_week = run.phase.cadence.per_week if isinstance(run.phase.cadence, PerWeek) else None
        before = max(one.day for one in run.sessions)
        _place_all(ground, out, run, [laid], max(before, previous or 0), per_week)
        run.sessions.append(laid)


def lay_companions(ground: Ground, run: Run) -> None:
    """Preparation, integration and review sessions of a run, each near its anchor on an open day."""
    for companion in run.phase.companions:
        for laid, day, number in _anchors(run, companion):
            key = f"{laid.key if laid is not None else run.key}/{companion.id}/{number}"
            made = _companion(ground, key, companion, day, number)
            made.anchor = laid.key if laid is not None else run.key
            lost = laid is not None and (laid.cancelled is not None or laid.omitted)
            if made.fact is None and (lost or ground.paused(made.day)):
                made.cancelled = "anchor" if lost else "pause"
            if laid is not None and laid.basis == "proposed":
                made.basis = "proposed"
            run.companions.append(made)
    _gate_next(run)


def _anchors(run: Run, companion: Companion) -> list[tuple[Laid | None, int, int]]:
    sessions = [laid for laid in run.sessions if laid.basis != "proposed"]
    if not sessions:
        return []
    match companion.anchor:
        case "each-session":
            return [(laid, laid.day, companion.number) for laid in sessions]
        case "session":
            return [
                (laid, laid.day, companion.number) for laid in sessions if laid.number == companion.session
            ]
        case "phase-start":
            return [(None, sessions[0].day, companion.number)]
        case _:
            if run.phase.count is None:
                return []
            last = run.last_day
            return [] if last is None else [(None, last, companion.number)]


def _companion(ground: Ground, key: str, companion: Companion, anchor: int, number: int) -> Laid:
    target = anchor + companion.offset_days
    laid = Laid(key, number, anchor + companion.earliest_days, target, anchor + companion.latest_days, 0)
    laid.kind = companion.kind
    laid.companion = companion
    laid.minute = ground.course.minute
    laid.minutes = companion.minutes
    laid.fact, laid.dose, _ = ground.facts.settle(key)
    if laid.fact is None:
        laid.fact = ground.review_for(laid, companion)
    held = ground.held_day(laid.fact)
    laid.booked = ground.booking(key)
    is_open = ground.open_day(laid.minute, laid.minutes)
    if held is not None:
        laid.day = held
    elif laid.booked is not None and laid.fact is None:
        laid.day = ground.clock.ordinal(laid.booked.to)
        laid.minute = ground.booked_minute(laid.booked)
    else:
        spot = place(
            [Slot(laid.earliest, target, laid.latest, name=key)],
            open_day=is_open,
            min_gap=1,
            limit=ground.limit,
        )[0]
        laid.day = spot.day if spot.day is not None else target
        laid.outside = spot.outside
    return laid


def _gate_next(run: Run) -> None:
    """A review that gates holds the next dose session waiting until it is held."""
    for made in run.companions:
        if made.companion is None or not made.companion.gates_next or made.fact is not None:
            continue
        anchor = next((laid for laid in run.sessions if laid.key == made.anchor), None)
        if anchor is None:
            continue
        for laid in run.sessions:
            if laid.number > anchor.number and laid.fact is None:
                laid.wait = f"the review {made.key} has not been held"


def lay_end_review(ground: Ground, out: Layout, protocol: TreatmentProtocol, anchor: int) -> None:
    """Every end of treatment has a review, anchored to its last day."""
    if not out.runs:
        return
    run = out.runs[-1]
    end = protocol.end
    companion = Companion(
        id="end-review",
        kind="review",
        anchor="phase-end",
        offset_days=end.review_days,
        earliest_days=max(0, end.review_days - end.window_days),
        latest_days=end.review_days + end.window_days,
        minutes=end.minutes,
        source=end.source,
        text="Review at the end of treatment",
    )
    made = _companion(ground, f"{run.key}/end-review/1", companion, anchor, 1)
    made.anchor = run.key
    run.companions.append(made)
    out.end_key = made.key
