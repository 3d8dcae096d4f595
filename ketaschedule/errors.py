"""What can go wrong with input, said once and said whole.

Every error that this library raises on purpose is a :class:`KetascheduleError`.
Bad input is an :class:`InputError`: it gathers *all* faults of what was read, each
with the path to the bad value, what is wrong, and what would be allowed.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from attrs import field, frozen, mutable

__all__ = [
    "Fault",
    "Gather",
    "InputError",
    "KetascheduleError",
    "LimitError",
    "UnknownNameError",
    "expect",
    "install",
    "one_fault",
]


T = TypeVar("T")


@frozen
class Fault:
    """One bad value: ``path`` says where, ``text`` what is wrong, ``allowed`` what would do.

    >>> Fault("course.zone", "no such time zone: 'Mars/Base'", "an IANA name such as Europe/London").line()
    "course.zone: no such time zone: 'Mars/Base' (allowed: an IANA name such as Europe/London)"
    """

    path: str
    text: str
    allowed: str = ""
    code: str = "bad-input"

    def line(self) -> str:
        """The fault as one readable line."""
        tail = f" (allowed: {self.allowed})" if self.allowed else ""
        head = f"{self.path}: " if self.path else ""
        return f"{head}{self.text}{tail}".replace("\n", " ")


class KetascheduleError(Exception):
    """The root of every error raised on purpose."""


class InputError(KetascheduleError, ValueError):
    """Input that cannot be used; ``faults`` holds every reason found, none is left out."""

    faults: tuple[Fault, ...]

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.line() for fault in self.faults))

    def under(self, prefix: str) -> InputError:
        """The same faults with ``prefix`` put before each path."""
        return type(self)(
            Fault(f"{prefix}.{f.path}" if f.path else prefix, f.text, f.allowed, f.code) for f in self.faults
        )


class LimitError(InputError):
    """Input larger than this library takes; the fault says what the limit is."""


class UnknownNameError(InputError):
    """A name that is not known; ``name`` as given, ``near`` the closest known ones.

    >>> error = UnknownNameError.of("protocol", "esketamine-tapper", ["esketamine-taper"])
    >>> error.near
    ('esketamine-taper',)
    """

    name: str = ""
    near: tuple[str, ...] = ()

    @classmethod
    def of(cls, kind: str, name: str, known: Sequence[str], path: str = "") -> UnknownNameError:
        """Build the error for an unknown ``name`` of a ``kind``, suggesting near names."""
        near = tuple(difflib.get_close_matches(name[:80], known, n=3, cutoff=0.5))
        if near:
            allowed = "did you mean " + ", ".join(near) + "?"
        else:
            allowed = ", ".join(known) if len(known) <= 24 else f"one of {len(known)} known names"
        error = cls([Fault(path, f"no {kind} is called {name[:80]!r}", allowed, "unknown-name")])
        error.name = name
        error.near = near
        return error


@mutable
class Gather:
    """Runs one reader after another and keeps every fault, so that all are said at once.

    >>> keep = Gather()
    >>> keep(lambda: int("7")), keep(lambda: Gather([Fault("zone", "is missing")]).end())
    (7, None)
    >>> [fault.path for fault in keep.faults]
    ['zone']
    """

    faults: list[Fault] = field(factory=list)

    def __call__(self, reader: Callable[[], T]) -> T | None:
        """What the reader gives, or ``None`` where it raised an :class:`InputError`."""
        try:
            return reader()
        except InputError as error:
            self.faults += error.faults
            return None

    def end(self) -> None:
        """Raise with every fault found: :class:`LimitError` where each is one of size."""
        if self.faults:
            sizes = all(fault.code == "limit" for fault in self.faults)
            raise (LimitError if sizes else InputError)(self.faults)


def install(extra: str) -> str:
    """What to type for an extra that is missing, whether the library was installed by name or from a clone.

    >>> install("cli")
    "pip install 'ketaschedule[cli]', or in a clone pip install '.[cli]'"
    """
    return f"pip install 'ketaschedule[{extra}]', or in a clone pip install '.[{extra}]'"


def expect(value: object, kind: type | tuple[type, ...], path: str, allowed: str) -> None:
    """Raise an :class:`InputError` that names ``path`` where ``value`` is of another kind than is needed there.

    >>> expect("phq-9", (int, float), "weeks", "a number")
    Traceback (most recent call last):
    ketaschedule.errors.InputError: weeks: is a str (allowed: a number)
    """
    if not isinstance(value, kind):
        raise one_fault(path, f"is a {type(value).__name__}", allowed)


def one_fault(path: str, text: str, allowed: str = "", code: str = "bad-input") -> InputError:
    """An :class:`InputError` with a single fault."""
    return InputError([Fault(path, text, allowed, code)])
