"""Raw answers as they came, and what each is: a whole number at an item, or a bad answer with a name."""

from __future__ import annotations

import math
import numbers
from typing import Literal

from attrs import frozen

from ketaschedule.instrument_library import (
    canonical_instrument,
    canonical_item,
    instrument_names,
    load_instrument,
)
from ketaschedule.instrument_model import Instrument, Item

__all__ = ["AnswerFault", "FaultCode", "Raw", "in_order", "read_answer", "read_answers"]

FaultCode = Literal[
    "bool",
    "duplicated",
    "not-a-number",
    "not-whole",
    "not-yes-or-no",
    "other-instruments-item",
    "out-of-range",
    "unknown-item",
]

_NAMED = {True: 1, False: 0}


@frozen
class Raw:
    """One answer as it came: the item as it was written, and its value."""

    item: object
    value: object


@frozen
class AnswerFault:
    """A bad answer, named: ``code``, the item as it was written, the raw ``value``, and a sentence."""

    code: FaultCode
    item: str
    value: object
    text: str


def read_answer(item: Item, value: object) -> int | FaultCode:
    """A raw value at an item as a whole number within its range, or the name of what is wrong with it."""
    if item.kind == "yes-no":
        if type(value) is bool:
            return _NAMED[value]
        if type(value) is int and value in (0, 1):
            return value
        if type(value) is str and value.strip().lower() in ("yes", "no"):
            return int(value.strip().lower() == "yes")
        return "not-yes-or-no"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, float):
        if not math.isfinite(value):
            return "not-a-number"
        if not value.is_integer():
            return "not-whole"
        number = int(value)
    elif isinstance(value, numbers.Integral):
        number = int(value)
    else:
        return "not-a-number"
    return number if item.low <= number <= item.high else "out-of-range"


def in_order(entry: Raw) -> tuple[str, ...]:
    """A sort key: an order of raw answers that does not depend on how they came."""
    plain = (bool, int, float, str, type(None))
    shown = (
        repr(value) if type(value) in plain and not _is_huge(value) else type(value).__name__
        for value in (entry.item, entry.value)
    )
    return tuple(shown)


def _is_huge(value: object) -> bool:
    return type(value) is int and abs(value) >= 10**18


def read_answers(
    instrument: Instrument, raw: tuple[Raw, ...]
) -> tuple[dict[str, int], list[AnswerFault], dict[str, AnswerFault]]:
    """Good answers by item, answers that belong to no item, and the fault of each item that has one.

    A tuple stands for several answers to one name, as a reader of JSON may hand them on.
    """
    values: dict[str, list[object]] = {}
    stray: list[AnswerFault] = []
    for entry in raw:
        item_id = canonical_item(instrument, entry.item)
        if item_id is None:
            stray.append(_stray(instrument, entry))
        elif several := [one for one in _each(entry.value) if one is not None]:
            values.setdefault(item_id, []).extend(several)
    answers: dict[str, int] = {}
    bad: dict[str, AnswerFault] = {}
    for item_id, given in values.items():
        item = instrument.by_id[item_id]
        if len(given) > 1:
            text = f"item {item_id} was answered {len(given)} times in one form"
            bad[item_id] = AnswerFault("duplicated", item_id, tuple(given), text)
            continue
        read = read_answer(item, given[0])
        if isinstance(read, int):
            answers[item_id] = read
        else:
            bad[item_id] = AnswerFault(read, item_id, given[0], _sentence(item, read, given[0]))
    return answers, stray, bad


def _each(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _stray(instrument: Instrument, entry: Raw) -> AnswerFault:
    shown = entry.item[:80] if isinstance(entry.item, str) else _shown(entry.item)
    owner = _owner(instrument, entry.item)
    if owner is None:
        text = f"{instrument.id} has no item {shown!r}"
        return AnswerFault("unknown-item", shown, entry.value, text)
    text = f"{shown!r} is an item of {owner}, not of {instrument.id}"
    return AnswerFault("other-instruments-item", shown, entry.value, text)


def _owner(instrument: Instrument, name: object) -> str | None:
    """Another built-in instrument whose item ``name`` is: by its name before the item, or by the item's id."""
    if not isinstance(name, str):
        return None
    others = [other for other in instrument_names() if other != instrument.id]
    for other in others:
        head = name[:120].strip().lower()
        if canonical_instrument(head) == other:
            return other
        found = canonical_item(load_instrument(other), head)
        if found is not None and found != head:
            prefix = head[: -len(found)].rstrip(" ._:/#-0q")
            if canonical_instrument(prefix) == other:
                return other
    return next((other for other in others if name in load_instrument(other).by_id), None)


def _sentence(item: Item, code: FaultCode, value: object) -> str:
    if code == "out-of-range":
        return f"item {item.id}: {_shown(value)} is outside {item.low} to {item.high}"
    wanted = "yes or no" if item.kind == "yes-no" else f"a whole number from {item.low} to {item.high}"
    return f"item {item.id}: {_shown(value)} is not {wanted}"


def _shown(value: object) -> str:
    if _is_huge(value):
        return "a number of more than 18 digits"
    if type(value) in (bool, int, float):
        return repr(value)
    return repr(value[:40]) if type(value) is str else f"a {type(value).__name__}"
