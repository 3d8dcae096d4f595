"""Reading events so that no answer is lost: exactly three kinds are heard, whatever else is broken.

Heard are an answered check-in, a clinical event and a closed Alert, as event objects, as mappings or
as lines of JSON, mixed. Everything else is passed over without a look, so that nothing in it can
change what is heard; only answers under a wrong type are answers still. The reading leans one way:
what looks like an answer and cannot be read comes out as :class:`Unread`, and a closing that is not
complete closes nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pendulum
from attrs import frozen

from ketaschedule.history import EVENT_TYPES, Event
from ketaschedule.safety_items import Several
from ketaschedule.safety_values import content_of, each, key_part, micros, one_instant, text_of

__all__ = [
    "UNKNOWN_COURSE",
    "Answered",
    "Clinical",
    "Closing",
    "Heard",
    "Unread",
    "hear",
]

UNKNOWN_COURSE = "unknown-course"
"""The course of an event that names none: heard all the same, and never guessed."""

_CHECKIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]*(/[A-Za-z0-9][A-Za-z0-9._:~-]*)+", re.ASCII)


@frozen(kw_only=True)
class Heard:
    """What the three kinds share. ``content`` tells two events of one id apart; ``recorded`` is absent where
    the time cannot be read, and counts microseconds, so that it sorts without a zone.
    """

    course: str
    id: str
    recorded: int | None
    recorded_at: pendulum.DateTime | None
    content: str

    @property
    def event_key(self) -> str:
        """The key under which an Alert of this very event goes."""
        return f"{key_part(self.course)}/event/{key_part(self.id)}"


@frozen(kw_only=True)
class Answered(Heard):
    """An answered check-in: ``checkin`` where it is a key of this course, ``answers`` as they came."""

    checkin: str | None
    at: pendulum.DateTime | None
    answers: object


@frozen(kw_only=True)
class Clinical(Heard):
    """A clinical event; a ``kind`` that cannot be read is ``unknown``."""

    kind: str
    at: pendulum.DateTime | None


@frozen(kw_only=True)
class Closing(Heard):
    """A named person closed the Alert with this key; only a complete one is heard."""

    alert: str
    by: str
    how: str


@frozen(kw_only=True)
class Unread(Heard):
    """Something that looks like an answer and cannot be read."""


def hear(events: Iterable[object] | str | bytes) -> Iterator[Heard]:
    """The three kinds among ``events``, in the order in which they come. Never raises for what is in them.

    Rows of a database are heard too, and so is an event within another object: what is in them is looked through.

    >>> lines = ['{"type": "session-given", "id": "e-1"', '{"type": "check-in-answered", "id": "e-2", "answers"']
    >>> [(type(heard).__name__, heard.id) for heard in hear(lines)]
    [('Unread', 'e-2')]
    """
    for item in [events] if isinstance(events, (*_TEXTS, Mapping, Event)) else events:
        yield from _hear_item(item, _WITHIN)


def _hear_item(item: object, within: int) -> Iterator[Heard]:
    """One event, or a row that holds some; ``within`` is how many further rows deep is looked."""
    if isinstance(item, _TEXTS):
        yield from _hear_text(
            item if isinstance(item, str) else bytes(item).decode("utf-8", "replace"), within
        )
    elif isinstance(item, Mapping):
        yield from _hear_fields(item, within)
    elif isinstance(item, Event):
        fields = {"type": item.type, **{name: getattr(item, name, None) for name in _FIELDS}}
        yield from _hear_fields(fields, within)
    elif isinstance(item, sqlite3.Row):
        yield from _hear_fields({name: item[name] for name in item.keys()}, within)  # noqa: SIM118
    elif within and isinstance(item, Sequence) and not isinstance(item, range):
        for one in item:
            yield from _hear_item(one, within - 1)


_TEXTS = (str, bytes, bytearray, memoryview)
_WITHIN = 3
_FIELDS = ("id", "course", "recorded_at", "by", "checkin", "at", "answers", "kind", "alert", "how")


def _hear_text(text: str, within: int) -> Iterator[Heard]:
    try:
        data = json.loads(text.lstrip("\ufeff"), object_pairs_hook=_all_pairs)
    except (ValueError, RecursionError):
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) > 1:
            for line in lines:
                yield from _hear_text(line, within)
        else:
            yield from _hear_broken(text.strip())
        return
    if isinstance(data, Mapping):
        yield from _hear_fields(data, within)
    elif isinstance(data, (str, list)) and within:
        yield from _hear_item(data, within - 1)


def _all_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which a name given twice keeps both values."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            before = found[name]
            found[name] = Several((*before, value) if isinstance(before, Several) else (before, value))
        else:
            found[name] = value
    return found


_TYPE = re.compile(r'"type"\s*:\s*"([^"]*)"')
_ID = re.compile(r'"id"\s*:\s*"([^"]*)"')
_COURSE = re.compile(r'"course"\s*:\s*"([^"]*)"')
_LIKE_AN_ANSWER = re.compile(r"check[-_ ]?in[-_ ]?a|\"answers\"|clinical[-_ ]?event", re.IGNORECASE)
_BY_LETTERS = {name.replace("-", ""): name for name in EVENT_TYPES}
_OTHERS = frozenset(EVENT_TYPES) - {"check-in-answered", "clinical-event"}


def _hear_broken(text: str) -> Iterator[Heard]:
    """A line that is no JSON: heard as unread where it says that it is an answer, or shows one and no other type."""
    types = {_type(found) for found in _TYPE.findall(text)}
    if types & _OTHERS or not _LIKE_AN_ANSWER.search(text):
        return
    ids, courses = _ID.findall(text), _COURSE.findall(text)
    fields = {"id": ids[0] if ids else None, "course": courses[0] if courses else None}
    shared = _shared(fields, text)
    if "clinical-event" in types:
        yield Clinical(**shared, kind="unknown", at=None)
    else:
        yield Unread(**shared)


def _hear_fields(fields: Mapping[Any, Any], within: int) -> Iterator[Heard]:
    types = {_type(one) for one in each(fields.get("type"))}
    answers = fields.get("answers")
    shown = answers is not None and (not types & _OTHERS or isinstance(answers, (Mapping, Several)))
    answered = shown or "check-in-answered" in types
    if not answered and not types & {"alert-closed", "clinical-event"}:
        if types == {""} and within:  # no event itself: it may hold one
            for one in fields.values():
                if not isinstance(one, _TEXTS) or _holds_json(one):
                    yield from _hear_item(one, within - 1)
        return  # most lines of a history
    content = content_of({name: fields.get(name) for name in _FIELDS if name != "by"})
    if answered:
        checkin = text_of(fields.get("checkin"))
        shared = _shared(fields, content)
        yield Answered(
            **shared,
            checkin=_checkin(checkin, shared["course"]),
            at=one_instant(fields.get("at")),
            answers=answers,
        )
    elif types == {"alert-closed"}:
        yield from _hear_closing(fields)
    if "clinical-event" in types:
        for kind in each(fields.get("kind")):
            name = text_of(kind)
            at = one_instant(fields.get("at"))
            yield Clinical(**_shared(fields, content), kind=name if name else "unknown", at=at)


def _holds_json(text: str | bytes | bytearray | memoryview) -> bool:
    start = (
        text[:64].lstrip() if isinstance(text, str) else bytes(text[:64]).decode("utf-8", "replace").lstrip()
    )
    return start[:1] in ("{", "[", '"')


def _hear_closing(fields: Mapping[Any, Any]) -> Iterator[Closing]:
    alert, by, how = (text_of(fields.get(name)) for name in ("alert", "by", "how"))
    shared = _shared(fields, content_of({name: fields.get(name) for name in _FIELDS}))
    dated = shared["recorded"] is not None and one_instant(fields.get("at")) is not None
    if alert and by and how and text_of(fields.get("id")) and dated:
        yield Closing(**shared, alert=alert, by=by, how=how)


def _shared(fields: Mapping[Any, Any], content: str) -> dict[str, Any]:
    recorded_at = one_instant(fields.get("recorded_at"))
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    return {
        "course": text_of(fields.get("course")) or UNKNOWN_COURSE,
        "id": text_of(fields.get("id")) or f"no-id-{digest[:12]}",
        "recorded": None if recorded_at is None else micros(recorded_at),
        "recorded_at": recorded_at,
        "content": digest,
    }


def _type(value: object) -> str:
    """An event's type as files write it, from however it is written: ``CheckInAnswered``, ``check_in_answered``."""
    if not isinstance(value, str):
        return ""
    squeezed = "".join(char for char in value[:80].lower() if char.isalnum())
    return _BY_LETTERS.get(squeezed, squeezed)


def _checkin(name: str, course: str) -> str | None:
    """``name`` where it is the key of a check-in of this course: bounded, plain, and its own."""
    plain = len(name) <= 500 and _CHECKIN.fullmatch(name)
    return name if plain and name.startswith(f"{course}/") else None
