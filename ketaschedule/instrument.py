"""What a questionnaire is, which ones come with the library, and how an answer reads at a safety item.

An :class:`Instrument` is data from one TOML file. :func:`safety_reading` is kept apart from scoring and
from everything else: it reads one raw value at one item, whatever the value is, and never takes what it
cannot read for a zero.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from attrs import frozen

from ketaschedule.instrument_answers import AnswerFault, FaultCode, Raw
from ketaschedule.instrument_file import parse_instrument, read_instrument
from ketaschedule.instrument_library import (
    canonical_instrument,
    canonical_item,
    instrument_names,
    load_instrument,
)
from ketaschedule.instrument_model import (
    Band,
    Change,
    Choice,
    Instrument,
    Item,
    Licence,
    MissingRule,
    RelapseThreshold,
    ResponsePercent,
    SafetyItem,
    Threshold,
    Wording,
    default_of,
)
from ketaschedule.instrument_scoring import Faulty, Partial, Score, Total, missing_items, score, score_total

__all__ = [
    "AnswerFault",
    "Band",
    "Change",
    "Choice",
    "FaultCode",
    "Faulty",
    "Instrument",
    "Item",
    "Licence",
    "MissingRule",
    "Partial",
    "Raw",
    "RelapseThreshold",
    "ResponsePercent",
    "SafetyItem",
    "SafetyReading",
    "Score",
    "Threshold",
    "Total",
    "Wording",
    "canonical_instrument",
    "canonical_item",
    "default_of",
    "instrument_names",
    "load_instrument",
    "missing_items",
    "parse_instrument",
    "read_instrument",
    "safety_items",
    "safety_level",
    "safety_reading",
    "score",
    "score_total",
    "skipped_safety_items",
]


@frozen
class SafetyReading:
    """What a raw value says at a safety item.

    ``level`` is 0 below the level at which an Alert is raised, and means no more than that; else it is
    how bad the answer is, 1 or more, so that a higher one can ring again. ``kind`` says whether the
    value was answered in the form's own terms, lies outside the range, cannot be read, or is a null.
    """

    item: str
    level: int
    kind: Literal["answered", "out-of-range", "unreadable", "skipped"]


def safety_items(instrument: Instrument) -> tuple[SafetyItem, ...]:
    """The safety items of an instrument, each with the value from which on it asks for a person.

    >>> [(entry.item, entry.level) for entry in safety_items(load_instrument("phq-9"))]
    [('9', 1)]
    """
    return instrument.safety


def safety_level(instrument: str | Instrument, item: object, value: object) -> int | None:
    """How bad a raw answer is at a safety item; ``None`` where the item is no safety item.

    0 is below the level of an Alert and means no more than that; 1 and more raise one. A value that
    cannot be read counts as at the level, one beyond the worst answer as the worst: neither is a zero.
    Never raises, whatever it is given.

    >>> safety_level("phq-9", "9", 2), safety_level("PHQ9", "q9", "often"), safety_level("phq-9", "1", 3)
    (2, 1, None)
    """
    reading = safety_reading(instrument, item, value)
    return None if reading is None else reading.level


def safety_reading(instrument: str | Instrument, item: object, value: object) -> SafetyReading | None:
    """The same as :func:`safety_level`, with how the value was read. Never raises.

    >>> safety_reading("phq-9", 9, None)
    SafetyReading(item='9', level=1, kind='skipped')
    """
    known = instrument
    if not isinstance(known, Instrument):
        name = canonical_instrument(known)
        if name is None:
            return None
        known = load_instrument(name)
    item_id = canonical_item(known, item)
    entry = next((entry for entry in known.safety if entry.item == item_id), None)
    if entry is None:
        return None
    return _read_safety(entry, known.by_id[entry.item], value)


def skipped_safety_items(
    instrument: Instrument, items: Mapping[str, object] | Iterable[tuple[object, object]]
) -> tuple[str, ...]:
    """The safety items that were there to be answered and were not; a branch not taken skips nothing.

    >>> skipped_safety_items(load_instrument("phq-9"), {"1": 0, "2": 0})
    ('9',)
    """
    absent = set(missing_items(instrument, items))
    return tuple(entry.item for entry in instrument.safety if entry.item in absent)


def _read_safety(entry: SafetyItem, item: Item, value: object) -> SafetyReading:
    """One value at one safety item, by steps from worst to best: how far it lies at or past the level."""
    sign = 1 if entry.worse == "higher" else -1
    worst = item.high if sign > 0 else item.low
    if value is None:
        return SafetyReading(entry.item, _weight(item), "skipped")
    number = _yes_no(value) if item.kind == "yes-no" else _number(value)
    if number is None:
        return SafetyReading(entry.item, _weight(item), "unreadable")
    if not item.low <= number <= item.high:
        beyond = sign * (number - worst) > 0
        level = _step(entry, item, worst) if beyond else _weight(item)
        return SafetyReading(entry.item, level, "out-of-range")
    # a value between two steps counts as the worse of them
    whole = math.ceil(number) if sign > 0 else math.floor(number)
    return SafetyReading(entry.item, max(0, _step(entry, item, whole)), "answered")


def _step(entry: SafetyItem, item: Item, value: int) -> int:
    """The level of a whole value: 0 short of the entry's level; where higher is worse, the value itself."""
    if entry.worse == "higher":
        return max(1, value) * item.weight if value >= entry.level else 0
    return (item.high - value or 1) * item.weight if value <= entry.level else 0


def _weight(item: Item) -> int:
    """The least level that raises an Alert at an item: for what was skipped or cannot be read."""
    return item.weight


def _number(value: object) -> float | None:
    """A number, or text that is one; anything else cannot be read, a truth value included."""
    if type(value) is str:
        try:
            value = float(value[:40])
        except ValueError:
            return None
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return int(value)
    if not isinstance(value, (numbers.Real, Decimal)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):  # a signalling NaN; a fraction beyond any float
        return None
    return None if math.isnan(number) else number


def _yes_no(value: object) -> float | None:
    if type(value) is str:
        words = {"yes": 1, "y": 1, "true": 1, "1": 1, "no": 0, "n": 0, "false": 0, "0": 0}
        return words.get(value[:20].strip().lower())
    if isinstance(value, bool):
        return int(value)
    return _number(value)
