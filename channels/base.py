"""What every channel speaks: addresses, hooks, inbound, outbound, receipts, and the protocol.

The wire stops here. Nothing above this room ever sees a provider's form, update or status word.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Where somebody can be reached: a phone number in E.164, a chat id. Never printed."""

    channel: str
    value: str

    def __repr__(self) -> str:
        return f"Address({self.channel}, …)"

    __str__ = __repr__


class Style(StrEnum):
    """How words look on a channel."""

    SMS = "sms"  # GSM-7 text, choices as numbered lines
    TEXT = "text"  # full text, choices as numbered lines
    CHAT = "chat"  # full text, choices as buttons
    VOICE = "voice"  # read aloud in a call; the text says what is


#: The styles in which words are read with the eyes.
WRITTEN = (Style.SMS, Style.TEXT, Style.CHAT)


@dataclass(frozen=True, slots=True)
class Hook:
    """One request of a provider, before anything in it is believed."""

    url: str  # the public URL as the provider called it, query included
    headers: Mapping[str, str]  # keys in lower case
    body: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Media:
    """A voice note, photo or file that waits at the provider."""

    reference: str  # what ``Channel.fetch`` needs; never shown, never logged
    kind: str  # photo, voice, video or file
    mime: str

    def __repr__(self) -> str:
        return f"Media({self.kind})"


@dataclass(frozen=True, slots=True, repr=False)
class Inbound:
    """Something that a person said."""

    address: Address
    external_id: str  # unique within the channel; a repeat is dropped on it
    text: str = ""
    choice: str | None = None  # data of the button that was pressed
    media: tuple[Media, ...] = ()
    language_hint: str | None = None  # the app's language; a first offer, never stored
    payload: str | None = None  # what followed /start in a link
    answered: bool = False  # the provider has confirmed this STOP, START or HELP by itself
    rang: bool = False  # no word was said: the telephone rang, and nobody took the call

    def __repr__(self) -> str:
        return f"Inbound({self.address!r})"


class Delivery(StrEnum):
    """How far a message came, by what the provider says."""

    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery report. *message* is our own id when the provider carried it for us."""

    channel: str
    delivery: Delivery | None  # None: a step on the way that changes nothing
    provider_id: str
    message: str | None = None
    error_code: str | None = None
    rank: int = 0  # how final the status is; a receipt never takes a message to a lower rank
    stopped: bool = False  # the error means that this person does not want our messages
    again: int = 0  # how often it is worth another try: the phone was away


@dataclass(frozen=True, slots=True, repr=False)
class Stopped:
    """This person shut the door by the channel's own means (blocked the bot)."""

    address: Address
    external_id: str
    stopped: bool = True  # False: opened it again

    def __repr__(self) -> str:
        return f"Stopped({self.address!r})"


Arrival: TypeAlias = Inbound | Receipt | Stopped


@dataclass(frozen=True, slots=True)
class Button:
    """One answer on offer. A chat shows *label* on a button, an SMS as «*key* *label*»."""

    key: str  # the digit that picks it
    label: str
    data: str  # comes back as ``Inbound.choice``; at most 64 bytes (Telegram)


@dataclass(frozen=True, slots=True, repr=False)
class Outbound:
    """One message, rendered for the channel's style, ready to travel."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()  # rows; empty for all but Style.CHAT
    protect: bool = False  # ask the app not to forward or save it
    sound: str | None = None  # the id of a recording (``channels.sounds``); *text* stands below it

    def __repr__(self) -> str:
        return f"Outbound({len(self.text)} characters)"


@dataclass(frozen=True, slots=True, repr=False)
class Envelope:
    """An outbound on its way to an address, under our own id."""

    id: str
    address: Address
    outbound: Outbound
    seconds: int | None = None  # how long it is worth delivering; None: as the provider likes

    def __repr__(self) -> str:
        return f"Envelope({self.id})"


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it.

    *final*: no receipt will ever follow. *arrived*: nor is there need of one, it stands on the
    phone already; so it is final as well.
    """

    provider_id: str
    final: bool = False
    arrived: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of ``baraza doctor``: what was looked at, whether it is well, what to do."""

    subject: str
    well: bool
    advice: str = ""


class Channel(Protocol):
    """A way for words to travel. At most eight members; one contract suite runs over all."""

    name: str
    style: Style

    def parse(self, hook: Hook) -> Sequence[Arrival]:
        """Return what *hook* brings. Pure: no clock, no socket, no table.

        Raises ``Forged`` before the body is read when the signature or secret is wrong, and
        ``Malformed`` when the body is not what the provider sends.
        """

    async def send(self, envelope: Envelope) -> Sent:
        """Hand one message to the provider.

        Raises ``Refused`` (never try again), ``Busy`` (not taken; try again) or ``Ambiguous``
        (perhaps taken).
        """

    async def find(
        self, envelope: Envelope, since: datetime, known: Collection[str] = ()
    ) -> Sent | None:
        """Say whether an ambiguous send was taken after all; None: it was not.

        *known*: provider ids that belong to other messages of ours, however alike. Raises
        ``CannotTell`` where the provider has no way to ask, else as ``send``.
        """

    async def fetch(self, media: Media) -> bytes:
        """Bring what waits at the provider. At most ``MAX_MEDIA_BYTES``. Raises as ``send``."""

    async def check(self) -> Sequence[Finding]:
        """Look at credentials and webhook, for the doctor. Sends nothing to anybody."""

    async def close(self) -> None:
        """Close connections."""


@runtime_checkable
class Polled(Protocol):
    """A channel that can also fetch its hooks itself, where no provider can reach us."""

    name: str
    polls: bool  # whether it has to: no webhook is set up

    def parse(self, hook: Hook) -> Sequence[Arrival]:
        """As ``Channel.parse``."""

    async def poll(self) -> Sequence[Hook]:
        """Wait for the next updates, at most 30 s. Asking again confirms the ones before."""


@runtime_checkable
class Listed(Protocol):
    """A channel whose provider can list what people wrote: a hook that failed is found there."""

    name: str

    async def missed(self, since: datetime, until: datetime) -> Sequence[Inbound]:
        """Return what was written between the two, oldest first, whether we heard it or not.

        Raises as ``Channel.send``.
        """


@runtime_checkable
class Announced(Protocol):
    """A channel that tells its provider where our hooks are, and which commands we know."""

    async def announce(self, commands: Mapping[str, Mapping[str, str]]) -> None:
        """Say it, once at start. *commands*: language tag -> command -> what it does.

        Raises as ``Channel.send``.
        """


@runtime_checkable
class Erasing(Protocol):
    """A channel whose provider forgets a file when it is told to."""

    name: str

    async def erase(self, media: Media) -> None:
        """Have it forgotten. Raises as ``Channel.send``; ``Refused``: it is not there any more."""


@runtime_checkable
class Answering(Protocol):
    """A channel whose provider wants certain words before it believes that we have its hook."""

    name: str
    answer: str  # the words, as plain text; some providers pass others on to a phone


#: Telegram lets a bot download 20 MB (Bot API, getFile). Twilio takes 5 MB by MMS
#: (docs/messaging/guides/accepted-mime-types) and 16 MB by WhatsApp
#: (docs/whatsapp/guidance-whatsapp-media-messages). The largest holds for all.
MAX_MEDIA_BYTES = 20 * 1024 * 1024
