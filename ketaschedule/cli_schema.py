"""``ketaschedule schema``: the JSON Schema of a kind of file."""

from __future__ import annotations

import click

from ketaschedule.cli_support import OUTPUT, write
from ketaschedule.schemas import SCHEMA_KINDS, schema_text

__all__ = ["command"]


@click.command("schema", epilog="Example: ketaschedule schema plan -o plan.schema.json")
@click.argument("kind", metavar="|".join(SCHEMA_KINDS))
@OUTPUT
def command(kind: str, output: str | None) -> None:
    """The JSON Schema (2020-12) of a protocol, course, event or plan file."""
    write(schema_text(kind), output)
