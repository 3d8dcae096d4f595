"""The model of a protocol: cadences, its file both ways, and how bad files are refused."""

from __future__ import annotations

import copy
import datetime
import itertools
import json
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pendulum
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ketaschedule.cadence import Cadence, Days, Every, Interval, PerWeek, Spread
from ketaschedule.errors import Fault, InputError, LimitError, UnknownNameError
from ketaschedule.protocol import (
    CheckInRule,
    Companion,
    DecisionRule,
    DoseStatement,
    Effect,
    EndRule,
    FrequencyRow,
    LapseRule,
    MissedRule,
    Option,
    Phase,
    Statement,
    Step,
    TreatmentProtocol,
    WatchRule,
)
from ketaschedule.protocol_circles import circle_of_defaults
from ketaschedule.protocol_files import load_protocol, protocol_from, protocol_names, protocol_to
from ketaschedule.protocol_terms import (
    AUDIENCES,
    MAX_OPTIONS,
    MAX_PARTS,
    MAX_PHASES,
    MAX_SESSIONS,
    SETTINGS,
    STATEMENT_KINDS,
    STEP_ANCHORS,
)
from ketaschedule.reading import (
    MAX_BYTES,
    MAX_DEPTH,
    bounded_text,
    mapping_of,
    read_json,
    read_toml,
    structure,
)
from ketaschedule.sources import Grade, Seen, Source

# -- Cadence -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "cadence"),
    [
        ([1, 4, 8, 11, 15, 18, 22, 25], PerWeek(per_week=2, weeks=4)),
        ([1, 3, 5, 8, 10, 12], PerWeek(per_week=3, weeks=2)),
        ([1, 8, 15], PerWeek(per_week=1, weeks=3)),
        ([2, 4, 6, 7, 9, 11, 13, 14], PerWeek(per_week=4, weeks=2, nominal=(2, 4, 6, 7))),
        ([1, 5, 9, 13, 17, 21], Spread(spread=6, over_days=21)),
        ([1, 2, 4, 5], Spread(spread=4, over_days=5)),
        ([1], Spread(spread=1, over_days=30)),
        ([1, 4, 8], Days((1, 4, 8))),
    ],
)
def test_the_days_of_a_cadence(days: list[int], cadence: Days | Spread | PerWeek) -> None:
    assert days == [offset + 1 for offset in cadence.offsets()]


@given(st.integers(2, 60), st.integers(0, 300))
def test_a_spread_is_even_from_the_first_day_to_the_last_and_rounds_half_up(count: int, more: int) -> None:
    over = count + more
    offsets = Spread(spread=count, over_days=over).offsets()
    exact = [Fraction(i * (over - 1), count - 1) for i in range(count)]
    assert offsets == tuple(int(one + Fraction(1, 2)) for one in exact)
    assert (offsets[0], offsets[-1]) == (0, over - 1)
    gaps = {later - sooner for sooner, later in itertools.pairwise(offsets)}
    assert max(gaps) - min(gaps) <= 1
    assert min(gaps) >= 1


@given(st.integers(1, 3), st.integers(1, 40))
def test_sessions_a_week_fall_each_in_its_own_treatment_week(per_week: int, weeks: int) -> None:
    offsets = PerWeek(per_week=per_week, weeks=weeks).offsets()
    assert [offset // 7 for offset in offsets] == [week for week in range(weeks) for _ in range(per_week)]
    assert list(offsets) == sorted(set(offsets))


def test_more_than_three_a_week_have_no_days_of_their_own() -> None:
    with pytest.raises(KeyError):
        PerWeek(per_week=4, weeks=1).offsets()


def test_a_taper_gives_each_interval_as_often_as_it_says_and_the_open_one_for_ever() -> None:
    taper = Every((Interval(5, 2), Interval(7, 1), Interval(28)))
    assert list(itertools.islice(taper.gaps(), 6)) == [5, 5, 7, 28, 28, 28]
    assert taper.count is None
    closed = Every((Interval(5, 2), Interval(7, 1)))
    assert list(closed.gaps()) == [5, 5, 7]
    assert closed.count == 3


def test_intervals_start_after_one_another_and_the_others_on_the_grid_unless_said() -> None:
    assert [
        make_phase(cadence=one).starts_on_grid
        for one in (PerWeek(1, 1), Days((1,)), Spread(2, 3), Every((Interval(7, 2),)))
    ] == [True, True, True, False]
    assert make_phase(cadence=Every((Interval(7, 2),)), start="grid").starts_on_grid
    assert not make_phase(cadence=PerWeek(1, 1), start="after-interval").starts_on_grid


def make_phase(**given_values: Any) -> Phase:
    values: dict[str, Any] = {
        "id": "p",
        "cadence": PerWeek(1, 1),
        "window_days": 1,
        "sources": {"cadence": "house", "window": "house"},
    }
    return Phase(**(values | given_values))


# -- Both ways ---------------------------------------------------------------------------------------------


def through_json(protocol: TreatmentProtocol) -> TreatmentProtocol:
    text = json.dumps(protocol_to(protocol), default=str, ensure_ascii=False)
    return protocol_from(read_json(text, "p.json"), "p.json")


@pytest.mark.parametrize("name", protocol_names())
def test_a_built_in_protocol_comes_back_the_same_from_its_plain_values_and_from_json(name: str) -> None:
    protocol = load_protocol(name)
    plain = protocol_to(protocol)
    assert protocol == protocol_from(plain)
    assert plain == protocol_to(protocol_from(plain))
    assert protocol == through_json(protocol)


IDS = st.sampled_from(
    ["a", "b2", "0", "c-d", "every-2-weeks", "x.y", "n-", "9.", "k" * 64, "review", "s1", "s2"]
)
TEXTS = st.sampled_from(["", "Once a week", "50 % – “half”\n\ttab", "𝔘 ☂ é", "[x] = 'y' # \"z\"", " "])
SMALL = st.integers(1, 40)


@st.composite
def cadences(draw: st.DrawFn) -> Cadence:
    kind = draw(st.sampled_from(["days", "spread", "per_week", "every", "taper"]))
    if kind == "days":
        return Days(tuple(sorted(draw(st.sets(st.integers(1, 400), min_size=1, max_size=8)))))
    if kind == "spread":
        count = draw(st.integers(1, 12))
        return Spread(spread=count, over_days=count + draw(st.integers(0, 60)))
    if kind == "per_week":
        nominal = draw(st.none() | st.sets(st.integers(1, 7), min_size=1, max_size=7).map(sorted).map(tuple))
        per_week = len(nominal) if nominal is not None else draw(st.integers(1, 3))
        return PerWeek(per_week=per_week, weeks=draw(SMALL), nominal=nominal)
    if kind == "every":
        return Every((Interval(draw(SMALL), draw(st.none() | SMALL)),))
    closed = draw(st.lists(st.builds(Interval, SMALL, st.integers(1, 9)), min_size=1, max_size=4))
    return Every((*closed, Interval(draw(SMALL), draw(st.none() | st.integers(1, 9)))))


@st.composite
def protocols(draw: st.DrawFn) -> TreatmentProtocol:
    """Protocols that are sound in form, with every kind of part now and then."""
    keys = draw(st.lists(IDS, max_size=3, unique=True))
    source = st.sampled_from([*keys, "house"])
    phase_ids = draw(st.lists(IDS, min_size=1, max_size=4, unique=True))
    some_phases = st.lists(st.sampled_from(phase_ids), max_size=2).map(tuple)

    def effects() -> st.SearchStrategy[Effect]:
        return st.one_of(
            st.sampled_from(
                [Effect(keep=True), Effect(pause=True), Effect(end=True), Effect(count_dose=False)]
            ),
            st.builds(Effect, go_to_phase=st.sampled_from(phase_ids)),
            st.builds(Effect, set_interval=SMALL),
            st.builds(Effect, add_sessions=st.integers(1, 24)),
        )

    def options() -> tuple[Option, ...]:
        made = st.builds(
            Option, id=IDS, text=TEXTS, effect=effects(), outside_label=st.booleans(), source=source
        )
        return tuple(draw(st.lists(made, min_size=1, max_size=3, unique_by=lambda one: one.id)))

    def phase(phase_id: str, entry: str) -> Phase:
        cadence = draw(cadences())
        anchors = st.sampled_from(["each-session", "phase-start", "phase-end"])
        companion = st.builds(
            Companion,
            id=IDS,
            kind=st.sampled_from(["preparation", "integration", "review"]),
            anchor=anchors,
            offset_days=st.integers(-3, 3),
            earliest_days=st.integers(-9, -3),
            latest_days=st.integers(3, 9),
            minutes=SMALL,
            gates_next=st.booleans(),
            source=source,
        )
        return Phase(
            id=phase_id,
            cadence=cadence,
            title=draw(TEXTS),
            start=draw(st.sampled_from(["auto", "grid", "after-interval"])),
            window_days=draw(st.integers(0, 9)),
            outside=draw(st.sampled_from(["later", "omit", "ask"])),
            entry=entry,
            missed=draw(
                st.builds(
                    MissedRule,
                    rule=st.sampled_from(["keep", "append", "shift"]),
                    make_up=st.sampled_from(["within-window", "none"]),
                    propose_extra=st.booleans(),
                    source=source,
                )
            ),
            companions=tuple(draw(st.lists(companion, max_size=2, unique_by=lambda one: one.id))),
            sources={"cadence": draw(source), "window": draw(source)},
            text=draw(TEXTS),
        )

    decision_ids = draw(st.lists(IDS, max_size=4, unique=True))
    decisions: list[DecisionRule] = []
    lapses: list[LapseRule] = []
    for number, decision_id in enumerate(decision_ids):
        chosen = options()
        default = draw(st.sampled_from([one.id for one in chosen]))
        if number % 2:
            lapses.append(
                LapseRule(
                    id=decision_id,
                    when=draw(st.sampled_from(["missed-and-worse", "long-gap", "worse"])),
                    question=draw(TEXTS),
                    options=chosen,
                    default=default,
                    phases=draw(some_phases),
                    over_days=draw(st.none() | SMALL),
                )
            )
        else:
            before = draw(st.booleans())
            decisions.append(
                DecisionRule(
                    id=decision_id,
                    at="before-phase" if before else "end",
                    phase=draw(st.sampled_from(phase_ids)) if before else None,
                    question=draw(TEXTS),
                    options=chosen,
                    default=default,
                    rests_on=draw(st.sampled_from(["path", "frequency", "response", "fitness"])),
                    source=draw(source),
                )
            )
    steps = st.builds(
        Step,
        what=IDS,
        anchor=st.sampled_from(STEP_ANCHORS),
        audience=st.sampled_from(AUDIENCES),
        text=TEXTS,
        offset_minutes=st.integers(-1440, 1440),
        phases=some_phases,
        source=source,
    )
    checkins = st.builds(
        CheckInRule,
        id=IDS,
        purpose=TEXTS,
        anchor=st.sampled_from(["before-first-dose", "before-dose", "monthly"]),
        instruments=st.lists(IDS, min_size=1, max_size=2).map(tuple),
        offset_hours=st.integers(-72, 72),
        source=source,
    )
    expires = draw(st.none() | st.dates(datetime.date(2020, 1, 1), datetime.date(2040, 1, 1)))
    named = {"session_minutes": draw(source), "min_gap_days": draw(source), "default_at": "house"}
    phases = tuple(
        phase(one, "next" if number == 0 else draw(st.sampled_from(["next", "decision"])))
        for number, one in enumerate(phase_ids)
    )
    assume(circle_of_defaults(phases, decisions) is None)
    return TreatmentProtocol(
        id=draw(IDS),
        title=draw(TEXTS),
        edition=draw(st.text(min_size=1, max_size=9)),
        drug=draw(TEXTS),
        route=draw(TEXTS),
        indication=draw(TEXTS),
        setting=draw(st.sampled_from(SETTINGS)),
        session_minutes=draw(st.integers(1, 600)),
        min_gap_days=draw(st.integers(1, 60)),
        sources={
            key: Source(key, draw(TEXTS), draw(st.sampled_from(Grade)), Seen.READ, "1", "https://x.org/a")
            for key in keys
        },
        phases=phases,
        number_sources=named | ({} if expires is None else {"expires": "house"}),
        expires=None if expires is None else pendulum.Date(expires.year, expires.month, expires.day),
        decisions=tuple(decisions),
        lapse=tuple(lapses),
        frequency=tuple(
            draw(
                st.lists(
                    st.builds(
                        FrequencyRow,
                        every_days=SMALL,
                        rating_from=st.integers(1, 4),
                        rating_to=st.integers(4, 7),
                        options=st.just(()),
                        source=source,
                    ),
                    max_size=2,
                )
            )
        ),
        steps=tuple(draw(st.lists(steps, max_size=2))),
        doses=tuple(draw(st.lists(st.builds(DoseStatement, text=TEXTS, phases=some_phases), max_size=2))),
        statements=tuple(
            draw(
                st.lists(
                    st.builds(Statement, kind=st.sampled_from(STATEMENT_KINDS), text=TEXTS, source=source),
                    max_size=2,
                )
            )
        ),
        checkins=tuple(draw(st.lists(checkins, max_size=2, unique_by=lambda one: one.id))),
        watch=WatchRule(extras=draw(st.integers(0, 12)), why_no_cohort=draw(TEXTS)),
        end=EndRule(review_days=draw(st.integers(0, 60))),
    )


@given(protocols())
def test_any_protocol_comes_back_the_same_from_plain_values_and_from_json(
    protocol: TreatmentProtocol,
) -> None:
    plain = protocol_to(protocol)
    assert protocol == protocol_from(plain)
    assert protocol == through_json(protocol)
    todo: list[Any] = [plain]
    while todo:
        value = todo.pop()
        assert type(value) in (dict, list, str, int, bool, pendulum.Date)
        todo += value.values() if isinstance(value, dict) else value if isinstance(value, list) else []


def test_a_phase_that_the_path_leaves_out_is_reached_only_by_a_decision() -> None:
    protocol = load_protocol("ketamine-iv-single")
    assert [phase.id for phase in protocol.path] == ["first"]
    assert protocol.phase("second").entry == "decision"
    with pytest.raises(KeyError):
        protocol.phase("third")
    assert protocol.decision_before("second") is None


# -- All faults at once ------------------------------------------------------------------------------------


def base() -> dict[str, Any]:
    """A fresh copy of a whole protocol as plain values."""
    return copy.deepcopy(protocol_to(load_protocol("esketamine-trd-us")))


def faults_after(*changes: Callable[[dict[str, Any]], object]) -> dict[str, Fault]:
    data = base()
    for change in changes:
        change(data)
    with pytest.raises(InputError) as caught:
        protocol_from(data)
    return {fault.path: fault for fault in caught.value.faults}


def test_the_path_of_the_values_comes_before_that_of_each_fault() -> None:
    """As a file's name, or a place in a course; a value that is no table at all is named by it alone."""
    data = base()
    data["phases"][1]["colour"] = "blue"
    data["setting"] = "garage"
    for value, expected in ((data, {"p.toml.phases[1].colour", "p.toml.setting"}), (5, {"p.toml"})):
        with pytest.raises(InputError) as caught:
            protocol_from(value, "p.toml")
        assert {fault.path for fault in caught.value.faults} == expected


def test_five_faults_of_five_kinds_are_all_reported_each_with_its_path() -> None:
    """A word, a kind of value, a bound, a name nobody knows, and a source that is not there."""
    found = faults_after(
        lambda data: data.update(setting="garage"),
        lambda data: data.update(min_gap_days="2"),
        lambda data: data["steps"][0].update(offset_minutes=-20_000),
        lambda data: data["phases"][1].update(colour="blue"),
        lambda data: data["phases"][2]["sources"].update(cadence="nobody"),
    )
    assert set(found) == {
        "setting",
        "min_gap_days",
        "steps[0].offset_minutes",
        "phases[1].colour",
        "phases[2].sources.cadence",
    }
    assert found["setting"].text == "'garage' is not known"
    assert found["setting"].allowed == "certified-clinic, clinic, home"
    assert "whole number" in found["min_gap_days"].allowed
    assert found["steps[0].offset_minutes"].allowed == "-10080 to 10080"
    assert (found["phases[1].colour"].code, found["phases[2].sources.cadence"].code) == (
        "unknown-field",
        "no-source",
    )


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """A change of one value, by a path such as ``phases.0.id``."""

    def make(data: dict[str, Any]) -> None:
        here: Any = data
        *before, last = path.split("/")
        for step in before:
            here = here[int(step)] if isinstance(here, list) else here[step]
        if isinstance(here, list):
            here[int(last)] = value
        else:
            here[last] = value

    return make


def without(path: str) -> Callable[[dict[str, Any]], None]:
    def make(data: dict[str, Any]) -> None:
        here: Any = data
        *before, last = path.split("/")
        for step in before:
            here = here[int(step)] if isinstance(here, list) else here[step]
        del here[last]

    return make


BAD: list[tuple[str, Callable[[dict[str, Any]], None], str]] = [
    ("an id with a space", change("id", "my protocol"), "id"),
    ("no edition", change("edition", ""), "edition"),
    ("another schema", change("schema", 2), "schema"),
    ("a setting nobody knows", change("setting", "garage"), "setting"),
    ("a session of no minutes", change("session_minutes", 0), "session_minutes"),
    ("a session longer than a day", change("session_minutes", 1441), "session_minutes"),
    ("no gap at all", change("min_gap_days", 0), "min_gap_days"),
    ("a gap of 61 days", change("min_gap_days", 61), "min_gap_days"),
    ("a time that is none", change("default_at", "24:00"), "default_at"),
    ("a number without a source", without("number_sources/min_gap_days"), "number_sources.min_gap_days"),
    ("an expiry without a source", without("number_sources/expires"), "number_sources.expires"),
    ("a source nobody knows", change("number_sources/min_gap_days", "x"), "number_sources.min_gap_days"),
    ("a text for a number", change("session_minutes", "150"), "session_minutes"),
    ("a truth for a number", change("session_minutes", True), "session_minutes"),
    ("a fraction for a number", change("session_minutes", 150.0), "session_minutes"),
    ("a number for a truth", change("adults_only", 1), "adults_only"),
    ("a number for a text", change("title", 7), "title"),
    ("no date", change("expires", "soon"), "expires"),
    ("a grade nobody knows", change("sources/jnj-missed/grade", "rumour"), "sources.jnj-missed.grade"),
    (
        "a label that was not read",
        change("sources/us-label-2019/seen", "second-hand"),
        "sources.us-label-2019.seen",
    ),
    ("a label without edition", without("sources/us-label-2019/edition"), "sources.us-label-2019.edition"),
    ("a source without address", without("sources/jnj-missed/address"), "sources.jnj-missed.address"),
    ("a source that is no table", change("sources/jnj-missed", "x"), "sources.jnj-missed"),
    ("a source called otherwise", change("sources/jnj-missed/id", "other"), "sources.jnj-missed.id"),
    ("no phase", change("phases", []), "phases"),
    ("phases that are no list", change("phases", "x"), "phases"),
    ("a phase that is no table", change("phases/1", 3), "phases[1]"),
    ("two phases of one id", change("phases/1/id", "induction"), "phases"),
    ("an id kept for keys", change("phases/1/id", "extra"), "phases[1].id"),
    ("two cadences", change("phases/0/days", [1, 2]), "phases[0]"),
    ("no cadence", without("phases/2/every_days"), "phases[2]"),
    ("a word that goes with another cadence", change("phases/0/over_days", 9), "phases[0].over_days"),
    ("eight a week", change("phases/0/per_week", 8), "phases[0].per_week"),
    ("four a week without days", change("phases/0/per_week", 4), "phases[0].nominal"),
    ("days of the week that fall", change("phases/0/nominal", [4, 1]), "phases[0].nominal"),
    ("a day of the week too many", change("phases/0/nominal", [1, 2, 3]), "phases[0].nominal"),
    ("an eighth day of the week", change("phases/0/nominal", [1, 8]), "phases[0].nominal"),
    ("an interval of no days", change("phases/2/every_days", 0), "phases[2].every_days"),
    ("an interval longer than a year", change("phases/2/every_days", 367), "phases[2].every_days"),
    ("no session", change("phases/2/count", 0), "phases[2].count"),
    ("too many sessions", change("phases/2/count", MAX_SESSIONS + 1), "phases[2].count"),
    ("no window where one is needed", without("phases/2/window_days"), "phases[2].window_days"),
    ("a window below nothing", change("phases/2/window_days", -1), "phases[2].window_days"),
    ("a start nobody knows", change("phases/1/start", "soon"), "phases[1].start"),
    ("an entry nobody knows", change("phases/1/entry", "maybe"), "phases[1].entry"),
    ("an outside nobody knows", change("phases/1/outside", "never"), "phases[1].outside"),
    ("a missed rule nobody knows", change("phases/1/missed", {"rule": "double"}), "phases[1].missed.rule"),
    ("a make-up nobody knows", change("phases/1/missed", {"make_up": "twice"}), "phases[1].missed.make_up"),
    ("a phase number without source", without("phases/1/sources/window"), "phases[1].sources.window"),
    ("a default that is no option", change("decisions/1/default", "daily"), "decisions[1].default"),
    ("a decision nowhere", change("decisions/0/at", "noon"), "decisions[0].at"),
    ("a decision before nothing", without("decisions/0/phase"), "decisions[0].phase"),
    ("a decision before a phase nobody knows", change("decisions/0/phase", "x"), "decisions[0].phase"),
    ("a ground nobody knows", change("decisions/0/rests_on", "luck"), "decisions[0].rests_on"),
    ("no options", change("decisions/0/options", []), "decisions[0]"),
    ("two decisions of one id", change("decisions/0/id", "week-9"), "decisions"),
    ("an effect of nothing", change("decisions/0/options/0/effect", {}), "decisions[0].options[0].effect"),
    (
        "two effects at once",
        change("decisions/0/options/0/effect", {"keep": True, "end": True}),
        "decisions[0].options[0].effect",
    ),
    (
        "an effect to a phase nobody knows",
        change("decisions/0/options/0/effect", {"go_to_phase": "x"}),
        "decisions[0].options[0].effect.go_to_phase",
    ),
    (
        "25 sessions at once",
        change("decisions/0/options/0/effect", {"add_sessions": 25}),
        "decisions[0].options[0].effect.add_sessions",
    ),
    ("a lapse nobody knows", change("lapse/0/when", "bored"), "lapse[0].when"),
    ("a lapse in no phase", change("lapse/0/phases", ["x"]), "lapse[0].phases"),
    ("a lapse after no days", change("lapse/2/over_days", 0), "lapse[2].over_days"),
    ("a rating of 8", change("frequency/0/rating_to", 8), "frequency[0].rating_to"),
    ("ratings that fall", change("frequency/1/rating_to", 3), "frequency[1].rating_to"),
    ("an anchor nobody knows", change("steps/0/anchor", "dawn"), "steps[0].anchor"),
    ("an audience nobody knows", change("steps/0/audience", "press"), "steps[0].audience"),
    ("a step at two times", change("steps/0/within_days", 7), "steps[0]"),
    ("a step at no time", without("steps/0/offset_minutes"), "steps[0]"),
    ("a step of a phase nobody knows", change("steps/0/phases", ["x"]), "steps[0].phases"),
    ("a step without a name", change("steps/0/what", "No food"), "steps[0].what"),
    ("a dose of a phase nobody knows", change("doses/0/phases", ["x"]), "doses[0].phases"),
    ("a statement about gossip", change("statements/0/kind", "gossip"), "statements[0].kind"),
    ("a check-in at no anchor", change("checkins/0/anchor", "x"), "checkins[0].anchor"),
    ("a check-in that asks nothing", change("checkins/0/instruments", []), "checkins[0].instruments"),
    ("letters for a list", change("checkins/0/instruments", "phq-9"), "checkins[0].instruments"),
    ("a week that is not named", without("checkins/4/week"), "checkins[4].week"),
    ("a check-in that never closes", change("checkins/0/closes_hours", 0), "checkins[0].closes_hours"),
    ("a watch after the moon", change("watch/after", ["full-moon"]), "watch.after[0]"),
    ("a watch of 91 more days", change("watch/extras", 91), "watch.extras"),
    ("a review after 367 days", change("end", {"review_days": 367}), "end.review_days"),
    ("an end that is no table", change("end", "x"), "end"),
]


@pytest.mark.parametrize(("what", "make", "path"), BAD, ids=[one[0] for one in BAD])
def test_one_bad_value_is_one_fault_at_its_path(
    what: str, make: Callable[[dict[str, Any]], None], path: str
) -> None:
    found = faults_after(make)
    assert path in found
    room = re.split(r"[.[]", path)[0]
    for other, fault in found.items():
        named = "is called" in fault.text and room in ("phases", "sources")  # its name is lost to others
        assert other.startswith(room) or named


@pytest.mark.parametrize(("what", "make", "path"), BAD, ids=[one[0] for one in BAD])
def test_a_bad_value_is_reported_beside_a_fault_of_form_elsewhere(
    what: str, make: Callable[[dict[str, Any]], None], path: str
) -> None:
    """One reading finds both, whichever of them keeps a protocol from being made at all."""
    found = faults_after(make, change("indication", 7), change("watch/colour", "blue"))
    assert {"indication", "watch.colour", path} <= set(found)


def test_a_missing_field_is_named_once() -> None:
    assert set(faults_after(without("title"), without("steps/3/text"))) == {"title", "steps[3].text"}


def test_a_protocol_built_in_code_is_checked_like_a_file() -> None:
    good = load_protocol("ketamine-iv-single")
    with pytest.raises(InputError) as caught:
        TreatmentProtocol(
            id="x y",
            title="",
            edition="",
            drug="",
            route="",
            indication="",
            setting="clinic",
            session_minutes=10,
            min_gap_days=0,
            sources={},
            phases=(good.phases[0],),
            number_sources={},
        )
    assert {"id", "edition", "min_gap_days", "number_sources.min_gap_days"} <= {
        one.path for one in caught.value.faults
    }


def companion(**given_values: Any) -> dict[str, Any]:
    values = {"id": "r", "kind": "review", "anchor": "phase-end", "offset_days": 2, "earliest_days": 1}
    return values | {"latest_days": 3, "minutes": 30} | given_values


@pytest.mark.parametrize(
    ("companions", "path"),
    [
        ([companion(kind="party")], "phases[1].companions[0].kind"),
        ([companion(anchor="moon")], "phases[1].companions[0].anchor"),
        ([companion(anchor="session")], "phases[1].companions[0].session"),
        ([companion(anchor="session", session=5)], "phases[1].companions[0].session"),
        ([companion(offset_days=4)], "phases[1].companions[0].offset_days"),
        ([companion(offset_days=0)], "phases[1].companions[0].offset_days"),
        ([companion(minutes=0)], "phases[1].companions[0].minutes"),
        ([companion(), companion(anchor="phase-start")], "phases[1].companions"),
        ([companion(anchor="session", session=1), companion(anchor="each-session")], "phases[1].companions"),
        ([companion(source="nobody")], "phases[1].companions[0].source"),
    ],
)
def test_a_bad_companion_is_refused(companions: list[dict[str, Any]], path: str) -> None:
    assert path in faults_after(change("phases/1/companions", companions))


def test_companions_of_different_sessions_may_share_a_name() -> None:
    data = base()
    data["phases"][1]["companions"] = [companion(anchor="session", session=n) for n in (1, 2)]
    assert len(protocol_from(data).phases[1].companions) == 2


# -- Limits ------------------------------------------------------------------------------------------------


def many(value: Any, count: int) -> list[Any]:
    return [copy.deepcopy(value) for _ in range(count)]


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda data: data.update(phases=many(data["phases"][0], MAX_PHASES + 1)), "phases"),
        (lambda data: data.update(steps=many(data["steps"][0], MAX_PARTS + 1)), "steps"),
        (
            lambda data: data.update(sources={f"s{n}": data["sources"]["jnj-missed"] for n in range(401)}),
            "sources",
        ),
        (
            lambda data: data["decisions"][0].update(
                options=many(data["decisions"][0]["options"][0], MAX_OPTIONS + 1)
            ),
            "decisions[0].options",
        ),
        (
            lambda data: data["phases"][2].update(companions=many(companion(), MAX_PARTS + 1)),
            "phases[2].companions",
        ),
        (
            lambda data: data["phases"].__setitem__(
                2,
                {
                    "id": "maintenance",
                    "window_days": 1,
                    "sources": {"cadence": "house", "window": "house"},
                    "days": list(range(1, MAX_SESSIONS + 2)),
                },
            ),
            "phases[2].days",
        ),
        (
            lambda data: data["phases"].__setitem__(
                2,
                {
                    "id": "maintenance",
                    "window_days": 1,
                    "sources": {"cadence": "house", "window": "house"},
                    "taper": many({"every_days": 7, "count": 1}, MAX_SESSIONS + 1),
                },
            ),
            "phases[2].taper",
        ),
    ],
)
def test_too_much_of_anything_is_one_fault_that_says_the_limit(
    make: Callable[[dict[str, Any]], object], path: str
) -> None:
    found = faults_after(make)
    assert found[path].code == "limit"
    assert found[path].allowed.startswith("at most ")


@pytest.mark.parametrize(
    ("make", "at_limit"),
    [
        (change("min_gap_days", 60), True),
        (change("min_gap_days", 61), False),
        (change("session_minutes", 1440), True),
        (change("session_minutes", 1441), False),
        (change("phases/2/count", MAX_SESSIONS), True),
        (change("phases/2/count", MAX_SESSIONS + 1), False),
        (change("phases/2/every_days", 366), True),
        (change("phases/2/every_days", 367), False),
        (change("decisions/0/options/1/effect", {"add_sessions": 24}), True),
        (change("decisions/0/options/1/effect", {"add_sessions": 25}), False),
        (change("steps/0/offset_minutes", -10080), True),
        (change("steps/0/offset_minutes", -10081), False),
    ],
)
def test_a_bound_is_included_and_the_next_value_is_not(
    make: Callable[[dict[str, Any]], None], at_limit: bool
) -> None:
    data = base()
    make(data)
    if at_limit:
        protocol_from(data)
    else:
        with pytest.raises(InputError):
            protocol_from(data)


def test_a_fault_never_repeats_a_long_value_whole() -> None:
    long = "x" * 100_000
    found = faults_after(
        change("setting", long), change("phases/0/id", long), change(f"sources/{long}", {"cite": "x"})
    )
    assert all(len(fault.line()) < 1500 for path, fault in found.items() if long not in path)


# -- Files -------------------------------------------------------------------------------------------------


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        load_protocol("esketamine-tapper")
    assert caught.value.near[0] == "esketamine-taper"
    with pytest.raises(UnknownNameError) as far:
        load_protocol("zzz")
    assert all(name in str(far.value) for name in protocol_names())


@pytest.mark.parametrize("suffix", ["toml", "json"])
def test_a_protocol_is_read_from_a_file_by_its_path(tmp_path: Path, suffix: str) -> None:
    protocol = load_protocol("ketamine-iv-single")
    file = tmp_path / f"mine.{suffix}"
    if suffix == "json":
        file.write_text(json.dumps(protocol_to(protocol), default=str), "utf-8")
    else:
        source = Path(__file__).parent.parent / "ketaschedule" / "protocols" / "ketamine-iv-single.toml"
        file.write_text("\ufeff" + source.read_text("utf-8"), "utf-8")
    assert load_protocol(file) == protocol


def test_a_built_in_protocol_is_read_once() -> None:
    assert load_protocol("esketamine-taper") is load_protocol("esketamine-taper")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.toml", b"id = ", "unreadable"),
        ("a.toml", b"\xff\xfe\x00", "unreadable"),
        ("a.toml", b"id = 1\nid = 2", "unreadable"),
        ("a.json", b"{", "unreadable"),
        ("a.json", b'{"id": 1, "id": 2}', "unreadable"),
        ("a.json", b'{"id": NaN}', "unreadable"),
        ("a.json", b'{"id": 1e999}', "bad-number"),
        ("a.json", b"[]", "bad-input"),
        ("a.toml", b"a = inf", "bad-number"),
        ("a.toml", b"a = 99999999999999999", "limit"),
        ("a.json", b'{"a": -99999999999999999}', "limit"),
        ("a.toml", b"a = " + b"9" * 5000, "unreadable"),
        ("a.json", b"9" * 5000, "unreadable"),
        ("a.toml", b"a = " + b"[" * 25 + b"]" * 25, "limit"),
        ("a.toml", b".".join([b"a"] * 26) + b" = 1", "limit"),
        ("a.toml", b"[" + b".".join([b"a"] * 25) + b"]", "limit"),
        ("a.json", b"[" * 100_000, "limit"),
        ("a.json", b'{"a":' * 25 + b"1" + b"}" * 25, "limit"),
    ],
)
def test_a_broken_file_is_one_clear_fault(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_protocol(file)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert len(str(caught.value)) < 700


def test_a_file_that_is_not_there_or_is_a_folder_is_one_fault(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path, "a\x00b.toml"):
        with pytest.raises(InputError) as caught:
            bounded_text(path)
        assert caught.value.faults[0].code == "unreadable"


def test_a_file_of_fifty_megabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    file = tmp_path / "huge.toml"
    with file.open("wb") as handle:
        handle.truncate(50 * 1024 * 1024)
    with pytest.raises(LimitError) as caught:
        load_protocol(file)
    assert str(MAX_BYTES) in caught.value.faults[0].allowed


def test_a_file_at_the_limit_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    file = tmp_path / "edge.txt"
    file.write_bytes(b"x" * MAX_BYTES)
    assert len(bounded_text(file)) == MAX_BYTES
    file.write_bytes(b"x" * (MAX_BYTES + 1))
    with pytest.raises(LimitError):
        bounded_text(file)


HOSTILE = {
    "brackets": "a = " + "[" * 400_000,
    "braces": "a = " + "{a=" * 100_000,
    "a dotted key": ".".join(["a"] * 400_000) + " = 1",
    "a dotted key in an inline table": "a = {" + ".".join(["a"] * 400_000) + " = 1}",
    "a dotted header": "[" + ".".join(["a"] * 400_000) + "]",
    "quotes that never close": '"""' + '\\"""' * 100_000,
    "slashes": 'a = "' + "\\" * 400_001 + '"',
    "a long number": "a = " + "9" * 400_000,
    "a long fraction": "a = 1" + "_0" * 200_000 + ".0",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_text_is_refused_before_a_parser_labours_over_it(what: str) -> None:
    """Each of these takes a parser minutes, or the whole stack, where nothing stands before it."""
    with pytest.raises(InputError) as caught:
        read_toml(HOSTILE[what], "x.toml")
    assert len(caught.value.faults) == 1


def test_brackets_and_dots_in_texts_and_comments_do_not_count_as_nesting() -> None:
    text = "# [1, 4) [4, 8) it's [\n" * 40
    text += "a = '[[[[[[[[[[[[[[[[[[[[[[[[[[[[' # {{{{{{{{{{{{{{{{{{{{{{{{{{{{{{\n"
    text += 'b = "\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[" # a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a\n'
    text += 'c = """[[[[[[[[[[[[ " [[[[[[[[[[[[[[[[[[[[[[\n"""\n'
    text += "d = '''[[[[[[[[[[[[ ' [[[[[[[[[[[[[[[[[[[[[[\\'''\n"
    text += "e = [" + "1.5, " * 60 + "]"
    assert set(read_toml(text)) == {"a", "b", "c", "d", "e"}
    assert read_json(json.dumps({"a": "[" * 60 + '\\"' + "{" * 60})) == {"a": "[" * 60 + '\\"' + "{" * 60}


def test_nesting_at_the_limit_is_read_and_one_more_is_not() -> None:
    inside = MAX_DEPTH - 1
    assert read_json('{"a":' + "[" * inside + "]" * inside + "}")
    assert read_toml("a = " + "[" * MAX_DEPTH + "]" * MAX_DEPTH)
    for bad in (
        '{"a":' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}",
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
    ):
        with pytest.raises(LimitError):
            read_json(bad)
    with pytest.raises(LimitError):
        read_toml("a = " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


def faults_of_reading(read: Callable[..., object], *what: object) -> tuple[Fault, ...]:
    """The faults with which a value is refused; none where it is read. Any other error comes through."""
    try:
        read(*what)
    except InputError as error:
        return error.faults
    return ()


@given(st.text(alphabet="[]{}\"'#.=,\\\n a1-:_", max_size=60))
def test_any_text_is_read_or_refused_with_a_fault_and_nothing_else(text: str) -> None:
    for read in (read_toml, read_json):
        assert all(isinstance(one, Fault) for one in faults_of_reading(read, text))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10**9) | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
PATHS = sorted(
    {
        *base(),
        *(
            f"phases/0/{key}"
            for key in ("id", "per_week", "weeks", "sources", "missed", "companions", "days")
        ),
        *(
            f"decisions/0/{key}"
            for key in ("id", "options", "default", "phase", "options/0", "options/0/effect")
        ),
        *(
            f"{name}/0"
            for name in ("phases", "decisions", "lapse", "frequency", "steps", "doses", "checkins")
        ),
    }
)


@given(st.lists(st.tuples(st.sampled_from(PATHS), JSON_VALUES), min_size=1, max_size=3))
def test_whatever_stands_in_a_file_it_is_a_protocol_or_an_input_error(changes: list[tuple[str, Any]]) -> None:
    data = base()
    for path, value in changes:
        try:
            change(path, value)(data)
        except (KeyError, IndexError, TypeError, ValueError):
            continue  # an earlier change took away what this one names
    found = faults_of_reading(protocol_from, data, "p.json")
    assert len({(one.path, one.text) for one in found}) == len(found)
    if not found:
        made = protocol_from(data, "p.json")
        assert made == protocol_from(protocol_to(made))


# -- Reading -----------------------------------------------------------------------------------------------


def test_values_are_never_coerced() -> None:
    for value in ("2", True, 2.0, None, [2]):
        with pytest.raises(InputError) as caught:
            structure({"review_days": value}, EndRule, "end")
        assert [fault.path for fault in caught.value.faults] == ["end.review_days"]


def test_a_table_is_wanted_where_none_stands() -> None:
    values: list[Any] = [3, "x", [], None]
    for value in values:
        with pytest.raises(InputError) as caught:
            mapping_of(value, "here")
        assert caught.value.faults[0].path == "here"
        with pytest.raises(InputError):
            structure(value, EndRule, "end")
    assert mapping_of({"a": 1}, "") == {"a": 1}


def test_dates_may_be_toml_dates_or_texts_and_no_instants() -> None:
    data = base()
    for good in (datetime.date(2027, 10, 10), "2027-10-10"):
        data["expires"] = good
        assert protocol_from(data).expires == pendulum.date(2027, 10, 10)
    for bad in (datetime.datetime(2027, 10, 10, tzinfo=datetime.UTC), "2027-02-30", 20271010):
        assert set(faults_after(change("expires", bad))) == {"expires"}


def test_every_fault_of_one_table_is_gathered() -> None:
    with pytest.raises(InputError) as caught:
        structure(
            {"review_days": "x", "window_days": 1.5, "minutes": True, "colour": 1, "source": 2},
            EndRule,
            "end",
        )
    assert sorted(fault.path for fault in caught.value.faults) == [
        "end.colour",
        "end.minutes",
        "end.review_days",
        "end.source",
        "end.window_days",
    ]
