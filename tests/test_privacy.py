"""The word list: what tells a stranger, in two languages, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketaschedule.privacy import TELLING, telling_words
from ketaschedule.protocol_files import load_protocol, protocol_names

TELLS = {
    "drug": "ketamine Esketamine SPRAVATO ketamina esketamina ketaschedule antidepressant",
    "diagnosis": "depression depresión anxiety ansiedad PTSD TEPT suicidal suicidio alcohol bipolar trastorno",
    "mood": "mood moods ánimo",
    "scale": "PHQ-9 phq9 GAD-7 QIDS MADRS-S C-SSRS PCL-5 WHO-5 scale score puntuación escala",
    "dose": "dose doses dosing dosis dosificación mg",
    "infusion": "infusion infusión infusiones intravenous sublingual",
    "spray": "spray nasal aerosol",
    "treatment": "treatment treatments tratamiento",
    "therapy": "therapy therapist terapia psychotherapy",
    "psychiatry": "psychiatry psychiatrist psiquiatra psicología mental",
    "relapse": "relapse relapsed recaída",
    "urine": "urine urinary orina vejiga",
    "crisis": "crisis",
}
HARMLESS = (
    "Your appointment is on Tuesday at 10:00. Please bring someone who can take you home. "
    "Su cita es el martes. Tiene un mensaje de North Street. c-1/induction/2 every-2-weeks review weekly "
    "maintenance~2 series daily acute preparation integration end-review calendar.invalid PRIVATE TENTATIVE "
    "marketing audience scaled-up treaty mgmt document animal humorless Monday mangrove"
)


@pytest.mark.parametrize("kind", TELLS)
def test_each_kind_of_telling_word_is_found(kind: str) -> None:
    """Every word of every kind that the list names is found, alone and in a sentence."""
    assert set(TELLS) == set(TELLING)
    for word in TELLS[kind].split():
        assert telling_words(word), word
        assert telling_words(f"See you for {word}, at ten."), word
        assert telling_words(word.upper()), word


def test_words_that_tell_nothing_pass() -> None:
    """The neutral texts, the ids of phases, and words that only look alike."""
    assert telling_words(HARMLESS) == []


@pytest.mark.parametrize(
    "hidden",
    ["K\u200betamine", "ke\u00adtamine", "\uff4b\uff45\uff54\uff41\uff4d\uff49\uff4e\uff45", "KÉTAMINE", "my_ketamine_day", "x-ketamine-1", "𝐤𝐞𝐭𝐚𝐦𝐢𝐧𝐞"],
)  # fmt: skip
def test_a_word_cannot_hide(hidden: str) -> None:
    """Invisible characters, wide and styled letters, accents and hyphens do not hide it."""
    assert telling_words(hidden) == ["ketamine"]


@given(
    st.sampled_from("ketamine dose relapse psychiatry".split()),
    st.text(" .,;:/-_@|", max_size=4),
    st.text(" .,;:/-_@|", max_size=4),
)
def test_whatever_stands_around_a_word_it_is_found(word: str, before: str, after: str) -> None:
    """Punctuation, hyphens and underscores part words."""
    assert telling_words(f"x{before or ' '}{word}{after or ' '}x") == [word]


def test_no_id_that_can_stand_in_a_key_tells() -> None:
    """Phases, companions, Decisions and check-ins of the built-in protocols: all may stand in a calendar's UID
    or on a lock screen's key, but for those of check-ins, which never leave the app.
    """
    for name in protocol_names():
        protocol = load_protocol(name)
        for phase in protocol.phases:
            assert telling_words(phase.id) == [], (name, phase.id)
            for companion in phase.companions:
                assert telling_words(companion.id) == [], (name, companion.id)


@pytest.mark.parametrize(
    ("hidden", "tells"),
    [
        ("К.Е.Т.А.М.І.N", "k.e.t.a.m.i.n"),
        ("k e t a m i n e", "k e t a m i n"),
        ("ѕuicidal", "suicidal"),
        ("ᴋᴇᴛᴀᴍɪɴᴇ", "ketamine"),
        ("56mg", "56mg"),
        ("I.V. at ten", "i.v"),
    ],
)
def test_other_scripts_and_letters_set_apart_do_not_hide_a_word(hidden: str, tells: str) -> None:
    """Cyrillic, Greek and small capitals that look like Latin; letters with a sign between; figures before."""
    assert telling_words(hidden) == [tells]
