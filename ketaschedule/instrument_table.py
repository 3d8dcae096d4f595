"""One table of a TOML file, read key by key: what has the wrong kind is a fault with its path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast

from ketaschedule.errors import Fault

__all__ = ["NEEDED", "Table"]

_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_NUMBER_LIMIT = 1_000_000
_TEXT_LIMIT = 2000
NEEDED: Any = object()
"""Stands where a default would, for a key that must be there."""
_T = TypeVar("_T")


class Table:
    """One table of the file: takes keys by kind, notes faults, and knows what nobody asked for."""

    def __init__(self, raw: object, path: str, faults: list[Fault]) -> None:
        self.path, self.faults = path, faults
        self.raw: Mapping[str, Any] = {}
        if isinstance(raw, dict):
            self.raw = raw
        else:
            self.fault("", f"is {_kind(raw)}", "a table")
        self.asked: set[str] = set()

    def fault(self, key: str, text: str, allowed: str = "") -> None:
        """Note that the value at ``key`` cannot be used, and go on."""
        path = ".".join(part for part in (self.path, key) if part)
        self.faults.append(Fault(path, text, allowed))

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self.raw

    def _take(self, key: str, types: tuple[type, ...], allowed: str, default: _T) -> Any | _T:
        self.asked.add(key)
        if key not in self.raw:
            if default is NEEDED:
                self.fault(key, "is missing", allowed)
            return default
        value = self.raw[key]
        if type(value) not in types:
            self.fault(key, f"is {_kind(value)}", allowed)
            return default
        return value

    def text(self, key: str, default: Any = NEEDED) -> str:
        """A text of bounded length."""
        value = self._take(key, (str,), "text", default)
        if value is NEEDED:
            return ""
        if isinstance(value, str) and len(value) > _TEXT_LIMIT:
            self.fault(key, f"is {len(value)} characters long", f"at most {_TEXT_LIMIT}")
        return cast("str", value)

    def id(self, key: str, default: Any = NEEDED) -> str:
        """An id as keys have them."""
        value = self.text(key, default)
        if key in self.raw and not _ID.match(value):
            self.fault(key, f"{value[:80]!r} is no id", "lower case letters, digits, '.' and '-', at most 64")
        return value

    def whole(self, key: str, default: Any = NEEDED, low: int = -_NUMBER_LIMIT) -> Any:
        """A whole number from ``low`` on; a truth value is none."""
        value = self._take(key, (int,), "a whole number", default)
        if value is NEEDED:
            return 0
        if key in self.raw and type(value) is int and not low <= value <= _NUMBER_LIMIT:
            self.fault(key, f"is {_shown(value)}", f"{low} to {_NUMBER_LIMIT}")
            return low if value < low else _NUMBER_LIMIT
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false; absent is ``default``."""
        return bool(self._take(key, (bool,), "true or false", default))

    def one_of(self, key: str, allowed: tuple[str, ...], default: Any = NEEDED) -> Any:
        """One of a few words."""
        value = self.text(key, default)
        if key in self.raw and value not in allowed:
            self.fault(key, f"is {value[:80]!r}", " or ".join(allowed))
            return allowed[0]
        return value or allowed[0]

    def words(self, key: str, *, needed: bool = False) -> Mapping[str, str]:
        """A table of language to text."""
        self.asked.add(key)
        if key not in self.raw:
            if needed:
                self.fault(key, "is missing", 'a table such as { en = "…" }')
            return {}
        table = Table(self.raw[key], f"{self.path}.{key}" if self.path else key, self.faults)
        for language in table.raw:
            if not _LANGUAGE.match(language):
                table.fault(language, "is no language", "a tag such as en or es-MX")
        return {language: table.text(language) for language in table.raw}

    def texts(self, key: str) -> tuple[str, ...]:
        """An array of texts; absent is empty."""
        value: list[Any] = self._take(key, (list,), "an array of texts", [])
        if not all(type(entry) is str for entry in value):
            self.fault(key, "holds what is not text", "an array of texts")
            return ()
        return tuple(value)

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of an array, each with its own path."""
        value: list[Any] = self._take(key, (list,), "an array of tables", [])
        for index, raw in enumerate(value):
            yield Table(raw, f"{self.path}.{key}[{index}]" if self.path else f"{key}[{index}]", self.faults)

    def done(self) -> None:
        """Name every key that nothing asked for."""
        for key in self.raw:
            if key not in self.asked:
                self.fault(key, "is not a key of this table", ", ".join(sorted(self.asked)))


def _kind(value: object) -> str:
    names = {bool: "a truth value", int: "a whole number", float: "a number", str: "text", list: "an array"}
    return names.get(type(value), "a table" if isinstance(value, dict) else f"a {type(value).__name__}")


def _shown(value: int) -> str:
    return str(value) if abs(value) < 10**18 else "a number with more than 18 digits"
