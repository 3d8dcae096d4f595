"""Decisions of a definition: what is asked, what is never asked, and what happens if nobody answers.

The law: a default is the single unbranched path of the file where there is one; where the path branches by
frequency, the frequency in force; where it branches on response or fitness, no further dose until decided.
"""

from __future__ import annotations

import re
from fractions import Fraction

from .definition_checks_codes import Finder
from .definition_checks_path import phase_before, spacing
from .protocol import DecisionRule, Effect, LapseRule, TreatmentProtocol

__all__ = ["find_deciding"]

_RESPONSE = re.compile(
    r"\b(respon(se|d|ds|ded|ders?)|remission|remitt(ed|ers?)|respuesta|remisi[oó]n)\b", re.IGNORECASE
)
"""Words of a question that rests on response; a question put otherwise says it with ``rests_on``."""
_KEEP = Effect(keep=True)


def find_deciding(finder: Finder) -> None:
    """Every fault of the Decisions, the lapse rules and the table of frequencies."""
    asked: set[str] = set()
    for number, rule in enumerate(finder.protocol.decisions):
        path = f"decisions[{number}]"
        effect = next(option.effect for option in rule.options if option.id == rule.default)
        if rule.at == "end":
            if effect not in (_KEEP, Effect(end=True)):
                _says_default(finder, path, rule, "after the end it goes on by itself")
            continue
        never = _never_asked(finder.protocol, rule, asked)
        if never:
            code = "response-without-gate" if rule.gate else "decision-never-asked"
            finder.say(code, f"{path}.phase", f"The Decision {rule.id!r} is never asked: {never}.")
            continue
        asked.add(rule.phase or "")
        _default(finder, path, rule, effect)
        if not rule.gate and _RESPONSE.search(rule.question):
            text = f"The question of {rule.id!r} rests on response, and its default goes on."
            finder.say("response-without-gate", f"{path}.rests_on", text)
    if not any(rule.at == "end" for rule in finder.protocol.decisions):
        finder.say("end-without-decision", "decisions", "Nothing is asked when treatment ends.")
    _reviewed(finder)
    _lapses(finder)
    _table(finder)


def _never_asked(protocol: TreatmentProtocol, rule: DecisionRule, asked: set[str]) -> str:
    if rule.phase in asked:
        return "another one before the same phase comes first in the file"
    if rule.phase == protocol.path[0].id:
        return "no phase comes before it"
    if protocol.phase(rule.phase or "").entry != "next":
        return "the phase is reached only by another Decision"
    return ""


def _says_default(finder: Finder, path: str, rule: DecisionRule, why: str) -> None:
    text = f"The default {rule.default!r} of {rule.id!r} changes treatment: {why}."
    finder.say("default-changes-frequency", f"{path}.default", text)


def _default(finder: Finder, path: str, rule: DecisionRule, effect: Effect) -> None:
    if rule.gate:
        if not (effect.end or effect.pause):
            text = f"The default {rule.default!r} of the gate {rule.id!r} does not say that there is no further dose."
            finder.say("gate-default-doses", f"{path}.default", text)
        return
    branches = rule.rests_on == "frequency" or any(
        option.effect.set_interval is not None for option in rule.options
    )
    if branches and (effect.keep or effect.set_interval is not None):
        before = phase_before(finder.protocol, rule.phase or "")
        phase = finder.protocol.phase(rule.phase or "")
        now = spacing(before, last=True) if before is not None else None
        then = spacing(phase, last=False) if effect.keep else Fraction(effect.set_interval or 0)
        if now != then:
            _says_default(finder, path, rule, f"from every {_days(now)} to every {_days(then)} days")
    elif not effect.keep:
        _says_default(finder, path, rule, "it leaves the path of the file")


def _days(days: Fraction | None) -> str:
    return "?" if days is None else f"{float(days):g}"


def _reviewed(finder: Finder) -> None:
    """A phase whose end has a review of response is followed by a gate, or by nothing."""
    protocol = finder.protocol
    gates = {rule.phase for rule in protocol.decisions if rule.gate and rule.at == "before-phase"}
    for number, phase in enumerate(protocol.phases):
        before = phase_before(protocol, phase.id)
        if before is None or phase.id in gates:
            continue
        for companion in before.companions:
            if (
                companion.kind == "review"
                and companion.anchor == "phase-end"
                and _RESPONSE.search(companion.text)
            ):
                text = f"{before.id!r} ends with a review of response, and {phase.id!r} follows whatever it finds."
                finder.say("response-without-gate", f"phases[{number}]", text)


def _lapses(finder: Finder) -> None:
    lapses = finder.protocol.lapse
    loops = _loops(finder.protocol)
    for number, lapse in enumerate(lapses):
        path = f"lapse[{number}]"
        if lapse.when == "long-gap" and lapse.over_days is None and lapse.over_intervals is None:
            finder.say("lapse-without-length", path, f"{lapse.id!r} asks after a gap of any length.")
        effect = _default_of(lapse)
        if number in loops:
            text = f"The default {lapse.default!r} of {lapse.id!r} leads back to where it began."
            finder.say("missed-rule-loops", f"{path}.default", text)
        elif not effect.keep:
            text = f"The default {lapse.default!r} of {lapse.id!r} acts while nobody has decided."
            finder.say("default-acts", f"{path}.default", text)


def _default_of(lapse: LapseRule) -> Effect:
    return next(option.effect for option in lapse.options if option.id == lapse.default)


def _loops(protocol: TreatmentProtocol) -> set[int]:
    """Numbers of the lapse rules whose defaults, one after another, come back to a phase that they left."""
    every = tuple(phase.id for phase in protocol.phases)
    leads: dict[str, set[str]] = {}
    jumps: list[tuple[int, tuple[str, ...], str]] = []
    for number, lapse in enumerate(protocol.lapse):
        target = _default_of(lapse).go_to_phase
        if target is not None:
            sources = lapse.phases or every
            jumps.append((number, sources, target))
            for phase in sources:
                leads.setdefault(phase, set()).add(target)
    found: set[int] = set()
    for number, sources, target in jumps:
        seen, todo = {target}, [target]
        while todo:
            for following in leads.get(todo.pop(), ()):
                if following not in seen:
                    seen.add(following)
                    todo.append(following)
        if not seen.isdisjoint(sources):
            found.add(number)
    return found


def _table(finder: Finder) -> None:
    held: dict[tuple[int, int], int] = {}
    for number, row in enumerate(finder.protocol.frequency):
        for place, option in enumerate(row.options):
            if option.id == "keep" and not option.effect.keep:
                path = f"frequency[{number}].options[{place}].effect"
                finder.say(
                    "default-acts", path, "The option 'keep' stands if nobody decides, and does not keep."
                )
        for rating in range(row.rating_from, row.rating_to + 1):
            other = held.setdefault((row.every_days, rating), number)
            if other != number:
                text = f"Every {row.every_days} days, a rating of {rating} stands in frequency[{other}] too."
                finder.say("frequency-rows-overlap", f"frequency[{number}]", text)
                break
