"""Decisions taken, read against the rules that raised them: which option, from which day, doing what.

Decisions that no protocol file lists (a stopped dose, a withheld session, a resumed course, one more
session after a miss, a rating) have their standard options here, each graded ``house`` or by its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .folding import Dose, Folded
from .history import DecisionTaken, Event, SessionMissed, SessionWithheld
from .laid import More, TakenOption, order_of
from .protocol import Effect, Option, TreatmentProtocol
from .reasons import Finding

__all__ = [
    "STANDARD",
    "answers_to",
    "decision_id",
    "options_of",
    "read_taken",
    "speaks_of",
    "split_decision",
    "standing",
]

STANDARD: dict[str, tuple[Option, ...]] = {
    "count-dose": (
        Option(id="as-it-stands", text="Leave it as it stands", effect=Effect(keep=True)),
        Option(id="count", text="Count the dose", effect=Effect(count_dose=True)),
        Option(
            id="do-not-count",
            text="Do not count the dose; the session stays open",
            effect=Effect(count_dose=False),
        ),
    ),
    "withheld": (
        Option(id="keep", text="Keep the schedule", effect=Effect(keep=True)),
        Option(
            id="add-session", text="Add one session at the end of the phase", effect=Effect(add_sessions=1)
        ),
        Option(id="pause", text="Pause the course", effect=Effect(pause=True)),
        Option(id="end", text="End the course", effect=Effect(end=True)),
    ),
    "extra-session": (
        Option(id="no", text="No further session", effect=Effect(keep=True)),
        Option(id="add", text="Give one more session at the end", effect=Effect(add_sessions=1)),
    ),
    "resume": (
        Option(id="keep", text="Go on where the schedule stands", effect=Effect(keep=True)),
        Option(id="end", text="End the course", effect=Effect(end=True)),
    ),
    "ended": (Option(id="agreed", text="The review and the watch are agreed", effect=Effect(keep=True)),),
    "pregnancy": (
        Option(id="keep", text="Keep the schedule", effect=Effect(keep=True)),
        Option(id="pause", text="Pause the course", effect=Effect(pause=True)),
        Option(id="end", text="End the course", effect=Effect(end=True)),
    ),
}
"""Options of the Decisions that events raise, whatever the protocol."""


def split_decision(course_id: str, text: str) -> tuple[str, str]:
    """A Decision's key or bare id as (id, anchor).

    >>> split_decision("c-1", "c-1/decision/count-dose/induction/3")
    ('count-dose', 'induction/3')
    >>> split_decision("c-1", "week-9")
    ('week-9', '')
    """
    prefix = f"{course_id}/decision/"
    rest = text[len(prefix) :] if text.startswith(prefix) else text
    name, _, anchor = rest.partition("/")
    return name, anchor


def decision_id(course_id: str, name: str, anchor: str = "") -> str:
    """The key of a Decision."""
    return f"{course_id}/decision/{name}" + (f"/{anchor}" if anchor else "")


def options_of(protocol: TreatmentProtocol, name: str) -> tuple[Option, ...]:
    """The options of a Decision by its id: the protocol's own, else the standard ones; empty if unknown."""
    for rule in protocol.decisions:
        if rule.id == name:
            return rule.options
    for lapse in protocol.lapse:
        if lapse.id == name:
            return lapse.options
    if name == "resume":
        phases = tuple(
            Option(
                id=f"from-{phase.id}",
                text=f"Go on from the phase {phase.title or phase.id}",
                effect=Effect(go_to_phase=phase.id),
            )
            for phase in protocol.phases
        )
        return (*STANDARD["resume"][:1], *phases, *STANDARD["resume"][1:])
    if name == "frequency":
        found: dict[str, Option] = {}
        for row in protocol.frequency:
            for option in row.options:
                found.setdefault(option.id, option)
        found.setdefault("keep", Option(id="keep", text="Keep the frequency", effect=Effect(keep=True)))
        return tuple(found.values())
    return STANDARD.get(name, ())


def read_taken(
    course_id: str, protocols: Iterable[TreatmentProtocol], folded: Folded
) -> tuple[list[TakenOption], list[Finding]]:
    """Decisions taken, in order, with what they do; unknown ones and unknown options are findings."""
    known = tuple(protocols)
    taken: list[TakenOption] = []
    findings: list[Finding] = []
    for day, event in folded.decisions:
        name, anchor = split_decision(course_id, event.decision)
        options = tuple(option for protocol in known for option in options_of(protocol, name))
        if not options:
            findings.append(_unknown(event, f"no decision is called {name[:64]}"))
            continue
        chosen = next((option for option in options if option.id == event.option), None)
        if chosen is None:
            ids = ", ".join(dict.fromkeys(option.id for option in options))
            findings.append(_unknown(event, f"{name} has no option {event.option[:64]!r} (it has {ids})"))
            continue
        if not _has_ground(course_id, known, folded, name, anchor):
            findings.append(_unknown(event, f"nothing recorded asks {name[:64]} of {anchor[:80]}"))
            continue
        if not (event.by or "").strip():
            text = f"{event.id} takes {name} as {event.option}, and does not say who decided"
            findings.append(Finding("decision-unnamed", event.id, text, "H6"))
        taken.append(TakenOption(day, event, name, anchor, chosen.id, chosen.effect, chosen.outside_label))
    return taken, findings


def _has_ground(
    course_id: str, protocols: Iterable[TreatmentProtocol], folded: Folded, name: str, anchor: str
) -> bool:
    """Whether what is recorded could have asked a Decision that events raise; others are judged as they are met."""
    if anchor.startswith("event/"):
        return any(event.id == anchor.removeprefix("event/") for event in folded.events)
    if not anchor:
        return True
    facts = folded.facts.get(f"{course_id}/{anchor}", ())
    if name == "withheld":
        return any(isinstance(fact, SessionWithheld) for fact in facts)
    on_a_miss = {
        lapse.id
        for protocol in protocols
        for lapse in protocol.lapse
        if lapse.when in ("missed-and-worse", "long-gap")
    }
    if name == "extra-session" or name in on_a_miss:
        return any(isinstance(fact, SessionMissed) for fact in facts)
    return True


def answers_to(taken: Iterable[TakenOption], name: str, anchor: str, asked: Event) -> list[TakenOption]:
    """The answers to a Decision that ``asked`` raised: under its anchor, or under its bare id once it was asked."""
    return [
        one
        for one in taken
        if one.decision == name
        and (one.anchor == anchor or (not one.anchor and one.event.recorded_key >= asked.recorded_key))
    ]


def standing(taken: Sequence[TakenOption]) -> TakenOption | None:
    """The answer that stands among the answers to one Decision, in order: the last, as it was first given.

    An answer given once more says nothing new; one given after another was begins anew.
    """
    found: TakenOption | None = None
    for one in taken:
        if found is None or one.option != found.option:
            found = one
    return found


def added_by(taken: Sequence[TakenOption]) -> More | None:
    """The sessions that the answers to one Decision added, in order, whether they stand or were taken back."""
    adds = [one for one in taken if one.effect.add_sessions is not None]
    said = standing(taken)
    if said is None or not adds:
        return None
    if said.effect.add_sessions is None:
        return More(adds[-1].effect.add_sessions or 0, adds[-1].day, order_of(adds[0].event), None)
    return More(said.effect.add_sessions, said.day, order_of(adds[0].event), order_of(said.event))


def speaks_of(one: TakenOption, dose: Dose) -> bool:
    """Whether a count-dose Decision under a session's key means this dose: given and recorded before it."""
    event = one.event
    assert isinstance(event, DecisionTaken)
    return dose.key <= event.at_key and dose.event.recorded_key <= event.recorded_key


def _unknown(event: DecisionTaken, text: str) -> Finding:
    return Finding("decision-unknown", event.id, f"{event.id}: {text}", "H6")
