"""The questionnaires that come with the library, by name, and names as apps write them.

Each file is read once, when it is first asked for; one unreadable file leaves the others as they are.
"""

from __future__ import annotations

import functools
import re
from importlib import resources
from pathlib import Path

from ketaschedule.errors import UnknownNameError, expect, one_fault
from ketaschedule.instrument_file import parse_instrument, read_instrument
from ketaschedule.instrument_model import Instrument

__all__ = ["canonical_instrument", "canonical_item", "instrument_names", "load_instrument"]

_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
_ITEM_PREFIX = re.compile(r"(?:items?|questions?|q)?[\s._:/#-]*(.+)", re.DOTALL)
_NAME_LIMIT = 120

_ALSO_CALLED = {
    "phq9item9": "phq-9",
    "cssrs": "c-ssrs-screener",
    "cssrsrecent": "c-ssrs-screener",
    "cssrsscreenerrecent": "c-ssrs-screener",
    "cssrssincelastcontact": "c-ssrs-screener-since-last-contact",
    "cgis": "cgi-s",
    "pcl": "pcl-5",
    "qids": "qids-sr16",
    "qidssr": "qids-sr16",
    "who5wellbeingindex": "who-5",
}
"""Short names in use, squeezed to letters and digits: a safety answer must not be lost over a hyphen."""


@functools.cache
def instrument_names() -> tuple[str, ...]:
    """The names of the built-in instruments, sorted.

    >>> "phq-9" in instrument_names()
    True
    """
    folder = resources.files("ketaschedule").joinpath("instruments")
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_instrument(name: str | Path) -> Instrument:
    """A built-in instrument by its name, or your own by its :class:`~pathlib.Path`: text is never a path, as it may come from outside.

    Raises :class:`~ketaschedule.errors.UnknownNameError` for a name that is not built in, and
    :class:`~ketaschedule.errors.InputError` with every fault for a file that cannot be used.

    >>> load_instrument("phq-9").high
    27
    """
    expect(name, (str, Path), "instrument", "a name, or a pathlib.Path of a file")
    if isinstance(name, Path):
        return read_instrument(name)
    if name.endswith(".toml"):
        raise one_fault(
            "instrument", f"{name[:80]!r} is no built-in name", "a name, or a pathlib.Path of a file"
        )
    known = canonical_instrument(name)
    if known is None:
        raise UnknownNameError.of("instrument", name, instrument_names())
    return _built_in(known)


@functools.cache
def _built_in(name: str) -> Instrument:
    file = resources.files("ketaschedule").joinpath("instruments", f"{name}.toml")
    return parse_instrument(file.read_bytes(), f"{name}.toml")


def _squeezed(text: str) -> str:
    return _NOT_ALNUM.sub("", text[:_NAME_LIMIT].lower())


@functools.cache
def _by_squeezed() -> dict[str, str]:
    return {**_ALSO_CALLED, **{_squeezed(name): name for name in instrument_names()}}


def canonical_instrument(name: object) -> str | None:
    """The built-in name that ``name`` means, whatever its case and punctuation; ``None`` if it is none.

    >>> canonical_instrument("PHQ_9"), canonical_instrument("phq")
    ('phq-9', None)
    """
    return _by_squeezed().get(_squeezed(name)) if isinstance(name, str) else None


def canonical_item(instrument: Instrument, name: object) -> str | None:
    """The item that ``name`` means: its id, or as apps write it (``9``, ``"q9"``, ``"PHQ-9.09"``).

    >>> canonical_item(load_instrument("phq-9"), "PHQ9_q09")
    '9'
    """
    if isinstance(name, bool) or not isinstance(name, (str, int)):
        return None
    if isinstance(name, int):
        return str(name) if 0 <= name < 1000 and str(name) in instrument.by_id else None
    text = name[:_NAME_LIMIT].strip().lower()
    if text in instrument.by_id:
        return text
    text = _without_prefix(text, instrument.id)
    match = _ITEM_PREFIX.fullmatch(text)
    rest = match.group(1).strip() if match else text
    for guess in (text, rest, rest.lstrip("0"), rest.replace("_", "-")):
        if guess in instrument.by_id:
            return guess
    return None


def _without_prefix(text: str, instrument_id: str) -> str:
    """``text`` without the instrument's name before it, where the name is followed by something else."""
    letters = _squeezed(instrument_id)
    position = 0
    for letter in letters:
        while position < len(text) and not text[position].isalnum():
            position += 1
        if position >= len(text) or text[position] != letter:
            return text
        position += 1
    tail = text[position:]
    return tail.lstrip(" ._:/#-") if tail and not tail[0].isdigit() else text
