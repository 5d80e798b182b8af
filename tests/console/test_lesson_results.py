import pytest

from console.lesson_results import grid_of, reckoned
from outreach.learners import Standing, Verdict
from outreach.lessons import Course, Words
from tests.support.school import lesson

COURSE = Course({"en": Words("Pits")}, [lesson(1, "1"), lesson(2)])
MANY = Standing({0: 2, 1: 8, 2: 20}, done=30, stopped=10)


def test_what_is_large_is_shown_and_who_has_had_none_yet_is_with_the_first():
    found = reckoned(1, COURSE, MANY, {1: {Verdict.RIGHT: 30, Verdict.WRONG: 10}})
    assert (found.people, found.done, found.stopped) == (70, 30, 10)
    first, second = found.steps
    assert (first.here, first.right, first.wrong, first.share) == (10, 30, 10, 0.75)
    assert (second.here, second.asks, second.share) == (20, False, None)


@pytest.mark.parametrize("wrong", [1, 4])
def test_a_small_count_is_hidden_with_what_would_tell_it(wrong):
    found = reckoned(1, COURSE, MANY, {1: {Verdict.RIGHT: 30, Verdict.WRONG: wrong}})
    step = found.steps[0]
    assert step.wrong is None
    assert step.share is None


def test_where_one_is_too_few_no_two_others_tell_how_many():
    found = reckoned(1, COURSE, Standing({1: 3, 2: 20}, done=30, stopped=10), {})
    shown = [found.steps[0].here, found.steps[1].here, found.done, found.stopped, found.people]
    assert shown[0] is None
    assert shown.count(None) >= 2


def test_without_anybody_there_are_noughts_and_no_shares():
    found = reckoned(1, COURSE, Standing({}, 0, 0), {})
    assert found.people == 0
    assert found.steps[0].share is None


def test_a_file_has_a_row_a_lesson_and_a_hidden_count_is_a_word():
    found = reckoned(1, COURSE, MANY, {1: {Verdict.RIGHT: 30, Verdict.WRONG: 2}})
    head, first, second = grid_of([found], "en")
    assert len(head) == len(first) == len(second) == 6
    assert first[:3] == [1, 1, 10]
    assert first[4] == "hidden"
    assert second[3:] == ["", "", ""]


def test_a_course_without_lessons_is_counted_too():
    assert reckoned(1, Course({}, []), Standing({}, 0, 0), {}).steps == []
