"""What a plan costs, as ratios of one run: ``python -m tests.benchmarks.bench_plan``.

The yardstick is what ``dateutil.rrule`` takes for one bare datetime of a weekly rule over 52 weeks. Processor
time, the best of many rounds, so that a busy machine bends the figures as little as may be.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from operator import attrgetter

import pendulum
from attrs import evolve
from dateutil.rrule import WEEKLY, rrule

from ketaschedule.availability import clinic_from
from ketaschedule.course import Course
from ketaschedule.history import Event, SessionBooked, SessionGiven
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol
from ketaschedule.sessions import make_sessions

ROUNDS = 80


def best_plan(course: Course, weeks: int, ask: Callable[[Plan], object] = id, rounds: int = ROUNDS) -> float:
    """The least processor time of a plan, and of what is asked of it, each of a course that was just read."""
    fresh = [evolve(course) for _ in range(rounds)]
    return best(lambda: ask(make_plan(fresh.pop(), weeks=weeks)), rounds)


def best(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The least processor time of one call, in seconds."""
    found = float("inf")
    for _ in range(rounds):
        begun = time.process_time()
        call()
        found = min(found, time.process_time() - begun)
    return found


def course(**more: object) -> Course:
    """A year of the US protocol: 56 sessions."""
    fields: dict[str, object] = {"adult": "yes", **more}
    return Course(
        id="c-1",
        protocol=load_protocol("esketamine-trd-us"),
        start=pendulum.date(2026, 12, 1),
        zone="America/New_York",
        **fields,  # type: ignore[arg-type]  # each benchmark names fields of its own
    )


def year_of_events(plain: Course) -> tuple[Event, ...]:
    """50 doses and 10 bookings, each as planned."""
    doses = [session for session in make_plan(plain, weeks=52).sessions if session.kind == "dose"][:50]
    events: list[Event] = [
        SessionGiven(
            id=f"g-{n}", course="c-1", recorded_at=one.ends, session=one.key, at=one.at, dose_mg=56.0
        )
        for n, one in enumerate(doses)
    ]
    events += [
        SessionBooked(
            id=f"b-{n}", course="c-1", recorded_at=one.at.subtract(days=3), session=one.key, to=one.at
        )
        for n, one in enumerate(doses[:10])
    ]
    return tuple(events)


def import_seconds(what: str) -> float:
    """Importing ``what`` in a fresh interpreter, the best of several, less an empty start."""

    def once(code: str) -> float:
        program = f"import time; t = time.process_time(); {code}; print(time.process_time() - t)"
        return float(
            subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        )

    return min(once(what) for _ in range(9))


def say(line: str) -> None:
    """Printing is what a benchmark is for."""
    sys.stdout.write(f"{line}\n")


def main() -> None:
    """Print every ratio with its bound."""
    start = datetime(2026, 12, 1, 10)  # noqa: DTZ001  # a bare datetime is the yardstick
    yardstick = best(lambda: list(rrule(WEEKLY, dtstart=start, count=52))) / 52
    plain = course()
    plan = make_plan(plain, weeks=52)
    count = len(plan.sessions)

    taper = Course(
        id="c-1", protocol=load_protocol("esketamine-taper"), start=plain.start, zone=plain.zone, adult="yes"
    )
    short = make_plan(taper)  # two reasons for each session

    def sessions_with_reasons() -> list[object]:
        made = make_sessions(taper, short.layout, short.facts, (), short.now, set())
        return [one.reasons for one in made]

    made = best(sessions_with_reasons) / len(short.sessions)
    whole = best_plan(plain, 52)
    told = plain.with_events(*year_of_events(plain))
    replanned = best_plan(told, 52)
    asked = best_plan(plain, 52, attrgetter("checkins"))
    told_asked = best_plan(told, 52, attrgetter("checkins"))
    closed = [pendulum.date(2026, 12, 1).add(days=5 * n).isoformat() for n in range(1, 230)]
    clinic = clinic_from({"zone": "America/New_York", "closed": closed})
    shut = course(clinic=clinic)
    one_year = best_plan(shut, 52, rounds=20)
    three_years = best_plan(shut, 156, rounds=20)
    sessions = [len(make_plan(shut, weeks=weeks).sessions) for weeks in (52, 156)]
    ours, theirs = import_seconds("import ketaschedule"), import_seconds("import pendulum, attrs")
    say(f"yardstick: {yardstick * 1e6:.2f} microseconds for a datetime of rrule")
    say(f"a session with window, end, key and reasons: {made / yardstick:.2f} (at most 2.5)")
    say(f"a 12-month plan, for each of its {count} sessions: {whole / count / yardstick:.2f} (at most 3.5)")
    say(f"a year with 60 events against a fresh plan: {replanned / whole:.2f} (at most 2)")
    say(f"a plan with its check-ins, watch warm, against one without: {asked / whole:.2f} (at most 2)")
    say(f"the same of a year with 60 events: {told_asked / replanned:.2f} (at most 2)")
    linear = (three_years / sessions[1]) / (one_year / sessions[0])
    say(f"a session of three years with closures against one of one year: {linear:.2f} (linear is 1)")
    say(f"import ketaschedule against pendulum and attrs: {ours / theirs:.2f} (at most 1.4)")


if __name__ == "__main__":
    main()
