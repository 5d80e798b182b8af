"""The demo's lessons as a transcript gets them: its first series, from one telephone."""

from bots import effects as wish
from bots.conversation import Choice
from bots.lesson_lines import own
from outreach import demo_lessons
from outreach.lessons import Part

SERIES = demo_lessons.made_up()
FIRST = SERIES[0]


def found(_effect, language):
    """Return the list of the demo's series."""
    titles = [own(course.title(language, "en")) for course in SERIES]
    return wish.LessonsFound(
        tuple(Choice(str(n), f"s{n}", one.full, one.short) for n, one in enumerate(titles, 1))
    )


def came(position, language):
    """Return one lesson of the first series."""
    lesson = FIRST.lesson(position)
    tag = lesson.spoken(language, "en")
    asks = own(lesson.words(Part.QUESTION, tag)) if lesson.right else None
    last = position == len(FIRST.lessons)
    return wish.LessonCame("l1", position, own(lesson.words(Part.LESSON, tag)), asks, last)


def joined(_effect, language):
    return came(1, language)


def next_one(_effect, language):
    return came(3, language)


def answered(effect, language):
    lesson = FIRST.lesson(effect.position)
    if effect.digit == lesson.right:
        return wish.LessonAnswered()
    return wish.LessonAnswered(own(lesson.words(Part.WRONG, lesson.spoken(language, "en"))))
