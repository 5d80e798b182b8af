"""Words as they are looked for: without capitals and accents, and by how they begin."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

#: Words of a question that count; who writes more is not helped by them.
MOST_WORDS = 10

#: Characters of a snippet before the first hit, and from it on.
BEFORE, AFTER = 60, 140

_WORD = re.compile(r"\w+")


class _Plain(dict[int, str]):
    """Each character in its plain form, worked out when it is first met."""

    def __missing__(self, point: int) -> str:
        spelled = unicodedata.normalize("NFKD", chr(point)).casefold()
        plain = (one for one in unicodedata.normalize("NFKD", spelled))
        self[point] = "".join(one for one in plain if not unicodedata.combining(one))
        return self[point]


_PLAIN = _Plain()


class Piece(NamedTuple):
    """A stretch of a snippet. *hit*: it is what was looked for."""

    text: str
    hit: bool


def folded(text: str) -> str:
    """Return *text* without capitals and accents, as far as comparing goes."""
    # Most of what is written is plain already, and this is done ten thousand times a search.
    return text.lower() if text.isascii() else text.translate(_PLAIN)


@dataclass(frozen=True)
class Words:
    """What is looked for: every one of these must begin some word of a text."""

    words: Sequence[str]
    patterns: Sequence[re.Pattern[str]]

    @classmethod
    def of(cls, question: str) -> "Words":
        """Read what somebody typed. Without a letter or digit in it, it finds nothing."""
        wanted = list(dict.fromkeys(_WORD.findall(folded(question))))[:MOST_WORDS]
        return cls(wanted, [re.compile(rf"(?<!\w){word}") for word in wanted])

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def match(self, text: str) -> bool:
        """Whether each word stands at the beginning of a word of *text*."""
        plain = folded(text)
        if not self or not all(word in plain for word in self.words):
            return False  # as nearly always, and sooner known than where a word begins
        return all(pattern.search(plain) for pattern in self.patterns)

    def snippet(self, text: str) -> Sequence[Piece]:
        """Return the part of a text that matches around its first hit, in pieces."""
        hits = sorted(self._hits(text))
        first = hits[0][0] if hits else 0
        start, end = _bounds(text, first)
        pieces, at = [Piece("… ", hit=False)] if start else [], start
        for begins, ends in hits:
            if at <= begins and ends <= end:
                pieces += [Piece(text[at:begins], hit=False), Piece(text[begins:ends], hit=True)]
                at = ends
        pieces.append(Piece(text[at:end], hit=False))
        if end < len(text):
            pieces.append(Piece(" …", hit=False))
        return [piece for piece in pieces if piece.text]

    def _hits(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where each hit begins and ends in *text* as it was written."""
        plain, places = [], []
        for place, character in enumerate(text):
            spelled = folded(character)
            plain.append(spelled)
            places += [place] * len(spelled)
        whole = "".join(plain)
        for pattern in self.patterns:
            for match in pattern.finditer(whole):
                end = places[match.end() - 1] + 1
                # The accents of the last letter may stand behind it, as characters of their own.
                while end < len(text) and unicodedata.combining(text[end]):
                    end += 1
                yield places[match.start()], end


def _bounds(text: str, first: int) -> tuple[int, int]:
    """Return where a snippet begins and ends: between words, where there is a gap nearby."""
    start, end = max(first - BEFORE, 0), min(first + AFTER, len(text))
    if start:
        gap = text.find(" ", start, first)
        start = gap + 1 if gap >= 0 else start
    if end < len(text):
        gap = text.rfind(" ", first, end)
        end = gap if gap > first else end
    return start, end
