"""Where a watch begins and ends, and what it asks on which day: the doses behind it, and each bound."""

from __future__ import annotations

from typing import Any

import pendulum
import pytest
from attrs import evolve

from ketaschedule.cadence import Cadence, Days, Every, Interval, PerWeek
from ketaschedule.checkin_items import NEVER, PersonClock
from ketaschedule.checkin_watch import WatchAnchor, watch_anchors, watch_items, watch_offsets
from ketaschedule.history import (
    CoursePaused,
    CourseResumed,
    SessionCancelled,
    SessionGiven,
    SessionMissed,
)
from ketaschedule.inspection import FLOOR_DAYS
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol import TreatmentProtocol
from ketaschedule.protocol_files import load_protocol
from tests.checkin_histories import Events, doses_given, plain_course

TAPER = "esketamine-taper"
HOUR = 3600
Begun = tuple[str, int, str, int | None, bool]


def begun(plan: Plan) -> list[Begun]:
    """Each watch of a plan: the key of its session without the course, its day, why, its end, whether it is alone."""
    day1 = plan.day1.toordinal()
    return [
        (one.key[4:], one.day - day1 + 1, one.why, one.ends and one.ends - day1 + 1, one.alone)
        for one in plan.watch.anchors
    ]


def noon(day: int) -> pendulum.DateTime:
    """Noon of a day of a course from 1 December 2026."""
    return pendulum.datetime(2026, 12, 1, 12, tz="America/New_York").add(days=day - 1)


@pytest.mark.parametrize(
    ("name", "decide", "expected"),
    [
        ("ketamine-iv-single", {}, [("first/1", 1, "last-dose", None, True)]),
        ("ketamine-iv-six-in-21-days", {}, [("series/6", 21, "last-dose", None, True)]),
        (  # twice a week to day 25, weekly to day 50, every two weeks to day 106, every four
            TAPER,
            {},
            [
                ("induction/8", 25, "widening", 50, False),
                ("weekly/4", 50, "widening", 106, False),
                ("every-2-weeks/4", 106, "widening", 190, False),
                ("every-4-weeks/3", 190, "last-dose", None, True),
            ],
        ),
        (  # twice a week, then weekly without an end: to the end of what is planned, 26 weeks
            "esketamine-trd-us",
            {},
            [("induction/8", 25, "widening", 182, False)],
        ),
        (  # 5, 7, 10, 14, 21 and 28 days from one to the next
            "ketamine-iv-stretching",
            {},
            [
                ("stretching/5", 21, "widening", 42, False),
                ("stretching/8", 42, "widening", 62, False),
                ("stretching/10", 62, "widening", 104, False),
                ("stretching/13", 104, "widening", 146, False),
                ("stretching/15", 146, "widening", 182, False),
            ],
        ),
        (  # five days in a row, then twice a week
            "ketamine-oral-er-5-days-then-twice-weekly",
            {"day-8-response": "enter"},
            [("daily/5", 5, "widening", 95, False), ("twice-weekly/24", 95, "last-dose", None, True)],
        ),
    ],
)
def test_a_watch_begins_after_each_widening_and_after_the_last_dose(
    name: str, decide: dict[str, str], expected: list[Begun]
) -> None:
    """Each ends where the next begins; the last dose's has the whole length and is alone."""
    assert begun(make_plan(plain_course(name), decide=decide)) == expected


def spaced(
    first: Cadence, then: Cadence, after: tuple[str, ...] = ("last-dose", "widening")
) -> TreatmentProtocol:
    """The taper with other spacings in its first two phases, and no phase after them."""
    taper = load_protocol(TAPER)
    phases = tuple(
        evolve(phase, cadence=cadence, window_days=None if isinstance(cadence, PerWeek) else 0)
        for phase, cadence in zip(taper.phases[:2], (first, then), strict=True)
    )
    return evolve(
        taper,
        min_gap_days=1,
        phases=phases,
        checkins=(),
        decisions=(),
        lapse=(),
        frequency=(),
        watch=evolve(taper.watch, after=after),
    )


def widenings(protocol: TreatmentProtocol) -> list[str]:
    plan = make_plan(evolve(plain_course(TAPER), protocol=protocol))
    return [one.key for one in plan.watch.anchors if one.why == "widening"]


def every(days: int, count: int = 3) -> Every:
    return Every((Interval(days, count),))


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        (PerWeek(7, 1, (1, 2, 3, 4, 5, 6, 7)), PerWeek(4, 1, (1, 2, 4, 6)), ["c-1/induction/7"]),
        (PerWeek(5, 2, (1, 2, 3, 4, 5)), PerWeek(4, 2, (1, 2, 4, 6)), ["c-1/induction/10"]),
        (PerWeek(4, 2, (1, 2, 4, 6)), PerWeek(5, 2, (1, 2, 3, 4, 5)), []),
        (PerWeek(2, 2), PerWeek(2, 2), []),
        (PerWeek(1, 2), every(8), ["c-1/induction/2"]),
        (PerWeek(1, 2), every(7), []),
        (every(3), PerWeek(2, 2), ["c-1/induction/3"]),
        (PerWeek(2, 2), every(3), []),
        (every(1), every(2), ["c-1/induction/3"]),
        (every(2), every(2), []),
        (every(5, 1), PerWeek(1, 2), ["c-1/induction/1"]),
        (Days((1,)), PerWeek(1, 2), []),
        (Every((Interval(3, 1), Interval(7, 2))), every(7), []),
        (Every((Interval(3, 2), Interval(7, 2))), every(7), ["c-1/induction/2"]),
        (Every((Interval(7, 2), Interval(3, 2))), every(3), []),
    ],
)
def test_a_widening_is_more_days_from_dose_to_dose_on_average(
    first: Cadence, then: Cadence, expected: list[str]
) -> None:
    """Seven over the sessions a week, so from five to four a week is one; a dose alone on a day has no spacing to widen from."""
    assert widenings(spaced(first, then)) == expected


def test_a_protocol_says_after_what_its_watches_begin() -> None:
    """After widenings alone the last goes on to the end of what is planned; after the last dose alone there is one."""
    course = plain_course(TAPER)
    one = make_plan(evolve(course, protocol=spaced(PerWeek(2, 2), PerWeek(1, 2), ("widening",))))
    (watch,) = one.watch.anchors
    assert (watch.key, watch.why, watch.ends, watch.alone) == (
        "c-1/induction/4", "widening", one.layout.horizon, False,
    )  # fmt: skip
    none = make_plan(evolve(course, protocol=spaced(PerWeek(2, 2), PerWeek(2, 2), ("widening",))))
    assert none.watch.anchors == ()
    two = make_plan(evolve(course, protocol=spaced(PerWeek(2, 2), PerWeek(1, 2), ("last-dose",))))
    assert begun(two) == [("weekly/2", two.sessions[5].day, "last-dose", None, True)]


def test_a_dose_that_is_not_to_come_is_none_to_watch_after() -> None:
    """Called off or missed, the one before it is the last; recorded as given with no dose that counts, too."""
    course = plain_course("ketamine-iv-six-in-21-days")
    events = Events()
    given = doses_given(course, noon(16), events)
    for kind in (SessionCancelled, SessionMissed):
        gone = given.with_events(kind(**events.fields(noon(21)), session="c-1/series/6"))
        assert begun(make_plan(gone, as_of=noon(22))) == [("series/5", 17, "last-dose", None, True)]
        between = given.with_events(kind(**events.fields(noon(17)), session="c-1/series/5"))
        assert begun(make_plan(between, as_of=noon(18))) == [("series/6", 21, "last-dose", None, True)]
    late = SessionGiven(**events.fields(noon(24)), session="c-1/series/6", at=noon(24))
    after = make_plan(given.with_events(late), as_of=noon(24))
    assert begun(after) == [("series/6", 24, "last-dose", None, True)]
    assert watch_anchors(after.layout) is watch_anchors(after.layout)


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (25, ("induction/7", 22)),
        (26, ("induction/8", 25)),
        (29, ("induction/8", 25)),
    ],
)
def test_before_a_pause_the_last_dose_has_the_watch_alone(first: int, expected: tuple[str, int]) -> None:
    """A dose on the first day of the pause is in it. Where the widening would have come next there is one watch, not two."""
    events = Events()
    for name in (TAPER, "esketamine-trd-us"):
        course = doses_given(plain_course(name), noon(24), events)
        pause = CoursePaused(**events.fields(noon(24)), from_date=noon(first).date())
        found = begun(make_plan(course.with_events(pause), as_of=noon(24)))
        assert [(key, day, end, alone) for key, day, _, end, alone in found] == [(*expected, None, True)]
        assert found[0][2] == ("last-dose" if name == TAPER else "pause")


def test_a_pause_that_is_over_takes_its_sessions_and_nothing_after_them() -> None:
    """Weekly session 2 fell in it: the next widening is after session 4 as before."""
    events = Events()
    course = doses_given(plain_course(TAPER), noon(30), events)
    pause = CoursePaused(**events.fields(noon(31)), from_date=noon(35).date())
    back = CourseResumed(**events.fields(noon(40)), at=noon(40))
    plan = make_plan(course.with_events(pause, back), as_of=noon(41))
    assert plan.layout.by_key["c-1/weekly/2"].cancelled == "pause"
    assert begun(plan)[:2] == [
        ("induction/8", 25, "widening", 50, False),
        ("weekly/4", 50, "widening", 106, False),
    ]


@pytest.mark.parametrize("name", [TAPER, "esketamine-trd-us"])
@pytest.mark.parametrize("day", [27, 29])
def test_a_dose_given_in_a_pause_is_the_last_one(name: str, day: int) -> None:
    """On its first day or later, named or not: the watch counts from the dose that was given, not from the one before."""
    events = Events()
    course = doses_given(plain_course(name), noon(26), events)
    pause = CoursePaused(**events.fields(noon(26)), from_date=noon(27).date())
    plan = make_plan(course.with_events(pause, events.given("c-1/weekly/1", noon(day))), as_of=noon(30))
    assert "dose-in-pause" in {one.code for one in plan.findings}
    widening, last = begun(plan)
    assert widening == ("induction/8", 25, "widening", day, False)
    assert last == ("weekly/1", day, "last-dose" if name == TAPER else "pause", None, True)


PERSON = PersonClock.of("America/New_York", [])
ANCHOR = WatchAnchor("c-1/series/6", 740000, "last-dose", alone=True)
FORMS = ("gad-7",)


def offered(
    anchor: WatchAnchor, since: int = -NEVER, until: int = NEVER, extras: tuple[int, ...] = ()
) -> Any:
    return watch_items(anchor, 2, watch_offsets(extras), PERSON, FORMS, since, until)


def test_a_day_of_a_watch_says_what_it_asks_and_why() -> None:
    """A day of the floor the forms, a day that was added the short one; open for 48 hours from eight in the morning."""
    found = {one.offset: one for one in offered(ANCHOR, extras=(9,))}
    assert sorted(found) == sorted([*FLOOR_DAYS, 9])
    for offset, names, code, text, whole in (
        (7, FORMS, "C5", "days after the last dose", True),
        (9, ("phq-2",), "C6", "days after the last dose, where a relapse is soonest found", False),
        (365, FORMS, "C5", "days after the last dose", True),
    ):
        one = found[offset]
        assert (one.key, one.base, one.number) == (
            f"c-1/series/6/watch/2/{offset}",
            "c-1/series/6/watch/2",
            offset,
        )
        assert (one.anchor, one.purpose, one.day) == ("c-1/series/6", "watch", 740000 + offset)
        assert (one.opens, one.due) == PERSON.morning(one.day)
        assert one.closes == one.opens + 48 * HOUR
        assert (one.instruments, one.rule, one.text, one.whole) == (names, code, text, whole)
        assert (one.source, one.rank, one.void, one.again) == ("house", 2, False, False)
    assert offered(evolve(ANCHOR, why="widening"))[0].text == "days after the widening"


def test_a_watch_asks_no_more_from_the_day_on_which_the_next_begins() -> None:
    """Day 14 with an end a day after it; not where it ends on that day."""
    for ends, last in ((13, 7), (14, 7), (15, 14)):
        assert [one.offset for one in offered(evolve(ANCHOR, ends=740000 + ends))][-1] == last


def test_of_a_watch_only_what_may_still_be_asked_is_offered() -> None:
    """What closes at an instant or before is over, what opens at another or later is not needed yet; each on its own."""
    every_day = offered(ANCHOR)
    assert [one.offset for one in every_day] == list(FLOOR_DAYS)
    for one in every_day[3:5]:
        assert one in offered(ANCHOR, since=one.closes - 1)
        assert one not in offered(ANCHOR, since=one.closes)
        assert one in offered(ANCHOR, until=one.opens + 1)
        assert one not in offered(ANCHOR, until=one.opens)
    third, fifth = every_day[2], every_day[4]
    assert offered(ANCHOR, since=third.closes, until=fifth.opens + 1) == every_day[3:5]
    offered(ANCHOR).clear()
    assert offered(ANCHOR) == every_day, "what is kept is not what was given away"
