"""A story or an idea for the forum: no complaint, and told on only as far as its teller says."""

from bots.conversation import (
    PATIENCE,
    Choice,
    Conversation,
    Dialogue,
    Leaving,
    Opening,
    Outcome,
    Prompt,
    Said,
    Silence,
)
from bots.effects import KeepVoice, VoiceKept
from bots.phrases import ADDED
from locales import N_

voice = Conversation("voice")

#: What is assumed of whoever does not say how far a story may go: the least.
LEAST = "internal"

STORY = Prompt(
    N_(
        "Tell us your story or your idea. You need not say your name. "
        "A voice note or a photo is welcome too."
    ),
    words=True,
)
CONSENT = Prompt(
    N_("Thank you, it is kept. Who may hear it?"),
    choices=(
        Choice("1", "internal", N_("Only the forum")),
        Choice("2", "unnamed", N_("All, with no name or place")),
        Choice("3", "public", N_("All, as I told it")),
        Choice("0", "unsure", N_("I do not know")),
    ),
)
HEAR_BACK = Prompt(
    N_(
        "May we tell you when it has been discussed? We keep your address locked for that alone. "
        "OUTCOME ends it."
    ),
    choices=(Choice("1", "tell", N_("Tell me")), Choice("2", "silent", N_("No need"))),
)

THANKS = Prompt(N_("Thank you. The forum will hear it."))
TOLD_LATER = Prompt(N_("Thank you. The forum will hear it. Once it was discussed, we tell you."))


@voice.opening
def opened(dialogue: Dialogue, said: Said) -> Outcome:
    """Keep a story that came with the keyword; else ask for it."""
    return _hold(dialogue, said) if said.tells else voice.goto(dialogue, story)


@voice.step(ask=STORY)
def story(dialogue: Dialogue, said: Said) -> Outcome:
    """Keep the story."""
    return _hold(dialogue, said) if said.tells else voice.again(dialogue)


def _hold(dialogue: Dialogue, said: Said) -> Outcome:
    return voice.goto(dialogue.hold(said, "story"), consent)


@voice.step(ask=CONSENT, patience=PATIENCE)
def consent(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear how far it may go; words instead of a choice belong to the story."""
    picked = CONSENT.pick(said)
    if picked is not None:
        how_far = LEAST if picked == "unsure" else picked
        return voice.goto(dialogue.keep(consent=how_far), hear_back)
    return _more(dialogue, said)


@voice.step(ask=HEAR_BACK, patience=PATIENCE)
def hear_back(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear whether its teller wants to hear of it; words belong to the story here as well."""
    picked = HEAR_BACK.pick(said)
    if picked is not None:
        return _keep(dialogue, report_back=picked == "tell")
    return _more(dialogue, said)


def _more(dialogue: Dialogue, said: Said) -> Outcome:
    if not said.tells:
        return voice.again(dialogue)
    return voice.again(dialogue.hold(said, "story")).saying(ADDED)


def _keep(dialogue: Dialogue, *, report_back: bool = False) -> Outcome:
    """Keep the story as far as was said; whoever did not say that they want it hears nothing."""
    how_far = dialogue.answers.get("consent", LEAST)
    wish = KeepVoice(dialogue.answers["story"], dialogue.attachments, how_far, report_back)
    return Outcome(dialogue.keep(told="later" if report_back else ""), do=wish)


@voice.on(VoiceKept)
def kept(dialogue: Dialogue, _event: VoiceKept) -> Outcome:
    """Thank, and go where the miner was heading."""
    thanks = TOLD_LATER if dialogue.answers.get("told") else THANKS
    return Outcome(None, say=(thanks,), go=dialogue.then)


@voice.on(Silence)
def silent(dialogue: Dialogue, _event: Silence) -> Outcome:
    """Keep the story; for the forum alone where nothing else was said."""
    return _keep(dialogue)


@voice.on(Leaving)
def leaving(dialogue: Dialogue, event: Leaving) -> Outcome:
    """Keep a story that was told before going elsewhere."""
    opening: Opening = event.opening
    if "story" not in dialogue.answers:
        return Outcome(None, go=opening)
    return _keep(dialogue.heading(opening))
