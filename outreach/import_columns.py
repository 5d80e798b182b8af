"""What the columns of a list mean, in English and in French, and what is wrong with a row.

What is said nowhere stays unknown; what is said and not understood stops its row, so that somebody
looks at it: a guess would be news for the wrong people.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Final

from channels import numbers
from locales import folded, languages
from outreach.profiles import FORMALITIES, GENDERS, ROLES, Profile
from outreach.subscribers import Consent

#: A column's name, folded, and the field that it is.
HEADERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "phone",
            "phone number",
            "telephone",
            "mobile",
            "number",
            "msisdn",
            "tel",
            "numero",
            "numero de telephone",
            "portable",
        ),
        "phone",
    ),
    **dict.fromkeys(("language", "lang", "langue"), "language"),
    **dict.fromkeys(("site", "site code", "code", "code du site", "code site"), "site"),
    **dict.fromkeys(("role", "work", "job", "travail", "metier"), "role"),
    **dict.fromkeys(("gender", "sex", "genre", "sexe"), "gender"),
    **dict.fromkeys(("formality", "registered", "formalite", "enregistre"), "formality"),
    **dict.fromkeys(("cohort", "pilot", "cohorte", "pilote"), "cohort"),
    **dict.fromkeys(("consent", "agreed", "consentement", "accord"), "consent"),
    **dict.fromkeys(
        ("consent date", "date of consent", "date du consentement", "date consentement"), "day"
    ),
    **dict.fromkeys(
        ("consent how", "how", "consentement comment", "comment", "mode de consentement"), "how"
    ),
}

#: Characters of how somebody agreed, and of a cohort's name.
HOW_CHARACTERS: Final = 200
COHORT_CHARACTERS: Final = 16

_ROLE_WORDS: Final = {
    **{role.replace("_", " "): role for role in ROLES},
    "creuseur": "digger",
    "laveur": "washer",
    "laveuse": "washer",
    "panner": "washer",
    "porteur": "hauler",
    "crusher": "processor",
    "concasseur": "processor",
    "traiteur": "processor",
    "cook": "service",
    "cuisine": "service",
    "pit leader": "leader",
    "chef": "leader",
    "chef de puits": "leader",
    "land owner": "owner",
    "proprietaire": "owner",
    "acheteur": "buyer",
    "licence holder": "licence",
    "titulaire": "licence",
    "communaute": "community",
    "autre": "other",
}
_GENDER_WORDS: Final = {
    **{word: word for word in GENDERS},
    **dict.fromkeys(("f", "w", "female", "femme", "feminin"), "woman"),
    **dict.fromkeys(("m", "h", "male", "homme", "masculin"), "man"),
}
_FORMALITY_WORDS: Final = {
    **{word.replace("_", " "): word for word in FORMALITIES},
    **dict.fromkeys(("registered", "formel"), "formal"),
    **dict.fromkeys(("en cours",), "in_process"),
    **dict.fromkeys(("not registered", "informel"), "informal"),
}
_AGREES: Final = frozenset({"yes", "y", "oui", "o", "true", "1", "x", "vrai"})

_DAYS: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")

#: Spaces of any kind and what spreadsheets put before text.
_AROUND: Final = re.compile(r"^['\u2018\u2019\s]+|\s+$")


class Why(StrEnum):
    """Why a row cannot go on the list."""

    NO_PHONE = "no_phone"
    NOT_A_NUMBER = "not_a_number"
    NO_CONSENT = "no_consent"
    NO_DAY = "no_day"
    NO_HOW = "no_how"
    LANGUAGE = "language"
    SITE = "site"
    ROLE = "role"
    GENDER = "gender"
    FORMALITY = "formality"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Statement:
    """What holds for a whole file where its columns say nothing."""

    language: str
    region: str  # ISO country of numbers that are written without +
    today: date
    how: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Listed:
    """Somebody on a list who may be written to. Never printed."""

    number: str  # E.164
    language: str
    profile: Profile
    consent: Consent
    cohort: str | None = None


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot go on the list, and the last two digits of what stood for its number."""

    why: Why
    ending: str


def fields_of(header: Sequence[str]) -> Mapping[str, int]:
    """Return the place of each field that *header* names; the first column of a name counts."""
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        field = HEADERS.get(" ".join(folded(name.replace("_", " ")).split()))
        if field is not None:
            found.setdefault(field, place)
    return found


def understand(
    cells: Sequence[str],
    places: Mapping[str, int],
    sites: Mapping[str, str],
    statement: Statement,
) -> Listed | Bad:
    """Return whom a row names, or what is wrong with it. *sites*: ids by code."""
    # A row that ends early says nothing in the columns behind: not that they agreed, either.
    said = {
        field: _AROUND.sub("", cells[place]) if place < len(cells) else ""
        for field, place in places.items()
    }
    phone = said.get("phone", "")
    number = e164(phone, statement.region)
    ending = "".join(filter(str.isdigit, phone))[-2:]
    if number is None:
        return Bad(Why.NOT_A_NUMBER if phone else Why.NO_PHONE, ending)
    try:
        return Listed(
            number,
            _language(said.get("language", "")) or statement.language,
            _profile(said, sites),
            _consent(said, statement),
            _short(said.get("cohort", ""), COHORT_CHARACTERS) or None,
        )
    except _Wrong as wrong:
        return Bad(wrong.why, ending)


def e164(phone: str, region: str) -> str | None:
    """Return a number as somebody typed it into a list in E.164; None: it is none."""
    plain = _AROUND.sub("", phone).replace("\u00a0", " ").replace("/", " ")
    # «00» is how most of the world dials «+», whatever the country of the list does.
    return numbers.e164(plain, region) or (
        numbers.e164(f"+{plain[2:].lstrip()}", region) if plain.startswith("00") else None
    )


class _Wrong(Exception):
    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


def _profile(said: Mapping[str, str], sites: Mapping[str, str]) -> Profile:
    code = "".join(filter(str.isalnum, said.get("site", ""))).upper()
    if code and code not in sites:
        raise _Wrong(Why.SITE)
    return Profile(
        sites.get(code),
        _one_of(_ROLE_WORDS, said.get("role", ""), Why.ROLE),
        _one_of(_GENDER_WORDS, said.get("gender", ""), Why.GENDER),
        _one_of(_FORMALITY_WORDS, said.get("formality", ""), Why.FORMALITY),
    )


def _one_of(words: Mapping[str, str], said: str, why: Why) -> str | None:
    if not said:
        return None
    found = words.get(" ".join(folded(said.replace("_", " ")).split()))
    if found is None:
        raise _Wrong(why)
    return found


def _language(said: str) -> str | None:
    if not said:
        return None
    found = _tongues().get(folded(said))
    if found is None:
        raise _Wrong(Why.LANGUAGE)
    return found


@cache
def _tongues() -> Mapping[str, str]:
    """Return the language that each word for one means; of two, the first of ours."""
    found: dict[str, str] = {}
    for tag, language in languages().items():
        for word in (tag, folded(language.name), folded(language.plain)):
            found.setdefault(word, tag)
    return found


def _consent(said: Mapping[str, str], statement: Statement) -> Consent:
    if "consent" in said and folded(said["consent"]) not in _AGREES:
        raise _Wrong(Why.NO_CONSENT)
    how = _short(said.get("how", "") or statement.how, HOW_CHARACTERS)
    day = day_of(said["day"]) if said.get("day") else statement.day
    if not how:
        raise _Wrong(Why.NO_HOW)
    if day is None or day > statement.today:
        raise _Wrong(Why.NO_DAY)
    return Consent(how, day)


def _short(said: str, most: int) -> str:
    text = "".join(filter(str.isprintable, said)).strip()
    if len(text) > most:
        raise _Wrong(Why.TOO_LONG)
    return text


def day_of(said: str) -> date | None:
    """Return the day that *said* names, the day before the month; None: it names none."""
    for form in _DAYS:
        try:
            return datetime.strptime(said.strip(), form).date()  # noqa: DTZ007 - only a day
        except ValueError:
            continue
    return None
