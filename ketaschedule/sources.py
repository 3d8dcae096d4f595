"""Who says so, and how we know: the source that stands beside every number.

>>> house = Source(id="house", cite="our own default where nobody says anything", grade=Grade.HOUSE, seen=Seen.READ)
>>> house.label()
'house'
"""

from __future__ import annotations

import enum

from attrs import frozen

__all__ = ["HOUSE", "Grade", "Seen", "Source"]


class Grade(enum.StrEnum):
    """Who says so, strongest first."""

    LABEL = "label"
    MANUFACTURER = "manufacturer"
    TRIAL = "trial"
    CONSENSUS = "consensus"
    PRACTICE = "practice"
    HOUSE = "house"


class Seen(enum.StrEnum):
    """How the statement reached us: read at its address, in a second source only, or not confirmed."""

    READ = "read"
    SECOND_HAND = "second-hand"
    UNCONFIRMED = "unconfirmed"


@frozen
class Source:
    """A statement's origin.

    ``edition`` names the document whose section was read, never a newer one that was not.
    ``address`` is where it was read; empty for ``house``.
    """

    id: str
    cite: str
    grade: Grade
    seen: Seen
    edition: str = ""
    address: str = ""

    def label(self) -> str:
        """A short mark for tables: the grade, with how it was seen where that is not ``read``."""
        return str(self.grade) if self.seen is Seen.READ else f"{self.grade}, {self.seen}"


HOUSE = Source("house", "our own default; nobody published one", Grade.HOUSE, Seen.READ)
