from datetime import timedelta

import pytest

from channels import limiter
from channels.limiter import Limiter, Pace

SECOND = timedelta(seconds=1)
TICK = timedelta(milliseconds=50)


def sent_within(lim, now, seconds, cost=1):
    sent = 0
    for tick in range(int(seconds / 0.05)):
        moment = now + tick * TICK
        for _ in range(lim.room(moment)):
            if lim.room(moment) < 1:
                break
            lim.take(moment, cost)
            sent += cost
    return sent


@pytest.mark.parametrize("rate", [1, 7, 30, 200])
def test_over_a_minute_the_limit_is_used_and_never_passed(now, rate):
    sent = sent_within(Limiter(Pace(rate)), now, 60)
    assert 0.95 * 60 * rate <= sent <= 61 * rate


def test_a_burst_is_a_seconds_worth(now):
    assert Limiter(Pace(30)).room(now) == 30


def test_a_slow_line_still_sends(now):
    lim = Limiter(Pace(0.5))
    lim.take(now)
    assert lim.room(now + SECOND) == 0
    assert lim.room(now + 2 * SECOND) == 1


def test_segments_are_counted_and_a_long_message_leaves_a_debt(now):
    lim = Limiter(Pace(1))
    lim.take(now, cost=4)
    assert lim.room(now + 3 * SECOND) == 0
    assert lim.room(now + 4 * SECOND) == 1


def test_long_messages_keep_the_rate_too(now):
    assert sent_within(Limiter(Pace(10)), now, 60, cost=3) <= 61 * 10 + 2


def test_a_chat_gets_one_message_a_second(now):
    lim = Limiter(Pace(30, per_chat=1))
    lim.note_chat("7", now)
    assert lim.chat_free_at("7", now + SECOND / 2) == now + SECOND
    assert lim.chat_free_at("7", now + 2 * SECOND) == now + 2 * SECOND
    assert lim.chat_free_at("8", now) == now


def test_phones_have_no_pause_of_their_own(now):
    lim = Limiter(Pace(30))
    lim.note_chat("7", now)
    assert lim.chat_free_at("7", now) == now


def test_the_provider_can_ask_for_a_pause(now):
    lim = Limiter(Pace(30))
    lim.pause(now + 7 * SECOND)
    lim.pause(now + 2 * SECOND)
    assert lim.room(now + 6.9 * SECOND) == 0
    assert lim.room(now + 7 * SECOND) == 30


def test_a_clock_that_goes_back_gives_nothing_away(now):
    lim = Limiter(Pace(1))
    lim.take(now)
    assert lim.room(now - 60 * SECOND) == 0


def test_chats_are_forgotten(now, monkeypatch):
    monkeypatch.setattr(limiter, "FORGET_CHATS_AT", 10)
    lim = Limiter(Pace(30, per_chat=1))
    for number in range(100):
        lim.note_chat(str(number), now + number * SECOND)
    assert len(lim._chats) <= 11
