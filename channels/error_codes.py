"""Every code that a provider gives for a failure and that we act on: what we do, in plain words.

One table for all lines: Twilio's codes have five digits, HTTP's three, Telegram's and the
gateway's are names that we gave to what they say. Sources: twilio.com/docs/api/errors, the Bot
API's error texts, Kannel's user guide (delivery reports).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from locales import N_


class Action(StrEnum):
    """What follows from a code."""

    GIVE_UP = "give-up"  # this message never arrives; others may
    AGAIN = "again"  # this message may arrive later
    SLOW = "slow"  # the whole line was too fast, and waits
    REST = "rest"  # nothing leaves on this line until an operator acts
    MEND = "mend"  # an operator can mend it while the message waits; a broadcast is paused
    STOP = "stop"  # the person wants no more: as if they had sent STOP


class Fault(StrEnum):
    """What a code says of the number itself; ``channels.unreachable`` counts."""

    INVALID = "invalid"  # nobody can be written to there
    GONE = "gone"  # perhaps nobody can: a phone that is off looks the same for a while
    BLOCKED = "blocked"  # the carrier or the person blocks us


@dataclass(frozen=True, slots=True)
class Code:
    """One row. *words*: a msgid for staff. *tries*: how often more after a failed delivery."""

    words: str
    action: Action = Action.GIVE_UP
    tries: int = 0
    fault: Fault | None = None


#: The carrier took it for spam. More than 2 % of these say that a broadcast's words are wrong.
FILTERED = "30007"

_AWAY = N_("The phone was off or out of reach.")
_BAD_NUMBER = N_("Nobody can be written to at this number or chat.")
_NO_PHONE = N_("The number is not in use, or cannot receive messages.")
_TOO_FAST = N_("The provider's queue is full or its limit is reached. It is tried again.")
_CREDENTIALS = N_("The provider does not accept our account. Look at its credentials.")
_OUR_SENDER = N_("Our own number or sender cannot send there. Look at the provider's settings.")
_NO_ANSWER = N_("The provider could not be reached.")
_THEIR_FAULT = N_("Something went wrong at the provider.")
_NOT_AS_ASKED = N_("The provider did not understand the request.")
_LEFT = N_("The person stopped or blocked our messages.")

_REST = Code(_CREDENTIALS, Action.REST)
_SLOW = Code(_TOO_FAST, Action.SLOW, tries=3)
_MEND = Code(_OUR_SENDER, Action.MEND)
_STOP = Code(_LEFT, Action.STOP)
_INVALID = Code(_BAD_NUMBER, fault=Fault.INVALID)
_GONE = Code(_NO_PHONE, fault=Fault.GONE)

TWILIO: Mapping[str, Code] = {
    "20003": _REST,
    "20005": _REST,
    "20404": _REST,
    "30002": Code(N_("The provider has suspended our account."), Action.REST),
    "20429": _SLOW,
    "21611": _SLOW,
    "30001": _SLOW,
    "63018": _SLOW,
    "21212": _MEND,
    "21408": Code(N_("Our account may not write to this country yet."), Action.MEND),
    "21603": _MEND,
    "21606": _MEND,
    "21609": Code(N_("The provider cannot reach our public address."), Action.MEND),
    "21612": _MEND,
    "21703": _MEND,
    "21705": _MEND,
    "21610": _STOP,
    "21211": _INVALID,
    "21614": _INVALID,
    "21617": Code(N_("The message is too long.")),
    "30003": Code(_AWAY, Action.AGAIN, tries=3),
    "30004": Code(N_("The carrier or the person blocks our messages."), fault=Fault.BLOCKED),
    "30005": _GONE,
    "30006": _GONE,
    FILTERED: Code(N_("The carrier took the message for spam.")),
    "30008": Code(N_("The carrier gave no reason."), Action.AGAIN, tries=1),
    "21210": _MEND,
    "21215": Code(N_("Our account may not call this country yet."), Action.MEND),
    "21216": Code(N_("The provider does not call this number.")),
    "21217": _INVALID,
    "63003": _INVALID,
    "63016": Code(
        N_("Too long since the person last wrote: WhatsApp allows only an approved template.")
    ),
    "63024": Code(N_("The person does not use WhatsApp, or an old version."), fault=Fault.GONE),
}

TELEGRAM: Mapping[str, Code] = {
    "blocked": _STOP,
    "deactivated": Code(N_("The person's account is closed."), Action.STOP),
    "no-chat": _INVALID,
    "never-started": Code(N_("The person has never written to the bot."), fault=Fault.INVALID),
    "migrated": Code(N_("The chat became a group. Baraza speaks to persons only.")),
    "forbidden": Code(N_("The provider does not allow this message.")),
    "bad-request": Code(_NOT_AS_ASKED),
    "too-long": Code(N_("The message is too long.")),
    "empty": Code(N_("The message was empty.")),
    "forgotten": Code(N_("Telegram had forgotten a recording. It is sent anew."), Action.AGAIN),
}

#: How a call ended that nobody heard, in Twilio's own words (docs/voice/api/call-resource).
CALLS: Mapping[str, Code] = {
    "busy": Code(N_("The line was busy."), Action.AGAIN, tries=2),
    "no-answer": Code(N_("Nobody took the call."), Action.AGAIN, tries=2),
    # No fault of the number's: who cannot be called may get an SMS all the same.
    "failed": Code(N_("The call could not be put through.")),
    "canceled": Code(N_("The call was ended before anybody took it.")),
}

#: Of these many come by themselves, and say nothing of a broadcast.
UNANSWERED = frozenset({"busy", "no-answer"})

#: What Kannel and Jasmin say in words, and the states of SMPP 3.4 (5.2.28).
GATEWAY: Mapping[str, Code] = {
    "credentials": _REST,
    "no-credit": Code(N_("There is no credit left at the gateway."), Action.REST),
    "throttled": _SLOW,
    "no-carrier": Code(N_("The gateway has no carrier for this number."), Action.MEND),
    "denied": Code(N_("The gateway does not allow messages to this number.")),
    "no-number": _INVALID,
    "expired-there": Code(_AWAY, Action.AGAIN, tries=3),
    "undelivered": Code(N_("The carrier gave no reason."), Action.AGAIN, tries=1),
    "deleted": Code(N_("The carrier gave no reason.")),
    "rejected": Code(N_("The carrier refused the message.")),
}

#: HTTP's own, where a provider gives no code of its own.
HTTP: Mapping[str, Code] = {
    "400": Code(_NOT_AS_ASKED),
    "401": _REST,
    "403": _REST,
    "404": Code(_NOT_AS_ASKED),
    "409": Code(N_("Another program uses the same bot."), Action.SLOW),
    "429": _SLOW,
    "500": Code(_THEIR_FAULT, Action.AGAIN),
    "502": Code(_THEIR_FAULT, Action.AGAIN),
    "503": Code(_THEIR_FAULT, Action.AGAIN),
    "504": Code(_THEIR_FAULT, Action.AGAIN),
}

#: What we say ourselves.
OURS: Mapping[str, Code] = {
    "unreachable": Code(_NO_ANSWER, Action.AGAIN),
    "waited": Code(_NO_ANSWER, Action.AGAIN),  # for others' calls, too long to call by itself
    "no answer": Code(_NO_ANSWER, Action.AGAIN),
    "unknown": Code(N_("Nobody can tell whether it arrived, so it was not sent twice.")),
    "no-route": Code(N_("The address was erased before the message could leave.")),
    "stopped": Code(_LEFT),
    "told": Code(N_("The same phone got this message already, or it is on its way there.")),
    "suppressed": Code(N_("Messages to this number failed before, so no news goes there.")),
    "no-template": Code(
        N_("Too long since the person last wrote: WhatsApp allows only an approved template.")
    ),
    "too-large": Code(N_("The file is too large.")),
    "no-sound": Code(N_("The recording was taken away before it could be sent.")),
}

_ALL: Mapping[str, Code] = {
    **TWILIO,
    **CALLS,
    **TELEGRAM,
    **GATEWAY,
    **HTTP,
    **OURS,
}

_STRANGE = Code(N_("The provider gave a reason that Baraza does not know."))


def of(code: str | None) -> Code:
    """Return what *code* means; what nobody knows is final, and says so."""
    return _ALL.get(code or "", _STRANGE)


def with_action(action: Action, codes: Mapping[str, Code]) -> frozenset[str]:
    """Return those of *codes* from which *action* follows."""
    return frozenset(code for code, row in codes.items() if row.action is action)
