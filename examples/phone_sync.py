"""A phone asks what to hold, so that it can tell its owner without a network.

    python examples/phone_sync.py COURSE.json 2026-12-03T09:00:00-05:00 < held.json

The phone says what it holds (``{key: {"revision": …, "fires_at": …}}``, ``{}`` at first); the answer says what to cancel, to
add and to move, when to ask again, and when what it holds lapses. Ask on every opening of the app and every push.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import pendulum

import ketaschedule
from ketaschedule.times import iso, parse_instant


def sync(
    course: ketaschedule.Course,
    now: pendulum.DateTime,
    held: Mapping[str, Mapping[str, str]],
    *,
    neutral_name: str = "",
    budget: int = 64,
) -> dict[str, Any]:
    """What the phone has to change, as plain values for the wire."""
    armed = ketaschedule.arm(ketaschedule.make_plan(course, as_of=now), budget=budget)
    phone = {key: (it["revision"], parse_instant(it["fires_at"], key)) for key, it in held.items()}
    mend = ketaschedule.arm_changes(phone, armed)

    def notifications(found: Iterable[ketaschedule.Reminder]) -> list[dict[str, str]]:
        """What a phone needs of each: nothing in it tells a stranger anything."""
        shown = ((one, one.words(neutral_name=neutral_name)) for one in found)
        return [
            {
                "key": one.key,
                "revision": one.revision,
                "fires_at": iso(one.fires_at),
                "title": words.title,
                "body": words.body,
            }
            for one, words in shown
        ]

    return {
        "cancel": list(mend.cancel),
        "add": notifications(mend.add),
        "move": notifications(mend.move),
        "show_now": notifications(armed.now),
        "refill_by": iso(armed.refill_by),
        "lapses_at": iso(armed.lapses_at),
        "left_out": [{"key": one.reminder.key, "why": one.why} for one in armed.left_out],
    }


if __name__ == "__main__":
    answer = sync(
        ketaschedule.load_course(sys.argv[1]), parse_instant(sys.argv[2], "now"), json.load(sys.stdin)
    )
    print(json.dumps(answer, indent=2, ensure_ascii=False))
