import pytest

from bots import wording
from bots.conversation import Choice, Prompt
from locales import languages


@pytest.mark.parametrize("language", languages())
def test_nothing_is_wrong_with_what_is_said(language):
    assert list(wording.problems(language)) == []


def test_every_question_with_choices_is_read():
    names = {name for name, _ in wording.prompts()}
    assert {"report.group", "report.group2", "menu.choose", "check_case.WRONG"} <= names


def wrong(prompt):
    return " ".join(wording._wrong_prompt("talk.step", prompt, "en"))


def test_a_menu_that_takes_two_messages_is_wrong():
    many = tuple(Choice(str(n), f"k{n}", "a rather long label of a choice") for n in range(1, 7))
    assert "more than one SMS" in wrong(Prompt("Back", choices=many))


def test_a_letter_that_a_basic_phone_lacks_is_wrong():
    assert "because of ê" in wrong(Prompt("être", choices=(Choice("1", "a", "Back"),)))


@pytest.mark.parametrize("word", ["Yes", "stop", "Info"])
def test_a_word_that_the_carrier_takes_for_itself_is_wrong(word):
    menu = Prompt("Back", choices=(Choice("1", "a", f"{word}, please"),))
    assert "a carrier would take" in wrong(menu)


def test_two_choices_that_read_alike_are_wrong():
    menu = Prompt("Back", choices=(Choice("1", "a", "Réd"), Choice("1", "b", "red")))
    assert "two choices are both 'red'" in wrong(menu)
    assert "two choices are both 1" in wrong(menu)


def test_a_code_above_choices_is_wrong():
    menu = Prompt("Back", choices=(Choice("1", "a", "Back"),), protect=True)
    assert "stands alone" in wrong(menu)


def test_a_button_that_telegram_would_refuse_is_wrong():
    menu = Prompt("Back", choices=(Choice("1", "k" * 60, "Back"),))
    assert "too long for a button" in wrong(menu)


def test_a_word_that_reveals_is_wrong_in_a_text_and_right_in_a_choice():
    text = "Your report about the soldiers is here."
    assert "soldiers" in " ".join(wording._wrong_text(text, "en", label=False))
    assert list(wording._wrong_text("Soldiers or bribes", "en", label=True)) == []


def test_a_code_that_is_not_said_is_wrong(monkeypatch):
    monkeypatch.setattr(wording, "translate", lambda msgid, language, *, sms: "Keep it.")
    assert "does not say the code" in " ".join(
        wording._wrong_text("Your code is {code}.", "en", label=False)
    )


def test_no_text_promises_to_be_anonymous():
    for tag in languages():
        for msgid in wording._texts():
            for sms in (False, True):
                assert "anonym" not in wording.translate(msgid, tag, sms=sms).casefold()


def test_the_command_says_what_it_found(capsys):
    assert wording.main() == 0
    assert capsys.readouterr().out == "wording: 0 problems\n"


def test_the_command_fails_when_something_is_wrong(capsys, monkeypatch):
    monkeypatch.setattr(wording, "problems", lambda language: iter(["too long"]))
    assert wording.main() == 1
    assert "fr: too long" in capsys.readouterr().out
