from collections import Counter
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from grievances.survival import MEDIAN, P90, Waited, quantile

WAITS = st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=60)


def waits(*each):
    return [Waited(0, minutes, done, n) for (minutes, done), n in Counter(each).items()]


def one_by_one(each, share):
    """The product-limit estimate by its definition, case by case and in fractions."""
    left = Fraction(1)
    for minute in sorted({minutes for minutes, done in each if done}):
        at_risk = sum(minutes >= minute for minutes, _ in each)
        came = sum(minutes == minute and done for minutes, done in each)
        left *= 1 - Fraction(came, at_risk)
        if left <= 1 - Fraction(str(share)):
            return minute
    return None


def test_with_nobody_waiting_it_is_the_plain_median():
    each = [(minutes, True) for minutes in (10, 20, 30, 40, 50)]
    assert quantile(waits(*each), MEDIAN) == 30
    assert quantile(waits(*each), P90) == 50


def test_who_still_waits_is_not_left_out():
    # Freireich and others (1963), the 21 patients treated: a median of 23 weeks in every textbook.
    done = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    gone = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    each = [*((week, True) for week in done), *((week, False) for week in gone)]
    assert quantile(waits(*each), MEDIAN) == 23
    assert quantile(waits(*each), P90) is None


def test_fast_answers_to_a_few_do_not_make_a_fast_house():
    each = [(1, True)] * 4 + [(1000, False)] * 6
    assert quantile(waits(*each), MEDIAN) is None


def test_of_nobody_there_is_no_median():
    assert quantile([], MEDIAN) is None
    assert quantile(waits((5, False)), MEDIAN) is None


@given(WAITS, st.sampled_from([MEDIAN, P90, 0.25, 1.0]))
def test_it_is_the_estimate_by_its_definition(each, share):
    assert quantile(waits(*each), share) == one_by_one(each, share)


@given(WAITS)
def test_counting_alike_cases_together_changes_nothing(each):
    apart = [Waited(week, minutes, done, 1) for week, (minutes, done) in enumerate(each)]
    assert quantile(apart, MEDIAN) == quantile(waits(*each), MEDIAN)
