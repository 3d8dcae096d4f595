"""Where the path asks a Decision: before a phase, and at its end. What was decided says how to go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve, field, mutable

from .effects import added_by, standing
from .history import Event
from .laid import Boundary, Jump, Layout, More, Run, TakenOption
from .layout_ground import Ground
from .layout_leaving import Known, asked_after
from .protocol import DecisionRule, Effect, Every, PerWeek, Phase, TreatmentProtocol
from .reasons import Finding

__all__ = ["Entry", "ask_at_end", "ask_before", "last_before", "max_of", "unused_answers"]


@mutable(eq=False)
class Entry:
    """How a phase is entered: intervals set by Decisions, held or not, not before a day, or not at all.

    ``held_until`` is the day on which a Decision was taken that had been open till then; ``by`` is the event
    that ends the course here; ``more`` lengthens the phase before, ``back`` did and was taken back; ``jump``
    leads elsewhere; ``undone`` are phases to which an earlier answer led; ``jumps`` come later, from Decisions answered after the phase had begun.
    """

    intervals: list[tuple[int | None, int]] = field(factory=list)
    held: bool = False
    held_until: int | None = None
    not_before: int | None = None
    stop: bool = False
    ends: bool = False
    by: Event | None = None
    jump: Jump | None = None
    more: More | None = None
    back: list[More] = field(factory=list)
    jumps: list[Jump] = field(factory=list)
    undone: list[str] = field(factory=list)


def ask_before(
    ground: Ground,
    out: Layout,
    protocol: TreatmentProtocol,
    rule: DecisionRule,
    phase: Phase,
    anchor: str,
    known: Mapping[str, Known],
    *,
    leads_on: bool = False,
) -> Entry:
    """Ask the Decision before a phase: note it in ``out.boundaries`` and read what was decided.

    By what was ``known`` an answer was to another asking, where the path ``leads_on`` to that; and sessions that were
    added in time stay so.
    """
    before = out.runs[-1]
    walked = {run.key for run in out.runs}
    taken: list[TakenOption] = []
    in_time: set[str] = set()
    for one in _taken_for(ground, rule, anchor):
        asked = asked_after(known, one.event.id, rule.id, anchor)
        if asked is not None and leads_on and asked[0] and asked[0] not in walked:
            continue
        taken.append(one)
        if asked is not None and one.day < asked[1] and one.effect.add_sessions is not None:
            in_time.add(one.event.id)
    ground.used.update(one.event.id for one in taken)
    review = max(
        (one.day for one in before.companions if one.companion and one.companion.anchor == "phase-end"),
        default=None,
    )
    first = _first_day(out, protocol, rule, phase, review)
    out.boundaries.append(
        Boundary(
            rule,
            anchor,
            first,
            last_before(out, first),
            tuple(taken),
            rule.gate and not taken,
            before.began_by_jump,
            max_of(out.last_day, out.day1) or 0,
            before.key,
        )
    )
    chosen: TakenOption | None = None
    for one in taken:
        if one.day < first or one.event.id in in_time or (rule.gate and chosen is None):
            chosen = one
    entry = Entry()
    if chosen is None and rule.gate:
        entry.stop = True
        return entry
    if rule.gate and chosen is not None:
        entry.not_before = max_of(review + 1 if review is not None else None, chosen.day)
    effect = chosen.effect if chosen is not None else _option_effect(rule, rule.default)
    entry.held = chosen is None and rule.rests_on == "frequency"
    entry.held_until = taken[0].day if entry.held and taken else None
    _enter(entry, effect, phase, out, chosen)
    heard = taken.index(chosen) + 1 if chosen is not None else 0
    _added(ground, entry, rule, anchor, phase.id, taken[:heard])
    for one in taken[heard:]:
        _later(ground, entry, one, before)
    return entry


def ask_at_end(
    ground: Ground, out: Layout, protocol: TreatmentProtocol, rule: DecisionRule, anchor: str
) -> Entry:
    """Ask the Decision at the end of the path."""
    taken = _taken_for(ground, rule, anchor)
    ground.used.update(one.event.id for one in taken)
    first = _first_day(out, protocol, rule, None, None)
    since = out.runs[-1].began_by_jump if out.runs else None
    after = max_of(out.last_day, out.day1) or 0
    behind = out.runs[-1].key if out.runs else ""
    last_key = last_before(out, first)
    out.boundaries.append(Boundary(rule, anchor, first, last_key, taken, False, since, after, behind))
    entry = Entry()
    said = standing(taken)
    if said is not None:
        effect = said.effect
        last = out.last_day if out.last_day is not None else out.day1
        if effect.go_to_phase is not None:
            day = max(last + 1, said.day)
            entry.jump = Jump(day, effect.go_to_phase, f"decision {rule.id}", event=said.event)
        _added(ground, entry, rule, anchor, "end", taken)
        led = dict.fromkeys(one.effect.go_to_phase for one in taken)
        entry.undone = [phase for phase in led if phase is not None and phase != effect.go_to_phase]
        entry.by = said.event
    return entry


def _added(
    ground: Ground, entry: Entry, rule: DecisionRule, anchor: str, name: str, taken: Sequence[TakenOption]
) -> None:
    """Read what the answers added. Where that was taken back, so was what was asked again after it."""
    more = added_by(taken)
    if more is None:
        return
    if more.stands is not None:
        entry.more = more
        return
    entry.back = [more]
    number = int(anchor.rpartition("~")[2] or 1) + 1
    while again := [
        one for one in ground.taken if one.decision == rule.id and one.anchor == f"{name}~{number}"
    ]:
        later = added_by(again)
        if later is not None:
            entry.back.append(evolve(later, stands=None))
        number += 1


def _taken_for(ground: Ground, rule: DecisionRule, anchor: str) -> tuple[TakenOption, ...]:
    known = {option.id: option.effect for option in rule.options}
    return tuple(
        evolve(one, effect=known[one.option])  # another protocol may ask a Decision of the same name
        for one in ground.taken
        if one.decision == rule.id and one.anchor == anchor and one.option in known
    )


def _enter(
    entry: Entry,
    effect: Effect,
    phase: Phase,
    out: Layout,
    chosen: TakenOption | None,
) -> None:
    last = out.last_day if out.last_day is not None else out.day1
    if effect.set_interval is not None:
        entry.intervals.append((None, effect.set_interval))
    elif effect.end:
        entry.stop = True
        entry.ends = True
        entry.by = chosen.event if chosen is not None else None
    elif effect.go_to_phase is not None and effect.go_to_phase != phase.id:
        day = max_of(last + 1, chosen.day if chosen else None)
        entry.jump = Jump(
            day or 0, effect.go_to_phase, "decision", event=chosen.event if chosen is not None else None
        )
    elif effect.add_sessions is not None and chosen is None:
        entry.more = More(effect.add_sessions, 0, (0, ""), (0, ""))


def _later(ground: Ground, entry: Entry, one: TakenOption, before: Run) -> None:
    """A Decision answered after its phase had begun acts from the day it was taken."""
    effect = one.effect
    if effect.set_interval is not None:
        entry.intervals.append((one.day, effect.set_interval))
    elif effect.end:
        ground.end_at(one)
    elif effect.go_to_phase is not None:
        entry.jumps.append(Jump(one.day, effect.go_to_phase, f"decision {one.decision}", event=one.event))
    elif effect.add_sessions is not None:
        entry.jumps.append(
            Jump(
                one.day,
                before.phase.id,
                f"decision {one.decision}",
                limit=effect.add_sessions,
                event=one.event,
            )
        )


def _option_effect(rule: DecisionRule, option_id: str) -> Effect:
    return next(option.effect for option in rule.options if option.id == option_id)


def _first_day(
    out: Layout, protocol: TreatmentProtocol, rule: DecisionRule, phase: Phase | None, review: int | None
) -> int:
    """The first day on which the options of a boundary can differ: the earliest session of any of them."""
    last = out.last_day if out.last_day is not None else out.day1
    gap = protocol.min_gap_days
    days: list[int] = []
    for option in rule.options:
        effect = option.effect
        target = phase if effect.go_to_phase is None else protocol.phase(effect.go_to_phase)
        if effect.end or (effect.add_sessions is None and target is None):
            continue
        if effect.add_sessions is not None:
            days.append(max(last + gap, _next_of(out.runs[-1]) if out.runs else 0))
        elif target is not None:
            days.append(_first_of(out, target, last, gap, effect.set_interval, review if rule.gate else None))
    if rule.at == "end" or rule.gate or any(option.effect.end for option in rule.options):
        days.append(last + max(1, protocol.end.review_days - protocol.end.window_days))
    return max(last + 1, min(days, default=last + 1))


def _next_of(run: Run) -> int:
    """The earliest day of a session added to a run: on a grid, that of the treatment week it belongs to."""
    cadence = run.phase.cadence
    if not isinstance(cadence, PerWeek):
        return 0
    held = sum(1 for laid in run.sessions if laid.basis != "proposed")
    return run.origin + 7 * (held // cadence.per_week)


def _first_of(
    out: Layout, phase: Phase, last: int, gap: int, interval: int | None, review: int | None
) -> int:
    """The earliest day of a phase's first session (or of what prepares it), entered after ``last``."""
    if phase.starts_on_grid:
        day = out.day1 + 7 * ((last - out.day1) // 7 + 1)
        if review is not None and day <= review:
            day += 7 * ((review - day) // 7 + 1)
    else:
        step = interval
        if step is None:
            step = next(phase.cadence.gaps()) if isinstance(phase.cadence, Every) else 7
        day = max(last + gap, last + step - (phase.window_days or 0))
    early = min((one.earliest_days for one in phase.companions if one.anchor == "phase-start"), default=0)
    return day + min(0, early)


def last_before(out: Layout, day: int) -> str:
    """The key of the last session before a day; ``""`` where there is none. One that falls in a pause keeps its place: a pause
    makes nothing due.
    """
    found = [
        laid
        for laid in out.all_sessions()
        if laid.day < day
        and laid.cancelled in (None, "pause")
        and not laid.omitted
        and laid.basis != "proposed"
    ]
    return max(found, key=lambda laid: (laid.day, laid.key)).key if found else ""


def max_of(*days: int | None) -> int | None:
    """The latest of the days that are given; ``None`` where none is."""
    known = [day for day in days if day is not None]
    return max(known) if known else None


def unused_answers(ground: Ground) -> list[Finding]:
    """Answers to Decisions of the path that were asked nowhere on it, each a finding."""
    return [
        Finding(
            "decision-unknown",
            one.event.id,
            f"{one.event.id} decides {one.decision}, which is not asked on this course",
            "H6",
        )
        for one in ground.taken
        if one.decision in ground.boundary_ids and one.event.id not in ground.used
    ]
