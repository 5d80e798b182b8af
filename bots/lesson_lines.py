"""The forum's lessons as a phone chooses, gets and answers them, in its own language.

A lesson is said in the language that the contact speaks when it comes: whoever changes language in
the middle of a series goes on in the other one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots import effects as wish
from bots.conversation import Choice, Event, OwnWords
from channels import segments
from channels.base import Address
from outreach import learners, lessons
from outreach.learners import Learner, Verdict
from outreach.lessons import Lesson, Part, Series, Words
from storage.unit_of_work import Transaction
from vault.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Pupil:
    """One turn of somebody who learns."""

    db: Transaction
    keyring: Keyring
    address: Address
    language: str
    now: datetime

    async def find(self) -> wish.LessonsFound:
        """Return the series that are open, each as a choice by its id."""
        every = [one for one in await lessons.every(self.db) if one.state is lessons.State.OPEN]
        return wish.LessonsFound(
            tuple(
                [await self._choice(str(digit), one) for digit, one in enumerate(every, start=1)]
            )
        )

    async def _choice(self, digit: str, series: Series) -> Choice:
        course = await lessons.course_of(self.db, series.id, series.edition)
        title = own(course.title(self.language, series.language))
        return Choice(digit, series.id, title.full, title.short)

    async def join(self, series_id: str) -> Event:
        """Subscribe, and return the lesson that comes first."""
        series = await lessons.get(self.db, series_id)
        if series is None or series.state is not lessons.State.OPEN:
            return wish.NoLesson()
        given: dict[str, Any] = {"language": self.language, "now": self.now}
        learner = await learners.join(self.db, self.keyring, series, self.address, **given)
        if learner.state is learners.State.DONE:
            return wish.NoLesson(done=True)
        came = await lesson_of(self.db, learner, self.language, self.now)
        return wish.NoLesson(done=True) if came is None else came

    async def next(self) -> Event:
        """Return the next lesson of what is learnt, before it is due."""
        learner = await learners.latest(self.db, self.keyring, self.address)
        if learner is None:
            return wish.NoLesson()
        return await lesson_of(self.db, learner, self.language, self.now) or wish.NoLesson()

    async def answer(self, effect: wish.AnswerLesson) -> wish.LessonAnswered:
        """Judge the answer to the question of a lesson, and keep whether it was right."""
        learner = await learners.find(self.db, effect.learner)
        if learner is None:
            return wish.LessonAnswered()
        lesson = await _lesson(self.db, learner, effect.position)
        if lesson is None or not lesson.right:
            return wish.LessonAnswered()
        right = effect.digit == lesson.right
        verdict = Verdict.RIGHT if right else Verdict.WRONG
        await learners.judged(self.db, learner.id, effect.position, verdict)
        series = await lessons.get(self.db, learner.series_id)
        tag = lesson.spoken(self.language, series.language if series else self.language)
        return wish.LessonAnswered(None if right else own(lesson.words(Part.WRONG, tag)))


async def lesson_of(
    db: Transaction, learner: Learner, language: str, now: datetime
) -> wish.LessonCame | None:
    """Let *learner* have the next lesson, and return it in *language*; None: they have had it.

    It is marked as sent, so the words have to leave in this transaction.
    """
    series = await lessons.get(db, learner.series_id)
    if series is None:
        return None
    course = await lessons.course_of(db, learner.series_id, learner.edition)
    lesson = course.lesson(learner.position + 1)
    if lesson is None:
        return None
    last = lesson.position == len(course.lessons)
    sent = await learners.advance(db, learner, last=last, every=series.every, now=now)
    if not sent:
        return None
    tag = lesson.spoken(language, series.language)
    asks = own(lesson.words(Part.QUESTION, tag)) if lesson.right else None
    words = own(lesson.words(Part.LESSON, tag))
    return wish.LessonCame(learner.id, lesson.position, words, asks, last)


async def _lesson(db: Transaction, learner: Learner, position: int) -> Lesson | None:
    course = await lessons.course_of(db, learner.series_id, learner.edition)
    return course.lesson(position)


def own(words: Words) -> OwnWords:
    """Return the forum's words as they are said; an SMS gets plain marks."""
    return OwnWords(words.full, segments.fold(words.short or words.full))
