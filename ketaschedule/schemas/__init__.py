"""JSON Schemas of the files: protocol, course, event and plan. They ship as files and are made from the classes.

The files lie beside this module for whoever reads them from another language; a test holds them equal to
what :mod:`ketaschedule.schemas.generate` makes.
"""

from __future__ import annotations

from importlib import resources

from ketaschedule.errors import UnknownNameError

__all__ = ["SCHEMA_KINDS", "schema_text"]

SCHEMA_KINDS = ("protocol", "course", "event", "plan")
"""The kinds of file that have a schema."""


def schema_text(kind: str) -> str:
    """The text of the JSON Schema (2020-12) of one kind of file.

    Raises :class:`UnknownNameError` for a kind that has none.

    >>> "urn:ketaschedule:plan:1" in schema_text("plan")
    True
    """
    if kind not in SCHEMA_KINDS:
        raise UnknownNameError.of("schema", kind, SCHEMA_KINDS, "kind")
    return (resources.files(__package__) / f"{kind}.schema.json").read_text("utf-8")
