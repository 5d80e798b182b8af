"""What staff read about broadcasts: states, flaws, why one does not leave."""

from collections.abc import Mapping
from typing import Final

from locales import N_
from outreach.announcements import Again, Fallback, State
from outreach.approvals import Outcome, Refusal
from outreach.progress import Fate
from outreach.runs import State as Run
from outreach.wording import Flaw

STATES: Final[Mapping[State, str]] = {
    State.DRAFT: N_("Draft"),
    State.ASKED: N_("Waits for a second person"),
    State.APPROVED: N_("Approved"),
    State.PAUSED: N_("Paused"),
    State.CANCELLED: N_("Cancelled"),
    State.ENDED: N_("Ended"),
}

#: What an approved one is called once the first of it leaves.
UNDER_WAY: Final = N_("Under way")

FALLBACKS: Final[Mapping[Fallback, str]] = {
    Fallback.BASE: N_("They get it in the base language"),
    Fallback.SKIP: N_("They get nothing"),
}

FLAWS: Final[Mapping[Flaw, str]] = {
    Flaw.MISSING: N_("The base language needs this part."),
    Flaw.HALF: N_("This language has other parts and not this one. Nobody gets half of it."),
    Flaw.LONG: N_("Too long: at most four segments as an SMS, and 900 characters in a chat."),
}

REFUSALS: Final[Mapping[Refusal, str]] = {
    Refusal.RIGHT: N_("Only members who broadcast may do this."),
    Refusal.AUTHOR: N_(
        "You wrote some of it or asked for its approval. Somebody else must approve it."
    ),
    Refusal.LATER: N_(
        "You joined after it was written. Somebody who was here before must approve it."
    ),
    Refusal.SECOND: N_(
        "It goes to more people than one person alone may write to in a day. Ask for approval."
    ),
    Refusal.NOBODY: N_("Nobody in its audience can be reached."),
    Refusal.UNFIT: N_("Its words or its times are not whole yet."),
    Refusal.OVER: N_("All its times have passed. Choose others."),
    Refusal.UNTRIED: N_("Nobody has had these words on a phone. Try them first, or say why not."),
}

OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.ASKED: N_("asked for approval"),
    Outcome.APPROVED: N_("approved"),
    Outcome.DECLINED: N_("sent back"),
    Outcome.WITHDRAWN: N_("taken back"),
    Outcome.VOID: N_("void: it was changed"),
    Outcome.ALONE: N_("released alone"),
}

FATES: Final[Mapping[Fate, str]] = {
    Fate.ARRIVED: N_("Arrived"),
    Fate.SENT: N_("At the provider; no report yet"),
    Fate.MISSED: N_("Did not arrive"),
    Fate.WAITING: N_("Waits to leave"),
}

RUNS: Final[Mapping[Run, str]] = {
    Run.DUE: N_("to come"),
    Run.READYING: N_("is made ready"),
    Run.GONE: N_("let go"),
    Run.MISSED: N_("missed: nothing was running then"),
}

#: Parts of what is told of a rule (IGF 3.1), by their place.
PARTS: Final = (
    N_("Why"),
    N_("What changes"),
    N_("The rules"),
    N_("Help"),
    N_("How to get it"),
)

SERIES: Final[Mapping[str, str]] = {
    "follows": N_("goes on with it"),
    "again_of": N_("tries again for those it did not reach"),
}


#: By which channel those are tried again whom a broadcast did not reach.
AGAIN: Final[Mapping[Again, str]] = {
    Again.SAME: N_("By the same channel as before"),
    Again.SMS: N_("By SMS, whom a call or WhatsApp did not reach"),
    Again.CALL: N_("By a call that plays the recordings, whom a text did not reach"),
}


def state_of(state: State, *, began: bool) -> str:
    """Return the msgid for how far a broadcast has come."""
    return UNDER_WAY if began and state is State.APPROVED else STATES[state]


CHANGED: Final = N_(
    "Somebody changed it meanwhile, or it is too late for that. Your text stands below: look at "
    "the newest one before you keep it."
)
