from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach import survey_reading as reading

TODAY = date(2026, 5, 12)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" 12 ", 12),
        ("about 12 kg", 12),
        ("1 200", 1200),
        ("1,200", 1200),
        ("1.200.000", 1_200_000),
        ("3.5", 3.5),
        ("3,5 g", 3.5),
        ("0", 0),
        ("٣", 3),
        ("१२", 12),
        ("7️⃣", 7),
        ("3 or 4", None),
        ("many", None),
        ("", None),
        ("99999999999", None),
    ],
)
def test_a_number_is_read_as_people_write_it(text, number):
    assert reading.number(text) == number


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12 May", date(2026, 5, 12)),
        ("May 12", date(2026, 5, 12)),
        ("12 mai 2025", date(2025, 5, 12)),
        ("le 3 février", date(2026, 2, 3)),
        ("12 Mei", date(2026, 5, 12)),
        ("12/5", date(2026, 5, 12)),
        ("12.5.26", date(2026, 5, 12)),
        ("12-5-2024", date(2024, 5, 12)),
        ("2026-05-12", date(2026, 5, 12)),
        ("\u0661\u0662/\u0665", date(2026, 5, 12)),
        ("30 December", date(2025, 12, 30)),
        ("29 Feb 2024", date(2024, 2, 29)),
        ("31/2", None),
        ("May", None),
        ("12", None),
        ("soon", None),
        ("5/13", None),
    ],
)
def test_a_day_is_read_as_people_write_it(text, day):
    assert reading.day(text, TODAY) == day


@given(st.dates(date(2025, 12, 1), date(2026, 10, 30)))
def test_a_day_without_a_year_is_the_nearest(day):
    assert reading.day(f"{day.day}/{day.month}", TODAY) == day


@given(st.text(max_size=30))
def test_no_text_breaks_it(text):
    assert reading.number(text) is None or reading.number(text) >= 0
    assert reading.day(text, TODAY) is None or reading.day(text, TODAY).year > 0
