"""Which phases a course can come to, and how closely a phase spaces its doses: what other checks ask."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from .definition_checks_codes import Finder
from .protocol import Cadence, Effect, Every, Option, PerWeek, Phase, TreatmentProtocol

__all__ = ["find_path", "gaps_within", "offered", "phase_before", "reachable", "spacing"]


def offered(protocol: TreatmentProtocol) -> Iterator[tuple[str, Option, tuple[str, ...]]]:
    """(path, option, phases in which it may be offered; none named means any) of every option of the file."""
    for number, rule in enumerate(protocol.decisions):
        where = (rule.phase,) if rule.phase is not None else ()
        for place, option in enumerate(rule.options):
            yield f"decisions[{number}].options[{place}]", option, where
    for number, lapse in enumerate(protocol.lapse):
        for place, option in enumerate(lapse.options):
            yield f"lapse[{number}].options[{place}]", option, lapse.phases
    for number, row in enumerate(protocol.frequency):
        for place, option in enumerate(row.options):
            yield f"frequency[{number}].options[{place}]", option, ()


def reachable(protocol: TreatmentProtocol) -> frozenset[str]:
    """Ids of the phases that a course can come to: along the path to an open end, and where options lead."""
    order = {phase.id: number for number, phase in enumerate(protocol.phases)}
    found: set[str] = set()

    def walk(number: int) -> None:
        """This phase, and those of the path after it up to one that never ends by itself."""
        for place in range(number, len(protocol.phases)):
            phase = protocol.phases[place]
            if place > number and phase.entry != "next":
                continue
            found.add(phase.id)
            if phase.count is None:
                return

    walk(order[protocol.path[0].id])
    waiting = [
        (option.effect.go_to_phase, where)
        for _, option, where in offered(protocol)
        if option.effect.go_to_phase is not None
    ]
    again = True
    while again:
        again = False
        for target, where in list(waiting):
            if not where or any(one in found for one in where):
                waiting.remove((target, where))
                if target not in found:
                    walk(order[target])
                    again = True
    return frozenset(found)


def phase_before(protocol: TreatmentProtocol, phase_id: str) -> Phase | None:
    """The phase of the path that comes before another of the path."""
    for before, phase in pairwise(protocol.path):
        if phase.id == phase_id:
            return before
    return None


def gaps_within(phase: Phase) -> tuple[tuple[str, int], ...]:
    """(place in the phase, days) of each distance between neighbouring targets of one phase."""
    return _distances(phase.cadence)


@lru_cache(maxsize=256)
def _distances(cadence: Cadence) -> tuple[tuple[str, int], ...]:
    if isinstance(cadence, Every):
        several = len(cadence.intervals) > 1
        return tuple(
            (f".taper[{number}].every_days" if several else ".every_days", interval.every_days)
            for number, interval in enumerate(cadence.intervals)
            if number > 0 or interval.count is None or interval.count > 1
        )
    place = f".{'nominal' if isinstance(cadence, PerWeek) else type(cadence).__name__.lower()}"
    distances = {later - sooner for sooner, later in pairwise(cadence.offsets())}
    return tuple((place, days) for days in sorted(distances))


def spacing(phase: Phase, *, last: bool) -> Fraction | None:
    """Days from dose to dose at the beginning or the end of a phase; none where there is one dose only."""
    cadence = phase.cadence
    if isinstance(cadence, PerWeek):
        return Fraction(7, cadence.per_week)
    if isinstance(cadence, Every):
        return Fraction(cadence.intervals[-1 if last else 0].every_days)
    offsets = cadence.offsets()
    if len(offsets) < 2:
        return None
    return Fraction(offsets[-1] - offsets[-2] if last else offsets[1] - offsets[0])


def find_path(finder: Finder) -> None:
    """Phases that nothing leads to, options that do nothing where they are offered, ids of the library's own."""
    protocol = finder.protocol
    reached = reachable(protocol)
    for number, phase in enumerate(protocol.phases):
        if phase.id not in reached:
            open_ended = [one.id for one in protocol.path if one.count is None and one.id in reached]
            why = (
                f"it comes after {open_ended[0]!r}, which has no end"
                if phase.entry == "next" and open_ended
                else "no option leads to it"
            )
            finder.say(
                "unreachable-phase", f"phases[{number}]", f"The phase {phase.id!r} is never reached: {why}."
            )
    for path, option, where in offered(protocol):
        why = _no_effect(protocol, path, option.effect, where)
        if why:
            finder.say(
                "option-without-effect", f"{path}.effect", f"The option {option.id!r} does nothing: {why}."
            )
    _ids(finder)


def _no_effect(protocol: TreatmentProtocol, path: str, effect: Effect, where: tuple[str, ...]) -> str:
    """Why an option does nothing where it is offered; empty where it does something."""
    if effect.set_interval is not None:
        if path.startswith("decisions") and not where:
            return "at the end of the path no interval is left to set"
        phases = [phase for phase in protocol.phases if not where or phase.id in where]
        if not any(isinstance(phase.cadence, Every) for phase in phases):
            return "none of the phases in which it is offered has intervals"
    if effect.add_sessions is not None and not path.startswith("decisions"):
        return "sessions are added only before a phase and at the end"
    if effect.count_dose is not None:
        return "which doses count is asked about each dose by the library"
    return ""


_COMPANIONS = ("alert", "ask", "decision", "end-review", "tell", "watch")
_DECISIONS = ("count-dose", "ended", "extra-session", "frequency", "pregnancy", "resume", "withheld")


def _ids(finder: Finder) -> None:
    for number, phase in enumerate(finder.protocol.phases):
        for place, companion in enumerate(phase.companions):
            if companion.id in _COMPANIONS:
                path = f"phases[{number}].companions[{place}].id"
                finder.say("key-clash", path, f"{companion.id!r} stands in keys for something else.")
    named = [(f"decisions[{number}].id", rule.id) for number, rule in enumerate(finder.protocol.decisions)]
    named += [(f"lapse[{number}].id", lapse.id) for number, lapse in enumerate(finder.protocol.lapse)]
    for path, name in named:
        if name in _DECISIONS:
            finder.say("key-clash", path, f"The library asks a Decision of its own called {name!r}.")
