from hypothesis import given
from hypothesis import strategies as st

from channels.wire import words

ANYTHING = st.text(alphabet=st.characters(codec=None, categories=None), max_size=200)


def test_null_bytes_are_dropped():
    assert words("pit\0 wall é\0") == "pit wall é"


def test_half_a_character_is_marked_as_broken():
    assert words("ok \ud83d!") == "ok \ufffd!"


def test_two_halves_make_a_whole():
    assert words("\ud83d\ude00") == "😀"


@given(st.text())
def test_everything_else_stays_as_written(text):
    assert words(text) == text.replace("\0", "")


@given(ANYTHING)
def test_any_words_can_be_kept(text):
    assert b"\0" not in words(text).encode()
