import pytest

from console.mails import at_once, daily
from grievances.pending import Calls, Waiting

HERE = "https://baraza.example.org"


@pytest.mark.parametrize(
    ("waits", "lines"),
    [
        (Waiting(1, 0, 0), ["1 case waits for you."]),
        (Waiting(3, 1, 0), ["3 cases wait for you.", "1 of them is due today."]),
        (
            Waiting(9, 2, 3),
            ["9 cases wait for you.", "2 are due today.", "3 are past their date."],
        ),
        (Waiting(2, 0, 1), ["2 cases wait for you.", "1 of them is past its date."]),
    ],
)
def test_the_morning_says_numbers_and_where_the_console_is(waits, lines):
    said = daily(waits, HERE, "en").text.split("\n\n")
    assert said[0].splitlines() == lines
    assert said[1] == HERE


@pytest.mark.parametrize(
    ("called", "lines"),
    [
        (Calls(1, 0), ["1 of your cases is near its date."]),
        (Calls(0, 2), ["2 cases have been escalated to you."]),
        (
            Calls(2, 1),
            ["2 of your cases are near their date.", "1 case has been escalated to you."],
        ),
    ],
)
def test_what_cannot_wait_is_numbers_too(called, lines):
    assert at_once(called, HERE, "en").text.split("\n\n")[0].splitlines() == lines


def test_it_is_in_the_members_language():
    words = daily(Waiting(2, 1, 1), HERE, "fr")
    assert "2 dossiers" in words.text
    assert "Baraza" in words.subject
    assert words.subject != daily(Waiting(2, 1, 1), HERE, "en").subject
