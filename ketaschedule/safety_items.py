"""What one raw answer says to a question that must never go unheard.

Each question's item at or above level 1 is for a person to see at once, and what was skipped or cannot
be read is never a zero.
"""

from __future__ import annotations

import difflib
import math
import numbers
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from attrs import frozen

from ketaschedule.safety_questions import CLINICS_OWN, PHQ_9, QUESTIONS, Question

__all__ = ["QUESTIONS", "ItemReading", "Question", "Several", "hear_answers", "read_value", "safety_level"]


class Several(tuple[Any, ...]):
    """All the values that one name was given in one object; JSON allows it, and the last must not win."""

    __slots__ = ()


@frozen
class ItemReading:
    """What an answer says at one question: ``level`` from 1 on, or 0, which says no more than that.

    ``how`` is ``answered``, ``unreadable`` or ``skipped``; only ``answered`` can be 0.
    """

    question: Question
    level: int
    how: Literal["answered", "unreadable", "skipped"]


_ALSO_CALLED: Mapping[str, str] = {
    "phq9item9": "phq-9",
    "qids": "qids-sr16",
    "qidssr": "qids-sr16",
    "cssrs": "c-ssrs-screener",
    "cssrsscreen": "c-ssrs-screener",
    "cssrsrecent": "c-ssrs-screener",
    "cssrsscreenerrecent": "c-ssrs-screener",
    "cssrssincelastcontact": "c-ssrs-screener-since-last-contact",
    "safety": "safety-question",
}
_ONE_QUESTION = frozenset({"phq9item9"})
"""Names under which a plan asks for one question of a form: its bare value says all, and an empty table that it was skipped."""
_RESEMBLES = re.compile(
    r"phq|qids|madrs|cssrs|columbia|suicid|selfharm|safety|ideation|patienthealthq"
    r"|^(?:bdi|beck|epds|edinburgh|hamd|hdrs|hrsd|hamilton|idssr|idsc|sbqr?$|bssi?$|ssi$|asq$|asqscreen)",
    re.ASCII,
)
"""Names like those of ours, and those of other forms that ask about suicide, none of whose items we can read (house)."""
_QUIET = frozenset(
    {"phq2", "phq8", "phq15", "gad7", "pcl5", "who5", "cgis", "urinary", "memory", "drinkingdays"}
)
"""Forms without a question of ours: nothing can be lost in them but a question asked as a guest."""
_YES = {"yes": 1, "y": 1, "true": 1, "no": 0, "n": 0, "false": 0}
_ITEM_WORDS = ("", "q", "item", "question", "nr", "no")
_TEXT_LIMIT = 120
_NO_FORM = object()
"""Stands for the value of a question in a form that is no form: it cannot be read."""


def safety_level(instrument: object, item: object, value: object) -> int | None:
    """How bad a raw answer is at a built-in question; ``None`` where the item is no such question.

    0 is below the level of an Alert and says no more than that. A value that cannot be read has the
    least level of its question, never 0. Never raises.

    >>> safety_level("phq-9", "9", "2"), safety_level("PHQ9", 9, "often"), safety_level("phq-9", "1", 3)
    (2, 1, None)
    """
    form = _table(()).forms.get(_squeezed(instrument))
    question = None if form is None else form.get(_squeezed(item))
    return None if question is None else read_value(question, value).level


def read_value(question: Question, value: object) -> ItemReading:
    """One raw value at one question; the worst of several. Never raises.

    >>> read_value(QUESTIONS[0], 2.0).level, read_value(QUESTIONS[0], False).how, read_value(QUESTIONS[0], None).how
    (2, 'unreadable', 'skipped')
    """
    if isinstance(value, Several):
        return _worst([read_value(question, one) for one in value])
    if value is None:
        return ItemReading(question, question.least, "skipped")
    number = _yes_or_no(value) if question.yes_no else _number(value)
    if number is None or number < 0:
        return ItemReading(question, question.least, "unreadable")
    if question.yes_no:
        return ItemReading(question, question.worst if number > 0 else 0, "answered")
    # A value between two steps counts as the worse of them, one beyond the worst as the worst.
    return ItemReading(
        question, question.worst if number >= question.worst else math.ceil(number), "answered"
    )


def hear_answers(answers: object, also: Iterable[Question] = ()) -> tuple[tuple[ItemReading, ...], bool]:
    """Every question that ``answers`` touches, as read, and whether a part could not be read at all.

    ``answers`` is ``{instrument: {item: value}}`` as it came. A question of an instrument that was
    answered without it was skipped. Instruments that are none of ours are left alone, unless their name
    looks like one of ours misspelt: then something could not be read. Never raises.

    >>> readings, lost = hear_answers({"phq-2": {"1": 3, "2": 2}, "phq-9": {"9": 0}})
    >>> [(reading.question.item, reading.level) for reading in readings], lost
    ([('9', 0)], False)
    """
    table = _table(tuple(also))
    given: dict[Question, list[object]] = {}
    touched: dict[str, list[Mapping[Any, Any]]] = {}
    lost = False
    for block in answers if isinstance(answers, Several) else (answers,):
        if not isinstance(block, Mapping) or not block:
            lost = True
            continue
        for name, values in block.items():
            squeezed = _squeezed(name)
            form = table.forms.get(squeezed)
            for items in values if isinstance(values, Several) else (values,):
                stray = None if isinstance(items, Mapping) and items else table.named.get(squeezed)
                if form is not None and (stray is None or squeezed not in _ONE_QUESTION):
                    _hear_form(form, items, given, touched)
                elif stray is not None:
                    given.setdefault(stray, []).append(None if isinstance(items, Mapping) else items)
                elif squeezed not in _QUIET:
                    lost |= not isinstance(items, Mapping) or _resembles(squeezed, table)
                if isinstance(items, Mapping):
                    for item, value in items.items():
                        guest = table.named.get(_squeezed(item)) or (None if form else _guest(squeezed, item))
                        if guest is not None:
                            given.setdefault(guest, []).append(value)
    for question in table.questions:
        blocks = touched.get(question.instrument)
        if blocks is not None and all(value is None for value in given.get(question, [])):
            given.pop(question, None)
            if _was_asked(question, blocks):
                given[question] = [None]
    return tuple(_worst([read_value(q, value) for value in values]) for q, values in given.items()), lost


def _hear_form(
    form: Mapping[str, Question],
    items: object,
    given: dict[Question, list[object]],
    touched: dict[str, list[Mapping[Any, Any]]],
) -> None:
    """Hear the answers of one instrument that has questions of ours."""
    questions = tuple(dict.fromkeys(form.values()))
    blocks = touched.setdefault(questions[0].instrument, [])
    if isinstance(items, Mapping):
        blocks.append(items)
        for item, value in items.items():
            question = form.get(_squeezed(item))
            if question is not None:
                given.setdefault(question, []).append(value)
    elif questions == (CLINICS_OWN,):  # one question, so its bare value says all
        given.setdefault(CLINICS_OWN, []).append(items)
    elif items is not None:
        for question in questions:
            given.setdefault(question, []).append(_NO_FORM)


def _guest(form: str, item: object) -> Question | None:
    """A question asked inside a form that has none of its own: item 9 beside the PHQ-2, or the clinic's."""
    squeezed = _squeezed(item)
    if form.startswith("phq") and squeezed in _spelled("9"):
        return PHQ_9
    return CLINICS_OWN if squeezed in ("safety", "safetyquestion") else None


@lru_cache(maxsize=256)
def _resembles(name: str, table: _Table) -> bool:
    """Whether an unknown instrument's name looks like one of ours misspelt."""
    return bool(_RESEMBLES.search(name) or difflib.get_close_matches(name, table.forms, n=1, cutoff=0.75))


def _was_asked(question: Question, blocks: Iterable[Mapping[Any, Any]]) -> bool:
    """Whether the question was there to be answered: not behind a plain no."""
    if not question.asked_if:
        return True
    spellings = _spelled(question.asked_if)
    gates = [value for block in blocks for item, value in block.items() if _squeezed(item) in spellings]
    return not (gates and all(_plain_no(gate) for gate in gates))


def _plain_no(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower() == "no"
    return type(value) in (bool, int) and not value


def _worst(readings: list[ItemReading]) -> ItemReading:
    """An answer that is high, else one that cannot be read, else a plain zero, else skipped."""
    rank = {"answered": 1, "unreadable": 2, "skipped": 0}
    return max(readings, key=lambda one: (one.how == "answered" and one.level > 0, rank[one.how], one.level))


def _number(value: object) -> float | None:
    """A number or a text that is one; a yes counts as 1, and a no is no number."""
    if isinstance(value, str):
        text = value[:_TEXT_LIMIT].strip()
        if _YES.get(text.lower()):
            return 1
        try:
            number = float(text)
        except ValueError:
            return None
        return None if math.isnan(number) else number
    if isinstance(value, bool):
        return 1 if value else None
    if isinstance(value, int):
        return value
    if not isinstance(value, (numbers.Real, Decimal)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):  # a signalling NaN; a fraction beyond any float
        return None
    return None if math.isnan(number) else number


def _yes_or_no(value: object) -> float | None:
    if isinstance(value, str):
        known = _YES.get(value[:_TEXT_LIMIT].strip().lower())
        return _number(value) if known is None else known
    return int(value) if isinstance(value, bool) else _number(value)


def _squeezed(name: object) -> str:
    """A name without capitals, blanks and punctuation; empty for what is no name."""
    if isinstance(name, bool) or not isinstance(name, (str, int)):
        return ""
    text = name[:_TEXT_LIMIT] if isinstance(name, str) else str(name) if abs(name) < 10**6 else ""
    return "".join(char for char in text.lower() if char.isascii() and char.isalnum())


@lru_cache(maxsize=256)
def _spelled(item: str) -> frozenset[str]:
    """The squeezed spellings of an item: ``9``, ``09``, ``q9``, ``q09``, ``item9`` …"""
    plain = _squeezed(item)
    numbered = (plain, "0" + plain) if plain[:1].isdigit() else (plain,)
    return frozenset(word + form for word in _ITEM_WORDS for form in numbered)


def _names(instrument: str) -> Iterator[str]:
    yield _squeezed(instrument)
    for name, canonical in _ALSO_CALLED.items():
        if canonical == instrument:
            yield name


@frozen(eq=False)
class _Table:
    """The questions in force, found by every spelling of their instruments and items."""

    questions: tuple[Question, ...]
    forms: Mapping[str, Mapping[str, Question]]
    """By squeezed instrument name: its questions by every spelling of their items."""
    named: Mapping[str, Question]
    """By a full name, the instrument's and the item's: ``phq9q9``."""


@lru_cache(maxsize=64)
def _table(also: tuple[Question, ...]) -> _Table:
    questions = (*QUESTIONS, *also)
    forms: dict[str, dict[str, Question]] = {}
    named: dict[str, Question] = {}
    for question in questions:
        names = list(_names(question.instrument))
        plain = _spelled(question.item)
        spellings = plain | {name + spelling for name in names for spelling in plain}
        if question is CLINICS_OWN:
            spellings |= _spelled("1") | {"safetyquestion"}
        for name in names:
            forms.setdefault(name, {}).update(dict.fromkeys(spellings, question))
            if name != "safety":
                named.update(dict.fromkeys((name + spelling for spelling in plain), question))
    return _Table(questions, forms, named)
