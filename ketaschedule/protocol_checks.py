"""What a protocol must satisfy before anything is planned from it: all faults, each with its path.

These are the checks of form (bounds, names, references). What a protocol *ought* to be is judged by
the laws; a protocol that fails here cannot be planned at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .cadence import NOMINAL_WEEK, Cadence, Days, Every, PerWeek, Spread
from .errors import Fault
from .protocol_parts import Option, Phase
from .sources import Grade, Seen

__all__ = ["CHECKED", "ID_PATTERN", "MAX_INTERVAL_DAYS", "MAX_SESSIONS", "protocol_faults"]

CHECKED = (
    "id",
    "edition",
    "setting",
    "session_minutes",
    "min_gap_days",
    "default_at",
    "sources",
    "number_sources",
    "phases",
    "decisions",
    "lapse",
    "frequency",
    "steps",
    "doses",
    "statements",
    "checkins",
    "watch",
    "end",
)
"""The fields that are checked together."""

ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
MAX_PHASES = 64
MAX_PARTS = 400
MAX_SESSIONS = 400
MAX_INTERVAL_DAYS = 366
SETTINGS = ("certified-clinic", "clinic", "home")
KINDS = ("preparation", "integration", "review")
ANCHORS = ("session", "each-session", "phase-start", "phase-end")
STEP_ANCHORS = ("arrival", "dose-start", "dose-end")
AUDIENCES = ("patient", "escort", "proxy", "clinic")
CHECKIN_ANCHORS = (
    "before-first-dose",
    "first-dose",
    "before-dose",
    "session",
    "phase-end",
    "week",
    "monthly",
)
RESTS_ON = ("path", "frequency", "response", "fitness")
LAPSE_WHEN = ("missed-and-worse", "long-gap", "worse")


class _Checker:
    """Gathers faults; one method per kind of thing, none of which stops at the first."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.faults: list[Fault] = []

    def say(self, path: str, text: str, allowed: str = "", code: str = "bad-protocol") -> None:
        self.faults.append(Fault(path, text, allowed, code))

    def within(self, path: str, value: int | None, low: int, high: int) -> None:
        if value is not None and not low <= value <= high:
            self.say(path, f"{value} is out of bounds", f"{low} to {high}")

    def one_of(self, path: str, value: str, allowed: Iterable[str]) -> None:
        known = tuple(allowed)
        if value not in known:
            self.say(path, f"{value!r} is not known", ", ".join(known))

    def an_id(self, path: str, value: str) -> None:
        if not ID_PATTERN.fullmatch(value):
            self.say(
                path, f"{value[:80]!r} is not an id", "a-z 0-9 . - , at most 64, first a letter or digit"
            )

    def unique(self, path: str, ids: Iterable[str]) -> None:
        seen: set[str] = set()
        for value in ids:
            if value in seen:
                self.say(path, f"the id {value!r} stands twice", "each id once")
            seen.add(value)

    def source(self, path: str, value: str) -> None:
        if value != "house" and value not in self.data["sources"]:
            self.say(
                path, f"no source is called {value[:80]!r}", "an id under [sources], or house", "no-source"
            )

    def phase_ref(self, path: str, value: str | None) -> None:
        known = [phase.id for phase in self.data["phases"]]
        if value is not None and value not in known:
            self.say(path, f"no phase is called {value[:80]!r}", ", ".join(known[:24]))

    def phase_refs(self, path: str, values: Iterable[str]) -> None:
        for value in values:
            self.phase_ref(path, value)

    def options(self, path: str, options: tuple[Option, ...], default: str) -> None:
        if not options:
            self.say(path, "a decision needs at least one option")
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

    def cadence(self, path: str, cadence: Cadence) -> int | None:
        """Check one cadence; returns how many sessions it asks for, where that can be said."""
        match cadence:
            case Days():
                if not cadence.days or any(
                    a >= b for a, b in zip(cadence.days, cadence.days[1:], strict=False)
                ):
                    self.say(f"{path}.days", "days must be there, and rise", "such as [1, 4, 8]")
                for day in cadence.days:
                    self.within(f"{path}.days", day, 1, 1830)
                return len(cadence.days)
            case Spread():
                self.within(f"{path}.spread", cadence.spread, 1, MAX_SESSIONS)
                self.within(f"{path}.over_days", cadence.over_days, max(1, cadence.spread), 1830)
                return cadence.spread
            case PerWeek():
                self.within(f"{path}.per_week", cadence.per_week, 1, 7)
                self.within(f"{path}.weeks", cadence.weeks, 1, 261)
                nominal = cadence.nominal
                if nominal is None and cadence.per_week not in NOMINAL_WEEK:
                    self.say(
                        f"{path}.nominal", "more than three a week need their days written", "days 1 to 7"
                    )
                if nominal is not None and (
                    len(nominal) != cadence.per_week
                    or list(nominal) != sorted(set(nominal))
                    or not all(1 <= day <= 7 for day in nominal)
                ):
                    self.say(f"{path}.nominal", "nominal days must rise, one per session", "days 1 to 7")
                return cadence.per_week * cadence.weeks
            case Every():
                if not cadence.intervals:
                    self.say(f"{path}.taper", "a taper needs at least one interval")
                    return 0
                for number, interval in enumerate(cadence.intervals):
                    where = f"{path}.taper[{number}]" if len(cadence.intervals) > 1 else path
                    self.within(f"{where}.every_days", interval.every_days, 1, MAX_INTERVAL_DAYS)
                    self.within(f"{where}.count", interval.count, 1, MAX_SESSIONS)
                    if interval.count is None and number < len(cadence.intervals) - 1:
                        self.say(f"{where}.count", "only the last interval may be open-ended")
                        return None
                return cadence.count

    def phase(self, path: str, phase: Phase) -> None:
        self.an_id(f"{path}.id", phase.id)
        if phase.id in ("extra", "event", "decision"):
            self.say(f"{path}.id", f"{phase.id!r} is kept for keys of the library", "another id")
        count = self.cadence(path, phase.cadence)
        if count is not None and count > MAX_SESSIONS:
            self.say(path, f"{count} sessions in one phase", f"at most {MAX_SESSIONS}", "limit")
        self.one_of(f"{path}.start", phase.start, ("auto", "grid", "after-interval"))
        self.one_of(f"{path}.outside", phase.outside, ("later", "omit", "ask"))
        self.one_of(f"{path}.entry", phase.entry, ("next", "decision"))
        self.within(f"{path}.window_days", phase.window_days, 0, MAX_INTERVAL_DAYS)
        if phase.window_days is None and not isinstance(phase.cadence, PerWeek):
            self.say(f"{path}.window_days", "a window must be stated for this cadence", "days on either side")
        self.one_of(f"{path}.missed.rule", phase.missed.rule, ("keep", "append", "shift"))
        self.one_of(f"{path}.missed.make_up", phase.missed.make_up, ("within-window", "none"))
        self.source(f"{path}.missed.source", phase.missed.source)
        for name in ("cadence", "window"):
            if name not in phase.sources:
                self.say(
                    f"{path}.sources.{name}", "the number has no source", "a source id, or house", "no-source"
                )
        for name, value in phase.sources.items():
            self.source(f"{path}.sources.{name}", value)
        self.unique(f"{path}.companions", (f"{c.id}/{c.number}" for c in phase.companions))
        for number, companion in enumerate(phase.companions):
            where = f"{path}.companions[{number}]"
            self.an_id(f"{where}.id", companion.id)
            self.one_of(f"{where}.kind", companion.kind, KINDS)
            self.one_of(f"{where}.anchor", companion.anchor, ANCHORS)
            self.within(f"{where}.minutes", companion.minutes, 1, 1440)
            self.within(f"{where}.offset_days", companion.offset_days, -366, 366)
            if not companion.earliest_days <= companion.offset_days <= companion.latest_days:
                self.say(f"{where}.offset_days", "the offset must lie within earliest_days and latest_days")
            if companion.anchor == "session" and companion.session is None:
                self.say(f"{where}.session", "the session it is anchored to is not named")
            if companion.session is not None and count is not None and not 1 <= companion.session <= count:
                self.say(f"{where}.session", f"the phase has no session {companion.session}", f"1 to {count}")
            self.source(f"{where}.source", companion.source)

    def parts(self) -> None:
        data = self.data
        for name in ("phases", "decisions", "lapse", "frequency", "steps", "doses", "statements", "checkins"):
            limit = MAX_PHASES if name == "phases" else MAX_PARTS
            if len(data[name]) > limit:
                self.say(name, f"{len(data[name])} entries", f"at most {limit}", "limit")
        for number, rule in enumerate(data["decisions"]):
            where = f"decisions[{number}]"
            self.an_id(f"{where}.id", rule.id)
            self.one_of(f"{where}.at", rule.at, ("before-phase", "end"))
            self.one_of(f"{where}.rests_on", rule.rests_on, RESTS_ON)
            if rule.at == "before-phase" and rule.phase is None:
                self.say(f"{where}.phase", "the phase it comes before is not named")
            self.phase_ref(f"{where}.phase", rule.phase)
            self.options(where, rule.options, rule.default)
            self.source(f"{where}.source", rule.source)
        for number, lapse in enumerate(data["lapse"]):
            where = f"lapse[{number}]"
            self.an_id(f"{where}.id", lapse.id)
            self.one_of(f"{where}.when", lapse.when, LAPSE_WHEN)
            self.phase_refs(f"{where}.phases", lapse.phases)
            self.within(f"{where}.over_days", lapse.over_days, 1, 3660)
            self.within(f"{where}.over_intervals", lapse.over_intervals, 1, 100)
            self.options(where, lapse.options, lapse.default)
            self.source(f"{where}.source", lapse.source)
        for number, row in enumerate(data["frequency"]):
            self.within(f"frequency[{number}].every_days", row.every_days, 1, MAX_INTERVAL_DAYS)
            if row.options:
                self.options(f"frequency[{number}]", row.options, row.options[0].id)
            self.source(f"frequency[{number}].source", row.source)
        for number, step in enumerate(data["steps"]):
            where = f"steps[{number}]"
            self.one_of(f"{where}.anchor", step.anchor, STEP_ANCHORS)
            self.one_of(f"{where}.audience", step.audience, AUDIENCES)
            given = [step.offset_minutes is not None, step.until is not None, step.within_days is not None]
            if sum(given) != 1:
                self.say(where, "a step has exactly one of offset_minutes, until and within_days")
            if step.until is not None:
                self.one_of(f"{where}.until", step.until, ("next-day",))
            self.within(f"{where}.offset_minutes", step.offset_minutes, -10080, 10080)
            self.phase_refs(f"{where}.phases", step.phases)
            self.source(f"{where}.source", step.source)
        for name in ("doses", "statements"):
            for number, part in enumerate(data[name]):
                self.source(f"{name}[{number}].source", part.source)
        for number, dose in enumerate(data["doses"]):
            self.phase_refs(f"doses[{number}].phases", dose.phases)
        for number, rule in enumerate(data["checkins"]):
            where = f"checkins[{number}]"
            self.an_id(f"{where}.id", rule.id)
            self.one_of(f"{where}.anchor", rule.anchor, CHECKIN_ANCHORS)
            self.within(f"{where}.opens_hours", rule.opens_hours, 0, 2000)
            self.within(f"{where}.closes_hours", rule.closes_hours, 1, 2000)
            self.phase_ref(f"{where}.phase", rule.phase)
            self.source(f"{where}.source", rule.source)
        self.unique("checkins", (rule.id for rule in data["checkins"]))
        self.unique("decisions", (rule.id for rule in (*data["decisions"], *data["lapse"])))
        self.source("watch.source", data["watch"].source)
        self.source("end.source", data["end"].source)


def protocol_faults(data: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Every fault of form of a protocol whose checked fields are ``data``."""
    checker = _Checker(data)
    checker.an_id("id", data["id"])
    checker.one_of("setting", data["setting"], SETTINGS)
    checker.within("session_minutes", data["session_minutes"], 1, 1440)
    checker.within("min_gap_days", data["min_gap_days"], 1, 60)
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", data["default_at"]):
        checker.say("default_at", f"{data['default_at'][:40]!r} is not a time of day", "HH:MM")
    if not data["edition"]:
        checker.say("edition", "an edition must be named", "the document whose section was read")
    for name in ("min_gap_days", "session_minutes", "default_at"):
        if name not in data["number_sources"]:
            checker.say(
                f"number_sources.{name}", "the number has no source", "a source id, or house", "no-source"
            )
    for name, value in data["number_sources"].items():
        checker.source(f"number_sources.{name}", value)
    for key, source in data["sources"].items():
        checker.an_id(f"sources.{key}", key)
        if source.grade is not Grade.HOUSE and not source.address:
            checker.say(f"sources.{key}.address", "a source that is not house needs its address")
        if source.grade is Grade.LABEL and source.seen is Seen.READ and not source.edition:
            checker.say(f"sources.{key}.edition", "a label that was read names its edition")
    if not data["phases"]:
        checker.say("phases", "a protocol needs at least one phase")
    elif len(data["phases"]) <= MAX_PHASES:
        checker.unique("phases", (phase.id for phase in data["phases"]))
        for number, phase in enumerate(data["phases"]):
            checker.phase(f"phases[{number}]", phase)
        if not any(phase.entry == "next" for phase in data["phases"]):
            checker.say("phases", "no phase is on the path", 'one with entry = "next"')
    checker.parts()
    return tuple(checker.faults)
