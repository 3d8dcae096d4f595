"""Laws of check-ins: what each asks, how far apart, in which state, and how little more a crossing may ask."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from .checkin_merging import ITEM_9, asks_safety, least_spacing
from .checkins import STATES, CheckIn
from .history import CheckInAnswered
from .laws_form import Where, law
from .laws_sessions import zone_date
from .plan import Plan
from .rules import RULES
from .times import instant_key

__all__ = [
    "a_positive_item_9_is_followed",
    "asks_about_safety",
    "checkin_reasons",
    "checkin_states",
    "forms_keep_apart",
    "nothing_after_death",
    "phq_9_often_enough",
    "short_form_with_item_9",
    "tightening_is_bounded",
]

MOST_EXTRA, WITHIN_DAYS = 7, 15


@law(40, "plan", "C12")
def asks_about_safety(plan: Plan) -> Where:
    """Every check-in asks a safety question of the person."""
    for one in plan.checkins:
        if not any(asks_safety(name) for name in one.instruments):
            yield one.key, f"asks {', '.join(one.instruments)} and nothing about safety"


@law(41, "plan", "C11", "C12")
def short_form_with_item_9(plan: Plan) -> Where:
    """The short form of the PHQ-9 never stands without item 9, nor beside the whole form."""
    for one in plan.checkins:
        asked = set(one.instruments)
        if "phq-2" in asked and ITEM_9 not in asked:
            yield one.key, "asks the PHQ-2 without item 9"
        if "phq-9" in asked and asked & {"phq-2", ITEM_9}:
            yield one.key, "asks the whole PHQ-9 and its short form"


@law(42, "plan", "C11")
def forms_keep_apart(plan: Plan) -> Where:
    """While nothing is recorded no whole form is asked again sooner than what it looks back on allows."""
    if plan.course.history:
        return
    last: dict[str, CheckIn] = {}
    for one in sorted(plan.checkins, key=lambda found: found.items[0].day):
        for name in one.instruments:
            before = last.get(name)
            if before is not None:
                apart = one.items[0].day - before.items[0].day
                if apart < least_spacing(name):
                    yield one.key, f"asks {name} {apart} days after {before.key}"
            last[name] = one


@law(43, "plan", "C15")
def phq_9_often_enough(plan: Plan) -> Where:
    """While nothing is recorded a watch asks the whole PHQ-9 at least every 14 days to day 189."""
    if plan.course.history:
        return
    whole = sorted(one.items[0].day for one in plan.checkins if "phq-9" in one.instruments)
    for anchor in plan.watch.anchors:
        found = [
            one.items[0].day - anchor.day
            for one in plan.checkins
            if any(item.purpose == "watch" and item.anchor == anchor.key for item in one.items)
        ]
        if not found:
            continue
        last = min(max(found), 189)
        days = [0, *(day - anchor.day for day in whole if 0 < day - anchor.day <= last), last]
        for before, after in pairwise(days):
            if after - before > 14:
                yield anchor.key, f"no whole PHQ-9 from day {before} to day {after} of its watch"


@law(44, "plan", "C1", "C10")
def checkin_states(plan: Plan) -> Where:
    """A check-in is not yet open before it opens, open from then to its closing, expired after, answered by an answer
    alone and declined by a no alone.
    """
    answered = {event.checkin for event in plan.folded.answers}
    for one in plan.checkins:
        if one.state not in STATES:
            yield one.key, f"{one.state} is no state"
        came, no = answered & set(one.keys), set(one.keys) & set(plan.folded.declined)
        if one.state in ("answered", "partly-answered") and not came:
            yield one.key, f"is {one.state}, and no answer was recorded"
        if one.state == "declined" and not no:
            yield one.key, "is declined, and nobody declined"
        if one.state in ("not-yet", "open", "expired"):
            expected = (
                "not-yet" if plan.now < one.opens_key else "open" if plan.now < one.closes_key else "expired"
            )
            if came or no:
                yield one.key, f"is {one.state} though an answer or a no was recorded"
            elif one.state != expected:
                yield one.key, f"is {one.state} and should be {expected}"


@law(45, "plan", "C7", "C8")
def tightening_is_bounded(plan: Plan) -> Where:
    """After a crossing at most one more question a day is asked, and seven in any 15 days."""
    days = sorted(one.items[0].day for one in plan.checkins if set(one.purposes) <= {"tighten", "confirm"})
    for before, after in pairwise(days):
        if before == after:
            yield plan.course.id, f"two more questions on day {after}"
    for first in days:
        count = sum(first <= day < first + WITHIN_DAYS for day in days)
        if count > MOST_EXTRA:
            yield plan.course.id, f"{count} more questions in the {WITHIN_DAYS} days from {first}"


@law(46, "plan")
def checkin_reasons(plan: Plan) -> Where:
    """Every check-in says by which rule of the table it is asked, and asks something."""
    for one in plan.checkins:
        if not one.instruments:
            yield one.key, "asks nothing"
        for reason in one.reasons:
            if reason.rule not in RULES:
                yield one.key, f"{reason.rule} is no rule of the table"
            if not reason.text or not reason.source:
                yield one.key, f"the reason {reason.rule} says nothing, or not who says so"


@law(47, "plan", "C14")
def nothing_after_death(plan: Plan) -> Where:
    """After a death nothing is asked, and no session is to come."""
    death = plan.folded.death
    if death is None:
        return
    at = instant_key(death.at)
    for one in plan.checkins:
        if one.state in ("open", "not-yet") and one.closes_key > at:
            yield one.key, f"is {one.state} after a death"
    for session in plan.sessions:
        coming = session.kind == "dose" and session.verdict in ("planned", "due")
        if coming and session.date > zone_date(plan, death.at):
            yield session.key, f"is {session.verdict} after a death"


@law(48, "plan", "C17")
def a_positive_item_9_is_followed(plan: Plan) -> Where:
    """After a positive answer to item 9 of the PHQ-9 the screener is asked on the day on which that became known, whatever
    else is asked or withdrawn, and never twice a day.
    """
    asked = [one for one in plan.checkins if "screener" in one.purposes]
    for before, after in pairwise(sorted(asked, key=lambda one: one.opens_key)):
        if after.date == before.date:
            yield after.key, f"asks the screener on {after.date} once more"
    for one in asked:
        if not any(name.startswith("c-ssrs-screener") for name in one.instruments) or len(one.keys) > 1:
            yield one.key, f"asks {', '.join(one.instruments)} in place of the screener"
    for event in plan.course.history:
        if not isinstance(event, CheckInAnswered) or any(name.startswith("c-ssrs") for name in event.answers):
            continue
        known = max(event.recorded_key, event.at_key)
        form = event.answers.get("phq-9")
        level = form.get("9") if isinstance(form, Mapping) else None
        if level in (1, 2, 3) and known <= plan.now:
            near = [one for one in asked if abs(one.opens_key - known) < 86_400 and one.opens_key <= known]
            if not near:
                yield event.checkin, f"{event.id} has item 9 at {level}, and the screener is not asked"
