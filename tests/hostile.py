"""Files that mean harm: each is to be refused at once with a clear fault, and none may be worked through.

``PROTOCOLS``, ``COURSES`` and ``HISTORIES`` are (how the file is called, its text) by what is odd about it.
Sizes lie just under the limits where a limit would refuse the file unread.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from ketaschedule.history_files import MAX_LINE_CHARACTERS, MAX_LINES
from ketaschedule.reading import MAX_BYTES

__all__ = ["ANSWERS", "COURSES", "HISTORIES", "PROTOCOLS"]

SOUND = (Path(__file__).parent / "broken" / "sound.toml").read_text("utf-8")
Text = Callable[[], str]


def changed(old: str, new: str) -> Text:
    """The sound definition with one text replaced."""
    assert SOUND.count(old) == 1, old
    return lambda: SOUND.replace(old, new)


def filled(head: str, item: str, tail: str = "", limit: int = MAX_BYTES) -> Text:
    """As many items between head and tail as the limit allows."""
    return lambda: head + item * ((limit - len(head) - len(tail)) // len(item)) + tail


PROTOCOLS: dict[str, tuple[str, Text]] = {
    "arrays in arrays": ("p.toml", lambda: "a = " + "[" * 200_000),
    "arrays in arrays, closed": ("p.toml", lambda: "a = " + "[" * 900_000 + "]" * 900_000),
    "tables in tables": ("p.toml", lambda: "a = " + "{a = " * 300_000),
    "a dotted key of a million parts": ("p.toml", filled("a", ".a", " = 1")),
    "a table header of a million parts": ("p.toml", filled("[a", ".a", "]")),
    "many dotted keys": ("p.toml", lambda: "".join(f"a{n}.b.c.d.e.f = 1\n" for n in range(80_000))),
    "json in json": ("p.json", lambda: "[" * 1_000_000 + "]" * 1_000_000),
    "objects in objects": ("p.json", lambda: '{"a":' * 300_000 + "1" + "}" * 300_000),
    "a number of two million digits": ("p.toml", filled("schema = ", "9")),
    "a json number of two million digits": ("p.json", filled('{"schema": ', "9", "}")),
    "a hexadecimal number of two million digits": ("p.toml", filled("schema = 0x", "f")),
    "a number of two million digits behind a point": ("p.toml", filled("schema = 0.", "9")),
    "many numbers of four thousand digits": ("p.toml", filled("a = [", "9" * 4000 + ",", "]")),
    "many json numbers of four thousand digits": ("p.json", filled("[", "9" * 4000 + ",", "1]")),
    "a number as large as a float": ("p.json", lambda: '{"schema": 1e308, "min_gap_days": 1e400}'),
    "not a number": ("p.json", lambda: '{"schema": NaN}'),
    "infinite": ("p.toml", lambda: "schema = inf\nmin_gap_days = -nan\n"),
    "a gap of 20 digits": ("p.toml", changed("min_gap_days = 2\n", f"min_gap_days = {10**20}\n")),
    "an interval of 400 years": ("p.toml", changed("every_days = 7\n", "every_days = 146097\n")),
    "a count of a thousand million": ("p.toml", changed("count = 4\n", "count = 1000000000\n")),
    "a million phases, empty": ("p.toml", lambda: "[[phases]]\n" * 1_000_000),
    "phases, empty, up to the limit": ("p.toml", filled("", "[[phases]]\n")),
    "phases, empty, up to the limit, in json": ("p.json", filled('{"phases":[{}', ",{}", "]}")),
    "phases, short, up to the limit": (
        "p.toml",
        filled(SOUND, '[[phases]]\nid = "p"\ndays = [1]\nwindow_days = 1\nsources = {cadence="house",window="house"}\n'),
    ),
    "a million days": ("p.toml", changed("per_week = 2\nweeks = 3\n", "days = [" + "1," * 900_000 + "]\nwindow_days = 1\n")),
    "a million intervals": ("p.json", filled('{"phases":[{"taper":[{}', ",{}", "]}]}")),
    "a million sources": ("p.toml", lambda: SOUND + "".join(f"[sources.a{n}]\n" for n in range(100_000))),
    "a million steps that are no tables": ("p.json", filled('{"steps":[0', ",0", "]}")),
    "a million names": ("p.json", lambda: "{" + ",".join(f'"a{n}":0' for n in range(150_000)) + "}"),
    "one name a million times": ("p.json", filled('{"a":0', ',"a":0', "}")),
    "one text as long as the limit": ("p.toml", filled('title = "', "x", '"')),
    "an id as long as the limit": ("p.json", filled('{"id":"', "x", '"}')),
    "a comment as long as the limit": ("p.toml", filled("#", "[")),
    "lines as many as the limit": ("p.toml", filled("", "\n")),
    "quotes that do not close": ("p.toml", filled('a = """', '\\"')),
    "quotes that open and close": ("p.toml", filled("a = [", '"",', "]")),
    "backslashes": ("p.json", filled('{"a":"', "\\\\", '"}')),
    "tabs and signs": ("p.toml", filled("a = ", "\t", "+")),
    "dates as many as the limit": ("p.toml", filled("a = [", "2026-12-01T00:00:00Z,", "]")),
    "a date that is none": ("p.toml", changed("schema = 1\n", "schema = 1\nexpires = 2026-02-30\n")),
    "a year of five digits": ("p.json", lambda: '{"expires": "99999-01-01"}'),
    "letters from right to left": ("p.toml", changed('id = "clinic-own"', 'id = "clinic\u202eown"')),
    "letters that look alike": ("p.toml", changed('id = "clinic-own"', 'id = "clini\u0441-own"')),
    "digits of another script": ("p.toml", changed('id = "weekly"\nevery', 'id = "week\uff11"\nevery')),
    "marks without end": ("p.json", filled('{"setting":"a', "\u0301", '"}', MAX_BYTES // 2)),
    "half of a pair": ("p.json", lambda: '{"title": "\\ud800", "\\udfff": 1}'),
    "a zero byte": ("p.toml", changed('id = "clinic-own"', 'id = "clinic\x00own"')),
    "a mark of byte order in the middle": ("p.toml", changed("schema = 1", "\ufeffschema = 1")),
    "defaults in a circle": (
        "p.toml",
        changed(
            'effect = { keep = true } },\n  { id = "stop"', 'effect = { go_to_phase = "series" } },\n  { id = "stop"'
        ),
    ),
    "a phase before itself": (
        "p.toml",
        changed('effect = { keep = true } },\n  { id = "stop"', 'effect = { add_sessions = 2 } },\n  { id = "stop"'),
    ),
    "nothing at all": ("p.toml", lambda: ""),
    "null": ("p.json", lambda: "null"),
    "a list": ("p.json", lambda: "[]"),
}  # fmt: skip

_COURSE = '{"schema":1,"course":"c-1","adult":"yes","start":"2026-12-01","zone":"Europe/London","protocol":'
COURSES: dict[str, tuple[str, Text]] = {
    "a protocol in a protocol": ("c.json", lambda: _COURSE * 100_000),
    "a protocol of a million phases": ("c.json", filled(_COURSE + '{"phases":[{}', ",{}", "]}}")),
    "a protocol that names a file": ("c.json", lambda: _COURSE + '"../../secret.toml"}'),
    "a zone that names a file": (
        "c.json",
        lambda: _COURSE.replace("Europe/London", "../../etc/passwd") + '"ketamine-iv-single"}',
    ),
    "a start in the year 1": (
        "c.json",
        lambda: _COURSE.replace("2026-12-01", "0001-01-01") + '"ketamine-iv-single"}',
    ),
    "a start in the year 9999": (
        "c.json",
        lambda: _COURSE.replace("2026-12-01", "9999-12-31") + '"ketamine-iv-single"}',
    ),
    "a million closed days": (
        "c.json",
        filled(_COURSE + '"ketamine-iv-single","unavailable":[0', ",0", "]}"),
    ),
    "closed for eight thousand years": (
        "c.json",
        lambda: _COURSE + '"ketamine-iv-single","unavailable":[["0001-01-01","9999-12-31"]]}',
    ),
    "a million events that are none": (
        "c.json",
        filled(_COURSE + '"ketamine-iv-single","history":[0', ",0", "]}", 8 * MAX_BYTES),
    ),
    "events in events": ("c.json", lambda: _COURSE + '"ketamine-iv-single","history":' + "[" * 500_000),
    "half of a pair": ("c.json", lambda: _COURSE + '"ketamine-iv-single","days":["\\ud800"]}'),
    "nothing at all": ("c.json", lambda: ""),
}

_EVENT = '{"type":"session-missed","id":"e-1","course":"c-1","recorded_at":"2026-12-01T12:00:00Z","session":"c-1/first/1"'
HISTORIES: dict[str, tuple[str, Text]] = {
    "brackets": ("h.jsonl", lambda: "[" * 60_000 + "\n"),
    "brackets on every line": ("h.jsonl", lambda: ("[" * 60 + "\n") * 20_000),
    "a line as long as the limit": ("h.jsonl", filled(_EVENT + ',"why":"', "x", '"}', MAX_LINE_CHARACTERS)),
    "a line longer than the limit": ("h.jsonl", filled("", "x", "", 8 * MAX_BYTES)),
    "a million lines": ("h.jsonl", lambda: "{}\n" * 1_000_000),
    "as many bad lines as the limit": ("h.jsonl", lambda: "{}\n" * MAX_LINES),
    "as many unknown types as the limit": ("h.jsonl", lambda: '{"type":"session-mist"}\n' * MAX_LINES),
    "a dose of 400 digits": (
        "h.jsonl",
        lambda: _EVENT.replace("session-missed", "session-given") + ',"dose_mg":' + "9" * 400 + "}\n",
    ),
    "an instant of the year 99999": ("h.jsonl", lambda: _EVENT.replace("2026-", "99999-") + "}\n"),
    "an instant at the end of time": ("h.jsonl", lambda: _EVENT.replace("2026-12-01T12", "9999-12-31T23") + "}\n"),
    "an id of sixty thousand letters": ("h.jsonl", filled('{"type":"ended","id":"', "x", '"}', 60_000)),
    "half of a pair": ("h.jsonl", lambda: _EVENT + ',"why":"\\ud800"}\n'),
    "a zero byte": ("h.jsonl", lambda: _EVENT + ',"why":"\x00"}\n'),
}  # fmt: skip

_ANSWER = (
    '{"type":"check-in-answered","id":"e-1","course":"c-1","recorded_at":"2026-12-01T12:00:00Z",'
    '"at":"2026-12-01T12:00:00Z","checkin":"c-1/first/1/ask/onset-24h/1","answers":'
)
ANSWERS: dict[str, str] = {
    "forms in forms": _ANSWER + '{"phq-9":' * 20_000,
    "thirty thousand items": _ANSWER + json.dumps({"phq-9": {str(n): 1 for n in range(5000)}}) + "}",
    "thirty thousand forms": _ANSWER + json.dumps({f"f{n}": {} for n in range(5000)}) + "}",
    "a value of 300 digits": _ANSWER + '{"phq-9":{"9":' + "9" * 300 + "}}}",
    "a value of 300 digits and a true one": _ANSWER + '{"phq-9":{"1":' + "9" * 300 + ',"9":3}}}',
    "no number": _ANSWER + '{"phq-9":{"9":NaN}}}',
    "half of a pair": _ANSWER + '{"phq-9":{"9":"\\ud800"}}}',
    "half of a pair beside a true one": _ANSWER + '{"phq-9":{"1":"\\ud800","9":2}}}',
    "a text": _ANSWER + '"3"}',
    "nothing": _ANSWER + "{}}",
}
"""Lines with odd answers."""
