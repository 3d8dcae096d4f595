"""What the fuzzer feeds to the readers, and what must hold of whatever comes in.

A reader reads, or raises :class:`InputError` with faults that can be shown; anything else is a finding. What
was read comes back the same from its plain values. Each target is a function of bytes alone.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pendulum

from ketaschedule.course import Course
from ketaschedule.course_files import course_from, course_to
from ketaschedule.definition_checks import CHECKS, definition_faults
from ketaschedule.errors import InputError
from ketaschedule.history_files import event_to, read_history
from ketaschedule.instrument import instrument_names, load_instrument, score
from ketaschedule.planner import make_plan
from ketaschedule.protocol import TreatmentProtocol
from ketaschedule.protocol_files import load_protocol, protocol_from, protocol_names, protocol_to
from ketaschedule.reading import read_json, read_toml
from ketaschedule.safety import safety_alerts
from ketaschedule.trajectory import trajectories

__all__ = ["TARGETS", "seeds"]

HERE = Path(__file__).parent
NAME = "f.toml"


def _refused(error: InputError) -> None:
    """A refusal says something, in lines that can be shown."""
    assert error.faults
    for fault in error.faults:
        assert fault.text
        assert "\n" not in fault.line()


def _sound(protocol: TreatmentProtocol) -> None:
    """What was read comes back, and the static checks say what they find."""
    plain = protocol_to(protocol)
    assert protocol_from(plain) == protocol
    for fault in definition_faults(protocol):
        assert fault.code in CHECKS
        assert fault.way_out
        assert "\n" not in fault.line()


def protocol_toml(data: bytes) -> None:
    """Any text as a protocol in TOML."""
    _protocol(data, read_toml)


def protocol_json(data: bytes) -> None:
    """Any text as a protocol in JSON."""
    _protocol(data, read_json)


def _protocol(data: bytes, read: Callable[[str, str], object]) -> None:
    try:
        protocol = protocol_from(read(data.decode("utf-8", "replace"), NAME), NAME)
    except InputError as error:
        _refused(error)
        return
    _sound(protocol)


def history(data: bytes) -> None:
    """Any text as a history: a bad line costs no other, and safety hears it whatever it is."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        found = read_history(text)
    except InputError as error:
        _refused(error)
        return
    for event in found.events:
        written = event_to(event)
        again = read_history(json.dumps(written, allow_nan=False)).events
        assert [event_to(one) for one in again] == [written]
    safety_alerts(found.lines)
    safety_alerts([text])


def answers(data: bytes) -> None:
    """Any JSON as the answers to every form, and as a check-in answered: scored, followed, heard."""
    try:
        items = read_json(data.decode("utf-8", "replace"), NAME)
    except InputError as error:
        _refused(error)
        return
    table = items if isinstance(items, dict) else {"1": items}
    for name in instrument_names():
        result = score(load_instrument(name), table)
        assert result.at_least <= result.at_most
    line = {
        "type": "check-in-answered",
        "id": "e-1",
        "course": "c-1",
        "recorded_at": "2026-12-02T10:00:00Z",
        "at": "2026-12-02T10:00:00Z",
        "checkin": "c-1/a/1/ask/b/1",
    }
    for given in (table, {"phq-9": table, "mood": table, "c-ssrs-screener": table}):
        found = read_history(json.dumps({**line, "answers": given}))
        safety_alerts(found.lines)
        trajectories(
            found.events,
            instruments=["phq-9", "mood", "c-ssrs-screener"],
            first_dose=pendulum.datetime(2026, 12, 1),
            as_of=pendulum.datetime(2026, 12, 3),
        )


def course(data: bytes) -> None:
    """Any JSON as a course file, and its plan where it is one."""
    try:
        made = course_from(read_json(data.decode("utf-8", "replace"), NAME), NAME)
        plain = course_to(made)
        assert course_from(plain) == made
        make_plan(made, as_of=pendulum.datetime(2027, 1, 1), weeks=4)
    except InputError as error:
        _refused(error)


ODD: tuple[Any, ...] = (
    None, 0, 1, -1, 2, 3, 6, 7, 14, 28, 60, 61, 366, 367, 400, 401, 1440, 1830, 146097, 10**15, 10**17, 0.5, 1e300,
    True, False, "", "x", "house", "keep", "end", "series", "weekly", "decision", "path", "response", "phq-9",
    "\u202e", "\x00", "a\u0301", "\ud800", "\uff11", "٣", "x" * 5000, [], {}, [[]], [1], ["x"], {"keep": True},
    {"end": True}, {"add_sessions": 24}, {"go_to_phase": "series"}, {"set_interval": 1}, {"id": "x"},
)  # fmt: skip
"""Values at the edges of what a file may hold, and beyond."""


@cache
def _sound_files() -> tuple[dict[str, Any], ...]:
    folder = HERE.parent / "broken"
    small = [read_toml(file.read_text("utf-8")) for file in sorted(folder.glob("*.toml"))]
    return (*small, *(protocol_to(load_protocol(name)) for name in protocol_names()))


def _changed(data: bytes) -> Any:
    """A protocol of ours with values taken out, doubled or replaced, as the bytes say."""
    files = _sound_files()
    table = copy.deepcopy(files[data[0] % len(files)] if data else files[0])
    todo = list(data[1:64])
    while len(todo) > 4:
        here: Any = table
        parent: Any = None
        key: Any = None
        while todo and isinstance(here, (dict, list)) and here:
            if parent is not None and todo[0] > 240:
                todo.pop(0)
                break
            keys: list[Any] = list(here) if isinstance(here, dict) else list(range(len(here)))
            parent, key = here, keys[todo.pop(0) % len(keys)]
            here = parent[key]
        if parent is None:
            break
        how = todo.pop(0) if todo else 0
        if how < 40:
            del parent[key]
        elif how < 60 and isinstance(parent, list):
            parent.append(copy.deepcopy(here))
        elif how < 80 and isinstance(parent, dict):
            parent[str(ODD[how % len(ODD)])[:40]] = here
        elif isinstance(here, int) and not isinstance(here, bool) and how < 160:
            parent[key] = here + how - 120
        else:
            parent[key] = copy.deepcopy(ODD[how % len(ODD)])
    return table


def definition(data: bytes) -> None:
    """A protocol of ours with some values changed: refused, or read and checked."""
    try:
        protocol = protocol_from(_changed(data), NAME)
    except InputError as error:
        _refused(error)
        return
    _sound(protocol)
    assert definition_faults(protocol) == definition_faults(protocol_from(protocol_to(protocol)))


def values(data: bytes) -> None:
    """A protocol of ours with some values changed: refused, or sound enough to be checked and planned."""
    try:
        protocol = protocol_from(_changed(data), NAME)
    except InputError as error:
        _refused(error)
        return
    _sound(protocol)
    try:
        one = Course(id="c-1", protocol=protocol, start=pendulum.date(2026, 12, 1), zone="Europe/London")
        make_plan(one, as_of=pendulum.datetime(2026, 12, 20), weeks=12)
    except InputError as error:
        _refused(error)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "protocol-toml": protocol_toml,
    "protocol-json": protocol_json,
    "definition": definition,
    "values": values,
    "history": history,
    "answers": answers,
    "course": course,
}
"""Each target by its name."""


def _events() -> list[bytes]:
    from tests.test_history_files import EXAMPLES

    return [json.dumps(one).encode() for one in EXAMPLES.values()]


def seeds(target: str) -> list[bytes]:
    """What the fuzzer starts from: our own tables, small ones first."""
    files = [json.dumps(one, default=str).encode() for one in _sound_files()]
    match target:
        case "protocol-toml":
            folder = HERE.parent / "broken"
            texts = [file.read_bytes() for file in sorted(folder.glob("*.toml"))]
            builtin = HERE.parent.parent / "ketaschedule" / "protocols"
            return texts + [file.read_bytes() for file in sorted(builtin.glob("*.toml"))]
        case "protocol-json":
            return files
        case "history":
            return [*_events(), b"\n".join(_events())]
        case "answers":
            forms = [load_instrument(name) for name in instrument_names()]
            return [json.dumps({item.id: item.high for item in form.items}).encode() for form in forms]
        case "course":
            plain = {
                "schema": 1,
                "course": "c-1",
                "adult": "yes",
                "start": "2026-12-01",
                "zone": "Europe/London",
            }
            named = {**plain, "protocol": "ketamine-iv-single", "days": ["tue"], "at": "09:30"}
            lines = [json.loads(one) for one in _events()]
            return [
                json.dumps(named).encode(),
                json.dumps({**named, "history": lines}).encode(),
                json.dumps({**plain, "protocol": json.loads(files[0])}).encode(),
            ]
        case _:
            return [bytes([number, *range(number, number + 40)]) for number in range(64)]
