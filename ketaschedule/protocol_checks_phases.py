"""What a phase must satisfy: its cadence, its window, what comes beside its sessions, and who says so."""

from __future__ import annotations

from .cadence import NOMINAL_WEEK, Cadence, Days, Every, PerWeek, Spread
from .protocol_checker import Checker
from .protocol_parts import Phase
from .protocol_terms import ANCHORS, KINDS, MAX_INTERVAL_DAYS, MAX_PARTS, MAX_SESSIONS

__all__ = ["PhaseChecker"]


class PhaseChecker(Checker):
    """The rules of cadences and phases, on the tools of :class:`Checker`."""

    def cadence(self, path: str, cadence: Cadence) -> int | None:
        """Check one cadence; returns how many sessions it asks for, where that can be said."""
        match cadence:
            case Days() if len(cadence.days) > MAX_SESSIONS:
                self.say(f"{path}.days", f"{len(cadence.days)} days", f"at most {MAX_SESSIONS}", "limit")
                return None
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
            case Every() if len(cadence.intervals) > MAX_SESSIONS:
                self.say(
                    f"{path}.taper", f"{len(cadence.intervals)} intervals", f"at most {MAX_SESSIONS}", "limit"
                )
                return None
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
        """Check one phase, its cadence, and what comes beside its sessions."""
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
        if len(phase.companions) > MAX_PARTS:
            said = f"{len(phase.companions)} companions"
            self.say(f"{path}.companions", said, f"at most {MAX_PARTS}", "limit")
            return
        self.unique(f"{path}.companions", _companion_keys(phase))
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


def _companion_keys(phase: Phase) -> list[str]:
    """What each companion of a phase is called in keys: of one session, of every session, or of the phase."""
    keys: list[str] = []
    for companion in phase.companions:
        of = f"session {companion.session}" if companion.anchor == "session" else "the phase"
        if companion.anchor == "each-session":
            numbers = {other.session for other in phase.companions if other.anchor == "session"}
            keys += [
                f"{companion.id}/{companion.number} of session {number}"
                for number in sorted(n for n in numbers if n)
            ]
            of = "each session"
        keys.append(f"{companion.id}/{companion.number} of {of}")
    return keys
