"""The words of a rule change: a title and five parts, in each language, full and for an SMS.

One part is one message. The variant for an SMS is written by a person who knows the language, and
is never made from the full one by leaving out accents.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Integer,
    Row,
    String,
    Table,
    Text,
    and_,
    select,
)

from channels import segments
from outreach.rule_changes import State, rule_changes
from storage.base import metadata
from storage.unit_of_work import Reads

rule_texts = Table(
    "rule_texts",
    metadata,
    Column("rule_id", String(32), primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("part", String(8), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("variant", String(8), primary_key=True),
    Column("text", Text, nullable=False),
    ForeignKeyConstraint(
        ["rule_id", "edition"], ["rule_editions.rule_id", "rule_editions.edition"]
    ),
)


class Part(StrEnum):
    """What a text is for. The title stands in lists; the five others are a message each."""

    TITLE = "title"
    WHY = "why"
    WHAT = "what"
    RULES = "rules"
    HELP = "help"
    HOW = "how"


#: The five parts by the digit that a miner sends for them (IGF, 3.1: none may be empty).
DIGITS: Final[Mapping[str, Part]] = {
    "1": Part.WHY,
    "2": Part.WHAT,
    "3": Part.RULES,
    "4": Part.HELP,
    "5": Part.HOW,
}


class Variant(StrEnum):
    """How long a text may be, and in which letters."""

    FULL = "full"
    SMS = "sms"


#: Every text that an edition has in one language.
ALL: Final = tuple((part, variant) for part in Part for variant in Variant)

#: What an edition says in all its languages.
Texts: TypeAlias = Mapping[tuple[Part, str, Variant], str]

#: UTF-16 units of a title. In a list of an SMS it stands beside its date, and others with theirs:
#: with 30, at least two fit one segment of 160.
TITLE_UNITS: Final[Mapping[Variant, int]] = {Variant.FULL: 100, Variant.SMS: 30}


#: What cannot be seen and still means something: line ends, and the joiners of some scripts.
_KEPT: Final = frozenset("\n\u200c\u200d")


class Fault(StrEnum):
    """Why a text cannot be kept."""

    TITLE = "title"  # longer than TITLE_UNITS
    LINES = "lines"  # a title is one line
    CHAT = "chat"  # more than one message of Telegram
    SMS = "sms"  # more than a provider takes as one message


def clean(text: str, variant: Variant) -> str:
    """Return what was typed with plain line ends, without what no database or phone takes.

    In an SMS plain marks stand for typographic ones; letters stay as they are.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    spaced = (" " if unicodedata.category(each) == "Zs" else each for each in lines)
    kept = "".join(each for each in spaced if each.isprintable() or each in _KEPT).strip()
    return segments.fold(kept) if variant is Variant.SMS else kept


def measure(text: str) -> segments.Count:
    """Return what *text* costs as an SMS, with plain marks for typographic ones, as it is kept."""
    return segments.count(segments.fold(text))


def guilty(text: str) -> tuple[str, ...]:
    """Return the characters that keep an SMS out of GSM-7, so that a segment holds 70, not 160."""
    return segments.foreign(segments.fold(text))


def fault(part: Part, variant: Variant, text: str) -> Fault | None:
    """Return what is wrong with *text*; None: it can be sent as one message."""
    if part is Part.TITLE:
        if "\n" in text:
            return Fault.LINES
        return Fault.TITLE if segments.utf16(text) > TITLE_UNITS[variant] else None
    if variant is Variant.SMS:
        return Fault.SMS if measure(text).segments > segments.MAX_SEGMENTS else None
    return Fault.CHAT if segments.utf16(text) > segments.MAX_CHAT_UNITS else None


def lacking(texts: Texts, language: str) -> tuple[Part, ...]:
    """Return the parts that a language does not have in both variants."""
    have = {(part, variant) for part, tag, variant in texts if tag == language}
    return tuple(part for part in Part if not {(part, each) for each in Variant} <= have)


def begun(texts: Texts) -> frozenset[str]:
    """Return the languages in which something is written."""
    return frozenset(language for _, language, _ in texts)


def words(texts: Texts, part: Part, languages: Iterable[str], *, sms: bool) -> str:
    """Return what a phone shows: the first of *languages* that has it; empty if none has.

    A language of one's own in the other variant is better than another language: the short one
    always fits a chat, the full one an SMS where it is no longer than an SMS may be.
    """
    for language in languages:
        full = texts.get((part, language, Variant.FULL), "")
        short = texts.get((part, language, Variant.SMS), "")
        if sms and not short and full and fault(part, Variant.SMS, full) is None:
            short = segments.fold(full)
        if found := short if sms else full or short:
            return found
    return ""


async def texts_of(db: Reads, rule_id: str, edition: int) -> Texts:
    """Return everything that an edition says."""
    ours = and_(rule_texts.c.rule_id == rule_id, rule_texts.c.edition == edition)
    rows = await db.execute(select(rule_texts).where(ours))
    return {(Part(row.part), row.language, Variant(row.variant)): row.text for row in rows}


async def titles(db: Reads) -> Mapping[str, Texts]:
    """Return the titles of all that is published, by the rule change's id."""
    told = and_(
        rule_changes.c.id == rule_texts.c.rule_id, rule_changes.c.told == rule_texts.c.edition
    )
    found = (
        select(rule_texts)
        .join(rule_changes, told)
        .where(rule_changes.c.state == State.PUBLISHED, rule_texts.c.part == Part.TITLE)
    )
    return _grouped((await db.execute(found)).all())


async def told_titles(db: Reads) -> Mapping[str, Texts]:
    """Return the titles of all that is or was published, by the rule change's id."""
    told = and_(
        rule_changes.c.id == rule_texts.c.rule_id, rule_changes.c.told == rule_texts.c.edition
    )
    found = select(rule_texts).join(rule_changes, told).where(rule_texts.c.part == Part.TITLE)
    return _grouped((await db.execute(found)).all())


async def newest(db: Reads) -> Mapping[str, Texts]:
    """Return what the newest edition of every rule change says, by the rule change's id."""
    ours = and_(
        rule_changes.c.id == rule_texts.c.rule_id, rule_changes.c.edition == rule_texts.c.edition
    )
    return _grouped((await db.execute(select(rule_texts).join(rule_changes, ours))).all())


def _grouped(rows: Sequence[Row[Any]]) -> Mapping[str, Texts]:
    found: dict[str, dict[tuple[Part, str, Variant], str]] = {}
    for row in rows:
        key = (Part(row.part), row.language, Variant(row.variant))
        found.setdefault(row.rule_id, {})[key] = row.text
    return found
