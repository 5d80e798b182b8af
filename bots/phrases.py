"""What several conversations say in the same words."""

from bots.conversation import Choice, Prompt
from locales import N_, languages

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

ADDED = Prompt(N_("It is added. Thank you."))
THANKS = Prompt(N_("Thank you. It is kept."))


def receipt(code: str) -> tuple[Prompt, ...]:
    """Return what tells *code*, or nothing when there is none to tell."""
    return (RECEIPT.filled(code=code),) if code else ()
