"""One turn of a dialogue, from what is heard to what is said.

Follows the outcomes of the conversations, one after the other, until somebody has to speak again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bots.conversation import Dialogue, Event, Line, Opening, Outcome, Said, Silence
from bots.granting import Granting
from bots.router import OPENINGS, Continue, asks_again, begun, doubted, route
from channels import optout

#: Wishes and changes of conversation that one message may lead to. A report leads to three.
MOST_STEPS = 12

#: The conversation that asks somebody new for their language.
WELCOME = "welcome"

#: What a chat app sends for whoever opens the bot: no wish for news, as START is in an SMS.
OPENED = "/start"

#: The conversations that answer HELP and STOP.
HELP = "help"
STOP = "stop"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line and the language that held when it was said."""

    line: Line
    language: str


class Play:
    """One turn of a dialogue: follows its outcomes until somebody has to speak again."""

    def __init__(self, granting: Granting) -> None:
        self.granting = granting
        self.dialogue = granting.contact.dialogue
        self.lines: list[Spoken] = []

    async def hear(self, said: Said) -> None:
        """Take words where they belong."""
        known = self.granting.contact.language is not None
        before = self.dialogue
        word = None if said.choice or said.text.startswith(OPENED) else optout.match(said.text)
        if word is not None:
            await self._interject(word, said)
            if self.granting.answered:
                self.lines.clear()  # the provider has said it already
            if not said.attachments:
                return
            said = replace(said, text="")  # a photo called «STOP» stops, and is kept
        told = await self.granting.told(before) if asks_again(said, before) else None
        match route(said, self.dialogue, known=known, told=told):
            case Opening() as opening if said.rang:
                # It says nothing of a language, and nothing to what was asked.
                await self._follow(begun(opening), None)
                self.dialogue = before
            case Opening() as opening:
                if not known and opening.conversation != WELCOME:
                    # A keyword of somebody new says which language they speak.
                    self.granting.speak(opening.said.language)
                await self._follow(begun(opening), None)
            case Continue(dialogue=dialogue, event=event):
                await self.tell(event, dialogue)

    async def tell(self, event: Event, dialogue: Dialogue | None = None) -> None:
        """Let *dialogue*, or else the present one, hear *event*."""
        heard = dialogue or self.dialogue
        if heard is None:
            return
        outcome = OPENINGS[heard.conversation].hear(heard, event)
        await self._follow(outcome, heard.under, resume=not isinstance(event, Silence))

    async def _interject(self, word: str, said: Said) -> None:
        """Answer STOP, START or HELP; the dialogue goes on afterwards where it was."""
        before = self.dialogue
        if word == STOP and before is not None and doubted(before):
            before = _known(before.under)  # that is the answer
        await self._follow(OPENINGS[word].begin(said), None)
        self.dialogue = before
        if word == HELP and before is not None:
            self._ask(before)

    async def _follow(
        self, outcome: Outcome, under: Dialogue | None, *, resume: bool = True
    ) -> None:
        """Say, grant and go on, as the outcome asks. *under*: what waits beneath it."""
        for _ in range(MOST_STEPS):
            self._say(outcome.say)
            if outcome.go is not None:
                outcome = begun(outcome.go)
            elif outcome.do is not None and outcome.dialogue is not None:
                event = await self.granting.grant(outcome.do)
                conversation = OPENINGS[outcome.dialogue.conversation]
                outcome = conversation.hear(outcome.dialogue, event)
            else:
                break
        else:
            raise RuntimeError("a conversation goes round in circles")
        if outcome.dialogue is not None:
            self.dialogue = replace(outcome.dialogue, under=under, then=None)
        else:
            self.dialogue = _known(under)
            if self.dialogue is not None and resume:
                self._ask(self.dialogue)

    def _ask(self, dialogue: Dialogue) -> None:
        self._say((OPENINGS[dialogue.conversation].asks(dialogue),))

    def _say(self, lines: Sequence[Line]) -> None:
        self.lines += [Spoken(line, self.granting.language) for line in lines]


def _known(dialogue: Dialogue | None) -> Dialogue | None:
    """Return what can still go on: an older release may have left a step that is no more."""
    while dialogue is not None:
        conversation = OPENINGS.get(dialogue.conversation)
        if conversation is not None and conversation.knows(dialogue.step):
            return dialogue
        dialogue = dialogue.under
    return None
