"""What it takes to refuse files that mean harm: seconds for each, the slowest first.

``python -m pytest tests/benchmarks/bench_hostile.py -s`` prints the table; nothing is asserted about time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from ketaschedule.course_files import load_course
from ketaschedule.errors import InputError
from ketaschedule.history_files import load_history, read_history
from ketaschedule.protocol_files import load_protocol
from ketaschedule.safety import safety_alerts
from tests.hostile import ANSWERS, COURSES, HISTORIES, PROTOCOLS


def test_how_long_each_takes(tmp_path: Path) -> None:
    """Read from a file, as the command line does."""
    found: list[tuple[float, str, str]] = []
    kinds: list[tuple[str, dict[str, tuple[str, Callable[[], str]]], Callable[[str], object]]] = [
        ("protocol", PROTOCOLS, load_protocol),
        ("course", COURSES, load_course),
        ("history", HISTORIES, load_history),
    ]
    for kind, table, load in kinds:
        for title, (name, text) in table.items():
            file = tmp_path / name
            file.write_text(text(), "utf-8")
            start = time.perf_counter()
            try:
                load(str(file))
                said = "read"
            except InputError as error:
                said = f"{len(error.faults)} faults: {error.faults[0].line()[-100:]}"
            found.append((time.perf_counter() - start, f"{kind}: {title}", said))
    for title, line in ANSWERS.items():
        start = time.perf_counter()
        read = read_history(line)
        safety_alerts(read.lines)
        found.append((time.perf_counter() - start, f"answers: {title}", f"{len(read.faults)} faults"))
    for seconds, title, said in sorted(found, reverse=True):
        sys.stdout.write(f"{seconds:8.3f} s  {title:60} {said}\n")
