"""Which carrier takes a message: a person has an address, and several lines may lead there.

A channel is how somebody is reached («sms»); a line is one carrier's queue in the ledger. Twilio
and a gateway are two lines to the same telephones, so a number is one contact whichever of them
brought its message.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from channels.base import Address

#: Lines that lead to another channel than their name says.
_KINDS: Mapping[str, str] = {"gateway": "sms"}

#: Lines by which the telephones of a channel are called up. Nobody has an address there: who is
#: called is somebody of that channel.
CALLED_BY: Mapping[str, str] = {"sms": "call", "simulator-basic": "simulator-call"}

#: And back: whose telephones a line calls.
CALLS: Mapping[str, str] = {line: channel for channel, line in CALLED_BY.items()}

#: Channels on which somebody's address is their telephone number, in E.164: to us they are another
#: contact on each.
BY_NUMBER: tuple[str, ...] = ("sms", "whatsapp")

#: Those among them that SMS reaches too when staff try that.
NUMBERED: Collection[str] = frozenset(BY_NUMBER) - {"sms"}

#: What begins a phone number in E.164: a country, or an operator in it.
PREFIX = re.compile(r"\+[1-9]\d{0,14}")


def kind(line: str) -> str:
    """Return the channel (``Address.channel``) that *line* leads to."""
    return _KINDS.get(line, line)


def of_number(number: str) -> tuple[Address, ...]:
    """Return every address that a telephone number, in E.164, may be."""
    return tuple(Address(channel, number) for channel in BY_NUMBER)


def reached(address: Address, line: str) -> Address:
    """Return the address by which *line* reaches whoever is at *address*: mostly the same."""
    by_number = kind(line) == "sms" and address.channel in NUMBERED
    return Address("sms", address.value) if by_number else address


@dataclass(frozen=True, slots=True)
class Routing:
    """The lines that are set up, the one to be preferred first, and which prefix goes where."""

    lines: tuple[str, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict)  # beginning of a number -> line

    def line(self, address: Address, up: Collection[str] | None = None) -> str | None:
        """Return the line for *address*: its prefix's, else the next one that is in *up*.

        The longest prefix wins. None: no line to that channel is up. *up* None: all are.
        """
        usable = (line for line in self._by_choice(address) if up is None or line in up)
        return next(usable, None)

    def default(self, channel: str) -> str:
        """Return the line of *channel* for an address that nobody has looked at yet.

        Where none is set up it is the channel's own name, and the message waits there.
        """
        return next(self.leading_to(channel), channel)

    def leading_to(self, channel: str) -> Iterator[str]:
        """Yield the lines that lead to *channel*, the preferred one first."""
        return (line for line in self.lines if kind(line) == channel)

    def _by_choice(self, address: Address) -> Iterator[str]:
        others = list(self.leading_to(address.channel))
        chosen = self._chosen(address.value)
        if chosen in others:
            yield chosen
        yield from (line for line in others if line != chosen)

    def _chosen(self, number: str) -> str:
        longest = max((p for p in self.prefixes if number.startswith(p)), key=len, default="")
        return self.prefixes.get(longest, "")


#: Every address leaves by the line of its channel's own name.
STRAIGHT = Routing()


def read(written: str) -> dict[str, str]:
    """Read «+255=gateway,+1=sms» into prefix -> line. Raises ``ValueError`` with what is wrong."""
    prefixes: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in written.split(","))):
        prefix, equals, line = (part.strip() for part in pair.partition("="))
        if not (equals and PREFIX.fullmatch(prefix) and line):
            raise ValueError(f"has «{pair}», which is no prefix=line such as +255=gateway")
        if prefixes.setdefault(prefix, line) != line:
            raise ValueError(f"sends {prefix} to two lines")
    return prefixes
