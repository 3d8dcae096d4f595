"""Try every built-in protocol with many courses, one after another: a job for the night, not for the default run.

    .venv/bin/python -m tests.try_all --examples 10000 [--seed 0] [NAME ...]

It prints a line for each protocol and writes the smallest failing courses beside each other into ``--out``; exit code 1
where a law was broken.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ketaschedule.checking import try_protocol
from ketaschedule.course_files import course_text
from ketaschedule.protocol_files import load_protocol, protocol_names


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="built-in protocols; all where none is named"
    )
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("failing-courses"))
    asked = parser.parse_args()
    broken = 0
    for name in asked.names or protocol_names():
        began = time.process_time()
        trial = try_protocol(load_protocol(name), asked.examples, asked.seed)
        took = time.process_time() - began
        sys.stdout.write(
            f"{name}: {trial.examples} courses, {took:.0f} s, {'sound' if trial.sound else 'broken'}\n"
        )
        sys.stdout.writelines(f"  {line}\n" for line in trial.lines())
        sys.stdout.flush()
        if trial.course is not None:
            asked.out.mkdir(exist_ok=True)
            (asked.out / f"{name}.json").write_text(course_text(trial.course), "utf-8")
        broken += not trial.sound
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
