"""Where a watch for relapse begins, how long it lasts, and the days on which it asks.

A watch begins after the last dose, before a pause that is open, and after each widening of the spacing.
Its days are relative to its anchor: the plain floor of regular asking, and the days that inspection adds.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any, cast

from attrs import frozen

from .checkin_items import HOUR, NEVER, Item, PersonClock
from .inspection import FLOOR_DAYS
from .laid import Layout
from .protocol import PerWeek

__all__ = [
    "CLOSES_HOURS",
    "EVERY_CONTACT_FROM_DAY",
    "WatchAnchor",
    "watch_anchors",
    "watch_items",
    "watch_offsets",
]

CLOSES_HOURS = 48
"""A check-in of a watch may be answered for this long from its opening (house)."""
EVERY_CONTACT_FROM_DAY = 189
"""After this day of a watch every one of its check-ins has the whole PHQ-9 (house)."""
_FLOOR = frozenset(FLOOR_DAYS)
_SHORT = ("phq-2",)


@frozen
class WatchAnchor:
    """Where a watch begins: a session's key and day, why, and the first day that is no longer its own.

    ``alone``: no dose is to come, so the watch is all there is; it has the added days. ``ends`` is absent
    for a watch that runs its whole length.
    """

    key: str
    day: int
    why: str
    ends: int | None = None
    alone: bool = False


def watch_anchors(layout: Layout) -> tuple[WatchAnchor, ...]:
    """The last dose where no more is to come, each widening of the spacing, a pause; in order of day. A layout is asked once."""
    found = layout.watched
    if found is None:
        found = layout.watched = _anchors(layout)
    return cast(tuple[WatchAnchor, ...], found)


def _anchors(layout: Layout) -> tuple[WatchAnchor, ...]:
    doses = _doses(layout)
    if not doses:
        return ()
    after = layout.runs[-1].protocol.watch.after
    anchors: list[WatchAnchor] = []
    if "widening" in after:
        for (day, key, spacing), (_, _, next_spacing) in pairwise(doses):
            if next_spacing > spacing:
                anchors.append(WatchAnchor(key, day, "widening"))
    stop = _stop(layout, doses)
    if stop is not None and "last-dose" in after:
        anchors.append(stop)
    ends = [one.day for one in anchors[1:]]
    last = None if anchors and anchors[-1].alone else layout.horizon
    return tuple(
        WatchAnchor(one.key, one.day, one.why, end, one.alone)
        for one, end in zip(anchors, [*ends, last], strict=False)
    )


_Dose = tuple[int, str, float]
"""The day, the key and the spacing of a dose: planned days between doses, 7 over the sessions a week, or the interval."""


def _doses(layout: Layout) -> list[_Dose]:
    """The sessions that are doses, given or to come, in order of day and key."""
    found: list[_Dose] = []
    for run in layout.runs:
        cadence = run.phase.cadence
        weekly = 7 / cadence.per_week if isinstance(cadence, PerWeek) else None
        for number, laid in enumerate(run.sessions):
            if laid.cancelled is not None or laid.omitted or laid.basis == "proposed":
                continue
            if laid.fact is not None and laid.dose is None:
                continue
            spacing = weekly or laid.interval
            if weekly is None and number == 0 and run is layout.runs[0]:
                spacing = run.sessions[:2][-1].interval  # its own is counted from no dose
            found.append((laid.day, laid.key, spacing))
    return sorted(found)


def _stop(layout: Layout, doses: list[_Dose]) -> WatchAnchor | None:
    """The dose after which none is to come: the last of the course, or of those before an open pause or given in it."""
    day, key, _ = doses[-1]
    if layout.ended is not None or layout.path_ended or layout.gate_closed:
        return WatchAnchor(key, day, "last-dose", alone=True)
    if any(resumed is None for _, resumed, _, _ in layout.pauses):
        return WatchAnchor(key, day, "pause", alone=True)
    return None


@lru_cache(maxsize=512)
def watch_offsets(extras: tuple[int, ...]) -> tuple[tuple[int, bool], ...]:
    """(days after the anchor, whether it is a day of the floor), in order.

    >>> watch_offsets((9,))[:3]
    ((7, True), (9, False), (14, True))
    """
    return tuple((day, day in _FLOOR) for day in sorted({*FLOOR_DAYS, *extras}))


def watch_items(
    anchor: WatchAnchor,
    round_number: int,
    offsets: tuple[tuple[int, bool], ...],
    person: PersonClock,
    instruments: tuple[str, ...],
    since: int,
    until: int,
) -> list[Item]:
    """The items of one round of a watch that close after ``since`` and open before ``until`` (UTC seconds).

    What is over by then is left out: a day that has passed cannot be asked on. The items are shared by all
    plans of a course that have this watch, and nobody changes them.
    """
    zones = (person.first, *person.later)
    items = _round(anchor, round_number, offsets, zones, instruments)
    if since <= -NEVER and until >= NEVER:
        return list(items)
    return [item for item in items if item.closes > since and item.opens < until]


@lru_cache(maxsize=512)
def _round(
    anchor: WatchAnchor,
    round_number: int,
    offsets: tuple[tuple[int, bool], ...],
    zones: tuple[Any, ...],
    instruments: tuple[str, ...],
) -> tuple[Item, ...]:
    """One round of a watch, from its anchor to its end; solved once and remembered."""
    first, *later = zones
    person = PersonClock.of(first, later)
    base = f"{anchor.key}/watch/{round_number}"
    after = anchor.why.replace("-", " ")
    plain = f"days after the {after}"
    added = f"days after the {after}, where a relapse is soonest found"
    found: list[Item] = []
    for offset, floor in offsets:
        day = anchor.day + offset
        if anchor.ends is not None and day >= anchor.ends:
            break
        opens, due = person.morning(day)
        names, code, text = (instruments, "C5", plain) if floor else (_SHORT, "C6", added)
        found.append(
            Item(
                f"{base}/{offset}", base, offset, anchor.key, "watch",
                opens, due, opens + CLOSES_HOURS * HOUR, day,
                names, code, text, "house", 2, False, False, floor, offset,
            )
        )  # fmt: skip
    return tuple(found)
