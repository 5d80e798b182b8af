"""The words for people: a table of languages, and catalogues that hold every text whole.

A catalogue is ``locales/<tag>/LC_MESSAGES/<domain>.po``: ``messages`` is what the bots say,
``console`` what staff read. It is read at first use and kept in memory; no binary lies beside it.
"""

import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from gettext import c2py
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from babel.messages.pofile import read_po

#: Where the table and the catalogues lie.
ROOM = Path(__file__).parent

#: The language that texts are written in; the last of every chain.
BASE = "en"

#: The context of an entry that holds the SMS-safe variant of a text.
SMS = "sms"

#: Far more than there are texts times languages; it bounds what odd callers can fill.
_CACHED = 32_768


@dataclass(frozen=True, slots=True)
class Language:
    """One row of ``languages.toml``."""

    tag: str
    name: str
    plain: str  # the name within GSM-7
    status: Literal["draft", "approved"]
    plurals: str  # the value of a catalogue's Plural-Forms header
    chain: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def draft(self) -> bool:
        """Whether no speaker has approved the texts yet."""
        return self.status == "draft"


def N_(msgid: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """Mark *msgid* for the catalogues and return it untranslated."""
    return msgid


def NP_(singular: str, plural: str) -> tuple[str, str]:  # noqa: N802 - beside ``N_``
    """Mark a text of two forms for the catalogues and return both untranslated."""
    return singular, plural


@cache
def languages() -> dict[str, Language]:
    """Return every language by its tag, in the order of the menu."""
    table = tomllib.loads((ROOM / "languages.toml").read_text("utf-8"))
    return {tag: _language(tag, row) for tag, row in table.items()}


def _language(tag: str, row: dict[str, Any]) -> Language:
    return Language(
        tag=tag,
        name=row["name"],
        plain=row.get("plain", row["name"]),
        status="approved" if row["status"] == "approved" else "draft",
        plurals=row["plurals"],
        chain=tuple(row.get("chain", ())),
        words={name: tuple(several) for name, several in row["words"].items()},
    )


@lru_cache(maxsize=_CACHED)
def translate(msgid: str, language: str, *, sms: bool = False, domain: str = "messages") -> str:
    """Return *msgid* in *language*, or in the nearest language of its chain, or as it is.

    *sms*: prefer the variant that fits the GSM-7 alphabet and one segment.
    """
    for tag in chain(language):
        texts = _catalogue(tag, domain).texts
        found = (texts.get((SMS, msgid)) if sms else None) or texts.get((None, msgid))
        if found:
            return found
    return _plain_names().get(msgid, msgid) if sms else msgid


@lru_cache(maxsize=_CACHED)
def ngettext(singular: str, plural: str, n: int, language: str, *, domain: str = "console") -> str:
    """Return the form that *n* things take, with English as the last resort."""
    for tag in chain(language):
        catalogue = _catalogue(tag, domain)
        if forms := catalogue.forms.get(singular):
            return forms[min(catalogue.form_of(n), len(forms) - 1)]
    return singular if n == 1 else plural


def folded(text: str) -> str:
    """Return *text* as a forgiving reader compares it: without case, accents, closing marks.

    Digits of every script and the emoji of digits become 0 to 9.
    """
    if not text.isascii():
        text = "".join(map(_bare, unicodedata.normalize("NFKD", text)))
    return " ".join(text.casefold().split()).strip(" .,;:!?()[]'\"*-")


def _bare(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character in "\u2018\u2019\u02bc":
        return "'"
    # Mn: accents, and the selectors of emoji; Me: the key around an emoji's digit
    # Cf: direction marks, which a right-to-left phone adds unseen
    return "" if unicodedata.category(character) in {"Mn", "Me", "Cf"} else character


@cache
def chain(language: str) -> tuple[str, ...]:
    """Return where a text in *language* is looked for, nearest first; the last is English."""
    known = languages().get(language)
    return tuple(dict.fromkeys((known.tag, *known.chain, BASE))) if known else (BASE,)


@cache
def _plain_names() -> dict[str, str]:
    return {language.name: language.plain for language in languages().values()}


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """What one file says; a text may have a second variant, by context."""

    texts: Mapping[tuple[str | None, str], str]
    forms: Mapping[str, tuple[str, ...]]
    form_of: Callable[[int], int]


@cache
def _catalogue(tag: str, domain: str) -> _Catalogue:
    """Read one catalogue; what is marked fuzzy is left out, as nobody has read it.

    The plural rule is the table's: Babel and gettext know none for many of our languages.
    """
    source = ROOM / tag / "LC_MESSAGES" / f"{domain}.po"
    texts: dict[tuple[str | None, str], str] = {}
    forms: dict[str, tuple[str, ...]] = {}
    if source.exists():
        for message in read_po(BytesIO(source.read_bytes())):
            if not message.id or message.fuzzy:
                continue
            if isinstance(message.string, str):
                texts[message.context, str(message.id)] = message.string
            elif message.string and all(message.string):
                forms[message.id[0]] = tuple(message.string)
    return _Catalogue(texts, forms, c2py(languages()[tag].plurals.partition("plural=")[2][:-1]))
