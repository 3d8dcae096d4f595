"""What a law is: a numbered sentence about a protocol, a plan or a pair of plans, and how it is asked.

A law is a function that yields where it is broken; :class:`Law` keeps its number, its statement (the
first sentence of the function's docstring) and what it takes. ``takes`` is ``protocol``, ``plan``, or the name
of a pair (before, after):

``later``: one course at two instants, with nothing recorded between;
``recorded``: the same instant, after one more event, the last of the history;
``reordered``: the same history in another order, pieces or repetition;
``withdrawn``: one event never recorded, and recorded and withdrawn;
``unknown``: the history up to now, and the same with events that are recorded later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from attrs import frozen

__all__ = ["PAIRS", "TAKES", "Broken", "Law", "Where", "law"]

PAIRS = ("later", "recorded", "reordered", "withdrawn", "unknown")
"""The kinds of pairs of plans that a law may take."""
TAKES = ("protocol", "plan", *PAIRS)
Where = Iterator[tuple[str, str]]
"""(path, sentence) of each place at which a law is broken."""


@frozen
class Broken:
    """One breach: the law's number, where (a key, a phase, an event), and what is wrong there."""

    law: str
    path: str
    text: str

    def line(self) -> str:
        """In one line.

        >>> Broken("L7", "c-1/weekly/2", "1 day after the dose before").line()
        'L7 c-1/weekly/2: 1 day after the dose before'
        """
        return f"{self.law} {self.path}: {self.text}"


@frozen(kw_only=True)
class Law:
    """A law: called with what it takes, it says every place at which it is broken.

    ``rules`` are the codes of the rules that it holds the engine to. ``slow``: it makes plans of its own.
    """

    number: str
    name: str
    takes: str
    statement: str
    rules: tuple[str, ...]
    find: Callable[..., Iterable[tuple[str, str]]]
    slow: bool = False

    def __call__(self, *subject: Any) -> tuple[Broken, ...]:
        """Every breach of this law by a protocol, a plan, or a pair of plans."""
        return tuple(Broken(self.number, path, text) for path, text in self.find(*subject))


def law(
    number: int, takes: str, *rules: str, slow: bool = False
) -> Callable[[Callable[..., Iterable[tuple[str, str]]]], Law]:
    """Make a law of a function that yields (path, sentence) of each breach."""
    assert takes in TAKES, takes

    def made(find: Callable[..., Iterable[tuple[str, str]]]) -> Law:
        words = " ".join((find.__doc__ or "").split("\n\n")[0].split())
        assert words, f"{find.__name__} states nothing"
        return Law(
            number=f"L{number}",
            name=find.__name__,
            takes=takes,
            statement=words,
            rules=rules,
            find=find,
            slow=slow,
        )

    return made
