"""What Baraza can do, for whoever does not simply write."""

from dataclasses import replace

from bots.conversation import CALL, Choice, Conversation, Dialogue, Opening, Outcome, Prompt, Said
from locales import N_

menu = Conversation("menu")

#: Each key is the name of the conversation that it opens, so that an old button still works.
MENU = Prompt(
    N_("Write what you have to say, or choose:"),
    choices=(
        Choice("1", "report", N_("Report a problem")),
        Choice("2", "check_case", N_("Ask for my answer")),
        Choice("3", "voice", N_("Tell a story or idea")),
        Choice("4", "subscribe", N_("Get news of rules")),
        Choice("5", "language", N_("Language")),
        Choice("6", "rules", N_("Rules")),
        CALL,
    ),
)


@menu.opening
def opened(dialogue: Dialogue, _said: Said) -> Outcome:
    """Show the menu, whatever came with the wish for it."""
    return menu.goto(dialogue, choose)


@menu.step(ask=MENU)
def choose(dialogue: Dialogue, said: Said) -> Outcome:
    """Go where the choice leads; words instead of a choice are kept."""
    picked = MENU.pick(said)
    if picked is not None:
        return Outcome(None, go=Opening(picked, Said("", said.language)))
    if not said.tells:
        return menu.again(dialogue)
    return Outcome(None, go=Opening("kept", replace(said, choice=None)))
