"""A clinic as a file: TOML (or JSON) in, TOML out.

>>> clinic = clinic_from({"zone": "Europe/London", "hours": {"mon": ["09:00-12:00"]}, "phone": "+44 20 7946 0000"})
>>> clinic_from(clinic_to(clinic)) == clinic
True
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import times
from .availability import Clinic, clinic_from
from .reading import bounded_text, read_json, read_toml

__all__ = ["clinic_text", "clinic_to", "load_clinic"]


def load_clinic(path: str | Path) -> Clinic:
    """The clinic in a TOML or JSON file; raises :class:`InputError` with every fault."""
    text, name = bounded_text(path), str(path)[:200]
    return clinic_from(read_json(text, name) if name.endswith(".json") else read_toml(text, name))


def clinic_to(clinic: Clinic) -> dict[str, Any]:
    """The plain values of a clinic in the order of its file.

    >>> clinic_to(clinic_from({"zone": "Europe/London", "hours": {"mon": ["09:00-24:00"]}}))
    {'zone': 'Europe/London', 'hours': {'mon': ['09:00-24:00']}}
    """
    found: dict[str, Any] = {"zone": clinic.zone}
    for name in ("name", "phone", "crisis_line", "emergency", "reads_answers", "holidays"):
        if getattr(clinic, name) is not None:
            found[name] = getattr(clinic, name)
    if clinic.closed:
        found["closed"] = [
            first.isoformat() if first == last else [first.isoformat(), last.isoformat()]
            for first, last in clinic.closed
        ]
    if clinic.hours:
        found["hours"] = {
            day: [
                f"{times.minute_text(first)}-{times.minute_text(last)}" for first, last in clinic.hours[day]
            ]
            for day in times.WEEKDAYS
            if day in clinic.hours
        }
    return found


def clinic_text(clinic: Clinic) -> str:
    """The TOML text of a clinic file.

    >>> print(clinic_text(clinic_from({"zone": "Europe/London", "hours": {"mon": ["09:00-12:00"]}})), end="")
    zone = "Europe/London"
    <BLANKLINE>
    [hours]
    mon = ["09:00-12:00"]
    """
    table = clinic_to(clinic)
    hours = table.pop("hours", {})
    lines = [f"{name} = {_toml(value)}" for name, value in table.items()]
    if hours:
        lines += ["", "[hours]", *(f"{day} = {_toml(spans)}" for day, spans in hours.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """A text or a list of texts as TOML; every JSON string is one of its basic strings, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
