"""STOP, START and HELP: what is said when somebody leaves, comes back, or is lost.

``channels.optout`` knows the words in every language; the runner opens these three.
"""

from bots.conversation import Conversation, Dialogue, Outcome, Prompt, Said
from bots.effects import Restart, Stop, StopKept
from locales import N_

stop = Conversation("stop")
start = Conversation("start")
help_ = Conversation("help")

STOPPED = Prompt(
    N_(
        "You will get no more news from Baraza. You can still write to us, and answers to you "
        "still come. To get news again, send START."
    )
)
STARTED = Prompt(N_("You may get news from Baraza again. To leave, send STOP."))
HELP = Prompt(
    N_(
        "Baraza hears miners. Write what happened, and we answer. Send MENU for more, "
        "9 to be called, STOP to get no more news."
    )
)


@stop.opening
def leave(dialogue: Dialogue, _said: Said) -> Outcome:
    """Wish for no more news."""
    return Outcome(dialogue, do=Stop())


@stop.on(StopKept)
def left(_dialogue: Dialogue, event: StopKept) -> Outcome:
    """Confirm once: not where the provider has, and not to who repeats it."""
    return Outcome(None, say=() if event.answered or event.before else (STOPPED,))


@start.opening
def come_back(dialogue: Dialogue, _said: Said) -> Outcome:
    """Wish for news again."""
    return Outcome(dialogue, do=Restart())


@start.on(StopKept)
def back(_dialogue: Dialogue, event: StopKept) -> Outcome:
    """Confirm once."""
    return Outcome(None, say=() if event.answered else (STARTED,))


@help_.opening
def lost(_dialogue: Dialogue, _said: Said) -> Outcome:
    """Say what this is and what to send."""
    return Outcome(None, say=(HELP,))
