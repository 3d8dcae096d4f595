"""What is refused before it is worked through: nesting, numbers, lists and texts beyond all bounds.

Depth is counted on the text, before any parser sees it; sizes are counted on the plain values, before anything
is made of them. Each walk looks at a value once and stops at its limit, so the cost is bounded by the file's.
"""

from __future__ import annotations

import re
from typing import Any

from .errors import Fault, InputError, LimitError

__all__ = [
    "HALVES",
    "MAX_DEPTH",
    "MAX_DIGITS",
    "MAX_ENTRIES",
    "MAX_VALUES",
    "MOST_SAID",
    "guard_depth",
    "guard_sizes",
    "guard_values",
]

MAX_DEPTH = 24
MAX_DIGITS = 16
MAX_ENTRIES = 20_000
"""Most entries of any list or table of a file: as many as a course may hold events."""
MAX_VALUES = 1_000_000
"""Most values of one file, whatever it holds."""
MOST_SAID = 12
"""So many bad values of a file are told; with as many of them it is no file that somebody wrote."""
HALVES = re.compile("[\ud800-\udfff]")
"""Halves of a pair: JSON can spell one alone, and no file can hold it."""
_TOO_LARGE = 10**MAX_DIGITS
_HOLDERS = (dict, list, tuple)
_JSON_QUOTED = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_TOML_QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\\?\Z)'
    r"|'''.*?(?:'''|\Z)"
    r'|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
    r"|'[^']*+(?:'|\Z)"
    r"|#[^\n]*+",
    re.DOTALL,
)
"""Quoted text, closed or not, and TOML's comments: what stands in them opens nothing. Neither ever goes back."""
_NO_MARK = re.compile(r"[^][{}.=,\n]+")
_BETWEEN = re.compile(r"[=,\n]+")


def guard_depth(text: str, name: str, toml: bool = False) -> None:
    """Refuse a text that asks for more nesting than ``MAX_DEPTH``, or for more values than ``MAX_VALUES``, unparsed."""
    if not toml and text.count("[") + text.count("{") <= MAX_DEPTH and len(text) <= MAX_VALUES:
        return  # a line of a history, as a rule
    bare = _NO_MARK.sub("", (_TOML_QUOTED if toml else _JSON_QUOTED).sub("", text))
    if bare.count(",") + bare.count("[") + bare.count("{") > MAX_VALUES:
        raise _too_many(name, "too many values", f"{MAX_VALUES}")
    if _depth(_BETWEEN.sub(",", bare), toml) > MAX_DEPTH:
        raise _too_many(name, "nested too deeply", f"{MAX_DEPTH} levels")


def _depth(marks: str, toml: bool) -> int:
    """The deepest nesting that the marks ask for.

    So do the dots of one dotted key of TOML, each of which opens a table (a parser may take a time that grows
    with their square).
    """
    depth = deepest = dots = 0
    for char in marks:
        if char == ".":
            dots += toml
        else:
            dots = 0
            if char in "[{":
                depth += 1
            elif char in "]}":
                depth -= 1
        if depth + dots > deepest:
            deepest = depth + dots
            if deepest > MAX_DEPTH:
                break
    return deepest


def guard_values(data: Any, name: str) -> None:
    """Refuse nesting too deep, too many entries, integers too large, and what is no text, without recursion.

    A table that holds itself is nested too deeply.
    """
    faults: list[Fault] = []
    _check(data, name, "", faults)
    todo: list[tuple[Any, str, int]] = [(data, name, 0)] if isinstance(data, _HOLDERS) else []
    seen = 0
    while todo and len(faults) < MOST_SAID:
        holder, path, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise _too_many(path, "nested too deeply", f"{MAX_DEPTH} levels")
        if len(holder) > MAX_ENTRIES:
            raise _too_many(path, f"{len(holder)} entries", f"{MAX_ENTRIES}")
        seen += len(holder)
        if seen > MAX_VALUES:
            raise _too_many(name, "too many values", f"{MAX_VALUES}")
        named = isinstance(holder, dict)
        if named and not all(isinstance(key, str) and not HALVES.search(key) for key in holder):
            faults.append(Fault(path[:200], "a name is not Unicode text", "Unicode text", "bad-text"))
            continue
        for key, value in holder.items() if named else enumerate(holder):
            if isinstance(value, _HOLDERS):
                if value:
                    todo.append((value, _step(path, key), depth + 1))
                elif depth >= MAX_DEPTH:
                    raise _too_many(_step(path, key), "nested too deeply", f"{MAX_DEPTH} levels")
            else:
                _check(value, path, key, faults)
    if faults:
        raise InputError(faults[:MOST_SAID])


def _step(path: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def _check(value: Any, path: str, key: str | int, faults: list[Fault]) -> None:
    """One value that holds no other; the path is made only where there is a fault."""
    if isinstance(value, int):
        if -_TOO_LARGE < value < _TOO_LARGE:
            return
        said, allowed, code = "the number is too large", f"at most {MAX_DIGITS} digits", "limit"
    elif isinstance(value, str):
        if value.isascii() or not HALVES.search(value):
            return
        said, allowed, code = "not Unicode text", "Unicode text", "bad-text"
    elif isinstance(value, float) and value - value != 0.0:
        said, allowed, code = "not a finite number", "", "bad-number"
    else:
        return
    faults.append(Fault((_step(path, key) if key != "" else path)[:200], said, allowed, code))


def _too_many(path: str, said: str, allowed: str) -> LimitError:
    return LimitError([Fault(path[:200], said, f"at most {allowed}", "limit")])


def guard_sizes(data: Any, limits: dict[str, int], most: int, values: int) -> None:
    """Refuse a table that holds a list or table of more than ``most`` entries, or more ``values`` than allowed in all.

    ``limits`` names the fields that have a limit of their own. All lists that are too long are told at once, and
    none of them is looked into.
    """
    faults: list[Fault] = []
    todo: list[tuple[Any, str, int]] = [(data, "", most)]
    seen = 0
    while todo:
        holder, path, limit = todo.pop()
        if len(holder) > limit:
            faults.append(Fault(path[:200], f"{len(holder)} entries", f"at most {limit}", "limit"))
            continue
        seen += len(holder)
        if seen > values:
            faults.append(Fault("", "too many values in all", f"at most {values}", "limit"))
            break
        named = isinstance(holder, dict)
        for key, value in holder.items() if named else enumerate(holder):
            if isinstance(value, _HOLDERS) and value:
                where = _step(path, key if isinstance(key, int) else str(key))
                todo.append((value, where, limits.get(where, most)))
    if faults:
        raise LimitError(sorted(faults, key=lambda fault: fault.path)[:MOST_SAID])
