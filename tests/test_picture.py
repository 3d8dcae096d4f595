"""The picture of a course: the same bytes, words for those who hear it, and nothing telling for the patient."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pendulum
import pytest

from ketaschedule.availability import clinic_from
from ketaschedule.formats import Style, render
from ketaschedule.formats.picture import plan_to_svg
from ketaschedule.formats_pen import Pen
from ketaschedule.history import SessionMissed
from ketaschedule.plan import Plan
from ketaschedule.plan_picture import picture_of
from ketaschedule.plan_picture_parts import Picture, day_words
from ketaschedule.planner import make_plan
from ketaschedule.privacy import telling_words
from ketaschedule.protocol_files import protocol_names
from tests.checkin_histories import Events, doses_given, phq_9, plain_course, random_story

pytest.importorskip("matplotlib")
SERIES = "ketamine-iv-six-in-21-days"
SVG = "{http://www.w3.org/2000/svg}"


def story(name: str = SERIES, days: int = 45) -> Plan:
    """A course on its way: doses given, one missed, some check-ins answered."""
    course = plain_course(name)
    events = Events()
    when = pendulum.datetime(2026, 12, 1, 12, tz="America/New_York").add(days=days)
    plan = make_plan(course)
    doses = [one for one in plan.sessions if one.kind == "dose"]
    third = doses[min(2, len(doses) - 1)]
    course = doses_given(course, third.at, events)
    course = course.with_events(SessionMissed(**events.fields(third.at.add(days=1)), session=third.key))
    for number, one in enumerate(plan.checkins):
        if one.due < when and "phq-9" in one.instruments and number % 2 == 0:
            course = course.with_events(events.answered(one.key, one.due, phq_9(max(0, 2 - number // 4))))
    return make_plan(course, as_of=when)


def texts(picture: Picture) -> list[str]:
    """Every text in a picture and beside it."""
    found = [picture.title, *picture.lines, *picture.notes, picture.words]
    found += [text for _, text in picture.legend]
    found += [week.label for week in picture.weeks]
    found += [picture.later_title]
    for answers in picture.answers:
        found += [answers.title, answers.hint, *(name for _, _, name in answers.bands)]
    if picture.density is not None:
        found.append(picture.density.title)
    return found


def test_the_same_plan_gives_the_same_bytes() -> None:
    """In one process, in another with other settings, and with no date of making."""
    plan = make_plan(plain_course(SERIES))
    first = plan_to_svg(plan, "clinician")
    assert first == plan_to_svg(make_plan(plain_course(SERIES)), "clinician")
    assert "metadata" not in first
    code = (
        "import sys, hashlib; sys.path.insert(0, '.');"
        "import matplotlib; matplotlib.rcParams['font.size'] = 31; matplotlib.rcParams['svg.fonttype'] = 'none';"
        "from tests.checkin_histories import plain_course; from ketaschedule.planner import make_plan;"
        "from ketaschedule.formats.picture import plan_to_svg;"
        f"sys.stdout.write(plan_to_svg(make_plan(plain_course({SERIES!r})), 'clinician'))"
    )
    root = Path(__file__).resolve().parent.parent
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root, env=environment
    )
    assert done.stdout == first


def test_settings_of_others_are_left_as_they_were() -> None:
    """A program that draws its own pictures finds its settings again."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcParams["font.size"] = 31
        plan_to_svg(make_plan(plain_course("ketamine-iv-single")))
        assert matplotlib.rcParams["font.size"] == 31


@pytest.mark.parametrize("audience", ["patient", "clinician"])
def test_the_picture_can_be_heard(audience: str) -> None:
    """An image by its role, with a title and a description that say the same as the drawing."""
    svg = render(story(), "svg", Style(audience=audience)).decode()  # type: ignore[arg-type]  # one of the two words
    root = ET.fromstring(svg)  # noqa: S314 - our own drawing
    assert root.get("role") == "img"
    named = (root.get("aria-labelledby") or "").split()
    assert [root[0].tag, root[1].tag] == [f"{SVG}title", f"{SVG}desc"]
    assert [root[0].get("id"), root[1].get("id")] == named
    assert root[0].text
    words = root[1].text or ""
    assert "check-ins are to come" in words
    assert "The next:" in words
    assert "2 took place" in words or "of which 2 took place" in words


def test_letters_are_outlines_so_that_no_font_is_needed() -> None:
    """No text element, no font named, nothing loaded from elsewhere."""
    svg = plan_to_svg(story(), "clinician")
    assert "<text" not in svg
    assert "font-family" not in svg
    assert not re.search(r"(?:href|src)=\"(?!#)", svg)
    assert "<script" not in svg


@pytest.mark.parametrize("name", protocol_names())
def test_the_patients_picture_names_nothing_telling(name: str) -> None:
    """No drug, illness, form, dose or relapse, in the drawing or in the words beside it."""
    for plan in (make_plan(plain_course(name)), story(name)):
        for text in texts(picture_of(plan, "patient")):
            assert telling_words(text) == [], text
        words = " ".join(texts(picture_of(plan, "patient"))).lower()
        assert not {"safe", "fine", "ok", "well"} & set(re.findall(r"[a-z]+", words))


def test_only_the_clinicians_has_the_density_and_names() -> None:
    """The patient's shows when we will ask, and nothing of when relapses come."""
    plan = story()
    clinician, patient = picture_of(plan, "clinician"), picture_of(plan, "patient")
    assert clinician.density is not None
    assert clinician.density.title.startswith("When relapses came in mcinnes-2022 (our fit)")
    assert clinician.density.extras == plan.watch.extras
    assert patient.density is None
    assert picture_of(make_plan(plain_course("esketamine-taper")), "clinician").density is None
    assert "added" in {kind for kind, _ in clinician.legend}
    assert "added" not in {kind for kind, _ in patient.legend}
    assert any(name for _, _, name in clinician.answers[0].bands)
    assert not any(name for _, _, name in patient.answers[0].bands)


@pytest.mark.parametrize("name", [SERIES, "ketamine-iv-single"])
def test_only_the_clinicians_calendar_tells_added_days_apart(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dot for every added day of calendar and list, and one in the legend; in the patient's none at all."""
    dots: list[tuple[float, float]] = []

    def dot(self: Pen, x: float, y: float, colour: str, radius: float = 1.8) -> None:
        if self.axes is not None:
            dots.append((x, y))

    monkeypatch.setattr(Pen, "dot", dot)
    plan = make_plan(plain_course(name))
    added = sum(mark.added for mark in picture_of(plan, "patient").marks.values())
    assert added == len(plan.watch.extras) > 0
    plan_to_svg(plan, "clinician")
    assert len(dots) == added + 1
    dots.clear()
    plan_to_svg(plan, "patient")
    assert dots == []


def test_every_visit_and_check_in_has_its_mark() -> None:
    """On its date, with how it stands; each week that holds one is there."""
    plan = story()
    picture = picture_of(plan)
    calendar = {week.monday + column for week in picture.weeks for column in range(7)}
    assert not calendar & set(picture.later)
    shown = calendar | set(picture.later)
    for one in plan.sessions:
        if one.verdict != "cancelled" and one.basis != "proposed":
            assert picture.marks[one.date.toordinal()].visit
            assert one.date.toordinal() in shown
    for checkin in plan.checkins:
        if checkin.state != "not-applicable":
            assert picture.marks[checkin.date.toordinal()].asked
            assert checkin.date.toordinal() in shown
    assert picture.today in calendar
    given = {one.date.toordinal() for one in plan.sessions if one.verdict == "given"}
    assert given == {day for day, mark in picture.marks.items() if mark.visit == "done"}
    kinds = {kind for kind, _ in picture.legend}
    assert {"visit-done", "visit-over", "asked-done", "asked-over", "asked-to-come", "today"} <= kinds


def test_weeks_left_out_are_counted() -> None:
    """From the first row to the last no week is lost: shown, or counted in a gap."""
    for name in ("esketamine-taper", SERIES, "ketamine-iv-stretching"):
        weeks = picture_of(make_plan(plain_course(name))).weeks
        spanned = (weeks[-1].monday - weeks[0].monday) // 7 + 1
        assert spanned == len(weeks) + sum(week.gap for week in weeks)
        assert all((week.monday - 1) % 7 == 0 for week in weeks)


@pytest.mark.parametrize("name", protocol_names())
@pytest.mark.parametrize("days", [0, 45, 200])
def test_far_dates_on_which_we_only_ask_are_a_list(name: str, days: int) -> None:
    """Beyond the last visit and eight weeks from today nothing but questions to come; every mark has one place."""
    picture = picture_of(story(name, days))
    calendar = {week.monday + column for week in picture.weeks for column in range(7)}
    for day, mark in picture.marks.items():
        assert (day in calendar) != (day in picture.later)
        if day in picture.later:
            assert (mark.visit, mark.asked) == ("", "to-come")
            assert day > picture.today + 56
    assert len(picture.later) not in (1, 2, 3)
    assert picture.later == tuple(sorted(picture.later))
    assert not picture.later or min(picture.later) > max(calendar)


def test_a_proposal_is_nobodys_visit_yet() -> None:
    """A session that is only proposed has no mark."""
    plan = story()
    proposed = [one for one in plan.sessions if one.basis == "proposed"]
    assert proposed
    marks = picture_of(plan).marks
    others = {one.date for one in plan.sessions if one.basis != "proposed"}
    for one in proposed:
        mark = marks.get(one.date.toordinal())
        assert one.date in others or mark is None or not mark.visit


def test_answers_are_drawn_with_their_ranges_and_gaps() -> None:
    """A whole answer as its points, an incomplete one as the least and the most it can be."""
    course = plain_course(SERIES)
    one = make_plan(course).checkins[0]
    part = course.with_events(Events().answered(one.key, one.due, {"phq-9": {"1": 3, "9": 0}}))
    answers = picture_of(make_plan(part, as_of=one.due)).answers[0]
    assert [(point.points, point.least, point.most) for point in answers.points] == [(None, 3, 24)]
    assert "3 to 24, incomplete" in picture_of(make_plan(part, as_of=one.due)).words
    assert [(low, high) for low, high, _ in answers.bands] == [(0, 4), (5, 9), (10, 14), (15, 19), (20, 27)]
    plan_to_svg(make_plan(part, as_of=one.due), "clinician")


@pytest.mark.parametrize(("form", "word"), [("who-5", "Fewer"), ("gad-7", "More")])
def test_the_picture_says_which_way_is_harder(form: str, word: str) -> None:
    """More points, or fewer, as the form has it."""
    course = plain_course(SERIES, instruments=(form,))
    one = make_plan(course).checkins[0]
    answered = course.with_events(Events().answered(one.key, one.due, {form: {"1": 1, "2": 1}}))
    assert picture_of(make_plan(answered, as_of=one.due)).answers[0].hint.startswith(word)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, "This is not an emergency service. If you need help now, call the emergency number."),
        (
            {"crisis_line": "988", "emergency": "911", "reads_answers": "on weekdays before noon"},
            (
                "Your clinic reads answers on weekdays before noon. This is not an emergency service. If you need help now, "
                "call 988 or 911."
            ),
        ),
        (
            {"crisis_line": "Suicide & Crisis Lifeline, +1 (800) 273-8255"},
            "This is not an emergency service. If you need help now, call +1 (800) 273-8255 or the emergency number.",
        ),
        (
            {"crisis_line": "Lifeline"},
            "This is not an emergency service. If you need help now, call the emergency number.",
        ),
        ({"emergency": "112"}, "This is not an emergency service. If you need help now, call 112."),
    ],
)
def test_the_patient_reads_whom_to_call_and_how_to_reach_the_clinic(
    said: dict[str, str], expected: str
) -> None:
    """The numbers and hours that the clinic gave, in the picture and in its words; no name of a line, which others may read."""
    clinic = clinic_from({"zone": "America/New_York", "phone": "555 0100", **said})
    picture = picture_of(make_plan(plain_course(SERIES, clinic=clinic)))
    assert picture.notes[1:] == (expected, "You can tell your clinic how you feel: 555 0100.")
    assert picture.words.endswith(" ".join(picture.notes))
    assert not telling_words(" ".join(picture.notes))
    assert picture_of(make_plan(plain_course(SERIES))).notes[2] == "You can tell your clinic how you feel."


def test_the_clinician_reads_first_what_is_open_and_where_the_person_stands() -> None:
    """Alerts that nobody closed, by kind, and the state on each form that was answered; the patient reads neither."""
    course = plain_course(SERIES)
    one = make_plan(course).checkins[0]
    events = Events()
    answered = course.with_events(
        events.answered(one.key, one.due, phq_9(1, 2)),
        events.answered("c-1/x", one.due, {"phq-9": {"9": 1}}),
    )
    plan = make_plan(answered, as_of=one.due)
    lines = picture_of(plan, "clinician").lines
    assert lines[-2:] == (
        "Open Alerts: 1 (1 safety-item).",
        "Patient Health Questionnaire, 9 items (PHQ-9): before first dose.",
    )
    assert all(line not in picture_of(plan).words for line in lines[-2:])
    assert not any(line.startswith("Open") for line in picture_of(make_plan(course), "clinician").lines)


def test_what_was_written_by_others_cannot_break_the_drawing() -> None:
    """Markup in a phone number stays text; a dollar sign is no formula."""
    clinic = clinic_from({"zone": "America/New_York", "phone": "</desc><script>$x^2$"})
    svg = plan_to_svg(make_plan(plain_course(SERIES, clinic=clinic)))
    assert "<script" not in svg
    ET.fromstring(svg)  # noqa: S314 - our own drawing


@pytest.mark.parametrize("seed", range(12))
def test_any_course_can_be_drawn(seed: int) -> None:
    """Whatever happened to it: what is to be drawn is found for both, and one is drawn."""
    plan = random_story(600 + seed, 12).plan()
    for picture in (picture_of(plan, "patient"), picture_of(plan, "clinician")):
        assert all(picture_text.strip() for picture_text in (picture.title, picture.words))
    if seed % 4 == 0:
        ET.fromstring(plan_to_svg(plan, "clinician"))  # noqa: S314 - our own drawing


def test_dates_are_short_words() -> None:
    """Weekday, day, month, and the year where it is asked for."""
    day = pendulum.date(2028, 2, 29).toordinal()
    assert [day_words(day), day_words(day, weekday=False), day_words(day, year=True)] == [
        "Tue 29 Feb",
        "29 Feb",
        "Tue 29 Feb 2028",
    ]
