"""Called by Hypothesis itself when it is imported: from now on it can draw our types. Loads no strategy yet.

The types are registered with functions, so that the strategies behind them load when one is first asked for.
"""

from __future__ import annotations

__all__ = ["register"]


def register() -> None:
    """Tell Hypothesis how to draw a protocol, a phase, a clinic, a course and a plan."""
    from importlib import import_module

    from hypothesis import strategies as st

    from .availability import Clinic
    from .course import Course
    from .plan import Plan
    from .protocol import TreatmentProtocol
    from .protocol_parts import Phase

    by_type: dict[type, str] = {
        TreatmentProtocol: "protocols",
        Phase: "phases",
        Clinic: "clinics",
        Course: "courses",
        Plan: "plans",
    }
    for kind, name in by_type.items():

        def drawn(_: type, name: str = name) -> st.SearchStrategy[object]:
            made: st.SearchStrategy[object] = getattr(import_module("ketaschedule.strategies"), name)()
            return made

        st.register_type_strategy(kind, drawn)
