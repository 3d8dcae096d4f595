"""A plan for the outside: JSON for programs, calendars, spreadsheets, a terminal, health records, a picture.

Each format is one module with a function ``render(plan, style) -> bytes``; it decides nothing, and the
same plan gives the same bytes. One format does not know another. To add one: a module, and a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Final, Literal, cast

from attrs import frozen

from ketaschedule.errors import Fault, InputError, UnknownNameError, install, one_fault
from ketaschedule.plan import Plan

__all__ = ["FORMATS", "NAMESPACE", "Style", "render"]

NAMESPACE: Final = "calendar.invalid"
"""Stands after the @ of a calendar UID unless a clinic sets its own; it names nobody and resolves nowhere."""

FORMATS: Final[Mapping[str, str]] = {
    "table": "ketaschedule.formats.table",
    "json": "ketaschedule.formats.json",
    "ics": "ketaschedule.formats.ics",
    "csv": "ketaschedule.formats.csv",
    "fhir": "ketaschedule.formats.fhir",
    "svg": "ketaschedule.formats.picture",
}
"""The module of each format."""

_EXTRAS: Final[Mapping[str, str]] = {"table": "cli", "fhir": "fhir", "svg": "picture"}
"""The extra that brings what a format needs beyond the core."""


@frozen(kw_only=True)
class Style:
    """How a plan is shown; what a format has no use for it passes over.

    ``why`` adds the reasons (JSON always has them). ``titles``: ``neutral`` calendar fields name nothing
    telling, ``clinical`` ones do. ``audience`` chooses the picture's version. ``namespace`` ends calendar
    UIDs. ``width`` is in columns of a terminal, ``colour`` for a terminal only.
    """

    why: bool = False
    titles: Literal["neutral", "clinical"] = "neutral"
    audience: Literal["patient", "clinician"] = "clinician"
    namespace: str = NAMESPACE
    width: int = 80
    colour: bool = False


def render(plan: Plan, name: str, style: Style = Style()) -> bytes:
    """``plan`` in the format called ``name``, as the bytes of a file.

    Raises :class:`UnknownNameError` for a format that is not known, and :class:`InputError` where the
    format is not in this version or needs an extra that is not installed.

    >>> import pendulum
    >>> from ketaschedule.course import Course
    >>> from ketaschedule.planner import make_plan
    >>> from ketaschedule.protocol_files import load_protocol
    >>> course = Course(id="c-1", protocol=load_protocol("ketamine-aud-three-weekly"), adult="yes",
    ...                 start=pendulum.date(2026, 12, 1), zone="America/New_York")
    >>> render(make_plan(course), "csv").split(b",")[:3]
    [b'key', b'phase', b'number']
    """
    if name not in FORMATS:
        raise UnknownNameError.of("format", name, list(FORMATS), "format")
    if find_spec(FORMATS[name]) is None:
        raise one_fault("format", f"the format {name} is not in this version", _there(), "not-here")
    try:
        module = import_module(FORMATS[name])
        return cast("bytes", module.render(plan, style))
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("ketaschedule"):
            raise
        extra = _EXTRAS.get(name, name)
        text = f"the format {name} needs the package {error.name}"
        fault = Fault("format", text, install(extra), "no-extra")
        raise InputError([fault]) from None


def _there() -> str:
    return ", ".join(name for name, module in FORMATS.items() if find_spec(module) is not None)
