"""Whether a protocol's defaults lead in a circle: a walk on which nobody decides anything must come to an end.

A Decision that nobody has taken is walked through by its default. Where defaults lead back to a phase that
was walked through before, or add sessions before a Decision that is then asked again, no plan has an end.
"""

from __future__ import annotations

from collections.abc import Sequence

from .protocol_parts import DecisionRule, Effect, Phase

__all__ = ["circle_of_defaults"]


def circle_of_defaults(phases: Sequence[Phase], decisions: Sequence[DecisionRule]) -> tuple[int, str] | None:
    """(number of the Decision whose default closes a circle, what it does), or none.

    Each phase is walked through at most once, so the walk is as long as the list of phases at most.
    """
    by_id = {phase.id: number for number, phase in enumerate(phases)}
    path = [number for number, phase in enumerate(phases) if phase.entry == "next"]
    asked = _asked_before(decisions)
    seen: set[int] = set()
    here = path[0] if path else None
    jumped = True
    by_default = -1
    while here is not None:
        number, rule = asked.get(phases[here].id, (-1, None))
        effect = None if rule is None or jumped else _default_effect(rule)
        if rule is not None and effect is not None:
            if rule.gate or effect.end:
                return None
            if effect.add_sessions is not None:
                return number, "its default adds sessions and is then asked again"
            target = effect.go_to_phase
            if target is not None and target != phases[here].id:
                if target not in by_id:
                    return None
                here, jumped, by_default = by_id[target], True, number
                continue
        if here in seen:
            return by_default, f"its default leads back to the phase {phases[here].id!r}"
        seen.add(here)
        jumped = False
        here = next((later for later in path if later > here), None)
    return None


def _asked_before(decisions: Sequence[DecisionRule]) -> dict[str, tuple[int, DecisionRule]]:
    """The Decision that is asked before each phase: the first in the file that names it."""
    found: dict[str, tuple[int, DecisionRule]] = {}
    for number, rule in enumerate(decisions):
        if rule.at == "before-phase" and rule.phase is not None:
            found.setdefault(rule.phase, (number, rule))
    return found


def _default_effect(rule: DecisionRule) -> Effect | None:
    return next((option.effect for option in rule.options if option.id == rule.default), None)
