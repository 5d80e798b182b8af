import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import segments
from channels.base import Style
from tests.support import segment_vectors
from tests.support.segment_vectors import SPEECH

WORDS = st.text(alphabet=st.sampled_from("ab€ \nêɛ👍🏽é\u0301"), max_size=400)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 10, 2),  # the € would straddle
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("é" * 160, 1),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("ɛ" * 134, 2),
        ("ɛ" * 135, 3),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
        ("a" * 66 + "👍" + "a" * 5, 2),
        ("ɛ" * 66 + "👍" + "a" * 66, 3),  # the pair moves over as a whole
        ("ɛ" * 66 + "\r\n" + "a" * 66, 2),  # two characters, and a segment may end between them
        ("a" * 160 + "\u00a0", 3),
    ],
)
def test_segments_are_what_a_provider_bills(text, expected):
    assert segments.cost(text) == expected


def test_the_basic_alphabet_has_127_characters_and_an_escape():
    assert len(segments.BASIC) == 127


def test_an_extension_character_takes_two_places():
    assert segments.count("[1]") == segments.Count(gsm=True, units=5, segments=1)


def test_the_guilty_characters_are_named_once():
    assert segments.foreign("forêt, fête: €5 é") == ("ê",)


def test_folding_makes_marks_plain_and_leaves_letters_alone():
    folded = segments.fold("\u201cL\u2019e\u0301te\u0301\u201d\u00a0\u2026 \u2013 fore\u0302t")
    assert folded == '"L\'été" ... - forêt'


def test_what_is_seen_as_one_character_is_not_cut():
    family = "👨\u200d👩\u200d👧"  # 8 units
    assert segments.cost("ɛ" * 63 + family + "ɛ" * 59) == 2
    assert segments.cost("ɛ" * 63 + family + "ɛ" * 60) == 3


def test_a_heap_of_accents_ends_somewhere():
    assert segments.cost("e" + "\u0301" * 200) == 3


def test_a_short_text_is_one_message():
    assert segments.split("Hello", Style.SMS) == ["Hello"]
    assert segments.split("x" * 900, Style.TEXT) == ["x" * 900]


def test_a_long_text_is_cut_at_blanks():
    parts = segments.split(" ".join(["word"] * 900), Style.CHAT)
    assert len(parts) == 2
    assert all(part.endswith("word") for part in parts)


@given(WORDS.map(lambda text: text * 12), st.sampled_from(Style))
def test_no_part_is_too_long_and_no_word_is_lost(text, style):
    parts = segments.split(text, style)
    assert all(segments.cost(part) <= segments.MAX_SEGMENTS for part in parts) or style != "sms"
    longest = {"text": segments.MAX_TEXT_UNITS}.get(style, segments.MAX_CHAT_UNITS)
    assert all(segments.utf16(part) <= longest for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.text(max_size=300))
def test_any_text_has_a_price(text):
    assert segments.cost(text) >= 1


@pytest.fixture(scope="module")
def vectors():
    """Texts in twelve languages, counted by another way (``tests.support.segment_vectors``)."""
    return segment_vectors.kept()


def test_it_counts_what_the_published_rules_count(vectors):
    wrong = [
        (one.kind, one.text, counted)
        for one in vectors
        if (counted := segments.count(one.text))
        != segments.Count(one.gsm, one.units, one.segments)
    ]
    assert wrong == []


def test_typographic_marks_are_made_as_plain_as_they_were(vectors):
    dressed = [one for one in vectors if one.plain is not None]
    assert len(dressed) > 400
    assert [one.text for one in dressed if segments.fold(one.text) != one.plain] == []


def test_the_vectors_are_enough_in_each_language_and_of_each_kind(vectors):
    assert len({one.text for one in vectors}) == len(vectors) >= 4000
    for language in SPEECH:
        own = [one for one in vectors if one.language == language]
        assert len(own) >= 330
        assert {1, 2, 3, 4} <= {one.segments for one in own}
        assert len({one.kind for one in own}) == 11
    assert sum(one.gsm for one in vectors) > 900
    alone = {(one.gsm, one.segments) for one in vectors if one.units in (70, 71, 160, 161)}
    assert {(True, 1), (True, 2), (False, 1), (False, 2)} <= alone


def test_the_vectors_are_what_their_generator_makes(vectors):
    assert segment_vectors.vectors() == vectors
