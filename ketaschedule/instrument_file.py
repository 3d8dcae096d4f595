"""An instrument read from TOML: every fault with its path, all at once.

Numbers name a source by id; a source of the file is a table ``[sources.<id>]``, and ``house`` is
always known. What is ``unconfirmed`` may stand in a file as an alternative, never as a default.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from ketaschedule.errors import Fault, InputError, LimitError
from ketaschedule.instrument_checks import MAX_ITEMS, faults_of
from ketaschedule.instrument_model import (
    Band,
    Change,
    Choice,
    Instrument,
    Item,
    Licence,
    MissingRule,
    RelapseThreshold,
    ResponsePercent,
    SafetyItem,
    Threshold,
    Wording,
)
from ketaschedule.instrument_table import NEEDED, Table
from ketaschedule.reading_guard import guard_depth
from ketaschedule.sources import HOUSE, Grade, Seen, Source

__all__ = ["MAX_BYTES", "MAX_ITEMS", "parse_instrument", "read_instrument"]

MAX_BYTES = 256 * 1024
"""An instrument file larger than this is refused: 256 KiB, many times the largest questionnaire."""
_UNKNOWN_SOURCE = Source("unknown", "a source that the file does not have", Grade.HOUSE, Seen.READ)


def parse_instrument(text: str | bytes, name: str = "") -> Instrument:
    """Read an instrument from the text of a TOML file; ``name`` is put before each path of a fault.

    Raises :class:`~ketaschedule.errors.InputError` with every fault found, and
    :class:`~ketaschedule.errors.LimitError` for more than 256 KiB.

    >>> parse_instrument("schema = 1")
    Traceback (most recent call last):
    ketaschedule.errors.InputError: id: is missing (allowed: text); ...
    """
    try:
        return _parse(text)
    except InputError as error:
        raise (error.under(name) if name else error) from None


def read_instrument(path: Path) -> Instrument:
    """Read an instrument of your own from a TOML file. Raises as :func:`parse_instrument`."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            [Fault(path.name, f"cannot be read: {error.strerror or 'unknown reason'}")]
        ) from error
    return parse_instrument(data, path.name)


def _parse(text: str | bytes) -> Instrument:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(data) > MAX_BYTES:
        raise LimitError(
            [Fault("", f"is more than {MAX_BYTES} bytes", f"at most {MAX_BYTES} bytes", "limit")]
        )
    try:
        body = data.decode("utf-8")
        guard_depth(body, "", toml=True)
        raw = tomllib.loads(body)
    except UnicodeDecodeError as error:
        raise InputError([Fault("", f"is not UTF-8 at byte {error.start}", "UTF-8 text")]) from None
    except InputError:
        raise
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        # ValueError: a number of thousands of digits
        raise InputError([Fault("", f"is not TOML: {str(error)[:200]}", "TOML 1.0")]) from None
    faults: list[Fault] = []
    instrument = _Reader(Table(raw, "", faults)).instrument()
    if faults:
        raise InputError(faults)
    return instrument


class _Reader:
    """The top table, its sources, and one method per kind of entry."""

    def __init__(self, top: Table) -> None:
        self.top, self.faults = top, top.faults
        self.sources: dict[str, Source] = {HOUSE.id: HOUSE}

    def instrument(self) -> Instrument:
        top = self.top
        schema = top.whole("schema", 1)
        if schema != 1:
            top.fault("schema", f"is {schema}", "1")
        self._read_sources()
        items = tuple(self._item(table) for table in top.tables("items"))
        instrument = Instrument(
            id=top.id("id"),
            title=top.text("title"),
            rated_by=top.one_of("rated_by", ("self", "clinician")),
            worse=top.one_of("worse", ("higher", "lower")),
            low=top.whole("low"),
            high=top.whole("high"),
            items=items,
            domains=self._domains(items),
            licence=self._licence(),
            form=top.text("form", ""),
            follows=top.id("follows") if top.has("follows") else top.text("follows", None),
            recall_days=top.whole("recall_days", None, 0),
            recall_source=self._source(top, "recall_source") if top.has("recall_days") else None,
            spacing_days=top.whole("spacing_days", None, 0),
            spacing_source=self._source(top, "spacing_source") if top.has("spacing_days") else None,
            wording=self._wording(),
            bands=tuple(self._band(table) for table in top.tables("bands")),
            response=tuple(self._response(table) for table in top.tables("response")),
            remission=tuple(self._threshold(table) for table in top.tables("remission")),
            relapse=tuple(self._relapse(table) for table in top.tables("relapse")),
            change=tuple(self._change(table) for table in top.tables("change")),
            safety=tuple(self._safety(table) for table in top.tables("safety")),
            missing=tuple(self._missing(table) for table in top.tables("missing")) or _STRICT,
            notes=top.texts("notes"),
            sources=tuple(source for source in self.sources.values() if source is not HOUSE),
        )
        top.done()
        self.faults.extend(faults_of(instrument))
        return instrument

    def _closed(self, tables: Iterator[Table]) -> Iterator[Table]:
        for table in tables:
            yield table
            table.done()

    def _read_sources(self) -> None:
        self.top.asked.add("sources")
        table = Table(self.top.raw.get("sources", {}), "sources", self.faults)
        for name, raw in table.raw.items():
            entry = Table(raw, f"sources.{name}", self.faults)
            self.sources[name] = Source(
                id=name,
                cite=entry.text("cite"),
                grade=Grade(entry.one_of("grade", tuple(Grade))),
                seen=Seen(entry.one_of("seen", tuple(Seen))),
                edition=entry.text("edition", ""),
                address=entry.text("address", ""),
            )
            entry.done()

    def _source(self, table: Table, key: str = "source") -> Source:
        name = table.text(key)
        found = self.sources.get(name)
        if found is None and name:
            table.fault(key, f"no source is called {name[:80]!r}", ", ".join(sorted(self.sources)))
        return found or _UNKNOWN_SOURCE

    def _item(self, table: Table) -> Item:
        kind = table.one_of("kind", ("number", "yes-no"), "number")
        yes_no = kind == "yes-no"
        item = Item(
            id=table.id("id"),
            kind=kind,
            low=table.whole("low", 0 if yes_no else NEEDED),
            high=table.whole("high", 1 if yes_no else NEEDED),
            weight=table.whole("weight", 1, 1),
            counts=table.flag("counts", default=True),
            optional=table.flag("optional"),
            asked_if=table.text("asked_if", None),
            either=table.text("either", None),
            about=table.text("about", ""),
            text=table.words("text"),
        )
        table.done()
        if item.low >= item.high:
            table.fault("high", f"is {item.high}", f"more than low, which is {item.low}")
        if yes_no and (item.low, item.high) != (0, 1):
            table.fault("kind", "is yes-no with a range of its own", "0 to 1")
        return item

    def _domains(self, items: tuple[Item, ...]) -> tuple[tuple[str, ...], ...]:
        if not self.top.has("domains"):
            return tuple((item.id,) for item in items if item.counts)
        self.top.asked.add("domains")
        raw = self.top.raw["domains"]
        if not isinstance(raw, list) or not all(
            isinstance(group, list) and group and all(type(name) is str for name in group) for group in raw
        ):
            self.top.fault("domains", "is not an array of arrays of item ids", '[["1", "2"], ["3"]]')
            return ()
        return tuple(tuple(group) for group in raw)

    def _licence(self) -> Licence:
        self.top.asked.add("licence")
        table = Table(self.top.raw.get("licence", {}), "licence", self.faults)
        licence = Licence(
            text=table.text("text"), wording_ships=table.flag("wording_ships"), source=self._source(table)
        )
        table.done()
        return licence

    def _wording(self) -> Wording | None:
        if not self.top.has("wording"):
            return None
        self.top.asked.add("wording")
        table = Table(self.top.raw["wording"], "wording", self.faults)
        choices = [
            Choice(value=entry.whole("value"), text=entry.words("text", needed=True))
            for entry in self._closed(table.tables("choices"))
        ]
        wording = Wording(
            stem=table.words("stem", needed=True), choices=tuple(choices), source=self._source(table)
        )
        table.done()
        return wording

    def _band(self, table: Table) -> Band:
        band = Band(
            id=table.id("id"),
            title=table.text("title"),
            low=table.whole("low"),
            high=table.whole("high"),
            source=self._source(table),
        )
        table.done()
        return band

    def _threshold(self, table: Table) -> Threshold:
        threshold = Threshold(
            id=table.id("id"),
            op=table.one_of("op", ("<", "<=", ">=", ">")),
            points=table.whole("points"),
            source=self._source(table),
            default=table.flag("default"),
            note=table.text("note", ""),
        )
        table.done()
        return threshold

    def _relapse(self, table: Table) -> RelapseThreshold:
        visits = table.whole("visits", 2)
        if visits not in (1, 2):
            table.fault("visits", f"is {visits}", "1 or 2")
        relapse = RelapseThreshold(
            id=table.id("id"),
            op=table.one_of("op", (">=", ">", "<=", "<")),
            points=table.whole("points"),
            source=self._source(table),
            default=table.flag("default"),
            note=table.text("note", ""),
            visits=1 if visits == 1 else 2,
            min_days=table.whole("min_days", 5, 1),
            max_days=table.whole("max_days", 15, 1),
            days_source=self._source(table, "days_source")
            if table.has("days_source")
            else self._source(table),
        )
        table.done()
        if relapse.min_days > relapse.max_days:
            table.fault(
                "max_days", f"is {relapse.max_days}", f"at least min_days, which is {relapse.min_days}"
            )
        return relapse

    def _response(self, table: Table) -> ResponsePercent:
        response = ResponsePercent(
            id=table.id("id"),
            percent=table.whole("percent", NEEDED, 1),
            source=self._source(table),
            default=table.flag("default"),
            note=table.text("note", ""),
        )
        table.done()
        if response.percent > 100:
            table.fault("percent", f"is {response.percent}", "1 to 100")
        return response

    def _change(self, table: Table) -> Change:
        change = Change(
            id=table.id("id"),
            source=self._source(table),
            points=table.whole("points", None, 1),
            percent=table.whole("percent", None, 1),
            default=table.flag("default"),
            note=table.text("note", ""),
        )
        table.done()
        if (change.points is None) == (change.percent is None):
            table.fault("points", "says how much in no way or in two", "points or percent, one of them")
        return change

    def _safety(self, table: Table) -> SafetyItem:
        safety = SafetyItem(
            item=table.text("item"),
            level=table.whole("level"),
            worse=table.one_of("worse", ("higher", "lower"), "higher"),
            source=self._source(table),
        )
        table.done()
        return safety

    def _missing(self, table: Table) -> MissingRule:
        name: Literal["unknown", "mean-of-answered"] = table.one_of("id", ("unknown", "mean-of-answered"))
        rule = MissingRule(
            id=name,
            source=self._source(table),
            at_most=table.whole("at_most", 0, 0),
            default=table.flag("default"),
            note=table.text("note", ""),
        )
        table.done()
        return rule


_STRICT = (
    MissingRule(
        id="unknown", source=HOUSE, default=True, note="no published rule was read: unknown, never zero"
    ),
)
