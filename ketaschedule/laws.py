"""What every protocol and every plan must keep: the laws, numbered, each a function that says where it is broken.

>>> from ketaschedule.protocol_files import load_protocol
>>> protocol = load_protocol("ketamine-aud-three-weekly")
>>> broken_by_protocol(protocol), broken_by_plan(plain_plan(protocol))
((), ())
>>> LAWS[0].number, LAWS[0].takes, LAWS[0].statement
('L1', 'plan', 'Every key of a plan stands once and begins with its course.')

A law that is broken by a plan is a fault of this library or of the protocol, never of the person: the
history of a course may be as odd as it likes. ``docs/laws.md`` lists them.
"""

from __future__ import annotations

from . import (
    laws_alerts,
    laws_answers,
    laws_checkins,
    laws_days,
    laws_decisions,
    laws_pairs,
    laws_protocol,
    laws_reminders,
    laws_retold,
    laws_sessions,
    laws_times,
    laws_watch,
)
from .laws_form import PAIRS, Broken, Law
from .laws_protocol import plain_plan
from .plan import Plan
from .protocol import TreatmentProtocol

__all__ = [
    "LAWS",
    "Broken",
    "Law",
    "broken_by_pair",
    "broken_by_plan",
    "broken_by_protocol",
    "law_named",
    "plain_plan",
]

_ROOMS = (
    laws_sessions,
    laws_times,
    laws_days,
    laws_decisions,
    laws_checkins,
    laws_watch,
    laws_answers,
    laws_alerts,
    laws_pairs,
    laws_retold,
    laws_reminders,
    laws_protocol,
)
LAWS: tuple[Law, ...] = tuple(
    sorted(
        (value for room in _ROOMS for value in vars(room).values() if isinstance(value, Law)),
        key=lambda one: int(one.number[1:]),
    )
)
"""Every law, in order of its number."""
HEADS = (
    ("Sessions", 1),
    ("Instants", 10),
    ("Placing", 20),
    ("Decisions and ends", 30),
    ("Check-ins", 40),
    ("The watch", 50),
    ("Answers over time", 60),
    ("Alerts", 70),
    ("Pairs of plans", 80),
    ("The protocol by itself", 100),
    ("Telling people", 120),
)
"""What the laws are about, each head with the first number under it."""


def law_named(name: str) -> Law:
    """The law with this number or name; ``KeyError`` where there is none.

    >>> law_named("L21").name
    'gap_to_doses'
    """
    for one in LAWS:
        if name in (one.number, one.name):
            return one
    raise KeyError(name)


def broken_by_protocol(protocol: TreatmentProtocol) -> tuple[Broken, ...]:
    """Every breach of the laws that take a protocol alone."""
    return tuple(found for law in LAWS if law.takes == "protocol" for found in law(protocol))


def broken_by_plan(plan: Plan, *, slow: bool = True) -> tuple[Broken, ...]:
    """Every breach of the laws that take one plan; without ``slow`` those that make plans of their own are passed over."""
    return tuple(
        found for law in LAWS if law.takes == "plan" and (slow or not law.slow) for found in law(plan)
    )


def broken_by_pair(kind: str, before: Plan, after: Plan, *, slow: bool = True) -> tuple[Broken, ...]:
    """Every breach of the laws of one kind of pair (see :data:`ketaschedule.laws_form.PAIRS`)."""
    if kind not in PAIRS:
        raise KeyError(kind)
    laws = (law for law in LAWS if law.takes == kind and (slow or not law.slow))
    return tuple(found for law in laws for found in law(before, after))
