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
        ("0.250", 0.25),
        ("0,250", 0.25),
        (".5", 0.5),
        ("about ,5 g", 0.5),
        ("1.1255", 1.1255),
        ("1'200", 1200),
        ("1 200,50", 1200.5),
        ("1.200,5", 1200.5),
        ("1,200.50", 1200.5),
        ("- 5 bags", 5),
        ("-5", None),
        ("\u22125", None),
        ("about -5 g", None),
        ("5-6", None),
        ("1.125", None),
        ("1,200,50", None),
        ("0 712 345 678", None),
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
        ("2026-12", None),
        ("2026/12", None),
        ("2026/12/5", date(2026, 12, 5)),
        ("2024 May 12", date(2024, 5, 12)),
        ("12/5/98", date(1998, 5, 12)),
        ("March 2024", None),
        ("05/2024", None),
        ("2019", None),
        ("12 des", None),
        ("5/13", None),
    ],
)
def test_a_day_is_read_as_people_write_it(text, day):
    assert reading.day(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "en", "fr", "sw"),
    [
        ("1,200", 1200, None, 1200),
        ("1.200", None, None, None),
        ("1,25", 1.25, 1.25, 1.25),
        ("12 kg", 12, 12, 12),
        ("1 200", 1200, 1200, 1200),
        ("1,200,000", 1_200_000, 1_200_000, 1_200_000),
    ],
)
def test_a_mark_between_thousands_is_that_of_the_language(text, en, fr, sw):
    assert [reading.number(text, tag) for tag in ("en", "fr", "sw")] == [en, fr, sw]


@pytest.mark.parametrize(("text", "number"), [("1.125", 1.125), ("1,125", 1125), ("1,12", 1.12)])
def test_who_was_asked_again_means_a_part_of_one(text, number):
    assert reading.number(text, again=True) == number
    assert reading.number("1,125", "fr", again=True) == 1.125
    assert reading.number("-5", again=True) is None


@pytest.mark.parametrize(
    ("text", "language", "period"),
    [
        ("March 2024", "en", "2024-03"),
        ("in Mar 2024", "en", "2024-03"),
        ("mars 2024", "fr", "2024-03"),
        ("en f\u00e9vr. 2024", "fr", "2024-02"),
        ("Machi 2024", "sw", "2024-03"),
        ("Des 2024", "sw", "2024-12"),
        ("05/2024", "en", "2024-05"),
        ("5-2024", "fr", "2024-05"),
        ("5 2024", "sw", "2024-05"),
        ("2026-12", "en", "2026-12"),
        ("2026/12", "fr", "2026-12"),
        ("2026.12", "sw", "2026-12"),
        ("2019", "en", "2019"),
        ("depuis 2019", "fr", "2019"),
        ("mwaka 2019", "sw", "2019"),
        ("\u0662\u0660\u0661\u0669", "sw", "2019"),
        ("13/2024", "en", None),
        ("2026-13", "en", None),
        ("1200", "en", None),
        ("May", "en", None),
        ("2019 or 2020", "en", None),
        ("soon", "en", None),
    ],
)
def test_a_month_or_a_year_alone_is_read(text, language, period):
    assert reading.day(text, TODAY, language) is None
    assert reading.period(text, TODAY, language) == period


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("12 May", "en", date(2026, 5, 12)),
        ("12 mai", "fr", date(2026, 5, 12)),
        ("tarehe 12 Mei", "sw", date(2026, 5, 12)),
        ("12 Dec", "sw", date(2025, 12, 12)),
        ("12 Des", "sw", date(2025, 12, 12)),
        ("un des 12 jours", "fr", None),
        ("1er mai", "fr", date(2026, 5, 1)),
    ],
)
def test_months_are_called_as_in_the_language(text, language, day):
    assert reading.day(text, TODAY, language) == day


@given(st.dates(date(2025, 12, 1), date(2026, 10, 30)))
def test_a_day_without_a_year_is_the_nearest(day):
    assert reading.day(f"{day.day}/{day.month}", TODAY) == day


@given(st.text(max_size=30))
def test_no_text_breaks_it(text):
    assert reading.number(text) is None or reading.number(text) >= 0
    assert reading.period(text, TODAY) is None or reading.period(text, TODAY)[:4].isdigit()
    assert reading.day(text, TODAY) is None or reading.day(text, TODAY).year > 0
