"""A pen for pictures: text, lines, circles and boxes in points, from the top left corner, drawn by matplotlib.

Without axes it draws nothing, so that a drawing can be measured before there is a sheet for it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Pen", "text_width"]


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """How wide a text is, in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


class Pen:
    """Draws at (x, y) in points; paragraphs go between ``left`` and ``right``, the next one at ``y``."""

    def __init__(self, axes: Axes | None, left: float, right: float, y: float) -> None:
        self.axes, self.left, self.right, self.y = axes, left, right, y

    def paragraph(self, text: str, size: float, colour: str, *, bold: bool = False) -> None:
        """Lines that fit the width; a word that is wider alone is broken."""
        line = ""
        for word in text.split():
            joined = f"{line} {word}" if line else word
            if line and text_width(joined, size, bold) > self.right - self.left:
                self._line(line, size, colour, bold)
                joined = word
            while text_width(joined, size, bold) > self.right - self.left:
                fits = next(
                    n
                    for n in range(len(joined) - 1, 0, -1)
                    if n == 1 or text_width(joined[:n], size, bold) <= self.right - self.left
                )
                self._line(joined[:fits], size, colour, bold)
                joined = joined[fits:]
            line = joined
        if line:
            self._line(line, size, colour, bold)

    def _line(self, text: str, size: float, colour: str, bold: bool) -> None:
        self.text(self.left, self.y + size / 2, text, size, colour, bold=bold)
        self.y += size * 1.4

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str,
        *,
        bold: bool = False,
        middle: bool = False,
        right: bool = False,
        on: str = "",
    ) -> None:
        """One line of text, to the right of ``x``, around it or to its left; ``on`` is the colour behind it."""
        if self.axes is None or not text:
            return
        box = {"facecolor": on, "edgecolor": "none", "pad": 0.5} if on else None
        self.axes.text(
            x,
            y,
            text,
            fontsize=size,
            color=colour,
            fontweight="bold" if bold else "normal",
            ha="center" if middle else "right" if right else "left",
            va="center_baseline",
            bbox=box,
            parse_math=False,
        )

    def line(
        self, x0: float, y0: float, x1: float, y1: float, colour: str, width: float, *, dashed: bool = False
    ) -> None:
        """A straight line."""
        if self.axes is not None:
            from matplotlib.lines import Line2D

            style: tuple[float, tuple[float, ...]] | Literal["-"] = (0, (2, 2)) if dashed else "-"
            self.axes.add_artist(Line2D([x0, x1], [y0, y1], color=colour, linewidth=width, linestyle=style))

    def circle(
        self, x: float, y: float, radius: float, fill: str, edge: str, width: float, *, dotted: bool = False
    ) -> None:
        """A circle around (x, y)."""
        if self.axes is not None:
            from matplotlib.patches import Circle

            style = (0, (1, 1.6)) if dotted else "-"
            self.axes.add_artist(
                Circle(
                    (x, y),
                    radius,
                    facecolor=fill,
                    edgecolor=edge,
                    linewidth=width,
                    linestyle=style,
                    zorder=1.6,
                )
            )

    def rectangle(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        fill: str,
        edge: str = "none",
        width: float = 0.7,
        *,
        rounded: float = 0.0,
        dotted: bool = False,
    ) -> None:
        """A rectangle between two corners, its own corners ``rounded`` by so many points."""
        if self.axes is None:
            return
        from matplotlib.patches import FancyBboxPatch, Rectangle

        dashes = (0, (1, 1.6)) if dotted else "-"
        over = 1.5 if edge != "none" else 1.0  # an outline lies over the shading of the next row
        if rounded:
            style = f"round,pad=0,rounding_size={rounded}"
            self.axes.add_artist(
                FancyBboxPatch(
                    (x0, y0),
                    x1 - x0,
                    y1 - y0,
                    boxstyle=style,
                    facecolor=fill,
                    edgecolor=edge,
                    lw=width,
                    ls=dashes,
                    zorder=over,
                )
            )
        else:
            self.axes.add_artist(
                Rectangle(
                    (x0, y0),
                    x1 - x0,
                    y1 - y0,
                    facecolor=fill,
                    edgecolor=edge,
                    lw=width,
                    ls=dashes,
                    zorder=over,
                )
            )

    def box(
        self,
        x: float,
        y: float,
        half: float,
        fill: str,
        edge: str,
        width: float,
        rounded: float = 3.0,
        *,
        dotted: bool = False,
    ) -> None:
        """A square around (x, y) with round corners."""
        self.rectangle(
            x - half, y - half, x + half, y + half, fill, edge, width, rounded=rounded, dotted=dotted
        )

    def dot(self, x: float, y: float, colour: str, radius: float = 1.8) -> None:
        """A small full circle."""
        self.circle(x, y, radius, colour, colour, 0.1)
