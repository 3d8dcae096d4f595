"""What a protocol is: phases, cadences, windows, decisions and the rules around a session, as data.

A protocol says how treatment is *published* to be given. It holds no person, no date and no zone.
Days are numbered from 1 (Day 1 is the day of session 1); there is no day 0. Every table that holds
numbers names the source of those numbers; ``sources`` says who that is.

>>> house = {"cadence": "house", "window": "house"}
>>> weekly = Phase(id="weekly", cadence=PerWeek(per_week=1, weeks=3), sources=house)
>>> weekly.count, weekly.starts_on_grid
(3, True)
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from attrs import Factory, frozen

from .cadence import Cadence, Days, Every, Interval, PerWeek, Spread
from .errors import InputError
from .protocol_checks import CHECKED, protocol_faults
from .protocol_parts import (
    CheckInRule,
    Companion,
    DecisionRule,
    DoseStatement,
    Effect,
    EndRule,
    FrequencyRow,
    LapseRule,
    MissedRule,
    Option,
    Phase,
    Statement,
    Step,
    WatchRule,
)
from .sources import Source

__all__ = [
    "Cadence",
    "CheckInRule",
    "Companion",
    "Days",
    "DecisionRule",
    "DoseStatement",
    "Effect",
    "EndRule",
    "Every",
    "FrequencyRow",
    "Interval",
    "LapseRule",
    "MissedRule",
    "Option",
    "PerWeek",
    "Phase",
    "Spread",
    "Statement",
    "Step",
    "TreatmentProtocol",
    "WatchRule",
]


@frozen(kw_only=True)
class TreatmentProtocol:
    """A way of giving treatment, versioned by ``edition``.

    ``session_minutes`` is how long a dose session holds a place (``at`` to ``ends``).
    ``min_gap_days`` is the least number of days from one dose to the next (2: not on consecutive
    days). ``expires`` is the date after which plans carry the finding ``edition-expired``.
    """

    id: str
    title: str
    edition: str
    drug: str
    route: str
    indication: str
    setting: str
    session_minutes: int
    min_gap_days: int
    sources: Mapping[str, Source]
    phases: tuple[Phase, ...]
    number_sources: Mapping[str, str]
    adults_only: bool = True
    default_at: str = "10:00"
    expires: datetime.date | None = None
    primary_instrument: str = "phq-9"
    domain: str = "mood"
    decisions: tuple[DecisionRule, ...] = ()
    lapse: tuple[LapseRule, ...] = ()
    frequency: tuple[FrequencyRow, ...] = ()
    steps: tuple[Step, ...] = ()
    doses: tuple[DoseStatement, ...] = ()
    statements: tuple[Statement, ...] = ()
    checkins: tuple[CheckInRule, ...] = ()
    watch: WatchRule = Factory(WatchRule)
    end: EndRule = Factory(EndRule)
    schema: int = 1

    def __attrs_post_init__(self) -> None:
        faults = protocol_faults({name: getattr(self, name) for name in CHECKED})
        if faults:
            raise InputError(faults)

    def phase(self, phase_id: str) -> Phase:
        """The phase with this id; ``KeyError`` where there is none."""
        for phase in self.phases:
            if phase.id == phase_id:
                return phase
        raise KeyError(phase_id)

    @property
    def path(self) -> tuple[Phase, ...]:
        """The single path of the file: its phases in order, those reached only by a Decision left out."""
        return tuple(phase for phase in self.phases if phase.entry == "next")

    def decision_before(self, phase_id: str) -> DecisionRule | None:
        """The Decision asked before a phase is entered, where there is one."""
        for rule in self.decisions:
            if rule.at == "before-phase" and rule.phase == phase_id:
                return rule
        return None
