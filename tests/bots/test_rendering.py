import pytest

from bots.conversation import Choice, Dialogue, Prompt
from bots.rendering import pressed, render, tag
from channels.base import Style
from locales import languages
from outreach.questionnaire import Kind
from tests.support import playbook
from tests.support.surveyed import SURVEY

PLACE = Prompt("Place: {site}.", params={"site": "Kabira {Hill}"})
MENU = Prompt(
    "Choose your language:",
    choices=(
        Choice("1", "fr", "Français"),
        Choice("2", "sw", "Kiswahili"),
        Choice("3", "x", "A label that is long"),
        Choice("0", "back", "Back"),
    ),
)


def chat(prompt, language="en"):
    return render(prompt, language, Style.CHAT, tag="talk.step")


def sms(prompt, language="en"):
    return render(prompt, language, Style.SMS, tag="talk.step")


def test_places_are_filled_with_what_comes_as_it_is():
    assert chat(PLACE).text == "Place: Kabira {Hill}."
    assert sms(PLACE, "sw").text == "Mahali: Kabira {Hill}."


def test_an_sms_numbers_its_choices_in_plain_letters():
    message = sms(MENU)
    assert message.text == (
        "Choose your language:\n1 Francais\n2 Kiswahili\n3 A label that is long\n0 Back"
    )
    assert message.buttons == ()


def test_a_text_numbers_its_choices_in_full_letters():
    message = render(MENU, "fr", Style.TEXT, tag="talk.step")
    assert message.text.splitlines()[:2] == ["Choisissez votre langue :", "1 Français"]
    assert message.buttons == ()


def test_a_chat_has_buttons_two_in_a_row_where_they_are_short():
    message = chat(MENU, "fr")
    assert message.text == "Choisissez votre langue :"
    labels = [[button.label for button in row] for row in message.buttons]
    assert labels == [["Français", "Kiswahili"], ["A label that is long"], ["Retour"]]


def test_a_button_brings_back_its_question_and_its_choice():
    button = chat(MENU).buttons[0][1]
    assert (button.key, button.data) == ("2", "talk.step:sw")
    assert pressed(button.data) == "sw"


def test_a_code_is_protected_in_both_styles():
    secret = Prompt("Back", protect=True)
    assert chat(secret).protect
    assert sms(secret).protect


def test_a_tag_names_the_question():
    assert tag(Dialogue("report", "place")) == "report.place"


@pytest.mark.parametrize("path", sorted(playbook.TRANSCRIPTS.glob("*.txt")), ids=lambda p: p.stem)
def test_a_transcript_goes_as_it_is_written(path):
    assert playbook.played(path) == path.read_text("utf-8")


#: Whose transcripts are there in every language, by how their names begin.
SPOKEN = (
    "subscribe",
    "rules",
    "quiz",
    "survey",
    "voice",
    "call_back",
    "first_rules",
    "first_part",
)

#: Those among them that are also a call, and what its transcripts are called.
CALLS = ("called", "called_back", "called_mailbox", "called_message", "called_stop")


def transcripts():
    """Return the languages of each transcript, by its name without them."""
    found = {}
    for path in playbook.TRANSCRIPTS.glob("*.txt"):
        name, language, _ = path.name.split(".")
        found.setdefault(name, set()).add(language)
    return found


def test_outreach_has_its_transcripts_in_each_language():
    every = transcripts()
    owed = {*SPOKEN, *CALLS, *(name for name in every if name.startswith(SPOKEN))}
    lacking = {name: set(languages()) - every.get(name, set()) for name in owed}
    assert {name: tags for name, tags in lacking.items() if tags} == {}


def test_each_language_has_its_transcripts():
    assert set().union(*transcripts().values()) == set(languages())


@pytest.mark.parametrize("kind", Kind)
def test_the_survey_of_the_transcripts_asks_by_each_kind(kind):
    assert kind in {question.kind for question in SURVEY.questions}
