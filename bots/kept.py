"""Words that came by themselves are kept at once; one digit then says what they are.

Silence for a day files them: nothing that was said waits for a menu. Words that may be a STOP
(«stop this bill») are asked about first, once.
"""

from dataclasses import replace

from bots.conversation import (
    CALL,
    PATIENCE,
    Choice,
    Conversation,
    Dialogue,
    Leaving,
    Opening,
    Outcome,
    Prompt,
    Said,
    Silence,
)
from bots.effects import CaseFiled, FileCase
from bots.phrases import ADDED, receipt
from locales import N_

kept = Conversation("kept")

#: Characters that one dialogue holds; more is filed, so that a flood cannot swell it.
MOST = 20_000

SORT = Prompt(
    N_("Your message is kept. What is it?"),
    choices=(
        Choice("1", "problem", N_("A problem to report")),
        Choice("2", "voice", N_("A story or an idea")),
        Choice("3", "mine", N_("More for my report")),
        Choice("0", "other", N_("Other")),
        CALL,
    ),
)

#: What the router picks for words that may be a STOP.
DOUBT = "doubt"

MEANT = Prompt(
    N_("Do you want no more news from us? If not, your message is kept."),
    choices=(
        Choice("1", "leave", N_("No more news")),
        Choice("0", "message", N_("It is a message")),
    ),
)

#: Which conversation goes on with the words.
_BECOMES = {"problem": "report", "voice": "voice", "mine": "check_case"}


@kept.opening
def opened(dialogue: Dialogue, said: Said) -> Outcome:
    """Keep the words, and ask what they are."""
    return kept.goto(dialogue.hold(said, "story"), meant if said.choice == DOUBT else sort)


@kept.step(ask=MEANT, patience=PATIENCE)
def meant(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear whether the words were a STOP. Whatever else is said, they are a message."""
    picked = MEANT.pick(said)
    if picked == "leave":
        return Outcome(None, go=Opening("stop", replace(said, text="", choice=None)))
    if picked is None and said.tells:
        dialogue = dialogue.hold(said, "story")
    return kept.goto(dialogue, sort)


@kept.step(ask=SORT, patience=PATIENCE)
def sort(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear what the words are; words that fit no choice are kept with them."""
    picked = SORT.pick(said)
    if picked in _BECOMES:
        return Outcome(None, go=_opening(_BECOMES[picked], dialogue, said.language, picked))
    if picked is not None:
        return _file(dialogue, category="OTHER")
    if not said.tells:
        return kept.again(dialogue)
    if len(dialogue.answers["story"]) + len(said.text) > MOST:
        return _file(dialogue.heading(Opening("kept", said)))
    return kept.again(dialogue.hold(said, "story")).saying(ADDED)


def _opening(name: str, dialogue: Dialogue, language: str, picked: str | None) -> Opening:
    words = Said(dialogue.answers["story"], language, picked, dialogue.attachments)
    return Opening(name, words)


def _file(dialogue: Dialogue, category: str | None = None) -> Outcome:
    wish = FileCase(dialogue.answers["story"], dialogue.attachments, category)
    return Outcome(dialogue, do=wish)


@kept.on(CaseFiled)
def filed(dialogue: Dialogue, event: CaseFiled) -> Outcome:
    """Tell the code, and go where the miner was heading."""
    return Outcome(None, say=receipt(event.code), go=dialogue.then)


@kept.on(Silence)
def silent(dialogue: Dialogue, _event: Silence) -> Outcome:
    """File what nobody sorted."""
    return _file(dialogue)


@kept.on(Leaving)
def leaving(dialogue: Dialogue, event: Leaving) -> Outcome:
    """File the words before going elsewhere; a call back takes them along."""
    opening = event.opening
    if dialogue.step == meant.__name__ and opening.conversation == "stop":
        return Outcome(None, go=opening)  # that is the answer
    if opening.conversation == CALL.key:
        words = dialogue.hold(opening.said, "story")
        return Outcome(None, go=_opening(CALL.key, words, opening.said.language, None))
    return _file(dialogue.heading(opening))
