"""The hand-worked reminder vectors as courses, stretches and expectations; used by tests and the conformance pack."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from attrs import frozen

__all__ = ["ReminderVector", "key_vectors", "reminder_vectors", "revision_vectors"]

ZONE = ZoneInfo("America/New_York")
CONSENT = {"proxy": {"reminders": True, "safety": True}, "escort": {"reminders": True}}
FIRST = {
    "type": "session-given",
    "recorded": "2026-12-01T11:00",
    "session": "induction/1",
    "at": "2026-12-01T10:00",
}
_INSTANTS = ("recorded", "at", "to")
_KEYS = ("session", "checkin", "alert", "decision")


@frozen
class ReminderVector:
    """One stretch of one course and what is said of one key: ``state`` is told, dropped or nothing."""

    id: str
    rule: str
    why: str
    course: dict[str, Any]
    key: str
    since: str
    until: str
    state: str
    fires_at: str = ""
    reason: str = ""
    caps: dict[str, int] | None = None


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "vectors" / "reminders.toml").read_text("utf-8"))


def key_vectors() -> list[dict[str, Any]]:
    """The parts of a key, and the key."""
    return list(_data()["keys"])


def revision_vectors() -> list[dict[str, Any]]:
    """Three instants, and their hash."""
    return list(_data()["revisions"])


def instant(text: str) -> str:
    """An instant with its offset: that of New York, unless the text has its own."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo is not None else found.replace(tzinfo=ZONE)).isoformat()


def _event(number: int, told: dict[str, Any]) -> dict[str, Any]:
    made = {
        name: instant(value) if name in _INSTANTS else f"c-1/{value}" if name in _KEYS else value
        for name, value in told.items()
    }
    made["recorded_at"] = made.pop("recorded")
    return {"id": f"e-{number}", "course": "c-1", "by": "dr-a", **made}


def _course(case: dict[str, Any]) -> dict[str, Any]:
    events = [_event(number, told) for number, told in enumerate(case.get("events", ()), start=1)]
    if case.get("first", True):
        at = f"2026-12-01T{case.get('at', '10:00')}"
        given = FIRST | {"at": at, "recorded": max(at, FIRST["recorded"])}
        events.insert(0, _event(0, given))
    made: dict[str, Any] = {
        "schema": 1,
        "course": "c-1",
        "adult": "yes",
        "protocol": case.get("protocol", "esketamine-taper"),
        "start": "2026-12-01",
        "zone": "America/New_York",
        "at": case.get("at", "10:00"),
        "contact_hours": case.get("contact_hours", "08:00-21:00"),
        "consent": case.get("consent", CONSENT),
        "history": events,
    }
    if case.get("monitor"):
        made["monitor"] = {"name": "A. Person", "adult": True}
    if "clinic_hours" in case:
        made["clinic"] = {"zone": "America/New_York", "hours": case["clinic_hours"]}
    return made


def reminder_vectors() -> Iterator[ReminderVector]:
    """Every row of every case."""
    for case in _data()["cases"]:
        for number, (since, until, said) in enumerate(case["rows"], start=1):
            state, *rest = said.split()
            yield ReminderVector(
                id=f"{case['id']}-{number}",
                rule=case["rule"],
                why=case["why"],
                course=_course(case),
                key=f"c-1/{case['watch']}",
                since=instant(since),
                until=instant(until),
                state=state,
                fires_at=instant(rest[0]) if rest else "",
                reason=rest[1] if len(rest) > 1 else "",
                caps=case.get("caps"),
            )
