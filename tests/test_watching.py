"""The watch for relapse: a floor that no cohort lowers, days that do not move, and the command that shows them."""

from __future__ import annotations

import json

import numpy as np
import pendulum
import pytest
from click.testing import CliRunner

from ketaschedule.checkin_merging import least_spacing
from ketaschedule.cli import cli
from ketaschedule.cli_watch import find_cohort
from ketaschedule.cli_watch_text import _spread, watch_text
from ketaschedule.course import Course, WatchWish
from ketaschedule.errors import InputError, UnknownNameError
from ketaschedule.formats import render
from ketaschedule.history import CourseEnded, CoursePaused
from ketaschedule.inspection import (
    FLAT_SHARE,
    FLOOR_DAYS,
    best_days,
    evenly_spaced,
    expected_delay,
    watch_days,
    weekly,
)
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol, protocol_names
from ketaschedule.relapse import cohort_names, load_cohort
from ketaschedule.relapse_model import Treatment
from tests.checkin_histories import Events, doses_given, plain_course

SERIES = "ketamine-iv-six-in-21-days"
COUNTED = [name for name in protocol_names() if make_plan(plain_course(name)).watch.state != "none"]


def contacts(plan: Plan) -> list[int]:
    """Days after the last dose on which the person is really asked, from the plan's own check-ins."""
    anchor = next(one for one in plan.watch.anchors if one.alone)
    return sorted({one.items[0].day - anchor.day for one in plan.checkins if one.items[0].day > anchor.day})


def found_on(days: list[int], relapse: int) -> int:
    """The first day of asking on the day of a relapse or after it."""
    return next(day for day in days if day >= relapse)


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("extras", [None, 0, 30])
def test_nobody_is_found_later_than_by_the_floor_or_by_weekly_asking(name: str, extras: int | None) -> None:
    """On whatever day a relapse falls, so under whatever cohort; and the last day has a contact."""
    days = contacts(make_plan(plain_course(name, watch=WatchWish(check_ins=extras))))
    weekly = list(range(7, 92, 7))
    assert days[-1] == FLOOR_DAYS[-1] == 365
    for relapse in range(1, 366):
        assert found_on(days, relapse) <= found_on(list(FLOOR_DAYS), relapse)
        if relapse <= 91:
            assert found_on(days, relapse) <= found_on(weekly, relapse)


def ended_course(name: str, days: int) -> tuple[Course, pendulum.DateTime]:
    """A course of which every dose to a day was given and that was then ended, and the instant of that end."""
    when = pendulum.datetime(2026, 12, 1, 20, tz="America/New_York").add(days=days)
    events = Events()
    course = doses_given(plain_course(name), when, events)
    return course.with_events(CourseEnded(**events.fields(when), at=when)), when


@pytest.mark.parametrize("name", protocol_names())
@pytest.mark.parametrize("days", [10, 100])
def test_whenever_a_course_ends_its_watch_is_the_whole_one(name: str, days: int) -> None:
    """Of all seventeen, those without an end of their own too: no later than the floor, to a last contact that stays."""
    course, when = ended_course(name, days)
    first = make_plan(course, as_of=when)
    asked = contacts(first)
    assert asked[-1] == FLOOR_DAYS[-1]
    anchor = next(one for one in first.watch.anchors if one.alone)
    assert anchor.day <= when.toordinal()
    begun = when.toordinal() - anchor.day
    for relapse in range(begun + 1, 366):
        assert found_on(asked, relapse) <= found_on(list(FLOOR_DAYS), relapse)
        if relapse <= 91:
            assert found_on(asked, relapse) <= found_on(list(range(7, 92, 7)), relapse)
    for later in (1, 30, 200, 400):
        assert contacts(make_plan(course, as_of=when.add(days=later))) == asked


@pytest.mark.parametrize("primary", ["phq-9", "gad-7", "qids-sr16", "madrs-s", "who-5"])
@pytest.mark.parametrize("name", COUNTED)
def test_the_floor_of_a_watch_asks_the_courses_own_form_and_the_added_days_the_short_one(
    name: str, primary: str
) -> None:
    """Each by its item; and the check-in of a day of the floor asks the form whole, unless it is asked too near beside it."""
    plan = make_plan(plain_course(name, instruments=(primary,)))
    anchor = next(one for one in plan.watch.anchors if one.alone)
    floor: set[int] = set()
    whole = [one.items[0].day for one in plan.checkins if primary in one.instruments]
    for one in plan.checkins:
        near = any(abs(day - one.items[0].day) < least_spacing(primary) for day in whole)
        for item in one.items:
            if item.purpose != "watch" or item.anchor != anchor.key:
                continue
            assert (primary in item.instruments) == (item.offset in FLOOR_DAYS)
            if item.offset in FLOOR_DAYS:
                assert primary in one.instruments or near
                floor.add(item.offset)
            else:
                assert item.instruments == ("phq-2",)
    assert floor == set(FLOOR_DAYS)


WISHES = {
    "ketamine-iv-six-in-21-days": (None, *(n for n in cohort_names() if load_cohort(n).domain == "mood")),
    "ketamine-iv-single": (None,),
    "ketamine-ptsd-thrice-weekly-2-weeks": ("feder-2021",),
}


@pytest.mark.parametrize(("name", "wish"), [(name, wish) for name, all_ in WISHES.items() for wish in all_])
def test_the_delays_that_a_plan_states_are_those_of_a_hundred_thousand_relapses(
    name: str, wish: str | None
) -> None:
    """Relapses drawn day by day from each cohort, each question of the plan's watch answered by a coin."""
    plan = make_plan(plain_course(name, watch=WatchWish(cohort=wish)))
    if plan.watch.state != "solved":
        assert load_cohort(str(wish)).treatment is not Treatment.OFF_DRUG
        return
    anchor = next(one for one in plan.watch.anchors if one.alone)
    watch = [one for one in plan.checkins if "watch" in one.purposes]
    days = sorted(one.items[0].day - anchor.day for one in watch)
    chance = plan.course.watch.answer_probability
    assert plan.watch.delay_days_by_cohort
    for cohort, stated in plan.watch.delay_days_by_cohort.items():
        daily = np.array(load_cohort(cohort).daily(365))
        rng = np.random.default_rng(20261201)
        relapse = rng.choice(np.arange(1, 366), size=100_000, p=daily / daily.sum())
        found = np.full(len(relapse), 365)
        for day in reversed(days[:-1]):
            answered = rng.random(len(relapse)) < chance
            found = np.where(answered & (relapse <= day), day, found)
        delays = found - relapse
        error = delays.std(ddof=1) / np.sqrt(len(delays))
        assert abs(delays.mean() - stated) <= 4 * error, (cohort, stated)


@pytest.mark.parametrize("cohort", cohort_names())
def test_under_every_cohort_the_watch_is_no_later_than_its_floor(cohort: str) -> None:
    """In expected days, with answers that may not come, for days chosen for any cohort."""
    daily = load_cohort(cohort).daily(365)
    for chosen_for in ("mcinnes-2022", "ibrahim-2012"):
        for chance in (0.5, 0.8, 1.0):
            asked = dict.fromkeys(FLOOR_DAYS, chance)
            extras = watch_days(chosen_for, 6, chance)
            with_extras = expected_delay(daily, extras, chance, asked)
            assert with_extras <= expected_delay(daily, (), chance, asked)
            start = load_cohort(cohort).daily(91)
            to_91 = {day: chance for day in FLOOR_DAYS if day <= 91}
            assert expected_delay(start, extras, chance, to_91) <= expected_delay(
                start, range(7, 91, 7), chance
            )


@pytest.mark.parametrize("name", COUNTED)
def test_the_days_of_a_watch_do_not_move_as_time_goes_on(name: str) -> None:
    """With nothing recorded, and with everything recorded as planned."""
    course = plain_course(name)
    first = contacts(make_plan(course))
    for day in (40, 150, 300, 500):
        when = pendulum.datetime(2026, 12, 1, tz="America/New_York").add(days=day)
        assert first == contacts(make_plan(course, as_of=when))
        given = doses_given(course, when, Events())
        assert first == contacts(make_plan(given, as_of=when))


def test_the_watch_says_what_it_is_worth_under_every_eligible_cohort() -> None:
    """Delays with and without the added days, the largest gap, what lies beyond, what is assumed."""
    watch = make_plan(plain_course(SERIES)).watch
    assert (watch.state, watch.cohort, len(watch.extras), watch.largest_gap_days) == (
        "solved",
        "mcinnes-2022",
        6,
        28,
    )
    assert watch.delay_days_by_cohort is not None
    assert watch.floor_only_days is not None
    assert set(watch.delay_days_by_cohort) == {"mcinnes-2022", "ibrahim-2012"} == set(watch.floor_only_days)
    for name, delay in watch.delay_days_by_cohort.items():
        assert delay < watch.floor_only_days[name]
    assert watch.ends == "2027-12-21"
    assert watch.relapses_beyond_watch_percent is not None
    assert any("our own fit" in text for text in watch.assumes)
    assert any("0.8" in text for text in watch.assumes)


@pytest.mark.parametrize(
    ("name", "shape", "said"),
    [
        (SERIES, "flat", "flat: no days are better than regular ones"),
        ("ketamine-iv-single", "peaked", "peaked: chosen days find a relapse sooner than regular ones"),
        ("ketamine-aud-three-weekly", None, "no-cohort"),
    ],
)
def test_a_plan_says_whether_there_is_anything_to_gain_by_choosing_days(
    name: str, shape: str | None, said: str
) -> None:
    """As the command does: by twelve days within 90, the best against evenly spaced ones."""
    plan = make_plan(plain_course(name))
    assert plan.watch.shape == shape
    assert said in " ".join(render(plan, "table").decode().split())
    assert json.loads(render(plan, "json"))["watch"].get("shape") == shape
    if plan.watch.cohort is not None:
        daily = load_cohort(plan.watch.cohort).daily(90)
        even = expected_delay(daily, evenly_spaced(90, 12), 0.8)
        best = best_days(daily, check_ins=12, answer_probability=0.8).delay_days
        assert (even - best < FLAT_SHARE * even) == (shape == "flat")


def test_extras_lie_within_days_1_to_90_beside_the_floor() -> None:
    """As many as asked for, none of them a day of the floor."""
    plan = make_plan(plain_course(SERIES, watch=WatchWish(check_ins=20)))
    assert len(plan.watch.extras) == 20
    assert all(1 <= day <= 90 for day in plan.watch.extras)
    assert not set(plan.watch.extras) & set(FLOOR_DAYS)


@pytest.mark.parametrize("name", protocol_names())
def test_a_default_cohort_speaks_of_people_like_these(name: str) -> None:
    """Of the same illness, off the drug, and eligible; else there is none and no delay is claimed."""
    protocol = load_protocol(name)
    watch = make_plan(plain_course(name)).watch
    if protocol.watch.cohort is None:
        assert watch.state in ("no-cohort", "none")
        assert watch.delay_days_by_cohort is None
        assert watch.extras == ()
    else:
        cohort = load_cohort(protocol.watch.cohort)
        assert cohort.default_for
        assert cohort.domain == protocol.domain == "mood"


@pytest.mark.parametrize(
    ("name", "cohort", "code"),
    [
        ("ketamine-aud-three-weekly", "mcinnes-2022", "cohort-of-another-illness"),
        ("ketamine-ptsd-thrice-weekly-2-weeks", "mcinnes-2022", "cohort-of-another-illness"),
        ("ketamine-anxiety-weekly-3-months", "ibrahim-2012", "cohort-of-another-illness"),
        (SERIES, "feder-2021", "cohort-of-another-illness"),
        (SERIES, "no-such-cohort", "cohort-unknown"),
    ],
)
def test_a_cohort_of_other_people_is_refused(name: str, cohort: str, code: str) -> None:
    """A finding says so, and the floor alone is used."""
    plan = make_plan(plain_course(name, watch=WatchWish(cohort=cohort)))
    assert code in {one.code for one in plan.findings}
    assert (plan.watch.state, plan.watch.extras) == ("no-cohort", ())
    assert contacts(plan)[-1] == 365


def test_without_a_cohort_the_plan_says_why() -> None:
    """No delay is claimed, and the finding gives the protocol's reason."""
    plan = make_plan(plain_course("esketamine-taper"))
    finding = next(one for one in plan.findings if one.code == "no-cohort")
    assert "SUSTAIN-1" in finding.text


def test_each_widening_has_a_watch_until_the_next_begins() -> None:
    """In the taper: after the last twice-weekly dose, the last weekly one, and so on, to the end."""
    plan = make_plan(plain_course("esketamine-taper"))
    assert [one.why for one in plan.watch.anchors] == ["widening", "widening", "widening", "last-dose"]
    for before, after in zip(plan.watch.anchors, plan.watch.anchors[1:], strict=False):
        assert before.ends == after.day
    for anchor in plan.watch.anchors:
        asked = {
            item.offset
            for one in plan.checkins
            for item in one.items
            if item.purpose == "watch" and item.anchor == anchor.key
        }
        length = 366 if anchor.ends is None else anchor.ends - anchor.day
        assert asked == {day for day in FLOOR_DAYS if day < length}


def test_a_pause_and_an_end_begin_a_watch_after_the_last_dose() -> None:
    """From the last dose given, alone, with its whole year."""
    course = plain_course("esketamine-trd-us")
    assert make_plan(course).watch.state == "none"
    when = pendulum.datetime(2027, 1, 20, tz="America/New_York")
    events = Events()
    given = doses_given(course, when, events)
    last = max(one.date for one in make_plan(given, as_of=when).sessions if one.verdict == "given")
    pause = CoursePaused(**events.fields(when), from_date=when.date())
    end = CourseEnded(**events.fields(when), at=when)
    for stop, why in ((pause, "pause"), (end, "last-dose")):
        plan = make_plan(given.with_events(stop), as_of=when)
        anchor = plan.watch.anchors[-1]
        assert (anchor.day, anchor.why, anchor.alone) == (last.toordinal(), why, True)
        assert contacts(plan)[-1] == 365


# -- The command --------------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["watch", *arguments], catch_exceptions=False)
    return result.exit_code, result.output


def test_the_command_shows_the_known_answer() -> None:
    """The best twelve days of ninety for the log-normal of mean 19 and SD 13, and as much beside them."""
    code, out = run("--cohort", "aan-het-rot-2010")
    assert code == 0
    for part in ("7 10 13 16 19 22 26 30 35 42 51 65", "1.61", "2.97", "2.99", "peaked", "day 90"):
        assert part in out
    for name in ("mcinnes-2022", "ibrahim-2012", "5.21"):
        assert name in out


def test_the_command_shows_the_known_answer_with_answers_that_may_not_come() -> None:
    """The same at a chance of 0.8."""
    _, out = run("--cohort", "aan-het-rot-2010", "--answer-probability", "0.8")
    for part in ("8 11 14 17 20 23 27 31 36 43 51 63", "2.70", "4.73", "0.8"):
        assert part in out


def test_the_command_says_when_there_is_nothing_to_gain() -> None:
    """A flat cohort is called flat."""
    _, out = run("--cohort", "mcinnes-2022")
    for part in ("2.95", "2.97", "flat", "nothing to gain"):
        assert part in out
    assert "peaked" not in out


@pytest.mark.parametrize("cohort", cohort_names())
def test_flat_and_peaked_are_told_apart_by_one_figure(cohort: str) -> None:
    """A saving of less than a twentieth over as many evenly spaced questions is flat."""
    daily = load_cohort(cohort).daily(90)
    even = expected_delay(daily, evenly_spaced(90, 12))
    saved = even - best_days(daily, check_ins=12).delay_days
    text = watch_text(load_cohort(cohort))
    assert ("flat" in text) == (saved < FLAT_SHARE * even)


def test_with_the_floor_the_command_only_adds_days() -> None:
    """And no cohort is worse off."""
    _, out = run("--cohort", "mcinnes-2022", "--floor", "--horizon-days", "365", "--check-ins", "6")
    assert "beside the floor: 7 14 21" in " ".join(out.split())
    assert "floor alone" in out
    assert "flat" not in out
    _, to_91 = run("--cohort", "mcinnes-2022", "--floor", "--horizon-days", "91", "--check-ins", "2")
    assert "70 77 84 91" in " ".join(to_91.split())


FLOORED = [
    ("feder-2021", 90, 6),
    ("mcinnes-2022", 365, 6),
    ("ibrahim-2012", 120, 0),
    ("aan-het-rot-2010", 30, 12),
]


@pytest.mark.parametrize("floor", [False, True])
@pytest.mark.parametrize(("cohort", "horizon", "count"), FLOORED)
def test_every_way_of_asking_stands_beside_the_best_days(
    cohort: str, horizon: int, count: int, floor: bool
) -> None:
    """As many evenly spaced days, with a floor on days that it leaves free, and weekly: each delay as worked out anew."""
    shown = ("--cohort", cohort, "--horizon-days", f"{horizon}", "--check-ins", f"{count}")
    lines = run(*shown, *(["--floor"] if floor else []))[1].splitlines()
    asked = dict.fromkeys((day for day in FLOOR_DAYS if day <= horizon), 1.0) if floor else {}
    text = next(line.split(":")[1].strip() for line in lines if line.startswith("  evenly spaced:"))
    even = [int(day) for day in text.split()] if text != "none" else []
    assert len(even) == count == len(set(even) - set(asked))
    if not floor:
        assert tuple(even) == evenly_spaced(horizon, count)
    rows = [line.split() for line in lines if line.startswith(("  mcinnes", "  ibrahim", f"  {cohort}"))]
    table = {row[0]: row[-3 - floor :] for row in rows if not row[0].endswith(":")}
    assert set(table) == {cohort, "mcinnes-2022", "ibrahim-2012"}
    for name, delays in table.items():
        daily = load_cohort(name).daily(horizon)
        best = best_days(load_cohort(cohort).daily(horizon), check_ins=count, asked=asked).days
        found = [expected_delay(daily, days, 1.0, asked) for days in (best, even, ())]
        found = [*found[: 2 + floor], expected_delay(daily, weekly(horizon))]
        assert delays == [f"{delay:.2f}" for delay in found]


def test_days_are_spread_over_those_that_are_free() -> None:
    """Any number that fits, on as many different free days before the last, in order; all free days where all are wanted."""
    for horizon in range(1, 60):
        for asked in ((), FLOOR_DAYS, range(2, 20, 3)):
            free = [day for day in range(1, horizon) if day not in asked]
            for count in range(len(free) + 1):
                found = _spread(horizon, count, asked)
                assert found == tuple(sorted(set(found) & set(free)))
                assert len(found) == count


def test_what_the_floor_says_of_itself_is_counted() -> None:
    """Weekly asking to the end of a year asks on more days than a floor and its added days, and is sooner for it."""
    shown = ("--cohort", "mcinnes-2022", "--horizon-days", "365", "--check-ins", "6", "--floor")
    out = " ".join(run(*shown)[1].split())
    assert "Asking every week instead, on 52 days rather than 32: 3.02 days, against 4.03." in out
    assert "+ best (6) + evenly spaced (6) floor alone (26) weekly (52)" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--cohort", "nope"), "aan-het-rot-2010"),
        (("--cohort", "nope.toml"), "nope.toml"),
        (("--cohort", "mcinnes-2022", "--check-ins", "90"), "check_ins"),
        (("--cohort", "mcinnes-2022", "--check-ins", "3", "--max-gap", "5"), "allowed: 17"),
        (("--cohort", "mcinnes-2022", "--answer-probability", "1.5"), "0 to 1"),
        (("--cohort", "mcinnes-2022", "--horizon-days", "9999"), "1826"),
    ],
)
def test_bad_input_says_where_what_and_what_is_allowed(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and a line, never a traceback."""
    from ketaschedule.cli import main

    assert main(["watch", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


@pytest.mark.parametrize("cohort", ["mcinnes-2022", "nope"])
def test_every_number_that_is_amiss_is_said_at_once(cohort: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whether or not there is such a cohort, and such a horizon."""
    from ketaschedule.cli import main

    bad = (
        "--horizon-days",
        "0",
        "--check-ins",
        "-3",
        "--answer-probability",
        "1.5",
        "--min-gap",
        "0",
        "--max-gap",
        "0",
    )
    assert main(["watch", "--cohort", cohort, *bad]) == 2
    said = capsys.readouterr().err.splitlines()
    paths = [line.split(": ")[1] for line in said]
    assert paths[-5:] == ["horizon_days", "check_ins", "min_gap_days", "max_gap_days", "answer_probability"]
    assert len(said) == (5 if cohort == "mcinnes-2022" else 6)


def test_a_cohort_is_found_by_name_or_file(tmp_path: pytest.TempPathFactory) -> None:
    """A file of one's own is read; a name that is neither is refused with near ones."""
    from importlib import resources
    from pathlib import Path

    text = resources.files("ketaschedule").joinpath("cohorts", "ibrahim-2012.toml").read_text("utf-8")
    file = Path(str(tmp_path)) / "mine.toml"
    file.write_text(text.replace('id = "ibrahim-2012"', 'id = "mine"', 1), encoding="utf-8")
    assert find_cohort(str(file)).id == "mine"
    said = " ".join(watch_text(find_cohort(str(file))).split())
    assert "mine: a file of your own, which says that its numbers are" in said
    assert "ibrahim-2012: a file of your own" not in " ".join(watch_text(load_cohort("ibrahim-2012")).split())
    with pytest.raises(UnknownNameError):
        find_cohort("ibrahim")
    with pytest.raises(InputError):
        find_cohort("no-such.toml")
