"""The kinds of things told, as data: how each is carried, when it may be told, and what stops it.

Two chains are data too. What is not answered goes on to the next audience, and what concerns safety goes to
the clinic and to the person's own screen in one step, to a proxy only under a consent that names safety.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from attrs import frozen

__all__ = [
    "CAPS",
    "CHAIN_SAFETY",
    "CHAIN_UNANSWERED",
    "KINDS",
    "Audience",
    "Kind",
    "Link",
    "kind_of",
]

Audience: TypeAlias = Literal["patient", "escort", "proxy", "clinic"]
Hours: TypeAlias = Literal["hold", "forward", "ignore"]


@frozen
class Kind:
    """One kind of reminder. Its ``id`` stands in the key.

    ``hours``: outside contact hours it is held back to the next opening (``hold``), else brought forward to an
    hour before the last closing (``forward``), or told all the same (``ignore``). ``capped``: left out where the
    day has had its number. ``rank``: what comes first where there is no room for all (0 is safety). ``channel``
    is a hint: ``push``, ``message`` (SMS or e-mail to one who has no app), ``screen`` (in the open app),
    ``worklist`` and ``page`` (the clinic's list, and what must be seen at once). ``joins``: it may be shown as
    one with others that fall on the same instant.
    """

    id: str
    hours: Hours = "hold"
    capped: bool = False
    rank: int = 3
    channel: str = "push"
    joins: bool = True

    @property
    def privacy(self) -> str:
        """The words to show: ``locked`` where a stranger may read them, ``unlocked`` for the app and the clinic."""
        return "unlocked" if self.channel in ("screen", "worklist") else "locked"


_STEPS = (
    "alcohol-check alcohol-question blood-pressure-before breathing device-rest escort food-and-drink-advice "
    "monitor-present no-alcohol-day-before no-food no-liquids no-nasal-steroid observation"
).split(" ")

_TABLE = (
    # visits
    Kind("week", capped=True),
    Kind("day", rank=2),
    Kind("today", rank=1),
    Kind("home-today", rank=1),
    Kind("moved", rank=1),
    Kind("cancelled", rank=1),
    Kind("missed"),
    *(Kind(f"step-{what}", hours="forward", rank=2) for what in _STEPS),
    Kind("step-after-care", hours="ignore", rank=0, joins=False),
    Kind("step-no-driving", hours="ignore", rank=0, joins=False),
    # check-ins
    Kind("open", rank=0),
    Kind("nudge", capped=True),
    Kind("closing", hours="forward", capped=True, rank=2),
    Kind("tightened", rank=2),
    Kind("unanswered", capped=True),
    Kind("watch-end", rank=2),
    # safety, at once
    Kind("alert", hours="ignore", rank=0, channel="page", joins=False),
    Kind("help", hours="ignore", rank=0, channel="screen", joins=False),
    Kind("safety", hours="ignore", rank=0, channel="message", joins=False),
    # the clinic's list
    Kind("alert-open", hours="ignore", rank=1, channel="worklist", joins=False),
    Kind("decision-raised", hours="ignore", channel="worklist"),
    Kind("decision-due", hours="ignore", rank=2, channel="worklist"),
    Kind("decision-overdue", hours="ignore", rank=1, channel="worklist"),
    Kind("form-due", hours="ignore", rank=2, channel="worklist"),
    Kind("unrecorded", hours="ignore", rank=2, channel="worklist"),
    Kind("home-go-ahead", hours="ignore", rank=1, channel="worklist"),
    Kind("admitted", hours="ignore", rank=1, channel="worklist"),
)

KINDS: Mapping[str, Kind] = {one.id: one for one in _TABLE}
"""Every kind by its id."""


def kind_of(name: str) -> Kind:
    """The kind with this id; ``KeyError`` where there is none.

    >>> kind_of("step-no-food").hours, kind_of("open").rank
    ('forward', 0)
    """
    return KINDS[name]


CAPS: Mapping[str, int] = {"patient": 6, "escort": 3, "proxy": 4}
"""Reminders to one audience on one of the person's days, beyond which capped kinds are left out (house)."""


@frozen
class Link:
    """One step of a chain: whom it tells, with which kind, how long after ``after``, and under which consent."""

    audience: Audience
    kind: str
    after: Literal["opens", "closes", "received"]
    minutes: int = 0
    consent: str = ""
    stops: tuple[str, ...] = ()


_STOPS = ("answered", "declined", "withdrawn", "admitted", "deceased")

CHAIN_UNANSWERED = (
    Link("patient", "open", "opens", 0, stops=_STOPS),
    Link("patient", "nudge", "opens", 24 * 60, stops=_STOPS),
    Link("patient", "closing", "closes", -3 * 60, stops=_STOPS),
    Link("proxy", "unanswered", "closes", 0, consent="reminders", stops=_STOPS),
    Link("clinic", "unanswered", "closes", 0, stops=("answered", "declined", "withdrawn", "deceased")),
)
"""A check-in that is not answered: the person, then a proxy under consent, then the clinic's next morning (house)."""

CHAIN_SAFETY = (
    Link("clinic", "alert", "received", 0, stops=("closed",)),
    Link("patient", "help", "received", 0, stops=("closed", "deceased")),
    Link("proxy", "safety", "received", 0, consent="safety", stops=("closed", "deceased")),
)
"""An answer to a safety question at its level: the clinic and the person's own screen at once, then a proxy."""
