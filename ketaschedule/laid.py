"""The working forms between history and plan: a session being laid, a run of a phase, a boundary.

These are mutable and private to planning; what leaves the planner is frozen (:mod:`ketaschedule.session_model`).
Days are date ordinals in the session zone.
"""

from __future__ import annotations

from attrs import Factory, field, frozen, mutable

from .facts import Facts
from .folding import Dose
from .history import Event, SessionBooked, SessionMoved
from .protocol import Companion, DecisionRule, Effect, Every, PerWeek, Phase, TreatmentProtocol
from .reasons import Finding

__all__ = [
    "Boundary",
    "Jump",
    "Laid",
    "Layout",
    "More",
    "Order",
    "Run",
    "TakenOption",
    "opens_course",
    "order_of",
]

Order = tuple[int, str]
"""When an event was recorded, and its id: the order in which plans learn of events."""


def order_of(event: Event) -> Order:
    """Where an event comes in the order of recording."""
    return event.recorded_key, event.id


@frozen
class More:
    """So many sessions added at the end of a run from a day on.

    ``order`` is when they were first asked for, which gives them their numbers; ``stands`` when they became part of
    the course, ``None`` where that was taken back: then only what was recorded of them is left.
    """

    count: int
    day: int
    order: Order
    stands: Order | None


@mutable(eq=False)
class Laid:
    """One session on its way into the plan. ``earliest`` … ``latest`` is the window before any gap raises it.

    ``batch`` is 0 for what the protocol asks, k for what came k-th beside it; ``pinned`` is where a session of
    which something is recorded lay before a change came.
    """

    key: str
    number: int
    earliest: int
    target: int
    latest: int
    interval: int
    day: int = 0
    minute: int = 0
    minutes: int = 0
    hard_min: int | None = None
    kind: str = "dose"
    fact: Event | None = None
    dose: Dose | None = None
    counts: bool | None = None
    early: bool = False
    booked: SessionBooked | SessionMoved | None = None
    basis: str = "protocol"
    cancelled: str | None = None
    outside: bool = False
    off_preference: bool = False
    released: bool = False
    added: bool = False
    batch: int = 0
    pinned: int | None = None
    omitted: bool = False
    shifted_from: int | None = None
    companion: Companion | None = None
    anchor: str | None = None
    wait: str | None = None
    planned: int = 0

    @property
    def untouched(self) -> bool:
        """Nothing was recorded about it, booked for it or done to it."""
        if self.fact is not None or self.dose is not None or self.counts is not None:
            return False
        return self.cancelled is None and self.booked is None and not self.omitted

    @property
    def dosed(self) -> bool:
        """A dose that counts settles it."""
        return self.fact is not None and self.dose is not None and bool(self.counts)

    @property
    def open(self) -> bool:
        """No fact settles it and nothing cancelled it."""
        return self.fact is None and self.cancelled is None and not self.omitted


@mutable(eq=False)
class Run:
    """One run of a phase: its key, its sessions, and how it began.

    ``more`` is what Decisions at its end added, ``ends`` the day of each
    end before that: what was anchored to such an end stays there. ``leaves`` is the day on which a path is known to be
    left, ``left`` the day on which this run was.
    """

    key: str
    phase: Phase
    protocol: TreatmentProtocol
    index: int
    first_day: int = 0
    origin: int = 0
    began_by_jump: int | None = None
    limit: int | None = None
    sessions: list[Laid] = field(factory=list)
    companions: list[Laid] = field(factory=list)
    held: bool = False
    held_until: int | None = None
    wish_ignored: bool = False
    previous: int | None = None
    not_before: int | None = None
    changes: list[tuple[int | None, int]] = field(factory=list)
    words: dict[int, str] = field(factory=dict)
    more: list[More] = field(factory=list)
    ends: list[int] = field(factory=list)
    since: int | None = None
    left: int | None = None
    leaves: int | None = None

    @property
    def last_day(self) -> int | None:
        """The day of the last dose session that keeps its place: what fell in a pause does, a proposal does not; of a
        run that was ``left`` on a day, from then on only what was given.
        """
        days = [
            laid.day
            for laid in self.sessions
            if laid.cancelled in (None, "pause")
            and laid.basis != "proposed"
            and not laid.omitted
            and (self.left is None or laid.day < self.left or laid.dosed)
        ]
        return max(days) if days else None

    @property
    def dosed_days(self) -> list[int]:
        """The days of its sessions that a dose settled."""
        return [laid.day for laid in self.sessions if laid.dosed]

    def cut_after(self, known: list[Laid]) -> None:
        """Keep what comes up to the last of these sessions: a run without end that is left has no more."""
        self.sessions = self.sessions[: max((self.sessions.index(laid) + 1 for laid in known), default=0)]


@frozen
class TakenOption:
    """A Decision taken: on which day, by which event, and what its option does."""

    day: int
    event: Event
    decision: str
    anchor: str
    option: str
    effect: Effect
    outside_label: bool = False


@frozen
class Jump:
    """From ``day`` on another phase is followed, by ``event``; ``limit`` bounds its sessions where stated."""

    day: int
    phase: str
    reason: str
    protocol: TreatmentProtocol | None = None
    limit: int | None = None
    event: Event | None = None


@frozen
class Boundary:
    """A place on the path where the protocol asks a Decision.

    ``first_day`` is the first day on which its options can differ, ``last_key`` the last session before it;
    ``since`` the day of the jump that brought the path here, where one did, ``after`` the last session's when it was asked,
    ``behind`` the key of the run before it.
    """

    rule: DecisionRule
    anchor: str
    first_day: int
    last_key: str
    taken: tuple[TakenOption, ...] = ()
    closed_gate: bool = False
    since: int | None = None
    after: int = 0
    behind: str = ""


@mutable(eq=False)
class Layout:
    """Everything placed: the runs, the course's Day 1, boundaries, extras, and what should be known.

    ``watched`` is where its watches begin, once that was asked (:func:`ketaschedule.checkin_watch.watch_anchors`).
    """

    day1: int = 0
    horizon: int = 0
    runs: list[Run] = field(factory=list)
    boundaries: list[Boundary] = field(factory=list)
    extras: list[Dose] = field(factory=list)
    matched: dict[str, str] = Factory(dict)
    findings: list[Finding] = field(factory=list)
    last_day: int | None = None
    path_ended: bool = False
    gate_closed: bool = False
    ended: tuple[int, Event] | None = None
    ended_by: Event | None = None
    pauses: list[tuple[int, int | None, str, str | None]] = field(factory=list)
    end_anchor: int | None = None
    end_key: str | None = None
    taken: list[TakenOption] = field(factory=list)
    by_key: dict[str, Laid] = Factory(dict)
    facts: Facts = Factory(Facts.none)
    start_moved: bool = False
    watched: object | None = None

    def all_sessions(self) -> list[Laid]:
        """Every laid session, companions among them, in no particular order."""
        found: list[Laid] = []
        for run in self.runs:
            found += run.sessions
            found += run.companions
        return found

    def frequency_on(self, day: int) -> tuple[Run | None, int]:
        """The run in force on a day and its interval in days."""
        found: tuple[Run | None, int] = (None, 0)
        for run in self.runs:
            for laid in run.sessions:
                if laid.day <= day and laid.cancelled is None:
                    cadence = run.phase.cadence
                    if isinstance(cadence, PerWeek):
                        found = (run, 7 // cadence.per_week)
                    elif isinstance(cadence, Every):
                        found = (run, laid.interval)
        return found


def opens_course(out: Layout, run: Run) -> bool:
    """Whether session 1 of this run is that of the course: it is the first run, or took the place of one that left nothing."""
    return not out.runs and (run.index == 1 or run.began_by_jump is not None)
