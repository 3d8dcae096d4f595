"""``ketaschedule watch``: the days on which asking finds a relapse soonest, and what they are worth."""

from __future__ import annotations

from pathlib import Path

import click

from ketaschedule.cli_support import OUTPUT, screen, write
from ketaschedule.cli_watch_text import check_numbers, watch_text
from ketaschedule.errors import Gather
from ketaschedule.relapse import Cohort, cohort_names, load_cohort
from ketaschedule.terminal import Page

__all__ = ["command", "find_cohort"]


@click.command(
    "watch",
    epilog="Example: ketaschedule watch --cohort mcinnes-2022 --horizon-days 90 --check-ins 12",
)
@click.option(
    "--cohort",
    required=True,
    metavar="NAME|FILE",
    help="A built-in relapse cohort, or a TOML file of your own.",
)
@click.option(
    "--horizon-days", type=int, default=90, show_default=True, help="The last day, on which somebody asks."
)
@click.option(
    "--check-ins", type=int, default=12, show_default=True, help="How many days to choose before it."
)
@click.option(
    "--answer-probability",
    type=float,
    default=1.0,
    show_default=True,
    help="The chance that a prompt is answered.",
)
@click.option(
    "--min-gap",
    type=int,
    default=1,
    show_default=True,
    help="Least days between two check-ins, start and end too.",
)
@click.option("--max-gap", type=int, default=None, help="Most days between two check-ins, start and end too.")
@click.option("--floor", is_flag=True, help="Add the days to the plain floor of a watch, asked anyway.")
@OUTPUT
def command(
    cohort: str,
    horizon_days: int,
    check_ins: int,
    answer_probability: float,
    min_gap: int,
    max_gap: int | None,
    floor: bool,
    output: str | None,
) -> None:
    """The days on which asking finds a relapse soonest, and the delay under every eligible cohort.

    Beside them stand evenly spaced and weekly asking; with a floor, as many days spread evenly over those
    that it leaves free, the floor alone, and weekly asking instead of it. A delay is the expected number of days from relapse to
    the next answered check-in, over relapses within the horizon; its last day always has a contact.
    """
    keep = Gather()
    chosen = keep(lambda: find_cohort(cohort))
    if chosen is None:
        limits = (horizon_days, check_ins, answer_probability, min_gap, max_gap)
        keep(lambda: check_numbers(load_cohort(cohort_names()[0]), *limits))
    keep.end()
    assert chosen is not None  # else there were faults
    width, colour = screen() if output in (None, "-") else (80, False)
    text = watch_text(
        chosen,
        horizon_days=horizon_days,
        check_ins=check_ins,
        answer_probability=answer_probability,
        min_gap_days=min_gap,
        max_gap_days=max_gap,
        floor=floor,
        page=Page(width, colour),
    )
    write(text, output)


def find_cohort(name: str) -> Cohort:
    """A cohort by built-in name or by file; raises :class:`InputError` for one that is neither.

    >>> find_cohort("ibrahim-2012").id
    'ibrahim-2012'
    """
    if name in cohort_names():
        return load_cohort(name)
    if name.endswith(".toml") or "/" in name or Path(name).is_file():
        return load_cohort(Path(name))
    return load_cohort(name)
