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
* So a closing closes only what joined an answer of its own key, that one recorded no later, and all of it before
  the closing. Whatever is recorded or arrives late takes no open answer off the list, unless a closing recorded
  after it names its very key: by ``recorded_at`` it then stood before whoever closed, and gave the Alert its key.
* An event that comes twice counts once; where one id stands for two contents, both are heard, and
  neither closes anything.
* An answer whose ``recorded_at`` cannot be read stands under its event. Where others of its key can be dated it
  joins the last of their Alerts, and only a closing after all of them closes it: it may have come as late.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from attrs import define

from ketaschedule.alerts import ALERT_KINDS, Alert, AlertKind
from ketaschedule.safety_bells import CLINICAL_LEVELS, Bell, bells_of
from ketaschedule.safety_items import Question
from ketaschedule.safety_lines import Clinical, Closing, Heard, hear
from ketaschedule.safety_values import instant, micros

__all__ = ["ALERT_KINDS", "CLINICAL_LEVELS", "Alert", "AlertKind", "open_alerts", "safety_alerts"]

_ACT = "A person must read this now."
_NO_ALL_CLEAR = "A later answer, a zero included, does not close it."
_STAYS = "Nothing that is recorded later closes it; only a named person does."
"""Said of a clinical event, which no answer is about."""


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
    chains: dict[tuple[str, ...], list[Bell]] = {}
    undated: dict[tuple[str, ...], list[Bell]] = {}
    for one in heard.values():
        for bell in bells_of(one, questions):
            if one.recorded is None:
                undated.setdefault((bell.key, *bell.chain), []).append(bell)
            else:
                chains.setdefault(bell.chain, []).append(bell)
    closings = _closings(heard.values(), as_of)
    spans = {chain: list(_spans(sorted(bells, key=_order), closings)) for chain, bells in chains.items()}
    for name, bells in sorted(undated.items()):
        _add_undated(name, sorted(bells, key=_order), spans, closings)
    alerts: dict[str, Alert] = {}
    for chain in spans.values():
        # A later one under the same key was opened after that one was closed; of two chains the worse stands.
        for key, alert in {alert.key: alert for alert in _alerts(chain)}.items():
            if key not in alerts or _stands(alert) > _stands(alerts[key]):
                alerts[key] = alert
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


@define
class _Span:
    """One Alert from its opening to its closing, or to now."""

    joined: list[Bell]
    closing: Closing | None


def _order(bell: Bell) -> tuple[int, str, str, int]:
    return bell.order


def _spans(bells: list[Bell], closings: _Closings) -> Iterator[_Span]:
    """The Alerts of one chain, in order."""
    joined: list[Bell] = []
    for bell in bells:
        closing = _closing_of(joined, closings, bell.heard.recorded)
        if closing is not None:
            yield _Span(joined, closing)
            joined = []
        joined.append(bell)
    yield _Span(joined, _closing_of(joined, closings, None))


def _add_undated(
    name: tuple[str, ...], bells: list[Bell], spans: dict[tuple[str, ...], list[_Span]], closings: _Closings
) -> None:
    """Add bells of one key that cannot be dated: to the last Alert of that key in their chain, else by themselves.

    They may have come as late as any other of their key, so only a closing after all of these closes them.
    """
    key, chain = bells[0].key, spans.get(bells[0].chain, [])
    dated = [bell.heard.recorded for span in chain for bell in span.joined if bell.key == key]
    latest = max((recorded for recorded in dated if recorded is not None), default=_LONG_AGO)
    closing = _closing_after(latest, bells[0], closings)
    mine = [span for span in chain if span.joined[0].key == key]
    if not mine:
        spans[name] = [_Span(bells, closing)]
    elif mine[-1].closing is not None and closing is None:
        chain.append(_Span(bells, None))  # that one was closed before the latest of their key
    else:
        mine[-1].joined[:0] = bells


def _alerts(chain: list[_Span]) -> Iterator[Alert]:
    previous_level: int | None = None
    for span in chain:
        alert = _alert(span.joined, previous_level, span.closing)
        previous_level = alert.level
        yield alert


def _stands(alert: Alert) -> tuple[bool, int, str]:
    return (alert.open, alert.level or 0, alert.course)


def _closing_of(joined: list[Bell], closings: _Closings, before: int | None) -> Closing | None:
    """The first closing of an Alert after the latest bell that joined, and not after the next one."""
    if not joined:
        return None
    return _closing_after(joined[-1].heard.recorded or 0, joined[0], closings, before)


def _closing_after(latest: int, bell: Bell, closings: _Closings, before: int | None = None) -> Closing | None:
    """The first closing of a bell's key after an instant, and not after another one."""
    for closed, closing in closings.get((bell.heard.course, bell.key), ()):
        if closed > latest and (before is None or closed <= before):
            return closing
    return None


def _alert(joined: list[Bell], previous_level: int | None, closing: Closing | None) -> Alert:
    """One Alert: the first bell gives the key, a higher one rings again, the others are counted."""
    first = loudest = joined[0]
    last = joined[-1]
    rings = 1
    for bell in joined[1:]:
        previous_level = loudest.level
        if bell.level > loudest.level:
            loudest = bell
            rings += 1
    stays = _STAYS if first.kind == "clinical-event" else _NO_ALL_CLEAR
    before = "" if previous_level is None else f" Level before: {previous_level}."
    count = "" if last is first else f" Highest level since it opened: {loudest.level}. Times: {len(joined)}."
    return Alert(
        key=first.key,
        kind=first.kind,
        course=first.heard.course,
        text=f"{last.what}{before}{count} {_ACT} {stays}",
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
