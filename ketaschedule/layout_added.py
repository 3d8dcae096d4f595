"""Sessions added to a run: by Decisions at its end, by Decisions on what was withheld, and after recorded misses.

Each takes its number when it is first asked for, and keeps it whatever is decided of the others. They are placed
one after another in the order in which each became part of the course; what is only proposed comes last. So what
stands already is never moved by what is added after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import evolve, frozen

from .effects import added_by, answers_to, standing
from .history import Event, SessionCancelled, SessionMissed, SessionWithheld
from .laid import More, Order, Run, TakenOption, order_of
from .layout_ground import Ground
from .protocol import Phase

__all__ = ["Addition", "additions"]

_NEVER: Order = (1 << 62, "")


@frozen
class Addition:
    """One session that is added to a run.

    ``asked`` is the record that first asked for it, ``stands`` the one that made it part of the course
    (``None`` while it is only proposed); its window begins no sooner than ``since``. ``lost`` is the session
    whose miss asked for it.
    """

    number: int
    asked: Order
    stands: Order | None
    since: int
    lost: str | None = None


def additions(ground: Ground, run: Run, plain: int) -> list[list[Addition]]:
    """What was added to the ``plain`` sessions of a run, in the order of placing, together what one Decision added."""
    asks = [_Ask(one) for one in run.more]
    known = ground.facts.numbers.get(run.key, 0)
    for number in range(1, min(plain, known) + 1):
        asks += _asked_by(ground, run, number)
    found: list[list[Addition]] = []
    last = plain
    while asks:
        asks.sort(key=_first_asked)
        ask = asks.pop(0)
        numbers = range(last + 1, last + 1 + ask.more.count)
        last += ask.more.count
        if ask.lost:
            one = _after_miss(ground, run, ask, last)
            made = [] if one is None else [one]
        else:
            made = [one for number in numbers if (one := _decided(ground, run, ask.more, number)) is not None]
        if made:
            found.append(made)
        for one in made:
            if one.number <= known:
                asks += _asked_by(ground, run, one.number)
    return sorted(found, key=lambda made: (made[0].stands or _NEVER, made[0].asked, made[0].number))


@frozen
class _Ask:
    """What asks for more sessions; after a miss, the number of the session missed."""

    more: More
    lost: int = 0


def _first_asked(ask: _Ask) -> tuple[Order, int]:
    return ask.more.order, ask.lost


def _asked_by(ground: Ground, run: Run, number: int) -> Iterator[_Ask]:
    """What was recorded of one session that asks for more: it was missed, or was withheld and a Decision adds to it.

    A session's first miss counts, whatever was recorded after it: a miss keeps the number that it took.
    """
    events = _recorded(ground, run, number)
    missed = [one for one in events if isinstance(one, SessionMissed)]
    if missed and _misses_add(run.phase):
        first = min(missed, key=order_of)
        yield _Ask(More(1, ground.day_of(first.recorded_at), order_of(first), None), number)
    withheld = [one for one in events if isinstance(one, SessionWithheld)]
    if withheld and ground.taken:
        asked = min(withheld, key=order_of)
        more = added_by(_answers(ground, run, "withheld", number, asked))
        if more is not None:  # answered before it was asked, it acts from then on
            since = order_of(asked)
            stands = None if more.stands is None else max(since, more.stands)
            yield _Ask(evolve(more, order=max(since, more.order), stands=stands))


def _misses_add(phase: Phase) -> bool:
    """Whether a recorded miss adds a session, or proposes one."""
    rule = phase.missed
    if phase.count is None or rule.rule == "shift":
        return False
    return rule.rule == "append" or rule.propose_extra


def _decided(ground: Ground, run: Run, more: More, number: int) -> Addition | None:
    """A session that a Decision added; of one taken back what was recorded."""
    if more.stands is not None:
        return Addition(number, more.order, more.stands, more.day)
    recorded = [order_of(one) for one in _recorded(ground, run, number)]
    return Addition(number, more.order, min(recorded), more.day) if recorded else None


def _after_miss(ground: Ground, run: Run, ask: _Ask, number: int) -> Addition | None:
    """The session after a miss: appended by rule, accepted, given though only proposed, or proposed.

    There is none once the miss turned out to be none, or none is wanted; what was recorded of it stays.
    """
    order = ask.more.order
    made = Addition(number, order, None, 0, f"{run.key}/{ask.lost}")
    missed = next(one for one in _recorded(ground, run, ask.lost) if order_of(one) == order)
    said = standing(_answers(ground, run, "extra-session", ask.lost, missed))
    accepted = said is not None and said.effect.add_sessions is not None
    recorded = _recorded(ground, run, number)
    still = isinstance(ground.facts.settle(made.lost or "")[0], SessionMissed)
    if not recorded and not (still and (said is None or accepted)):
        return None
    if run.phase.missed.rule == "append":
        return evolve(made, stands=order, since=ask.more.day)
    stands = [max(order, order_of(one)) for one in recorded if not isinstance(one, SessionCancelled)]
    if said is None or not accepted:
        return evolve(made, stands=min(stands, default=None))
    return evolve(made, stands=min((*stands, max(order, order_of(said.event)))), since=said.day)


def _answers(ground: Ground, run: Run, name: str, number: int, asked: Event) -> list[TakenOption]:
    return answers_to(ground.taken, name, f"{run.key.partition('/')[2]}/{number}", asked)


def _recorded(ground: Ground, run: Run, number: int) -> Sequence[Event]:
    return ground.facts.by_key.get(f"{run.key}/{number}", ())
