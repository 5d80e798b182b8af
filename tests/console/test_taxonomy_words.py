import pytest

from bots.sorting import Fault
from console import taxonomy_words as words
from forum.suppression import K_GRAVE, K
from grievances.category import Area, Risk
from grievances.taxonomy import LANES


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (Risk, words.RISKS),
        (Area, words.AREAS),
        (("", *LANES), words.LANES),
        ((K, K_GRAVE), words.THRESHOLDS),
        (Fault, words.FAULTS),
    ],
    ids=["risks", "areas", "lanes", "thresholds", "faults"],
)
def test_every_key_has_its_words(keys, said):
    assert set(said) == set(keys)
    assert all(said.values())


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_says_what_it_found(fault):
    assert "XYZ" in words.FAULTS[fault] % {"what": "XYZ", "room": 149}
