"""Erase what the list of news knows of this phone. Reports are not touched, and are answered."""

from bots.conversation import BACK, Choice, Conversation, Dialogue, Opening, Outcome, Prompt, Said
from bots.effects import Forget, Forgotten
from locales import N_

forget = Conversation("forget")

CONFIRM = Prompt(
    N_("We erase what you told us for news, and send no more. Your reports stay. Sure?"),
    choices=(Choice("1", "forget_all", N_("Erase it")), BACK),
)
DONE = Prompt(N_("It is erased. Your reports stay, and are answered."))


@forget.opening
def opened(dialogue: Dialogue, _said: Said) -> Outcome:
    """Ask once more: the telephone may be shared."""
    return forget.goto(dialogue, confirm)


@forget.step(ask=CONFIRM)
def confirm(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear the digit; words instead of it are kept."""
    picked = CONFIRM.pick(said)
    if picked == BACK.key:
        return Outcome(None, go=Opening("menu", Said("", said.language)))
    if picked is not None:
        return Outcome(dialogue, do=Forget())
    if not said.tells:
        return forget.again(dialogue)
    return Outcome(None, go=Opening("kept", said))


@forget.on(Forgotten)
def done(_dialogue: Dialogue, _event: Forgotten) -> Outcome:
    """Say so, the same whether there was anything."""
    return Outcome(None, say=(DONE,))
