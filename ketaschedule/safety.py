"""Alerts from events alone: what a person must see now.

:func:`safety_alerts` needs no protocol, no zone and no valid course. It hears three kinds of event and
passes over all others, so nothing broken elsewhere changes what it returns; and it hears an answer at
once, whatever the answer's ``at``, ``recorded_at`` or the ``as_of`` of the plan say.

The rules, in order:

* Answers to one question of one course join in order of (``recorded_at``, ``id``). The first opens an
  Alert and gives its key; one of the same or a lower level is counted; a higher one rings again. A zero
  opens nothing, counts nothing and closes nothing.
* A question that was skipped, or whose answer cannot be read, opens an Alert of its own kind.
* What looks like an answer and cannot be read opens one, and so does each clinical event.
* An Alert closes by an ``alert-closed`` with its key, of its course, complete and by a named person,
  and that closes what was recorded strictly before it. Nothing else does: no later answer, no end of a
  course, no ``retracted``.
* An event that comes twice counts once; where one id stands for two contents, both are heard, and
  neither closes anything.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import pendulum
from attrs import frozen

from ketaschedule.alerts import ALERT_KINDS, Alert, AlertKind
from ketaschedule.safety_items import ItemReading, Question, hear_answers
from ketaschedule.safety_lines import (
    Answered,
    Clinical,
    Closing,
    Heard,
    Unread,
    hear,
    instant,
    key_part,
    micros,
)

__all__ = ["ALERT_KINDS", "Alert", "AlertKind", "open_alerts", "safety_alerts"]

CLINICAL_LEVELS: Mapping[str, int] = {
    "attempt": 3,
    "death": 3,
    "admission": 3,
    "adverse-event": 2,
    "pregnancy": 2,
    "dose-elsewhere": 2,
    "discharge": 1,
}
"""The level of each kind of clinical event (``house``); a kind that is not known has level 3."""

_TITLES: Mapping[str, str] = {
    "phq-9": "PHQ-9",
    "qids-sr16": "QIDS-SR16",
    "madrs": "MADRS",
    "madrs-s": "MADRS-S",
    "mood": "Mood today",
    "safety-question": "The clinic's own question",
    "c-ssrs-screener": "C-SSRS screener",
    "c-ssrs-screener-since-last-contact": "C-SSRS screener since last contact",
}
_ACT = "A person must read this now."
_NO_ALL_CLEAR = "A later answer, a zero included, does not close it."


@frozen
class _Bell:
    """One thing heard that opens or joins an Alert. ``chain`` says which others it joins."""

    chain: tuple[str, ...]
    key: str
    kind: AlertKind
    heard: Heard
    at: pendulum.DateTime | None
    level: int
    what: str
    item: str | None = None
    instrument: str | None = None

    @property
    def order(self) -> tuple[int, str, str, int]:
        """(``recorded_at``, ``id``), and then the content, so that no order of arrival shows."""
        return (self.heard.recorded or 0, self.heard.id, self.heard.content, self.level)


def safety_alerts(
    events: Iterable[object],
    *,
    as_of: datetime.datetime | None = None,
    also: Iterable[Question] = (),
) -> tuple[Alert, ...]:
    """Every Alert that ``events`` raise, open and closed, each key once, by the time received, then key.

    ``events`` are event objects, mappings or lines of JSON, mixed, in any order. ``also`` names questions
    of a clinic's own instruments beside the built-in ones. ``as_of`` holds back no answer; it only leaves
    out closings recorded after it, which a plan of that instant cannot know. Never raises for what is in
    ``events``.

    >>> alerts = safety_alerts([
    ...     '{"type": "check-in-answered", "id": "e-1", "course": "c-1", "recorded_at": "2026-12-01T10:00:05Z",'
    ...     ' "at": "2026-12-01T10:00:00Z", "checkin": "c-1/induction/1/ask/onset/1", "answers": {"phq-9": {"9": 2}}}'
    ... ])
    >>> [(alert.key, alert.kind, alert.level, alert.open) for alert in alerts]
    [('c-1/induction/1/ask/onset/1/alert/phq-9.9', 'safety-item', 2, True)]
    """
    questions = tuple(also)
    heard = {(one.course, one.id, type(one).__name__, one.content, _kind(one)): one for one in hear(events)}
    chains: dict[tuple[str, ...], list[_Bell]] = {}
    for one in heard.values():
        for bell in _bells(one, questions):
            chains.setdefault(bell.chain, []).append(bell)
    closings = _closings(heard.values(), as_of)
    alerts: dict[str, Alert] = {}
    for bells in chains.values():
        for alert in _episodes(sorted(bells, key=lambda bell: bell.order), closings):
            alerts[alert.key] = alert  # a later one under the same key was opened after that one was closed
    return tuple(sorted(alerts.values(), key=_by_time))


def open_alerts(
    events: Iterable[object], *, as_of: datetime.datetime | None = None, also: Iterable[Question] = ()
) -> tuple[Alert, ...]:
    """The Alerts of :func:`safety_alerts` that no named person has closed."""
    return tuple(alert for alert in safety_alerts(events, as_of=as_of, also=also) if alert.open)


def _by_time(alert: Alert) -> tuple[int, str]:
    """Those whose time cannot be read come first."""
    return (_LONG_AGO if alert.received_at is None else micros(alert.received_at), alert.key)


def _kind(one: Heard) -> str:
    return one.kind if isinstance(one, Clinical) else ""


def _bells(one: Heard, also: tuple[Question, ...]) -> Iterator[_Bell]:
    """What one heard event opens or joins."""
    match one:
        case Answered():
            readings, lost = hear_answers(one.answers, also)
            for reading in readings:
                if reading.level > 0:
                    yield _answer_bell(one, reading)
            if lost:
                yield _lost_bell(one, one.at)
        case Clinical():
            kind = one.kind if one.kind in CLINICAL_LEVELS else key_part(one.kind)
            key = f"{one.event_key}/alert/{kind}"
            what = f"A clinical event was recorded: {one.kind[:80]}."
            level = CLINICAL_LEVELS.get(one.kind, 3)
            yield _Bell((key,), key, "clinical-event", one, one.at, level, what, item=kind)
        case Unread():
            yield _lost_bell(one, None)


def _lost_bell(one: Heard, at: pendulum.DateTime | None) -> _Bell:
    key = f"{one.event_key}/alert/unreadable-answer"
    what = "An answer came that could not be read, or not in full. What it said is not known."
    return _Bell((key,), key, "unreadable-answer", one, at, 1, what)


def _answer_bell(one: Answered, reading: ItemReading) -> _Bell:
    question = reading.question
    name = f"{key_part(question.instrument)}.{key_part(question.item)}"
    number = f", item {question.item}" if question.item[:1].isdigit() else ""
    title = f"{_TITLES.get(question.instrument, question.instrument)}{number} ({question.about})"
    if reading.how == "answered":
        kind: AlertKind = "safety-item"
        what = f"{title} was answered at level {reading.level} of {3 if question.yes_no else question.worst}."
    else:
        kind = "safety-item-skipped"
        name += ".skipped"
        how = "was not answered" if reading.how == "skipped" else "has an answer that could not be read"
        what = f"{title} {how}. What the person would say is not known."
    # Without a readable time an answer cannot join in order: it stands alone, under its event.
    alone = one.recorded is None
    anchor = one.event_key if alone or one.checkin is None else one.checkin
    key = f"{anchor}/alert/{name}"
    chain = (key,) if alone else (one.course, kind, question.instrument, question.item)
    return _Bell(chain, key, kind, one, one.at, reading.level, what, question.item, question.instrument)


def _closings(heard: Iterable[Heard], as_of: object) -> _Closings:
    """Closings by course and Alert key, in order of time; those in conflict and those after ``as_of`` left out."""
    until = instant(as_of)
    contents: dict[tuple[str, str], set[str]] = {}
    found: list[tuple[int, Closing]] = []
    for one in heard:
        contents.setdefault((one.course, one.id), set()).add(one.content)
        if isinstance(one, Closing) and one.recorded is not None:
            found.append((one.recorded, one))
    kept: dict[tuple[str, str], list[tuple[int, Closing]]] = {}
    for recorded, one in sorted(found, key=lambda pair: (pair[0], pair[1].id)):
        if len(contents[one.course, one.id]) == 1 and (until is None or recorded <= micros(until)):
            kept.setdefault((one.course, one.alert), []).append((recorded, one))
    return kept


_Closings: TypeAlias = Mapping[tuple[str, str], list[tuple[int, Closing]]]
_LONG_AGO = -(2**63)


def _episodes(bells: list[_Bell], closings: _Closings) -> Iterator[Alert]:
    """The Alerts of one chain, each from its opening to its closing or to now."""
    joined: list[_Bell] = []
    previous_level: int | None = None
    for bell in bells:
        closing = _closing_of(joined, closings, bell.heard.recorded)
        if closing is not None:
            closed = _alert(joined, previous_level, closing)
            previous_level = closed.level
            joined = []
            yield closed
        joined.append(bell)
    yield _alert(joined, previous_level, _closing_of(joined, closings, None))


def _closing_of(joined: list[_Bell], closings: _Closings, before: int | None) -> Closing | None:
    """The first closing of an Alert after the latest bell that joined, and not after the next one."""
    if not joined:
        return None
    recorded = joined[-1].heard.recorded
    latest = _LONG_AGO if recorded is None else recorded
    for closed, closing in closings.get((joined[0].heard.course, joined[0].key), ()):
        if closed > latest and (before is None or closed <= before):
            return closing
    return None


def _alert(joined: list[_Bell], previous_level: int | None, closing: Closing | None) -> Alert:
    """One Alert: the first bell gives the key, a higher one rings again, the others are counted."""
    first = loudest = joined[0]
    last = joined[-1]
    rings = 1
    for bell in joined[1:]:
        previous_level = loudest.level
        if bell.level > loudest.level:
            loudest = bell
            rings += 1
    before = "" if previous_level is None else f" Level before: {previous_level}."
    count = "" if last is first else f" Highest level since it opened: {loudest.level}. Times: {len(joined)}."
    return Alert(
        key=first.key,
        kind=first.kind,
        course=first.heard.course,
        text=f"{last.what}{before}{count} {_ACT} {_NO_ALL_CLEAR}",
        item=first.item,
        instrument=first.instrument,
        level=loudest.level,
        previous_level=previous_level,
        times=len(joined),
        rings=rings,
        answered_at=loudest.at,
        received_at=loudest.heard.recorded_at,
        last_received_at=last.heard.recorded_at,
        events=tuple(dict.fromkeys(bell.heard.id for bell in joined)),
        open=closing is None,
        closed_at=None if closing is None else closing.recorded_at,
        closed_by=None if closing is None else closing.by,
        how=None if closing is None else closing.how,
    )
