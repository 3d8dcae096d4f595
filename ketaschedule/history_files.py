r"""History as JSON Lines: one event a line, read so that one bad line costs no other.

A line is an object with ``type`` (the event's name in kebab case), ``id``, ``course``, ``recorded_at``
and what its kind has. Values are never guessed at: an instant has an offset, a dose is a number of
milligrams, ``from`` is a date.

>>> line = ('{"type": "session-given", "id": "e-1", "course": "c-1", "recorded_at": "2026-12-01T12:00:00Z",'
...         ' "session": "c-1/induction/1", "at": "2026-12-01T10:00:00-05:00", "dose_mg": 56}')
>>> history = read_history(line + "\nnot an event\n")
>>> [event.id for event in history.events], history.faults[0].path
(['e-1'], 'line 2')
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import attrs
from attrs import frozen

from .days import iso
from .errors import Fault, InputError, LimitError, UnknownNameError, one_fault
from .history import (
    CLINICAL_KINDS,
    EVENT_TYPES,
    WITHHELD_WHY,
    ClinicalEvent,
    Event,
    SessionWithheld,
)
from .reading import bounded_text, converter, faults_of, mapping_of, read_json
from .reading_guard import guard_values

__all__ = [
    "MAX_HISTORY_BYTES",
    "MAX_LINES",
    "MAX_LINE_CHARACTERS",
    "History",
    "event_from",
    "event_to",
    "history_text",
    "load_history",
    "read_history",
]

MAX_HISTORY_BYTES = 16 * 1024 * 1024
"""A history file may be this large."""
MAX_LINES = 20_000
"""As many lines as a course may hold events."""
MAX_LINE_CHARACTERS = 64 * 1024
MAX_TEXT = 4096
"""No text of an event is longer; ids and keys are shorter still."""
MAX_ID = 200
_KNOWN_TYPES = ", ".join(EVENT_TYPES)
_IDS = (
    "id",
    "course",
    "session",
    "checkin",
    "decision",
    "option",
    "alert",
    "event",
    "zone",
    "protocol",
    "phase",
)


@frozen
class History:
    """What was read: the events in the order of their lines, the faults of lines that could not be read, and
    the lines themselves, from which safety Alerts are heard whatever else is broken.
    """

    events: tuple[Event, ...]
    faults: tuple[Fault, ...]
    lines: tuple[str, ...] = ()


@cache
def _ready() -> None:
    """Teach the converter that ``from`` in files is ``from_date`` in classes."""
    from cattrs.gen import make_dict_structure_fn, override

    made = converter()
    for kind in EVENT_TYPES.values():
        if "from_date" in (field.name for field in attrs.fields(kind)):
            hook = make_dict_structure_fn(
                kind, made, _cattrs_forbid_extra_keys=True, from_date=override(rename="from")
            )
            made.register_structure_hook(kind, hook)


def event_from(data: Any, path: str = "") -> Event:
    """An event from the plain values of a line.

    >>> event_from({"type": "session-mist", "id": "e-1"})
    Traceback (most recent call last):
    ketaschedule.errors.UnknownNameError: type: no event type is called 'session-mist' (allowed: session-given, ...

    Raises :class:`UnknownNameError` for an unknown ``type`` (it names the known ones) and
    :class:`InputError` with every other fault, each with its path under ``path``.
    """
    guard_values(data, path)
    event, odd = _read_event(data, path)
    if odd:
        raise InputError(odd)
    return event


def _read_event(data: Any, path: str, suggest: bool = True) -> tuple[Event, list[Fault]]:
    """The event, and the words in it that are not known: those alone do not make it unreadable.

    ``suggest``: look for the nearest known type of one that is not known, which takes time.
    """
    from cattrs.errors import BaseValidationError

    _ready()
    table = dict(mapping_of(data, path))
    name = table.pop("type", None)
    where = f"{path}.type" if path else "type"
    if not isinstance(name, str):
        raise InputError([Fault(where, "every event has a type", _KNOWN_TYPES, "missing")])
    if name not in EVENT_TYPES:
        said = f"no event type is called {name[:80]!r}"
        error = UnknownNameError([Fault(where, said, _KNOWN_TYPES, "unknown-event-type")])
        error.name = name
        if suggest:
            error.near = UnknownNameError.of("event type", name, list(EVENT_TYPES), where).near
        raise error
    faults = list(_too_long(table, path))
    try:
        event: Event = converter().structure(table, EVENT_TYPES[name])
    except BaseValidationError as group:
        raise InputError([*faults, *faults_of(group, path)]) from None
    if faults:
        raise InputError(faults)
    return event, list(_unknown_words(event, path))


def _unknown_words(event: Event, path: str) -> Iterable[Fault]:
    match event:
        case ClinicalEvent(kind=word) if word not in CLINICAL_KINDS:
            name, known = "kind", CLINICAL_KINDS
        case SessionWithheld(why=word) if word not in WITHHELD_WHY:
            name, known = "why", WITHHELD_WHY
        case _:
            return
    yield Fault(f"{path}.{name}" if path else name, f"{word[:60]!r} is not known", ", ".join(known))


def _too_long(table: Mapping[str, Any], path: str) -> Iterable[Fault]:
    for name, value in table.items():
        where = f"{path}.{name}" if path else name
        limit = MAX_ID if name in _IDS else MAX_TEXT
        if isinstance(value, str) and len(value) > limit:
            yield Fault(where[:200], f"{len(value)} characters", f"at most {limit}", "limit")
        elif name in ("id", "course") and value == "":
            yield Fault(where, "empty", "a text that names it", "missing")


def read_history(text: str | Iterable[Any]) -> History:
    """Every event of a JSON Lines text; a line that cannot be read is a fault with its number.

    Empty lines are passed over. A clinical event of a kind that is not known, or a session withheld for a
    reason that is not, is kept and is a fault as well. Raises :class:`LimitError` only for more than ``MAX_LINES`` lines.
    """
    if isinstance(text, bytes | bytearray):
        raise one_fault("history", "is bytes", "text, or lines of text")
    lines = text.split("\n") if isinstance(text, str) else list(text)
    if len(lines) > MAX_LINES + 1:
        raise LimitError([Fault("history", f"{len(lines)} lines", f"at most {MAX_LINES}", "limit")])
    events: list[Event] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines, start=1):
        where = f"line {number}"
        if not isinstance(line, str):
            said = f"is a {type(line).__name__}"
            faults.append(
                Fault(where, said, "a line of text; of a row of a database the column that holds it")
            )
            continue
        if not line.strip():
            continue
        if len(line) > MAX_LINE_CHARACTERS:
            text_ = f"{len(line)} characters"
            faults.append(Fault(where, text_, f"at most {MAX_LINE_CHARACTERS} in a line", "limit"))
            continue
        try:
            event, odd = _read_event(read_json(line.strip().lstrip("\ufeff"), where), where, suggest=False)
        except InputError as error:
            faults += map(_without_line, error.faults)
            continue
        events.append(event)
        faults += odd
    return History(
        tuple(events), tuple(faults), tuple(line for line in lines if isinstance(line, str) and line.strip())
    )


def _without_line(fault: Fault) -> Fault:
    """A fault of a line, whose number stands in its path, without the number that the JSON reader gives."""
    here = " (line 1)"
    return attrs.evolve(fault, text=fault.text[: -len(here)]) if fault.text.endswith(here) else fault


def load_history(path: str | Path) -> History:
    """The history in a file; raises :class:`InputError` where the file itself cannot be read or is too large."""
    return read_history(bounded_text(path, MAX_HISTORY_BYTES))


def event_to(event: Event) -> dict[str, Any]:
    """The plain values of an event, ``type`` first, in the order of its fields; what is absent is left out.

    ``event_from(event_to(event)) == event`` for whole seconds.
    """
    found: dict[str, Any] = {"type": event.type}
    for field in attrs.fields(type(event)):
        value = getattr(event, field.name)
        if value is not None:
            found["from" if field.name == "from_date" else field.name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    match value:
        case datetime.datetime():
            return iso(value)
        case datetime.date():
            return value.isoformat()
        case Mapping():
            return {str(name): _plain(item) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def history_text(events: Iterable[Event]) -> str:
    """The JSON Lines text of ``events``, in the order given; empty for none."""
    return "".join(
        json.dumps(event_to(event), ensure_ascii=False, separators=(", ", ": "), allow_nan=False) + "\n"
        for event in events
    )
