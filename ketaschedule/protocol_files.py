"""Protocols as files: TOML or JSON into :class:`TreatmentProtocol` and back, and the built-in ones.

>>> "esketamine-taper" in protocol_names()
True
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import attrs
from cattrs.gen import make_dict_structure_fn

from .cadence import Cadence, Days, Every, Interval, PerWeek, Spread
from .errors import InputError, UnknownNameError, one_fault
from .protocol import Phase, TreatmentProtocol
from .protocol_mend import all_faults
from .protocol_terms import MAX_PARTS, MAX_PHASES
from .reading import bounded_text, converter, faults_of, mapping_of, read_json, read_toml, structure
from .reading_guard import guard_sizes, guard_values
from .sources import Source

__all__ = ["load_protocol", "plain_phase", "protocol_from", "protocol_names", "protocol_to"]

MAX_VALUES = 20_000
"""Most values of one protocol, ten times those of the largest of ours."""
_CADENCE_KEYS = (
    "days",
    "spread",
    "over_days",
    "per_week",
    "weeks",
    "nominal",
    "every_days",
    "count",
    "taper",
)


def protocol_names() -> tuple[str, ...]:
    """The names of the built-in protocols, sorted."""
    folder = resources.files(__package__) / "protocols"
    return tuple(sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".toml")))


@cache
def _built_in(name: str) -> TreatmentProtocol:
    text = (resources.files(__package__) / "protocols" / f"{name}.toml").read_text("utf-8")
    return protocol_from(read_toml(text, name), name)


def load_protocol(name: str | Path) -> TreatmentProtocol:
    """A built-in protocol by name, or one from a TOML or JSON file by its path.

    Raises :class:`UnknownNameError` (with near names) or :class:`InputError` with every fault of the file.
    """
    text = str(name)
    if text in protocol_names():
        return _built_in(text)
    if text.endswith((".toml", ".json")) or "/" in text:
        body = bounded_text(text)
        data = read_json(body, text) if text.endswith(".json") else read_toml(body, text)
        return protocol_from(data, Path(text).name)
    raise UnknownNameError.of("protocol", text, protocol_names(), "protocol")


def _cadence(data: Mapping[str, Any]) -> Cadence:
    given = {key: data[key] for key in _CADENCE_KEYS if key in data}
    kinds: dict[str, tuple[type[Days] | type[Spread] | type[PerWeek], set[str]]] = {
        "days": (Days, {"days"}),
        "spread": (Spread, {"spread", "over_days"}),
        "per_week": (PerWeek, {"per_week", "weeks", "nominal"}),
    }
    named = [key for key in ("days", "spread", "per_week", "every_days", "taper") if key in given]
    if len(named) != 1:
        raise one_fault("", "a phase has exactly one cadence", "days, spread, per_week, every_days or taper")
    kind = named[0]
    allowed = {"every_days": {"every_days", "count"}, "taper": {"taper"}}
    stray = set(given) - (kinds[kind][1] if kind in kinds else allowed[kind])
    if stray:
        raise one_fault(sorted(stray)[0], f"does not go with {kind}", code="unknown-field")
    if kind in kinds:
        return structure(given, kinds[kind][0])
    if kind == "every_days":
        return Every((structure(given, Interval),))
    return Every(structure(given, _Taper).taper)


@attrs.frozen
class _Taper:
    taper: tuple[Interval, ...]


@cache
def _ready() -> None:
    """Teach the converter the flat form of a phase: its cadence's keys stand beside the others."""
    made = converter()
    made.register_structure_hook_func(lambda kind: kind == Cadence, lambda value, _: value)
    plain = make_dict_structure_fn(Phase, made, _cattrs_forbid_extra_keys=True)

    def hook(data: Any, kind: type[Phase]) -> Phase:
        table = dict(mapping_of(data, ""))
        try:
            cadence: Cadence | None = _cadence(table)
            wrong: InputError | None = None
        except InputError as error:
            cadence, wrong = Days((1,)), error
        rest = {key: value for key, value in table.items() if key not in _CADENCE_KEYS}
        try:
            phase = plain({**rest, "cadence": cadence}, kind)
        except Exception as error:  # every fault of the rest is wanted beside the cadence's own
            if wrong is None:
                raise
            raise InputError([*wrong.faults, *faults_of(error, "")]) from None
        if wrong is not None:
            raise wrong
        return phase

    made.register_structure_hook(Phase, hook)


def protocol_from(data: Any, path: str = "") -> TreatmentProtocol:
    """A protocol from plain values as a file holds them; all faults at once, each with its path.

    ``path`` says where the values came from; it comes before the path of each fault.
    """
    try:
        return _protocol_of(data)
    except InputError as error:
        raise error.under(path) if path else error from None


def _protocol_of(data: Any) -> TreatmentProtocol:
    _ready()
    table = dict(mapping_of(data, ""))
    guard_sizes(table, {"phases": MAX_PHASES}, MAX_PARTS, MAX_VALUES)
    guard_values(table, "")
    sources = table.get("sources")
    if isinstance(sources, dict):
        table["sources"] = {
            key: {"id": key, **value} if isinstance(value, dict) else value for key, value in sources.items()
        }
    try:
        return structure(table, TreatmentProtocol)
    except InputError as error:
        faults = all_faults(table, error, lambda rest: structure(rest, TreatmentProtocol))
        raise InputError(faults) from None


def protocol_to(protocol: TreatmentProtocol) -> dict[str, Any]:
    """The plain values of a protocol in the form of its file; defaults are left out.

    ``protocol_from(protocol_to(p)) == p`` for every protocol.
    """
    return _fields(protocol)


def plain_phase(phase: Phase) -> dict[str, Any]:
    """The plain values of one phase as its table holds them, its cadence's beside the others."""
    table = _fields(phase)
    cadence = table.pop("cadence")
    match phase.cadence:
        case Every(intervals=(single,)):
            table |= _fields(single)
        case Every(intervals=several):
            table["taper"] = [_fields(interval) for interval in several]
        case _:
            table |= cadence
    return table


def _plain(value: Any) -> Any:
    if isinstance(value, Phase):
        return plain_phase(value)
    if isinstance(value, Source):
        return {key: item for key, item in _fields(value).items() if key != "id"}
    if attrs.has(type(value)):
        return _fields(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _fields(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for attribute in attrs.fields(type(value)):
        item = getattr(value, attribute.name)
        default = attribute.default
        if item is None or (default is not attrs.NOTHING and item == default):
            continue
        if isinstance(default, attrs.Factory) and item == default.factory():  # type: ignore[arg-type]  # attrs types Factory as a function
            continue
        found[attribute.name] = _plain(item)
    return found
