"""The static checks of a protocol's definition: one code each, what it says, and the way out.

A definition that can be read may still be one that no clinic meant. Each check looks at the file alone, before
any course is tried. The reader's own faults (what cannot be planned at all) keep their codes and stand apart.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from .errors import Fault
from .protocol import TreatmentProtocol

__all__ = ["CHECKS", "READER_CODES", "Check", "DefinitionFault", "Finder"]


@frozen
class DefinitionFault(Fault):
    """One fault of a definition: ``code``, ``path``, ``text`` (a sentence), and the ``way_out``.

    >>> DefinitionFault("phases[1]", "Nothing leads to it.", "lead to it", "unreachable-phase").line()
    'phases[1]: Nothing leads to it. [unreachable-phase] Way out: lead to it'
    """

    @property
    def way_out(self) -> str:
        """What would make the definition sound."""
        return self.allowed

    def line(self) -> str:
        """The fault as one readable line."""
        return f"{self.path}: {self.text} [{self.code}] Way out: {self.allowed}".replace("\n", " ")


@frozen
class Check:
    """One static check: its code, what a sound definition satisfies, and the way out of a fault."""

    code: str
    statement: str
    way_out: str


_TABLE = (
    # the path and its spacing
    Check(
        "unreachable-phase",
        "Every phase can be reached: along the path, or by an option that leads to it.",
        'put it on the path (entry = "next") before any open-ended phase, let an option lead to it '
        "(go_to_phase), or take it out",
    ),
    Check(
        "window-ambiguous",
        "No day of a session's window lies nearer to another session's target than to its own.",
        "narrow window_days to at most half the interval",
    ),
    Check(
        "gap-larger-than-interval",
        "The least gap between doses is no larger than any interval that is planned or may be chosen.",
        "lower min_gap_days where the source allows it, or widen the interval",
    ),
    Check(
        "taper-narrows",
        "In a taper each interval is at least as long as the one before.",
        "order the intervals from the shortest to the longest, or make a phase of its own of the shorter one",
    ),
    Check(
        "count-cannot-be-met",
        "As many sessions as are asked for fit into their weeks or days with the least gap between them.",
        "ask for fewer sessions, give them more weeks or days, or lower min_gap_days where the source allows it",
    ),
    Check(
        "longer-than-five-years",
        "Phases with a count end within five years, the longest that is planned.",
        "lower the counts, or leave the count of the last phase open",
    ),
    # missed sessions and companions
    Check(
        "missed-rule-loops",
        "What follows a miss or a lapse by default never leads back to where it began.",
        "let the default be an option that keeps the schedule (effect = { keep = true })",
    ),
    Check(
        "missed-adds-twice",
        "A miss adds a session either by rule or as a proposal, not both.",
        'use rule = "keep" with propose_extra = true, or rule = "append" alone',
    ),
    Check(
        "append-without-end",
        "A session is added at the end only of a phase that has an end.",
        'use rule = "keep" without propose_extra in an open-ended phase, or give the phase a count',
    ),
    Check(
        "review-gates-nothing",
        "A review that holds the next dose belongs to a dose session, and can be held before the next dose.",
        "anchor it to a session that another follows, with earliest_days before the next dose is due",
    ),
    Check(
        "key-clash",
        "No id is one that the library itself uses beside it in keys.",
        "choose another id",
    ),
    # decisions and defaults
    Check(
        "default-changes-frequency",
        "A default keeps to the single unbranched path; where the path branches by frequency it holds the "
        "frequency in force.",
        "let the default keep (effect = { keep = true }), or set the interval in force where the options differ "
        'in frequency (rests_on = "frequency")',
    ),
    Check(
        "default-acts",
        "What a lapse or a rating asks changes nothing by default.",
        "let the default be an option that keeps the schedule (effect = { keep = true })",
    ),
    Check(
        "response-without-gate",
        "A phase that is entered on response has a gate: a Decision that is asked and opens nothing by itself.",
        'ask one Decision before the phase with rests_on = "response" (or "fitness"), after a phase of the path',
    ),
    Check(
        "gate-default-doses",
        "The default of a gate gives no further dose.",
        "let the default end or pause (effect = { end = true })",
    ),
    Check(
        "decision-never-asked",
        "Every Decision before a phase is asked: one for each phase, and none before the first of the path.",
        "take it out, or name a phase of the path that another comes before",
    ),
    Check(
        "end-without-decision",
        "Every end of treatment asks a Decision.",
        'add a Decision with at = "end" whose default keeps the end as planned',
    ),
    Check(
        "option-without-effect",
        "Every option does something where it is offered.",
        "set an interval only for phases with intervals, add sessions only at a boundary of the path, "
        "and count a dose nowhere in a file",
    ),
    Check(
        "lapse-without-length",
        "A rule for a long gap says how long.",
        "give over_days, over_intervals, or both",
    ),
    Check(
        "frequency-rows-overlap",
        "At one frequency each rating belongs to one row.",
        "give each rating of a frequency to one row only",
    ),
    # check-ins and the watch
    Check(
        "no-safety-question",
        "Every check-in asks the person a safety question; no short form stands in for it.",
        'add "safety-question", or a form that has one, such as "phq-9", to its instruments',
    ),
    Check(
        "unknown-instrument",
        "Every instrument is one that the library can score and hear.",
        "name a built-in instrument",
    ),
    Check(
        "recall-clash",
        "A form is asked no sooner again than what it looks back on allows.",
        "ask it less often, or a form that looks back less far, such as mood",
    ),
    Check(
        "open-longer-than-interval",
        "A check-in closes before the next of its kind opens, and opens after the dose before.",
        "shorten closes_hours or opens_hours to less than the interval",
    ),
    Check(
        "check-in-never-comes",
        "What a check-in hangs on comes.",
        "name a session that the phase has, a phase with an end, or the first phase of the path",
    ),
    Check(
        "watch-without-last-contact",
        "There is a watch after the last dose, so that somebody is asked on its last day.",
        'name "last-dose" in watch.after',
    ),
    Check(
        "widening-without-watch",
        "Where the spacing widens there is a watch.",
        'name "widening" in watch.after',
    ),
    Check(
        "cohort-unfit",
        "A relapse cohort is one that is known, of the same illness, and may stand as a default.",
        "name an eligible cohort, or none and say why (why_no_cohort)",
    ),
    # the session day
    Check(
        "steps-of-another-route",
        "What is done around a dose belongs to the route of this protocol.",
        "take the step out, give the route's own with its source, or say that none is published",
    ),
    Check(
        "step-missing",
        "Driving, alcohol, after-care and leaving are spoken of around every dose.",
        "add the step, for every phase",
    ),
    Check(
        "driving-by-the-clock",
        "Driving begins again the next day after sleep, never at an hour.",
        'use until = "next-day"',
    ),
    Check(
        "session-too-short",
        "A session holds its place for as long as its own steps at the clinic take.",
        "raise session_minutes to the last step after the dose, or more",
    ),
    Check(
        "home-without-monitor",
        "At home a named adult is present: the person and that adult are both told.",
        'add the step "monitor-present" for the patient and for the proxy, for every phase',
    ),
    Check(
        "home-without-go-ahead",
        "At home a clinician gives the go-ahead before every dose.",
        'add the step "go-ahead" for the clinic, for every phase',
    ),
    Check(
        "home-catch-up",
        "At home nothing that was missed is made up, added or moved.",
        'use missed = { rule = "keep", make_up = "none" } without propose_extra',
    ),
    # sources and statements
    Check(
        "no-edition",
        "A source that is not house names the edition that was read.",
        'name the edition; "undated page" where there is none',
    ),
    Check(
        "edition-not-read",
        "The edition that a protocol bears is that of no source that was not read.",
        "bear the edition of the source whose section was read",
    ),
    Check(
        "unconfirmed-acts",
        "What is not confirmed is shown, and rests under nothing that acts.",
        "use another source, grade the number as house, or make a statement of it",
    ),
    Check(
        "statement-missing",
        "A protocol says whom it is for, what excludes and what warns.",
        "add a statement of each kind named",
    ),
)

CHECKS: Mapping[str, Check] = {check.code: check for check in _TABLE}
"""Every static check by its code, in the order in which they are made."""

READER_CODES: Mapping[str, str] = {
    "bad-input": "a value of the wrong kind",
    "bad-number": "a number that is not finite",
    "bad-protocol": "a value out of its bounds, a word that is not known, an id that stands twice, a part that is not named",
    "bad-text": "a text that no file can hold (half of a surrogate pair)",
    "circle": "defaults that lead back to a phase, or add sessions before a Decision that is then asked again: no plan has an end",
    "label-not-read": "a source graded as label that nobody read, or that names no edition",
    "limit": "more than is taken: the fault says how much is",
    "missing": "a field that must be there",
    "no-source": "a number without a source, a source that is not there, or one without its address",
    "unknown-field": "a field that no protocol has, or that does not go with the others",
    "unknown-name": "a protocol of a name that is not known",
    "unreadable": "a file that cannot be opened, or is no TOML or JSON",
}
"""The codes of the faults with which the reader refuses a protocol: it cannot be planned at all."""


class Finder:
    """Gathers the faults of one definition."""

    def __init__(self, protocol: TreatmentProtocol) -> None:
        self.protocol = protocol
        self.faults: list[DefinitionFault] = []

    def say(self, code: str, path: str, text: str) -> None:
        """Add one fault, once."""
        fault = DefinitionFault(path, text, CHECKS[code].way_out, code)
        if fault not in self.faults:
            self.faults.append(fault)
