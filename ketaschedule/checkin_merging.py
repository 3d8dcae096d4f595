"""Items that fall due together asked as one, and each form asked no sooner than what it looks back on allows.

A check-in that has opened is fixed: nothing joins it, and what it asks stays. Around it the rest is
arranged: a baseline, a confirmation and the PHQ-9s of a watch first, then the others in order of time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from functools import cache, lru_cache
from operator import attrgetter

from attrs import mutable

from .checkin_items import NEVER, Item
from .checkin_watch import EVERY_CONTACT_FROM_DAY
from .instrument import instrument_names, load_instrument

__all__ = ["ITEM_9", "PHQ_9_AT_LEAST_EVERY_DAYS", "Group", "asks_safety", "least_spacing", "merge"]

ITEM_9 = "phq-9-item-9"
"""The safety question of the PHQ-9, asked beside its short form."""
PHQ_9_AT_LEAST_EVERY_DAYS = 14
"""Days at most from one whole PHQ-9 of a watch to the next, to day 189 (house)."""
SINCE_LAST = {"c-ssrs-screener": "c-ssrs-screener-since-last-contact"}
"""The form that follows another once that has been asked."""
_SCREENERS = frozenset(SINCE_LAST)
_PHQ_9 = ("phq-9",)
_ONLY_PHQ_9 = ["phq-9"]
_FIRST = ("baseline", "confirm")


@mutable(eq=False)
class Group:
    """Items asked together, in order of rank: the first gives the key.

    ``leads``: a day of a watch's floor is among them; ``first``: a baseline or a confirmation is. ``fixed``: it has opened, and stays as it is,
    known like that from ``known`` on (UTC seconds); ``stays``: what it hangs on had been called off when it opened.
    """

    key: str
    day: int
    items: tuple[Item, ...]
    opens: int
    due: int
    closes: int
    void: bool = False
    leads: bool = False
    first: bool = False
    instruments: tuple[str, ...] = ()
    fixed: bool = False
    stays: bool = False
    known: int = -NEVER
    _keys: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its items, which stay as they are from the first look on."""
        if not self._keys:
            self._keys = tuple([item.key for item in self.items])
        return self._keys


@cache
def asks_safety(instrument: str) -> bool:
    """Whether the person is asked a safety question by this form itself.

    >>> [asks_safety(name) for name in ("phq-9", "phq-2", "mood", "madrs", "phq-9-item-9")]
    [True, False, True, False, True]
    """
    if instrument == ITEM_9:
        return True
    if instrument not in instrument_names():
        return False
    known = load_instrument(instrument)
    return bool(known.safety) and known.rated_by == "self"


@cache
def least_spacing(instrument: str) -> int:
    """Least days from one asking of a whole form to the next, from the instrument's file; 0 where none is stated.

    >>> [least_spacing(name) for name in ("phq-9", "madrs-s", "pcl-5", "phq-2")]
    [7, 3, 28, 0]
    """
    known = load_instrument(instrument) if instrument in instrument_names() else None
    spacing = known.spacing_days if known is not None else None
    return spacing if spacing is not None and spacing > 1 else 0


def merge(items: Iterable[Item], fixed: Iterable[Group] = (), apart: Iterable[Item] = ()) -> list[Group]:
    """Groups in order of ``due`` and key, the fixed ones among them, each with what it asks; what is ``apart`` joins nothing."""
    alone: dict[int, Item] = {}
    several: dict[int, list[Item]] = {}
    for item in items:
        other = alone.setdefault(item.day, item)
        if other is not item:
            several.setdefault(item.day, [other]).append(item)
    groups = list(fixed)
    for it in (*alone.values(), *apart) if apart else alone.values():
        if it.day not in several or it.purpose == "screener":
            key, day, opens, due, closes = it.key, it.day, it.opens, it.due, it.closes
            groups.append(Group(key, day, (it,), opens, due, closes, it.void, it.whole, it.purpose in _FIRST))
    for together in several.values():
        groups += _together(together)
    groups.sort(key=attrgetter("due", "key"))
    _arrange(groups)
    return groups


def _together(items: list[Item]) -> list[Group]:
    """Items of one day: those whose windows all overlap go together, in order of opening; two that open at once always do."""
    made: list[list[Item]] = []
    for item in sorted(items, key=attrgetter("opens")):
        for group in made:
            if item.void == group[0].void and all(item.opens < other.closes for other in group):
                group.append(item)
                break
        else:
            made.append([item])
    return [_group(group) for group in made]


def _group(group: list[Item]) -> Group:
    ranked = tuple(sorted(group, key=attrgetter("rank", "key")) if len(group) > 1 else group)
    lead = ranked[0]
    made = Group(lead.key, lead.day, ranked, lead.opens, lead.due, lead.closes, lead.void)
    for item in ranked:
        made.opens, made.due = min(made.opens, item.opens), min(made.due, item.due)
        made.closes = max(made.closes, item.closes)
        made.leads |= item.whole
        made.first |= item.purpose in _FIRST
    return made


def _arrange(groups: list[Group]) -> None:
    """Say of each group that is not fixed what it asks.

    The whole PHQ-9s of a watch come first, a baseline and a confirmation with their forms, then the others in
    order of time.
    """
    whole, first_screener = _asked_before(groups)
    free = [group for group in groups if not group.fixed and not group.void]
    leading = [group.day for group in free if group.leads]
    phq_9 = whole.setdefault("phq-9", [])
    later: list[tuple[Group, tuple[str, ...], list[str]]] = []
    for group in free:
        names = group.items[0].instruments if len(group.items) == 1 else _wanted(group)
        found: list[str] = []
        if group.leads:
            if "phq-9" not in names:
                names = (*names, "phq-9")
            if _may("phq-9", group, phq_9) or _must(group, phq_9, leading):
                insort(phq_9, group.day)
                if names == _PHQ_9:
                    group.instruments = names
                    continue
                found.append("phq-9")
        if group.first:
            _place(_first(group), group, whole, found)
        later.append((group, names, found))
    for group, names, found in later:
        spaced = _spaced(names)
        if spaced:
            _place(spaced, group, whole, found)
        asked = _asks(names, tuple(found))
        if not _SCREENERS.isdisjoint(asked):
            asked = tuple(_screener(name, group.day, first_screener) for name in asked)
        group.instruments = asked


def _place(names: Iterable[str], group: Group, whole: dict[str, list[int]], found: list[str]) -> None:
    """Give a group those forms that may be asked there; ``found`` are those it has, ``whole`` the days of each."""
    for name in names:
        if name not in found:
            days = whole.setdefault(name, [])
            if _may(name, group, days):
                found.append(name)
                insort(days, group.day)


def _asked_before(groups: list[Group]) -> tuple[dict[str, list[int]], dict[str, int]]:
    """Of what has opened: the days of each whole form with a spacing, and the first day of each screener."""
    whole: dict[str, list[int]] = {}
    first_screener: dict[str, int] = {}
    for group in groups:
        if group.fixed:
            for name in group.instruments:
                if least_spacing(name):
                    whole.setdefault(name, []).append(group.day)
                if name in SINCE_LAST:
                    first_screener.setdefault(name, group.day)
        elif group.void:
            names = _wanted(group)
            if group.leads and "phq-9" not in names:
                names = (*names, "phq-9")
            group.instruments = _asks(names, names)
    for days in whole.values():
        days.sort()
    return whole, first_screener


def _first(group: Group) -> list[str]:
    """The forms of a baseline or a confirmation, which it is given before any other group."""
    return [name for item in group.items if item.purpose in _FIRST for name in _spaced(item.instruments)]


def _wanted(group: Group) -> tuple[str, ...]:
    """What the items of a group ask for, each form once."""
    return tuple(dict.fromkeys([name for item in group.items for name in item.instruments]))


@lru_cache(maxsize=4096)
def _spaced(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those among forms that have a least spacing."""
    return tuple(name for name in names if least_spacing(name))


def _may(name: str, group: Group, days: list[int]) -> bool:
    """Whether a form may be asked whole: at its least distance from the same form before and after.

    The form that a confirmation needs is always asked whole.
    """
    day = group.day
    if not days or day - days[-1] >= least_spacing(name):
        return True
    place = bisect_left(days, day)
    if place < len(days) and days[place] == day:
        return False
    least = least_spacing(name)
    near = (place < len(days) and days[place] - day < least) or (place > 0 and day - days[place - 1] < least)
    return not near or (
        group.first and any(item.purpose == "confirm" and name in item.instruments for item in group.items)
    )


def _must(group: Group, days: list[int], leading: list[int]) -> bool:
    """Whether a watch has to ask the whole PHQ-9 here, however near another one is.

    ``days`` are those of whole PHQ-9s, ``leading`` those of groups that may still ask one.
    """
    place = bisect_left(days, group.day)
    if days[place : place + 1] == [group.day]:
        return False
    if any(item.purpose == "watch" and item.offset > EVERY_CONTACT_FROM_DAY for item in group.items):
        return True
    if not place:
        return False
    after = [*days[place : place + 1], *leading[bisect_right(leading, group.day) :][:1]]
    return bool(after) and min(after) - days[place - 1] > PHQ_9_AT_LEAST_EVERY_DAYS


def _screener(name: str, day: int, first: dict[str, int]) -> str:
    if name not in SINCE_LAST:
        return name
    return name if first.setdefault(name, day) >= day else SINCE_LAST[name]


@lru_cache(maxsize=4096)
def _asks(wanted: tuple[str, ...], whole: tuple[str, ...]) -> tuple[str, ...]:
    """What is asked, of the forms ``wanted`` those with a spacing only where they may be ``whole``.

    Each once, with the safety questions that are needed and no more, and something to measure by.
    """
    names: list[str] = []
    for name in dict.fromkeys(wanted):
        if name in whole or not least_spacing(name):
            names.append(name)
        elif name == "phq-9":
            names += ["phq-2", ITEM_9]
    names = list(dict.fromkeys(names))
    if "phq-9" in names:
        names = [name for name in names if name not in ("phq-2", ITEM_9)]
    elif "phq-2" in names and ITEM_9 not in names:
        names.append(ITEM_9)
    if all(name in ("safety-question", ITEM_9) for name in names):
        names.insert(0, "mood")
    own = [name for name in names if asks_safety(name)]
    if not own:
        names.append("safety-question")
    elif len(own) > 1 and "safety-question" in own:
        names.remove("safety-question")
    return tuple(names)
