from datetime import date, timedelta

import pytest

from channels import segments
from locales import languages
from outreach import reminders
from outreach.announcements import Words
from outreach.schedules import Schedule

MAY = Schedule(day=date(2026, 5, 12), before=(30, 7))

#: The line and the blank behind it, in characters of an SMS: what a text loses to a reminder.
MOST = 36


@pytest.mark.parametrize(
    ("on", "language", "sms", "said"),
    [
        (date(2026, 4, 12), "en", True, "Days until 12 May: 30."),
        (date(2026, 5, 5), "en", False, "Days until 12 May: 7."),
        (date(2026, 5, 12), "en", True, "Today, 12 May:"),
        (date(2025, 12, 1), "en", True, "Days until 12 May 2026: 162."),
        (date(2026, 4, 12), "fr", True, "Jours jusqu'au 12 mai : 30."),
        (date(2026, 4, 12), "sw", True, "Siku hadi 12 Mei: 30."),
        (date(2026, 5, 12), "sw", True, "Leo, 12 Mei:"),
    ],
)
def test_it_says_which_day_is_meant_and_how_many_are_left(on, language, sms, said):
    assert reminders.line(MAY, on, language, sms=sms) == said


@pytest.mark.parametrize("language", languages())
def test_the_line_is_short_and_in_letters_of_a_basic_phone(language):
    for n in range(366):
        day = date(2026, 1, 1) + timedelta(days=n)
        for before in (0, 1, 365):
            on = day - timedelta(days=before)
            said = reminders.line(Schedule(day=day, before=(before,)), on, language, sms=True)
            assert not segments.foreign(said), said
            assert segments.count(f"{said} ").units <= MOST, said


def test_only_the_first_message_begins_with_it():
    texts = {(0, "en"): Words("Fee: 10."), (1, "en"): Words("Pay at the counter.")}
    said = reminders.led(texts, MAY, date(2026, 5, 5))
    assert said[0, "en"] == Words("Days until 12 May: 7. Fee: 10.")
    assert said[1, "en"] == texts[1, "en"]


def test_a_chat_has_the_line_in_its_own_letters():
    august = Schedule(day=date(2026, 8, 12), before=(7,))
    texts = {(0, "fr"): Words("Taxe : 10."), (0, "en"): Words("Fee: 10.", "The fee is *10*.")}
    said = reminders.led(texts, august, date(2026, 8, 5))
    assert said[0, "fr"].short == "Jours jusqu'au 12 aout : 7. Taxe : 10."
    assert said[0, "fr"].full == "Jours jusqu'au 12 août : 7. Taxe : 10."
    assert said[0, "en"].full == "Days until 12 Aug: 7. The fee is *10*."


def test_what_is_not_written_stays_so():
    texts = {(0, "en"): Words("", "a chat alone")}
    assert reminders.led(texts, MAY, date(2026, 5, 5)) == texts


def test_each_time_is_known_by_what_it_says():
    texts = {(0, "en"): Words("Fee: 10.")}
    firsts = [said[0, "en"].short for said in reminders.at_its_times(texts, MAY)]
    assert firsts == ["Days until 12 May: 30. Fee: 10.", "Days until 12 May: 7. Fee: 10."]
    assert list(reminders.firsts(texts, MAY)) == [date(2026, 4, 12), date(2026, 5, 5)]
    assert reminders.at_its_times(texts, Schedule()) == [texts]
    assert reminders.at_its_times(texts, Schedule(before=(7,))) == [texts]  # no day yet
    assert reminders.line(Schedule(), date(2026, 5, 5), "en", sms=True) == ""
