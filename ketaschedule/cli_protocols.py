"""``ketaschedule protocols``: the built-in protocols, a line each."""

from __future__ import annotations

import click

from ketaschedule.cli_support import OUTPUT, screen, write
from ketaschedule.protocol_files import load_protocol, protocol_names
from ketaschedule.terminal import Page

__all__ = ["command"]


@click.command("protocols", epilog="Example: ketaschedule protocols")
@OUTPUT
def command(output: str | None) -> None:
    """The built-in protocols, a line each: name, setting, title."""
    _, colour = screen() if output in (None, "-") else (80, False)
    page = Page(200, colour)  # a line each, however long; a terminal folds it where it must
    loaded = [load_protocol(name) for name in protocol_names()]
    rows = [((one.id, "bold"), f"{one.title} [{one.setting}]") for one in loaded]
    page.columns(rows, (max(len(one.id) for one in loaded), None), gap=2)
    write(page.text(), output)
