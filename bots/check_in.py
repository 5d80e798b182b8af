"""After a resolution, the reporter has the last word on whether it is solved.

The question says nothing of what it is about: somebody else may hold the phone.
"""

from bots.conversation import Choice, Conversation, Dialogue, Opening, Outcome, Prompt, Said
from bots.effects import (
    AddToCase,
    AnswerCheckIn,
    CaseExtended,
    CheckInAnswered,
    CheckInDue,
)
from bots.phrases import ADDED
from locales import N_

check_in = Conversation("check_in")

SOLVED = Prompt(
    N_("You wrote to Baraza. Is it solved?"),
    choices=(
        Choice("1", "solved", N_("Solved")),
        Choice("2", "unsolved", N_("Not solved")),
        Choice("0", "unsaid", N_("I do not want to say")),
    ),
)


@check_in.opening
def opened(_dialogue: Dialogue, said: Said) -> Outcome:
    """Find the case of whoever comes unasked."""
    return Outcome(None, go=Opening("check_case", said))


@check_in.on(CheckInDue)
def due(dialogue: Dialogue, event: CheckInDue) -> Outcome:
    """Ask."""
    return check_in.goto(dialogue.keep(case=event.case), solved)


@check_in.step(ask=SOLVED)
def solved(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear whether it is solved; words instead of a choice are added to the case."""
    picked = SOLVED.pick(said)
    case = dialogue.answers["case"]
    if picked == "unsaid":
        return Outcome(None)
    if picked is not None:
        answer = dialogue.keep(answer=picked)
        return Outcome(answer, do=AnswerCheckIn(case, picked == "solved"))
    if not said.tells:
        return check_in.again(dialogue)
    return Outcome(dialogue, do=AddToCase(case, said.text, said.attachments))


@check_in.on(CaseExtended)
def extended(dialogue: Dialogue, _event: CaseExtended) -> Outcome:
    """Say that it is with the case, and ask again."""
    return check_in.again(dialogue).saying(ADDED)


@check_in.on(CheckInAnswered)
def answered(dialogue: Dialogue, _event: CheckInAnswered) -> Outcome:
    """Thank, or say what happens next."""
    if dialogue.answers["answer"] == "solved":
        return Outcome(None, say=(Prompt(N_("Thank you for telling us.")),))
    return Outcome(None, say=(Prompt(N_("Thank you. We will look at it again.")),))
