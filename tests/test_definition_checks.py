"""Static checks: a sound definition has no fault, and a broken one is caught and named right."""

from __future__ import annotations

import pytest

from ketaschedule.definition_checks import definition_faults
from ketaschedule.protocol_files import load_protocol, protocol_names


@pytest.mark.parametrize("name", protocol_names())
def test_a_built_in_protocol_has_no_fault(name: str) -> None:
    assert definition_faults(load_protocol(name)) == ()
