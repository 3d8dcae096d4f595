"""The reasons beside each session: which rules put it where it is, with what, and who says so."""

from __future__ import annotations

from . import times
from .laid import Laid, Layout, Run
from .protocol import Cadence, Days, Every, PerWeek, Spread
from .reasons import Reason

__all__ = ["session_reasons"]


def _cadence_words(cadence: Cadence, laid: Laid) -> str:
    match cadence:
        case Days():
            return "on the stated days of the phase"
        case Spread():
            return f"{cadence.spread} spread evenly over {cadence.over_days} days"
        case PerWeek():
            return f"{cadence.per_week} a week for {cadence.weeks} weeks"
        case Every():
            return f"every {laid.interval} days"


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"


def session_reasons(
    layout: Layout, run: Run, laid: Laid, clock: times.ZoneClock, basis: str, verdict: str, timing: str | None
) -> tuple[Reason, ...]:
    """The reasons of one session, the cadence first."""
    sources = run.phase.sources
    if laid.companion is not None:
        companion = laid.companion
        code = "S20" if companion.id == "end-review" else "S19"
        text = f"{companion.kind} {companion.offset_days} days from {laid.anchor}: {companion.text or companion.id}"
        reasons = [
            Reason(
                code, {"offset_days": companion.offset_days, "anchor": laid.anchor}, text, companion.source
            )
        ]
    else:
        source = sources.get("cadence", "house")
        if laid.number == 1 and run.first_day != 0:
            reasons = [Reason("S22", {"day1": times.iso_date(layout.day1)}, "session 1 is Day 1", source)]
        else:
            if laid.interval not in run.words:
                words = _cadence_words(run.phase.cadence, laid)
                run.words[laid.interval] = f"{run.phase.title or run.phase.id}: {words}"
            text = run.words[laid.interval]
            reasons = [Reason("S1", {"target": times.iso_date(laid.target)}, text, source)]
            if verdict == "planned" and basis == "protocol" and timing is None and _plain(laid, clock):
                return (reasons[0], _placing(run, laid, sources.get("window", "house")))
    if laid.fact is None and laid.cancelled is None and not laid.omitted:
        reasons.append(_placing(run, laid, sources.get("window", "house")))
        reasons += _more(layout, run, laid, clock, basis)
    if laid.cancelled is not None and laid.fact is None:
        code = {"pause": "M9", "ended": "M10", "left": "S17", "anchor": "M22"}.get(laid.cancelled, "M22")
        reasons.append(Reason(code, {"why": laid.cancelled}, f"cancelled: {laid.cancelled}", "house"))
    if laid.omitted and laid.fact is None:
        inputs = {"earliest": times.iso_date(laid.earliest), "latest": times.iso_date(laid.latest)}
        text = "no day was possible within the window; it is not placed"
        reasons.append(Reason("S18", inputs, text, sources.get("window", "house")))
    reasons += _judged(run, laid, verdict, timing)
    return tuple(reasons)


def _plain(laid: Laid, clock: times.ZoneClock) -> bool:
    """On its target, with nothing more to say."""
    if (
        laid.day != laid.target
        or laid.booked is not None
        or laid.added
        or laid.shifted_from is not None
        or laid.off_preference
        or laid.outside
    ):
        return False
    return not clock.changes_on(laid.day)


def _placing(run: Run, laid: Laid, source: str) -> Reason:
    inputs: dict[str, object] = {
        "earliest": times.iso_date(laid.earliest),
        "latest": times.iso_date(laid.latest),
    }
    if laid.outside:
        text = f"no day was possible within the window; placed {_days(abs(laid.day - laid.target))} from the target"
        return Reason("S7", inputs, text, source)
    if laid.hard_min is not None and laid.hard_min > laid.target and laid.day >= laid.hard_min:
        text = f"moved by {_days(laid.day - laid.target)} to keep the gap from the dose before"
        return Reason(
            "S3",
            inputs | {"hard_min": times.iso_date(laid.hard_min)},
            text,
            run.protocol.number_sources.get("min_gap_days", "house"),
        )
    if laid.day == laid.target:
        return Reason("S2", inputs, "on its target, within the window", source)
    side = "before" if laid.day < laid.target else "after"
    text = f"{_days(abs(laid.day - laid.target))} {side} the target: the best placing within open days and wishes"
    return Reason("S2", inputs, text, source)


def _more(layout: Layout, run: Run, laid: Laid, clock: times.ZoneClock, basis: str) -> list[Reason]:
    more: list[Reason] = []
    if laid.companion is None and laid.number == 1 and run.first_day and layout.start_moved:
        more.append(
            Reason("S8", {}, "the start fell on a day that is not open; the next open day was taken", "house")
        )
    if laid.booked is not None and not laid.released:
        more.append(Reason("S15", {"event": laid.booked.id}, "booked or moved to this day and time", "house"))
    if laid.shifted_from is not None:
        missed = times.iso_date(laid.shifted_from)
        text = f"missed on {missed}: planned again, and the rest of the phase moved along"
        more.append(Reason("M8", {"rule": "shift", "missed": missed}, text, run.phase.missed.source))
    shift = clock.shift(laid.day, laid.minute)
    if shift:
        wall = times.minute_text(laid.minute)
        if shift is times.Shift.GAP:
            text = f"{wall} does not exist on this date in {clock.name}; the first instant after the gap"
            more.append(Reason("S9", {"wall": wall, "zone": clock.name}, text, "house"))
        else:
            text = f"{wall} comes twice on this date in {clock.name}; the first of the two"
            more.append(Reason("S10", {"wall": wall, "zone": clock.name}, text, "house"))
    if laid.day != laid.target:
        for day in range(min(laid.day, laid.target), max(laid.day, laid.target) + 1):
            if clock.skips(day):
                text = f"{times.iso_date(day)} does not exist in {clock.name}: a closed day"
                more.append(Reason("S13", {"date": times.iso_date(day), "zone": clock.name}, text, "house"))
    if laid.off_preference:
        more.append(Reason("S6", {}, "not on a preferred weekday: no better placing was possible", "house"))
    if basis == "held":
        more.append(
            Reason("S11", {"interval_days": laid.interval}, "held until the Decision is taken", "house")
        )
    if basis == "proposed":
        more.append(
            Reason(
                "M15",
                {"missed": laid.anchor},
                "proposed after a recorded miss; not real until decided",
                run.phase.missed.source,
            )
        )
    if basis == "waiting":
        if laid.wait is not None:
            more.append(Reason("S21", {}, f"waiting: {laid.wait}", "house"))
        else:
            more.append(
                Reason("S16", {}, "waiting for a named adult monitor and a clinician's go-ahead", "house")
            )
    if laid.added and basis != "proposed":
        more.append(Reason("S17", {}, "added by a Decision or after a miss", "house"))
    return more


def _judged(run: Run, laid: Laid, verdict: str, timing: str | None) -> list[Reason]:
    judged: list[Reason] = []
    if timing is not None:
        code = {"too-early": "M4", "early-grace": "M5", "on-time": "M6", "late": "M7"}[timing]
        text = f"the dose was {timing}" + (
            "" if laid.counts else " and does not count; the session stays open"
        )
        judged.append(Reason(code, {"timing": timing}, text, "house"))
    match verdict:
        case "missed":
            judged.append(
                Reason(
                    "M8",
                    {"rule": run.phase.missed.rule},
                    f"missed: {run.phase.missed.rule}",
                    run.phase.missed.source,
                )
            )
        case "withheld":
            judged.append(
                Reason("M11", {"why": getattr(laid.fact, "why", "")}, "came, and no dose was given", "house")
            )
        case "stopped":
            judged.append(Reason("M12", {}, "the dose was stopped", "house"))
        case "presumed-missed":
            judged.append(
                Reason("M3", {}, "nothing was recorded and its window has passed: what happened?", "house")
            )
        case "cancelled" if laid.fact is not None:
            judged.append(Reason("M22", {}, "cancelled; it keeps its place in the chain", "house"))
    return judged
