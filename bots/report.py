"""A miner reports; no step asks who is speaking.

The story is filed the moment it is told, so whoever loses the phone after it has lost nothing.
What follows only describes the case, and may be skipped.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from bots.conversation import (
    BACK,
    CALL,
    Ask,
    Branch,
    Choice,
    Conversation,
    Dialogue,
    Handler,
    Leaving,
    Outcome,
    Prompt,
    Said,
    Silence,
)
from bots.effects import (
    AddToCase,
    CaseDescribed,
    CaseExtended,
    CaseFiled,
    DescribeCase,
    FileCase,
)
from bots.phrases import ADDED, SKIP, THANKS, receipt
from locales import N_

report = Conversation("report")

#: Seconds of silence after which the code is told unasked, by how many answers came since the
#: filing. Together they stay below the minute that a receipt may take, however often and however
#: slowly the miner answers; one answer more, and the code is told with the next question.
CODE_WITHIN = (24, 12, 6, 6, 6)

#: Seconds for which the last questions still wait when the code was told: a week.
WAITS = 7 * 24 * 60 * 60

#: Characters above which an answer to «where?» is more of the story.
LONGEST_PLACE = 120

STORY = Prompt(
    N_(
        "Tell us what happened, where and when. You need not say your name. "
        "A voice note or a photo is welcome too."
    ),
    words=True,
)
ABOUT = N_("It is kept. What is it about?")
WHICH = N_("Which one?")
PLACE = Prompt(
    N_("Where is it? Send the site code from the poster, or the name of the place."),
    choices=(SKIP,),
)
SAFE = Prompt(
    N_("May we write the answer to this phone? Not safe means: others could read it."),
    choices=(
        Choice("1", "safe", N_("Safe")),
        Choice("2", "unsafe", N_("Not safe")),
        SKIP,
    ),
)
STILL = Prompt(N_("You can still answer the last question."))


def until_told(dialogue: Dialogue) -> int:
    """Return how long a question after the filing waits, in seconds."""
    return CODE_WITHIN[_turns(dialogue)] if "code" in dialogue.answers else WAITS


def _turns(dialogue: Dialogue) -> int:
    return int(dialogue.answers.get("turns", "0"))


def _question(ask: Ask) -> Callable[[Handler[Said]], Handler[Said]]:
    """Register a step after the filing: it counts its answers, so that the code is not late."""

    def register(answer: Handler[Said]) -> Handler[Said]:
        @wraps(answer)
        def counted(dialogue: Dialogue, said: Said) -> Outcome:
            turns = _turns(dialogue) + 1
            if "code" not in dialogue.answers or turns < len(CODE_WITHIN):
                return answer(dialogue.keep(turns=str(turns)), said)
            code = receipt(dialogue.answers["code"])
            return answer(dialogue.forget("code"), said).saying(*code)

        return report.step(ask=ask, patience=until_told)(counted)

    return register


@report.opening
def opened(dialogue: Dialogue, said: Said) -> Outcome:
    """File what followed the keyword at once; a story picked from a list is asked about."""
    if not said.tells:
        return report.goto(dialogue, story)
    guided = dialogue.keep(guided="yes") if said.choice is not None else dialogue
    return _file(guided, said)


@report.step(ask=STORY)
def story(dialogue: Dialogue, said: Said) -> Outcome:
    """File the story."""
    if not said.tells:
        return report.again(dialogue)
    return _file(dialogue.keep(guided="yes"), said)


def _file(dialogue: Dialogue, said: Said) -> Outcome:
    return Outcome(dialogue, do=FileCase(said.text, said.attachments))


@report.on(CaseFiled)
def filed(dialogue: Dialogue, event: CaseFiled) -> Outcome:
    """Tell the code of a quick report; ask on in a guided one."""
    if "guided" not in dialogue.answers:
        return Outcome(None, say=receipt(event.code))
    asked = dialogue.forget("guided").keep(case=event.case, code=event.code)
    return report.goto(replace(asked, offered=event.offered), group)


def first_menu(offered: tuple[Branch, ...]) -> Prompt:
    """Return the first level of the menu that is *offered*."""
    return Prompt(ABOUT, choices=(*(branch.choice for branch in offered), CALL))


def second_menu(branch: Branch) -> Prompt:
    """Return what is behind one line of the first level."""
    return Prompt(WHICH, choices=(*branch.behind, BACK))


def _first(dialogue: Dialogue) -> Prompt:
    return first_menu(dialogue.offered)


def _second(dialogue: Dialogue) -> Prompt:
    return second_menu(_branch(dialogue, dialogue.answers.get("group")))


def _branch(dialogue: Dialogue, key: str | None) -> Branch:
    """Return the line of *key*; nothing is behind one that is not offered."""
    known = (branch for branch in dialogue.offered if branch.choice.key == key)
    return next(known, Branch(CALL))


@_question(_first)
def group(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear the first level of the menu."""
    picked = _first(dialogue).pick(said)
    if picked is None:
        return _more(dialogue, said)
    if _branch(dialogue, picked).behind:
        return report.goto(dialogue.keep(group=picked), kind)
    return _sorted(dialogue, picked)


@_question(_second)
def kind(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear the second level."""
    picked = _second(dialogue).pick(said)
    if picked is None:
        return _more(dialogue, said)
    if picked == BACK.key:
        return report.goto(dialogue.forget("group"), group)
    return _sorted(dialogue, picked)


def _sorted(dialogue: Dialogue, category: str) -> Outcome:
    onward = replace(dialogue.forget("group"), offered=())
    return _describe(onward, "place", DescribeCase(_case(dialogue), category=category))


def _was(name: str) -> None:
    """Go on from a step of an older release, which did not remember the menu that it showed."""

    def step(dialogue: Dialogue, _said: Said) -> Outcome:
        return report.goto(dialogue, place)

    step.__name__ = name
    _question(PLACE)(step)


for _name in ("work", "force", "land", "water", "market"):
    _was(_name)


@_question(PLACE)
def place(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear where it was; a long answer is more of the story."""
    if PLACE.pick(said) == SKIP.key:
        return report.goto(dialogue, safe)
    if said.attachments or len(said.text) > LONGEST_PLACE:
        return _more(dialogue, said)
    return _describe(dialogue, "safe", DescribeCase(_case(dialogue), place=said.text.strip()))


@_question(SAFE)
def safe(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear whether an answer may stand on this phone."""
    picked = SAFE.pick(said)
    if picked is None:
        return _more(dialogue, said)
    if picked == SKIP.key:
        return _end(dialogue)
    return _describe(dialogue, "", DescribeCase(_case(dialogue), safe=picked == "safe"))


def _case(dialogue: Dialogue) -> str:
    return dialogue.answers["case"]


def _describe(dialogue: Dialogue, then: str, wish: DescribeCase) -> Outcome:
    """Add one answer to the case at once, and go on to the step *then*; "": to the end."""
    return Outcome(replace(dialogue, step=then), do=wish)


@report.on(CaseDescribed)
def described(dialogue: Dialogue, event: CaseDescribed) -> Outcome:
    """Name the site that was recognised, and ask on."""
    outcome = report.again(dialogue) if dialogue.step else _end(dialogue)
    if event.site is None:
        return outcome
    return outcome.saying(Prompt(N_("Place: {site}."), params={"site": event.site}))


def _end(dialogue: Dialogue) -> Outcome:
    return Outcome(None, say=receipt(dialogue.answers.get("code", "")) or (THANKS,))


def _more(dialogue: Dialogue, said: Said) -> Outcome:
    """Take words that fit no choice as more of the story; a slip only repeats the question."""
    if not said.tells:
        return report.again(dialogue)
    return Outcome(dialogue, do=AddToCase(_case(dialogue), said.text, said.attachments))


@report.on(CaseExtended)
def extended(dialogue: Dialogue, _event: CaseExtended) -> Outcome:
    """Say that more is kept, and ask again."""
    return report.again(dialogue).saying(ADDED)


@report.on(Silence)
def silent(dialogue: Dialogue, _event: Silence) -> Outcome:
    """Tell the code unasked, once; let go of the questions after a week."""
    code = dialogue.answers.get("code", "")
    if not code:
        return Outcome(None)
    return Outcome(dialogue.forget("code"), say=(*receipt(code), STILL))


@report.on(Leaving)
def leaving(dialogue: Dialogue, event: Leaving) -> Outcome:
    """Tell the code before going elsewhere."""
    return Outcome(None, say=receipt(dialogue.answers.get("code", "")), go=event.opening)
