"""A plan as CSV: one row for each session, for a spreadsheet.

A text that a spreadsheet would take for a formula (it begins with ``=``, ``+``, ``-``, ``@``, or a tab or
line break) gets an apostrophe before it. Numbers are numbers: day −1 is written ``-1``.
"""

from __future__ import annotations

import csv
import datetime
import io

from ketaschedule.days import instant_key, iso
from ketaschedule.formats import Style
from ketaschedule.plan import Plan
from ketaschedule.session_model import Session

__all__ = ["COLUMNS", "plan_to_csv", "render"]

COLUMNS = (
    "key",
    "phase",
    "number",
    "kind",
    "day",
    "week",
    "date",
    "at",
    "ends",
    "earliest",
    "target",
    "latest",
    "hard_min",
    "verdict",
    "basis",
    "timing",
    "given_at",
    "counts",
    "booked",
    "why",
)
"""The columns, named as the fields of the plan file."""


def plan_to_csv(plan: Plan, *, why: bool = False) -> str:
    r"""The sessions of a plan as CSV with a line of headings, lines ended by CRLF; ``why`` adds the reasons.

    >>> import pendulum
    >>> from ketaschedule.course import Course
    >>> from ketaschedule.planner import make_plan
    >>> from ketaschedule.protocol_files import load_protocol
    >>> course = Course(id="c-1", protocol=load_protocol("ketamine-aud-three-weekly"), adult="yes",
    ...                 start=pendulum.date(2026, 12, 1), zone="America/New_York")
    >>> plan_to_csv(make_plan(course)).split("\r\n")[2][:58]
    'c-1/series/2,series,2,dose,8,2,2026-12-08,2026-12-08T10:00'
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*COLUMNS, "reasons"] if why else COLUMNS)
    for session in sorted(plan.sessions, key=lambda one: (instant_key(one.at), one.key)):
        row = [_cell(getattr(session, name)) for name in COLUMNS]
        writer.writerow([*row, _cell(_reasons(session))] if why else row)
    return out.getvalue()


def render(plan: Plan, style: Style) -> bytes:
    """The rows as UTF-8."""
    return plan_to_csv(plan, why=style.why).encode("utf-8")


def _reasons(session: Session) -> str:
    return "; ".join(f"{one.rule} {one.text} [{one.source or 'house'}]" for one in session.reasons)


def _cell(value: object) -> str | int:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return value
        case datetime.datetime():
            return iso(value)
        case datetime.date():
            return value.isoformat()
        case _:
            return _harmless(str(value))


def _harmless(text: str) -> str:
    """A text that no spreadsheet runs.

    >>> _harmless("=1+1"), _harmless("plain")
    ("'=1+1", 'plain')
    """
    return f"'{text}" if text.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text
