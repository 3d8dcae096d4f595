"""``ketaschedule conformance``: the installed library held against the conformance pack."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from attrs import asdict

from ketaschedule.cli_support import FOUND_FAULTS, OUTPUT, write
from ketaschedule.conformance_run import SUITES, Failure, SuiteResult, run, run_pack
from ketaschedule.terminal import clean

__all__ = ["command"]

MAX_SAID = 50
"""Most failures said one by one; the rest are counted. JSON has them all."""


@click.command("conformance", epilog="Example: ketaschedule conformance --suite spacing --suite scoring")
@click.argument("pack", metavar="[PACK]", required=False)
@click.option(
    "--suite", "suites", multiple=True, metavar="NAME", help=f"Only this suite: {', '.join(SUITES)}."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people, or for a program.",
)
@OUTPUT
def command(pack: str | None, suites: Sequence[str], form: str, output: str | None) -> int:
    """Run the conformance pack: the vectors that every library of this kind must keep.

    PACK is a suite file or a folder of them; without it, the pack that ships with the library. Exit code 1
    where a vector failed.
    """
    if pack is not None and suites:
        raise click.UsageError(
            "--suite chooses from the pack that ships; name a suite's own file as PACK instead"
        )
    results = run_pack(Path(pack)) if pack is not None else run(suites or SUITES)
    text = _json(results) if form == "json" else _text(results)
    write(text, output)
    return FOUND_FAULTS if any(result.failures for result in results) else 0


def _text(results: Sequence[SuiteResult]) -> str:
    failures = [failure for result in results for failure in result.failures]
    lines = [line for failure in failures[:MAX_SAID] for line in _said(failure)]
    if len(failures) > MAX_SAID:
        lines += [f"… and {len(failures) - MAX_SAID} more", ""]
    lines += [
        f"{result.suite:<14}{result.vectors - result.failed:>5} of {result.vectors} vectors kept"
        for result in results
    ]
    return "\n".join(lines) + "\n"


def _said(failure: Failure) -> list[str]:
    return [
        f"{clean(failure.vector)} ({clean(failure.rule)}): {clean(failure.why, 500)}",
        f"  at       {clean(failure.path) or '(the whole vector)'}",
        f"  expected {clean(json.dumps(failure.expected, ensure_ascii=False), 500)}",
        f"  got      {clean(json.dumps(failure.got, ensure_ascii=False), 500)}",
        "",
    ]


def _json(results: Sequence[SuiteResult]) -> str:
    from importlib.metadata import version

    document: dict[str, Any] = {
        "schema": 1,
        "library": f"ketaschedule {version('ketaschedule')}",
        "suites": [
            {
                "suite": result.suite,
                "vectors": result.vectors,
                "failed": result.failed,
                "failures": [asdict(failure) for failure in result.failures],
            }
            for result in results
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
