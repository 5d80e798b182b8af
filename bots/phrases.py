"""What several conversations say in the same words."""

from collections.abc import Mapping
from typing import Literal

from bots.conversation import (
    BACK,
    Choice,
    Conversation,
    Dialogue,
    Handler,
    Outcome,
    Prompt,
    Said,
)
from bots.effects import AnswerProposal, ProposalAnswered
from locales import N_, languages

#: Digits from which a text is a try at a code; a whole one has 14.
_CODE_DIGITS = 8

#: How a reporter comes to a case from another phone.
CODE = Prompt(N_("Send the code that you were given. It has 14 digits."), choices=(BACK,))
WRONG = Prompt(
    N_("This code does not open anything. Look at it again and send all 14 digits."),
    choices=(BACK,),
)
TRIES = Prompt(N_("Too many wrong codes. Please wait one hour and try again."))

#: Far from the 1 and 2 of the questions before it: nobody shall come here by a digit too many.
TAKE_BACK = Choice("8", "withdraw", N_("Take it back"))

#: A step that may be passed over.
SKIP = Choice("0", "skip", N_("Skip"))

#: One choice a language, each under its own name. 0 and 9 keep their meaning, so eight fit.
LANGUAGES = tuple(
    Choice(str(number), language.tag, language.name)
    for number, language in enumerate(list(languages().values())[:8], start=1)
)

#: The code stands alone: nothing beside it says what it is for.
RECEIPT = Prompt(
    N_(
        "Your code is {code}. Keep it where nobody else can see it. To ask for your answer, "
        "from any phone, send CHECK and this code."
    ),
    protect=True,
)

#: What may be said to a remedy that is proposed.
YES = Choice("1", "yes", N_("I agree"))
NO = Choice("2", "no", N_("I do not agree"))
TALK = Choice("3", "talk", N_("Talk first"))
APPEAL = Choice("4", "appeal", N_("Let others decide"))

AGREE = Prompt(N_("Do you agree to what we propose?"), choices=(YES, NO, TALK, APPEAL))

PASSED_ON = Prompt(N_("Thank you. Others, who had no part in it, will look at it."))

#: What each of them is answered.
AGREED: Mapping[str, Prompt] = {
    YES.key: Prompt(N_("Thank you. We go on as we proposed.")),
    NO.key: Prompt(N_("Thank you. Somebody else will look for another way.")),
    TALK.key: Prompt(N_("Thank you. We will talk before anything is done.")),
    APPEAL.key: PASSED_ON,
}

RIGHT = Prompt(N_("That is right."))
ADDED = Prompt(N_("It is added. Thank you."))
THANKS = Prompt(N_("Thank you. It is kept."))


def looks_like_code(said: Said) -> bool:
    """Whether this is a try at a code and not a story with numbers in it."""
    letters = sum(character.isalpha() for character in said.text[:64])
    return said.digits >= _CODE_DIGITS and letters < said.digits


def wish_of(dialogue: Dialogue, said: Said) -> Outcome | None:
    """Return what a word to a proposal asks for; None: it is none of those on offer."""
    picked = AGREE.pick(said)
    if picked is None:
        return None
    wish = AnswerProposal(dialogue.answers["case"], _word_of(picked))
    return Outcome(dialogue.keep(word=picked), do=wish)


def answer_to(
    conversation: Conversation, dialogue: Dialogue, event: ProposalAnswered, talk: Handler[Said]
) -> Outcome:
    """Say what happens next; whoever wants to talk first may begin, at the step *talk*.

    Whose word decides nothing is promised nothing.
    """
    word = dialogue.answers["word"]
    if not event.decides:
        return conversation.goto(dialogue, talk).saying(THANKS)
    if word == TALK.key:
        return conversation.goto(dialogue, talk).saying(AGREED[word])
    return Outcome(None, say=(AGREED[word],))


def _word_of(picked: str) -> Literal["yes", "no", "talk", "appeal"]:
    """Return the word to a proposal that was *picked*. Raises ``ValueError`` for another key."""
    match picked:
        case "yes" | "no" | "talk" | "appeal":
            return picked
    raise ValueError(picked)


def receipt(code: str) -> tuple[Prompt, ...]:
    """Return what tells *code*, or nothing when there is none to tell."""
    return (RECEIPT.filled(code=code),) if code else ()
