"""A score from raw answers: a total with its band, a partial answer with its bounds, or the faults.

Nothing is guessed and nothing is thrown away: a missing answer is unknown, never zero, each bad
answer has a name, and every raw answer stays in the result. The order of the answers does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, TypeAlias

from attrs import frozen

from ketaschedule.errors import UnknownNameError, expect
from ketaschedule.instrument_answers import AnswerFault, Raw, in_order, read_answer, read_answers
from ketaschedule.instrument_library import canonical_item
from ketaschedule.instrument_model import Band, Instrument, Item, MissingRule, default_of

__all__ = ["Faulty", "Partial", "Score", "Total", "missing_items", "score", "score_total"]


@frozen(kw_only=True)
class _Scored:
    instrument: str
    at_least: int
    at_most: int
    missing: tuple[str, ...]
    faults: tuple[AnswerFault, ...]
    raw: tuple[Raw, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why there is no plain total, a sentence each; empty where nothing is amiss."""
        missing = (f"not answered: {', '.join(self.missing)}",) if self.missing else ()
        return missing + tuple(fault.text for fault in self.faults)


@frozen(kw_only=True)
class Total(_Scored):
    """All items that count were answered. ``faults`` can only name answers that belong to no item.

    ``substituted`` names items taken as the mean of the rest, where the caller chose that rule.
    """

    state: ClassVar[str] = "total"
    points: int
    band: Band | None = None
    substituted: tuple[str, ...] = ()


@frozen(kw_only=True)
class Partial(_Scored):
    """Answers are missing: the total is unknown, ``at_least`` … ``at_most`` is what it can be."""

    state: ClassVar[str] = "partial"


@frozen(kw_only=True)
class Faulty(_Scored):
    """A bad answer stands at an item that counts: the total is unknown, within the same kind of bounds."""

    state: ClassVar[str] = "faulty"


Score: TypeAlias = Total | Partial | Faulty


def score(
    instrument: Instrument,
    items: Mapping[str, object] | Iterable[tuple[object, object]],
    *,
    missing: str | None = None,
) -> Score:
    """Score raw answers, given as a mapping or as pairs of item and value, in any order.

    ``missing`` names one of the instrument's rules for missing answers; without it the default
    rule holds, which is ``unknown`` unless a published one was read at its source.
    Raises :class:`~ketaschedule.errors.UnknownNameError` for a rule that the instrument lacks.

    >>> from ketaschedule.instrument_library import load_instrument
    >>> phq9 = load_instrument("phq-9")
    >>> result = score(phq9, {str(n): 1 for n in range(1, 10)})
    >>> result.state, result.points, result.band.id
    ('total', 9, 'mild')
    >>> partial = score(phq9, {"1": 3})
    >>> partial.state, partial.at_least, partial.at_most
    ('partial', 3, 27)
    """
    expect(instrument, Instrument, "instrument", "an Instrument; load_instrument reads one by its name")
    rule = _missing_rule(instrument, missing)
    pairs = tuple(items.items()) if isinstance(items, Mapping) else tuple(items)
    raw = tuple(sorted((Raw(item, value) for item, value in pairs), key=in_order))
    answers, stray, bad = read_answers(instrument, raw)
    faults = tuple(sorted(stray + list(bad.values()), key=lambda fault: (fault.item, fault.code, fault.text)))
    open_items = _open_items(instrument, answers, bad)
    absent = tuple(name for name in open_items if name not in bad)
    at_least, at_most = _bounds(instrument, answers, open_items)
    if not open_items:
        return Total(
            instrument=instrument.id,
            at_least=at_least,
            at_most=at_most,
            missing=(),
            faults=faults,
            raw=raw,
            points=at_least,
            band=instrument.band(at_least),
        )
    if any(name in bad for name in open_items):
        return Faulty(
            instrument=instrument.id,
            at_least=at_least,
            at_most=at_most,
            missing=absent,
            faults=faults,
            raw=raw,
        )
    if rule.id == "mean-of-answered" and len(absent) <= rule.at_most:
        return _substituted(instrument, answers, absent, faults, raw)
    return Partial(
        instrument=instrument.id, at_least=at_least, at_most=at_most, missing=absent, faults=faults, raw=raw
    )


def missing_items(
    instrument: Instrument, items: Mapping[str, object] | Iterable[tuple[object, object]]
) -> tuple[str, ...]:
    """The items that should have been answered and were not, counted ones or not, in their own order.

    An item behind a branch is missing only where the branch was taken or is not known; a bad answer
    is an answer. A null is none.
    """
    pairs = tuple(items.items()) if isinstance(items, Mapping) else tuple(items)
    raw = tuple(Raw(name, value) for name, value in pairs)
    given = {canonical_item(instrument, entry.item) for entry in raw if entry.value is not None} - {None}
    answers, _, _ = read_answers(instrument, raw)
    return tuple(
        item.id
        for item in instrument.items
        if item.id not in given and _is_asked(item, answers) and item.either not in given
    )


def _missing_rule(instrument: Instrument, wanted: str | None) -> MissingRule:
    if wanted is None:
        rule = default_of(instrument.missing)
        return rule or MissingRule(id="unknown", source=instrument.licence.source)
    for rule in instrument.missing:
        if rule.id == wanted:
            return rule
    raise UnknownNameError.of("rule for missing answers", wanted, [rule.id for rule in instrument.missing])


def _is_asked(item: Item, answers: Mapping[str, int]) -> bool:
    """Whether an unanswered item was there to be answered; where the branch is unknown, it may have been."""
    return not item.optional and (item.asked_if is None or answers.get(item.asked_if, 1) == 1)


def _open_items(
    instrument: Instrument, answers: Mapping[str, int], bad: Mapping[str, AnswerFault]
) -> tuple[str, ...]:
    """Counted items that should have a good answer and have none; a bad one leaves its item open everywhere."""
    return tuple(
        item.id
        for item in instrument.items
        if item.counts
        and item.id not in answers
        and (item.id in bad or (item.either not in answers and _is_asked(item, answers)))
    )


def _bounds(
    instrument: Instrument, answers: Mapping[str, int], open_items: tuple[str, ...]
) -> tuple[int, int]:
    """The least and the greatest total that the answers allow."""
    low = high = 0
    for group in instrument.domains:
        least, greatest = [], []
        for name in group:
            item = instrument.by_id[name]
            given = answers.get(name, item.low)
            least.append(given * item.weight)
            greatest.append((item.high if name in open_items else given) * item.weight)
        low += max(least)
        high += max(greatest)
    return low, high


def _substituted(
    instrument: Instrument,
    answers: Mapping[str, int],
    absent: tuple[str, ...],
    faults: tuple[AnswerFault, ...],
    raw: tuple[Raw, ...],
) -> Score:
    """The total with missing answers taken as the mean of the rest, rounded half up once, at the end."""
    counted = {item.id for item in instrument.items if item.counts}
    given = [value * instrument.by_id[name].weight for name, value in answers.items() if name in counted]
    points = (2 * sum(given) * (len(given) + len(absent)) + len(given)) // (2 * len(given))
    at_least, at_most = _bounds(instrument, answers, absent)
    return Total(
        instrument=instrument.id,
        at_least=at_least,
        at_most=at_most,
        missing=absent,
        faults=faults,
        raw=raw,
        points=points,
        band=instrument.band(points),
        substituted=absent,
    )


def score_total(instrument: Instrument, value: object) -> Score:
    """A total that was recorded as such, without its items: checked against the range of the instrument.

    >>> from ketaschedule.instrument_library import load_instrument
    >>> score_total(load_instrument("madrs"), 24).points
    24
    """
    raw = (Raw("total", value),)
    whole = Item(id="total", low=instrument.low, high=instrument.high)
    read = read_answer(whole, value)
    if isinstance(read, int):
        return Total(
            instrument=instrument.id,
            at_least=read,
            at_most=read,
            missing=(),
            faults=(),
            raw=raw,
            points=read,
            band=instrument.band(read),
        )
    text = f"the recorded total is not a whole number from {instrument.low} to {instrument.high}"
    return Faulty(
        instrument=instrument.id,
        at_least=instrument.low,
        at_most=instrument.high,
        missing=(),
        faults=(AnswerFault(read, "total", value, text),),
        raw=raw,
    )
