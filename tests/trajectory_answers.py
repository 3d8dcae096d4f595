"""Answers and events of one course as the tests and vectors of trajectories write them: a day, a total."""

from __future__ import annotations

from typing import Any

import pendulum

from ketaschedule.history import CheckInAnswered, ClinicalEvent, Event, ReviewHeld
from ketaschedule.instrument import Instrument, load_instrument

DAY_0 = pendulum.datetime(2026, 12, 1, tz="America/New_York")


def at(day: int, hour: int = 9) -> pendulum.DateTime:
    return DAY_0.add(days=day).set(hour=hour)


FIRST_DOSE = at(1, 12)


def spread(instrument: Instrument, points: int) -> dict[str, int]:
    """Answers that give a total: the first item of each domain takes what it can, the others stay low."""
    answers = {item.id: item.low for item in instrument.items if item.counts}
    rest = points - instrument.low
    for group in instrument.domains:
        item = instrument.by_id[group[0]]
        step = min(item.high - item.low, rest // item.weight)
        answers[item.id] += step
        rest -= step * item.weight
    assert rest == 0, f"{instrument.id} cannot give {points} points"
    return answers


def answered(
    day: int,
    answers: dict[str, Any],
    instrument: str = "phq-9",
    *,
    recorded: int | None = None,
    event: str | None = None,
    checkin: str | None = None,
) -> CheckInAnswered:
    return CheckInAnswered(
        id=event or f"e-{day}",
        course="c-1",
        recorded_at=at(day if recorded is None else recorded),
        checkin=checkin or f"c-1/ask/{day}",
        at=at(day),
        answers={instrument: answers},
    )


def scored(day: int, points: int, instrument: str = "phq-9") -> CheckInAnswered:
    return answered(day, spread(load_instrument(instrument), points), instrument)


def happened(day: int, what: str) -> Event:
    if what.startswith("review:"):
        key, value = what.removeprefix("review:").split("=")
        return ReviewHeld(
            id=f"r-{day}-{key}",
            course="c-1",
            recorded_at=at(day, 10),
            at=at(day, 10),
            kind="x",
            findings={key: value},
        )
    return ClinicalEvent(
        id=f"x-{day}-{what}", course="c-1", recorded_at=at(day, 10), at=at(day, 10), kind=what
    )
