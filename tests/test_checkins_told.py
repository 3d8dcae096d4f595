"""A check-in as it leaves the library: what it says of itself, in which state it is, and what makes an answer whole."""

from __future__ import annotations

from typing import Any

import pendulum
import pytest
from attrs import evolve

from ketaschedule.checkin_items import Item, PersonClock
from ketaschedule.checkin_merging import ITEM_9, Group, merge
from ketaschedule.checkins import CheckIn, with_states
from ketaschedule.days import EPOCH_DAY
from ketaschedule.folding import fold
from ketaschedule.history import CheckInDeclined, ClinicalEvent, Event, ZoneChanged
from ketaschedule.times import parse_date
from tests.checkin_histories import UTC, Events, phq_9, plain_course

DAY, HOUR = 86_400, 3600
ZONE = "Europe/London"
OPENS, DUE, CLOSES = 20_400 * DAY, 20_400 * DAY + 2 * HOUR, 20_401 * DAY
DATE = 20_400 + EPOCH_DAY
KEY = "c-1/a/1/ask/x/1"


def item(key: str = KEY, names: tuple[str, ...] = ("phq-9",), purpose: str = "review", **more: Any) -> Item:
    fields: dict[str, Any] = {
        "base": key.rpartition("/")[0], "number": 1, "anchor": "c-1/a/1", "opens": OPENS, "due": DUE, "closes": CLOSES,
        "day": DATE, "rule": "C4", "text": "a day of the course", "source": "trial-2020", "rank": 4,
    }  # fmt: skip
    return Item(key=key, instruments=names, purpose=purpose, **fields | more)


def group(*items: Item, **more: Any) -> Group:
    (one,) = merge(items or (item(),))
    return evolve(one, **more)


def states(
    *events: Event, at: int = DUE, groups: list[Group] | None = None, zone: str = ZONE
) -> list[CheckIn]:
    course = plain_course("ketamine-iv-single", start="2025-01-01", zone=zone).with_events(*events)
    folded = fold(course, UTC.from_key(at))
    return list(with_states(groups or [group()], folded, PersonClock(course, folded), at))


def state(*events: Event, at: int = DUE, groups: list[Group] | None = None) -> str:
    return states(*events, at=at, groups=groups)[0].state


def when(seconds: int) -> pendulum.DateTime:
    return UTC.from_key(seconds)


def died(at: int) -> Event:
    return ClinicalEvent(id="e-death", course="c-1", recorded_at=when(at), at=when(at), kind="death")


# -- What it says of itself ---------------------------------------------------------------------------------


def test_check_ins_are_equal_where_all_that_is_shown_is() -> None:
    """Keys, anchor, forms, state, zone and the three times; nothing that is no check-in is one."""
    one = CheckIn(group(), "open", ZONE)
    same = CheckIn(group(), "open", ZONE)
    assert one == same
    assert hash(one) == hash(same)
    others = [
        CheckIn(group(), "expired", ZONE),
        CheckIn(group(), "open", "Asia/Tokyo"),
        CheckIn(group(item(anchor="c-1/a/2")), "open", ZONE),
        CheckIn(group(item(KEY.replace("x", "y"))), "open", ZONE),
        CheckIn(group(item(names=("mood",))), "open", ZONE),
        CheckIn(group(opens=OPENS + 1), "open", ZONE),
        CheckIn(group(due=DUE + 1), "open", ZONE),
        CheckIn(group(closes=CLOSES + 1), "open", ZONE),
    ]
    assert all(one != other for other in others)
    assert len({one, same, *others}) == 1 + len(others)
    assert len({hash(other) for other in others}) == len(others)
    assert (one == "open") is False
    assert (one != None) is True  # noqa: E711 - it is the comparison that is asked


def test_it_is_written_with_its_key_its_time_and_its_state() -> None:
    """In the person's own time."""
    assert repr(CheckIn(group(), "open", "Asia/Tokyo")) == (
        f"CheckIn('{KEY}', due='2025-11-08T11:00:00+09:00', instruments=('phq-9',), state='open')"
    )


def test_its_times_and_its_date_are_the_persons() -> None:
    """The instants on the wall clock of the zone, the date that of the day on which it is asked."""
    one = CheckIn(group(), "open", "Asia/Tokyo")
    assert [str(at) for at in (one.opens, one.due, one.closes)] == [
        "2025-11-08 09:00:00+09:00", "2025-11-08 11:00:00+09:00", "2025-11-09 09:00:00+09:00",
    ]  # fmt: skip
    assert (one.opens_key, one.due_key, one.closes_key) == (OPENS, DUE, CLOSES)
    assert one.date == pendulum.date(2025, 11, 8)


def reasons(*items: Item) -> list[tuple[str, dict[str, object], str, str]]:
    return [
        (one.rule, dict(one.inputs), one.text, one.source)
        for one in CheckIn(group(*items), "open", ZONE).reasons
    ]


def test_each_item_gives_its_reason_and_a_watch_its_day() -> None:
    """With the rule, what it hangs on and who says so."""
    own = ("C4", {"key": KEY, "anchor": "c-1/a/1"}, "a day of the course", "trial-2020")
    assert reasons(item()) == [own]
    on = reasons(item(purpose="watch", offset=14, whole=True))
    assert on == [("C4", {"key": KEY, "anchor": "c-1/a/1", "day": 14}, "a day of the course", "trial-2020")]


def test_what_was_joined_shortened_or_added_is_said_with_its_rule() -> None:
    """Each in its words, by the house; and only where it was."""
    beside = item("c-1/a/1/ask/y/1", ("mood",), rank=5)
    keys = [KEY, "c-1/a/1/ask/y/1"]
    text = "due on one day with windows that overlap: asked together"
    assert reasons(item(), beside)[2:] == [("C10", {"keys": keys}, text, "house")]
    (one,) = (
        found
        for found in merge([item(), item("c-1/b/1", day=DATE - 3, due=DUE - 3 * DAY, purpose="baseline")])
        if found.key == KEY
    )
    assert one.instruments == ("phq-2", ITEM_9)
    text = "nearer than 7 days to a whole PHQ-9: its two first questions, and item 9 beside them"
    last = CheckIn(one, "open", ZONE).reasons[-1]
    assert (last.rule, last.inputs, last.text, last.source) == ("C11", {"least_days": 7}, text, "house")
    text = "a watch asks the whole PHQ-9 at least every 14 days, and each time after day 189"
    assert reasons(item(names=("gad-7",), purpose="watch", whole=True))[1:] == [("C15", {}, text, "house")]
    text = "none of the forms asks the person about safety itself"
    assert reasons(item(names=("gad-7",)))[1:] == [("C12", {}, text, "house")]
    assert reasons(item(names=("gad-7", "safety-question")))[1:] == []
    assert reasons(item(names=("phq-2",)))[1:] == []


# -- States -------------------------------------------------------------------------------------------------

BOUNDS = [
    (OPENS - 1, "not-yet"),
    (OPENS, "open"),
    (CLOSES - 1, "open"),
    (CLOSES, "expired"),
]


@pytest.mark.parametrize(("at", "expected"), BOUNDS)
def test_its_window_is_half_open_whatever_else_was_recorded(at: int, expected: str) -> None:
    """Without a history, and with answers, a no and a move that are about something else."""
    events = Events()
    early = when(OPENS - 9 * DAY)
    others: list[Event] = [
        events.answered("c-1/else", early, phq_9(1)),
        CheckInDeclined(**events.fields(early), checkin="c-1/else"),
        ZoneChanged(**events.fields(early), from_date=parse_date("2025-01-01", "day"), zone="Asia/Tokyo"),
    ]
    assert state(at=at) == expected
    for one in others:
        assert state(one, at=at) == expected
    off = [group(void=True)]
    assert state(at=at, groups=off) == state(others[0], at=at, groups=off) == "not-applicable"


def test_the_zone_is_that_of_its_day() -> None:
    """From the date of a move on, the one moved to."""
    for day, zone in (("2025-11-09", ZONE), ("2025-11-08", "Asia/Tokyo")):
        move = ZoneChanged(
            **Events().fields(when(OPENS - 9 * DAY)), from_date=parse_date(day, "day"), zone="Asia/Tokyo"
        )
        assert [one.zone for one in states(move)] == [zone]
    assert [one.zone for one in states()] == [ZONE]
    answered = Events().answered(KEY, when(DUE), phq_9(1))
    assert [one.zone for one in states(answered)] == [ZONE]


def test_each_keeps_its_place_and_has_a_state_of_its_own() -> None:
    """With and without a history."""
    later = group(
        item("c-1/b/1/ask/x/1", opens=OPENS + DAY, due=DUE + DAY, closes=CLOSES + DAY, day=DATE + 1)
    )
    no = CheckInDeclined(**Events().fields(when(DUE)), checkin=KEY)
    for events, first in (((), "expired"), ((no,), "declined")):
        found = states(*events, at=CLOSES, groups=[group(), later, group(void=True)])
        assert [(one.key, one.state) for one in found] == [
            (KEY, first), ("c-1/b/1/ask/x/1", "open"), (KEY, "not-applicable"),
        ]  # fmt: skip


@pytest.mark.parametrize(("seconds", "expected"), [(-1, "not-applicable"), (0, "expired"), (1, "expired")])
def test_a_death_takes_what_had_not_closed_by_then(seconds: int, expected: str) -> None:
    """What closes in that second had been there in full."""
    assert state(died(CLOSES + seconds), at=CLOSES + DAY) == expected


def test_what_was_answered_stays_answered_unless_it_never_was_asked() -> None:
    """Over a no and over a death; of what was called off before it opened an answer settles nothing."""
    events = Events()
    whole = events.answered(KEY, when(DUE), phq_9(1))
    no = CheckInDeclined(**events.fields(when(DUE)), checkin=KEY)
    assert state(whole, no) == state(no, whole) == "answered"
    assert state(whole, died(DUE)) == "answered"
    assert state(no, died(DUE), at=DUE) == "not-applicable"
    assert state(whole, groups=[group(void=True)]) == "not-applicable"
    assert state(whole, groups=[group(void=True, fixed=True)]) == "answered"
    assert state(no, groups=[group(void=True)]) == "not-applicable"


def test_an_answer_or_a_no_to_any_of_its_keys_is_one_to_all() -> None:
    """The second key as well as the one that leads."""
    pair = [group(item(), item("c-1/a/1/ask/y/1", ("phq-9",), rank=5))]
    events = Events()
    for key in (KEY, "c-1/a/1/ask/y/1"):
        assert state(events.answered(key, when(DUE), phq_9(1)), groups=pair) == "answered"
        assert state(CheckInDeclined(**events.fields(when(DUE)), checkin=key), groups=pair) == "declined"


# -- What makes an answer whole -----------------------------------------------------------------------------

MOOD = {"mood": {"mood": 4, "safety": 0}}
GAD_7 = {"gad-7": {str(n): 1 for n in range(1, 8)}}


@pytest.mark.parametrize(
    ("asked", "answers", "expected"),
    [
        (("phq-9",), [phq_9(1)], "answered"),
        (("phq-9",), [{"PHQ9": phq_9(1)["phq-9"]}], "answered"),
        (("phq-9",), [{"phq-9": {f"phq-9.{n}": 1 for n in range(1, 10)}}], "answered"),
        (("phq-9",), [{"phq-9": {str(n): 1 for n in range(1, 9)}}], "partly-answered"),
        (("phq-9",), [{"phq-9": {}}], "partly-answered"),
        (("phq-9",), [{"phq-9": {**phq_9(1)["phq-9"], "3": 7}}], "partly-answered"),
        (("phq-9",), [{"phq-9": {**phq_9(1)["phq-9"], "zest": 1}}], "answered"),
        (("phq-9",), [{"phq-9": 9}], "partly-answered"),
        (("phq-9",), [{"phq-9": {str(n): 1 for n in range(1, 9)}}, {"phq-9": {"9": 0}}], "answered"),
        (("phq-9",), [phq_9(1), {"phq-9": {"3": 7}}], "partly-answered"),
        (("phq-9",), [{"phq-9": {"3": 7}}, phq_9(1)], "answered"),
        (("phq-9",), [{"phq-9": {**phq_9(1)["phq-9"], "3": 7}}, {"phq-9": {"phq-9.3": 1}}], "answered"),
        (("phq-9",), [{"phq-9": {**phq_9(1)["phq-9"], "10": 1}}], "answered"),
        (("phq-9",), [{"phq-9": {**phq_9(1)["phq-9"], "10": 99}}], "partly-answered"),
        (("mood",), [{"mood": {"mood": 4}}], "partly-answered"),
        (("mood",), [{"mood": {"safety": 0}}], "partly-answered"),
        (("gad-7", "mood"), [GAD_7], "partly-answered"),
        (("gad-7", "mood"), [GAD_7, MOOD], "answered"),
        (("gad-7", "mood"), [{**GAD_7, **MOOD}], "answered"),
        (("phq-2",), [{"phq-2": {"1": 0, "2": 1}}], "partly-answered"),
        (("phq-2",), [{"phq-2": {"1": 0, "2": 1}, "phq-9": {"9": 0}}], "answered"),
        (("phq-2",), [{"phq-2": {"1": 0, "2": 1, "9": 0}}], "answered"),
        (("phq-2",), [{"phq-2": {"1": 0, "2": 1}, "phq-9": {"phq-9.9": 0}}], "answered"),
        (("phq-2",), [{"phq-2": {"1": 0, "2": 1}, "phq-9": {"9": "often"}}], "partly-answered"),
        (("phq-2",), [{"phq-2": {"1": 0, "2": 1}, "phq-9": {"9": None}}], "partly-answered"),
        (("clinics-own",), [{"clinics-own": {"1": 4}, "safety-question": {"safety": 0}}], "answered"),
        (("clinics-own",), [{"clinics-own": 4, "safety-question": {"safety": 0}}], "answered"),
        (("clinics-own",), [{"clinics-own": {}, "safety-question": {"safety": 0}}], "partly-answered"),
        (("clinics-own",), [{"safety-question": {"safety": 0}}], "partly-answered"),
        (("clinics-own",), [{"other": {"1": 4}, "safety-question": {"safety": 0}}], "partly-answered"),
    ],
)
def test_an_answer_is_whole_where_every_question_has_one_of_its_own_terms(
    asked: tuple[str, ...], answers: list[dict[str, Any]], expected: str
) -> None:
    """Pieces are taken together, the one recorded last stands; of a form that is none of ours it is known that something came."""
    events = Events()
    said = [
        events.answered(KEY, when(OPENS), one, recorded=when(OPENS + minutes))
        for minutes, one in enumerate(answers)
    ]
    for order in (said, said[::-1]):
        assert state(*order, groups=[group(item(names=asked))]) == expected


def test_of_two_pieces_recorded_in_one_second_the_greater_id_stands() -> None:
    """So that the order in which they arrive says nothing."""
    bad, good = {"phq-9": {"3": 7}}, phq_9(1)
    for first, second, expected in ((bad, good, "answered"), (good, bad, "partly-answered")):
        events = Events()
        said = [events.answered(KEY, when(OPENS), one) for one in (first, second)]
        for order in (said, said[::-1]):
            assert state(*order) == expected
