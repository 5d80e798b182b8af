"""What staff read for the keys of lower rooms: states, severities, roles, consents, channels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from forum.cleaning import Reason
from forum.members import Role
from grievances.case import Turn
from grievances.category import Label
from grievances.escalation import CHAIR, FOCAL_POINT, HANDLER, LEAD, OUTSIDE
from grievances.exclusions import Why
from grievances.floors import Outcome
from grievances.ready_answers import Purpose
from grievances.reckonings import Why as Reckoned
from grievances.referrals import Status as Referred
from grievances.remedies import Basis
from grievances.severity import Severity
from grievances.states import State
from grievances.taxonomy import SURVIVOR
from locales import N_, translate

STATES: Final[Mapping[State, str]] = {
    State.RECEIVED: N_("New"),
    State.TRIAGED: N_("Triaged"),
    State.REDIRECTED: N_("Sent elsewhere"),
    State.ASSIGNED: N_("Assigned"),
    State.IN_REVIEW: N_("In review"),
    State.WAITING_REPORTER: N_("Waiting for the reporter"),
    State.PROPOSED: N_("Remedy proposed"),
    State.AGREED: N_("Remedy agreed"),
    State.IMPLEMENTING: N_("Remedy under way"),
    State.RESOLVED: N_("Resolved"),
    State.MONITORING: N_("Watched after resolution"),
    State.CLOSED: N_("Closed"),
    State.REOPENED: N_("Reopened"),
    State.APPEALED: N_("Under appeal"),
    State.DUPLICATE: N_("Duplicate"),
    State.WITHDRAWN: N_("Withdrawn"),
}

#: How somebody reaches us. A telephone is one channel, whoever carries its messages.
CHANNELS: Final[Mapping[str, str]] = {
    "sms": N_("SMS"),
    "whatsapp": N_("WhatsApp"),
    "telegram": N_("Telegram"),
    "simulator-basic": N_("Rehearsal: basic phone"),
    "simulator-chat": N_("Rehearsal: chat"),
}

#: The same, and the lines by which telephones are called up.
LINES: Final[Mapping[str, str]] = {
    **CHANNELS,
    "call": N_("Call"),
    "simulator-call": N_("Rehearsal: call"),
}

#: Lanes: which few people a matter is for.
LANES: Final[Mapping[str, str]] = {
    SURVIVOR: N_("Survivors of sexual violence"),
}

SEVERITIES: Final[Mapping[Severity, str]] = {
    Severity.S1: N_("Life or liberty now"),
    Severity.S2: N_("Serious harm"),
    Severity.S3: N_("Rights and livelihood"),
    Severity.S4: N_("Service or question"),
}

ROLES: Final[Mapping[Role, str]] = {
    Role.LEAD: N_("Lead of the secretariat"),
    Role.SECRETARY: N_("Secretary"),
    Role.HANDLER: N_("Handler"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.OFFICIAL: N_("Official"),
    Role.AUDITOR: N_("Auditor"),
    Role.FACILITATOR: N_("Facilitator"),
}

ROLE_HELP: Final[Mapping[Role, str]] = {
    Role.LEAD: N_("Sees all cases, sorts and answers them, and manages members."),
    Role.SECRETARY: N_("Sees all cases, sorts and answers them."),
    Role.HANDLER: N_("Sees and answers only the cases assigned to them."),
    Role.ADMINISTRATOR: N_("Manages members and settings. Never sees a case."),
    Role.OFFICIAL: N_("Announces rule changes. Never sees a case."),
    Role.AUDITOR: N_("Reads the audit log, and how a case was routed. Never sees a case."),
    Role.FACILITATOR: N_("Writes down what somebody else reports. Never sees a case."),
}

#: What an answer that is kept ready is for.
PURPOSES: Final[Mapping[Purpose, str]] = {
    Purpose.HEARD: N_("We have read it"),
    Purpose.ASK: N_("We need to know more"),
    Purpose.WAIT: N_("What happens next"),
    Purpose.REFER: N_("Who else helps"),
    Purpose.OUTCOME: N_("What came of it"),
}

CONSENTS: Final[Mapping[str, str]] = {
    "internal": N_("Only for the forum to read"),
    "unnamed": N_("May be quoted without a name"),
    "public": N_("May be published"),
}

DEADLINES: Final[Mapping[str, str]] = {
    "acknowledge": N_("First answer"),
    "triage": N_("Triage"),
    "investigate": N_("Start of review"),
    "feedback": N_("Feedback"),
    "total": N_("Outer limit for feedback"),
    "appeal": N_("Decision on the appeal"),
}

#: What last gave a case to other people, where nobody has it yet.
TURNS: Final[Mapping[Turn, str]] = {
    Turn.REFUSED: N_("The reporter did not agree: for another handler"),
    Turn.REOPENED: N_("Reopened: for another handler"),
    Turn.UPHELD: N_("Sent back by the appeal panel: for another handler"),
    Turn.DISMISSED: N_("The appeal panel let it stand"),
}

#: On what a resolution is confirmed.
BASES: Final[Mapping[Basis, str]] = {
    Basis.EVIDENCE: N_("I have looked at what shows that it was done"),
    Basis.WORD: N_("The reporter told me that it was done"),
}

#: Who answers for a case once a due date has passed.
LEVELS: Final[Mapping[int, str]] = {
    LEAD: N_("Lead of the secretariat"),
    CHAIR: N_("Chair of the forum"),
    FOCAL_POINT: N_("Focal point of the task force"),
    OUTSIDE: N_("A body outside government"),
}

#: To whom a case has been escalated.
ESCALATED: Final[Mapping[int, str]] = {
    LEAD: N_("Escalated to the lead of the secretariat"),
    CHAIR: N_("Escalated to the chair of the forum"),
    FOCAL_POINT: N_("Escalated to the focal point of the task force"),
    OUTSIDE: N_("Escalated to a body outside government"),
}

#: Where a case goes after the due date, from the level where it is.
THEN: Final[Mapping[int, str]] = {
    HANDLER: N_("then it goes to the lead of the secretariat"),
    LEAD: N_("then it goes to the chair of the forum"),
    CHAIR: N_("then it goes to the focal point of the task force"),
    FOCAL_POINT: N_("then it goes to a body outside government"),
}

#: Why a due date is another now.
WHY: Final[Mapping[Reckoned, str]] = {
    Reckoned.CALENDAR: N_("the forum's calendar was changed"),
    Reckoned.PAUSE: N_("the case waited for the reporter"),
    Reckoned.EXTENSION: N_("more time was needed, and the reporter was told why"),
}

#: Why somebody is kept out of a case.
EXCLUSIONS: Final[Mapping[Why, str]] = {
    Why.NAMED: N_("The report names them."),
    Why.BODY: N_("The report names the body that they sit for."),
    Why.SUPERIOR: N_("The report names somebody whose superior they are."),
    Why.ASIDE: N_("They stepped aside."),
    Why.BARRED: N_("The lead keeps them out."),
    Why.MERGED: N_("They are kept out of another report of the same."),
}

#: What bodies there are. A category says which of them should have its cases.
BODY_KINDS: Final[Mapping[str, str]] = {
    "secretariat": N_("Secretariat of the forum"),
    "mines": N_("Mines inspectorate"),
    "health": N_("Health service"),
    "labour": N_("Labour inspectorate"),
    "welfare": N_("Social welfare"),
    "ngo": N_("Civil society"),
    "miners": N_("Miners' association or cooperative"),
    "survivors": N_("Focal point for survivors"),
    "rights": N_("Human rights body"),
    "independent": N_("Independent body"),
    "integrity": N_("Anti-corruption body"),
    "land": N_("Land registry or cadastre"),
    "company": N_("Company"),
    "environment": N_("Environment office"),
    "market": N_("Minerals board or market"),
    "security": N_("Police, army or mines guard"),
    "other": N_("Another body"),
}

REFERRALS: Final[Mapping[Referred, str]] = {
    Referred.SENT: N_("Sent, no word yet"),
    Referred.ACCEPTED: N_("Accepted"),
    Referred.REJECTED: N_("Rejected"),
    Referred.DONE: N_("Done"),
}

#: What came of a wish for a milder severity.
OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.ASKED: N_("Nobody has decided yet"),
    Outcome.AGREED: N_("A second person agreed"),
    Outcome.DECLINED: N_("Declined"),
    Outcome.WITHDRAWN: N_("Taken back"),
    Outcome.LAPSED: N_("The case was judged otherwise meanwhile"),
}

ATTACHMENTS: Final[Mapping[str, str]] = {
    "photo": N_("Photo"),
    "voice": N_("Voice note"),
    "video": N_("Video"),
    "file": N_("File"),
}

#: Why a file was not cleaned, as the page says it on which it can be saved.
DOUBTS: Final[Mapping[Reason, str]] = {
    Reason.UNKNOWN: N_("It is of a kind that we cannot clean."),
    Reason.BROKEN: N_("It is damaged."),
    Reason.TOO_MUCH: N_("It unpacks to more than we can look through."),
    Reason.ACTIVE: N_("It holds programs. They may do harm to your computer."),
    Reason.LOCKED: N_("It is locked with a password."),
    Reason.STUCK: N_("Cleaning it did not come to an end."),
    Reason.UNTRIED: N_("It came before we cleaned files."),
}


@dataclass(frozen=True, slots=True)
class Way:
    """How a move is offered. *tell*: what is asked for, to be written to the reporter with it.

    *ends* marks what is not simply taken back; it is asked about once more.
    """

    verb: str
    explain: str
    tell: str = ""
    ends: bool = False
    confirms: bool = False  # somebody else than who did it says so, and on what

    @property
    def asks(self) -> bool:
        """Whether a page comes before it."""
        return bool(self.tell) or self.ends


_REVIEW: Final = Way(N_("Start the review"), N_("Work on the case begins."))
_REVIEW_AGAIN: Final = Way(N_("Back to the review"), N_("There is more to find out."))

WAYS: Final[Mapping[State, Way]] = {
    State.REDIRECTED: Way(
        N_("Send elsewhere…"),
        N_("Another body must act. You stay with it until it has."),
        tell=N_("Tell the reporter who will act, and where they can go"),
        ends=True,
    ),
    State.WAITING_REPORTER: Way(
        N_("Wait for the reporter"), N_("You asked them something. Their reply ends the waiting.")
    ),
    State.PROPOSED: Way(
        N_("Propose a remedy…"),
        N_("The reporter says whether they agree."),
        tell=N_("Tell the reporter what you propose"),
    ),
    State.IMPLEMENTING: Way(N_("Start the remedy"), N_("Somebody carries it out now.")),
    State.RESOLVED: Way(
        N_("Mark as resolved…"),
        N_(
            "After 14, 30 and 90 days the reporter is asked whether it is solved. A «no» reopens "
            "the case; after the last answer it closes by itself."
        ),
        tell=N_("Tell the reporter what was done"),
        ends=True,
        confirms=True,
    ),
    State.MONITORING: Way(N_("Keep watching"), N_("It looks solved. You wait and see.")),
    State.CLOSED: Way(
        N_("Close the case…"),
        N_(
            "It leaves the list. The way to the reporter's phone is erased within a day, or when "
            "the last question on their safety is over."
        ),
        ends=True,
    ),
    State.REOPENED: Way(N_("Reopen"), N_("It comes back to the list, for another handler.")),
    State.APPEALED: Way(
        N_("Pass to the appeal panel…"),
        N_("The reporter does not accept the outcome."),
        ends=True,
    ),
    State.DUPLICATE: Way(
        N_("Mark as a duplicate…"),
        N_("The same matter is in another case. This one leaves the list."),
        ends=True,
    ),
}


def way(present: State, to: State) -> Way:
    """Return how the move from *present* to *to* is offered."""
    if to is State.IN_REVIEW:
        return _REVIEW if present is State.ASSIGNED else _REVIEW_AGAIN
    return WAYS[to]


def in_words(said: str | Label, language: str) -> str:
    """Return *said* in *language*, from the console's catalogue or else from the bots'.

    Where a forum has words of its own for it, it is those.
    """
    own = said.in_language(language) if isinstance(said, Label) else None
    if own is not None:
        return own
    msgid = said.msgid if isinstance(said, Label) else said
    found = translate(msgid, language, domain="console")
    return found if found != msgid else translate(msgid, language)
