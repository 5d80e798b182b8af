"""How fast messages may leave: one bucket a channel, a pause a chat, and what a provider said.

Time is an argument. One process sends on a channel at a time, so the buckets live in memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: How long the last message to a chat is remembered when nobody else writes; bounds the table.
FORGET_CHATS_AT = 10_000


@dataclass(frozen=True, slots=True)
class Pace:
    """What a provider allows, and when it can be asked about a doubtful message.

    *per_second*: tokens, a segment each for SMS and a message elsewhere. *per_chat*: seconds
    between two messages to one chat. *ask_after*: seconds in which a late receipt may still
    settle a doubtful message by itself.
    """

    per_second: float = 30.0
    per_chat: float = 0.0
    ask_after: float = 0.0


#: What is known of each channel; another gets ``Pace()``.
#: Twilio: a short code sends 100 segments a second and more, a long code 1 to 10, and what comes
#: faster waits there for up to 10 h (docs/api/errors/21611). Telegram: core.telegram.org/bots/faq.
PACES: Mapping[str, Pace] = {
    "sms": Pace(10, ask_after=120),
    "telegram": Pace(30, per_chat=1),
    "simulator-basic": Pace(1000),
    "simulator-chat": Pace(1000),
}


@dataclass(slots=True)
class Limiter:
    """The buckets of one channel."""

    pace: Pace
    _tokens: float = field(init=False)
    _filled_at: datetime | None = None
    _paused_until: datetime | None = None
    _chats: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tokens = self._capacity

    @property
    def _capacity(self) -> float:
        """A second's worth, so that a burst is never longer."""
        return max(self.pace.per_second, 1.0)

    def room(self, now: datetime) -> int:
        """Return how many messages may leave at *now*."""
        if self._paused_until is not None and now < self._paused_until:
            return 0
        self._fill(now)
        return max(int(self._tokens), 0)

    def take(self, now: datetime, cost: int = 1) -> None:
        """Count a message that leaves; a long one leaves a debt, which the next wait out."""
        self._fill(now)
        self._tokens -= cost

    def chat_free_at(self, chat: str, now: datetime) -> datetime:
        """Return when the next message to *chat* may leave: *now* or later."""
        last = self._chats.get(chat)
        if last is None or not self.pace.per_chat:
            return now
        return max(now, last + timedelta(seconds=self.pace.per_chat))

    def note_chat(self, chat: str, now: datetime) -> None:
        """Note that a message to *chat* leaves."""
        if not self.pace.per_chat:
            return
        if len(self._chats) >= FORGET_CHATS_AT:
            old = now - timedelta(seconds=self.pace.per_chat)
            self._chats = {one: at for one, at in self._chats.items() if at > old}
        self._chats[chat] = now

    def pause(self, until: datetime) -> None:
        """Let nothing leave before *until*; a pause is never shortened."""
        if self._paused_until is None or until > self._paused_until:
            self._paused_until = until

    def _fill(self, now: datetime) -> None:
        since = self._filled_at or now
        if now < since:  # the clock was set back
            return
        fresh = (now - since).total_seconds() * self.pace.per_second
        self._tokens = min(self._tokens + fresh, self._capacity)
        self._filled_at = now
