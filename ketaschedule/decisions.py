"""Questions for the clinician: raised, due, with a default, settled only by ``DecisionTaken``.

A Decision is due on the last session before the first day on which its options differ, and raised 14
days before; where that has passed it is due when raised. It never lapses and never answers itself.
"""

from __future__ import annotations

from . import times
from .course import Course
from .decisions_events import EventAsker
from .decisions_model import RAISED_DAYS_BEFORE, Decision, DecisionOption, effect_words
from .effects import STANDARD, answers_to, decision_id, speaks_of
from .facts import Facts, is_stopped
from .folding import Folded
from .history import SessionMissed, SessionWithheld
from .laid import Boundary, Laid, Layout, Run, TakenOption
from .protocol import LapseRule, PerWeek
from .reasons import Finding, Reason

__all__ = [
    "RAISED_DAYS_BEFORE",
    "Decision",
    "DecisionOption",
    "effect_words",
    "make_decisions",
    "unasked_findings",
]


class _Asker(EventAsker):
    """Asks what the path, the doses and the recorded misses raise."""

    def boundary(self, boundary: Boundary) -> None:
        rule = boundary.rule
        last = self.layout.by_key.get(boundary.last_key)
        due = last.day if last is not None else boundary.first_day - 1
        raised = due - RAISED_DAYS_BEFORE
        if boundary.since is not None:
            raised = max(raised, boundary.since)
        inputs = {"first_day_options_differ": times.iso_date(boundary.first_day), "rests_on": rule.rests_on}
        reason = Reason("M20", inputs, "asked before its options differ", rule.source)
        about = boundary.last_key or (self.layout.runs[-1].key if self.layout.runs else self.course.id)
        self.ask(
            rule.id,
            boundary.anchor,
            about,
            rule.question,
            rule.options,
            rule.default,
            raised,
            due,
            (reason,),
            boundary.taken,
        )

    def doses(self) -> None:
        for run in self.layout.runs:
            for laid in run.sessions:
                stopped = is_stopped(laid.fact)
                if laid.dose is None or not (laid.early or stopped or laid.counts is False):
                    continue
                anchor = self.short(laid.key)
                event = laid.dose.event
                code = "M12" if not laid.early else "M4"
                words = "was stopped" if not laid.early else "came too soon after the dose before"
                question = f"The dose of {laid.key} {words}: does it count for the course?"
                raised = self.recorded(event)
                reason = Reason(code, {"event": event.id}, words, "house")
                taken = [
                    one
                    for one in self.answers("count-dose", anchor)
                    if one.anchor and speaks_of(one, laid.dose)
                ]
                taken += [
                    one
                    for one in self.layout.taken
                    if one.decision == "count-dose" and one.anchor == f"event/{event.id}"
                ]
                self.ask(
                    "count-dose",
                    anchor,
                    laid.key,
                    question,
                    STANDARD["count-dose"],
                    "as-it-stands",
                    raised,
                    raised,
                    (reason,),
                    taken,
                )

    def withheld_and_missed(self) -> None:
        for run in self.layout.runs:
            for laid in run.sessions:
                fact = laid.fact
                if isinstance(fact, SessionWithheld):
                    raised = self.recorded(fact)
                    question = f"{laid.key} was withheld ({fact.why}): review, and agree what follows"
                    reason = Reason("M11", {"why": fact.why}, "withheld, not missed", "house")
                    anchor = self.short(laid.key)
                    self.ask(
                        "withheld",
                        anchor,
                        laid.key,
                        question,
                        STANDARD["withheld"],
                        "keep",
                        raised,
                        raised,
                        (reason,),
                        answers_to(self.layout.taken, "withheld", anchor, fact),
                    )
                elif isinstance(fact, SessionMissed):
                    self.missed(run, laid, fact)

    def missed(self, run: Run, laid: Laid, fact: SessionMissed) -> None:
        anchor = self.short(laid.key)
        raised = self.recorded(fact)
        if run.phase.missed.propose_extra and run.phase.count is not None:
            last = self.last_before_one_more(run, laid)
            reason = Reason("M15", {"missed": laid.key}, "a session was missed", run.phase.missed.source)
            question = f"{laid.key} was missed: give one more session at the end?"
            self.ask(
                "extra-session",
                anchor,
                laid.key,
                question,
                STANDARD["extra-session"],
                "no",
                raised,
                last,
                (reason,),
                answers_to(self.layout.taken, "extra-session", anchor, fact),
            )
        for rule in run.protocol.lapse:
            if rule.phases and run.phase.id not in rule.phases:
                continue
            if rule.when == "missed-and-worse":
                when = [day for day in self.worse if day >= laid.day - 28]
                if when:
                    self.lapse(rule, anchor, laid.key, max(raised, min(when)), "M13", {"missed": laid.key})
            elif rule.when == "long-gap":
                self.long_gap(rule, run, laid, raised)

    def last_before_one_more(self, run: Run, lost: Laid) -> int:
        """The last session before the day on which one more after this miss would be: there its options differ."""
        more = next((one.day for one in run.sessions if one.anchor == lost.key), None)
        real = [one for one in run.sessions if one.basis != "proposed" or one.fact is not None]
        if more is None:
            return max(one.day for one in real if one.anchor is None)
        return max((one.day for one in real if one.day < more), default=lost.day)

    def long_gap(self, rule: LapseRule, run: Run, laid: Laid, raised: int) -> None:
        before = [day for day in self.facts.days if day <= laid.day]
        if not before:
            return
        last = before[-1]
        interval = laid.interval
        if isinstance(run.phase.cadence, PerWeek):
            interval = max(1, 7 // run.phase.cadence.per_week)
        over = max(rule.over_days or 0, (rule.over_intervals or 0) * interval)
        first = last + over + 1
        after = [day for day in self.facts.days if day > laid.day]
        if after and after[0] < first:
            return
        if first > self.today:
            self.wakes.append(first)
            return
        inputs = {"last_dose": times.iso_date(last), "days_over": over}
        self.lapse(rule, self.short(laid.key), laid.key, max(raised, first), "M14", inputs)

    def lapse(
        self, rule: LapseRule, anchor: str, about: str, raised: int, code: str, inputs: dict[str, object]
    ) -> None:
        reason = Reason(code, inputs, rule.question, rule.source)
        self.ask(
            rule.id,
            anchor,
            about,
            rule.question,
            rule.options,
            rule.default,
            raised,
            raised,
            (reason,),
            self.answers(rule.id, anchor),
        )

    def worsening(self) -> None:
        for run in self.layout.runs:
            for rule in run.protocol.lapse:
                if rule.when != "worse" or (rule.phases and run.phase.id not in rule.phases):
                    continue
                inside = [
                    day
                    for day in self.worse
                    if run.sessions and run.sessions[0].day <= day <= run.sessions[-1].day
                ]
                if inside:
                    anchor = self.short(run.key)
                    self.lapse(rule, anchor, run.key, inside[0], "M13", {"since": times.iso_date(inside[0])})


def unasked_findings(course: Course, layout: Layout, decisions: tuple[Decision, ...]) -> list[Finding]:
    """Decisions taken that events raise and that are not asked, or no longer; the path names its own."""
    protocols = (course.protocol, *(run.protocol for run in layout.runs))
    path = {rule.id for protocol in protocols for rule in protocol.decisions}
    asked = {decision.key for decision in decisions}
    names = {decision.id for decision in decisions}
    found: list[Finding] = []
    for one in layout.taken:
        if one.decision in path or _was_asked(course, layout, one, asked, names):
            continue
        text = f"{one.event.id} decides {one.decision}, which is not asked on this course, or no longer"
        found.append(Finding("decision-unknown", one.event.id, text, "H6"))
    return found


def _was_asked(course: Course, layout: Layout, one: TakenOption, asked: set[str], names: set[str]) -> bool:
    if not one.anchor:
        return one.decision in names
    if decision_id(course.id, one.decision, one.anchor) in asked or one.anchor.startswith("event/"):
        return True  # an event's Decision was read only because its event stands
    if one.decision != "count-dose":
        return False
    key = f"{course.id}/{one.anchor}"  # its session may have been settled by a later dose
    return any(
        (dose.session or layout.matched.get(dose.event.id)) == key and speaks_of(one, dose)
        for dose in layout.facts.doses.values()
    )


def make_decisions(
    course: Course, folded: Folded, layout: Layout, facts: Facts, today: int, worse: list[int]
) -> tuple[tuple[Decision, ...], int | None]:
    """(every Decision of the course, the next day on which one is raised by time alone).

    ``today`` is the local day of ``as_of``; ``worse`` the days on which a worsening was said or scored.
    """
    asker = _Asker(course, folded, layout, facts, today, worse)
    for boundary in layout.boundaries:
        asker.boundary(boundary)
    if folded.events:
        asker.doses()
        asker.withheld_and_missed()
        asker.worsening()
        asker.events()
        asker.ended()
    made = sorted(asker.made.values(), key=lambda one: (one.due, one.key))
    return tuple(made), min(asker.wakes, default=None)
