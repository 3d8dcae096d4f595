"""Values as they come in an event: texts, instants and contents, read so that nothing in them raises."""

from __future__ import annotations

import calendar
import datetime
import hashlib
import re
from collections.abc import Mapping

import pendulum

from ketaschedule.safety_items import Several

__all__ = ["content_of", "each", "instant", "key_part", "micros", "one_instant", "text_of"]

_KEY_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)
_DEPTH = 24


def each(value: object) -> tuple[object, ...]:
    """All the values that one name was given."""
    return tuple(value) if isinstance(value, Several) else (value,)


def text_of(value: object) -> str:
    """A text with something in it, else empty; of several, the first."""
    one = each(value)[0] if each(value) else None
    return one.strip() if isinstance(one, str) else ""


def key_part(text: str) -> str:
    """``text`` where it can stand in a key, else a mark made from it that can."""
    if _KEY_PART.fullmatch(text):
        return text
    return "x-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def one_instant(value: object) -> pendulum.DateTime | None:
    """The one instant that ``value`` says; several different ones say none."""
    found = {instant(one) for one in each(value)}
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


def content_of(value: object, depth: int = 0) -> str:
    """One text for one content, whether it came as an object, a mapping or a line."""
    if depth > _DEPTH:
        return "…"
    if isinstance(value, Mapping):
        pairs = (
            f"{content_of(str(name) if _is_short(name) else name, _DEPTH)}:{content_of(one, depth + 1)}"
            for name, one in value.items()
        )
        return "{" + ",".join(sorted(pairs)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(content_of(one, depth + 1) for one in value) + "]"
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
