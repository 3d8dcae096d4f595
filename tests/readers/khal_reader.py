"""Imports a calendar file from standard input into an empty khal and writes what khal then holds as JSON.

The import is khal's own command, done twice: a second import of the same file must add nothing. What came
of it is asked of khal's calendar on disk, over a stretch of two centuries.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

CONFIG = """\
[calendars]
[[course]]
path = {vdir}
[sqlite]
path = {home}/khal.db
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[default]
default_calendar = course
"""


def instant(value: dt.date) -> str:
    if not isinstance(value, dt.datetime):
        return value.isoformat()
    if value.tzinfo is None:
        return value.isoformat() + " (floating)"
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(ics: bytes, home: Path) -> list[dict[str, Any]]:
    from khal.cli import main_khal
    from khal.khalendar import CalendarCollection
    from khal.settings import get_config

    vdir = home / "vdir"
    vdir.mkdir()
    config = home / "config"
    config.write_text(CONFIG.format(vdir=vdir, home=home), encoding="utf-8")
    file = home / "in.ics"
    file.write_bytes(ics)
    command = ["-c", str(config), "import", "--batch", str(file)]
    with contextlib.redirect_stdout(io.StringIO()):
        for _ in range(2):
            try:
                main_khal(command, standalone_mode=False)
            except SystemExit as done:  # khal ends its command this way, also when all went well
                if done.code:
                    raise

    settings = get_config(str(config))
    calendars = {
        name: {**dict(one), "name": name, "readonly": False} for name, one in settings["calendars"].items()
    }
    collection = CalendarCollection(calendars, locale=settings["locale"], dbpath=settings["sqlite"]["path"])
    since, until = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (1930, 2130))
    events = list(collection.get_localized(since, until))
    events += collection.get_floating(since.replace(tzinfo=None), until.replace(tzinfo=None))
    seen = []
    for event in events:
        # khal counts the last day of a whole-day event in; the file, and everyone else, the day after it
        end = event.end if isinstance(event.end, dt.datetime) else event.end + dt.timedelta(days=1)
        raw = event._vevents[event.ref]
        seen.append(
            {
                "uid": str(event.uid),
                "start": instant(event.start),
                "end": instant(end),
                "summary": str(event.summary),
                "description": str(event.description),
                "status": str(event.status),
                "sequence": int(raw.get("SEQUENCE", 0)),
            }
        )
    return seen


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="khal-") as folder:
        # khal looks for its own folders beneath the home of whoever runs it
        os.environ |= {
            "HOME": folder,
            "XDG_CONFIG_HOME": folder,
            "XDG_CACHE_HOME": folder,
            "XDG_DATA_HOME": folder,
        }
        events = read(sys.stdin.buffer.read(), Path(folder))
    sys.stdout.buffer.write(json.dumps(events).encode("utf-8"))


if __name__ == "__main__":
    main()
