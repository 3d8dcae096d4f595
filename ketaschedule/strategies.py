"""Hypothesis strategies for tests of one's own (the extra ``testing``): protocols, courses, histories, plans.

They shrink towards the boring: UTC, a Monday, one session, nothing missed, nothing recorded. With the package
installed ``st.from_type(TreatmentProtocol)`` and its like work by themselves.

>>> from hypothesis import find
>>> find(courses(), lambda course: True).zone
'UTC'
"""

from __future__ import annotations

from typing import Any

import pendulum
from hypothesis import strategies as st

from .availability import Clinic
from .course import Course, Monitor, WatchWish
from .history import Event
from .instrument import Instrument, load_instrument
from .plan import Plan
from .planner import make_plan
from .protocol import TreatmentProtocol
from .strategies_moves import KINDS, ZONES, Move, event_of, play
from .strategies_phases import phases
from .strategies_protocols import protocols
from .times import WEEKDAYS, date_of, parse_minute

__all__ = [
    "answers",
    "clinics",
    "courses",
    "events",
    "histories",
    "moves",
    "phases",
    "plans",
    "protocols",
]

FIRST = pendulum.date(2026, 1, 5)
"""A Monday; starts are drawn from here on."""
CHANGES = (62, 48, 83, 69, 76, 272, 258, 293, 300)
"""Days from there on to Sundays of 2026 on which clocks change in one of the zones, or two weeks before one."""
WISHES = ((), ("mon", "thu"), ("tue", "fri"), ("mon", "wed", "fri"), ("thu",))
TIMES = (None, "02:15", "01:30", "00:00", "23:45")
"""Times of day for courses without a clinic: the usual one, those that clock changes take or double, those beside midnight."""
FORMS = ((), ("gad-7", "phq-9"), ("qids-sr16",), ("madrs-s",), ("who-5",), ("pcl-5",))


@st.composite
def clinics(
    draw: st.DrawFn, *, zone: str | None = None, start: pendulum.Date = FIRST, closes: int = 18 * 60
) -> Clinic:
    """A clinic that is open on at least three weekdays from 8 to ``closes`` (minutes after midnight), shut on some days
    within half a year of ``start``.
    """
    open_days = draw(st.sampled_from([7, 6, 5, 3]))
    shut = draw(st.lists(st.tuples(st.integers(0, 180), st.integers(0, 9)), max_size=4))
    first = start.toordinal()
    return Clinic(
        zone=zone if zone is not None else draw(st.sampled_from(ZONES)),
        hours=dict.fromkeys(WEEKDAYS[:open_days], ((8 * 60, closes),)),
        closed=tuple((date_of(first + day), date_of(first + day + more)) for day, more in shut),
    )


@st.composite
def courses(
    draw: st.DrawFn, protocol: TreatmentProtocol | st.SearchStrategy[TreatmentProtocol] | None = None
) -> Course:
    """A course that has only begun: of ``protocol``, of one drawn from it, or of a sound one of our own."""
    if protocol is None:
        chosen = draw(protocols())
    elif isinstance(protocol, TreatmentProtocol):
        chosen = protocol
    else:
        chosen = draw(protocol)
    ahead = draw(st.integers(0, 420) | st.sampled_from(CHANGES))
    start = date_of(FIRST.toordinal() + ahead)
    zone = draw(st.sampled_from(ZONES))
    plain = draw(st.sampled_from([True, False]))
    fields: dict[str, Any] = {}
    if not plain:
        ends = parse_minute(chosen.default_at, "default_at") + chosen.session_minutes
        closes = min(1440, max(18 * 60, ends))
        fields["clinic"] = draw(st.none() | clinics(zone=zone, start=start, closes=closes))
        fields["days"] = draw(st.sampled_from(WISHES))
        fields["instruments"] = draw(st.sampled_from(FORMS))
        first = draw(st.integers(3, 90))
        fields["unavailable"] = ((start.add(days=first), start.add(days=first + draw(st.integers(0, 12)))),)
        extras = draw(st.sampled_from([None, 0, 3, 12]))
        chance = draw(st.sampled_from([0.8, 1.0, 0.5]))
        fields["watch"] = WatchWish(check_ins=extras, answer_probability=chance)
    if fields.get("clinic") is None:
        fields["at"] = draw(st.sampled_from(TIMES))
    return Course(
        id="c-1",
        protocol=chosen,
        start=start,
        zone=zone,
        adult="yes",
        monitor=Monitor(name="A. Person", adult=True),
        **fields,
    )


def moves() -> st.SearchStrategy[Move]:
    """One thing that may happen next; what is ordinary is drawn more often."""
    ordinary = st.sampled_from(KINDS[:6])
    return st.builds(
        Move,
        kind=ordinary | ordinary | st.sampled_from(KINDS),
        ahead=st.integers(0, 12) | st.integers(0, 45),
        index=st.integers(0, 3),
        level=st.integers(0, 3),
        flag=st.booleans(),
    )


def histories(course: Course, *, max_events: int = 10) -> st.SearchStrategy[tuple[Event, ...]]:
    """What may have happened to ``course`` after what is recorded already: at most ``max_events`` more events."""
    drawn = st.lists(moves(), max_size=max_events)
    return drawn.map(lambda several: play(course, several).history[len(course.history) :])


@st.composite
def events(draw: st.DrawFn, plan: Plan) -> Event:
    """One event that may be recorded next, at or after the instant of ``plan``."""
    number = len(plan.course.history) + 1
    for _ in range(4):
        event, _ = event_of(plan.course, draw(moves()), plan.as_of, number)
        if event is not None:
            return event
    move = Move(kind="elsewhere")
    event, _ = event_of(plan.course, move, plan.as_of, number)
    assert event is not None
    return event


@st.composite
def plans(
    draw: st.DrawFn, protocol: TreatmentProtocol | st.SearchStrategy[TreatmentProtocol] | None = None
) -> Plan:
    """A plan of a course with a history, as known when its last event was recorded."""
    course = draw(courses(protocol))
    return make_plan(course.with_events(*draw(histories(course, max_events=6))))


@st.composite
def answers(draw: st.DrawFn, instrument: str | Instrument, *, whole: bool = True) -> dict[str, int]:
    """Answers to one form, by item, each within its range, the lowest first; optional items, and where it need not be
    ``whole`` any item, may be left out.

    >>> from hypothesis import find
    >>> sum(find(answers("phq-9"), lambda given: sum(given.values()) >= 10).values())
    10
    """
    form = load_instrument(instrument) if isinstance(instrument, str) else instrument
    given: dict[str, int] = {}
    for item in form.items:
        asked = item.asked_if is None or given.get(item.asked_if, 0) == 1
        replaced = item.either is not None and item.either in given
        needed = whole and not item.optional
        if asked and not replaced and (needed or draw(st.booleans())):
            given[item.id] = draw(st.integers(item.low, item.high))
    return given
