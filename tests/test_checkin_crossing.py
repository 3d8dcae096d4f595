"""The past cut where answers tell: which instants are looked at, what was known at each, and where nothing need be cut."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pendulum
import pytest
from attrs import evolve

from ketaschedule.checkin_crossing import crossing_states
from ketaschedule.checkin_items import NEVER
from ketaschedule.checkin_past import Known
from ketaschedule.course import Course
from ketaschedule.folding import Folded
from ketaschedule.history import (
    CheckInDeclined,
    ClinicalEvent,
    Event,
    Retracted,
    ReviewHeld,
    SessionBooked,
    SessionGiven,
    ZoneChanged,
)
from ketaschedule.trajectory import Trajectory
from tests.checkin_histories import UTC, Events, phq_9, plain_course

T = 1_800_000_000
"""The second from which the instants of this page are counted."""
NOW = 10_000
MIDDLE = 500
KEPT: dict[int, str] = {}
Cut = tuple[int | None, int | None, str, str, str]


def at(seconds: int) -> pendulum.DateTime:
    return UTC.from_key(T + seconds)


def answered(events: Events, key: str, given: int, recorded: int | None = None, value: int = 1) -> Event:
    return events.answered(key, at(given), phq_9(value), recorded=at(given if recorded is None else recorded))


def cut(*events: Event, crossed: tuple[int, ...] = (), course: Course | None = None) -> list[Cut]:
    """What became of two states, cut at MIDDLE: since, until, what was folded, what was laid out, where the person stood.

    Of what was folded anew it is said how many answers it had.
    """
    course = (course or plain_course("ketamine-iv-single")).with_events(*events)
    old, new, now = (cast(Folded, name) for name in ("old", "new", "now"))
    KEPT.update({id(one): cast(str, one) for one in (old, new, now)})
    states = [
        Known(-NEVER, T + MIDDLE, old, cast(Any, "first"), {"x": 1}),
        Known(T + MIDDLE, NEVER, new, cast(Any, "second"), {"x": 2}),
    ]
    crossings = tuple(SimpleNamespace(at=at(seconds)) for seconds in crossed)
    tracked = cast(tuple[Trajectory, ...], (SimpleNamespace(crossings=crossings),) if crossed else ())

    def track(folded: Folded, when: int) -> tuple[Trajectory, ...]:
        return cast(tuple[Trajectory, ...], (f"stood {len(folded.answers)} at {when - T}",))

    found = crossing_states(course, states, now, tracked, T + NOW, track)
    assert all(state.given == {"x": 1 if state.layout == cast(Any, "first") else 2} for state, _ in found)
    return [
        (
            None if state.since == -NEVER else state.since - T,
            None if state.until == NEVER else state.until - T,
            KEPT.get(id(state.folded)) or f"{len(state.folded.answers)} answers",
            cast(str, state.layout),
            "now" if stood == tracked and tracked else "".join(map(str, stood)),
        )
        for state, stood in found
    ]


PLAIN: list[Cut] = [(None, MIDDLE, "old", "first", ""), (MIDDLE, None, "new", "second", "")]


def test_without_an_answer_nothing_is_cut() -> None:
    """Whatever else was recorded, in whatever order, withdrawn or not."""
    events = Events()
    review = ReviewHeld(**events.fields(at(100)), at=at(90), kind="call")
    back = Retracted(**events.fields(at(200)), event=review.id)
    assert cut() == cut(review, back) == cut(review, back, crossed=(90,)) == PLAIN


def test_answers_in_order_of_which_none_crossed_cut_nothing() -> None:
    """However many; each check-in once, each recorded as it was given or later, in the order in which they were given."""
    events = Events()
    said = (
        answered(events, "c-1/a", 100),
        answered(events, "c-1/b", 200, 300),
        answered(events, "c-1/c", 250, 300),
    )
    assert cut(*said) == PLAIN
    assert cut(*said[::-1]) == PLAIN
    assert cut(*said, said[0]) == PLAIN, "sent again it is one"


def test_from_the_first_crossing_on_each_event_that_tells_cuts() -> None:
    """Before it nothing is looked at; up to the last cut by what was known then, from it on by what is known now."""
    events = Events()
    said = (
        answered(events, "c-1/a", 100),
        answered(events, "c-1/b", 200, value=3),
        answered(events, "c-1/c", 300),
        answered(events, "c-1/d", 600),
        SessionBooked(**events.fields(at(700)), session="c-1/first/1", to=at(90_000)),
        answered(events, "c-1/e", NOW, NOW),
        answered(events, "c-1/f", NOW + 1, NOW + 1),
    )
    assert cut(*said, crossed=(300, 200)) == [
        (None, 200, "old", "first", ""),
        (200, 300, "2 answers", "first", "stood 2 at 200"),
        (300, MIDDLE, "3 answers", "first", "stood 3 at 300"),
        (MIDDLE, 600, "3 answers", "second", f"stood 3 at {MIDDLE}"),
        (600, NOW, "4 answers", "second", "stood 4 at 600"),
        (NOW, None, "now", "second", "now"),
    ]


@pytest.mark.parametrize("kind", ["declined", "review", "clinical", "given", "retracted"])
def test_each_kind_of_event_that_may_tell_of_a_crossing_cuts(kind: str) -> None:
    """An answer, a no, a review, an admission, a dose and a withdrawal; a move and a booking do not."""
    events = Events()
    said = answered(events, "c-1/a", 100, value=3)
    fields = events.fields(at(700))
    more: dict[str, Event] = {
        "declined": CheckInDeclined(**fields, checkin="c-1/a"),
        "review": ReviewHeld(**fields, at=at(650), kind="call"),
        "clinical": ClinicalEvent(**fields, at=at(650), kind="admission"),
        "given": SessionGiven(**fields, at=at(650), session="c-1/first/1"),
        "retracted": Retracted(**fields, event="e-none"),
    }
    assert [one[0] for one in cut(said, more[kind], crossed=(100,))] == [None, 100, MIDDLE, 700]
    move = ZoneChanged(**events.fields(at(800)), from_date=at(0).date(), zone="Asia/Tokyo")
    book = SessionBooked(**events.fields(at(900)), session="c-1/first/1", to=at(90_000))
    assert [one[0] for one in cut(said, more[kind], move, book, crossed=(100,))] == [None, 100, MIDDLE, 700]


def out_of_order() -> dict[str, tuple[Event, ...]]:
    """Histories of which the answers did not come as they were given."""
    found: dict[str, tuple[Event, ...]] = {}
    events = Events()
    first = answered(events, "c-1/a", 100)
    found["withdrawn"] = (first, Retracted(**events.fields(at(200)), event=first.id))
    found["one check-in twice"] = (first, answered(events, "c-1/a", 200))
    found["one id twice"] = (first, evolve(answered(events, "c-1/b", 200), id=first.id))
    found["late"] = (answered(events, "c-1/b", 50, 200), first)
    found["from later on"] = (evolve(first, recorded_at=at(80)), answered(events, "c-1/b", 200))
    found["a dose late"] = (first, SessionGiven(**events.fields(at(200)), at=at(90), session="c-1/first/1"))
    return found


@pytest.mark.parametrize("name", out_of_order())
def test_where_answers_did_not_come_as_they_were_given_all_that_tells_cuts(name: str) -> None:
    """Whether or not anything is crossed now: what was crossed for a while had opened questions."""
    for crossed in ((), (150,)):
        found = cut(*out_of_order()[name], crossed=crossed)
        assert [one[0] for one in found] == [None, 100, 200, MIDDLE]


@pytest.mark.parametrize(("recorded", "begins"), [(NOW, [None, 100, MIDDLE, NOW]), (NOW + 1, [None, MIDDLE])])
def test_what_is_recorded_in_this_very_second_is_known(recorded: int, begins: list[int | None]) -> None:
    """An answer that comes late is one from then on, and a second sooner it is none."""
    events = Events()
    first = answered(events, "c-1/a", 100)
    assert [one[0] for one in cut(first, answered(events, "c-1/b", 50, recorded))] == begins


def test_a_past_of_one_state_is_cut_as_well() -> None:
    """From the crossing on it is the last state and by what is known now."""
    course = plain_course("ketamine-iv-single").with_events(answered(Events(), "c-1/a", 100, value=3))
    then, now = (cast(Folded, SimpleNamespace(answers=[])) for _ in range(2))
    tracked = cast(tuple[Trajectory, ...], (SimpleNamespace(crossings=(SimpleNamespace(at=at(100)),)),))
    whole = Known(-NEVER, NEVER, then, cast(Any, "layout"))
    found = crossing_states(course, [whole], now, tracked, T + NOW, lambda _, __: ())
    assert [(one.since, one.until, one.folded is now, stood == tracked) for one, stood in found] == [
        (-NEVER, T + 100, False, False),
        (T + 100, NEVER, True, True),
    ]


def test_while_no_plan_could_be_made_it_went_on_as_it_was() -> None:
    """A zone that is none: by what was known before, and the person stood where they stood."""
    events = Events()
    first = answered(events, "c-1/a", 100, value=3)
    bad = ZoneChanged(**events.fields(at(150)), from_date=at(0).date(), zone="Mars/Olympus")
    back = Retracted(**events.fields(at(300)), event=bad.id)
    found = cut(first, bad, answered(events, "c-1/b", 200), back, crossed=(100,))
    assert found == [
        (None, 100, "old", "first", ""),
        (100, 200, "1 answers", "first", "stood 1 at 100"),
        (200, 300, "old", "first", "stood 1 at 100"),
        (300, MIDDLE, "2 answers", "first", "stood 2 at 300"),
        (MIDDLE, None, "now", "second", "now"),
    ]
    found = cut(bad, evolve(first, recorded_at=at(160)), back, crossed=(100,))
    assert found[:2] == [(None, 160, "old", "first", ""), (160, 300, "old", "first", "")]
