"""A call that we make: where it stands, what was pressed or said, and what is said next.

Every line that calls people up speaks in these words. Nothing is kept of a call between two of its
turns: where it stands travels in the address by which the provider asks for the next turn, and the
provider signs that address.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self, TypeAlias, runtime_checkable

from channels.base import Address, Hook, Media

#: Digits that stand in an address: more were never written there by us.
_MOST = 12


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call stands.

    *playing*: the digit of the part that is played; empty: none is. *since*: when it began, in
    seconds since 1970. *played*: digits of the parts that were played to their ends before anybody
    pressed a key. *pressed*: somebody has, so it is no mailbox. *silences*: how often in a row the
    menu was said and nothing came.
    """

    playing: str = ""
    since: int = 0
    played: str = ""
    pressed: bool = False
    silences: int = 0

    def to_query(self) -> dict[str, str]:
        """Return it as it stands in an address; ``from_query`` reads it."""
        return {
            "p": self.playing,
            "t": str(self.since),
            "h": self.played,
            "k": str(int(self.pressed)),
            "s": str(self.silences),
        }

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self | None:
        """Read it; None: the call begins. What is no number is 0."""
        if "p" not in query:
            return None
        return cls(
            query["p"][:1],
            _number(query.get("t", "")),
            query.get("h", "")[:_MOST],
            query.get("k") == "1",
            _number(query.get("s", "")),
        )


@dataclass(frozen=True, slots=True, repr=False)
class Turn:
    """What came of the last thing that was said. Never printed.

    *message*: our id of what the call carries. *call*: the provider's of the call. *phone*: by
    which address that telephone is written to. *line*: which line called it. *place* None: it was
    just taken. *key*: what was pressed; empty: nothing. *spoken_id*: of a message that was left
    after the tone: *spoken*, a file at the provider, or *words*, in a rehearsal.
    """

    message: str
    call: str
    phone: Address
    line: str
    place: Place | None = None
    key: str = ""
    spoken_id: str = ""
    spoken: Media | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Play:
    """Play a recording (``channels.sounds``). *seconds*: how long it lasts."""

    sound: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Say:
    """Read words aloud by machine; where the provider has no voice for *language*, say nothing."""

    text: str
    language: str


Line: TypeAlias = Play | Say


class Next(StrEnum):
    """What is waited for when all was said."""

    KEY = "key"
    WORDS = "words"  # a message, after a tone
    END = "end"  # nothing: we hang up


@dataclass(frozen=True, slots=True)
class Script:
    """What is said, and what is waited for. *patience*: seconds until silence is an answer."""

    lines: tuple[Line, ...]
    then: Next
    place: Place = Place()
    patience: int = 0


#: Makes the address at which a provider fetches a recording, of the recording's id.
Link: TypeAlias = Callable[[str], str]


@runtime_checkable
class Calling(Protocol):
    """A channel that calls people up, and asks us what to say as the call goes on."""

    name: str

    def turn(self, hook: Hook) -> Turn:
        """Return what *hook* says of a call. Pure. Raises ``Forged`` and ``Malformed``."""

    def written(self, turn: Turn, script: Script, link: Link) -> str:
        """Return *script* as the provider reads it."""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST else 0
