"""The made-up lessons are whole, and planted once."""

import pytest

from channels import segments
from locales import languages
from outreach import demo_lessons, lessons


@pytest.mark.parametrize("tag", languages())
def test_each_is_whole_in_each_language_and_one_plain_sms(tag):
    for course in demo_lessons.made_up():
        assert not lessons.flaws(course, tag)
        assert len(course.lessons) == 3
        for lesson in course.lessons:
            assert lesson.whole(tag)
            for part in lesson.parts:
                words = lesson.words(part, tag)
                text = segments.fold(words.short or words.full)
                assert segments.count(text).segments == 1, text
                assert segments.foreign(text) == ()
                assert words.machine is (tag != "en")


async def test_they_are_planted_once_and_open(database, now):
    async with database.transaction() as db:
        await demo_lessons.plant(db, now)
        await demo_lessons.plant(db, now)
        every = await lessons.every(db)
        course = await lessons.course_of(db, every[0].id, 1)
    assert {one.state for one in every} == {lessons.State.OPEN}
    assert len(every) == 3
    assert course in demo_lessons.made_up()
