import pytest

from bots import effects as wish
from bots.call_back import NUMBER, RANG, RANG_AGAIN, UNUSABLE, WILL_CALL, call_back
from bots.conversation import PATIENCE, Attachment, Leaving, Opening, Said, Silence
from bots.phrases import receipt

PHOTO = Attachment("ref", "photo", "image/jpeg")
BARE = call_back.begin(Said("")).dialogue
HELD = call_back.begin(Said("the pump broke", attachments=(PHOTO,))).dialogue


def hear(dialogue, text):
    return call_back.hear(dialogue, Said(text))


def test_it_asks_for_the_number():
    assert call_back.begin(Said("")).say == (NUMBER,)


def test_1_is_this_phone():
    assert hear(BARE, "1").do == wish.AskCall(None)


@pytest.mark.parametrize("text", ["0812 345 678", "+255 812 345 678 mama", "tel 0812345678"])
def test_a_number_is_taken_as_it_is_written(text):
    assert hear(BARE, text).do == wish.AskCall(text)
    assert call_back.begin(Said(text)).do == wish.AskCall(text)


def test_words_beside_a_number_are_kept_with_it():
    text = "0812 345 678 hit me"
    assert hear(BARE, text).do == wish.AskCall(text, text)


def test_a_photo_over_a_number_is_kept_with_it():
    said = Said("0812345678", attachments=(PHOTO,))
    asked = call_back.hear(BARE, said)
    assert asked.do == wish.AskCall("0812345678", "", (PHOTO,))
    unusable = call_back.hear(asked.dialogue, wish.NoNumber()).dialogue
    assert call_back.hear(unusable, Silence()).do == wish.FileCase("", (PHOTO,))


def test_the_call_is_promised_and_the_code_told():
    asked = hear(BARE, "1")
    done = call_back.hear(asked.dialogue, wish.CaseFiled("c1", "code"))
    assert (done.dialogue, done.say) == (None, (WILL_CALL, *receipt("code")))


def test_a_call_about_a_case_needs_no_new_code():
    asked = hear(call_back.begin(Said("", about="c1")).dialogue, "1")
    assert asked.do == wish.AskCall(None, case="c1")
    assert call_back.hear(asked.dialogue, wish.CaseFiled("c1", "")).say == (WILL_CALL,)


def test_words_of_another_conversation_come_along():
    assert hear(HELD, "1").do == wish.AskCall(None, "the pump broke", (PHOTO,))


def test_words_instead_of_a_number_are_kept():
    asked = hear(BARE, "in the evening please")
    assert asked.say == (NUMBER,)
    assert hear(asked.dialogue, "1").do == wish.AskCall(None, "in the evening please")


def test_a_number_that_cannot_be_called_is_asked_for_again():
    outcome = call_back.hear(hear(BARE, "1").dialogue, wish.NoNumber())
    assert outcome.say == (UNUSABLE,)
    assert hear(outcome.dialogue, "0812345678").do == wish.AskCall("0812345678")


def test_a_slip_repeats_the_question():
    assert hear(BARE, "12").say == (NUMBER,)


def test_0_leads_to_the_menu():
    assert hear(BARE, "0").go == Opening("menu", Said(""))


def test_words_are_filed_before_going_elsewhere():
    voice = Opening("voice", Said(""))
    outcome = call_back.hear(HELD, Leaving(voice))
    assert outcome.do == wish.FileCase("the pump broke", (PHOTO,))
    after = call_back.hear(outcome.dialogue, wish.CaseFiled("c1", "code"))
    assert (after.say, after.go) == (receipt("code"), voice)


def test_a_day_of_silence_files_them():
    assert call_back.patience(HELD) == PATIENCE
    assert call_back.hear(HELD, Silence()).do == wish.FileCase("the pump broke", (PHOTO,))


def test_silence_without_words_changes_nothing():
    assert call_back.hear(BARE, Silence()).dialogue == BARE


# --- a call that nobody took

RINGS = Said("", rang=True)


def test_a_ring_asks_for_a_call_and_asks_nothing_back():
    rung = call_back.begin(RINGS)
    assert (rung.do, rung.say) == (wish.RingBack(), ())


def test_a_ring_is_answered_in_one_message_with_the_code():
    done = call_back.hear(call_back.begin(RINGS).dialogue, wish.CaseFiled("c1", "code"))
    assert (done.dialogue, done.say) == (None, (RANG.filled(code="code"),))
    assert RANG.protect


def test_a_ring_about_a_case_needs_no_new_code():
    rung = call_back.begin(Said("", rang=True, about="c1"))
    assert rung.do == wish.RingBack("c1")
    assert call_back.hear(rung.dialogue, wish.CaseFiled("c1", "")).say == (RANG_AGAIN,)


def test_who_rings_again_is_told_nothing_again():
    done = call_back.hear(call_back.begin(RINGS).dialogue, wish.CallAwaited())
    assert (done.dialogue, done.say) == (None, ())


def test_a_ring_answers_the_question_for_a_number():
    assert call_back.hear(HELD, RINGS).do == wish.AskCall(None, "the pump broke", (PHOTO,))
