"""Verdicts at their bounds: of a session without a fact, and of each fact."""

from __future__ import annotations

from itertools import product
from typing import Any

import pendulum
import pytest

from ketaschedule.history import (
    CheckInDeclined,
    Event,
    ReviewHeld,
    SessionCancelled,
    SessionGiven,
    SessionMissed,
    SessionStopped,
    SessionWithheld,
)
from ketaschedule.missed import TIMINGS, dose_timing, fact_verdict, open_verdict

AT = pendulum.datetime(2026, 12, 1, 15)


@pytest.mark.parametrize(
    ("now", "over", "expected"),
    [
        (9, False, "planned"),
        (9, True, "planned"),
        (10, False, "due"),
        (12, False, "due"),
        (12, True, "overdue"),
        (14, True, "overdue"),
        (15, True, "presumed-missed"),
        (15, False, "presumed-missed"),
    ],
)
def test_a_session_on_day_12_with_a_window_from_10_to_14(now: int, over: bool, expected: str) -> None:
    assert expected == open_verdict(now, over, 10, 12, 14)


def test_a_session_outside_its_window_is_due_and_overdue_on_its_own_day() -> None:
    """Later than its window, and before it: the earlier of the two begins, the later of the two ends."""
    later = [open_verdict(now, now > 16, 10, 16, 14) for now in (9, 10, 15, 16, 17)]
    assert later == ["planned", "due", "due", "due", "presumed-missed"]
    before = [open_verdict(now, now > 8, 10, 8, 14) for now in (7, 8, 9, 14, 15)]
    assert before == ["planned", "due", "overdue", "overdue", "presumed-missed"]


def test_each_fact_has_its_verdict_and_what_settles_nothing_is_refused() -> None:
    head: dict[str, Any] = {"id": "e-1", "course": "c-1", "recorded_at": AT}
    facts: list[tuple[Event, str]] = [
        (SessionGiven(**head, at=AT, session="c-1/a/1"), "given"),
        (ReviewHeld(**head, at=AT, kind="review"), "given"),
        (SessionStopped(**head, at=AT, session="c-1/a/1", minutes=10), "stopped"),
        (SessionWithheld(**head, at=AT, session="c-1/a/1", why="unwell"), "withheld"),
        (SessionMissed(**head, session="c-1/a/1"), "missed"),
        (SessionCancelled(**head, session="c-1/a/1"), "cancelled"),
    ]
    assert [fact_verdict(fact) for fact, _ in facts] == [verdict for _, verdict in facts]
    with pytest.raises(AssertionError, match="check-in-declined settles no session"):
        fact_verdict(CheckInDeclined(**head, checkin="c-1/a/1/ask/before/1"))


def slow_timing(since: int | None, gap: int, from_earliest: int, to_latest: int) -> str:
    """The statement of it, word for word."""
    if since is not None and since < gap:
        return "too-early"
    if since is not None and since == gap and from_earliest < 0:
        return "early-grace"
    return "early-grace" if from_earliest < 0 else "late" if to_latest > 0 else "on-time"


def test_a_dose_is_timed_as_the_statement_says() -> None:
    """Every small number: nearer than the gap, before the window, in it, after it."""
    seen = set()
    for since, gap, earliest, width in product((None, *range(1, 9)), (1, 2, 3), range(9), range(4)):
        at = 5 if since is None else since
        expected = slow_timing(since, gap, at - earliest, at - max(earliest + width, gap))
        assert expected == dose_timing(since, gap, at - earliest, at - max(earliest + width, gap))
        seen.add(expected)
    assert seen == set(TIMINGS)
