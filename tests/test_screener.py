"""The suicide screener after item 9: when it is asked, for how long, once a day by the person's own clock, and after which answers."""

from __future__ import annotations

from typing import Any

import pendulum
import pytest

from ketaschedule.checkin_items import Item
from ketaschedule.checkin_screener import screener_items
from ketaschedule.course import Course
from ketaschedule.days import instant_key
from ketaschedule.history import Event, Retracted, ZoneChanged
from ketaschedule.planner import make_plan
from tests.checkin_histories import Events, phq_9, plain_course

SERIES = "ketamine-iv-six-in-21-days"
KEY = "c-1/series/1/ask/baseline/1"
POSITIVE = phq_9(0, item_9=1)
NOON = pendulum.datetime(2026, 12, 1, 12, tz="America/New_York")
LATER = instant_key(NOON.add(years=1))


def story(*events: Event) -> Course:
    return plain_course(SERIES).with_events(*events)


def asked(*events: Event, now: int = LATER) -> list[Item]:
    return screener_items(story(*events), now)


def moved(events: Events, recorded: pendulum.DateTime, zone: str, day: str = "2026-11-01") -> Event:
    return ZoneChanged(**events.fields(recorded), from_date=pendulum.Date.fromisoformat(day), zone=zone)


def test_it_opens_with_the_record_and_may_be_answered_for_a_day() -> None:
    """Each field: at once, due at once, 24 hours, on the person's day, joined to the check-in that was answered."""
    (one,) = asked(Events().answered(KEY, NOON, POSITIVE))
    at = instant_key(NOON)
    assert (one.key, one.base, one.number) == (f"{KEY}/ask/screener/1", f"{KEY}/ask/screener", 1)
    assert (one.anchor, one.purpose, one.instruments) == (KEY, "screener", ("c-ssrs-screener",))
    assert (one.opens, one.due, one.closes) == (at, at, at + 24 * 3600)
    assert one.day == NOON.date().toordinal()
    assert (one.rule, one.text) == ("C17", "after a positive answer to item 9 of the PHQ-9")
    assert (one.source, one.rank, one.void, one.again) == ("house", 1, False, False)


def test_it_is_asked_from_the_instant_at_which_the_answer_is_known() -> None:
    """Not a second sooner; of an answer that was recorded late, when it was recorded."""
    late = NOON.add(hours=30)
    event = Events().answered(KEY, NOON, POSITIVE, recorded=late)
    assert asked(event, now=instant_key(late) - 1) == []
    (one,) = asked(event, now=instant_key(late))
    assert one.opens == instant_key(late)


@pytest.mark.parametrize(
    ("answers", "follows"),
    [
        ({"phq-9": {"9": 0}}, False),
        ({"phq-9": {"9": 1}}, True),
        ({"phq-9": {"9": 3}}, True),
        ({"phq-9": {"9": 4}}, True),
        ({"phq-9-item-9": {"9": 1}}, True),
        ({"phq-2": {"1": 0, "2": 0, "9": 2}}, True),
        ({"phq-9": {"9": None, "1": 3}}, False),
        ({"phq-9": {"9": "often"}}, False),
        ({"mood": {"mood": 0, "safety": 1}}, False),
        ({"qids-sr16": {"12": 3}}, False),
        ({**POSITIVE, "mood": {"mood": 0, "safety": 0}}, True),
        ({**POSITIVE, "c-ssrs-screener": {"1": "no", "2": "no", "6": "no"}}, False),
        ({**POSITIVE, "c-ssrs-screener": {"2": "yes"}}, False),
        ({**POSITIVE, "c-ssrs-screener": {"2": "perhaps"}}, False),
        ({**POSITIVE, "c-ssrs-screener-since-last-contact": {"1": "no"}}, False),
        ({**POSITIVE, "c-ssrs-screener": {}}, True),
        ({**POSITIVE, "c-ssrs-screener": {"1": None, "2": None, "6": None}}, True),
    ],
)
def test_it_follows_item_9_alone_and_not_an_answer_that_tells_of_it(
    answers: dict[str, Any], follows: bool
) -> None:
    """What cannot be read or was skipped has an Alert of its own; a screener sent with nothing in it was not answered."""
    assert len(asked(Events().answered(KEY, NOON, answers))) == follows


def test_one_a_day_and_each_under_a_key_of_its_own() -> None:
    """Four answers of three days, in whatever order they arrived: three screeners, numbered by what was answered."""
    events = Events()
    first = events.answered(KEY, NOON, POSITIVE)
    again = events.answered("c-1/series/2/ask/before/1", NOON.add(hours=11, minutes=59), POSITIVE)
    next_day = events.answered(KEY, NOON.add(hours=12), POSITIVE)
    call = events.answered("by telephone", NOON.add(days=2), POSITIVE)
    keys = [f"{KEY}/ask/screener/1", f"{KEY}/ask/screener/2", f"c-1/event/{call.id}/ask/screener/1"]
    for order in ((first, again, next_day, call), (call, next_day, again, first)):
        found = asked(*order)
        assert [one.key for one in found] == keys
        assert [one.number for one in found] == [1, 2, 1]
        assert [one.opens for one in found] == [instant_key(NOON.add(hours=hours)) for hours in (0, 12, 48)]


def test_a_day_is_that_of_where_the_person_is() -> None:
    """23:59 and 00:01 of New York are one day in Los Angeles; two answers of one day in New York are two in Tokyo."""
    events = Events()
    evening, night = NOON.add(hours=11, minutes=59), NOON.add(hours=12, minutes=1)
    two = (events.answered(KEY, evening, POSITIVE), events.answered(KEY, night, POSITIVE))
    assert len(asked(*two)) == 2
    west = moved(events, NOON.subtract(days=1), "America/Los_Angeles")
    assert len(asked(west, *two)) == 1
    morning, noon = NOON.subtract(hours=3), NOON  # 23:00 and 02:00 in Tokyo
    two = (events.answered(KEY, morning, POSITIVE), events.answered(KEY, noon, POSITIVE))
    assert len(asked(*two)) == 1
    found = asked(moved(events, NOON.subtract(days=1), "Asia/Tokyo"), *two)
    assert [one.day for one in found] == [NOON.date().toordinal(), NOON.date().toordinal() + 1]


@pytest.mark.parametrize(("seconds", "heard"), [(-1, True), (0, True), (1, False)])
def test_a_move_counts_once_it_is_recorded(seconds: int, heard: bool) -> None:
    """At the very instant of the answer it does; what is recorded later moves no screener that was asked."""
    events = Events()
    two = [events.answered(KEY, NOON.add(hours=11, minutes=minutes), POSITIVE) for minutes in (59, 61)]
    move = moved(events, NOON.add(hours=12, minutes=1, seconds=seconds), "America/Los_Angeles")
    assert len(asked(*two, move)) == (1 if heard else 2)


@pytest.mark.parametrize(("seconds", "heard"), [(0, False), (1, True)])
def test_a_move_that_was_withdrawn_by_then_does_not_count(seconds: int, heard: bool) -> None:
    """Withdrawn later it still moves nothing that was asked."""
    events = Events()
    two = [events.answered(KEY, NOON.add(hours=11, minutes=minutes), POSITIVE) for minutes in (59, 61)]
    move = moved(events, NOON.subtract(days=1), "America/Los_Angeles")
    other = moved(events, NOON.subtract(days=1), "America/New_York", day="2026-10-01")
    back = Retracted(**events.fields(NOON.add(hours=12, minutes=1, seconds=seconds)), event=move.id)
    found = asked(other, move, back, *two)
    assert len(found) == (1 if heard else 2)


def test_of_two_moves_from_one_date_the_one_recorded_last_stands() -> None:
    """Whatever the order in which they arrive; a later date stands over an earlier one."""
    events = Events()
    two = [events.answered(KEY, NOON.add(hours=11, minutes=minutes), POSITIVE) for minutes in (59, 61)]
    east = moved(events, NOON.subtract(hours=9), "America/New_York")
    west = moved(events, NOON.subtract(hours=8), "America/Los_Angeles")
    assert len(asked(west, east, *two)) == len(asked(east, west, *two)) == 1
    further = moved(events, NOON.subtract(hours=10), "America/New_York", day="2026-11-20")
    assert len(asked(further, west, east, *two)) == len(asked(west, further, *two)) == 2


def test_a_zone_that_is_none_takes_no_screener_away() -> None:
    """There is no plan of such a course, and the screener needs none; a zone that is one still counts beside it."""
    events = Events()
    two = [events.answered(KEY, NOON.add(hours=11, minutes=minutes), POSITIVE) for minutes in (59, 61)]
    bad = moved(events, NOON.subtract(hours=9), "Mars/Olympus")
    assert len(asked(bad, *two)) == 2
    assert len(asked(bad, moved(events, NOON.subtract(hours=8), "America/Los_Angeles"), *two)) == 1


def test_an_answer_withdrawn_takes_no_screener_away() -> None:
    """It was asked, and stays; the form that was asked is the one about the past month, the next one about the time since."""
    events = Events()
    first, second = (events.answered(KEY, NOON.add(days=days), POSITIVE) for days in (0, 3))
    back = Retracted(**events.fields(NOON.add(days=1)), event=first.id)
    plan = make_plan(story(first, second, back), as_of=NOON.add(days=3))
    forms = [one.instruments for one in plan.checkins if "screener" in one.purposes]
    assert forms == [("c-ssrs-screener",), ("c-ssrs-screener-since-last-contact",)]
