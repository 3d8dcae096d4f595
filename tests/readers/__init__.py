"""Five calendar programs read one file: what did each understand?

Usage: ``read_with("khal", ics_bytes)`` gives what that reader saw, ordered by start and UID, in one
shape for all of them, so that two readers agree exactly when the two lists are equal.

Three of the readers run as programs of their own (``khal``, ``libical``, ``ical.js``): the first because
it keeps a calendar on disk, the others because they are not written for this interpreter. A reader that
is not installed skips the test with its reason; with ``KETASCHEDULE_REQUIRE_ALL=1`` it fails it.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest

__all__ = ["READERS", "Seen", "read_with", "require_all"]

HERE = Path(__file__).parent
SECONDS = 120  # a reader that has not answered by then hangs
SYSTEM_PYTHON = os.environ.get("KETASCHEDULE_SYSTEM_PYTHON", "/usr/bin/python3")


class Seen(NamedTuple):
    """One event as a reader understood it.

    ``start`` and ``end`` are UTC instants (``2026-12-01T15:00:00Z``), or a date where the event is a whole
    day; ``status`` is empty and ``sequence`` 0 where the file does not say.
    """

    uid: str
    start: str
    end: str
    summary: str
    description: str
    status: str
    sequence: int


def read_with(reader: str, ics: bytes) -> list[Seen]:
    """What ``reader`` (one of :data:`READERS`) understands of the calendar file ``ics``."""
    return sorted(_READ[reader](ics), key=lambda seen: (seen.start, seen.uid, seen.sequence))


def require_all() -> bool:
    """Whether a part that is missing is a failure (``KETASCHEDULE_REQUIRE_ALL=1``) rather than a skip."""
    return os.environ.get("KETASCHEDULE_REQUIRE_ALL", "") == "1"


def _missing(what: str) -> NoReturn:
    if require_all():
        pytest.fail(f"{what}; with KETASCHEDULE_REQUIRE_ALL=1 every reader must be there")
    pytest.skip(what)


def _utc(value: dt.date) -> str:
    if not isinstance(value, dt.datetime):
        return value.isoformat()
    if value.tzinfo is None:
        return value.isoformat() + " (floating)"
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _of_icalendar(events: Iterable[Any]) -> list[Seen]:
    # icalendar's Event, which recurring-ical-events hands on
    return [
        Seen(
            uid=str(event["UID"]),
            start=_utc(event.start),
            end=_utc(event.end),
            summary=str(event.get("SUMMARY", "")),
            description=str(event.get("DESCRIPTION", "")),
            status=str(event.get("STATUS", "")),
            sequence=int(event.get("SEQUENCE", 0)),
        )
        for event in events
    ]


def _icalendar(ics: bytes) -> list[Seen]:
    import icalendar

    return _of_icalendar(icalendar.Calendar.from_ical(ics).walk("VEVENT"))


def _recurring_ical_events(ics: bytes) -> list[Seen]:
    if importlib.util.find_spec("recurring_ical_events") is None:
        _missing("recurring-ical-events is not installed (pip install recurring-ical-events)")
    import icalendar
    import recurring_ical_events

    calendar = icalendar.Calendar.from_ical(ics)
    return _of_icalendar(recurring_ical_events.of(calendar, components=["VEVENT"]).all())


def _khal(ics: bytes) -> list[Seen]:
    if importlib.util.find_spec("khal") is None:
        _missing("khal is not installed (pip install khal)")
    return _program([sys.executable, str(HERE / "khal_reader.py")], ics)


def _libical(ics: bytes) -> list[Seen]:
    if not Path(SYSTEM_PYTHON).exists():
        _missing(f"no system Python at {SYSTEM_PYTHON}, in which libical's bindings would be")
    script = str(HERE / "libical_reader.py")
    probe = subprocess.run(
        [SYSTEM_PYTHON, script, "--probe"], capture_output=True, timeout=SECONDS, check=False
    )
    if probe.returncode:
        _missing("libical is not installed (apt-get install python3-gi gir1.2-ical-3.0)")
    return _program([SYSTEM_PYTHON, script], ics)


def _ical_js(ics: bytes) -> list[Seen]:
    node = shutil.which("node")
    if node is None:
        _missing("node is not installed")
    modules = Path(os.environ.get("KETASCHEDULE_NODE_MODULES") or "node_modules").resolve()
    module = modules / "ical.js" / "dist" / "ical.js"
    if not module.exists():
        _missing(f"ical.js is not in {modules} (npm install ical.js, or set KETASCHEDULE_NODE_MODULES)")
    return _program([node, str(HERE / "icaljs_reader.mjs"), module.as_uri()], ics)


def _program(command: list[str], ics: bytes) -> list[Seen]:
    done = subprocess.run(command, input=ics, capture_output=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise AssertionError(
            f"{command[1]} ended with {done.returncode}:\n{done.stderr.decode(errors='replace')}"
        )
    return [Seen(**event) for event in json.loads(done.stdout)]


_READ: dict[str, Callable[[bytes], list[Seen]]] = {
    "icalendar": _icalendar,
    "recurring-ical-events": _recurring_ical_events,
    "khal": _khal,
    "libical": _libical,
    "ical.js": _ical_js,
}

READERS = tuple(_READ)
