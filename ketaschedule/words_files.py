"""The files of words: read once, each text cut into what stands and what is filled in.

A file of ``texts/`` has ``[locked]`` (the texts for strangers' eyes, by name), ``[stand-ins]`` (words for what is
not known, by parameter) and ``[messages.<id>]``: ``audience``, ``title``, ``body``, ``locked`` (which text of
``[locked]``; ``message`` unless said), ``dated`` (one of them with date and time, or ``body``) and, where the body counts, ``plural`` (the parameter that is counted) with a
body for each plural category of the language, or for one exact number.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any, Final

from attrs import frozen

__all__ = ["ALWAYS", "LanguageFile", "Message", "Part", "Pieces", "language_file", "language_names"]

ALWAYS: Final = "neutral_name"
"""The parameter that every message needs."""


@frozen
class Part:
    """A place in a text: one parameter, or a list of those that are known; ``form`` is a part of an instant."""

    names: tuple[str, ...]
    form: str = ""


Pieces = tuple[str | Part, ...]


@frozen(kw_only=True)
class Message:
    """One message of one language. ``bodies`` by plural category or exact number; ``other`` is always there."""

    id: str
    audience: str
    title: Pieces
    bodies: Mapping[str, Pieces]
    plural: str
    locked: Pieces
    dated: Pieces = ()

    @property
    def locked_title(self) -> Pieces:
        """The title that strangers may read: the neutral name alone."""
        return (Part((ALWAYS,)),)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Every parameter of both levels, in the order in which the texts name them."""
        texts = (self.locked, self.dated, self.title, *self.bodies.values())
        named = (name for text in texts for part in text if isinstance(part, Part) for name in part.names)
        counted = (self.plural,) if self.plural else ()
        return tuple(dict.fromkeys((ALWAYS, *named, *counted)))


@frozen
class LanguageFile:
    """One language: its messages by id, and its stand-ins by parameter."""

    messages: Mapping[str, Message]
    stand_ins: Mapping[str, str]


@functools.cache
def language_names() -> tuple[str, ...]:
    """The languages there are files for, sorted.

    >>> language_names()
    ('en', 'es')
    """
    entries = resources.files("ketaschedule").joinpath("texts").iterdir()
    return tuple(sorted(e.name.removesuffix(".toml") for e in entries if e.name.endswith(".toml")))


@functools.cache
def language_file(lang: str) -> LanguageFile:
    """The words of a language that :func:`language_names` lists."""
    text = resources.files("ketaschedule").joinpath("texts", f"{lang}.toml").read_text("utf-8")
    data = tomllib.loads(text)
    locked = {name: _pieces(text) for name, text in data["locked"].items()}
    made = {name: _message(name, entry, locked) for name, entry in data["messages"].items()}
    return LanguageFile(made, data["stand-ins"])


def _message(name: str, entry: Mapping[str, Any], locked: Mapping[str, Pieces]) -> Message:
    body = entry["body"]
    dated = entry.get("dated")
    return Message(
        id=name,
        audience=entry["audience"],
        title=_pieces(entry["title"]),
        bodies={key: _pieces(text) for key, text in (body if "plural" in entry else {"other": body}).items()},
        plural=entry.get("plural", ""),
        locked=locked[entry.get("locked", "message")],
        dated=_pieces(body) if dated == "body" else locked[dated] if dated else (),
    )


_PLACE = re.compile(r"\{([a-z_]+(?:, [a-z_]+)*)(?::(date|time))?\}")


def _pieces(text: str) -> Pieces:
    """A text cut at its places; a brace that opens no place is an error of the file."""
    return tuple(_cut(text))


def _cut(text: str) -> Iterable[str | Part]:
    at = 0
    for place in _PLACE.finditer(text):
        yield text[at : place.start()]
        yield Part(tuple(place[1].split(", ")), place[2] or "")
        at = place.end()
    yield text[at:]
