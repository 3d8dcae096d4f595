"""A calendar feed: one course as an address that a calendar program asks every few hours.

    python examples/calendar_feed.py COURSE.json 8000

The address holds a secret and no name. Titles are neutral, whoever looks over a shoulder; a session that is moved
keeps its UID, so the program moves it too.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from wsgiref.simple_server import make_server

import pendulum

import ketaschedule

Clock = Callable[[], pendulum.DateTime]
Answer = Callable[[str, list[tuple[str, str]]], object]


def feed(courses: Mapping[str, ketaschedule.Course], now: Clock) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that answers ``/<secret>.ics``; the library reads no clock, so it is handed one."""

    def application(environ: dict[str, Any], start: Answer) -> Iterable[bytes]:
        secret = environ.get("PATH_INFO", "").removeprefix("/").removesuffix(".ics")
        course = courses.get(secret)
        if course is None:
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"no such calendar\n"]
        body = ketaschedule.plan_to_ics(ketaschedule.make_plan(course, as_of=now()))
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if environ.get("HTTP_IF_NONE_MATCH") == tag:
            start("304 Not Modified", [("ETag", tag)])
            return []
        headers = [
            ("Content-Type", "text/calendar; charset=utf-8"),
            ("ETag", tag),
            ("Cache-Control", "private"),
        ]
        start("200 OK", headers)
        return [body]

    return application


if __name__ == "__main__":
    told = ketaschedule.load_course(sys.argv[1])
    key = hashlib.sha256(f"change me: {told.id}".encode()).hexdigest()[:32]
    print(f"http://localhost:{sys.argv[2]}/{key}.ics")
    make_server("localhost", int(sys.argv[2]), feed({key: told}, lambda: pendulum.now("UTC"))).serve_forever()
