"""The numbered rules of a trajectory (T1 …), and which threshold holds where sources disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from attrs import frozen

from ketaschedule.errors import InputError, UnknownNameError, one_fault
from ketaschedule.instrument import (
    Change,
    Instrument,
    RelapseThreshold,
    ResponsePercent,
    Threshold,
    canonical_instrument,
    default_of,
)
from ketaschedule.rules import RULES as ALL
from ketaschedule.rules import Rule
from ketaschedule.sources import Grade, Seen, Source

__all__ = ["FRESH_DAYS", "RECOVERIES", "RULES", "Chosen", "Recovery", "Rule", "by_instrument", "choose"]


RULES: tuple[Rule, ...] = tuple(rule for code, rule in ALL.items() if code.startswith("T"))
"""Every rule that judges an answer, from the package's one table of rules."""

FRESH_DAYS = 42
"""How long an answer speaks for its person (T14): 28 days, the widest gap of the built-in watch, and 14 of recall."""


@frozen(kw_only=True)
class Recovery:
    """How many ``days`` remission must hold to be recovery; sources disagree, and one review found no such number.

    De Zwart 2019 (doi 10.1017/S2045796018000227): a duration that separates remission from recovery
    predicted nothing more.
    """

    id: str
    days: int
    source: Source
    default: bool = False


RECOVERIES: tuple[Recovery, ...] = (
    Recovery(
        id="six-months",
        days=182,
        default=True,
        source=Source(
            "medicographia-2011",
            "Relapse or recurrence in depression: why has the cutoff been set at 6 months?, Medicographia 2011",
            Grade.CONSENSUS,
            Seen.READ,
            address="https://www.medicographia.com/2011/10/relapse-or-recurrence-in-depression-why-has-the-cutoff-been-set-at-6-months/",
        ),
    ),
    Recovery(
        id="eight-weeks",
        days=57,
        source=Source(
            "recovery-8-weeks",
            "A model that counts more than 8 weeks without symptoms as recovery",
            Grade.CONSENSUS,
            Seen.READ,
            address="https://pmc.ncbi.nlm.nih.gov/articles/PMC8382305/figure/F5",
        ),
    ),
    Recovery(
        id="four-months",
        days=120,
        source=Source(
            "acnp-2006",
            "ACNP task force 2006 (Rush), about 4 months",
            Grade.CONSENSUS,
            Seen.UNCONFIRMED,
            address="https://doi.org/10.1038/sj.npp.1301131",
        ),
    ),
)


@frozen(kw_only=True)
class Chosen:
    """The thresholds in force for one instrument; absent where there is none with a source to stand on."""

    response: ResponsePercent | None
    remission: Threshold | None
    relapse: RelapseThreshold | None
    change: Change | None
    recovery: Recovery
    missing: str | None = None


_Option = TypeVar("_Option", ResponsePercent, Threshold, RelapseThreshold, Change, Recovery)
_KEYS = ("response", "remission", "relapse", "change", "recovery", "missing")
_KNOWN_KEYS = ", ".join(_KEYS)


def choose(instrument: Instrument, wanted: Mapping[str, Any], path: str = "") -> Chosen:
    """The defaults of an instrument, with what ``wanted`` puts in their place: the id of an alternative, or one made.

    Raises :class:`~ketaschedule.errors.InputError` for a key that is none and for an id that is not there.

    >>> from ketaschedule.instrument import load_instrument
    >>> choose(load_instrument("madrs"), {"remission": "at-most-12"}).remission.points
    12
    """
    unknown = [key for key in wanted if key not in _KEYS]
    if unknown:
        raise one_fault(f"{path}.{unknown[0]}".lstrip("."), "is no threshold", _KNOWN_KEYS)
    missing = wanted.get("missing")
    if missing is not None and missing not in [rule.id for rule in instrument.missing]:
        known = [rule.id for rule in instrument.missing]
        raise UnknownNameError.of(
            "rule for missing answers", str(missing), known, f"{path}.missing".lstrip(".")
        )
    recovery = _one(RECOVERIES, Recovery, wanted, "recovery", path)
    assert recovery is not None, "one recovery is marked as default"
    return Chosen(
        response=_one(instrument.response, ResponsePercent, wanted, "response", path),
        remission=_one(instrument.remission, Threshold, wanted, "remission", path),
        relapse=_one(instrument.relapse, RelapseThreshold, wanted, "relapse", path),
        change=_one(instrument.change, Change, wanted, "change", path),
        recovery=recovery,
        missing=missing,
    )


def _one(
    options: Sequence[_Option], kind: type[_Option], wanted: Mapping[str, Any], key: str, path: str
) -> _Option | None:
    value = wanted.get(key)
    if value is None:
        return default_of(options)
    if isinstance(value, kind):
        return value
    where = f"{path}.{key}".lstrip(".")
    if not isinstance(value, str):
        raise one_fault(where, f"is a {type(value).__name__}", f"an id or a {kind.__name__}")
    for option in options:
        if option.id == value:
            return option
    raise UnknownNameError.of(f"{key} threshold", value, [option.id for option in options], where)


def by_instrument(
    thresholds: Mapping[str, Mapping[str, Any]], known: Sequence[str]
) -> Mapping[str, Mapping[str, Any]]:
    """Thresholds by the ids of instruments; a name that is neither built in nor among ``known`` is refused."""
    named = {name: name if name in known else canonical_instrument(name) for name in thresholds}
    faults = [
        fault
        for name, found in named.items()
        if found is None
        for fault in UnknownNameError.of("instrument", str(name), known, "thresholds").faults
    ]
    if faults:
        raise InputError(faults)
    return {found: thresholds[name] for name, found in named.items() if found is not None}
