"""Coverage-guided fuzzing of the readers with atheris, outside the usual tests.

    python -m tests.fuzz.fuzz_readers --seconds 600 --work DIR [TARGET …]

needs ``pip install atheris``. The seconds are shared among the targets; each runs in a process of its own, and
the inputs that reach new code are kept in DIR and taken up by the next run. A finding is left in DIR/TARGET as a
file whose bytes, given to the function of ``targets.py``, show it again; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

SLOWEST_SECONDS = 10
"""An input that takes longer than this is a finding; instrumented code is many times slower than plain code."""


def run_one(name: str, folder: Path, seconds: int) -> None:
    """Fuzz one target in this process; libFuzzer ends it."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["ketaschedule"]):
        targets = importlib.import_module("tests.fuzz.targets")
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(targets.seeds(name)):
        (corpus / f"seed-{number:03}").write_bytes(data)
    arguments = [
        sys.argv[0],
        str(corpus),
        f"-artifact_prefix={folder}/",
        f"-max_total_time={seconds}",
        f"-timeout={SLOWEST_SECONDS}",
        "-max_len=40000",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        "-seed=1",
    ]
    atheris.Setup(arguments, targets.TARGETS[name])
    atheris.Fuzz()


def main() -> int:
    """Every target in turn; one line each with the executions reached."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        run_one(given.targets[0], given.work, given.seconds)
        return 0
    from tests.fuzz.targets import TARGETS

    names = given.targets or list(TARGETS)
    bad = 0
    for name in names:
        folder = given.work.resolve() / name
        folder.mkdir(parents=True, exist_ok=True)
        share = max(1, given.seconds // len(names))
        command = [sys.executable, "-m", "tests.fuzz.fuzz_readers", name, "--one"]
        command += ["--seconds", str(share), "--work", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")
        (folder / "log.txt").write_text(done.stdout + done.stderr, "utf-8")
        runs = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
        reached = re.findall(r"cov: (\d+)", done.stderr)
        end = "no finding" if done.returncode == 0 else f"a finding: see {folder}"
        counted = runs[1] if runs else "?"
        coverage = reached[-1] if reached else "?"
        sys.stdout.write(f"{name}: {counted} executions in {share} s, coverage {coverage}, {end}\n")
        sys.stdout.flush()
        bad += done.returncode != 0
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
