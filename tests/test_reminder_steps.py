"""Steps of the session day that no built-in protocol has: told to an escort, twice under one name, half a day before."""

from __future__ import annotations

from typing import Any

import pendulum
import pytest
from attrs import evolve

from ketaschedule.course import Monitor
from ketaschedule.history import ClinicalEvent
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol
from ketaschedule.reminders import Reminder, reminders
from tests.plans import some_course

ZONE = "America/New_York"
ESCORT = {"escort": {"reminders": True}}


def told(*steps: dict[str, Any], admitted: bool = False, **more: Any) -> list[Reminder]:
    """What is told or dropped of these steps, put beside those of the taper, around the visit of 4 December at 10:00."""
    made = load_protocol("esketamine-taper")
    like = next(step for step in made.steps if step.what == "no-liquids")
    protocol = evolve(made, steps=(*made.steps, *(evolve(like, **step) for step in steps)))
    course = some_course(protocol=protocol, **more)
    day = pendulum.datetime(2026, 12, 3, tz=ZONE)
    if admitted:
        event = ClinicalEvent(id="e-1", course="c-1", recorded_at=day, at=day, kind="admission")
        course = course.with_events(event)
    plan = make_plan(course, as_of=day)
    names = {f"step-{step['what']}" for step in steps}
    found = reminders(plan, day, day.add(days=2), include_dropped=True)
    return [one for one in found if one.item == "c-1/induction/2" and one.kind in names]


FOOD = {"what": "food-and-drink-advice", "anchor": "arrival", "offset_minutes": -120, "audience": "escort"}


@pytest.mark.parametrize(
    ("consent", "admitted", "why"),
    [(ESCORT, False, None), ({}, False, "no-consent"), (ESCORT, True, "admitted"), ({}, True, "admitted")],
)
def test_a_step_of_an_escort_is_told_under_consent(consent: Any, admitted: bool, why: str | None) -> None:
    """At 20:00 of the day before, since 08:00 is too late; without consent never; an admission comes first."""
    found = told(FOOD, consent=consent, admitted=admitted)
    assert [(one.audience, one.why) for one in found] == [("escort", why)]
    if why is None:
        assert found[0].fires_at == pendulum.datetime(2026, 12, 3, 20, tz=ZONE)


KIM = Monitor(name="Kim", adult=True)


@pytest.mark.parametrize(
    ("monitor", "admitted", "why"),
    [(KIM, False, None), (None, False, "no-consent"), (KIM, True, "admitted"), (None, True, "admitted")],
)
def test_a_step_of_who_stays_is_told_where_somebody_does(
    monitor: Any, admitted: bool, why: str | None
) -> None:
    """What is counted from the end of the dose has no instant yet: who stays is told an hour before the session, at 09:00."""
    step = {"what": "monitor-present", "anchor": "dose-end", "offset_minutes": 60, "audience": "proxy"}
    found = told(step, monitor=monitor, admitted=admitted)
    assert [(one.audience, one.why) for one in found] == [("proxy", why)]
    assert found[0].natural == pendulum.datetime(2026, 12, 4, 9, tz=ZONE)


def test_the_second_step_of_one_name_has_a_number_of_its_own() -> None:
    """Counted for each audience by itself."""
    steps = [
        {**FOOD, "audience": name, "offset_minutes": -60 * hours}
        for name in ("patient", "escort")
        for hours in (1, 2)
    ]
    found = told(*steps, consent=ESCORT)
    assert sorted(one.key for one in found) == [
        f"c-1/induction/2/tell/step-food-and-drink-advice/{name}/{number}"
        for name in ("escort", "patient")
        for number in (1, 2)
    ]


@pytest.mark.parametrize(
    ("minutes", "natural", "fires"),
    [(-719, "2026-12-03T21:01", "2026-12-03T20:00"), (-720, "2026-12-03T22:00", "2026-12-04T08:00"), (-721, "2026-12-03T21:59", "2026-12-04T08:00")],
)  # fmt: skip
def test_from_half_a_day_before_a_step_is_told_when_it_begins(minutes: int, natural: str, fires: str) -> None:
    """Then the next morning is early enough; what begins later is told an hour before, and must be by then."""
    found = told({**FOOD, "audience": "patient", "offset_minutes": minutes})
    assert [one.natural.format("YYYY-MM-DDTHH:mm") for one in found] == [natural]
    assert [one.fires_at.format("YYYY-MM-DDTHH:mm") for one in found] == [fires]


def test_an_escort_is_invited_only_where_the_protocol_has_a_step_for_one() -> None:
    """A session that nobody has to be brought home from is told to the person alone, whatever is consented to."""
    made = load_protocol("esketamine-taper")
    day = pendulum.datetime(2026, 12, 3, tz=ZONE)
    seen: list[set[str]] = []
    for steps in (made.steps, tuple(step for step in made.steps if step.audience != "escort")):
        plan = make_plan(some_course(protocol=evolve(made, steps=steps), consent=ESCORT), as_of=day)
        found = reminders(plan, day, day.add(days=2), include_dropped=True)
        seen.append(
            {one.audience for one in found if one.item == "c-1/induction/2" and one.kind in ("day", "today")}
        )
    assert seen == [{"patient", "escort"}, {"patient"}]


@pytest.mark.parametrize("days", [1, 3, 7])
def test_a_step_of_days_before_is_told_in_the_stretch_that_has_its_instant(days: int) -> None:
    """A protocol may state up to seven days."""
    made = load_protocol("esketamine-taper")
    like = next(step for step in made.steps if step.what == "no-liquids")
    step = evolve(like, what="food-and-drink-advice", anchor="arrival", offset_minutes=-1440 * days)
    course = some_course(protocol=evolve(made, steps=(step, *made.steps)))
    ten = pendulum.datetime(2026, 12, 18, 10, tz=ZONE)
    told_at = ten.subtract(days=days)
    plan = make_plan(course, as_of=pendulum.datetime(2026, 12, 1, tz=ZONE))
    found = [
        one
        for one in reminders(plan, told_at, told_at.add(seconds=1))
        if one.kind == "step-food-and-drink-advice"
    ]
    assert {one.item_at for one in found} >= {ten}
    assert {one.fires_at for one in found} == {told_at}
    then = [one.kind for one in reminders(plan, ten.subtract(hours=2), ten) if one.item_at == ten]
    assert {"step-no-nasal-steroid", "step-no-liquids", "step-alcohol-question"} <= set(then), (
        "whatever comes before"
    )
