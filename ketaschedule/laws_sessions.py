"""Laws of the list of sessions: keys, order, counts, day numbers, verdicts, and that nothing recorded is lost."""

from __future__ import annotations

import datetime
from itertools import pairwise

import pendulum

from .history import DoseFact, SessionGiven, SessionMissed, SessionStopped, SessionWithheld
from .laws_form import Where, law
from .missed import TIMINGS, VERDICTS
from .plan import Plan
from .rules import RULES
from .session_model import Session
from .times import instant_key

__all__ = [
    "counts_add_up",
    "day_numbers",
    "doses_are_kept",
    "facts_settle",
    "keys_once",
    "open_verdicts",
    "reasons_name_rules",
    "sessions_in_order",
    "timings",
    "zone_date",
]

_DAY = datetime.timedelta(days=1)


@law(1, "plan", "H1")
def keys_once(plan: Plan) -> Where:
    """Every key of a plan stands once and begins with its course."""
    keys = [session.key for session in plan.sessions] + [decision.key for decision in plan.decisions]
    keys += [key for one in plan.checkins for key in one.keys] + [one.key for one in plan.extra]
    keys += [alert.key for alert in plan.alerts]
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            yield key, "the key stands twice"
        seen.add(key)
        if not key.startswith(f"{plan.course.id}/"):
            yield key, f"the key does not begin with the course {plan.course.id}"


@law(2, "plan")
def sessions_in_order(plan: Plan) -> Where:
    """Sessions stand in order of time, and each phase's dose sessions have each number once, the first of them 1."""
    for before, after in pairwise(plan.sessions):
        if instant_key(before.at) > instant_key(after.at) and before.date >= after.date:
            yield after.key, f"stands after {before.key}, which is later"
    runs: dict[str, list[int]] = {}
    for session in plan.sessions:
        if session.kind == "dose":
            runs.setdefault(session.key.rpartition("/")[0], []).append(session.number)
    for run, numbers in runs.items():
        if len(set(numbers)) < len(numbers) or min(numbers) != 1:
            yield run, f"its sessions are numbered {sorted(numbers)}"


@law(3, "plan", "M8", "M15", "S17")
def counts_add_up(plan: Plan) -> Where:
    """In each counted phase the sessions asked for are there, whatever became of each, and the added ones beside them."""
    shown = {session.key for session in plan.sessions}
    for run in plan.layout.runs:
        for laid in run.sessions:
            if laid.key not in shown:
                yield laid.key, "was laid out and is not in the plan"
        if run.phase.count is None:
            continue
        asked = run.limit if run.limit is not None else run.phase.count
        plain = [laid.number for laid in run.sessions if laid.basis != "proposed" and not laid.added]
        if plain != list(range(1, asked + 1)):
            yield run.key, f"asks for {asked} sessions and has the numbers {plain}"


@law(4, "plan", "S22")
def day_numbers(plan: Plan) -> Where:
    """Day 1 is the date of session 1; the day before it is -1 and there is no day 0; week w is days 7w-6 to 7w."""
    for session in plan.sessions:
        ahead = (session.date - plan.day1).days
        day = ahead + 1 if ahead >= 0 else ahead
        if session.day != day:
            yield session.key, f"day {session.day} on {session.date}, {ahead} days after Day 1"
        if session.week != ahead // 7 + 1:
            yield session.key, f"week {session.week} on {session.date}, {ahead} days after Day 1"
    first = next((one for one in plan.layout.runs[:1]), None)
    if first is not None and first.sessions and first.sessions[0].open:
        date = plan.session(first.sessions[0].key).date
        if date != plan.day1:
            yield first.sessions[0].key, f"session 1 is on {date} and Day 1 on {plan.day1}"


def zone_date(plan: Plan, instant: datetime.datetime, zone: str | None = None) -> pendulum.Date:
    """The date of an instant in a zone (by default that of the sessions, as it was in force), by the standard library."""
    from .laws_times import iana

    def date_in(name: str) -> pendulum.Date:
        local = datetime.datetime.fromtimestamp(instant_key(instant), iana(name))
        return pendulum.Date(local.year, local.month, local.day)

    found = date_in(zone or plan.course.session_zone)
    if zone is None and plan.course.clinic is None:
        for event in plan.folded.zones:
            there = date_in(event.zone)
            found = there if there >= event.from_date else found
    return found


@law(5, "plan", "M1", "M2", "M3")
def open_verdicts(plan: Plan) -> Where:
    """Without a fact a session is planned, then due from its first possible day, overdue from its end, and presumed
    missed after the last day of its window.
    """
    for session in plan.sessions:
        if session.verdict not in VERDICTS:
            yield session.key, f"{session.verdict} is no verdict"
        if session.verdict in ("planned", "due", "overdue", "presumed-missed"):
            expected = _expected(plan, session)
            if session.verdict != expected:
                yield (
                    session.key,
                    (
                        f"is {session.verdict} and should be {expected}: {session.earliest} to {session.latest}, "
                        f"on {session.date}, as of {plan.as_of}"
                    ),
                )


def _expected(plan: Plan, session: Session) -> str:
    today = zone_date(plan, plan.as_of, session.at.timezone_name)
    if today < min(session.earliest, session.date):
        return "planned"
    if today > max(session.latest, session.date):
        return "presumed-missed"
    return "due" if instant_key(plan.as_of) < instant_key(session.ends) else "overdue"


@law(6, "plan", "H2", "M12", "M22")
def facts_settle(plan: Plan) -> Where:
    """A session is given, stopped, missed or withheld by a fact recorded for it and by nothing else."""
    kinds: dict[str, tuple[type, ...]] = {
        "given": (SessionGiven,),
        "stopped": (SessionStopped,),
        "missed": (SessionMissed,),
        "withheld": (SessionWithheld,),
    }
    matched: dict[str, list[object]] = {}
    for event_id, key in plan.layout.matched.items():
        matched.setdefault(key, []).extend(e for e in plan.folded.events if e.id == event_id)
    for session in plan.sessions:
        if session.kind != "dose":
            continue
        about = [*plan.folded.facts.get(session.key, ()), *matched.get(session.key, ())]
        settling = [e for e in about if not isinstance(e, DoseFact) or plan.facts.counts(e)]
        wanted = kinds.get(session.verdict)
        if wanted is not None and not any(isinstance(event, wanted) for event in settling):
            yield session.key, f"is {session.verdict}, and no such fact was recorded"
        if wanted is None and session.verdict != "cancelled" and settling:
            shifted = any(isinstance(e, SessionMissed) for e in settling) and "shift" in {
                run.phase.missed.rule for run in plan.layout.runs if run.phase.id == session.phase
            }
            if not shifted:
                yield session.key, f"is {session.verdict} though {len(settling)} facts were recorded for it"
        if session.timing is not None and session.timing not in TIMINGS:
            yield session.key, f"{session.timing} is no timing"


@law(7, "plan", "M4", "M5", "M6", "M7")
def timings(plan: Plan) -> Where:
    """A dose is too early nearer than the least gap to the recorded dose before it, else early, on time or late by
    its window, both ends included; a dose before it raises the window by the least gap.
    """
    for run in plan.layout.runs:
        for laid in run.sessions:
            dose = laid.dose
            if dose is None or not isinstance(dose.event, DoseFact):
                continue
            gap = plan.facts.gap_on(dose.day)
            before = max((one.day for one in plan.folded.doses if one.day < dose.day), default=-gap)
            if laid.early or dose.day - before < gap:
                expected = "too-early"
            elif dose.day < laid.earliest:
                expected = "early-grace"
            else:
                expected = "late" if dose.day > max(laid.latest, before + gap) else "on-time"
            session = plan.session(laid.key)
            if session.timing != expected:
                yield session.key, f"the dose was {session.timing} and should be {expected}"
            if session.given_key != dose.key:
                yield session.key, "is said to be given at another instant than was recorded"


@law(8, "plan", "M18", "H2", "H7")
def doses_are_kept(plan: Plan) -> Where:
    """A recorded dose settles a session of the plan or is shown as an extra: none vanishes."""
    extras = {one.event for one in plan.extra}
    settled = {
        laid.dose.event.id
        for run in plan.layout.runs
        for laid in (*run.sessions, *run.companions)
        if laid.dose is not None
    }
    for dose in plan.folded.doses:
        if dose.event.id not in extras | settled:
            yield dose.event.id, f"a dose on day {dose.day} is neither of a session nor an extra"


@law(9, "plan")
def reasons_name_rules(plan: Plan) -> Where:
    """Every session carries reasons, the first by cadence or anchor, each with a rule of the table and a source that
    the protocol names.
    """
    protocols = [run.protocol for run in plan.layout.runs]
    known = {"house", *(source for protocol in protocols for source in protocol.sources)}
    for session in plan.sessions:
        if not session.reasons:
            yield session.key, "carries no reason"
        elif session.reasons[0].rule not in ("S1", "S19", "S20", "S22"):
            yield session.key, f"its first reason is {session.reasons[0].rule}"
        for reason in session.reasons:
            if reason.rule not in RULES:
                yield session.key, f"{reason.rule} is no rule of the table"
            if reason.source not in known:
                yield session.key, f"{reason.rule} names the unknown source {reason.source}"
    for finding in plan.findings:
        if finding.rule not in RULES:
            yield finding.path, f"the finding {finding.code} names {finding.rule}, which is no rule"
