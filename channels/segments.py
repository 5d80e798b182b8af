"""What an SMS costs: the GSM-7 alphabet, segments, and splitting what is too long.

Source: 3GPP TS 23.038 (alphabet and extension table), 23.040 (a part of a long message loses six
bytes to its header). A character of the extension table takes two places, and neither it nor what
a reader sees as one character may straddle two segments. Other scripts count in UTF-16 units.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex  # type: ignore[import-untyped] # ships no annotations

from channels.base import Style

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")

_GSM = BASIC | EXTENSION

#: Units in a message of one segment, and in each segment of a longer one.
GSM_ALONE, GSM_PART = 160, 153
UTF16_ALONE, UTF16_PART = 70, 67

#: The longest SMS that we hand to a provider, in segments: Twilio takes 1,600 characters.
MAX_SEGMENTS = 10

#: The longest part of a text on WhatsApp, in UTF-16 units. A template holds 1,024 characters, its
#: own words among them, so whatever is sent in free words could be sent as a template, too.
MAX_TEXT_UNITS = 900

#: The longest chat message, in UTF-16 units (Bot API, sendMessage).
MAX_CHAT_UNITS = 4096

#: What word processors and phones put in place of plain marks. Letters are never folded: an
#: accent can carry the meaning, and a variant without it is a translator's decision.
_PLAIN_MARKS = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u02bc": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u00a0": " ",  # forces UTF-16 and more than doubles the cost
        "\u202f": " ",
        "\u2009": " ",
        "\u200b": None,
        "\ufeff": None,
        "\t": " ",
    }
)

_SEEN_AS_ONE = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Count:
    """What a text takes. *units* are septets in GSM-7, else UTF-16 units."""

    gsm: bool
    units: int
    segments: int


def fold(text: str) -> str:
    """Return *text* with typographic marks replaced by plain ones, and composed letters."""
    return unicodedata.normalize("NFC", text).translate(_PLAIN_MARKS)


def foreign(text: str) -> tuple[str, ...]:
    """Return the characters that keep *text* out of GSM-7, each once, in order."""
    return tuple(dict.fromkeys(c for c in text if c not in BASIC and c not in EXTENSION))


def count(text: str) -> Count:
    """Return what *text* costs as an SMS."""
    gsm = _GSM.issuperset(text)
    alone, part = (GSM_ALONE, GSM_PART) if gsm else (UTF16_ALONE, UTF16_PART)
    units = len(text) + sum(map(text.count, EXTENSION)) if gsm else utf16(text)
    if units <= alone:
        return Count(gsm, units, 1)
    segments, room = 1, part
    for _, width in _pieces(text, gsm=gsm):
        if width > room:
            segments, room = segments + 1, part
        room -= width
    return Count(gsm, units, segments)


def cost(text: str) -> int:
    """Return how many segments *text* takes as an SMS; at least one."""
    return count(text).segments


def utf16(text: str) -> int:
    """Return the length of *text* in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, style: Style) -> Sequence[str]:
    """Cut *text* into messages that a provider takes, at blanks where there are any."""
    parts = []
    while not _fits(text, style):
        end = _longest(text, style)
        parts.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*parts, text]


def _fits(text: str, style: Style) -> bool:
    if style is not Style.SMS:
        return utf16(text) <= (MAX_CHAT_UNITS if style is Style.CHAT else MAX_TEXT_UNITS)
    return cost(text) <= MAX_SEGMENTS


def _longest(text: str, style: Style) -> int:
    """Return where the longest part that fits ends: after a blank, else after a character."""
    ends = [0, *(match.end() for match in _SEEN_AS_ONE.finditer(text))]
    low, high = 1, len(ends) - 1
    while low < high:  # what fits, fits also when it is shorter
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _fits(text[: ends[middle]], style) else (low, middle - 1)
    end = ends[low]
    blank = max(text.rfind(mark, end // 2, end) for mark in " \n")
    return blank + 1 if blank > 0 else end


def _pieces(text: str, *, gsm: bool) -> Iterator[tuple[str, int]]:
    """Yield what may not be cut, with its width in units."""
    if gsm:
        yield from ((c, 2 if c in EXTENSION else 1) for c in text)
        return
    for match in _SEEN_AS_ONE.finditer(text):
        piece = match.group()
        # A heap of accents longer than a segment has to be cut somewhere; and Unicode sees CR and
        # LF together as one, where providers see two.
        whole = utf16(piece) <= UTF16_PART and piece != "\r\n"
        yield from ((one, utf16(one)) for one in ((piece,) if whole else piece))
