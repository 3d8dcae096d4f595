"""How a picture looks: letters that can be read on a phone and on paper, marks that do not cover one another, labelled axes."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pendulum
import pytest
from attrs import frozen

from ketaschedule.formats.picture import plan_to_svg
from ketaschedule.formats_calendar import Calendar
from ketaschedule.formats_marks import INK, PAPER, QUIET, SHADE, VISIT, Marks
from ketaschedule.formats_panels import Panels
from ketaschedule.formats_pen import Pen
from ketaschedule.formats_sheet import PRINTED, SHEET, Layout, draw, layout_of
from ketaschedule.plan import Plan
from ketaschedule.plan_picture import picture_of
from ketaschedule.plan_picture_parts import MONTHS, Answers, Audience, Density, Mark, Picture
from ketaschedule.planner import make_plan
from ketaschedule.privacy import telling_words
from ketaschedule.protocol_files import protocol_names
from tests.checkin_histories import Events, doses_given, phq_9, plain_course

pytest.importorskip("matplotlib")
from ketaschedule.formats_pen import text_width

SERIES = "ketamine-iv-six-in-21-days"
AUDIENCES: tuple[Audience, ...] = ("patient", "clinician")


@frozen
class Text:
    """One text that was drawn: where it begins and ends across, its height on the sheet, its size and colour."""

    text: str
    left: float
    right: float
    y: float
    size: float
    colour: str


class Drawn:
    """What a pen is told to draw, gathered in place of a drawing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: list[Text] = []
        self.dots: list[tuple[float, float, float]] = []
        self.ticks: list[tuple[float, float, float]] = []
        drawn, sample = self, Marks.sample

        def text(self: Pen, x: float, y: float, text: str, size: float, colour: str, **how: Any) -> None:
            if text:
                wide = text_width(text, size, how.get("bold", False))
                left = x - wide / 2 if how.get("middle") else x - wide if how.get("right") else x
                drawn.texts.append(Text(text, left, left + wide, y, size, colour))

        def dot(self: Pen, x: float, y: float, colour: str, radius: float = 1.8) -> None:
            drawn.dots.append((x, y, radius))

        def tick(self: Marks, x: float, y: float, scale: float) -> None:
            drawn.ticks.append((x, y, scale))

        def quiet(self: Marks, kind: str, x: float, y: float) -> None:
            before = len(drawn.dots), len(drawn.ticks)
            sample(self, kind, x, y)
            del drawn.dots[before[0] :], drawn.ticks[before[1] :]

        monkeypatch.setattr(Pen, "text", text)
        monkeypatch.setattr(Pen, "dot", dot)
        monkeypatch.setattr(Marks, "tick", tick)
        monkeypatch.setattr(Marks, "sample", quiet)

    def of(self, picture: Picture, layout: Layout | None = None) -> list[Text]:
        """The texts of a picture, and what else was drawn, of it alone."""
        layout = layout or layout_of(picture)
        self.texts, self.dots, self.ticks = [], [], []
        draw(None, picture, layout)
        return self.texts


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    return Drawn(monkeypatch)


def lived(name: str, days: int) -> Plan:
    """A course after so many days: every dose given, four of five check-ins answered, mood items too."""
    events = Events()
    when = pendulum.datetime(2026, 12, 1, 12, tz="America/New_York").add(days=days)
    course = doses_given(plain_course(name), when, events)
    for number, one in enumerate(one for one in make_plan(course, as_of=when).checkins if one.due < when):
        answers: dict[str, dict[str, Any]] = {}
        if "phq-9" in one.instruments:
            answers |= phq_9(max(0, 2 - number // 4))
        if "phq-2" in one.instruments:
            answers["phq-2"] = {"1": number % 3, "2": 1}
        if "mood" in one.instruments:
            answers["mood"] = {"mood": 4 + number % 3, "safety": 0}
        if answers and number % 5 < 4:
            course = course.with_events(events.answered(one.key, one.due, answers))
    return make_plan(course, as_of=when)


def contrast(one: str, other: str) -> float:
    """Of two colours, as the Web Content Accessibility Guidelines 2.2 have it: 1 to 21."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_as_published() -> None:
    """Black on white is 21 to 1; #767676 is the lightest grey with 4.5 on white."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") >= 4.5 > contrast("#777777", "#ffffff")


def test_every_letter_stands_out_from_what_is_behind_it(drawn: Drawn) -> None:
    """At least 4.5 to 1, on white and on shading; the number of a free day still less than that of a busy one."""
    for colour in (INK, QUIET):
        assert min(contrast(colour, behind) for behind in (PAPER, SHADE)) >= 4.5
    assert contrast(PAPER, VISIT) >= 4.5
    assert contrast(INK, PAPER) > 2 * contrast(QUIET, PAPER)
    for audience in AUDIENCES:
        assert {text.colour for text in drawn.of(picture_of(lived(SERIES, 60), audience))} == {
            INK,
            QUIET,
            PAPER,
        }


@pytest.mark.parametrize("days", [0, 45, 75, 120, 200, 300, 400])
@pytest.mark.parametrize("name", protocol_names())
def test_a_picture_printed_on_one_sheet_of_a4_can_be_read(name: str, days: int, drawn: Drawn) -> None:
    """No letter is smaller than 6.5 points there, nor than 7.5 of 300 on a phone, and none runs off the sheet."""
    plan = lived(name, days)
    for audience in AUDIENCES:
        picture = picture_of(plan, audience)
        layout = layout_of(picture)
        texts = drawn.of(picture, layout)
        least = min(text.size for text in texts)
        assert least * min(SHEET[0] / layout.width, SHEET[1] / layout.height) >= PRINTED == 6.5
        assert least >= 7.5
        assert audience == "clinician" or layout.width == 300
        assert all(text.left >= 0 and text.right <= layout.width for text in texts)
        assert max(text.y for text in texts) < layout.height


def test_the_sheet_is_a4_with_free_edges() -> None:
    """210 by 297 millimetres, of which 10 stay free at each side."""
    assert pytest.approx(((210 - 20) / 25.4 * 72, (297 - 20) / 25.4 * 72), abs=0.1) == SHEET


def test_the_file_says_the_size_that_was_laid_out() -> None:
    for audience in AUDIENCES:
        plan = make_plan(plain_course(SERIES))
        layout = layout_of(picture_of(plan, audience))
        found = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', plan_to_svg(plan, audience))
        assert found is not None
        assert [float(size) for size in found.groups()] == pytest.approx(
            [layout.width, layout.height], abs=0.01
        )


@pytest.mark.parametrize("name", protocol_names())
def test_columns_do_not_run_into_one_another(name: str, drawn: Drawn) -> None:
    """Of the clinician's two, nothing of the first reaches into the second; the head goes over both."""
    picture = picture_of(lived(name, 75), "clinician")
    layout = layout_of(picture)
    texts = drawn.of(picture, layout)
    top = min(text.y for text in texts if text.text == "Mon")
    for text in texts:
        if text.y >= top:
            assert text.right < layout.width / 2 or text.left > layout.width / 2, text


@pytest.mark.parametrize("days", [0, 75, 300])
@pytest.mark.parametrize("name", protocol_names())
def test_every_week_is_drawn_once_in_full_or_in_short(name: str, days: int) -> None:
    """In order; the weeks around today in full."""
    plan = lived(name, days)
    for audience in AUDIENCES:
        picture = picture_of(plan, audience)
        layout = layout_of(picture)
        assert layout.earlier + layout.weeks + layout.further == picture.weeks
        assert picture.today in {week.monday + column for week in layout.weeks for column in range(7)}


def test_only_what_would_be_too_small_is_drawn_in_short() -> None:
    """A short course not at all; of a long one first what is over, and only then what is far ahead."""
    for audience in AUDIENCES:
        short = layout_of(picture_of(lived(SERIES, 60), audience))
        assert (short.earlier, short.further) == ((), ())
    long = layout_of(picture_of(lived("esketamine-taper", 300)))
    assert long.earlier
    assert not long.further
    years = make_plan(plain_course("esketamine-trd-us"), weeks=150)
    far = layout_of(picture_of(years))
    assert far.further
    assert far.printed * 8.4 >= 6.5


def test_what_is_drawn_in_short_names_nothing_telling(drawn: Drawn) -> None:
    plans = lived("esketamine-taper", 300), make_plan(plain_course("esketamine-trd-us"), weeks=150)
    texts = [text.text for plan in plans for text in drawn.of(picture_of(plan))]
    assert {"Earlier weeks, in short", "Weeks after these, in short"} <= set(texts)
    assert [text for text in texts if telling_words(text)] == []


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_mark_of_a_week_in_short_lies_on_a_date(
    audience: Audience, drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither on that of its own week nor on that of the next in the row, with two points between."""
    marks: list[tuple[float, float, float]] = []

    def mark(self: Calendar, mark: Mark, x: float, y: float, scale: float = 1.0) -> None:
        marks.append((x, y, scale * (8.1 if mark.visit and mark.asked else 7.5)))

    picture = picture_of(lived("esketamine-taper", 300), audience)
    earlier = layout_of(picture).earlier
    drawn.texts = []
    monkeypatch.setattr(Calendar, "mark", mark)
    Calendar(None, picture, 14, 286, 0).short("In short", earlier)
    assert len(marks) > 20
    for x, y, half in marks:
        for text in drawn.texts:
            beside = text.right + 2 <= x - half or x + half + 2 <= text.left
            assert beside or abs(text.y - y) > 6, (text, x)


@pytest.mark.parametrize(
    ("name", "days"), [(SERIES, 60), ("ketamine-iv-single", 40), ("ketamine-iv-single", 300)]
)
def test_no_dot_of_an_added_day_lies_on_a_tick(name: str, days: int, drawn: Drawn) -> None:
    """Each is clear of every tick by half a point, that of its own date too, and of the numbers of the days."""
    drawn.of(picture_of(lived(name, days), "clinician"))
    dots = [dot for dot in drawn.dots if dot[2] > 1]
    assert dots
    assert drawn.ticks
    for x, y, radius in dots:
        for to_x, to_y, scale in drawn.ticks:
            left, right = to_x + 5.4 * scale - 0.8, to_x + 11.6 * scale + 0.8
            top, bottom = to_y - 9.0 * scale - 0.8, to_y - 3.8 * scale + 0.8
            away = max(left - x, x - right, 0.0), max(top - y, y - bottom, 0.0)
            assert (away[0] ** 2 + away[1] ** 2) ** 0.5 >= radius + 0.5
        for text in drawn.texts:
            aside = max(text.left - x, x - text.right, abs(text.y - y) - text.size / 2)
            assert aside >= radius, text


def panel(drawn: Drawn, picture: Picture, one: Answers | Density) -> dict[str, Text]:
    """The texts of one panel, drawn alone, by what they say."""
    drawn.texts = []
    pen = Panels(None, picture, 14, 286, 0)
    if isinstance(one, Density):
        pen.density(one)
    else:
        pen.answers(one)
    return {text.text: text for text in drawn.texts}


def short_date(day: int) -> str:
    date = pendulum.Date.fromordinal(day)
    return f"{date.day} {MONTHS[date.month - 1]}"


@pytest.mark.parametrize("days", [3, 60, 75, 300])
@pytest.mark.parametrize("name", protocol_names())
def test_every_panel_says_where_its_axes_begin_and_end(name: str, days: int, drawn: Drawn) -> None:
    """The least and the most points, the first and the last date; no two labels touch."""
    plan = lived(name, days)
    for audience in AUDIENCES:
        picture = picture_of(plan, audience)
        for one in picture.answers:
            found = panel(drawn, picture, one)
            assert found[f"{one.high}"].y < found[f"{one.low}"].y
            last = one.first + max(27, one.last - one.first)
            assert short_date(one.first) in found
            assert any(text.startswith(short_date(last)) for text in found)
            apart(list(found.values()))
        if picture.density is not None:
            found = panel(drawn, picture, picture.density)
            most = max(picture.density.weekly_percent)
            assert found[f"{most:.0f}"].y < found["0"].y
            assert short_date(picture.density.anchor) in found
            last = picture.density.anchor + picture.density.floor[-1]
            assert f"{short_date(last)} {pendulum.Date.fromordinal(last).year}" in found
            assert len({text for text in found if text in MONTHS}) >= 6
            apart(list(found.values()))


def apart(texts: list[Text]) -> None:
    """No text covers another."""
    for number, one in enumerate(texts):
        for other in texts[:number]:
            clear = one.left >= other.right or other.left >= one.right
            assert clear or abs(one.y - other.y) >= 0.95 * max(one.size, other.size), (one, other)


def test_the_density_tells_the_days_of_the_floor_from_those_added(monkeypatch: pytest.MonkeyPatch) -> None:
    """In two rows of marks, one below the other; no two of one row merge, and the added days are named."""
    lines: list[tuple[float, float, float, float]] = []

    def line(self: Pen, x0: float, y0: float, x1: float, y1: float, colour: str, width: float) -> None:
        lines.append((x0, y0, y1, width))

    monkeypatch.setattr(Pen, "line", line)
    plan = make_plan(plain_course("ketamine-iv-single"))
    picture = picture_of(plan, "clinician")
    assert picture.density is not None
    Panels(None, picture, 14, 286, 0).density(picture.density)
    plain, added = (
        lines[: len(picture.density.floor)],
        lines[len(picture.density.floor) :][: len(plan.watch.extras)],
    )
    assert max(y1 for _, _, y1, _ in plain) < min(y0 for _, y0, _, _ in added)
    for row in (plain, added):
        for before, after in pairwise(row):
            assert after[0] - before[0] > (before[3] + after[3]) / 2
    drawn = Drawn(monkeypatch)
    said = " ".join(panel(drawn, picture, picture.density))
    assert f"days {' '.join(map(str, plan.watch.extras))}." in said


@pytest.mark.parametrize("name", protocol_names())
def test_a_row_is_named_by_the_month_that_begins_in_it(name: str) -> None:
    """Each month is named once, at its first row, with its year where that is a new one."""
    for plan in (make_plan(plain_course(name)), lived(name, 300)):
        said = (0, 0)
        for week in picture_of(plan).weeks:
            days = [pendulum.Date.fromordinal(week.monday + column) for column in range(7)]
            begins = next((day for day in days if day.day == 1), days[0])
            month = MONTHS[begins.month - 1]
            if (begins.year, begins.month) == said:
                assert week.label == ""
            else:
                assert week.label == (month if begins.year == said[0] else f"{month} {begins.year}")
            said = (begins.year, begins.month)


def test_the_row_of_a_month_that_ends_and_one_that_begins_is_the_latter_ones() -> None:
    """30 November to 6 December 2026, though a check-in is on the 30th."""
    picture = picture_of(make_plan(plain_course(SERIES)))
    assert (min(picture.marks), picture.weeks[0].label) == (
        pendulum.date(2026, 11, 30).toordinal(),
        "Dec 2026",
    )


def test_a_calendar_that_begins_later_says_its_year(drawn: Drawn) -> None:
    """Where earlier weeks are drawn in short the first row in full names month and year."""
    picture = picture_of(lived("esketamine-taper", 300))
    layout = layout_of(picture)
    assert layout.earlier
    sunday = pendulum.Date.fromordinal(layout.weeks[0].monday + 6)
    drawn.texts = []
    Calendar(None, picture, 14, 286, 0).calendar(layout.weeks)
    assert f"{MONTHS[sunday.month - 1]} {sunday.year}" in {text.text for text in drawn.texts}


@pytest.mark.parametrize("word", ["x" * 400, f"See {'y' * 90} there"])
def test_a_word_wider_than_the_column_is_broken(word: str, drawn: Drawn) -> None:
    """Nothing is lost, and nothing runs beyond it."""
    Pen(None, 14, 286, 0).paragraph(word, 8.0, INK)
    assert "".join(text.text for text in drawn.texts).replace(" ", "") == word.replace(" ", "")
    assert len(drawn.texts) > 1
    assert all(text.right <= 286 for text in drawn.texts)
