"""Protocols and phases for Hypothesis: sound by construction, small first.

What is drawn passes the reader and the static checks, so that what breaks a law is news. They shrink towards one
phase of one session.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from .protocol import (
    CheckInRule,
    DecisionRule,
    Effect,
    EndRule,
    Every,
    LapseRule,
    Option,
    PerWeek,
    Phase,
    Statement,
    Step,
    TreatmentProtocol,
    WatchRule,
)
from .strategies_phases import phases, spread_gap

__all__ = ["protocols"]

_KINDS = (
    "population",
    "screening",
    "contraindication",
    "pregnancy",
    "warning",
    "alcohol",
    "driving",
    "long-term-risk",
)
_KEEP = Option(id="keep", text="Keep the plan", effect=Effect(keep=True))
_END = Option(id="end", text="End the course", effect=Effect(end=True))
_COHORTS = (None, "mcinnes-2022", "ibrahim-2012")


def _frequency(phase: Phase, last: bool) -> Fraction | None:
    cadence = phase.cadence
    if isinstance(cadence, PerWeek):
        return Fraction(7, cadence.per_week)
    if isinstance(cadence, Every):
        return Fraction(cadence.intervals[-1 if last else 0].every_days)
    days = cadence.offsets()
    if len(days) < 2:
        return None
    return Fraction(days[-1] - days[-2] if last else days[1] - days[0])


@st.composite
def _decisions(draw: st.DrawFn, path: list[Phase]) -> tuple[DecisionRule, ...]:
    found: list[DecisionRule] = []
    for before, phase in pairwise(path):
        kind = draw(st.sampled_from(["none", "path", "fitness", "frequency"]))
        if kind == "none":
            continue
        enter = Option(id="enter", text=f"Go on with {phase.title}", effect=Effect(keep=True))
        options: tuple[Option, ...] = (enter, _END)
        default, rests_on = "enter", "path"
        if kind == "fitness":
            rests_on, default = "fitness", "end"
        elif kind == "frequency":
            now, then = _frequency(before, True), _frequency(phase, False)
            if isinstance(phase.cadence, Every) and now is not None and now == then:
                wider = Option(id="wider", text="Less often", effect=Effect(set_interval=int(then or 7) + 7))
                options, rests_on = (enter, wider, _END), "frequency"
        found.append(
            DecisionRule(
                id=f"before-{phase.id}",
                at="before-phase",
                phase=phase.id,
                question=f"Does treatment go on with {phase.title}?",
                options=options,
                default=default,
                rests_on=rests_on,
            )
        )
    more = Option(id="one-more", text="One more session", effect=Effect(add_sessions=1))
    again = Option(id="again", text="Begin again", effect=Effect(go_to_phase=path[0].id))
    after = (_KEEP, more, again)[: draw(st.integers(1, 3))]
    found.append(
        DecisionRule(id="end", at="end", question="How does it go on?", options=after, default="keep")
    )
    return tuple(found)


def _lapses(path: list[Phase]) -> st.SearchStrategy[tuple[LapseRule, ...]]:
    back = Option(id="step-back", text="Step back", effect=Effect(go_to_phase=path[0].id))
    worse = LapseRule(id="worse", when="worse", question="Worse: step back?", options=(_KEEP, back, _END))
    missed = LapseRule(
        id="missed-and-worse",
        when="missed-and-worse",
        question="Missed and worse: step back?",
        options=(_KEEP, back),
    )
    gap = LapseRule(
        id="long-gap",
        when="long-gap",
        question="A long gap: begin again?",
        options=(_KEEP, back, _END),
        over_days=28,
        over_intervals=2,
    )
    return st.sampled_from([(), (worse,), (gap,), (worse, missed, gap)])


def _steps(home: bool) -> tuple[Step, ...]:
    def step(what: str, audience: str, text: str, **more: Any) -> Step:
        return Step(what=what, anchor=more.pop("anchor", "arrival"), audience=audience, text=text, **more)

    common = (
        step("alcohol-question", "patient", "Say whether you have had alcohol.", offset_minutes=0),
        step("no-driving", "patient", "Do not drive.", anchor="dose-end", until="next-day"),
        step("after-care", "patient", "If you feel worse, call.", anchor="dose-end", offset_minutes=0),
    )
    if not home:
        return (
            *common,
            step("fit-to-leave", "clinic", "See that they may leave.", anchor="dose-end", offset_minutes=0),
        )
    return (
        *common,
        step("monitor-present", "patient", "Have your named adult with you.", offset_minutes=-60),
        step("monitor-present", "proxy", "Please stay with them.", offset_minutes=-60),
        step("go-ahead", "clinic", "Give or withhold the go-ahead.", offset_minutes=-120),
    )


def _checkins(least_gap: int) -> tuple[CheckInRule, ...]:
    ask = ("mood", "safety-question")
    return (
        CheckInRule(
            id="baseline",
            purpose="baseline",
            anchor="before-first-dose",
            instruments=("primary",),
            offset_hours=-24,
            opens_hours=72,
            closes_hours=24,
        ),
        CheckInRule(
            id="onset",
            purpose="onset",
            anchor="first-dose",
            instruments=ask,
            offset_hours=24,
            opens_hours=2,
            closes_hours=24,
        ),
        CheckInRule(
            id="before",
            purpose="before-dose",
            anchor="before-dose",
            instruments=("primary",),
            offset_hours=-12,
            opens_hours=min(6, 24 * least_gap - 12),
            closes_hours=12,
        ),
        CheckInRule(
            id="review-week-4",
            purpose="review",
            anchor="week",
            instruments=("primary",),
            week=4,
            opens_hours=2,
        ),
    )


@st.composite
def protocols(draw: st.DrawFn, *, max_phases: int = 3, setting: str | None = None) -> TreatmentProtocol:
    """A sound protocol of one to ``max_phases`` phases: it passes the reader and the static checks.

    ``setting``: ``clinic``, ``home`` or ``certified-clinic``; drawn where it is not given.
    """
    gap = draw(st.sampled_from([2, 1, 3]))
    where = setting or draw(st.sampled_from(["clinic", "home", "certified-clinic"]))
    count = draw(st.integers(1, max_phases))
    path: list[Phase] = []
    for number in range(1, count + 1):
        before = 0 if not path else path[-1].window_days or 0
        phase = draw(
            phases(number, gap, may_be_open=number == count, before_window=before, home=where == "home")
        )
        path.append(phase)
    least = min((one for phase in path if (one := spread_gap(phase.cadence)) is not None), default=7)
    cohort = draw(st.sampled_from(_COHORTS))
    return TreatmentProtocol(
        id="drawn",
        title="A drawn protocol",
        edition="drawn",
        drug="ketamine",
        route="clinic-chosen",
        indication="as drawn",
        setting=where,
        session_minutes=draw(st.sampled_from([60, 120, 45])),
        min_gap_days=gap,
        sources={},
        phases=tuple(path),
        number_sources={"min_gap_days": "house", "session_minutes": "house", "default_at": "house"},
        decisions=draw(_decisions(path)),
        lapse=draw(_lapses(path)),
        steps=_steps(where == "home"),
        statements=tuple(Statement(kind=kind, text="As drawn.", source="house") for kind in _KINDS),
        checkins=_checkins(least),
        watch=evolve(WatchRule(), cohort=cohort, why_no_cohort="" if cohort else "none is drawn"),
        end=EndRule(review_days=draw(st.sampled_from([14, 7, 28]))),
    )
