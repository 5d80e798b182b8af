"""A channel that answers by script, and remembers what it was given."""

from collections import deque

from channels.base import Envelope, Sent, Style
from channels.errors import Ambiguous, Busy, CannotTell, Refused


class ScriptedChannel:
    """Takes every message, unless *answers* says otherwise. *taken* are the envelopes it took.

    An ``Ambiguous`` whose text is «taken» was taken all the same.
    """

    def __init__(self, name="sms", style=Style.SMS, *, can_tell=True):
        self.name, self.style, self.can_tell = name, style, can_tell
        self.answers = deque()
        self.asked = []
        self.taken = []
        self.looked_up = []
        self.during = None  # called while a message is on its way

    def parse(self, hook):
        return []

    async def send(self, envelope: Envelope) -> Sent:
        self.asked.append(envelope)
        if self.during is not None:
            await self.during()
        answer = self.answers.popleft() if self.answers else None
        if isinstance(answer, Exception):
            if isinstance(answer, Ambiguous) and str(answer) == "taken":
                self.taken.append(envelope)
            raise answer
        self.taken.append(envelope)
        return Sent(f"P{len(self.taken)}", final=not self.can_tell)

    async def find(self, envelope, since, known=()):
        self.looked_up.append(envelope.id)
        if not self.can_tell:
            raise CannotTell
        for number, one in enumerate(self.taken, 1):
            same = one.outbound.text == envelope.outbound.text and one.address == envelope.address
            if same and f"P{number}" not in known:
                return Sent(f"P{number}")
        return None

    async def fetch(self, media):
        raise Refused("none")

    async def check(self):
        return []

    async def close(self):
        pass

    @property
    def texts(self):
        return [one.outbound.text for one in self.taken]


BUSY = Busy("429", retry_after=3, whole_channel=True)
