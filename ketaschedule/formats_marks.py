"""The marks and colours of a course's picture: a square for a visit, a ring for a question; they differ in shape too."""

from __future__ import annotations

from ketaschedule.formats_pen import Pen

__all__ = ["ASK", "FAINT", "INK", "PALE", "PAPER", "QUIET", "SHADE", "TODAY", "VISIT", "Marks"]

INK, QUIET, FAINT, PALE, PAPER = "#1b2733", "#66727f", "#c9d0d7", "#a7b0b9", "#ffffff"
VISIT, ASK, TODAY, SHADE = "#1f5a94", "#b4530f", "#0b7a4b", "#eef2f5"


class Marks(Pen):
    """A pen that knows the marks of a calendar."""

    def visit(self, x: float, y: float, how: str, size: float) -> None:
        """A square: full where it took place, an outline to come, a thin one struck through
        where it did not, a dotted one while nobody said.
        """
        fill = VISIT if how == "done" else PAPER
        self.box(x, y, size, fill, VISIT, 1.8 if how == "to-come" else 1.0, dotted=how == "no-record")
        if how == "over":
            self.line(x - size + 1, y + size - 1, x + size - 1, y - size + 1, FAINT, 1.6)

    def asked(self, x: float, y: float, how: str, size: float) -> None:
        """A ring: thick while it is open, with a tick once it was answered, dotted where it was not."""
        width = {"open": 2.2, "to-come": 1.2, "done": 1.2}.get(how, 0.9)
        self.circle(x, y, size, "none", ASK, width, dotted=how == "over")
        if how == "done":
            self.line(x + 5.4, y - 6.4, x + 7.6, y - 3.8, ASK, 1.6)
            self.line(x + 7.6, y - 3.8, x + 11.6, y - 9.0, ASK, 1.6)

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
