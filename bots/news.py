"""The secretariat answered: its words are pulled, and answered in turn.

Only a neutral line is pushed, unless the reporter said that this phone is safe.
"""

from bots.conversation import (
    BACK,
    Choice,
    Conversation,
    Dialogue,
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
    AnswerAwaited,
    CaseExtended,
    FileLost,
    NewsCame,
    NewsRead,
    ProposalAnswered,
    ReadNews,
)
from bots.phrases import ADDED, AGREE, answer_to, wish_of
from locales import N_

news = Conversation("news")

#: Seconds for which an answer to the answer is waited for: a week. Later words are new words.
WAITS = 7 * 24 * 60 * 60

READ = Prompt(
    N_("You have news."),
    choices=(Choice("1", "read", N_("Read it")), Choice("0", "later", N_("Later"))),
)
REPLY = Prompt(N_("To answer, write it now."), choices=(BACK,))
AWAITED = Prompt(N_("We wait for your answer."))
TOO_LARGE = Prompt(
    N_("We could not keep your last file: it was too large. Send a shorter one, or describe it.")
)
NOT_FETCHED = Prompt(
    N_("We could not keep your last file: it did not reach us. Send it again, or describe it.")
)
NOTHING = Prompt(N_("There is nothing new to read."))


@news.opening
def opened(_dialogue: Dialogue, said: Said) -> Outcome:
    """Find the case of whoever asks for news unasked."""
    return Outcome(None, go=Opening("check_case", said))


@news.on(NewsCame)
def came(dialogue: Dialogue, event: NewsCame) -> Outcome:
    """Say the answer where that is safe, else only that there is one."""
    here = dialogue.keep(case=event.case)
    if not event.entries:
        return news.goto(here, read)
    return _say(here, event.entries, proposal=event.proposal)


@news.on(AnswerAwaited)
def awaited(dialogue: Dialogue, event: AnswerAwaited) -> Outcome:
    """Call to mind that we asked something, and not what."""
    here = dialogue.keep(case=event.case)
    return news.goto(here, agree if event.proposal else reply).saying(AWAITED)


@news.on(FileLost)
def lost(dialogue: Dialogue, event: FileLost) -> Outcome:
    """Ask for the file once more, and say nothing of what it was about."""
    said = TOO_LARGE if event.too_large else NOT_FETCHED
    return news.goto(dialogue.keep(case=event.case), reply).saying(said)


def _say(dialogue: Dialogue, entries: tuple[str, ...], *, proposal: bool) -> Outcome:
    lines: tuple[Line, ...] = tuple(map(Unread, entries)) or (NOTHING,)
    return news.goto(dialogue, agree if proposal else reply).saying(*lines)


@news.step(ask=READ, patience=WAITS)
def read(dialogue: Dialogue, said: Said) -> Outcome:
    """Hand the answer over; words instead of a choice are added to the case."""
    picked = READ.pick(said)
    if picked == "later":
        return Outcome(None)
    if picked is not None:
        return Outcome(dialogue, do=ReadNews(dialogue.answers["case"]))
    return _add(dialogue, said)


@news.on(NewsRead)
def handed_over(dialogue: Dialogue, event: NewsRead) -> Outcome:
    """Say every answer, oldest first."""
    return _say(dialogue, event.entries, proposal=event.proposal)


@news.step(ask=AGREE, patience=WAITS)
def agree(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear whether the reporter agrees; words instead of a choice are added to the case."""
    return wish_of(dialogue, said) or _add(dialogue, said)


@news.on(ProposalAnswered)
def agreed(dialogue: Dialogue, event: ProposalAnswered) -> Outcome:
    """Say what happens next; whoever wants to talk may begin."""
    return answer_to(news, dialogue, event, reply)


@news.step(ask=REPLY, patience=WAITS)
def reply(dialogue: Dialogue, said: Said) -> Outcome:
    """Add the reporter's answer to the case."""
    return Outcome(None) if REPLY.pick(said) == BACK.key else _add(dialogue, said)


def _add(dialogue: Dialogue, said: Said) -> Outcome:
    if not said.tells:
        return news.again(dialogue)
    return Outcome(dialogue, do=AddToCase(dialogue.answers["case"], said.text, said.attachments))


@news.on(CaseExtended)
def extended(dialogue: Dialogue, _event: CaseExtended) -> Outcome:
    """Say that it is with the case, and ask again what is still to be answered."""
    if dialogue.step == agree.__name__:
        return news.again(dialogue).saying(ADDED)
    return Outcome(None, say=(ADDED,))


@news.on(Silence)
def silent(_dialogue: Dialogue, _event: Silence) -> Outcome:
    """Stop waiting; what is unread stays with the case."""
    return Outcome(None)
