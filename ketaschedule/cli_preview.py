"""``ketaschedule preview``: what recording one event would change, by the code path of recording it."""

from __future__ import annotations

from collections.abc import Iterable

import click

from ketaschedule.changes import Change, Changes, preview
from ketaschedule.cli_support import OUTPUT, write
from ketaschedule.course_files import load_course
from ketaschedule.errors import Gather
from ketaschedule.history_files import event_from
from ketaschedule.reading import bounded_text, read_json

__all__ = ["changes_text", "command"]


@click.command("preview", epilog="Example: ketaschedule preview COURSE.json EVENT.json")
@click.argument("course", metavar="COURSE.json")
@click.argument("event", metavar="EVENT.json")
@OUTPUT
def command(course: str, event: str, output: str | None) -> None:
    """What would change if one event were recorded: keys added, moved, changed, removed.

    Sessions, Decisions, check-ins and Alerts are told.

    Nothing is recorded. Both plans are made at the later of the history's last record and the event's own.
    """
    keep = Gather()
    planned = keep(lambda: load_course(course))
    told = keep(lambda: event_from(read_json(bounded_text(event), event), event))
    keep.end()
    assert planned is not None  # else there were faults
    assert told is not None
    write(changes_text(preview(planned, told)), output)


def changes_text(found: Changes) -> str:
    """The changes as plain text, a line each; what stayed is counted.

    >>> print(changes_text(Changes(added=(), moved=(), changed=(), removed=(), unchanged=("c-1/a/1",))), end="")
    Nothing would change; 1 stays.
    """
    if not found:
        return f"Nothing would change; {_count(found.unchanged)}.\n"
    lines: list[str] = []
    groups = (
        ("added", found.added),
        ("moved", found.moved),
        ("changed", found.changed),
        ("removed", found.removed),
    )
    for word, changes in groups:
        lines += [_line(word, change) for change in changes]
    lines.append(f"{_count(found.unchanged).capitalize()} as it is.")
    return "\n".join(lines) + "\n"


def _count(unchanged: Iterable[str]) -> str:
    number = len(tuple(unchanged))
    return f"{number} stays" if number == 1 else f"{number} stay"


def _line(word: str, change: Change) -> str:
    before, after = change.before or {}, change.after or {}
    names = [
        name
        for name in (*after, *(n for n in before if n not in after))
        if before.get(name) != after.get(name)
    ]
    if change.before is None:
        told = ", ".join(f"{name} {after[name]}" for name in names[:2])
    elif change.after is None:
        told = ", ".join(f"{name} {before[name]}" for name in names[:2])
    else:
        told = ", ".join(f"{name} {before.get(name, 'none')} to {after.get(name, 'none')}" for name in names)
    return f"{word:8} {change.key}: {told}"
