"""What a protocol must satisfy before anything is planned from it: all faults, each with its path.

These are the checks of form (bounds, names, references). What a protocol *ought* to be is judged by
the laws; a protocol that fails here cannot be planned at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .errors import Fault
from .protocol_checks_phases import PhaseChecker
from .protocol_circles import circle_of_defaults
from .protocol_parts import CheckInRule
from .protocol_terms import (
    AUDIENCES,
    CHECKIN_ANCHORS,
    ID_PATTERN,
    LAPSE_WHEN,
    MAX_INTERVAL_DAYS,
    MAX_PARTS,
    MAX_PHASES,
    MAX_SESSIONS,
    RESTS_ON,
    SETTINGS,
    STATEMENT_KINDS,
    STEP_ANCHORS,
    WATCH_AFTER,
)
from .sources import Grade, Seen

__all__ = ["CHECKED", "ID_PATTERN", "MAX_INTERVAL_DAYS", "MAX_SESSIONS", "protocol_faults"]

CHECKED = (
    "schema",
    "id",
    "edition",
    "setting",
    "session_minutes",
    "min_gap_days",
    "default_at",
    "expires",
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


class _Checker(PhaseChecker):
    """The rules, one method per part of a protocol."""

    def sizes(self) -> None:
        for name in (
            "phases",
            "sources",
            "decisions",
            "lapse",
            "frequency",
            "steps",
            "doses",
            "statements",
            "checkins",
        ):
            limit = MAX_PHASES if name == "phases" else MAX_PARTS
            if len(self.data[name]) > limit:
                self.say(name, f"{len(self.data[name])} entries", f"at most {limit}", "limit")

    def decisions(self) -> None:
        data = self.data
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
            where = f"frequency[{number}]"
            self.within(f"{where}.every_days", row.every_days, 1, MAX_INTERVAL_DAYS)
            self.within(f"{where}.rating_from", row.rating_from, 1, 7)
            self.within(f"{where}.rating_to", row.rating_to, max(1, row.rating_from), 7)
            if row.options:
                self.options(where, row.options, row.options[0].id)
            self.source(f"{where}.source", row.source)
        self.unique("decisions", (rule.id for rule in (*data["decisions"], *data["lapse"])))
        circle = circle_of_defaults(data["phases"][:MAX_PHASES], data["decisions"][:MAX_PARTS])
        if circle is not None:
            allowed = "a default that goes on, or ends"
            self.say(f"decisions[{circle[0]}].default", circle[1], allowed, "circle")

    def shown(self) -> None:
        data = self.data
        for number, step in enumerate(data["steps"]):
            where = f"steps[{number}]"
            self.an_id(f"{where}.what", step.what)
            self.one_of(f"{where}.anchor", step.anchor, STEP_ANCHORS)
            self.one_of(f"{where}.audience", step.audience, AUDIENCES)
            given = [step.offset_minutes is not None, step.until is not None, step.within_days is not None]
            if sum(given) != 1:
                self.say(where, "a step has exactly one of offset_minutes, until and within_days")
            if step.until is not None:
                self.one_of(f"{where}.until", step.until, ("next-day",))
            self.within(f"{where}.offset_minutes", step.offset_minutes, -10080, 10080)
            self.within(f"{where}.within_days", step.within_days, 0, 366)
            self.phase_refs(f"{where}.phases", step.phases)
            self.source(f"{where}.source", step.source)
        for number, dose in enumerate(data["doses"]):
            self.phase_refs(f"doses[{number}].phases", dose.phases)
            self.source(f"doses[{number}].source", dose.source)
        for number, statement in enumerate(data["statements"]):
            self.one_of(f"statements[{number}].kind", statement.kind, STATEMENT_KINDS)
            self.source(f"statements[{number}].source", statement.source)

    def checkin(self, where: str, rule: CheckInRule) -> None:
        self.an_id(f"{where}.id", rule.id)
        self.one_of(f"{where}.anchor", rule.anchor, CHECKIN_ANCHORS)
        self.within(f"{where}.offset_hours", rule.offset_hours, -2000, 9000)
        self.within(f"{where}.opens_hours", rule.opens_hours, 0, 2000)
        self.within(f"{where}.closes_hours", rule.closes_hours, 1, 2000)
        self.within(f"{where}.week", rule.week, 1, 261)
        self.within(f"{where}.from_week", rule.from_week, 1, 261)
        self.within(f"{where}.every_days", rule.every_days, 1, MAX_INTERVAL_DAYS)
        if not rule.instruments:
            self.say(f"{where}.instruments", "a check-in asks at least one instrument", 'such as ["primary"]')
        needed = {"session": ("session", rule.session), "week": ("week", rule.week)}
        name, value = needed.get(rule.anchor, ("", 0))
        if value is None:
            self.say(f"{where}.{name}", f"the {name} it is anchored to is not named", code="missing")
        self.phase_ref(f"{where}.phase", rule.phase)
        self.source(f"{where}.source", rule.source)

    def watching(self) -> None:
        data = self.data
        for number, rule in enumerate(data["checkins"]):
            self.checkin(f"checkins[{number}]", rule)
        self.unique("checkins", (rule.id for rule in data["checkins"]))
        for number, after in enumerate(data["watch"].after):
            self.one_of(f"watch.after[{number}]", after, WATCH_AFTER)
        self.within("watch.extras", data["watch"].extras, 0, 90)
        self.source("watch.source", data["watch"].source)
        self.within("end.review_days", data["end"].review_days, 0, MAX_INTERVAL_DAYS)
        self.within("end.window_days", data["end"].window_days, 0, MAX_INTERVAL_DAYS)
        self.within("end.minutes", data["end"].minutes, 1, 1440)
        self.source("end.source", data["end"].source)


def protocol_faults(data: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Every fault of form of a protocol whose checked fields are ``data``."""
    checker = _Checker(data)
    checker.within("schema", data["schema"], 1, 1)
    checker.an_id("id", data["id"])
    checker.one_of("setting", data["setting"], SETTINGS)
    checker.within("session_minutes", data["session_minutes"], 1, 1440)
    checker.within("min_gap_days", data["min_gap_days"], 1, 60)
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", data["default_at"]):
        checker.say("default_at", f"{data['default_at'][:40]!r} is not a time of day", "HH:MM")
    if not data["edition"]:
        checker.say("edition", "an edition must be named", "the document whose section was read")
    needed = ["min_gap_days", "session_minutes", "default_at"]
    needed += [] if data["expires"] is None else ["expires"]
    for name in needed:
        if name not in data["number_sources"]:
            checker.say(
                f"number_sources.{name}", "the number has no source", "a source id, or house", "no-source"
            )
    for name, value in data["number_sources"].items():
        checker.source(f"number_sources.{name}", value)
    for key, source in data["sources"].items():
        where = f"sources.{key[:80]}"
        checker.an_id(where, key)
        if source.id != key:
            checker.say(f"{where}.id", "a source is called by the name of its table", key[:80])
        if source.grade is not Grade.HOUSE and not source.address:
            checker.say(f"{where}.address", "a source that is not house needs its address", code="no-source")
        if source.grade is Grade.LABEL and source.seen is not Seen.READ:
            checker.say(
                f"{where}.seen", "a label that was not read is not graded label", "read", "label-not-read"
            )
        if source.grade is Grade.LABEL and not source.edition:
            checker.say(f"{where}.edition", "a label names the edition that was read", code="label-not-read")
    if not data["phases"]:
        checker.say("phases", "a protocol needs at least one phase")
    elif len(data["phases"]) <= MAX_PHASES:
        checker.unique("phases", (phase.id for phase in data["phases"]))
        for number, phase in enumerate(data["phases"]):
            checker.phase(f"phases[{number}]", phase)
        if not any(phase.entry == "next" for phase in data["phases"]):
            checker.say("phases", "no phase is on the path", 'one with entry = "next"')
    checker.sizes()
    checker.decisions()
    checker.shown()
    checker.watching()
    return tuple(checker.faults)
