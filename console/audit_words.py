"""What the audit log's acts are called, for whoever reads it; none of them tells a content."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from console.words import LEVELS, REFERRALS, ROLES, STATES
from grievances.states import State
from locales import N_

#: The moves of a case stand in the log under the state that it came to.
MOVED: Final = "case.moved"

#: Every act by its name; what the name goes on with, after a point, is its detail.
ACTS: Final[Mapping[str, str]] = {
    "case.filed": N_("A case came in"),
    "case.answered": N_("Wrote to the reporter of a case"),
    "case.noted": N_("Kept a note in a case"),
    "case.judged": N_("Sorted a case anew"),
    "case.facts": N_("Wrote down the facts of a case"),
    "case.named": N_("Said whom a case names"),
    "case.given": N_("Gave a case to a handler"),
    MOVED: N_("Moved a case"),
    "case.escalated": N_("A case was escalated"),
    "case.action": N_("Wrote down what is to be done, or what became of it"),
    "floor.asked": N_("Asked for a case to be milder than its category"),
    "floor.agreed": N_("Agreed that a case is milder than its category"),
    "floor.declined": N_("Left a case as grave as its category"),
    "floor.withdrawn": N_("Took back the wish for a milder case"),
    "case.extended": N_("Gave feedback more time"),
    "case.aside": N_("Stepped aside from a case"),
    "case.barred": N_("Kept somebody out of a case"),
    "case.admitted": N_("Let somebody into a case again"),
    "case.explained": N_("Looked how a case was routed"),
    "referral": N_("Sent a case to another body, or kept its word"),
    "case.linked": N_("Linked two cases"),
    "case.unlinked": N_("Parted two cases"),
    "case.traced": N_("Looked whether answers arrived"),
    "attachment.opened": N_("Opened a file"),
    "attachment.saved_as_it_came": N_("Saved a file that was not cleaned"),
    "keys.granted": N_("Gave somebody the keys to earlier cases"),
    "signed.in": N_("Signed in"),
    "member.invited": N_("Invited somebody"),
    "member.joined": N_("Joined"),
    "member.role": N_("Gave somebody another role"),
    "member.body": N_("Changed for which body somebody sits"),
    "member.seat": N_("Changed on which seat somebody sits"),
    "member.superior": N_("Changed who stands above somebody"),
    "member.password": N_("Changed the password"),
    "member.removed": N_("Removed a member"),
    "escalation.named": N_("Named who answers for a level"),
    "escalation.unnamed": N_("Took somebody from a level"),
    "panel.named": N_("Let somebody sit on the appeal panel"),
    "panel.unnamed": N_("Took somebody from the appeal panel"),
    "lane.named": N_("Let somebody into a lane"),
    "lane.unnamed": N_("Took somebody out of a lane"),
    "body.added": N_("Added a body"),
    "body.changed": N_("Changed a body"),
    "seat.added": N_("Added a seat"),
    "seat.changed": N_("Changed a seat"),
    "rule.added": N_("Added a rule of routing"),
    "rule.first": N_("Put a rule of routing first"),
    "rule.removed": N_("Removed a rule of routing"),
    "policy": N_("Switched a policy"),
    "taxonomy.added": N_("Added a category"),
    "taxonomy.changed": N_("Changed a category"),
    "taxonomy.retired": N_("Retired a category"),
    "taxonomy.offered": N_("Offered a category again"),
    "taxonomy.group": N_("Changed the words of a group of categories"),
    "broadcast.written": N_("Began a broadcast"),
    "broadcast.changed": N_("Changed a broadcast"),
    "broadcast.tested": N_("Sent a test of a broadcast"),
    "broadcast.asked": N_("Asked for a broadcast to be approved"),
    "broadcast.approved": N_("Approved a broadcast"),
    "broadcast.released": N_("Let a broadcast leave alone"),
    "broadcast.declined": N_("Sent a broadcast back"),
    "broadcast.withdrawn": N_("Asked no more for a broadcast to be approved"),
    "broadcast.grown": N_("A broadcast would reach more people than were approved"),
    "broadcast.void": N_("A broadcast was no longer what had been approved"),
    "broadcast.begun": N_("A broadcast began to leave"),
    "broadcast.paused": N_("Paused a broadcast"),
    "broadcast.resumed": N_("Let a broadcast go on"),
    "broadcast.cancelled": N_("Cancelled a broadcast"),
    "terms.set": N_("Changed how many one person alone may write to"),
    "terms.wished": N_("Wished that one person alone may write to more"),
    "terms.priced": N_("Changed what messages cost"),
    "calendar.week": N_("Changed the week of the calendar"),
    "calendar.holiday": N_("Added a holiday"),
    "calendar.workday": N_("Took a holiday away"),
    "answer.added": N_("Added a ready answer"),
    "answer.changed": N_("Changed a ready answer"),
    "answer.removed": N_("Removed a ready answer"),
    "answer.restored": N_("Took back a change of a ready answer"),
    "line.paused": N_("Paused a channel"),
    "line.resumed": N_("Let a channel send again"),
    "delivery.again": N_("Had a message sent again"),
    "delivery.all_again": N_("Had many messages sent again"),
    "delivery.put_back": N_("Took back that messages are sent again"),
    "rules.added": N_("Began a rule change"),
    "rules.changed": N_("Changed the facts of a rule change"),
    "rules.written": N_("Wrote the words of a rule change"),
    "calls.recorded": N_("Recorded a sentence that calls say"),
    "calls.recording_removed": N_("Took the recording of a sentence that calls say away"),
    "rules.recorded": N_("Recorded a part of a rule change"),
    "rules.recording_removed": N_("Took a recording of a rule change away"),
    "rules.recording_confirmed": N_("Confirmed a recording of a rule change"),
    "rules.published": N_("Published a rule change"),
    "rules.withdrawn": N_("Withdrew a rule change"),
    "rules.restored": N_("Brought back a rule change"),
    "outreach.added": N_("Kept an event of outreach"),
    "outreach.corrected": N_("Corrected an event of outreach"),
    "outreach.struck": N_("Struck out an event of outreach"),
    "outreach.confirmed": N_("Confirmed an event of outreach"),
    "population.stated": N_("Stated how many people there are at a site"),
    "population.confirmed": N_("Confirmed how many people there are at a site"),
    "coverage.set": N_("Changed how much of a site must be told before enforcement"),
    "coverage.wished": N_("Wished that less of a site must be told before enforcement"),
    "stage.recorded": N_("Recorded that a stage of a rule change began"),
    "enforcement.begun": N_("Recorded that enforcement of a rule change began"),
    "enforcement.asked": N_("Asked for enforcement before outreach is done"),
    "enforcement.agreed": N_("Agreed to enforcement before outreach is done"),
    "enforcement.declined": N_("Did not agree to enforcement before outreach is done"),
    "enforcement.withdrawn": N_("Took back the wish for enforcement before outreach is done"),
    "statistics.exported": N_("Took a table to be published"),
    "site.added": N_("Added a site"),
    "site.changed": N_("Changed a site"),
    "subscriber.registered": N_("Put somebody on the list of subscribers"),
    "subscriber.erased": N_("Erased a number from the list of subscribers"),
    "subscriber.shown": N_("Looked at what the list of subscribers keeps of a number"),
    "subscribers.exported": N_("Took the list of subscribers away, without addresses"),
    "import.applied": N_("Put a file of subscribers on the list"),
    "import.undone": N_("Took a file of subscribers off the list"),
    "survey.begun": N_("Began a survey"),
    "survey.changed": N_("Changed a survey"),
    "survey.opened": N_("Opened a survey"),
    "survey.closed": N_("Closed a survey"),
    "survey.extended": N_("Gave a survey more time"),
    "survey.drawn": N_("Drew a sample for a survey"),
    "survey.undrawn": N_("Put the sample of a survey back"),
    "survey.discarded": N_("Deleted the draft of a survey"),
    "survey.exported": N_("Took the counts of a survey"),
    "survey.read": N_("Read what was written to a survey"),
    "voice.filed": N_("Filed a story"),
    "voice.translated": N_("Translated a story"),
    "voice.narrowed": N_("Narrowed what may be done with a story"),
    "quote.proposed": N_("Proposed words of a story to be quoted"),
    "quote.released": N_("Released a quote"),
    "quote.withdrawn": N_("Took a quote back"),
    "theme.added": N_("Added a theme"),
    "theme.renamed": N_("Called a theme otherwise"),
    "theme.retired": N_("Retired a theme"),
    "theme.offered": N_("Offered a theme again"),
    "discussion.begun": N_("Recorded that something was discussed"),
    "discussion.written": N_("Wrote what came of a discussion"),
    "discussion.dropped": N_("Dropped the draft of a discussion"),
    "discussion.asked": N_(
        "Asked a second person to let tellers be told what came of a discussion"
    ),
    "discussion.sent_back": N_("Sent what came of a discussion back before anybody was told"),
    "discussion.stopped": N_("Stopped the telling of what came of a discussion"),
    "discussion.taken_up": N_("Took up anew a discussion whose telling was stopped"),
    "discussion.told": N_("Had tellers told what came of a discussion"),
    "lessons.begun": N_("Began a series of lessons"),
    "lessons.changed": N_("Changed a series of lessons"),
    "lessons.opened": N_("Opened a series of lessons"),
    "lessons.closed": N_("Closed a series of lessons to new people"),
    "lessons.revised": N_("Began the next edition of lessons"),
    "demo.planted": N_("The demo forum was made"),
}

#: Who acts and is no member.
NOBODY: Final[Mapping[str, str]] = {
    "reporter": N_("A reporter"),
    "system": N_("Baraza by itself"),
}

_DETAILS: Final[Mapping[str, Mapping[str, str]]] = {
    MOVED: {str(state): text for state, text in STATES.items()},
    "case.escalated": {str(level): text for level, text in LEVELS.items()},
    "referral": {str(status): text for status, text in REFERRALS.items()},
    "escalation.named": {str(level): text for level, text in LEVELS.items()},
    "escalation.unnamed": {str(level): text for level, text in LEVELS.items()},
    "member.invited": {str(role): text for role, text in ROLES.items()},
    "member.role": {str(role): text for role, text in ROLES.items()},
}

#: Acts whose subject is a word of its own, and says nothing of any case.
_SPOKEN: Final = frozenset(
    {"calendar.holiday", "calendar.workday", "statistics.exported", "line.paused", "line.resumed"}
    | {f"rules.{act}" for act in ("added", "changed", "written")}
    | {f"rules.{act}" for act in ("published", "withdrawn", "restored")}
    | {f"rules.{act}" for act in ("recorded", "recording_removed", "recording_confirmed")}
    | {f"enforcement.{act}" for act in ("begun", "asked", "agreed", "declined", "withdrawn")}
    | {"stage.recorded"}
)

#: How much of an id tells two cases apart on a page.
_MARK: Final = 6


@dataclass(frozen=True, slots=True)
class Words:
    """An act in words (msgids); *detail* may be empty. An act that we cannot say is its name."""

    text: str
    detail: str = ""


def words_of(act: str) -> Words:
    """Return what *act* is called."""
    family, detail = _parted(act)
    if family not in ACTS:
        return Words(act)
    return Words(ACTS[family], _DETAILS.get(family, {}).get(detail, ""))


def named(family: str) -> Collection[str]:
    """Return the names under which acts of a *family* stand in the log; none for an unknown."""
    if family == MOVED:
        return [f"case.{state}" for state in State]
    return [family] if family in ACTS else []


def subject_of(act: str, subject: str, names: Mapping[str, str]) -> str:
    """Return what an act was done to: a member by name, a case by a mark that means nothing else.

    The mark tells that two lines are about one case; it is no reference, and finds nothing.
    """
    family, _ = _parted(act)
    if family in _SPOKEN:
        return subject
    if family.startswith(("case.", "attachment.", "floor.", "referral")):
        return subject[:_MARK]
    return names.get(subject, "")


def _parted(act: str) -> tuple[str, str]:
    """Return the family of an act and what its name goes on with."""
    if act in ACTS:
        return act, ""
    family, _, detail = act.rpartition(".")
    if family == "case" and detail in set(State):
        return MOVED, detail
    while family and family not in ACTS:
        family, _, more = family.rpartition(".")
        detail = f"{more}.{detail}"
    return (family, detail) if family else (act, "")
