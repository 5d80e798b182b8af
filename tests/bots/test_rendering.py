import pytest

from bots.conversation import Choice, Dialogue, Prompt
from bots.rendering import pressed, render, tag
from channels.base import Style
from tests.support import playbook

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


def test_each_language_has_its_transcripts():
    stems = {path.stem.rpartition(".")[2] for path in playbook.TRANSCRIPTS.glob("*.txt")}
    assert stems == {"en", "fr", "sw"}
