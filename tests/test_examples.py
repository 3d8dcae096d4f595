"""The examples run, and the dispatcher survives being killed anywhere."""

from __future__ import annotations

import importlib.util
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pendulum
import pytest

from ketaschedule.course import Course
from ketaschedule.course_files import course_text
from ketaschedule.history import CheckInAnswered, SessionCancelled, SessionGiven, SessionMoved
from ketaschedule.history_files import event_to
from ketaschedule.planner import make_plan
from ketaschedule.privacy import telling_words
from ketaschedule.reminders import reminders
from ketaschedule.times import clock, instant_key
from tests.checkin_histories import Events, phq_9, plain_course

ROOT = Path(__file__).resolve().parent.parent
KILLS = int(
    os.environ.get("KETASCHEDULE_KILLS", "200" if os.environ.get("KETASCHEDULE_REQUIRE_ALL") == "1" else "16")
)
STEP = 1800
"""Seconds between two ticks in these tests; an app ticks each minute."""


def example(name: str) -> ModuleType:
    """One of the examples as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def eventful() -> tuple[Course, tuple[Any, ...]]:
    """Six days with a dose, an answer that alerts, a move and a visit called off; and the events of it."""
    course, events = plain_course("esketamine-taper"), Events()
    at = pendulum.datetime(2026, 12, 1, 10, tz="America/New_York")
    consent = {"proxy": {"reminders": True, "safety": True}, "escort": {"reminders": True}}
    course = Course(
        id=course.id,
        protocol=course.protocol,
        start=course.start,
        zone=course.zone,
        adult="yes",
        consent=consent,
    )
    happened = (
        SessionGiven(**events.fields(at.add(hours=3)), session="c-1/induction/1", at=at),
        CheckInAnswered(
            **events.fields(at.add(days=1, hours=17)), checkin="c-1/induction/1/ask/onset-24h/1",
            at=at.add(days=1, hours=17), answers=phq_9(1, 2),
        ),
        SessionMoved(**events.fields(at.add(days=2)), session="c-1/induction/2", to=at.add(days=4)),
        SessionCancelled(**events.fields(at.add(days=3)), session="c-1/induction/3"),
    )  # fmt: skip
    return course, happened


@pytest.mark.skipif(
    sys.platform == "win32",
    reason="a process is forked and ended with SIGKILL, which this system does not have",
)
def test_killed_anywhere_everything_is_delivered_and_its_effect_is_there_once(tmp_path: Path) -> None:
    """Killed after some line of the dispatcher, again and again: what an uninterrupted run tells, each told once."""
    dispatcher = example("dispatcher")
    course, happened = eventful()
    (tmp_path / "course.json").write_text(course_text(course), "utf-8")
    since = instant_key(happened[0].at.subtract(days=1))
    until = since + 6 * 86400

    def begin(name: str) -> Path:
        db = dispatcher.open_database(str(tmp_path / name))
        for event in happened:
            dispatcher.record(db, json.dumps(event_to(event)))
        db.close()
        return tmp_path / name

    def told(path: Path) -> list[tuple[str, str]]:
        with sqlite3.connect(path) as db:
            return sorted(db.execute("select key, revision from told"))

    def go(path: Path, seed: int, kills: int) -> int:
        numbers = (since, until, STEP, seed, kills)
        command = [sys.executable, "-m", "tests.killing", str(path), str(tmp_path / "course.json")]
        command += [str(number) for number in numbers]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, cwd=ROOT)
        return int(done.stdout)

    whole = begin("whole.db")
    assert go(whole, 0, 0) == 0
    expected = told(whole)
    assert len(expected) > 40
    kills, seed, twice = 0, 0, 0
    while kills < KILLS:
        seed += 1
        path = begin(f"killed-{seed}.db")
        kills += go(path, seed, KILLS - kills)
        assert told(path) == expected
        log = [tuple(json.loads(line)) for line in Path(f"{path}.log").read_text("utf-8").splitlines()]
        assert set(log) == set(expected), "each was delivered at least once, and nothing else was"
        twice += len(log) - len(expected)
    assert kills == KILLS
    assert twice > 0, "some were killed between delivery and record"


def test_the_dispatcher_tells_what_the_library_tells_and_is_short(tmp_path: Path) -> None:
    """Tick by tick it tells the reminders of the whole, each once, and it has fewer than 80 lines."""
    dispatcher = example("dispatcher")
    course, happened = eventful()
    db = dispatcher.open_database(str(tmp_path / "a.db"))
    for event in happened:
        dispatcher.record(db, json.dumps(event_to(event)))
        dispatcher.record(db, json.dumps(event_to(event)))
    since = instant_key(happened[0].at.subtract(days=1))
    until = since + 5 * 86400
    heard: list[dict[str, Any]] = []
    dispatcher.run(str(tmp_path / "a.db"), course, since, until, heard.append, STEP)
    pairs = [(one["key"], one["revision"]) for one in heard]
    assert len(set(pairs)) == len(pairs)
    utc = clock("UTC")
    expected: set[tuple[str, str]] = set()
    full = course.with_events(*happened)
    for begin in range(since, until, STEP):
        plan = make_plan(full, as_of=utc.from_key(begin + STEP))
        found = reminders(plan, utc.from_key(begin), utc.from_key(begin + STEP))
        expected |= {(one.key, one.revision) for one in found}
    assert set(pairs) == expected
    assert len((ROOT / "examples" / "dispatcher.py").read_text().splitlines()) < 80


def test_a_feed_answers_its_secret_alone_and_only_what_is_new() -> None:
    """The calendar of the course, 304 where it is the same, 404 for any other address; no field tells."""
    course, happened = eventful()
    now = pendulum.datetime(2026, 12, 6, tz="UTC")
    application = example("calendar_feed").feed({"s3cret": course.with_events(*happened)}, lambda: now)
    answers: list[tuple[str, dict[str, str]]] = []

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        answers.append((status, dict(headers)))

    body = b"".join(application({"PATH_INFO": "/s3cret.ics"}, start))
    assert answers[0][0] == "200 OK"
    assert body.startswith(b"BEGIN:VCALENDAR")
    assert telling_words(body.decode().replace("\r\n ", "")) == []
    again = application({"PATH_INFO": "/s3cret.ics", "HTTP_IF_NONE_MATCH": answers[0][1]["ETag"]}, start)
    assert (list(again), answers[1][0]) == ([], "304 Not Modified")
    assert application({"PATH_INFO": "/c-1.ics"}, start) == [b"no such calendar\n"]
    assert answers[2][0] == "404 Not Found"


def test_a_phone_that_syncs_holds_what_is_armed_and_nothing_that_tells() -> None:
    """First everything is added; a second time nothing changes; after an event only what moved."""
    course, happened = eventful()
    sync = example("phone_sync").sync
    now = happened[0].recorded_at
    held: dict[str, dict[str, str]] = {}

    def apply(answer: dict[str, Any]) -> None:
        for key in answer["cancel"]:
            del held[key]
        for one in (*answer["add"], *answer["move"]):
            assert telling_words(f"{one['title']} {one['body']}") == []
            held[one["key"]] = {"revision": one["revision"], "fires_at": one["fires_at"]}

    first = sync(course.with_events(happened[0]), now, held, neutral_name="North Street")
    apply(first)
    assert len(held) == len(first["add"]) > 10
    second = sync(course.with_events(happened[0]), now, held)
    assert (second["cancel"], second["add"], second["move"]) == ([], [], [])
    third = sync(course.with_events(*happened[:3]), happened[2].recorded_at, held)
    assert third["move"]
    apply(third)
    assert sync(course.with_events(*happened[:3]), happened[2].recorded_at, held)["move"] == []
