"""Texts in twelve languages, and how many segments each is billed as (``reckoned_segments``).

``python -m tests.support.segment_vectors`` writes ``tests/channels/segments.jsonl.gz``, the same
texts each time: what people say, cut at the ends of segments, with what may not be cut there.

Twilio's «smart encoding» replaces marks by plain ones on its own. We always send with it off
(``channels.sms``), so there is one count for a text; what we make plain ourselves, before somebody
approves it, is told beside it. No text has what the calculator and ours see differently.
"""

import gzip
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from tests.support.mine_sentences import SPEECH, Speech
from tests.support.reckoned_segments import AFTER_ESCAPE, ESCAPED, in_gsm, pairs, reckoned

FILE = Path(__file__).parents[1] / "channels" / "segments.jsonl.gz"

#: Any will do; the file was made with this one.
SEED = 20_260_512


@dataclass(frozen=True)
class Vector:
    """A text, what it is a case of, and its count. *plain*: as we make its marks plain."""

    language: str
    kind: str
    text: str
    gsm: bool
    units: int
    segments: int
    plain: str | None = None


# --- what is weighed ---------------------------------------------------------------------------

#: What stands at the end of a segment, where it may not be cut.
_ESCAPES = tuple(AFTER_ESCAPE.values())
_EMOJI = ("😀", "👍", "⛏", "🚫", "💧", "⚠\ufe0f", "1\ufe0f\u20e3")
_JOINED = (
    "👍🏽",
    "👷🏿\u200d♀\ufe0f",
    "👩🏾\u200d🔧",
    "👨\u200d👩\u200d👧",
    "👨\u200d👩\u200d👧\u200d👦",
    "🏳\ufe0f\u200d🌈",
    "🇰🇪",
    "🇨🇩🇺🇬",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
)
_CLUSTERS = (
    "e\u0301",
    "ẹ\u0301",
    "ɔ\u0302",
    "e\u0323\u0301\u0302",
    "நி",
    "கொ",
    "ஸ்ரீ",
    "مّ",
    "لًا",
    "\u1200\u135f",
)
_LINE_ENDS = ("\n", "\r", "\r\n", "\n\n", "\r\n\r\n", "\t", "\f", "\u2028", "\x85")

#: Where a segment ends, in units, for a text of one and for the parts of a longer one.
_GSM_EDGES = (160, 153, 306, 459, 612)
_WIDE_EDGES = (70, 67, 134, 201, 268)

#: A plain mark, and what a word processor makes of it; ours is to make it plain again.
_DRESSED = {
    "'": ("\u2018", "\u2019", "\u02bc", "\u201a"),
    '"': ("\u201c", "\u201d", "\u201e", "\u00ab", "\u00bb"),
    "-": ("\u2010", "\u2011", "\u2012", "\u2013", "\u2014"),
    " ": ("\u00a0", "\u202f", "\u2009", "\t"),
}
_ELLIPSIS, _UNSEEN = "\u2026", ("\u200b", "\ufeff")

#: Texts of each kind in each language.
_SAID, _EDGED, _ENDED, _MARKED, _LOOSE, _BARE = 90, 180, 40, 40, 20, 20


def vectors(seed: int = SEED) -> list[Vector]:
    """Return all of them: the same for the same *seed*, no text twice."""
    found: dict[str, Vector] = {}
    for language, speech in SPEECH.items():
        dice = Random(f"{seed} {language}")
        for kind, text, plain in _texts(speech, dice):
            if text not in found:
                found[text] = Vector(language, kind, text, *reckoned(text), plain)
    return list(found.values())


def _texts(speech: Speech, dice: Random) -> Iterator[tuple[str, str, str | None]]:
    for _ in range(_SAID):
        yield "said", _run(speech, dice, dice.randrange(1, 480)), None
    for _ in range(_BARE):
        yield "bare", _bare(_run(speech, dice, dice.randrange(100, 480))), None
    for number in range(_EDGED):
        name = tuple(_AT_EDGE)[number % len(_AT_EDGE)]
        yield f"edge: {name}", _edged(speech, dice, _AT_EDGE[name]), None
    for _ in range(_ENDED):
        yield "line ends", _ended(speech, dice), None
    for _ in range(_MARKED):
        text, plain = _marked(speech, dice)
        yield "marks", text, plain
    for _ in range(_LOOSE):
        loose = unicodedata.normalize("NFD", _run(speech, dice, dice.randrange(60, 280)))
        yield "decomposed", loose, None


def _run(speech: Speech, dice: Random, length: int) -> str:
    """Return sentences, cut after *length* characters."""
    text = speech.sentence(dice)
    while len(text) < length:
        text += " " + speech.sentence(dice)
    return text[:length]


def _bare(text: str) -> str:
    """Return *text* without accents, as people type it."""
    loose = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in loose if not unicodedata.combining(letter))


_AT_EDGE: Mapping[str, Sequence[str]] = {
    "escape": _ESCAPES,
    "emoji": _EMOJI,
    "joined": _JOINED,
    "cluster": _CLUSTERS,
    "two ends": ("\r\n",),
    "nothing": ("",),
}


def _edged(speech: Speech, dice: Random, pieces: Sequence[str]) -> str:
    """Return a text with one of *pieces* near the end of a segment, and again at the next."""
    piece = dice.choice(pieces)
    run = _run(speech, dice, 900)
    run = _bare(run) if dice.random() < 0.5 else run
    wide = not in_gsm(piece + run)
    edge = dice.choice(_WIDE_EDGES if wide else _GSM_EDGES)
    text = _up_to(run, edge + dice.randrange(-4, 3)) + piece
    more = run[len(text) :] + run
    full = edge + (67 if wide else 153)
    rest = dice.choice((0, 1, 2, full - edge - 2, full - edge - 1, full - edge, full - edge + 1))
    return text + _up_to(more, rest) + dice.choice(("", piece))


def _up_to(text: str, units: int) -> str:
    """Return as many characters of *text* as *units* hold."""
    gsm = in_gsm(text)
    end = taken = 0
    while end < len(text):
        taken += (2 if text[end] in ESCAPED else 1) if gsm else pairs(text[end])
        if taken > units:
            break
        end += 1
    return text[:end]


def _ended(speech: Speech, dice: Random) -> str:
    """Return sentences with ends of lines of every kind, one of them near a segment's end."""
    run, end = _run(speech, dice, 500), dice.choice(_LINE_ENDS)
    wide = not in_gsm(run + end)
    edge = dice.choice(_WIDE_EDGES[:3] if wide else _GSM_EDGES[:3])
    text = _up_to(run, edge + dice.randrange(-3, 2)) + end
    return text + dice.choice(_LINE_ENDS).join(
        speech.sentence(dice) for _ in range(dice.randrange(1, 4))
    )


def _marked(speech: Speech, dice: Random) -> tuple[str, str]:
    """Return a text as a word processor dresses it, and as it was before."""
    plain = _bare(_run(speech, dice, dice.randrange(80, 330))).strip() + "..."
    for dressed in (*_DRESSED.values(), _UNSEEN, (_ELLIPSIS,)):
        for mark in dressed:
            plain = plain.replace(mark, "'")
    text = plain[:-3] + _ELLIPSIS
    for mark, dressed in _DRESSED.items():
        text = "".join(
            dice.choice(dressed) if letter == mark and dice.random() < 0.3 else letter
            for letter in text
        )
    return text + dice.choice(("", *_UNSEEN)), unicodedata.normalize("NFC", plain)


# --- the file ----------------------------------------------------------------------------------


def lines() -> bytes:
    """Return what the file holds: a vector a line, as JSON."""
    return b"".join(
        json.dumps(asdict(one), ensure_ascii=False).encode() + b"\n" for one in vectors()
    )


def kept() -> list[Vector]:
    """Return the vectors of the file."""
    with gzip.open(FILE, "rt", encoding="utf-8") as file:
        return [Vector(**json.loads(line)) for line in file]


def _write() -> None:
    FILE.write_bytes(gzip.compress(lines(), mtime=0))


if __name__ == "__main__":
    _write()
