import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import segments
from outreach import rule_texts
from outreach.rule_texts import DIGITS, Fault, Part, Variant, clean, fault, guilty, lacking
from tests.support.rulemaking import words

FULL, SMS = Variant.FULL, Variant.SMS


def test_the_five_parts_have_their_digits_and_the_title_none():
    assert list(DIGITS) == ["1", "2", "3", "4", "5"]
    assert {*DIGITS.values(), Part.TITLE} == set(Part)


@pytest.mark.parametrize(
    ("part", "variant", "text", "wrong"),
    [
        (Part.TITLE, FULL, "t" * 100, None),
        (Part.TITLE, FULL, "t" * 101, Fault.TITLE),
        (Part.TITLE, SMS, "t" * 30, None),
        (Part.TITLE, SMS, "t" * 31, Fault.TITLE),
        (Part.TITLE, SMS, "one\ntwo", Fault.LINES),
        (Part.WHY, FULL, "w" * 4096, None),
        (Part.WHY, FULL, "w" * 4097, Fault.CHAT),
        (Part.WHY, FULL, "\U0001f926" * 2049, Fault.CHAT),
        (Part.WHY, SMS, "w" * 1530, None),
        (Part.WHY, SMS, "w" * 1531, Fault.SMS),
        (Part.WHY, SMS, "ê" * 670, None),
        (Part.WHY, SMS, "ê" * 671, Fault.SMS),
        (Part.WHY, SMS, "", None),
    ],
)
def test_a_text_is_one_message_or_it_is_wrong(part, variant, text, wrong):
    assert fault(part, variant, text) is wrong


def test_guilty_letters_are_named_and_marks_are_not():
    assert guilty("«être» \u2013 l\u2019âge") == ("ê", "â")
    assert rule_texts.measure("l\u2019or").gsm


@pytest.mark.parametrize(
    ("typed", "full", "sms"),
    [
        (" a\r\nb\rc ", "a\nb\nc", "a\nb\nc"),
        ("l\u2019or\u00a0: «ê»", "l\u2019or : «ê»", 'l\'or : "ê"'),
        ("null\0 half\ud83d tab\tend", "null half tab end", "null half tab end"),
        ("\u2066hidden\u2069", "hidden", "hidden"),
    ],
)
def test_what_is_typed_is_kept_without_what_no_phone_takes(typed, full, sms):
    assert clean(typed, FULL) == full
    assert clean(typed, SMS) == sms


@given(st.text(), st.sampled_from(Variant))
def test_what_is_clean_stays_as_it_is_and_can_be_kept(text, variant):
    once = clean(text, variant)
    assert clean(once, variant) == once
    once.encode()
    assert "\0" not in once


def test_a_part_without_one_of_its_variants_is_missing():
    texts = {(part, "sw", variant): text for (part, variant), text in words().items()}
    del texts[Part.HELP, "sw", SMS]
    assert lacking(texts, "sw") == (Part.HELP,)
    assert lacking(texts, "fr") == tuple(Part)
    assert rule_texts.begun(texts) == {"sw"}


WRITTEN = {
    (Part.WHY, "en", FULL): "full en",
    (Part.WHY, "en", SMS): "sms en",
    (Part.WHY, "sw", FULL): "full sw \u2013",
    (Part.WHY, "fr", SMS): "sms fr",
    (Part.HELP, "en", FULL): "help",
    (Part.HELP, "sw", FULL): "w" * 2000,
}


@pytest.mark.parametrize(
    ("part", "tongues", "sms", "said"),
    [
        (Part.WHY, ("en",), True, "sms en"),
        (Part.WHY, ("en",), False, "full en"),
        (Part.WHY, ("sw", "en"), True, "full sw -"),
        (Part.WHY, ("fr", "en"), False, "sms fr"),
        (Part.WHY, ("pt", "en"), False, "full en"),
        (Part.HELP, ("sw", "en"), True, "help"),
        (Part.HOW, ("sw", "en"), True, ""),
    ],
)
def test_a_phone_gets_its_language_first_and_the_nearest_that_has_it(part, tongues, sms, said):
    assert rule_texts.words(WRITTEN, part, tongues, sms=sms) == said


async def test_titles_are_of_what_is_told_and_words_of_what_is_newest(rules, database):
    rule = await rules.published("Retorts")
    await rules.draft()
    rule = await rules.act("write", rule, "en", {(Part.TITLE, FULL): "Better retorts"})
    async with database.reading() as db:
        (titles,) = (await rule_texts.titles(db)).values()
        newest = await rule_texts.newest(db)
    assert titles == {(Part.TITLE, "en", FULL): "Retorts", (Part.TITLE, "en", SMS): "Retorts"}
    assert list(newest) == [rule.id]
    assert newest[rule.id][Part.TITLE, "en", FULL] == "Better retorts"


def test_two_of_the_longest_titles_fit_one_sms():
    assert segments.cost("t" * rule_texts.TITLE_UNITS[SMS] * 2) == 1
