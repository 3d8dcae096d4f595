"""Reading what comes from outside: bounded, strict, and with every fault at once.

Files are hostile until read here: a file larger than its limit, nested too deeply, or with values of
the wrong kind is refused with an :class:`~ketaschedule.errors.InputError` whose faults carry paths.
Values are never coerced: ``"2"`` is not 2, ``true`` is not 1, and 2.0 is not 2.
"""

from __future__ import annotations

import datetime
import enum
import json
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

import pendulum

from . import times
from .errors import Fault, InputError, LimitError, one_fault
from .reading_guard import HALVES, MAX_DEPTH, guard_depth, guard_values

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "bounded_text",
    "converter",
    "faults_of",
    "mapping_of",
    "read_json",
    "read_toml",
    "structure",
]

MAX_BYTES = 256 * 1024
"""Files of protocols and clinics may be this large, ten times the largest of ours; histories have their own limit."""

T = TypeVar("T")


def bounded_text(path: Path | str, limit: int = MAX_BYTES) -> str:
    """The text of a file of at most ``limit`` bytes, as UTF-8.

    Raises :class:`LimitError` for a larger one and :class:`InputError` for one that cannot be read.
    """
    place = Path(path)
    name = str(path)[:200]
    try:
        with place.open("rb") as handle:
            data = handle.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a usable file name"
        raise one_fault(name, f"cannot be read: {reason}", code="unreadable") from error
    if len(data) > limit:
        raise LimitError([Fault(name, "the file is too large", f"at most {limit} bytes", "limit")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise one_fault(name, f"not UTF-8 text (byte {error.start})", code="unreadable") from error


def read_toml(text: str, name: str = "") -> dict[str, Any]:
    """A TOML document as plain values; bad syntax is one fault with its line."""
    guard_depth(text, name, toml=True)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise one_fault(name, f"not TOML: {error}"[:300], code="unreadable") from error
    except (ValueError, RecursionError) as error:
        raise one_fault(name, "not TOML: a value is out of all bounds", code="unreadable") from error
    guard_values(data, name)
    return data


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a JSON number")


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the name {key[:80]!r} stands twice in one object")
        found[key] = value
    return found


_JSON = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_unique_pairs)


def read_json(text: str, name: str = "") -> Any:
    """A JSON document as plain values; doubled names, NaN and huge numbers are faults."""
    guard_depth(text, name)
    try:
        data = _JSON.decode(text)
    except json.JSONDecodeError as error:
        raise one_fault(name, f"not JSON: {error.msg} (line {error.lineno})", code="unreadable") from error
    except (ValueError, RecursionError) as error:
        raise one_fault(name, f"not JSON: {error}"[:300], code="unreadable") from error
    guard_values(data, name)
    return data


class _RefusedError(Exception):
    """One value that is of the wrong kind; turned into a Fault with its path."""

    def __init__(self, text: str, allowed: str) -> None:
        super().__init__(text)
        self.text = text
        self.allowed = allowed


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _exact(kind: type, allowed: str) -> Callable[[Any, Any], Any]:
    def check(value: Any, _: Any) -> Any:
        if type(value) is not kind or (isinstance(value, str) and HALVES.search(value)):
            raise _RefusedError(f"{_shown(value)} is not {allowed}", allowed)
        return value

    return check


def _number(value: Any, _: Any) -> float:
    if type(value) not in (int, float):
        raise _RefusedError(f"{_shown(value)} is not a number", "a number")
    return float(value)


def _date(value: Any, _: Any) -> pendulum.Date:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return pendulum.Date(value.year, value.month, value.day)
    return times.parse_date(value, "")


def _instant(value: Any, _: Any) -> pendulum.DateTime:
    return times.parse_instant(value, "")


def _enum(value: Any, kind: type[enum.StrEnum]) -> enum.StrEnum:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(kind)
        raise _RefusedError(f"{_shown(value)} is not known", known) from None


def _is_sequence(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin is tuple and get_args(kind)[1:] == (Ellipsis,)


@cache
def converter() -> Converter:
    """The one converter of the library: strict, forbids unknown keys, gathers all faults."""
    from cattrs import Converter

    made = Converter(forbid_extra_keys=True, detailed_validation=True)
    made.register_structure_hook(str, _exact(str, "Unicode text"))
    made.register_structure_hook(bool, _exact(bool, "true or false"))
    made.register_structure_hook(int, _exact(int, "a whole number"))
    made.register_structure_hook(float, _number)
    made.register_structure_hook(datetime.date, _date)
    made.register_structure_hook(pendulum.Date, _date)
    made.register_structure_hook(pendulum.DateTime, _instant)
    # by class, not by predicate: the hook for str would be found before a predicate, and take any text
    made.register_structure_hook(enum.StrEnum, _enum)
    made.register_structure_hook(Any, lambda value, _: value)

    def sequence(value: Any, kind: Any) -> tuple[Any, ...]:
        """A list as a tuple; a text is no list of letters."""
        if type(value) not in (list, tuple):
            raise _RefusedError(f"{_shown(value)} is not a list", "a list")
        item: Any = list.__class_getitem__(get_args(kind)[0])
        return tuple(made.structure(value, item))

    made.register_structure_hook_func(_is_sequence, sequence)
    return made


def structure(data: Any, kind: type[T], path: str = "") -> T:
    """``data`` as a ``kind``; every fault at once, each with its path under ``path``.

    >>> from ketaschedule.sources import Source
    >>> try:
    ...     structure({"id": 7, "cite": "x", "grade": "rumour", "seen": "read"}, Source, "sources.x")
    ... except InputError as error:
    ...     print(*sorted(fault.path for fault in error.faults))
    sources.x.grade sources.x.id
    """
    from cattrs.errors import BaseValidationError

    try:
        return converter().structure(data, kind)
    except BaseValidationError as group:
        raise InputError(faults_of(group, path)) from None
    except InputError as error:
        raise error.under(path) if path else error from None
    except _RefusedError as refused:
        raise one_fault(path, refused.text, refused.allowed) from None
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise one_fault(path, f"{_shown(data)} does not fit: {error}"[:300]) from None


def _join(path: str, step: str) -> str:
    return step if not path else path + step if step.startswith("[") else f"{path}.{step}"


def faults_of(group: BaseException, path: str) -> list[Fault]:
    """Walk cattrs' groups, which note the attribute or index each fault came from."""
    from cattrs.errors import (
        AttributeValidationNote,
        BaseValidationError,
        ForbiddenExtraKeysError,
        IterableValidationNote,
    )

    if isinstance(group, BaseValidationError):
        found: list[Fault] = []
        for error in group.exceptions:
            step = path
            for note in getattr(error, "__notes__", ()):
                if isinstance(note, AttributeValidationNote):
                    name = "from" if note.name == "from_date" else note.name
                    step = _join(path, name)
                elif isinstance(note, IterableValidationNote):
                    index = note.index
                    step = _join(path, f"[{index}]" if isinstance(index, int) else str(index))
            found += faults_of(error, step)
        return found
    match group:
        case InputError():
            return list((group.under(path) if path else group).faults)
        case _RefusedError():
            return [Fault(path, group.text, group.allowed)]
        case ForbiddenExtraKeysError():
            return [
                Fault(_join(path, key[:80]), "no such field", code="unknown-field")
                for key in sorted(group.extra_fields)
            ]
        case KeyError():
            name = str(group.args[0])[:80] if group.args else ""
            named = path == name or path.endswith(f".{name}")  # cattrs has already noted the missing field
            return [Fault(path if named else _join(path, name), "missing", code="missing")]
        case AttributeError() | TypeError():  # what the converter meets where a table is wanted
            return [Fault(path, "not a table", "named values")]
        case _:
            return [Fault(path, f"does not fit: {group}"[:300])]


def mapping_of(data: Any, path: str) -> Mapping[str, Any]:
    """``data`` where it is an object or table; else one fault."""
    if not isinstance(data, dict):
        raise one_fault(path, f"{_shown(data)} is not a table", "named values")
    return data
