"""A miner asks to hear of rules before they change. Nobody who asks is put on any other list."""

from bots.conversation import (
    Choice,
    Conversation,
    Dialogue,
    Leaving,
    Opening,
    Outcome,
    Prompt,
    Said,
)
from bots.effects import Subscribe, Subscribed
from bots.phrases import SKIP
from locales import N_

subscribe = Conversation("subscribe")

PLACE = Prompt(
    N_("Where do you work? Send the site code from the poster, or the name of the place."),
    choices=(SKIP,),
)
ROLE = Prompt(
    N_("What is your work?"),
    choices=(
        Choice("1", "digger", N_("Digger")),
        Choice("2", "washer", N_("Washer or panner")),
        Choice("3", "hauler", N_("Hauler")),
        Choice("4", "processor", N_("Crusher or processor")),
        Choice("5", "service", N_("Cook or service")),
        Choice("6", "buyer", N_("Buyer")),
        Choice("7", "owner", N_("Land owner")),
        Choice("8", "role_other", N_("Other")),
        SKIP,
    ),
)
FORMALITY = Prompt(
    N_("Is your work registered?"),
    choices=(
        Choice("1", "formal", N_("It is registered")),
        Choice("2", "in_process", N_("I have asked for it")),
        Choice("3", "informal", N_("It is not")),
        Choice("0", "unsaid", N_("I do not want to say")),
    ),
)
GENDER = Prompt(
    N_("Last question. You are:"),
    choices=(
        Choice("1", "woman", N_("A woman")),
        Choice("2", "man", N_("A man")),
        Choice("0", "gender_unsaid", N_("I do not want to say")),
    ),
)

NOWHERE = Prompt(N_("We do not know this place. To tell it later, send JOIN and the site code."))
LISTED = Prompt(N_("You will hear of new rules. To get no more news, send STOP."))
LISTED_FOR = Prompt(N_("You will hear of new rules for {site}. To get no more news, send STOP."))


@subscribe.opening
def opened(dialogue: Dialogue, said: Said) -> Outcome:
    """Take a place that came with the keyword; else ask for it."""
    if not said.tells:
        return subscribe.goto(dialogue, place)
    return subscribe.goto(dialogue.keep(place=said.text.strip()), role)


@subscribe.step(ask=PLACE)
def place(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear where, or nothing."""
    if PLACE.pick(said) is not None:
        return subscribe.goto(dialogue, role)
    if said.attachments or not said.text.strip():
        return _aside(dialogue, said)
    return subscribe.goto(dialogue.keep(place=said.text.strip()), role)


@subscribe.step(ask=ROLE)
def role(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear the work, or nothing."""
    picked = ROLE.pick(said)
    if picked is None:
        return _aside(dialogue, said)
    if picked == SKIP.key:
        return subscribe.goto(dialogue, formality)
    return subscribe.goto(dialogue.keep(role=picked.removeprefix("role_")), formality)


@subscribe.step(ask=FORMALITY)
def formality(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear whether the work is on paper, which changes nothing for whoever answers."""
    picked = FORMALITY.pick(said)
    if picked is None:
        return _aside(dialogue, said)
    return subscribe.goto(dialogue.keep(formality=picked), gender)


@subscribe.step(ask=GENDER)
def gender(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear the gender, or that it is nobody's matter."""
    picked = GENDER.pick(said)
    if picked is None:
        return _aside(dialogue, said)
    answered = dialogue if picked == "gender_unsaid" else dialogue.keep(gender=picked)
    return _put(answered, None)


def _aside(dialogue: Dialogue, said: Said) -> Outcome:
    """Go on with words that fit no choice; what was answered so far counts."""
    if not said.tells:
        return subscribe.again(dialogue)
    return _put(dialogue, Opening("kept", said))


def _put(dialogue: Dialogue, then: Opening | None) -> Outcome:
    answers = dialogue.answers
    wish = Subscribe(
        answers.get("place"),
        answers.get("role"),
        answers.get("gender"),
        answers.get("formality"),
    )
    return Outcome(dialogue.heading(then), do=wish)


@subscribe.on(Subscribed)
def done(dialogue: Dialogue, event: Subscribed) -> Outcome:
    """Say that it is done, and how to leave; and that a place was told which nobody knows."""
    if event.site is not None:
        return Outcome(None, say=(LISTED_FOR.filled(site=event.site),), go=dialogue.then)
    lost = (NOWHERE,) if "place" in dialogue.answers else ()
    return Outcome(None, say=(*lost, LISTED), go=dialogue.then)


@subscribe.on(Leaving)
def leaving(dialogue: Dialogue, event: Leaving) -> Outcome:
    """Let what was answered so far count before going elsewhere."""
    return _put(dialogue, event.opening) if dialogue.answers else Outcome(None, go=event.opening)
