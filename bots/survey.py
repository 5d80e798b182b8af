"""A survey or a quiz: one question at a time, in the forum's own words.

What is asked comes with the event, and what is said goes with the wish: here is only how. Every
answer is kept when it comes, so that whoever leaves has lost nothing, and goes on later. After a
day of silence the questions wait no more: what is written then may be a report.
"""

from dataclasses import replace

from bots.conversation import (
    BACK,
    PATIENCE,
    Asked,
    Branch,
    Conversation,
    Dialogue,
    Leaving,
    Opening,
    Outcome,
    OwnWords,
    Prompt,
    Said,
    Silence,
)
from bots.effects import (
    AnswerSurvey,
    BeginSurvey,
    SurveyAsks,
    SurveyOver,
    SurveyUnknown,
)
from bots.phrases import RIGHT
from locales import N_, folded

survey = Conversation("survey")

WHICH = Prompt(
    N_("Which questions? Send the number that stands in our message to you."), choices=(BACK,)
)
UNKNOWN = Prompt(N_("There are no questions under this number, or their time is over."))
PRICE = Prompt(N_("Each answer costs you one ordinary SMS. You may leave at any time."))
FREE = Prompt(N_("To answer costs you nothing. You may leave at any time."))
DONE = Prompt(N_("Thank you. These were all questions."))
BEFORE = Prompt(N_("You have answered all of it. Thank you."))
LATE = Prompt(N_("Thank you. The time for these questions is over."))
LEFT = Prompt(N_("Your answers are kept. To go on with the questions, send SURVEY {number}."))
WRONG = Prompt(N_("That is not right. Please read this once more:"))
NOT_RIGHT = Prompt(N_("That is not right."))

#: What is said when an answer could not be read, by the kind of its question.
AGAIN = {
    "closed": Prompt(N_("Please send one of the digits.")),
    "scale": Prompt(N_("Please send one digit, from 1 to 5.")),
    "number": Prompt(
        N_("Please send one number, such as 12 or 3.5, and 1200 with no mark in it.")
    ),
    "date": Prompt(N_("Please send a day, such as 12 May, or a month with its year: 5/2026.")),
}

#: Kinds of question whose answer is words.
_WORDS = frozenset({"text", "voice"})


def question_of(dialogue: Dialogue) -> Prompt:
    """Return the question that waits, as the dialogue remembers it."""
    kept = dialogue.answers
    choices = tuple(branch.choice for branch in dialogue.offered)
    kind = kept.get("kind")
    return Prompt(
        kept.get("full", ""),
        choices,
        short=kept.get("short", ""),
        digits=kind == "number",
        words=kind in _WORDS,
    )


@survey.opening
def opened(dialogue: Dialogue, said: Said) -> Outcome:
    """Begin the survey whose number came with the keyword; else ask for it."""
    return _begin(dialogue, said) if said.digits else survey.goto(dialogue, which)


@survey.step(ask=WHICH)
def which(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear the number; words instead of it are kept."""
    if WHICH.pick(said) == BACK.key:
        return Outcome(None, go=Opening("menu", Said("", said.language)))
    if said.plain.isdecimal():
        return _begin(dialogue, said)
    if not said.tells:
        return survey.again(dialogue)
    return Outcome(None, go=Opening("kept", replace(said, choice=None)))


def _begin(dialogue: Dialogue, said: Said) -> Outcome:
    return Outcome(dialogue, do=BeginSurvey(folded(said.text)))


@survey.on(SurveyUnknown)
def unknown(_dialogue: Dialogue, _event: SurveyUnknown) -> Outcome:
    """Say so."""
    return Outcome(None, say=(UNKNOWN,))


@survey.step(ask=question_of, patience=PATIENCE)
def question(dialogue: Dialogue, said: Said) -> Outcome:
    """Hear the answer. What is no digit where one is asked for is asked about once, then kept."""
    kept = dialogue.answers
    picked = question_of(dialogue).pick(said)
    if picked is None and said.choice is not None:
        picked = said.choice  # a button under an earlier question: its answer is changed
    if picked is not None:
        return _answer(dialogue, picked, last=True)
    last = kept["kind"] in _WORDS or "before" in kept
    return _answer(dialogue.hold(said, "words"), None, last=last)


def _answer(
    dialogue: Dialogue, picked: str | None, *, last: bool = False, leaves: bool = False
) -> Outcome:
    kept = dialogue.answers
    wish = AnswerSurvey(
        kept["survey"],
        kept["question"],
        picked,
        kept.get("words", ""),
        kept.get("before", ""),
        dialogue.attachments,
        last=last,
        leaves=leaves,
    )
    return Outcome(dialogue, do=wish)


@survey.on(SurveyAsks)
def asks(dialogue: Dialogue, event: SurveyAsks) -> Outcome:
    """Put the question, after what comes before it; whoever leaves is told how to come back."""
    if "silent" in dialogue.answers:
        return Outcome(None)
    if dialogue.then is not None:
        return _left(event.code, dialogue.then)
    if not event.understood:
        before = dialogue.answers.get("words", "")
        here = dialogue.forget("words").keep(before=before)
        return survey.goto(here, question).saying(AGAIN[event.asked.kind])
    here = replace(dialogue, attachments=(), offered=_offered(event.asked))
    here = replace(here, answers=_remembered(event))
    return survey.goto(here, question).saying(*_before(event))


def _offered(asked: Asked) -> tuple[Branch, ...]:
    return tuple(Branch(choice) for choice in asked.choices)


def _remembered(event: SurveyAsks) -> dict[str, str]:
    asked = event.asked
    return {
        "survey": event.survey,
        "code": event.code,
        "question": asked.question,
        "kind": asked.kind,
        "full": asked.words.full,
        "short": asked.words.short,
    }


def _before(event: SurveyAsks) -> list[Prompt]:
    lines = _verdict(event)
    if event.opening is not None:
        lines.append(_own(event.opening))
    if event.begins and event.costs:
        lines.append(PRICE if event.costs == "price" else FREE)
    return lines


def _verdict(event: SurveyAsks | SurveyOver) -> list[Prompt]:
    """Return what is said to an answer in a quiz."""
    if event.right is None:
        return []
    if event.right:
        return [RIGHT]
    return [WRONG, _own(event.told)] if event.told is not None else [NOT_RIGHT]


def _own(words: OwnWords) -> Prompt:
    return Prompt(words.full, short=words.short)


@survey.on(SurveyOver)
def over(dialogue: Dialogue, event: SurveyOver) -> Outcome:
    """Thank; words that came too late are heard as words that come by themselves."""
    if event.late:
        kept = dialogue.answers
        words = filter(None, (kept.get("before"), kept.get("words")))
        held = Said("\n".join(words), attachments=dialogue.attachments)
        onward = Opening("kept", held) if held.tells else None
        return Outcome(None, say=(LATE,), go=dialogue.then or onward)
    if event.before:
        return Outcome(None, say=(BEFORE,), go=dialogue.then)
    end = DONE if event.closing is None else _own(event.closing)
    return Outcome(None, say=(*_verdict(event), end), go=dialogue.then)


@survey.on(Leaving)
def leaving(dialogue: Dialogue, event: Leaving) -> Outcome:
    """Keep what was written to the present question, and say how to come back."""
    kept = dialogue.answers
    if "survey" not in kept or event.opening.conversation == survey.name:
        return Outcome(None, go=event.opening)
    if kept.get("before") or dialogue.attachments:
        return _answer(dialogue.heading(event.opening), None, leaves=True)
    return _left(kept["code"], event.opening)


@survey.on(Silence)
def silent(dialogue: Dialogue, _event: Silence) -> Outcome:
    """Stop waiting; what was written to the question, and no answer, is kept."""
    if dialogue.answers.get("before") or dialogue.attachments:
        return _answer(dialogue.keep(silent="1"), None, leaves=True)
    return Outcome(None)


def _left(code: str, then: Opening) -> Outcome:
    return Outcome(None, say=(LEFT.filled(number=code),), go=then)
