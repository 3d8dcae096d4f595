"""The walk along a protocol's path: runs of phases one after another, each placed exactly.

The layout is a function of the course and of its events; it does not know what time it is. So a plan
asked for later, with nothing new recorded, has every session where it was.
"""

from __future__ import annotations

from collections.abc import Mapping

from .course import Course
from .errors import Fault, InputError
from .folding import Folded
from .history import CourseResumed
from .laid import Boundary, Jump, Layout, Run, TakenOption
from .layout_ground import Ground
from .layout_phase import lay_companions, lay_end_review, lay_run
from .protocol import DecisionRule, Effect, Phase, TreatmentProtocol
from .reasons import Finding

__all__ = ["lay_out"]

MAX_RUNS = 60


def lay_out(
    course: Course,
    folded: Folded,
    *,
    weeks: int = 26,
    until: int | None = None,
    matched: Mapping[str, str] | None = None,
) -> Layout:
    """Place every session of the course, as far as the events allow it to be known.

    ``until`` (a date ordinal) or ``weeks`` from Day 1 bounds open-ended phases only. Raises
    :class:`InputError` where no day is possible at all.
    """
    ground = Ground(course, folded, weeks, until, matched or {})
    return _Walk(ground).go()


class _Walk:
    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.out = Layout(findings=list(ground.findings), matched=dict(ground.matched), facts=ground.facts)
        self.out.taken = ground.taken
        self.counters: dict[str, int] = {}
        self.jumps = self._first_jumps()
        self.protocol = ground.course.protocol
        self.path: tuple[Phase, ...] = self.protocol.path
        self.last_day: int | None = None
        self.used: set[str] = set()

    def _first_jumps(self) -> list[Jump]:
        """Jumps known before the walk: Decisions that no boundary asks, and changes of protocol."""
        ground = self.ground
        boundary_ids = {rule.id for protocol in ground.protocols for rule in protocol.decisions}
        jumps = [
            Jump(one.day, one.effect.go_to_phase, f"decision {one.decision}")
            for one in ground.taken
            if one.effect.go_to_phase is not None and one.decision not in boundary_ids
        ]
        for event in ground.folded.protocols:
            protocol = ground.course.other_protocol(event.protocol)
            if all(phase.id != event.phase for phase in protocol.phases):
                text = f"{event.id}: {event.protocol} has no phase {event.phase[:64]!r}"
                self.out.findings.append(Finding("phase-unknown", event.id, text, "H6"))
                continue
            jumps.append(
                Jump(event.from_date.toordinal(), event.phase, f"protocol {event.protocol}", protocol)
            )
        jumps.sort(key=lambda jump: jump.day)
        for one in ground.taken:
            if one.effect.pause:
                ground.folded.pauses.append((one.day, self._resumed_after(one.day), one.event.id, None))
            if one.effect.end and one.decision not in boundary_ids:
                self._end_at(one.day)
        return jumps

    def _resumed_after(self, day: int) -> int | None:
        for event in self.ground.folded.events:
            if isinstance(event, CourseResumed):
                resumed = self.ground.clock.ordinal(event.at)
                if resumed >= day:
                    return resumed
        return None

    def _end_at(self, day: int) -> None:
        folded = self.ground.folded
        if folded.ended is None or day < folded.ended[0]:
            event = next(one.event for one in self.ground.taken if one.day == day and one.effect.end)
            folded.ended = (day, event)

    # the walk ------------------------------------------------------------------------------

    def go(self) -> Layout:
        index = 0
        not_before: int | None = None
        limit: int | None = None
        while index < len(self.path) and len(self.out.runs) < MAX_RUNS:
            phase = self.path[index]
            options = _Entry()
            rule = self.protocol.decision_before(phase.id) if self.out.runs and limit is None else None
            jumped = not_before is not None
            if rule is not None and not jumped:
                options = self._enter(rule, phase)
                if options.stop:
                    break
                if options.jump is not None:
                    index, not_before, limit = self._follow(options.jump)
                    continue
            run = self._run(phase, options, not_before, limit)
            jump = self._next_jump(run)
            if jump is not None:
                index, not_before, limit = self._take_jump(run, jump)
                continue
            self._keep(run)
            not_before, limit = None, None
            index += 1
        else:
            self.out.path_ended = index >= len(self.path) and self._counted()
        self._finish()
        return self.out

    def _counted(self) -> bool:
        return bool(self.out.runs) and self.out.runs[-1].phase.count is not None

    def _run(self, phase: Phase, entry: _Entry, not_before: int | None, limit: int | None) -> Run:
        number = self.counters.get(phase.id, 0) + 1
        self.counters[phase.id] = number
        name = phase.id if number == 1 else f"{phase.id}~{number}"
        run = Run(f"{self.ground.course.id}/{name}", phase, self.protocol, number)
        run.held = entry.held
        run.began_by_jump = not_before
        run.limit = limit
        since = self.last_day or 0
        boundary_ids = {rule.id for rule in self.protocol.decisions}
        entry.intervals += [
            (one.day, one.effect.set_interval)
            for one in self.ground.taken
            if one.effect.set_interval is not None and one.decision not in boundary_ids and one.day > since
        ]
        lay_run(
            self.ground,
            self.out,
            run,
            entry.intervals,
            self.last_day,
            max_of(not_before, entry.not_before),
            limit,
        )
        return run

    def _keep(self, run: Run) -> None:
        self.out.runs.append(run)
        last = run.last_day
        if last is not None:
            self.last_day = last if self.last_day is None else max(self.last_day, last)
        lay_companions(self.ground, run)

    def _next_jump(self, run: Run) -> Jump | None:
        """The first jump that falls while this run is in force."""
        last = run.last_day
        for jump in self.jumps:
            if run.phase.count is None or last is None or jump.day <= last:
                return jump
            if not any(laid.day >= jump.day for laid in run.sessions):
                return None
        return None

    def _take_jump(self, run: Run, jump: Jump) -> tuple[int, int | None, int | None]:
        """Leave ``run`` for the jump's phase: what was not begun is cancelled, or was never entered."""
        self.jumps = [one for one in self.jumps if one is not jump]
        begun = [laid for laid in run.sessions if laid.fact is not None or laid.day < jump.day]
        if not begun and self.out.runs:
            self.counters[run.phase.id] -= 1
        else:
            if run.phase.count is None:
                run.sessions = begun
            else:
                for laid in run.sessions:
                    if laid not in begun and laid.cancelled is None:
                        laid.cancelled = "left"
            run.left = (jump.day, jump.reason)
            self._keep(run)
        return self._follow(jump)

    def _follow(self, jump: Jump) -> tuple[int, int | None, int | None]:
        if jump.protocol is not None:
            self.protocol = jump.protocol
        path = self.protocol.path
        ids = [phase.id for phase in path]
        if jump.phase in ids:
            self.path = path
            return ids.index(jump.phase), jump.day, jump.limit
        phase = self.protocol.phase(jump.phase)
        self.path = (phase, *path[_next_on_path(self.protocol, jump.phase) :])
        return 0, jump.day, jump.limit

    # boundaries ----------------------------------------------------------------------------

    def _taken_for(self, rule: DecisionRule, anchor: str) -> tuple[TakenOption, ...]:
        found = tuple(
            one for one in self.ground.taken if one.decision == rule.id and one.anchor in ("", anchor)
        )
        if anchor:
            found = tuple(one for one in found if one.anchor == anchor)
        self.used.update(one.event.id for one in found)
        return found

    def _enter(self, rule: DecisionRule, phase: Phase) -> _Entry:
        """What the Decision before a phase says: how to enter it, or not at all."""
        before = self.out.runs[-1]
        number = self.counters.get(phase.id, 0) + 1
        anchor = "" if number == 1 else f"{phase.id}~{number}"
        taken = self._taken_for(rule, anchor)
        review = max(
            (one.day for one in before.companions if one.companion and one.companion.anchor == "phase-end"),
            default=None,
        )
        first = self._first_day(phase, rule, review)
        last = self._last_before(first)
        self.out.boundaries.append(
            Boundary(rule, anchor, first, last, taken, rule.gate and not taken, before.began_by_jump)
        )
        chosen: TakenOption | None = None
        for one in taken:
            if one.day < first or (rule.gate and chosen is None):
                chosen = one
        later = taken[taken.index(chosen) + 1 :] if chosen is not None else taken
        entry = _Entry()
        if chosen is None and rule.gate:
            entry.stop = True
            return entry
        if rule.gate and chosen is not None:
            entry.not_before = max_of(review + 1 if review is not None else None, chosen.day)
        effect = chosen.effect if chosen is not None else _option_effect(rule, rule.default)
        entry.held = chosen is None and rule.rests_on == "frequency"
        self._apply_entry(entry, effect, phase, before, chosen)
        for one in later:
            self._apply_later(entry, one, before)
        return entry

    def _apply_entry(
        self, entry: _Entry, effect: Effect, phase: Phase, before: Run, chosen: TakenOption | None
    ) -> None:
        if effect.set_interval is not None:
            entry.intervals.append((None, effect.set_interval))
        elif effect.end:
            entry.stop = True
            self.out.end_anchor = max_of(before.last_day, None)
            self.out.path_ended = True
        elif effect.go_to_phase is not None and effect.go_to_phase != phase.id:
            day = max_of((before.last_day or self.out.day1) + 1, chosen.day if chosen else None)
            entry.jump = Jump(day or 0, effect.go_to_phase, "decision")
        elif effect.add_sessions is not None:
            self._lengthen(before, effect.add_sessions)

    def _lengthen(self, before: Run, more: int) -> None:
        """The phase before goes on for ``more`` sessions, as decided; it is laid again with them."""
        self.out.runs.pop()
        before.sessions, before.companions = [], []
        previous = self.out.runs[-1].last_day if self.out.runs else None
        lay_run(self.ground, self.out, before, [], previous, before.nominal_first or None, None, more=more)
        self._keep(before)

    def _apply_later(self, entry: _Entry, one: TakenOption, before: Run) -> None:
        """A Decision answered after its phase had begun acts from the day it was taken."""
        effect = one.effect
        if effect.set_interval is not None:
            entry.intervals.append((one.day, effect.set_interval))
        elif effect.end:
            self._end_at(one.day)
        elif effect.go_to_phase is not None:
            self._add_jump(Jump(one.day, effect.go_to_phase, f"decision {one.decision}"))
        elif effect.add_sessions is not None:
            self._add_jump(
                Jump(one.day, before.phase.id, f"decision {one.decision}", limit=effect.add_sessions)
            )

    def _add_jump(self, jump: Jump) -> None:
        self.jumps = sorted([*self.jumps, jump], key=lambda one: one.day)

    def _first_day(self, phase: Phase, rule: DecisionRule, review: int | None) -> int:
        """The first day on which the options of a boundary can differ: the earliest first session of any."""
        last = self.last_day if self.last_day is not None else self.out.day1
        gap = self.protocol.min_gap_days
        days: list[int] = []
        for option in rule.options:
            effect = option.effect
            target = phase
            interval = effect.set_interval
            if effect.end:
                continue
            if effect.go_to_phase is not None:
                target = self.protocol.phase(effect.go_to_phase)
            if effect.add_sessions is not None:
                days.append(last + gap)
                continue
            if target.starts_on_grid:
                day = self.out.day1 + 7 * ((last - self.out.day1) // 7 + 1)
                if rule.gate and review is not None and day <= review:
                    day += 7 * ((review - day) // 7 + 1)
                days.append(day)
            else:
                step = interval if interval is not None else next(target.cadence.gaps())  # type: ignore[union-attr]  # intervals start after-interval
                days.append(max(last + gap, last + step - (target.window_days or 0)))
        return max(last + 1, min(days, default=last + 1))

    def _last_before(self, day: int) -> str:
        found = [
            laid
            for laid in self.out.all_sessions()
            if laid.day < day and laid.cancelled is None and not laid.omitted and laid.basis != "proposed"
        ]
        return max(found, key=lambda laid: (laid.day, laid.key)).key if found else ""

    # the end -------------------------------------------------------------------------------

    def _finish(self) -> None:
        out, ground = self.out, self.ground
        ended = ground.folded.ended
        if ended is not None:
            for laid in out.all_sessions():
                if laid.fact is None and laid.day >= ended[0] and laid.cancelled is None:
                    laid.cancelled = "ended"
        if ended is not None and ground.folded.death is None:
            out.end_anchor = max(ended[0], self._last_dose_day() or 0)
            lay_end_review(ground, out, self.protocol, out.end_anchor)
        elif ended is None and (out.path_ended or (out.boundaries and out.boundaries[-1].closed_gate)):
            out.end_anchor = self.last_day
            if out.path_ended and out.end_anchor is not None:
                lay_end_review(ground, out, self.protocol, out.end_anchor)
        if out.path_ended and ended is None:
            self._end_boundary()
        self._note_unused()
        out.by_key = {laid.key: laid for laid in out.all_sessions()}

    def _last_dose_day(self) -> int | None:
        days = self.ground.facts.days
        return days[-1] if days else None

    def _end_boundary(self) -> None:
        for rule in self.protocol.decisions:
            if rule.at != "end":
                continue
            taken = self._taken_for(rule, "")
            last = self.last_day if self.last_day is not None else self.out.day1
            first = last + self.protocol.min_gap_days
            self.out.boundaries.append(Boundary(rule, "", first, self._last_before(first), taken))
            if taken:
                self._after_end(rule, taken[-1])

    def _after_end(self, rule: DecisionRule, chosen: TakenOption) -> None:
        effect = chosen.effect
        last = self.last_day if self.last_day is not None else self.out.day1
        day = max(last + 1, chosen.day)
        if effect.go_to_phase is not None:
            index, not_before, limit = self._follow(Jump(day, effect.go_to_phase, f"decision {rule.id}"))
            self._on_from(index, not_before, limit)
        elif effect.add_sessions is not None:
            phase = self.out.runs[-1].phase
            index, not_before, limit = self._follow(
                Jump(day, phase.id, f"decision {rule.id}", limit=effect.add_sessions)
            )
            self._on_from(index, not_before, limit, single=True)

    def _on_from(self, index: int, not_before: int | None, limit: int | None, single: bool = False) -> None:
        for phase in self.path[index:]:
            if len(self.out.runs) >= MAX_RUNS:
                raise InputError(
                    [Fault("history", "too many phases were begun anew", f"at most {MAX_RUNS}", "limit")]
                )
            run = self._run(phase, _Entry(), not_before, limit)
            self._keep(run)
            not_before, limit = None, None
            if single:
                break
        self.out.end_anchor = self.last_day

    def _note_unused(self) -> None:
        boundary_ids = {rule.id for protocol in self.ground.protocols for rule in protocol.decisions}
        for one in self.ground.taken:
            if one.decision in boundary_ids and one.event.id not in self.used:
                text = f"{one.event.id} decides {one.decision}, which is not asked on this course"
                self.out.findings.append(Finding("decision-unknown", one.event.id, text, "H6"))


class _Entry:
    """How a phase is entered: intervals set by Decisions, held or not, not before a day, or not at all."""

    def __init__(self) -> None:
        self.intervals: list[tuple[int | None, int]] = []
        self.held = False
        self.not_before: int | None = None
        self.stop = False
        self.jump: Jump | None = None


def _option_effect(rule: DecisionRule, option_id: str) -> Effect:
    return next(option.effect for option in rule.options if option.id == option_id)


def _next_on_path(protocol: TreatmentProtocol, phase_id: str) -> int:
    """The index on the path of the first phase that stands after ``phase_id`` in the file."""
    after = False
    ids = [phase.id for phase in protocol.path]
    for phase in protocol.phases:
        if after and phase.id in ids:
            return ids.index(phase.id)
        after = after or phase.id == phase_id
    return len(ids)


def max_of(*days: int | None) -> int | None:
    """The latest of the days that are given; ``None`` where none is."""
    known = [day for day in days if day is not None]
    return max(known) if known else None
