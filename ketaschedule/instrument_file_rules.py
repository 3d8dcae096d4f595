"""The rules of an instrument as its file has them: bands, thresholds, safety items, missing items, each with its source."""

from __future__ import annotations

from typing import Literal

from ketaschedule.instrument_model import (
    Band,
    Change,
    MissingRule,
    RelapseThreshold,
    ResponsePercent,
    SafetyItem,
    Threshold,
)
from ketaschedule.instrument_table import NEEDED, Table
from ketaschedule.sources import HOUSE, Grade, Seen, Source

__all__ = ["RuleReader"]

_UNKNOWN_SOURCE = Source("unknown", "a source that the file does not have", Grade.HOUSE, Seen.READ)


class RuleReader:
    """The top table and its sources, and one method per kind of rule."""

    def __init__(self, top: Table) -> None:
        self.top, self.faults = top, top.faults
        self.sources: dict[str, Source] = {HOUSE.id: HOUSE}

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
