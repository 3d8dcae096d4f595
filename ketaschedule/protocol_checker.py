"""The tools with which the parts of a protocol are checked: each says a fault and goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .errors import Fault
from .protocol_parts import Option
from .protocol_terms import ID_PATTERN, MAX_INTERVAL_DAYS, MAX_OPTIONS

__all__ = ["Checker"]


class Checker:
    """Gathers faults; one tool per kind of thing, none of which stops at the first."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.faults: list[Fault] = []

    def say(self, path: str, text: str, allowed: str = "", code: str = "bad-protocol") -> None:
        """Add one fault."""
        self.faults.append(Fault(path, text, allowed, code))

    def within(self, path: str, value: int | None, low: int, high: int) -> None:
        """A number, where it is given, lies between the bounds, both included."""
        if value is not None and not low <= value <= high:
            self.say(path, f"{value} is out of bounds", f"{low} to {high}")

    def one_of(self, path: str, value: str, allowed: Iterable[str]) -> None:
        """A word is one of those that are known."""
        known = tuple(allowed)
        if value not in known:
            self.say(path, f"{value[:80]!r} is not known", ", ".join(known)[:600])

    def an_id(self, path: str, value: str) -> None:
        """A text can be an id, and so stand in keys."""
        if not ID_PATTERN.fullmatch(value):
            self.say(
                path, f"{value[:80]!r} is not an id", "a-z 0-9 . - , at most 64, first a letter or digit"
            )

    def unique(self, path: str, ids: Iterable[str]) -> None:
        """No id stands twice."""
        seen: set[str] = set()
        for value in ids:
            if value in seen:
                self.say(path, f"the id {value[:80]!r} stands twice", "each id once")
            seen.add(value)

    def source(self, path: str, value: str) -> None:
        """A source is one of the protocol's, or ``house``."""
        if value != "house" and value not in self.data["sources"]:
            self.say(
                path, f"no source is called {value[:80]!r}", "an id under [sources], or house", "no-source"
            )

    def phase_ref(self, path: str, value: str | None) -> None:
        """A phase that is named exists."""
        known = [phase.id for phase in self.data["phases"]]
        if value is not None and value not in known:
            self.say(path, f"no phase is called {value[:80]!r}", ", ".join(known[:24])[:600])

    def phase_refs(self, path: str, values: Iterable[str]) -> None:
        """Every phase that is named exists."""
        for value in values:
            self.phase_ref(path, value)

    def options(self, path: str, options: tuple[Option, ...], default: str) -> None:
        """The options of a Decision: ids, one effect each, and a default among them."""
        if not options:
            self.say(path, "a decision needs at least one option")
            return
        if len(options) > MAX_OPTIONS:
            self.say(f"{path}.options", f"{len(options)} options", f"at most {MAX_OPTIONS}", "limit")
            return
        self.unique(f"{path}.options", (option.id for option in options))
        self.one_of(f"{path}.default", default, (option.id for option in options))
        for number, option in enumerate(options):
            where = f"{path}.options[{number}]"
            self.an_id(f"{where}.id", option.id)
            self.source(f"{where}.source", option.source)
            effect = option.effect
            said = [effect.keep, effect.pause, effect.end]
            said += [effect.go_to_phase is not None, effect.set_interval is not None]
            said += [effect.add_sessions is not None, effect.count_dose is not None]
            if sum(said) != 1:
                self.say(f"{where}.effect", "an option does exactly one thing", "keep, go_to_phase, …")
            self.phase_ref(f"{where}.effect.go_to_phase", effect.go_to_phase)
            self.within(f"{where}.effect.set_interval", effect.set_interval, 1, MAX_INTERVAL_DAYS)
            self.within(f"{where}.effect.add_sessions", effect.add_sessions, 1, 24)
