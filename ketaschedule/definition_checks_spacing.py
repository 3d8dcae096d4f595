"""Spacing that cannot be kept: gaps, windows, tapers, counts, missed sessions, reviews that hold a dose."""

from __future__ import annotations

from .definition_checks_codes import Finder
from .definition_checks_path import gaps_within, offered, phase_before
from .layout_ground import MAX_HORIZON_DAYS
from .protocol import Every, PerWeek, Phase, Spread

__all__ = ["find_spacing"]


def find_spacing(finder: Finder) -> None:
    """Every fault of spacing, phase by phase, and of the intervals that options set."""
    total = 0
    for number, phase in enumerate(finder.protocol.phases):
        path = f"phases[{number}]"
        if not _count(finder, path, phase):
            _gaps(finder, path, phase)
        _windows(finder, path, phase)
        _taper(finder, path, phase)
        _missed(finder, path, phase)
        _reviews(finder, path, phase)
        if phase.entry == "next":
            total += _span(phase)
            if total > MAX_HORIZON_DAYS >= total - _span(phase):
                text = (
                    f"With {phase.id!r} the path takes {total} days; at most {MAX_HORIZON_DAYS} are planned."
                )
                finder.say("longer-than-five-years", path, text)
    _options(finder)


def _span(phase: Phase) -> int:
    """Days from the beginning of a phase to its last target; of an open end, as far as its counts go."""
    cadence = phase.cadence
    if isinstance(cadence, Every):
        return sum(interval.every_days * (interval.count or 0) for interval in cadence.intervals)
    if isinstance(cadence, PerWeek):
        return 7 * cadence.weeks
    return cadence.offsets()[-1] + 1


def _count(finder: Finder, path: str, phase: Phase) -> bool:
    """Whether more sessions are asked for than fit; the single gaps then need no word of their own."""
    gap, cadence = finder.protocol.min_gap_days, phase.cadence
    if isinstance(cadence, PerWeek):
        sessions, days = cadence.per_week * cadence.weeks, 7 * cadence.weeks
        said, place = f"{cadence.per_week} a week for {cadence.weeks} weeks", f"{path}.per_week"
    elif isinstance(cadence, Spread):
        sessions, days = cadence.spread, cadence.over_days
        said, place = f"{sessions} over {days} days", f"{path}.spread"
    else:
        return False
    if (sessions - 1) * gap + 1 <= days:
        return False
    finder.say("count-cannot-be-met", place, f"{said} do not fit with {gap} days from dose to dose.")
    return True


def _first_gap(finder: Finder, phase: Phase) -> int | None:
    """Days from the last dose of the phase before to the first of this one, where the file says so."""
    if not isinstance(phase.cadence, Every) or phase.starts_on_grid or phase.entry != "next":
        return None
    if phase_before(finder.protocol, phase.id) is None:
        return None
    return phase.cadence.intervals[0].every_days


def _gaps(finder: Finder, path: str, phase: Phase) -> None:
    gap = finder.protocol.min_gap_days
    found = list(gaps_within(phase))
    first = _first_gap(finder, phase)
    if first is not None and isinstance(phase.cadence, Every):
        several = len(phase.cadence.intervals) > 1
        found.append((".taper[0].every_days" if several else ".every_days", first))
    for place, days in found:
        if days < gap:
            text = f"{days} days from dose to dose in {phase.id!r}, and at least {gap} are asked for."
            finder.say("gap-larger-than-interval", path + place, text)


def _windows(finder: Finder, path: str, phase: Phase) -> None:
    width = phase.window_days
    if width is None:
        return
    distances = [days for _, days in gaps_within(phase)]
    if distances and 2 * width > min(distances):
        text = f"With {width} days on either side and {min(distances)} days between targets, windows overlap."
        finder.say("window-ambiguous", f"{path}.window_days", text)
        return
    first = _first_gap(finder, phase)
    before = phase_before(finder.protocol, phase.id)
    if first is None or before is None or before.window_days is None:
        return
    if width + before.window_days > first:
        text = (
            f"The first window of {phase.id!r} overlaps the last of {before.id!r}: {first} days lie between."
        )
        finder.say("window-ambiguous", f"{path}.window_days", text)


def _taper(finder: Finder, path: str, phase: Phase) -> None:
    if not isinstance(phase.cadence, Every):
        return
    intervals = phase.cadence.intervals
    for number in range(1, len(intervals)):
        before, here = intervals[number - 1].every_days, intervals[number].every_days
        if here < before:
            text = f"After {before} days the taper goes back to {here} days."
            finder.say("taper-narrows", f"{path}.taper[{number}].every_days", text)


def _missed(finder: Finder, path: str, phase: Phase) -> None:
    missed = phase.missed
    adds = missed.rule == "append"
    if adds and missed.propose_extra:
        text = "A miss appends a session and proposes another one."
        finder.say("missed-adds-twice", f"{path}.missed.propose_extra", text)
    if (adds or missed.propose_extra) and phase.count is None:
        place = f"{path}.missed.{'rule' if adds else 'propose_extra'}"
        finder.say("append-without-end", place, f"The phase {phase.id!r} has no end to add a session to.")
    at_home = finder.protocol.setting == "home"
    if at_home and (missed.rule != "keep" or missed.make_up != "none" or missed.propose_extra):
        text = f"In {phase.id!r} a session missed at home may be made up, added or moved."
        finder.say("home-catch-up", f"{path}.missed", text)


def _reviews(finder: Finder, path: str, phase: Phase) -> None:
    distances = [days for _, days in gaps_within(phase)]
    for number, companion in enumerate(phase.companions):
        if not companion.gates_next:
            continue
        place = f"{path}.companions[{number}]"
        last = companion.session is not None and companion.session == phase.count
        if companion.anchor not in ("session", "each-session") or last or not distances:
            text = f"The review {companion.id!r} holds no dose: none of the phase follows it."
            finder.say("review-gates-nothing", f"{place}.gates_next", text)
        elif companion.earliest_days >= min(distances):
            text = f"The review {companion.id!r} cannot be held before the dose that waits for it."
            finder.say("review-gates-nothing", f"{place}.earliest_days", text)


def _options(finder: Finder) -> None:
    """Intervals that options set: none below the least gap, none so short that windows overlap."""
    protocol = finder.protocol
    for path, option, where in offered(protocol):
        days = option.effect.set_interval
        if days is None:
            continue
        if days < protocol.min_gap_days:
            text = f"The option {option.id!r} sets {days} days, and at least {protocol.min_gap_days} are asked for."
            finder.say("gap-larger-than-interval", f"{path}.effect.set_interval", text)
        for phase in protocol.phases:
            if (where and phase.id not in where) or not isinstance(phase.cadence, Every):
                continue
            if phase.window_days is not None and 2 * phase.window_days > days:
                text = f"The option {option.id!r} sets {days} days, and {phase.id!r} has {phase.window_days} on either side."
                finder.say("window-ambiguous", f"{path}.effect.set_interval", text)
                break
