"""Check-ins as data: merged, spaced, each with a safety question, each with a state at ``as_of``.

Items that fall due on one of the person's days and whose windows overlap are shown as one with
``merged`` keys; an answer to any of them settles all. A form is never asked sooner than what it looks
back on allows: nearer than that its short form is asked, with the safety question beside it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

import pendulum
from attrs import frozen

from . import times
from .checkin_items import Item, PersonClock
from .checkin_merging import ITEM_9, Group
from .folding import Folded
from .history import CheckInAnswered
from .instrument import (
    Total,
    canonical_instrument,
    canonical_item,
    instrument_names,
    load_instrument,
    missing_items,
    safety_reading,
    score,
)
from .reasons import Reason

__all__ = ["STATES", "CheckIn", "with_states"]

STATES = (
    "not-yet",
    "open",
    "answered",
    "partly-answered",
    "expired",
    "declined",
    "not-applicable",
)
"""Not yet open; open; answered in full, or in part; closed without an answer; declined by the person; or
not applicable: what it hangs on was called off, or the person has died."""


@frozen(eq=False, repr=False)
class CheckIn:
    """A time at which the person is asked: ``opens`` (included), ``due``, ``closes`` (not included).

    ``keys`` are those of the items asked together, the one that leads first: an answer to any of them
    settles all. ``instruments`` are ids; ``phq-9-item-9`` is the safety question of the PHQ-9 beside its
    short form, answered as item 9 of ``phq-9``. ``state`` is one of :data:`STATES`. ``opens_key``,
    ``due_key`` and ``closes_key`` are UTC seconds; the instants made from them are on the wall clock of
    ``zone``, the person's.
    """

    group: Group
    state: str
    zone: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the items asked together, the one that leads first."""
        return self.group.keys

    @property
    def key(self) -> str:
        """The key of the item that leads."""
        return self.group.key

    @property
    def merged(self) -> tuple[str, ...]:
        """The keys of the items asked together with it."""
        return self.keys[1:]

    @property
    def anchor(self) -> str:
        """The key of what the leading item hangs on: a session, a phase, or a check-in that was answered."""
        return self.group.items[0].anchor

    @property
    def items(self) -> tuple[Item, ...]:
        """What is asked together, in order of rank."""
        return self.group.items

    @property
    def instruments(self) -> tuple[str, ...]:
        """What is asked, by id."""
        return self.group.instruments

    @property
    def purposes(self) -> tuple[str, ...]:
        """Why the person is asked, each once: ``baseline``, ``watch`` …"""
        return tuple(dict.fromkeys(item.purpose for item in self.items))

    @property
    def opens_key(self) -> int:
        """``opens`` in UTC seconds."""
        return self.group.opens

    @property
    def due_key(self) -> int:
        """``due`` in UTC seconds."""
        return self.group.due

    @property
    def closes_key(self) -> int:
        """``closes`` in UTC seconds."""
        return self.group.closes

    def _shown(self) -> tuple[object, ...]:
        times_of = (self.opens_key, self.due_key, self.closes_key)
        return (self.keys, self.anchor, self.instruments, self.state, self.zone, times_of)

    def __eq__(self, other: object) -> bool:
        return self._shown() == other._shown() if isinstance(other, CheckIn) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._shown())

    def __repr__(self) -> str:
        due = times.iso(self.due)
        return f"CheckIn({self.key!r}, due={due!r}, instruments={self.instruments!r}, state={self.state!r})"

    @property
    def opens(self) -> pendulum.DateTime:
        """From when on it may be answered."""
        return times.clock(self.zone).from_key(self.opens_key)

    @property
    def due(self) -> pendulum.DateTime:
        """When it is best answered."""
        return times.clock(self.zone).from_key(self.due_key)

    @property
    def closes(self) -> pendulum.DateTime:
        """From when on it is late to answer; the answer is heard all the same."""
        return times.clock(self.zone).from_key(self.closes_key)

    @property
    def date(self) -> pendulum.Date:
        """The person's date on which it is due."""
        return times.date_of(self.group.day)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """For each item: its rule, what it hangs on, and who says so; and the rules by which they were joined."""
        found = [Reason(item.rule, _inputs(item), item.text, item.source) for item in self.items]
        if len(self.items) > 1:
            text = "due on one day with windows that overlap: asked together"
            found.append(Reason("C10", {"keys": list(self.keys)}, text, "house"))
        asked = {name for item in self.items for name in item.instruments}
        if ITEM_9 in self.instruments and "phq-2" not in asked:
            text = "nearer than 7 days to a whole PHQ-9: its two first questions, and item 9 beside them"
            found.append(Reason("C11", {"least_days": 7}, text, "house"))
        if "phq-9" in self.instruments and "phq-9" not in asked:
            text = "a watch asks the whole PHQ-9 at least every 14 days, and each time after day 189"
            found.append(Reason("C15", {}, text, "house"))
        if "safety-question" in self.instruments and "safety-question" not in asked:
            text = "none of the forms asks the person about safety itself"
            found.append(Reason("C12", {}, text, "house"))
        return tuple(found)


def _inputs(item: Item) -> dict[str, object]:
    inputs: dict[str, object] = {"key": item.key, "anchor": item.anchor}
    if item.purpose == "watch":
        inputs["day"] = item.offset
    return inputs


def with_states(
    groups: Iterable[Group], folded: Folded, person: PersonClock, now: int
) -> tuple[CheckIn, ...]:
    """Check-ins in the order of ``groups``, each with its state at ``now`` (UTC seconds)."""
    answers: dict[str, list[CheckInAnswered]] = {}
    for event in folded.answers:
        answers.setdefault(event.checkin, []).append(event)
    death = None if folded.death is None else times.instant_key(folded.death.at)
    made: list[CheckIn] = []
    zone = None if person.later else person.first
    if zone is not None and not answers and not folded.declined and death is None:
        for group in groups:
            if group.void:
                state = "not-applicable"
            elif now < group.opens:
                state = "not-yet"
            else:
                state = "open" if now < group.closes else "expired"
            made.append(CheckIn(group, state, zone))
        return tuple(made)
    for group in groups:
        found: list[CheckInAnswered] = []
        if answers:
            found = [event for item in group.items for event in answers.get(item.key, ())]
        if found and (group.fixed or not group.void):
            state = "answered" if _whole(group.instruments, found) else "partly-answered"
        elif group.void or (death is not None and group.closes > death):
            state = "not-applicable"
        elif folded.declined and any(item.key in folded.declined for item in group.items):
            state = "declined"
        elif now < group.opens:
            state = "not-yet"
        else:
            state = "open" if now < group.closes else "expired"
        made.append(CheckIn(group, state, zone or person.zone_on(group.day)))
    return tuple(made)


def _whole(instruments: Iterable[str], events: Iterable[CheckInAnswered]) -> bool:
    """Whether the answers, taken together, answer every question that was asked, each in its own terms."""
    given: dict[str, dict[object, Any]] = {}
    foreign: set[str] = set()
    for event in sorted(events, key=lambda one: (times.instant_key(one.recorded_at), one.id)):
        for name, items in event.answers.items():
            known = canonical_instrument(name)
            if known is not None and isinstance(items, Mapping):
                instrument = load_instrument(known)
                for item, value in items.items():
                    given.setdefault(known, {})[canonical_item(instrument, item) or item] = value
            elif items:
                foreign.add(name)
    return all(_answered(name, given, foreign) for name in instruments)


def _answered(name: str, given: Mapping[str, Mapping[object, Any]], foreign: Container[str]) -> bool:
    """Whether one form was answered; of a form that is none of ours it is only known that something came."""
    if name == ITEM_9:
        for form in ("phq-9", "phq-2"):
            reading = safety_reading("phq-9", "9", given.get(form, {}).get("9"))
            if reading is not None and reading.kind == "answered":
                return True
        return False
    if name not in instrument_names():
        return name in foreign
    instrument = load_instrument(name)
    items = list(given.get(name, {}).items())
    if not items or missing_items(instrument, items):
        return False
    found = score(instrument, items)
    bad = {fault.item for fault in found.faults}
    return isinstance(found, Total) and not bad & set(instrument.by_id)
