"""Does a test fail when the logic is broken? One module, mutated by mutmut, watched by its own quick tests.

    python -m tests.mutation.run times [--sample 100] [--seed 1] [--folder DIR]

Works in a copy of the repository (a new temporary folder, or DIR), at low priority and one mutant at a time; the
copy is kept, so that `mutmut show` can be asked there. Each mutant that survives is tried again in a new process,
where nothing is remembered from before, with all of its files of tests and those that are too slow for the first
round. Prints the counts and every mutant that is left with its difference. What survives and why that is right stands
in README.md beside this. Outside of the default test run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
COPIED = (
    "ketaschedule",
    "tests",
    "docs",
    "examples",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
)
KILLED, SURVIVED, TIMEOUT = "killed", "survived", "timeout"
EXIT_CODES = {
    0: SURVIVED,
    1: KILLED,
    3: KILLED,
    36: TIMEOUT,
    -24: TIMEOUT,
    24: TIMEOUT,
    152: TIMEOUT,
    33: "untested",
}
"""What mutmut writes of a mutant: the exit code of its test run, or its own number for one that took too long."""


def configuration(files: Sequence[str], tests: Sequence[str]) -> str:
    """The section of the project file for one run."""
    return "\n".join(
        [
            "",
            "[tool.mutmut]",
            'source_paths = ["ketaschedule"]',
            f"only_mutate = {json.dumps([f'ketaschedule/{name}' for name in files])}",
            f"pytest_add_cli_args_test_selection = {json.dumps(tests)}",
            'pytest_add_cli_args = ["-x", "-q", "-p", "no:cacheprovider", "-p", "tests.mutation.cold"]',
            f"also_copy = {json.dumps([name for name in COPIED if name not in ('ketaschedule', 'tests')])}",
            "use_git_change_detection = false",
            "timeout_multiplier = 4.0",  # of the time that the tests took before: what runs on longer runs for ever
            "timeout_constant = 5.0",
            "",
        ]
    )


def prepare(folder: Path, files: Sequence[str], tests: Sequence[str]) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source, folder / name, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
            )
        else:
            shutil.copy(source, folder / name)
    (folder / "mutants").mkdir(exist_ok=True)  # there before Python starts, or it is never looked into
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (folder / "pyproject.toml").write_text(project + configuration(files, tests), "utf-8")


def mutmut(folder: Path, *words: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(folder / "mutants"), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        ["nice", "-n", "10", sys.executable, "-c", "from mutmut.__main__ import cli; cli()", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def falls_in_a_new_process(folder: Path, name: str, tests: Sequence[str]) -> bool:
    """Whether one of these tests fails, or none ends in ten minutes, where nothing is kept from before the mutant."""
    environment = os.environ | {
        "PYTHONPATH": str(folder / "mutants"),
        "PYTHONSAFEPATH": "1",
        "MUTANT_UNDER_TEST": name,
    }
    words = ["nice", "-n", "10", sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            words, cwd=folder / "mutants", env=environment, capture_output=True, check=False, timeout=600
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


DIFFERENCES = """
import json, sys
from mutmut.mutation.diff_apply import get_diff_for_mutant
for name, path in json.load(sys.stdin):
    lines = get_diff_for_mutant(name, path=path).splitlines()[2:]
    print("\\n== " + name, *(line for line in lines if line[:1] in "+-"), sep="\\n")
"""
"""Asked all at once: `mutmut show` takes seconds for each."""


def differences(folder: Path, names: Sequence[str]) -> str:
    """What each mutant changes, in lines."""
    asked = [[name, "ketaschedule/" + name.split(".x", 1)[0].split(".", 1)[1] + ".py"] for name in names]
    done = subprocess.run(
        [sys.executable, "-c", DIFFERENCES],
        cwd=folder,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def mutants(folder: Path, files: Sequence[str]) -> dict[str, int | None]:
    """Every mutant of the files and the exit code written of it; none where it was not tried."""
    found: dict[str, int | None] = {}
    for name in files:
        meta = folder / "mutants" / "ketaschedule" / f"{name}.meta"
        if meta.exists():
            found |= json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
    return found


def main() -> int:
    table = tomllib.loads((HERE / "modules.toml").read_text("utf-8"))
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("module", choices=sorted(table))
    ask.add_argument("--sample", type=int)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--folder", type=Path)
    chosen = ask.parse_args()
    entry = table[chosen.module]
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="mutation-"))
    folder.mkdir(parents=True, exist_ok=True)
    prepare(folder, entry["files"], entry["tests"])
    sample = chosen.sample or entry.get("sample")
    names: list[str] = []
    if sample is not None:
        mutmut(folder, "run", "--max-children", "1", "nothing.of.this.name")  # writes the mutants, tries none
        every = sorted(mutants(folder, entry["files"]))
        names = sorted(random.Random(chosen.seed).sample(every, min(sample, len(every))))
    said = mutmut(folder, "run", "--max-children", "1", *names)
    codes = mutants(folder, entry["files"])
    tried = {name: EXIT_CODES.get(code, f"exit {code}") for name, code in codes.items() if code is not None}
    if not tried:
        sys.stdout.write(said[-4000:])
        return 1
    alive = sorted(name for name in tried if tried[name] not in (KILLED, TIMEOUT))
    again = [word for word in entry["tests"] if not word.startswith("-")] + entry.get("slow", [])
    left = [name for name in alive if not falls_in_a_new_process(folder, name, again)]
    counts = dict(sorted(Counter(tried.values()).items()))
    sys.stdout.write(
        f"{chosen.module}: {len(codes)} mutants, {len(tried)} tried, {counts}, {len(left)} left in a new process\n"
    )
    sys.stdout.write(differences(folder, left))
    endless = sorted(name for name in tried if tried[name] == TIMEOUT)
    if endless:
        sys.stdout.write(
            "\n\nToo long, and so taken as killed; look at each:\n" + differences(folder, endless)
        )
    sys.stdout.write(f"\nkept in {folder}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
