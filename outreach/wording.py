"""Are the words of a broadcast fit to leave? What each costs, and which characters make it dear.

Pure. A text is never folded in silence: whoever wrote it sees the characters and decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from channels import segments
from channels.base import WRITTEN, Style
from channels.broadcasts import Wording
from outreach import reminders
from outreach.announcements import Draft, Texts, Words
from outreach.schedules import Schedule

#: The longest text of one part, in segments of an SMS: what is longer is several parts.
MOST_SEGMENTS = 4


class Flaw(StrEnum):
    """What is wrong with a text."""

    MISSING = "missing"  # the base language lacks it
    HALF = "half"  # another language has some parts and lacks this one
    LONG = "long"  # it is longer than one message may be


@dataclass(frozen=True, slots=True)
class Cost:
    """What one text takes as an SMS. *guilty*: the characters for which it takes more room."""

    segments: int
    units: int
    gsm: bool
    guilty: Sequence[str]


def cost(text: str) -> Cost:
    """Return what *text* takes as an SMS."""
    counted = segments.count(text)
    return Cost(counted.segments, counted.units, counted.gsm, segments.foreign(text))


def spoken(texts: Texts) -> frozenset[str]:
    """Return the languages in which anything is written."""
    return frozenset(language for _, language in texts)


def flaws(draft: Draft, texts: Texts) -> Mapping[tuple[int, str], Flaw]:
    """Return what keeps it from leaving, by part and language; empty: nothing.

    A language is whole or is not there at all: nobody gets half of the parts in one language.
    What is too long as a reminder says it is too long.
    """
    found: dict[tuple[int, str], Flaw] = {}
    said = reminders.at_its_times(texts, draft.schedule)
    for language in sorted({draft.language, *spoken(texts)}):
        for part in range(draft.parts):
            for at_once in said:
                flaw = _flaw(at_once.get((part, language)), base=language == draft.language)
                if flaw is not None:
                    found[part, language] = flaw
    return found


def _flaw(words: Words | None, *, base: bool) -> Flaw | None:
    if words is None or not words.short:
        return Flaw.MISSING if base else Flaw.HALF
    return Flaw.LONG if too_long(words) else None


def too_long(words: Words) -> bool:
    """Whether they are longer than one message may be, as an SMS or in a chat."""
    as_sms = segments.cost(words.short) > MOST_SEGMENTS
    return as_sms or segments.utf16(words.full or words.short) > segments.MAX_TEXT_UNITS


def of_style(words: Words, style: Style) -> str:
    """Return the words as a channel of *style* shows them."""
    return words.short if style is Style.SMS else words.full or words.short


def wordings(texts: Texts, sounds: Mapping[tuple[int, str], str]) -> list[Wording]:
    """Return *texts* in every written style, as the send ledger's broadcasts keep them.

    *sounds*: the recordings that chats get with them, by part and language.
    """
    return [
        Wording(
            part,
            language,
            style,
            of_style(words, style),
            sounds.get((part, language)) if style is Style.CHAT else None,
        )
        for (part, language), words in sorted(texts.items())
        for style in WRITTEN
    ]


def units(texts: Texts) -> Mapping[tuple[str, Style], int]:
    """Return what one person's messages take, by language and style.

    Segments as SMS, messages elsewhere, over all parts.
    """
    taken = each(texts)
    return {
        (language, style): sum(
            cost for (_, tag, its), cost in taken.items() if (tag, its) == (language, style)
        )
        for language in spoken(texts)
        for style in WRITTEN
    }


def each(texts: Texts) -> Mapping[tuple[int, str, Style], int]:
    """Return what each part takes, by language and style, as ``units`` counts."""
    return {
        (part, language, style): segments.cost(words.short) if style is Style.SMS else 1
        for (part, language), words in texts.items()
        for style in WRITTEN
    }


def dearest(texts: Texts, schedule: Schedule) -> Mapping[tuple[str, Style], int]:
    """Return ``units`` of the time of a broadcast that takes most: a reminder says a line more."""
    each = [units(said) for said in reminders.at_its_times(texts, schedule)]
    return {key: max(one[key] for one in each) for key in units(texts)}
