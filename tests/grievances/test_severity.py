from itertools import pairwise

from grievances.severity import UNSORTED, Severity


def test_the_lower_number_is_the_graver():
    assert all(one.graver_than(next_one) for one, next_one in pairwise(Severity))


def test_nothing_is_graver_than_itself():
    assert not any(each.graver_than(each) for each in Severity)


def test_what_nobody_sorted_comes_before_a_mere_question():
    assert UNSORTED.graver_than(Severity.S4)


def test_one_graver_is_the_next_step_and_nothing_is_above_the_gravest():
    assert [each.one_graver for each in Severity] == [
        Severity.S1,
        Severity.S1,
        Severity.S2,
        Severity.S3,
    ]
