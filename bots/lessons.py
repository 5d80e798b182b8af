"""Short lessons, one by one: chosen by a digit, each with at most one question, ended by a word.

A lesson is a notice: what it interrupts is asked again after it. Its question waits for two days;
what is no answer to it is heard as words of their own.
"""

from dataclasses import replace

from bots.conversation import (
    BACK,
    Branch,
    Conversation,
    Dialogue,
    Opening,
    Outcome,
    OwnWords,
    Prompt,
    Said,
    Silence,
)
from bots.effects import (
    AnswerLesson,
    EndLessons,
    FindLessons,
    JoinLessons,
    LessonAnswered,
    LessonCame,
    LessonsEnded,
    LessonsFound,
    NextLesson,
    NoLesson,
)
from bots.phrases import RIGHT
from locales import N_

lessons = Conversation("lessons")
next_lesson = Conversation("next_lesson")
end_lessons = Conversation("end_lessons")

#: Seconds for which an answer is waited for: two days. Later digits mean something else.
WAITS = 2 * 24 * 60 * 60

WHICH = Prompt(N_("Which lessons? They come one by one."))
NONE = Prompt(N_("There are no lessons now."))
JOINED = Prompt(
    N_("The lessons come one by one. NEXT brings the next at once, STOP LESSONS ends them.")
)
DONE_BEFORE = Prompt(N_("You have had all of these lessons."))
LAST = Prompt(N_("This was the last lesson. Thank you."))
NO_NEXT = Prompt(N_("No lesson waits for you. To choose some, send LESSONS."))
ENDED = Prompt(N_("No more lessons come. To go on where you were, send LESSONS."))


def list_of(dialogue: Dialogue) -> Prompt:
    """Return the list as it was shown."""
    return replace(WHICH, choices=(*(branch.choice for branch in dialogue.offered), BACK))


def question_of(dialogue: Dialogue) -> Prompt:
    """Return the question that waits, as the dialogue remembers it."""
    kept = dialogue.answers
    return Prompt(kept.get("full", ""), short=kept.get("short", ""))


@lessons.opening
def opened(dialogue: Dialogue, _said: Said) -> Outcome:
    """Wish for the list."""
    return Outcome(dialogue, do=FindLessons())


@lessons.on(LessonsFound)
def found(dialogue: Dialogue, event: LessonsFound) -> Outcome:
    """Show it."""
    if not event.series:
        return Outcome(None, say=(NONE,))
    offered = tuple(Branch(choice) for choice in event.series)
    return lessons.goto(replace(dialogue, offered=offered), which)


@lessons.step(ask=list_of)
def which(dialogue: Dialogue, said: Said) -> Outcome:
    """Subscribe to what was chosen; words instead of a choice are kept."""
    picked = list_of(dialogue).pick(said)
    if picked == BACK.key:
        return Outcome(None, go=Opening("menu", Said("", said.language)))
    if picked is not None:
        return Outcome(dialogue.keep(joins="1"), do=JoinLessons(picked))
    if not said.tells:
        return lessons.again(dialogue)
    return Outcome(None, go=Opening("kept", replace(said, choice=None)))


def _came(dialogue: Dialogue, event: LessonCame) -> Outcome:
    """Say the lesson, and put its question where it has one."""
    first = (JOINED,) if "joins" in dialogue.answers else ()
    said = (*first, _own(event.lesson), *((LAST,) if event.last and event.asks is None else ()))
    if event.asks is None:
        return Outcome(None, say=said)
    here = Dialogue(lessons.name, under=dialogue.under).keep(
        learner=event.learner,
        position=str(event.position),
        full=event.asks.full,
        short=event.asks.short,
        last="1" if event.last else "",
    )
    return lessons.goto(here, answer).saying(*said)


def _own(words: OwnWords) -> Prompt:
    return Prompt(words.full, short=words.short)


@lessons.on(LessonCame)
def came(dialogue: Dialogue, event: LessonCame) -> Outcome:
    """Say a lesson that is due, or the first one of a series."""
    return _came(dialogue, event)


@lessons.on(NoLesson)
def none(_dialogue: Dialogue, event: NoLesson) -> Outcome:
    """Say that it is over, or was never there."""
    return Outcome(None, say=(DONE_BEFORE if event.done else NONE,))


@lessons.step(ask=question_of, patience=WAITS)
def answer(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear the digit; words instead of it are kept, and the question waits no more."""
    digit = said.plain
    if said.choice is None and not said.attachments and digit.isdecimal() and len(digit) == 1:
        kept = dialogue.answers
        wish = AnswerLesson(kept["learner"], int(kept["position"]), digit)
        return Outcome(dialogue, do=wish)
    if not said.tells:
        return lessons.again(dialogue)
    return Outcome(None, go=Opening("kept", replace(said, choice=None)))


@lessons.on(LessonAnswered)
def answered(dialogue: Dialogue, event: LessonAnswered) -> Outcome:
    """Say whether that is right, and what is."""
    verdict = RIGHT if event.told is None else _own(event.told)
    return Outcome(None, say=(verdict, *((LAST,) if dialogue.answers.get("last") else ())))


@lessons.on(Silence)
def silent(_dialogue: Dialogue, _event: Silence) -> Outcome:
    """Wait for the answer no more."""
    return Outcome(None)


@next_lesson.opening
def wanted(dialogue: Dialogue, _said: Said) -> Outcome:
    """Wish for the next lesson at once."""
    return Outcome(dialogue, do=NextLesson())


@next_lesson.on(LessonCame)
def brought(dialogue: Dialogue, event: LessonCame) -> Outcome:
    """Say it."""
    return _came(dialogue, event)


@next_lesson.on(NoLesson)
def no_next(_dialogue: Dialogue, _event: NoLesson) -> Outcome:
    """Say that nothing waits."""
    return Outcome(None, say=(NO_NEXT,))


@end_lessons.opening
def leave(dialogue: Dialogue, _said: Said) -> Outcome:
    """Wish for no more lessons."""
    return Outcome(dialogue, do=EndLessons())


@end_lessons.on(LessonsEnded)
def left(_dialogue: Dialogue, _event: LessonsEnded) -> Outcome:
    """Say so, the same whether there were any."""
    return Outcome(None, say=(ENDED,))
