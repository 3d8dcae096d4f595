"""Answers that came late, to the wrong place, or in a form that cannot be read: each is named, none is lost.

What is named here changes nothing: the raw answer stays in the history and in the trajectory, and a safety
question is heard whatever is wrong with the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from .checkin_items import NEVER
from .checkins import CheckIn
from .days import instant_key
from .folding import Folded
from .history import CheckInAnswered
from .instrument import (
    Faulty,
    Partial,
    canonical_instrument,
    canonical_item,
    load_instrument,
    missing_items,
    score,
)
from .reasons import Finding
from .safety_items import hear_answers

__all__ = ["ANSWER_CODES", "answer_findings"]

ANSWER_CODES: Mapping[str, str] = {
    "answer-unknown-check-in": "no check-in of this plan has the key that was answered",
    "answer-not-applicable": "the check-in had been called off before it opened",
    "answer-early": "answered before the check-in opened",
    "answer-expired": "answered after the check-in had closed",
    "answer-late": "answered in time, and received after the check-in had closed",
    "answer-after-no": "answered and declined, in whatever order",
    "answer-duplicated": "the same question of one check-in was answered again; the one recorded last is scored",
    "answer-unknown-instrument": "no built-in form has this name; its answers are kept and not scored",
    "answer-not-asked": "a form that this check-in did not ask",
    "answer-missing": "questions of a form that was begun were not answered",
    "answer-no-safety-question": "a question about safety was asked, and nothing was said to any by then",
    "answer-not-a-form": "the answers of a form are no table of items",
    "answer-out-of-range": "an answer outside what its question allows",
    "answer-not-a-number": "an answer that is no number",
    "answer-not-whole": "an answer between two steps",
    "answer-not-yes-or-no": "neither yes nor no",
    "answer-bool": "true or false where a number is asked",
    "answer-unknown-item": "the form has no such question",
    "answer-other-instruments-item": "a question of another form",
    "decline-unknown-check-in": "no check-in of this plan has the key that was declined",
}
"""Every code of a finding about answers, and what it says. Rule C13."""
_GUEST = {("phq-2", "9"), ("phq-9", "9")}
_MOST = 500


def answer_findings(checkins: Iterable[CheckIn], folded: Folded) -> tuple[Finding, ...]:
    """A finding for each thing that is amiss with an answer; the path is the event's id."""
    by_key = {key: one for one in checkins for key in one.keys}
    found: list[Finding] = []
    seen: dict[tuple[str, str, str], str] = {}
    said: dict[str, int] = {}
    for event in sorted(folded.answers, key=lambda one: (instant_key(one.recorded_at), one.id)):
        checkin = by_key.get(event.checkin)
        found += _place(event, checkin, folded)
        found += _forms(event, checkin, seen)
        if checkin is not None and hear_answers(event.answers)[0]:
            said.setdefault(checkin.key, event.recorded_key)
    for event in folded.answers:
        checkin = by_key.get(event.checkin)
        silent = checkin is not None and said.get(checkin.key, NEVER) > event.recorded_key
        if checkin is not None and silent and not hear_answers(event.answers)[1]:
            found.append(_finding("answer-no-safety-question", event.id, checkin.key))
    for key, no in sorted(folded.declined.items()):
        if key not in by_key:
            found.append(_finding("decline-unknown-check-in", no.id, key))
    return tuple(found[:_MOST])


def _finding(code: str, event: str, about: str = "") -> Finding:
    said = f": {about[:120]}" if about else ""
    return Finding(code, event, f"{event}: {ANSWER_CODES[code]}{said}", "C13")


def _place(event: CheckInAnswered, checkin: CheckIn | None, folded: Folded) -> Iterator[Finding]:
    """What is amiss with the check-in that was answered, or with the time."""
    if checkin is None:
        yield _finding("answer-unknown-check-in", event.id, event.checkin)
        return
    at, recorded = instant_key(event.at), instant_key(event.recorded_at)
    if checkin.state == "not-applicable":
        yield _finding("answer-not-applicable", event.id, event.checkin)
    elif at < checkin.opens_key:
        yield _finding("answer-early", event.id, event.checkin)
    elif at >= checkin.closes_key:
        yield _finding("answer-expired", event.id, event.checkin)
    elif recorded >= checkin.closes_key:
        yield _finding("answer-late", event.id, event.checkin)
    if any(key in folded.declined for key in checkin.keys):
        yield _finding("answer-after-no", event.id, event.checkin)


def _forms(
    event: CheckInAnswered, checkin: CheckIn | None, seen: dict[tuple[str, str, str], str]
) -> Iterator[Finding]:
    """What is amiss with each form of one answer."""
    for name, items in event.answers.items():
        form = canonical_instrument(name)
        if form is None:
            yield _finding("answer-unknown-instrument", event.id, str(name))
        elif not isinstance(cast(object, items), Mapping):
            yield _finding("answer-not-a-form", event.id, form)
        else:
            yield from _items(event, checkin, form, items, seen)


def _items(
    event: CheckInAnswered,
    checkin: CheckIn | None,
    form: str,
    items: Mapping[str, object],
    seen: dict[tuple[str, str, str], str],
) -> Iterator[Finding]:
    instrument = load_instrument(form)
    place = event.checkin if checkin is None else checkin.key
    guest = {name for name in items if (form, canonical_item(load_instrument("phq-9"), name)) in _GUEST}
    own = {name: value for name, value in items.items() if form == "phq-9" or name not in guest}
    only_safety = bool(guest) and len(guest) == len(items)
    if checkin is not None and form not in checkin.instruments and not only_safety:
        yield _finding("answer-not-asked", event.id, form)
    again = []
    for name in items:
        question = canonical_item(instrument, name) or str(name)
        if seen.setdefault((place, form, question), event.id) != event.id:
            again.append(question)
    if again:
        yield _finding("answer-duplicated", event.id, f"{form} {', '.join(again)}")
    result = score(instrument, own)
    for code in dict.fromkeys(fault.code for fault in result.faults):
        about = ", ".join(fault.item for fault in result.faults if fault.code == code)
        yield _finding(f"answer-{code}", event.id, f"{form} {about}")
    if own and not only_safety and isinstance(result, Partial | Faulty):
        absent = missing_items(instrument, own)
        if absent:
            yield _finding("answer-missing", event.id, f"{form} {', '.join(absent)}")
