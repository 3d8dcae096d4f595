"""An instrument read from TOML: every fault with its path, all at once.

Numbers name a source by id; a source of the file is a table ``[sources.<id>]``, and ``house`` is
always known. What is ``unconfirmed`` may stand in a file as an alternative, never as a default.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from ketaschedule.errors import Fault, InputError, LimitError
from ketaschedule.instrument_checks import MAX_ITEMS, faults_of
from ketaschedule.instrument_file_rules import RuleReader
from ketaschedule.instrument_model import (
    Choice,
    Instrument,
    Item,
    Licence,
    MissingRule,
    Wording,
)
from ketaschedule.instrument_table import NEEDED, Table
from ketaschedule.reading_guard import guard_depth
from ketaschedule.sources import HOUSE

__all__ = ["MAX_BYTES", "MAX_ITEMS", "parse_instrument", "read_instrument"]

MAX_BYTES = 256 * 1024
"""An instrument file larger than this is refused: 256 KiB, many times the largest questionnaire."""


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


class _Reader(RuleReader):
    """The top table, and one method per kind of entry that is no rule."""

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


_STRICT = (
    MissingRule(
        id="unknown", source=HOUSE, default=True, note="no published rule was read: unknown, never zero"
    ),
)
