"""Where a person stands on one instrument: a word for it, and what each question about it comes to."""

from __future__ import annotations

from typing import Literal

import pendulum
from attrs import frozen

from ketaschedule.reasons import Reason
from ketaschedule.trajectory_judge import YesNo
from ketaschedule.trajectory_observations import Observation
from ketaschedule.trajectory_relapse import Crossing

__all__ = ["Relapse", "State", "Trajectory"]


State = Literal[
    "not-answered",
    "before-first-dose",
    "baseline",
    "no-baseline",
    "unknown",
    "no-response",
    "response",
    "remission",
    "scored",
    "deterioration",
    "relapse-suspected",
    "relapse-confirmed",
    "recurrence",
]
Relapse = Literal["none", "suspected", "confirmed", "recurrence", "unknown"]


@frozen(kw_only=True)
class Trajectory:
    """Where a person stands on one instrument.

    ``state`` is the one word for it; the fields beside it answer each question by itself, so that a
    relapse does not hide a deterioration. ``scored``: answered and scored, but the instrument has no
    threshold in force to say more by. ``relapse_level`` is 0, 1 or 2 by the relapse threshold alone: a worse answer
    never lowers it. ``crossings`` are the answers that first suggested a relapse, ``confirmations`` those that named it.
    ``observations`` holds every answer, in order, ``alone`` ones too; ``treated_from`` is the instant
    of the first dose (UTC seconds).
    ``change_percent`` is negative where points fell. What is absent is unknown, and ``reasons`` says why.
    """

    instrument: str
    state: State
    response: YesNo
    remission: YesNo
    relapse: Relapse
    relapse_level: int
    deterioration: YesNo
    worsening: YesNo
    baseline: Observation | None = None
    latest: Observation | None = None
    change_percent: float | None = None
    crossing: Crossing | None = None
    crossings: tuple[Crossing, ...] = ()
    confirmations: tuple[Crossing, ...] = ()
    relapses_at: tuple[pendulum.DateTime, ...] = ()
    observations: tuple[Observation, ...] = ()
    reasons: tuple[Reason, ...] = ()
    treated_from: int | None = None

    @property
    def baseline_points(self) -> int | None:
        """The total at baseline, in points; absent without one."""
        return self.baseline.points if self.baseline else None

    @property
    def latest_points(self) -> int | None:
        """The total of the latest answer, in points; absent where it has none."""
        return self.latest.points if self.latest else None

    @property
    def latest_at(self) -> pendulum.DateTime | None:
        """When the latest answer was given."""
        return self.latest.at if self.latest else None
