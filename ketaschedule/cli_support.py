"""What every command needs: faults as lines, output to a file or the screen, exit codes, no traceback."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from ketaschedule.errors import Fault, InputError, KetascheduleError
from ketaschedule.terminal import clean

__all__ = ["FOUND_FAULTS", "OUTPUT", "complain", "guarded", "screen", "write"]

FOUND_FAULTS = 1
BAD_INPUT = 2
MAX_LINES_SAID = 50
"""Most faults said one by one; the rest are counted."""

OUTPUT = click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Write to FILE instead of standard output ('-' is standard output).",
)
"""The option of every command that writes."""


def complain(faults: Iterable[Fault], word: str = "") -> None:
    """Each fault as one line on standard error."""
    lines = [fault.line() for fault in faults]
    for line in lines[:MAX_LINES_SAID]:
        click.echo(f"ketaschedule: {word}{clean(line, 1000)}", err=True)
    if len(lines) > MAX_LINES_SAID:
        click.echo(f"ketaschedule: … and {len(lines) - MAX_LINES_SAID} more", err=True)


def screen() -> tuple[int, bool]:
    """(columns, whether it is a terminal that takes colour) of standard output."""
    if not sys.stdout.isatty():
        return 80, False
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return shutil.get_terminal_size((80, 24)).columns, not plain


def write(data: bytes | str, output: str | None) -> None:
    """Bytes to a file, or as they are to standard output. A file is replaced whole or not at all.

    Raises :class:`InputError` for a file that cannot be written.
    """
    raw = data.encode("utf-8") if isinstance(data, str) else data
    if output is None or output == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
        return
    place = Path(output)
    try:
        if place.exists() and not place.is_file():
            place.write_bytes(raw)  # a device or a pipe; a folder says so itself
            return
        beside = place.with_name(f".{place.name[:200]}.part")
        try:
            beside.write_bytes(raw)
            beside.replace(place)
        except BaseException:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a usable file name"
        fault = Fault("-o", f"{output[:200]} cannot be written: {reason}", "a file that can be", "unwritable")
        raise InputError([fault]) from None


def guarded(group: click.Command, arguments: list[str]) -> int:
    """Run a click command; every way in which it can end becomes an exit code and at most a few lines."""
    try:
        code: Any = group.main(arguments, prog_name="ketaschedule", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except InputError as error:
        complain(error.faults)
    except KetascheduleError as error:
        complain([Fault("", str(error))])
    except click.ClickException as error:
        with contextlib.suppress(OSError):
            error.show()
    except (click.Abort, KeyboardInterrupt):
        click.echo("ketaschedule: stopped", err=True)
    except BrokenPipeError:
        _forget_output()
        return 0  # whoever read us has read enough
    except OSError as error:
        complain([Fault("", f"{error.filename or 'output'}: {error.strerror or error}")])
        _forget_output()
    except RecursionError:
        complain([Fault("", "the input is nested too deeply")])
    except Exception as error:  # noqa: BLE001 - the last net: a fault of our own is one line, and never a traceback
        complain([Fault("", f"a fault of our own, please report it: {type(error).__name__}: {error}")])
    return BAD_INPUT


def _forget_output() -> None:
    """Python writes what is left in its buffer when it ends; where nobody reads, that must go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
