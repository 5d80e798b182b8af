"""Tell us nothing more of what became of stories: one word, from the phone that told them.

What is asked and answered is the same whether anything was told from it: it may be shared.
"""

from bots.conversation import BACK, Choice, Conversation, Dialogue, Opening, Outcome, Prompt, Said
from bots.effects import EndReportBacks, ReportBacksEnded
from locales import N_

report_back = Conversation("report_back")

ASK = Prompt(
    N_("Who asks for it is told when the forum has discussed their words. Go on with that?"),
    choices=(
        Choice("1", "go_on", N_("Go on")),
        Choice("2", "no_more", N_("No more of it")),
        BACK,
    ),
)
GOES_ON = Prompt(N_("Nothing has changed. Who asked for it is told."))
ENDED = Prompt(N_("It is kept: this phone is told nothing more of what was discussed."))

#: What is told. The words after the colon are the forum's own, and the same for everybody.
TOLD = N_("News of {body}, {date}: {outcome}")

#: What stands for the body where it was the forum as a whole.
FORUM = N_("the forum")


@report_back.opening
def opened(dialogue: Dialogue, _said: Said) -> Outcome:
    """Ask before anything is erased: it cannot be brought back."""
    return report_back.goto(dialogue, choose)


@report_back.step(ask=ASK)
def choose(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear the digit; words instead of it are kept."""
    picked = ASK.pick(said)
    if picked == BACK.key:
        return Outcome(None, go=Opening("menu", Said("", said.language)))
    if picked == "go_on":
        return Outcome(None, say=(GOES_ON,))
    if picked is not None:
        return Outcome(dialogue, do=EndReportBacks())
    if not said.tells:
        return report_back.again(dialogue)
    return Outcome(None, go=Opening("kept", said))


@report_back.on(ReportBacksEnded)
def ended(_dialogue: Dialogue, _event: ReportBacksEnded) -> Outcome:
    """Say so, the same whether there was anything."""
    return Outcome(None, say=(ENDED,))
