"""``ketaschedule show``: one protocol in full, each number and sentence with its source and grade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click

from ketaschedule.cadence import Cadence, Days, Every, Interval, PerWeek, Spread
from ketaschedule.cli_support import OUTPUT, screen, write
from ketaschedule.decisions import effect_words
from ketaschedule.protocol import CheckInRule, Option, Phase, Step, TreatmentProtocol
from ketaschedule.protocol_files import load_protocol
from ketaschedule.sources import HOUSE, Seen
from ketaschedule.terminal import Page

__all__ = ["command", "protocol_text"]

_FIRST = ("limit-of-use", "negative-trial", "contraindication", "screening", "pregnancy", "warning")
"""The kinds of statement shown first, in this order; the others follow by name."""


@click.command("show", epilog="Example: ketaschedule show esketamine-taper")
@click.argument("protocol", metavar="PROTOCOL")
@OUTPUT
def command(protocol: str, output: str | None) -> None:
    """One protocol: phases, rules, session day, check-ins, limits of use, with sources and grades.

    PROTOCOL is a built-in name or a TOML or JSON file.
    """
    width, colour = screen() if output in (None, "-") else (80, False)
    write(protocol_text(load_protocol(protocol), width=width, colour=colour), output)


def protocol_text(protocol: TreatmentProtocol, *, width: int = 80, colour: bool = False) -> str:
    """The protocol as text for a terminal of ``width`` columns.

    >>> "outside" in protocol_text(load_protocol("esketamine-taper"))
    True
    """
    return _Show(protocol, Page(width, colour)).all()


class _Show:
    """Writes one protocol onto a page, and marks each source used."""

    def __init__(self, protocol: TreatmentProtocol, page: Page) -> None:
        self.protocol = protocol
        self.page = page
        self.sources = {**protocol.sources, "house": HOUSE}
        self.used: set[str] = set()

    def all(self) -> str:
        """Every part in order, as one text."""
        self.top()
        self.phases()
        self.statements(_FIRST[:2], "Limits of use and negative trials")
        self.doses()
        self.statements(_FIRST[2:], "Whom it may harm: screening, contraindications, warnings")
        rest = {one.kind for one in self.protocol.statements} - set(_FIRST)
        self.statements(sorted(rest), "Further statements")
        self.steps()
        self.decisions()
        self.lapses()
        self.checkins()
        self.end()
        return self.page.text()

    def mark(self, source: str) -> str:
        """The source and its grade, in brackets; how it was seen stands out where it was not confirmed."""
        self.used.add(source)
        found = self.sources.get(source)
        if found is None or source == "house":
            return f"[{source}]"
        label = found.label()
        if found.seen is Seen.UNCONFIRMED:
            label = label.replace("unconfirmed", "UNCONFIRMED")
        return f"[{source}: {label}]"

    def item(self, text: str, source: str, indent: int = 1) -> None:
        self.page.line(f"- {text} {self.mark(source)}", indent=indent, hang=2)

    def top(self) -> None:
        one = self.protocol
        numbers = one.number_sources
        self.page.line(one.title, style="bold")
        expires = f"; to be checked after {one.expires}" if one.expires is not None else ""
        gap = "day" if one.min_gap_days == 1 else "days"
        rows = [
            ("Name", one.id),
            ("Edition", f"{one.edition}{expires}"),
            ("Drug", f"{one.drug}, {one.route}"),
            ("For", one.indication + ("; adults only" if one.adults_only else "")),
            ("Setting", one.setting),
            ("Place", f"{one.session_minutes} minutes {self.of(numbers, 'session_minutes')}"),
            ("Gap", f"at least {one.min_gap_days} {gap} between doses {self.of(numbers, 'min_gap_days')}"),
            ("Usually", f"at {one.default_at} {self.of(numbers, 'default_at')}"),
            ("Asked", f"{one.primary_instrument} first"),
        ]
        self.page.columns(rows, (8, None))

    def of(self, numbers: Mapping[str, str], name: str) -> str:
        return self.mark(numbers.get(name, "house"))

    def phases(self) -> None:
        self.page.heading("Phases")
        for phase in self.protocol.phases:
            title = f": {phase.title}" if phase.title else ""
            entry = "" if phase.entry == "next" else " (reached only by a Decision)"
            self.page.line(f"{phase.id}{title}{entry}", style="bold cyan", indent=1, hang=2)
            self.phase(phase)

    def phase(self, phase: Phase) -> None:
        self.item(cadence_words(phase.cadence), phase.sources.get("cadence", "house"), 3)
        if "count" in phase.sources:
            counted = "open-ended" if phase.count is None else f"{phase.count} sessions"
            self.item(f"how many: {counted}", phase.sources["count"], 3)
        self.item(window_words(phase), phase.sources.get("window", "house"), 3)
        if phase.outside != "later":
            self.item(
                f"where no day fits the window: {phase.outside}", phase.sources.get("window", "house"), 3
            )
        missed = phase.missed
        made_up = (
            "may be made up within its window" if missed.make_up == "within-window" else "is not made up"
        )
        extra = "; one more at the end is proposed" if missed.propose_extra else ""
        words = f" {missed.text}" if missed.text else ""
        self.item(f"missed: {missed.rule}; it {made_up}{extra}.{words}", missed.source, 3)
        for one in phase.companions:
            gate = "; the next dose waits for it" if one.gates_next else ""
            anchor = f"session {one.session}" if one.session is not None else one.anchor.replace("-", " ")
            when = f"{one.offset_days:+d} days from {anchor} ({one.earliest_days:+d} to {one.latest_days:+d})"
            self.item(
                f"{one.kind} {one.id}: {when}, {one.minutes} minutes{gate}. {one.text}".rstrip(),
                one.source,
                3,
            )
        if phase.text:
            self.page.line(phase.text, indent=3)

    def statements(self, kinds: Iterable[str], heading: str) -> None:
        shown = [one for kind in kinds for one in self.protocol.statements if one.kind == kind]
        if shown:
            self.page.heading(heading)
            for one in shown:
                self.item(f"{one.kind}: {one.text}", one.source)

    def doses(self) -> None:
        if self.protocol.doses:
            self.page.heading("Doses as stated (shown, never computed and never chosen)")
            for one in self.protocol.doses:
                where = f" ({', '.join(one.phases)})" if one.phases else ""
                who = "" if one.who == "adults" else f"{one.who}: "
                self.item(f"{who}{one.text}{where}", one.source)

    def steps(self) -> None:
        if self.protocol.steps:
            self.page.heading("Session day")
            for one in self.protocol.steps:
                where = f" ({', '.join(one.phases)} only)" if one.phases else ""
                self.item(f"{step_words(one)}, {one.audience}: {one.text}{where}", one.source)

    def options(self, options: Iterable[Option], default: str) -> None:
        for one in options:
            ((effect, value),) = effect_words(one.effect).items() or (("keep", True),)
            does = effect if value is True else f"{effect} {value}"
            marks = ", default" if one.id == default else ""
            marks += ", outside the label" if one.outside_label else ""
            self.item(f"{one.id}: {one.text} ({does}{marks})", one.source, 5)

    def decisions(self) -> None:
        if self.protocol.decisions:
            self.page.heading("Decisions for the clinician")
        for one in self.protocol.decisions:
            when = f"before {one.phase}" if one.phase is not None else "at the end"
            gate = "; no further dose until it is taken" if one.gate else ""
            self.item(f"{one.id}, {when}{gate}: {one.question}", one.source)
            self.options(one.options, one.default)

    def lapses(self) -> None:
        if self.protocol.lapse:
            self.page.heading("After a miss, a gap or a worsening (questions; none acts by itself)")
        for one in self.protocol.lapse:
            where = f" in {', '.join(one.phases)}" if one.phases else ""
            self.item(f"{one.id}, {one.when}{where}: {one.question}", one.source)
            self.options(one.options, one.default)
        if self.protocol.frequency:
            self.page.heading(
                "Frequency by a clinician's CGI-S rating (no other score is translated into it)"
            )
        for row in self.protocol.frequency:
            ids = " or ".join(option.id for option in row.options)
            at = f"every {row.every_days} days, rated {row.rating_from} to {row.rating_to}"
            self.item(f"{at}: {ids}", row.source)

    def checkins(self) -> None:
        if self.protocol.checkins:
            self.page.heading("Check-ins ('primary' is the course's first questionnaire)")
        for one in self.protocol.checkins:
            asked = ", ".join(one.instruments)
            self.item(f"{one.id} ({one.purpose}): {asked}; {checkin_words(one)}", one.source)
        watch = self.protocol.watch
        self.page.heading("Watch for relapse")
        cohort = watch.cohort or "none eligible, so no delay is claimed"
        after = " and after each ".join(name.replace("-", " ") for name in watch.after)
        self.item(f"after the {after}; cohort: {cohort}. {watch.why_no_cohort}".rstrip(), watch.source)

    def end(self) -> None:
        end = self.protocol.end
        self.page.heading("End of treatment")
        self.item(f"a review {end.review_days} days after the last session, ±{end.window_days}", end.source)
        self.page.heading("Sources")
        for name in sorted(self.used & set(self.sources)):
            one = self.sources[name]
            edition = f" ({one.edition})" if one.edition else ""
            unconfirmed = one.seen is Seen.UNCONFIRMED
            label = one.label().replace("unconfirmed", "UNCONFIRMED")
            style = "yellow" if unconfirmed else ""
            self.page.line(f"{name} — {label}: {one.cite}{edition}", style=style, indent=1, hang=2)
            if one.address:
                self.page.address(one.address, indent=3)


def _interval(one: Interval) -> str:
    times = "from then on" if one.count is None else f"{one.count} times"
    return f"every {one.every_days} days, {times}"


def cadence_words(cadence: Cadence) -> str:
    """A cadence as a sentence.

    >>> cadence_words(PerWeek(per_week=2, weeks=4))
    '2 a week for 4 weeks: days 1, 4, 8, 11, 15, 18, 22, 25 of the phase'
    """
    match cadence:
        case Days():
            return f"days {', '.join(map(str, cadence.days))} of the phase"
        case Spread():
            days = ", ".join(str(offset + 1) for offset in cadence.offsets())
            return f"{cadence.spread} over {cadence.over_days} days: days {days} of the phase"
        case PerWeek():
            days = ", ".join(str(offset + 1) for offset in cadence.offsets())
            return f"{cadence.per_week} a week for {cadence.weeks} weeks: days {days} of the phase"
        case Every():
            return "; then ".join(_interval(one) for one in cadence.intervals)


def window_words(phase: Phase) -> str:
    """The window of a phase's sessions as a phrase."""
    if phase.window_days is not None:
        return f"window: {phase.window_days} days either side of the target"
    return "window: its treatment week" if isinstance(phase.cadence, PerWeek) else "window: its target alone"


def step_words(step: Step) -> str:
    """When a step of the session day is, as a phrase."""
    anchor = step.anchor.replace("-", " ")
    if step.until is not None:
        return f"from {anchor} until the {step.until.replace('-', ' ')}"
    if step.within_days is not None:
        return f"within {step.within_days} days of {anchor}"
    minutes = step.offset_minutes or 0
    if minutes == 0:
        return f"at {anchor}"
    amount, unit = (
        (abs(minutes) // 60, "h") if minutes % 60 == 0 and abs(minutes) > 120 else (abs(minutes), "min")
    )
    return f"{amount} {unit} {'before' if minutes < 0 else 'after'} {anchor}"


def checkin_words(rule: CheckInRule) -> str:
    """When a check-in is due, as a phrase."""
    anchor = rule.anchor.replace("-", " ").replace("before ", "")
    match rule.anchor:
        case "week":
            return f"in week {rule.week}"
        case "monthly":
            return f"every {rule.every_days or 28} days from week {rule.from_week or 1} while doses go on"
        case "session":
            anchor = f"session {rule.session} of {rule.phase}"
        case "phase-end":
            anchor = f"the end of {rule.phase}"
    side = "before" if rule.offset_hours < 0 else "after"
    return f"{abs(rule.offset_hours)} h {side} {anchor}" if rule.offset_hours else f"at {anchor}"
