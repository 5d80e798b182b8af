"""What staff read about lines, messages that wait, and why some did not arrive."""

from collections.abc import Mapping
from typing import Final

from channels import broadcasts, error_codes
from channels.dead_letters import Again, Reason
from channels.deliveries import Fate
from channels.ledger import Kind, State
from channels.overview import Health
from locales import N_

#: A line is called what its provider's customers call it.
LINES: Final[Mapping[str, str]] = {
    "sms": N_("SMS by Twilio"),
    "gateway": N_("SMS by the gateway"),
    "whatsapp": N_("WhatsApp"),
    "call": N_("Calls by Twilio"),
    "telegram": N_("Telegram"),
    "simulator-basic": N_("Rehearsal: basic phone"),
    "simulator-chat": N_("Rehearsal: chat"),
    "simulator-call": N_("Rehearsal: call"),
}

HEALTH: Final[Mapping[Health, str]] = {
    Health.WELL: N_("Works"),
    Health.SLOW: N_("Slow"),
    Health.RESTS: N_("Rests"),
    Health.SILENT: N_("Nobody sends"),
    Health.PAUSED: N_("Paused"),
}

HEALTH_HELP: Final[Mapping[Health, str]] = {
    Health.WELL: N_("Messages leave as they come."),
    Health.SLOW: N_("Somebody has waited for more than a minute."),
    Health.RESTS: N_(
        "The provider asked for a pause, or failed again and again. It goes on alone."
    ),
    Health.SILENT: N_("No process sends here. What is written is kept; call your operator."),
    Health.PAUSED: N_("A member paused it. What is written is kept and waits."),
}

KINDS: Final[Mapping[Kind, str]] = {
    "reply": N_("Replies"),
    "alert": N_("Alerts"),
    "followup": N_("Follow-ups"),
    "bulk": N_("Broadcasts"),
}

#: One message of each kind.
ONE: Final[Mapping[Kind, str]] = {
    "reply": N_("Reply"),
    "alert": N_("Alert"),
    "followup": N_("Follow-up"),
    "bulk": N_("Broadcast"),
}

BROADCASTS: Final[Mapping[broadcasts.State, str]] = {
    broadcasts.State.WAITING: N_("Waits for approval"),
    broadcasts.State.RUNNING: N_("Under way"),
    broadcasts.State.PAUSED: N_("Stopped for now"),
    broadcasts.State.CANCELLED: N_("Cancelled"),
    broadcasts.State.ENDED: N_("Ended"),
}

#: Why a broadcast stopped by itself.
WHY_STOPPED: Final[Mapping[str, str]] = {
    "failures": N_("It stopped by itself: more than one in ten did not arrive."),
    "filtered": N_("It stopped by itself: carriers took it for spam."),
}
STOPPED_OTHERWISE: Final = N_("It stopped by itself. The log says why.")

ENDS: Final[Mapping[State, str]] = {
    State.DELIVERED: N_("Arrived"),
    State.ACCEPTED: N_("At the provider; no report yet"),
    State.UNDELIVERED: N_("Did not arrive"),
    State.FAILED: N_("Refused"),
}

#: Where a message stands that carries an answer.
STANDS: Final[Mapping[State, str]] = {
    State.PLANNED: N_("Waits to leave"),
    State.SUBMITTING: N_("Leaves just now"),
    State.ACCEPTED: N_("The provider has it"),
    State.UNKNOWN: N_("In doubt: the provider is asked whether it has it"),
    State.DELIVERED: N_("Arrived"),
    State.CANCELLED: N_("Taken back"),
    State.FAILED: N_("Did not arrive"),
    State.UNDELIVERED: N_("Did not arrive"),
    State.EXPIRED: N_("Did not arrive"),
}

NOT_AGAIN: Final[Mapping[Again, str]] = {
    Again.ERASED: N_("Its words are erased: they are kept for 72 hours."),
    Again.SHUT: N_("This person does not want our messages."),
    Again.OVER: N_("Its broadcast is over."),
}

_TOO_LATE: Final = N_("It could not leave in time, and would have come too late.")
_NO_REASON: Final = N_("The provider gave no reason.")


def why(reason: Reason) -> str:
    """Return the msgid that says why a message died."""
    if reason.state is State.EXPIRED:
        return _TOO_LATE
    return error_codes.of(reason.error).words if reason.error else _NO_REASON


def why_of(fate: Fate) -> str:
    """Return the msgid that says why the message died that carries an answer."""
    return why(Reason(fate.state, fate.error))


def trouble(code: str) -> str:
    """Return the msgid for what went wrong last on a line."""
    return error_codes.of(code).words


def line_name(name: str) -> str:
    """Return what staff call the line *name*: a msgid, or the name itself."""
    return LINES.get(name, name)


def why_stopped(why: str | None) -> str | None:
    """Return the msgid that says why a broadcast stopped; None: staff stopped it."""
    return None if why is None else WHY_STOPPED.get(why, STOPPED_OTHERWISE)
