import pytest

from console import outreach_words as words
from console.words import in_words
from forum import sites
from outreach import audiences, profiles
from outreach.audiences import EVERYBODY
from outreach.import_columns import Why
from outreach.imports import State, Verdict


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (profiles.ROLES, words.ROLES),
        (profiles.GENDERS, words.GENDERS),
        (profiles.FORMALITIES, words.FORMALITIES),
        (profiles.PHASES, words.PHASES),
        (sites.METHODS, words.METHODS),
        (sites.DEPOSITS, words.DEPOSITS),
        (sites.SCALES, words.SCALES),
        (audiences.HEARD, words.HEARD),
        (EVERYBODY.chosen(), words.CRITERIA),
        (Verdict, words.VERDICTS),
        (Why, words.WHYS),
        (State, words.IMPORT_STATES),
    ],
)
def test_every_key_has_its_words_in_both_languages(keys, said):
    assert set(said) == set(keys)
    assert all(in_words(text, "fr") for text in said.values())
    assert len(set(said.values())) == len(said)
