"""``ketaschedule plan``: one person's plan from a protocol and options, or from a course file.

An unreadable line of a history costs no other: it is said on standard error with its number and stands in
the plan as a finding, the rest is planned, and the exit code is 1. What changes the meaning of the rest (an
event type that is not known, an event of another course) is refused. Whatever goes wrong after a history
was read, its open Alerts are said first: safety does not wait for planning.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

import click
import pendulum
from attrs import evolve

from ketaschedule import times
from ketaschedule.cli_course import Source, read_course
from ketaschedule.cli_support import FOUND_FAULTS, OUTPUT, complain, screen, write
from ketaschedule.effects import options_of, split_decision
from ketaschedule.errors import Fault, Gather, InputError, UnknownNameError
from ketaschedule.formats import FORMATS, NAMESPACE, Style, render
from ketaschedule.plan import Plan
from ketaschedule.planner import argument_faults, make_plan
from ketaschedule.protocol import TreatmentProtocol
from ketaschedule.reasons import Finding
from ketaschedule.safety import open_alerts
from ketaschedule.terminal import clean

__all__ = ["command", "plan_options"]


def plan_options(function: click.decorators.FC) -> click.decorators.FC:
    """The options that say what a course is and when its plan is true; shared with other commands."""
    for option in reversed(
        (
            click.option("--start", metavar="DATE", help="The date wanted for session 1, as 2026-12-01."),
            click.option("--zone", metavar="ZONE", help="The person's time zone, as America/New_York."),
            click.option("--at", metavar="HH:MM", help="The usual time of a session; else the protocol's."),
            click.option("--days", metavar="DAYS", help="Preferred weekdays, as tue,fri."),
            click.option("--weeks", type=int, metavar="N", help="How far to show open-ended phases [26]."),
            click.option("--until", metavar="DATE", help="The same as a date, included."),
            click.option(
                "--as-of", metavar="INSTANT|now", help="When the plan is true, as 2026-12-01T00:00:00-05:00."
            ),
            click.option(
                "--decide",
                multiple=True,
                metavar="ID=OPTION",
                help="What if a Decision were taken so? Repeat for more.",
            ),
            click.option(
                "--clinic", metavar="CLINIC.toml", help="The clinic: zone, hours, closures, numbers to call."
            ),
            click.option(
                "--history", metavar="HISTORY.jsonl", help="What happened so far, one event a line."
            ),
            click.option("--course-id", metavar="ID", help="An opaque id, never a name [c-1]."),
            click.option(
                "--adult",
                type=click.Choice(["yes", "no"]),
                help="Whether the person is an adult; unsaid is a finding.",
            ),
        )
    ):
        function = option(function)
    return function


@click.command(
    "plan",
    epilog="Example: ketaschedule plan esketamine-taper --start 2026-12-01 --zone America/New_York --days tue,fri --why",
)
@click.argument("protocol", metavar="PROTOCOL|COURSE.json")
@plan_options
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="table", show_default=True)
@click.option("--why", is_flag=True, help="Show the rule, its inputs and its source beside each date.")
@click.option(
    "--titles",
    type=click.Choice(["neutral", "clinical"]),
    default="neutral",
    show_default=True,
    help="Calendar texts: neutral ones tell a stranger nothing.",
)
@click.option("--namespace", default=NAMESPACE, show_default=True, help="What ends the UIDs of a calendar.")
@click.option(
    "--for",
    "audience",
    type=click.Choice(["patient", "clinician"]),
    default="clinician",
    show_default=True,
    help="Whom the picture (svg) is for.",
)
@OUTPUT
def command(
    protocol: str,
    *,
    start: str | None,
    zone: str | None,
    at: str | None,
    days: str | None,
    weeks: int | None,
    until: str | None,
    as_of: str | None,
    decide: Sequence[str],
    clinic: str | None,
    history: str | None,
    course_id: str | None,
    adult: str | None,
    form: str,
    why: bool,
    titles: str,
    namespace: str,
    audience: str,
    output: str | None,
) -> int:
    """One person's plan: sessions, decisions, check-ins, alerts and findings.

    PROTOCOL is a built-in name or a TOML or JSON file; COURSE.json is a course file, whose fields the
    options override. The clock is read for `--as-of now` alone; else a plan is true at the start of day 1,
    or with a history when its last event was recorded.
    """
    source = Source()
    typed = {"start": start, "zone": zone, "at": at, "days": days, "course": course_id, "adult": adult}
    try:
        keep = Gather()
        course = keep(lambda: read_course(protocol, typed, clinic, history, source))
        when = keep(lambda: instant_asked(as_of))
        last = None if until is None else keep(lambda: times.parse_date(until, "until"))
        begin = None if course is None else course.start
        keep.faults += argument_faults(None, weeks, last, None, begin)
        choices = keep(lambda: decisions_asked(source.course_id, source.protocols, decide))
        if audience == "patient" and form != "svg":
            text = "only the picture has a version for patients"
            keep.faults.append(Fault("--for", text, "--format svg"))
        keep.end()
        assert course is not None  # else there were faults
        plan = make_plan(course, as_of=when, weeks=weeks, until=last, decide=choices)
    except InputError:
        say_alerts(source.heard)
        raise
    plan = with_faults(plan, source.faults)
    width, colour = screen() if output in (None, "-") else (80, False)
    style = Style(
        why=why,
        titles="clinical" if titles == "clinical" else "neutral",
        audience="patient" if audience == "patient" else "clinician",
        namespace=namespace,
        width=width,
        colour=colour,
    )
    if source.faults:
        say_alerts(source.heard, {alert.key for alert in plan.alerts})
        complain(source.faults, f"{clean(history, 200)}: " if history else "")
    write(render(plan, form, style), output)
    return FOUND_FAULTS if source.faults else 0


def instant_asked(text: str | None) -> pendulum.DateTime | None:
    """The instant of ``--as-of``; ``now`` is the one place where the clock is read."""
    if text is None:
        return None
    if text.strip().lower() == "now":
        return times.parse_instant(_clock(), "as_of")
    return times.parse_instant(text, "as_of")


def _clock() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def decisions_asked(
    course_id: str, protocols: Sequence[TreatmentProtocol], asked: Iterable[str]
) -> dict[str, str]:
    """``ID=OPTION`` as a mapping; raises :class:`InputError` with every fault, and says what there is.

    Where no protocol could be read, only the form is looked at.
    """
    found: dict[str, str] = {}
    faults: list[Fault] = []
    for text in asked:
        name, equals, option = (part.strip() for part in text.partition("="))
        if not equals or not name or not option:
            faults.append(
                Fault("--decide", f"{text[:60]!r} is not a choice", "ID=OPTION, as week-9=every-2-weeks")
            )
            continue
        if name in found and found[name] != option:
            faults.append(Fault("--decide", f"{name[:60]} is decided twice", "each Decision once"))
        found[name] = option
        if not protocols:
            continue
        bare, _ = split_decision(course_id, name)
        options = [one.id for protocol in protocols for one in options_of(protocol, bare)]
        if not options:
            known = {rule.id for one in protocols for rule in one.decisions}
            known |= {lapse.id for one in protocols for lapse in one.lapse}
            faults += UnknownNameError.of("Decision", bare, sorted(known), "--decide").faults
        elif option not in options:
            faults.append(
                Fault("--decide", f"{bare} has no option {option[:60]!r}", ", ".join(dict.fromkeys(options)))
            )
    if faults:
        raise InputError(faults)
    return found


def with_faults(plan: Plan, faults: Iterable[Fault]) -> Plan:
    """The plan with a finding for each line of the history that could not be read."""
    lost = tuple(
        Finding(
            "unreadable-event",
            fault.path[:200],
            f"{fault.path} of the history was not read: {fault.text}"[:400],
            "H10",
        )
        for fault in faults
    )
    return evolve(plan, base_findings=(*plan.base_findings, *lost)) if lost else plan


def say_alerts(heard: object, known: Iterable[str] = ()) -> None:
    """Every open Alert heard in what was read, but for the known ones, a line each on standard error."""
    if heard is None:
        return
    told = set(known)
    for alert in open_alerts(heard if isinstance(heard, list) else [heard]):
        if alert.key not in told:
            click.echo(
                f"ketaschedule: ALERT {clean(alert.kind)} {clean(alert.key)}: {clean(alert.text)}", err=True
            )
