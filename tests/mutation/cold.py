"""For a run of mutants only: forget every answer that a cache kept from before the mutant was there."""

from __future__ import annotations

import functools
import gc


def pytest_configure() -> None:
    """Each mutant is tried in a child of a process that has run the tests: its caches are full of right answers."""
    for kept in gc.get_objects():
        if isinstance(kept, functools._lru_cache_wrapper) and kept.__module__.startswith(
            ("ketaschedule", "tests")
        ):
            kept.cache_clear()
