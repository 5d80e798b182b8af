import pytest

from outreach import announcements, telling
from outreach.announcements import Words
from outreach.own_words import of_rule, strays
from outreach.rule_texts import Part, Variant
from tests.support.rulemaking import words

TEXTS = {(part, "en", variant): text for (part, variant), text in words().items()}
WHY = Words("why sms", "why full")


def test_a_part_of_a_rule_is_one_message_in_both_variants():
    assert of_rule(TEXTS, Part.WHY, "en") == WHY
    same = TEXTS | {(Part.WHY, "en", Variant.SMS): "why full"}
    assert of_rule(same, Part.WHY, "en") == Words("why full")
    assert of_rule(TEXTS, Part.WHY, "sw") == Words("")


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({(0, "en"): WHY}, set()),
        ({(0, "en"): Words(" why\nsms ", "why  full\r\n")}, set()),
        ({(0, "en"): Words("x", "why full")}, {(0, "en")}),
        ({(0, "en"): Words("why sms", "x")}, {(0, "en")}),
        ({(0, "en"): Words("why sms")}, {(0, "en")}),
        ({(0, "en"): WHY, (0, "sw"): Words("kwa nini")}, {(0, "sw")}),
        ({(1, "en"): WHY}, {(1, "en")}),  # the second message is of another part
        ({(0, "en"): WHY, (2, "en"): Words("a word of greeting")}, set()),  # of no part
    ],
)
def test_a_message_strays_that_says_something_else_in_either_variant(said, found):
    assert strays(said, TEXTS, "13") == found


async def test_a_broadcast_of_a_rule_says_what_the_rule_says(ground, rehema):
    rule = await ground.rule()
    made = await ground.do(telling.begin, rule.id, "12345", by=rehema)
    async with ground.database.reading() as db:
        said = await announcements.texts(db, made)
    assert len(said) == 5
    assert strays(said, {**TEXTS}, "12345") == set()
