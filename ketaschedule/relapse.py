"""How soon relapse comes: published cohorts as cited distributions of days to relapse.

One TOML file per published population in ``cohorts/``. Cohorts are never pooled: populations differ in ways that move the
median from two weeks to most of a year (antidepressant washed out or kept, one infusion or months of treatment, what counts
as relapse). A distribution fitted here from a few published figures is marked ``ours`` and carries its residuals.

A cohort may be a *default* only where it was read at its source, gives more than one figure, and studied people like
those it is used for; every other file says why it is not.
"""

from __future__ import annotations

import functools
from importlib import resources
from pathlib import Path

from attrs import frozen

from . import reading
from .errors import InputError, UnknownNameError, expect, one_fault
from .relapse_model import (
    MAX_HORIZON_DAYS,
    Clock,
    Cohort,
    Distribution,
    Domain,
    Figure,
    Fit,
    FittedBy,
    Point,
    Treatment,
)
from .sources import Source

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_HORIZON_DAYS",
    "Clock",
    "Cohort",
    "Distribution",
    "Domain",
    "Figure",
    "Fit",
    "FittedBy",
    "NoCohort",
    "Point",
    "Treatment",
    "cohort_names",
    "default_cohort",
    "load_cohort",
    "read_cohort",
]

MAX_FILE_BYTES = 64 * 1024


@frozen
class NoCohort:
    """No published cohort is eligible here; ``reason`` says why. The plan then claims no delay."""

    reason: str


@frozen(kw_only=True)
class _File:
    """A cohort file as it is written."""

    schema: int
    id: str
    title: str
    population: str
    clock: Clock
    treatment: Treatment
    domain: Domain
    distribution: Distribution
    parameters: dict[str, float]
    fit: Fit
    sources: tuple[Source, ...]
    points: tuple[Point, ...] = ()
    figures: tuple[Figure, ...] = ()
    never_relapses: float | None = None
    default_for: tuple[str, ...] = ()
    not_default_because: str = ""


def read_cohort(text: str, name: str = "") -> Cohort:
    """A cohort from the text of a TOML file; raises :class:`InputError` with every fault and its path."""
    if len(text.encode()) > MAX_FILE_BYTES:
        raise one_fault(name, "the file is too large", f"at most {MAX_FILE_BYTES} bytes", "limit")
    file = reading.structure(reading.read_toml(text, name), _File, name)
    if file.schema != 1:
        raise one_fault(f"{name}.schema" if name else "schema", f"{file.schema} is not known", "1")
    try:
        return Cohort(
            id=file.id,
            title=file.title,
            population=file.population,
            clock=file.clock,
            treatment=file.treatment,
            domain=file.domain,
            distribution=file.distribution,
            parameters=file.parameters.items(),
            fit=file.fit,
            sources=file.sources,
            points=file.points,
            figures=file.figures,
            never_relapses=file.never_relapses,
            default_for=file.default_for,
            not_default_because=file.not_default_because,
        )
    except InputError as error:
        raise (error.under(name) if name else error) from None


@functools.cache
def cohort_names() -> tuple[str, ...]:
    """The names of the built-in cohorts, sorted.

    >>> "mcinnes-2022" in cohort_names()
    True
    """
    folder = resources.files("ketaschedule").joinpath("cohorts")
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_cohort(name: str | Path) -> Cohort:
    """A built-in cohort by its name, or your own by its :class:`~pathlib.Path`: text is never a path, as it may come from outside.

    Raises :class:`UnknownNameError` for a name that is not built in, and :class:`InputError` with every fault for a
    file that cannot be used or is larger than 64 KiB.

    >>> load_cohort("aan-het-rot-2010").parameters
    (('mean_days', 19.0), ('sd_days', 13.0))
    """
    expect(name, (str, Path), "cohort", "a name, or a pathlib.Path of a file")
    if isinstance(name, Path):
        return read_cohort(reading.bounded_text(name, MAX_FILE_BYTES), name.name)
    if name.endswith(".toml"):
        raise one_fault("cohort", f"{name[:80]!r} is no built-in name", "a name, or a pathlib.Path of a file")
    if name not in cohort_names():
        raise UnknownNameError.of("cohort", name, cohort_names())
    return _built_in(name)


@functools.cache
def _built_in(name: str) -> Cohort:
    file = resources.files("ketaschedule").joinpath("cohorts", f"{name}.toml")
    return read_cohort(file.read_text(encoding="utf-8"), f"{name}.toml")


def default_cohort(
    family: str, domain: Domain | str = Domain.MOOD, treatment: Treatment | str = Treatment.OFF_DRUG
) -> Cohort | NoCohort:
    """The cohort that a family of protocols (``infusion-series``, ``single-infusion``) takes where none is named.

    >>> default_cohort("single-infusion").id
    'ibrahim-2012'
    >>> default_cohort("infusion-series", domain="ptsd").reason
    'no cohort of ptsd, off-drug is eligible as a default for infusion-series'
    """
    for name in cohort_names():
        cohort = load_cohort(name)
        if family in cohort.default_for and cohort.domain == domain and cohort.treatment == treatment:
            return cohort
    return NoCohort(f"no cohort of {domain!s}, {treatment!s} is eligible as a default for {family}")
