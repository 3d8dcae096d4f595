"""How a Decision is asked: once by its key, raised, due, then open or taken."""

from __future__ import annotations

from collections.abc import Iterable

from . import times
from .course import Course
from .decisions_model import Decision, DecisionOption, effect_words
from .effects import decision_id
from .facts import Facts
from .folding import Folded
from .history import Event
from .laid import Layout, TakenOption
from .protocol import Option, TreatmentProtocol
from .reasons import Reason

__all__ = ["Asker"]


class Asker:
    """What is asked of one course; ``wakes`` are days on which time alone will raise a Decision."""

    def __init__(
        self, course: Course, folded: Folded, layout: Layout, facts: Facts, today: int, worse: list[int]
    ):
        self.course = course
        self.folded = folded
        self.layout = layout
        self.facts = facts
        self.today = today
        self.worse = worse
        self.made: dict[str, Decision] = {}
        self.wakes: list[int] = []

    def ask(
        self,
        name: str,
        anchor: str,
        about: str,
        question: str,
        options: tuple[Option, ...],
        default: str,
        raised: int,
        due: int,
        reasons: tuple[Reason, ...],
        taken: Iterable[TakenOption] = (),
    ) -> None:
        """Ask once; an answer given to this key settles it."""
        key = decision_id(self.course.id, name, anchor)
        if key in self.made:
            return
        due = max(due, raised)
        chosen = list(taken)
        taken_option = chosen[-1].option if chosen else None
        state = "taken" if taken_option is not None else "to-come" if self.today < raised else "open"
        self.made[key] = Decision(
            key=key,
            id=name,
            question=question,
            options=tuple(
                DecisionOption(
                    id=option.id,
                    text=option.text,
                    effect=effect_words(option.effect),
                    outside_label=True if option.outside_label else None,
                )
                for option in options
            ),
            default=default,
            about=about,
            raised=times.date_of(raised),
            due=times.date_of(due),
            state=state,
            overdue=state == "open" and self.today > due,
            reasons=reasons,
            taken=taken_option,
        )

    def answers(self, name: str, anchor: str) -> list[TakenOption]:
        """What was decided under this id, by its anchor or by the bare id."""
        return [one for one in self.layout.taken if one.decision == name and one.anchor in (anchor, "")]

    def recorded(self, event: Event) -> int:
        """The local day on which an event was recorded."""
        return self.folded.days(event.recorded_key)

    def protocol_on(self, day: int) -> TreatmentProtocol:
        """The protocol in force on a day."""
        found = self.course.protocol
        for event in self.folded.protocols:
            if day >= event.from_date.toordinal():
                found = self.course.other_protocol(event.protocol)
        return found

    def short(self, key: str) -> str:
        """A key without its course."""
        return key.removeprefix(f"{self.course.id}/")
