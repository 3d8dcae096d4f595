"""The words that a protocol file may use, and how much of each it may hold; one list for each field."""

from __future__ import annotations

import re

__all__ = [
    "ANCHORS",
    "AUDIENCES",
    "CHECKIN_ANCHORS",
    "ID_PATTERN",
    "KINDS",
    "LAPSE_WHEN",
    "MAX_INTERVAL_DAYS",
    "MAX_OPTIONS",
    "MAX_PARTS",
    "MAX_PHASES",
    "MAX_SESSIONS",
    "RESTS_ON",
    "SETTINGS",
    "STATEMENT_KINDS",
    "STEP_ANCHORS",
    "WATCH_AFTER",
]

ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
MAX_PHASES = 64
MAX_PARTS = 400
"""Most entries of any other list of a protocol."""
MAX_SESSIONS = 400
"""Most sessions of one phase."""
MAX_INTERVAL_DAYS = 366
MAX_OPTIONS = 24
"""Most options of one Decision."""
SETTINGS = ("certified-clinic", "clinic", "home")
KINDS = ("preparation", "integration", "review")
ANCHORS = ("session", "each-session", "phase-start", "phase-end")
STEP_ANCHORS = ("arrival", "dose-start", "dose-end")
AUDIENCES = ("patient", "escort", "proxy", "clinic")
CHECKIN_ANCHORS = (
    "before-first-dose",
    "first-dose",
    "before-dose",
    "session",
    "phase-end",
    "week",
    "monthly",
)
RESTS_ON = ("path", "frequency", "response", "fitness")
LAPSE_WHEN = ("missed-and-worse", "long-gap", "worse")
WATCH_AFTER = ("last-dose", "widening")
STATEMENT_KINDS = (
    "age-band",
    "alcohol",
    "antidepressant",
    "blood-pressure-guide",
    "contraindication",
    "driving",
    "duration",
    "evidence",
    "formulation",
    "limit-of-use",
    "long-term-risk",
    "missed",
    "negative-trial",
    "not-published",
    "observed-spacing",
    "population",
    "pregnancy",
    "psychotherapy",
    "published-average",
    "regulatory",
    "rems",
    "screening",
    "setting",
    "spacing",
    "stopping",
    "warning",
)
"""What a statement of a protocol may be about; they are shown under these heads."""
