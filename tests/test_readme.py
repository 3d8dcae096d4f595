"""What the first page says is so: its commands run, its outputs are the outputs, its links lead somewhere."""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/tracking.md"]


def blocks(language: str, text: str = README) -> list[str]:
    """The bodies of the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def our_commands(block: str) -> list[list[str]]:
    """The calls of our own program in a shell line, as words after its name."""
    calls = [shlex.split(part) for part in re.split(r"&&|\n", block)]
    return [words[1:] for words in calls if words and Path(words[0]).name == "ketaschedule"]


def run(words: list[str], folder: Path) -> str:
    program = "import sys; from ketaschedule.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, f"ketaschedule {shlex.join(words)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_main_job_is_the_first_command_and_runs(tmp_path: Path) -> None:
    """The first shell line sets up alone, prints the calendar, and leaves an .ics file beside it."""
    first = blocks("bash")[0]
    assert first.count("\n") == 1, "one line does it"
    assert first.startswith("python3 -m venv .venv && .venv/bin/pip install -q '.[cli]' && ")
    commands = our_commands(first)
    assert len(commands) == 2
    table = run(commands[0], tmp_path)
    assert "2026-12-01" in table
    run(commands[1], tmp_path)
    (ics,) = tmp_path.glob("*.ics")
    assert ics.read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


def test_every_command_shown_runs(tmp_path: Path) -> None:
    """Each call of our program in a shell block ends well, and what is printed below it is what it prints.

    A block marked ``text`` shows lines of the output of the call before it; ``…`` stands for lines left out.
    """
    fences = re.findall(r"^```(bash|text)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    output = ""
    for language, body in fences:
        if language == "bash":
            for words in our_commands(body):
                output = run(words, tmp_path) or output  # a call that writes a file prints nothing
            continue
        shown = [line.rstrip() for line in body.splitlines() if line.strip() not in ("", "…")]
        printed = iter([line.rstrip() for line in output.splitlines()])
        assert [line for line in shown if line not in printed] == [], (
            "shown but not printed, or in another order"
        )


def test_the_second_command_runs_these_tests() -> None:
    """The other set-up line installs everything the tests need, in the clone itself, and starts them."""
    (line,) = [block for block in blocks("bash") if "pytest" in block]
    assert line.count("\n") == 1
    assert line.startswith("python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && ")


def test_what_a_command_needs_was_installed_before_it() -> None:
    """Who goes through the page from the top has every extra that a command asks for."""
    there: set[str] = set()
    needed = {"check": {"cli", "testing"}}
    for block in blocks("bash"):
        for part in re.split(r"&&|\n", block):
            words = shlex.split(part)
            if "install" in words:
                there |= {extra for word in words for extra in re.findall(r"[\w]+", word.partition("[")[2])}
            elif words and Path(words[0]).name == "ketaschedule":
                assert needed.get(words[1], {"cli"}) <= there, part


@pytest.mark.parametrize("page", PAGES)
def test_the_python_shown_is_true(page: str) -> None:
    """Every prompt on the page gives what the page says."""
    text = "\n".join(blocks("python", (ROOT / page).read_text("utf-8")))
    example = doctest.DocTestParser().get_doctest(text, {"__name__": "page"}, page, page, 0)
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).run(example)
    assert result.failed == 0
    assert result.attempted > 0 or page not in ("README.md", "docs/tracking.md")


@pytest.mark.parametrize("page", PAGES)
def test_links_and_paths_lead_somewhere(page: str) -> None:
    """A link within the repository, and a path of ours in backticks, names something that is there."""
    text = (ROOT / page).read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    paths = re.findall(r"`((?:ketaschedule|tests|examples|docs)/[\w./-]*)`", text)
    assert [name for name in (*links, *paths) if not (ROOT / name).exists()] == []
