"""Further suites of the conformance pack from their tables: dates, wall times, keys, check-ins, reminders, Alerts, the watch."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.vectors_history import course_of, date_of, event_of, instant_of
from tests.vectors_reminders import key_vectors, reminder_vectors, revision_vectors

__all__ = ["alerts", "check_ins", "dates", "keys", "named", "pointer", "reminders", "wall_times", "watch"]

HERE = Path(__file__).parent / "vectors"
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
VectorDict = dict[str, Any]


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))


def pointer(*steps: str) -> str:
    """A JSON pointer to these steps.

    >>> pointer("sessions", "c-1/a~2/1", "date")
    '/sessions/c-1~1a~02~11/date'
    """
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _vector(name: str, rule: str, why: str, ask: str, /, **more: Any) -> VectorDict:
    kept = {key: value for key, value in more.items() if value or key in ("expect", "history")}
    return {"id": name, "rule": rule, "why": why, "ask": ask, **kept}


def _day(day: int) -> int:
    """Days counted without a day 0, as days from the start."""
    return day if day > 0 else day + 1


# -- Dates and wall times ----------------------------------------------------------------------------------


def dates() -> Iterator[VectorDict]:
    """Each phase of each protocol: every session's date, day and week, and none after the last."""
    for protocol, phases in _table("dates").items():
        for phase, days in phases.items():
            expect: dict[str, Any] = {}
            for number, day in enumerate(days, start=1):
                at = ("sessions", f"c-1/{phase}/{number}")
                expect |= {pointer(*at, "date"): date_of(_day(day)), pointer(*at, "day"): day}
                if day > 0:
                    expect[pointer(*at, "week")] = (day + 6) // 7
            yield _vector(
                f"{protocol}.{phase.replace('/', '.')}",
                "S19" if "/" in phase else "S1",
                f"days {', '.join(map(str, days))}" if days else "not entered before its gate is decided",
                "plan",
                course=course_of(protocol, []),
                as_of=instant_of(1, "00:00"),
                weeks=26,
                expect=expect,
                absent=[pointer("sessions", f"c-1/{phase}/{len(days) + 1}")],
            )


def wall_times() -> Iterator[VectorDict]:
    """Wall times as instants, at clock changes."""
    rules = {"gap": "S9", "repeat": "S10", "none": "S1"}
    plain = {"gap": "within a gap", "repeat": "comes twice", "none": "outside both"}
    for zone, day, wall, at, shift, why in _table("times")["known"]:
        yield _vector(
            f"{zone}.{day}.{wall.replace(':', '')}",
            rules[shift],
            f"{plain[shift]}: {why}" if why else plain[shift],
            "instant",
            zone=zone,
            date=day,
            time=wall,
            expect={"/at": at, "/shift": shift},
        )


# -- Keys --------------------------------------------------------------------------------------------------


def keys() -> Iterator[VectorDict]:
    """Keys that a plan has and has not, ids of courses, keys of reminders from their parts, revisions."""
    data = _table("keys")
    for case in data["cases"]:
        events = [event_of(n, line) for n, line in enumerate(case.get("events", ()), start=1)]
        named = {True: case.get("has", ()), False: case.get("lacks", ())}
        yield _vector(
            case["id"],
            case["rule"],
            case["why"],
            "plan",
            course=course_of(case["protocol"], events),
            as_of=instant_of(case.get("as_of", 1), "20:00"),
            expect={pointer(case["list"], f"c-1/{key}", "key"): f"c-1/{key}" for key in named[True]},
            absent=[pointer(case["list"], f"c-1/{key}") for key in named[False]],
        )
    for row in data["ids"]:
        for good, ids in ((True, row["good"]), (False, row["bad"])):
            for number, name in enumerate(ids, start=1):
                yield _vector(
                    f"course-id-{'good' if good else 'bad'}-{number}",
                    row["rule"],
                    f"{len(name)} characters, {'taken' if good else 'refused'}",
                    "refused",
                    course=course_of("esketamine-taper", []) | {"course": name},
                    expect={"/faults": []} if good else {},
                    contains={} if good else {"/faults/*/path": ["course"]},
                )
    for row in key_vectors():
        parts = {
            "item": row["item"],
            "reminder": row["id"],
            "audience": row["audience"],
            "number": row["number"],
        }
        yield _vector(row["key"], "R1", "from its parts", "key", **parts, expect={"/key": row["key"]})
    for row in revision_vectors():
        three = {name: row[name] for name in ("natural", "item_at", "useful_until")}
        expect = {"/revision": row["revision"]}
        yield _vector(f"revision-{row['revision']}", "R1", row["why"], "revision", **three, expect=expect)


# -- Check-ins ---------------------------------------------------------------------------------------------


def check_ins() -> Iterator[VectorDict]:
    """Windows, forms and states at each bound."""
    yield from map(_told_by_a_plan, _table("checkins")["cases"])


def named() -> Iterator[VectorDict]:
    """What a plan names and what it does not, and what is refused."""
    for case in _table("named")["cases"]:
        if "refused" in case:
            course = course_of(case["protocol"], []) | case["with"]
            said = {"contains": {"/faults/*/code": [case["refused"]]}, "expect": {}}
            yield _vector(case["id"], case["rule"], case["why"], "refused", course=course, **said)
        else:
            yield _told_by_a_plan(case)
    for case in _table("named")["histories"]:
        said = {"expect": {"/events": case["events"], "/unread": case["unread"]}}
        yield _vector(case["id"], case["rule"], case["why"], "history", lines=case["lines"], **said)


def _told_by_a_plan(case: dict[str, Any]) -> VectorDict:
    events = [event_of(n, line) for n, line in enumerate(case.get("events", ()), start=1)]
    day, time = case["at"].split()
    found = _vector(
        case["id"],
        case["rule"],
        case["why"],
        "plan",
        course=course_of(case["protocol"], events) | case.get("with", {}),
        as_of=instant_of(_day(int(day)), time),
    ) | {"expect": {}, "contains": {}, "lacks": {}, "absent": [*case.get("gone", ())]}
    for line in case.get("expect", ()):
        _asked(line.split(), found)
    for claim, codes in (("contains", case.get("has")), ("lacks", case.get("lacks"))):
        if codes:
            found[claim]["/findings/*/code"] = codes
    return {name: value for name, value in found.items() if value or name == "expect"}


def _asked(words: list[str], found: VectorDict) -> None:
    match words:
        case [path, value] if path.startswith("/"):
            found["expect"][path] = int(value) if value.isdecimal() else value
        case ["no", key]:
            found["absent"].append(pointer("checkins", f"c-1/{key}"))
        case [key, "state", value]:
            found["expect"][pointer("checkins", f"c-1/{key}", "state")] = value
        case [key, "asks", value]:
            found["expect"][pointer("checkins", f"c-1/{key}", "instruments")] = value.split(",")
        case [key, "merged", value]:
            found["contains"][pointer("checkins", f"c-1/{key}", "merged", "*")] = [f"c-1/{value}"]
        case [key, "rule", value]:
            found["contains"][pointer("checkins", f"c-1/{key}", "reasons", "*", "rule")] = [value]
        case [key, ("opens" | "due" | "closes") as field, day, time]:
            found["expect"][pointer("checkins", f"c-1/{key}", field)] = instant_of(_day(int(day)), time)
        case _:
            raise ValueError(words)


# -- Reminders ---------------------------------------------------------------------------------------------


def _utc(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def reminders() -> Iterator[VectorDict]:
    """What is said of one key in one stretch; then whole stretches with the three instants of each revision."""
    for one in reminder_vectors():
        expect: dict[str, Any] = {}
        if one.state != "nothing":
            expect = {
                pointer("reminders", one.key, "state"): one.state,
                pointer("reminders", one.key, "fires_at"): _utc(one.fires_at),
            }
        if one.reason:
            expect[pointer("reminders", one.key, "why")] = one.reason
        yield _vector(
            one.id,
            one.rule,
            one.why,
            "reminders",
            course=one.course,
            since=one.since,
            until=one.until,
            caps=one.caps,
            expect=expect,
            absent=[] if expect else [pointer("reminders", one.key)],
        )
    data = _table("reminders_further")
    for case in data["cases"]:
        course = {
            **data["courses"][case["course"]],
            **case.get("with", {}),
            "history": case.get("history", []),
        }
        expect = {}
        for row in case.get("tell", ()):
            at = ("reminders", row["key"])
            for name in ("natural", "item_at", "useful_until", "revision", "fires_at"):
                expect[pointer(*at, name)] = row[name]
            expect[pointer(*at, "state")] = "dropped" if "dropped" in row else "told"
            expect[pointer(*at, "provisional")] = row["fires_at"] >= _utc(case.get("as_of", case["until"]))
            if "dropped" in row:
                expect[pointer(*at, "why")] = row["dropped"]
        yield _vector(
            f"whole-{case['id']}",
            case["rule"],
            case["why"],
            "reminders",
            course=course,
            as_of=case.get("as_of"),
            since=case["since"],
            until=case["until"],
            expect=expect,
            absent=[pointer("reminders", key) for key in case.get("silent", ())],
        )

    yield from _phone()


def _phone() -> Iterator[VectorDict]:
    """What a stretch shows as one, and what a phone holds."""
    data = _table("phone")
    for case in data["shown"]:
        shown = [one | {"reminders": [f"c-1/{key}" for key in one["reminders"]]} for one in case["digests"]]
        yield _vector(
            case["id"],
            case["rule"],
            case["why"],
            "digests",
            course=_phone_course(case),
            since=case["since"],
            until=case["until"],
            expect={"/digests": shown},
        )
    for case in data["phones"]:
        expect = {f"/{name}": case[name] for name in ("run_out", "refill_by", "lapses_at")}
        expect["/held"] = [f"c-1/{key}" for key in case["held"]]
        if "left" in case:
            expect[pointer("left_out", f"c-1/{case['left']}", "why")] = "budget"
        yield _vector(
            case["id"],
            case["rule"],
            case["why"],
            "arm",
            course=_phone_course(case),
            as_of="2026-12-01T12:00:00-05:00",
            budget=case["budget"],
            horizon_days=14,
            expect=expect,
        )


def _phone_course(case: dict[str, Any]) -> dict[str, Any]:
    taper = _table("reminders_further")["courses"]["taper"]
    given = {
        "type": "session-given",
        "id": "e-given",
        "course": "c-1",
        "recorded_at": "2026-12-01T11:00:00-05:00",
        "session": "c-1/induction/1",
        "at": "2026-12-01T10:00:00-05:00",
    }
    return {**taper, "history": [given, *case.get("history", ())]}


# -- Alerts and the watch ----------------------------------------------------------------------------------


def alerts() -> Iterator[VectorDict]:
    """Open Alerts, each with level, level before, answers and rings; and no other."""
    for case in _table("alerts")["cases"]:
        lines = [_line(n, line) for n, line in enumerate(case["events"], start=1)]
        expect: dict[str, Any] = {}
        absent: list[str] = []
        for line in case["open"]:
            key, kind, level, before, many, rings = line.split()
            at = {"kind": kind, "level": int(level), "times": int(many), "rings": int(rings), "open": True}
            if before == "-":
                absent.append(pointer("alerts", key, "previous_level"))
            else:
                at["previous_level"] = int(before)
            expect |= {pointer("alerts", key, name): value for name, value in at.items()}
        expect["/open"] = sorted(line.split()[0] for line in case["open"])
        yield _vector(
            case["id"], case["rule"], case["why"], "alerts", lines=lines, expect=expect, absent=absent
        )


def _line(number: int, line: str) -> dict[str, Any]:
    what, _, raw = line.partition(" ")
    found: dict[str, Any] = json.loads(raw) if what == "raw" else _heard(number, line.split())
    return found


def _heard(number: int, words: list[str]) -> dict[str, Any]:
    what, minute, *rest = words
    at = (NOON + timedelta(minutes=int(minute))).isoformat()
    found: dict[str, Any] = {"id": f"e-{number}", "course": "c-1", "recorded_at": at}
    match what, rest:
        case "answer", [checkin, *forms]:
            more = {"type": "check-in-answered", "at": at, "checkin": checkin, "answers": _filled(forms)}
            return found | more
        case "ended", []:
            return found | {"type": "ended", "at": at}
        case "clinical", [kind]:
            return found | {"type": "clinical-event", "at": at, "kind": kind}
        case "close", [key, *named]:
            closing = {"type": "alert-closed", "at": at, "alert": key, "how": "called"}
            return found | closing | dict(one.split("=", 1) for one in named)
        case "retract", [event]:
            return found | {"type": "retracted", "event": event}
        case _:
            raise ValueError(words)


def _filled(words: list[str]) -> dict[str, dict[str, int]]:
    """``phq-2 1=0 2=0 + phq-9 9=1`` as answers, form by form."""
    forms = [part.split() for part in " ".join(words).split(" + ")]
    return {
        name: {item: int(value) for item, _, value in (one.partition("=") for one in items)}
        for name, *items in forms
    }


def watch() -> Iterator[VectorDict]:
    """As the table has them."""
    for case in _table("watch")["cases"]:
        yield {"id": case["id"], "rule": case["rule"], "why": case["why"], "ask": "watch"} | case
