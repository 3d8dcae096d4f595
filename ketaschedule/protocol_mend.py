"""So that one reading finds every fault of a protocol file, not only those of its form.

References and bounds can be judged only once a protocol has been made. Where the form of a file is bad,
what is bad is set aside in a copy, neutral values in its place, until a protocol can be made of the
rest; the faults of that rest are then told beside the first. The copy is thrown away.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from typing import Any

from .errors import Fault, InputError

__all__ = ["all_faults"]

ROUNDS = 6
MAX_FAULTS = 200
"""With more faults of form than this, the rest waits for the next reading."""
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_PHASE = re.compile(r"phases\[\d+\]")
_NAMES = re.compile(r"phases|sources(\.[^.]+)?|.*(\.id|\])")
"""Paths of what others may refer to by name; set aside, their names are lost to the rest."""
_CADENCE = ("days", "spread", "over_days", "per_week", "weeks", "nominal", "every_days", "count", "taper")
_NUMBERS = (
    "session_minutes",
    "min_gap_days",
    "offset_days",
    "earliest_days",
    "latest_days",
    "minutes",
    "rating_from",
    "rating_to",
    "every_days",
)
_NEUTRAL: dict[str, Any] = {
    **dict.fromkeys(_NUMBERS, 1),
    "sources": {},
    "number_sources": {},
    "phases": [],
    "options": [],
    "effect": {"keep": True},
    "instruments": ["primary"],
    "grade": "house",
    "seen": "read",
}


def all_faults(
    table: dict[str, Any], first: InputError, make: Callable[[dict[str, Any]], object]
) -> list[Fault]:
    """The faults of ``first`` and, beside them, those that ``make`` finds in the rest of ``table``."""
    found = list(first.faults)
    if len(found) > MAX_FAULTS:
        return found
    mended = copy.deepcopy(table)
    touched = [path for fault in found for path in _changed(fault.path)]
    todo: Sequence[Fault] = found
    for _ in range(ROUNDS):
        done = [_set_aside(mended, fault) for fault in todo]
        if not all(done):
            break
        try:
            make(mended)
        except InputError as error:
            todo = error.faults
            new = [fault for fault in todo if not _touches(fault, touched)]
            found += [fault for fault in new if fault not in found]
            touched += [path for fault in todo for path in _changed(fault.path)]
        else:
            break
    return found


def _changed(path: str) -> list[str]:
    """The paths that change when the value at ``path`` is set aside: of a phase as a whole, its cadence."""
    if not _PHASE.fullmatch(path):
        return [path]
    return [f"{path}.{name}" for name in (*_CADENCE, "window_days")]


def _touches(fault: Fault, paths: list[str]) -> bool:
    """Whether a fault lies at, above or below something set aside, or may follow from it."""
    path = fault.path
    if any(one == path or _under(path, one) or _under(one, path) for one in paths):
        return True
    lost = any(_NAMES.fullmatch(one) for one in paths)
    return lost and (path.endswith(".default") or "is called" in fault.text)


def _under(path: str, above: str) -> bool:
    return path.startswith((f"{above}.", f"{above}["))


def _set_aside(table: dict[str, Any], fault: Fault) -> bool:
    """Take one bad value out of the copy; false where it cannot be found there."""
    steps = [int(index) if index else name for index, name in _STEP.findall(fault.path)]
    here: Any = table
    for step in steps[:-1]:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            return False
    last = steps[-1] if steps else None
    if isinstance(last, int):
        return _set_entry(here, last, steps)
    if not isinstance(here, dict) or last is None:
        return False
    if last in here:
        del here[last]
    elif fault.code == "missing":
        here[last] = copy.deepcopy(_NEUTRAL.get(last, "unread"))
    return True


def _set_entry(here: Any, index: int, steps: list[int | str]) -> bool:
    if not isinstance(here, list) or index >= len(here):
        return False
    entry = here[index]
    if isinstance(entry, dict):
        if len(steps) == 2 and steps[0] == "phases":
            for name in _CADENCE:
                entry.pop(name, None)
            entry["days"] = [1]
        return True
    here[index] = 1 if len(steps) > 2 else {}
    return True
