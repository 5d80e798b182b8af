from dataclasses import replace

import pytest

from bots import effects as wish
from bots.conversation import (
    Attachment,
    Branch,
    Choice,
    Dialogue,
    Leaving,
    Opening,
    Prompt,
    Said,
    Silence,
)
from bots.phrases import ADDED, THANKS, receipt
from bots.report import (
    CODE_WITHIN,
    PLACE,
    SAFE,
    STILL,
    STORY,
    WAITS,
    first_menu,
    report,
    second_menu,
)
from bots.sorting import offered
from grievances.taxonomy import DEFAULT

CODE = "1234-5678-90123-4"
OFFERED = offered(DEFAULT, "en")
FILED = wish.CaseFiled("c1", CODE, OFFERED)
GROUP = first_menu(OFFERED)
KINDS = {one.choice.key: second_menu(one) for one in OFFERED if one.behind}
ASKED = {"case": "c1", "code": CODE}
TOLD = receipt(CODE)


def at(step, **answers):
    """Return the dialogue at *step*; a group's key means the second level behind it."""
    if step in KINDS:
        step, answers = "kind", {"group": step, **answers}
    menu = OFFERED if step in {"group", "kind"} else ()
    return Dialogue("report", step, {**ASKED, **answers}, offered=menu)


def hear(dialogue, text, **more):
    return report.hear(dialogue, Said(text, **more))


def test_a_story_after_the_keyword_is_filed_at_once():
    outcome = report.begin(Said("they stole it", attachments=("photo",)))
    assert outcome.do == wish.FileCase("they stole it", ("photo",))
    assert outcome.say == ()


def test_its_code_is_all_that_is_answered():
    quick = report.begin(Said("they stole it"))
    assert report.hear(quick.dialogue, FILED).say == TOLD
    assert report.hear(quick.dialogue, FILED).dialogue is None


def test_without_a_story_it_asks():
    assert report.begin(Said("")).say == (STORY,)


def test_a_slip_is_no_story():
    outcome = hear(report.begin(Said("")).dialogue, "7")
    assert (outcome.do, outcome.say) == (None, (STORY,))


def test_a_story_is_filed_before_anything_else_is_asked():
    told = hear(report.begin(Said("")).dialogue, "they stole it")
    assert told.do == wish.FileCase("they stole it")
    asked = report.hear(told.dialogue, FILED)
    assert asked.say == (GROUP,)
    assert asked.dialogue == at("group")


def test_a_story_picked_from_a_list_is_asked_about():
    sorted_ = report.begin(Said("they stole it", choice="problem"))
    assert report.hear(sorted_.dialogue, FILED).say == (GROUP,)


@pytest.mark.parametrize("group", KINDS)
def test_each_group_but_danger_leads_to_its_kinds(group):
    outcome = hear(at("group"), "", choice=group)
    assert outcome.say == (KINDS[group],)
    assert outcome.dialogue == at(group, turns="1")


def test_every_category_can_be_reached():
    reached = {c.key for prompt in (GROUP, *KINDS.values()) for c in prompt.choices}
    assert reached >= {
        *("DANGER", "CHILD", "FORCED", "PAY", "ABUSE", "SOLDIERS", "GUNS", "BRIBE"),
        *("LAND", "MOVING", "MERCURY", "WATER", "PRICE", "LEFTOUT", "OTHER"),
    }


@pytest.mark.parametrize(
    ("step", "text", "category"),
    [("group", "1", "DANGER"), ("group", "0", "OTHER"), ("group3", "3", "BRIBE")],
)
def test_a_category_is_kept_at_once(step, text, category):
    outcome = hear(at(step), text)
    assert outcome.do == wish.DescribeCase("c1", category=category)
    assert report.hear(outcome.dialogue, wish.CaseDescribed()).say == (PLACE,)


def test_0_leads_from_the_kinds_back_to_the_groups():
    outcome = hear(at("group3"), "0")
    assert outcome.say == (GROUP,)
    assert outcome.dialogue == at("group", turns="1")


def test_a_menu_is_forgotten_once_something_was_chosen():
    assert hear(at("group3"), "3").dialogue.offered == ()


def test_a_digit_means_what_was_read_beside_it_whatever_the_menu_is_by_now():
    mine = (Branch(Choice("1", "DUST", "Dust", "")),)
    dialogue = replace(at("group"), offered=mine)
    assert report.asks(dialogue).choices[0].label == "Dust"
    assert hear(dialogue, "1").do == wish.DescribeCase("c1", category="DUST")
    assert hear(dialogue, "dust").do == wish.DescribeCase("c1", category="DUST")


@pytest.mark.parametrize("step", ["work", "force", "land", "water", "market"])
def test_who_waits_at_a_step_of_an_older_release_goes_on_and_gets_the_code(step):
    old = Dialogue("report", step, ASKED)
    assert hear(old, "3").say == (PLACE,)
    assert report.hear(old, Silence()).say == (*TOLD, STILL)


def test_a_second_level_that_nobody_offers_only_leads_back():
    lost = Dialogue("report", "kind", {**ASKED, "group": "group9"})
    assert [choice.key for choice in report.asks(lost).choices] == ["back"]


def test_a_place_is_kept_at_once():
    outcome = hear(at("place"), " KB12 ")
    assert outcome.do == wish.DescribeCase("c1", place="KB12")


def test_a_site_that_is_known_is_named():
    named = report.hear(at("safe"), wish.CaseDescribed("Kabira Hill"))
    assert named.say == (Prompt("Place: {site}.", params={"site": "Kabira Hill"}), SAFE)


def test_a_place_may_be_passed_over():
    outcome = hear(at("place"), "0")
    assert (outcome.do, outcome.say) == (None, (SAFE,))


def test_a_long_answer_to_where_is_more_of_the_story():
    outcome = hear(at("place"), "and then " * 20)
    assert outcome.do == wish.AddToCase("c1", "and then " * 20)


def test_a_photo_of_the_place_goes_to_the_story():
    photo = Attachment("ref", "photo", "image/jpeg")
    assert hear(at("place"), "", attachments=(photo,)).do == wish.AddToCase("c1", "", (photo,))


@pytest.mark.parametrize(("text", "safe"), [("1", True), ("2", False)])
def test_whether_the_phone_is_safe_is_kept_and_then_the_code_told(text, safe):
    outcome = hear(at("safe"), text)
    assert outcome.do == wish.DescribeCase("c1", safe=safe)
    assert report.hear(outcome.dialogue, wish.CaseDescribed()).say == TOLD


def test_without_that_answer_the_code_is_told_as_well():
    outcome = hear(at("safe"), "0")
    assert (outcome.dialogue, outcome.say) == (None, TOLD)


@pytest.mark.parametrize("step", ["group", "group2", "safe"])
def test_words_instead_of_a_choice_are_added(step):
    outcome = hear(at(step), "two are hurt")
    assert outcome.do == wish.AddToCase("c1", "two are hurt")
    asked = report.hear(outcome.dialogue, wish.CaseExtended())
    assert asked.say[0] == ADDED
    assert asked.dialogue.step == at(step).step


@pytest.mark.parametrize("step", ["group", "group2", "safe"])
def test_a_slip_repeats_the_question(step):
    outcome = hear(at(step), "8")
    assert (outcome.do, outcome.dialogue.step) == (None, at(step).step)
    assert len(outcome.say) == 1


def test_silence_tells_the_code_once():
    first = report.hear(at("group"), Silence())
    assert first.say == (*TOLD, STILL)
    again = report.hear(first.dialogue, Silence())
    assert (again.say, again.dialogue) == ((), None)


def test_a_code_that_was_told_is_not_told_again_at_the_end():
    told = report.hear(at("safe"), Silence())
    assert hear(told.dialogue, "0").say == (THANKS,)


def test_after_the_code_the_question_waits_for_a_week():
    told = report.hear(at("group"), Silence())
    assert report.patience(told.dialogue) == WAITS


def test_the_code_comes_within_the_minute_however_slowly_one_answers():
    assert sum(CODE_WITHIN) < 60
    dialogue, waited = at("group"), 0
    for text in ("2", "0", "2", "0"):
        waited += report.patience(dialogue)
        dialogue = hear(dialogue, text).dialogue
        assert dialogue.answers["code"] == CODE
    waited += report.patience(dialogue)
    assert waited < 60
    late = hear(dialogue, "2")
    assert late.say[:1] == TOLD
    assert "code" not in late.dialogue.answers


def test_leaving_tells_the_code_first():
    menu = Opening("menu", Said(""))
    outcome = report.hear(at("place"), Leaving(menu))
    assert (outcome.say, outcome.go) == (TOLD, menu)


def test_leaving_before_a_story_tells_nothing():
    outcome = report.hear(Dialogue("report", "story"), Leaving(Opening("menu", Said(""))))
    assert outcome.say == ()
