"""The parts that a protocol is made of, each a small frozen class that reads like its table in the file.

Every part that holds numbers has a ``source``: the id of one of the protocol's sources, or ``house``.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, frozen

from .cadence import Cadence, Every

__all__ = [
    "CheckInRule",
    "Companion",
    "DecisionRule",
    "DoseStatement",
    "Effect",
    "EndRule",
    "FrequencyRow",
    "LapseRule",
    "MissedRule",
    "Option",
    "Phase",
    "Statement",
    "Step",
    "WatchRule",
]


@frozen(kw_only=True)
class MissedRule:
    """What follows a *recorded* miss.

    ``rule``: ``keep`` (later targets stand), ``append`` (one more after the last) or ``shift``
    (planned again on the next allowed day after the miss, later targets move along).
    ``make_up``: ``within-window`` lets a dose given later within the window settle the same
    session; ``none`` does not (home settings). ``propose_extra`` shows one more session at
    the end as a proposal, which only a Decision makes real.
    """

    rule: str = "keep"
    make_up: str = "within-window"
    propose_extra: bool = False
    text: str = ""
    source: str = "house"


@frozen(kw_only=True)
class Companion:
    """A session that is no dose: preparation, integration or review, anchored to a dose or a phase.

    ``anchor``: ``session`` (with ``session`` = its number), ``each-session``, ``phase-start`` or
    ``phase-end`` (the last dose session of the phase). Offsets are days from the anchor's date:
    target at ``offset_days``, never before ``earliest_days`` nor, where a day is open, after
    ``latest_days``. ``gates_next`` holds the next dose session ``waiting`` until the review is held.
    """

    id: str
    kind: str
    anchor: str
    offset_days: int
    earliest_days: int
    latest_days: int
    minutes: int
    session: int | None = None
    number: int = 1
    gates_next: bool = False
    text: str = ""
    source: str = "house"


@frozen(kw_only=True)
class Phase:
    """A stretch with one cadence.

    ``start``: ``grid`` (the first treatment week after the last dose of the phase before) or
    ``after-interval``; by default ``after-interval`` for intervals and ``grid`` for the others.
    ``window_days``: earliest and latest lie this many days from the target; absent for ``per_week``
    means the treatment week. ``outside``: ``later``, ``omit`` or ``ask`` where no day fits the window.
    ``entry``: ``next`` (in file order) or ``decision`` (reached only by a Decision's effect).
    ``sources`` maps the names of its numbers (cadence, window, gap) to sources of the protocol.
    """

    id: str
    cadence: Cadence
    title: str = ""
    start: str = "auto"
    window_days: int | None = None
    outside: str = "later"
    entry: str = "next"
    missed: MissedRule = MissedRule()
    companions: tuple[Companion, ...] = ()
    sources: Mapping[str, str] = Factory(dict)
    text: str = ""

    @property
    def count(self) -> int | None:
        """Sessions the protocol asks for in this phase; ``None`` for an open-ended one."""
        return self.cadence.count if isinstance(self.cadence, Every) else len(self.cadence.offsets())

    @property
    def starts_on_grid(self) -> bool:
        """Whether the phase begins with a treatment week rather than after an interval."""
        if self.start == "auto":
            return not isinstance(self.cadence, Every)
        return self.start == "grid"


@frozen(kw_only=True)
class Effect:
    """What an option does: exactly one of these. ``keep`` changes nothing beyond opening a gate."""

    keep: bool = False
    go_to_phase: str | None = None
    set_interval: int | None = None
    add_sessions: int | None = None
    count_dose: bool | None = None
    pause: bool = False
    end: bool = False


@frozen(kw_only=True)
class Option:
    """One answer to a Decision. ``outside_label`` marks what the label does not cover."""

    id: str
    text: str
    effect: Effect
    outside_label: bool = False
    source: str = "house"


@frozen(kw_only=True)
class DecisionRule:
    """A question for the clinician that the protocol itself raises.

    ``at``: ``before-phase`` (with ``phase``), ``end`` (after the last session of the path).
    ``rests_on``: ``path`` (the single unbranched path goes on by default), ``frequency`` (the
    frequency in force goes on, ``held``), ``response`` or ``fitness`` (no further dose until decided:
    a gate).
    """

    id: str
    at: str
    question: str
    options: tuple[Option, ...]
    default: str
    phase: str | None = None
    rests_on: str = "path"
    source: str = "house"

    @property
    def gate(self) -> bool:
        """Whether no further dose is placed until this is decided."""
        return self.rests_on in ("response", "fitness")


@frozen(kw_only=True)
class LapseRule:
    """A Decision raised by what happened, never by silence.

    ``when``: ``missed-and-worse`` (a recorded miss and a worsening), ``long-gap`` (a recorded miss,
    more than ``over_days`` since the last dose and more than ``over_intervals`` planned intervals)
    or ``worse`` (a worsening alone).
    """

    id: str
    when: str
    question: str
    options: tuple[Option, ...]
    default: str = "keep"
    phases: tuple[str, ...] = ()
    over_days: int | None = None
    over_intervals: int | None = None
    source: str = "house"


@frozen(kw_only=True)
class FrequencyRow:
    """One row of a clinician-rated (CGI-S) frequency table: at ``every_days`` now, a rating from
    ``rating_from`` to ``rating_to`` suggests one of ``options`` (ids of intervals in days, 0 = keep).
    """

    every_days: int
    rating_from: int
    rating_to: int
    options: tuple[Option, ...]
    source: str


@frozen(kw_only=True)
class Step:
    """One thing around a dose.

    ``anchor``: ``arrival``, ``dose-start`` or ``dose-end``. One of ``offset_minutes``,
    ``until = "next-day"`` (a date and a condition, never a clock time) or ``within_days``.
    What is told the day before has ``offset_minutes = -1440``. ``what`` is an id that files share:
    the words for it, in each language, stand elsewhere; ``text`` says it in English.
    """

    what: str
    anchor: str
    audience: str
    text: str
    offset_minutes: int | None = None
    until: str | None = None
    within_days: int | None = None
    phases: tuple[str, ...] = ()
    source: str = "house"


@frozen(kw_only=True)
class DoseStatement:
    """A dose as stated by its source: shown, never computed and never chosen."""

    text: str
    who: str = "adults"
    phases: tuple[str, ...] = ()
    source: str = "house"


@frozen(kw_only=True)
class Statement:
    """Something ``show`` prints: who it is for, what excludes, what warns, what is not known.

    ``kind`` is one of ``protocol_terms.STATEMENT_KINDS``.
    """

    kind: str
    text: str
    source: str


@frozen(kw_only=True)
class CheckInRule:
    """One item of the check-in programme.

    ``anchor``: ``before-first-dose``, ``first-dose``, ``before-dose``, ``session`` (with ``phase``
    and ``session``), ``phase-end`` (with ``phase``), ``week`` (with ``week``), ``monthly`` (while
    doses go on, from ``from_week``). ``offset_hours`` from the anchor's instant; it opens
    ``opens_hours`` before it is due and closes ``closes_hours`` after. Instruments are ids; the word
    ``primary`` stands for the course's first instrument.
    """

    id: str
    purpose: str
    anchor: str
    instruments: tuple[str, ...]
    offset_hours: int = 0
    opens_hours: int = 24
    closes_hours: int = 48
    phase: str | None = None
    session: int | None = None
    week: int | None = None
    from_week: int | None = None
    every_days: int | None = None
    source: str = "house"


@frozen(kw_only=True)
class WatchRule:
    """The watch for relapse after the last dose and after each widening.

    ``cohort`` names a relapse cohort where one is eligible; without one the plan claims no delay.
    ``extras`` is how many days inspection may add within days 1-90.
    """

    after: tuple[str, ...] = ("last-dose", "widening")
    instruments: tuple[str, ...] = ("primary",)
    cohort: str | None = None
    extras: int = 6
    why_no_cohort: str = ""
    source: str = "house"


@frozen(kw_only=True)
class EndRule:
    """What follows the last session: a review ``review_days`` after it, within ``window_days``."""

    review_days: int = 14
    window_days: int = 7
    minutes: int = 30
    source: str = "house"
