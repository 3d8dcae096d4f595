"""What a Decision is: a question for the clinician, its options with what they do, a default and a due date."""

from __future__ import annotations

from collections.abc import Mapping

import pendulum
from attrs import frozen

from .protocol import Effect
from .reasons import Reason

__all__ = ["RAISED_DAYS_BEFORE", "Decision", "DecisionOption", "effect_words"]

RAISED_DAYS_BEFORE = 14
"""Days before a Decision is due at which it is raised (house)."""


@frozen(kw_only=True)
class DecisionOption:
    """One answer: ``effect`` in the words of the protocol file (``{"set-interval": 14}``)."""

    id: str
    text: str
    effect: Mapping[str, object]
    outside_label: bool | None = None


@frozen(kw_only=True)
class Decision:
    """A question with executable options. ``about`` names the session or phase it rests on.

    ``state``: ``to-come`` (not yet raised), ``open`` or ``taken``; ``overdue`` once its due day has passed
    untaken. ``taken`` is the option chosen, where one was.
    """

    key: str
    id: str
    question: str
    options: tuple[DecisionOption, ...]
    default: str
    about: str
    raised: pendulum.Date
    due: pendulum.Date
    state: str
    overdue: bool
    reasons: tuple[Reason, ...]
    taken: str | None = None


def effect_words(effect: Effect) -> dict[str, object]:
    """What an option does, as named in files and JSON.

    >>> effect_words(Effect(set_interval=14))
    {'set-interval': 14}
    """
    words: dict[str, object] = {
        "go-to-phase": effect.go_to_phase,
        "set-interval": effect.set_interval,
        "add-sessions": effect.add_sessions,
        "count-dose": effect.count_dose,
    }
    found = {name: value for name, value in words.items() if value is not None}
    found |= {name: True for name in ("keep", "pause", "end") if getattr(effect, name)}
    return found
