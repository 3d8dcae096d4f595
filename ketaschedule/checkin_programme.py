"""The protocol's programme of check-ins as items: baseline, onset, before each dose, reviews, monthly questions.

Items hang on sessions, or on days of the course, and are timed in the person's zone. Nothing is merged yet.
"""

from __future__ import annotations

from collections.abc import Mapping

from .checkin_items import HOUR, Item, PersonClock, plain_midnight, wall_key
from .course import Course
from .days import SECONDS_PER_DAY
from .history import SessionCancelled, SessionMissed, SessionWithheld
from .laid import Laid, Layout, Run
from .protocol import CheckInRule

__all__ = ["Programme"]

MOST_MONTHLY = 80
"""Monthly questions of one rule, over five years of treatment and a little more."""
_LEFT = ("left", "ended", "pause")
_NOT_DOSED = (SessionMissed, SessionWithheld, SessionCancelled)


class Programme:
    """The items that a course's protocol asks for, as one layout has its sessions.

    ``given`` are instants (UTC seconds) of recorded doses by session key; ``until``: items that open at
    this instant or later may be left out.
    """

    def __init__(
        self,
        course: Course,
        layout: Layout,
        person: PersonClock,
        given: Mapping[str, int],
        until: int,
    ) -> None:
        self.course = course
        self.layout = layout
        self.person = person
        self.given = given
        self.until = until
        self.zone = None if course.clinic is None else course.session_zone
        self.names: dict[tuple[str, ...], tuple[str, ...]] = {}

    def items(self) -> list[Item]:
        """Every item, in no particular order."""
        found: list[Item] = []
        for number, run in enumerate(self.layout.runs):
            asked = [laid for laid in run.sessions if _asked(laid)]
            for rule in run.protocol.checkins:
                if rule.phase is None or rule.phase == run.phase.id:
                    found += self._rule(run, asked, rule, first_run=number == 0)
        return found

    def hangs_on_doses(self) -> frozenset[str]:
        """Keys of the sessions whose actual time moves an item: those after which something is asked."""
        found: set[str] = set()
        for number, run in enumerate(self.layout.runs):
            asked = [laid for laid in run.sessions if _asked(laid)]
            for rule in run.protocol.checkins:
                if rule.phase is None or rule.phase == run.phase.id:
                    found.update(laid.key for laid in _after_which(run, asked, rule, first_run=number == 0))
        return frozenset(found)

    def start(self, laid: Laid) -> int:
        """UTC seconds at which a session is planned to begin."""
        return wall_key(self.zone or self.person.zone_on(laid.day), laid.day, laid.minute)

    def names_of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Instruments by id, each once, ``primary`` read as the course's."""
        found = self.names.get(names)
        if found is None:
            primary = self.course.primary
            found = tuple(dict.fromkeys(primary if name == "primary" else name for name in names))
            self.names[names] = found
        return found

    def _rule(self, run: Run, asked: list[Laid], rule: CheckInRule, *, first_run: bool) -> list[Item]:
        match rule.anchor:
            case "before-dose":
                return self._before(rule, asked)
            case "before-first-dose":
                return self._before(rule, _first_dose(asked, first_run=first_run))
            case "week":
                if not first_run or rule.week is None:
                    return []
                return [self._on_day(rule, run.key, self.layout.day1 + 7 * rule.week - 1, 1)]
            case "monthly":
                return self._monthly(run, rule) if first_run else []
            case _:
                return [
                    self._after(rule, laid) for laid in _after_which(run, asked, rule, first_run=first_run)
                ]

    def _before(self, rule: CheckInRule, sessions: list[Laid]) -> list[Item]:
        baseline = rule.purpose == "baseline"
        code, text, rank = ("C1", "before the first dose", 1) if baseline else ("C2", "before a dose", 3)
        ahead = min(0, rule.offset_hours) * HOUR
        opens, closes = ahead - rule.opens_hours * HOUR, max(0, ahead + HOUR)
        names, purpose, source, ending = (
            self.names_of(rule.instruments),
            rule.purpose,
            rule.source,
            f"/ask/{rule.id}",
        )
        given, until, person = self.given, self.until, self.person
        at_home = self.zone is None and not person.later  # one clock for sessions and person
        found: list[Item] = []
        for laid in sessions:
            key, fact, day = laid.key, laid.fact, laid.day
            midnight = plain_midnight(person.first, day) if at_home else None
            start = self.start(laid) if midnight is None else midnight + 60 * laid.minute
            if start + opens >= until:
                continue
            if midnight is None or not midnight <= start + ahead < midnight + SECONDS_PER_DAY:
                day = person.day_of(start + ahead)
            base = key + ending
            void = (
                laid.cancelled is not None
                or key in given
                or (fact is not None and isinstance(fact, _NOT_DOSED))
            )
            found.append(
                Item(
                    base + "/1", base, 1, key, purpose,
                    start + opens, start + ahead, start + closes, day,
                    names, code, text, source, rank, void, True,
                )
            )  # fmt: skip
        return found

    def _after(self, rule: CheckInRule, laid: Laid) -> Item:
        start = self.given.get(laid.key)
        hours = rule.offset_hours
        due = (self.start(laid) if start is None else start) + hours * HOUR
        opens = due - min(rule.opens_hours, max(0, hours - 1)) * HOUR
        base, text = f"{laid.key}/ask/{rule.id}", f"{hours} hours after the session it hangs on"
        return Item(
            f"{base}/1", base, 1, laid.key, rule.purpose,
            opens, due, due + rule.closes_hours * HOUR, self.person.day_of(due),
            self.names_of(rule.instruments), "C3", text, rule.source, 4, _void(laid), True,
        )  # fmt: skip

    def _on_day(self, rule: CheckInRule, anchor: str, day: int, number: int) -> Item:
        opens, due = self.person.morning(day)
        base = f"{anchor}/ask/{rule.id}"
        return Item(
            f"{base}/{number}", base, number, anchor, rule.purpose,
            opens, due, opens + max(3, rule.closes_hours) * HOUR, day,
            self.names_of(rule.instruments), "C4", "a day of the course", rule.source, 4,
            again=rule.anchor == "week",
        )  # fmt: skip

    def _monthly(self, run: Run, rule: CheckInRule) -> list[Item]:
        """While doses go on, from a week on, every so many days."""
        last = max(filter(None, [one.last_day for one in self.layout.runs]), default=0)
        first = self.layout.day1 + 7 * ((rule.from_week or 1) - 1)
        days = range(first, last + 1, rule.every_days or 28)[:MOST_MONTHLY]
        return [self._on_day(rule, run.key, day, number) for number, day in enumerate(days, start=1)]


def _asked(laid: Laid) -> bool:
    """Whether a dose session is one that the person is asked about: not left, ended, proposed or never placed."""
    return laid.basis != "proposed" and not laid.omitted and laid.cancelled not in _LEFT


def _void(laid: Laid) -> bool:
    return laid.cancelled is not None or isinstance(laid.fact, SessionCancelled)


def _first_dose(asked: list[Laid], *, first_run: bool) -> list[Laid]:
    """The session with the first dose: the first that was not missed, withheld or called off."""
    if not first_run:
        return []
    for laid in asked:
        if laid.cancelled is None and not isinstance(laid.fact, _NOT_DOSED):
            return [laid]
    return []


def _after_which(run: Run, asked: list[Laid], rule: CheckInRule, *, first_run: bool) -> list[Laid]:
    match rule.anchor:
        case "first-dose":
            return _first_dose(asked, first_run=first_run)
        case "session":
            return [laid for laid in asked if laid.number == rule.session]
        case "phase-end":
            return asked[-1:] if run.phase.count is not None else []
        case _:
            return []
