"""A dispatcher over SQLite, a minute at a time: delivery at least once, its effect exactly once.

    python examples/dispatcher.py reminders.db COURSE.json 2026-12-03T09:00:00-05:00 2026-12-03T12:00:00-05:00

What arrives twice carries the same key and revision, so whoever receives it can tell. It is killed anywhere and
begins again where it was: the cursor moves only after everything before it is recorded.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from typing import Any

import ketaschedule
from ketaschedule.reminders import reminders
from ketaschedule.times import clock, instant_key, parse_instant

OVERLAP = 120  # seconds that two stretches share: whose clock is a little behind is heard all the same
Deliver = Callable[[dict[str, Any]], None]


def open_database(path: str) -> sqlite3.Connection:
    """Events as lines, what was told, and how far we are."""
    db = sqlite3.connect(path)
    db.executescript(
        """create table if not exists event (id text primary key, line text not null);
        create table if not exists told (key text, revision text, at text, primary key (key, revision));
        create table if not exists cursor (one integer primary key check (one = 1), until integer not null);"""
    )
    return db


def record(db: sqlite3.Connection, line: str) -> None:
    """What happened, as a line of the history; the same line twice is one event."""
    with db:
        db.execute("insert or ignore into event values (?, ?)", (json.loads(line)["id"], line))


def tick(db: sqlite3.Connection, course: ketaschedule.Course, until: int, deliver: Deliver) -> None:
    """Tell what the stretch that ends at ``until`` (UTC seconds) has, then move the cursor."""
    (since,) = db.execute("select until from cursor").fetchone()
    lines = [line for (line,) in db.execute("select line from event order by id")]
    history = ketaschedule.read_history("\n".join(lines))
    now = clock("UTC").from_key(until)
    plan = ketaschedule.make_plan(course.with_events(*history.events), as_of=now)
    begin = clock("UTC").from_key(since - OVERLAP)
    for one in reminders(plan, begin, now, unsure_clocks=True):
        pair = (one.key, one.revision)
        if db.execute("select 1 from told where key = ? and revision = ?", pair).fetchone():
            continue
        deliver(ketaschedule.reminder_to(one))  # killed here, it is delivered again
        with db:
            db.execute("insert or ignore into told values (?, ?, ?)", (*pair, str(one.fires_at)))
    with db:
        db.execute("update cursor set until = ?", (until,))


def run(
    path: str, course: ketaschedule.Course, since: int, until: int, deliver: Deliver, step: int = 60
) -> None:
    """From where the database stands (or ``since``) to ``until``, a tick each ``step`` seconds."""
    db = open_database(path)
    with db:
        db.execute("insert or ignore into cursor values (1, ?)", (since,))
    (at,) = db.execute("select until from cursor").fetchone()
    while at < until:
        at = min(at + step, until)
        tick(db, course, at, deliver)


if __name__ == "__main__":
    database, course_file, first, last = sys.argv[1:5]
    ends = [instant_key(parse_instant(text, "instant")) for text in (first, last)]
    run(database, ketaschedule.load_course(course_file), *ends, lambda one: print(json.dumps(one)))
