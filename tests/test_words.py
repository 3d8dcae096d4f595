"""What people are told: in every language, nothing that tells a stranger, nothing that soothes, nothing that orders."""

from __future__ import annotations

import datetime
import re
import sys
import unicodedata
from collections.abc import Iterator
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketaschedule.errors import InputError, UnknownNameError, install
from ketaschedule.formats.ics import plan_to_ics
from ketaschedule.privacy import telling_words
from ketaschedule.protocol_files import load_protocol, protocol_names
from ketaschedule.words import (
    Level,
    Text,
    audience_of,
    languages,
    messages,
    parameters_of,
    render,
    step_message,
)
from ketaschedule.words_files import LanguageFile, Part, Pieces, language_file
from ketaschedule.words_forms import MOST_OF_A_WORD
from tests.plans import eventful_plan

LOCALES = ("en", "en-US", "en-GB", "es", "es-MX", "es-US", "es-419")
NUMBERS = ("days", "times", "count")
PARAMETERS: dict[str, str | int] = {
    "neutral_name": "North Street",
    "clinic": "North Street",
    "clinic_phone": "555-0100",
    "crisis_line": "988",
    "emergency": "911",
    "monitor": "Sam",
    "patient_name": "Alex",
    "when": "on weekdays before noon",
    "course": "c-1",
    "decision": "week-9",
    "what": "when answers are read",
    "alert": "first crossing on PHQ-9",
    "level": 2,
    "previous": 1,
    "days": 3,
    "times": 2,
    "count": 4,
    "visit_at": "2026-12-01T10:00:00-05:00",
    "step_at": "2026-12-01T08:00:00-05:00",
    "due_at": "2026-12-01T18:00:00-05:00",
    "closes_at": "2026-12-02T18:00:00-05:00",
    "due_date": "2026-12-08",
    "end_date": "2026-12-08",
}


def unlocked(message: str, locale: str = "en", **others: str | int) -> Text:
    return render(message, PARAMETERS | others, locale=locale, level="unlocked")


def plain(pieces: Pieces) -> str:
    """A text as its file has it, with its places as words."""
    return "".join(p if isinstance(p, str) else f"<{' '.join(p.names)}>" for p in pieces)


def texts_of(file: LanguageFile, message: str) -> list[str]:
    """Title and every form of the body, unlocked, as the file has them."""
    here = file.messages[message]
    return [plain(here.title), *(plain(body) for body in here.bodies.values())]


def every_text() -> Iterator[tuple[str, str, str, str]]:
    """Language, message, audience, and each unlocked text."""
    for lang in languages():
        for message in messages():
            for text in texts_of(language_file(lang), message):
                yield lang, message, audience_of(message), text


# ---------------------------------------------------------------- what strangers may read


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_that_a_stranger_can_read_tells(locale: str) -> None:
    """Every message, whatever its audience, its numbers and the day of the year: title and body name nothing."""
    days = [datetime.date(2026, 1, 1) + datetime.timedelta(days=17 * n) for n in range(22)]
    for message in messages():
        for day in days:
            at = {name: f"{day}T10:00:00-05:00" for name in PARAMETERS if name.endswith("_at")}
            for level in ("locked", "dated"):
                told = render(message, PARAMETERS | at, locale=locale, level=level)
                assert telling_words(f"{told.title}\n{told.body}") == [], message


def test_a_locked_text_says_that_there_is_a_message_and_nothing_else() -> None:
    """The one sentence. For who has agreed, a visit adds date and time and says to check the app; an escort reads all."""
    others = {
        "armed-check-app": "Check the app for changes.",
        "armed-lapse": "You have a message from North Street. Please open the app.",
        "proxy-safety": "You have a message from North Street. Please call 555-0100.",
    }
    appointment = "You have an appointment on Tuesday, December 1, 2026, 10:00 AM. Check the app for changes."
    dated = {"visit-week", "visit-day", "visit-today", "visit-moved"}
    dated |= {"visit-integration", "visit-preparation", "visit-review"}
    for message in messages():
        told = render(message, PARAMETERS)
        expected = others.get(message, "You have a message from North Street.")
        assert told == Text("North Street", expected, "en"), message
        agreed = render(message, PARAMETERS, level="dated").body
        if audience_of(message) == "escort":
            assert agreed == unlocked(message).body
        else:
            assert agreed == (appointment if message in dated else expected), message


def test_a_locked_text_takes_in_no_name_of_a_person_and_no_free_words() -> None:
    """Only the neutral name, an appointment's instant and a number to call can enter one, in any language."""
    for lang in languages():
        for message in language_file(lang).messages.values():
            shown = (*message.locked, *message.dated)
            names = [name for part in shown if isinstance(part, Part) for name in part.names]
            allowed = {"neutral_name"}
            allowed |= {"visit_at"} if message.id.startswith(("visit-", "escort-")) else set()
            allowed |= {"clinic_phone"} if message.id == "proxy-safety" else set()
            assert set(names) <= allowed, (lang, message.id)


@pytest.mark.parametrize(
    "name", ["Mood Clinic", "Centro de Salud Mental", "K\u200betamine House", "spravato"]
)
def test_a_name_that_tells_is_refused_for_strangers(name: str) -> None:
    """A clinic's telling name never reaches a locked screen; in the app it stands in nobody's way."""
    for message in messages():
        with pytest.raises(InputError) as caught:
            render(message, PARAMETERS | {"neutral_name": name})
        assert [(f.path, f.code) for f in caught.value.faults] == [("parameters.neutral_name", "telling")]
        assert unlocked(message, neutral_name=name).body


@pytest.mark.parametrize("locale", ["en", "en-GB", "es-MX"])
def test_no_field_of_a_calendar_tells_whatever_happened(locale: str) -> None:
    """After doses, misses, moves and a cancelled visit: no word of the list in any field."""
    text = plan_to_ics(eventful_plan(locale=locale)).decode("utf-8").replace("\r\n ", "")
    assert "CANCELLED" in text
    assert telling_words(text) == []


def test_escorts_read_nothing_that_tells_even_in_the_app() -> None:
    """Their texts name no drug, no diagnosis and no clinic, locked or not."""
    seen = 0
    for lang, message, audience, text in every_text():
        if audience == "escort":
            assert telling_words(text) == [], (lang, message)
            assert "<clinic" not in text
            seen += 1
    assert seen == 2 * 2 * 6


# ---------------------------------------------------------------- what no text says


SOOTHING = {
    "en": r"safe|safely|fine|ok|okay|well|low|normal|reassur\w*|harmless|no (?:risk|danger|concern|worr\w+)",
    "es": r"segur[oa]s?|a salvo|bien|vale|ok|baj[oa]s?|normal\w*|tranquil\w*|sin (?:riesgo|peligro)|inofensiv\w*",
}
ORDERING = {
    "en": r"take(?! place)|takes|taking|swallow\w*|inhal\w*|inject\w*|administer\w*|self-\w+|doses?|dosing|spray it|tablets?",
    "es": r"t[oó]m[aeo]\w*|tr[aá]g\w*|inh[aá]l\w*|iny[eé]ct\w*|admin[ií]str\w*|apl[ií]quel?\w*|dosis|pastillas?|comprimidos?",
}
JUDGING = {
    "en": r"relaps\w*|fail\w*|non-?respond\w*|responders?|worsen\w*|score\w*|non-?complian\w*|no-?shows?",
    "es": r"reca[ií]\w*|fracas\w*|fall[oaóe]\w*|respondedor\w*|puntuaci\w*|incumpl\w*",
}
DRIVING = r"driv\w*|cycle|machines|conduzca|conducir|máquinas|bicicleta"


def says(pattern: str, text: str) -> bool:
    return re.search(rf"(?<!\w)(?:{pattern})(?!\w)", text, re.IGNORECASE) is not None


def test_no_text_soothes() -> None:
    """Nothing says safe, fine, OK, well or low risk, near a safety item or anywhere else."""
    found = [(lang, message) for lang, message, _, text in every_text() if says(SOOTHING[lang], text)]
    assert found == []


def test_no_message_tells_a_person_to_take_a_dose() -> None:
    """To patients, escorts and proxies no text says take or dose; the clinic alone reads of doses."""
    found = [
        (lang, message)
        for lang, message, audience, text in every_text()
        if audience != "clinic" and says(ORDERING[lang], text)
    ]
    assert found == []


def test_no_patient_is_judged() -> None:
    """Never relapse, failed, non-responder, nor a score."""
    found = [
        (lang, message)
        for lang, message, audience, text in every_text()
        if audience != "clinic" and says(JUDGING[lang], text)
    ]
    assert found == []


def test_no_text_gives_an_hour_for_driving() -> None:
    """Where driving is spoken of there is no digit and no time: a day and a condition, in both languages."""
    about = {(lang, message): text for lang, message, _, text in every_text() if says(DRIVING, text)}
    assert {message for _, message in about} == {"step-escort", "step-no-driving"}
    for text in about.values():
        assert not re.search(r"\d|<|hour|minute|hora|minuto", text)
    assert (
        "until tomorrow, after a full night's sleep, and longer if you still feel affected"
        in about["en", "step-no-driving"]
    )
    assert (
        "hasta mañana, después de una noche completa de sueño, y más tiempo si todavía nota efectos"
        in about["es", "step-no-driving"]
    )


def test_no_text_has_a_decimal() -> None:
    """Not one figure in the files; numbers come in as parameters, which are whole."""
    assert [(lang, message) for lang, message, _, text in every_text() if re.search(r"\d", text)] == []


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        (SOOTHING, {"en": "You are safe.|All is well|low risk|OK", "es": "Está bien.|riesgo bajo|segura"}),
        (ORDERING, {"en": "Take it now|your dose", "es": "Tome la|su dosis|tómela|administre|aplíquese"}),
        (JUDGING, {"en": "a relapse|it failed|non-responder", "es": "una recaída|ha fallado|no respondedor"}),
    ],
)
def test_the_lists_catch_what_they_forbid(lists: dict[str, str], words: dict[str, str]) -> None:
    """Each list finds its own words, so that a test above cannot pass by being blind."""
    for lang, samples in words.items():
        assert [one for one in samples.split("|") if not says(lists[lang], one)] == []


# ---------------------------------------------------------------- what must be said, word for word


WORD_FOR_WORD = {
    "checkin-thanks": "Thank you. Your answers were sent.",
    "checkin-beside-safety-question": (
        "Your clinic reads answers {when}. This is not an emergency service. If you might hurt yourself, "
        "call {crisis_line} or {emergency} now."
    ),
    "safety-positive-sent": (
        "Thank you for telling us. Your clinic has been told. You do not have to wait for them: "
        "{crisis_line}, {emergency}, {clinic_phone}."
    ),
    "safety-positive-sending": (
        "Thank you for telling us. We are sending this to your clinic now. You do not have to wait for them: "
        "{crisis_line}, {emergency}, {clinic_phone}."
    ),
    "no-record": (
        "We have no record of your visit on Tuesday, December 1, 2026. If you came, there is nothing to do. "
        "If you did not, please call {clinic}."
    ),
    "visit-missed": (
        "This visit did not take place. Your clinic will agree the next step with you. Please do not try to "
        "make up for it yourself."
    ),
    "checkin-tightened": (
        "Your recent answers suggest a harder time. We have let your clinic know, and we will ask a little "
        "more often for up to two weeks. You can say no."
    ),
    "step-no-driving": (
        "Do not drive, cycle in traffic or use machines today. Wait until tomorrow, after a full night's "
        "sleep, and longer if you still feel affected."
    ),
    "visit-home-today": (
        "A session is planned for today. Go ahead only if your clinic has said yes for today, {monitor} is "
        "with you and you have had no alcohol. If not, leave it and tell your clinic."
    ),
    "watch-end": (
        "Planned check-ins end today. Feeling worse can still come later. You can reach {clinic} at any time."
    ),
}


@pytest.mark.parametrize("message", sorted(WORD_FOR_WORD))
def test_wordings_that_are_fixed_are_said_word_for_word(message: str) -> None:
    """In English, with the parameters in their places."""
    assert unlocked(message).body == WORD_FOR_WORD[message].format(**PARAMETERS)


NEEDED = (
    "visit-week visit-day visit-today visit-home-today visit-moved visit-cancelled visit-missed "
    "visit-integration visit-preparation visit-review escort-week escort-day escort-today escort-moved escort-cancelled "
    "checkin-open checkin-nudge checkin-closing checkin-thanks checkin-beside-safety-question "
    "checkin-tightened watch-end safety-positive-sent safety-positive-sending safety-clinic alert-clinic "
    "proxy-safety proxy-unanswered clinic-unanswered clinic-decision-raised clinic-decision-due "
    "clinic-decision-overdue clinic-form-due clinic-unrecorded clinic-home-go-ahead clinic-admitted "
    "clinic-watch-end clinic-expectation-missing no-record digest armed-lapse armed-check-app"
).split()


def steps() -> set[tuple[str, str]]:
    """What and audience of every step of every built-in protocol."""
    return {(step.what, step.audience) for name in protocol_names() for step in load_protocol(name).steps}


def test_every_message_is_there_and_no_other() -> None:
    """Those that reminders name, and one for each step; a step's second audience has words of its own."""
    for_steps = {step_message(what, audience) for what, audience in steps()}
    assert sorted({*NEEDED, *for_steps}) == list(messages())
    for what, audience in steps():
        assert audience_of(step_message(what, audience)) == audience, (what, audience)
    assert len(for_steps) == len(steps()), "no two audiences share a text"


def test_safety_texts_name_somebody_to_call_whatever_is_unknown() -> None:
    """With nothing known but that a message is to be told, the words for help are still there."""
    nothing = dict.fromkeys(PARAMETERS, "")
    for message in ("safety-positive-sent", "safety-positive-sending"):
        assert render(message, nothing, level="unlocked").body.endswith(
            "You do not have to wait for them: your local crisis line, the emergency number, your clinic."
        )
        assert "línea de crisis" in render(message, nothing, level="unlocked", locale="es").body
        some = nothing | {"crisis_line": "988", "clinic_phone": "555-0100"}
        assert render(message, some, level="unlocked").body.endswith("for them: 988, 555-0100.")
    beside = render("checkin-beside-safety-question", nothing, level="unlocked").body
    assert beside.startswith("Your clinic reads answers at times it has not told us.")


# ---------------------------------------------------------------- two languages


def test_every_language_says_every_message_alike() -> None:
    """The same ids, audiences, parameters, counted parameter, exact numbers and choice of locked text."""
    english = language_file("en")
    assert languages() == ("en", "es")
    for lang in languages():
        file = language_file(lang)
        assert list(file.messages) == list(english.messages)
        assert file.stand_ins.keys() == english.stand_ins.keys()
        for name, message in file.messages.items():
            other = english.messages[name]
            assert (message.audience, message.plural) == (other.audience, other.plural), name
            assert sorted(message.parameters) == sorted(other.parameters), name
            for mine, theirs in ((message.locked, other.locked), (message.dated, other.dated)):
                assert [p for p in mine if isinstance(p, Part)] == [
                    p for p in theirs if isinstance(p, Part)
                ], name


def test_every_plural_category_of_a_language_has_its_text() -> None:
    """One, other, and what else CLDR knows of the language; no category that it does not know."""
    from babel import Locale

    counted = {m for m in messages() if language_file("en").messages[m].plural}
    assert counted == {"safety-clinic", "clinic-decision-overdue", "clinic-form-due", "digest"}
    for lang in languages():
        categories = {*Locale(lang).plural_form.tags, "other"}
        for message in counted:
            bodies = language_file(lang).messages[message].bodies
            assert {key for key in bodies if not key.isdigit()} == categories, (lang, message)


def test_every_place_is_a_parameter_that_can_be_unknown() -> None:
    """Each parameter is a date, an instant, a number to count with, or has a stand-in; none is unheard of."""
    named = {name for message in messages() for name in parameters_of(message)}
    assert named == set(PARAMETERS)
    dated = {name for name in named if name.endswith(("_at", "_date"))}
    assert named - dated - set(NUMBERS) == set(language_file("en").stand_ins)
    for _, message, _, text in every_text():
        assert not re.search(r"[{}]", text), message


def test_titles_and_bodies_are_sentences() -> None:
    """Nothing is empty, doubled by spaces, or ends without a stop."""
    for lang, message, _, text in every_text():
        assert text == " ".join(text.split()), (lang, message)
        assert len(text) < 320, (lang, message)
    for lang in languages():
        for said in language_file(lang).messages.values():
            assert all(plain(body).endswith(".") for body in (said.locked, *said.bodies.values()))


@pytest.mark.parametrize(
    ("locale", "lang"),
    [("en", "en"), ("en-GB", "en"), ("es", "es"), ("es-MX", "es"), ("ES_mx", "es"), ("fr-CA", "en"), ("", "en"),
     ("es-XX", "es"), ("es-419", "es"), ("esperanto", "en"), ("../en", "en"), ("e" * 500, "en")],
)  # fmt: skip
def test_a_locale_falls_back_and_says_to_what(locale: str, lang: str) -> None:
    """To its language, else to English; the text says which."""
    assert unlocked("visit-week", locale).lang == lang
    assert render("visit-week", PARAMETERS, locale=locale, level="dated").lang == lang


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", "Tuesday, December 1, 2026, 10:00 AM"),
        ("en-US", "Tuesday, December 1, 2026, 10:00 AM"),
        ("en-GB", "Tuesday 1 December 2026, 10:00"),
        ("es", "martes, 1 de diciembre de 2026, 10:00"),
        ("es-MX", "martes, 1 de diciembre de 2026, 10:00 a.m."),
    ],
)
def test_dates_and_times_are_written_as_the_region_writes_them(locale: str, said: str) -> None:
    """On the wall clock of the instant's own offset."""
    assert said in render("visit-week", PARAMETERS, locale=locale, level="dated").body


def test_numbers_choose_their_form() -> None:
    """Nothing, one and several, in both languages."""
    for days, english, spanish in (
        (0, "is due today.", "vence hoy."),
        (1, "is due in 1 day.", "vence en 1 día."),
        (7, "is due in 7 days.", "vence en 7 días."),
    ):
        assert unlocked("clinic-form-due", days=days).body.endswith(english)
        assert unlocked("clinic-form-due", "es", days=days).body.endswith(spanish)


# ---------------------------------------------------------------- without the extra


def test_english_needs_no_extra_and_is_the_same_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every English text, date and plural is the same bytes whether babel is there or not."""

    def every() -> list[Text]:
        told = [(m, locale) for m in messages() for locale in ("en", "en-GB", "fr")]
        locked = [render(message, PARAMETERS, locale=locale) for message, locale in told]
        return locked + [unlocked(message, locale) for message, locale in told]

    before = every()
    monkeypatch.setitem(sys.modules, "babel", None)
    monkeypatch.setitem(sys.modules, "babel.dates", None)
    assert every() == before


def test_another_language_says_which_extra_its_dates_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without babel: an error that names the extra where a date or plural is wanted; safety texts need none."""
    from ketaschedule import words_forms

    words_forms._cldr.cache_clear()
    monkeypatch.setitem(sys.modules, "babel", None)
    monkeypatch.setitem(sys.modules, "babel.dates", None)
    for message in ("visit-week", "digest"):
        with pytest.raises(InputError) as caught:
            unlocked(message, "es")
        (fault,) = caught.value.faults
        assert (fault.code, fault.allowed) == ("no-extra", install("i18n"))
    for message in messages():
        if message.startswith("safety-positive") or message == "checkin-beside-safety-question":
            assert unlocked(message, "es").lang == "es"
            assert render(message, PARAMETERS, locale="es").lang == "es"


def test_the_rules_for_english_are_those_of_the_unicode_consortium() -> None:
    """Our own plurals, dates and times of English agree with CLDR's in the United States."""
    from babel import Locale
    from babel.dates import format_date, format_time

    from ketaschedule.words_forms import Forms

    here, us = Forms("en", "en-US"), Locale.parse("en_US")
    assert [here.plural(n) for n in range(300)] == [us.plural_form(n) for n in range(300)]
    for n in range(0, 3000, 7):
        at = datetime.datetime(2024, 2, 28, tzinfo=datetime.UTC) + datetime.timedelta(days=n, minutes=97 * n)
        assert here.date(at) == format_date(at, "full", us)
        assert here.time(at) == format_time(at.time(), "short", locale=us).replace("\u202f", " ")


# ---------------------------------------------------------------- whatever comes in


def test_all_faults_are_told_at_once() -> None:
    """Missing names, a date that is none, and a number that is none, each with its path."""
    with pytest.raises(InputError) as caught:
        render("visit-week", {"visit_at": "tomorrow"}, level="dated")
    assert [(f.path, f.code) for f in caught.value.faults] == [
        ("parameters.neutral_name", "missing"),
        ("parameters.clinic", "missing"),
        ("parameters.visit_at", "bad-input"),
    ]
    for bad in (True, -1, 10**6, "3"):
        with pytest.raises(InputError, match=r"parameters\.days"):
            unlocked("clinic-form-due", days=bad)
    with pytest.raises(InputError, match=r"parameters\.clinic"):
        unlocked("watch-end", clinic=10**9)
    for naive in ("2026-12-01T10:00:00", "2026-12-01", "", "2026-13-01T10:00:00Z"):
        with pytest.raises(InputError, match=r"parameters\.visit_at"):
            render("visit-week", PARAMETERS | {"visit_at": naive}, level="dated")
    with pytest.raises(InputError, match="level"):
        render("visit-week", PARAMETERS, level="open")  # type: ignore[arg-type]  # what an untyped caller does


def test_a_message_that_is_not_known_is_an_error_that_helps() -> None:
    """It says what is near."""
    for ask in (lambda: render("visit-weak", {}), lambda: parameters_of("visit-weak"), lambda: audience_of("visit-weak")):  # fmt: skip
        with pytest.raises(UnknownNameError) as caught:
            ask()
        assert "visit-week" in caught.value.near
    with pytest.raises(UnknownNameError):
        step_message("no-such-step", "patient")


ANY_TEXT = st.text(max_size=400) | st.sampled_from(
    ["", "{clinic}", "{0}", "%s", "\u202eevil", "a\nb\rc\x00d", "\ud800", "x" * 10_000, "<b>", "\U000e0041"]
)
FREE = [name for name in PARAMETERS if not name.endswith(("_at", "_date")) and name not in NUMBERS]


@given(
    message=st.sampled_from(messages()),
    locale=st.sampled_from(LOCALES) | st.text(max_size=12),
    values=st.fixed_dictionaries(dict.fromkeys(FREE, ANY_TEXT)),
    level=st.sampled_from(get_args(Level)),
)
def test_rendering_takes_any_text(message: str, locale: str, values: dict[str, str], level: Level) -> None:
    """It never raises but for telling words on a locked screen; one bounded line comes out, nothing unseen in it."""
    try:
        told = render(message, PARAMETERS | values, locale=locale, level=level)
    except InputError as error:
        shown = [values[name] for name in ("neutral_name", "clinic_phone") if telling_words(values[name])]
        if level == "unlocked" or not shown or {fault.code for fault in error.faults} != {"telling"}:
            raise
        return
    for text, most in ((told.title, MOST_OF_A_WORD), (told.body, 320 + 6 * MOST_OF_A_WORD)):
        assert 0 < len(text) <= most
        assert not {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} & {unicodedata.category(c) for c in text}


def test_a_value_is_never_read_as_a_place() -> None:
    """What looks like a place or a format inside a value stays as it is."""
    told = unlocked("watch-end", clinic="{crisis_line} {0} %s $x")
    assert "{crisis_line} {0} %s $x" in told.body


def test_what_a_message_does_not_use_is_passed_over() -> None:
    """The same words with and without names that it has no place for, and in any order."""
    for message in messages():
        only = {name: PARAMETERS[name] for name in reversed(parameters_of(message))}
        assert render(message, only, level="unlocked") == unlocked(message)
