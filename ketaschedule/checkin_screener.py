"""After a positive answer to item 9 of the PHQ-9: the suicide screener, at once.

It is asked beside everything else and joins nothing, so it moves no other question; the Alert of the answer has rung by
then and waits for nothing. It rests on what was recorded alone: neither a plan nor a withdrawal takes it away.
"""

from __future__ import annotations

from contextlib import suppress

from .checkin_items import HOUR, Item, PersonClock
from .checkin_past import known_from
from .checkin_tightening import answered_key
from .course import Course
from .errors import InputError
from .history import CheckInAnswered, Retracted, ZoneChanged
from .safety_items import hear_answers
from .times import clock

__all__ = ["CLOSES_HOURS", "SCREENER", "screener_items"]

SCREENER = "c-ssrs-screener"
"""The form; once it has been asked, the one that asks about the time since then."""
CLOSES_HOURS = 24
"""The screener may be answered for this long from when the positive answer became known (house)."""


def screener_items(course: Course, now: int) -> list[Item]:
    """The screeners asked by ``now`` (UTC seconds), in order: one for each positive answer, at most one a day of the person's.

    Not where the answer itself tells of the screener; one that only names it, with nothing in it, does not.
    """
    positive = sorted(
        {
            (known_from(event), event.id, event.checkin): event
            for event in course.history
            if isinstance(event, CheckInAnswered) and known_from(event) <= now and _is_positive(course, event)
        }.items()
    )
    found: list[Item] = []
    days: set[int] = set()
    numbers: dict[str, int] = {}
    for (opens, name, checkin), _ in positive:
        day = _person(course, opens).day_of(opens)
        if day in days:
            continue
        days.add(day)
        anchor = answered_key(course.id, checkin, name)
        number = numbers[anchor] = numbers.get(anchor, 0) + 1
        base = f"{anchor}/ask/screener"
        found.append(
            Item(
                f"{base}/{number}", base, number, anchor, "screener",
                opens, opens, opens + CLOSES_HOURS * HOUR, day,
                (SCREENER,), "C17", "after a positive answer to item 9 of the PHQ-9", "house", 1,
            )
        )  # fmt: skip
    return found


def _is_positive(course: Course, event: CheckInAnswered) -> bool:
    """Whether an answer calls for the screener; each is read once, and told apart as an object."""
    heard = course.memory.scored("item 9")
    held: tuple[bool, CheckInAnswered] | None = heard.get(id(event))
    if held is None:
        held = heard[id(event)] = (_says_yes(event), event)
    return held[0]


def _says_yes(event: CheckInAnswered) -> bool:
    readings, _ = hear_answers(event.answers)
    if any(one.question.instrument.startswith(SCREENER) and one.how != "skipped" for one in readings):
        return False
    return any(
        one.question.instrument == "phq-9" and one.how == "answered" and one.level >= 1 for one in readings
    )


def _person(course: Course, at: int) -> PersonClock:
    """The person's clock by what was recorded at an instant, and not withdrawn by then."""
    told = [event for event in course.history if event.recorded_key <= at]
    gone = {event.event for event in told if isinstance(event, Retracted)}
    later: list[tuple[int, int, str]] = []
    for event in told:
        if isinstance(event, ZoneChanged) and event.id not in gone:
            with suppress(InputError):  # of a zone that is none it is said elsewhere
                later.append((event.from_date.toordinal(), event.recorded_key, clock(event.zone).name))
    return PersonClock.of(clock(course.zone).name, [(day, zone) for day, _, zone in sorted(later)])
