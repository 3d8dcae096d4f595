"""What each reminder is made of: contact hours to the second, its reasons, its language."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pendulum
import pytest
from attrs import evolve

from ketaschedule import times
from ketaschedule.availability import clinic_from
from ketaschedule.checkin_items import PersonClock
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol
from ketaschedule.reminders import Reminder, reminder_to, reminders
from ketaschedule.reminders_digest import digests
from ketaschedule.reminders_ground import Ground
from ketaschedule.reminders_hours import BEFORE_CLOSING, ContactHours, contact_minutes, working_day
from ketaschedule.reminders_kinds import KINDS
from ketaschedule.reminders_model import Candidate
from tests.checkin_histories import random_story
from tests.plans import event, some_course

NEW_YORK = PersonClock.of("America/New_York", [])
APIA = PersonClock.of("Pacific/Apia", [])


def day(text: str) -> int:
    return times.ordinal(times.parse_date(text, "day"))


def instant(text: str) -> int:
    return times.instant_key(times.parse_instant(text, "instant"))


def candidate(kind: str, by: int, useful_until: int) -> Candidate:
    """Something to be told; ``by`` is how long contact hours may hold it back."""
    return Candidate(
        item="c-1/a/1",
        kind=KINDS[kind],
        audience="patient",
        number=1,
        natural=0,
        item_at=0,
        by=by,
        useful_until=useful_until,
        message="visit-day",
        values={},
        rule="R1",
        text="",
    )


def test_contact_hours_begin_with_their_first_second_and_end_before_their_last() -> None:
    """Half-open: 8:00:00 is in them, 21:00:00 is not."""
    hours = ContactHours(NEW_YORK, "08:00-21:00")
    opening, closing = instant("2026-12-01T08:00:00-05:00"), instant("2026-12-01T21:00:00-05:00")
    assert (hours.opening(day("2026-12-01")), hours.closing(day("2026-12-01"))) == (opening, closing)
    found = [hours.is_open(at) for at in (opening - 1, opening, closing - 1, closing, closing + 1)]
    assert found == [False, True, True, False, False]


def test_hours_to_midnight_end_with_the_day() -> None:
    """The first instant of the next day is outside them, also on a day of 23 hours."""
    hours = ContactHours(NEW_YORK, "08:00-24:00")
    for date, midnight in (
        ("2026-12-01", "2026-12-02T00:00:00-05:00"),
        ("2027-03-14", "2027-03-15T00:00:00-04:00"),
    ):
        assert hours.closing(day(date)) == instant(midnight)
        assert [hours.is_open(instant(midnight) + more) for more in (-1, 0)] == [True, False]


def test_what_falls_into_quiet_waits_or_is_brought_forward_or_is_dropped() -> None:
    """At, before and after each bound of how long it may wait and how long it is of use."""
    hours = ContactHours(NEW_YORK, "08:00-21:00")
    night, opening = instant("2026-12-01T22:00:00-05:00"), instant("2026-12-02T08:00:00-05:00")
    last = instant("2026-12-01T21:00:00-05:00") - BEFORE_CLOSING
    floor = last
    waits = candidate("day", opening + 1, opening + 1)
    assert hours.place(night, waits, 0) == (opening, "delayed")
    too_late = candidate("day", opening, opening)
    assert hours.place(night, too_late, 0) == (None, "quiet")
    later_is_of_use = candidate("day", opening, opening + 1)
    assert hours.place(night, later_is_of_use, 0) == (opening, "delayed")
    forward = candidate("closing", opening, opening + 1)
    assert hours.place(night, forward, floor) == (last, "brought-forward")
    assert hours.place(night, forward, floor + 1) == (opening, "delayed")
    assert hours.place(night, candidate("closing", opening + 1, opening + 1), floor) == (opening, "delayed")
    assert hours.place(night, candidate("closing", opening, opening), floor + 1) == (None, "quiet")


def test_before_the_opening_the_same_day_opens_and_at_the_bounds_nothing_is_done() -> None:
    """A second before 8:00 waits a second; 8:00:00 and 20:59:59 are told at once; 21:00:00 waits for the morning."""
    hours = ContactHours(NEW_YORK, "08:00-21:00")
    opening, closing = instant("2026-12-01T08:00:00-05:00"), instant("2026-12-01T21:00:00-05:00")
    far = candidate("day", closing + 10**6, closing + 10**6)
    assert hours.place(opening - 1, far, 0) == (opening, "delayed")
    assert hours.place(opening, far, 0) == (opening, "")
    assert hours.place(closing - 1, far, 0) == (closing - 1, "")
    assert hours.place(closing, far, 0) == (opening + 24 * 3600, "delayed")


def test_in_the_small_hours_the_last_closing_is_yesterdays() -> None:
    """At 3:00 something that cannot wait is told at 20:00 of the day before; hours of half an hour: at their opening."""
    night = instant("2026-12-02T03:00:00-05:00")
    now = candidate("closing", night + 1, night + 1)
    evening = instant("2026-12-01T20:00:00-05:00")
    assert ContactHours(NEW_YORK, "08:00-21:00").place(night, now, 0) == (evening, "brought-forward")
    short = instant("2026-12-01T20:30:00-05:00")
    assert ContactHours(NEW_YORK, "20:30-21:00").place(night, now, 0) == (short, "brought-forward")


def test_a_date_that_the_zone_leaves_out_has_no_hours() -> None:
    """In Apia the day before 31 December 2011 was the 29th: what cannot wait at 3:00 is told at 20:00 on that day,
    and what comes up at 22:00 on the 29th waits for 8:00 on the 31st, ten hours later.
    """
    hours = ContactHours(APIA, "08:00-21:00")
    small = instant("2011-12-31T03:00:00+14:00")
    evening = instant("2011-12-29T20:00:00-10:00")
    assert hours.place(small, candidate("closing", small + 1, small + 1), 0) == (evening, "brought-forward")
    night = instant("2011-12-29T22:00:00-10:00")
    opening = instant("2011-12-31T08:00:00+14:00")
    assert opening - night == 10 * 3600
    assert hours.place(night, candidate("day", opening + 1, opening + 1), 0) == (opening, "delayed")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("08:00-21:00", (480, 1260)), ("00:00-24:00", (0, 1440)), (" 08:00 - 08:01 ", (480, 481))],
)
def test_contact_hours_are_read(text: str, minutes: tuple[int, int]) -> None:
    assert contact_minutes(text) == minutes


def test_hours_that_an_hour_left_out_swallows_are_none_on_that_day() -> None:
    """02:00 to 02:30 is no time on 14 March 2027: what comes up at 03:00, where both would fall, waits a day."""
    hours = ContactHours(NEW_YORK, "02:00-02:30")
    three = instant("2027-03-14T03:00:00-04:00")
    assert hours.opening(day("2027-03-14")) == hours.closing(day("2027-03-14")) == three
    far = candidate("day", three + 10**6, three + 10**6)
    assert hours.place(three, far, 0) == (instant("2027-03-15T02:00:00-04:00"), "delayed")


def test_what_comes_up_with_the_closing_is_brought_forward_to_an_hour_before_that_very_closing() -> None:
    """At 21:00:00, of no use by the morning: 20:00 of the same day, not of the day before."""
    closing = instant("2026-12-01T21:00:00-05:00")
    now = candidate("closing", closing + 1, closing + 1)
    found = ContactHours(NEW_YORK, "08:00-21:00").place(closing, now, 0)
    assert found == (closing - BEFORE_CLOSING, "brought-forward")


def test_a_clinic_works_when_it_is_open_at_any_hour_and_not_closed() -> None:
    """Its hours say on which weekdays, closed days take from them; without hours Monday to Friday."""
    dates = ("2026-12-04", "2026-12-05", "2026-12-06", "2026-12-07", "2026-12-08")  # Friday to Tuesday

    def works(**data: Any) -> list[bool]:
        clinic = clinic_from({"zone": "America/New_York", **data})
        return [working_day(clinic, day(one)) for one in dates]

    assert works() == [True, False, False, True, True]
    assert works(closed=["2026-12-07"]) == [True, False, False, False, True]
    assert works(hours={"sat": ["09:00-12:00"], "mon": ["09:00-12:00"]}) == [False, True, False, True, False]
    assert works(hours={"sat": ["09:00-12:00"]}, closed=["2026-12-05"]) == [False] * 5


@pytest.mark.parametrize(("days", "first"), [(30, "2026-12-31"), (31, "2026-12-01")])
def test_a_clinic_closed_for_longer_than_a_month_is_told_at_once(days: int, first: str) -> None:
    """Its next working day, and its last, are looked for within 31 days; where there is none it is the day itself."""
    first_closed = pendulum.date(2026, 12, 1)
    closed = [first_closed.add(days=more).isoformat() for more in range(days)]
    every = {name: ["09:00-17:00"] for name in times.WEEKDAYS}
    clinic = clinic_from({"zone": "America/New_York", "hours": every, "closed": closed})
    ground = Ground(make_plan(some_course(clinic=clinic)))
    assert ground.working_from(day("2026-12-01")) == day(first)
    last = first_closed.add(days=days - 1).toordinal()
    assert ground.working_until(last) == (day("2026-11-30") if days == 30 else last)


def test_a_home_session_without_an_adult_beside_names_none() -> None:
    """The text then has an empty place, which the words fill in their own way."""
    one = make_plan(some_course(protocol=load_protocol("ketamine-sublingual-home-4-weeks")))
    assert Ground(one).parameters("visit-home-today", {}) == {"monitor": ""}


def told(locale: str = "en-US", **more: Any) -> list[Reminder]:
    plan = make_plan(some_course(locale=locale, **more))
    return list(reminders(plan, plan.as_of, plan.as_of.add(days=9), include_dropped=True))


def test_a_reminder_speaks_the_language_of_its_course_unless_another_is_asked_for() -> None:
    """And where it fell back it says to what."""
    one = next(one for one in told("es-MX") if one.audience == "patient" and one.kind == "step-no-driving")
    assert one.locale == "es-MX"
    assert one.words(level="unlocked").title == "No conduzca"
    assert one.words(level="unlocked", locale="en").title != "No conduzca"
    assert {other.locale for other in told("en-GB")} == {"en-GB"}


def test_every_reason_of_a_reminder_says_who_says_so_and_of_what() -> None:
    """The first names the item; all are ours, each with a rule and words, also where it was held back or dropped."""
    seen: set[str] = set()
    for seed in range(12):
        plan = random_story(30_000 + seed, 8).plan()
        since = plan.as_of.subtract(days=20)
        found = list(reminders(plan, since, plan.as_of, include_dropped=True))
        for one in found:
            assert one.reasons[0].inputs == {"item": one.item}
            for reason in one.reasons:
                assert reason.source == "house"
                assert reason.text
                assert reason.inputs is not None
                seen.add(reason.rule)
            assert all(dict(reason.inputs) == {} for reason in one.reasons[1:])
            assert (one.why is None) == (one.state == "told")
        assert all(
            (one.fires_key, one.rank, one.key) <= (two.fires_key, two.rank, two.key)
            for one, two in pairwise(found)
        )
    assert {"R1", "R2", "R3"} <= seen


def test_a_stretch_may_be_a_single_instant_and_then_has_nothing() -> None:
    """From an instant to itself; and the instant of the plan itself is foreseen, one before it is not."""
    plan = make_plan(some_course(), as_of=pendulum.datetime(2026, 12, 3, 10, tz="America/New_York"))
    assert reminders(plan, plan.as_of, plan.as_of) == ()
    here = reminders(plan, plan.as_of.subtract(seconds=1), plan.as_of.add(seconds=1))
    assert here
    assert {one.provisional for one in here if one.fires_key == plan.now} == {True}
    early = evolve(plan.course)
    again = make_plan(early, as_of=plan.as_of.add(seconds=1))
    past = reminders(again, plan.as_of, plan.as_of.add(seconds=1))
    assert {one.provisional for one in past} == {False}


def test_a_change_of_zone_tells_nothing_again_that_was_told_before_it() -> None:
    """The day before the visit of 4 December was told at 10:00; the change recorded at noon, from the 10th on, repeats nothing."""
    given = "2026-12-01T10:00:00-05:00"
    moves = "2026-12-03T12:00:00-05:00"
    course = some_course().with_events(
        event("session-given", 1, "2026-12-01T11:00:00-05:00", session="c-1/induction/1", at=given),
        event("zone-changed", 2, moves, zone="America/Chicago", **{"from": "2026-12-10"}),
    )
    noon = pendulum.datetime(2026, 12, 3, 12, tz="America/New_York")
    found: list[list[str]] = []
    for since, until in ((noon.subtract(hours=3), noon), (noon, noon.add(hours=1))):
        plan = make_plan(course, as_of=until)
        told_now = [one for one in reminders(plan, since, until) if one.item == "c-1/induction/2"]
        found.append(sorted(one.kind for one in told_now if one.audience == "patient"))
    assert found == [["day", "step-escort", "step-no-alcohol-day-before"], []]


def test_what_falls_on_one_instant_is_shown_as_one() -> None:
    """The day before a visit at 10:00: three things to the person, and the visit is what the screen says; the escort's stands alone."""
    plan = make_plan(some_course(consent={"escort": {"reminders": True}}))
    ten = pendulum.datetime(2026, 12, 3, 10, tz="America/New_York")
    found = [one for one in reminders(plan, ten, ten.add(seconds=1)) if one.kind != "open"]
    person, escort = sorted(digests(reversed(found)), key=lambda one: one.audience, reverse=True)
    assert (person.audience, escort.audience) == ("patient", "escort")
    assert person.fires_at == escort.fires_at == ten
    assert (person.joined, escort.joined) == (True, False)
    assert [one.kind for one in person.reminders] == ["step-no-alcohol-day-before", "step-escort", "day"]
    assert person.words(level="unlocked").body.startswith("Your visit is on Friday, December 4, 2026")
    assert person.words(level="unlocked", locale="es").title == "Su visita"
    assert person.words(neutral_name="North Street").body == "You have a message from North Street."
    assert person.words(neutral_name="N") == person.words(neutral_name="N", level="locked")
    assert person.words() == person.reminders[0].words() == person.reminders[0].words(neutral_name="")


@pytest.mark.parametrize("kind", ["today", "moved", "day", "week"])
def test_of_several_the_visit_is_spoken_of_whatever_the_order(kind: str) -> None:
    """Its own words carry the date; what else there is waits in the app."""
    step = next(one for one in told() if one.kind == "step-escort")
    visit = evolve(step, kind=kind, message=f"visit-{kind}", key="c-1/x", parameters={"visit_at": "2026-12-04T10:00:00-05:00", "clinic": ""})  # fmt: skip
    one = digests([step, visit])[0]
    assert one.words(level="unlocked") == visit.words(level="unlocked")
    assert len(digests([step, evolve(visit, joins=False)])) == 2
    assert len(digests([evolve(step, joins=False), evolve(visit, joins=False)])) == 2
    assert digests([evolve(step, state="dropped", why="cap"), visit])[0].reminders == (visit,)


def test_without_a_visit_among_them_it_says_how_many_messages_there_are() -> None:
    """In the language of the course, or the one that is asked for; a stranger is told no number."""
    steps = [one for one in told("es-MX") if one.kind in ("step-no-food", "step-no-liquids")][:2]
    one = digests([evolve(step, fires_at=steps[0].fires_at) for step in steps])[0]
    assert one.words(level="unlocked").body == "Tiene 2 mensajes en la aplicación."
    assert one.words(level="unlocked", locale="en").body == "You have 2 messages in the app."
    assert one.words(neutral_name="N", locale="en").body == "You have a message from N."
    assert one.words() == one.words(neutral_name="", level="locked", locale="es-MX")


def test_a_reminder_as_plain_values_has_these_names() -> None:
    """As an app in another language reads it; the reason of a drop only where it was dropped."""
    plan = make_plan(some_course())
    eight = pendulum.datetime(2026, 12, 1, 8, tz="America/New_York")
    found = reminders(plan, eight, eight.add(seconds=1), include_dropped=True)
    plain = {
        one.audience: reminder_to(one) for one in found if one.key.startswith("c-1/induction/1/tell/today/")
    }
    assert plain["patient"] == {
        "key": "c-1/induction/1/tell/today/patient/1",
        "revision": "c2e5e589bd74",
        "item": "c-1/induction/1",
        "kind": "today",
        "audience": "patient",
        "channel": "push",
        "privacy": "locked",
        "natural": "2026-12-01T07:00:00-05:00",
        "fires_at": "2026-12-01T08:00:00-05:00",
        "item_at": "2026-12-01T10:00:00-05:00",
        "useful_until": "2026-12-01T10:00:00-05:00",
        "message": "visit-today",
        "parameters": {"visit_at": "2026-12-01T10:00:00-05:00", "clinic": ""},
        "provisional": True,
        "state": "told",
        "reasons": [
            {
                "rule": "R1",
                "inputs": {"item": "c-1/induction/1"},
                "text": "on the day of the visit",
                "source": "house",
            },
            {
                "rule": "R2",
                "inputs": {},
                "text": "outside contact hours: held back to the next opening",
                "source": "house",
            },
        ],
    }
    seven = reminders(plan, eight.subtract(hours=1), eight, include_dropped=True)
    escort = next(one for one in seven if one.audience == "escort" and one.kind == "today")
    assert (escort.state, reminder_to(escort)["why"]) == ("dropped", "no-consent")


@pytest.mark.parametrize("kind", ["day", "closing"])
@pytest.mark.parametrize("zone", ["Pacific/Apia", "Pacific/Honolulu", "Europe/London"])
def test_whoever_flies_is_told_in_the_hours_of_the_clock_that_they_then_have(zone: str, kind: str) -> None:
    """Each hour of the days around a change of zone: what is told at once, held back or brought forward comes within
    contact hours, and what is held back comes at the first of them, as looking at every minute finds it.
    """
    change = day("2026-01-21")
    hours = ContactHours(PersonClock.of("America/New_York", [(change, zone)]), "08:00-21:00")
    base = instant("2026-01-19T00:00:00-05:00")
    for hour in range(96):
        at = base + 3600 * hour
        soon = at + (0 if kind == "closing" else 10**7)
        told, how = hours.place(at, candidate(kind, soon, at + 10**7), 0)
        assert told is not None
        assert hours.is_open(told), (hour, how)
        if how == "delayed":
            assert not any(hours.is_open(minute) for minute in range(at, told, 60)), hour
