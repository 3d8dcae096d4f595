"""The forms that words take: dates, times and plurals as a language and region write them, and cleaned text.

English is written here, so that it needs no other package and is the same everywhere; other languages take the
rules of the Unicode CLDR from babel (the extra ``i18n``).
"""

from __future__ import annotations

import datetime
import functools
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from ketaschedule.days import parse_date, parse_instant
from ketaschedule.errors import Fault, InputError, install

if TYPE_CHECKING:
    from babel import Locale

__all__ = ["MOST_OF_A_WORD", "Forms", "cleaned"]

MOST_OF_A_WORD = 120
"""A parameter is cut at this many characters."""

_MONTH_FIRST: Final = ("", "US", "CA", "PH", "PR")
"""Regions that write December 1 and 10:00 AM in English; the others write 1 December and 10:00."""
_DAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS: Final = (
    "January February March April May June July August September October November December".split()
)
_REGION: Final = re.compile(r"[A-Z]{2}|[0-9]{3}")


class Forms:
    """How one language, in one region, writes dates and times and counts."""

    def __init__(self, lang: str, locale: str) -> None:
        self.lang = lang
        head, *rest = str(locale)[:35].replace("_", "-").split("-")
        regions = [part.upper() for part in rest if _REGION.fullmatch(part.upper())]
        self.region = regions[0] if regions and head.lower() == lang else ""

    def moment(self, name: str, value: object, form: str, path: str) -> str:
        """A date (``name`` ends in ``_date``) or an instant in words; ``form``: ``date``, ``time``, or both."""
        if name.endswith("_date"):
            return self.date(parse_date(value, path))
        at = parse_instant(value, path)
        words = {"date": self.date, "time": self.time}
        return ", ".join(words[part](at) for part in ([form] if form else words))

    def date(self, day: datetime.date) -> str:
        """A date with its weekday and year."""
        if self.lang != "en":
            from babel.dates import format_date

            return cleaned(format_date(day, "full", _cldr(self.lang, self.region)))
        weekday, month = _DAYS[day.weekday()], _MONTHS[day.month - 1]
        if self.region in _MONTH_FIRST:
            return f"{weekday}, {month} {day.day}, {day.year}"
        return f"{weekday} {day.day} {month} {day.year}"

    def time(self, at: datetime.datetime) -> str:
        """A time of day in hours and minutes, on the wall clock of its own offset."""
        if self.lang != "en":
            from babel.dates import format_time

            wall = datetime.time(at.hour, at.minute)
            return cleaned(format_time(wall, "short", locale=_cldr(self.lang, self.region)))
        if self.region in _MONTH_FIRST:
            return f"{at.hour % 12 or 12}:{at.minute:02d} {'AM' if at.hour < 12 else 'PM'}"
        return f"{at.hour:02d}:{at.minute:02d}"

    def plural(self, number: int) -> str:
        """The plural category of a whole number."""
        if self.lang == "en":
            return "one" if number == 1 else "other"
        return str(_cldr(self.lang, self.region).plural_form(number))


@functools.cache
def _cldr(lang: str, region: str) -> Locale:
    """What CLDR says of a language, in a region where it knows one."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(f"{lang}_{region}" if region else lang)
    except UnknownLocaleError:
        return Locale.parse(lang)


def needs_extra(lang: str) -> InputError:
    """The error that says which extra brings the dates and plurals of a language."""
    text = f"the dates and plurals of {lang!r} need the package babel"
    return InputError([Fault("locale", text, install("i18n"), "no-extra")])


_SPACE = ("Zs", "Zl", "Zp", "Cc")
_UNSEEN = ("Cf", "Cs", "Co", "Cn")


def cleaned(value: str | int) -> str:
    r"""A value as one line of at most 120 characters, without what is unseen or turns the direction of a line.

    >>> cleaned("North\n\u202eStreet\u200b  42")
    'North Street 42'
    """
    kept = []
    for char in str(value)[: MOST_OF_A_WORD * 4]:
        kind = unicodedata.category(char)
        if kind not in _UNSEEN:
            kept.append(" " if kind in _SPACE else char)
    line = " ".join("".join(kept).split())
    return line if len(line) <= MOST_OF_A_WORD else line[: MOST_OF_A_WORD - 1].rstrip() + "…"
