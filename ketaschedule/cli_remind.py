"""``ketaschedule remind``: what is to be told in a stretch of time, to whom, and what is dropped and why."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click
import pendulum

from ketaschedule.cli_course import Source, read_course
from ketaschedule.cli_plan import say_alerts
from ketaschedule.cli_support import FOUND_FAULTS, OUTPUT, complain, write
from ketaschedule.errors import Gather, InputError
from ketaschedule.planner import make_plan
from ketaschedule.reminders import Reminder, reminder_to, reminders
from ketaschedule.terminal import clean
from ketaschedule.times import parse_instant

__all__ = ["command", "reminders_text"]


@click.command(
    "remind",
    epilog="Example: ketaschedule remind COURSE.json --since 2026-12-03T09:55:00-05:00 --until 2026-12-03T10:00:00-05:00",
)
@click.argument("course", metavar="COURSE.json")
@click.option("--history", metavar="HISTORY.jsonl", help="What happened so far, one event a line.")
@click.option("--since", required=True, metavar="INSTANT", help="The first instant, with its offset.")
@click.option("--until", required=True, metavar="INSTANT", help="The instant at which it ends, not included.")
@click.option("--as-of", metavar="INSTANT|now", help="When the plan is made; --until where nothing is said.")
@click.option(
    "--audience", type=click.Choice(["patient", "escort", "proxy", "clinic"]), help="One audience only."
)
@click.option("--dropped", is_flag=True, help="Also what is not told, and why.")
@click.option("--format", "form", type=click.Choice(["table", "jsonl"]), default="table", show_default=True)
@OUTPUT
def command(
    course: str,
    *,
    history: str | None,
    since: str,
    until: str,
    as_of: str | None,
    audience: str | None,
    dropped: bool,
    form: str,
    output: str | None,
) -> int:
    """What is to be told from one instant to another: when, to whom, and under which key.

    Nothing is sent. A line of the history that cannot be read costs no other. Asked of a plan made at the end of the stretch, or later, it is what is due; asked of one
    made before, it is what is foreseen.
    """
    source = Source()
    try:
        found = _found(course, history, source, since, until, as_of, dropped=dropped)
    except InputError:
        say_alerts(source.heard)
        raise
    if source.faults:
        say_alerts(source.heard)
        complain(source.faults, f"{clean(history, 200)}: " if history else "")
    told = [one for one in found if audience is None or one.audience == audience]
    if form == "jsonl":
        write("".join(json.dumps(reminder_to(one), ensure_ascii=False) + "\n" for one in told), output)
    else:
        write(reminders_text(told), output)
    return FOUND_FAULTS if source.faults else 0


def _found(
    course: str,
    history: str | None,
    source: Source,
    since: str,
    until: str,
    as_of: str | None,
    *,
    dropped: bool,
) -> Sequence[Reminder]:
    """What is to be told; raises :class:`InputError` with every fault of the files and of the instants."""
    keep = Gather()
    planned = keep(lambda: read_course(course, {}, None, history, source))
    first = keep(lambda: parse_instant(since, "--since"))
    last = keep(lambda: parse_instant(until, "--until"))
    made = last
    if as_of is not None:
        made = pendulum.now("UTC") if as_of == "now" else keep(lambda: parse_instant(as_of, "--as-of"))
    keep.end()
    assert planned is not None  # else there were faults
    assert first is not None
    assert last is not None
    return reminders(make_plan(planned, as_of=made), first, last, include_dropped=dropped)


def reminders_text(found: Sequence[Reminder]) -> str:
    r"""A line each: the instant, the audience, what it is about, key and revision; or why it is dropped.

    >>> reminders_text([])
    'Nothing is to be told.\n'
    """
    if not found:
        return "Nothing is to be told.\n"
    lines: list[str] = []
    for one in found:
        said = one.words(level="unlocked").title if one.state == "told" else f"dropped: {one.why}"
        mark = "~" if one.provisional else " "
        when = one.fires_at.strftime("%Y-%m-%d %H:%M:%S%z")
        lines.append(f"{when}{mark} {one.audience:7} {clean(said, 60):32} {one.key}  {one.revision}")
    if any(one.provisional for one in found):
        lines.append("~ lies after the instant at which the plan was made: an event may still change it.")
    return "\n".join(lines) + "\n"
