import pytest

from console import statistics_words as words
from grievances.indicators import Name
from grievances.releases import Part


@pytest.mark.parametrize(
    ("keys", "said"),
    [(Name, words.NAMES), (Name, words.HOW), (Part, words.PARTS), (Part, words.PART_HELP)],
    ids=["names", "how", "parts", "part help"],
)
def test_every_key_has_its_words(keys, said):
    assert set(said) == set(keys)
    assert all(said.values())


def test_no_two_figures_are_called_alike():
    assert len(set(words.NAMES.values())) == len(Name)


def test_a_hidden_count_is_a_word_that_is_no_number():
    assert not any(letter.isdigit() for letter in words.HIDDEN)
