"""A telephone that takes our calls in a transcript: no provider, no database, a clock of its own.

A part lasts half a minute. Silence waits it out; a key cuts it short, unless the line before said
that the whole of it was heard.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bots import calling
from bots.conversation import Attachment, Said
from channels.base import Address, Arrival, Inbound, Media
from channels.calls import Next, Place, Play, Say, Script, Turn
from channels.twilio_calls import VOICES
from outreach.called import Told
from outreach.rule_texts import DIGITS, Part
from tests.support import told_rules

#: What the one who is called does.
CALLED, KEY, SILENT, SPOKEN = ACTS = ("CALLED", "KEY", "SILENT", "SPOKEN")

#: Seconds of each part, and of each of our own sentences.
LASTS, SHORT = 30, 6

PHONE = Address("sms", "+254711000001")
_RULE, _TEXTS = told_rules.told()[0]


@dataclass
class Telephone:
    """One call, of two parts of a rule that has three recorded."""

    language: str
    tells: str = "12"
    recorded: str = "123"
    spoken: bool = False  # whether somebody of the forum has recorded our own sentences
    now: int = 0
    place: Place | None = None

    def acts(self, act: str, words: str) -> tuple[list[str], list[Said]]:
        """Return what is heard then, line by line, and what reaches our inbox by it."""
        self.now += LASTS + 1 if act == SILENT or words.endswith("whole") else 3
        turn = self._turn(act, words)
        arrived = [_said(one) for one in calling.arrivals(turn) if isinstance(one, Inbound)]
        answer = calling.answer(turn, self._told(), self.now)
        self.place = answer.script.place
        lines = [f"KEEPS  {_kept(one)}" for one in calling.arrivals(turn)]
        lines += [f"TOLD   {digit}" for digit in answer.heard]
        return [*lines, *self._written(answer.script)], arrived

    def _turn(self, act: str, words: str) -> Turn:
        place = None if act == CALLED else self.place
        if act == SPOKEN:
            left = Media("recording", "voice", "audio/wav")
            return Turn("m1", "CA1", PHONE, "call", place, spoken_id="RE1", spoken=left)
        return Turn("m1", "CA1", PHONE, "call", place, words[:1] if act == KEY else "")

    def _told(self) -> Told:
        title = told_rules.both(_TEXTS, Part.TITLE, _RULE, self.language)[0]
        sounds = {
            digit: Play(f"{DIGITS[digit]}.{self.language}", LASTS) for digit in self.recorded
        }
        read = {one: Play(f"{one}.{self.language}", SHORT) for one in calling.PHRASES}
        return Told(title, self.language, self.tells, sounds, read if self.spoken else {})

    def _written(self, script: Script) -> Iterator[str]:
        for line in script.lines:
            if isinstance(line, Say):
                yield f"{'SAYS' if line.language in VOICES else 'MUTE':<6} {line.text}"
            else:
                yield f"PLAYS  {line.sound}"
        if script.then is Next.WORDS:
            yield "TONE"
        elif script.then is Next.END:
            yield "HANGS UP"


def _kept(arrival: Arrival) -> str:
    if not isinstance(arrival, Inbound):
        return "no more calls"
    return "a wish to be called back" if arrival.rang else "a message that was left"


def _said(inbound: Inbound) -> Said:
    media = tuple(Attachment(one.reference, one.kind, one.mime) for one in inbound.media)
    return Said(inbound.text, attachments=media, rang=inbound.rang)
