"""What a reminder is: one thing to tell one audience at one instant, under a key that survives.

``key`` says what is told; ``revision`` when. The revision is a hash over instants only, so that words can be
mended without anything being sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pendulum
from attrs import field, frozen

from .reasons import Reason
from .reminders_kinds import Audience, Kind
from .times import clock, instant_key, iso
from .words import Level, Text, render

__all__ = ["Candidate", "Reminder", "reminder_key", "reminder_to", "revision_of"]

DAY = 86_400
FORWARD = 4 * DAY
"""Longer than anything is brought forward, in seconds: two days, and the 26 hours that who travels west gains."""
_UTC = clock("UTC")


def reminder_key(item: str, reminder: str, audience: str, number: int) -> str:
    """The key of a reminder of an item; ``number`` counts its repeats, from 1.

    >>> reminder_key("c-1/induction/2", "week", "patient", 1)
    'c-1/induction/2/tell/week/patient/1'
    """
    return f"{item}/tell/{reminder}/{audience}/{number}"


def utc(seconds: int) -> str:
    """An instant as the recipe of a revision writes it: UTC, whole seconds, ``Z``."""
    return iso(_UTC.from_key(seconds)).replace("+00:00", "Z")


def revision_of(natural: int, item_at: int, useful_until: int) -> str:
    """The first 12 hexadecimal digits of the SHA-256 of three instants, ``natural|item at|useful until``.

    Each is UTC seconds here, and ``YYYY-MM-DDTHH:MM:SSZ`` where it is hashed.

    >>> revision_of(1_764_601_200, 1_765_206_000, 1_765_119_600)
    '990674e9dcd5'
    """
    text = "|".join((utc(natural), utc(item_at), utc(useful_until)))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:12]


@frozen
class Candidate:
    """Something a plan would tell, before contact hours and caps. Instants are UTC seconds.

    ``natural`` is when it is best told, ``by`` the last instant to which contact hours may hold it back, and
    from ``useful_until`` on it is of no use. ``bar`` says why it may not be told at all, where that is so.
    ``at_once``: what it rests on is known, whatever its own clock says.
    """

    item: str
    kind: Kind
    audience: Audience
    number: int
    natural: int
    item_at: int
    by: int
    useful_until: int
    message: str
    values: Mapping[str, Any]
    rule: str
    text: str
    bar: str = ""
    at_once: bool = False

    @property
    def key(self) -> str:
        """The key of the reminder that it would be."""
        return reminder_key(self.item, self.kind.id, self.audience, self.number)

    @property
    def same(self) -> tuple[str, int, int, int]:
        """What tells one (key, revision) from another, without the cost of a hash."""
        return (self.key, self.natural, self.item_at, self.useful_until)

    @property
    def earliest(self) -> int:
        """The earliest instant at which it could be told."""
        return self.natural - FORWARD if self.kind.hours == "forward" else self.natural

    @property
    def revision(self) -> str:
        """The hash of its instants."""
        return revision_of(self.natural, self.item_at, self.useful_until)


@frozen(kw_only=True)
class Reminder:
    """One thing to tell one audience at one instant, for the app to send.

    ``natural`` is when it is best told, ``fires_at`` when it is, ``useful_until`` from when on it is of no use;
    all in the zone of its audience. ``state`` is ``told``, or ``dropped`` with ``why``: ``useless-by-then``,
    ``quiet`` (contact hours left no instant), ``cap``, ``withdrawn``, ``no-consent``, ``admitted`` or ``deceased``.
    ``privacy``: ``locked`` texts can be read without unlocking, ``unlocked`` ones are for the app alone.
    ``provisional``: it lies after ``as_of``, and an event may still change it.
    """

    key: str
    revision: str
    item: str
    kind: str
    audience: Audience
    channel: str
    privacy: str
    natural: pendulum.DateTime
    fires_at: pendulum.DateTime
    useful_until: pendulum.DateTime
    item_at: pendulum.DateTime
    message: str
    parameters: Mapping[str, str | int]
    reasons: tuple[Reason, ...]
    rank: int
    joins: bool
    provisional: bool = False
    state: str = "told"
    why: str | None = None
    locale: str = field(default="en", repr=False)

    @property
    def fires_key(self) -> int:
        """``fires_at`` in UTC seconds."""
        return instant_key(self.fires_at)

    def words(self, *, neutral_name: str = "", level: Level = "locked", locale: str | None = None) -> Text:
        """Its words for a screen; ``neutral_name`` is a name of app or clinic that tells nothing.

        Raises :class:`InputError` where the name tells, or the language needs the extra ``i18n``.
        """
        parameters = {**self.parameters, "neutral_name": neutral_name}
        return render(self.message, parameters, locale=locale or self.locale, level=level)


def reminder_to(one: Reminder) -> dict[str, Any]:
    """The plain values of a reminder, for a file or a wire: texts, numbers, booleans, lists and dicts, no null."""
    found: dict[str, Any] = {
        "key": one.key,
        "revision": one.revision,
        "item": one.item,
        "kind": one.kind,
        "audience": one.audience,
        "channel": one.channel,
        "privacy": one.privacy,
        "natural": iso(one.natural),
        "fires_at": iso(one.fires_at),
        "item_at": iso(one.item_at),
        "useful_until": iso(one.useful_until),
        "message": one.message,
        "parameters": dict(one.parameters),
        "provisional": one.provisional,
        "state": one.state,
        "reasons": [
            {"rule": reason.rule, "inputs": dict(reason.inputs), "text": reason.text, "source": reason.source}
            for reason in one.reasons
        ],
    }
    if one.why is not None:
        found["why"] = one.why
    return found
