"""What was worked out for one course before, so that a plan after one more event need not begin anew.

It changes no answer: whatever is kept here follows from the course and from the very events it was kept for. It
belongs to the course, goes to the courses made from it with more events or other ones, and ends with the last of
them; nothing of a person stays behind in the library. It is bounded, and safe for several threads.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from threading import Lock
from typing import Any

from .history import Event

__all__ = [
    "MOST_FORMS",
    "MOST_LAYOUTS",
    "MOST_LEFT",
    "MOST_PASTS",
    "MOST_PLACES",
    "MOST_ZONES",
    "CourseMemory",
    "Memory",
]

MOST_LAYOUTS = 48
"""Layouts of one course that are kept, at some 25 kB each: a year with an event a week (house)."""
MOST_LEFT = 32
"""Events that leave the path, of which it is kept what was known at them (house)."""
MOST_PASTS = 12
"""Pasts of one course that are kept; the latest is what the next plan begins from (house)."""
MOST_FORMS = 4096
"""Forms of one course that are kept as they were scored, each on its own instrument (house)."""
MOST_ZONES = 8
"""Sequences of zones in which forms are kept (house)."""
MOST_PLACES = 128
"""Stretches of sessions that are kept as they were placed: a dozen phases, each in some places (house)."""


class Memory:
    """A few results, each by what it is and by the events that it rests on; the one longest unused goes first.

    Events are told apart as objects, not by content: two that are equal may still be written in other zones. They
    are kept with the result, so that no other object takes their place.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: dict[tuple[Hashable, tuple[int, ...]], tuple[tuple[Event, ...], Any]] = {}
        self._lock = Lock()

    def find(self, what: Hashable, events: Iterable[Event]) -> Any | None:
        """What was kept under these, or ``None``."""
        if not self._kept:
            return None
        key = (what, tuple(map(id, events)))
        with self._lock:
            found = self._kept.pop(key, None)
            if found is None:
                return None
            self._kept[key] = found  # the one last used comes last
            return found[1]

    def keep(self, what: Hashable, events: Iterable[Event], result: object) -> None:
        """Keep a result, and forget the one longest unused where there are too many."""
        held = tuple(events)
        with self._lock:
            self._kept[what, tuple(map(id, held))] = (held, result)
            while len(self._kept) > self.most:
                del self._kept[next(iter(self._kept))]

    def kinds(self) -> set[Hashable]:
        """What anything is kept of."""
        with self._lock:
            return {what for what, _ in self._kept}

    def __reduce__(self) -> tuple[type[Memory], tuple[int]]:
        """A copy, here or in another process, begins empty: its events are other objects."""
        return Memory, (self.most,)


class CourseMemory:
    """What is kept of one course: where sessions were placed, its layouts, what was known where its path was left, and
    its past up to an event.
    """

    def __init__(self) -> None:
        self.places = Memory(MOST_PLACES)
        self.layouts = Memory(MOST_LAYOUTS)
        self.left = Memory(MOST_LEFT)
        self.pasts = Memory(MOST_PASTS)
        self.most_forms = MOST_FORMS
        self._scored: dict[Hashable, dict[Any, Any]] = {}

    def __reduce__(self) -> tuple[type[CourseMemory], tuple[()]]:
        """A copy begins empty, as its events are other objects."""
        return CourseMemory, ()

    def scored(self, *zones: Hashable) -> dict[Any, Any]:
        """The forms that were scored, where a person's dates are told in these zones: each is scored once."""
        found = self._scored.setdefault(zones, {})
        if len(found) > self.most_forms or len(self._scored) > MOST_ZONES:
            self._scored = {zones: {}}
            found = self._scored[zones]
        return found
