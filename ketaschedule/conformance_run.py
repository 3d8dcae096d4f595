"""The conformance pack, run: each vector asked of the library, and what it says held against what was expected.

The pack lies in ``conformance/``, a JSON file for each suite; ``docs/conformance.md`` says how a library in
another language runs it. A vector names what it asks (``ask``), brings all that is needed to answer, and says
what the answer must hold, by path. What the library answers is made in :mod:`ketaschedule.conformance_answers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from ketaschedule.conformance_answers import ANSWERS
from ketaschedule.errors import Fault, InputError, KetascheduleError, UnknownNameError
from ketaschedule.reading import MAX_BYTES, bounded_text, read_json

__all__ = [
    "SUITES",
    "Failure",
    "SuiteResult",
    "load_suite",
    "look_up",
    "read_suite",
    "run",
    "run_pack",
    "run_vector",
]

FOLDER: Final = Path(__file__).parent / "conformance"
SUITES: Final = (
    "wall-times",
    "keys",
    "placing",
    "spacing",
    "dates",
    "verdicts",
    "check-ins",
    "named",
    "reminders",
    "alerts",
    "scoring",
    "trajectories",
    "watch",
)
"""The suites of the pack, in the order in which a new library best takes them."""

PACK_BYTES: Final = 8 * MAX_BYTES
ABSENT: Final = "(absent)"
CLAIMS: Final = ("expect", "one_of", "contains", "lacks", "absent")


@frozen
class Failure:
    """One claim of one vector that the answer does not keep; ``got`` is ``(absent)`` where nothing is there.

    ``path`` is empty, and ``got`` says why, where the vector could not be answered at all.
    """

    vector: str
    rule: str
    why: str
    path: str
    expected: Any
    got: Any


@frozen
class SuiteResult:
    """How one suite went: the number of its vectors, and every claim that did not hold."""

    suite: str
    vectors: int
    failures: tuple[Failure, ...]

    @property
    def failed(self) -> int:
        """The number of vectors with a failure."""
        return len({failure.vector for failure in self.failures})


@cache
def load_suite(suite: str) -> tuple[Mapping[str, Any], ...]:
    """The vectors of one suite; raises :class:`UnknownNameError` for a suite that is not in the pack.

    >>> vector = load_suite("spacing")[0]
    >>> vector["id"], vector["ask"], vector["given"]
    ('weeks-01-24', 'series', ['2026-01-01', '2026-01-24'])
    """
    if suite not in SUITES:
        raise UnknownNameError.of("suite", suite, SUITES, "suite")
    return read_suite(FOLDER / f"{suite}.json")[1]


def read_suite(file: Path) -> tuple[str, tuple[Mapping[str, Any], ...]]:
    """The name and the vectors of a suite file; raises :class:`InputError` with all that is amiss in its form."""
    data = read_json(bounded_text(file, PACK_BYTES), file.name)
    if not isinstance(data, Mapping) or data.get("schema") != 1 or not isinstance(data.get("vectors"), list):
        raise InputError([Fault(file.name, "is no suite", '"schema": 1, "suite" and "vectors"', "bad-suite")])
    faults = [
        Fault(
            f"vectors[{number}]",
            "is no vector",
            f"id, rule, why, and ask: {', '.join(ANSWERS)}",
            "bad-vector",
        )
        for number, vector in enumerate(data["vectors"])
        if not isinstance(vector, Mapping)
        or not all(isinstance(vector.get(name), str) for name in ("id", "rule", "why"))
        or vector.get("ask") not in ANSWERS
        or not any(name in vector for name in CLAIMS)
    ]
    if faults:
        raise InputError(faults)
    return str(data.get("suite", file.stem)), tuple(data["vectors"])


def look_up(answer: Any, path: str) -> list[Any]:
    """What lies at a path of an answer: nothing, one value, or, where the path has ``*``, as many as there are.

    Steps are those of a JSON Pointer (``~1`` is a slash, ``~0`` a tilde); an item of an array is named by its
    ``key`` or by its number, and ``*`` is every item.

    >>> plan = {"sessions": [{"key": "c-1/series/1", "day": 1}, {"key": "c-1/series/2", "day": 5}]}
    >>> look_up(plan, "/sessions/c-1~1series~12/day"), look_up(plan, "/sessions/*/day"), look_up(plan, "/extra")
    ([5], [1, 5], [])
    """
    found = [answer]
    for step in path.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        found = [inner for value in found for inner in _step(value, name)]
    return found


def _step(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, Mapping):
        if name in value:
            yield value[name]
    elif isinstance(value, list):
        if name == "*":
            yield from value
        elif name.isdigit():
            yield from value[int(name) : int(name) + 1]
        else:
            yield from (item for item in value if isinstance(item, Mapping) and item.get("key") == name)


def run_vector(vector: Mapping[str, Any]) -> tuple[Failure, ...]:
    """Every claim of one vector that the installed library does not keep; none is what is wanted.

    >>> vector = {"id": "x", "rule": "S9", "why": "the clock goes from 2 to 3", "ask": "instant",
    ...           "zone": "America/New_York", "date": "2026-03-08", "time": "02:30",
    ...           "expect": {"/at": "2026-03-08T03:00:00-04:00", "/shift": "none"}}
    >>> [(failure.path, failure.expected, failure.got) for failure in run_vector(vector)]
    [('/shift', 'none', 'gap')]
    """

    def failure(path: str, expected: Any, got: Any) -> Failure:
        return Failure(vector["id"], vector["rule"], vector["why"], path, expected, got)

    try:
        answer = ANSWERS[vector["ask"]](vector)
    except (
        KetascheduleError,
        KeyError,
        TypeError,
    ) as error:  # KeyError, TypeError: the vector lacks an input
        return (failure("", "an answer", f"{type(error).__name__}: {error}"),)
    found = []
    for path, expected in vector.get("expect", {}).items():
        got = look_up(answer, path)
        if got != [expected] or type(got[0]) is not type(expected):
            found.append(failure(path, expected, got[0] if got else ABSENT))
    for path, expected in vector.get("one_of", {}).items():
        got = look_up(answer, path)
        if len(got) != 1 or got[0] not in expected:
            found.append(failure(path, expected, got[0] if got else ABSENT))
    for path, expected in vector.get("contains", {}).items():
        got = look_up(answer, path)
        found += [failure(path, one, got) for one in expected if one not in got]
    for path, unwanted in vector.get("lacks", {}).items():
        got = look_up(answer, path)
        found += [failure(path, f"not {one}", got) for one in unwanted if one in got]
    for path in vector.get("absent", ()):
        if got := look_up(answer, path):
            found.append(failure(path, ABSENT, got[0]))
    return tuple(found)


def run(suites: Iterable[str] = SUITES) -> tuple[SuiteResult, ...]:
    """The suites named, each vector of each; raises :class:`UnknownNameError` for a name that is no suite.

    >>> [(result.suite, result.vectors, result.failures) for result in run(["spacing"])]
    [('spacing', 125, ())]
    """
    return tuple(_result(name, load_suite(name)) for name in dict.fromkeys(suites))


def run_pack(place: Path) -> tuple[SuiteResult, ...]:
    """A pack elsewhere: one suite file, or every ``*.json`` of a folder, by name.

    Raises :class:`InputError` where there is none, or a file is no suite.
    """
    files = sorted(place.glob("*.json")) if place.is_dir() else [place]
    if not files:
        raise InputError([Fault("PACK", f"{place} holds no suite", "a folder with *.json", "no-suite")])
    return tuple(_result(*read_suite(file)) for file in files)


def _result(suite: str, vectors: tuple[Mapping[str, Any], ...]) -> SuiteResult:
    return SuiteResult(suite, len(vectors), tuple(one for vector in vectors for one in run_vector(vector)))
