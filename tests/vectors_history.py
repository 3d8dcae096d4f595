"""The hand-worked history vectors as courses, instants and expectations; used by tests and the conformance pack."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from attrs import frozen

__all__ = ["Vector", "course_of", "date_of", "event_of", "history_vectors", "instant_of"]

ZONE = "America/New_York"
START = "2026-11-30"
_TYPES = {
    "given": "session-given",
    "stopped": "session-stopped",
    "missed": "session-missed",
    "cancelled": "session-cancelled",
    "withheld": "session-withheld",
    "booked": "session-booked",
    "moved": "session-moved",
    "decided": "decision-taken",
    "paused": "paused",
    "resumed": "resumed",
    "ended": "ended",
    "elsewhere": "clinical-event",
    "pregnancy": "clinical-event",
    "review": "review-held",
    "zone": "zone-changed",
    "protocol": "protocol-changed",
    "availability": "availability-changed",
    "answered": "check-in-answered",
    "declined": "check-in-declined",
    "closed": "alert-closed",
}
_ABOUT = {"decided": "decision", "answered": "checkin", "declined": "checkin", "closed": "alert"}
_FROM = ("paused", "zone", "protocol", "availability")
_OPEN = {day: ["06:00-21:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@frozen
class Vector:
    """One vector: a course as its JSON, the instant of the plan, and what it must say by path."""

    id: str
    rule: str
    why: str
    course: dict[str, Any]
    as_of: str
    expect: dict[str, Any]


def instant_of(day: int, time: str = "12:00", start: str = START, zone: str = ZONE) -> str:
    when = datetime.fromisoformat(f"{date_of(day, start)}T{time}").replace(tzinfo=ZoneInfo(zone))
    return when.isoformat()


def date_of(day: int, start: str = START) -> str:
    return (date.fromisoformat(start) + timedelta(days=day - 1)).isoformat()


def _dates(text: str, start: str) -> list[list[str]]:
    """``11..14,20`` as ranges of dates, both ends included."""
    spans = [part.partition("..") for part in text.split(",")]
    return [[date_of(int(first), start), date_of(int(last or first), start)] for first, _, last in spans]


def course_of(
    protocol: str, events: list[dict[str, Any]], more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A course in New York from 30 November 2026, unless ``more`` says otherwise."""
    case = more or {}
    start = case.get("start", START)
    found: dict[str, Any] = {
        "schema": 1,
        "course": "c-1",
        "adult": "yes",
        "protocol": protocol,
        "start": start,
        "zone": case.get("zone", ZONE),
        "at": case.get("at", "10:00"),
        "history": events,
    }
    if "days" in case:
        found["days"] = case["days"]
    if "unavailable" in case:
        found["unavailable"] = _dates(case["unavailable"], start)
    if "closed" in case or "hours" in case or "clinic_zone" in case:
        found["clinic"] = {
            "zone": case.get("clinic_zone", found["zone"]),
            "hours": _OPEN | case.get("hours", {}),
            "closed": _dates(case["closed"], start) if "closed" in case else [],
        }
    return found


def _session(key: str) -> str:
    return "/sessions/" + f"c-1/{key}".replace("~", "~0").replace("/", "~1")


def _answers(said: dict[str, str]) -> dict[str, dict[str, int]]:
    """``phq-9=2,1,…`` answers its items from the first on, ``phq-9.9=0`` one item by its id."""
    found: dict[str, dict[str, int]] = {}
    for name, values in said.items():
        form, _, item = name.partition(".")
        first = int(item or 1)
        more = {str(n): int(value) for n, value in enumerate(values.split(","), start=first)}
        found[form] = found.get(form, {}) | more
    return found


def event_of(number: int, line: str, start: str = START, zone: str = ZONE) -> dict[str, Any]:
    what, session, *rest = line.split()
    more: dict[str, Any] = dict(part.split("=", 1) for part in rest)
    at = instant_of(int(more.pop("day")), more.pop("time", "12:00"), start, zone)
    event: dict[str, Any] = {
        "type": _TYPES[what],
        "id": f"e-{number}",
        "course": "c-1",
        "recorded_at": at,
        "by": "dr-a",
    }
    if "recorded" in more:
        event["recorded_at"] = instant_of(int(more.pop("recorded")), "12:00", start, zone)
    if session != "-":
        event[_ABOUT.get(what, "session")] = (
            f"c-1/decision/{session}" if what == "decided" else f"c-1/{session}"
        )
    if what == "answered":
        event["answers"] = _answers(more)
        more = {}
    if what in (
        "given",
        "stopped",
        "withheld",
        "decided",
        "resumed",
        "ended",
        "elsewhere",
        "pregnancy",
        "review",
        "answered",
        "closed",
    ):
        event["at"] = at
    if what in ("booked", "moved"):
        event["to"] = instant_of(
            int(more.pop("to")), more.pop("to_time", "10:00"), start, more.pop("to_zone", zone)
        )
    if what in _FROM:
        event["from"] = date_of(int(more.pop("from")), start) if "from" in more else at[:10]
    if what == "availability":
        if "days" in more:
            event["days"] = more.pop("days").split(",")
        if "unavailable" in more:
            event["unavailable"] = _dates(more.pop("unavailable"), start)
    if what in ("elsewhere", "pregnancy"):
        event["kind"] = "dose-elsewhere" if what == "elsewhere" else "pregnancy"
    if what == "review":
        event["kind"] = "review"
        event["findings"] = {k: int(v) if v.isdigit() else v for k, v in more.items()}
        more = {}
    for key, value in more.items():
        event[key] = int(value) if value.isdigit() else value
    return event


def _verdicts(row: dict[str, Any]) -> Iterator[Vector]:
    ends = 600 + row["minutes"]
    end, before_end = (f"{m // 60:02}:{m % 60:02}" for m in (ends, ends - 1))
    bounds = [
        ("planned", row["due_from"] - 1, "23:59", "M1"),
        ("due", row["due_from"], "00:00", "M1"),
        ("due", row["day"], before_end, "M2"),
        ("overdue", row["day"], end, "M2"),
        ("overdue", row["last"], "23:59", "M2"),
        ("presumed-missed", row["last"] + 1, "00:00", "M3"),
    ]
    for verdict, day, time, rule in bounds:
        if day < 1:
            continue
        path = _session(row["session"])
        yield Vector(
            id=f"{row['protocol']}.{row['session'].replace('/', '.')}.day-{day}.{time.replace(':', '')}",
            rule=rule,
            why=f"{row['why']}: {verdict}",
            course=course_of(row["protocol"], []),
            as_of=instant_of(day, time),
            expect={f"{path}/verdict": verdict, f"{path}/date": date_of(row["day"])},
        )


def _doses(row: dict[str, Any]) -> Iterator[Vector]:
    for day, timing, counts, rule, *following in row["tries"]:
        events = [
            event_of(n, f"given {key} day={given}") for n, (key, given) in enumerate(row["given"], start=1)
        ]
        events.append(event_of(len(events) + 1, f"given {row['session']} day={day} time=13:00"))
        path = _session(row["session"])
        expect: dict[str, Any] = {
            f"{path}/timing": timing,
            f"{path}/counts": counts,
            f"{path}/reasons/*/rule": rule,
        }
        expect[f"{path}/verdict"] = "given" if counts else ("planned", "due")
        if following:
            expect[f"{_session(row['next'])}/date"] = date_of(following[0])
        yield Vector(
            id=f"{row['protocol']}.{row['session'].replace('/', '.')}.dose-on-{day}",
            rule=rule,
            why=f"a dose on day {day} is {timing}",
            course=course_of(row["protocol"], events),
            as_of=instant_of(day, "14:00"),
            expect=expect,
        )


def _claim(line: str, start: str = START) -> tuple[str, Any]:
    words = line.split()
    match words:
        case ["no", "decision", key]:
            return "/decisions/" + f"c-1/decision/{key}".replace("/", "~1"), None
        case ["no", "alert", event]:
            return f"/alerts/c-1~1event~1{event}~1alert~1dose-too-close", None
        case ["no", key]:
            return _session(key), None
        case ["finding", code]:
            return "/findings/*/code", code
        case ["alert", kind]:
            return "/alerts/*/kind", kind
        case ["extra", event]:
            return "/extra/*/event", event
        case ["decision", key, field, "=", value]:
            path = "/decisions/" + f"c-1/decision/{key}".replace("/", "~1")
            return f"{path}/{field}", _value(field, value, start)
        case [key, "rule", "=", value]:
            return f"{_session(key)}/reasons/*/rule", value
        case [key, "day", "=", value]:
            return f"{_session(key)}/date", date_of(int(value), start)
        case [key, "instant", "=", value]:
            return f"{_session(key)}/at", value
        case [key, field, "=", value]:
            return f"{_session(key)}/{'date' if field == 'at' else field}", _value(field, value, start)
        case _:
            raise ValueError(line)


def _value(field: str, value: str, start: str) -> Any:
    if field in ("due", "raised", "at"):
        return date_of(int(value), start)
    return {"true": True, "false": False}.get(value, value)


def _story(case: dict[str, Any]) -> Vector:
    start, zone = case.get("start", START), case.get("zone", ZONE)
    events = [event_of(n, line, start, zone) for n, line in enumerate(case["events"], start=1)]
    claims = [_claim(line, start) for line in case["expect"]]
    if len({path for path, _ in claims}) < len(claims):
        raise ValueError(f"{case['id']} says one thing twice")
    return Vector(
        id=case["id"],
        rule=case["rule"],
        why=case["why"],
        course=course_of(case["protocol"], events, case),
        as_of=instant_of(case["as_of"], case.get("as_of_time", "20:00"), start, zone),
        expect=dict(claims),
    )


def history_vectors() -> Iterator[Vector]:
    """Every vector of ``history.toml`` and of the files beside it that tell what happened, the tables expanded."""
    for name in (
        "history.toml",
        "history_further.toml",
        "machine.toml",
        "added.toml",
        "past.toml",
        "left.toml",
    ):
        data = tomllib.loads((Path(__file__).parent / "vectors" / name).read_text("utf-8"))
        for row in data.get("verdicts", ()):
            yield from _verdicts(row)
        for row in data.get("doses", ()):
            yield from _doses(row)
        for case in data["cases"]:
            yield _story(case)
