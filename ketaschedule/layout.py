"""The walk along a protocol's path: runs of phases one after another, each placed exactly.

The layout is a function of the course and of its events; it does not know what time it is. So a plan
asked for later, with nothing new recorded, has every session where it was.
"""

from __future__ import annotations

from collections.abc import Mapping

from .course import Course
from .errors import Fault, InputError
from .folding import Folded
from .laid import Jump, Layout, Run
from .layout_boundary import Entry, ask_at_end, ask_before, unused_answers
from .layout_companions import lay_end_review
from .layout_ground import Ground
from .layout_leaving import Known, known_on, path_from
from .layout_phase import lay_run
from .layout_runs import Runs
from .protocol import Phase
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
    known: Mapping[str, Known] | None = None,
) -> Layout:
    """Place every session of the course, as far as the events allow it to be known.

    ``until`` (a date ordinal) or ``weeks`` from Day 1 bounds open-ended phases only; ``known`` is what was known at
    each event that leaves the path (:func:`ketaschedule.layout_leaving.known_when_left`). Raises
    :class:`InputError` where no day is possible at all.
    """
    ground = Ground(course, folded, weeks, until, matched or {})
    return _Walk(ground, known or {}).go()


class _Walk(Runs):
    """Where the walk stands: the protocol and its path, the runs so far, and the jumps still to come."""

    def __init__(self, ground: Ground, known: Mapping[str, Known]) -> None:
        super().__init__(ground, known)
        self.asked: dict[str, int] = {}
        self.answered: dict[str, str] = {}  # the Decision of each answer that comes into force later
        self.path: tuple[Phase, ...] = self.protocol.path
        self.index = 0

    def go(self) -> Layout:
        """Walk to the end of the path, to a gate that is closed, or to the end of what can be known."""
        while self._step():
            if len(self.out.runs) > MAX_RUNS:
                raise InputError(
                    [Fault("history", "too many phases were begun anew", f"at most {MAX_RUNS} runs", "limit")]
                )
        self._finish()
        return self.out

    def _step(self) -> bool:
        """One phase further; false where the walk is over."""
        if self.index >= len(self.path):
            return self._at_end()
        phase = self.path[self.index]
        entry = Entry()
        asked_here = False
        rule = self.protocol.decision_before(phase.id)
        if rule is not None and self.out.runs and self.not_before is None:
            anchor = self._anchor(rule.id, phase.id)
            leads_on = bool(self.jumps)
            entry = ask_before(
                self.ground, self.out, self.protocol, rule, phase, anchor, self.known, leads_on=leads_on
            )
            if self.taken_back(entry):
                return True
            asked_here = not self.out.boundaries[-1].taken
            self.asked[rule.id] = self.asked.get(rule.id, 0) + 1
            self.jumps = sorted([*self.jumps, *entry.jumps], key=lambda jump: jump.day)
            self.answered |= {jump.event.id: rule.id for jump in entry.jumps if jump.event is not None}
            if self._lengthened(entry):
                return True
            if entry.jump is not None:
                self.set_aside(self.path[self.index :], entry.jump.event)
                self._follow(entry.jump)
                return True
            if entry.stop:
                if entry.ends:
                    self.call_off(entry.by)
                return self._stopped(entry)
        run = self.run(phase, entry)
        jump = self._next_jump(run)
        if jump is not None:
            self._take_jump(run, jump, asked_here)
            return True
        self.keep(run)
        self.not_before, self.limit = None, None
        self.index += 1
        return True

    def _anchor(self, rule_id: str, phase_id: str) -> str:
        """What tells the k-th asking of one Decision from the first."""
        number = self.asked.get(rule_id, 0) + 1
        return "" if number == 1 else f"{phase_id}~{number}"

    def _stopped(self, entry: Entry) -> bool:
        """A gate is closed or the course ends here; a jump known to come still leads on."""
        self._drop_lost_jumps()
        if self.jumps and not entry.ends:
            self._leave(self.jumps.pop(0))
            return True
        self.out.path_ended = entry.ends
        self.out.ended_by = entry.by
        return False

    def _at_end(self) -> bool:
        """The end of the path: its Decision is asked, and may lead on."""
        if self.out.runs and self.out.runs[-1].phase.count is None:
            return False
        self.out.path_ended = True
        for rule in self.protocol.decisions:
            if rule.at == "end":
                entry = ask_at_end(self.ground, self.out, self.protocol, rule, self._anchor(rule.id, "end"))
                if self.taken_back(entry):
                    return True
                self.asked[rule.id] = self.asked.get(rule.id, 0) + 1
                for phase in entry.undone:
                    self.set_aside(path_from(self.protocol, phase), entry.by)
                if self._lengthened(entry):
                    return True
                if entry.jump is not None:
                    self._follow(entry.jump)
                    return True
        self._drop_lost_jumps()
        if self.jumps:
            self._leave(self.jumps.pop(0))
            return True
        return False

    def _lengthened(self, entry: Entry) -> bool:
        """Whether the last run goes on, as decided; it may now be in force when the path is left."""
        if not self.lengthen(entry):
            return False
        jump = self._next_jump(self.out.runs[-1])
        if jump is not None:
            self.index -= 1
            self._take_jump(self.take_up(), jump, asked_here=False)
        return True

    def _drop_lost_jumps(self) -> None:
        """Jumps to a phase that the protocol in force does not have lead nowhere, and are named."""
        while self.jumps and self.jumps[0].protocol is None:
            jump = self.jumps[0]
            if any(phase.id == jump.phase for phase in self.protocol.phases):
                return
            self.jumps.pop(0)
            text = f"{jump.reason} leads to {jump.phase}, which {self.protocol.id} does not have"
            self.out.findings.append(Finding("phase-unknown", jump.phase, text, "H6"))

    # jumps ---------------------------------------------------------------------------------

    def _next_jump(self, run: Run) -> Jump | None:
        """The first jump that falls while this run is in force."""
        self._drop_lost_jumps()
        last = run.last_day
        for jump in self.jumps:
            if run.phase.count is None or last is None or jump.day <= last:
                return jump
        return None

    def _take_jump(self, run: Run, jump: Jump, asked_here: bool) -> None:
        """Leave ``run`` for the jump's phase: what was not begun is cancelled, or was never entered."""
        self.jumps = [one for one in self.jumps if one is not jump]
        known = self.known.get(jump.event.id) if jump.event else None
        if known is not None and not run.more and run.key in known.more:
            run.more, run.sessions = list(known.more[run.key]), []
            lay_run(self.ground, self.out, run)  # as it was to go on when it was left
        begun = [laid for laid in run.sessions if laid.fact is not None or laid.day < jump.day]
        if self.out.runs and not self._had_begun(run, jump, bool(begun)):
            self.used.discard(run.key)
            if asked_here:
                boundary = self.out.boundaries.pop()
                self.asked[boundary.rule.id] -= 1
        else:
            if run.phase.count is None:
                run.cut_after(begun)
            for laid in run.sessions:
                if laid not in begun and laid.cancelled in (None, "pause"):
                    laid.cancelled = "left"
            run.left = jump.day
            if run.sessions:
                self.keep(run)
        self.set_aside(self.path[self.index + 1 :], jump.event)
        self.set_aside(self.protocol.phases, jump.event)  # to which a Decision led that is asked no more
        self._leave(jump)

    def _had_begun(self, run: Run, jump: Jump, begun: bool) -> bool:
        """Whether a run had begun when it was left, by what was known then."""
        known, _ = known_on(self.known, self.here, jump.event)
        if known is None:
            return begun or any(laid.booked is not None for laid in run.sessions)  # a booking keeps its key
        return run.key in known.begun

    def _leave(self, jump: Jump) -> None:
        """Follow a jump that no boundary asked for; what was asked before it is counted as was known then."""
        known, chosen_since = known_on(self.known, self.here, jump.event)
        if known is not None and not chosen_since:
            answered = self.answered.get(jump.event.id if jump.event is not None else "")
            here = {} if answered is None else {answered: self.asked[answered]}
            self.asked = dict(known.asked) | here
        self._follow(jump)

    def _follow(self, jump: Jump) -> None:
        if jump.protocol is not None:
            self.protocol = jump.protocol
        self.here = jump
        asked = self.out.boundaries  # what would have come on the path that is left is asked no more
        self.out.boundaries = [one for one in asked if one.taken or one.first_day < jump.day]
        self.not_before, self.limit = jump.day, jump.limit
        self.out.path_ended = False
        self.path, self.index = path_from(self.protocol, jump.phase), 0

    # the end -------------------------------------------------------------------------------

    def _finish(self) -> None:
        self.keep_planned()
        out, ground = self.out, self.ground
        out.pauses = ground.pauses
        out.ended = ended = ground.ended
        if ended is not None:
            for laid in out.all_sessions():
                if laid.fact is None and laid.day >= ended[0] and laid.cancelled is None:
                    laid.cancelled = "ended"
        out.gate_closed = bool(out.boundaries) and out.boundaries[-1].closed_gate and not out.path_ended
        if ended is not None and ground.folded.death is None:
            out.end_anchor = max(ended[0], ground.facts.days[-1] if ground.facts.days else 0)
            lay_end_review(ground, out, self.protocol, out.end_anchor)
        elif ended is None and (out.path_ended or out.gate_closed):
            out.end_anchor = out.last_day
            reviewed = any(laid.kind == "review" for laid in out.runs[-1].companions) if out.runs else False
            if out.end_anchor is not None and (out.path_ended or not reviewed):
                lay_end_review(ground, out, self.protocol, out.end_anchor)
        if ended is not None:
            out.boundaries = [one for one in out.boundaries if one.taken or one.first_day <= ended[0]]
        out.runs += self.aside
        out.findings = list(dict.fromkeys([*out.findings, *unused_answers(ground)]))
        out.by_key = {laid.key: laid for laid in out.all_sessions()}
