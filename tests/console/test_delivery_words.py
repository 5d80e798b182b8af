import pytest

from channels import broadcasts
from channels.dead_letters import Again, Reason
from channels.ledger import DEAD, JUDGED, PRIORITY, State
from channels.overview import Health
from console import delivery_words as words


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (Health, words.HEALTH),
        (Health, words.HEALTH_HELP),
        (PRIORITY, words.KINDS),
        (PRIORITY, words.ONE),
        (broadcasts.State, words.BROADCASTS),
        (State, words.STANDS),
        (JUDGED, words.ENDS),
        (set(Again) - {Again.YES}, words.NOT_AGAIN),
    ],
    ids=["health", "help", "kinds", "one", "broadcasts", "stands", "ends", "not again"],
)
def test_every_key_has_its_words(keys, said):
    assert set(said) == set(keys)
    assert all(said.values())


@pytest.mark.parametrize("state", sorted(DEAD))
@pytest.mark.parametrize("error", [None, "30003", "unknown", "no-such-code"])
def test_every_way_to_die_is_said_in_a_sentence(state, error):
    assert words.why(Reason(state, error)).endswith(".")


def test_what_came_too_late_says_so_whatever_was_tried_before():
    assert "in time" in words.why(Reason(State.EXPIRED, "30003"))


def test_a_line_that_nobody_named_keeps_its_name():
    assert words.line_name("pigeon") == "pigeon"


def test_a_broadcast_that_stopped_by_itself_says_why():
    assert "one in ten" in words.why_stopped("failures")
    assert words.why_stopped("something new") == words.STOPPED_OTHERWISE
    assert words.why_stopped(None) is None
