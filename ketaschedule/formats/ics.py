"""A plan as a calendar file: one VEVENT for each session that is or was an appointment, in UTC instants.

No rule of recurrence and no zone table stands in it, because calendar programs read those differently.
What may be read without unlocking a phone names nothing (``titles="neutral"``): no word of
:mod:`ketaschedule.privacy` in any field, the UID included. Left out are sessions that are ``proposed``
(not real until decided) or ``waiting`` (for a monitor, a go-ahead or a review): nobody is to be reminded
of them, and an entry marked tentative would still remind. They enter the file once they are real.

``DTSTAMP`` is the plan's ``as_of``. ``SEQUENCE`` counts the recorded events that can move or cancel a
session, so it needs no memory, rises with every move and never falls.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ketaschedule.days import instant_key
from ketaschedule.errors import Fault, InputError, one_fault
from ketaschedule.formats import NAMESPACE, Style
from ketaschedule.history import (
    AlertClosed,
    CheckInAnswered,
    CheckInDeclined,
    ConsentChanged,
    Event,
)
from ketaschedule.plan import Plan
from ketaschedule.privacy import telling_words
from ketaschedule.session_model import Session

if TYPE_CHECKING:
    from icalendar import Event as VEvent

__all__ = ["calendar_uid", "plan_to_ics", "render"]

_NEUTRAL_TITLE = {"en": "Appointment", "es": "Cita"}
_MOVES_NOTHING = (AlertClosed, CheckInAnswered, CheckInDeclined, ConsentChanged)
_TOOK_PLACE = ("given", "stopped", "withheld")
_CALLED_OFF = ("cancelled", "missed")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def plan_to_ics(
    plan: Plan,
    *,
    titles: str = "neutral",
    namespace: str = NAMESPACE,
    why: bool = False,
) -> bytes:
    r"""The calendar file of a plan, UTF-8 with CRLF.

    ``titles``: ``neutral`` names nothing telling; ``clinical`` names drug, phase, clinic and the
    patient's steps, and with ``why`` the reasons. Raises :class:`InputError` where a neutral file would
    tell after all (the id of a course or phase, the namespace), and says which words.

    >>> import pendulum
    >>> from ketaschedule.course import Course
    >>> from ketaschedule.planner import make_plan
    >>> from ketaschedule.protocol_files import load_protocol
    >>> course = Course(id="c-1", protocol=load_protocol("esketamine-taper"), adult="yes",
    ...                 start=pendulum.date(2026, 12, 1), zone="America/New_York")
    >>> lines = plan_to_ics(make_plan(course)).decode().split("\r\n")
    >>> [line for line in lines if line.startswith(("SUMMARY", "UID", "DTSTART"))][:3]
    ['SUMMARY:Appointment', 'DTSTART:20261201T150000Z', 'UID:c-1/induction/1@calendar.invalid']
    """
    from icalendar import Calendar

    if titles not in ("neutral", "clinical"):
        raise one_fault("titles", f"{titles[:40]!r} is not known", "neutral, clinical")
    if why and titles == "neutral":
        raise one_fault("why", "reasons name what a neutral calendar must not", "titles = clinical")
    if not namespace or len(namespace) > 100 or any(char.isspace() or char == "@" for char in namespace):
        raise one_fault(
            "namespace", f"{namespace[:40]!r} cannot end a UID", "a name such as calendar.invalid"
        )
    shown = [session for session in plan.sessions if _belongs(session)]
    if titles == "neutral":
        _refuse_telling(plan, shown, namespace)
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//calendar//one entry for each visit//EN")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    sequence = _sequence(plan)
    for session in sorted(shown, key=lambda one: (instant_key(one.at), one.key)):
        calendar.add_component(_event(plan, session, titles == "clinical", namespace, why, sequence))
    return bytes(calendar.to_ical(sorted=True))


def render(plan: Plan, style: Style) -> bytes:
    """The calendar file in the ``titles`` and ``namespace`` of ``style``."""
    return plan_to_ics(plan, titles=style.titles, namespace=style.namespace, why=style.why)


def calendar_uid(key: str, namespace: str = NAMESPACE) -> str:
    """The UID of an item: its key @ a namespace, the same in every calendar and after every new plan.

    >>> calendar_uid("c-1/induction/1")
    'c-1/induction/1@calendar.invalid'
    """
    return f"{key}@{namespace}"


def _belongs(session: Session) -> bool:
    """Whether a session is or was an appointment: a fact makes it one, a proposal or a wait does not."""
    if session.verdict in _TOOK_PLACE:
        return True
    return session.basis not in ("proposed", "waiting")


def _sequence(plan: Plan) -> int:
    moving: set[str] = {
        event.id for event in _known(plan.course.history, plan.now) if not isinstance(event, _MOVES_NOTHING)
    }
    return len(moving)


def _known(events: Iterable[Event], now: int) -> Iterable[Event]:
    return (event for event in events if instant_key(event.recorded_at) <= now)


def _refuse_telling(plan: Plan, shown: list[Session], namespace: str) -> None:
    """A UID holds ids of the course and its phases: none may tell."""
    found: dict[str, str] = {}
    for word in telling_words(plan.course.id):
        found.setdefault(word, "course")
    for session in shown:
        for word in telling_words(session.key.removeprefix(plan.course.id)):
            found.setdefault(word, f"phase {session.phase[:64]}")
    for word in telling_words(namespace):
        found.setdefault(word, "namespace")
    if found:
        way_out = "an id that tells nothing, or titles = clinical"
        raise InputError(
            [
                Fault(where, f"a calendar's UIDs would say {word!r}", way_out, "telling")
                for word, where in found.items()
            ]
        )


def _utc(instant: datetime.datetime) -> datetime.datetime:
    return _EPOCH + datetime.timedelta(seconds=instant_key(instant))


def _event(plan: Plan, session: Session, clinical: bool, namespace: str, why: bool, sequence: int) -> VEvent:
    from icalendar import Event as VEvent

    event = VEvent()
    event.add("uid", calendar_uid(session.key, namespace))
    event.add("dtstamp", _utc(plan.as_of))
    event.add("dtstart", _utc(session.at))
    event.add("dtend", _utc(session.ends))
    event.add("sequence", sequence)
    event.add("status", _status(session))
    event.add("class", "PRIVATE")
    if clinical:
        event.add("summary", _title(plan, session))
        event.add("description", "\n".join(_description(plan, session, why)))
        if plan.course.clinic is not None and plan.course.clinic.name:
            event.add("location", plan.course.clinic.name)
    else:
        language = plan.course.locale.partition("-")[0].lower()
        event.add("summary", _NEUTRAL_TITLE.get(language, _NEUTRAL_TITLE["en"]))
    return event


def _status(session: Session) -> str:
    if session.verdict in _CALLED_OFF:
        return "CANCELLED"
    return "CONFIRMED" if session.booked or session.verdict in _TOOK_PLACE else "TENTATIVE"


def _title(plan: Plan, session: Session) -> str:
    what = f"session {session.number}" if session.kind == "dose" else session.kind
    return f"{plan.course.protocol.drug.capitalize()}: {what} ({session.phase})"


def _description(plan: Plan, session: Session, why: bool) -> Iterable[str]:
    yield f"{plan.course.protocol.title} ({plan.course.protocol.edition})"
    yield f"Day {session.day}, week {session.week}; {session.verdict}, {session.basis}"
    yield f"Window {session.earliest} to {session.latest}, target {session.target}"
    for step in session.steps:
        if step.audience == "patient":
            when = f"{step.at.format('YYYY-MM-DD HH:mm')}: " if step.at is not None else ""
            yield f"{when}{step.text}"
    clinic = plan.course.clinic
    if clinic is not None and clinic.phone:
        yield f"Clinic: {clinic.phone}"
    if why:
        for reason in session.reasons:
            source = f" [{reason.source}]" if reason.source else ""
            yield f"{reason.rule}: {reason.text}{source}"
