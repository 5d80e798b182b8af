import pytest

from bots import effects as wish
from bots.conversation import Attachment, Choice, Dialogue, Opening, Said, Silence
from bots.phrases import RECEIPT
from bots.rendering import render
from bots.rules import (
    CHOOSE,
    GONE,
    HEAR,
    IN_FORCE,
    MOST,
    NONE,
    PARTS,
    UNHEARD,
    listed,
    rules,
)
from bots.wording import SAMPLES
from channels import segments
from channels.base import Style
from locales import languages, translate
from outreach.rule_texts import DIGITS, Part

ONE = Choice("1", "R1", "No burning near homes (in force 12 May)", "No burning (in force 12 May)")
TWO = Choice("2", "R2", "Receipts", "Receipts")
PHOTO = Attachment("ref", "photo", "image/jpeg")


def heard(*events, word=""):
    """Return the outcome of the last of *events*, after the wish for rules."""
    outcome = rules.begin(Said(word))
    for event in events:
        outcome = rules.hear(outcome.dialogue, event)
    return outcome


FOUND = wish.RulesFound((ONE, TWO), more=5)
LIST = heard(FOUND)
OPEN = heard(FOUND, Said("1"))


def test_the_wish_for_rules_looks_for_them_and_takes_a_code_along():
    assert heard().do == wish.FindRules()
    assert heard(word=" KB12 ").do == wish.FindRules("KB12")


def test_where_there_are_none_it_says_so_and_ends():
    outcome = heard(wish.RulesFound())
    assert (outcome.say, outcome.dialogue) == ((NONE,), None)


def test_they_are_offered_with_a_way_on_and_a_way_back():
    (question,) = LIST.say
    assert question.msgid == CHOOSE
    assert [choice.digit for choice in question.choices] == ["1", "2", "6", "0"]
    (last,) = heard(wish.RulesFound((ONE,))).say
    assert [choice.digit for choice in last.choices] == ["1", "0"]


def test_more_is_the_next_page_of_the_same_list():
    outcome = heard(FOUND, Said("6"), word="KB12")
    assert outcome.do == wish.FindRules("KB12", 5)
    shown = rules.hear(outcome.dialogue, wish.RulesFound((TWO,)))
    assert [choice.key for choice in shown.say[0].choices] == ["R2", "back"]


def test_back_from_the_list_is_the_menu():
    assert rules.hear(LIST.dialogue, Said("0", "sw")).go == Opening("menu", Said("", "sw"))


@pytest.mark.parametrize(
    "said", [Said("1"), Said("", choice="R1"), Said("no burning (in force 12 may)")]
)
def test_a_rule_is_chosen_by_digit_button_or_its_words(said):
    (question,) = rules.hear(LIST.dialogue, said).say
    assert (question.text("sw"), question.text("sw", sms=True)) == (ONE.label, ONE.short)
    assert [choice.digit for choice in question.choices] == ["1", "2", "3", "4", "5", "0"]


def test_one_that_was_asked_for_is_opened_at_once_and_back_is_the_whole_list():
    opened = heard(wish.RulesFound((ONE,), opened=True), word="R1")
    assert opened.say[0].text("en") == ONE.label
    assert rules.hear(opened.dialogue, Said("0")).do == wish.FindRules("")


def test_a_part_that_was_picked_with_the_rule_is_read_at_once():
    opened = rules.begin(Said("R1", choice="part_rules"))
    read = rules.hear(opened.dialogue, wish.RulesFound((ONE,), opened=True))
    assert read.do == wish.ReadPart("R1", "rules")
    assert (
        rules.hear(read.dialogue, wish.PartRead("Words", "Words")).say[-1].text("en") == ONE.label
    )


def test_a_part_of_what_can_no_more_be_asked_for_is_forgotten():
    opened = rules.begin(Said("R1", choice="part_rules"))
    offered = rules.hear(opened.dialogue, FOUND)
    assert "part" not in offered.dialogue.answers
    assert rules.hear(offered.dialogue, Said("1")).do is None


def test_each_digit_reads_its_part():
    for digit, part in DIGITS.items():
        assert rules.hear(OPEN.dialogue, Said(digit)).do == wish.ReadPart("R1", part)
    assert [choice.key.removeprefix("part_") for choice in PARTS] == [*DIGITS.values()]


def test_no_part_is_named_as_a_conversation_is():
    assert not {choice.key for choice in PARTS} & {"rules", *Part}


def test_a_part_is_said_in_the_forums_own_words_and_the_parts_offered_again():
    words, again = rules.hear(OPEN.dialogue, wish.PartRead("Long {words}", "Short {words}")).say
    assert words.text("fr") == "Long {words}"
    assert words.text("fr", sms=True) == "Short {words}"
    assert again == OPEN.say[0]


def test_what_was_withdrawn_meanwhile_is_said_to_be_gone():
    outcome = rules.hear(OPEN.dialogue, wish.PartRead())
    assert (outcome.say, outcome.dialogue) == ((GONE,), None)


@pytest.mark.parametrize(("where", "story"), [(LIST, "May I dig?"), (OPEN, "R1: May I dig?")])
def test_words_are_a_question_with_the_rule_that_it_is_about(where, story):
    asked = rules.hear(where.dialogue, Said(" May I dig? ", attachments=(PHOTO,)))
    assert asked.do == wish.FileCase(story, (PHOTO,), "OTHER")
    told = rules.hear(asked.dialogue, wish.CaseFiled("c", "1234-5678-90123-4"))
    assert told.say == (RECEIPT.filled(code="1234-5678-90123-4"),)
    assert told.dialogue is None


def test_after_the_way_back_a_question_is_about_no_rule():
    back = rules.hear(rules.hear(OPEN.dialogue, Said("0")).dialogue, FOUND)
    assert rules.hear(back.dialogue, Said("May I dig?")).do.story == "May I dig?"


@pytest.mark.parametrize("where", [LIST, OPEN])
def test_a_slip_asks_again(where):
    assert rules.hear(where.dialogue, Said("8")).say == where.say


@pytest.mark.parametrize("where", [LIST, OPEN])
def test_after_a_day_words_are_no_question_any_more(where):
    assert rules.patience(where.dialogue) == 24 * 60 * 60
    assert rules.hear(where.dialogue, Silence()).dialogue is None


def test_a_dialogue_that_remembers_nothing_can_still_be_asked():
    assert rules.hear(Dialogue("rules", "choose"), Said("8")).say[0].msgid == CHOOSE


@pytest.mark.parametrize("tag", languages())
def test_with_the_longest_title_everything_fits_one_sms(tag):
    line = translate(IN_FORCE, tag, sms=True).format(**SAMPLES)
    longest = Choice("1", "R1", line, line)
    opened = heard(wish.RulesFound((longest,), opened=True)).say[0]
    for question in (opened, listed((longest,), more=True)):
        assert segments.cost(render(question, tag, Style.SMS, tag="").text) == 1


def test_a_page_leaves_a_digit_for_more():
    assert listed((ONE,), more=True).choices[1].digit == str(MOST + 1)


# --- recordings

SPOKEN = wish.PartRead("Long", "Short", spoken=True)


def after_reading(event):
    asked = rules.hear(OPEN.dialogue, Said("1"))
    return rules.hear(asked.dialogue, event)


def test_a_part_that_is_recorded_can_be_heard():
    read = after_reading(SPOKEN)
    assert HEAR in read.say[-1].choices
    assert rules.hear(read.dialogue, Said("7")).do == wish.HearPart("R1", "why")
    assert rules.hear(read.dialogue, Said("", choice="hear")).do == wish.HearPart("R1", "why")


def test_a_recording_is_played_and_the_parts_offered_again():
    read = after_reading(SPOKEN)
    heard = rules.hear(read.dialogue, wish.PartHeard("s1"))
    sound, again = heard.say
    assert (sound.sound, sound.caption.text("en")) == ("s1", ONE.label)
    assert again == read.say[-1]


def test_a_recording_that_was_taken_away_meanwhile_is_offered_no_more():
    gone = rules.hear(after_reading(SPOKEN).dialogue, wish.PartHeard())
    assert gone.say[0] == UNHEARD
    assert HEAR not in gone.say[-1].choices


def test_what_is_not_recorded_is_not_offered_to_be_heard():
    read = after_reading(wish.PartRead("Long", "Short"))
    assert HEAR not in read.say[-1].choices
    assert rules.hear(read.dialogue, Said("7")).do is None


def test_another_part_or_another_rule_offers_no_recording_of_the_one_before():
    read = after_reading(SPOKEN)
    other = rules.hear(read.dialogue, Said("2"))
    silent = rules.hear(other.dialogue, wish.PartRead("Long", "Short"))
    assert HEAR not in silent.say[-1].choices
    back = rules.hear(rules.hear(read.dialogue, Said("0")).dialogue, FOUND)
    assert HEAR not in rules.hear(back.dialogue, Said("1")).say[-1].choices
