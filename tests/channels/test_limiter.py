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
        while lim.take(moment, cost):
            sent += cost
    return sent


@pytest.mark.parametrize("rate", [1, 7, 30, 200])
def test_over_a_minute_the_limit_is_used_and_never_passed(now, rate):
    sent = sent_within(Limiter(Pace(rate)), now, 60)
    assert 0.95 * 60 * rate <= sent <= 60 * rate


def test_a_burst_is_a_seconds_worth(now):
    assert Limiter(Pace(30)).room(now) == 30


def test_a_slow_line_still_sends(now):
    lim = Limiter(Pace(0.5))
    assert lim.take(now)
    assert lim.room(now + 2 * SECOND) == 0
    assert lim.room(now + 2.1 * SECOND) == 1


def test_segments_are_counted_and_a_long_message_leaves_a_debt(now):
    lim = Limiter(Pace(1))
    assert lim.take(now, cost=4)
    assert not lim.take(now + 4 * SECOND)
    assert lim.take(now + 4.1 * SECOND)


def test_what_costs_more_than_there_is_waits_for_it(now):
    lim = Limiter(Pace(10))
    assert lim.take(now, cost=8)
    assert not lim.take(now, cost=3)
    assert lim.take(now + 0.2 * SECOND, cost=3)


def test_long_messages_keep_the_rate_too(now):
    assert 0.95 * 60 * 10 <= sent_within(Limiter(Pace(10)), now, 60, cost=3) <= 60 * 10


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


def test_who_takes_a_line_over_has_saved_nothing_up(now):
    lim = Limiter(Pace(30))
    lim.drain(now)
    assert lim.room(now) == 0
    assert 0.9 * 15 <= lim.room(now + SECOND / 2) <= 15


@pytest.mark.parametrize("calls", [1, 2, 16, 256])
def test_as_many_wait_for_a_call_as_there_are_calls_and_some_are_never_broadcasts(calls):
    pace = Pace(calls=calls)
    assert pace.in_flight > 2 * calls
    assert calls < pace.in_flight_of_broadcasts < pace.in_flight


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


def test_the_wait_is_for_what_the_next_message_costs(now):
    lim = Limiter(Pace(10))
    lim.drain(now)
    assert not lim.take(now, cost=4)
    wait = lim.wait()
    assert not lim.take(now + 0.9 * wait, cost=4)
    ready = now + wait + timedelta(milliseconds=1)
    assert lim.take(ready, cost=4)
    assert lim.wait() < wait / 2  # for one token again
