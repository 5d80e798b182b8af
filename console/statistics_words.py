"""What staff read about figures: what each is called, and how it is reckoned."""

from collections.abc import Mapping
from typing import Final

from grievances.indicators import Name
from grievances.releases import Part
from locales import N_

NAMES: Final[Mapping[Name, str]] = {
    Name.ACKNOWLEDGED: N_("First answers on time"),
    Name.ANSWER_MEDIAN: N_("Time to the first answer, half of all"),
    Name.ANSWER_P90: N_("Time to the first answer, nine in ten"),
    Name.TRIAGE_MEDIAN: N_("Time to triage, half of all"),
    Name.TRIAGE_P90: N_("Time to triage, nine in ten"),
    Name.FEEDBACK_MEDIAN: N_("Time to feedback, half of all"),
    Name.FEEDBACK_P90: N_("Time to feedback, nine in ten"),
    Name.RESOLUTION_MEDIAN: N_("Time to resolution, half of all"),
    Name.RESOLUTION_P90: N_("Time to resolution, nine in ten"),
    Name.ON_TIME: N_("Deadlines met"),
    Name.OVERDUE: N_("Overdue now"),
    Name.RESOLVED: N_("Resolved within 90 days"),
    Name.CONFIRMED: N_("Resolution confirmed by the reporter"),
    Name.RESPONDED: N_("Reporters who said whether it is solved"),
    Name.REOPENED: N_("Reopened"),
    Name.APPEALED: N_("Appealed"),
    Name.UNROUTED: N_("Nobody has it"),
    Name.RECEIPTS: N_("Receipts within 60 seconds"),
    Name.ESCALATED: N_("Escalated"),
    Name.UPHELD: N_("Appeals upheld"),
    Name.ANONYMOUS: N_("Anonymous reporters"),
    Name.RETALIATION: N_("Retaliation"),
    Name.COVERAGE: N_("Questions on safety that were asked"),
}

_NOT_YET: Final = N_("From arrival. A case that still waits counts as «not yet».")

HOW: Final[Mapping[Name, str]] = {
    Name.ACKNOWLEDGED: N_("Of the first answers that were written or are overdue."),
    Name.ANSWER_MEDIAN: _NOT_YET,
    Name.ANSWER_P90: _NOT_YET,
    Name.TRIAGE_MEDIAN: _NOT_YET,
    Name.TRIAGE_P90: _NOT_YET,
    Name.FEEDBACK_MEDIAN: N_("From arrival, or from when it was reopened. Waiting counts too."),
    Name.FEEDBACK_P90: N_("From arrival, or from when it was reopened. Waiting counts too."),
    Name.RESOLUTION_MEDIAN: N_("A case that was reopened since counts as «not yet»."),
    Name.RESOLUTION_P90: N_("A case that was reopened since counts as «not yet»."),
    Name.ON_TIME: N_("Of all steps that were taken or are overdue."),
    Name.OVERDUE: N_("Open cases with a step past its deadline, whenever they came."),
    Name.RESOLVED: N_("Of the cases that came at least 90 days ago."),
    Name.CONFIRMED: N_("Of the reporters who answered whether it is solved."),
    Name.RESPONDED: N_("Of the reporters whom we asked."),
    Name.REOPENED: N_("Of the cases that were resolved, closed or sent elsewhere."),
    Name.APPEALED: N_("Of the cases with a proposal or an end."),
    Name.UNROUTED: N_("Triaged, open and with no handler, whenever they came."),
    Name.RECEIPTS: N_("No message is tied to a case once it has left, so nobody can tell."),
    Name.ESCALATED: N_("Of all that came: a due date passed, and the case went a level up."),
    Name.UPHELD: N_("Of the appeals that were decided: the case is looked at again."),
    Name.ANONYMOUS: N_("Nobody is asked for a name, so nobody can tell."),
    Name.RETALIATION: N_("Of the reporters whom we asked whether they are well."),
    Name.COVERAGE: N_("Of those that fell due, 7, 30 and 90 days after the report."),
}

PARTS: Final[Mapping[Part, str]] = {
    Part.ORDINARY: N_("Most matters"),
    Part.GRAVE: N_("Grave matters, and what was sorted late"),
}

PART_HELP: Final[Mapping[Part, str]] = {
    Part.ORDINARY: N_("Counts below 5 are hidden; below 10 where a district has few cases."),
    Part.GRAVE: N_("It comes a quarter later. Counts below 10 are hidden."),
}

DISTRICT: Final = N_("District")
NO_DISTRICT: Final = N_("Not known")
UNSORTED: Final = N_("Not sorted yet")
ALL: Final = N_("All")
HIDDEN: Final = N_("hidden")
