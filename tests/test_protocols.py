"""The built-in protocols: one row of cases for each file, and the laws that all of them keep."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pendulum
import pytest

from ketaschedule import protocol_files
from ketaschedule.course import Course
from ketaschedule.folding import fold
from ketaschedule.instrument import load_instrument
from ketaschedule.layout import lay_out
from ketaschedule.privacy import telling_words
from ketaschedule.protocol import (
    DecisionRule,
    Effect,
    Every,
    Option,
    PerWeek,
    Phase,
    TreatmentProtocol,
)
from ketaschedule.protocol_files import load_protocol, protocol_names
from ketaschedule.relapse import Cohort, default_cohort
from ketaschedule.sources import Grade, Seen

FOLDER = Path(protocol_files.__file__).parent / "protocols"
NAMES = protocol_names()
INDUCTION = [1, 4, 8, 11, 15, 18, 22, 25]
TO_WEEK_8 = [*INDUCTION, 29, 36, 43, 50]


@attrs.frozen(kw_only=True)
class Case:
    """What one file must say. ``days`` are the nominal days of the path with every default, to day 180."""

    setting: str
    route: str
    edition: str
    gap: int
    days: list[int]
    decisions: dict[str, tuple[str, str]]
    primary: str = "phq-9"
    domain: str = "mood"
    cohort: str | None = None
    also: dict[str, list[int]] = attrs.Factory(dict)
    """Days of phases entered after a gate is opened, or of a phase with another interval chosen."""
    says: list[tuple[str, str]] = attrs.Factory(list)
    """Kinds of statement that must stand, with words in them."""


END = {"end-review": ("end-as-planned", "path")}
CASES: dict[str, Case] = {
    "esketamine-taper": Case(
        setting="certified-clinic",
        route="intranasal",
        edition="jnj-mi-2025-02-05",
        gap=2,
        days=[*TO_WEEK_8, 64, 78, 92, 106, 134, 162, 190],
        decisions={
            "induction-review": ("go-on", "path"),
            "widen-to-2-weeks": ("go-on", "path"),
            "widen-to-4-weeks": ("go-on", "path"),
            **END,
        },
        says=[("limit-of-use", "outside the US label"), ("limit-of-use", "ours"), ("rems", "within 7 days")],
    ),
    "esketamine-trd-us": Case(
        setting="certified-clinic",
        route="intranasal",
        edition="jnj-mi-2025-10-10",
        gap=2,
        days=[*TO_WEEK_8, *range(57, 181, 7)],
        also={"maintenance": [64, 78, 92]},
        decisions={"induction-review": ("go-on", "path"), "week-9": ("weekly", "frequency"), **END},
        says=[("antidepressant", "January 2025"), ("regulatory", "not read"), ("rems", "never dispensed")],
    ),
    "esketamine-trd-eu": Case(
        setting="clinic",
        route="intranasal",
        edition="eu-leaflet-2022-02-16",
        gap=2,
        days=[*TO_WEEK_8, *range(57, 181, 7)],
        also={"maintenance": [64, 78, 92]},
        decisions={"induction-review": ("go-on", "path"), "week-9": ("weekly", "frequency"), **END},
        says=[
            ("age-band", "28 mg"),
            ("antidepressant", "SSRI"),
            ("blood-pressure-guide", "150/90"),
            ("duration", "6 months"),
            ("missed", "not confirmed"),
        ],
    ),
    "esketamine-mdsi-us": Case(
        setting="certified-clinic",
        route="intranasal",
        edition="spravatohcp-mdsi-undated",
        gap=2,
        days=INDUCTION,
        decisions=END,
        says=[
            ("limit-of-use", "Not shown to prevent suicide"),
            ("limit-of-use", "Not instead of hospital"),
            ("limit-of-use", "beyond 4 weeks"),
        ],
    ),
    "ketamine-iv-six-in-21-days": Case(
        setting="clinic",
        route="intravenous",
        edition="oliver-2022",
        gap=2,
        days=[1, 5, 9, 13, 17, 21],
        decisions=END,
        cohort="mcinnes-2022",
        says=[("evidence", "even spread")],
    ),
    "ketamine-iv-twice-weekly-3-weeks": Case(
        setting="clinic",
        route="intravenous",
        edition="anand-2023",
        gap=2,
        days=[1, 4, 8, 11, 15, 18],
        decisions=END,
        cohort="mcinnes-2022",
    ),
    "ketamine-iv-thrice-weekly-2-weeks": Case(
        setting="clinic",
        route="intravenous",
        edition="murrough-2013",
        gap=2,
        days=[1, 3, 5, 8, 10, 12],
        decisions=END,
        cohort="mcinnes-2022",
    ),
    "ketamine-iv-canbind-maintenance": Case(
        setting="clinic",
        route="intravenous",
        edition="phillips-2020",
        gap=2,
        days=[1, 3, 5, 8, 10, 12, 15, 17, 19],
        also={"": [22, 29, 36, 43, 57, 71, 85, 99, 127, 155, 183]},
        decisions={
            "enter-maintenance": ("no-further-dose", "response"),
            "widen-to-2-weeks": ("go-on", "path"),
            "widen-to-4-weeks": ("go-on", "path"),
            **END,
        },
        cohort="mcinnes-2022",
        says=[("limit-of-use", "Only those who responded")],
    ),
    "ketamine-iv-stretching": Case(
        setting="clinic",
        route="intravenous",
        edition="va-2024",
        gap=2,
        days=[1, 6, 11, 16, 21, 28, 35, 42, 52, 62, 76, 90, 104, 125, 146, 174],
        decisions=END,
        cohort="mcinnes-2022",
        says=[
            ("published-average", "mean of 18 infusions"),
            ("published-average", "22 infusions in 12 months"),
        ],
    ),
    "ketamine-iv-single": Case(
        setting="clinic",
        route="intravenous",
        edition="ibrahim-2012",
        gap=2,
        days=[1],
        decisions=END,
        cohort="ibrahim-2012",
    ),
    "ketamine-anxiety-weekly-3-months": Case(
        setting="clinic",
        route="subcutaneous",
        edition="glue-2018",
        gap=2,
        days=list(range(1, 79, 7)),
        decisions=END,
        primary="gad-7",
        domain="anxiety",
        says=[("limit-of-use", "weekly is our pick")],
    ),
    "ketamine-ptsd-thrice-weekly-2-weeks": Case(
        setting="clinic",
        route="intravenous",
        edition="feder-2021",
        gap=2,
        days=[1, 3, 5, 8, 10, 12],
        decisions=END,
        primary="pcl-5",
        domain="ptsd",
        says=[("negative-trial", "158 veterans")],
    ),
    "ketamine-aud-three-weekly": Case(
        setting="clinic",
        route="intravenous",
        edition="grabski-2022",
        gap=2,
        days=[1, 8, 15],
        decisions=END,
        primary="drinking-days",
        domain="alcohol",
        says=[("observed-spacing", "one to three weeks"), ("negative-trial", "did not differ")],
    ),
    "ketamine-sublingual-home-4-weeks": Case(
        setting="home",
        route="sublingual",
        edition="hull-2022",
        gap=6,
        days=[1, 8, 15, 22],
        decisions=END,
        says=[("regulatory", "FDA warned in October 2023"), ("setting", "named adult")],
    ),
    "ketamine-oral-er-5-days-then-twice-weekly": Case(
        setting="home",
        route="oral-extended-release",
        edition="glue-2024",
        gap=1,
        days=[1, 2, 3, 4, 5],
        also={"": [15 + 7 * week + day for week in range(12) for day in (0, 3)]},
        decisions={"day-8-response": ("no-further-dose", "response"), **END},
        says=[("formulation", "not marketed"), ("limit-of-use", "MADRS 12 or less"), ("spacing", "one day")],
    ),
    "ketamine-sc-twice-weekly-4-weeks": Case(
        setting="clinic",
        route="subcutaneous",
        edition="loo-2023",
        gap=2,
        days=INDUCTION,
        decisions=END,
    ),
    "ketamine-assisted-psychotherapy": Case(
        setting="clinic",
        route="clinic-chosen",
        edition="sage-template-undated",
        gap=2,
        days=[1, 15, 29],
        decisions=END,
        says=[("psychotherapy", "3 preparation sessions"), ("limit-of-use", "One clinic's template")],
    ),
}
ESKETAMINE = [name for name in NAMES if name.startswith("esketamine")]
RACEMIC = [name for name in NAMES if not name.startswith("esketamine")]
HOME = [name for name in NAMES if CASES[name].setting == "home"] if set(CASES) == set(NAMES) else []
US = ["esketamine-taper", "esketamine-trd-us", "esketamine-mdsi-us"]


# -- The slow, obvious walk --------------------------------------------------------------------------------


def walk(protocol: TreatmentProtocol, *, opened: bool = False, interval: int | None = None) -> list[int]:
    """Nominal days of the path, to day 400: nothing closed, nothing recorded, every default taken.

    A phase on the grid begins with the first whole week after the last dose, and after a companion review
    that a gate waits for; an interval begins after the last dose. A gate stops the walk unless ``opened``.
    """
    found: list[int] = []
    review = 0
    for number, phase in enumerate(protocol.path):
        rule = protocol.decision_before(phase.id)
        if rule is not None and rule.gate and not opened:
            break
        last = found[-1] if found else 0
        if isinstance(phase.cadence, Every):
            gaps = phase.cadence.gaps()
            count = phase.cadence.count
            day, made = last, 0
            while count is None or made < count:
                gap = next(gaps)
                if interval is not None and count is None:
                    gap = interval
                day = 1 if number == 0 and made == 0 else day + gap
                if day > 400:
                    break
                found.append(day)
                made += 1
        else:
            after = max(last, review if rule is not None and rule.gate else 0)
            origin = 1 + 7 * -(-after // 7)
            found += [origin + offset for offset in phase.cadence.offsets()]
        review = max(
            (found[-1] + one.offset_days for one in phase.companions if one.anchor == "phase-end"), default=0
        )
    return found


# -- One row for each file ---------------------------------------------------------------------------------


def test_there_are_seventeen_files_and_each_has_its_row() -> None:
    assert len(NAMES) == 17
    assert sorted(CASES) == list(NAMES)
    assert sorted(file.name for file in FOLDER.iterdir()) == [f"{name}.toml" for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_the_file_says_what_its_row_says(name: str) -> None:
    protocol, case = load_protocol(name), CASES[name]
    assert protocol.id == name
    assert (case.setting, case.route, case.edition) == (protocol.setting, protocol.route, protocol.edition)
    assert case.gap == protocol.min_gap_days
    assert (case.primary, case.domain) == (protocol.primary_instrument, protocol.domain)
    assert case.cohort == protocol.watch.cohort
    assert case.decisions == {rule.id: (rule.default, rule.rests_on) for rule in protocol.decisions}


@pytest.mark.parametrize("name", NAMES)
def test_the_nominal_days_are_those_of_its_row(name: str) -> None:
    case = CASES[name]
    found = [day for day in walk(load_protocol(name)) if day <= max(180, *case.days)]
    assert case.days == found


def test_every_two_weeks_once_chosen_begins_fourteen_days_after_day_50() -> None:
    for name in ("esketamine-trd-us", "esketamine-trd-eu"):
        days = walk(load_protocol(name), interval=14)
        assert [*TO_WEEK_8, *CASES[name].also["maintenance"]] == days[:15]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "" in case.also])
def test_behind_an_opened_gate_the_days_go_on(name: str) -> None:
    case = CASES[name]
    assert [*case.days, *case.also[""]] == walk(load_protocol(name), opened=True)


def test_stretching_gives_22_infusions_in_twelve_months_beside_the_published_18() -> None:
    assert len([day for day in walk(load_protocol("ketamine-iv-stretching")) if day <= 365]) == 22


@pytest.mark.parametrize("name", NAMES)
def test_a_course_with_nothing_in_the_way_has_the_nominal_days_from_any_weekday(name: str) -> None:
    for start in range(7):
        course = Course(
            id="c-1",
            protocol=load_protocol(name),
            adult="yes",
            start=pendulum.date(2026, 11, 30).add(days=start),
            zone="UTC",
        )
        layout = lay_out(course, fold(course, pendulum.datetime(2026, 11, 1)), weeks=26)
        doses = [one.day - layout.day1 + 1 for one in layout.all_sessions() if one.kind == "dose"]
        expected = [day for day in walk(load_protocol(name)) if day <= max(182, *CASES[name].days)]
        assert expected == doses


@pytest.mark.parametrize("name", NAMES)
def test_what_must_be_said_beside_it_is_said(name: str) -> None:
    protocol = load_protocol(name)
    for kind, words in CASES[name].says:
        assert any(words in one.text for one in protocol.statements if one.kind == kind), (kind, words)


# -- Sources -----------------------------------------------------------------------------------------------


def parts(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every part of a protocol that names a source, with its path."""
    if isinstance(value, (tuple, list)):
        for number, item in enumerate(value):
            yield from parts(item, f"{path}[{number}]")
    elif attrs.has(type(value)) and not isinstance(value, type):
        names = [attribute.name for attribute in attrs.fields(type(value))]
        if "source" in names:
            yield path, value
        for one in names:
            yield from parts(getattr(value, one), f"{path}.{one}")


def sources_named(protocol: TreatmentProtocol) -> list[tuple[str, str]]:
    """(path, source id) wherever one is named."""
    named = [(path, part.source) for path, part in parts(protocol)]
    named += [(f"number_sources.{key}", one) for key, one in protocol.number_sources.items()]
    for phase in protocol.phases:
        named += [(f"{phase.id}.sources.{key}", one) for key, one in phase.sources.items()]
    return named


@pytest.mark.parametrize("name", NAMES)
def test_every_source_that_is_named_stands_and_every_one_that_stands_is_named(name: str) -> None:
    protocol = load_protocol(name)
    named = {one for _, one in sources_named(protocol)} - {"house"}
    assert named == set(protocol.sources)


@pytest.mark.parametrize("name", NAMES)
def test_every_source_says_who_where_and_which_edition(name: str) -> None:
    for key, source in load_protocol(name).sources.items():
        assert source.id == key
        assert len(source.cite) > 20
        assert source.edition
        assert re.match(r"https?://[\w.-]+/", source.address), key


def test_a_label_is_named_only_where_its_text_was_read_with_its_edition() -> None:
    labels = {
        (key, source.seen, source.edition)
        for name in NAMES
        for key, source in load_protocol(name).sources.items()
        if source.grade is Grade.LABEL
    }
    assert labels == {
        ("us-label-2019", Seen.READ, "US label 2019-03"),
        ("us-label-2019-warnings", Seen.READ, "US label 2019-03"),
        ("us-label-2021", Seen.READ, "US label as printed in 2021"),
        ("eu-leaflet", Seen.READ, "EU leaflet 2022-02-16"),
    }


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_confirmed_is_shown_and_rests_under_nothing_that_acts(name: str) -> None:
    protocol = load_protocol(name)
    shaky = {key for key, source in protocol.sources.items() if source.seen is Seen.UNCONFIRMED}
    found = [path for path, one in sources_named(protocol) if one in shaky]
    assert all(path.startswith(".statements[") for path in found)


def test_the_eu_rule_on_missed_sessions_is_shown_as_unconfirmed_and_the_default_is_ours() -> None:
    protocol = load_protocol("esketamine-trd-eu")
    shown = [one for one in protocol.statements if one.kind == "missed"]
    assert [protocol.sources[one.source].seen for one in shown] == [Seen.UNCONFIRMED]
    assert {phase.missed.source for phase in protocol.phases} == {"house"}


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_phase_has_a_source_of_its_own(name: str) -> None:
    for phase in load_protocol(name).phases:
        assert {"cadence", "window"} <= set(phase.sources)
        assert phase.missed.source


@pytest.mark.parametrize("name", NAMES)
def test_a_dated_edition_of_a_text_that_is_revised_expires_two_years_later(name: str) -> None:
    protocol = load_protocol(name)
    dated = re.search(r"(\d{4})-(\d{2})-(\d{2})$", protocol.edition)
    if dated is None:
        assert (
            protocol.expires is None
        )  # a paper is not revised, and an undated page gives no date to count from
    else:
        year, month, day = (int(part) for part in dated.groups())
        assert protocol.expires == datetime.date(year + 2, month, day)
        assert protocol.number_sources["expires"] == "house"


@pytest.mark.parametrize("name", NAMES)
def test_our_own_choices_are_named_as_ours(name: str) -> None:
    """No published least gap was found but that of the tablets taken daily; the windows are ours."""
    protocol = load_protocol(name)
    expected = "glue-2024" if name == "ketamine-oral-er-5-days-then-twice-weekly" else "house"
    assert protocol.number_sources["min_gap_days"] == expected
    assert {phase.sources["window"] for phase in protocol.phases} == {"house"}


def test_counts_and_shapes_that_no_source_gives_are_ours() -> None:
    taper = load_protocol("esketamine-taper")
    assert [taper.phase(one).sources["count"] for one in ("every-2-weeks", "every-4-weeks")] == ["house"] * 2
    assert taper.sources[taper.phase("every-4-weeks").sources["cadence"]].grade is Grade.TRIAL
    assert load_protocol("ketamine-iv-six-in-21-days").phases[0].sources["nominal"] == "house"
    assert load_protocol("ketamine-iv-twice-weekly-3-weeks").phases[0].sources["nominal"] == "house"
    assert (
        load_protocol("ketamine-iv-canbind-maintenance").phase("every-4-weeks").sources["every_days"]
        == "house"
    )
    stretching = load_protocol("ketamine-iv-stretching")
    assert stretching.phases[0].sources["steps"] == "house"
    assert stretching.sources["va-2024"].grade is Grade.PRACTICE


# -- The session day ---------------------------------------------------------------------------------------

OF_THE_SPRAY = {
    ("no-food", "dose-start", -120),
    ("no-nasal-steroid", "dose-start", -60),
    ("no-liquids", "dose-start", -30),
    ("device-rest", "dose-start", 5),
    ("blood-pressure-after", "dose-end", 40),
    ("observation", "dose-end", 120),
    ("fit-to-leave", "dose-end", 120),
}


@pytest.mark.parametrize("name", ESKETAMINE)
def test_the_nasal_spray_has_its_own_numbers(name: str) -> None:
    steps = {(step.what, step.anchor, step.offset_minutes) for step in load_protocol(name).steps}
    assert steps >= OF_THE_SPRAY
    assert ("blood-pressure-before", "arrival", 0) in steps


@pytest.mark.parametrize("name", RACEMIC)
def test_no_other_route_has_numbers_of_the_nasal_spray(name: str) -> None:
    steps = load_protocol(name).steps
    assert {step.offset_minutes for step in steps} == {-1440, 0, None}
    assert not {step.what for step in steps} & {"no-food", "no-liquids", "no-nasal-steroid", "device-rest"}
    assert any(one.kind == "not-published" for one in load_protocol(name).statements)


@pytest.mark.parametrize("name", NAMES)
def test_driving_ends_with_the_next_day_and_sleep_and_never_at_an_hour(name: str) -> None:
    found = [step for step in load_protocol(name).steps if step.what == "no-driving"]
    assert [(step.until, step.anchor, step.audience) for step in found] == [
        ("next-day", "dose-end", "patient")
    ]
    for step in found:
        assert "next day" in step.text
        assert "sleep" in step.text
        assert not re.search(r"\d", step.text)


@pytest.mark.parametrize("name", NAMES)
def test_alcohol_and_sedatives_are_asked_about_the_day_before_and_the_same_day(name: str) -> None:
    protocol = load_protocol(name)
    steps = {(step.what, step.audience): step for step in protocol.steps}
    assert steps["no-alcohol-day-before", "patient"].offset_minutes == -1440
    assert steps["alcohol-question", "patient"].offset_minutes == 0
    same_day = {"alcohol-check", "go-ahead"} & {what for what, _ in steps}
    assert same_day
    texts = [one.text for one in protocol.statements if one.kind == "alcohol"]
    texts += [step.text for step in protocol.steps if "alcohol" in step.what]
    assert all(re.search("sedative|drinking|benzodiazepines", one, re.IGNORECASE) for one in texts)
    assert not [one for one in texts if re.search(r"\d", one)]


@pytest.mark.parametrize("name", NAMES)
def test_nobody_leaves_alone_and_after_care_is_told(name: str) -> None:
    what = {(step.what, step.audience) for step in load_protocol(name).steps}
    assert ("after-care", "patient") in what
    if name in HOME:
        assert {("monitor-present", "patient"), ("monitor-present", "proxy"), ("go-ahead", "clinic")} <= what
    else:
        assert {("escort", "patient"), ("escort", "escort"), ("fit-to-leave", "clinic")} <= what


def test_the_monitoring_form_is_due_within_seven_days_in_the_us_and_nowhere_else() -> None:
    found = {
        name: [step.within_days for step in load_protocol(name).steps if step.what == "monitoring-form"]
        for name in NAMES
    }
    assert {name for name, days in found.items() if days} == set(US)
    assert all(found[name] == [7] for name in US)


def test_before_every_infusion_for_alcohol_breath_and_blood_pressure_are_checked() -> None:
    steps = {
        step.what: step
        for step in load_protocol("ketamine-aud-three-weekly").steps
        if step.audience == "clinic"
    }
    assert "breath alcohol" in steps["alcohol-check"].text
    assert steps["alcohol-check"].anchor == steps["blood-pressure-before"].anchor == "arrival"


@pytest.mark.parametrize("name", NAMES)
def test_no_text_clears_a_person_or_tells_them_to_take_a_dose(name: str) -> None:
    protocol = load_protocol(name)
    texts = [step.text for step in protocol.steps]
    texts += [one.text for one in protocol.statements]
    texts += [rule.question for rule in protocol.decisions]
    texts += [lapse.question for lapse in protocol.lapse]
    texts += [option.text for option in options(protocol)]
    for text in texts:
        assert not re.search(
            r"\b(safe|safely|cleared|eligible person|you are fit|low risk)\b", text, re.IGNORECASE
        )
        assert not re.search(r"\b(take|swallow|dissolve) (a|the|your|one)\b", text, re.IGNORECASE), text
        assert text == text.strip()
        assert text


# -- Statements --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_file_says_whom_it_is_for_what_excludes_and_what_warns(name: str) -> None:
    protocol = load_protocol(name)
    kinds = {one.kind for one in protocol.statements}
    assert kinds >= {
        "alcohol",
        "contraindication",
        "driving",
        "long-term-risk",
        "population",
        "pregnancy",
        "screening",
        "warning",
    }
    assert protocol.adults_only
    assert protocol.doses


@pytest.mark.parametrize("name", ESKETAMINE)
def test_the_blood_pressure_guide_is_a_guide_and_no_verdict(name: str) -> None:
    protocol = load_protocol(name)
    guide = " ".join(one.text for one in protocol.statements if one.kind == "blood-pressure-guide")
    assert "140/90" in guide
    assert "no stop rule" in guide
    assert ("150/90" in guide) == (name == "esketamine-trd-eu")
    [before] = [step for step in protocol.steps if step.what == "blood-pressure-before"]
    assert "not a verdict" in before.text


def test_the_us_dose_of_day_1_names_both_readings_and_claims_no_current_label() -> None:
    doses = [one.text for one in load_protocol("esketamine-trd-us").doses]
    assert any("56 or 84 mg" in one and "not read" in one for one in doses)
    assert any("56 mg in the label of 2019" in one for one in doses)


def test_the_eu_doses_differ_by_age() -> None:
    doses = {(one.who, one.phases): one.text for one in load_protocol("esketamine-trd-eu").doses}
    assert doses["adults from 65", ("induction",)].startswith("Day 1: 28 mg")
    assert doses["adults under 65", ("induction",)].startswith("Day 1: 56 mg")


# -- Decisions and defaults --------------------------------------------------------------------------------


def options(protocol: TreatmentProtocol) -> Iterator[Option]:
    for rule in protocol.decisions:
        yield from rule.options
    for lapse in protocol.lapse:
        yield from lapse.options
    for row in protocol.frequency:
        yield from row.options


def default_effect(rule: DecisionRule) -> Effect:
    return next(option.effect for option in rule.options if option.id == rule.default)


@pytest.mark.parametrize("name", NAMES)
def test_no_default_changes_a_frequency_adds_a_dose_or_opens_what_rests_on_response(name: str) -> None:
    protocol = load_protocol(name)
    for rule in protocol.decisions:
        effect = default_effect(rule)
        if rule.gate:
            assert effect == Effect(end=True)
        elif rule.rests_on == "frequency":
            assert rule.phase is not None
            before = protocol.path[protocol.path.index(protocol.phase(rule.phase)) - 1]
            cadence = before.cadence
            assert isinstance(cadence, PerWeek)
            assert effect == Effect(set_interval=7 // cadence.per_week)
        else:
            assert effect == Effect(keep=True)
    for lapse in protocol.lapse:
        assert next(one.effect for one in lapse.options if one.id == lapse.default) == Effect(keep=True)
    for row in protocol.frequency:
        assert row.options[0].effect == Effect(keep=True)


@pytest.mark.parametrize("name", NAMES)
def test_every_end_has_a_review_and_a_watch(name: str) -> None:
    protocol = load_protocol(name)
    assert [rule.id for rule in protocol.decisions if rule.at == "end"] == ["end-review"]
    assert protocol.decisions[-1].at == "end"
    assert 1 <= protocol.end.review_days <= 14
    assert set(protocol.watch.after) == {"last-dose", "widening"}


@pytest.mark.parametrize("name", NAMES)
def test_whatever_rests_on_response_is_a_gate_with_a_review_before_it(name: str) -> None:
    protocol = load_protocol(name)
    for rule in protocol.decisions:
        if not rule.gate:
            continue
        assert rule.phase is not None
        before = protocol.path[protocol.path.index(protocol.phase(rule.phase)) - 1]
        assert any(one.kind == "review" and one.anchor == "phase-end" for one in before.companions)


def test_a_fourth_acute_week_is_an_option_of_three_infusions() -> None:
    rule = load_protocol("ketamine-iv-canbind-maintenance").decision_before("weekly")
    assert rule is not None
    assert {option.id: option.effect for option in rule.options}["fourth-week"] == Effect(add_sessions=3)


def test_what_lies_outside_the_label_is_marked() -> None:
    """Every four weeks was tried in SUSTAIN-3 and is in no label that was read."""
    for name in ESKETAMINE:
        for option in options(load_protocol(name)):
            wide = option.effect.set_interval == 28 or option.effect.go_to_phase == "every-4-weeks"
            wide = wide or "every four weeks" in option.text.lower()
            assert option.outside_label == (wide and not option.text.startswith("Keep the frequency")), option


@pytest.mark.parametrize("name", [name for name in ESKETAMINE if name != "esketamine-mdsi-us"])
def test_the_frequency_table_of_sustain_3_is_whole(name: str) -> None:
    table = {
        (row.every_days, rating): [option.id for option in row.options]
        for row in load_protocol(name).frequency
        for rating in range(row.rating_from, row.rating_to + 1)
    }
    low, high = range(1, 4), range(4, 8)
    expected = {(7, one): ["keep", "every-2-weeks"] for one in low} | {(7, one): ["keep"] for one in high}
    expected |= {(14, one): ["keep", "every-4-weeks"] for one in low} | {
        (14, one): ["keep", "weekly"] for one in high
    }
    expected |= {(28, one): ["keep"] for one in low} | {
        (28, one): ["keep", "weekly", "every-2-weeks"] for one in high
    }
    assert expected == table


def test_only_the_two_open_courses_and_the_taper_use_a_frequency_table() -> None:
    assert {name for name in NAMES if load_protocol(name).frequency} == set(ESKETAMINE) - {
        "esketamine-mdsi-us"
    }


# -- Missed sessions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_miss_keeps_the_schedule_and_an_extra_session_is_proposed_only_in_a_racemic_series(
    name: str,
) -> None:
    protocol = load_protocol(name)
    for phase in protocol.phases:
        assert phase.missed.rule == "keep"
        if name in HOME:
            assert (phase.missed.make_up, phase.missed.propose_extra) == ("none", False)
        elif name in ESKETAMINE:
            assert not phase.missed.propose_extra
        elif phase.missed.propose_extra:
            assert phase.missed.source == "house"
            assert phase.count is not None
    if name in RACEMIC and name not in (*HOME, "ketamine-iv-stretching"):
        assert protocol.phases[0].missed.propose_extra


@pytest.mark.parametrize("name", NAMES)
def test_a_long_gap_asks_after_28_days_and_two_intervals_and_never_acts(name: str) -> None:
    for rule in load_protocol(name).lapse:
        if rule.when == "long-gap":
            assert (rule.over_days, rule.over_intervals, rule.source) == (28, 2, "house")
        else:
            assert rule.over_days is rule.over_intervals is None


def test_a_step_back_in_maintenance_asks_for_a_miss_and_a_worsening_and_names_the_manufacturer() -> None:
    for name in set(ESKETAMINE) - {"esketamine-mdsi-us"}:
        protocol = load_protocol(name)
        rules = [rule for rule in protocol.lapse if rule.when == "missed-and-worse"]
        assert {rule.source for rule in rules} == {"jnj-missed"}
        covered = [phase for rule in rules for phase in rule.phases]
        assert sorted(covered) == sorted(phase.id for phase in protocol.path if phase.id != "induction")


# -- Check-ins and watch -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_check_in_asks_a_safety_question(name: str) -> None:
    protocol = load_protocol(name)
    for rule in protocol.checkins:
        asked = [protocol.primary_instrument if one == "primary" else one for one in rule.instruments]
        assert any(load_instrument(one).safety for one in asked), rule.id
        assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("name", NAMES)
def test_the_programme_has_a_baseline_an_onset_a_question_before_each_dose_and_a_review(name: str) -> None:
    protocol = load_protocol(name)
    rules = {rule.id: rule for rule in protocol.checkins}
    assert rules["baseline"].anchor == "before-first-dose"
    assert "primary" in rules["baseline"].instruments
    assert rules["baseline"].offset_hours < 0
    assert [(rules[one].anchor, rules[one].offset_hours) for one in ("onset-24h", "onset-72h")] == [
        ("first-dose", 24),
        ("first-dose", 72),
    ]
    assert rules["before"].anchor == "before-dose"
    assert any(rule.purpose == "review" for rule in protocol.checkins)


@pytest.mark.parametrize("name", NAMES)
def test_long_maintenance_asks_about_urine_and_memory_each_month(name: str) -> None:
    protocol = load_protocol(name)
    days = walk(protocol, opened=True)
    monthly = [rule for rule in protocol.checkins if rule.anchor == "monthly"]
    assert bool(monthly) == (days[-1] > 63)
    for rule in monthly:
        assert rule.instruments == ("urinary", "memory", "safety-question")
        assert (rule.from_week, rule.every_days, rule.source) == (9, 28, "house")


@pytest.mark.parametrize("name", NAMES)
def test_a_cohort_is_named_for_mood_after_infusions_only_and_its_absence_has_a_reason(name: str) -> None:
    protocol = load_protocol(name)
    watch = protocol.watch
    assert bool(watch.cohort) != bool(watch.why_no_cohort)
    if watch.cohort:
        assert (protocol.domain, protocol.route) == ("mood", "intravenous")
        assert watch.cohort in ("mcinnes-2022", "ibrahim-2012")


@pytest.mark.parametrize("name", [name for name in NAMES if CASES[name].domain != "mood"])
def test_where_the_first_questionnaire_has_no_safety_item_the_watch_asks_the_phq_9_too(name: str) -> None:
    assert "phq-9" in load_protocol(name).watch.instruments


# -- Spacing -----------------------------------------------------------------------------------------------


def intervals(phase: Phase) -> list[int]:
    if isinstance(phase.cadence, Every):
        return [interval.every_days for interval in phase.cadence.intervals]
    offsets = phase.cadence.offsets()
    return [later - sooner for sooner, later in itertools.pairwise(offsets)]


@pytest.mark.parametrize("name", NAMES)
def test_no_target_lies_nearer_to_the_one_before_than_the_least_gap(name: str) -> None:
    protocol = load_protocol(name)
    for phase in protocol.phases:
        assert all(gap >= protocol.min_gap_days for gap in intervals(phase))
        if phase.window_days is not None and not isinstance(phase.cadence, PerWeek):
            assert all(phase.window_days <= gap / 2 for gap in intervals(phase))


def test_at_home_the_review_after_the_first_dose_holds_the_second() -> None:
    [phase] = load_protocol("ketamine-sublingual-home-4-weeks").phases
    [review] = phase.companions
    assert (review.kind, review.session, review.gates_next) == ("review", 1, True)
    assert (review.earliest_days, review.latest_days) == (1, 2)


def test_the_tablets_are_reviewed_on_day_8_and_the_acute_phase_two_days_after_its_last_infusion() -> None:
    tablets = load_protocol("ketamine-oral-er-5-days-then-twice-weekly").phase("daily")
    acute = load_protocol("ketamine-iv-canbind-maintenance").phase("acute")
    assert [5 + one.offset_days for one in tablets.companions] == [8]
    assert [19 + one.offset_days for one in acute.companions] == [21]


def test_psychotherapy_has_three_preparations_and_at_least_two_integrations_after_the_first_dose() -> None:
    [phase] = load_protocol("ketamine-assisted-psychotherapy").phases
    kinds = [(one.kind, one.session, one.number) for one in phase.companions]
    assert [one for one in kinds if one[0] == "preparation"] == [("preparation", None, n) for n in (1, 2, 3)]
    assert [one for one in kinds if one[1] == 1] == [("integration", 1, 1), ("integration", 1, 2)]
    assert all(one.latest_days < 0 for one in phase.companions if one.kind == "preparation")


@pytest.mark.parametrize("name", NAMES)
def test_no_id_that_stands_in_a_key_tells_a_stranger_anything(name: str) -> None:
    """Keys stand in calendars, where anyone may read them."""
    protocol = load_protocol(name)
    ids = [phase.id for phase in protocol.phases]
    ids += [one.id for phase in protocol.phases for one in phase.companions]
    ids += [rule.id for rule in protocol.decisions] + [rule.id for rule in protocol.lapse]
    ids += [rule.id for rule in protocol.checkins]
    assert [one for one in ids if telling_words(one)] == []


def test_a_cohort_that_is_named_may_be_named_by_default() -> None:
    families = {"mcinnes-2022": "infusion-series", "ibrahim-2012": "single-infusion"}
    named = {cohort for name in NAMES if (cohort := load_protocol(name).watch.cohort) is not None}
    assert named == set(families)
    for cohort, family in families.items():
        found = default_cohort(family)
        assert isinstance(found, Cohort)
        assert found.id == cohort


# -- The files as text -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_file_speaks_of_its_sources_and_of_nothing_private(name: str) -> None:
    text = (FOLDER / f"{name}.toml").read_text("utf-8")
    assert text.startswith("# ")
    assert not re.search(r"evidence\.md|safety\.md|design\.md|shared/|\bTODO\b|\bissue\b|/work|/tmp", text)
