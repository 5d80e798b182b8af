from datetime import date

import pytest

from outreach import day_words
from outreach.day_words import told


@pytest.mark.parametrize(
    ("day", "language", "sms", "said"),
    [
        (date(2026, 8, 12), "en", True, "12 Aug"),
        (date(2027, 8, 12), "en", True, "12 Aug 2027"),
        (date(2026, 8, 12), "fr", False, "12 août"),
        (date(2026, 8, 12), "fr", True, "12 aout"),
        (date(2026, 2, 12), "fr", True, "12 févr."),
        (date(2026, 5, 12), "sw", True, "12 Mei"),
        (date(2026, 5, 12), "xx", True, "12 May"),
    ],
)
def test_a_day_is_told_as_people_say_it(day, language, sms, said):
    assert told(day, language, date(2026, 1, 1), sms=sms) == said


def test_a_language_that_the_calendar_does_not_know_gets_its_relatives_months(monkeypatch):
    monkeypatch.setattr(day_words, "chain", lambda _language: ("xx", "fr", "en"))
    assert told(date(2026, 5, 3), "gaa", date(2026, 1, 1), sms=False) == "3 mai"
