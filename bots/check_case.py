"""A reporter comes back: by the code from any phone, or without it from the same one."""

from dataclasses import replace

from bots.conversation import (
    BACK,
    PATIENCE,
    Choice,
    Conversation,
    Dialogue,
    Handler,
    Leaving,
    Line,
    Opening,
    Outcome,
    Prompt,
    Said,
    Silence,
    Unread,
)
from bots.effects import (
    AddToCase,
    AnswerCheckIn,
    AppealAsked,
    AskAppeal,
    CaseExtended,
    CaseFiled,
    CaseFound,
    CaseUnknown,
    CheckInAnswered,
    FileCase,
    FindCase,
    FindMine,
    NewsRead,
    ProposalAnswered,
    ReadNews,
    TooManyTries,
)
from bots.phrases import (
    ADDED,
    AGREE,
    CODE,
    PASSED_ON,
    TAKE_BACK,
    THANKS,
    TRIES,
    WRONG,
    answer_to,
    looks_like_code,
    receipt,
    wish_of,
)
from locales import N_

check_case = Conversation("check_case")

NEWS = Prompt(
    N_("There is an answer for you."),
    choices=(Choice("1", "read", N_("Read it")), BACK),
)
SOLVED = Prompt(
    N_("Is it settled for you now?"),
    choices=(
        Choice("1", "settled", N_("Settled")),
        Choice("2", "unsettled", N_("Not settled")),
        BACK,
    ),
)
ACCEPT = Prompt(
    N_("If you do not accept how it ended, others can look at it again."),
    choices=(Choice("1", "appeal", N_("Let others decide")), BACK),
)
MORE = Prompt(
    N_("To add or answer something, write it now."),
    choices=(TAKE_BACK, BACK),
)
NOTHING = Prompt(N_("There is nothing new to read."))


@check_case.opening
def opened(dialogue: Dialogue, said: Said) -> Outcome:
    """Look for the code that came with the wish; without one, for the case of this phone.

    Words that came along are held, to be added to the case once it is found.
    """
    if looks_like_code(said):
        return _try(dialogue, said)
    held = dialogue.hold(said, "words") if said.tells else dialogue
    return Outcome(held, do=FindMine())


@check_case.step(ask=CODE, patience=PATIENCE)
def code(dialogue: Dialogue, said: Said) -> Outcome:
    """Try the code; words instead of a code are kept."""
    if CODE.pick(said) == BACK.key:
        return leaving(dialogue, Leaving(Opening("menu", Said("", said.language))))
    if looks_like_code(said):
        return _try(dialogue, said)
    if not said.tells:
        return check_case.again(dialogue)
    if "words" in dialogue.answers:
        return check_case.again(dialogue.hold(said, "words")).saying(ADDED)
    return Outcome(None, go=Opening("kept", said))


def _try(dialogue: Dialogue, said: Said) -> Outcome:
    """Try the code; a photo that it stands under is held for the case.

    Words beside it are most often about the code, so they go no further once it opens a case.
    """
    held = dialogue.hold(replace(said, text=""), "words") if said.attachments else dialogue
    if said.more_than_a_number:
        held = held.hold(replace(said, attachments=()), "beside")
    return Outcome(held.keep(tried="yes"), do=FindCase(said.text))


@check_case.on(CaseUnknown)
def unknown(dialogue: Dialogue, _event: CaseUnknown) -> Outcome:
    """Ask for the code, or for a better look at it."""
    asked = check_case.goto(dialogue, code)
    return Outcome(asked.dialogue, say=(WRONG,)) if "tried" in dialogue.answers else asked


@check_case.on(TooManyTries)
def too_many(dialogue: Dialogue, _event: TooManyTries) -> Outcome:
    """Send the guesser away; words that were held are filed on their own."""
    if _holds(dialogue):
        return _file(dialogue).saying(TRIES)
    return Outcome(None, say=(TRIES,))


@check_case.on(CaseFound)
def found(dialogue: Dialogue, event: CaseFound) -> Outcome:
    """Add the words that were held; else say where the case stands, and ask what is next."""
    here = dialogue.keep(case=event.case).forget("beside")
    if "words" in here.answers:
        words = here.answers["words"]
        done = here.forget("words")
        return Outcome(done, do=AddToCase(event.case, words, here.attachments))
    return check_case.goto(here, _next(event)).saying(Prompt(event.status))


def _next(event: CaseFound) -> Handler[Said]:
    """Return what to ask: what waits to be read comes before what waits to be answered."""
    if event.news:
        return read
    if event.proposal:
        return agree
    if event.asks:
        return solved
    return accept if event.appeal else more


@check_case.step(ask=NEWS)
def read(dialogue: Dialogue, said: Said) -> Outcome:
    """Hand over the answer; words instead of a choice are added to the case."""
    picked = NEWS.pick(said)
    if picked == BACK.key:
        return _menu(said)
    if picked is not None:
        return Outcome(dialogue, do=ReadNews(dialogue.answers["case"]))
    return _add(dialogue, said)


@check_case.on(NewsRead)
def handed_over(dialogue: Dialogue, event: NewsRead) -> Outcome:
    """Say every answer, oldest first."""
    entries: tuple[Line, ...] = tuple(map(Unread, event.entries)) or (NOTHING,)
    following = agree if event.proposal else accept if event.appeal else more
    return check_case.goto(dialogue, following).saying(*entries)


@check_case.step(ask=AGREE)
def agree(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear whether the reporter agrees; words instead of a choice are added to the case."""
    return wish_of(dialogue, said) or _add(dialogue, said)


@check_case.on(ProposalAnswered)
def agreed(dialogue: Dialogue, event: ProposalAnswered) -> Outcome:
    """Say what happens next; whoever wants to talk may begin."""
    return answer_to(check_case, dialogue, event, more)


@check_case.step(ask=SOLVED)
def solved(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear whether it is settled; words instead of a choice are added to the case."""
    picked = SOLVED.pick(said)
    if picked == BACK.key:
        return _menu(said)
    if picked is not None:
        return Outcome(dialogue, do=AnswerCheckIn(dialogue.answers["case"], picked == "settled"))
    return _add(dialogue, said)


@check_case.on(CheckInAnswered)
def answered(_dialogue: Dialogue, _event: CheckInAnswered) -> Outcome:
    """Thank."""
    return Outcome(None, say=(THANKS,))


@check_case.step(ask=ACCEPT)
def accept(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear whether others shall decide; words instead of a choice are added to the case."""
    picked = ACCEPT.pick(said)
    if picked == BACK.key:
        return _menu(said)
    if picked is not None:
        return Outcome(dialogue, do=AskAppeal(dialogue.answers["case"]))
    return _add(dialogue, said)


@check_case.on(AppealAsked)
def passed_on(_dialogue: Dialogue, _event: AppealAsked) -> Outcome:
    """Say who looks at it now."""
    return Outcome(None, say=(PASSED_ON,))


@check_case.step(ask=MORE)
def more(dialogue: Dialogue, said: Said) -> Outcome:
    """Add to the case, or begin to take it back."""
    picked = MORE.pick(said)
    if picked == TAKE_BACK.key:
        about = Said("", said.language, about=dialogue.answers["case"])
        return Outcome(None, go=Opening(TAKE_BACK.key, about))
    return _menu(said) if picked is not None else _add(dialogue, said)


def _menu(said: Said) -> Outcome:
    return Outcome(None, go=Opening("menu", Said("", said.language)))


def _add(dialogue: Dialogue, said: Said) -> Outcome:
    if not said.tells:
        return check_case.again(dialogue)
    return Outcome(dialogue, do=AddToCase(dialogue.answers["case"], said.text, said.attachments))


@check_case.on(CaseExtended)
def extended(dialogue: Dialogue, _event: CaseExtended) -> Outcome:
    """Say that it is with the case, and ask again what is still to be answered."""
    if dialogue.step == agree.__name__:
        return check_case.again(dialogue).saying(ADDED)
    return Outcome(None, say=(ADDED,))


@check_case.on(Leaving)
def leaving(dialogue: Dialogue, event: Leaving) -> Outcome:
    """File words that found no case before going elsewhere."""
    if not _holds(dialogue):
        return Outcome(None, go=event.opening)
    return _file(dialogue.heading(event.opening))


@check_case.on(Silence)
def silent(dialogue: Dialogue, _event: Silence) -> Outcome:
    """File words that waited a day for a code."""
    return _file(dialogue) if _holds(dialogue) else Outcome(dialogue)


def _holds(dialogue: Dialogue) -> bool:
    return not {"words", "beside"}.isdisjoint(dialogue.answers)


def _file(dialogue: Dialogue) -> Outcome:
    held = (dialogue.answers.get(name, "") for name in ("words", "beside"))
    return Outcome(dialogue, do=FileCase("\n".join(filter(None, held)), dialogue.attachments))


@check_case.on(CaseFiled)
def filed(dialogue: Dialogue, event: CaseFiled) -> Outcome:
    """Tell the code of the words that found no case."""
    return Outcome(None, say=receipt(event.code), go=dialogue.then)
