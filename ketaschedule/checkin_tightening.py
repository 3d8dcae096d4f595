"""After a first crossing: a few short questions more, within limits, and one confirmation.

The limits (house): at most one prompt a day and seven more in any 15 days; it ends at confirmation, at a
clinician's word, on admission, or after 15 days. Who declines one is not asked the rest. Silence adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from attrs import frozen

from .checkin_items import HOUR, Item, PersonClock
from .days import instant_key
from .folding import Folded
from .instrument import load_instrument
from .safety_values import key_part
from .trajectory import Crossing, Observation, Trajectory

__all__ = [
    "ENDS_DAYS",
    "MOST_EXTRA",
    "SHORT_DAYS",
    "answered_key",
    "confirm_day",
    "crossed_by",
    "observed_key",
    "tightening",
]

SHORT_DAYS = (2, 4, 6, 8, 10, 12)
"""Days after a first crossing on which one more short question is asked, at most (house)."""
ENDS_DAYS = 15
"""Days after a first crossing at which the tightening is over (house)."""
MOST_EXTRA = 7
"""Prompts more than the programme's own within any 15 days (house)."""
CLOSES_HOURS = 24
_STOPS = ("admission", "attempt", "death")


def confirm_day(instrument: str) -> int:
    """Days after a first crossing at which it is confirmed: 5 to 15, nearest what the instrument looks back on.

    >>> [confirm_day(name) for name in ("phq-9", "qids-sr16", "madrs-s", "pcl-5")]
    [14, 7, 5, 15]
    """
    return min(15, max(5, load_instrument(instrument).recall_days or 7))


def crossed_by(trajectory: Trajectory, crossing: Crossing) -> Observation:
    """The observation that a crossing was read from."""
    return next(
        one for one in trajectory.observations if (one.key, one.at) == (crossing.checkin, crossing.at)
    )


def observed_key(course_id: str, observation: Observation) -> str:
    """The key that an observation goes by, of which there are points: its check-in's where that is a key of this course, else
    that of the event that came last.
    """
    return answered_key(course_id, observation.key, observation.raw[-1].event)


def answered_key(course_id: str, checkin: str, event: str) -> str:
    """The key of the check-in that was answered where it is one of this course, else that of the event.

    >>> answered_key("c-1", "c-1/series/1/ask/before/1", "e-7"), answered_key("c-1", "by telephone", "e-7")
    ('c-1/series/1/ask/before/1', 'c-1/event/e-7')
    """
    parts = checkin.replace("~", "-").split("/")
    if len(parts) > 1 and parts[0] == course_id and all(key_part(part) == part for part in parts):
        return checkin
    return f"{course_id}/event/{key_part(event)}"


@frozen
class _Series:
    """One tightening: what it hangs on, its first day, the first day after it, and when it was declined."""

    key: str
    day: int
    ends: int
    instrument: str


def tightening(
    course_id: str,
    tracked: Iterable[Trajectory],
    folded: Folded,
    person: PersonClock,
    taken: Set[int],
    done: Mapping[str, int],
    since: int,
) -> list[Item]:
    """The items of every tightening that are not ``done`` and not over by ``since`` (UTC seconds).

    ``taken`` are days on which something else is asked anyway; ``done`` are the days, by key, of items of
    a tightening that have opened, whatever became of what they hang on: they count towards the limits.
    """
    found: list[Item] = []
    extra = list(done.values())
    for series in _all_series(course_id, tracked, folded, person):
        confirm = _item(series, "confirm", 1, series.day + confirm_day(series.instrument), person)
        wanted = confirm.day < series.ends and confirm.closes > since
        if wanted and confirm.day not in extra and confirm.key not in done:
            extra.append(confirm.day)
            found.append(confirm)
        ends = min(series.ends, _declined(series.key, folded, person))
        for number, offset in enumerate(SHORT_DAYS, start=1):
            day = series.day + offset
            if day >= ends or day in taken or day in extra or _within(extra, day) >= MOST_EXTRA:
                continue
            item = _item(series, "tighten", number, day, person)
            if item.key not in done and item.closes > since:
                extra.append(day)
                found.append(item)
    return found


def _within(extra: list[int], day: int) -> int:
    """The most prompts that some 15 days around ``day`` hold already."""
    starts = [first for first in (*extra, day) if first <= day < first + ENDS_DAYS]
    return max(sum(first <= one < first + ENDS_DAYS for one in extra) for first in starts)


def _all_series(
    course_id: str, tracked: Iterable[Trajectory], folded: Folded, person: PersonClock
) -> list[_Series]:
    found: dict[str, _Series] = {}
    for one in tracked:
        for crossing in one.crossings:
            key = observed_key(course_id, crossed_by(one, crossing))
            if key not in found:
                ends = _ends(one, crossing, folded, person)
                found[key] = _Series(key, crossing.day, ends, one.instrument)
    return sorted(found.values(), key=lambda series: (series.day, series.key))


def _ends(one: Trajectory, crossing: Crossing, folded: Folded, person: PersonClock) -> int:
    """The first day on which nothing more is asked because of this crossing."""
    since = instant_key(crossing.at)
    stops = [instant_key(at) for at in one.relapses_at]
    stops += [instant_key(event.at) for _, event in folded.reviews]
    stops += [instant_key(event.at) for _, event in folded.clinical if event.kind in _STOPS]
    days = [person.day_of(at) + 1 for at in stops if at > since]
    return min([crossing.day + ENDS_DAYS + 1, *days])


def _declined(key: str, folded: Folded, person: PersonClock) -> int:
    """The day on which the person said no to this tightening; a day far away where they did not."""
    said = [
        person.day_of(instant_key(event.recorded_at))
        for name, event in folded.declined.items()
        if name.startswith(f"{key}/ask/tighten/")
    ]
    return min(said) + 1 if said else 1 << 40


def _item(series: _Series, purpose: str, number: int, day: int, person: PersonClock) -> Item:
    opens, due = person.morning(day)
    confirm = purpose == "confirm"
    return Item(
        key=f"{series.key}/ask/{purpose}/{number}",
        base=f"{series.key}/ask/{purpose}",
        number=number,
        anchor=series.key,
        purpose=purpose,
        opens=opens,
        due=due,
        closes=opens + CLOSES_HOURS * HOUR,
        day=day,
        instruments=(series.instrument,) if confirm else ("phq-2",),
        rule="C8" if confirm else "C7",
        text="a second look at a first crossing"
        if confirm
        else "after an answer that suggests a harder time",
        source="house",
        rank=2,
    )
