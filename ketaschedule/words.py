"""What people are told: every message in words, in a person's language, for a locked or an unlocked screen.

The words stand in ``texts/``, one file a language, so that a translator needs no Python. A message that may be read
without unlocking anything (``locked``: lock screen, SMS, subject of an e-mail, field of a calendar) says that there
is a message and nothing else; ``dated`` is one for who has agreed to read there the date and time of an
appointment too, and for an escort, who has no app; the whole text (``unlocked``) is for the app. English needs nothing beyond the core and is written alike whatever is installed; dates and plurals
of another language need the extra ``i18n``.

>>> told = {"neutral_name": "North Street", "clinic": "North Street", "visit_at": "2026-12-01T10:00:00-05:00"}
>>> render("visit-week", told).body
'You have a message from North Street.'
>>> render("visit-week", told, locale="en-US", level="dated").body
'You have an appointment on Tuesday, December 1, 2026, 10:00 AM. Check the app for changes.'
>>> render("visit-missed", told | {"neutral_name": "Mood Clinic"})
Traceback (most recent call last):
    ...
ketaschedule.errors.InputError: parameters.neutral_name: can be read without unlocking and says 'mood' ...
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from attrs import frozen

from ketaschedule.errors import Fault, InputError, UnknownNameError
from ketaschedule.privacy import telling_words
from ketaschedule.words_files import Message, Part, Pieces, language_file, language_names
from ketaschedule.words_forms import Forms, cleaned, needs_extra

__all__ = [
    "Level",
    "Text",
    "audience_of",
    "languages",
    "messages",
    "parameters_of",
    "render",
    "step_message",
]

Level: TypeAlias = Literal["locked", "dated", "unlocked"]
"""``locked`` and ``dated`` can be read without unlocking anything; ``unlocked`` is for the app alone."""

MOST_OF_A_NUMBER = 100_000
"""A number that a text counts with is at most this."""


@frozen
class Text:
    """Words ready to be shown. ``lang`` is the language they are in, which may not be the one asked for."""

    title: str
    body: str
    lang: str


def render(
    message: str, parameters: Mapping[str, str | int], *, locale: str = "en", level: Level = "locked"
) -> Text:
    """The words of ``message`` with its ``parameters``, in the language of ``locale``.

    A locale falls back by parts to a language that we have, at last to English: ``es-MX`` to ``es``; its
    region still says how dates are written. Every name of :func:`parameters_of` must be there, also where the
    level does not show it; ``""`` says that something is not known, and the text then says so in words of its
    own. Names that end in ``_date`` are ISO dates, in ``_at`` ISO instants with the offset in which they are
    to be read. Others are text: made one line, stripped of control characters and of what turns the direction
    of a line, cut at 120 characters. Names that the message does not use are passed over.

    Raises :class:`UnknownNameError` for an unknown message, else :class:`InputError` with every fault: a
    parameter that is missing or of the wrong kind, one that tells a stranger something at another level than
    ``unlocked`` (code ``telling``), a language whose dates or plurals need the extra (code ``no-extra``).

    >>> render("clinic-decision-overdue", {"neutral_name": "x", "course": "c-1", "decision": "week-9", "days": 1},
    ...        level="unlocked").body
    'Course c-1: the decision week-9 is overdue by 1 day. It does not answer itself.'
    >>> render("checkin-thanks", {"neutral_name": "North Street"}, locale="es-MX", level="unlocked")
    Text(title='Gracias', body='Gracias. Sus respuestas se han enviado.', lang='es')
    """
    lang = _language(locale)
    file = language_file(lang)
    if message not in file.messages:
        raise UnknownNameError.of("message", str(message), messages(), "message")
    here = file.messages[message]
    faults = [
        Fault(f"parameters.{name}", "is missing", "a value, or '' where it is not known", "missing")
        for name in here.parameters
        if name not in parameters
    ]
    if level not in get_args(Level):
        faults.append(Fault("level", f"{str(level)[:40]!r} is not known", ", ".join(get_args(Level))))
        raise InputError(faults)
    filling = _Filling(parameters, Forms(lang, locale), file.stand_ins, faults, level != "unlocked")
    try:
        if level != "unlocked":
            shown = here.dated if level == "dated" and here.dated else here.locked
            title, body = filling.text(here.locked_title), filling.text(shown)
        else:
            title, body = filling.text(here.title), filling.text(_body(here, filling))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "babel":
            raise
        raise needs_extra(lang) from None
    if faults:
        raise InputError(dict.fromkeys(faults))
    return Text(title, body, lang)


def messages() -> tuple[str, ...]:
    """Every message id, sorted.

    >>> "visit-week" in messages()
    True
    """
    return tuple(sorted(language_file("en").messages))


def parameters_of(message: str) -> tuple[str, ...]:
    """The names of what a message needs, for both levels together; ``neutral_name``, which all need, first.

    >>> parameters_of("visit-week")
    ('neutral_name', 'visit_at', 'clinic')
    """
    return _message(message).parameters


def audience_of(message: str) -> str:
    """Whom a message is written for: ``patient``, ``escort``, ``proxy``, ``clinic``, or ``any``.

    >>> audience_of("proxy-safety")
    'proxy'
    """
    return _message(message).audience


def languages() -> tuple[str, ...]:
    """The languages that have every message, as their files are called.

    >>> languages()
    ('en', 'es')
    """
    return language_names()


def step_message(what: str, audience: str) -> str:
    """The message of a step of the session day; a step told to two audiences has words of its own for the second.

    Raises :class:`UnknownNameError` for a step that has no words.

    >>> step_message("escort", "patient"), step_message("escort", "escort")
    ('step-escort', 'step-escort-escort')
    """
    known = language_file("en").messages
    own = f"step-{what}-{audience}"
    return own if own in known else _message(f"step-{what}").id


def _message(message: str) -> Message:
    known = language_file("en").messages
    if message not in known:
        raise UnknownNameError.of("message", str(message), messages(), "message")
    return known[message]


def _language(locale: object) -> str:
    """The first of the locale's language and English that there is a file for."""
    asked = str(locale)[:35].replace("_", "-").partition("-")[0].lower()
    return asked if asked in language_names() else "en"


def _body(message: Message, filling: _Filling) -> Pieces:
    """The body in the plural form of its number; the number's own form where it has one."""
    if not message.plural:
        return message.bodies["other"]
    number = filling.number(message.plural)
    if number is None:
        return ()
    exact = message.bodies.get(str(number))
    return exact or message.bodies[filling.forms.plural(number)]


class _Filling:
    """Parameters on their way into texts; what is wrong with them gathers in ``faults``."""

    def __init__(
        self,
        values: Mapping[str, str | int],
        forms: Forms,
        stand_ins: Mapping[str, str],
        faults: list[Fault],
        strangers: bool,
    ) -> None:
        self.values, self.forms, self.stand_ins = values, forms, stand_ins
        self.faults, self.strangers = faults, strangers

    def text(self, pieces: Pieces) -> str:
        return "".join(piece if isinstance(piece, str) else self._part(piece) for piece in pieces)

    def number(self, name: str) -> int | None:
        """A number that a text counts with; a fault and None where it is not one."""
        if name not in self.values:
            return None
        value = self.values[name]
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_OF_A_NUMBER:
            allowed = f"a whole number from 0 to {MOST_OF_A_NUMBER}"
            self.faults.append(Fault(f"parameters.{name}", "is not a number to count with", allowed))
            return None
        return value

    def _part(self, part: Part) -> str:
        values = [self._value(name, part.form) for name in part.names if name in self.values]
        known = [value for value in values if value]
        return ", ".join(known or [self.stand_ins.get(name, "") for name in part.names])

    def _value(self, name: str, form: str) -> str:
        path = f"parameters.{name}"
        value: object = self.values[name]  # an untyped caller may hand in anything
        if name.endswith(("_date", "_at")):
            try:
                return self.forms.moment(name, value, form, path)
            except InputError as error:
                self.faults.extend(error.faults)
                return ""
        if (
            isinstance(value, bool)
            or not isinstance(value, str | int)
            or (isinstance(value, int) and abs(value) > MOST_OF_A_NUMBER)
        ):
            allowed = f"text, or a whole number to {MOST_OF_A_NUMBER}"
            fault = Fault(path, f"a {type(value).__name__} that is no word", allowed)
            self.faults.append(fault)
            return ""
        text = cleaned(value)
        if self.strangers and (telling := telling_words(text)):
            told = f"can be read without unlocking and says {', '.join(map(repr, telling[:5]))}"
            self.faults.append(Fault(path, told, "a name that tells nothing", "telling"))
        return text
