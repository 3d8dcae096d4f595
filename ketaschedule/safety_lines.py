"""Reading events so that no answer is lost: exactly three kinds are heard, whatever else is broken.

Heard are an answered check-in, a clinical event and a closed Alert, as event objects, as mappings or
as lines of JSON, mixed. Everything else is passed over without a look, so that nothing in it can
change what is heard; only answers under a wrong type are answers still. The reading leans one way:
what looks like an answer and cannot be read comes out as :class:`Unread`, and a closing that is not
complete closes nothing.
"""

from __future__ import annotations

import calendar
import datetime
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pendulum
from attrs import frozen

from ketaschedule.history import EVENT_TYPES, Event
from ketaschedule.safety_items import Several

__all__ = [
    "UNKNOWN_COURSE",
    "Answered",
    "Clinical",
    "Closing",
    "Heard",
    "Unread",
    "hear",
    "instant",
    "key_part",
    "micros",
]

UNKNOWN_COURSE = "unknown-course"
"""The course of an event that names none: heard all the same, and never guessed."""

_KEY_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)
_CHECKIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]*(/[A-Za-z0-9][A-Za-z0-9._:~-]*)+", re.ASCII)
_DEPTH = 24


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

    >>> lines = ['{"type": "session-given", "id": "e-1"', '{"type": "check-in-answered", "id": "e-2", "answers"']
    >>> [(type(heard).__name__, heard.id) for heard in hear(lines)]
    [('Unread', 'e-2')]
    """
    for item in [events] if isinstance(events, (str, bytes, bytearray, Mapping, Event)) else events:
        if isinstance(item, (str, bytes, bytearray)):
            yield from _hear_text(item if isinstance(item, str) else bytes(item).decode("utf-8", "replace"))
        elif isinstance(item, Mapping):
            yield from _hear_fields(item)
        elif isinstance(item, Event):
            yield from _hear_fields(
                {"type": item.type, **{name: getattr(item, name, None) for name in _FIELDS}}
            )


_FIELDS = ("id", "course", "recorded_at", "by", "checkin", "at", "answers", "kind", "alert", "how")


def _hear_text(text: str) -> Iterator[Heard]:
    try:
        data = json.loads(text.lstrip("\ufeff"), object_pairs_hook=_all_pairs)
    except (ValueError, RecursionError):
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) > 1:
            for line in lines:
                yield from _hear_text(line)
        else:
            yield from _hear_broken(text.strip())
        return
    for item in data if isinstance(data, list) else [data]:
        if isinstance(item, Mapping):
            yield from _hear_fields(item)


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


def _hear_fields(fields: Mapping[Any, Any]) -> Iterator[Heard]:
    types = {_type(one) for one in _each(fields.get("type"))}
    answers = fields.get("answers")
    shown = answers is not None and (not types & _OTHERS or isinstance(answers, (Mapping, Several)))
    answered = shown or "check-in-answered" in types
    if not answered and not types & {"alert-closed", "clinical-event"}:
        return  # most lines of a history
    content = _content({name: fields.get(name) for name in _FIELDS if name != "by"})
    if answered:
        checkin = _text(fields.get("checkin"))
        shared = _shared(fields, content)
        yield Answered(
            **shared,
            checkin=_checkin(checkin, shared["course"]),
            at=_instants(fields.get("at")),
            answers=answers,
        )
    elif types == {"alert-closed"}:
        yield from _hear_closing(fields)
    if "clinical-event" in types:
        for kind in _each(fields.get("kind")):
            name = _text(kind)
            at = _instants(fields.get("at"))
            yield Clinical(**_shared(fields, content), kind=name if name else "unknown", at=at)


def _hear_closing(fields: Mapping[Any, Any]) -> Iterator[Closing]:
    alert, by, how = (_text(fields.get(name)) for name in ("alert", "by", "how"))
    shared = _shared(fields, _content({name: fields.get(name) for name in _FIELDS}))
    if alert and by and how and _text(fields.get("id")) and shared["recorded"] is not None:
        yield Closing(**shared, alert=alert, by=by, how=how)


def _shared(fields: Mapping[Any, Any], content: str) -> dict[str, Any]:
    recorded_at = _instants(fields.get("recorded_at"))
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    return {
        "course": _text(fields.get("course")) or UNKNOWN_COURSE,
        "id": _text(fields.get("id")) or f"no-id-{digest[:12]}",
        "recorded": None if recorded_at is None else micros(recorded_at),
        "recorded_at": recorded_at,
        "content": digest,
    }


def _each(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, Several) else (value,)


def _type(value: object) -> str:
    """An event's type as files write it, from however it is written: ``CheckInAnswered``, ``check_in_answered``."""
    if not isinstance(value, str):
        return ""
    squeezed = "".join(char for char in value[:80].lower() if char.isalnum())
    return _BY_LETTERS.get(squeezed, squeezed)


def _text(value: object) -> str:
    """A text with something in it, else empty; of several, the first."""
    one = _each(value)[0] if _each(value) else None
    return one.strip() if isinstance(one, str) else ""


def _checkin(name: str, course: str) -> str | None:
    """``name`` where it is the key of a check-in of this course: bounded, plain, and its own."""
    plain = len(name) <= 500 and _CHECKIN.fullmatch(name)
    return name if plain and name.startswith(f"{course}/") else None


def key_part(text: str) -> str:
    """``text`` where it can stand in a key, else a mark made from it that can."""
    if _KEY_PART.fullmatch(text):
        return text
    return "x-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _instants(value: object) -> pendulum.DateTime | None:
    """The one instant that ``value`` says; several different ones say none."""
    found = {instant(one) for one in _each(value)}
    return found.pop() if len(found) == 1 else None


def instant(value: object) -> pendulum.DateTime | None:
    """An instant with its offset from a datetime or ISO text; ``None`` for what has no offset or is none.

    >>> str(instant("2026-12-01T10:00:00-05:00")), instant("2026-12-01T10:00:00"), instant(7)
    ('2026-12-01 10:00:00-05:00', None, None)
    """
    try:
        if isinstance(value, str) and len(value) <= 64:
            value = datetime.datetime.fromisoformat(value.strip())
        if not isinstance(value, datetime.datetime) or value.utcoffset() is None:
            return None
        value.utctimetuple()
        if not isinstance(value, pendulum.DateTime):
            fixed = isinstance(value.tzinfo, datetime.timezone)
            value = pendulum.instance(value if fixed else value.astimezone(datetime.UTC))
    except (ValueError, OverflowError):
        return None
    return value


def micros(value: datetime.datetime) -> int:
    """Microseconds since 1970, exactly; orders instants whatever their zones."""
    return calendar.timegm(value.utctimetuple()) * 1_000_000 + value.microsecond


def _content(value: object, depth: int = 0) -> str:
    """One text for one content, whether it came as an object, a mapping or a line."""
    if depth > _DEPTH:
        return "…"
    if isinstance(value, Mapping):
        pairs = (
            f"{_content(str(name) if _is_short(name) else name, _DEPTH)}:{_content(one, depth + 1)}"
            for name, one in value.items()
        )
        return "{" + ",".join(sorted(pairs)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_content(one, depth + 1) for one in value) + "]"
    dated = isinstance(value, datetime.datetime) or (isinstance(value, str) and value[:4].isdigit())
    moment = instant(value) if dated else None
    if moment is not None:
        return f"@{micros(moment)}"
    if isinstance(value, int) and not _is_short(value):
        return hex(value)  # a decimal of so many digits may be refused
    plain = value is None or isinstance(value, (str, int, float))
    return repr(value) if plain else f"<{type(value).__name__}>"


def _is_short(value: object) -> bool:
    return isinstance(value, int) and abs(value) < 10**18
