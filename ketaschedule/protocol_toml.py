"""A protocol as TOML text, in the order in which our own files are written; comments are the author's to add.

A protocol in Python reads like its file: the classes are named as its tables and take the same names. What is written
here is read back as the same protocol.

>>> from ketaschedule.protocol import Days, Phase
>>> from ketaschedule.protocol_files import load_protocol, protocol_from
>>> from ketaschedule.reading import read_toml
>>> protocol = load_protocol("ketamine-iv-single")
>>> protocol_from(read_toml(protocol_text(protocol))) == protocol
True
>>> house = {"cadence": "house", "window": "house"}
>>> print(table_text(Phase(id="three", cadence=Days((1, 4, 8)), window_days=1, sources=house)), end="")
id = "three"
days = [1, 4, 8]
window_days = 1
sources = { cadence = "house", window = "house" }
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from typing import Any

from .protocol import Phase, TreatmentProtocol
from .protocol_files import protocol_to

__all__ = ["protocol_text", "table_text"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LISTED = ("doses", "statements", "steps", "checkins")
"""Lists of short tables: one line each."""
_TABLES = ("watch", "end")
_REPEATED = ("phases", "decisions", "lapse", "frequency")
"""Lists of longer tables: each under a head of its own."""
_LONG = ("companions", "options", "taper")
_CADENCE = ("days", "spread", "over_days", "per_week", "weeks", "nominal", "every_days", "count", "taper")


def protocol_text(protocol: TreatmentProtocol) -> str:
    """The TOML text of a protocol's file; ``protocol_from(read_toml(protocol_text(p))) == p`` for every protocol."""
    found = {"schema": protocol.schema} | protocol_to(protocol)
    apart = {name: found.pop(name, {}) for name in (*_LISTED, *_TABLES, *_REPEATED)}
    sources: Mapping[str, Any] = found.pop("sources", {})
    blocks = ["".join(_line(name, value) for name, value in found.items())]
    blocks += [_line(name, apart[name], long=True) for name in _LISTED if apart[name]]
    blocks += [f"[{name}]\n{_lines(apart[name])}" for name in _TABLES if apart[name]]
    if not sources:
        blocks.append("[sources]\n")
    blocks += [f"[sources.{_key(name)}]\n{_lines(source)}" for name, source in sources.items()]
    blocks += [f"[[{name}]]\n{_lines(table)}" for name in _REPEATED for table in apart[name] or ()]
    return "\n".join(blocks)


def table_text(phase: Phase) -> str:
    """One phase as the lines under its head."""
    from .protocol_files import plain_phase

    return _lines(plain_phase(phase))


def _lines(table: Mapping[str, Any]) -> str:
    """A table's lines; the cadence of a phase stands after its name, where a reader looks for it."""
    first = [name for name in ("id", "title") if name in table]
    cadence = [name for name in _CADENCE if name in table]
    order = dict.fromkeys([*first, *cadence, *table])
    return "".join(_line(name, table[name], long=name in _LONG) for name in order)


def _line(name: str, value: Any, *, long: bool = False) -> str:
    if long and value and isinstance(value[0], Mapping):
        rows = "".join(f"  {_value(row)},\n" for row in value)
        return f"{_key(name)} = [\n{rows}]\n"
    return f"{_key(name)} = {_value(value)}\n"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(str(name))} = {_value(item)}" for name, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, datetime.date):
        return value.isoformat()
    # every JSON string is one of TOML's basic strings, but for DEL; numbers and truths are alike
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
