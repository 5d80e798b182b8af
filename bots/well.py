"""Some days after a report its reporter is asked how they are.

The question says nothing of what it is about, nor that anything was reported: somebody else may
hold the phone.
"""

from bots.conversation import (
    BACK,
    CALL,
    Choice,
    Conversation,
    Dialogue,
    Opening,
    Outcome,
    Prompt,
    Said,
    Silence,
)
from bots.effects import AddToCase, AnswerWell, CaseExtended, WellAnswered, WellDue
from bots.phrases import ADDED
from locales import N_

well = Conversation("well")

#: Seconds for which the words of somebody who is not well are waited for: a week.
WAITS = 7 * 24 * 60 * 60

WELL = Prompt(
    N_("Hello from Baraza. Are you OK?"),
    choices=(
        Choice("1", "well", N_("I am OK")),
        Choice("2", "unwell", N_("I am not OK")),
    ),
)
TELL = Prompt(
    N_("Thank you. A person will look at it soon. If you can, write what happened."),
    choices=(BACK, CALL),
)


@well.opening
def opened(_dialogue: Dialogue, said: Said) -> Outcome:
    """Find the case of whoever comes unasked."""
    return Outcome(None, go=Opening("check_case", said))


@well.on(WellDue)
def due(dialogue: Dialogue, event: WellDue) -> Outcome:
    """Ask."""
    return well.goto(dialogue.keep(case=event.case), asked)


@well.step(ask=WELL)
def asked(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear how they are; words instead of a choice are added to the case."""
    picked = WELL.pick(said)
    if picked is not None:
        return Outcome(dialogue, do=AnswerWell(dialogue.answers["case"], picked == "well"))
    return _add(dialogue, said)


@well.on(WellAnswered)
def answered(dialogue: Dialogue, event: WellAnswered) -> Outcome:
    """Thank; who is not well may say more, and it goes where it is looked at."""
    if event.case is None:
        return Outcome(None, say=(Prompt(N_("Thank you for telling us.")),))
    return well.goto(dialogue.keep(case=event.case), tell)


@well.step(ask=TELL, patience=WAITS)
def tell(dialogue: Dialogue, said: Said) -> Outcome:
    """Add what happened to the case that is about it."""
    return Outcome(None) if TELL.pick(said) == BACK.key else _add(dialogue, said)


def _add(dialogue: Dialogue, said: Said) -> Outcome:
    if not said.tells:
        return well.again(dialogue)
    return Outcome(dialogue, do=AddToCase(dialogue.answers["case"], said.text, said.attachments))


@well.on(CaseExtended)
def extended(dialogue: Dialogue, _event: CaseExtended) -> Outcome:
    """Say that it is with the case, and ask again what is still to be answered."""
    if dialogue.step == asked.__name__:
        return well.again(dialogue).saying(ADDED)
    return Outcome(None, say=(ADDED,))


@well.on(Silence)
def silent(_dialogue: Dialogue, _event: Silence) -> Outcome:
    """Stop waiting; the case is with those who look at it."""
    return Outcome(None)
