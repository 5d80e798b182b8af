from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from channels import sound_links

HOUR = timedelta(hours=1)


@pytest.fixture
def given(keyring, now):
    """The parts of an address that was given out."""
    url = urlsplit(sound_links.link(keyring, "s1", now))
    assert url.path == f"{sound_links.PATH}/s1"
    query = parse_qs(url.query)
    return query["until"][0], query["key"][0]


def test_it_opens_for_an_hour_at_least_and_two_at_most(keyring, now, given):
    assert sound_links.opens(keyring, "s1", *given, now)
    assert sound_links.opens(keyring, "s1", *given, now + HOUR)
    assert not sound_links.opens(keyring, "s1", *given, now + 2 * HOUR)


def test_it_opens_one_recording_and_cannot_be_made_to_last(keyring, now, given):
    until, key = given
    assert not sound_links.opens(keyring, "s2", until, key, now)
    assert not sound_links.opens(keyring, "s1", str(int(until) + 3600), key, now)


@pytest.mark.parametrize(("until", "key"), [("", ""), ("soon", "é"), ("9" * 30, "0" * 64)])
def test_what_was_made_up_opens_nothing(keyring, now, until, key):
    assert not sound_links.opens(keyring, "s1", until, key, now)


def test_within_an_hour_it_stays_the_same(keyring, now):
    begin = now.replace(minute=0, second=0, microsecond=0)
    first, last = (sound_links.link(keyring, "s1", begin + m * HOUR / 60) for m in (0, 59))
    assert first == last
