"""What trying a protocol costs: 500 courses of a sound protocol of 8 phases, in processor time on one core.

    .venv/bin/python -m tests.benchmarks.bench_check

Run it on a quiet machine: where others work beside it the figure is theirs as well.
"""

from __future__ import annotations

import sys
import time

from attrs import evolve

from ketaschedule.checking import try_protocol
from ketaschedule.definition_checks import definition_faults
from ketaschedule.protocol import DecisionRule, Every, Interval, Phase, TreatmentProtocol
from ketaschedule.protocol_files import load_protocol

PHASES = 8


def eight_phases() -> TreatmentProtocol:
    """A series, then eight steps wider by some days each, every one sound."""
    base = load_protocol("ketamine-iv-six-in-21-days")
    house = {"cadence": "house", "window": "house"}
    steps = tuple(
        Phase(
            id=f"step-{number}",
            title=f"Step {number}",
            cadence=Every((Interval(5 + 2 * number, 3),)),
            window_days=1,
            sources=house,
        )
        for number in range(1, PHASES)
    )
    ends: tuple[DecisionRule, ...] = tuple(rule for rule in base.decisions if rule.at == "end")
    return evolve(base, id="eight-phases", phases=(*base.phases[:1], *steps), decisions=ends)


def main() -> None:
    """Say how long 500 courses took."""
    protocol = eight_phases()
    faults = definition_faults(protocol)
    assert not faults, [fault.line() for fault in faults]
    assert len(protocol.phases) == PHASES
    began = time.process_time()
    trial = try_protocol(protocol, examples=500)
    took = time.process_time() - began
    sys.stdout.write(f"{trial.examples} courses of {PHASES} phases: {took:.1f} s, sound: {trial.sound}\n")
    sys.stdout.writelines(f"  {line}\n" for line in trial.lines())


if __name__ == "__main__":
    main()
