"""What can go wrong at a provider. An error answers one question: again, or never?"""


class ChannelError(Exception):
    """Anything that a channel reports. Its text never holds an address or a word that was said."""


class Forged(ChannelError):
    """The hook's signature or secret is wrong. Answered 403."""


class Malformed(ChannelError):
    """The hook's body is not what the provider sends. Answered 400."""


class Refused(ChannelError):
    """The provider will never take this message. *stopped*: the person shut the door."""

    def __init__(self, code: str, *, stopped: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.stopped = stopped


class Busy(ChannelError):
    """The provider did not take it this time; *retry_after* in seconds when it said so.

    *whole_channel*: the limit holds for the channel, not only for this message.
    """

    def __init__(
        self, code: str, *, retry_after: float | None = None, whole_channel: bool = False
    ) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
        self.whole_channel = whole_channel


class Ambiguous(ChannelError):
    """The message left, and no answer came back: the provider may have taken it."""


class CannotTell(ChannelError):
    """The provider has no way to ask whether a message was taken."""
