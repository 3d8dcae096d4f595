"""Verdicts on sessions and timings of doses: planned, due, overdue, presumed missed, and what a dose was.

Half-open in the session's zone: ``due`` from 00:00 of the earlier of ``earliest`` and its date to its
end; ``overdue`` to 24:00 of the later of ``latest`` and its date; then ``presumed-missed``, which is a
question to the clinic and changes nothing else.
"""

from __future__ import annotations

import datetime
from functools import lru_cache

from .history import (
    Event,
    ReviewHeld,
    SessionCancelled,
    SessionGiven,
    SessionMissed,
    SessionStopped,
    SessionWithheld,
)
from .series import EvaluatedDose, Interval, NextDose, Series, evaluate_series

__all__ = [
    "TIMINGS",
    "VERDICTS",
    "EvaluatedDose",
    "Interval",
    "NextDose",
    "Series",
    "dose_timing",
    "evaluate_series",
    "fact_verdict",
    "open_verdict",
]

VERDICTS = (
    "planned",
    "due",
    "overdue",
    "presumed-missed",
    "given",
    "stopped",
    "withheld",
    "missed",
    "cancelled",
)
TIMINGS = ("too-early", "early-grace", "on-time", "late")
_NAMES = {"too-soon": "too-early", "grace-period": "early-grace", "on-time": "on-time", "late": "late"}
_BASE = datetime.date(2000, 1, 3)


def fact_verdict(fact: Event) -> str:
    """The verdict that a fact gives its session.

    A review that was held counts as ``given``.
    """
    match fact:
        case SessionGiven() | ReviewHeld():
            return "given"
        case SessionStopped():
            return "stopped"
        case SessionWithheld():
            return "withheld"
        case SessionMissed():
            return "missed"
        case SessionCancelled():
            return "cancelled"
        case _:
            raise AssertionError(f"{fact.type} settles no session")


def open_verdict(now_day: int, now_over: bool, earliest: int, day: int, latest: int) -> str:
    """The verdict of a session without a fact, on local day ``now_day``.

    ``now_over`` says whether the session's end has passed (read only while the day cannot tell).

    >>> [open_verdict(now, False, 10, 12, 14) for now in (9, 10, 14, 15)]
    ['planned', 'due', 'due', 'presumed-missed']
    """
    if now_day < min(earliest, day):
        return "planned"
    if now_day > max(latest, day):
        return "presumed-missed"
    return "overdue" if now_over else "due"


@lru_cache(maxsize=8192)
def dose_timing(since: int | None, gap: int, from_earliest: int, to_latest: int) -> str:
    """What a dose was for its window: ``too-early``, ``early-grace``, ``on-time`` or ``late``.

    ``since`` is the days since the recorded dose before (absent for the first), ``gap`` the least such
    number that counts, ``from_earliest`` and ``to_latest`` the days from the window's ends to the dose
    (negative: the dose lies before that end). Judged by :func:`evaluate_series`.

    >>> [dose_timing(since, 2, since - 3, since - 5) for since in (1, 2, 3, 5, 6)]
    ['too-early', 'early-grace', 'on-time', 'on-time', 'late']
    """
    if since is None:
        return "early-grace" if from_earliest < 0 else "late" if to_latest > 0 else "on-time"
    earliest, latest = since - from_earliest, since - to_latest
    step = Interval(
        absolute_minimum=gap,
        minimum=max(gap, earliest),
        latest_recommended=max(gap, earliest, latest) + 1,
    )
    given = (_BASE, _BASE + datetime.timedelta(days=since))
    return _NAMES[evaluate_series([step], given).doses[1].reason]
