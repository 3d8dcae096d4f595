"""Ketamine and esketamine courses: published protocols, a person's calendar, check-ins, reminders.

This is the front door: what an app needs, by name, under spoken headings. A name is loaded from its room
when it is first asked for, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_ROOMS = {
    # A protocol: how treatment is published to be given
    "protocol_files": "load_protocol protocol_from protocol_names protocol_to",
    "protocol_toml": "protocol_text",
    "protocol": "TreatmentProtocol",
    "sources": "Grade Seen Source",
    # A course: one person's treatment, and where it takes place
    "course": "Course Monitor WatchWish",
    "course_files": "clinic_text clinic_to course_from course_text course_to load_clinic load_course",
    "availability": "Clinic clinic_from",
    # What happened: events, and a history as JSON Lines
    "history": (
        "EVENT_TYPES AlertClosed AvailabilityChanged CheckInAnswered CheckInDeclined ClinicalEvent "
        "ConsentChanged CourseEnded CoursePaused CourseResumed DecisionTaken DoseFact Event GoAheadGiven "
        "ProtocolChanged Retracted ReviewHeld SessionBooked SessionCancelled SessionGiven SessionMissed "
        "SessionMoved SessionStopped SessionWithheld ZoneChanged"
    ),
    "history_files": "History event_from event_to history_text load_history read_history",
    # Safety first: Alerts from events alone
    "alerts": "Alert",
    "safety": "open_alerts safety_alerts",
    # A plan: what follows (the difference of two plans is ketaschedule.changes.changes)
    "planner": "make_plan",
    "plan": "Extra Plan",
    "session_model": "Session StepAt",
    "decisions": "Decision DecisionOption",
    "checkins": "CheckIn",
    "watching": "Watch",
    "reasons": "Finding Reason",
    "rules": "RULES Rule",
    "changes": "Change Changes preview",
    # Answers over time, and when relapse comes
    "instrument": "Instrument instrument_names load_instrument score",
    "trajectory": "Trajectory trajectories",
    "relapse": "Cohort cohort_names load_cohort",
    "inspection": "best_days",
    "series": "evaluate_series",
    # Telling people (what to tell in a stretch of time is ketaschedule.reminders.reminders)
    "reminders": "Reminder reminder_to",
    "reminders_digest": "Digest digests",
    "arming": "Armed ArmedChanges arm arm_changes",
    # A definition of one's own, tried before a patient meets it
    "definition_checks": "DefinitionFault definition_faults",
    # A plan for the outside
    "formats": "FORMATS Style render",
    "formats.json": "plan_from_json plan_text plan_to_json",
    "formats.ics": "calendar_uid plan_to_ics",
    "formats.csv": "plan_to_csv",
    "formats.table": "plan_to_table",
    "formats.picture": "plan_to_svg",
    "plan_file": "PlanFile",
    "privacy": "telling_words",
    "schemas": "schema_text",
    # A protocol of one's own, tried (the strategies are in ketaschedule.strategies)
    "laws": "LAWS Broken Law",
    "checking": "check_protocol",
    # What can go wrong
    "errors": "Fault InputError KetascheduleError LimitError UnknownNameError",
}
"""Every name by the room it lives in, under what it is for."""

if TYPE_CHECKING:
    # The same once more, in the same order, for type checkers and editors; a test holds the two equal.
    # fmt: off
    # isort: off
    from ketaschedule.protocol_files import (
        load_protocol as load_protocol, protocol_from as protocol_from, protocol_names as protocol_names,
        protocol_to as protocol_to,
    )
    from ketaschedule.protocol_toml import protocol_text as protocol_text
    from ketaschedule.protocol import TreatmentProtocol as TreatmentProtocol
    from ketaschedule.sources import Grade as Grade, Seen as Seen, Source as Source
    from ketaschedule.course import Course as Course, Monitor as Monitor, WatchWish as WatchWish
    from ketaschedule.course_files import (
        clinic_text as clinic_text, clinic_to as clinic_to, course_from as course_from,
        course_text as course_text, course_to as course_to, load_clinic as load_clinic,
        load_course as load_course,
    )
    from ketaschedule.availability import Clinic as Clinic, clinic_from as clinic_from
    from ketaschedule.history import (
        EVENT_TYPES as EVENT_TYPES, AlertClosed as AlertClosed, AvailabilityChanged as AvailabilityChanged,
        CheckInAnswered as CheckInAnswered, CheckInDeclined as CheckInDeclined,
        ClinicalEvent as ClinicalEvent, ConsentChanged as ConsentChanged, CourseEnded as CourseEnded,
        CoursePaused as CoursePaused, CourseResumed as CourseResumed, DecisionTaken as DecisionTaken,
        DoseFact as DoseFact, Event as Event, GoAheadGiven as GoAheadGiven,
        ProtocolChanged as ProtocolChanged, Retracted as Retracted, ReviewHeld as ReviewHeld,
        SessionBooked as SessionBooked, SessionCancelled as SessionCancelled, SessionGiven as SessionGiven,
        SessionMissed as SessionMissed, SessionMoved as SessionMoved, SessionStopped as SessionStopped,
        SessionWithheld as SessionWithheld, ZoneChanged as ZoneChanged,
    )
    from ketaschedule.history_files import (
        History as History, event_from as event_from, event_to as event_to, history_text as history_text,
        load_history as load_history, read_history as read_history,
    )
    from ketaschedule.alerts import Alert as Alert
    from ketaschedule.safety import open_alerts as open_alerts, safety_alerts as safety_alerts
    from ketaschedule.planner import make_plan as make_plan
    from ketaschedule.plan import Extra as Extra, Plan as Plan
    from ketaschedule.session_model import Session as Session, StepAt as StepAt
    from ketaschedule.decisions import Decision as Decision, DecisionOption as DecisionOption
    from ketaschedule.checkins import CheckIn as CheckIn
    from ketaschedule.watching import Watch as Watch
    from ketaschedule.reasons import Finding as Finding, Reason as Reason
    from ketaschedule.rules import RULES as RULES, Rule as Rule
    from ketaschedule.changes import Change as Change, Changes as Changes, preview as preview
    from ketaschedule.instrument import (
        Instrument as Instrument, instrument_names as instrument_names, load_instrument as load_instrument,
        score as score,
    )
    from ketaschedule.trajectory import Trajectory as Trajectory, trajectories as trajectories
    from ketaschedule.relapse import Cohort as Cohort, cohort_names as cohort_names, load_cohort as load_cohort
    from ketaschedule.inspection import best_days as best_days
    from ketaschedule.series import evaluate_series as evaluate_series
    from ketaschedule.reminders import Reminder as Reminder, reminder_to as reminder_to
    from ketaschedule.reminders_digest import Digest as Digest, digests as digests
    from ketaschedule.arming import (
        Armed as Armed, ArmedChanges as ArmedChanges, arm as arm, arm_changes as arm_changes,
    )
    from ketaschedule.definition_checks import (
        DefinitionFault as DefinitionFault, definition_faults as definition_faults,
    )
    from ketaschedule.formats import FORMATS as FORMATS, Style as Style, render as render
    from ketaschedule.formats.json import (
        plan_from_json as plan_from_json, plan_text as plan_text, plan_to_json as plan_to_json,
    )
    from ketaschedule.formats.ics import calendar_uid as calendar_uid, plan_to_ics as plan_to_ics
    from ketaschedule.formats.csv import plan_to_csv as plan_to_csv
    from ketaschedule.formats.table import plan_to_table as plan_to_table
    from ketaschedule.formats.picture import plan_to_svg as plan_to_svg
    from ketaschedule.plan_file import PlanFile as PlanFile
    from ketaschedule.privacy import telling_words as telling_words
    from ketaschedule.schemas import schema_text as schema_text
    from ketaschedule.laws import LAWS as LAWS, Broken as Broken, Law as Law
    from ketaschedule.checking import check_protocol as check_protocol
    from ketaschedule.errors import (
        Fault as Fault, InputError as InputError, KetascheduleError as KetascheduleError,
        LimitError as LimitError, UnknownNameError as UnknownNameError,
    )
    # isort: on
    # fmt: on

_HOME = {name: room for room, names in _ROOMS.items() for name in names.split()}
__all__ = sorted(_HOME)  # noqa: PLE0605 - made from the table above, which is the list


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"ketaschedule.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
