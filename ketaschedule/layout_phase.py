"""One run of a phase: its targets and windows, what is fixed, and the exact placing of the rest."""

from __future__ import annotations

from bisect import bisect_left

from .errors import InputError, one_fault
from .laid import Laid, Layout, Run, opens_course
from .layout_added import Addition, additions
from .layout_ground import Ground
from .layout_missed import shift_after_miss
from .layout_place import place_all
from .protocol import Every, PerWeek, Phase

__all__ = ["lay_run"]

_FAR = 400


def lay_run(ground: Ground, out: Layout, run: Run) -> None:
    """Fill ``run.sessions``: targets from the cadence, facts and bookings fixed, the rest placed.

    ``run`` says how it began: after which day, not before which, bounded or lengthened by Decisions.
    """
    if opens_course(out, run):
        _fix_day1(ground, out, run)
    if isinstance(run.phase.cadence, Every):
        _lay_intervals(ground, out, run, run.phase.cadence)
    else:
        _lay_grid(ground, out, run)
    for laid in run.sessions:
        if laid.basis == "held" and run.held_until is not None and laid.day >= run.held_until:
            laid.basis = "protocol"  # its frequency was decided by then


def _fix_day1(ground: Ground, out: Layout, run: Run) -> None:
    """Day 1: session 1 as given or stopped, else as booked while no dose was given, else the first open day."""
    key = f"{run.key}/1"
    start = max(ground.course.start.toordinal(), run.began_by_jump or 0)
    fact, dose, counts = ground.facts.settle(key)
    if dose is not None and counts:
        day = dose.day
    else:
        day = _open_day1(ground, run, key, start, moves=fact is None)
        out.start_moved = day != start and ground.booking(key, before_doses=True) is None
    out.day1 = day
    out.horizon = ground.horizon(day)
    run.first_day = day


def _open_day1(ground: Ground, run: Run, key: str, start: int, *, moves: bool) -> int:
    """Where session 1 lies while no dose settles it: a pause or another availability acts from its day on."""
    acts = ground.acts
    day = 0
    for seen in range(len(acts) + 1):
        ground.see(seen)
        try:
            day = _booked_day1(ground, run, key, moves=moves) or _first_open(ground, run, start)
        except InputError:
            if seen == len(acts):
                raise
            continue  # no day was possible until that change came
        if seen < len(acts) and day < acts[seen][0]:
            break
    ground.see(len(acts))
    return day


def _booked_day1(ground: Ground, run: Run, key: str, *, moves: bool) -> int | None:
    """The day for which session 1 is booked, where it is open then and, if it ``moves``, far enough from a dose."""
    booked = ground.booking(key, before_doses=True)
    if booked is None:
        return None
    asked = ground.day_of(booked.to)
    is_open = ground.open_day(ground.booked_minute(booked), run.protocol.session_minutes)
    near = moves and _near(ground.facts.days, asked, run.protocol.min_gap_days)
    return asked if is_open(asked) and not near else None


def _first_open(ground: Ground, run: Run, start: int) -> int:
    """The first open day, far enough from any dose; the dose of a run that takes the place of this one on that day is its own."""
    is_open = ground.open_usual(ground.course.protocol.session_minutes)
    gap = ground.course.protocol.min_gap_days
    days = ground.facts.days
    for day in range(start, start + 1827):
        if is_open(day) and (not _near(days, day, gap) or (run.leaves is not None and day >= run.leaves)):
            return day
    raise one_fault(
        "start", "no day is possible at all from the start on", "an open day within five years", "no-day"
    )


def _near(days: list[int], day: int, gap: int) -> bool:
    index = bisect_left(days, day - gap + 1)
    return index < len(days) and days[index] < day + gap


def _lay_grid(ground: Ground, out: Layout, run: Run) -> None:
    phase = run.phase
    cadence = phase.cadence
    assert not isinstance(cadence, Every)
    first_of_course = opens_course(out, run)
    offsets = list(cadence.offsets())
    if run.limit is not None:
        offsets = offsets[: run.limit]
    plain = len(offsets)
    added = _numbered(additions(ground, run, plain))
    offsets += _more_offsets(phase, offsets, len(added))
    if first_of_course:
        origin = out.day1 - offsets[0]
    else:
        after = max((run.previous if run.previous is not None else out.day1 - 1) + 1, run.not_before or 0)
        if phase.starts_on_grid:
            origin = out.day1 + 7 * -(-(after - out.day1) // 7)
        else:
            step = offsets[1] - offsets[0] if len(offsets) > 1 else 7
            origin = after - offsets[0] if run.previous is None else after - 1 + step
    if not first_of_course and not isinstance(cadence, PerWeek):
        origin = _phase_day1(ground, run, origin, offsets[0])
    run.origin = origin
    shift, shifts = 0, phase.missed.rule == "shift"
    for place, offset in enumerate(offsets):
        batch, one = added[place - plain] if place >= plain else (0, None)
        if one is not None:
            _, latest = _window(phase, origin + offset + shift, origin + shift, _FAR)
            shift += _overdue(phase, origin + offset + shift, latest, one.since)
        target = origin + offset + shift
        span = offset - offsets[place - 1] if place else offsets[1] - offset if plain > 1 else _FAR
        number = one.number if one is not None else place + 1
        window = _window(phase, target, origin + shift, _FAR)
        laid = _make(ground, run, number, target, *window, interval=max(1, span))
        if one is not None:
            _mark_added(laid, one, batch)
        if place == 0:
            opens = target if first_of_course else min(target, run.not_before or 0)
            laid.earliest = max(laid.earliest, opens)
        if shifts:
            shift += shift_after_miss(ground, run, laid)
        run.sessions.append(laid)
    per_week = cadence.per_week if isinstance(cadence, PerWeek) else None
    place_all(ground, out, run, run.sessions, run.previous, per_week)


def _numbered(added: list[list[Addition]]) -> list[tuple[int, Addition]]:
    """Each addition with the number of the record that added it: what is placed together."""
    return [(batch, one) for batch, made in enumerate(added, start=1) for one in made]


def _mark_added(laid: Laid, one: Addition, batch: int) -> None:
    """What was added is no part of what the protocol asks, and a session added late does not lie in the past."""
    laid.added = True
    laid.batch = batch
    laid.anchor = one.lost
    if one.stands is None:
        laid.basis = "proposed"
    laid.earliest, laid.target, laid.latest = (
        max(one.since, day) for day in (laid.earliest, laid.target, laid.latest)
    )


def _overdue(phase: Phase, target: int, latest: int, since: int) -> int:
    """By how many days a session moves whose window was over when it was added, and those after it; whole treatment
    weeks on a grid of weeks.
    """
    if latest >= since:
        return 0
    return 7 * -(-(since - latest) // 7) if isinstance(phase.cadence, PerWeek) else since - target


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


def _window(phase: Phase, target: int, origin: int, span: int) -> tuple[int, int]:
    """Earliest and latest day around a target: the stated days, narrowed to the treatment week for a grid."""
    if isinstance(phase.cadence, PerWeek):
        week = origin + 7 * ((target - origin) // 7)
        if phase.window_days is None:
            return week, week + 6
        return max(week, target - phase.window_days), min(week + 6, target + phase.window_days)
    width = min(phase.window_days or 0, span)
    return target - width, target + width


def _make(
    ground: Ground, run: Run, number: int, target: int, earliest: int, latest: int, interval: int
) -> Laid:
    key = f"{run.key}/{number}"
    laid = Laid(key, number, earliest, target, latest, interval)
    laid.minute = ground.course.minute
    laid.minutes = run.protocol.session_minutes
    if run.held:
        laid.basis = "held"
    if ground.facts.by_key:
        laid.fact, laid.dose, laid.counts = ground.facts.settle(key)
        laid.early = laid.dose is not None and laid.dose.event.id in ground.facts.early
    if ground.folded.bookings:
        laid.booked = ground.booking(key)
        if laid.booked is not None and not laid.dosed:
            laid.day = ground.day_of(laid.booked.to)
    if laid.fact is None and ground.pauses and ground.paused(target):
        laid.cancelled = "pause"
    return laid


class _Steps:
    """The interval before each session of a run: the cadence's, until a Decision sets another from a day on."""

    def __init__(self, cadence: Every, changes: list[tuple[int | None, int]]) -> None:
        self.gaps = cadence.gaps()
        self.last = cadence.intervals[-1].every_days
        self.fixed = next((days for since, days in changes if since is None), None)
        self.timed = sorted((since, days) for since, days in changes if since is not None)

    def next_target(self, anchor: int) -> tuple[int, int]:
        """(target, interval) of the next session, counted from ``anchor``."""
        self.last = self.fixed if self.fixed is not None else next(self.gaps, self.last)
        while self.timed and anchor + self.last >= self.timed[0][0]:
            self.fixed = self.last = self.timed.pop(0)[1]
        return anchor + self.last, self.last


def _lay_intervals(ground: Ground, out: Layout, run: Run, cadence: Every) -> None:
    first_of_course = opens_course(out, run)
    plain = run.limit if run.limit is not None else cadence.count
    added = [] if plain is None else _numbered(additions(ground, run, plain))
    count = None if plain is None else plain + len(added)
    known = ground.facts.numbers.get(run.key, 0)
    plan_to = min(out.horizon, out.day1 + 1826)
    steps = _Steps(cadence, run.changes)
    anchor = out.day1 if run.previous is None else run.previous
    place, shifts = 0, run.phase.missed.rule == "shift"
    while count is None or place < count:
        place += 1
        target, gap = steps.next_target(anchor)
        if place == 1:
            begins = out.day1 if run.previous is None else target  # nothing came before it
            target = begins if first_of_course else max(begins, run.not_before or 0)
        if target > ground.limit or (count is None and target > plan_to and place > known):
            break
        batch, one = added[place - plain - 1] if plain is not None and place > plain else (0, None)
        number = one.number if one is not None else place
        laid = _make(ground, run, number, target, *_window(run.phase, target, 0, _FAR), interval=gap)
        if place == 1:
            laid.earliest = target if first_of_course else max(laid.earliest, run.not_before or 0)
        if one is not None:
            _mark_added(laid, one, batch)
        anchor = laid.target + (shift_after_miss(ground, run, laid) if shifts else 0)
        if laid.dose is not None and laid.counts and laid.fact is not None:
            anchor = laid.dose.day
        elif place == 1 and not first_of_course:
            place_all(ground, out, run, [laid], run.previous, None)
            anchor = laid.day
        run.sessions.append(laid)
    if not run.sessions:
        return
    if first_of_course or run.sessions[0].fact is not None:
        place_all(ground, out, run, run.sessions, run.previous, None)
    else:
        place_all(ground, out, run, run.sessions[1:], run.sessions[0].day, None)
