"""Answers over time: where a person stands on each instrument, by numbered rules, with the answers behind it.

:func:`trajectories` reads answers, admissions and reviews as they are known at an instant and says, for each
instrument, baseline, change, response, remission, relapse, deterioration and worsening. What is not known is
called unknown; nothing is taken for a zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pendulum

from ketaschedule.days import instant_key, iso
from ketaschedule.errors import one_fault
from ketaschedule.history import CheckInAnswered, ClinicalEvent, Event, ReviewHeld
from ketaschedule.instrument import Instrument, load_instrument
from ketaschedule.reasons import Reason
from ketaschedule.trajectory_judge import Judged, Word, YesNo, judge
from ketaschedule.trajectory_model import Relapse, State, Trajectory
from ketaschedule.trajectory_observations import LocalDate, Observation, RawAnswer, Scored, gather, local_day
from ketaschedule.trajectory_relapse import Crossing, RelapseState, crosses, follow, relapse_events
from ketaschedule.trajectory_rules import (
    FRESH_DAYS,
    RECOVERIES,
    RULES,
    Chosen,
    Recovery,
    Rule,
    by_instrument,
    choose,
)

__all__ = [
    "FRESH_DAYS",
    "RECOVERIES",
    "RULES",
    "Crossing",
    "Observation",
    "RawAnswer",
    "Recovery",
    "Rule",
    "Trajectory",
    "said_yes_or_no",
    "trajectories",
]


def trajectories(
    answers: Iterable[Event],
    *,
    instruments: Sequence[str | Instrument],
    first_dose: pendulum.DateTime | None,
    as_of: pendulum.DateTime,
    clinical: Iterable[Event] = (),
    thresholds: Mapping[str, Mapping[str, Any]] | None = None,
    standing: Mapping[str, str] | None = None,
    local_date: LocalDate | None = None,
    fresh_days: int = FRESH_DAYS,
    scored: Scored | None = None,
) -> tuple[Trajectory, ...]:
    """Where a person stands at ``as_of`` on each instrument, in the order given, the primary one first.

    ``answers`` and ``clinical`` are events of one course, already without the retracted ones, in any
    order; kinds that say nothing here are passed over. ``thresholds`` puts alternatives in force, by
    instrument and key: ``{"phq-9": {"remission": "at-most-5"}}`` (keys ``response``, ``remission``,
    ``relapse``, ``change``, ``recovery``, ``missing``). ``standing`` says what is known of a check-in by
    its key (``late``, ``expired`` …). ``local_date`` gives the person's date of an instant; without it
    the date in the offset that was recorded. ``fresh_days``: how long an answer speaks for today (T14).
    ``scored`` keeps the forms that were scored for later calls, which must have the same ``local_date``.

    Raises :class:`~ketaschedule.errors.InputError` for unknown instruments, thresholds and ids.

    >>> instant = lambda day: pendulum.datetime(2026, 12, day, 9)
    >>> def answered(day, value):
    ...     return CheckInAnswered(
    ...         id=f"e-{day}", course="c-1", recorded_at=instant(day), checkin=f"c-1/ask/{day}", at=instant(day),
    ...         answers={"phq-9": {str(n): value for n in range(1, 10)}})
    >>> found, = trajectories([answered(1, 2), answered(20, 0)], instruments=["phq-9"],
    ...                       first_dose=instant(2), as_of=instant(21))
    >>> found.state, found.baseline_points, found.latest_points, found.change_percent
    ('remission', 18, 0, -100.0)
    """
    if isinstance(instruments, str):
        raise one_fault("instruments", "is one text", "a list of names, as ['phq-9']")
    if fresh_days < 1:
        raise one_fault("fresh_days", f"is {fresh_days}", "1 or more")
    tracked = [one if isinstance(one, Instrument) else load_instrument(one) for one in instruments]
    wanted = by_instrument(thresholds or {}, [one.id for one in tracked])
    chosen = [(one, choose(one, wanted.get(one.id, {}), f"thresholds.{one.id}")) for one in tracked]
    every = [*answers, *clinical]
    forms = [event for event in every if isinstance(event, CheckInAnswered)]
    now = instant_key(as_of)
    reviews = [event for event in every if isinstance(event, ReviewHeld) and _is_known(event, now)]
    clinic = [event for event in every if isinstance(event, ClinicalEvent) and _is_known(event, now)]
    events = relapse_events(clinic, reviews)
    return tuple(
        _one(
            instrument,
            choice,
            gather(
                forms,
                reviews,
                instrument,
                as_of=as_of,
                missing=choice.missing,
                standing=standing,
                local_date=local_date,
                scored=scored,
            ),
            # an event is about the person: it names a relapse where one is judged, and on the primary instrument
            events if index == 0 or choice.relapse is not None else (),
            _last_word(reviews, local_date),
            None if first_dose is None else instant_key(first_dose),
            local_day(as_of, local_date),
            fresh_days,
        )
        for index, (instrument, choice) in enumerate(chosen)
    )


def _is_known(event: ClinicalEvent | ReviewHeld, now: int) -> bool:
    return event.recorded_key <= now and event.at_key <= now


def _last_word(reviews: Iterable[ReviewHeld], local_date: LocalDate | None) -> Word | None:
    """What the last review that speaks of worsening says; of two at one instant, that there is."""
    words = [
        Word(local_day(review.at, local_date), review.at_key, said)
        for review in reviews
        for said in [said_yes_or_no((review.findings or {}).get("worsening"))]
        if said != "unknown"
    ]
    return max(words, key=lambda word: (word.second, word.worse), default=None)


def said_yes_or_no(value: object) -> YesNo:
    """A clinician's word in the findings of a review: ``yes`` or ``worse``, ``no``, else unknown."""
    if value is True or (isinstance(value, str) and value.strip().lower() in ("yes", "worse")):
        return "yes"
    if value is False or (isinstance(value, str) and value.strip().lower() == "no"):
        return "no"
    return "unknown"


def _one(
    instrument: Instrument,
    chosen: Chosen,
    every: tuple[Observation, ...],
    events: Sequence[tuple[pendulum.DateTime, str, bool]],
    word: Word | None,
    dose: int | None,
    today: int,
    fresh_days: int,
) -> Trajectory:
    """One instrument's trajectory: what was answered before and after the first dose, then each question."""
    asked = [one for one in every if not one.alone]
    later = [] if dose is None else [one for one in asked if one.at_key >= dose]
    before = asked[: len(asked) - len(later)]
    baseline = next((one for one in reversed(before) if one.points is not None), None)
    latest = asked[-1] if asked else None
    now = later[-1] if later and today - later[-1].day <= fresh_days else None
    after = [] if dose is None else [event for event in events if instant_key(event[0]) >= dose]
    relapse = follow(instrument, chosen, baseline, later, after)
    counted = word if word is not None and _still_counts(word, latest, today, fresh_days) else None
    judged = judge(instrument, chosen, baseline, later, now, counted)
    return Trajectory(
        instrument=instrument.id,
        state=_state(dose, baseline, latest, later, now, relapse, judged),
        response=judged.response,
        remission=judged.remission,
        relapse=_relapse(instrument, chosen, relapse, now),
        relapse_level=relapse.level,
        deterioration=judged.deterioration,
        worsening=judged.worsening,
        baseline=baseline,
        latest=latest,
        change_percent=judged.change_percent,
        crossing=relapse.crossing,
        crossings=relapse.crossings,
        confirmations=relapse.confirmations,
        relapses_at=relapse.named_at,
        observations=every,
        treated_from=dose,
        reasons=(
            *relapse.reasons,
            *_absences(dose, baseline, latest, later, now, fresh_days),
            *judged.reasons,
        ),
    )


def _still_counts(word: Word, latest: Observation | None, today: int, fresh_days: int) -> bool:
    """That there is worsening counts while it is fresh; that there is none, until the next answer."""
    if today - word.day > fresh_days:
        return False
    return word.worse == "yes" or latest is None or latest.at_key <= word.second


def _relapse(instrument: Instrument, chosen: Chosen, state: RelapseState, now: Observation | None) -> Relapse:
    if state.name != "none":
        return state.name
    # not at the threshold is something that only an answer of these days can say
    return "none" if now is not None and crosses(instrument, chosen.relapse, now) is not None else "unknown"


def _state(
    dose: int | None,
    baseline: Observation | None,
    latest: Observation | None,
    later: Sequence[Observation],
    now: Observation | None,
    relapse: RelapseState,
    judged: Judged,
) -> State:
    """The one word, the gravest first."""
    named: dict[str, State] = {
        "suspected": "relapse-suspected",
        "confirmed": "relapse-confirmed",
        "recurrence": "recurrence",
    }
    if relapse.name in named:
        return named[relapse.name]
    if latest is None:
        return "not-answered"
    if dose is None:
        return "before-first-dose"
    if not later:
        return "no-baseline" if baseline is None else "baseline"
    if judged.deterioration == "yes":
        return "deterioration"
    if now is None or now.points is None:
        return "unknown"
    if baseline is None:
        return "no-baseline"
    if judged.remission == "yes":
        return "remission"
    by_response: dict[YesNo, State] = {"yes": "response", "no": "no-response", "unknown": "scored"}
    return by_response[judged.response]


def _absences(
    dose: int | None,
    baseline: Observation | None,
    latest: Observation | None,
    later: Sequence[Observation],
    now: Observation | None,
    fresh_days: int,
) -> Iterable[Reason]:
    """A reason for each thing that is not known."""
    if latest is None:
        yield Reason("T2", {}, "no answer so far")
    if dose is None:
        yield Reason("T3", {}, "no dose was given yet: what was answered last may become the baseline")
    elif baseline is None:
        yield Reason("T3", {}, "no complete answer before the first dose: response and remission are unknown")
    else:
        inputs = {"checkin": baseline.key, "at": iso(baseline.at), "points": baseline.points}
        yield Reason("T3", inputs, "the last complete answer before the first dose")
    if later and now is None:
        inputs = {"answered": iso(later[-1].at), "fresh_days": fresh_days}
        yield Reason("T14", inputs, f"the last answer is older than {fresh_days} days")
    if latest is not None:
        for text in latest.score.reasons:
            yield Reason("T2", {"checkin": latest.key}, text)
    if latest is not None and latest.standing:
        yield Reason(
            "T2", {"checkin": latest.key, "standing": latest.standing}, f"answered, {latest.standing}"
        )
