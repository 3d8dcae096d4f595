"""Laws of Decisions, ends, gates and the home setting."""

from __future__ import annotations

from .changes import Changes, preview_options
from .decisions import Decision
from .history import CourseEnded, SessionWithheld
from .laws_form import Where, law
from .plan import Plan

__all__ = [
    "decisions_stand",
    "due_before_options_differ",
    "ends_have_reviews",
    "gates_hold",
    "home_waits",
    "only_misses_lapse",
    "resuming_is_asked",
    "withheld_is_reviewed",
]


RECORDED = ("given", "stopped", "missed", "withheld", "cancelled")


@law(30, "plan", "M20", "H6")
def decisions_stand(plan: Plan) -> Where:
    """A Decision is about something in the plan, its default is one of its options, and it is raised no later than
    due; it is overdue only while it is open and its due day is over.
    """
    sessions = {session.key for session in plan.sessions}
    runs = {run.key for run in plan.layout.runs}
    for one in plan.decisions:
        if one.about not in sessions | runs | {plan.course.id}:
            yield one.key, f"is about {one.about}, which is not in the plan"
        options = {option.id for option in one.options}
        if one.default not in options:
            yield one.key, f"its default {one.default} is none of its options"
        if one.taken is not None and one.taken not in options:
            yield one.key, f"{one.taken} was taken, which is none of its options"
        if one.raised > one.due:
            yield one.key, f"is raised on {one.raised} and due on {one.due}"
        if (one.taken is not None) != (one.state == "taken"):
            yield one.key, f"is {one.state} with {one.taken} taken"
        yield from _overdue(plan, one)


def _overdue(plan: Plan, one: Decision) -> Where:
    from .laws_sessions import zone_date

    today = zone_date(plan, plan.as_of)
    if one.overdue != (one.state == "open" and today > one.due):
        yield one.key, f"overdue is {one.overdue}: due {one.due}, {one.state}, today {today}"


@law(31, "plan", "M20", slow=True)
def due_before_options_differ(plan: Plan) -> Where:
    """A Decision is due before the first date on which its options differ in a dose session of which nothing is recorded,
    or when it is raised, if that is later.
    """
    for one in plan.decisions:
        if one.state == "taken":
            continue
        first = first_difference(preview_options(plan, one.key, kinds=("session",)))
        if first is not None and one.due.isoformat() >= first and one.due != one.raised:
            yield one.key, f"is due {one.due}, raised {one.raised}, and its options differ from {first} on"


def first_difference(found: dict[str, Changes]) -> str | None:
    """The first date on which what the options of a Decision do to dose sessions differs, from their previews.

    What is recorded is no doing of theirs: a dose may name a session that only one option has.
    """
    moves: list[dict[str, tuple[object, ...]]] = [
        {
            change.key: (change.before, change.after)
            for change in (*one.added, *one.removed, *one.moved)
            if change.kind == "session" and change.key.count("/") == 2
        }
        for one in found.values()
    ]
    dates: list[str] = []
    for one, move in zip(found.values(), moves, strict=True):
        for change in (*one.added, *one.removed, *one.moved):
            if change.key in move and any(other.get(change.key) != move[change.key] for other in moves):
                sides = [side for side in (change.before, change.after) if side is not None]
                dates += [side["date"] for side in sides if side["verdict"] not in RECORDED]
    return min(dates, default=None)


@law(32, "plan", "S20", "M10")
def ends_have_reviews(plan: Plan) -> Where:
    """An end of the course leaves nothing to come but its review, which is there and of which the clinic is asked; a path
    that ends has a review too; after a death there is none.
    """
    last = plan.folded.ended
    reviews = [one for one in plan.sessions if one.key.endswith("/end-review/1")]
    over = plan.folded.death is None and (plan.layout.ended is not None or plan.layout.path_ended)
    if over and plan.layout.runs and plan.sessions and not reviews and not plan.layout.gate_closed:
        yield plan.course.id, "treatment ends and no review is planned"
    if last is None or not isinstance(last[1], CourseEnded):
        return
    if plan.folded.death is None and not reviews:
        yield plan.course.id, "was ended, and no review is planned"
    if plan.folded.death is None and not any(one.id == "ended" for one in plan.decisions):
        yield plan.course.id, "was ended, and the clinic is not asked about its review"
    for one in plan.sessions:
        if one.kind == "dose" and one.verdict in ("planned", "due") and one.date.toordinal() > last[0]:
            yield one.key, f"is to come on {one.date}, after the course ended"


@law(33, "plan", "S21", "S11")
def gates_hold(plan: Plan) -> Where:
    """After a gate that is not decided no dose session is to come; a phase that rests on response is entered only by a
    Decision, that of the last time at which it was asked.
    """
    asked = plan.layout.boundaries
    for number, boundary in enumerate(asked):
        again = any(one.rule.id == boundary.rule.id and one.taken for one in asked[number + 1 :])
        if not boundary.closed_gate or boundary.taken or again:
            continue
        for run in plan.layout.runs:
            if run.phase.id == boundary.rule.phase and run.began_by_jump is None:
                for laid in run.sessions:
                    if laid.open and laid.day >= boundary.first_day:
                        yield laid.key, f"is to come though {boundary.rule.id} is not decided"


@law(34, "plan", "S16")
def home_waits(plan: Plan) -> Where:
    """At home a dose session is waiting unless a named adult monitor is there and a named clinician gave the go-ahead
    for it.
    """
    monitor = plan.course.monitor
    named = monitor is not None and monitor.adult and bool(monitor.name)
    for run in plan.layout.runs:
        if run.protocol.setting != "home":
            continue
        for laid in run.sessions:
            session = plan.session(laid.key)
            went = plan.folded.go_aheads.get(laid.key)
            ready = named and went is not None and bool(went.by)
            open_ = laid.fact is None and session.basis not in ("waiting", "proposed")
            if open_ and not ready and session.verdict != "cancelled":
                yield session.key, f"is {session.basis} without monitor or go-ahead"


@law(35, "plan", "M11")
def withheld_is_reviewed(plan: Plan) -> Where:
    """A withheld session keeps the reason that was recorded, and a Decision asks for its review."""
    asked = {one.about for one in plan.decisions if one.id == "withheld"}
    for session in plan.sessions:
        if session.kind != "dose" or session.verdict != "withheld":
            continue
        facts = [one for one in plan.folded.facts.get(session.key, ()) if isinstance(one, SessionWithheld)]
        said = max(facts, key=lambda one: (one.recorded_key, one.id)).why if facts else None
        if session.why != said:
            yield session.key, f"was withheld for {said} and says {session.why}"
        if session.key not in asked:
            yield session.key, "was withheld, and no Decision asks for its review"


@law(36, "plan", "M13", "M14", "M15")
def only_misses_lapse(plan: Plan) -> Where:
    """Only a session recorded as missed is answered by one more, proposed, or asked about as a lapse."""
    missed = {one.key for one in plan.sessions if one.verdict == "missed"}
    for run in plan.layout.runs:
        for laid in run.sessions:
            if laid.basis == "proposed" and laid.fact is None and laid.anchor not in missed:
                yield laid.key, f"is proposed for {laid.anchor}, which was not missed"
    for one in plan.decisions:
        lapse = [
            reason for reason in one.reasons if reason.rule in ("M14", "M15") or "missed" in reason.inputs
        ]
        if lapse and one.about not in missed:
            yield one.key, f"asks about {one.about} as a lapse, which was not missed"


@law(37, "plan", "M16")
def resuming_is_asked(plan: Plan) -> Where:
    """Each pause that is over has a Decision on how the course goes on."""
    asked = {one.key for one in plan.decisions if one.id == "resume"}
    for _, _, paused, resumed in plan.layout.pauses:
        if resumed is not None and f"{plan.course.id}/decision/resume/event/{resumed}" not in asked:
            yield resumed, f"ends the pause {paused}, and no Decision asks how the course goes on"
