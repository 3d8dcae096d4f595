"""What an instrument must keep that no single value of it shows: ranges that fit, ids that exist, defaults that stand.

Each check is a short generator of (path, what is wrong, what is allowed).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ketaschedule.errors import Fault
from ketaschedule.instrument_model import Instrument
from ketaschedule.sources import Seen

__all__ = ["MAX_ITEMS", "faults_of"]

MAX_ITEMS = 200
"""No questionnaire in use is half as long."""

_Found = Iterator[tuple[str, str, str]]


def faults_of(it: Instrument) -> list[Fault]:
    """Every fault of an instrument that no single value of it shows; empty where it holds together."""
    return [
        Fault(path, text, allowed)
        for check in (_items, _domains, _bands, _options, _thresholds, _safety, _wording)
        for path, text, allowed in check(it)
    ]


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _items(it: Instrument) -> _Found:
    if not 1 <= len(it.items) <= MAX_ITEMS:
        yield "items", f"has {len(it.items)} entries", f"1 to {MAX_ITEMS}"
    for name in _twice([item.id for item in it.items[: MAX_ITEMS + 1]]):
        yield "items", f"has {name!r} twice", "each id once"
    for index, item in enumerate(it.items):
        if item.asked_if is not None:
            gate = it.by_id.get(item.asked_if)
            if gate is None or gate.kind != "yes-no" or gate.asked_if is not None:
                wanted = "a yes-no item that is always asked"
                yield f"items[{index}].asked_if", f"{item.asked_if[:80]!r} opens nothing", wanted
        if item.either is not None:
            partner = it.by_id.get(item.either)
            if partner is None or partner is item or partner.either != item.id:
                wanted = "two items that name each other"
                yield f"items[{index}].either", f"{item.either[:80]!r} is no partner", wanted


def _domains(it: Instrument) -> _Found:
    counted = [item.id for item in it.items if item.counts]
    if not counted or sorted(name for group in it.domains for name in group) != sorted(set(counted)):
        yield "domains", "does not hold each counted item once", ", ".join(counted) or "an item that counts"
        return
    low = sum(max(it.by_id[name].low * it.by_id[name].weight for name in group) for group in it.domains)
    high = sum(max(it.by_id[name].high * it.by_id[name].weight for name in group) for group in it.domains)
    if (it.low, it.high) != (low, high):
        yield "high", f"the range {it.low} to {it.high} is not what the items give", f"{low} to {high}"


def _bands(it: Instrument) -> _Found:
    expected = it.low
    for index, band in enumerate(it.bands):
        if band.low != expected or band.high < band.low:
            yield f"bands[{index}]", f"goes from {band.low} to {band.high}", f"from {expected} on"
        expected = band.high + 1
    if it.bands and expected != it.high + 1:
        yield "bands", f"end at {expected - 1}", f"{it.high}, the greatest total"


def _options(it: Instrument) -> _Found:
    groups: dict[str, tuple[Any, ...]] = {
        "response": it.response,
        "remission": it.remission,
        "relapse": it.relapse,
        "change": it.change,
        "missing": it.missing,
    }
    for key, options in groups.items():
        for name in _twice([option.id for option in options]):
            yield key, f"has {name!r} twice", "each id once"
        if sum(option.default for option in options) > 1:
            yield key, "has more than one default", "one default at most"
        for index, option in enumerate(options):
            if option.default and option.source.seen is Seen.UNCONFIRMED:
                yield f"{key}[{index}].default", "rests on what is unconfirmed", "false"


def _thresholds(it: Instrument) -> _Found:
    up, down = (">", ">="), ("<", "<=")
    worse, better = (up, down) if it.worse == "higher" else (down, up)
    for key, thresholds, wanted in (("remission", it.remission, better), ("relapse", it.relapse, worse)):
        for index, threshold in enumerate(thresholds):
            if threshold.op not in wanted:
                yield f"{key}[{index}].op", f"is {threshold.op!r}", " or ".join(wanted)
            if not it.low <= threshold.points <= it.high:
                yield f"{key}[{index}].points", f"is {threshold.points}", f"{it.low} to {it.high}"


def _safety(it: Instrument) -> _Found:
    for name in _twice([entry.item for entry in it.safety]):
        yield "safety", f"has {name!r} twice", "each item once"
    for index, entry in enumerate(it.safety):
        item = it.by_id.get(entry.item)
        if item is None:
            yield f"safety[{index}].item", f"{entry.item[:80]!r} is not an item", "an item id"
        elif not item.low <= entry.level <= item.high:
            yield f"safety[{index}].level", f"is {entry.level}", f"{item.low} to {item.high}"


def _wording(it: Instrument) -> _Found:
    if it.licence.wording_ships != (it.wording is not None):
        yield "licence.wording_ships", "and the wording of the file disagree", "true with wording, else false"
    for index, item in enumerate(it.items):
        for language in it.languages:
            if item.counts and language not in item.text:
                yield f"items[{index}].text", f"lacks {language!r}", "each language of the stem"
    for index, choice in enumerate(it.wording.choices if it.wording else ()):
        for language in it.languages:
            if language not in choice.text:
                yield f"wording.choices[{index}].text", f"lacks {language!r}", "each language of the stem"
