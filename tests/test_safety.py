"""Alerts from events alone: no positive answer goes unheard, and only a named person closes an Alert."""

from __future__ import annotations

import datetime
import itertools
import json
import random
import re
import sqlite3
import zoneinfo
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pendulum
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from ketaschedule.alerts import ALERT_KINDS, Alert
from ketaschedule.history import (
    CLINICAL_KINDS,
    EVENT_TYPES,
    AlertClosed,
    CheckInAnswered,
    CheckInDeclined,
    ClinicalEvent,
    CourseEnded,
    Event,
    Retracted,
    SessionGiven,
)
from ketaschedule.instrument import instrument_names, load_instrument, safety_items, skipped_safety_items
from ketaschedule.instrument import safety_level as level_by_the_files
from ketaschedule.safety import CLINICAL_LEVELS, open_alerts, safety_alerts
from ketaschedule.safety_items import QUESTIONS, Question, hear_answers, read_value, safety_level
from ketaschedule.safety_values import instant

NOON = pendulum.datetime(2026, 12, 1, 12)
CHECKIN = "c-1/induction/1/ask/onset/1"


def answer(
    answers: Any,
    *,
    id: str = "e-1",  # noqa: A002 - an event's own word
    minute: int = 0,
    checkin: Any = CHECKIN,
    course: str = "c-1",
    **other: Any,
) -> CheckInAnswered:
    at = NOON.add(minutes=minute)
    fields: dict[str, Any] = {"at": at.subtract(seconds=30), "recorded_at": at, **other}
    return CheckInAnswered(id=id, course=course, checkin=checkin, answers=answers, **fields)


def closing(
    key: str,
    *,
    id: str = "x-1",  # noqa: A002 - an event's own word
    minute: int = 60,
    course: str = "c-1",
    by: str | None = "Dr A",
    how: str = "called",
) -> AlertClosed:
    at = NOON.add(minutes=minute)
    return AlertClosed(id=id, course=course, recorded_at=at, at=at, by=by, alert=key, how=how)


def item9(level: Any) -> dict[str, dict[str, Any]]:
    return {"phq-9": {"9": level}}


def as_mapping(event: Event) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": event.type}
    for name in ("id", "course", "recorded_at", "by", "checkin", "at", "answers", "kind", "alert", "how", "session",
                 "event", "dose_mg"):  # fmt: skip
        value = getattr(event, name, None)
        if value is not None:
            fields[name] = value.isoformat() if isinstance(value, pendulum.DateTime) else value
    return fields


def as_line(event: Event) -> str:
    return json.dumps(as_mapping(event))


# ---------------------------------------------------------------- the eight states (H01)

STATES: Mapping[str, list[Event]] = {
    "open": [],
    "partial": [],
    "late": [SessionGiven(id="s-1", course="c-1", recorded_at=NOON, at=NOON.add(days=40))],
    "expired": [CheckInDeclined(id="d-0", course="c-1", recorded_at=NOON.subtract(days=90), checkin=CHECKIN)],
    "declined later": [
        CheckInDeclined(id="d-1", course="c-1", recorded_at=NOON.add(days=1), checkin=CHECKIN)
    ],
    "cancelled": [Retracted(id="r-1", course="c-1", recorded_at=NOON.add(days=1), event="e-1")],
    "unknown check-in": [],
    "ended course": [
        CourseEnded(id="z-1", course="c-1", recorded_at=NOON.subtract(days=9), at=NOON.subtract(days=9))
    ],
}
POSITIVE = [(question, value) for question in QUESTIONS for value in (1, question.worst)]
CLOCKS = {"right": 0, "a year ahead": 365, "a year behind": -365}


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("state", STATES)
def test_an_answer_at_or_above_its_level_gives_exactly_one_open_alert_in_the_same_call(
    state: str, clock: str
) -> None:
    for (question, value), form in itertools.product(POSITIVE, (lambda e: e, as_mapping, as_line)):
        items: dict[str, Any] = {} if state == "partial" else {"1": 0, "2": 0}
        items[question.item] = value
        event = answer(
            {question.instrument: items},
            checkin="nobody/knows/this" if state == "unknown check-in" else CHECKIN,
            at=NOON.add(days=CLOCKS[clock]),
        )
        raised = [
            alert
            for alert in open_alerts([form(one) for one in [event, *STATES[state]]])
            if alert.kind == "safety-item"
        ]
        assert [(question.instrument, question.item)] == [(a.instrument, a.item) for a in raised]
        (alert,) = raised
        assert (alert.course, alert.times, alert.rings) == ("c-1", 1, 1)
        assert alert.level == (question.worst if question.yes_no else value)
        assert alert.answered_at == NOON.add(days=CLOCKS[clock])
        assert alert.received_at == NOON


@given(st.dictionaries(st.integers(0, 9).map(str), st.integers(0, 3), max_size=9), st.integers(1, 3))
def test_nothing_else_in_the_form_silences_item_nine(rest: dict[str, int], level: int) -> None:
    alerts = open_alerts([answer({"phq-9": {**rest, "9": level}})])
    assert [("safety-item", level)] == [(alert.kind, alert.level) for alert in alerts]


@pytest.mark.parametrize("as_of", [None, NOON, NOON.subtract(years=50), NOON.add(years=50), "never", 7])
@pytest.mark.parametrize(
    "recorded", [NOON.add(years=70), NOON.subtract(years=70), None, "yesterday", "2026-12-01T10:00"]
)
def test_no_clock_and_no_as_of_holds_an_answer_back(as_of: Any, recorded: Any) -> None:
    event = answer(item9(1), recorded_at=recorded)
    assert len(safety_alerts([event], as_of=as_of)) == 1
    assert len(open_alerts([event], as_of=as_of)) == 1


# ---------------------------------------------------------------- keys


def test_the_key_is_the_check_ins_where_it_is_one_of_this_course_else_the_events() -> None:
    event_key = "c-1/event/e-1/alert/phq-9.9"
    for checkin, expected in [
        (CHECKIN, f"{CHECKIN}/alert/phq-9.9"),
        ("c-1/maintenance~2/3/ask/before-dose/1", "c-1/maintenance~2/3/ask/before-dose/1/alert/phq-9.9"),
        ("c-2/induction/1/ask/onset/1", event_key),  # another course's: never attached to it
        ("c-10/induction/1/ask/onset/1", event_key),
        ("onset", event_key),
        ("c-1/" + "a" * 500, event_key),
        ("c-1/a b", event_key),
        ("c-1/a\n", "c-1/a/alert/phq-9.9"),
        ("", event_key),
        (None, event_key),
        (17, event_key),
    ]:
        (alert,) = safety_alerts([answer(item9(2), checkin=checkin)])
        assert expected == alert.key, checkin


def test_two_questions_of_one_number_in_one_check_in_have_two_keys_and_close_apart() -> None:
    both = answer({"phq-9": {"9": 1}, "madrs-s": {"9": 4}})
    assert {f"{CHECKIN}/alert/phq-9.9", f"{CHECKIN}/alert/madrs-s.9"} == {a.key for a in open_alerts([both])}
    left = open_alerts([both, closing(f"{CHECKIN}/alert/phq-9.9")])
    assert [alert.instrument for alert in left] == ["madrs-s"]


def test_an_event_without_id_or_course_or_with_odd_ones_is_heard_under_a_key_that_holds() -> None:
    keys = set()
    for id_, course in [
        ("", "c-1"),
        (None, None),
        ("a b", "c-1"),
        ("e/1", "c-1"),
        ("é", "ü"),
        (3, 4),
        ("x" * 200, "c"),
    ]:
        event = {"type": "check-in-answered", "id": id_, "course": course, "answers": item9(1)}
        (alert,) = open_alerts([event, dict(event)])
        assert re.fullmatch(r"[a-z0-9.-]+/event/[a-z0-9.-]+/alert/phq-9\.9", alert.key)
        keys.add(alert.key)
    assert len(keys) == 7
    (alert,) = open_alerts([{"type": "check-in-answered", "answers": item9(1)}])
    assert alert.course == "unknown-course"


# ---------------------------------------------------------------- joining and closing (H03, H04)


def test_the_same_or_a_lower_level_is_counted_and_a_higher_one_rings_again() -> None:
    events = [
        answer(item9(level), id=f"e-{n}", minute=n, checkin=f"c-1/a/{n}")
        for n, level in enumerate([1, 1, 3, 2])
    ]
    seen = [(a.level, a.previous_level, a.times, a.rings, a.received_at, a.last_received_at)
            for k in range(1, 5) for a in safety_alerts(events[:k])]  # fmt: skip
    t = [event.recorded_at for event in events]
    assert [
        (1, None, 1, 1, t[0], t[0]), (1, 1, 2, 1, t[0], t[1]), (3, 1, 3, 2, t[2], t[2]), (3, 3, 4, 2, t[2], t[3]),
    ] == seen  # fmt: skip
    (alert,) = safety_alerts(events)
    assert alert.key == "c-1/a/0/alert/phq-9.9"
    assert alert.events == ("e-0", "e-1", "e-2", "e-3")
    assert alert.answered_at == events[2].at


def test_zeros_open_nothing_count_nothing_and_close_nothing() -> None:
    assert safety_alerts([answer(item9(0))]) == ()
    first, zero, again = (answer(item9(v), id=f"e-{n}", minute=n) for n, v in enumerate([2, 0, 1]))
    assert safety_alerts([first, zero]) == safety_alerts([first])
    (alert,) = safety_alerts([first, zero, again])
    assert (alert.open, alert.times, alert.previous_level) == (True, 2, 2)


def test_answers_join_by_when_they_were_recorded_then_by_id() -> None:
    one, two = answer(item9(1), id="e-b", checkin="c-1/b"), answer(item9(1), id="e-a", checkin="c-1/a")
    assert [alert.key for alert in safety_alerts([one, two])] == ["c-1/a/alert/phq-9.9"]
    early = answer(item9(1), id="e-z", minute=-1, checkin="c-1/z")
    assert [alert.key for alert in safety_alerts([one, early, two])] == ["c-1/z/alert/phq-9.9"]


def test_a_closing_closes_what_was_recorded_strictly_before_it() -> None:
    key = f"{CHECKIN}/alert/phq-9.9"
    for minute, expected in [(-1, True), (0, True), (1, False)]:
        (alert,) = safety_alerts([answer(item9(1)), closing(key, minute=minute)])
        assert expected is alert.open, minute
    (alert,) = safety_alerts([answer(item9(1)), closing(key, minute=1)])
    assert (alert.closed_by, alert.how, alert.closed_at) == ("Dr A", "called", NOON.add(minutes=1))
    # an answer recorded at the instant of the closing was not before it
    later = answer(item9(2), id="e-2", minute=1, checkin="c-1/next")
    old, new = safety_alerts([answer(item9(1)), later, closing(key, minute=1)])
    assert (old.open, new.open, new.key, new.previous_level, new.times) == (
        False, True, "c-1/next/alert/phq-9.9", 1, 1,
    )  # fmt: skip


def test_a_new_answer_in_the_same_check_in_opens_its_key_again_and_shows_the_level_before() -> None:
    key = f"{CHECKIN}/alert/phq-9.9"
    events = [answer(item9(3)), closing(key, minute=5), answer(item9(1), id="e-2", minute=9)]
    (alert,) = safety_alerts(events)
    assert (alert.key, alert.open, alert.level, alert.previous_level, alert.times) == (key, True, 1, 3, 1)
    (alert,) = safety_alerts([*events, closing(key, id="x-2", minute=10)])
    assert (alert.open, alert.level) == (False, 1)


def test_only_a_complete_closing_by_a_named_person_for_this_key_and_course_closes() -> None:
    event = answer(item9(1))
    key = f"{CHECKIN}/alert/phq-9.9"
    good = as_mapping(closing(key))
    assert open_alerts([event, good]) == ()
    assert open_alerts([event, json.dumps(good)]) == ()
    early = {**good, "at": "2026-01-01T00:00:00Z"}  # its own `at` is not what closes
    assert open_alerts([event, early]) == ()
    changes: list[dict[str, Any]] = [
        {"by": None}, {"by": ""}, {"by": "  "}, {"by": 7}, {"how": ""}, {"how": None}, {"id": ""}, {"alert": key + "x"},
        {"alert": key.upper()}, {"alert": None}, {"course": "c-2"}, {"course": None}, {"recorded_at": None},
        {"recorded_at": "2026-12-01T13:00:00"}, {"at": None}, {"at": "some time"}, {"type": "alert-close"}, {"type": None}, {"type": "retracted"},
    ]  # fmt: skip
    for change in changes:
        assert len(open_alerts([event, {**good, **change}])) == 1, change
    assert len(open_alerts([event, as_line(closing(key))[:-1]])) == 1
    assert len(open_alerts([event, closing(key, by=None)])) == 1


def test_two_closings_under_one_id_close_nothing_and_the_same_one_twice_closes() -> None:
    events = [answer({"phq-9": {"9": 1}, "qids-sr16": {"12": 1}})]
    one, two = (closing(f"{CHECKIN}/alert/{item}") for item in ("phq-9.9", "qids-sr16.12"))
    assert len(open_alerts([*events, one, two])) == 2
    assert len(open_alerts([*events, one, one])) == 1
    assert len(open_alerts([*events, one, as_line(one)])) == 1
    assert len(open_alerts([*events, one, evolve(two, id="x-2")])) == 0
    assert len(open_alerts([*events, one, evolve(one, by="Dr B")])) == 2
    assert len(open_alerts([*events, evolve(one, id="e-1")])) == 2  # the id is that of an answer
    other_course = answer({"phq-9": {"9": 0}}, id="x-1", course="c-2")
    assert len(open_alerts([*events, one, other_course])) == 1  # the same id elsewhere is another event


def test_closings_after_as_of_are_not_yet_known_to_a_plan_of_that_instant() -> None:
    events = [answer(item9(1)), closing(f"{CHECKIN}/alert/phq-9.9", minute=60)]
    for minute, expected in [(59, 1), (60, 0), (61, 0)]:
        assert len(open_alerts(events, as_of=NOON.add(minutes=minute))) == expected, minute


def test_an_answer_whose_time_cannot_be_read_stands_alone_and_can_be_closed() -> None:
    odd = answer(item9(1), id="e-2", recorded_at="noon")
    plain, alone = sorted(open_alerts([answer(item9(1)), odd]), key=lambda alert: alert.key)[::-1]
    assert (
        plain.key if plain.received_at is None else alone.key,
        None,
    ) == ("c-1/event/e-2/alert/phq-9.9", None)
    assert safety_alerts([answer(item9(1)), odd])[0].received_at is None  # first of all
    left = open_alerts([answer(item9(1)), odd, closing("c-1/event/e-2/alert/phq-9.9", minute=-999)])
    assert [f"{CHECKIN}/alert/phq-9.9"] == [alert.key for alert in left]


UNDATED = "c-1/event/a/alert/phq-9.9"


def said(level: int, minute: int | None, *, id: str = "a", **more: Any) -> CheckInAnswered:  # noqa: A002 - an event's own word
    """An answer to no check-in, recorded at a minute or at no time that can be read."""
    recorded: dict[str, Any] = {"recorded_at": "??"} if minute is None else {}
    return answer(item9(level), id=id, minute=minute or 0, checkin=None, **recorded, **more)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([said(3, None), said(1, 5)], [(3, True, 2)]),
        ([said(1, None), said(3, 5)], [(3, True, 2)]),
        ([said(3, None), said(1, 5), closing(UNDATED, minute=3)], [(3, True, 2)]),
        ([said(3, None), said(1, 5), closing(UNDATED, minute=5)], [(3, True, 2)]),
        ([said(3, None), said(1, 5), closing(UNDATED, minute=6)], [(3, False, 2)]),
        ([said(3, None), said(2, None), said(1, 5), closing(UNDATED, minute=3)], [(3, True, 3)]),
        ([said(3, None), closing(UNDATED, minute=3)], [(3, False, 1)]),
        ([said(3, None), said(1, 5), said(2, 9), closing(UNDATED, minute=7)], [(3, True, 2)]),
        # what can be dated joined another's Alert, so what cannot stands by itself
        ([said(3, None), said(1, 5), said(1, 1, id="b")], [(3, True, 1), (1, True, 2)]),
        ([said(3, None), said(1, 5), said(1, 1, id="b"), closing(UNDATED, minute=3)], [(3, True, 1), (1, True, 2)]),
        ([said(3, None), said(1, 5), said(1, 1, id="b"), closing(UNDATED, minute=6)], [(3, False, 1), (1, True, 2)]),
        # the Alert of its key was closed, and a later one began with another key before the last of its own
        ([said(3, None), said(1, 1), said(1, 4, id="b"), said(1, 5), closing(UNDATED, minute=3)],
         [(3, True, 1), (1, True, 2)]),
    ],
)  # fmt: skip
def test_one_id_with_two_contents_of_which_one_cannot_be_dated_loses_none_in_any_order(
    events: list[Event], expected: list[tuple[int, bool, int]]
) -> None:
    """The worst stands; what cannot be dated may have come last, so a closing before the last of its key leaves it."""
    every = [safety_alerts(order) for order in itertools.permutations(events)]
    assert [one for one in every if one != every[0]] == []
    assert expected == [(alert.level, alert.open, alert.times) for alert in every[0]]
    assert len({alert.key for alert in every[0]}) == len(every[0])


@given(
    st.lists(
        st.one_of(
            st.builds(said, st.integers(1, 3), st.none() | st.integers(0, 9), id=st.sampled_from("ab")),
            st.builds(lambda n, m, who: closing(f"c-1/event/{who}/alert/phq-9.9", id=f"x-{n}", minute=m),
                      st.integers(0, 9), st.integers(0, 9), st.sampled_from("ab")),
        ),
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_ids_shared_by_answers_with_and_without_a_time_lose_nothing(
    events: list[Event], rng: random.Random
) -> None:
    """In any order the same; a level is on the list while nothing closes it, and the worst undated one past every closing."""
    alerts = safety_alerts(events)
    assert alerts == safety_alerts(rng.sample(events, len(events)))
    named = {one.alert for one in events if isinstance(one, AlertClosed)}
    for event in events:
        if isinstance(event, CheckInAnswered) and instant(event.recorded_at) is None:
            key = f"c-1/event/{event.id}/alert/phq-9.9"
            (alert,) = [alert for alert in alerts if alert.key == key]
            assert alert.level is not None
            assert alert.level >= event.answers["phq-9"]["9"]
            assert alert.open or key in named


def test_of_two_courses_whose_keys_look_alike_the_open_one_stands() -> None:
    """A course with a name like a key: its Alert hides no other's, in either order."""
    mine = said(1, 0)
    other = answer(item9(3), id="z", course="c-1/event", checkin="c-1/event/a")
    for closed in ((), (closing(UNDATED, course="c-1/event"),)):
        every = [safety_alerts(order) for order in itertools.permutations((mine, other, *closed))]
        assert all(one == every[0] for one in every)
        (alert,) = every[0]
        assert (alert.open, alert.level) == (True, 1 if closed else 3)


def test_the_same_event_twice_counts_once_in_whatever_form_it_comes() -> None:
    event = answer({"phq-9": {"9": 2, "1": 0}, "qids-sr16": {"12": 1}})
    alerts = safety_alerts([event, event, as_mapping(event), as_line(event), as_line(event).encode()])
    assert [alert.times for alert in alerts] == [1, 1]
    assert alerts == safety_alerts([event])
    numbered: Any = {"phq-9": {9: 2, 1: 0}, "qids-sr16": {"12": 1}}
    by_number = evolve(event, answers=numbered)
    assert safety_alerts([event, by_number, as_line(by_number)]) == alerts
    elsewhere = evolve(event, course="c-2")
    assert len(safety_alerts([event, elsewhere])) == 4  # the id is another course's: another event


def test_one_id_with_two_contents_is_heard_twice_in_any_order() -> None:
    one, two = answer(item9(1)), answer(item9(3))
    (alert,) = safety_alerts([one, two])
    assert (alert.level, alert.times, alert.events) == (3, 2, ("e-1",))
    assert safety_alerts([two, one]) == safety_alerts([one, two])
    (alert,) = safety_alerts([answer(item9(0)), two])
    assert alert.level == 3


def test_courses_never_mix() -> None:
    events = [answer(item9(1), course=c, checkin=f"{c}/a/1", id=f"e-{c}") for c in ("c-1", "c-2")]
    assert [alert.times for alert in open_alerts(events)] == [1, 1]
    left = open_alerts([*events, closing("c-2/a/1/alert/phq-9.9", course="c-1")])
    assert len(left) == 2
    assert [a.course for a in open_alerts([*events, closing("c-2/a/1/alert/phq-9.9", course="c-2")])] == [
        "c-1"
    ]


# ---------------------------------------------------------------- skipped and unreadable (H05)


@pytest.mark.parametrize(
    "value",
    [None, "", "often", "-", "none", "n/a", "nan", float("nan"), -1, -0.5, "-1", False, "no", "false", [], [3], {},
     {"value": 3}, b"3", object(), 3j, Decimal("sNaN"), "three"],
)  # fmt: skip
def test_what_cannot_be_read_at_a_question_is_an_alert_of_its_own_kind_and_never_a_zero(value: Any) -> None:
    (alert,) = open_alerts([answer(item9(value))])
    assert ("safety-item-skipped", f"{CHECKIN}/alert/phq-9.9.skipped", 1) == (
        alert.kind,
        alert.key,
        alert.level,
    )
    assert ("was not answered" if value is None else "could not be read") in alert.text


@pytest.mark.parametrize(
    ("value", "level"),
    [(1, 1), (3, 3), ("2", 2), (" 2 ", 2), ("2.0", 2), (2.0, 2), (0.2, 1), (1.5, 2), (4, 3), (10**400, 3), ("9" * 90, 3),
     (float("inf"), 3), ("1e999", 3), (True, 1), ("yes", 1), ("YES", 1), ("true", 1), (Decimal("1"), 1),
     (Fraction(1, 3), 1), ("٢", 2)],
)  # fmt: skip
def test_every_readable_answer_above_zero_is_positive_whatever_its_form(value: Any, level: int) -> None:
    (alert,) = open_alerts([answer(item9(value))])
    assert ("safety-item", level) == (alert.kind, alert.level)


@pytest.mark.parametrize("value", [0, 0.0, -0.0, "0", " 0 ", "0.0", Decimal(0)])
def test_a_plain_zero_opens_nothing(value: Any) -> None:
    assert open_alerts([answer(item9(value))]) == ()


@pytest.mark.parametrize(
    ("value", "kind"),
    [("yes", "safety-item"), ("Y", "safety-item"), (True, "safety-item"), ("true", "safety-item"), (1, "safety-item"),
     ("1", "safety-item"), (2, "safety-item"), ("no", None), (False, None), (0, None), ("N", None), ("0", None),
     ("maybe", "safety-item-skipped"), (None, "safety-item-skipped"), (-1, "safety-item-skipped")],
)  # fmt: skip
def test_questions_of_yes_and_no_are_read_as_such(value: Any, kind: str | None) -> None:
    alerts = open_alerts([answer({"c-ssrs-screener": {"1": value, "2": "no", "6": "no"}})])
    assert ([] if kind is None else [kind]) == [alert.kind for alert in alerts]


def test_the_screeners_levels_are_those_of_its_questions() -> None:
    asked = {"1": 1, "2": 1, "3": 2, "4": 3, "5": 3, "6": 2, "6-recent": 3}
    everything = open_alerts([answer({"c-ssrs-screener": dict.fromkeys(asked, "yes")})])
    assert asked == {alert.item: alert.level for alert in everything}
    since = open_alerts([answer({"c-ssrs-screener-since-last-contact": dict.fromkeys("123456", True)})])
    assert {alert.item: alert.level for alert in since} == {"1": 1, "2": 1, "3": 2, "4": 3, "5": 3, "6": 3}


def test_questions_behind_a_plain_no_were_not_skipped() -> None:
    def skipped(items: Any) -> set[str | None]:
        return {alert.item for alert in open_alerts([answer({"c-ssrs-screener": items})])}

    assert skipped({"1": "no", "2": "no", "6": "no"}) == set()
    assert skipped({"1": 0, "2": False, "6": 0}) == set()
    assert skipped({"1": "no", "2": "perhaps", "6": "no"}) == {"2", "3", "4", "5"}
    assert skipped({"1": "no", "6": "no"}) == {"2", "3", "4", "5"}
    assert skipped({"1": "no", "2": "no"}) == {"6", "6-recent"}
    assert skipped({}) == {"1", "2", "3", "4", "5", "6", "6-recent"}
    assert skipped({"1": "no", "2": "no", "6": "no", "4": "yes"}) == {"4"}
    # of a form that came twice, one no does not take back a yes
    twice = {"c-ssrs-screener": {"1": "no", "2": "no", "6": "no"}, "cssrs": {"2": "yes"}}
    assert {(one.kind, one.item) for one in open_alerts([answer(twice)])} == {
        ("safety-item", "2"),
        *(("safety-item-skipped", item) for item in "345"),
    }


def test_item_nine_beside_the_phq_2_is_an_answer_and_not_a_skipped_phq_9() -> None:
    assert open_alerts([answer({"phq-2": {"1": 3, "2": 3}, "phq-9": {"9": 0}})]) == ()
    assert [a.kind for a in open_alerts([answer({"phq-2": {"1": 0}, "phq-9": {"9": 1}})])] == ["safety-item"]
    assert open_alerts([answer({"phq-2": {"1": 3, "2": 3}})]) == ()  # it has no such question of its own
    # and an app that puts the question into the short form is heard all the same
    assert [
        (a.instrument, a.item, a.level) for a in open_alerts([answer({"phq-2": {"1": 0, "2": 0, "9": 2}})])
    ] == [("phq-9", "9", 2)]
    for form in ("phq-8", "phq-15", "PHQ"):
        assert [(a.item, a.level) for a in open_alerts([answer({form: {"9": 2}})]) if a.level == 2] == [
            ("9", 2)
        ]


def test_a_later_answer_does_not_close_a_skipped_question_and_a_second_skip_joins() -> None:
    skipped = [answer({"phq-9": {"1": 0}}, id=f"e-{n}", minute=n) for n in (1, 2)]
    whole = answer(item9(0), id="e-3", minute=3)
    (alert,) = open_alerts([*skipped, whole])
    assert (alert.kind, alert.times, alert.rings) == ("safety-item-skipped", 2, 1)
    both = open_alerts([*skipped, answer(item9(1), id="e-4", minute=4)])
    assert {"safety-item", "safety-item-skipped"} == {alert.kind for alert in both}
    assert open_alerts([*skipped, whole, closing(alert.key)]) == ()


@pytest.mark.parametrize(
    "answers",
    [
        {"PHQ-9": {"9": 2}}, {"phq_9": {"q9": 2}}, {"PHQ9": {9: 2}}, {"phq9": {"phq9_q09": 2}}, {"phq-9": {"item 9": 2}},
        {"phq-9.9": 2}, {"gad-7": {"phq-9.9": 2}}, {"phq-2": {"q9": "2"}}, {"mine": {"PHQ9-Q9": 2}},
        {"phq-9": {"9": None, "09": 2}}, {"phq-9": {"9": 0, "q9": 2}}, {"phq-9": {"9": "?", "q9": 2}},
    ],
)  # fmt: skip
def test_item_nine_is_found_however_an_app_writes_it(answers: Any) -> None:
    assert [(a.kind, a.instrument, a.item, a.level) for a in open_alerts([answer(answers)])] == [
        ("safety-item", "phq-9", "9", 2)
    ]


@pytest.mark.parametrize(
    "answers", [{"safety-question": {"safety": 2}}, {"safety-question": {"1": 2}}, {"safety-question": 2},
                {"urinary": {"safety": 2}}, {"safety": {"safety": 2}}, {"my-evening": {"safety": 2}}],
)  # fmt: skip
def test_the_clinics_own_question_is_found_however_an_app_writes_it(answers: Any) -> None:
    (alert,) = open_alerts([answer(answers)])
    assert (alert.instrument, alert.item, alert.level) == ("safety-question", "safety", 2)


def test_the_mood_items_own_question_is_heard_and_its_absence_too() -> None:
    assert [(a.instrument, a.level) for a in open_alerts([answer({"mood": {"mood": 9, "safety": 1}})])] == [
        ("mood", 1)
    ]
    assert [a.kind for a in open_alerts([answer({"mood": {"mood": 9}})])] == ["safety-item-skipped"]
    assert open_alerts([answer({"mood": {"mood": 1, "safety": 0}})]) == ()


def test_of_one_name_given_twice_in_a_line_the_last_does_not_win() -> None:
    head = (
        '{"type": "check-in-answered", "id": "e-1", "course": "c-1", "recorded_at": "2026-12-01T12:00:00Z", '
    )
    for answers in [
        '"answers": {"phq-9": {"9": 3, "9": 0}}}', '"answers": {"phq-9": {"9": 3}, "phq-9": {"9": 0}}}',
        '"answers": {"phq-9": {"9": 3}}, "answers": {"phq-9": {"9": 0}}}',
        '"answers": {"phq-9": {"9": 0, "9": 0, "9": 3}}}', '"answers": {"phq-9": {"9": 0}}, "answers": {"phq-9.9": 3}}',
    ]:  # fmt: skip
        (alert,) = open_alerts([head + answers])
        assert (alert.kind, alert.level) == ("safety-item", 3), answers
    (alert,) = open_alerts([head + '"answers": {"phq-9": {"9": 0, "9": null}, "phq-9": {"9": "?"}}}'])
    assert alert.kind == "safety-item-skipped"
    twice = (
        head.replace('"e-1"', '"e-1", "recorded_at": "2026-11-01T12:00:00Z"')
        + '"answers": {"phq-9": {"9": 3}}}'
    )
    (alert,) = open_alerts([twice])
    assert alert.received_at is None


# ---------------------------------------------------------------- lines that are broken (H02)


GOOD = as_line(answer({"phq-9": {"1": 0, "9": 2}}, id="e-7"))


def test_a_line_of_an_answer_cut_short_anywhere_after_its_type_is_never_silent() -> None:
    start = GOOD.index("check-in-answered") + len("check-in-a")
    for end in range(start, len(GOOD)):
        (alert,) = open_alerts([GOOD[:end]])
        assert alert.kind == "unreadable-answer", GOOD[:end]
        if GOOD.index('"id"') + len('"id": "e-7"') <= end:
            assert alert.key.endswith("/event/e-7/alert/unreadable-answer")
    assert len(open_alerts([GOOD[:60], GOOD[:60], GOOD[:61]])) == 1  # by its id, where that can be seen


def test_a_line_of_an_answer_with_any_byte_replaced_is_heard_as_positive_skipped_or_unreadable() -> None:
    silent = []
    for k, char in itertools.product(range(len(GOOD)), '"}{,:0x\\'):
        line = GOOD[:k] + char + GOOD[k + 1 :]
        if not open_alerts([line]):
            silent.append(line)
    # what remains silent has become a readable zero, nothing else
    assert all(json.loads(line)["answers"]["phq-9"]["9"] == 0 for line in silent), silent


@pytest.mark.parametrize(
    "line",
    [
        '{"type": "check-in-answered", "id": "e-1", "course": "c-1"}',
        '{"type": "check-in-answered", "answers": null}', '{"type": "check-in-answered", "answers": "phq-9: 3"}',
        '{"type": "check-in-answered", "answers": [["phq-9", "9", 3]]}', '{"type": "check-in-answered", "answers": {}}',
        '{"type": "check-in-answered", "answers": {"phq-nine": {"ninth": 3}}}', '{"type": "answer", "answers": 3}',
        '{"type": "check-in-answered", "answers": {"note": "I cannot go on"}}',
        '{"type": "check-in-answered", "answers": {"suicidality": {"a": 3}}}',
        '{"answers": {"9": 3}', "check_in_answered e-1 phq-9 3", '"type": "CheckInAnswered"',
        '{"type": "check-in-answered", "answers": ' + "[" * 100_000,
        '{"type": "check-in-answered", "answers": {"phq-9": {"9": ' + "9" * 5000 + "}}}",
    ],
    ids=range(14),
)  # fmt: skip
def test_what_looks_like_an_answer_and_cannot_be_read_rings(line: str) -> None:
    assert [alert.kind for alert in open_alerts([line])] == ["unreadable-answer"]
    assert [alert.kind for alert in open_alerts([line.encode()])] == ["unreadable-answer"]


def test_an_answer_of_a_type_that_no_one_knows_is_heard_as_an_answer() -> None:
    for type_ in (None, "answered", "CheckInAnswered", "check_in_answered", 7):
        event = {**as_mapping(answer(item9(2))), "type": type_}
        assert [alert.level for alert in open_alerts([event])] == [2], type_
    for type_ in EVENT_TYPES:  # nor does a type that is plainly wrong silence it
        event = {**as_mapping(answer(item9(2))), "type": type_, "kind": "discharge"}
        assert [alert.level for alert in open_alerts([event]) if alert.item == "9"] == [2], type_
        for empty in (None, 3, "x"):
            expected = type_ in ("check-in-answered", "clinical-event")
            assert bool(open_alerts([{**event, "answers": empty}])) is expected, (type_, empty)
    event = as_mapping(answer(item9(2)))
    del event["type"]
    assert [alert.level for alert in open_alerts([event])] == [2]


def test_forms_without_such_a_question_are_no_reason_to_ring() -> None:
    quiet = {name for name in instrument_names() if not safety_items(load_instrument(name))}
    assert quiet >= {"phq-2", "gad-7", "pcl-5", "who-5", "cgi-s", "urinary", "memory"}
    for name in quiet:
        assert open_alerts([answer({name: {"1": 3, "2": "?"}})]) == (), name
        assert open_alerts([answer({name: 12})]) == (), name
    assert open_alerts([answer({"clinic-sleep": {"1": 3, "9": 3}})]) == ()


@pytest.mark.parametrize(
    "name",
    ["ASQ", "BDI-II", "beck-scale-for-suicide-ideation", "EPDS", "HAM-D-17", "hdrs", "IDS-SR30", "SBQ-R", "BSS", "SSI",
     "patient-health-questionnaire-9"],
)  # fmt: skip
def test_a_form_of_others_that_asks_about_suicide_rings_unless_its_questions_are_named(name: str) -> None:
    """None of its items can be read, so what was said to that one is not known; ``also`` makes it known."""
    event = answer({name: {"1": 0, "5": 1}})
    assert [alert.kind for alert in open_alerts([event])] == ["unreadable-answer"]
    mine = Question(name, "5", 1, "thoughts of death", yes_no=True)
    assert [(alert.kind, alert.item) for alert in open_alerts([event], also=[mine])] == [("safety-item", "5")]


ROW = as_line(answer(item9(2)))


@pytest.mark.parametrize(
    "rows",
    [
        [(ROW,)], [["e-1", ROW]], [(7, None, ROW.encode())], [memoryview(ROW.encode())], [json.dumps(ROW)],
        [json.dumps([ROW])], [json.dumps([[ROW]])], [{"payload": json.loads(ROW)}], [{"seq": 1, "line": ROW}],
        [{"line": ROW.encode()}], [{"event": {"body": ROW}}], [json.dumps({"payload": json.loads(ROW)})], (((ROW,),),),
    ],
    ids=range(13),
)  # fmt: skip
def test_a_row_of_a_database_or_an_envelope_silences_no_answer(rows: list[object]) -> None:
    (alert,) = open_alerts(rows)
    assert (alert.kind, alert.level, alert.key) == ("safety-item", 2, f"{CHECKIN}/alert/phq-9.9")
    assert open_alerts([*rows, ROW, *rows]) == (alert,), "and it counts once"


def test_rows_of_sqlite_are_heard_as_they_come() -> None:
    store = sqlite3.connect(":memory:")
    store.execute("create table event (n integer, line text)")
    others = [as_line(one) for one in STATES["ended course"]]
    store.executemany("insert into event values (?, ?)", enumerate([*others, ROW]))
    expected = open_alerts([ROW])
    assert open_alerts(store.execute("select line from event")) == expected
    assert open_alerts(store.execute("select * from event").fetchall()) == expected
    store.row_factory = sqlite3.Row
    assert open_alerts(store.execute("select * from event")) == expected


def test_what_holds_no_event_is_still_passed_over() -> None:
    """Numbers, rows of other lines, texts beside an event, ranges of any length; and nothing is looked for without end."""
    endless: list[object] = []
    endless.append(endless)
    for one in (7, None, 1.5, object(), range(10**12), endless, ("e-1", 7), {"note": "to check in a week"}, [[], {}, ()],
                {"line": as_line(STATES["ended course"][0])}, {"note": {"check-in": "a word"}}):  # fmt: skip
        assert open_alerts([one]) == (), one


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"phq-9-item-9": {"9": 0}}, []), ({"phq-9-item-9": {"9": 2}}, [("safety-item", 2)]), ({"phq-9-item-9": 0}, []),
        ({"phq-9-item-9": 3}, [("safety-item", 3)]), ({"phq-2": {"1": 1, "2": 0}, "phq-9-item-9": {"9": 0}}, []),
        ({"phq-9-item-9": None}, [("safety-item-skipped", 1)]), ({"phq-9-item-9": {}}, [("safety-item-skipped", 1)]),
        ({"phq-9-item-9": {"9": None}}, [("safety-item-skipped", 1)]),
        ({"phq-9-item-9": "often"}, [("safety-item-skipped", 1)]),
        ({"phq-9-item-9": {"item-9": 1}}, [("safety-item", 1)]), ({"PHQ9_ITEM9": {"q9": 1}}, [("safety-item", 1)]),
        ({"phq-9-item-9": {"8": 3}}, [("safety-item-skipped", 1)]),
        ({"phq-9-item-9": {"9": 0}, "phq-9": {"9": 1}}, [("safety-item", 1)]),
    ],
)  # fmt: skip
def test_item_9_may_be_answered_under_the_name_by_which_a_plan_asks_for_it(
    said: dict[str, Any], expected: list[tuple[str, int]]
) -> None:
    assert [(alert.kind, alert.level) for alert in open_alerts([answer(said)])] == expected


def noise(rng: random.Random) -> list[object]:
    """Events of other kinds, whole and broken, and things that are no events."""
    good: list[Event] = [
        SessionGiven(
            id="s-1", course="c-1", recorded_at=NOON, at=NOON, session="c-1/induction/1", dose_mg=56
        ),
        CheckInDeclined(id="d-1", course="c-1", recorded_at=NOON, checkin=CHECKIN),
        CourseEnded(id="z-1", course="c-1", recorded_at=NOON, at=NOON, why="well"),
        Retracted(id="r-1", course="c-1", recorded_at=NOON.add(days=2), event="e-1"),
        Retracted(id="r-2", course="c-1", recorded_at=NOON.add(days=2), event="x-1"),
    ]
    out: list[object] = [
        *good,
        None,
        7,
        [],
        "",
        "\n",
        "{",
        "not json at all",
        b"\xff\xfe",
        "[]",
        "[1, null]",
        {},
    ]
    out += [{"type": name, "id": "e-1", "course": "c-1", "session": None} for name in EVENT_TYPES
            if name not in ("check-in-answered", "clinical-event", "alert-closed")]  # fmt: skip
    out += ["{" + f'"type": "{name}", "answers": {{"phq-9"' for name in ("review-held", "session-given")]
    for event in good:
        line = as_line(event)
        k = rng.randrange(1, len(line))
        out += [line[:k], line[:k] + rng.choice('"}x0') + line[k + 1 :], {**as_mapping(event), "recorded_at": "?"},
                {**as_mapping(event), "course": rng.choice(["c-2", None, 3])}]  # fmt: skip
    return rng.sample(out, rng.randrange(len(out)))


def test_nothing_broken_elsewhere_changes_what_is_heard() -> None:
    rng = random.Random(20261202)
    for _ in range(150):
        events: list[Event] = [
            answer({"phq-9": {"9": rng.randrange(4)}}, id="e-1"),
            answer({"qids-sr16": {"1": 2}}, id="e-2", minute=rng.randrange(9)),
            ClinicalEvent(id="k-1", course="c-1", recorded_at=NOON, at=NOON, kind="attempt"),
            closing(f"{CHECKIN}/alert/phq-9.9", minute=rng.choice([-5, 5])),
        ]
        expected = safety_alerts(events)
        forms = [rng.choice([lambda e: e, as_mapping, as_line])(event) for event in events]
        mixed = [*forms, *noise(rng)]
        rng.shuffle(mixed)
        assert expected == safety_alerts(mixed), mixed


def test_events_may_come_as_one_text_of_many_lines() -> None:
    lines = [
        as_line(answer(item9(1))),
        '{"type": "session-given", ',
        "",
        GOOD[:150],
        as_line(closing("c-1/x")),
    ]
    for ending in ("\n", "\r\n"):
        text = ending.join(lines)
        assert (
            safety_alerts(lines)
            == safety_alerts(text)
            == safety_alerts([text])
            == safety_alerts(text.encode())
        )
    assert len(safety_alerts(lines)) == 2
    whole = "[" + ", ".join([as_line(answer(item9(1))), GOOD]) + "]"
    assert len(safety_alerts([whole])) == 1
    pretty = "\ufeff" + json.dumps(as_mapping(answer(item9(1))), indent=2)
    assert safety_alerts([pretty]) == safety_alerts([answer(item9(1))])
    assert safety_alerts(answer(item9(1))) == safety_alerts([answer(item9(1))])  # type: ignore[arg-type]  # one event by itself is heard too


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["type", "id", "course", "recorded_at", "answers", "phq-9", "9", "check-in-answered", "kind"]),
        inner, max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.lists(json_values | json_values.map(json.dumps) | st.binary(max_size=30), max_size=4), st.data())
def test_nothing_handed_in_raises_or_silences_an_answer(junk: list[Any], data: st.DataObject) -> None:
    alerts = safety_alerts(
        data.draw(st.permutations([*junk, answer(item9(1), course="c-9", checkin="c-9/a")]))
    )
    assert "c-9/a/alert/phq-9.9" in {alert.key for alert in alerts if alert.open}
    assert len({alert.key for alert in alerts}) == len(alerts)


def test_names_that_are_no_names_lose_nothing() -> None:
    odd: list[Any] = [None, True, 3.5, (), b"phq-9", 10**30, -1, 9, "x" * 10**6]
    for name in odd:
        assert [a.level for a in open_alerts([answer({name: {"a": 1}, **item9(2)})]) if a.item == "9"] == [
            2
        ], name
        assert [a.level for a in open_alerts([answer({"phq-9": {name: 1, "q9": 2}})]) if a.item == "9"] == [
            2
        ], name
        assert [a.kind for a in open_alerts([answer({"phq-9": {str: 1, "q": name}})])] == [
            "safety-item-skipped"
        ], name


def test_a_form_that_is_no_form_could_not_be_read_and_an_absent_one_was_not_answered() -> None:
    for form, said in [(27, "could not be read"), ("9: 3", "could not be read"), ([3], "could not be read"),
                       (None, "was not answered"), ({}, "was not answered")]:  # fmt: skip
        (alert,) = open_alerts([answer({"phq-9": form})])
        assert (alert.kind, said in alert.text) == ("safety-item-skipped", True), form
    assert len(open_alerts([answer({"c-ssrs-screener": "yes"})])) == 7


def test_answers_of_any_depth_and_numbers_of_any_length_are_heard() -> None:
    deep: Any = 1
    for _ in range(20_000):
        deep = [deep]
    nested: Any = {"9": deep}
    for _ in range(20_000):
        nested = {"phq-9": nested}
    assert len(open_alerts([answer({"phq-9": {"1": deep, "9": 2}})])) == 1
    assert len(open_alerts([answer(nested)])) == 1
    assert [alert.level for alert in open_alerts([answer(item9(10**6000))])] == [3]
    assert [
        alert.level for alert in open_alerts([answer({"phq-9": {"9": 3, "1": -(10**6000), 10**6000: 1}})])
    ] == [3]
    del deep, nested


def test_two_contents_are_told_apart_down_to_their_lists_and_microseconds() -> None:
    one, two = (answer({"phq-9": {"9": 1, "1": [n]}}) for n in (1, 2))
    assert [alert.times for alert in open_alerts([one, two])] == [2]
    late = answer(item9(1), recorded_at=NOON.add(microseconds=5))
    for n, expected in [(4, 1), (5, 1), (6, 0)]:
        at = evolve(closing(f"{CHECKIN}/alert/phq-9.9"), recorded_at=NOON.add(microseconds=n))
        assert len(open_alerts([late, at])) == expected, n


def test_a_line_of_two_types_closes_nothing_and_its_answer_is_heard() -> None:
    closed = as_mapping(closing(f"{CHECKIN}/alert/phq-9.9"))
    line = json.dumps({**closed, "answers": item9(1)}).replace(
        '{"type"', '{"type": "check-in-answered", "type"', 1
    )
    (alert,) = open_alerts([answer(item9(1)), line])
    assert alert.times == 2
    torn = json.dumps(closed).replace('{"type"', '{"type": "review-held", "type"', 1)
    assert len(open_alerts([answer(item9(1)), torn])) == 1
    broken = json.dumps(closed)[:-1] + ', "answers": {'
    assert len(open_alerts([answer(item9(1)), broken])) == 1


def test_a_closing_closes_all_that_joined_before_it_under_the_first_ones_key() -> None:
    events = [answer(item9(n), id=f"e-{n}", minute=n, checkin=f"c-1/a/{n}") for n in (1, 2, 3)]
    (alert,) = safety_alerts([*events, closing("c-1/a/1/alert/phq-9.9", minute=4)])
    assert (alert.key, alert.open, alert.times) == ("c-1/a/1/alert/phq-9.9", False, 3)
    for wrong in (2, 3):  # these joined, and have no Alert of their own
        (alert,) = safety_alerts([*events, closing(f"c-1/a/{wrong}/alert/phq-9.9", minute=4)])
        assert alert.open
    one, two = safety_alerts([*events, closing("c-1/a/1/alert/phq-9.9", minute=3)])
    assert [(a.rings, a.times, a.open) for a in (one, two)] == [(2, 2, False), (1, 1, True)]


def test_one_event_under_two_times_of_which_one_cannot_be_read_is_one_alert() -> None:
    event = ClinicalEvent(id="k-1", course="c-1", recorded_at=NOON, at=NOON, kind="attempt")
    odd = {**as_mapping(event), "recorded_at": "?"}
    (alert,) = open_alerts([event, odd])
    assert alert.times == 2
    assert open_alerts([event, odd, closing(alert.key)]) == ()


def test_the_names_that_apps_give_the_instruments_are_known() -> None:
    for name in ("QIDS", "qids_sr", "QIDS-SR-16"):
        (alert,) = open_alerts([answer({name: {"12": 1}})])
        assert (alert.instrument, alert.item) == ("qids-sr16", "12"), name
    for name in ("C-SSRS", "cssrs screen", "c-ssrs-recent", "c_ssrs_screener_recent", "C-SSRS Screener"):
        (alert,) = open_alerts([answer({name: {"1": "no", "2": "no", "6": "yes", "6_recent": "no"}})])
        assert (alert.instrument, alert.item) == ("c-ssrs-screener", "6"), name
    (alert,) = open_alerts([answer({"cssrs-since-last-contact": {"1": "yes", "2": "no", "6": "no"}})])
    assert (alert.instrument, alert.item) == ("c-ssrs-screener-since-last-contact", "1")


# ---------------------------------------------------------------- clinical events


def test_every_clinical_event_is_an_alert_of_its_own() -> None:
    events = [
        ClinicalEvent(id=f"k-{n}", course="c-1", recorded_at=NOON.add(minutes=n), at=NOON, kind=kind)
        for n, kind in enumerate(CLINICAL_LEVELS)
    ]
    alerts = safety_alerts([*events, *events])
    assert [f"c-1/event/k-{n}/alert/{kind}" for n, kind in enumerate(CLINICAL_LEVELS)] == [
        a.key for a in alerts
    ]
    assert list(CLINICAL_LEVELS.values()) == [alert.level for alert in alerts]
    assert all(alert.kind == "clinical-event" and alert.answered_at == NOON for alert in alerts)
    left = open_alerts([*events, closing(alerts[0].key, minute=99)])
    assert left == alerts[1:]


def test_every_kind_of_clinical_event_has_its_level() -> None:
    assert set(CLINICAL_KINDS) == set(CLINICAL_LEVELS)
    by_level = {
        3: {"attempt", "death", "admission"},
        2: {"adverse-event", "pregnancy", "dose-elsewhere"},
        1: {"discharge"},
    }
    assert by_level == {n: {kind for kind, level in CLINICAL_LEVELS.items() if level == n} for n in (1, 2, 3)}


@pytest.mark.parametrize("kind", [None, "", 3, "overdose", "über"])
def test_a_clinical_event_of_a_kind_that_no_one_knows_is_one_too(kind: Any) -> None:
    (alert,) = open_alerts([{"type": "clinical-event", "id": "k-1", "course": "c-1", "kind": kind}])
    assert (alert.kind, alert.level) == ("clinical-event", 3)
    assert re.fullmatch(r"c-1/event/k-1/alert/[a-z0-9-]+", alert.key)


def test_a_broken_line_of_a_clinical_event_rings() -> None:
    event = ClinicalEvent(id="k-1", course="c-1", recorded_at=NOON, at=NOON, kind="attempt")
    line = as_line(event)
    (alert,) = open_alerts([line[:-1]])
    assert (alert.kind, alert.key) == ("clinical-event", "c-1/event/k-1/alert/unknown")
    assert len(open_alerts([line, evolve(event, kind="death")])) == 2  # one id, two contents: both


# ---------------------------------------------------------------- what is said


def everything_said() -> list[Alert]:
    forms: list[Any] = [{q.instrument: {q.item: value}} for q in QUESTIONS for value in (q.worst, None, "?")]
    events: list[object] = [
        answer(form, id=f"e-{n}-{k}", minute=n + k) for n, form in enumerate([*forms, 7]) for k in (0, 1)
    ]
    events += [
        {"type": "clinical-event", "id": k, "course": "c-1", "kind": k} for k in [*CLINICAL_LEVELS, "other"]
    ]
    out = list(safety_alerts(events))
    for alert in out[:]:
        out += safety_alerts(
            [*events, closing(alert.key, minute=999), answer(forms[0], id="e-z", minute=1000)]
        )
    return out


def test_no_text_says_anything_that_could_pass_for_an_all_clear() -> None:
    alerts = everything_said()
    assert {alert.kind for alert in alerts} == set(ALERT_KINDS[:4])
    forbidden = re.compile(
        r"\b(safe|safely|fine|ok|okay|well|good|low|normal|clear|no risk|cleared|stable)\b|safe", re.I
    )
    for alert in alerts:
        assert not forbidden.search(alert.text), alert.text
        assert alert.text.isprintable()
        assert "A person must read this now." in alert.text


@pytest.mark.parametrize("kind", [*CLINICAL_LEVELS, "of no known kind"])
def test_the_text_of_a_clinical_event_speaks_of_no_answer(kind: str) -> None:
    """After a death, an attempt or an admission nobody waits for an answer; of an answer its text says what closes it not."""
    event = ClinicalEvent(id="k-1", course="c-1", recorded_at=NOON, at=NOON, kind=kind)
    (alert,) = safety_alerts([event])
    assert alert.text == (
        f"A clinical event was recorded: {kind}. A person must read this now. "
        "Nothing that is recorded later closes it; only a named person does."
    )
    for answers in (item9(1), item9(None), 7):
        (alert,) = safety_alerts([answer(answers)])
        assert alert.text.endswith(" A later answer, a zero included, does not close it.")


def test_the_text_shows_the_level_and_the_level_before() -> None:
    events = [answer(item9(level), id=f"e-{n}", minute=n) for n, level in enumerate([2, 1])]
    (first,), (second,) = safety_alerts(events[:1]), safety_alerts(events)
    assert first.text.startswith(
        "PHQ-9, item 9 (thoughts of death or of self-harm) was answered at level 2 of 3. A person"
    )
    assert "level 1 of 3. Level before: 2. Highest level since it opened: 2. Times: 2." in second.text
    titles = {
        q.instrument: open_alerts([answer({q.instrument: {q.item: 1}})])[0].text.split(",")[0].split(" (")[0]
        for q in QUESTIONS
    }
    assert titles == {
        "phq-9": "PHQ-9", "qids-sr16": "QIDS-SR16", "madrs": "MADRS", "madrs-s": "MADRS-S", "mood": "Mood today",
        "safety-question": "The clinic's own question", "c-ssrs-screener": "C-SSRS screener",
        "c-ssrs-screener-since-last-contact": "C-SSRS screener since last contact",
    }  # fmt: skip
    (yes,) = safety_alerts([answer({"c-ssrs-screener": {"1": 0, "2": 0, "6": 0, "3": True}})])
    assert (
        "C-SSRS screener, item 3 (suicidal thoughts or behaviour) was answered at level 2 of 3." in yes.text
    )


# ---------------------------------------------------------------- the table


RAW = [
    None,
    True,
    False,
    *range(-2, 8),
    0.5,
    -0.5,
    1.5,
    99,
    "0",
    "1",
    "2",
    "yes",
    "no",
    "Yes",
    "often",
    "",
    "nan",
    [],
    10**30,
]


def test_the_built_in_table_says_the_same_as_the_instruments_files() -> None:
    ours = {(question.instrument, question.item) for question in QUESTIONS}
    theirs = {(n, s.item) for n in instrument_names() for s in safety_items(load_instrument(n))}
    assert ours == theirs
    for question, value in itertools.product(QUESTIONS, RAW):
        expected = level_by_the_files(question.instrument, question.item, value)
        assert expected == safety_level(question.instrument, question.item, value), (question, value)
    for name in instrument_names():
        for item in load_instrument(name).by_id:
            if (name, item) not in ours:
                assert safety_level(name, item, 3) is None


def test_skipped_questions_are_the_same_as_by_the_instruments_files() -> None:
    rng = random.Random(5)
    for _ in range(500):
        name = rng.choice(sorted({question.instrument for question in QUESTIONS}))
        instrument = load_instrument(name)
        items = {item: rng.choice([0, 1, None]) for item in instrument.by_id if rng.random() < 0.6}
        readings, lost = hear_answers({name: items})
        assert not lost
        found = {reading.question.item for reading in readings if reading.how == "skipped"}
        assert set(skipped_safety_items(instrument, items)) == found, (name, items)


def test_a_clinic_may_add_questions_of_its_own_and_takes_none_away() -> None:
    own = Question("clinic-scale", "7", 4, "thoughts of self-harm")
    events = [
        answer({"clinic-scale": {"7": 3}, "phq-9": {"9": 1}}),
        answer({"clinic-scale": {"1": 0}}, id="e-2"),
    ]
    assert {"phq-9"} == {a.instrument for a in open_alerts(events)}
    found = {(a.instrument, a.kind, a.level) for a in open_alerts(events, also=[own])}
    assert {
        ("phq-9", "safety-item", 1),
        ("clinic-scale", "safety-item", 3),
        ("clinic-scale", "safety-item-skipped", 1),
    } == found
    assert read_value(own, 9).level == 4


def test_an_instant_needs_its_offset() -> None:
    for bad in ("2026-12-01T10:00:00", "2026-12-01T10:00:00Z" + " " * 60, "2026-12-01", "", "now", "x" * 99, None, 5, pendulum.naive(2026, 1, 1),
                "0001-01-01T00:00:00+23:00", NOON.date()):  # fmt: skip
        assert instant(bad) is None, bad
    zone = zoneinfo.ZoneInfo("America/New_York")
    for good in ("2026-12-01T07:00:00-05:00", NOON, datetime.datetime(2026, 12, 1, 7, tzinfo=zone)):
        moment = instant(good)
        assert isinstance(moment, pendulum.DateTime)
        assert moment == NOON
        assert moment.utcoffset() == datetime.timedelta(hours=-5 if isinstance(good, str) else 0)
    assert instant("2026-12-01T07:00:00-05:00") == instant("2026-12-01T12:00:00Z") == instant(NOON) == NOON


# ---------------------------------------------------------------- the machine (H03)


class Ward(RuleBasedStateMachine):
    """Random courses of answers, skips, closings, retractions and rubbish, in order of recording.

    The twin keeps one open Alert per course, question and kind, by hand. After each step the library,
    given everything so far in a shuffled order and in mixed forms, must say the same.
    """

    alerts: Bundle[str] = Bundle("alerts")

    @initialize(seed=st.integers(0, 10**6))
    def start(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.minute = 0
        self.events: list[Any] = []
        self.noise: list[Any] = []
        self.twin: dict[tuple[str, ...], dict[str, Any]] = {}
        self.last_level: dict[tuple[str, ...], int] = {}

    def now(self) -> int:
        self.minute += self.rng.choice([1, 5, 1440])
        return self.minute

    def ring(self, chain: tuple[str, ...], key: str, level: int) -> None:
        found = self.twin.get(chain)
        if found is None:
            previous = self.last_level.get(chain)
            self.twin[chain] = {"key": key, "level": level, "previous": previous, "times": 1, "rings": 1}
            return
        found["previous"] = found["level"]
        found["times"] += 1
        if level > found["level"]:
            found["level"] = level
            found["rings"] += 1

    @rule(target=alerts, course=st.sampled_from(["c-1", "c-2"]), where=st.integers(1, 3), level=st.integers(0, 3),
          form=st.sampled_from([("phq-9", "9"), ("qids-sr16", "12"), ("madrs-s", "9")]), whole=st.booleans())  # fmt: skip
    def answered(self, course: str, where: int, level: int, form: tuple[str, str], whole: bool) -> str:
        instrument, item = form
        minute = self.now()
        items = {"1": 0, item: level} if whole else {item: level}
        event = answer({instrument: items}, id=f"e-{minute}", minute=minute, course=course, checkin=f"{course}/a/{where}",
                       at=NOON.add(days=self.rng.randrange(-999, 999)))  # fmt: skip
        self.events.append(event)
        key = f"{course}/a/{where}/alert/{instrument}.{item}"
        if level:
            self.ring((course, instrument, item, "safety-item"), key, level)
        return key

    @rule(
        target=alerts,
        course=st.sampled_from(["c-1", "c-2"]),
        value=st.sampled_from([None, "?", -1, "absent"]),
    )
    def skipped(self, course: str, value: Any) -> str:
        minute = self.now()
        items = {"1": 0} if value == "absent" else {"9": value}
        self.events.append(
            answer({"phq-9": items}, id=f"e-{minute}", minute=minute, course=course, checkin=f"{course}/b")
        )
        self.ring((course, "phq-9", "9", "safety-item-skipped"), f"{course}/b/alert/phq-9.9.skipped", 1)
        return f"{course}/b/alert/phq-9.9.skipped"

    @rule(target=alerts, kind=st.sampled_from(sorted(CLINICAL_LEVELS)))
    def clinical(self, kind: str) -> str:
        minute = self.now()
        at = NOON.add(minutes=minute)
        self.events.append(ClinicalEvent(id=f"k-{minute}", course="c-1", recorded_at=at, at=at, kind=kind))
        key = f"c-1/event/k-{minute}/alert/{kind}"
        self.ring((key,), key, CLINICAL_LEVELS[kind])
        return key

    @rule(target=alerts)
    def unreadable(self) -> str:
        minute = self.now()
        at = NOON.add(minutes=minute).isoformat()
        event = {
            "type": "check-in-answered",
            "id": f"u-{minute}",
            "course": "c-1",
            "recorded_at": at,
            "answers": "3",
        }
        self.events.append(event)
        key = f"c-1/event/u-{minute}/alert/unreadable-answer"
        self.ring((key,), key, 1)
        return key

    @rule(key=alerts, named=st.booleans())
    def closed(self, key: str, named: bool) -> None:
        minute = self.now()
        event = closing(
            key, id=f"x-{minute}", minute=minute, course=key.partition("/")[0], by="Dr A" if named else None
        )
        self.events.append(event)
        if named:
            for chain in [chain for chain, found in self.twin.items() if found["key"] == key]:
                self.last_level[chain] = self.twin.pop(chain)["level"]

    @rule()
    def retracted(self) -> None:
        for event in self.rng.sample(self.events, min(2, len(self.events))):
            if isinstance(event, Event):
                at = NOON.add(minutes=self.now())
                self.noise.append(
                    Retracted(id=f"r-{self.minute}", course=event.course, recorded_at=at, event=event.id)
                )

    @rule()
    def rubbish(self) -> None:
        self.noise += noise(self.rng)[:6]

    @rule()
    def sent_again(self) -> None:
        self.noise += self.rng.sample(self.events, min(3, len(self.events)))

    @invariant()
    def the_library_says_what_the_twin_says(self) -> None:
        mixed = [
            self.rng.choice([lambda e: e, as_mapping, as_line])(event) if isinstance(event, Event) else event
            for event in [*self.events, *self.noise]
        ]
        self.rng.shuffle(mixed)
        every = safety_alerts(mixed)
        assert len({alert.key for alert in every}) == len(every)
        found = {
            alert.key: (alert.level, alert.previous_level, alert.times, alert.rings)
            for alert in every
            if alert.open
        }
        expected = {
            one["key"]: (one["level"], one["previous"], one["times"], one["rings"])
            for one in self.twin.values()
        }
        assert expected == found


TestWard = Ward.TestCase
TestWard.settings = settings(stateful_step_count=25)


instants_in_minutes = st.integers(0, 30)
loose_events = st.lists(
    st.one_of(
        st.builds(
            lambda n, m, level, where: answer(item9(level), id=f"e-{n}", minute=m, checkin=f"c-1/a/{where}"),
            st.integers(0, 99), instants_in_minutes, st.integers(0, 3), st.integers(1, 2),
        ),
        st.builds(
            lambda n, m, where: closing(f"c-1/a/{where}/alert/phq-9.9", id=f"x-{n}", minute=m),
            st.integers(0, 99), instants_in_minutes, st.integers(1, 2),
        ),
    ),
    max_size=8,
)  # fmt: skip


@given(loose_events, st.randoms(use_true_random=False))
def test_the_order_in_which_events_arrive_does_not_matter(events: list[Event], rng: random.Random) -> None:
    assert safety_alerts(events) == safety_alerts(rng.sample(events, len(events)))


@given(loose_events, st.integers(1, 3))
def test_an_answer_recorded_after_every_closing_is_always_open(events: list[Event], level: int) -> None:
    latest = answer(item9(level), id="e-last", minute=31, checkin="c-1/a/9")
    alerts = open_alerts([*events, latest])
    assert [(a.kind, a.instrument, a.item) for a in alerts] == [("safety-item", "phq-9", "9")]
    (alert,) = alerts
    assert alert.level is not None
    assert alert.level >= level
    assert "e-last" in alert.events


@given(loose_events)
def test_without_closings_every_level_above_zero_stays_open_and_is_counted(events: list[Event]) -> None:
    answers = {
        (e.id, e.recorded_at, e.checkin, str(e.answers)): e for e in events if isinstance(e, CheckInAnswered)
    }
    levels = [e.answers["phq-9"]["9"] for e in answers.values() if e.answers["phq-9"]["9"]]
    alerts = safety_alerts([e for e in events if not isinstance(e, AlertClosed)])
    assert ([(max(levels), len(levels))] if levels else []) == [(a.level, a.times) for a in alerts]
    assert all(alert.open for alert in alerts)


numbered_events = st.lists(
    st.one_of(
        st.tuples(st.just("answer"), instants_in_minutes, st.integers(1, 3), st.integers(1, 3)),
        st.tuples(st.just("close"), instants_in_minutes, st.just(0), st.integers(1, 4)),
    ),
    max_size=8,
).map(
    lambda found: [
        answer(item9(level), id=f"e-{n}", minute=minute, checkin=f"c-1/a/{where}")
        if what == "answer"
        else closing(f"c-1/a/{where}/alert/phq-9.9", id=f"x-{n}", minute=minute)
        for n, (what, minute, level, where) in enumerate(found)
    ]
)


def still_open(events: list[Any]) -> set[str]:
    """The ids of the positive answers that stand on the list."""
    return {event for alert in open_alerts(events) for event in alert.events}


@given(numbered_events, st.integers(0, 3), st.none() | instants_in_minutes, st.integers(1, 4), st.data())
def test_an_answer_that_arrives_late_takes_no_open_one_with_it_unless_its_own_key_was_closed_after_it(
    events: list[Event], level: int, minute: int | None, where: int, data: st.DataObject
) -> None:
    """Wherever its time puts it, whatever its level, also without a time: only a named person's record closes."""
    recorded: dict[str, Any] = {"recorded_at": "??"} if minute is None else {}
    late = answer(item9(level), id="late", minute=minute or 0, checkin=f"c-1/a/{where}", **recorded)
    key = f"c-1/a/{where}/alert/phq-9.9"
    own = any(
        isinstance(one, AlertClosed) and one.alert == key and one.recorded_at > NOON.add(minutes=minute or 0)
        for one in events
    )
    more = data.draw(st.permutations([*events, late]))
    if minute is None or not own:
        assert still_open(events) <= still_open(more)
    others: list[Event] = [
        Retracted(id="r-1", course="c-1", recorded_at=NOON.add(minutes=31), event="e-0"),
        CheckInDeclined(id="d-1", course="c-1", recorded_at=NOON, checkin="c-1/a/1"),
        ClinicalEvent(id="k-1", course="c-1", recorded_at=NOON, at=NOON, kind="attempt"),
    ]
    assert still_open(more) <= still_open([*more, *others])


@given(numbered_events)
def test_a_closing_closes_only_what_an_answer_of_its_own_key_came_before(events: list[Event]) -> None:
    """An Alert with that key stood when it was recorded, and what it closes had joined that Alert by then."""
    answers = [one for one in events if isinstance(one, CheckInAnswered)]
    closings = [one for one in events if isinstance(one, AlertClosed)]
    left = still_open(events)
    for one in answers:
        if one.id not in left:
            assert any(
                one.recorded_at < closed.recorded_at
                and any(
                    f"{first.checkin}/alert/phq-9.9" == closed.alert and first.recorded_at <= one.recorded_at
                    for first in answers
                )
                for closed in closings
            )


def test_a_closing_of_a_key_that_bears_no_alert_yet_closes_nothing_however_high_what_joined_later() -> None:
    """Level 3 under one key is open; a closing of another key closes nothing, nor does a later answer under that key."""
    high = answer(item9(3), id="e-1", minute=3, checkin="c-1/a/1")
    closed = closing("c-1/a/2/alert/phq-9.9", minute=17)
    for minute in (3, 5, 17, 20):
        other = answer(item9(1), id="e-2", minute=minute, checkin="c-1/a/2")
        for events in itertools.permutations((high, closed, other)):
            (alert,) = open_alerts(events)
            assert (alert.key, alert.level, alert.times) == ("c-1/a/1/alert/phq-9.9", 3, 2)
