"""The protocol's programme of check-ins as items: baseline, onset, before each dose, reviews, monthly questions.

Items hang on sessions, or on days of the course, and are timed in the person's zone. Nothing is merged yet.
"""

from __future__ import annotations

from collections.abc import Mapping

from .checkin_items import DUE_MINUTE, HOUR, OPENS_MINUTE, Item, PersonClock, wall_key
from .course import Course
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
        zone = self.zone if self.zone is not None else self.person.zone_on(laid.day)
        return wall_key(zone, laid.day, laid.minute)

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
        ahead, earlier = min(0, rule.offset_hours) * HOUR, rule.opens_hours * HOUR
        names, until, day_of = self.names_of(rule.instruments), self.until, self.person.day_of
        found: list[Item] = []
        for laid in sessions:
            start = self.start(laid)
            due = start + ahead
            if due - earlier >= until:
                continue
            base = f"{laid.key}/ask/{rule.id}"
            void = laid.cancelled is not None or isinstance(laid.fact, _NOT_DOSED) or laid.key in self.given
            found.append(
                Item(
                    f"{base}/1", base, 1, laid.key, rule.purpose,
                    due - earlier, due, max(start, due + HOUR), day_of(due),
                    names, code, text, rule.source, rank, void, True,
                )
            )  # fmt: skip
        return found

    def _after(self, rule: CheckInRule, laid: Laid) -> Item:
        start = self.given.get(laid.key)
        due = (self.start(laid) if start is None else start) + rule.offset_hours * HOUR
        return Item(
            key=f"{laid.key}/ask/{rule.id}/1",
            base=f"{laid.key}/ask/{rule.id}",
            number=1,
            anchor=laid.key,
            purpose=rule.purpose,
            opens=due - min(rule.opens_hours, max(0, rule.offset_hours - 1)) * HOUR,
            due=due,
            closes=due + max(1, rule.closes_hours) * HOUR,
            day=self.person.day_of(due),
            instruments=self.names_of(rule.instruments),
            rule="C3",
            text=f"{rule.offset_hours} hours after the session it hangs on",
            source=rule.source,
            rank=4,
            void=_void(laid),
            again=True,
        )

    def _on_day(self, rule: CheckInRule, anchor: str, day: int, number: int) -> Item:
        opens = self.person.at(day, OPENS_MINUTE)
        return Item(
            key=f"{anchor}/ask/{rule.id}/{number}",
            base=f"{anchor}/ask/{rule.id}",
            number=number,
            anchor=anchor,
            purpose=rule.purpose,
            opens=opens,
            due=self.person.at(day, DUE_MINUTE),
            closes=opens + max(3, rule.closes_hours) * HOUR,
            day=day,
            instruments=self.names_of(rule.instruments),
            rule="C4",
            text="a day of the course",
            source=rule.source,
            rank=4,
            again=rule.anchor == "week",
        )

    def _monthly(self, run: Run, rule: CheckInRule) -> list[Item]:
        """While doses go on, from a week on, every so many days."""
        last = max((one.last_day for one in self.layout.runs if one.last_day is not None), default=0)
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
    return [laid for laid in asked if not _void(laid) and not isinstance(laid.fact, _NOT_DOSED)][:1]


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
