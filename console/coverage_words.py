"""What people read for outreach that is no text, for coverage, stages and what is refused."""

from collections.abc import Mapping
from typing import Final

from console.words import ROLES
from locales import N_
from outreach.coverage import Baseline
from outreach.events import Kind
from outreach.overrides import Outcome, Refusal
from outreach.rule_texts import DIGITS, Part
from outreach.vouching import Bar

KINDS: Final[Mapping[Kind, str]] = {
    Kind.RADIO: N_("Radio"),
    Kind.VISIT: N_("Visit"),
    Kind.TRAINING: N_("Training"),
    Kind.COUNTER: N_("Licence counter"),
}

#: The five stages of a rule, in their order; the last three are recorded as they begin.
STAGES: Final[Mapping[str, str]] = {
    "law": N_("Law"),
    "outreach": N_("Outreach"),
    "assistance": N_("Assistance"),
    "monitoring": N_("Monitoring"),
    "enforcement": N_("Enforcement"),
}

BASELINES: Final[Mapping[Baseline, str]] = {
    Baseline.STATED: N_("people, as stated"),
    Baseline.SUBSCRIBERS: N_("subscribers only"),
    Baseline.NOBODY: N_("nobody is known here"),
}

OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.ASKED: N_("waits for a second person"),
    Outcome.AGREED: N_("agreed"),
    Outcome.DECLINED: N_("declined"),
    Outcome.WITHDRAWN: N_("taken back"),
}

REFUSALS: Final[Mapping[Refusal, str]] = {
    Refusal.RIGHT: N_("You may not do this (any more)."),
    Refusal.AUTHOR: N_("Somebody else must agree: you asked for it."),
    Refusal.LATER: N_("Somebody else must agree: you joined after it was asked."),
    Refusal.REASON: N_("Write a reason, of at most 1,000 characters. It is published."),
    Refusal.NEEDLESS: N_("The threshold is reached. No override is needed."),
    Refusal.DAY: N_("Choose a day that has come: today or before, and not before the rule's own."),
    Refusal.GAPS: N_("Not yet: some sites have not been told. They are in the table above."),
    Refusal.EARLY: N_(
        "It cannot be shown that by the end of that day every site had been told, and no override "
        "stood. "
        "The earliest day that can be recorded is %(day)s."
    ),
}

#: Why somebody cannot confirm what waits for a second person.
BARS: Final[Mapping[Bar, str]] = {
    Bar.RIGHT: N_("You may not do this (any more)."),
    Bar.AUTHOR: N_("Somebody else must confirm it: you wrote it down."),
    Bar.LATER: N_("Somebody else must confirm it: you joined after it was written down."),
}

#: The parts by their digits, as a column of a table.
PARTS: Final[Mapping[int, Part]] = {int(digit): part for digit, part in DIGITS.items()}

#: What a member is, by the name that is kept; one of another release is shown as it was kept.
CAPACITIES: Final[Mapping[str, str]] = {str(role): text for role, text in ROLES.items()}
