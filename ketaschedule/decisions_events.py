"""Decisions that events of the course raise: resuming, a pregnancy, a clinician's rating, an end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .decisions_asking import Asker
from .effects import STANDARD, options_of
from .history import ReviewHeld
from .instrument import canonical_instrument
from .protocol import Effect, Option
from .reasons import Reason

__all__ = ["EventAsker", "cgi_s_of"]


def cgi_s_of(said: Mapping[str, Any]) -> int | None:
    """The rating on the CGI-S in the findings of a review, 1 to 7, however its name is spelled.

    >>> cgi_s_of({"CGI_S": 4}), cgi_s_of({"cgi-s": "4"})
    (4, None)
    """
    for name, value in said.items():
        whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value % 1 == 0
        if whole and 1 <= value <= 7 and canonical_instrument(name) == "cgi-s":
            return int(value)
    return None


class EventAsker(Asker):
    """Asks what no session raises."""

    def events(self) -> None:
        """Pauses that ended, pregnancies, ratings."""
        for _, _, paused, resumed in self.layout.pauses:
            if resumed is not None:
                event = next(one for one in self.folded.events if one.id == resumed)
                raised = self.recorded(event)
                reason = Reason(
                    "M16", {"paused": paused, "resumed": resumed}, "resumed after a pause", "house"
                )
                options = options_of(self.protocol_on(self.recorded(event)), "resume")
                anchor = f"event/{resumed}"
                self.ask(
                    "resume",
                    anchor,
                    self.course.id,
                    "The course was resumed: how does it go on?",
                    options,
                    "keep",
                    raised,
                    raised,
                    (reason,),
                    self.answers("resume", anchor),
                )
        for _, event in self.folded.clinical:
            if event.kind == "pregnancy":
                raised = self.recorded(event)
                reason = Reason("M19", {"event": event.id}, "a pregnancy was recorded", "house")
                anchor = f"event/{event.id}"
                self.ask(
                    "pregnancy",
                    anchor,
                    self.course.id,
                    "A pregnancy was recorded: pause the course?",
                    STANDARD["pregnancy"],
                    "pause",
                    raised,
                    raised,
                    (reason,),
                    self.answers("pregnancy", anchor),
                )
        for day, event in self.folded.reviews:
            self.rating(day, event)

    def ended(self) -> None:
        """A course that was ended, by a record or a Decision, asks the clinic for its review and watch."""
        layout = self.layout
        event = layout.ended[1] if layout.ended is not None else layout.ended_by
        if event is None or layout.end_key is None:
            return
        review = layout.by_key[layout.end_key]
        reason = Reason(
            "S20", {"event": event.id}, "every end of treatment has a review and a watch", "house"
        )
        anchor = f"event/{event.id}"
        question = "The course was ended: are its review and the watch after it agreed?"
        self.ask(
            "ended",
            anchor,
            review.key,
            question,
            STANDARD["ended"],
            "agreed",
            self.recorded(event),
            review.day,
            (reason,),
            self.answers("ended", anchor),
        )

    def rating(self, day: int, event: ReviewHeld) -> None:
        """A CGI-S rating, by the table of the protocol in force."""
        value = cgi_s_of(event.findings or {})
        if value is None:
            return
        run, every = self.layout.frequency_on(day)
        if run is None:
            return
        for row in run.protocol.frequency:
            if row.every_days == every and row.rating_from <= value <= row.rating_to:
                options = (
                    row.options
                    if any(option.id == "keep" for option in row.options)
                    else (
                        Option(
                            id="keep", text="Keep the frequency", effect=Effect(keep=True), source=row.source
                        ),
                        *row.options,
                    )
                )
                anchor = f"event/{event.id}"
                taken = self.answers("frequency", anchor)
                options += tuple(  # what was decided stands, also where another frequency turns out to have been in force
                    option
                    for option in options_of(run.protocol, "frequency")
                    if option not in options and any(one.option == option.id for one in taken[-1:])
                )
                raised = self.recorded(event)
                inputs: dict[str, object] = {"cgi_s": value, "every_days": every}
                reason = Reason("M17", inputs, "rated by a clinician", row.source)
                question = f"CGI-S {value} at every {every} days: keep the frequency, or change it?"
                self.ask(
                    "frequency",
                    anchor,
                    run.key,
                    question,
                    options,
                    "keep",
                    raised,
                    raised,
                    (reason,),
                    taken,
                )
