"""The programme of check-ins before any merging: each item of the protocol, each day of a watch.

Items are anchored to sessions (or runs) by key, and timed in the person's zone. Instants are UTC
seconds here; :mod:`ketaschedule.checkins` makes pendulum values of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import frozen

from . import times
from .course import Course
from .folding import Folded
from .history import ClinicalEvent
from .laid import Laid, Layout, Run
from .protocol import CheckInRule, PerWeek
from .trajectory import Trajectory

__all__ = ["Item", "PersonClock", "programme", "tightening", "watch_anchors", "watch_items"]

HOUR = 3600
FLOOR_DAYS = (*range(7, 92, 7), *range(105, 190, 14), *range(217, 358, 28), 365)
"""Days of the plain floor of a watch (house)."""
DAY_MINUTE = 10 * 60
"""Watch and calendar items are due at 10:00 of the person's day (house)."""
OPENS_MINUTE = 8 * 60
"""They open at 08:00 (house)."""
WATCH_CLOSES_HOURS = 48
TIGHTEN_DAYS = (2, 4, 6, 8, 10, 12)
"""Days after a first crossing on which one more short question is asked, at most (house)."""
TIGHTEN_ENDS_DAYS = 15
CONFIRM_DAYS = {"phq-9": 14, "gad-7": 14, "who-5": 14, "qids-sr16": 7, "madrs": 7, "madrs-s": 5, "pcl-5": 15}
"""Day of confirmation within 5-15 days, nearest the instrument's recall."""


@frozen
class Item:
    """One thing to ask: when it opens, is due and closes (UTC seconds, half-open), and where it comes from."""

    key: str
    anchor: str
    purpose: str
    opens: int
    due: int
    closes: int
    day: int
    instruments: tuple[str, ...]
    rule: str
    text: str
    source: str
    void: bool = False
    rank: int = 5


class PersonClock:
    """The person's wall clock, whose zone may change from a date on."""

    def __init__(self, course: Course, folded: Folded) -> None:
        self.zones = [(0, times.clock(course.zone))]
        self.zones += [(event.from_date.toordinal(), times.clock(event.zone)) for event in folded.zones]

    def on(self, day: int) -> times.ZoneClock:
        """The clock in force on a local date."""
        found = self.zones[0][1]
        for first, clock in self.zones[1:]:
            if day >= first:
                found = clock
        return found

    def at(self, day: int, minute: int) -> int:
        """UTC seconds of a wall time."""
        return times.instant_key(self.on(day).at(day, minute))

    def day_of(self, seconds: int) -> int:
        """The person's local date of an instant."""
        found = self.zones[0][1].ordinal_of_key(seconds)
        for first, clock in self.zones[1:]:
            day = clock.ordinal_of_key(seconds)
            if day >= first:
                found = day
        return found


def _asked(run: Run) -> Iterator[Laid]:
    """Dose sessions about which the person is asked: those not left, ended, proposed or never placed."""
    for laid in run.sessions:
        if laid.basis != "proposed" and not laid.omitted and laid.cancelled not in ("left", "ended", "pause"):
            yield laid


def programme(
    course: Course, layout: Layout, person: PersonClock, start_of: Callable[[Laid], int]
) -> list[Item]:
    """Every item of the protocol's programme. ``start_of`` gives the instant of a session as it was planned."""
    items: list[Item] = []
    first = True
    for run in layout.runs:
        for rule in run.protocol.checkins:
            if rule.phase is not None and rule.phase != run.phase.id:
                continue
            items += _rule_items(course, layout, run, rule, person, start_of, first)
        first = False
    return items


def _rule_items(
    course: Course,
    layout: Layout,
    run: Run,
    rule: CheckInRule,
    person: PersonClock,
    start_of: Callable[[Laid], int],
    first_run: bool,
) -> list[Item]:
    match rule.anchor:
        case "before-first-dose":
            chosen = list(_asked(run))[:1] if first_run else []
            return [_before(course, rule, laid, person, start_of(laid)) for laid in chosen]
        case "before-dose":
            return [_before(course, rule, laid, person, start_of(laid)) for laid in _asked(run)]
        case "first-dose":
            chosen = list(_asked(run))[:1] if first_run else []
            return [_after(course, rule, laid, person, start_of(laid)) for laid in chosen]
        case "session":
            chosen = [laid for laid in _asked(run) if laid.number == rule.session]
            return [_after(course, rule, laid, person, start_of(laid)) for laid in chosen]
        case "phase-end":
            chosen = list(_asked(run))[-1:] if run.phase.count is not None else []
            return [_after(course, rule, laid, person, start_of(laid)) for laid in chosen]
        case "week":
            if not first_run or rule.week is None:
                return []
            return [_on_day(course, rule, run.key, layout.day1 + 7 * rule.week - 1, 1, person)]
        case _:
            return _monthly(course, layout, run, rule, person) if first_run else []


def _monthly(course: Course, layout: Layout, run: Run, rule: CheckInRule, person: PersonClock) -> list[Item]:
    """While doses go on, from a week on, every so many days."""
    last = max((r.last_day for r in layout.runs if r.last_day is not None), default=layout.day1)
    step = rule.every_days or 28
    day = layout.day1 + 7 * ((rule.from_week or 1) - 1)
    items: list[Item] = []
    while day <= last and len(items) < 80:
        items.append(_on_day(course, rule, run.key, day, len(items) + 1, person))
        day += step
    return items


def _instruments(course: Course, names: tuple[str, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for name in names:
        one = course.primary if name == "primary" else name
        if one not in found:
            found.append(one)
    return tuple(found)


def _void(laid: Laid) -> bool:
    return laid.cancelled is not None or (laid.fact is not None and laid.fact.type == "session-cancelled")


def _before(course: Course, rule: CheckInRule, laid: Laid, person: PersonClock, start: int) -> Item:
    due = start + min(0, rule.offset_hours) * HOUR
    return Item(
        key=f"{laid.key}/ask/{rule.id}/1",
        anchor=laid.key,
        purpose=rule.purpose,
        opens=due - rule.opens_hours * HOUR,
        due=due,
        closes=max(due, start),
        day=person.day_of(due),
        instruments=_instruments(course, rule.instruments),
        rule="C1" if rule.purpose == "baseline" else "C2",
        text=f"{rule.purpose}: before {laid.key}",
        source=rule.source,
        void=_void(laid),
        rank=1 if rule.purpose == "baseline" else 3,
    )


def _after(course: Course, rule: CheckInRule, laid: Laid, person: PersonClock, start: int) -> Item:
    due = start + rule.offset_hours * HOUR
    return Item(
        key=f"{laid.key}/ask/{rule.id}/1",
        anchor=laid.key,
        purpose=rule.purpose,
        opens=due - min(rule.opens_hours, max(0, rule.offset_hours - 1)) * HOUR,
        due=due,
        closes=due + rule.closes_hours * HOUR,
        day=person.day_of(due),
        instruments=_instruments(course, rule.instruments),
        rule="C3",
        text=f"{rule.purpose}: {rule.offset_hours} hours after the start of {laid.key}",
        source=rule.source,
        void=_void(laid),
        rank=4,
    )


def _on_day(
    course: Course, rule: CheckInRule, anchor: str, day: int, number: int, person: PersonClock
) -> Item:
    return Item(
        key=f"{anchor}/ask/{rule.id}/{number}",
        anchor=anchor,
        purpose=rule.purpose,
        opens=person.at(day, OPENS_MINUTE),
        due=person.at(day, DAY_MINUTE),
        closes=person.at(day, OPENS_MINUTE) + rule.closes_hours * HOUR,
        day=day,
        instruments=_instruments(course, rule.instruments),
        rule="C4",
        text=f"{rule.purpose}: a day of the calendar",
        source=rule.source,
        rank=4,
    )


@frozen
class WatchAnchor:
    """Where a watch begins: a session's key and day, why, and the first day that belongs to the next watch."""

    key: str
    day: int
    why: str
    ends: int | None = None
    alone: bool = False


def watch_anchors(layout: Layout, folded: Folded) -> list[WatchAnchor]:
    """The last dose (no more is to come), and each widening of the spacing, in order of day."""
    doses = [
        laid
        for run in layout.runs
        for laid in run.sessions
        if laid.basis != "proposed"
        and not laid.omitted
        and laid.cancelled is None
        and (laid.fact is None or laid.dose is not None)
    ]
    doses.sort(key=lambda laid: (laid.day, laid.key))
    if not doses:
        return []
    spacing = _spacing(layout)
    anchors: list[WatchAnchor] = []
    for before, after in zip(doses, doses[1:], strict=False):
        if spacing[after.key] > spacing[before.key] > 0:
            anchors.append(WatchAnchor(before.key, before.day, "widening"))
    over = (
        layout.ended is not None
        or layout.path_ended
        or layout.gate_closed
    )
    last = doses[-1]
    if over:
        anchors = [one for one in anchors if one.day < last.day]
        anchors.append(WatchAnchor(last.key, last.day, "last-dose", alone=True))
    paused = [first for first, resumed, _, _ in layout.pauses if resumed is None]
    if paused and not over:
        given = [laid for laid in doses if laid.day < paused[-1]]
        if given:
            anchors = [one for one in anchors if one.day < given[-1].day]
            anchors.append(WatchAnchor(given[-1].key, given[-1].day, "pause", alone=True))
    bounded: list[WatchAnchor] = []
    for index, one in enumerate(anchors):
        following = anchors[index + 1].day if index + 1 < len(anchors) else None
        limit = following if following is not None else (None if one.alone else layout.horizon)
        bounded.append(WatchAnchor(one.key, one.day, one.why, limit, one.alone))
    return bounded


def _spacing(layout: Layout) -> dict[str, int]:
    """Planned days between doses, by session key: 7 over the sessions a week, or the interval."""
    found: dict[str, int] = {}
    for run in layout.runs:
        cadence = run.phase.cadence
        for laid in run.sessions:
            found[laid.key] = 7 // cadence.per_week if isinstance(cadence, PerWeek) else laid.interval
        if run.sessions and not isinstance(cadence, PerWeek) and run is layout.runs[0]:
            found[run.sessions[0].key] = found[run.sessions[min(1, len(run.sessions) - 1)].key]
    return found


def watch_items(
    course: Course,
    anchor: WatchAnchor,
    extras: tuple[int, ...],
    person: PersonClock,
    instruments: tuple[str, ...],
) -> list[Item]:
    """The floor days and the extra days of one watch; the last floor day is a real contact."""
    days = sorted({*FLOOR_DAYS, *extras})
    items: list[Item] = []
    for number, offset in enumerate(days, start=1):
        day = anchor.day + offset
        if anchor.ends is not None and day >= anchor.ends:
            break
        floor = offset in FLOOR_DAYS
        items.append(
            Item(
                key=f"{anchor.key}/watch/1/{offset}",
                anchor=anchor.key,
                purpose="watch",
                opens=person.at(day, OPENS_MINUTE),
                due=person.at(day, DAY_MINUTE),
                closes=person.at(day, OPENS_MINUTE) + WATCH_CLOSES_HOURS * HOUR,
                day=day,
                instruments=_instruments(course, instruments) if floor else ("phq-2",),
                rule="C5" if floor else "C6",
                text=f"day {offset} of the watch after {anchor.why.replace('-', ' ')}"
                + ("" if floor else ", where a relapse is soonest found"),
                source="house",
                rank=2,
            )
        )
        del number
    return items


def tightening(trajectory: Trajectory, folded: Folded, person: PersonClock, taken: set[int]) -> list[Item]:
    """After a first crossing: short questions within limits, and one confirmation 5-15 days later.

    It ends at confirmation, at a clinician's word, on admission, or after 15 days; silence adds nothing.
    """
    items: list[Item] = []
    for crossing in trajectory.crossings:
        end = crossing.day + TIGHTEN_ENDS_DAYS + 1
        since = times.instant_key(crossing.at)
        for at in trajectory.relapses_at:
            if times.instant_key(at) > since:
                end = min(end, person.day_of(times.instant_key(at)) + 1)
        for day, event in (*folded.reviews, *folded.clinical):
            stops = not isinstance(event, ClinicalEvent) or event.kind in ("admission", "death")
            if stops and times.instant_key(event.at) > since:
                end = min(end, day + 1)
        confirm = crossing.day + CONFIRM_DAYS.get(trajectory.instrument, 14)
        planned = [(crossing.day + offset, "tighten") for offset in TIGHTEN_DAYS] + [(confirm, "confirm")]
        number = 0
        for day, kind in sorted(planned):
            number += kind == "tighten"
            if day >= end or (kind == "tighten" and (day in taken or day == confirm)):
                continue
            short = ("phq-2",) if kind == "tighten" else (trajectory.instrument,)
            items.append(
                Item(
                    key=f"{crossing.checkin}/ask/{kind}/{number if kind == 'tighten' else 1}",
                    anchor=crossing.checkin,
                    purpose=kind,
                    opens=person.at(day, OPENS_MINUTE),
                    due=person.at(day, DAY_MINUTE),
                    closes=person.at(day, OPENS_MINUTE) + 24 * HOUR,
                    day=day,
                    instruments=short,
                    rule="C7" if kind == "tighten" else "C8",
                    text="after an answer that suggests a harder time"
                    if kind == "tighten"
                    else "confirmation of a first crossing",
                    source="house",
                    rank=2,
                )
            )
    return items
