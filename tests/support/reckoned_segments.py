"""How many segments a text is billed as, reckoned by another way than ours.

The rules are restated from 3GPP TS 23.038 (the alphabet, by its code positions) and 23.040 (the
header of a part), and from what Twilio's published calculator does with them
(TwilioDevEd/message-segment-calculator, read at a50230f): a text is UTF-16 as a whole if GSM-7
lacks one character of it; what a reader sees as one moves to the next segment as a whole; CR and
LF are two. The way is an engineer's at the wire: bits, laid out one character after another.

The calculator knows joined emoji as Unicode had them in 2017. Those that came later, and letters
of Devanagari that are written as one, it may cut, where ours moves them as a whole: then ours
counts a segment more, never one less.
"""

import unicodedata
from collections.abc import Iterator, Sequence

#: TS 23.038, table 6.2.1: sixteen positions a line. At 0x1B stands the escape, which is no letter.
_ESCAPE = "\x1b"
ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ" + _ESCAPE + "ÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

#: Table 6.2.1.1: what follows an escape.
AFTER_ESCAPE = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}

#: Bits of one short message, of the header that each part of a longer one begins with, and of a
#: character's unit.
WHOLE, HEADER = 140 * 8, 6 * 8
SEPTET, PAIR = 7, 16

_ZWJ = "\u200d"
ESCAPED = frozenset(AFTER_ESCAPE.values())
_WRITTEN = (frozenset(ALPHABET) - {_ESCAPE}) | ESCAPED


def reckoned(text: str) -> tuple[bool, int, int]:
    """Return whether *text* is GSM-7, its units, and its segments."""
    gsm = in_gsm(text)
    if gsm:
        widths = [SEPTET * (2 if letter in ESCAPED else 1) for letter in text]
        units = sum(widths) // SEPTET
    else:
        widths = [PAIR * sum(map(pairs, one)) for one in seen_as_one(text)]
        units = sum(widths) // PAIR
    return gsm, units, _laid_out(widths)


def in_gsm(text: str) -> bool:
    """Whether GSM-7 has every character of *text*."""
    return all(letter in _WRITTEN for letter in text)


def pairs(letter: str) -> int:
    """Return the units of UTF-16 that *letter* takes."""
    return 2 if ord(letter) > 0xFFFF else 1


def _laid_out(widths: Sequence[int]) -> int:
    """Return how many messages *widths* fill, in bits, none of them cut."""
    if sum(widths) <= WHOLE:
        return 1
    messages = [HEADER]
    for width in widths:
        if messages[-1] + width > WHOLE:
            messages.append(HEADER)
        messages[-1] += width
    return len(messages)


def seen_as_one(text: str) -> Iterator[str]:
    """Yield what a reader sees as one character, by the general categories of Unicode.

    Enough for the scripts and emoji here: marks, joiners, variation selectors, skin tones and tags
    belong to what stands before; a joiner binds what follows; two regional letters are a flag.
    """
    one = ""
    for letter in text:
        if one and _binds(one, letter):
            one += letter
        else:
            if one:
                yield one
            one = letter
    if one:
        yield one


def _binds(one: str, letter: str) -> bool:
    if letter < "\u0300" or unicodedata.category(one[-1]) in {"Cc", "Zl", "Zp"}:
        return False  # below them are no marks; and nothing stands on a line's end
    if _regional(letter):
        return _regional(one[-1]) and sum(map(_regional, one)) % 2 == 1
    mark = unicodedata.category(letter) in {"Mn", "Me", "Mc"} or letter == _ZWJ
    tone_or_tag = "\U0001f3fb" <= letter <= "\U0001f3ff" or "\U000e0020" <= letter <= "\U000e007f"
    joined = one[-1] == _ZWJ and unicodedata.category(letter) == "So"
    return mark or tone_or_tag or joined


def _regional(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"
