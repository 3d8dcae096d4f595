"""Why an item is where it is: the rule, what went into it, and the source."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, frozen

__all__ = ["Finding", "Reason"]


@frozen(slots=False)
class Reason:
    """One rule that placed or judged an item, with its ``inputs``, a sentence, and a source id."""

    rule: str
    inputs: Mapping[str, object] = Factory(dict)
    text: str = ""
    source: str = ""


@frozen
class Finding:
    """Something the reader of a plan should know: ``code``, ``path`` (a key or a field), a sentence, a rule."""

    code: str
    path: str
    text: str
    rule: str = ""
