"""What has opened stays: check-ins arranged state by state, from what was known first to what is known now.

In each state the items are merged anew around those that have opened. An item that opened before what it
hangs on moved stays where it was asked; where its window was over by the new time, it is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from attrs import Factory, evolve, mutable

from .checkin_items import NEVER, Item, PersonClock
from .checkin_merging import PHQ_9_AT_LEAST_EVERY_DAYS, Group, least_spacing, merge
from .checkin_past import Known
from .checkin_programme import Programme
from .checkin_tightening import tightening
from .checkin_watch import WatchAnchor, watch_anchors, watch_items, watch_offsets
from .course import Course
from .history import SessionCancelled
from .laid import Laid, Layout
from .protocol import TreatmentProtocol
from .trajectory import Trajectory

__all__ = ["Extras", "arrange", "arranged_then"]

Extras = Callable[[TreatmentProtocol], tuple[int, ...]]
"""The days that inspection adds to a watch under a protocol."""
_DAY = 86_400


@mutable(eq=False)
class _Book:
    """What has opened so far."""

    groups: list[Group] = Factory(list)
    items: dict[str, Item] = Factory(dict)
    latest: dict[str, Item] = Factory(dict)
    rounds: dict[str, tuple[int, int]] = Factory(dict)
    extras: dict[str, int] = Factory(dict)

    def copy(self) -> _Book:
        """The same, to go on with while this one stays as it is; groups and items that have opened are shared."""
        return _Book(
            list(self.groups),
            dict(self.items),
            dict(self.latest),
            dict(self.rounds),
            dict(self.extras),
        )

    def open(self, group: Group, state: Known) -> None:
        """From here on this group stays as it is."""
        group.fixed = True
        group.known = state.since
        group.stays = _hangs_on_nothing(group, state.layout)
        self.groups.append(group)
        for item in group.items:
            self.items[item.key] = item
            self.latest[item.base] = item
            if item.purpose in ("tighten", "confirm"):
                self.extras[item.key] = item.day

    def round_of(self, anchor: WatchAnchor) -> int:
        """The round of a watch: the next one where its anchor moved after some of it had opened."""
        number, day = self.rounds.get(anchor.key, (1, anchor.day))
        if day != anchor.day and f"{anchor.key}/watch/{number}" in self.latest:
            number += 1
        self.rounds[anchor.key] = (number, anchor.day)
        return number


def arrange(
    course: Course,
    states: Iterable[tuple[Known, tuple[Trajectory, ...]]],
    extras: Extras,
    apart: Sequence[Item] = (),
) -> list[Group]:
    """Every check-in in order of ``due`` and key, as the last of ``states`` has it and what opened before; what is asked
    ``apart`` opens whatever else is asked.

    With each state comes where the person stood in it; empty where nothing can have crossed a threshold yet.
    """
    book = _Book()
    groups: list[Group] = []
    past = list(states)
    begin = 0
    if not any(crossed for _, crossed in past):
        begin, book = _opened_before(past)
    for state, crossed in past[begin:]:
        if state.before is not None and state.before.book is None:
            state.before.book = book.copy()
        groups = _stand(course, book, state, crossed, extras, apart)
        _open(book, state, groups)
    return groups


def arranged_then(
    course: Course,
    states: Iterable[tuple[Known, tuple[Trajectory, ...]]],
    extras: Extras,
    apart: Sequence[Item] = (),
) -> Iterator[list[Group]]:
    """Every check-in as each of ``states`` had it, with nothing known of what came after it."""
    book = _Book()
    for state, crossed in states:
        by_then = [item for item in apart if item.opens < state.until]
        yield _stand(course, book.copy(), evolve(state, until=NEVER), crossed, extras, by_then)
        _open(book, state, _stand(course, book, state, crossed, extras, by_then))


def _stand(
    course: Course,
    book: _Book,
    state: Known,
    crossed: tuple[Trajectory, ...],
    extras: Extras,
    apart: Iterable[Item],
) -> list[Group]:
    """The check-ins in one state, around those that had opened before it."""
    person = PersonClock(course, state.folded)
    until = NEVER if state.until == NEVER else state.until + _ahead(course, state.layout)
    new = _fresh(book, state, _items(course, book, state, person, extras, until))
    if crossed or book.extras:
        taken = {item.day for item in new if not item.void}
        taken |= {group.day for group in book.groups if not _only_extra(group)}
        new += tightening(course.id, crossed, state.folded, person, taken, book.extras, state.since)
    _settle(book, state.layout, state.since)
    beside = [item for item in apart if item.opens < state.until and item.key not in book.items]
    return merge(new, book.groups, beside)


def _open(book: _Book, state: Known, groups: Iterable[Group]) -> None:
    """Write down what opened while a state lasted."""
    for group in groups:
        if not group.fixed and not group.void and group.opens < state.until < NEVER:
            book.open(group, state)


def _opened_before(past: list[tuple[Known, tuple[Trajectory, ...]]]) -> tuple[int, _Book]:
    """The last state before which it is kept what had opened, and that; else the first, and nothing."""
    for number in range(len(past) - 1, -1, -1):
        before = past[number][0].before
        if before is not None and isinstance(before.book, _Book):
            return number, before.book.copy()
    return 0, _Book()


def _ahead(course: Course, layout: Layout) -> int:
    """Seconds beyond a state that still matter for what is asked in it: the widest spacing of a form, and more.

    A monthly question that comes no sooner than its form allows is no neighbour to itself.
    """
    widest = max(PHQ_9_AT_LEAST_EVERY_DAYS, least_spacing(course.primary))
    for run in layout.runs:
        for rule in run.protocol.checkins:
            for name in rule.instruments:
                spacing = least_spacing(name)
                if spacing > widest and not (rule.anchor == "monthly" and (rule.every_days or 28) >= spacing):
                    widest = spacing
    return (widest + 9) * _DAY


def _items(
    course: Course, book: _Book, state: Known, person: PersonClock, extras: Extras, until: int
) -> list[Item]:
    programme = Programme(course, state.layout, person, state.given, until)
    items = programme.items()
    for anchor in watch_anchors(state.layout):
        protocol = state.layout.runs[-1].protocol
        offsets = watch_offsets(extras(protocol) if anchor.alone else ())
        names = programme.names_of(protocol.watch.instruments)
        items += watch_items(anchor, book.round_of(anchor), offsets, person, names, state.since, until)
    return items


def _fresh(book: _Book, state: Known, items: list[Item]) -> list[Item]:
    """The items that have not opened yet; those whose window was over before they were known are void."""
    found: dict[str, Item] = {}
    if not book.groups and state.since <= -NEVER:
        for item in items:
            found.setdefault(item.key, item)
        return list(found.values())
    for item in items:
        if item.again:
            opened = book.latest.get(item.base)
            if opened is not None:
                if item.void or item.opens < opened.closes or item.closes <= state.since:
                    continue
                item.renumbered(opened.number + 1)
        elif item.key in book.items:
            continue
        if item.closes <= state.since:
            item.void = True
        found.setdefault(item.key, item)
    return list(found.values())


def _settle(book: _Book, layout: Layout, since: int) -> None:
    """An open check-in does not apply any more once what it hangs on is called off; one that closed stays.

    Plans share what has opened, so a group is not changed but another put in its place.
    """
    for number, group in enumerate(book.groups):
        if group.closes > since and not group.stays:
            void = _hangs_on_nothing(group, layout)
            if void != group.void:
                book.groups[number] = evolve(group, void=void)


def _hangs_on_nothing(group: Group, layout: Layout) -> bool:
    return all(_called_off(layout.by_key.get(item.anchor)) for item in group.items)


def _called_off(laid: Laid | None) -> bool:
    return laid is not None and (laid.cancelled is not None or isinstance(laid.fact, SessionCancelled))


def _only_extra(group: Group) -> bool:
    return all(item.purpose in ("tighten", "confirm", "screener") for item in group.items)
