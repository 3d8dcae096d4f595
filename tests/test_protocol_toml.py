"""Python and TOML are equal citizens: what is written is read back the same, and a definition may be either."""

from __future__ import annotations

from importlib import resources

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ketaschedule.protocol import (
    DecisionRule,
    Effect,
    Every,
    Interval,
    MissedRule,
    Option,
    PerWeek,
    Phase,
    Statement,
    Step,
    TreatmentProtocol,
)
from ketaschedule.protocol_files import load_protocol, protocol_from, protocol_names
from ketaschedule.protocol_toml import protocol_text
from ketaschedule.reading import read_toml
from ketaschedule.sources import Grade, Seen, Source
from ketaschedule.strategies import protocols

IN_TOML = """
id = "mine"
title = "Weekly, then every two weeks"
edition = "2026-11"
drug = "ketamine"
route = "intravenous"
indication = "as an example"
setting = "clinic"
session_minutes = 90
min_gap_days = 2
number_sources = { session_minutes = "us", min_gap_days = "house", default_at = "house" }
statements = [
  { kind = "population", text = "Adults only.", source = "us" },
]
steps = [
  { what = "no-driving", anchor = "dose-end", audience = "patient", text = "Do not drive.", until = "next-day" },
]

[sources.us]
cite = "Our own practice, 2026"
grade = "practice"
seen = "read"
edition = "2026"
address = "https://example.org/practice"

[[phases]]
id = "weekly"
title = "Once a week"
per_week = 1
weeks = 4
sources = { cadence = "us", window = "house" }
missed = { rule = "append" }

[[phases]]
id = "wider"
window_days = 3
taper = [{ every_days = 14, count = 4 }, { every_days = 28 }]
sources = { cadence = "us", window = "house" }

[[decisions]]
id = "to-wider"
at = "before-phase"
phase = "wider"
question = "Every two weeks from now on?"
default = "enter"
options = [
  { id = "enter", text = "Every two weeks", effect = { keep = true } },
  { id = "end", text = "End the course", effect = { end = true } },
]
"""
IN_PYTHON = TreatmentProtocol(
    id="mine",
    title="Weekly, then every two weeks",
    edition="2026-11",
    drug="ketamine",
    route="intravenous",
    indication="as an example",
    setting="clinic",
    session_minutes=90,
    min_gap_days=2,
    number_sources={"session_minutes": "us", "min_gap_days": "house", "default_at": "house"},
    statements=(Statement(kind="population", text="Adults only.", source="us"),),
    steps=(
        Step(
            what="no-driving", anchor="dose-end", audience="patient", text="Do not drive.", until="next-day"
        ),
    ),
    sources={
        "us": Source(
            id="us",
            cite="Our own practice, 2026",
            grade=Grade.PRACTICE,
            seen=Seen.READ,
            edition="2026",
            address="https://example.org/practice",
        )
    },
    phases=(
        Phase(
            id="weekly",
            title="Once a week",
            cadence=PerWeek(per_week=1, weeks=4),
            sources={"cadence": "us", "window": "house"},
            missed=MissedRule(rule="append"),
        ),
        Phase(
            id="wider",
            window_days=3,
            cadence=Every((Interval(14, 4), Interval(28))),
            sources={"cadence": "us", "window": "house"},
        ),
    ),
    decisions=(
        DecisionRule(
            id="to-wider",
            at="before-phase",
            phase="wider",
            question="Every two weeks from now on?",
            default="enter",
            options=(
                Option(id="enter", text="Every two weeks", effect=Effect(keep=True)),
                Option(id="end", text="End the course", effect=Effect(end=True)),
            ),
        ),
    ),
)


def there_and_back(protocol: TreatmentProtocol) -> TreatmentProtocol:
    return protocol_from(read_toml(protocol_text(protocol)))


def test_python_reads_like_the_file() -> None:
    """The same definition in either form is the same protocol."""
    assert protocol_from(read_toml(IN_TOML)) == IN_PYTHON == there_and_back(IN_PYTHON)


@pytest.mark.parametrize("name", protocol_names())
def test_each_built_in_protocol_is_the_same_after_writing(name: str) -> None:
    """Comments aside: the text that we write holds what our own file holds, and writing it again changes nothing."""
    protocol = load_protocol(name)
    text = protocol_text(protocol)
    assert there_and_back(protocol) == protocol
    assert protocol_text(there_and_back(protocol)) == text
    ours = resources.files("ketaschedule").joinpath("protocols", f"{name}.toml").read_text("utf-8")
    assert protocol_from(read_toml(ours)) == protocol_from(read_toml(text))


@given(protocols())
def test_any_protocol_is_the_same_after_writing(protocol: TreatmentProtocol) -> None:
    """Whatever is drawn."""
    assert there_and_back(protocol) == protocol


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_survives(text: str) -> None:
    """Quotes, backslashes, control characters, DEL, and letters beyond the first plane."""
    assert there_and_back(evolve(IN_PYTHON, title=text)).title == text
