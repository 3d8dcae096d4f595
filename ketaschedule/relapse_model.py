"""What a relapse cohort is: a cited distribution of days to relapse, checked when it is made."""

from __future__ import annotations

import enum
import functools
import itertools
import math
from collections.abc import Iterable

from attrs import field, frozen

from .errors import Fault, InputError, one_fault
from .sources import Seen, Source

__all__ = [
    "MAX_HORIZON_DAYS",
    "Clock",
    "Cohort",
    "Distribution",
    "Domain",
    "Figure",
    "Fit",
    "FittedBy",
    "Point",
    "Treatment",
]

MAX_HORIZON_DAYS = 1826
"""Five years: nothing is planned beyond."""


class Clock(enum.StrEnum):
    """Where day 0 of the cohort is."""

    AFTER_LAST_DOSE = "after-last-dose"
    AFTER_WITHDRAWAL = "after-withdrawal"
    AFTER_STEP_DOWN = "after-step-down"


class Treatment(enum.StrEnum):
    """Whether the people were still given the drug while they were followed."""

    OFF_DRUG = "off-drug"
    ON_DRUG = "on-drug"


class Domain(enum.StrEnum):
    """What came back: a mood cohort says nothing about the others."""

    MOOD = "mood"
    PTSD = "ptsd"
    ANXIETY = "anxiety"
    ALCOHOL = "alcohol"


class Distribution(enum.StrEnum):
    """The shape of the days to relapse."""

    LOG_NORMAL = "log-normal"
    WEIBULL = "weibull"
    EXPONENTIAL = "exponential"
    LOG_LOGISTIC = "log-logistic"


class FittedBy(enum.StrEnum):
    """Who turned the published figures into a distribution."""

    OURS = "ours"
    PUBLISHED = "published"


_PARAMETERS: dict[Distribution, tuple[frozenset[str], ...]] = {
    Distribution.LOG_NORMAL: (frozenset({"mean_days", "sd_days"}), frozenset({"median_days", "sigma"})),
    Distribution.WEIBULL: (frozenset({"shape", "scale_days"}),),
    Distribution.EXPONENTIAL: (frozenset({"scale_days"}),),
    Distribution.LOG_LOGISTIC: (frozenset({"shape", "median_days"}),),
}
_LEAST_PARAMETER, _MOST_PARAMETER = 1e-3, 1e6


def _sorted(pairs: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(dict(pairs).items()))


@frozen(kw_only=True)
class Point:
    """By ``day`` this share of the population had relapsed (0 … 1); ``note`` says how it was published."""

    day: float
    share: float
    note: str = ""


@frozen(kw_only=True)
class Figure:
    """Another published number that the distribution rests on, such as a mean; ``until_day`` where it stops there."""

    what: str
    days: float
    until_day: float | None = None
    note: str = ""


@frozen(kw_only=True)
class Fit:
    """How the distribution came from the figures: ``residuals[i]`` is its share at ``points[i]`` less the published one."""

    by: FittedBy
    method: str
    residuals: tuple[float, ...] = ()
    note: str = ""


@frozen(kw_only=True)
class Cohort:
    """One published population and its days to relapse, counted from ``clock``.

    ``default_for`` names the protocol families it may be the default of; where that is empty, ``not_default_because``
    says why. ``never_relapses`` (0 … 1) only where a share was published. Raises :class:`InputError` with every fault.

    >>> from ketaschedule.relapse import load_cohort
    >>> cohort = load_cohort("mcinnes-2022")
    >>> cohort.ours, round(cohort.cdf(28), 2), round(cohort.cdf(56), 2)
    (True, 0.2, 0.4)
    """

    id: str
    title: str
    population: str
    clock: Clock
    treatment: Treatment
    domain: Domain
    distribution: Distribution
    parameters: tuple[tuple[str, float], ...] = field(converter=_sorted)
    fit: Fit
    sources: tuple[Source, ...]
    points: tuple[Point, ...] = ()
    figures: tuple[Figure, ...] = ()
    never_relapses: float | None = None
    default_for: tuple[str, ...] = ()
    not_default_because: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot be a distribution, and a default that the rule above does not allow."""
        faults = [*_value_faults(self), *_default_faults(self)]
        if not faults:
            faults += _residual_faults(self)
        if faults:
            raise InputError(faults)

    @property
    def ours(self) -> bool:
        """Whether the distribution is our fit to published figures rather than published itself."""
        return self.fit.by is FittedBy.OURS

    def cdf(self, day: float) -> float:
        """The share (0 … 1) that has relapsed by ``day``, counted from the cohort's clock."""
        relapsing = 1.0 - (self.never_relapses or 0.0)
        return relapsing * _cdf(self.distribution, dict(self.parameters), day)

    def daily(self, horizon_days: int, after_day: int = 0) -> tuple[float, ...]:
        """The chance of relapse on each whole day t = 1 … horizon after ``after_day``: F(t) - F(t-1).

        With ``after_day`` above 0 the chances are those of somebody who had not relapsed by that day.
        Raises :class:`InputError` for a horizon outside 1 … 1826.

        >>> from ketaschedule.relapse import load_cohort
        >>> [round(share, 4) for share in load_cohort("mcinnes-2022").daily(3)]
        [0.0043, 0.0054, 0.006]
        """
        faults = []
        if not _whole(horizon_days) or not 1 <= horizon_days <= MAX_HORIZON_DAYS:
            faults.append(
                Fault("horizon_days", f"{horizon_days!r} is no horizon", f"1 to {MAX_HORIZON_DAYS} days")
            )
        if not _whole(after_day) or not 0 <= after_day <= MAX_HORIZON_DAYS:
            faults.append(Fault("after_day", f"{after_day!r} is no day", f"0 to {MAX_HORIZON_DAYS}"))
        if faults:
            raise InputError(faults)
        return _daily(self, horizon_days, after_day)

    def unconfirmed(self) -> bool:
        """Whether a source of the cohort was not confirmed: shown as that, never a default."""
        return any(source.seen is Seen.UNCONFIRMED for source in self.sources)


@functools.lru_cache(maxsize=256)
def _daily(cohort: Cohort, horizon_days: int, after_day: int) -> tuple[float, ...]:
    shares = [cohort.cdf(day) for day in range(after_day, after_day + horizon_days + 1)]
    well = 1.0 - shares[0]
    if well <= 0.0:
        raise one_fault(
            "after_day", f"by day {after_day} everybody in {cohort.id} has relapsed", "an earlier day"
        )
    return tuple(max(0.0, later - earlier) / well for earlier, later in itertools.pairwise(shares))


def _cdf(distribution: Distribution, parameters: dict[str, float], day: float) -> float:
    if day <= 0:
        return 0.0
    match distribution:
        case Distribution.LOG_NORMAL:
            if "mean_days" in parameters:
                variance = math.log1p((parameters["sd_days"] / parameters["mean_days"]) ** 2)
                middle, sigma = math.log(parameters["mean_days"]) - variance / 2, math.sqrt(variance)
            else:
                middle, sigma = math.log(parameters["median_days"]), parameters["sigma"]
            return 0.5 * math.erfc((middle - math.log(day)) / (sigma * math.sqrt(2)))
        case Distribution.WEIBULL:
            return -math.expm1(-((day / parameters["scale_days"]) ** parameters["shape"]))
        case Distribution.EXPONENTIAL:
            return -math.expm1(-day / parameters["scale_days"])
        case Distribution.LOG_LOGISTIC:
            return 1.0 / (1.0 + math.exp(parameters["shape"] * math.log(parameters["median_days"] / day)))


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _value_faults(cohort: Cohort) -> list[Fault]:
    faults = []
    names = frozenset(name for name, _ in cohort.parameters)
    known = _PARAMETERS[cohort.distribution]
    if names not in known:
        allowed = " or ".join(", ".join(sorted(choice)) for choice in known)
        faults.append(Fault("parameters", f"a {cohort.distribution} distribution has others", allowed))
    for name, value in cohort.parameters:
        if not _LEAST_PARAMETER <= value <= _MOST_PARAMETER:
            allowed = f"from {_LEAST_PARAMETER:g} to {_MOST_PARAMETER:g}"
            faults.append(Fault(f"parameters.{name}", f"{value!r} is out of bounds", allowed))
    for number, point in enumerate(cohort.points):
        if not 0 < point.day <= MAX_HORIZON_DAYS:
            allowed = f"above 0, at most {MAX_HORIZON_DAYS}"
            faults.append(Fault(f"points[{number}].day", f"{point.day!r} is no day", allowed))
        if not 0 <= point.share <= 1:
            faults.append(Fault(f"points[{number}].share", f"{point.share!r} is no share", "0 to 1"))
    for number, (earlier, later) in enumerate(itertools.pairwise(cohort.points), start=1):
        if later.day <= earlier.day or later.share < earlier.share:
            faults.append(Fault(f"points[{number}]", "a later day with no smaller share was expected"))
    if cohort.never_relapses is not None and not 0 <= cohort.never_relapses < 1:
        faults.append(Fault("never_relapses", f"{cohort.never_relapses!r} is no share", "0 to below 1"))
    if not cohort.sources:
        faults.append(Fault("sources", "none is given", "at least one"))
    if len(cohort.fit.residuals) != len(cohort.points):
        faults.append(
            Fault("fit.residuals", f"there are {len(cohort.fit.residuals)}", f"{len(cohort.points)}")
        )
    return faults


def _default_faults(cohort: Cohort) -> list[Fault]:
    if not cohort.default_for:
        if not cohort.not_default_because:
            return [Fault("not_default_because", "no reason is given", "why it is no default")]
        return []
    whys = []
    if any(source.seen is not Seen.READ for source in cohort.sources):
        whys.append("a source was not read")
    if len(cohort.points) + len(cohort.figures) < 2:
        whys.append("it rests on a single figure")
    if cohort.domain is not Domain.MOOD or cohort.treatment is not Treatment.OFF_DRUG:
        whys.append("it is not about mood off the drug")
    allowed = "defaults are read at the source, give more than one figure, and are about mood off the drug"
    return [Fault("default_for", f"it cannot be a default: {why}", allowed) for why in whys]


def _residual_faults(cohort: Cohort) -> list[Fault]:
    faults = []
    for number, (point, stated) in enumerate(zip(cohort.points, cohort.fit.residuals, strict=True)):
        found = cohort.cdf(point.day) - point.share
        if abs(found - stated) > 0.0011:  # stated to three decimals
            text = f"{stated!r} is stated, {found:.3f} follows from the parameters"
            faults.append(Fault(f"fit.residuals[{number}]", text))
    return faults
