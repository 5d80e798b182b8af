"""A reporter takes back what they sent, by two messages: one to wish it, one to mean it.

The second must come soon. A phone passes from hand to hand, and a digit that is typed tomorrow
means something else.
"""

from bots.conversation import (
    BACK,
    PATIENCE,
    Choice,
    Conversation,
    Dialogue,
    Opening,
    Outcome,
    Prompt,
    Said,
    Silence,
)
from bots.effects import (
    AddToCase,
    CaseExtended,
    CaseFound,
    CaseUnknown,
    CaseWithdrawn,
    FindCase,
    FindMine,
    TooManyTries,
    WithdrawCase,
)
from bots.phrases import ADDED, CODE, TRIES, WRONG, looks_like_code
from locales import N_

withdraw = Conversation("withdraw")

#: Seconds within which the second message must come: an hour.
WITHIN = 60 * 60

CONFIRM = Prompt(
    N_("Do you want to take back what you sent us? Then nobody works on it any more."),
    # Not the key of the choice that leads here: a button is soon pressed twice.
    choices=(Choice("1", "meant", N_("I take it back")), Choice("0", "keep", N_("Keep it"))),
)
KEPT = Prompt(N_("It stays with us. Nothing is changed."))

#: What is said by what came of it.
SAYS = {
    "withdrawn": Prompt(N_("You took it back. Nobody works on it any more.")),
    "watched": Prompt(
        N_(
            "You took it back. Nobody works on it any more. In a week we ask once how you are; "
            "then we erase your address."
        )
    ),
    "over": Prompt(N_("It is closed already. You can still write to us.")),
    "late": KEPT,
}


@withdraw.opening
def opened(dialogue: Dialogue, said: Said) -> Outcome:
    """Look for the case by its code, or take the one that was spoken of, or this phone's."""
    if looks_like_code(said):
        return _try(dialogue, said)
    if said.about is not None:
        return withdraw.goto(dialogue.keep(case=said.about), confirm)
    return Outcome(dialogue, do=FindMine())


def _try(dialogue: Dialogue, said: Said) -> Outcome:
    return Outcome(dialogue.keep(tried="yes"), do=FindCase(said.text))


@withdraw.step(ask=CODE, patience=PATIENCE)
def code(dialogue: Dialogue, said: Said) -> Outcome:
    """Try the code; words instead of a code are kept."""
    if CODE.pick(said) == BACK.key:
        return Outcome(None, go=Opening("menu", Said("", said.language)))
    if looks_like_code(said):
        return _try(dialogue, said)
    if not said.tells:
        return withdraw.again(dialogue)
    return Outcome(None, go=Opening("kept", said))


@withdraw.on(CaseUnknown)
def unknown(dialogue: Dialogue, _event: CaseUnknown) -> Outcome:
    """Ask for the code, or for a better look at it."""
    asked = withdraw.goto(dialogue, code)
    return Outcome(asked.dialogue, say=(WRONG,)) if "tried" in dialogue.answers else asked


@withdraw.on(TooManyTries)
def too_many(_dialogue: Dialogue, _event: TooManyTries) -> Outcome:
    """Send the guesser away."""
    return Outcome(None, say=(TRIES,))


@withdraw.on(CaseFound)
def found(dialogue: Dialogue, event: CaseFound) -> Outcome:
    """Ask whether that is meant."""
    return withdraw.goto(dialogue.keep(case=event.case), confirm)


@withdraw.step(ask=CONFIRM, patience=WITHIN)
def confirm(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear whether it is meant; words instead of a choice are added to the case."""
    picked = CONFIRM.pick(said)
    if picked == "meant":
        return Outcome(dialogue, do=WithdrawCase(dialogue.answers["case"], WITHIN))
    if picked is not None:
        return Outcome(None, say=(KEPT,))
    if not said.tells:
        return withdraw.again(dialogue)
    return Outcome(dialogue, do=AddToCase(dialogue.answers["case"], said.text, said.attachments))


@withdraw.on(CaseExtended)
def extended(dialogue: Dialogue, _event: CaseExtended) -> Outcome:
    """Say that it is with the case, and ask again."""
    return withdraw.again(dialogue).saying(ADDED)


@withdraw.on(CaseWithdrawn)
def withdrawn(_dialogue: Dialogue, event: CaseWithdrawn) -> Outcome:
    """Say what came of it."""
    return Outcome(None, say=(SAYS[event.outcome],))


@withdraw.on(Silence)
def silent(_dialogue: Dialogue, _event: Silence) -> Outcome:
    """Leave everything as it is."""
    return Outcome(None)
