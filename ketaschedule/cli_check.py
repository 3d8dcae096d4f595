"""``ketaschedule check``: a protocol's definition looked at, then tried with drawn courses against every law."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec

import click

from ketaschedule.checking import Trial, broken_by_course, try_protocol
from ketaschedule.cli_support import FOUND_FAULTS, OUTPUT, write
from ketaschedule.course_files import course_text, load_course
from ketaschedule.errors import Fault, Gather, install, one_fault
from ketaschedule.laws import LAWS
from ketaschedule.protocol import TreatmentProtocol
from ketaschedule.protocol_files import load_protocol
from ketaschedule.terminal import clean

__all__ = ["command"]

MOST_EXAMPLES = 1_000_000


@click.command("check", epilog="Example: ketaschedule check esketamine-taper --examples 20")
@click.argument("protocol", metavar="PROTOCOL", required=False)
@click.option("--examples", type=int, default=200, show_default=True, help="How many courses to try.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed draws the same courses.")
@click.option("--replay", metavar="COURSE.json", help="Hold this course alone to every law, slow ones too.")
@OUTPUT
def command(protocol: str | None, examples: int, seed: int, replay: str | None, output: str | None) -> int:
    """Try a protocol to destruction: static checks first, then courses with odd histories.

    PROTOCOL is a built-in name, or a TOML or JSON file. What is wrong is said on standard error; the smallest course that
    shows it is written as a file for --replay, preview and plan. Exit code 1 where something was found.
    """
    if replay is not None:
        if protocol is not None:
            raise one_fault("--replay", "a protocol was named too", "a course alone: it holds its protocol")
        return _replay(replay, output)
    keep = Gather()
    chosen: TreatmentProtocol | None = None
    if protocol is None:
        allowed = "a built-in name or a file, or --replay COURSE.json"
        keep.faults.append(Fault("PROTOCOL", "is missing", allowed))
    else:
        chosen = keep(lambda: load_protocol(protocol))
    if not 1 <= examples <= MOST_EXAMPLES:
        keep.faults.append(Fault("--examples", f"{examples} is out of bounds", f"1 to {MOST_EXAMPLES}"))
    if find_spec("hypothesis") is None:
        keep.faults.append(Fault("check", "needs the extra 'testing'", install("cli,testing"), "no-extra"))
    keep.end()
    assert chosen is not None  # else there were faults
    with _progress(examples) as tell:
        trial = try_protocol(chosen, examples, seed, tell=tell)
    if trial.sound:
        write(_sound(trial), output)
        return 0
    _say(trial)
    if trial.course is not None:
        write(course_text(trial.course), output)
    return FOUND_FAULTS


def _sound(trial: Trial) -> str:
    return (
        f"{trial.protocol}: {trial.examples} courses tried (seed {trial.seed}), {len(LAWS)} laws kept.\n"
        "That says that the calendar does what the file says, not that the treatment is right.\n"
    )


def _say(trial: Trial) -> None:
    for line in trial.lines():
        click.echo(f"ketaschedule: {clean(line, 1000)}", err=True)
    if trial.course is not None:
        told = f"course {trial.examples} of seed {trial.seed}; the smallest that shows it follows"
        click.echo(f"ketaschedule: {told}", err=True)


def _replay(file: str, output: str | None) -> int:
    course = load_course(file)
    broken = broken_by_course(course, thorough=True)
    for one in broken:
        click.echo(f"ketaschedule: {clean(one.line(), 1000)}", err=True)
    if broken:
        return FOUND_FAULTS
    write(f"{course.id}: {len(course.history)} events, {len(LAWS)} laws kept.\n", output)
    return 0


@contextlib.contextmanager
def _progress(examples: int) -> Iterator[Callable[[int], object] | None]:
    """A bar on standard error where that is a terminal; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("courses tried"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=examples)
        yield lambda tried: bar.update(task, completed=tried)
