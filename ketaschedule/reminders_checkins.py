"""What is told of a check-in: that it is open, that it still is, that it closes; and who is told of silence."""

from __future__ import annotations

from bisect import bisect_left

from .checkins import CheckIn
from .inspection import FLOOR_DAYS
from .reminders_ground import Gathering
from .reminders_kinds import CHAIN_UNANSWERED, Link
from .reminders_model import DAY

__all__ = ["checkin_candidates"]

_SPAN = 45 * DAY
"""Longer than anything is told before or after a check-in is due: a clinic may be closed for a month."""
NUDGE_ROOM = 36 * 3600
"""A check-in open for less than this is nudged half-way instead."""
LEAST_ROOM = 12 * 3600
"""A check-in open for less than this is neither nudged nor announced to close."""
CLOSING_BEFORE = -60 * next(one.minutes for one in CHAIN_UNANSWERED if one.kind == "closing")
UNANSWERED_USEFUL = 3 * DAY
LAST_TOLD_AT = 17 * 60
"""The wall time at which the last planned check-in is said to be the last (house)."""
LAST_AHEAD = 7
"""Days before the last planned check-in on which the clinic is told that it comes (house)."""
_STOPPED_BY = {
    "answered": "answered",
    "partly-answered": "answered",
    "declined": "declined",
    "not-applicable": "withdrawn",
}
"""What of a check-in's state stops a chain; the others follow from time alone."""


def checkin_candidates(into: Gathering) -> None:
    """Gather what is told of the check-ins near the stretch."""
    checkins = into.ground.plan.checkins
    first = bisect_left(checkins, into.since - _SPAN, key=_due)
    last = bisect_left(checkins, into.until + _SPAN, key=_due)
    for one in checkins[first:last]:
        _checkin(into, one)


def _due(one: CheckIn) -> int:
    return one.due_key


def _checkin(into: Gathering, one: CheckIn) -> None:
    if one.state != "not-applicable" and any(
        item.purpose == "watch" and item.offset == FLOOR_DAYS[-1] for item in one.items
    ):
        _last(into, one)
    if not into.spans(one.opens_key, one.closes_key + 35 * DAY):
        return
    stopped = _STOPPED_BY.get(one.state)
    for link in CHAIN_UNANSWERED:
        if stopped not in link.stops:
            _link(into, one, link)


def _link(into: Gathering, one: CheckIn, link: Link) -> None:
    ground = into.ground
    opens, closes = one.opens_key, one.closes_key
    natural, useful = (opens if link.after == "opens" else closes) + 60 * link.minutes, closes
    if link.kind in ("nudge", "closing") and closes - opens < LEAST_ROOM:
        return
    if link.kind == "nudge" and closes - opens < NUDGE_ROOM:
        natural = (opens + closes) // 2
    if link.kind == "nudge":
        useful = closes - CLOSING_BEFORE  # from then on it would be told beside the closing
    bar = ground.barred(link.stops)
    text = f"{link.kind}: {'after it opens' if link.after == 'opens' else 'by its close'}"
    message = f"checkin-{link.kind}"
    if link.kind == "unanswered":
        message, text = f"{link.audience}-unanswered", "it closed and nothing was answered"
        if link.audience == "clinic":
            natural = _next_morning(into, closes)
        elif not ground.allows(link.audience, link.consent):
            bar = bar or "no-consent"
        useful = natural + UNANSWERED_USEFUL
    if not into.near(natural, max(useful, one.due_key)):
        return
    into.add(
        one.key, link.kind, link.audience, message, natural, one.due_key, useful,
        {"closes_at": one.closes, "due_at": one.due}, "R7", text, bar=bar,
    )  # fmt: skip


def _next_morning(into: Gathering, instant: int) -> int:
    """The clinic's first working morning from an instant on."""
    ground = into.ground
    day = ground.day(instant)
    if ground.morning(day) < instant:
        day += 1
    return ground.morning(ground.working_from(day))


def _last(into: Gathering, one: CheckIn) -> None:
    """The last planned check-in: the person is told on its day, the clinic a week before."""
    ground, day = into.ground, one.group.day
    if not into.spans(one.due_key - 45 * DAY, one.due_key + DAY):
        return
    if not ground.dead:
        morning = ground.morning(ground.working_until(day - LAST_AHEAD))
        into.add(
            one.key, "watch-end", "clinic", "clinic-watch-end", morning, one.due_key, one.due_key,
            {"end_date": one.date}, "R6", "planned check-ins end",
        )  # fmt: skip
    into.add(
        one.key, "watch-end", "patient", "watch-end", ground.person.at(day, LAST_TOLD_AT), one.due_key,
        ground.person.at(day + 1, 0), {}, "R7", "the last of the planned check-ins", bar=ground.bar,
    )  # fmt: skip
