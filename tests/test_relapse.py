"""Relapse cohorts: each refitted from its published figures, closed forms against scipy, eligibility, and bad files."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from ketaschedule.errors import InputError, LimitError, UnknownNameError
from ketaschedule.relapse import (
    MAX_FILE_BYTES,
    Clock,
    Cohort,
    Distribution,
    Domain,
    FittedBy,
    NoCohort,
    Treatment,
    cohort_names,
    default_cohort,
    load_cohort,
    read_cohort,
)
from ketaschedule.sources import Seen

NAMES = cohort_names()
TEXT = resources.files("ketaschedule").joinpath("cohorts", "murrough-2013.toml").read_text(encoding="utf-8")

# --- the shipped cohorts ------------------------------------------------------------------------------------------

SHIPPED = {
    # name: distribution, parameters, clock, domain, how the worst-seen source was seen, default for
    "aan-het-rot-2010": ("log-normal", {"mean_days": 19, "sd_days": 13}, "after-last-dose", "mood", "unconfirmed", ()),
    "diamond-2014": ("log-normal", {"median_days": 68.9, "sigma": 0.659}, "after-last-dose", "mood", "read", ()),
    "elekt-d-2023": ("weibull", {"shape": 0.399, "scale_days": 1700}, "after-last-dose", "mood", "unconfirmed", ()),
    "feder-2021": ("exponential", {"scale_days": 39.7}, "after-last-dose", "ptsd", "read", ()),
    "ibrahim-2012": (
        "weibull", {"shape": 0.62, "scale_days": 18.1}, "after-last-dose", "mood", "read", ("single-infusion",),
    ),
    "ketect-2022": ("weibull", {"shape": 0.297, "scale_days": 196}, "after-last-dose", "mood", "read", ()),
    "mcinnes-2022": (
        "weibull", {"shape": 1.19, "scale_days": 98}, "after-last-dose", "mood", "read", ("infusion-series",),
    ),
    "murrough-2013": ("weibull", {"shape": 1.75, "scale_days": 22.4}, "after-last-dose", "mood", "second-hand", ()),
    "shiroma-2014": ("weibull", {"shape": 1.69, "scale_days": 32.2}, "after-last-dose", "mood", "read", ()),
    "sustain-1-remitters-stopped": ("exponential", {"scale_days": 394}, "after-withdrawal", "mood", "read", ()),
}  # fmt: skip


def test_every_shipped_cohort_has_its_row_here() -> None:
    assert sorted(SHIPPED) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_cohort_says_what_it_is_and_how_it_is_known(name: str) -> None:
    distribution, parameters, clock, domain, seen, default_for = SHIPPED[name]
    cohort = load_cohort(name)
    assert cohort.id == name
    assert (cohort.distribution, dict(cohort.parameters)) == (distribution, parameters)
    assert (cohort.clock, cohort.domain, cohort.treatment) == (clock, domain, Treatment.OFF_DRUG)
    order = ["read", "second-hand", "unconfirmed"]
    assert max((source.seen for source in cohort.sources), key=order.index) == seen
    assert cohort.unconfirmed() is (seen == "unconfirmed")
    assert cohort.default_for == default_for
    assert bool(cohort.not_default_because) is (not default_for)
    assert cohort.ours
    assert cohort.fit.by is FittedBy.OURS
    assert all(source.address for source in cohort.sources if source.seen is Seen.READ)
    assert cohort.title
    assert cohort.population
    assert cohort.fit.note


REFITS: dict[str, Callable[[Cohort], dict[str, float]]] = {}


def refit(
    method: str,
) -> Callable[[Callable[[Cohort], dict[str, float]]], Callable[[Cohort], dict[str, float]]]:
    def keep(function: Callable[[Cohort], dict[str, float]]) -> Callable[[Cohort], dict[str, float]]:
        REFITS[method] = function
        return function

    return keep


def _weibull(pair: Any) -> Any:
    return stats.weibull_min(c=math.exp(pair[0]), scale=math.exp(pair[1]))


def _solve_weibull(equations: Callable[[Any], list[float]], start: tuple[float, float]) -> dict[str, float]:
    found, _, ok, message = optimize.fsolve(
        equations, [math.log(x) for x in start], full_output=True, xtol=1e-12
    )
    assert ok == 1, message
    return {"shape": math.exp(found[0]), "scale_days": math.exp(found[1])}


@refit("through-points")
@refit("through-quartiles")
def _through(cohort: Cohort) -> dict[str, float]:
    ends = (cohort.points[0], cohort.points[-1])
    return _solve_weibull(lambda pair: [_weibull(pair).cdf(p.day) - p.share for p in ends], (1.0, 60.0))


@refit("least-squares")
def _least_squares(cohort: Cohort) -> dict[str, float]:
    days = np.array([point.day for point in cohort.points])
    shares = np.array([point.share for point in cohort.points])
    if cohort.distribution is Distribution.WEIBULL:
        fit = optimize.least_squares(
            lambda p: _weibull(p).cdf(days) - shares, [0.0, 6.0], xtol=1e-12, ftol=1e-14
        )
        return {"shape": math.exp(fit.x[0]), "scale_days": math.exp(fit.x[1])}
    fit = optimize.least_squares(
        lambda p: stats.lognorm(s=math.exp(p[1]), scale=math.exp(p[0])).cdf(days) - shares,
        [4.0, 0.0], xtol=1e-12, ftol=1e-14,
    )  # fmt: skip
    return {"median_days": math.exp(fit.x[0]), "sigma": math.exp(fit.x[1])}


@refit("point-and-restricted-mean")
def _restricted_mean(cohort: Cohort) -> dict[str, float]:
    point, figure = cohort.points[0], cohort.figures[0]
    assert figure.until_day is not None
    until = figure.until_day
    return _solve_weibull(
        lambda pair: [
            _weibull(pair).cdf(point.day) - point.share,
            integrate.quad(_weibull(pair).sf, 0, until)[0] - figure.days,
        ],
        (0.8, 20.0),
    )


@refit("point-and-mean-of-relapsers")
def _mean_of_relapsers(cohort: Cohort) -> dict[str, float]:
    point, figure = cohort.points[0], cohort.figures[0]
    assert figure.until_day is not None
    until = figure.until_day
    return _solve_weibull(
        lambda pair: [
            _weibull(pair).cdf(point.day) - point.share,
            _weibull(pair).expect(lambda day: day, lb=0, ub=until, conditional=True) - figure.days,
        ],
        (1.5, 30.0),
    )


@refit("moments")
def _moments(cohort: Cohort) -> dict[str, float]:
    mean, sd = (figure.days for figure in cohort.figures)

    def miss(p: Any) -> list[float]:
        fitted = stats.lognorm(s=math.exp(p[1]), scale=math.exp(p[0]))
        return [fitted.mean() - mean, fitted.std() - sd]

    found = optimize.fsolve(miss, [math.log(15), math.log(0.5)], xtol=1e-12)
    fitted = stats.lognorm(s=math.exp(found[1]), scale=math.exp(found[0]))
    assert [cohort.cdf(day) for day in (5, 19, 60)] == pytest.approx(fitted.cdf([5, 19, 60]), abs=1e-9)
    return {"mean_days": fitted.mean(), "sd_days": fitted.std()}


@refit("median")
def _median(cohort: Cohort) -> dict[str, float]:
    point = cohort.points[0]
    root = optimize.brentq(lambda scale: stats.expon(scale=scale).cdf(point.day) - point.share, 1, 5000)
    return {"scale_days": float(root)}


@pytest.mark.parametrize("name", NAMES)
def test_a_refit_from_the_published_figures_gives_the_shipped_parameters(name: str) -> None:
    """Shipped to three figures (two where the published numbers are round): within half a percent, or a half of the last."""
    cohort = load_cohort(name)
    fitted = REFITS[cohort.fit.method](cohort)
    shipped = dict(cohort.parameters)
    assert fitted.keys() == shipped.keys()
    for key, value in fitted.items():
        assert value == pytest.approx(shipped[key], rel=0.006), key


@pytest.mark.parametrize("name", NAMES)
def test_the_stated_residuals_are_those_of_the_shipped_parameters(name: str) -> None:
    cohort = load_cohort(name)
    found = [cohort.cdf(point.day) - point.share for point in cohort.points]
    assert list(cohort.fit.residuals) == pytest.approx(found, abs=0.0011)
    assert all(abs(value) < 0.02 for value in found)


def test_medians_differ_by_more_than_tenfold_so_nothing_is_pooled() -> None:
    """Implied medians: 18 days washed out, 72 in community clinics, 10 after one infusion, 273 after months."""
    medians = {name: _median_day(load_cohort(name)) for name in NAMES}
    assert medians["murrough-2013"] == pytest.approx(18.2, abs=0.1)
    assert medians["mcinnes-2022"] == pytest.approx(72, abs=0.5)
    assert medians["ibrahim-2012"] == pytest.approx(10, abs=0.1)
    assert medians["sustain-1-remitters-stopped"] == pytest.approx(273, abs=0.5)


def _median_day(cohort: Cohort) -> float:
    return float(optimize.brentq(lambda day: cohort.cdf(day) - 0.5, 0.01, 20000))


# --- closed forms -------------------------------------------------------------------------------------------------


def _scipy(cohort: Cohort) -> Any:
    own = dict(cohort.parameters)
    match cohort.distribution:
        case Distribution.WEIBULL:
            return stats.weibull_min(c=own["shape"], scale=own["scale_days"])
        case Distribution.EXPONENTIAL:
            return stats.expon(scale=own["scale_days"])
        case Distribution.LOG_LOGISTIC:
            return stats.fisk(c=own["shape"], scale=own["median_days"])
        case Distribution.LOG_NORMAL:
            if "sigma" in own:
                return stats.lognorm(s=own["sigma"], scale=own["median_days"])
            sigma = math.sqrt(math.log(1 + (own["sd_days"] / own["mean_days"]) ** 2))
            return stats.lognorm(s=sigma, scale=own["mean_days"] * math.exp(-(sigma**2) / 2))


PARAMETERS = st.one_of(
    st.builds(lambda a, b: ("weibull", {"shape": a, "scale_days": b}), st.floats(0.2, 4), st.floats(2, 900)),
    st.builds(
        lambda a, b: ("log-logistic", {"shape": a, "median_days": b}), st.floats(0.2, 4), st.floats(2, 900)
    ),
    st.builds(
        lambda a, b: ("log-normal", {"sigma": a, "median_days": b}), st.floats(0.1, 3), st.floats(2, 900)
    ),
    st.builds(
        lambda a, b: ("log-normal", {"sd_days": a, "mean_days": b}), st.floats(1, 300), st.floats(2, 900)
    ),
    st.builds(lambda a: ("exponential", {"scale_days": a}), st.floats(2, 900)),
)
PLAIN = evolve(load_cohort("feder-2021"), points=(), fit=evolve(load_cohort("feder-2021").fit, residuals=()))


def _made(distribution: str, parameters: dict[str, float], never: float | None = None) -> Cohort:
    return evolve(
        PLAIN,
        distribution=Distribution(distribution),
        parameters=tuple(parameters.items()),
        never_relapses=never,
    )


@given(PARAMETERS, st.floats(0.01, 2000))
def test_the_closed_forms_agree_with_scipy(made: tuple[str, dict[str, float]], day: float) -> None:
    cohort = _made(*made)
    assert cohort.cdf(day) == pytest.approx(float(_scipy(cohort).cdf(day)), abs=1e-9)


@given(PARAMETERS, st.one_of(st.none(), st.floats(0, 0.9)), st.integers(1, 400))
def test_daily_chances_add_up_to_the_share_relapsed_by_the_horizon(
    made: tuple[str, dict[str, float]], never: float | None, horizon: int
) -> None:
    """None is negative, the first is F(1), and those who never relapse are left out."""
    cohort = _made(*made, never)
    daily = cohort.daily(horizon)
    assert len(daily) == horizon
    assert min(daily) >= 0
    assert math.fsum(daily) == pytest.approx(cohort.cdf(horizon), abs=1e-9)
    assert daily[0] == cohort.cdf(1)
    assert cohort.cdf(1e9) <= 1.0 - (never or 0.0) + 1e-12


@given(st.sampled_from(NAMES), st.integers(1, 120), st.integers(1, 30))
def test_chances_of_somebody_still_well_are_the_rest_of_the_curve_scaled_up(
    name: str, after: int, horizon: int
) -> None:
    cohort = load_cohort(name)
    whole, well = cohort.daily(after + horizon), 1.0 - cohort.cdf(after)
    assert cohort.daily(horizon, after) == pytest.approx([share / well for share in whole[after:]], rel=1e-9)


def test_nothing_has_happened_on_day_0_or_before() -> None:
    for name in NAMES:
        assert load_cohort(name).cdf(0) == 0.0
        assert load_cohort(name).cdf(-3) == 0.0


# --- eligibility --------------------------------------------------------------------------------------------------


def test_only_two_cohorts_are_defaults_and_each_for_its_own_family() -> None:
    defaults = {name: load_cohort(name).default_for for name in NAMES if load_cohort(name).default_for}
    assert defaults == {"mcinnes-2022": ("infusion-series",), "ibrahim-2012": ("single-infusion",)}
    assert default_cohort("infusion-series") == load_cohort("mcinnes-2022")
    assert default_cohort("single-infusion") == load_cohort("ibrahim-2012")


@pytest.mark.parametrize("domain", [Domain.PTSD, Domain.ANXIETY, Domain.ALCOHOL])
@pytest.mark.parametrize("family", ["infusion-series", "single-infusion"])
def test_a_mood_cohort_is_never_used_for_another_illness(family: str, domain: Domain) -> None:
    found = default_cohort(family, domain)
    assert isinstance(found, NoCohort)
    assert str(domain) in found.reason


def test_a_cohort_off_the_drug_is_never_used_for_people_still_treated() -> None:
    assert isinstance(default_cohort("infusion-series", treatment=Treatment.ON_DRUG), NoCohort)
    assert isinstance(default_cohort("esketamine"), NoCohort)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("murrough-2013", "a source was not read"),
        ("elekt-d-2023", "a source was not read"),
        ("aan-het-rot-2010", "a source was not read"),
        ("sustain-1-remitters-stopped", "a single figure"),
        ("feder-2021", "a single figure"),
        ("feder-2021", "not about mood"),
    ],
)
def test_what_may_not_be_a_default_cannot_be_made_one(name: str, text: str) -> None:
    with pytest.raises(InputError) as refused:
        evolve(load_cohort(name), default_for=("infusion-series",))
    assert {fault.path for fault in refused.value.faults} == {"default_for"}
    assert any(text in fault.text for fault in refused.value.faults)


def test_a_default_must_be_about_people_off_the_drug() -> None:
    evolve(load_cohort("mcinnes-2022"), default_for=("other",))
    with pytest.raises(InputError, match="off the drug"):
        evolve(load_cohort("mcinnes-2022"), treatment=Treatment.ON_DRUG)


def test_a_cohort_that_is_no_default_says_why() -> None:
    with pytest.raises(InputError, match="not_default_because"):
        evolve(load_cohort("feder-2021"), not_default_because="")


# --- files --------------------------------------------------------------------------------------------------------


def test_a_file_of_ones_own_is_read_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(TEXT, encoding="utf-8")
    assert load_cohort(file) == load_cohort("murrough-2013")
    assert load_cohort(file).clock is Clock.AFTER_LAST_DOSE


def test_a_name_that_is_not_built_in_is_told_with_what_is_near() -> None:
    with pytest.raises(UnknownNameError) as refused:
        load_cohort("mcinnes-2021")
    assert "mcinnes-2022" in refused.value.near
    with pytest.raises(UnknownNameError):
        load_cohort("../cohorts/mcinnes-2022")


def test_a_file_larger_than_64_kib_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "big.toml"
    assert MAX_FILE_BYTES == 65536
    room = MAX_FILE_BYTES - len(TEXT.encode()) - 2
    file.write_text(TEXT + "#" + "x" * room + "\n", encoding="utf-8")
    assert load_cohort(file).id == "murrough-2013"
    file.write_text(TEXT + "#" + "x" * (room + 1) + "\n", encoding="utf-8")
    with pytest.raises(LimitError):
        load_cohort(file)
    with pytest.raises(InputError, match="too large"):
        read_cohort(TEXT + "#" + "x" * (room + 1) + "\n")


CHANGES = [
    ("shape = 1.75", "shape = 0", "parameters.shape"),
    ("shape = 1.75", "shape = 1000001", "parameters.shape"),
    ("shape = 1.75", 'shape = "1.75"', "parameters.shape"),
    ("shape = 1.75", "slope = 1.75", "parameters"),
    ("shape = 1.75", "shape = nan", "f.parameters.shape"),
    ('"weibull"', '"normal"', "distribution"),
    ('"after-last-dose"', '"after-lunch"', "clock"),
    ('"off-drug"', '"off"', "treatment"),
    ('domain = "mood"', 'domain = "moods"', "domain"),
    ("day = 11", "day = 0", "points[0].day"),
    ("day = 27", "day = 1827", "points[2].day"),
    ("day = 27", "day = 18", "points[2]"),
    ("share = 0.75", "share = 0.49", "points[2]"),
    ("share = 0.75", "share = 1.01", "points[2].share"),
    ("share = 0.25", "share = -0.01", "points[0].share"),
    ("share = 0.25", "share = true", "points[0].share"),
    ("residuals = [0.0, -0.006, 0.0]", "residuals = [0.0, -0.006]", "fit.residuals"),
    ("residuals = [0.0, -0.006, 0.0]", "residuals = [0.0, -0.009, 0.0]", "fit.residuals[1]"),
    ('by = "ours"', 'by = "us"', "fit.by"),
    ('seen = "read"', 'seen = "heard"', "sources[0].seen"),
    ("schema = 1", "schema = 2", "schema"),
    ("schema = 1", "schema = 1\nnever_relapses = 1.0", "never_relapses"),
    ("schema = 1", "schema = 1\nnever_relapses = -0.1", "never_relapses"),
    ("schema = 1", "schema = 1\ncolour = 1", "colour"),
    ('title = "', 'name = "', "title"),
]


@pytest.mark.parametrize(("old", "new", "path"), CHANGES)
def test_a_fault_in_a_file_is_told_with_its_path(old: str, new: str, path: str) -> None:
    assert old in TEXT
    with pytest.raises(InputError) as refused:
        read_cohort(TEXT.replace(old, new, 1), "f")
    wanted = path if path.startswith("f.") else f"f.{path}"
    assert wanted in [fault.path for fault in refused.value.faults]


def test_all_faults_of_a_file_are_told_at_once() -> None:
    broken = TEXT.replace("day = 11", "day = 0").replace("shape = 1.75", "shape = 0").replace("0.75", "7.5")
    with pytest.raises(InputError) as refused:
        read_cohort(broken)
    assert [fault.path for fault in refused.value.faults] == [
        "parameters.shape",
        "points[0].day",
        "points[2].share",
    ]


def test_a_cohort_without_a_source_is_refused() -> None:
    with pytest.raises(InputError, match="sources"):
        evolve(load_cohort("feder-2021"), sources=())


@pytest.mark.parametrize("horizon", [0, -1, 1827, 2.0, True])
def test_a_horizon_is_1_to_1826_whole_days(horizon: Any) -> None:
    with pytest.raises(InputError, match="horizon_days"):
        load_cohort("mcinnes-2022").daily(horizon)
    assert len(load_cohort("mcinnes-2022").daily(1826)) == 1826


@pytest.mark.parametrize("after", [-1, 1827, 1.5, False])
def test_a_day_to_count_on_from_is_0_to_1826(after: Any) -> None:
    with pytest.raises(InputError, match="after_day"):
        load_cohort("mcinnes-2022").daily(10, after)


def test_nobody_is_left_to_count_on_from() -> None:
    with pytest.raises(InputError, match="everybody"):
        load_cohort("murrough-2013").daily(10, 1826)


def test_the_page_of_cohorts_names_each_and_why_it_is_or_is_no_default() -> None:
    """Every cohort has its line, with the reason that its file gives."""
    page = (Path(__file__).parent.parent / "docs" / "cohorts.md").read_text("utf-8")
    lines = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    assert list(lines) == list(cohort_names())
    for name, line in lines.items():
        cohort = load_cohort(name)
        assert cohort.title in line
        assert (cohort.not_default_because or "for ") in line
