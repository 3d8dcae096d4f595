"""Runs the dispatcher of the examples in a process of its own and kills it after a number of its lines.

    python -m tests.killing DATABASE COURSE.json SINCE UNTIL STEP SEED KILLS

A parent that does nothing else forks a child for each life; the child traces its own lines and ends itself
with SIGKILL, which nothing can catch, at a line drawn from the seed. Ends when a child has run to the end; at
most KILLS are killed. Prints how many were.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import ketaschedule

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "dispatcher.py"
MOST_LINES = 400
"""A life ends after at most this many lines: a few dozen ticks."""


class Traced:
    """Counts the lines of the dispatcher down and kills this very process at the last."""

    def __init__(self, lines: int) -> None:
        self.left = lines

    def __call__(self, frame: FrameType, what: str, _: Any) -> Any:
        if frame.f_code.co_filename != str(EXAMPLE):
            return None
        self.left -= what == "line"
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return self


def main() -> None:
    database, course_file, since, until, step, seed, kills = sys.argv[1:8]
    spec = importlib.util.spec_from_file_location("dispatcher", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    dispatcher = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(dispatcher)
    course = ketaschedule.load_course(course_file)
    dice, killed = random.Random(int(seed)), 0

    def deliver(one: dict[str, Any]) -> None:
        with Path(f"{database}.log").open("a", encoding="utf-8") as log:
            log.write(json.dumps([one["key"], one["revision"]]) + "\n")

    while True:
        lines = dice.randrange(1, MOST_LINES)
        child = os.fork()
        if child == 0:
            if killed < int(kills):
                sys.settrace(Traced(lines))
            dispatcher.run(database, course, int(since), int(until), deliver, int(step))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status == 0:
            break
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        killed += 1
    sys.stdout.write(f"{killed}\n")


if __name__ == "__main__":
    main()
