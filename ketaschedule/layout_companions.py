"""Sessions that are no dose: preparation, integration and review, each near its anchor on an open day."""

from __future__ import annotations

from .errors import InputError
from .laid import Laid, Layout, Run
from .layout_ground import Ground
from .layout_slots import no_day_for
from .placement import Slot, place
from .protocol import Companion, TreatmentProtocol

__all__ = ["lay_companions", "lay_end_review"]


def lay_companions(ground: Ground, run: Run) -> None:
    """Preparation, integration and review sessions of a run, each near its anchor on an open day."""
    for companion in run.phase.companions:
        for laid, day, number in _anchors(run, companion):
            key = f"{laid.key if laid is not None else run.key}/{companion.id}/{number}"
            made = _companion(ground, key, companion, day, number)
            made.anchor = laid.key if laid is not None else run.key
            lost = laid is not None and (laid.cancelled is not None or laid.omitted)
            if laid is not None and companion.kind == "integration":
                lost = lost or (laid.fact is not None and laid.dose is None)  # there is nothing to integrate
            if made.fact is None and (lost or ground.paused(made.day)):
                made.cancelled = "anchor" if lost else "pause"
            run.companions.append(made)
    _gate_next(run)


def _anchors(run: Run, companion: Companion) -> list[tuple[Laid | None, int, int]]:
    sessions = [laid for laid in run.sessions if laid.basis != "proposed"]
    if not sessions:
        return []
    match companion.anchor:
        case "each-session":
            return [(laid, laid.day, companion.number) for laid in sessions]
        case "session":
            return [
                (laid, laid.day, companion.number) for laid in sessions if laid.number == companion.session
            ]
        case "phase-start":
            return [(None, sessions[0].day, companion.number)]
        case _:
            if run.phase.count is None:
                return []
            last = run.last_day
            ends = run.ends if last is None else [*run.ends, last]
            step = max(one.number for one in run.phase.companions if one.id == companion.id)
            return [(None, end, companion.number + step * nth) for nth, end in enumerate(ends)]


def _companion(ground: Ground, key: str, companion: Companion, anchor: int, number: int) -> Laid:
    target = anchor + companion.offset_days
    laid = Laid(key, number, anchor + companion.earliest_days, target, anchor + companion.latest_days, 0)
    laid.kind = companion.kind
    laid.companion = companion
    laid.minute = ground.course.minute
    laid.minutes = companion.minutes
    laid.fact, laid.dose, _ = ground.facts.settle(key)
    if laid.fact is None:
        laid.fact = ground.review_for(laid, companion)
    held = ground.held_day(laid.fact)
    laid.booked = ground.booking(key)
    is_open = ground.open_day(laid.minute, laid.minutes)
    if held is not None:
        laid.day = held
    elif laid.booked is not None and laid.fact is None:
        laid.day = ground.day_of(laid.booked.to)
        laid.minute = ground.booked_minute(laid.booked)
    else:
        slot = Slot(laid.earliest, target, laid.latest, name=key)
        try:
            spot = place([slot], open_day=is_open, min_gap=1, limit=ground.limit)[0]
        except InputError as error:
            raise no_day_for(key, error) from None
        laid.day = spot.day if spot.day is not None else target
        laid.outside = spot.outside
    return laid


def _gate_next(run: Run) -> None:
    """A review that gates holds the next dose session waiting until it is held."""
    for made in run.companions:
        if made.companion is None or not made.companion.gates_next or made.fact is not None:
            continue
        anchor = next((laid for laid in run.sessions if laid.key == made.anchor), None)
        if anchor is None:
            continue
        for laid in run.sessions[run.sessions.index(anchor) + 1 :]:
            if laid.fact is None:
                laid.wait = f"the review {made.key} has not been held"


def lay_end_review(ground: Ground, out: Layout, protocol: TreatmentProtocol, anchor: int) -> None:
    """Every end of treatment has a review, anchored to its last day."""
    if not out.runs:
        return
    run = out.runs[-1]
    end = protocol.end
    companion = Companion(
        id="end-review",
        kind="review",
        anchor="phase-end",
        offset_days=end.review_days,
        earliest_days=max(0, end.review_days - end.window_days),
        latest_days=end.review_days + end.window_days,
        minutes=end.minutes,
        source=end.source,
        text="Review at the end of treatment",
    )
    made = _companion(ground, f"{run.key}/end-review/1", companion, anchor, 1)
    made.anchor = run.key
    run.companions.append(made)
    out.end_key = made.key
