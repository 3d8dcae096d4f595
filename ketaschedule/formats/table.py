"""A plan as a person reads it: what needs a look first, then sessions by phase, questions, check-ins.

Plain text of 80 columns unless told otherwise; colour only where the caller says that it is a terminal.
Needs the extra ``cli``.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping

from ketaschedule.days import instant_key
from ketaschedule.formats import Style
from ketaschedule.plan import Plan
from ketaschedule.protocol import TreatmentProtocol
from ketaschedule.reasons import Reason
from ketaschedule.session_model import Session
from ketaschedule.sources import HOUSE
from ketaschedule.terminal import Page
from ketaschedule.times import clock

__all__ = ["plan_to_table", "render"]

_WIDTHS = (4, 3, 14, 11, 13, 11, None)
_NUMBERS = (0, 1)
_HEAD = ("Day", "Wk", "Date", "Time", "Session", "Window", "State")
_STYLE = {
    "given": "green",
    "due": "bold",
    "overdue": "yellow",
    "presumed-missed": "yellow",
    "missed": "red",
    "withheld": "red",
    "stopped": "yellow",
    "cancelled": "dim",
}
_NEXT = 6
"""Check-ins to come that are listed; the file formats have all."""
_ALIKE = 50
"""Findings of one code that are listed; the rest are counted."""


def plan_to_table(plan: Plan, *, why: bool = False, width: int = 80, colour: bool = False) -> str:
    """The plan as text for a terminal of ``width`` columns; ``why`` puts the reasons beneath each session
    and the sources at the end.

    >>> import pendulum
    >>> from ketaschedule.course import Course
    >>> from ketaschedule.planner import make_plan
    >>> from ketaschedule.protocol_files import load_protocol
    >>> course = Course(id="c-1", protocol=load_protocol("ketamine-aud-three-weekly"), adult="yes",
    ...                 start=pendulum.date(2026, 12, 1), zone="America/New_York")
    >>> [line for line in plan_to_table(make_plan(course)).splitlines() if "dose 2" in line]
    ['   8   2 Tue 2026-12-08 10:00-12:00 dose 2        12-08/12-14 planned']
    """
    page = Page(width, colour)
    _top(page, plan)
    _alerts(page, plan)
    _sessions(page, plan, why)
    _extra(page, plan)
    _decisions(page, plan)
    _tracking(page, plan)
    _checkins(page, plan)
    _findings(page, plan)
    if why:
        _sources(page, plan)
    page.line()
    page.line(
        "A proposal after a published protocol, for a clinician to decide on; no medical advice.", style="dim"
    )
    return page.text()


def render(plan: Plan, style: Style) -> bytes:
    """The text as UTF-8."""
    return plan_to_table(plan, why=style.why, width=style.width, colour=style.colour).encode("utf-8")


def _day(date: datetime.date) -> str:
    """A date with its weekday, in English whatever the machine's language."""
    return f"{('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')[date.weekday()]} {date.isoformat()[:10]}"


def _clock(instant: datetime.datetime) -> str:
    return f"{instant.hour:02d}:{instant.minute:02d}"


def _top(page: Page, plan: Plan) -> None:
    course, protocol = plan.course, plan.course.protocol
    page.line(protocol.title, style="bold")
    zone = course.session_zone
    local = clock(zone).local(plan.as_of)
    rows = [
        ("Protocol", f"{protocol.id}, edition {protocol.edition}"),
        ("Course", f"{course.id}; an adult: {course.adult}"),
        ("Times in", zone + (f" (the person lives in {plan.zone})" if plan.zone != zone else "")),
        ("As of", f"{_day(local)} {_clock(local)} {local.format('Z')}, tzdata {plan.tzdata}"),
        ("Day 1", f"{_day(plan.day1)}; open-ended phases are shown to {plan.horizon}"),
    ]
    if plan.refresh_by is not None:
        rows.append(
            ("Stands to", f"{_day(plan.refresh_by)} {_clock(plan.refresh_by)}, if nothing is recorded")
        )
    if plan.what_if:
        taken = ", ".join(f"{decision} = {option}" for decision, option in plan.what_if)
        rows.append(("WHAT IF", f"{taken}; nothing was decided"))
    page.columns(rows, (9, None))


def _alerts(page: Page, plan: Plan) -> None:
    still = [alert for alert in plan.alerts if alert.open]
    if not still:
        return
    page.heading(f"ALERTS, open: {len(still)}")
    for alert in still:
        level = f" (level {alert.level})" if alert.level is not None else ""
        page.line(f"! {alert.kind}{level}: {alert.text}", style="bold red", indent=1, hang=2)
        page.address(alert.key, indent=3)


def _sessions(page: Page, plan: Plan, why: bool) -> None:
    titles = {phase.id: phase.title for phase in plan.course.protocol.phases}
    used = {reason.source for session in plan.sessions for reason in session.reasons}
    grades = _grades(plan.course.protocol, used)
    before: str | None = None
    zone = plan.course.session_zone
    kinds = Counter(session.kind for session in plan.sessions)
    counted = ", ".join(f"{kinds[kind]} {kind}" for kind in sorted(kinds))
    page.heading(f"Sessions: {len(plan.sessions)} ({counted})")
    page.columns([], _WIDTHS, head=_HEAD, numbers=_NUMBERS)
    for session in sorted(plan.sessions, key=lambda one: (instant_key(one.at), one.key)):
        run = session.key.removeprefix(f"{plan.course.id}/").split("/")[0]
        if run != before:
            title = titles.get(session.phase)
            page.line(f"{run}: {title}" if title else run, style="bold cyan")
            before = run
        page.columns([_row(session, zone)], _WIDTHS, numbers=_NUMBERS)
        if why:
            for reason in session.reasons:
                page.line(_why(reason, grades), style="dim", indent=5, hang=4)


def _row(session: Session, zone: str) -> tuple[object, ...]:
    what = f"dose {session.number}" if session.kind == "dose" else session.kind
    state = session.verdict
    if session.basis != "protocol":
        state += f", {session.basis}"
    elif session.booked:
        state += ", booked"
    if session.date > session.latest and session.verdict in ("planned", "due", "overdue"):
        state += ", after window"
    if session.timing is not None:
        state += f", {session.timing}"
    if session.counts is False:
        state += ", not counted"
    if session.why:
        state += f" ({session.why})"
    if session.at.timezone_name not in (None, zone):
        state += f" [{session.at.timezone_name}]"
    window = f"{session.earliest.isoformat()[5:]}/{session.latest.isoformat()[5:]}"
    times = f"{_clock(session.at)}-{_clock(session.ends)}"
    style = _STYLE.get(session.verdict, "")
    return (session.day, session.week, _day(session.date), times, what, window, (state, style))


def _grades(protocol: TreatmentProtocol, used: Iterable[str]) -> Mapping[str, str]:
    known = {**protocol.sources, "house": HOUSE}
    return {name: known[name].label() for name in used if name in known}


def _why(reason: Reason, grades: Mapping[str, str]) -> str:
    inputs = ", ".join(f"{name} {value}" for name, value in reason.inputs.items())
    grade = grades.get(reason.source, "")
    source = f" [{reason.source}: {grade}]" if grade and grade != reason.source else f" [{reason.source}]"
    return (
        f"{reason.rule}  {reason.text}"
        + (f" ({inputs})" if inputs else "")
        + (source if reason.source else "")
    )


def _extra(page: Page, plan: Plan) -> None:
    if plan.extra:
        page.heading("Doses outside the plan (they count for spacing only)")
        for one in plan.extra:
            page.line(f"{_day(one.date)} {_clock(one.at)}  {one.event}: {one.why}", indent=1, hang=2)


def _decisions(page: Page, plan: Plan) -> None:
    if not plan.decisions:
        return
    page.heading("Decisions for the clinician")
    for one in plan.decisions:
        state = {"to-come": f"to be raised {one.raised}", "open": "OPEN"}.get(one.state, one.state)
        if one.overdue:
            state = "OVERDUE"
        elif one.taken is not None:
            state = f"taken: {one.taken}"
        page.line(f"{one.id}: due {_day(one.due)}, {state}", style="bold yellow", indent=1, hang=2)
        page.line(one.question, indent=3)
        for option in one.options:
            marks = [
                word
                for word, on in (("default", option.id == one.default), ("chosen", option.id == one.taken))
                if on
            ]
            if option.outside_label:
                marks.append("outside the label")
            tail = f" [{', '.join(marks)}]" if marks else ""
            page.line(f"- {option.id}: {option.text}{tail}", indent=3, hang=2)


def _tracking(page: Page, plan: Plan) -> None:
    if plan.trajectories:
        page.heading("Answers so far")
    for one in plan.trajectories:
        text = f"{one.instrument}: {one.state}"
        if one.baseline_points is not None and one.latest_points is not None:
            text += f"; {one.baseline_points} points before the first dose, {one.latest_points} now"
        if one.change_percent is not None:
            text += f" ({one.change_percent:+.0f}%)"
        page.line(text, indent=1, hang=2)


def _checkins(page: Page, plan: Plan) -> None:
    if not plan.checkins:
        return
    states = Counter(one.state for one in plan.checkins)
    counted = ", ".join(f"{states[name]} {name}" for name in sorted(states))
    page.heading(f"Check-ins: {len(plan.checkins)} ({counted})")
    coming = [one for one in plan.checkins if one.state in ("open", "not-yet", "partly-answered")]
    rows = [
        (f"{_day(one.due)} {_clock(one.due)}", ", ".join(one.purposes), ", ".join(one.instruments))
        for one in coming[:_NEXT]
    ]
    page.columns(rows, (20, 22, None), indent=1)
    if len(coming) > _NEXT:
        page.line(f"… and {len(coming) - _NEXT} more, the last on {_day(coming[-1].due)}", indent=1)
    watch = plan.watch
    if watch.state != "none":
        text = f"Watch for relapse: {watch.state}"
        text += f", cohort {watch.cohort} ({_SHAPES[watch.shape or '']})" if watch.cohort else ""
        for name, delay in sorted((watch.delay_days_by_cohort or {}).items()):
            text += f"; found {delay:.1f} days after it on average under {name}"
        page.line(text + (f"; ends {watch.ends}" if watch.ends else ""), indent=1, hang=2)


_SHAPES = {
    "flat": "flat: no days are better than regular ones",
    "peaked": "peaked: chosen days find a relapse sooner than regular ones",
    "": "of no known shape",
}


def _findings(page: Page, plan: Plan) -> None:
    if plan.findings:
        page.heading("Findings")
    seen: Counter[str] = Counter()
    for one in plan.findings:
        seen[one.code] += 1
        if seen[one.code] > _ALIKE:
            continue
        page.line(
            f"! {one.code} ({one.rule}): {one.text}" if one.rule else f"! {one.code}: {one.text}",
            indent=1,
            hang=2,
        )
    for code, count in sorted(seen.items()):
        if count > _ALIKE:
            page.line(f"… and {count - _ALIKE} more of {code}; the JSON has them all", indent=1, hang=2)


def _sources(page: Page, plan: Plan) -> None:
    page.heading("Sources")
    known = {**plan.course.protocol.sources, "house": HOUSE}
    used = {reason.source for session in plan.sessions for reason in session.reasons}
    for name in sorted(used & set(known)):
        source = known[name]
        page.line(f"{name} ({source.label()}): {source.cite}", indent=1, hang=2)
        if source.address:
            page.address(source.address, indent=3)
