from dataclasses import replace

import pytest

from bots import calling
from bots.calling import GREETING_TAKES, MOST_SILENCES, answer, arrivals
from channels.base import Address, Inbound, Media, Stopped
from channels.calls import Next, Place, Play, Say, Turn
from locales import languages, translate
from outreach.call_phrases import Phrase
from outreach.called import Told

PHONE = Address("sms", "+254711000001")
NOW = 1_770_000_000
SOUNDS = {digit: Play(f"s{digit}", 30) for digit in "123"}
TOLD = Told("No burning", "en", "12", SOUNDS)


def turn(place=None, key="", **more):
    return Turn("m1", "CA1", PHONE, "call", place, key, **more)


def after(place, key="", *, later=31, told=TOLD):
    """Return what is said when *key* comes so many seconds after a part began."""
    return answer(turn(place, key), told, NOW + later)


def texts(script):
    return [line.text for line in script.lines if isinstance(line, Say)]


def played(script):
    return [line.sound for line in script.lines if isinstance(line, Play)]


PLAYING = Place("1", NOW)


def test_a_call_begins_with_whom_it_is_from_and_the_first_part():
    begun = answer(turn(), TOLD, NOW)
    assert texts(begun.script) == ["Good day. This is about a rule that changes: No burning."]
    assert played(begun.script) == ["s1"]
    assert (begun.script.then, begun.heard) == (Next.KEY, "")
    assert begun.script.place == Place("1", NOW + GREETING_TAKES)


def test_silence_leads_from_part_to_part_and_then_to_the_menu_and_to_the_end():
    second = after(PLAYING)
    assert played(second.script) == ["s2"]
    said = after(second.script.place)
    assert texts(said.script) == [calling.PARTS, calling.OTHERS]
    for _ in range(MOST_SILENCES - 1):
        said = after(said.script.place)
        assert said.script.then is Next.KEY
    last = after(said.script.place)
    assert (texts(last.script), last.script.then) == ([calling.GOODBYE], Next.END)


def test_a_mailbox_that_listens_to_all_of_it_has_heard_nothing():
    place, heard = PLAYING, ""
    for _ in range(6):
        said = after(place)
        place, heard = said.script.place, heard + said.heard
    assert heard == ""


def test_what_was_played_before_the_first_key_counts_with_it():
    second = after(PLAYING)
    assert after(second.script.place, "3", later=40).heard == "1"  # the second was cut short
    later = after(replace(second.script.place, since=NOW), "3", later=31)
    assert later.heard == "12"
    assert played(later.script) == ["s3"]


def test_after_a_key_a_part_counts_when_it_has_ended():
    chosen = after(PLAYING, "3", later=3)
    assert (chosen.heard, played(chosen.script)) == ("", ["s3"])
    ended = after(chosen.script.place)
    assert ended.heard == "3"
    assert texts(ended.script) == [calling.PARTS, calling.OTHERS]  # who chooses is not led on


@pytest.mark.parametrize("later", [0, 29])
def test_a_part_that_was_cut_short_is_not_heard(later):
    assert after(PLAYING, "1", later=later).heard == ""


def test_a_replayed_turn_is_answered_alike():
    assert after(PLAYING, "2", later=31) == after(PLAYING, "2", later=31)


@pytest.mark.parametrize(
    ("key", "said"),
    [("4", calling.UNRECORDED), ("5", calling.UNRECORDED), *((k, calling.WRONG) for k in "67*#")],
)
def test_a_key_that_plays_nothing_says_so_and_offers_the_menu(key, said):
    wrong = after(PLAYING, key)
    assert texts(wrong.script) == [said, calling.PARTS, calling.OTHERS]
    assert wrong.script.then is Next.KEY


def test_8_takes_a_message_and_9_and_0_are_answered():
    assert after(PLAYING, "8").script.then is Next.WORDS
    back = after(PLAYING, "9").script
    assert (texts(back), back.then) == ([calling.WILL_CALL, calling.OTHERS], Next.KEY)
    stop = after(PLAYING, "0").script
    assert (texts(stop), stop.then) == ([calling.NO_CALLS], Next.END)


def test_after_a_message_the_call_goes_on():
    left = answer(turn(PLAYING, spoken_id="RE1"), TOLD, NOW)
    assert texts(left.script) == [calling.KEPT, calling.OTHERS]
    assert left.script.then is Next.KEY


def test_nothing_that_is_told_any_more_is_hung_up_on():
    for one in (turn(), turn(PLAYING, "3"), turn(PLAYING, spoken_id="RE1")):
        assert answer(one, None, NOW).script == calling.Script((), Next.END)


# --- what is kept of it


def test_9_is_a_wish_to_be_called_back_each_call_once():
    assert arrivals(turn(PLAYING, "9")) == [Inbound(PHONE, "CA1:9", rang=True)]


def test_0_shuts_the_door_to_calls_and_to_nothing_else():
    assert arrivals(turn(PLAYING, "0")) == [Stopped(Address("call", PHONE.value), "CA1:0")]


def test_a_message_reaches_the_inbox_as_one():
    sound = Media("https://api.twilio.com/RE1", "voice", "audio/wav")
    left = turn(PLAYING, spoken_id="RE1", spoken=sound)
    assert arrivals(left) == [Inbound(PHONE, "RE1", media=(sound,))]
    typed = turn(PLAYING, spoken_id="r1", words="the well is dry")
    assert arrivals(typed) == [Inbound(PHONE, "r1", "the well is dry")]


@pytest.mark.parametrize("key", ["", *"1234567*#8"])
def test_nothing_else_is_kept(key):
    assert arrivals(turn(PLAYING, key)) == []


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("key", ["4", "6", "8", "9", "0"])
def test_every_language_has_its_words(language, key):
    there = replace(TOLD, language=language)
    for line in after(PLAYING, key, told=there).script.lines:
        assert line.language == language
        if language != "en":
            assert line.text not in {calling.PARTS, calling.OTHERS, calling.WRONG}
    assert translate(calling.GREETING, language).count("{title}") == 1


def test_what_the_forum_has_recorded_is_played_instead_of_being_read_by_machine():
    phrases = {Phrase.GREETING: Play("hello", 4), Phrase.OTHERS: Play("keys", 9)}
    told = replace(TOLD, phrases=phrases)
    begun = answer(turn(), told, NOW)
    assert played(begun.script) == ["hello", "s1"]
    assert begun.script.place.since == NOW + 4  # when the part begins
    wrong = after(PLAYING, "7", told=told)
    assert texts(wrong.script) == [calling.WRONG, calling.PARTS]
    assert played(wrong.script) == ["keys"]
