"""What one heard event rings: the bell of each positive, skipped or unreadable answer and of each clinical event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pendulum
from attrs import frozen

from ketaschedule.alerts import AlertKind
from ketaschedule.safety_items import ItemReading, Question, hear_answers
from ketaschedule.safety_lines import Answered, Clinical, Heard, Unread
from ketaschedule.safety_values import key_part

__all__ = ["CLINICAL_LEVELS", "Bell", "bells_of"]

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


@frozen
class Bell:
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


def bells_of(one: Heard, also: tuple[Question, ...]) -> Iterator[Bell]:
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
            yield Bell((key,), key, "clinical-event", one, one.at, level, what, item=kind)
        case Unread():
            yield _lost_bell(one, None)


def _lost_bell(one: Heard, at: pendulum.DateTime | None) -> Bell:
    key = f"{one.event_key}/alert/unreadable-answer"
    what = "An answer came that could not be read, or not in full. What it said is not known."
    return Bell((key,), key, "unreadable-answer", one, at, 1, what)


def _answer_bell(one: Answered, reading: ItemReading) -> Bell:
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
    # Without a readable time an answer cannot join in order: it stands under its event.
    anchor = one.event_key if one.recorded is None or one.checkin is None else one.checkin
    key = f"{anchor}/alert/{name}"
    chain = (one.course, kind, question.instrument, question.item)
    return Bell(chain, key, kind, one, one.at, reading.level, what, question.item, question.instrument)
