"""Check-ins as data: merged, spaced, each with a safety question, each with a state at ``as_of``.

Items that fall due on one of the person's days and whose windows overlap are shown as one with
``merged`` keys; an answer to any of them settles all. A form is never asked sooner than its recall
allows: nearer than that its short form is asked, with the safety question beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

import pendulum
from attrs import evolve, frozen

from . import times
from .checkin_programme import Item, PersonClock
from .folding import Folded
from .history import CheckInAnswered
from .reasons import Reason

__all__ = ["HAS_SAFETY_QUESTION", "LEAST_SPACING_DAYS", "CheckIn", "merge_items", "with_states"]

LEAST_SPACING_DAYS: Mapping[str, int] = {
    "phq-9": 7,
    "gad-7": 7,
    "who-5": 7,
    "qids-sr16": 7,
    "madrs": 7,
    "madrs-s": 3,
    "pcl-5": 28,
}
"""Least days between two whole forms (house; QIDS and MADRS look back 7 days, MADRS-S 3, PCL-5 a month)."""
HAS_SAFETY_QUESTION = (
    "phq-9",
    "phq-9-item-9",
    "qids-sr16",
    "madrs",
    "madrs-s",
    "c-ssrs-screener",
    "safety-question",
)
"""Instruments that ask about safety themselves."""
STATES = (
    "not-yet",
    "open",
    "answered",
    "partly-answered",
    "expired",
    "declined",
    "not-applicable",
)


@frozen(kw_only=True)
class CheckIn:
    """A time at which the person is asked: ``opens`` (included), ``due``, ``closes`` (not included).

    ``instruments`` are ids; ``phq-9-item-9`` is the safety question of the PHQ-9 beside its short form.
    ``merged`` are the keys of items asked together with this one.
    """

    key: str
    anchor: str
    purposes: tuple[str, ...]
    merged: tuple[str, ...]
    instruments: tuple[str, ...]
    opens: pendulum.DateTime
    due: pendulum.DateTime
    closes: pendulum.DateTime
    state: str
    reasons: tuple[Reason, ...]
    void: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """This key and the merged ones: an answer to any of them settles all."""
        return (self.key, *self.merged)


@frozen
class Merged:
    """Items asked together, before instants are made."""

    head: Item
    items: tuple[Item, ...]
    opens: int
    due: int
    closes: int
    instruments: tuple[str, ...]


def merge_items(items: list[Item]) -> list[Merged]:
    """Items of one day with overlapping windows become one; then forms are spaced by their recall."""
    by_day: dict[int, list[Item]] = {}
    for item in items:
        by_day.setdefault(item.day, []).append(item)
    groups: list[list[Item]] = []
    for day in sorted(by_day):
        todo = sorted(by_day[day], key=lambda one: (one.void, one.opens, one.rank, one.key))
        made: list[list[Item]] = []
        for item in todo:
            for group in made:
                fits = item.void == group[0].void and all(
                    item.opens < max(other.closes, other.due + 1)
                    and other.opens < max(item.closes, item.due + 1)
                    for other in group
                )
                if fits:
                    group.append(item)
                    break
            else:
                made.append([item])
        groups += made
    merged = [_merge(group) for group in groups]
    merged.sort(key=lambda one: (one.due, one.head.key))
    return _spaced(merged)


def _merge(group: list[Item]) -> Merged:
    ranked = sorted(group, key=lambda item: (item.rank, item.key))
    instruments: list[str] = []
    for item in ranked:
        instruments += [name for name in item.instruments if name not in instruments]
    return Merged(
        head=ranked[0],
        items=tuple(ranked),
        opens=min(item.opens for item in group),
        due=min(item.due for item in group),
        closes=max(item.closes for item in group),
        instruments=tuple(instruments),
    )


def _spaced(merged: list[Merged]) -> list[Merged]:
    """No whole form sooner than its least spacing; a complete PHQ-9 as soon as it may, in every watch."""
    last: dict[str, int] = {}
    spaced: list[Merged] = []
    for one in merged:
        if one.head.void:
            spaced.append(evolve(one, instruments=_with_safety(list(one.instruments))))
            continue
        day = one.head.day
        watching = any(item.purpose in ("watch", "confirm") for item in one.items)
        wanted = list(one.instruments)
        if watching and "phq-9" not in wanted:
            wanted.append("phq-9")
        asked: list[str] = []
        for name in wanted:
            least = LEAST_SPACING_DAYS.get(name)
            if least is None or name not in last or day - last[name] >= least:
                asked.append(name)
            elif name == "phq-9":
                asked += ["phq-2", "phq-9-item-9"]
            else:
                asked.append("mood")
        if "phq-9" in asked:
            asked = [name for name in asked if name not in ("phq-2", "phq-9-item-9")]
        asked = list(dict.fromkeys(asked))
        if "phq-2" in asked and "phq-9-item-9" not in asked:
            asked.append("phq-9-item-9")
        for name in asked:
            if name in LEAST_SPACING_DAYS:
                last[name] = day
        spaced.append(evolve(one, instruments=_with_safety(asked)))
    return spaced


def _with_safety(asked: list[str]) -> tuple[str, ...]:
    own = [name for name in asked if name in HAS_SAFETY_QUESTION]
    if not own:
        return (*asked, "safety-question")
    if len(own) > 1 and "safety-question" in own:
        asked = [name for name in asked if name != "safety-question"]
    return tuple(asked)


def with_states(
    merged: list[Merged],
    folded: Folded,
    person: PersonClock,
    now: int,
    complete: Mapping[str, frozenset[str]],
) -> tuple[CheckIn, ...]:
    """Check-ins in order of ``due`` and key, each with its state at ``now`` (UTC seconds).

    ``complete`` maps an instrument to the items that a whole answer has.
    """
    answers: dict[str, list[CheckInAnswered]] = {}
    for event in folded.answers:
        answers.setdefault(event.checkin, []).append(event)
    ended = None if folded.death is None else times.instant_key(folded.death.at)
    made: list[CheckIn] = []
    for one in merged:
        keys = tuple(item.key for item in one.items)
        clock = person.on(one.head.day)
        found = [event for key in keys for event in answers.get(key, ())]
        void = one.head.void or (ended is not None and one.opens >= ended)
        made.append(
            CheckIn(
                key=one.head.key,
                anchor=one.head.anchor,
                purposes=tuple(dict.fromkeys(item.purpose for item in one.items)),
                merged=keys[1:],
                instruments=one.instruments,
                opens=clock.from_key(one.opens),
                due=clock.from_key(one.due),
                closes=clock.from_key(one.closes),
                state=_state(one, found, any(key in folded.declined for key in keys), void, now, complete),
                reasons=tuple(
                    Reason(item.rule, {"key": item.key}, item.text, item.source) for item in one.items
                ),
                void=void,
            )
        )
    return tuple(made)


def _state(
    one: Merged,
    answers: list[CheckInAnswered],
    declined: bool,
    void: bool,
    now: int,
    complete: Mapping[str, frozenset[str]],
) -> str:
    if answers:
        given: dict[str, set[str]] = {}
        for event in answers:
            for name, items in event.answers.items():
                given.setdefault(name, set()).update(str(item) for item in items)
        whole = all(_answered(name, given, complete) for name in one.instruments)
        return "answered" if whole else "partly-answered"
    if void:
        return "not-applicable"
    if declined:
        return "declined"
    if now < one.opens:
        return "not-yet"
    return "open" if now < one.closes else "expired"


def _answered(name: str, given: Mapping[str, set[str]], complete: Mapping[str, frozenset[str]]) -> bool:
    if name == "phq-9-item-9":
        return "9" in given.get("phq-9", set())
    return complete.get(name, frozenset()) <= given.get(name, set()) and name in given
