"""Does a broadcast say what the rule says? Only then is whoever gets it told of the rule.

Its words can be changed like any others. A part that says something else in some language is sent
all the same, and whom it reaches in that language does not count as told of that part.
"""

from typing import TypeAlias

from outreach import announcements, rule_texts
from outreach.announcements import Words
from outreach.rule_texts import DIGITS, Part, Texts
from storage.unit_of_work import Reads

#: Messages of a broadcast, by their number from 0, and the language in which each says it.
Strays: TypeAlias = frozenset[tuple[int, str]]


def of_rule(texts: Texts, part: Part, language: str) -> Words:
    """Return what a rule says in a message of one part; *short* is empty where it lacks that."""
    short, full = (rule_texts.words(texts, part, (language,), sms=sms) for sms in (True, False))
    return Words(short, "" if full == short else full)


def strays(said: announcements.Texts, texts: Texts, tells: str) -> Strays:
    """Return which messages of *said* say something else than the rule's *texts*.

    *tells*: which part each message should be, as digits. Spaces and line ends are passed over.
    """
    return frozenset(
        (number, language)
        for (number, language), words in said.items()
        if number < len(tells)
        and _plain(words) != _plain(of_rule(texts, DIGITS[tells[number]], language))
    )


async def strays_of(
    db: Reads, announcement: str, rule_id: str, edition: int, tells: str
) -> Strays:
    """Return which messages of a broadcast say something else than the edition that it tells."""
    said = await announcements.texts(db, announcement)
    return strays(said, await rule_texts.texts_of(db, rule_id, edition), tells)


def _plain(words: Words) -> tuple[str, ...]:
    return tuple(" ".join(text.split()) for text in (words.short, words.full or words.short))
