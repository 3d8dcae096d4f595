"""What falls on one instant for one audience, shown as one: a digest is a way to show, never a thing to send twice.

The reminders in it keep their keys and revisions; a dispatcher records those. What concerns safety, an Alert, or
the way home stands alone.
"""

from __future__ import annotations

from collections.abc import Iterable

import pendulum
from attrs import frozen

from .reminders_kinds import Audience
from .reminders_model import Reminder
from .words import Level, Text, render

__all__ = ["Digest", "digests"]


@frozen(kw_only=True)
class Digest:
    """Reminders to one audience at one instant, in order; one or several. ``joined`` where it is several."""

    audience: Audience
    fires_at: pendulum.DateTime
    reminders: tuple[Reminder, ...]

    @property
    def joined(self) -> bool:
        """Whether it stands for more than one."""
        return len(self.reminders) > 1

    def words(self, *, neutral_name: str = "", level: Level = "locked", locale: str | None = None) -> Text:
        """Its words: those of its one reminder, else how many messages wait in the app.

        Where a visit is among them, its own words are shown: they carry the date, the others wait in the app.
        """
        spoken = [one for one in self.reminders if one.kind in ("today", "moved", "day", "week")]
        first = (spoken or list(self.reminders))[0]
        if not self.joined or spoken:
            return first.words(neutral_name=neutral_name, level=level, locale=locale)
        parameters: dict[str, str | int] = {"neutral_name": neutral_name, "count": len(self.reminders)}
        return render("digest", parameters, locale=locale or first.locale, level=level)


def digests(found: Iterable[Reminder]) -> tuple[Digest, ...]:
    """Reminders that are told, gathered by audience and instant where their kinds allow it; rule R5.

    >>> digests([])
    ()
    """
    groups: dict[tuple[str, int, str], list[Reminder]] = {}
    for one in found:
        if one.state == "told":
            alone = "" if one.joins else one.key
            groups.setdefault((one.audience, one.fires_key, alone), []).append(one)
    return tuple(
        Digest(audience=group[0].audience, fires_at=group[0].fires_at, reminders=tuple(group))
        for group in groups.values()
    )
