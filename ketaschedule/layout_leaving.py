"""What was known when the path was left: which runs had begun by then, and how the runs that follow are called.

A change of protocol or a Decision leaves the path it is on. Whether a run had begun is judged once, by what
was recorded before that change: so nothing that is recorded later gives a run the key of another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import evolve, frozen

from .course import Course
from .effects import read_taken
from .errors import InputError
from .folding import Folded, fold
from .history import Event
from .laid import Boundary, Jump, Layout, More, Run, order_of
from .layout_ground import Ground
from .protocol import Phase, TreatmentProtocol
from .reasons import Finding

__all__ = ["Known", "asked_after", "first_jumps", "known_on", "known_when_left", "path_from", "run_name"]

Lay = Callable[[Course, Folded, Mapping[str, "Known"]], Layout]


@frozen
class Known:
    """At one change: the keys of the runs that had begun, all that were planned, without their sessions, and the number of the
    next run of each phase.

    ``order`` is when the change was recorded, and its id; ``matched`` the session of each dose that named none, as
    it was matched then (``""`` where it fitted none); ``more`` what Decisions had added to a run, ``asked`` how
    often each Decision of the path had been asked, ``asking`` the run after which each was and the day on which its options differ,
    by id and anchor. ``since`` has, for each change recorded before that acts after it, the
    runs that had begun by its day on the path which this one chose; ``after`` the runs that were planned after the last
    change, where something was recorded since.
    """

    order: tuple[int, str]
    begun: frozenset[str]
    planned: tuple[Run, ...]
    numbers: Mapping[str, int]
    matched: Mapping[str, str]
    more: Mapping[str, tuple[More, ...]]
    asked: Mapping[str, int]
    asking: Mapping[tuple[str, str], tuple[str, int]]
    since: Mapping[str, frozenset[str]]
    after: tuple[Run, ...] = ()


def known_when_left(
    course: Course, folded: Folded, lay: Lay, bounds: tuple[int, int | None]
) -> dict[str, Known]:
    """What was known at each event that can leave the path, by its id, in the order in which they were recorded.

    ``lay`` lays out a course with the events of before, within ``bounds``; a layout that is not possible tells nothing.
    """
    if not folded.protocols and not folded.decisions:
        return {}
    days = _leaving_days(course, folded)
    known: dict[str, Known] = {}
    events = {event.id: event for event in folded.events}
    doubtful = [dose.event for dose in folded.doses if not dose.acts]
    for event in sorted((events[name] for name in days), key=order_of):
        before = [one for one in (*folded.events, *doubtful) if order_of(one) < order_of(event)]
        so_far, day = tuple(known.values()), days[event.id]
        later = {name: days[name] for name in known if days[name] >= day}
        what = (bounds, day, tuple(map(id, so_far)), tuple(later.items()))
        found: tuple[Known, tuple[Known, ...]] | None = course.memory.left.find(what, (*before, event))
        if found is not None:
            known[event.id] = found[0]
            continue
        try:
            layout = _laid_out(course, lay, before, event, known)
            made = _made(event, day, layout)
            if later:  # this change is undone again by one that was known already
                layout = _laid_out(course, lay, (*before, event), event, known | {event.id: made})
                made = evolve(made, since={name: _begun(layout, at) for name, at in later.items()})
        except InputError:
            continue
        known[event.id] = made
        course.memory.left.keep(
            what, (*before, event), (made, so_far)
        )  # with them, as they are told apart as objects
    if known:
        last = events[next(reversed(known))]
        if any(order_of(one) > order_of(last) for one in folded.events):
            before = [one for one in (*folded.events, *doubtful) if order_of(one) <= order_of(last)]
            known[last.id] = evolve(
                known[last.id], after=_planned_after(course, lay, bounds, before, last, known)
            )
    return known


def _planned_after(
    course: Course,
    lay: Lay,
    bounds: tuple[int, int | None],
    events: Sequence[Event],
    last: Event,
    known: Mapping[str, Known],
) -> tuple[Run, ...]:
    """The runs as they were planned when the last change had been recorded."""
    so_far = tuple(known.values())
    what = ("after", bounds, tuple(map(id, so_far)))
    found: tuple[tuple[Run, ...], tuple[Known, ...]] | None = course.memory.left.find(what, events)
    if found is not None:
        return found[0]
    try:
        runs = _blank(_laid_out(course, lay, events, last, known))
    except InputError:
        return ()
    course.memory.left.keep(what, events, (runs, so_far))
    return runs


def _blank(layout: Layout) -> tuple[Run, ...]:
    """The runs of a layout without their sessions."""
    return tuple(evolve(run, sessions=[], companions=[]) for run in layout.runs)


def _laid_out(
    course: Course, lay: Lay, events: Iterable[Event], at: Event, known: Mapping[str, Known]
) -> Layout:
    earlier = course.with_history(events)
    return lay(earlier, fold(earlier, at.recorded_at), known)


def _made(event: Event, day: int, layout: Layout) -> Known:
    """What a layout of before tells at a change that acts from a day on."""
    begun = _begun(layout, day)
    numbers: dict[str, int] = {}
    for run in layout.runs:
        if run.key in begun or (run.since is not None and run.since > day):
            numbers[run.phase.id] = max(numbers.get(run.phase.id, 1), run.index + 1)
    return Known(
        order=order_of(event),
        begun=begun,
        planned=_blank(layout),
        numbers=numbers,
        matched=layout.matched,
        more={run.key: tuple(run.more) for run in layout.runs if run.key in begun and run.more},
        asked=Counter(one.rule.id for one in layout.boundaries if _had_been_asked(one, day)),
        asking={(one.rule.id, one.anchor): (one.behind, one.first_day) for one in layout.boundaries},
        since={},
    )


def _begun(layout: Layout, day: int) -> frozenset[str]:
    """The keys of the runs that had begun by a day: the first of all has."""
    return frozenset(run.key for run in layout.runs if run is layout.runs[0] or _has_begun(run, day))


def first_jumps(ground: Ground, out: Layout) -> list[Jump]:
    """The jumps known before the walk: Decisions that no boundary asks, and changes of protocol."""
    jumps = [
        Jump(one.day, one.effect.go_to_phase, f"decision {one.decision}", event=one.event)
        for one in ground.taken
        if one.effect.go_to_phase is not None and one.decision not in ground.boundary_ids
    ]
    for event in ground.folded.protocols:
        protocol = ground.course.other_protocol(event.protocol)
        if all(phase.id != event.phase for phase in protocol.phases):
            text = f"{event.id}: {event.protocol} has no phase {event.phase[:64]!r}"
            out.findings.append(Finding("phase-unknown", event.id, text, "H6"))
            continue
        day = event.from_date.toordinal()
        jumps.append(Jump(day, event.phase, f"protocol {event.protocol}", protocol, event=event))
    return sorted(jumps, key=lambda jump: jump.day)


def known_on(known: Mapping[str, Known], here: Jump | None, event: Event | None) -> tuple[Known | None, bool]:
    """What was known at a change on the path that ``here`` chose, and whether that path was chosen after the change was
    recorded: then what had begun is what was known at ``here``.
    """
    at = known.get(event.id) if event is not None else None
    chosen = known.get(here.event.id) if here is not None and here.event is not None else None
    if at is None or event is None or chosen is None or chosen.order <= at.order:
        return at, False
    since = chosen.since.get(event.id)
    return None if since is None else evolve(at, begun=at.begun | since), True


def asked_after(known: Mapping[str, Known], event: str, rule_id: str, anchor: str) -> tuple[str, int] | None:
    """The run after which a Decision stood when an answer to it was recorded, and the first day on which its options differed."""
    at = known.get(event)
    return None if at is None else at.asking.get((rule_id, anchor))


def run_name(course_id: str, phase: str, number: int) -> str:
    """The key of the ``number``-th run of a phase.

    >>> run_name("c-1", "weekly", 1), run_name("c-1", "weekly", 2)
    ('c-1/weekly', 'c-1/weekly~2')
    """
    return f"{course_id}/{phase}" if number == 1 else f"{course_id}/{phase}~{number}"


def _leaving_days(course: Course, folded: Folded) -> dict[str, int]:
    """The day from which each event that can leave the path acts, by event id."""
    days = {event.id: event.from_date.toordinal() for event in folded.protocols}
    if folded.decisions:
        protocols = [course.protocol, *(course.other_protocol(event.protocol) for event in folded.protocols)]
        led: set[tuple[str, str]] = set()
        for one in read_taken(course.id, protocols, folded)[0]:
            effect = one.effect
            asked = one.decision, one.anchor
            if effect.go_to_phase is not None:
                led.add(asked)
            if asked in led or effect.end or effect.add_sessions is not None:
                days[one.event.id] = one.day  # another answer to what led elsewhere leaves that path too
    return days


def _had_been_asked(one: Boundary, day: int) -> bool:
    """Whether a Decision was asked before a day on which its path was left: not where its phase had not begun by then."""
    if one.after >= day:
        return False
    return one.rule.at == "end" or bool(one.taken) or one.closed_gate or one.first_day < day


def _has_begun(run: Run, day: int) -> bool:
    return any(laid.fact is not None or laid.day < day for laid in run.sessions) or any(
        laid.fact is not None for laid in run.companions
    )


def path_from(protocol: TreatmentProtocol, phase_id: str) -> tuple[Phase, ...]:
    """The phases from one on: those of the path, after it those of the path that stand after it in the file."""
    path = protocol.path
    ids = [phase.id for phase in path]
    if phase_id in ids:
        return path[ids.index(phase_id) :]
    known = [phase.id for phase in protocol.phases]
    after = known[known.index(phase_id) + 1 :]
    following = next((ids.index(name) for name in after if name in ids), len(ids))
    return (protocol.phase(phase_id), *path[following:])
