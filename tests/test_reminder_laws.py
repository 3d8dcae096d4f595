"""Laws of telling people: a machine lets a course go on, and a dispatcher asks at moments of its own.

The library remembers nothing; the slow twin here remembers everything it has told. They agree.
"""

from __future__ import annotations

import os
import random
from bisect import bisect_right
from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ketaschedule import times
from ketaschedule.arming import arm, arm_changes
from ketaschedule.changes import changes
from ketaschedule.course import Course
from ketaschedule.history import ClinicalEvent, SessionMoved
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.privacy import telling_words
from ketaschedule.protocol_files import protocol_names
from ketaschedule.reminders import CAPS, KINDS, Reminder, reminders
from ketaschedule.reminders_digest import digests
from ketaschedule.reminders_ground import Ground
from ketaschedule.reminders_hours import ContactHours
from ketaschedule.reminders_telling import Stretch, Teller, gather
from ketaschedule.words import Level
from tests.checkin_histories import Story, random_story

UTC = times.clock("UTC")
DAY = 86_400
EXAMPLES = int(os.environ.get("KETASCHEDULE_MACHINE_EXAMPLES", "3"))
PHASES = [phase for phase in Phase if phase is not Phase.shrink or "KETASCHEDULE_SHRINK" in os.environ]
Told = tuple[str, str]
COMING = ("week", "day", "today", "home-today", "moved")
FAR = 1 << 60
OPEN_TO_STRANGERS: tuple[Level, ...] = ("locked", "dated")


def instant(seconds: int) -> Any:
    """An instant from UTC seconds."""
    return UTC.from_key(seconds)


def known_at(course: Course, at: int) -> Course:
    """The course as a backend holds it at an instant: nothing recorded later is there yet."""
    return evolve(course, history=tuple(one for one in course.history if one.recorded_key <= at))


def asked(course: Course, since: int, until: int) -> list[Reminder]:
    """What a dispatcher gets for the stretch just ended, dropped ones too."""
    plan = make_plan(course, as_of=instant(until))
    return list(reminders(plan, instant(since), instant(until), include_dropped=True))


def pair(one: Reminder) -> Told:
    """What a dispatcher records."""
    return one.key, one.revision


class Rememberer:
    """The slow twin: walks through every state in order and remembers what it has told."""

    def __init__(self) -> None:
        self.told: dict[Told, int] = {}

    def fires(self, course: Course, since: int, until: int) -> dict[Told, int]:
        """What fires in a stretch by the states that stood in it, each told once in its life."""
        moments = make_plan(course, as_of=instant(until)).moments
        found: dict[Told, int] = {}
        inside = [one for one in moments if since < one < until]
        edges = [since, *inside, until]
        for begin, end in pairwise(edges):
            known = bisect_right(moments, begin)
            state_begin = moments[known - 1] if known else -FAR
            following = moments[known] if known < len(moments) else FAR
            plan = make_plan(course, as_of=instant(min(end, following - 1)))
            ground = Ground(plan)
            hours = ContactHours(plan.person, course.contact_hours)
            state = Stretch(state_begin, following, ground, hours, False)
            for one in gather(ground, begin - 60 * DAY, end + 60 * DAY, late=True):
                fired = Teller.fire(one, state)
                mine = (one.key, one.revision)
                if not fired.why and begin <= fired.at < end and mine not in self.told:
                    self.told[mine] = found[mine] = fired.at
        return found


def check_asked(
    course: Course, found: list[Reminder], since: int, until: int, fires: dict[Told, int]
) -> None:
    """One answer against the twin and against what each reminder must be."""
    told = [one for one in found if one.state == "told"]
    assert len({pair(one) for one in told}) == len(told)
    order = [(one.fires_key, one.rank, one.key) for one in found]
    assert order == sorted(order)
    settled = {pair(one): one.why for one in found if one.why in ("cap", "withdrawn", "useless-by-then")}
    assert {pair(one): one.fires_key for one in told} == {
        mine: at for mine, at in fires.items() if mine not in settled
    }
    assert {mine for mine, why in settled.items() if why != "useless-by-then"} <= set(fires)
    plan = make_plan(course, as_of=instant(until))
    hours = ContactHours(plan.person, course.contact_hours)
    sessions = {one.key: one for one in plan.sessions}
    here = {one.key: one for one in plan.checkins}
    zones = {event.type for event in course.history} & {"zone-changed"}
    for one in told:
        assert since <= one.fires_key < until
        assert one.fires_key < until < times.instant_key(one.useful_until), one.key
        assert one.reasons
        assert all(reason.rule for reason in one.reasons)
        if one.audience != "clinic" and KINDS[one.kind].hours != "ignore" and not zones:
            assert hours.is_open(one.fires_key), (one.key, one.fires_at)
        if one.kind in COMING or one.kind.startswith("step-"):
            session = sessions[one.item]
            if one.kind in COMING and one.audience in ("patient", "escort"):
                assert session.basis in ("protocol", "held"), one.key
                assert session.verdict in ("planned", "due", "overdue"), (one.key, session.verdict)
                assert session.at == one.item_at
        if one.kind in ("open", "nudge", "closing"):
            assert here[one.item].state in ("open", "expired", "not-yet"), (one.key, here[one.item].state)
    if plan.folded.death is not None:
        death = plan.folded.death.at_key
        assert {
            one.audience for one in told if one.fires_key >= max(death, plan.folded.death.recorded_key)
        } <= {"clinic"}


class TellingMachine(RuleBasedStateMachine):
    """A course goes on; a dispatcher asks, sometimes every few minutes, sometimes after days."""

    protocol_name = "esketamine-taper"

    def __init__(self) -> None:
        super().__init__()
        self.story: Any = None
        self.until = 0
        self.twin = Rememberer()
        self.seen: dict[Told, int] = {}
        self.fine: list[tuple[int, int, list[Reminder]]] = []

    @initialize(
        seed=st.integers(0, 1 << 20), proxy=st.booleans(), safety=st.booleans(), early=st.integers(0, 9)
    )
    def begin(self, seed: int, proxy: bool, safety: bool, early: int) -> None:
        self.story = Story(random.Random(seed), self.protocol_name)
        consent = {"proxy": {"reminders": proxy, "safety": safety}, "escort": {"reminders": proxy}}
        self.story.course = evolve(self.story.course, consent=consent)
        self.until = self.story.now - early * DAY
        # the dispatcher begins here: what fired before was told by somebody else
        self.twin.fires(known_at(self.story.course, self.until), self.until - 30 * DAY, self.until)
        self.seen = dict(self.twin.told)

    @rule()
    def happens(self) -> None:
        self.story.step()

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.story.now += 3600 * hours

    @rule(kind=st.sampled_from(["admission", "discharge", "death"]), chance=st.integers(0, 9))
    def admitted(self, kind: str, chance: int) -> None:
        if chance < 2:
            at = instant(self.story.now)
            self.story.record(ClinicalEvent(**self.story.named(), at=at, kind=kind))

    @rule(cut=st.integers(0, 4), seconds=st.integers(1, 400))
    def ask(self, cut: int, seconds: int) -> None:
        """Up to now, or only a part of the way."""
        left = self.story.now - self.until
        if left <= 0:
            return
        until = self.story.now if cut == 0 else self.until + max(1, min(left, left * cut // 5, seconds * 997))
        self.tell(until)

    def tell(self, until: int) -> None:
        course = known_at(self.story.course, until)
        found = asked(course, self.until, until)
        again = asked(self.story.course, self.until, until)
        assert [pair(one) for one in again if one.state == "told"] == [
            pair(one) for one in found if one.state == "told"
        ], "what is recorded later does not change what is told now"
        for one in found:
            if one.state == "told":
                assert pair(one) not in self.seen, f"{one.key} was told before"
                self.seen[pair(one)] = one.fires_key
        fires = self.twin.fires(course, self.until, until)
        check_asked(course, found, self.until, until, fires)
        self.fine.append((self.until, until, found))
        self.until = until

    def teardown(self) -> None:
        if self.story is None:
            return
        if self.until < self.story.now:
            self.tell(self.story.now)
        if len(self.fine) > 1:
            self.one_stretch_tells_no_more()

    def one_stretch_tells_no_more(self) -> None:
        """Asked once for the whole, it tells what the pieces told, but for what was called off since."""
        since, until = self.fine[0][0], self.fine[-1][1]
        whole = asked(known_at(self.story.course, until), since, until)
        pieces = {
            pair(one): one.fires_key for _, _, found in self.fine for one in found if one.state == "told"
        }
        told = {pair(one): one.fires_key for one in whole if one.state == "told"}
        assert told.items() <= pieces.items(), sorted(told.items() - pieces.items())[:3]
        dropped = {pair(one) for one in whole if one.why in ("withdrawn", "useless-by-then")}
        assert set(pieces) - set(told) <= dropped


@pytest.mark.parametrize("name", protocol_names())
def test_every_reminder_is_told_once_whatever_is_recorded_in_between(name: str) -> None:
    """For every built-in protocol: the machine above."""
    machine = type("Machine", (TellingMachine,), {"protocol_name": name})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=14, deadline=None, phases=PHASES),
    )


def stories(count: int) -> list[Story]:
    """Histories of every protocol, the same each time."""
    names = protocol_names()
    return [
        random_story(1000 + number, 4 + number % 12, names[number % len(names)]) for number in range(count)
    ]


def test_a_narrow_stretch_sees_all_that_a_wide_one_does() -> None:
    """What is found by bisecting is what is found by looking at everything."""
    dice = random.Random(8)
    seen = 0
    for story in stories(34):
        course = known_at(story.course, story.now)
        plan = make_plan(course, as_of=instant(story.now))
        ground = Ground(plan)
        hours = ContactHours(plan.person, course.contact_hours)
        moments = plan.moments
        state = Stretch(moments[-1] if moments else -FAR, FAR, ground, hours, True)
        wide = [
            Teller.fire(one, state)
            for one in gather(ground, story.now - 900 * DAY, story.now + 900 * DAY, late=True)
        ]
        times_told = sorted(fired.at for fired in wide if not fired.why)
        for _ in range(12):
            since = dice.choice(times_told) - dice.choice((0, 0, 1, 300, DAY)) if times_told else story.now
            until = since + dice.choice((1, 300, 3600, DAY, 9 * DAY))
            late = state.since >= since
            if until <= state.since:
                continue
            found = [
                Teller.fire(one, state) for one in gather(ground, max(since, state.since), until, late=late)
            ]
            narrow = {fired.one.same for fired in found if not fired.why and since <= fired.at < until}
            assert narrow == {fired.one.same for fired in wide if not fired.why and since <= fired.at < until}
            seen += len(narrow)
    assert seen > 1000


def test_arming_and_refilling_in_time_loses_nothing() -> None:
    """Whatever the budget: what the phone fires, and what the app shows when it asks again, is what there is."""
    left_out = 0
    for number, story in enumerate(stories(34)):
        course = known_at(story.course, story.now)
        plan = make_plan(course, as_of=instant(story.now))
        end = story.now + 20 * DAY
        if plan.refresh_by is not None:
            end = min(end, times.instant_key(plan.refresh_by))
        budget = (1, 2, 5, 64)[number % 4]
        at, fired = story.now, []
        for _ in range(400):
            armed = arm(make_plan(course, as_of=instant(at)), budget=budget)
            assert len(armed.slots) <= budget
            assert times.instant_key(armed.refill_by) > at
            left_out += len(armed.left_out)
            safety = [one for one in armed.left_out if one.why == "budget" and one.reminder.rank == 0]
            assert not safety or all(one.rank == 0 for one in armed.held)
            following = times.instant_key(armed.refill_by)
            fired += [one for one in (*armed.now, *armed.held) if one.fires_key < following]
            assert all(one.reminder.fires_key >= following for one in armed.left_out)
            at = following
            if at >= end:
                break
        assert at >= end
        mine = [(pair(one), one.fires_key) for one in fired if one.fires_key < end]
        server = [
            (pair(one), one.fires_key)
            for one in reminders(plan, instant(story.now), instant(end))
            if one.audience == "patient"
        ]
        assert sorted(mine) == sorted(server)
    assert left_out > 100


def test_a_phone_that_is_mended_holds_what_is_new() -> None:
    """Cancel, add and move turn what was held into what is to be held, and touch nothing else."""
    for story in stories(40):
        if not story.course.history:
            continue
        course = story.course
        before = arm(make_plan(known_at(course, story.now - 3 * DAY), as_of=instant(story.now - 3 * DAY)))
        after = arm(make_plan(course, as_of=instant(story.now)))
        mend = arm_changes(before, after)
        assert changes(before, after) == mend
        phone = {one.key: one for one in before.slots}
        for key in mend.cancel:
            del phone[key]
        for one in mend.add:
            assert one.key not in phone
            phone[one.key] = one
        for one in mend.move:
            assert (phone[one.key].revision, phone[one.key].fires_key) != (one.revision, one.fires_key)
            phone[one.key] = one
        assert {(one.key, one.revision, one.fires_key) for one in phone.values()} == {
            (one.key, one.revision, one.fires_key) for one in after.slots
        }


def dated(plan: Plan) -> list[tuple[Any, ...]]:
    """Every item of a plan with its dates."""
    found: list[tuple[Any, ...]] = [(one.key, one.at, one.ends) for one in plan.sessions]
    found += [(one.key, one.opens_key, one.due_key, one.closes_key) for one in plan.checkins]
    found += [(one.key, one.raised, one.due) for one in plan.decisions]
    return found + [(one.key,) for one in plan.alerts]


def test_until_it_asks_to_be_refreshed_a_plan_stands() -> None:
    """Replans between ``as_of`` and ``refresh_by``, with nothing recorded, agree in their dated items and reminders."""
    dice = random.Random(5)
    compared = 0
    for story in stories(51):
        plan = make_plan(story.course, as_of=instant(story.now))
        last = max((event.recorded_key for event in story.course.history), default=0)
        if last > story.now:
            continue
        end = story.now + 40 * DAY
        if plan.refresh_by is not None:
            end = min(end, times.instant_key(plan.refresh_by) - 1)
        for _ in range(3):
            at = dice.randrange(story.now, end + 1)
            later = make_plan(story.course, as_of=instant(at))
            assert dated(later) == dated(plan), (story.course.protocol.id, instant(at))
            if at < end:
                early = [pair(one) for one in reminders(plan, instant(at), instant(end))]
                assert early == [pair(one) for one in reminders(later, instant(at), instant(end))]
            compared += 1
    assert compared > 60


def test_safety_is_told_whatever_the_cap() -> None:
    """A cap of none leaves out what can be done without and nothing of safety, nor a visit of today."""
    seen = 0
    for story in stories(17):
        plan = make_plan(story.course, as_of=instant(story.now))
        since, until = instant(story.now), instant(story.now + 20 * DAY)
        everything = reminders(plan, since, until, caps={})
        bare = reminders(plan, since, until, caps={"patient": 0, "escort": 0, "proxy": 0})
        assert [one for one in everything if one.audience == "clinic" or not KINDS[one.kind].capped] == list(
            bare
        )
        assert list(reminders(plan, since, until)) == list(reminders(plan, since, until, caps=CAPS))
        seen += len(everything) - len(bare)
    assert seen > 20


def test_a_moved_visit_cancels_and_adds_exactly_its_own() -> None:
    """On the phone only what hangs on an item that the plan itself moved is touched; a cap may let others in."""
    moved = 0
    for number, story in enumerate(stories(51)):
        course = known_at(story.course, story.now)
        before = make_plan(course, as_of=instant(story.now))
        coming = [one for one in before.sessions if one.verdict == "planned" and one.basis == "protocol"]
        if not coming:
            continue
        session = coming[number % min(3, len(coming))]
        to = session.at.add(days=number % 2, hours=3 * (1 - number % 2))
        event = SessionMoved(
            id="moved", course="c-1", recorded_at=instant(story.now), session=session.key, to=to
        )
        after = make_plan(course.with_events(event), as_of=instant(story.now))
        old, new = arm(before, budget=5000), arm(after, budget=5000)
        if old.lapses_at != new.lapses_at:
            continue  # then what lies between the two is held or not for another reason
        mend = arm_changes(old, new)
        found = changes(before, after)
        allowed = {one.key for one in (*found.moved, *found.added, *found.removed, *found.changed)}
        touched = {*mend.cancel, *(one.key for one in (*mend.add, *mend.move))}
        others = [key for key in touched if key.split("/tell/")[0] not in allowed | {session.key}]
        assert [key for key in others if not KINDS[key.split("/")[-3]].capped] == []
        moved += session.key in {key.split("/tell/")[0] for key in touched}
    assert moved > 10


def test_no_reminder_and_no_digest_tells_a_stranger_anything() -> None:
    """Every reminder of every story, in both languages, for every text that is read without unlocking."""
    kinds: set[str] = set()
    for story in stories(17):
        course = evolve(
            story.course,
            consent={"proxy": {"reminders": True, "safety": True}, "escort": {"reminders": True}},
        )
        plan = make_plan(course, as_of=instant(story.now))
        found = reminders(
            plan, instant(story.now - 40 * DAY), instant(story.now + 30 * DAY), include_dropped=True
        )
        for one in found:
            kinds.add(one.kind)
            for locale in ("en-US", "es-MX"):
                for level in OPEN_TO_STRANGERS:
                    words = one.words(neutral_name="North Street", level=level, locale=locale)
                    assert telling_words(f"{words.title}\n{words.body}") == [], one.key
                assert one.words(neutral_name="North Street", level="unlocked", locale=locale).body
        told = digests(found)
        assert sorted(one.key for group in told for one in group.reminders) == sorted(
            one.key for one in found if one.state == "told"
        )
        for group in told:
            assert len({(one.audience, one.fires_key) for one in group.reminders}) == 1
            assert not group.joined or all(one.joins for one in group.reminders)
            for level in OPEN_TO_STRANGERS:
                words = group.words(neutral_name="North Street", level=level)
                assert telling_words(f"{words.title}\n{words.body}") == []
    assert kinds >= {
        "week",
        "day",
        "today",
        "open",
        "nudge",
        "closing",
        "unanswered",
        "alert",
        "help",
        "safety",
        "unrecorded",
    }
