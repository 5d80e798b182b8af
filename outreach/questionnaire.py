"""What a survey asks: questions in order, the ways from one to the next, and what is amiss. Pure.

No question must be answered. Ways lead forward only, so that nobody is asked in circles.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from outreach.rule_texts import DIGITS


class Mode(StrEnum):
    """What it is for."""

    SURVEY = "survey"  # what people think and do
    QUIZ = "quiz"  # whether a rule was understood: every question has a right answer


class Kind(StrEnum):
    """How a question is answered."""

    CLOSED = "closed"  # one of some answers, by its digit
    SCALE = "scale"  # from 1 to 5
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    VOICE = "voice"  # told, or written by whoever would rather write


#: Kinds that are answered by a digit which stands for something.
CHOSEN: Final = frozenset({Kind.CLOSED, Kind.SCALE})

#: Kinds whose answers are words that nobody counts.
TOLD: Final = frozenset({Kind.TEXT, Kind.VOICE})

#: Answers that one question may offer beside «skip» (languages: at most 6 options).
MOST_OPTIONS: Final = 6

#: Questions beyond which many leave (the issue: at most 8 are advised).
ADVISED: Final = 8

#: The steps of a scale.
SCALE: Final = ("1", "2", "3", "4", "5")

#: Where an answer leads that ends the survey.
END: Final = "end"

#: What is kept instead of an answer where somebody passed a question over.
SKIPPED: Final = "skip"


class Words(NamedTuple):
    """A text in one language: for a chat, and for an SMS where that differs."""

    full: str
    short: str = ""


#: A text by language.
Texts: TypeAlias = Mapping[str, Words]

_NOTHING: Final = Words("")


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: its digit, what it says, and the question it leads to; None: the next one.

    *origin*: the answer of an earlier round that it repeats; empty: it is the one with its digit.
    """

    code: str
    texts: Texts = field(default_factory=dict)
    goes_to: str | None = None
    right: bool = False
    origin: str = ""

    @property
    def root(self) -> str:
        """What the same answer has in every round, whatever its digit."""
        return self.origin or self.code

    def says_as(self, other: "Option") -> bool:
        """Whether it says the same as *other* in some language."""
        return any(
            said.full and said.full.casefold() == other.texts.get(tag, _NOTHING).full.casefold()
            for tag, said in self.texts.items()
        )


@dataclass(frozen=True, slots=True)
class Question:
    """One question. *position* counts from 1.

    *origin*: the question of the first round that this one repeats. *why*: what a quiz says after
    a wrong answer. *part*: the digit of the part of its rule that is sent again instead.
    """

    id: str
    position: int
    kind: Kind
    texts: Texts = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    why: Texts = field(default_factory=dict)
    part: str | None = None
    origin: str = ""

    def option(self, code: str | None) -> Option | None:
        """Return the answer with this digit; None: there is none."""
        return next((option for option in self.options if option.code == code), None)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """All questions in order. *language*: what is spoken where a text is missing in another.

    *told*: of a quiz, whether the rule that it is about is published; None: it is about none.
    """

    language: str
    mode: Mode = Mode.SURVEY
    questions: tuple[Question, ...] = ()
    opening: Texts = field(default_factory=dict)
    closing: Texts = field(default_factory=dict)
    told: bool | None = None

    def question(self, question_id: str) -> Question | None:
        """Return one question; None: there is none."""
        return next((each for each in self.questions if each.id == question_id), None)

    def spoken(self) -> frozenset[str]:
        """Return the languages in which all of it is written, and its first one."""
        every = {tag for each in self.questions for tag in each.texts}
        whole = [tag for tag in every if all(self.whole(each, tag) for each in self.questions)]
        return frozenset({self.language, *filter(self.framed, whole)})

    def tongue(self, question: Question, language: str) -> str:
        """Return in which one language a question is put to somebody who speaks *language*."""
        return language if self.whole(question, language) else self.language

    def whole(self, question: Question, tag: str) -> bool:
        """Whether everything that a question says in the first language is said in *tag*."""
        texts = [question.texts, *(one.texts for one in question.options), question.why]
        return bool(question.texts.get(tag, _NOTHING).full) and self._says(texts, tag)

    def framed(self, tag: str) -> bool:
        """Whether what stands before and after the questions is said in *tag*, too."""
        return self._says((self.opening, self.closing), tag)

    def _says(self, texts: Iterable[Texts], tag: str) -> bool:
        return all(
            each.get(tag, _NOTHING).full
            for each in texts
            if each.get(self.language, _NOTHING).full
        )

    def said(self, texts: Texts, language: str) -> Words:
        """Return a text in *language*, or as it was first written."""
        own = texts.get(language, _NOTHING)
        return own if own.full else texts.get(self.language, _NOTHING)

    def open_to(self, answers: Mapping[str, str]) -> Question | None:
        """Return the first question on somebody's way that waits for them; None: they are done.

        *answers*: the digit, or anything else, by question.
        """
        place = 0
        while place < len(self.questions):
            question = self.questions[place]
            if question.id not in answers:
                return question
            place = self._after(place, answers[question.id])
        return None

    def _after(self, place: int, code: str) -> int:
        option = self.questions[place].option(code)
        if option is None or option.goes_to is None:
            return place + 1
        if option.goes_to == END:
            return len(self.questions)
        later = range(place + 1, len(self.questions))
        # A way that leads back or nowhere is none.
        return next((n for n in later if self.questions[n].id == option.goes_to), place + 1)


class Why(StrEnum):
    """What can be amiss with a questionnaire."""

    NO_QUESTION = "no_question"
    NO_TEXT = "no_text"  # the question says nothing in the base language
    FEW_OPTIONS = "few_options"
    MANY_OPTIONS = "many_options"
    NO_LABEL = "no_label"  # an answer says nothing in the base language
    ALIKE = "alike"  # two answers say the same
    BACKWARDS = "backwards"  # an answer leads to no later question
    NOT_CLOSED = "not_closed"  # a quiz asks what has no right answer
    NOT_ONE_RIGHT = "not_one_right"
    NO_WHY = "no_why"  # a quiz says nothing after a wrong answer
    NO_PART = "no_part"  # it would send again what is no part of its rule
    UNTOLD = "untold"  # the rule that a quiz is about is not published
    # The rest is advice: it may be opened all the same.
    MANY_QUESTIONS = "many_questions"
    UNTRANSLATED = "untranslated"
    UNFRAMED = "unframed"  # what stands around the questions lacks a language


ADVICE: Final = frozenset({Why.MANY_QUESTIONS, Why.UNTRANSLATED, Why.UNFRAMED})


class Flaw(NamedTuple):
    """What is amiss, and with which question: 0 where it is with all of them."""

    position: int
    why: Why
    language: str = ""

    @property
    def advice(self) -> bool:
        """Whether it may be opened all the same."""
        return self.why in ADVICE


def flaws(asked: Questionnaire, languages: Sequence[str]) -> list[Flaw]:
    """Return everything that is amiss, the questions in order. *languages*: those to be told."""
    return list(_flaws(asked, languages))


def blocked(asked: Questionnaire) -> bool:
    """Whether something is amiss that must be mended before anybody is asked."""
    return any(not flaw.advice for flaw in flaws(asked, ()))


def _flaws(asked: Questionnaire, languages: Sequence[str]) -> Iterator[Flaw]:
    if not asked.questions:
        yield Flaw(0, Why.NO_QUESTION)
    if len(asked.questions) > ADVISED:
        yield Flaw(0, Why.MANY_QUESTIONS)
    if asked.told is False:
        yield Flaw(0, Why.UNTOLD)
    yield from (Flaw(0, Why.UNFRAMED, tag) for tag in languages if not asked.framed(tag))
    for question in asked.questions:
        base = question.texts.get(asked.language, _NOTHING).full
        if not base:
            yield Flaw(question.position, Why.NO_TEXT, asked.language)
        yield from _of_options(asked, question)
        if asked.mode is Mode.QUIZ:
            yield from _of_quiz(asked, question)
        for tag in languages:
            if base and not asked.whole(question, tag):
                yield Flaw(question.position, Why.UNTRANSLATED, tag)


def _of_options(asked: Questionnaire, question: Question) -> Iterator[Flaw]:
    if question.kind is Kind.CLOSED:
        if len(question.options) < 2:  # noqa: PLR2004 - one answer is no choice
            yield Flaw(question.position, Why.FEW_OPTIONS)
        if len(question.options) > MOST_OPTIONS:
            yield Flaw(question.position, Why.MANY_OPTIONS)
        labels = [one.texts.get(asked.language, _NOTHING).full for one in question.options]
        if not all(labels):
            yield Flaw(question.position, Why.NO_LABEL, asked.language)
        if len({label.casefold() for label in labels}) < len(labels):
            yield Flaw(question.position, Why.ALIKE, asked.language)
    later = {each.id for each in asked.questions if each.position > question.position} | {END}
    if any(one.goes_to is not None and one.goes_to not in later for one in question.options):
        yield Flaw(question.position, Why.BACKWARDS)


def _of_quiz(asked: Questionnaire, question: Question) -> Iterator[Flaw]:
    if question.kind is not Kind.CLOSED:
        yield Flaw(question.position, Why.NOT_CLOSED)
    elif sum(one.right for one in question.options) != 1:
        yield Flaw(question.position, Why.NOT_ONE_RIGHT)
    if question.part and (asked.told is None or question.part not in DIGITS):
        yield Flaw(question.position, Why.NO_PART)
    if not question.part and not question.why.get(asked.language, _NOTHING).full:
        yield Flaw(question.position, Why.NO_WHY, asked.language)
