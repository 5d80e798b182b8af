import pytest

from forum.cleaning import CannotClean, Reason, media
from forum.cleaning.kinds import kind_of
from tests.support import planted_pictures, planted_recordings
from tests.support.planted import found_in

STAY = [
    planted_pictures.jpeg,
    planted_pictures.png,
    planted_pictures.gif,
    planted_pictures.webp,
    planted_recordings.mp3,
    planted_recordings.wav,
    planted_recordings.film,
]


@pytest.mark.parametrize("make", STAY, ids=lambda make: make.__name__)
def test_a_part_of_a_document_stays_what_it_is(make):
    cleaned = media.clean_within(make())
    assert kind_of(cleaned) == kind_of(make())
    assert found_in(cleaned) == set()


@pytest.mark.parametrize("make", [planted_pictures.heic, planted_pictures.tiff])
def test_what_would_become_something_else_is_not_taken(make):
    with pytest.raises(CannotClean) as raised:
        media.clean_within(make())
    assert raised.value.reason is Reason.UNKNOWN


def test_a_document_in_a_document_is_not_taken():
    with pytest.raises(CannotClean):
        media.clean_within(b"%PDF-1.7")
