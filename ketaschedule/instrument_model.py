"""What a questionnaire is: items, range, bands, thresholds, safety items, licence. Data, no behaviour.

Points are whole numbers. An item's value times its ``weight`` is its points; the points of a
domain are those of its highest item; the total is the sum over domains. So one rule scores a plain
sum (each item its own domain), the QIDS (nine domains) and a screener (one domain, a level per item).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypeVar

from attrs import field, frozen

from ketaschedule.sources import Source

__all__ = [
    "Band",
    "Change",
    "Choice",
    "Instrument",
    "Item",
    "Licence",
    "MissingRule",
    "RelapseThreshold",
    "ResponsePercent",
    "SafetyItem",
    "Threshold",
    "Wording",
    "default_of",
]

Worse = Literal["higher", "lower"]
ItemKind = Literal["number", "yes-no"]
Op = Literal["<", "<=", ">=", ">"]


@frozen(kw_only=True)
class Item:
    """One question. ``low`` … ``high`` are the values that may be given, both included.

    ``counts`` says whether it is part of the total; ``optional`` that nobody misses it.
    ``asked_if`` names the yes-no item that must be answered yes before this one is asked.
    ``either`` names the item that is answered instead of this one.
    """

    id: str
    low: int
    high: int
    kind: ItemKind = "number"
    weight: int = 1
    counts: bool = True
    optional: bool = False
    asked_if: str | None = None
    either: str | None = None
    about: str = ""
    text: Mapping[str, str] = field(factory=dict)


@frozen(kw_only=True)
class Choice:
    """One answer that may be chosen, with its words per language."""

    value: int
    text: Mapping[str, str]


@frozen(kw_only=True)
class Wording:
    """The authors' own words, per language: the stem before the items, and the answers offered."""

    stem: Mapping[str, str]
    choices: tuple[Choice, ...]
    source: Source


@frozen(kw_only=True)
class Licence:
    """What its owner allows, as published; ``wording_ships`` says whether the words are in this package."""

    text: str
    wording_ships: bool
    source: Source


@frozen(kw_only=True)
class Band:
    """A published range of totals, both ends included."""

    id: str
    title: str
    low: int
    high: int
    source: Source


@frozen(kw_only=True)
class Threshold:
    """A total that means something: ``op`` and ``points``, as published.

    >>> from ketaschedule.sources import HOUSE
    >>> Threshold(id="below-5", op="<", points=5, source=HOUSE).met(5)
    False
    """

    id: str
    op: Op
    points: int
    source: Source
    default: bool = False
    note: str = ""

    def met(self, points: int) -> bool:
        """Whether a total of ``points`` meets it."""
        if self.op == "<":
            return points < self.points
        if self.op == "<=":
            return points <= self.points
        if self.op == ">":
            return points > self.points
        return points >= self.points


@frozen(kw_only=True)
class RelapseThreshold(Threshold):
    """A total that suggests relapse, and how many answers name it.

    ``visits`` is 2 where a second crossing confirms, ``min_days`` to ``max_days`` after the first
    (both included), and 1 where the first is enough. The days have a source of their own.
    """

    visits: Literal[1, 2] = 2
    min_days: int = 5
    max_days: int = 15
    days_source: Source


@frozen(kw_only=True)
class ResponsePercent:
    """An improvement on baseline of at least ``percent`` per cent is a response."""

    id: str
    percent: int
    source: Source
    default: bool = False
    note: str = ""


@frozen(kw_only=True)
class Change:
    """A change that matters: so many ``points``, or so many ``percent`` of where it started."""

    id: str
    source: Source
    points: int | None = None
    percent: int | None = None
    default: bool = False
    note: str = ""

    def reached(self, start: int, worse_by: int) -> bool:
        """Whether a worsening of ``worse_by`` points from ``start`` points is one that matters.

        >>> from ketaschedule.sources import HOUSE
        >>> Change(id="six", source=HOUSE, points=6).reached(start=10, worse_by=5)
        False
        """
        if self.points is not None:
            return worse_by >= self.points
        assert self.percent is not None
        return worse_by > 0 and worse_by * 100 >= self.percent * abs(start)


@frozen(kw_only=True)
class SafetyItem:
    """An item whose answer may ask for a person at once: at ``level`` (a value) or worse.

    ``worse`` says in which direction a value is worse.
    """

    item: str
    level: int
    worse: Worse
    source: Source


@frozen(kw_only=True)
class MissingRule:
    """What is done about missing answers.

    ``unknown``: the total is unknown. ``mean-of-answered``: up to ``at_most`` missing answers are
    taken as the mean of those given, and the total is marked as such.
    """

    id: Literal["unknown", "mean-of-answered"]
    source: Source
    at_most: int = 0
    default: bool = False
    note: str = ""


@frozen(kw_only=True)
class Instrument:
    """A questionnaire as data.

    ``low`` … ``high`` is the range of the total in points. ``recall_days`` is how far back the
    person is asked to look, ``spacing_days`` the least distance between two askings; both are
    absent where nothing is stated. ``domains`` holds item ids, each counted item once.
    """

    id: str
    title: str
    rated_by: Literal["self", "clinician"]
    worse: Worse
    low: int
    high: int
    items: tuple[Item, ...]
    domains: tuple[tuple[str, ...], ...]
    licence: Licence
    sources: tuple[Source, ...]
    form: str = ""
    follows: str | None = None
    recall_days: int | None = None
    recall_source: Source | None = None
    spacing_days: int | None = None
    spacing_source: Source | None = None
    wording: Wording | None = None
    bands: tuple[Band, ...] = ()
    response: tuple[ResponsePercent, ...] = ()
    remission: tuple[Threshold, ...] = ()
    relapse: tuple[RelapseThreshold, ...] = ()
    change: tuple[Change, ...] = ()
    safety: tuple[SafetyItem, ...] = ()
    missing: tuple[MissingRule, ...] = ()
    notes: tuple[str, ...] = ()
    by_id: Mapping[str, Item] = field(init=False, repr=False, eq=False)

    @by_id.default
    def _index(self) -> Mapping[str, Item]:
        return {item.id: item for item in self.items}

    def band(self, points: int) -> Band | None:
        """The band that holds ``points``, or none where none is published."""
        return next((band for band in self.bands if band.low <= points <= band.high), None)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which the wording ships."""
        return tuple(sorted(self.wording.stem)) if self.wording else ()


class _HasDefault(Protocol):
    @property
    def default(self) -> bool: ...


_Option = TypeVar("_Option", bound=_HasDefault)


def default_of(options: Sequence[_Option]) -> _Option | None:
    """The option marked as default; none where no source could be confirmed."""
    return next((option for option in options if option.default), None)
