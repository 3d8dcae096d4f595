"""The word list: what no text may say that a stranger can read without unlocking anything.

A lock screen, a text message, the subject of an e-mail, every field of a calendar file: none of them
names a drug, a diagnosis, mood, a scale, a dose, an infusion, a spray, treatment, therapy, psychiatry,
relapse, urine, a crisis, or a clinic whose name tells. English and Spanish, whatever the case, the
accents, and the invisible characters put between letters.

>>> telling_words("Your appointment is on Friday"), telling_words("Sesión de esketamina: 2.ª dosis")
([], ['esketamina', 'dosis'])
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

__all__ = ["TELLING", "telling_words"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TELLING: Final[Mapping[str, tuple[str, ...]]] = {
    "drug": _words(
        "keta ketas* ketamin* esketamin* arketamin* quetamin* spravato* ketalar* ketanest* calypsol* "
        "antidepres* benzodiaz* lorazepam diazepam sertralin* fluoxetin* paroxetin* citalopram* "
        "escitalopram* venlafaxin* duloxetin* mirtazapin* bupropion* quetiapin* olanzapin* aripiprazol* "
        "lithium litio psilocybin* psilocibin* ssri* snri* isrs opioid*"
    ),
    "diagnosis": _words(
        "depress* depres* anxi* ansie* ansios* ptsd tept trauma* bipolar* suicid* alcohol* addict* adicc* "
        "adict* disorder* trastorno* mdd trd mdsi aud manic mania* selfharm* autolesion*"
    ),
    "mood": _words("mood* animo humor sadness tristeza"),
    "scale": _words(
        "phq* gad gad7 qids* madrs* ssrs cssrs pcl pcl5 cgi cgis who5 scale scales score* escala* "
        "puntuaci* puntaje* baremo*"
    ),
    "dose": _words("dose* dosi* dosag* mg milligram* miligram*"),
    "infusion": _words("infusi* infund* intraven* endoven* drip goteo sublingual* subcutan* intramuscul*"),
    "spray": _words("spray* nasal* intranasal* nebuli* aerosol*"),
    "treatment": _words("treatment* treated treating tratam* tratad* tratar*"),
    "therapy": _words("therap* terap*"),
    "psychiatry": _words("psych* psiq* psic* mental*"),
    "relapse": _words("relaps* recaid* recaer* recae*"),
    "urine": _words("urin* orina* bladder* vejiga* cystitis cistitis"),
    "crisis": _words("crisis crises"),
}
"""The words by what they tell, without accents. A star stands for any ending, nothing for the whole word."""

_ANY = "|".join(stem.replace("*", "[^\\W_]*") for stems in TELLING.values() for stem in stems)
# A word begins where a letter or digit follows none; hyphens and underscores part words, so that the id
# of a phase is read word by word.
_FIND = re.compile(rf"(?<![^\W_])(?:{_ANY}|who[- ]?5|c[- ]ssrs|self[- ]harm\w*)(?![^\W_])")


def _plain(text: str) -> str:
    """Small letters without accents; invisible characters are gone, odd widths and styles are made plain."""
    apart = unicodedata.normalize("NFKD", text)
    kept = (char for char in apart if unicodedata.category(char) not in ("Mn", "Me", "Cf"))
    return "".join(kept).casefold()


def telling_words(text: str) -> list[str]:
    """The words of ``text`` that tell, plain and in order; empty where there is none.

    >>> telling_words("c-1/ketamine-induction/3@calendar.invalid"), telling_words("K\u200betamine")
    (['ketamine'], ['ketamine'])
    """
    return [found.group() for found in _FIND.finditer(_plain(text))]
