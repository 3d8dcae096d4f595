"""The fuzzer's targets over its own seeds, so that the script is alive when it is wanted, and its findings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketaschedule.errors import InputError
from ketaschedule.history_files import event_from, read_history
from ketaschedule.reading import read_json
from ketaschedule.safety import open_alerts
from tests.fuzz.targets import TARGETS, seeds


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds_and_scraps_of_them(name: str) -> None:
    """Whole, cut short, with a byte turned: read or refused, and nothing else."""
    found = seeds(name)
    assert found
    for data in found[:: max(1, len(found) // 6)]:
        TARGETS[name](data)
        TARGETS[name](data[: len(data) // 2])
        TARGETS[name](data[:40] + b"\xff" + data[41:])


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("data", [b"", b"\x00", b"\xef\xbb\xbf", b"[" * 5000, b"9" * 5000, b"\xff\xfe"])
def test_a_target_takes_next_to_nothing(name: str, data: bytes) -> None:
    TARGETS[name](data)


@given(st.binary(min_size=6, max_size=48))
def test_whatever_is_changed_in_a_definition_it_is_refused_or_checked(data: bytes) -> None:
    """The static checks say what they find of anything that can be read, and never stumble."""
    TARGETS["definition"](data)


def test_half_of_a_pair_is_no_text_and_no_answer_is_lost_over_it() -> None:
    """JSON can spell what no file can hold. The line is refused, and safety hears the answer in it."""
    head = '{"type":"check-in-answered","id":"e-1","course":"c-1","recorded_at":"2026-12-01T12:00:00Z",'
    line = head + '"at":"2026-12-01T12:00:00Z","checkin":"k","answers":{"phq-9":{"1":"\\ud800","9":2}}}'
    found = read_history(line)
    assert [(fault.path, fault.code) for fault in found.faults] == [("line 1.answers.phq-9.1", "bad-text")]
    assert [(alert.kind, alert.level) for alert in open_alerts(found.lines)] == [("safety-item", 2)]
    with pytest.raises(InputError, match="Unicode text"):
        event_from({"type": "session-missed", "why": "\ud800", "session": "c-1/a/1"})
    with pytest.raises(InputError, match="a name is not Unicode text"):
        read_json('{"\\ud800": 1}')
