"""Writes the conformance pack from the hand-worked tables of ``tests/vectors``.

    python -m tests.conformance_pack

The tables are short, made for people: day numbers, ranges, one line a story. The pack is long, made for a program in
any language: whole inputs, dates, instants. Nothing here asks the library what is right. (It asks the library's
readers for what a questionnaire's items are, and for the written form of an event.)
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ketaschedule.conformance_run import FOLDER
from ketaschedule.history_files import event_to
from ketaschedule.instrument import Instrument, load_instrument
from tests import conformance_further
from tests.trajectory_answers import FIRST_DOSE, at, happened, scored
from tests.vectors_history import Vector, history_vectors

HERE = Path(__file__).parent / "vectors"
PAGE = Path(__file__).parent.parent / "docs" / "conformance.md"
VectorDict = dict[str, Any]
TITLES = {
    "wall-times": "Wall times at clock changes, as instants",
    "keys": "What each kind of item is called, which ids a course may have, and revisions",
    "dates": "The days of each built-in protocol with nothing in the way",
    "check-ins": "When check-ins open, are due and close, which forms, and their states",
    "named": "What a plan names and what it does not, and what is refused",
    "reminders": "What a stretch of time has to tell, and what is dropped",
    "alerts": "Alerts from events alone",
    "watch": "The days on which asking finds a relapse soonest",
    "placing": "Where the sessions of one phase go: gaps, weeks, closures, wishes, bookings, ties",
    "spacing": "Doses judged by their intervals, and the dates of the next",
    "verdicts": "What happened to each session, and what follows",
    "scoring": "Scores at the bounds of every band, with answers missing and answers that are none",
    "trajectories": "Response, remission, relapse and worsening at their thresholds",
}


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))


# -- Placing ---------------------------------------------------------------------------------------------

DAY_0 = date(2026, 11, 30)
PLACING_RULES = {
    "blocked": "S3",
    "booking": "S15",
    "candidates": "S7",
    "fact": "S3",
    "gap": "S3",
    "omit": "S18",
    "ties": "S2",
    "week": "S5",
    "weekdays": "S6",
    "window": "S2",
}


def on(day: int | str) -> str:
    return (DAY_0 + timedelta(days=int(day))).isoformat()


def slot(text: str) -> VectorDict:
    """A session as the table writes it: ``"5 6 9 booked=7 blocked=8"``."""
    earliest, target, latest, *rest = text.split()
    found: VectorDict = {"earliest": on(earliest), "target": on(target), "latest": on(latest), "prefer": True}
    for word in rest:
        name, _, value = word.partition("=")
        match name:
            case "fact" | "booked":
                found |= {"fixed": on(value), "fact": name == "fact"}
            case "blocked":
                found["blocked"] = [on(day) for day in value.split(",")]
            case "no-wish":
                found["prefer"] = False
            case _:
                raise ValueError(word)
    return found


def placing() -> Iterator[VectorDict]:
    for row in table("placement")["case"]:
        spans = [stretch.partition("-") for stretch in row.get("closed", [])]
        count = len(row["sessions"])
        vector: VectorDict = {
            "id": row["id"],
            "rule": PLACING_RULES[row["rule"]],
            "why": row["why"],
            "ask": "place",
            "sessions": [slot(text) for text in row["sessions"]],
            "min_gap_days": row["min_gap"],
            "limit": on(row.get("limit", 60)),
            "closed": [
                on(day) for first, _, last in spans for day in range(int(first), int(last or first) + 1)
            ],
            "week_origin": on(1),
            "week_taken": row.get("taken", []),
            "preferred": row.get("preferred", []),
            "outside": row.get("outside", "later"),
        }
        vector |= {"before": on(row["before"])} if "before" in row else {}
        vector |= {"per_week": row["per_week"]} if "per_week" in row else {}
        expect: VectorDict = {}
        absent = [f"/sessions/{count}"]
        for number, day in enumerate(row["expect"]):
            if day == "none":
                absent.append(f"/sessions/{number}/date")
            else:
                expect[f"/sessions/{number}/date"] = on(day)
        for number, day in enumerate(row.get("hard_min", [])):
            if day:
                expect[f"/sessions/{number}/hard_min"] = on(day)
            else:
                absent.append(f"/sessions/{number}/hard_min")
        for name, flag in (
            ("outside_numbers", "outside"),
            ("off", "off_preference"),
            ("released", "released"),
        ):
            if name in row:
                for number in range(count):
                    expect[f"/sessions/{number}/{flag}"] = number + 1 in row[name]
        yield vector | {"expect": expect, "absent": absent}


# -- Spacing ---------------------------------------------------------------------------------------------


def spacing() -> Iterator[VectorDict]:
    data = table("series")
    for case in data["case"]:
        doses = [line.split() for line in case["expect"]]
        expect: VectorDict = {}
        for number, (target, status, reason) in enumerate(doses):
            path = f"/doses/{number}"
            expect |= {
                f"{path}/target": int(target),
                f"{path}/status": status,
                f"{path}/reason": reason,
            }
        expect["/complete"] = "next" not in case
        absent = [f"/doses/{len(doses)}"]
        for name in ("target", "earliest", "recommended", "past_due"):
            value = case.get("next", {}).get(name)
            if value is None:
                absent.append(f"/next/{name}")
            else:
                expect[f"/next/{name}"] = value.isoformat() if isinstance(value, date) else value
        yield {
            "id": case["id"],
            "rule": case["rule"],
            "why": case["why"],
            "ask": "series",
            "intervals": [data["steps"][name] for name in case["intervals"]],
            "given": [day.isoformat() for day in case["given"]],
            "reference": case.get("reference", "administered"),
            "expect": expect,
            "absent": absent,
        }


# -- Verdicts, and every other story told as a course ----------------------------------------------------


def as_plan(vector: Vector, ask: str = "plan") -> VectorDict:
    found: VectorDict = {
        "id": vector.id,
        "rule": vector.rule,
        "why": vector.why,
        "ask": ask,
        "course": vector.course,
        "as_of": vector.as_of,
        "expect": {},
        "one_of": {},
        "contains": {},
        "absent": [],
    }
    for path, expected in vector.expect.items():
        if expected is None:
            found["absent"].append(path)
        elif "*" in path:
            found["contains"].setdefault(path, []).append(expected)
        elif isinstance(expected, tuple):
            found["one_of"][path] = list(expected)
        else:
            found["expect"][path] = expected
    return {name: value for name, value in found.items() if value or name == "expect"}


def verdicts() -> Iterator[VectorDict]:
    yield from map(as_plan, history_vectors())


# -- Scoring ---------------------------------------------------------------------------------------------


def items_of(case: dict[str, Any], it: Instrument) -> dict[str, Any]:
    """``all`` gives every item that counts a value, ``only`` begins from nothing, ``items`` has the last word."""
    items: dict[str, Any] = dict(case.get("only", {}))
    if "all" in case:
        items |= {item.id: case["all"] for item in it.items if item.counts}
    items |= case.get("items", {})
    return {key: value for key, value in items.items() if key not in case.get("leave_out", [])}


def scoring() -> Iterator[VectorDict]:
    for case in table("scoring")["cases"]:
        items = items_of(case, load_instrument(case["instrument"]))
        if any(isinstance(value, float) and not math.isfinite(value) for value in items.values()):
            continue  # JSON cannot spell it
        total = case["expect"].get("state") == "total" and "rule" not in case
        vector: VectorDict = {
            "id": case["id"],
            "rule": case["instrument"] if total else "T2",
            "why": case["why"],
            "ask": "score",
            "instrument": case["instrument"],
            "items": items,
        }
        vector |= {"missing_rule": case["rule"]} if "rule" in case else {}
        yield vector | {"expect": {f"/{name}": value for name, value in case["expect"].items()}}


# -- Trajectories ----------------------------------------------------------------------------------------


def trajectories() -> Iterator[VectorDict]:
    for case in table("trajectory")["cases"]:
        forms = [scored(day, points, case["instrument"]) for day, points in case["answers"]]
        events = [happened(day, what) for day, what in case.get("events", [])]
        days = [0, *(day for day, _ in case["answers"]), *(day for day, _ in case.get("events", []))]
        vector: VectorDict = {
            "id": case["id"],
            "rule": case["rule"],
            "why": case["why"],
            "ask": "trajectory",
            "instrument": case["instrument"],
            "events": [event_to(event) for event in [*forms, *events]],
            "as_of": at(case.get("as_of", max(days)), 23).isoformat(),
        }
        vector |= {} if case.get("no_dose") else {"first_dose": FIRST_DOSE.isoformat()}
        vector |= {"thresholds": case["thresholds"]} if "thresholds" in case else {}
        expect: VectorDict = {}
        absent = []
        for name, value in case["expect"].items():
            match name:
                case "absent":
                    absent += [f"/{field}" for field in value]
                case "crossings":
                    expect |= {
                        f"/crossings/{number}/instrument": case["instrument"] for number in range(value)
                    }
                    absent.append(f"/crossings/{value}")
                case "crossing_points" | "crossing_rule":
                    expect[f"/crossing/{name.removeprefix('crossing_')}"] = value
                case _:
                    expect[f"/{name}"] = value
        yield vector | {"expect": expect} | ({"absent": absent} if absent else {})


# -- The pack --------------------------------------------------------------------------------------------

MAKERS: dict[str, Callable[[], Iterator[VectorDict]]] = {
    "wall-times": conformance_further.wall_times,
    "keys": conformance_further.keys,
    "placing": placing,
    "spacing": spacing,
    "dates": conformance_further.dates,
    "verdicts": verdicts,
    "check-ins": conformance_further.check_ins,
    "named": conformance_further.named,
    "reminders": conformance_further.reminders,
    "alerts": conformance_further.alerts,
    "scoring": scoring,
    "trajectories": trajectories,
    "watch": conformance_further.watch,
}


def pack_text(suite: str) -> str:
    """One suite as the text of its file: a vector a line, so that a change of one is a change of one line."""
    lines = [json.dumps(vector, ensure_ascii=False, separators=(",", ":")) for vector in MAKERS[suite]()]
    head = json.dumps({"schema": 1, "suite": suite, "title": TITLES[suite]}, ensure_ascii=False)
    return head.removesuffix("}") + ', "vectors": [\n' + ",\n".join(lines) + "\n]}\n"


def main() -> None:
    """Write every suite, and its count into the page."""
    page = PAGE.read_text("utf-8")
    for suite in MAKERS:
        text = pack_text(suite)
        (FOLDER / f"{suite}.json").write_text(text, "utf-8")
        page = re.sub(
            rf"^\| `{suite}` \| \d+ \|",
            f"| `{suite}` | {text.count(chr(10)) - 2} |",
            page,
            flags=re.MULTILINE,
        )
    PAGE.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
