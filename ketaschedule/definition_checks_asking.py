"""What a definition asks people: a safety question each time, forms that fit their recall, a watch with an end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from .checkin_merging import ITEM_9, asks_safety, least_spacing
from .definition_checks_codes import Finder
from .definition_checks_path import gaps_within, spacing
from .instrument import instrument_names
from .protocol import CheckInRule, Phase, TreatmentProtocol
from .relapse import cohort_names, load_cohort

__all__ = ["find_asking"]

_OF_THE_COURSE = ("before-first-dose", "first-dose", "week", "monthly")
"""Anchors that belong to the beginning of the course, and so to the first phase of its path."""
_HAS_SHORT_FORM = ("phq-9",)
"""Forms with a short form that takes their place where they may not be asked yet."""


def find_asking(finder: Finder) -> None:
    """Every fault of the check-ins and the watch."""
    protocol = finder.protocol
    if protocol.primary_instrument not in instrument_names():
        text = f"No instrument is called {protocol.primary_instrument[:64]!r}."
        finder.say("unknown-instrument", "primary_instrument", text)
    for number, rule in enumerate(protocol.checkins):
        path = f"checkins[{number}]"
        _asks(finder, f"{path}.instruments", rule.id, rule.instruments)
        _comes(finder, path, rule)
        _open(finder, path, rule)
        _often(finder, path, rule)
    _near(finder)
    _watch(finder)


def _named(protocol: TreatmentProtocol, names: tuple[str, ...]) -> tuple[str, ...]:
    primary = protocol.primary_instrument
    return tuple(dict.fromkeys(primary if name == "primary" else name for name in names))


def _asks(finder: Finder, path: str, what: str, names: tuple[str, ...]) -> None:
    for place, name in enumerate(names):
        if name not in ("primary", ITEM_9) and name not in instrument_names():
            finder.say("unknown-instrument", f"{path}[{place}]", f"No instrument is called {name[:64]!r}.")
    asked = _named(finder.protocol, names)
    if not any(asks_safety(name) for name in asked):
        text = f"{what!r} asks {', '.join(asked) or 'nothing'}, and no safety question."
        finder.say("no-safety-question", path, text)


def _phases(protocol: TreatmentProtocol, rule: CheckInRule) -> list[Phase]:
    return [phase for phase in protocol.phases if rule.phase in (None, phase.id)]


def _comes(finder: Finder, path: str, rule: CheckInRule) -> None:
    protocol = finder.protocol
    phases = _phases(protocol, rule)
    if rule.anchor in _OF_THE_COURSE and rule.phase not in (None, protocol.path[0].id):
        text = f"{rule.id!r} belongs to the beginning of the course, which {rule.phase!r} is not."
        finder.say("check-in-never-comes", f"{path}.phase", text)
    elif rule.anchor == "session" and rule.session is not None:
        most = [phase.count for phase in phases]
        if not any(count is None or 1 <= rule.session <= count for count in most):
            text = f"{rule.id!r} waits for session {rule.session}, and there is none."
            finder.say("check-in-never-comes", f"{path}.session", text)
    elif rule.anchor == "phase-end" and all(phase.count is None for phase in phases):
        text = f"{rule.id!r} waits for the end of a phase that has none."
        finder.say("check-in-never-comes", f"{path}.phase", text)


def _least_gap(protocol: TreatmentProtocol, rule: CheckInRule) -> int | None:
    """Fewest days from dose to dose among the phases of a rule; none where there is one dose only."""
    days = [gap for phase in _phases(protocol, rule) for _, gap in gaps_within(phase)]
    return min(days, default=None)


def _open(finder: Finder, path: str, rule: CheckInRule) -> None:
    if rule.anchor == "monthly":
        every = rule.every_days or 28
        if rule.closes_hours > 24 * every:
            text = f"{rule.id!r} is open for {rule.closes_hours} hours and comes again after {every} days."
            finder.say("open-longer-than-interval", f"{path}.closes_hours", text)
    elif rule.anchor == "before-dose":
        least = _least_gap(finder.protocol, rule)
        ahead = rule.opens_hours - min(0, rule.offset_hours)
        if least is not None and ahead > 24 * least:
            text = f"{rule.id!r} opens {ahead} hours before a dose, and doses are {least} days apart."
            finder.say("open-longer-than-interval", f"{path}.opens_hours", text)


def _spaced(protocol: TreatmentProtocol, rule: CheckInRule) -> Iterator[tuple[str, int]]:
    for name in _named(protocol, rule.instruments):
        if name in instrument_names() and name not in _HAS_SHORT_FORM and least_spacing(name):
            yield name, least_spacing(name)


def _often(finder: Finder, path: str, rule: CheckInRule) -> None:
    """One rule that asks a form again and again, sooner than it looks back."""
    if rule.anchor == "monthly":
        every: int | None = rule.every_days or 28
    elif rule.anchor == "before-dose":
        every = _least_gap(finder.protocol, rule)
    else:
        return
    for name, least in _spaced(finder.protocol, rule):
        if every is not None and every < least:
            text = f"{rule.id!r} asks {name} every {every} days, and it is asked at most every {least}."
            finder.say("recall-clash", f"{path}.instruments", text)


def _near(finder: Finder) -> None:
    """Two rules, timed alike, that ask one form too near to each other."""
    timed: dict[tuple[str, ...], list[tuple[int, int, int, str]]] = {}
    for number, rule in enumerate(finder.protocol.checkins):
        match rule.anchor:
            case "before-first-dose" | "first-dose":
                place: tuple[str, ...] = ("course",)
                hours = rule.offset_hours
            case "week" if rule.week is not None:
                place, hours = ("course",), 24 * (7 * rule.week - 1)
            case "session" | "phase-end":
                place, hours = (rule.anchor, rule.phase or "", str(rule.session)), rule.offset_hours
            case _:
                continue
        for name, least in _spaced(finder.protocol, rule):
            timed.setdefault((name, *place), []).append((hours, number, least, rule.id))
    for (name, *_), found in timed.items():
        for before, after in pairwise(sorted(found)):
            if after[0] - before[0] < 24 * after[2]:
                text = f"{before[3]!r} and {after[3]!r} ask {name} nearer than {after[2]} days to each other."
                finder.say("recall-clash", f"checkins[{max(before[1], after[1])}].instruments", text)


def _watch(finder: Finder) -> None:
    protocol = finder.protocol
    watch = protocol.watch
    _asks(finder, "watch.instruments", "the watch", watch.instruments)
    if "last-dose" not in watch.after:
        finder.say("watch-without-last-contact", "watch.after", "Nobody is asked after the last dose.")
    if "widening" not in watch.after and _widens(protocol):
        finder.say("widening-without-watch", "watch.after", "The spacing widens, and no watch begins.")
    if watch.cohort is None:
        return
    if watch.cohort not in cohort_names():
        finder.say("cohort-unfit", "watch.cohort", f"No relapse cohort is called {watch.cohort[:64]!r}.")
        return
    cohort = load_cohort(watch.cohort)
    if cohort.domain != protocol.domain:
        text = f"{watch.cohort} speaks of {cohort.domain!s}, and this protocol of {protocol.domain}."
        finder.say("cohort-unfit", "watch.cohort", text)
    elif not cohort.default_for:
        finder.say("cohort-unfit", "watch.cohort", f"{watch.cohort} is not eligible as a default.")


def _widens(protocol: TreatmentProtocol) -> bool:
    """Whether doses on the path move further apart."""
    seen = [
        days
        for phase in protocol.path
        for days in (spacing(phase, last=False), spacing(phase, last=True))
        if days is not None
    ]
    return any(later > sooner for sooner, later in pairwise(seen))
