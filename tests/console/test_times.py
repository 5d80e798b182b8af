from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from console import times


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=59), "0 min left"),
        (timedelta(minutes=1), "1 min left"),
        (timedelta(minutes=59, seconds=59), "59 min left"),
        (timedelta(hours=1), "1 h left"),
        (timedelta(hours=47, minutes=59), "47 h left"),
        (timedelta(hours=48), "2 days left"),
        (timedelta(days=1000), "1000 days left"),
        (timedelta(minutes=-5), "5 min over"),
        (timedelta(hours=-3), "3 h over"),
        (timedelta(days=-2), "2 days over"),
    ],
)
def test_time_left_is_rounded_down(now, span, said):
    assert times.time_left(now + span, now, "en") == said


@pytest.mark.parametrize(
    ("language", "day", "said"),
    [("en", "Monday", "Friday 25 December"), ("fr", "lundi", "vendredi 25 décembre")],
)
def test_days_are_called_as_people_call_them(language, day, said):
    assert times.weekday(0, language) == day
    assert times.full_date(date(2026, 12, 25), language) == said


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(0), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(minutes=-5), "just now"),
    ],
)
def test_the_past_is_told_by_its_distance(now, span, said):
    assert times.ago(now - span, now, "en") == said


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Tue 12 May, 12:00"), ("fr", "mar. 12 mai, 12:00")]
)
def test_a_moment_is_told_in_the_forums_own_time(now, language, said):
    assert times.moment(now, ZoneInfo("Africa/Nairobi"), language) == said


def test_a_day_has_its_year(now):
    assert times.day(now, ZoneInfo("Africa/Nairobi"), "en") == "12 May 2026"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(hours=5), "5 h"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_a_wait_is_told_from_its_first_second(now, span, said):
    assert times.waited(now - span, now, "en") == said


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_how_long_something_took_is_told_without_seconds(span, said):
    assert times.lasted(span, "en") == said


def test_a_day_among_others_needs_no_year(now):
    assert times.calendar_day(now, ZoneInfo("Africa/Lusaka"), "en") == "12 May"


@pytest.mark.parametrize(("language", "said"), [("en", "December 2026"), ("fr", "décembre 2026")])
def test_a_month_is_told_with_its_year(language, said):
    assert times.month_name(date(2026, 12, 25), language) == said


@pytest.mark.parametrize(("language", "said"), [("en", "25 Dec 2026"), ("fr", "25 déc. 2026")])
def test_a_day_far_from_now_is_told_with_its_year(language, said):
    assert times.year_date(date(2026, 12, 25), language) == said
