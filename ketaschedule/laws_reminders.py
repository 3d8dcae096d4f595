"""Laws of telling people: nothing twice, nothing in vain, nothing lost, and safety before all else."""

from __future__ import annotations

from .alerts import ALERT_KINDS
from .arming import arm
from .laws_form import Where, law
from .plan import Plan
from .privacy import telling_words
from .reminders import KINDS, Reminder, reminders
from .reminders_hours import contact_minutes
from .times import clock, instant_key

__all__ = [
    "a_phone_holds_safety_first",
    "alerts_reach_the_clinic",
    "contact_hours_are_kept",
    "nobody_comes_in_vain",
    "nothing_tells_a_stranger",
    "pieces_tell_what_the_whole_does",
    "reminders_are_of_something",
    "visits_are_announced",
]

DAY = 86_400
AHEAD_DAYS = 8
"""Days after ``as_of`` in which the laws look at what would be told."""
CUT_DAYS = 1
"""Days from ``as_of`` to the instant at which a stretch is cut, and from there to its end."""
_ASKING = ("week", "day", "today", "home-today", "moved")


def _ahead(plan: Plan) -> tuple[Reminder, ...]:
    """What would be told or dropped in the days after ``as_of``, worked out once for all laws."""
    kept: tuple[Reminder, ...] | None = plan.__dict__.get("_told_ahead")
    if kept is None:
        kept = _between(plan, plan.now + 1, plan.now + AHEAD_DAYS * DAY)
        plan.__dict__["_told_ahead"] = kept
    return kept


def _between(plan: Plan, since: int, until: int) -> tuple[Reminder, ...]:
    utc = clock("UTC")
    return reminders(plan, utc.from_key(since), utc.from_key(until), include_dropped=True)


@law(120, "plan", "R1", slow=True)
def pieces_tell_what_the_whole_does(plan: Plan) -> Where:
    """A stretch cut in two tells what it tells in one, each key and revision once."""
    told = [(one.key, one.revision, one.fires_key, one.state) for one in _ahead(plan)]
    for found in told:
        if told.count(found) > 1:
            yield found[0], "is told twice under one revision"
    middle, end = plan.now + CUT_DAYS * DAY, plan.now + 2 * CUT_DAYS * DAY
    whole = {found for found in told if found[2] < end}
    pieces = (*_between(plan, plan.now + 1, middle), *_between(plan, middle, end))
    cut = {(one.key, one.revision, one.fires_key, one.state) for one in pieces}
    for found in sorted(whole ^ cut):
        yield found[0], "is told otherwise when the stretch is cut in two"


@law(121, "plan")
def reminders_are_of_something(plan: Plan) -> Where:
    """A reminder's key is that of its item, what it is, for whom, and a number; its item is of the plan; it fires
    while it is of use and says why.
    """
    items = {one.key for one in plan.sessions} | {one.key for one in plan.checkins}
    items |= {one.key for one in plan.decisions} | {one.key for one in plan.alerts}
    items |= {f"{plan.course.id}/event/{event.id}" for event in plan.course.history}
    for one in _ahead(plan):
        if not one.key.startswith(f"{one.item}/tell/{one.kind}/{one.audience}/"):
            yield one.key, f"is not a key of {one.item}"
        if one.item not in items:
            yield one.key, f"{one.item} is no item of the plan"
        if one.state == "told" and not one.fires_at < one.useful_until:
            yield one.key, "fires when it is of no use any more"
        if not one.reasons or (one.state == "dropped") != (one.why is not None):
            yield one.key, "does not say why"


@law(122, "plan", "R9")
def nobody_comes_in_vain(plan: Plan) -> Where:
    """Nobody is asked to come to a session that is proposed, waiting, called off or past, nor at another instant."""
    sessions = {one.key: one for one in plan.sessions}
    for one in _ahead(plan):
        session = sessions.get(one.item)
        if session is None or one.kind not in _ASKING or one.audience == "clinic":
            continue
        if session.basis not in ("protocol", "held") or session.verdict not in ("planned", "due", "overdue"):
            yield one.key, f"the session is {session.basis} and {session.verdict}"
        if instant_key(one.item_at) != instant_key(session.at):
            yield one.key, f"speaks of {one.item_at}, and the session is at {session.at}"


@law(123, "plan", "R2", "R11")
def contact_hours_are_kept(plan: Plan) -> Where:
    """An ordinary reminder to the person, an escort or a proxy fires in contact hours of the person's own clock."""
    start, end = contact_minutes(plan.course.contact_hours)
    for one in _ahead(plan):
        if one.audience == "clinic" or one.state != "told" or KINDS[one.kind].hours == "ignore":
            continue
        zone = plan.person.zone_on(plan.person.day_of(one.fires_key))
        local = clock(zone).local(one.fires_at)
        minute = 60 * local.hour + local.minute
        if not start <= minute < end:
            yield one.key, f"fires at {local:%H:%M} of {zone}"


@law(124, "plan", "R8", slow=True)
def alerts_reach_the_clinic(plan: Plan) -> Where:
    """Each open Alert of safety is told to the clinic in the second in which it was received."""
    utc = clock("UTC")
    for alert in plan.alerts:
        if not alert.open or alert.received_at is None or alert.kind not in ALERT_KINDS[:4]:
            continue
        if instant_key(alert.received_at) >= plan.now:
            continue
        at = instant_key(alert.received_at)
        then = plan.stood(at)
        if then is None:
            continue
        found = reminders(then, utc.from_key(at), utc.from_key(at + 1))
        if not any(
            one.item == alert.key and one.kind == "alert" and one.audience == "clinic" for one in found
        ):
            yield alert.key, "was not told to the clinic when it was received"


@law(125, "plan", "R13", slow=True)
def a_phone_holds_safety_first(plan: Plan) -> Where:
    """A phone holds as many as its budget lets it and never more; nothing of safety is left out for anything else; what is left out is
    listed, and lies at or after the instant at which the phone has to ask again.
    """
    told = {one.key: one for one in arm(plan, budget=10_000).slots}
    for budget in (1, 7):
        armed = arm(plan, budget=budget)
        if len(armed.slots) > budget:
            yield plan.course.id, f"{len(armed.slots)} held where {budget} fit"
        left = [one.reminder for one in armed.left_out if one.why == "budget"]
        if left and len(armed.slots) < budget:
            yield plan.course.id, f"with room for {budget}, {len(armed.slots)} are held and some are left out"
        if any(one.rank == 0 for one in left) and any(one.rank > 0 for one in armed.held):
            yield plan.course.id, f"with room for {budget}, safety is left out for something else"
        known = {one.key for one in (*armed.slots, *left)}
        for key in sorted(set(told) - known):
            if told[key].kind != "run-out":
                yield key, f"with room for {budget}, is neither held nor listed as left out"
        for one in left:
            if one.fires_at < armed.refill_by:
                yield one.key, "is left out and fires before the phone asks again"


@law(126, "plan", "R1")
def visits_are_announced(plan: Plan) -> Where:
    """A visit that is to come is spoken of the day before at 10:00 of the zone of sessions, contact hours allowing."""
    told = {one.item for one in _ahead(plan) if one.kind == "day" and one.audience == "patient"}
    if plan.folded.death is not None:
        return
    for session in plan.sessions:
        home = plan.course.protocol.setting == "home" or plan.folded.protocols
        if session.basis not in ("protocol", "held") or session.verdict not in ("planned", "due") or home:
            continue
        zone = session.at.timezone_name
        if session.kind != "dose" or zone is None:
            continue
        at = instant_key(clock(zone).at(session.date.toordinal() - 1, 600))
        if plan.now + DAY <= at < plan.now + (AHEAD_DAYS - 1) * DAY and session.key not in told:
            yield session.key, "is to come, and nobody is told the day before"


@law(127, "plan")
def nothing_tells_a_stranger(plan: Plan) -> Where:
    """No text that is read without unlocking says what it is about."""
    for one in _ahead(plan):
        words = one.words(locale="en")
        if telling := telling_words(f"{words.title} {words.body}"):
            yield one.key, f"says {', '.join(telling)}"
