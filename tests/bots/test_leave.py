import pytest

from bots import effects as wish
from bots.conversation import Said
from bots.leave import HELP, STARTED, STOPPED, help_, start, stop


@pytest.mark.parametrize(
    ("conversation", "wished", "said"),
    [(stop, wish.Stop(), STOPPED), (start, wish.Restart(), STARTED)],
)
def test_it_is_done_and_confirmed_once(conversation, wished, said):
    outcome = conversation.begin(Said(""))
    assert outcome.do == wished
    after = conversation.hear(outcome.dialogue, wish.StopKept())
    assert (after.dialogue, after.say) == (None, (said,))


@pytest.mark.parametrize("conversation", [stop, start])
def test_what_the_provider_confirmed_is_not_confirmed_again(conversation):
    outcome = conversation.begin(Said(""))
    assert conversation.hear(outcome.dialogue, wish.StopKept(answered=True)).say == ()


def test_a_stop_that_is_repeated_is_not_confirmed_again():
    outcome = stop.begin(Said(""))
    assert stop.hear(outcome.dialogue, wish.StopKept(before=True)).say == ()


def test_a_start_is_always_confirmed():
    outcome = start.begin(Said(""))
    assert start.hear(outcome.dialogue, wish.StopKept(before=True)).say == (STARTED,)


def test_help_says_what_to_send():
    outcome = help_.begin(Said(""))
    assert (outcome.dialogue, outcome.say) == (None, (HELP,))
