"""The runs of a walk: begun one after another, lengthened, laid again, or laid aside where the path does not lead to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve

from .errors import InputError
from .history import Event
from .laid import Jump, Layout, Run
from .layout_boundary import Entry, last_before, max_of
from .layout_companions import lay_companions
from .layout_ground import Ground
from .layout_leaving import Known, first_jumps, known_on, run_name
from .layout_phase import lay_run
from .protocol import Phase

__all__ = ["Runs"]


class Runs:
    """What was laid so far: the layout, the keys in use, the runs laid aside, and what bounds the next run."""

    def __init__(self, ground: Ground, known: Mapping[str, Known]) -> None:
        self.ground = ground
        self.known = known
        self.out = Layout(findings=list(ground.findings), matched=dict(ground.matched), facts=ground.facts)
        self.out.taken = ground.taken
        self.used: set[str] = set()
        self.aside: list[Run] = []
        self.protocol = ground.course.protocol
        self.not_before: int | None = None
        self.limit: int | None = None
        self.here: Jump | None = None  # what led to this path
        self.jumps = first_jumps(ground, self.out)

    def run(self, phase: Phase, entry: Entry) -> Run:
        """Lay the next run of a phase, entered so; it is not kept yet."""
        key, number = self.name(phase)
        self.used.add(key)
        run = Run(key, phase, self.protocol, number)
        run.held, run.held_until = entry.held, entry.held_until
        run.since = self.here.day if self.here is not None else None
        run.began_by_jump = self.not_before
        run.leaves = self.jumps[0].day if self.jumps else None
        run.limit = self.limit
        run.previous = self.out.last_day
        run.not_before = max_of(self.not_before, entry.not_before)
        since = self.out.last_day or 0
        run.changes = [
            *entry.intervals,
            *(
                (one.day, one.effect.set_interval)
                for one in self.ground.taken
                if one.effect.set_interval is not None
                and one.decision not in self.ground.boundary_ids
                and one.day > since
            ),
        ]
        lay_run(self.ground, self.out, run)
        return run

    def name(self, phase: Phase) -> tuple[str, int]:
        """(key, number) of the next run of a phase: as it was when this path was chosen, and of no other run."""
        known = self.known.get(self.here.event.id) if self.here and self.here.event else None
        number = known.numbers.get(phase.id, 1) if known is not None else 1
        while (key := run_name(self.ground.course.id, phase.id, number)) in self.used:
            number += 1
        return key, number

    def keep(self, run: Run) -> None:
        """Keep a run as walked, with what comes beside it."""
        self.out.runs.append(run)
        last = run.last_day
        if last is not None:
            self.out.last_day = last if self.out.last_day is None else max(self.out.last_day, last)
        lay_companions(self.ground, run)

    def lengthen(self, entry: Entry) -> bool:
        """Whether the last run goes on, as decided; then it is asked again."""
        if entry.more is None:
            return False
        run = self.out.runs[-1]
        run.more.append(entry.more)
        if run.last_day is not None:
            run.ends.append(run.last_day)
        self._lay_again()
        return True

    def taken_back(self, entry: Entry) -> bool:
        """Whether the last run was to go on and is not any more, which was not known yet: its sessions keep their numbers,
        what was recorded of the others stays, and the same is asked once more.
        """
        run = self.out.runs[-1] if self.out.runs else None
        if run is None or not entry.back or entry.back[0] in run.more:
            return False
        self.out.boundaries.pop()
        run.more += entry.back
        self._lay_again()
        return True

    def take_up(self) -> Run:
        """Take the last run off the walk, to be kept otherwise."""
        run = self.out.runs.pop()
        self.ground.used_reviews -= {laid.fact.id for laid in run.companions if laid.fact is not None}
        run.companions = []
        self.out.last_day = max_of(run.previous, *(day for other in self.aside for day in other.dosed_days))
        self.out.path_ended = False
        return run

    def _lay_again(self) -> None:
        run = self.take_up()
        run.sessions = []
        lay_run(self.ground, self.out, run)
        self.keep(run)
        self.out.boundaries = [  # an answer given earlier to what is asked later may number its sessions anew
            evolve(one, last_key=last_before(self.out, one.first_day)) if one.behind == run.key else one
            for one in self.out.boundaries
        ]

    def set_aside(self, phases: Iterable[Phase], event: Event | None) -> None:
        """Phases ahead on a path that is left, of which something was already recorded: their facts keep their keys."""
        known, _ = known_on(self.known, self.here, event)
        if known is None:
            return
        not_before, limit = self.not_before, self.limit
        self.not_before = self.limit = None
        for phase in phases:
            if self.name(phase)[0] in known.begun:
                run = self.run(phase, Entry())
                self._lay_aside(run, "left")
                self.out.last_day = max_of(self.out.last_day, *run.dosed_days)
        self.not_before, self.limit = not_before, limit

    def call_off(self, event: Event | None) -> None:
        """The course ends: what was planned when that was decided and is not begun is called off, as by an end within a phase."""
        known = self.known.get(event.id) if event is not None else None
        given = self.out.last_day
        for planned in known.planned if known is not None else ():
            run, end = self._as_planned(planned, "ended")
            given = max_of(given, *run.dosed_days)
            self.out.last_day = max_of(self.out.last_day, end)
        self.out.last_day = given

    def keep_planned(self) -> None:
        """What was planned after the last change stays in the plan, called off where the path leads elsewhere since."""
        for known in self.known.values():
            for planned in known.after:
                last_day = self.out.last_day
                self.out.last_day = planned.previous
                run, _ = self._as_planned(planned, "left")
                self.out.last_day = max_of(last_day, *run.dosed_days)

    def _as_planned(self, planned: Run, why: str) -> tuple[Run, int | None]:
        """A run laid aside as it was planned once, and its last day by that; none of it where a run has its key, and where
        there is no day for it any more only as far as something was recorded of it.
        """
        run = evolve(planned, sessions=[], companions=[], more=list(planned.more), words={})
        if planned.key in self.used:
            return run, None
        run.ends, run.left, run.leaves, run.previous = [], None, None, self.out.last_day
        known = self.ground.facts.numbers.get(planned.key, 0)
        for limit in (run.limit, known) if known else (run.limit,):
            tried = evolve(run, sessions=[], companions=[], limit=limit)
            try:
                lay_run(self.ground, self.out, tried)
                end = tried.last_day
                self._lay_aside(tried, why)
            except InputError:
                continue
            self.used.add(planned.key)
            return tried, end
        return run, None

    def _lay_aside(self, run: Run, why: str) -> None:
        """Keep the sessions of a run that is not walked: called off, but for what was recorded of them."""
        lay_companions(self.ground, run)
        if why == "left":
            run.companions = [laid for laid in run.companions if laid.fact is not None]
        if run.phase.count is None:
            run.cut_after([laid for laid in run.sessions if laid.fact is not None])
        for laid in (*run.sessions, *run.companions):
            if laid.fact is None:
                laid.cancelled = why
        self.aside.append(run)
