"""Words on a terminal: plain where there is none, the same bytes whatever the environment says.

Text that came from outside is cleaned before it is shown: no control characters, nothing that turns the
direction of a line, no markup, bounded. Needs the extra ``cli``.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Container, Iterable
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

__all__ = ["Page", "clean"]

MAX_SHOWN = 600


def clean(text: object, limit: int = MAX_SHOWN) -> str:
    r"""``text`` as one line that does nothing to a terminal, of at most ``limit`` characters.

    >>> clean("a\x1b[31m red\nword \u202etxt")
    'a[31m red word txt'
    """
    kept = []
    for char in str(text)[: limit * 4]:
        if char.isspace():
            kept.append(" ")
        elif unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn") or char == "\u200d":
            kept.append(char)
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


class Page:
    """Lines and columns gathered for a terminal of ``width`` columns, then taken as one text."""

    def __init__(self, width: int = 80, colour: bool = False) -> None:
        self.colour = colour
        self.width = max(40, min(width, 200))
        self._out = io.StringIO()
        self._console = Console(
            file=self._out,
            width=self.width,
            force_terminal=colour,
            force_jupyter=False,
            color_system="standard" if colour else None,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
            _environ={},
        )

    def line(self, text: object = "", style: str = "", indent: int = 0, hang: int = 0) -> None:
        """One paragraph, wrapped; ``indent`` columns from the left, later lines ``hang`` further in."""
        shown = Text(clean(text), style=style)
        if not hang:
            self._console.print(Padding(shown, (0, 0, 0, indent)))
            return
        first, *rest = shown.wrap(self._console, self.width - indent - hang) or [Text("")]
        self._console.print(Padding(first, (0, 0, 0, indent)))
        for later in rest:
            self._console.print(Padding(later, (0, 0, 0, indent + hang)))

    def address(self, text: object, indent: int = 0) -> None:
        """A line that is never broken, so that it can be copied."""
        shown = Text(" " * indent + clean(text), style="dim")
        self._console.print(shown, soft_wrap=True)

    def heading(self, text: object) -> None:
        """A heading with an empty line before it."""
        self._console.print()
        self._console.print(Text(clean(text), style="bold"))

    def columns(
        self,
        rows: Iterable[Iterable[Any]],
        widths: Iterable[int | None],
        *,
        head: Iterable[str] = (),
        numbers: Container[int] = (),
        indent: int = 0,
        gap: int = 1,
    ) -> None:
        """Rows in columns; a width of ``None`` is as wide as it needs or can be. A cell is a text, or
        (text, style). Columns of ``numbers`` stand to the right.
        """
        table = Table(box=None, show_header=bool(tuple(head)), padding=(0, gap, 0, 0), pad_edge=False)
        titles = [*head]
        for number, width in enumerate(widths):
            title = Text(titles[number], style="dim") if number < len(titles) else ""
            right = number in numbers
            table.add_column(title, width=width, overflow="fold", justify="right" if right else "left")
        for row in rows:
            table.add_row(*(_cell(cell) for cell in row))
        self._console.print(Padding(table, (0, 0, 0, indent)))

    def text(self) -> str:
        """All that was gathered; spaces at the ends of lines are gone."""
        lines = self._out.getvalue().split("\n")
        return "\n".join(line.rstrip() for line in lines)


def _cell(cell: Any) -> Text:
    if isinstance(cell, tuple):
        return Text(clean(cell[0]), style=str(cell[1]))
    return Text(clean(cell))
