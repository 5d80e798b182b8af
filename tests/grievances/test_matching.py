"""What matches, and how a hit is shown."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grievances.matching import AFTER, BEFORE, MOST_WORDS, Words, folded

#: Letters that are written in several ways, and what stands between words.
LETTERS = "aAäÄéÉeßSsİiñn\u0131\u0301\u0308'\u2019\u2003-_1\u0663\n\u017f\ufb01한 "
TEXTS = st.text(alphabet=LETTERS, max_size=40) | st.text(max_size=40)


def spelled_plainly(text):
    """Return *text* without capitals and accents, said in another way than ``folded`` does."""
    for form in (str, str.casefold):
        text = "".join(
            one
            for one in unicodedata.normalize("NFKD", form(text))
            if not unicodedata.combining(one)
        )
    return text


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("tunnel", "The tunnel at the river"),
        ("TUNNEL river", "The tunnel at the river"),
        ("tun", "The tunnel"),
        ("chevres", "les chèvres en meurent"),
        ("chèvres", "LES CHEVRES"),
        ("kalemie", "a\u0300 Kale\u0301mie"),
        ("ng'ombe", "ng\u2019ombe wangu"),
        ("strasse", "STRAẞE"),
        ("8", "write down 8"),
    ],
)
def test_it_matches(question, text):
    assert Words.of(question).match(text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("unnel", "The tunnel"),
        ("tunnel bridge", "The tunnel at the river"),
        ("tunnels", "The tunnel"),
        ("", "The tunnel"),
        ("?!", "What?!"),
    ],
)
def test_it_does_not_match(question, text):
    assert not Words.of(question).match(text)


def test_what_has_no_word_in_it_is_no_question():
    assert not Words.of(" .,'")
    assert Words.of("a")


def test_only_the_first_words_count():
    many = " ".join(f"w{number}" for number in range(MOST_WORDS + 5))
    assert len(Words.of(many).patterns) == MOST_WORDS


@given(TEXTS)
def test_a_character_by_itself_is_as_plain_as_in_its_text(text):
    assert folded(text) == spelled_plainly(text)


@given(TEXTS, TEXTS)
def test_every_word_begins_some_word_of_what_matches(question, text):
    tokens = re.findall(r"\w+", spelled_plainly(text))
    wanted = list(dict.fromkeys(re.findall(r"\w+", spelled_plainly(question))))[:MOST_WORDS]
    plainly = bool(wanted) and all(any(t.startswith(w) for t in tokens) for w in wanted)
    assert Words.of(question).match(text) is plainly


@given(st.text(max_size=300), st.text(alphabet="abé ", max_size=5))
def test_a_snippet_is_a_stretch_of_the_text_and_its_hits_are_hits(text, question):
    words = Words.of(question)
    pieces = words.snippet(text)
    whole = "".join(piece.text for piece in pieces)
    assert whole.removeprefix("… ").removesuffix(" …") in text
    if words.match(text):
        hits = [piece.text for piece in pieces if piece.hit]
        assert hits
        assert all(any(words.of(hit).patterns) for hit in hits)


def test_a_hit_is_marked_as_it_was_written():
    pieces = Words.of("chevr").snippet("Toutes les chèvres, mes CHE\u0300VRES.")
    assert [piece.text for piece in pieces if piece.hit] == ["chèvr", "CHE\u0300VR"]


def test_a_long_text_is_cut_between_words_around_its_first_hit():
    text = "word " * 100 + "tunnel " + "word " * 100
    pieces = Words.of("tunnel").snippet(text)
    assert pieces[0].text == "… "
    assert pieces[-1].text == " …"
    assert [piece.text for piece in pieces if piece.hit] == ["tunnel"]
    assert len("".join(piece.text for piece in pieces)) <= BEFORE + AFTER + 4
    assert pieces[1].text.startswith("word ")
