"""Which fact settles which session, and which doses count.

A dose nearer than ``min_gap_days`` to the dose before it (of another session, or outside the plan)
does not count unless a Decision says so; the session it was meant for stays open. Of two facts about
one session the one recorded last stands.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

from attrs import field, mutable

from .folding import Dose, Folded
from .history import DoseFact, Event, SessionMissed, SessionStopped
from .reasons import Finding

__all__ = ["TWO_DOSES_SECONDS", "Facts", "gather_facts"]

TWO_DOSES_SECONDS = 3600
"""From this distance on two records of one session on one day may be two doses, and ring; nearer they are one dose told
twice (house: a double entry tells of one time, give or take what is read off a clock). It never decides what counts."""


@mutable(eq=False)
class Facts:
    """Facts by session key, ready to ask. ``early`` maps dose events to the day they might first have been given."""

    by_key: dict[str, list[Event]]
    doses: dict[str, Dose]
    days: list[int]
    early: dict[str, int]
    count_overrides: Mapping[str, bool]
    breaches: list[tuple[Dose, Dose]]
    numbers: dict[str, int] = field(factory=dict)
    findings: list[Finding] = field(factory=list)
    gaps: tuple[tuple[int, int], ...] = ((0, 1),)

    @classmethod
    def none(cls) -> Facts:
        """No facts at all."""
        return cls({}, {}, [], {}, {}, [])

    def settle(self, key: str) -> tuple[Event | None, Dose | None, bool | None]:
        """(the fact that settles the session, the dose of that session, whether that dose counts)."""
        events = self.by_key.get(key)
        if not events:
            return None, None, None
        open_dose: Dose | None = None
        standing: list[Event] = []
        for event in events:
            if isinstance(event, DoseFact) and not self.counts(event):
                open_dose = self.doses[event.id]
            else:
                standing.append(event)
        if not standing:
            return None, open_dose, False
        if len(standing) == 1:
            chosen = standing[0]
        else:
            chosen = max(standing, key=lambda one: (one.recorded_key, one.id))
            self._note_conflict(key, standing, chosen)
        if isinstance(chosen, DoseFact):
            return chosen, self.doses[chosen.id], True
        return chosen, open_dose, None if open_dose is None else False

    def counts(self, event: DoseFact) -> bool:
        """Whether a dose settles its session: not too early, or a Decision says so."""
        said = self.count_overrides.get(event.id)
        if said is not None:
            return said
        return event.id not in self.early

    def gap_on(self, day: int) -> int:
        """The least days from the dose before to one on ``day``, by the protocol in force then."""
        return gap_on(self.gaps, day)

    def before(self, dose: Dose) -> int | None:
        """The day of the last recorded dose before this one, of whatever session."""
        index = bisect_left(self.days, dose.day)
        return self.days[index - 1] if index else None

    def _note_conflict(self, key: str, standing: list[Event], chosen: Event) -> None:
        for other in standing:
            if other is chosen or (type(other) is type(chosen) and not isinstance(chosen, DoseFact)):
                continue  # said twice
            made_up = (
                isinstance(other, SessionMissed)
                and isinstance(chosen, DoseFact)
                and chosen.at > other.recorded_at
            )
            if made_up:
                continue
            text = f"{other.id} and {chosen.id} say different things of {key}; {chosen.id}, recorded last, stands"
            finding = Finding("conflict", key, text, "H2")
            if finding not in self.findings:
                self.findings.append(finding)


def gap_on(gaps: tuple[tuple[int, int], ...], day: int) -> int:
    """The gap in force on a day, from (first day, least gap) in order of day."""
    found = gaps[0][1]
    for first, gap in gaps[1:]:
        if day >= first:
            found = gap
    return found


def gather_facts(
    folded: Folded,
    gaps: tuple[tuple[int, int], ...],
    overrides: Mapping[str, bool],
    matched: Mapping[str, str],
) -> Facts:
    """Sort the doses by time, judge which came too early, and index every fact by its session.

    ``gaps`` is (first day, least gap in days) of each protocol that was in force, in order of day.
    ``matched`` maps the ids of unnamed dose events to the session they were matched to, or to ``""`` where
    they fit none; those it does not name have not been looked at yet and are left out.
    """
    known = [
        dose
        for dose in folded.doses
        if dose.session is not None
        or not dose.acts
        or dose.event.id in matched
        or not isinstance(dose.event, DoseFact)
    ]
    by_key: dict[str, list[Event]] = dict(folded.facts)
    named: dict[str, str | None] = {}
    doses: dict[str, Dose] = {}
    for dose in known:
        session = dose.session or matched.get(dose.event.id) or None
        named[dose.event.id] = session
        if dose.acts:
            doses[dose.event.id] = dose
            if dose.session is None and session is not None:
                by_key[session] = [*by_key.get(session, ()), dose.event]
    early: dict[str, int] = {}
    breaches: list[tuple[Dose, Dose]] = []
    for index, dose in enumerate(known):
        mine = named[dose.event.id]
        min_gap = gap_on(gaps, dose.day)
        for before in reversed(known[:index]):
            if dose.day - before.day >= min_gap:
                break
            same_session = mine is not None and named[before.event.id] == mine
            if same_session and before.day == dose.day and dose.key - before.key < TWO_DOSES_SECONDS:
                continue
            breaches.append((before, dose))
            if not same_session and dose.acts and dose.event.id not in early:
                early[dose.event.id] = before.day + min_gap
    numbers: dict[str, int] = {}
    for key in (*by_key, *folded.bookings):
        run, _, number = key.rpartition("/")
        if number.isascii() and number.isdigit() and len(number) <= 4:
            numbers[run] = max(numbers.get(run, 0), int(number))
    days = sorted({dose.day for dose in known})
    return Facts(by_key, doses, days, early, overrides, breaches, numbers, [], gaps)


def is_stopped(event: Event | None) -> bool:
    """Whether a fact is a dose that was begun and stopped."""
    return isinstance(event, SessionStopped)
