"""The words in a picture of one course: what the marks mean, what comes next, and the whole of it for the ear."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from .checkins import CheckIn
from .days import instant_key
from .instrument import load_instrument
from .plan import Plan
from .plan_picture_parts import Answers, Mark, day_words
from .session_model import Session

__all__ = ["picture_legend", "picture_lines", "picture_notes", "picture_words"]

_NUMBER = re.compile(r"\+?\d[\d ()./-]*\d")


def picture_legend(marks: Iterable[Mark], *, patient: bool) -> tuple[tuple[str, str], ...]:
    """(what is drawn, what it says), only for what there is."""
    seen = list(marks)
    visit = "visit" if patient else "session"
    rows = [
        ("visit-to-come", f"{visit} to come", any(one.visit == "to-come" for one in seen)),
        ("visit-done", f"{visit} held", any(one.visit == "done" for one in seen)),
        ("visit-no-record", f"{visit}, no record yet", any(one.visit == "no-record" for one in seen)),
        ("visit-over", f"{visit} not held", any(one.visit == "over" for one in seen)),
        (
            "asked-to-come",
            "we will ask" if patient else "check-in",
            any(one.asked == "to-come" for one in seen),
        ),
        (
            "asked-open",
            "open to answer" if patient else "check-in, open",
            any(one.asked == "open" for one in seen),
        ),
        ("asked-done", "answered", any(one.asked == "done" for one in seen)),
        ("asked-over", "not answered", any(one.asked == "over" for one in seen)),
        ("added", "day added by the watch", not patient and any(one.added for one in seen)),
        ("today", "the day this was made", True),
    ]
    return tuple((kind, text) for kind, text, there in rows if there)


def picture_lines(
    plan: Plan, visits: list[Session], asked: list[CheckIn], today: int, *, patient: bool
) -> tuple[str, ...]:
    """The few lines at the top: what comes next, and for the clinician what is open and where the person stands."""
    made = f"Made for {day_words(today, year=True)}"
    lines = [made if patient else f"{made} · {plan.course.id} · {plan.course.protocol.edition}"]
    coming = [one for one in visits if instant_key(one.at) > plan.now and one.verdict in ("planned", "due")]
    if coming:
        at = coming[0].at
        day = day_words(coming[0].date.toordinal())
        lines.append(f"Next {'visit' if patient else 'session'}: {day}, {at.hour:02}:{at.minute:02}")
    open_ones = [one for one in asked if one.state == "open"]
    later = [one for one in asked if one.state == "not-yet"]
    if open_ones:
        closes = open_ones[0].closes
        until = f"{day_words(closes.toordinal())}, {closes.hour:02}:{closes.minute:02}"
        lines.append(f"A check-in is open until {until}")
    elif later:
        lines.append(f"Next check-in: {day_words(later[0].items[0].day)}")
    return tuple(lines if patient else [*lines, *_standing(plan)])


def picture_notes(plan: Plan, *, patient: bool) -> tuple[str, ...]:
    """The lines at the foot."""
    if patient:
        return ("Dates can change; your clinic will tell you.", *_help(plan))
    watch = plan.watch
    if watch.state == "none":
        return (
            "No end of treatment is planned yet; while doses go on, check-ins before them are the watch.",
        )
    found = [
        f"The watch ends on {watch.ends}; longest stretch without a question: {watch.largest_gap_days} days."
    ]
    if watch.cohort is None:
        found.append("No delay is claimed: no cohort of relapses speaks of people like these.")
    else:
        flat = (
            "flat: no days are better than regular ones" if watch.shape == "flat" else "peaked: days matter"
        )
        found.append(f"{watch.cohort} is {flat}.")
        delays = watch.delay_days_by_cohort or {}
        floor = watch.floor_only_days or {}
        found += [
            f"{name}: a relapse is answered about {delays[name]:.0f} days after it came, {floor[name]:.0f} by the "
            "floor alone."
            for name in delays
        ]
        found.append("One published group of people is not another: nobody's own relapse is foretold here.")
    return tuple(found)


def _help(plan: Plan) -> list[str]:
    """When answers are read, and whom to call, as the clinic said; of its help lines the numbers only, as others may see
    the picture.
    """
    clinic = plan.course.clinic
    read, crisis, emergency, phone = (
        (clinic.reads_answers, clinic.crisis_line, clinic.emergency, clinic.phone)
        if clinic is not None
        else (None, None, None, None)
    )
    numbers = [*_number(crisis), *(_number(emergency) or ["the emergency number"])]
    when = f"Your clinic reads answers {read}. " if read else ""
    help_now = f"This is not an emergency service. If you need help now, call {' or '.join(numbers)}."
    return [f"{when}{help_now}", f"You can tell your clinic how you feel{f': {phone}' if phone else ''}."]


def _number(text: str | None) -> list[str]:
    found = _NUMBER.search(text or "")
    return [found.group()] if found else []


def _standing(plan: Plan) -> list[str]:
    """What a clinician must see first: Alerts that nobody has closed, and where the person stands."""
    kinds = Counter(alert.kind for alert in plan.alerts if alert.open)
    found = []
    if kinds:
        listed = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        found.append(f"Open Alerts: {kinds.total()} ({listed}).")
    found += [
        f"{load_instrument(one.instrument).title}: {one.state.replace('-', ' ')}."
        for one in plan.trajectories
        if one.latest is not None
    ]
    return found


def picture_words(
    plan: Plan,
    visits: list[Session],
    asked: list[CheckIn],
    answers: Iterable[Answers],
    lines: tuple[str, ...],
    *,
    patient: bool,
) -> str:
    """The whole picture in words, for those who do not see it."""
    visit = "visits" if patient else "sessions"
    said = [f"{'. '.join(lines)}."]
    if visits:
        first, last = visits[0].date.toordinal(), visits[-1].date.toordinal()
        done = sum(one.verdict == "given" for one in visits)
        said.append(
            f"A calendar with {len(visits)} {visit} from {day_words(first, year=True)} to "
            f"{day_words(last, year=True)}, of which {done} took place."
        )
    later = [one for one in asked if one.state == "not-yet"]
    if later:
        days = [one.items[0].day for one in later]
        said.append(
            f"{len(later)} check-ins are to come, from {day_words(days[0], year=True)} to "
            f"{day_words(days[-1], year=True)}."
        )
        said.append("The next: " + "; ".join(day_words(day) for day in days[:6]) + ".")
    answered = sum(one.state in ("answered", "partly-answered") for one in asked)
    if answered:
        said.append(f"{answered} were answered so far.")
    for one in answers:
        latest = one.points[-1]
        points = (
            f"{latest.points}"
            if latest.points is not None
            else f"{latest.least} to {latest.most}, incomplete"
        )
        said.append(
            f"{one.title}, {len(one.points)} of them; the latest on {day_words(latest.day)}: {points}."
        )
    said += picture_notes(plan, patient=patient)
    return " ".join(said)
