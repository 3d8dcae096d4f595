"""The marks and colours of a course's picture: a square for a visit, a ring for a question; they differ in shape too."""

from __future__ import annotations

from itertools import pairwise

from ketaschedule.formats_pen import Pen

__all__ = ["ASK", "FAINT", "INK", "PALE", "PAPER", "QUIET", "SHADE", "TODAY", "VISIT", "Marks"]

INK, QUIET, FAINT, PALE, PAPER = "#1b2733", "#5c6773", "#c9d0d7", "#8b959f", "#ffffff"
VISIT, ASK, TODAY, SHADE = "#1f5a94", "#b4530f", "#0b7a4b", "#eef2f5"
"""Letters are ``INK`` or ``QUIET`` on ``PAPER`` or ``SHADE``, and ``PAPER`` on ``VISIT``: at least 4.5 to 1 in contrast."""


class Marks(Pen):
    """A pen that knows the marks of a calendar; ``scale`` makes them smaller."""

    def visit(self, x: float, y: float, how: str, size: float, scale: float = 1.0) -> None:
        """A square: full where it took place, an outline to come, a thin one struck through
        where it did not, a dotted one while nobody said.
        """
        fill, half = VISIT if how == "done" else PAPER, size * scale
        width = 1.8 if how == "to-come" else 1.0
        self.box(x, y, half, fill, VISIT, width * max(0.6, scale), 3.0 * scale, dotted=how == "no-record")
        if how == "over":
            end = half - scale
            self.line(x - end, y + end, x + end, y - end, PALE, 1.6 * max(0.6, scale))

    def asked(self, x: float, y: float, how: str, size: float, scale: float = 1.0) -> None:
        """A ring: thick while it is open, with a tick once it was answered, dotted where it was not."""
        width = {"open": 2.2, "to-come": 1.2, "done": 1.2}.get(how, 0.9) * max(0.6, scale)
        self.circle(x, y, size * scale, "none", ASK, width, dotted=how == "over")
        if how == "done":
            self.tick(x, y, scale)

    def tick(self, x: float, y: float, scale: float) -> None:
        """At the right upper edge of a ring around (x, y)."""
        points = [(x + scale * a, y + scale * b) for a, b in ((5.4, -6.4), (7.6, -3.8), (11.6, -9.0))]
        for (x0, y0), (x1, y1) in pairwise(points):
            self.line(x0, y0, x1, y1, ASK, 1.6 * max(0.6, scale))

    def added(self, x: float, y: float, scale: float = 1.0) -> None:
        """A dot at the left upper edge of a ring around (x, y), away from the tick."""
        self.dot(x - 10.6 * scale, y - 6.0 * scale, ASK, 1.8 * max(0.6, scale))

    def sample(self, kind: str, x: float, y: float) -> None:
        """One mark for the legend."""
        what, _, how = kind.partition("-")
        match what:
            case "visit":
                self.visit(x, y, how, 7.3)
            case "asked":
                self.asked(x, y, how, 7.5)
            case "added":
                self.dot(x, y, ASK)
            case _:
                self.rectangle(x - 9, y - 6.5, x + 9, y + 6.5, "none", TODAY, 1.6, rounded=2.0)
