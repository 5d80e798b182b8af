from datetime import date

import pytest

from bots.outcome_lines import line
from channels import segments
from channels.base import Style
from outreach.discussions import Outcome

DAY = date(2026, 5, 12)
TEXTS = {
    "en": Outcome("The fee stays \u2013 for now."),
    "fr": Outcome("La taxe reste, dit-on \u00e0 la fin du d\u00e9bat.", "La taxe reste."),
}


def said(language, texts=TEXTS, base="en", body="Kabira Forum", style=Style.SMS, today=DAY):
    return line(texts, language, base, body=body, day=DAY, today=today, style=style)


def test_it_says_who_talked_when_and_what_came_of_it_in_plain_marks():
    assert said("en") == ("en", "News of Kabira Forum, 12 May: The fee stays - for now.")
    assert said("en", style=Style.CHAT)[1].endswith("The fee stays \u2013 for now.")


def test_an_sms_gets_the_short_words_and_a_chat_the_full_ones():
    assert said("fr")[1].endswith("La taxe reste.")
    assert said("fr", style=Style.CHAT)[1].endswith("d\u00e9bat.")


@pytest.mark.parametrize(("language", "base", "told"), [("sw", "fr", "fr"), ("sw", "en", "en")])
def test_who_has_no_words_reads_the_base_all_in_one_language(language, base, told):
    tag, text = said(language, base=base)
    assert tag == told
    assert text == said(told)[1]


def test_another_year_is_told_and_a_forum_without_a_name_is_the_forum():
    assert "12 May 2026" in said("en", today=date(2027, 1, 2))[1]
    assert said("en", body="")[1].startswith("News of the forum, 12 May:")


def test_without_any_words_nothing_is_told():
    assert said("en", texts={}) is None


def test_braces_of_the_forum_are_words_like_any():
    text = said("en", {"en": Outcome("{outcome} {code}")}, body="{body}")[1]
    assert text == "News of {body}, 12 May: {outcome} {code}"
    assert segments.cost(text) == 1
