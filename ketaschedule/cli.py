"""The command line: the only door to files, the clock and a screen.

Each command is a module of its own, loaded when it is asked for, and a line in ``COMMANDS``. Exit codes:
0, 1 (a check found faults, and what could be made was made), 2 (nothing was made: bad input, said where,
what, and what is allowed). Never a traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

from ketaschedule.errors import install

try:
    import click
    import rich  # noqa: F401 - asked for here, so that one line says what is missing
except ModuleNotFoundError as missing:  # the extra is not there: one line, no traceback
    sys.stderr.write(f"ketaschedule: needs the package {missing.name}: {install('cli')}\n")
    raise SystemExit(2) from None

from ketaschedule.cli_support import guarded

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS: Final[Mapping[str, str]] = {
    "protocols": "ketaschedule.cli_protocols",
    "show": "ketaschedule.cli_show",
    "plan": "ketaschedule.cli_plan",
    "preview": "ketaschedule.cli_preview",
    "remind": "ketaschedule.cli_remind",
    "check": "ketaschedule.cli_check",
    "watch": "ketaschedule.cli_watch",
    "conformance": "ketaschedule.cli_conformance",
    "schema": "ketaschedule.cli_schema",
}
"""The module of each command, in the order of the help; the module holds it as ``command``."""


class _Commands(click.Group):
    """A group whose commands are loaded when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name]).command
        assert isinstance(command, click.Command)
        command.epilog = _unbroken(command.epilog)
        return command


def _unbroken(epilog: str | None) -> str | None:
    """An example in one line however narrow the screen, so that it can be copied; click's mark is a backspace."""
    head = "Example: "
    return f"\b\nExample:\n  {epilog.removeprefix(head)}" if epilog and epilog.startswith(head) else epilog


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"ketaschedule {version('ketaschedule')}")
        ctx.exit()


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_unbroken(
        "Example: ketaschedule plan esketamine-taper --start 2026-12-01 --zone America/New_York"
    ),
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Say the version."
)
def cli() -> None:
    """Ketamine and esketamine courses: published protocols, one person's calendar, what follows.

    It proposes; a clinician decides. Nothing is sent or stored, and no dose is computed.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code: 0, 1 or 2."""
    return guarded(cli, list(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    sys.exit(main())
