"""What an Alert is: something that a person must see now, open until a named person closes it.

Four kinds come from events alone (:mod:`ketaschedule.safety`); the others need a plan and are made there,
in the same class, and so is a question skipped together with its whole form.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import pendulum
from attrs import frozen

__all__ = ["ALERT_KINDS", "Alert", "AlertKind"]

AlertKind: TypeAlias = Literal[
    "safety-item",
    "safety-item-skipped",
    "unreadable-answer",
    "clinical-event",
    "first-crossing",
    "relapse-confirmed",
    "deterioration",
    "dose-too-close",
    "overdue-decision",
]
ALERT_KINDS: tuple[AlertKind, ...] = get_args(AlertKind)
"""Every kind of Alert; the first four come from :func:`safety_alerts`, the others from a plan, and ``safety-item-skipped`` from both."""


@frozen(kw_only=True)
class Alert:
    """Something that a person must see now; open until a named person closes it.

    ``level`` is the highest since it opened, from 1 on, and ``previous_level`` the level it had before the
    latest answer joined, or that of the Alert closed before it. ``times`` counts the answers that joined,
    ``rings`` how often it rang: once when it opened and once for each higher level. ``answered_at`` and
    ``received_at`` (the person's clock and ours) belong to the answer that rang last, each absent where it
    cannot be read; ``last_received_at`` is when the latest answer came. ``events`` are the ids behind it.
    ``text`` is English, for the clinic.
    """

    key: str
    kind: AlertKind
    course: str
    text: str
    item: str | None = None
    instrument: str | None = None
    level: int | None = None
    previous_level: int | None = None
    times: int = 1
    rings: int = 1
    answered_at: pendulum.DateTime | None = None
    received_at: pendulum.DateTime | None = None
    last_received_at: pendulum.DateTime | None = None
    events: tuple[str, ...] = ()
    open: bool = True
    closed_at: pendulum.DateTime | None = None
    closed_by: str | None = None
    how: str | None = None
