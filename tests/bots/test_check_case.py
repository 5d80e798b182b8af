import pytest

from bots import effects as wish
from bots.check_case import (
    ACCEPT,
    CODE,
    MORE,
    NEWS,
    NOTHING,
    SOLVED,
    TRIES,
    WRONG,
    check_case,
    looks_like_code,
)
from bots.conversation import (
    PATIENCE,
    Attachment,
    Dialogue,
    Leaving,
    Opening,
    Prompt,
    Said,
    Silence,
    Unread,
)
from bots.phrases import ADDED, AGREE, AGREED, PASSED_ON, THANKS, receipt

CODE_TEXT = "1234-5678-90123-4"
PHOTO = Attachment("ref", "photo", "image/jpeg")
STATUS = "We have it. A person will read it soon."


def found(**more):
    return wish.CaseFound("c1", STATUS, **{"news": False, **more})


def at(step, **answers):
    return Dialogue("check_case", step, {"case": "c1", **answers})


def begin(text, event, **more):
    outcome = check_case.begin(Said(text, **more))
    return outcome.do, check_case.hear(outcome.dialogue, event)


def test_a_code_is_looked_up():
    wished, after = begin(CODE_TEXT, found())
    assert wished == wish.FindCase(CODE_TEXT)
    assert after.say == (Prompt(STATUS), MORE)


def test_without_a_code_the_phone_is():
    wished, after = begin("", found())
    assert wished == wish.FindMine()
    assert after.say == (Prompt(STATUS), MORE)


def test_a_phone_without_a_case_is_asked_for_the_code():
    assert begin("", wish.CaseUnknown())[1].say == (CODE,)


def test_a_wrong_code_is_looked_at_again():
    after = begin(CODE_TEXT, wish.CaseUnknown())[1]
    assert after.say == (WRONG,)
    assert check_case.hear(after.dialogue, Said("1" * 14)).do == wish.FindCase("1" * 14)


def test_too_many_tries_end_it():
    after = begin(CODE_TEXT, wish.TooManyTries())[1]
    assert (after.dialogue, after.say) == (None, (TRIES,))


def test_an_answer_is_offered_and_read():
    after = begin("", found(news=True))[1]
    assert after.say == (Prompt(STATUS), NEWS)
    read = check_case.hear(after.dialogue, Said("1"))
    assert read.do == wish.ReadNews("c1")
    assert check_case.hear(read.dialogue, wish.NewsRead(("e1", "e2"))).say == (
        Unread("e1"),
        Unread("e2"),
        MORE,
    )


def test_an_answer_that_was_read_elsewhere_is_not_read_twice():
    assert check_case.hear(at("read"), wish.NewsRead(())).say == (NOTHING, MORE)


@pytest.mark.parametrize(("text", "settled"), [("1", True), ("2", False)])
def test_a_question_that_waits_is_asked(text, settled):
    after = begin("", found(asks=True))[1]
    assert after.say == (Prompt(STATUS), SOLVED)
    answered = check_case.hear(after.dialogue, Said(text))
    assert answered.do == wish.AnswerCheckIn("c1", settled)
    assert check_case.hear(answered.dialogue, wish.CheckInAnswered()).say == (THANKS,)


@pytest.mark.parametrize(("text", "word"), [("1", "yes"), ("2", "no"), ("4", "appeal")])
def test_what_is_proposed_is_asked(text, word):
    after = begin("", found(proposal=True))[1]
    assert after.say == (Prompt(STATUS), AGREE)
    answered = check_case.hear(after.dialogue, Said(text))
    assert answered.do == wish.AnswerProposal("c1", word)
    done = check_case.hear(answered.dialogue, wish.ProposalAnswered())
    assert (done.dialogue, done.say) == (None, (AGREED[word],))


def test_who_does_not_accept_how_it_ended_may_have_others_decide():
    after = begin("", found(appeal=True))[1]
    assert after.say == (Prompt(STATUS), ACCEPT)
    answered = check_case.hear(after.dialogue, Said("1"))
    assert answered.do == wish.AskAppeal("c1")
    done = check_case.hear(answered.dialogue, wish.AppealAsked())
    assert (done.dialogue, done.say) == (None, (PASSED_ON,))


def test_how_it_ended_is_read_before_it_is_asked_whether_they_accept_it():
    assert begin("", found(news=True, appeal=True))[1].say == (Prompt(STATUS), NEWS)
    read = check_case.hear(at("read"), wish.NewsRead(("e1",), appeal=True))
    assert read.say == (Unread("e1"), ACCEPT)


def test_what_is_proposed_is_read_before_it_is_asked():
    assert begin("", found(news=True, proposal=True))[1].say == (Prompt(STATUS), NEWS)
    read = check_case.hear(at("read"), wish.NewsRead(("e1",), proposal=True))
    assert read.say == (Unread("e1"), AGREE)


def test_who_wants_to_talk_about_it_may_begin():
    answered = check_case.hear(at("agree"), Said("3"))
    talked = check_case.hear(answered.dialogue, wish.ProposalAnswered())
    assert talked.say == (AGREED["talk"], MORE)


def test_words_to_a_proposal_are_added_and_it_is_asked_again():
    outcome = check_case.hear(at("agree"), Said("what about my brother"))
    assert check_case.hear(outcome.dialogue, wish.CaseExtended()).say == (ADDED, AGREE)


@pytest.mark.parametrize("step", ["read", "solved", "accept", "more"])
def test_words_are_added_to_the_case(step):
    outcome = check_case.hear(at(step), Said("come on Tuesday"))
    assert outcome.do == wish.AddToCase("c1", "come on Tuesday")
    assert check_case.hear(outcome.dialogue, wish.CaseExtended()).say == (ADDED,)


@pytest.mark.parametrize("step", ["read", "solved", "more", "code"])
def test_0_leads_to_the_menu(step):
    assert check_case.hear(at(step), Said("0")).go == Opening("menu", Said(""))


@pytest.mark.parametrize("step", ["read", "solved", "more", "code"])
def test_a_slip_repeats_the_question(step):
    outcome = check_case.hear(at(step), Said("7"))
    assert (outcome.dialogue.step, outcome.do) == (step, None)


def test_words_instead_of_a_code_are_kept():
    outcome = check_case.hear(Dialogue("check_case", "code"), Said("I have lost it"))
    assert outcome.go == Opening("kept", Said("I have lost it"))


# --- words that belong to a case ----------------------------------------------------------------


def test_words_that_came_along_are_added_once_the_case_is_found():
    wished, after = begin("they are back", found(), attachments=("photo",))
    assert wished == wish.FindMine()
    assert after.do == wish.AddToCase("c1", "they are back", ("photo",))


def test_they_wait_for_the_code():
    asked = begin("they are back", wish.CaseUnknown())[1]
    more = check_case.hear(asked.dialogue, Said("both of them"))
    assert more.say == (ADDED, CODE)
    tried = check_case.hear(more.dialogue, Said(CODE_TEXT))
    added = check_case.hear(tried.dialogue, found())
    assert added.do == wish.AddToCase("c1", "they are back\nboth of them")


def test_without_a_case_they_are_filed():
    outcome = begin("they are back", wish.TooManyTries())[1]
    assert (outcome.do, outcome.say) == (wish.FileCase("they are back"), (TRIES,))
    assert check_case.hear(outcome.dialogue, wish.CaseFiled("c2", "code")).say == receipt("code")


def test_going_elsewhere_files_them():
    asked = begin("they are back", wish.CaseUnknown())[1]
    voice = Opening("voice", Said(""))
    outcome = check_case.hear(asked.dialogue, Leaving(voice))
    assert outcome.do == wish.FileCase("they are back")
    assert check_case.hear(outcome.dialogue, wish.CaseFiled("c2", "code")).go == voice


def test_a_day_of_silence_files_them():
    asked = begin("they are back", wish.CaseUnknown())[1]
    assert check_case.patience(asked.dialogue) == PATIENCE
    assert check_case.hear(asked.dialogue, Silence()).do == wish.FileCase("they are back")


def test_silence_with_empty_hands_changes_nothing():
    asked = begin("", wish.CaseUnknown())[1]
    assert check_case.hear(asked.dialogue, Silence()).dialogue == asked.dialogue


def test_words_beside_a_wrong_code_are_filed_if_none_is_right():
    text = "0812 345 678 hit me"
    asked = begin(text, wish.CaseUnknown())[1]
    assert check_case.hear(asked.dialogue, Silence()).do == wish.FileCase(text)


def test_words_beside_a_right_code_go_no_further():
    after = begin(f"my number is {CODE_TEXT}", found())[1]
    assert (after.do, after.say) == (None, (Prompt(STATUS), MORE))
    assert "beside" not in after.dialogue.answers


def test_a_photo_over_a_code_goes_to_its_case():
    asked, after = begin(CODE_TEXT, found(), attachments=(PHOTO,))
    assert (asked, after.do) == (wish.FindCase(CODE_TEXT), wish.AddToCase("c1", "", (PHOTO,)))


def test_going_elsewhere_with_empty_hands_files_nothing():
    voice = Opening("voice", Said(""))
    outcome = check_case.hear(at("more"), Leaving(voice))
    assert (outcome.do, outcome.go) == (None, voice)


@pytest.mark.parametrize("text", ["1234-5678-90123-4", "code 1234 5678 9012", "l234-5678-9O123-4"])
def test_a_try_at_a_code_is_known(text):
    assert looks_like_code(Said(text))


@pytest.mark.parametrize("text", ["", "1234", "on 12.05.2026 the roof of the shaft fell on us"])
def test_a_story_with_numbers_is_no_code(text):
    assert not looks_like_code(Said(text))


def test_a_case_can_be_taken_back_from_here():
    asked = check_case.hear(Dialogue("check_case"), wish.CaseFound("c1", "We have it.", False))
    assert check_case.hear(asked.dialogue, Said("8")).go == Opening(
        "withdraw", Said("", about="c1")
    )
