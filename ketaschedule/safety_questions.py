"""The questions that must never go unheard.

The table is written here and read from nothing at run time: no file, protocol or setting that breaks
can take a question out of it. It says the same as the instruments' own files; a test holds the two
together.

Sources: PHQ-9 item 9, any answer but "not at all" (Simon 2013, doi 10.1176/appi.ps.201200587);
C-SSRS screener, any yes, in three levels (Columbia Lighthouse Project, triage points for the
screener); QIDS-SR16 item 12, MADRS item 10, MADRS-S item 9: second-hand or unconfirmed, kept because
a safety item is never left out for want of a source.
"""

from __future__ import annotations

from attrs import frozen

__all__ = ["CLINICS_OWN", "PHQ_9", "QUESTIONS", "Question"]


@frozen
class Question:
    """One question: answered from 0 to ``worst``, or by yes and no, a yes having level ``worst``.

    ``least`` is the level of an answer that cannot be read. ``asked_if`` names the item whose plain no
    means that this one was not asked. ``about`` goes into the Alert's text.
    """

    instrument: str
    item: str
    worst: int
    about: str
    yes_no: bool = False
    asked_if: str = ""

    @property
    def least(self) -> int:
        """The least level at which an answer to this question raises an Alert."""
        return self.worst if self.yes_no else 1


def _screener(name: str, when: str, *asked: tuple[str, int, str]) -> tuple[Question, ...]:
    """The questions of one form of the screener: item, level of a yes, and the item that gates it."""
    thoughts = [("1", 1, ""), ("2", 1, ""), ("3", 2, "2"), ("4", 3, "2"), ("5", 3, "2")]
    return tuple(
        Question(name, item, level, f"suicidal thoughts or behaviour{when}", yes_no=True, asked_if=gate)
        for item, level, gate in (*thoughts, *asked)
    )


_THOUGHTS = "thoughts of death or of self-harm"
PHQ_9 = Question("phq-9", "9", 3, _THOUGHTS)
CLINICS_OWN = Question("safety-question", "safety", 3, _THOUGHTS)
QUESTIONS: tuple[Question, ...] = (
    PHQ_9,
    Question("qids-sr16", "12", 3, _THOUGHTS),
    Question("madrs", "10", 6, _THOUGHTS),
    Question("madrs-s", "9", 6, _THOUGHTS),
    Question("mood", "safety", 3, _THOUGHTS),
    CLINICS_OWN,
    *_screener("c-ssrs-screener", "", ("6", 2, ""), ("6-recent", 3, "6")),
    *_screener("c-ssrs-screener-since-last-contact", " since the last contact", ("6", 3, "")),
)
"""Every question of the built-in instruments at which an answer may raise an Alert."""
