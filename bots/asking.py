"""A survey's questions as one miner gets them, and whether they fit a basic phone.

The conversation is handed finished questions and tells what was said; here alone meet the
questionnaire, which knows ways and languages, and the conversation's prompts.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from bots import effects as wish
from bots.conversation import Asked, Choice, Event, OwnWords, Prompt
from bots.phrases import SKIP
from bots.rendering import render
from bots.sorting import RESERVED
from channels import segments
from channels.base import Address, Style
from locales import N_, folded
from outreach import survey_answers, surveys
from outreach.questionnaire import CHOSEN, SKIPPED, Kind, Mode, Question, Questionnaire, Texts
from outreach.survey_answers import Given, Respondent
from outreach.surveys import Shelf, Survey
from storage.unit_of_work import Transaction
from vault.keyring import Keyring

#: Tells a part of a rule again: (transaction, rule, part, language) -> its words, or None where
#: there is no such part. Whoever puts the house together says who can.
Retell: TypeAlias = Callable[[Transaction, str, str, str], Awaitable[OwnWords | None]]

#: What an invitation ends with.
BEGIN: Final = Prompt(N_("To answer some questions, send SURVEY {number}."))

#: A number may be 0, so it takes two of them to pass over a question that asks for one.
OVER: Final = "00"


async def untold(_db: Transaction, _rule: str, _part: str, _language: str) -> OwnWords | None:
    """Stand in where nobody keeps rules: the quiz's own explanation is said."""
    return None


#: Letters beside a number or a day from which it is more than «kg» or a month.
_SOME_WORDS: Final = 12


@dataclass(frozen=True, slots=True)
class Desk:
    """What granting a survey's wishes needs from outside: the same for every turn."""

    shelf: Shelf = field(default_factory=Shelf)
    retell: Retell = untold


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of somebody who answers."""

    desk: Desk
    db: Transaction
    keyring: Keyring
    address: Address
    language: str
    style: Style
    now: datetime

    async def begin(self, effect: wish.BeginSurvey) -> Event:
        """Begin a survey, or go on with it."""
        survey = await surveys.by_code(self.db, effect.code)
        if survey is None or not survey.listens(self.now):
            return wish.SurveyUnknown()
        asked = await self.desk.shelf.questionnaire(self.db, survey)
        who = await self._who(survey)
        return await self._next(survey, asked, who, begins=True)

    async def answer(self, effect: wish.AnswerSurvey) -> Event:
        """Keep an answer, and say what follows."""
        survey = await surveys.get(self.db, effect.survey)
        if survey is None or not survey.listens(self.now):
            return wish.SurveyOver(late=True)
        asked = await self.desk.shelf.questionnaire(self.db, survey)
        who = await self._who(survey)
        if who.done:
            return wish.SurveyOver(before=True)
        question, code = _meant(asked, effect)
        if question is None:
            return await self._next(survey, asked, who)
        given = Given(code, effect.words, effect.attachments)
        read = survey_answers.reading(question, given, self.now, self.language, again=effect.last)
        if read is None and not effect.last and not effect.leaves:
            again = asked_of(asked, question, self.language)
            return wish.SurveyAsks(survey.id, survey.code, again, understood=False)
        said = Given(None, _beside(question, effect, read=read is not None), effect.attachments)
        await survey_answers.hold_words(
            self.db, self.keyring, survey, who, question, said, self.now
        )
        if effect.leaves:
            return await self._next(survey, asked, who)
        await survey_answers.keep(self.db, survey, who, question, read, self.now)
        right, told = await self._judged(survey, asked, question, code)
        return await self._next(survey, asked, who, right=right, told=told)

    async def _who(self, survey: Survey) -> Respondent:
        return await survey_answers.begin(
            self.db, self.keyring, survey, self.address, language=self.language, now=self.now
        )

    async def _next(
        self,
        survey: Survey,
        asked: Questionnaire,
        who: Respondent,
        *,
        begins: bool = False,
        right: bool | None = None,
        told: OwnWords | None = None,
    ) -> Event:
        if who.done:
            return wish.SurveyOver(before=True)
        waits = await survey_answers.go_on(
            self.db, self.keyring, survey, asked, who, self.address, self.now
        )
        if waits is None:
            closing = _said(asked, asked.closing, self.language)
            return wish.SurveyOver(closing, right=right, told=told)
        fresh = begins and who.fresh
        return wish.SurveyAsks(
            survey.id,
            survey.code,
            asked_of(asked, waits, self.language),
            begins=fresh,
            opening=_said(asked, asked.opening, self.language) if fresh else None,
            costs=self._costs(survey),
            right=right,
            told=told,
        )

    def _costs(self, survey: Survey) -> wish.Costs:
        """Return what an answer costs the miner: nothing is said of it in a chat."""
        if self.style is not Style.SMS:
            return ""
        return "free" if survey.free else "price"

    async def _judged(
        self, survey: Survey, asked: Questionnaire, question: Question, code: str | None
    ) -> tuple[bool | None, OwnWords | None]:
        """Return whether a quiz was answered rightly, and what is said where it was not."""
        option = question.option(code)
        if asked.mode is not Mode.QUIZ or option is None:
            return None, None
        if option.right:
            return True, None
        told = None
        if survey.rule and question.part:
            told = await self.desk.retell(self.db, survey.rule, question.part, self.language)
        return False, told or _said(asked, question.why, asked.tongue(question, self.language))


def _meant(asked: Questionnaire, effect: wish.AnswerSurvey) -> tuple[Question | None, str | None]:
    """Return the question that is answered, and with what: a button says both by itself.

    A button of something else altogether is no answer.
    """
    question_id, _, code = (effect.picked or "").rpartition("-")
    pressed = asked.question(question_id)
    if pressed is not None:
        return pressed, code
    if effect.picked is not None and not effect.before and not effect.attachments:
        return None, None
    return asked.question(effect.question), None


def _beside(question: Question, effect: wish.AnswerSurvey, *, read: bool) -> str:
    """Return what was written beside an answer that counts, or instead of one."""
    number = question.kind in {Kind.NUMBER, Kind.DATE} and read
    letters = sum(character.isalpha() for character in effect.words)
    words = "" if number and letters < _SOME_WORDS else effect.words
    return "\n".join(filter(None, (effect.before, words)))


def _said(asked: Questionnaire, texts: Texts, language: str) -> OwnWords | None:
    words = asked.said(texts, language)
    return OwnWords(words.full, words.short) if words.full else None


# --- as a phone shows it ------------------------------------------------------------------------


def asked_of(asked: Questionnaire, question: Question, language: str) -> Asked:
    """Return a question as it is put to somebody who speaks *language*.

    All of it in one language: never a half-translated menu.
    """
    tongue = asked.tongue(question, language)
    words = _said(asked, question.texts, tongue) or OwnWords("")
    choices = [
        Choice(one.code, f"{question.id}-{one.code}", label.full or one.code, label.short)
        for one in question.options
        for label in [asked.said(one.texts, tongue)]
    ]
    return Asked(question.id, question.kind, words, (*choices, _skip(question, tongue)))


def _skip(question: Question, tongue: str) -> Choice:
    """Return the choice that passes a question over, as those who speak *tongue* read it."""
    digit = OVER if question.kind is Kind.NUMBER else SKIP.digit
    full, short = (SKIP.text(tongue, sms=sms) for sms in (False, True))
    return Choice(digit, f"{question.id}-{SKIPPED}", full, short)


def prompt_of(asked: Questionnaire, question: Question, language: str) -> Prompt:
    """Return the same as what is said."""
    put = asked_of(asked, question, language)
    return Prompt(put.words.full, put.choices, short=put.words.short)


class Fault(StrEnum):
    """What can be wrong with a question on a basic phone."""

    LONG = "long"
    FOREIGN = "foreign"
    TAKEN = "taken"  # a carrier would take a word of it for a command


class Shown(NamedTuple):
    """A question as an SMS, and what is wrong with it: with the guilty letters or words."""

    text: str
    segments: int
    faults: tuple[tuple[Fault, str], ...]


def shown(asked: Questionnaire, question: Question, language: str) -> Shown:
    """Return a question as a basic phone shows it."""
    text = render(prompt_of(asked, question, language), language, Style.SMS, tag="").text
    found: list[tuple[Fault, str]] = []
    if guilty := segments.foreign(text):
        found.append((Fault.FOREIGN, " ".join(guilty)))
    size = segments.count(text)
    if size.segments > 1:
        found.append((Fault.LONG, str(size.units)))
    if question.kind in CHOSEN:
        tongue = asked.tongue(question, language)
        labels = [asked.said(one.texts, tongue) for one in question.options]
        words = {word for label in labels for word in folded(label.short or label.full).split()}
        found += [(Fault.TAKEN, word) for word in sorted(words & RESERVED)]
    return Shown(text, size.segments, tuple(found))


def invitation(survey: Survey, language: str) -> str:
    """Return what an invitation ends with: how to begin."""
    return BEGIN.filled(number=survey.code).text(language, sms=True)
