"""When answers are read, and what was agreed to: what the clinic and the person said.

The clinic's words are the only promise that a person is shown. What experts agree on for the monitoring of
research is shown to the clinic where it has said nothing, and never as its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from .course import Course
from .folding import Folded
from .reasons import Finding
from .sources import Grade, Seen, Source

__all__ = [
    "CONSENTS",
    "NOCK_2021",
    "RESEARCH_MONITORING",
    "ReadTimes",
    "consent_findings",
    "consent_in_force",
    "read_time_findings",
    "read_times",
]

NOCK_2021 = Source(
    "nock-2021",
    "Nock 2021, consensus of experts on monitoring in research on suicide, doi 10.1176/appi.prcp.20200029",
    Grade.CONSENSUS,
    Seen.READ,
    address="https://pmc.ncbi.nlm.nih.gov/articles/mid/NIHMS1687066/table/T3",
)
RESEARCH_MONITORING = (
    "answers are reviewed at least once every weekday",
    "imminent risk is responded to within 12 hours of learning of it",
    "people are told that monitoring does not keep them out of danger, how often it is read and whom to call",
)
"""What experts agree on for the monitoring of *research*; not a promise of any clinic."""


@frozen(kw_only=True)
class ReadTimes:
    """When answers are read. ``state``: ``said`` or ``not-said``; ``clinic`` are the clinic's own words.

    ``research`` is what experts ask of research monitoring, with its ``source``; it promises nothing.
    """

    state: str
    clinic: str = ""
    research: tuple[str, ...] = RESEARCH_MONITORING
    source: Source = NOCK_2021


def read_times(course: Course) -> ReadTimes:
    """When the clinic of a course reads answers, as far as it has said so."""
    said = course.clinic.reads_answers if course.clinic is not None else None
    return ReadTimes(state="said", clinic=said) if said else ReadTimes(state="not-said")


def read_time_findings(course: Course) -> list[Finding]:
    """A finding where the clinic has not said when it reads answers."""
    if read_times(course).state == "said":
        return []
    text = (
        "when answers are read was not said: set reads_answers of the clinic. For research monitoring, and as no "
        f"promise of this clinic, experts agree that {'; '.join(RESEARCH_MONITORING[:2])} "
        "(Nock 2021, doi 10.1176/appi.prcp.20200029)"
    )
    return [Finding("no-read-time", "clinic.reads_answers", text, "C16")]


CONSENTS: Mapping[str, frozenset[str]] = {
    "proxy": frozenset({"reminders", "safety"}),
    "escort": frozenset({"reminders"}),
}
"""What a person can agree to, by whom it lets be told; each is ``true`` or is no consent."""


def consent_in_force(course: Course, folded: Folded) -> Mapping[str, Any]:
    """The consent as it stands: the last that was recorded, else that of the course."""
    if not folded.consents:
        return course.consent
    return max(folded.consents, key=lambda one: (one.recorded_key, one.id)).consent


def consent_findings(course: Course, folded: Folded) -> list[Finding]:
    """A finding for each entry about a proxy or an escort that nothing here reads: it is no consent."""
    found: list[Finding] = []
    consent = consent_in_force(course, folded)
    for who, known in CONSENTS.items():
        said = consent.get(who)
        if said is None:
            continue
        allowed = f"{', '.join(sorted(known))}, each true or false"
        if not isinstance(said, Mapping):
            text = f"the consent for a {who} is not a table of {allowed}; nobody is told by it"
            found.append(Finding("consent-unread", f"consent.{who}", text, "R7"))
            continue
        for what, value in said.items():
            if what not in known or not isinstance(value, bool):
                text = f"{str(what)[:40]!r} is no consent that is read: {allowed}; nobody is told by it"
                found.append(Finding("consent-unread", f"consent.{who}.{str(what)[:40]}", text, "R7"))
    return found
