"""How fast messages may leave: one bucket a line, and a pause for each chat.

Time is an argument. One process sends on a line at a time, so the buckets live in memory; who
takes a line over begins with an empty one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: How long the last message to a chat is remembered when nobody else writes; bounds the table.
FORGET_CHATS_AT = 10_000

#: Over so many seconds what leaves never exceeds the rate, a burst included (delivery.md, 3.8).
WINDOW = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """What a provider allows, and when it can be asked about a doubtful message.

    *per_second*: tokens, a segment each for SMS and a message elsewhere. *per_chat*, *per_group*:
    seconds between two messages to one chat or group. *ask_after*: seconds in which a late
    receipt may still settle a doubtful message by itself. *calls*: requests at a time.
    """

    per_second: float = 30.0
    per_chat: float = 0.0
    per_group: float = 0.0
    ask_after: float = 0.0
    calls: int = 64

    @property
    def in_flight(self) -> int:
        """Return how many messages may be on their way, those included that wait for a call.

        As many again as there are calls: while answers are written down and the next messages
        are picked, no call stands idle.
        """
        return 2 * self.calls + 1

    @property
    def in_flight_of_broadcasts(self) -> int:
        """Return how many of those may be broadcasts': a slow provider must not let answers wait.

        Every call may be theirs; of the places behind them, four in five.
        """
        return self.calls + (self.calls + 1) * 4 // 5

    @property
    def unsettled(self) -> int:
        """Return how many messages a death may leave in doubt.

        Those on their way, and as many that were answered and are being written down.
        """
        return 2 * self.in_flight

    @property
    def burst(self) -> float:
        """Return how many tokens a quiet line saves up: a second's worth."""
        return max(self.per_second, 1.0)


#: What is known of each line; another gets ``Pace()``.
#: Twilio: a short code sends 100 segments a second and more, a long code 1 to 10, and what comes
#: faster waits there for up to 10 h (docs/api/errors/21611). Telegram: core.telegram.org/bots/faq,
#: 30 a second, one a second to a chat, 20 a minute to a group. WhatsApp: 80 a second by Twilio
#: (docs/whatsapp/api). A gateway: as slow as a carrier's smallest bind. Calls: one
#: a second, unless Twilio allows an account more (docs/voice/api/call-resource).
PACES: Mapping[str, Pace] = {
    "sms": Pace(10, ask_after=120),
    "gateway": Pace(10, ask_after=120),
    "whatsapp": Pace(80, ask_after=120),
    "call": Pace(1, ask_after=120, calls=8),
    "telegram": Pace(30, per_chat=1, per_group=3, calls=24),
    "simulator-basic": Pace(1000, calls=16),
    "simulator-chat": Pace(1000, calls=16),
    "simulator-call": Pace(1000, calls=16),
}


@dataclass(slots=True)
class Limiter:
    """The buckets of one line."""

    pace: Pace
    _tokens: float = field(init=False)
    _wanted: float = 1.0  # by the message that is to leave next
    _filled_at: datetime | None = None
    _chats: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tokens = self.pace.burst

    @property
    def _refill(self) -> float:
        """Tokens a second, less what a burst takes out of ``WINDOW``."""
        return max(self.pace.per_second - self.pace.burst / WINDOW, self.pace.per_second / 2)

    def room(self, now: datetime) -> int:
        """Return how many tokens there are at *now*."""
        self._fill(now)
        return max(int(self._tokens), 0)

    def take(self, now: datetime, cost: int = 1) -> bool:
        """Take *cost* tokens; False: they are not there yet.

        What costs more than the bucket holds leaves when it is full, with a debt that the next
        wait out.
        """
        self._fill(now)
        self._wanted = min(cost, self.pace.burst)
        if self._tokens < self._wanted:
            return False
        self._tokens -= cost
        self._wanted = 1.0
        return True

    def drain(self, now: datetime) -> None:
        """Begin again with nothing saved up."""
        self._tokens, self._filled_at = 0.0, now

    def wait(self) -> timedelta:
        """Return how long it takes until the next message can leave."""
        return timedelta(seconds=max(self._wanted - self._tokens, 0.0) / self._refill)

    def chat_free_at(self, chat: str, now: datetime) -> datetime:
        """Return when the next message to *chat* may leave: *now* or later."""
        last, gap = self._chats.get(chat), self._gap(chat)
        return now if last is None or not gap else max(now, last + timedelta(seconds=gap))

    def note_chat(self, chat: str, now: datetime) -> None:
        """Note that a message to *chat* leaves: when it is picked, called for and answered."""
        if not self._gap(chat):
            return
        if len(self._chats) >= FORGET_CHATS_AT:
            old = now - timedelta(seconds=max(self.pace.per_chat, self.pace.per_group))
            self._chats = {one: at for one, at in self._chats.items() if at > old}
        self._chats[chat] = now

    def _gap(self, chat: str) -> float:
        # Telegram's groups have negative ids (Bot API, Chat.id).
        return self.pace.per_group if chat.startswith("-") else self.pace.per_chat

    def _fill(self, now: datetime) -> None:
        since = self._filled_at or now
        if now < since:  # the clock was set back
            self._filled_at = now
            return
        fresh = (now - since).total_seconds() * self._refill
        self._tokens = min(self._tokens + fresh, self.pace.burst)
        self._filled_at = now
