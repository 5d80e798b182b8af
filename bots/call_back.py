"""«Call me back»: for whoever would rather speak than write. 9 leads here from everywhere.

So does a call that nobody takes: it asks nothing, and is answered in one message.
"""

from dataclasses import replace

from bots.conversation import (
    BACK,
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
from bots.effects import AskCall, CallAwaited, CaseFiled, FileCase, NoNumber, RingBack
from bots.phrases import receipt
from locales import N_

call_back = Conversation("call_back")

#: Digits from which a text holds a number to call.
_NUMBER_DIGITS = 6

NUMBER = Prompt(
    N_("Which number may we call? Send it with all its digits, or choose:"),
    choices=(Choice("1", "this_phone", N_("This phone")), BACK),
)
UNUSABLE = Prompt(
    N_("We cannot call that number. Send the number with all its digits."), choices=(BACK,)
)
WILL_CALL = Prompt(N_("Thank you. Somebody will call you."))

#: What a phone that rang is told, in one SMS: the code with the rest, since nothing else is said.
RANG = Prompt(
    N_(
        "We saw your call. Somebody will call you. Your code is {code}. For your answer, from any "
        "phone, send CHECK and this code. Show it to nobody."
    ),
    protect=True,
)
RANG_AGAIN = Prompt(N_("We saw your call. Somebody will call you."))


@call_back.opening
def opened(dialogue: Dialogue, said: Said) -> Outcome:
    """Take a number that came with the keyword; hold words of another conversation."""
    here = dialogue if said.about is None else dialogue.keep(case=said.about)
    if said.rang:
        return Outcome(here.keep(rang="yes"), do=RingBack(said.about))
    if _has_number(said):
        return _ask(here, said)
    return call_back.goto(here.hold(said, "story") if said.tells else here, number)


def _has_number(said: Said) -> bool:
    """Whether this is a number to call, and not a story with numbers in it."""
    letters = sum(character.isalpha() for character in said.text[:64])
    return said.digits >= _NUMBER_DIGITS and letters < said.digits


@call_back.step(ask=NUMBER, patience=PATIENCE)
def number(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear the number; words are kept with the wish. To ring is to say «this phone»."""
    if said.rang:
        return _ask(dialogue, None)
    picked = NUMBER.pick(said)
    if picked == BACK.key:
        return leaving(dialogue, Leaving(Opening("menu", Said("", said.language))))
    if picked is not None:
        return _ask(dialogue, None)
    if _has_number(said):
        return _ask(dialogue, said)
    return call_back.again(dialogue.hold(said, "story") if said.tells else dialogue)


def _ask(dialogue: Dialogue, said: Said | None) -> Outcome:
    """Wish for the call. *said* holds the number; None: this phone."""
    here = dialogue if said is None else _beside(dialogue, said)
    wish = AskCall(
        said.text if said is not None else None,
        here.answers.get("story", ""),
        here.attachments,
        here.answers.get("case"),
    )
    return Outcome(here, do=wish)


def _beside(dialogue: Dialogue, said: Said) -> Dialogue:
    """Hold what came beside the number: words, with the number among them, and photos."""
    if said.more_than_a_number:
        return dialogue.hold(said, "story")
    return dialogue.hold(replace(said, text=""), "story") if said.attachments else dialogue


@call_back.on(NoNumber)
def unusable(dialogue: Dialogue, _event: NoNumber) -> Outcome:
    """Ask for a number that can be called."""
    return Outcome(call_back.goto(dialogue, number).dialogue, say=(UNUSABLE,))


@call_back.on(CaseFiled)
def filed(dialogue: Dialogue, event: CaseFiled) -> Outcome:
    """Tell the code; promise the call unless the miner went elsewhere instead."""
    if "rang" in dialogue.answers:
        return Outcome(None, say=(RANG.filled(code=event.code) if event.code else RANG_AGAIN,))
    if "filing" in dialogue.answers:
        return Outcome(None, say=receipt(event.code), go=dialogue.then)
    return Outcome(None, say=(WILL_CALL, *receipt(event.code)))


@call_back.on(CallAwaited)
def awaited(_dialogue: Dialogue, _event: CallAwaited) -> Outcome:
    """Say nothing: who rings ten times is told once."""
    return Outcome(None)


@call_back.on(Silence)
def silent(dialogue: Dialogue, _event: Silence) -> Outcome:
    """File words that waited a day for a number."""
    return _file(dialogue) if "story" in dialogue.answers else Outcome(dialogue)


@call_back.on(Leaving)
def leaving(dialogue: Dialogue, event: Leaving) -> Outcome:
    """File the words before going elsewhere."""
    if "story" not in dialogue.answers:
        return Outcome(None, go=event.opening)
    return _file(dialogue.heading(event.opening))


def _file(dialogue: Dialogue) -> Outcome:
    wish = FileCase(dialogue.answers["story"], dialogue.attachments)
    return Outcome(dialogue.keep(filing="yes"), do=wish)
