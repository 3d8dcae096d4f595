"""The word list: what no text may say that a stranger can read without unlocking anything.

A lock screen, a text message, the subject of an e-mail, every field of a calendar file: none of them
names a drug, a diagnosis, mood, a scale, a dose, an infusion, a spray, treatment, therapy, psychiatry,
relapse, urine, a crisis, or a clinic whose name tells. English and Spanish, whatever the case, the
accents, the script that lends its look-alikes, and the invisible characters put between letters.

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
        "*ketamin* *quetamin* keta ketas* *spravato* ketalar* ketanest* calypsol* ketaject* nmda rems "
        "*antidepres* *psilocyb* *psilocib* anesthe* anaesthe* anestes* sedative* sedat* sedant* hallucin* "
        "alucin* dissociat* disociat* pill pills pildora* pastilla* comprimido* lozenge* troche* "
        "benzodiaz* lorazepam diazepam sertralin* fluoxetin* paroxetin* citalopram* "
        "escitalopram* venlafaxin* desvenlafaxin* duloxetin* mirtazapin* bupropion* vortioxetin* trazodon* "
        "amitriptilin* amitriptylin* quetiapin* olanzapin* aripiprazol* lamotrigin* "
        "lithium litio ssri ssris snri snris isrs opioid* opioide*"
    ),
    "diagnosis": _words(
        "*depress* depres* deprim* dysthym* distimi* melanchol* melancol* anxi* ansie* ansios* angustia angustiad* angustios* "
        "panic panico phobi* fobi* ptsd tept ocd adhd tdah *traumat* trauma traumas bipolar* hypomani* hipomani* "
        "*suicid* alcohol* addict* adicc* adict* overdos* sobredos* disorder* trastorno* symptom* sintoma* "
        "mdd trd mdsi aud manic mania* schizo* esquizo* insomni* selfharm* autoles* autoag*"
    ),
    "mood": _words(
        "mood* animo animos animic* humor sad sadder sadness triste* hopeless* desesperanz* affective* "
        "afectiv* emotion* emocion*"
    ),
    "scale": _words(
        "phq* gad gad7 qids* madrs* ssrs cssrs pcl pcl5 cgi cgis who5 hamd hdrs bdi caps5 scale scales score* "
        "scoring escala escalas puntuaci* puntaje* baremo*"
    ),
    "dose": _words("dose* dosi* dosag* microdos* mg mgs mcg milligram* miligram* microgram*"),
    "infusion": _words(
        "infus* infund* *perfusi* intraven* endoven* iv drip drips goteo* gotero* inject* inyect* inyecc* syringe* "
        "jering* cannula* canula* sublingual* subcutan* intramuscul*"
    ),
    "spray": _words("spray* nasal* intranasal* nostril* nariz nebuli* aerosol* inhal* rociador* pulveriz*"),
    "treatment": _words(
        "treat treats treatment* *treatment treated treating tratam* tratad* tratar* tratando"
    ),
    "therapy": _words(
        "*therapy* *therapi* *therapeu* *terapia* *terapeu* counsel* mindfulness electroconv* neuromodul* tms"
    ),
    "psychiatry": _words("*psych* *psiqu* *psico* psic* mental* behavioral* behavioural* conductual*"),
    "relapse": _words("relaps* recaid* recaer* recae* recay* recaig* remission* remision*"),
    "urine": _words("urin* urolog* orina* miccion* bladder* vejiga* cystit* cistit*"),
    "crisis": _words("crisis crises hotline* helpline* lifeline*"),
}
"""The words by what they tell, without accents. A star stands for any beginning or ending, and a word with
none for itself alone."""

_ANY = "|".join(stem.replace("*", "[^\\W_]*") for stems in TELLING.values() for stem in stems)
_APART = "|".join(
    "[\\W_]{0,2}".join(stem) + "[^\\W_]*"
    for stem in ("ketamin", "spravato", "suicid", "psychiatr", "psiquiatr")
)
# A word begins where a letter or digit follows none, or after figures that begin there (56mg); hyphens and
# underscores part words, so that the id of a phase is read word by word.
_FIND = re.compile(
    rf"(?<![^\W_])(?:[0-9]*(?:{_ANY})|who[- ]?5|c[- ]ssrs|ham[- ]d|self[- ]harm[^\W_]*|i[. ]{{1,2}}v|special k|{_APART})"
    r"(?![^\W_])"
)

_LOOK_ALIKE: Final = {
    ord(pair[0]): pair[1]
    for pair in (
        "АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ІI ЅS ЈJ ЗZ аa вb еe кk мm нh оo рp сc тt уy хx іi ѕs јj һh ԁd ԛq ԝw "
        "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX αa εe ιi κk νv οo ρp τt υu χx ηn ωw "
        "ıi øo łl đd ħh ɑa ɡg ɩi ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ɪi ᴊj ᴋk ʟl ᴍm ɴn ᴏo ᴘp ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz"
    ).split()
}
"""Letters of other scripts, and small capitals, by the Latin letter that they are taken for."""
_UNSEEN: Final = ("Mn", "Me", "Cc", "Cf", "Cs", "Co", "Cn")
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing."""


def _plain(text: str) -> str:
    """Small Latin letters without accents; what is unseen is gone, odd widths, styles and scripts are made plain."""
    apart = unicodedata.normalize("NFKD", text)
    kept = (
        " " if char.isspace() else char
        for char in apart
        if char.isspace() or (unicodedata.category(char) not in _UNSEEN and char not in _BLANK)
    )
    return "".join(kept).translate(_LOOK_ALIKE).casefold()


def telling_words(text: str) -> list[str]:
    """The words of ``text`` that tell, plain and in order; empty where there is none.

    >>> telling_words("c-1/ketamine-induction/3@calendar.invalid"), telling_words("K\u200betamine, К.Е.Т.А.М.І.N")
    (['ketamine'], ['ketamine', 'k.e.t.a.m.i.n'])
    """
    return [found.group() for found in _FIND.finditer(_plain(text))]
