import pytest

from bots import effects as wish
from bots.conversation import Attachment, Dialogue, Leaving, Opening, Said
from bots.subscribe import FORMALITY, GENDER, LISTED, LISTED_FOR, NOWHERE, PLACE, ROLE, subscribe

PHOTO = Attachment("ref", "photo", "image/jpeg")


def at(step, **answers):
    return Dialogue("subscribe", step, answers)


def hear(dialogue, text, **more):
    return subscribe.hear(dialogue, Said(text, **more))


def test_a_place_may_come_with_the_keyword():
    outcome = subscribe.begin(Said("KB12"))
    assert (outcome.say, outcome.dialogue) == ((ROLE,), at("role", place="KB12"))


def test_it_asks_for_place_work_papers_and_gender():
    place = subscribe.begin(Said(""))
    assert place.say == (PLACE,)
    role = hear(place.dialogue, " KB12 ")
    assert role.say == (ROLE,)
    formality = hear(role.dialogue, "2")
    assert formality.say == (FORMALITY,)
    gender = hear(formality.dialogue, "2")
    assert gender.say == (GENDER,)
    wished = wish.Subscribe("KB12", "washer", "woman", "in_process")
    assert hear(gender.dialogue, "1").do == wished


def test_everything_may_be_passed_over():
    role = hear(at("place"), "0")
    gender = hear(hear(role.dialogue, "0").dialogue, "0")
    assert hear(gender.dialogue, "0").do == wish.Subscribe(None, None, None, "unsaid")


def test_other_work_is_told_by_its_digit():
    assert hear(at("role"), "8").dialogue.answers == {"role": "other"}


def test_who_buys_and_whose_land_it_is_are_told_apart():
    told = [hear(at("role"), digit).dialogue.answers["role"] for digit in "67"]
    assert told == ["buyer", "owner"]


def test_a_place_that_nobody_knows_is_told_and_the_rest_counts():
    lost = subscribe.hear(at("gender", place="the river"), wish.Subscribed())
    assert lost.say == (NOWHERE, LISTED)
    assert subscribe.hear(at("gender"), wish.Subscribed()).say == (LISTED,)
    known = subscribe.hear(at("gender", place="KB12"), wish.Subscribed("Kabira Hill"))
    assert known.say == (LISTED_FOR.filled(site="Kabira Hill"),)


@pytest.mark.parametrize(
    ("site", "said"), [(None, "You will hear of new rules."), ("Kabira Hill", "for {site}")]
)
def test_it_says_that_it_is_done_and_how_to_leave(site, said):
    done = subscribe.hear(at("gender"), wish.Subscribed(site))
    assert said in done.say[0].msgid
    assert "STOP" in done.say[0].msgid
    assert done.dialogue is None


@pytest.mark.parametrize("step", ["role", "formality", "gender"])
def test_other_words_are_kept_and_what_was_answered_counts(step):
    outcome = hear(at(step, place="KB12"), "my brother fell")
    assert outcome.do == wish.Subscribe("KB12", None, None)
    after = subscribe.hear(outcome.dialogue, wish.Subscribed())
    assert after.go == Opening("kept", Said("my brother fell"))


def test_a_photo_is_no_place():
    outcome = hear(at("place"), "", attachments=(PHOTO,))
    assert outcome.dialogue.then == Opening("kept", Said("", attachments=(PHOTO,)))


@pytest.mark.parametrize(("step", "ask"), [("role", ROLE), ("gender", GENDER)])
def test_a_slip_repeats_the_question(step, ask):
    assert hear(at(step), "9").say == (ask,)


def test_what_was_answered_counts_for_whoever_goes_elsewhere():
    menu = Opening("menu", Said(""))
    outcome = subscribe.hear(at("role", place="KB12"), Leaving(menu))
    assert outcome.do == wish.Subscribe("KB12", None, None)
    assert subscribe.hear(outcome.dialogue, wish.Subscribed()).go == menu


def test_whoever_answered_nothing_is_not_put_on_a_list():
    menu = Opening("menu", Said(""))
    outcome = subscribe.hear(at("place"), Leaving(menu))
    assert (outcome.do, outcome.go) == (None, menu)
