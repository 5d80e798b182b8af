"""The commands that a chat app offers in its own menu: the choices of ours, in every language."""

from bots.menu import MENU
from bots.router import COMMANDS
from locales import languages, translate


def described() -> dict[str, dict[str, str]]:
    """Return language tag -> command -> what it does, in that language."""
    opens = {conversation: command for command, conversation in COMMANDS.items()}
    return {
        tag: {
            opens[choice.key]: translate(choice.label, tag)
            for choice in MENU.choices
            if choice.key in opens
        }
        for tag in languages()
    }
