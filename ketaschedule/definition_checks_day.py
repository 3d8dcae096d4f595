"""The session day, the home, the sources and the statements of a definition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import attrs

from .definition_checks_codes import Finder
from .protocol import Step, TreatmentProtocol
from .sources import Grade, Seen

__all__ = ["find_day"]

_OF_THE_SPRAY = {
    ("no-food", "dose-start", -120),
    ("no-liquids", "dose-start", -30),
    ("blood-pressure-after", "dose-end", 40),
    ("observation", "dose-end", 120),
    ("fit-to-leave", "dose-end", 120),
}
"""Numbers that the esketamine label gives for the nasal spray, and no source for another route."""
_SPRAY_ONLY = ("no-nasal-steroid", "device-rest", "monitoring-form")
"""Steps that mean something for the nasal spray alone."""
_WORDS = {
    "the nasal spray": re.compile(r"\bnasal spray\b|\b(the|this|each) spray\b", re.IGNORECASE),
    "an infusion": re.compile(r"\b(the|this|each|an) infusion\b", re.IGNORECASE),
    "an injection": re.compile(r"\b(the|this|each|an) injection\b(?! site)", re.IGNORECASE),
    "a tablet": re.compile(
        r"\b(the|this|each|a) (tablet|lozenge)\b|\bdissolv\w*|\bunder the tongue\b", re.IGNORECASE
    ),
}
"""How a step speaks of a dose; a nasal cannula, an injection site and the usual tablets are no dose."""
_FAMILIES = {
    "the nasal spray": ("nasal",),
    "an infusion": ("intravenous", "infusion"),
    "an injection": ("subcutaneous", "intramuscular", "injection"),
    "a tablet": ("sublingual", "oral", "buccal", "tablet", "lozenge", "troche"),
}
_KINDS = (
    "alcohol",
    "contraindication",
    "driving",
    "long-term-risk",
    "population",
    "pregnancy",
    "screening",
    "warning",
)


def find_day(finder: Finder) -> None:
    """Every fault of the steps around a dose, of the sources, and of what must be said."""
    _routes(finder)
    _steps(finder)
    _sources(finder)
    kinds = {statement.kind for statement in finder.protocol.statements}
    lacking = [kind for kind in _KINDS if kind not in kinds]
    if lacking:
        finder.say("statement-missing", "statements", f"Nothing is said of {', '.join(lacking)}.")


def _family(route: str) -> str | None:
    text = route.lower()
    return next((name for name, words in _FAMILIES.items() if any(word in text for word in words)), None)


def _routes(finder: Finder) -> None:
    protocol = finder.protocol
    own = _family(protocol.route)
    for number, step in enumerate(protocol.steps):
        said = _foreign(protocol, step, own)
        if said:
            text = f"The step {step.what!r} {said}; this protocol's route is {protocol.route!r}."
            finder.say("steps-of-another-route", f"steps[{number}]", text)


def _foreign(protocol: TreatmentProtocol, step: Step, own: str | None) -> str:
    """What gives a step away as one of another route; empty where nothing does."""
    if own != "the nasal spray":
        if step.what in _SPRAY_ONLY:
            return "belongs to the nasal spray"
        if (step.what, step.anchor, step.offset_minutes) in _OF_THE_SPRAY and _from_spray(
            protocol, step.source
        ):
            return "has the number of the nasal spray"
    if own is not None:
        for family, words in _WORDS.items():
            if family != own and words.search(step.text):
                return f"speaks of {family}"
    return ""


def _from_spray(protocol: TreatmentProtocol, name: str) -> bool:
    """Whether a source is ours, or one about the nasal spray: neither speaks of another route."""
    source = protocol.sources.get(name)
    return (
        source is None
        or source.grade is Grade.HOUSE
        or bool(re.search("spravato|esketamine", source.cite, re.I))
    )


def _steps(finder: Finder) -> None:
    protocol = finder.protocol
    home = protocol.setting == "home"
    wanted = [
        ("no-driving", "patient", "until when not to drive"),
        ("alcohol-question", "patient", "alcohol on the day"),
        ("after-care", "patient", "what to do if it gets worse afterwards"),
    ]
    if not home:
        wanted.append(("fit-to-leave", "clinic", "when somebody may leave"))
    for what, audience, about in wanted:
        if not _covered(protocol, what, audience):
            text = f"No step {what!r} for the {audience} around every dose: nothing is said of {about}."
            finder.say("step-missing", "steps", text)
    for number, step in enumerate(protocol.steps):
        if step.what == "no-driving" and step.until != "next-day":
            text = "Driving is allowed again after a time, and not the next day after sleep."
            finder.say("driving-by-the-clock", f"steps[{number}]", text)
    if not home:
        _length(finder)
        return
    for audience in ("patient", "proxy"):
        if not _covered(protocol, "monitor-present", audience):
            text = f"No step tells the {audience} before every dose that a named adult stays."
            finder.say("home-without-monitor", "steps", text)
    if not _covered(protocol, "go-ahead", "clinic"):
        finder.say(
            "home-without-go-ahead", "steps", "No step asks the clinic for a go-ahead before every dose."
        )


def _length(finder: Finder) -> None:
    """Whether the place is held until the last step at the clinic; the dose itself takes its time besides."""
    protocol = finder.protocol
    at_clinic = [(step.offset_minutes or 0, step) for step in protocol.steps if step.audience == "clinic"]
    for minutes, step in sorted(at_clinic, key=lambda one: one[0])[-1:]:
        if minutes > protocol.session_minutes:
            text = f"{step.what!r} comes {minutes} minutes after the {step.anchor}; the place is held for {protocol.session_minutes}."
            finder.say("session-too-short", "session_minutes", text)


def _covered(protocol: TreatmentProtocol, what: str, audience: str) -> bool:
    """Whether steps of one kind for one audience stand in every phase."""
    phases: set[str] = set()
    for step in protocol.steps:
        if step.what == what and step.audience == audience:
            if not step.phases:
                return True
            phases.update(step.phases)
    return all(phase.id in phases for phase in protocol.phases)


def _sources(finder: Finder) -> None:
    protocol = finder.protocol
    for key, source in protocol.sources.items():
        if source.grade is not Grade.HOUSE and not source.edition:
            text = f"No edition says which text of {key!r} was read."
            finder.say("no-edition", f"sources.{key}.edition", text)
    editions = {one.edition for one in protocol.sources.values() if one.seen is Seen.READ}
    for key, source in protocol.sources.items():
        if source.edition == protocol.edition and protocol.edition not in editions:
            text = f"The edition {protocol.edition[:64]!r} is that of {key!r}, which was not read."
            finder.say("edition-not-read", "edition", text)
    shaky = {key for key, source in protocol.sources.items() if source.seen is Seen.UNCONFIRMED}
    if not shaky:
        return
    acting = (
        "number_sources",
        "phases",
        "decisions",
        "lapse",
        "frequency",
        "steps",
        "checkins",
        "watch",
        "end",
    )
    for field in acting:
        for path, name in _named(getattr(protocol, field), field):
            if name in shaky:
                finder.say("unconfirmed-acts", path, f"It rests on {name!r}, which is not confirmed.")


def _named(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """(path, source) of every source named in a part of a protocol."""
    if isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _named(item, f"{path}[{number}]")
    elif path == "number_sources" or path.endswith(".sources"):
        for name, source in value.items():
            yield f"{path}.{name}", source
    elif attrs.has(type(value)):
        for one in attrs.fields(type(value)):
            item = getattr(value, one.name)
            if one.name == "source":
                yield f"{path}.source", item
            else:
                yield from _named(item, f"{path}.{one.name}")
