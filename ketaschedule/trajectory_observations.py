"""Answers gathered into observations: one form filled in, with its score and every raw answer it was made from.

A form may come in pieces and be corrected: the answers of one check-in are joined item by item, and of two
answers to one item the one recorded last is scored (T1). What was replaced stays in the observation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeAlias

import pendulum
from attrs import evolve, frozen

from ketaschedule.days import instant_key, iso
from ketaschedule.history import CheckInAnswered, ReviewHeld
from ketaschedule.instrument import (
    Instrument,
    Score,
    Total,
    canonical_instrument,
    canonical_item,
    score,
    score_total,
)

__all__ = ["LocalDate", "Observation", "RawAnswer", "Scored", "gather", "local_day"]

LocalDate = Callable[[pendulum.DateTime], pendulum.Date]
"""Which date an instant is for the person; without one, the date in the offset that it was recorded with."""

Scored: TypeAlias = MutableMapping[Any, Any]
"""Forms that were scored before, kept from one call to the next; for one instrument file and one way of telling dates each."""


@frozen(kw_only=True)
class RawAnswer:
    """One answer as it came, in which event, and whether it is the one that was scored."""

    event: str
    at: pendulum.DateTime
    recorded_at: pendulum.DateTime
    item: object
    value: object
    used: bool


@frozen(kw_only=True, slots=False)
class Observation:
    """One instrument answered at one check-in or review.

    ``key`` is the check-in's key, or the id of the review. ``at`` is the instant of the latest answer
    that was used, ``day`` its date as an ordinal. ``standing`` is what the caller knows of the check-in
    (``late``, ``expired``, ``cancelled``, ``unknown-check-in``), else empty. ``alone``: only its safety
    question was asked (T15).
    """

    key: str
    instrument: str
    at: pendulum.DateTime
    day: int
    score: Score
    raw: tuple[RawAnswer, ...]
    standing: str = ""
    alone: bool = False

    @cached_property
    def points(self) -> int | None:
        """The total; ``None`` where the score says why there is none."""
        return self.score.points if isinstance(self.score, Total) else None

    @cached_property
    def at_key(self) -> int:
        """``at`` in UTC seconds."""
        return instant_key(self.at)


def gather(
    answers: Iterable[CheckInAnswered],
    reviews: Iterable[ReviewHeld],
    instrument: Instrument,
    *,
    as_of: pendulum.DateTime,
    missing: str | None = None,
    standing: Mapping[str, str] | None = None,
    local_date: LocalDate | None = None,
    scored: Scored | None = None,
) -> tuple[Observation, ...]:
    """The observations of one instrument that are known at ``as_of``, in order of time, then key.

    An answer counts once it was recorded and its own time has come. A review counts where its findings
    name the instrument, with a total or with items. What is ``scored`` already is not scored again.
    """
    now = instant_key(as_of)
    forms: dict[str, list[CheckInAnswered]] = {}
    for event in answers:
        if _known(event, now) and any(_is(instrument, name) for name in event.answers):
            forms.setdefault(event.checkin, []).append(event)
    found = [
        _kept(scored, checkin, events, instrument, missing, local_date) for checkin, events in forms.items()
    ]
    found += [
        _reviewed(review, value, instrument, missing, local_date)
        for review in {review.id: review for review in sorted(reviews, key=_recorded)}.values()
        if _known(review, now)
        for name, value in sorted((review.findings or {}).items())
        if _is(instrument, name)
    ]
    marked = standing or {}
    placed = sorted(found, key=attrgetter("at_key", "key"))
    return tuple(evolve(one, standing=marked[one.key]) if one.key in marked else one for one in placed)


def _kept(
    scored: Scored | None,
    checkin: str,
    events: list[CheckInAnswered],
    instrument: Instrument,
    missing: str | None,
    local_date: LocalDate | None,
) -> Observation:
    """The form of one check-in, scored unless it was before; events are told apart as objects, and kept with it."""
    if scored is None:
        return _joined(checkin, _each_once(events), instrument, missing, local_date)
    key = (instrument.id, missing, checkin, *map(id, events))
    held: tuple[Observation, list[CheckInAnswered]] | None = scored.get(key)
    if held is None:
        held = scored[key] = (_joined(checkin, _each_once(events), instrument, missing, local_date), events)
    return held[0]


def _is(instrument: Instrument, name: object) -> bool:
    return name == instrument.id or canonical_instrument(name) == instrument.id


def _known(event: CheckInAnswered | ReviewHeld, now: int) -> bool:
    return event.recorded_key <= now and event.at_key <= now


def _recorded(event: CheckInAnswered | ReviewHeld) -> tuple[int, str, str]:
    """The order of recording; the rest only puts two conflicting events of one id in one order."""
    return event.recorded_key, event.id, _identity(event)


def _each_once(events: list[CheckInAnswered]) -> list[CheckInAnswered]:
    """The events of one check-in in the order of recording, a repeated one once."""
    if len(events) == 1:
        return events
    return sorted({_identity(event): event for event in events}.values(), key=_recorded)


def _identity(event: CheckInAnswered | ReviewHeld) -> str:
    """A repeated event is one, however its answers are ordered; two of one id with other content are two."""
    held = event.answers if isinstance(event, CheckInAnswered) else event.findings or {}
    content = sorted((str(name), sorted(map(repr, _pairs(items)))) for name, items in held.items())
    return f"{event.id} {iso(event.at)} {iso(event.recorded_at)} {content}"


def _pairs(items: object) -> list[tuple[object, object]]:
    """Answers as pairs, in an order of their own; what is no table of items is a total, or a bad answer."""
    if not isinstance(items, Mapping):
        return [("total", items)]
    return sorted(items.items(), key=lambda pair: (str(pair[0]), type(pair[0]).__name__))


def _joined(
    checkin: str,
    events: list[CheckInAnswered],
    instrument: Instrument,
    missing: str | None,
    local_date: LocalDate | None,
) -> Observation:
    given = [
        (index, item, value)
        for index, event in enumerate(events)
        for name, items in sorted(event.answers.items())
        if _is(instrument, name)
        for item, value in _pairs(items)
    ]
    # which event, the last in order of recording, answers an item; a null is no answer and replaces none
    last = {_slot(instrument, item): index for index, item, value in given if value is not None}
    raw = tuple(
        RawAnswer(
            event=events[index].id,
            at=events[index].at,
            recorded_at=events[index].recorded_at,
            item=item,
            value=value,
            used=value is not None and last[_slot(instrument, item)] == index,
        )
        for index, item, value in given
    )
    used = [answer for answer in raw if answer.used]
    at = max((answer.at for answer in used), key=instant_key, default=events[-1].at)
    return Observation(
        key=checkin,
        instrument=instrument.id,
        at=at,
        day=local_day(at, local_date),
        score=score(instrument, [(answer.item, answer.value) for answer in used], missing=missing),
        raw=raw,
        alone=_asked_alone(instrument, used),
    )


def _reviewed(
    review: ReviewHeld,
    value: object,
    instrument: Instrument,
    missing: str | None,
    local_date: LocalDate | None,
) -> Observation:
    pairs = _pairs(value)
    return Observation(
        key=review.id,
        instrument=instrument.id,
        at=review.at,
        day=local_day(review.at, local_date),
        score=(
            score(instrument, pairs, missing=missing)
            if isinstance(value, Mapping)
            else score_total(instrument, value)
        ),
        raw=tuple(
            RawAnswer(
                event=review.id,
                at=review.at,
                recorded_at=review.recorded_at,
                item=item,
                value=each,
                used=True,
            )
            for item, each in pairs
        ),
    )


def _slot(instrument: Instrument, item: object) -> object:
    """What an answer is to: the item it means, else the name as it was written."""
    return canonical_item(instrument, item) or f"? {item}"


def local_day(at: pendulum.DateTime, local_date: LocalDate | None) -> int:
    """The ordinal of the date that an instant is for the person."""
    return (local_date(at) if local_date else at.date()).toordinal()


def _asked_alone(instrument: Instrument, used: list[RawAnswer]) -> bool:
    """Whether nothing but safety items, or items that do not count, was answered of a form that has others."""
    apart = {entry.item for entry in instrument.safety} | {
        item.id for item in instrument.items if not item.counts
    }
    answered = {canonical_item(instrument, answer.item) for answer in used} - {None}
    return bool(answered) and answered <= apart and any(item.id not in apart for item in instrument.items)
