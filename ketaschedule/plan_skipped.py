"""A safety question that was asked and left out: its form is in no answer to the check-in.

The events alone cannot tell, as they do not know what was asked; the plan does. It rings at once, as a form that was
begun without its question does: where an app sends one answer in pieces, the first piece that says nothing of a safety
question rings, unless an earlier piece did, and a piece that comes later closes nothing. Pieces recorded in one second
are one answer. Any safety question will do, whichever was asked; a no to the check-in is no answer, and skips nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import pendulum
from attrs import frozen

from . import times
from .alerts import Alert
from .checkin_items import NEVER
from .checkin_merging import ITEM_9, Group, asks_safety
from .checkin_opening import arranged_then
from .checkin_past import Known
from .checkin_screener import screener_items
from .checkins import CheckIn
from .course import Course
from .history import CheckInAnswered, Retracted
from .plan_closings import closings_of
from .safety_items import QUESTIONS, hear_answers
from .trajectory import Trajectory
from .watching import watch_extras

__all__ = ["skipped_alerts"]

Past = Sequence[tuple[Known, tuple[Trajectory, ...]]]


@frozen
class _Skipped:
    """An answer that says nothing of safety, the check-in it was sent to, and from when on that was known (UTC seconds)."""

    answer: CheckInAnswered
    group: Group
    known: int


def skipped_alerts(
    course: Course, checkins: Callable[[], Iterable[CheckIn]], past: Past, now: int
) -> list[Alert]:
    """An Alert for each key of a check-in of the plan under which an answer came while none had yet said anything of a
    safety question; ``now`` is ``as_of`` in UTC seconds.

    What counts is what had been recorded by then, whatever the answer's own clock says: also before the check-in opened
    and after it had closed or been called off, and whatever is withdrawn or planned later. An answer about safety that
    was withdrawn says nothing.
    """
    answers = _answers(course, now)
    silent = [one for one in answers if _says_nothing(one)]
    if not silent:
        return []
    plans = _Plans(course, checkins, past, now)
    said = _said(course, answers, now)
    bells: dict[str, list[_Skipped]] = {}
    for answer in silent:
        found = _first_skipped(answer, plans, said)
        if found is not None and found.known <= now:
            bells.setdefault(answer.checkin, []).append(found)
    return [_alert(course, key, several, now) for key, several in bells.items()]


def _answers(course: Course, now: int) -> list[CheckInAnswered]:
    """Every answer recorded by ``now``, each content once, also what was withdrawn."""
    found: dict[str, list[CheckInAnswered]] = {}
    for event in course.history:
        if isinstance(event, CheckInAnswered) and event.recorded_key <= now:
            same = found.setdefault(event.id, [])
            if event not in same:
                same.append(event)
    every = [event for several in found.values() for event in several]
    return sorted(every, key=lambda one: (one.recorded_key, one.id, one.at_key, one.checkin))


def _says_nothing(answer: CheckInAnswered) -> bool:
    """Whether no safety question is touched; where a part cannot be read that rings by itself."""
    readings, lost = hear_answers(answer.answers)
    return not readings and not lost


def _said(
    course: Course, answers: Iterable[CheckInAnswered], now: int
) -> Mapping[str, list[tuple[int, int]]]:
    """By key of a check-in: when something was said of safety, and when that was first withdrawn (UTC seconds)."""
    gone: dict[str, int] = {}
    for event in course.history:
        if isinstance(event, Retracted) and event.recorded_key <= now:
            gone[event.event] = min(event.recorded_key, gone.get(event.event, NEVER))
    found: dict[str, list[tuple[int, int]]] = {}
    for answer in answers:
        if hear_answers(answer.answers)[0]:
            span = (answer.recorded_key, gone.get(answer.id, NEVER))
            found.setdefault(answer.checkin, []).append(span)
    return found


def _first_skipped(
    answer: CheckInAnswered, plans: _Plans, said: Mapping[str, list[tuple[int, int]]]
) -> _Skipped | None:
    """The first moment at which an answer's check-in was in the plan and nothing had been said of safety."""
    for moment, group in plans.asked(answer.checkin, answer.recorded_key):
        if any(asks_safety(name) for name in group.instruments):
            by_then = [gone for key in group.keys for at, gone in said.get(key, ()) if at <= moment]
            known = max(moment, *by_then) if by_then else moment
            if known < NEVER:
                return _Skipped(answer, group, known)
    return None


class _Plans:
    """What was asked under a key, as the plan had it from an instant on."""

    def __init__(
        self, course: Course, checkins: Callable[[], Iterable[CheckIn]], past: Past, now: int
    ) -> None:
        self.past = past
        self.now = {key: one.group for one in checkins() for key in one.keys}
        self.then: list[dict[str, Group]] = []
        apart = screener_items(course, now)
        self.more = arranged_then(course, past[:-1], lambda protocol: watch_extras(course, protocol), apart)

    def asked(self, key: str, since: int) -> Iterator[tuple[int, Group]]:
        """(UTC seconds from which it was so, check-in) for each state from ``since`` on that has the key.

        What had opened by then stays as it is, so the present has it.
        """
        group = self.now.get(key)
        if group is not None and group.opens < since:
            known = group.known if group.fixed else self.past[-1][0].since
            if known <= since:
                yield since, group
                return
        for number, (state, _) in enumerate(self.past):
            if state.until > since:
                group = self._at(number).get(key)
                if group is not None:
                    yield max(since, state.since), group

    def _at(self, number: int) -> dict[str, Group]:
        """What is asked in one state, with nothing known of what came after it."""
        if number == len(self.past) - 1:
            return self.now
        while len(self.then) <= number:
            self.then.append({key: group for group in next(self.more) for key in group.keys})
        return self.then[number]


def _alert(course: Course, checkin: str, bells: list[_Skipped], now: int) -> Alert:
    """The Alert of one key; after a closing a further answer opens it anew."""
    key = f"{checkin}/alert/safety.skipped"
    ordered = sorted(bells, key=lambda bell: (bell.known, bell.answer.id))
    over = [one.recorded_key for one in closings_of(course, key, now)]
    begun = max((at for at in over if ordered[0].known < at <= ordered[-1].known), default=ordered[0].known)
    joined = [bell for bell in ordered if bell.known >= begun]
    first, last = joined[0], joined[-1]
    asked = [name for name in first.group.instruments if asks_safety(name)]
    forms = ["phq-9" if name == ITEM_9 else name for name in asked]
    items = [question.item for question in QUESTIONS if question.instrument == forms[0]]
    count = f" Times: {len(joined)}." if len(joined) > 1 else ""
    return Alert(
        key=key,
        kind="safety-item-skipped",
        course=course.id,
        text=f"The question about thoughts of death or of self-harm was asked ({', '.join(asked)}) and is not in the "
        f"answer. What the person would say is not known.{count} A person must read this now. A later answer, a zero "
        "included, does not close it.",
        item=items[0] if len(items) == 1 else None,
        instrument=forms[0],
        level=1,
        previous_level=1 if len(bells) > 1 else None,
        times=len(joined),
        answered_at=first.answer.at,
        received_at=_received(course, first),
        last_received_at=_received(course, last),
        events=tuple(dict.fromkeys(bell.answer.id for bell in joined)),
    )


def _received(course: Course, bell: _Skipped) -> pendulum.DateTime:
    if bell.known == bell.answer.recorded_key:
        return bell.answer.recorded_at
    return times.clock(course.zone).from_key(bell.known)
