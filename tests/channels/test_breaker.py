from datetime import timedelta

from channels import breaker
from channels.base import Sent
from channels.breaker import BREAKER_RESTS, REST, TROUBLES
from channels.errors import Ambiguous, Busy, Refused
from channels.lines import Line

SECOND = timedelta(seconds=1)
LINE = Line("sms")


def after(now, *results, line=LINE):
    for result in results:
        line = breaker.after(line, result, now)
    return line


def test_a_provider_that_wants_quiet_gets_what_it_asked_for(now):
    asked = Busy("429", retry_after=7, whole_channel=True)
    assert after(now, asked).rests_until == now + 7 * SECOND
    assert after(now, Busy("429", whole_channel=True)).rests_until == now + REST


def test_a_rest_is_never_shortened(now):
    first, second = (Busy("429", retry_after=n, whole_channel=True) for n in (7, 2))
    assert after(now, first, second).rests_until == now + 7 * SECOND


def test_a_few_troubles_are_nothing_and_success_forgets_them(now):
    line = after(now, *[Ambiguous()] * (TROUBLES - 1))
    assert line.open(now)
    assert after(now, Sent("1"), line=line).troubles == 0


def test_rests_grow_while_each_try_fails(now):
    line, rests = after(now, *[Busy("unreachable")] * TROUBLES), []
    for _ in range(len(BREAKER_RESTS) + 1):
        rests.append(line.rests_until - now)
        now = line.rests_until
        line = after(now, Busy("unreachable"), line=line)
    assert rests == [*BREAKER_RESTS, BREAKER_RESTS[-1]]


def test_what_left_before_the_breaker_opened_says_nothing_new(now):
    line = after(now, *[Ambiguous()] * 60)
    assert (line.troubles, line.rests_until) == (TROUBLES, now + BREAKER_RESTS[0])


def test_a_refused_message_is_no_trouble_of_the_line(now):
    line = after(now, *[Refused("21211")] * 60)
    assert (line.troubles, line.last_error) == (0, "21211")


def test_a_page_is_told_of_changes_and_now_and_then_that_it_goes_well(now):
    line = after(now, Sent("1"))
    assert breaker.worth_noting(LINE, line)
    assert not breaker.worth_noting(line, after(now + SECOND, Sent("2"), line=line))
    assert breaker.worth_noting(line, after(now + 5 * SECOND, Sent("2"), line=line))
    assert breaker.worth_noting(line, after(now + SECOND, Busy("503"), line=line))
    assert breaker.noted(line)["last_sent_at"] == now


def test_a_line_that_fails_is_down_until_a_message_goes_well(now):
    line = after(now, *[Ambiguous()] * (TROUBLES - 1))
    assert not breaker.down(line, now)
    line = after(now, Ambiguous(), line=line)
    assert breaker.down(line, now)
    assert breaker.down(line, line.rests_until)  # one tries; the others are carried elsewhere
    assert not breaker.down(after(now, Sent("1"), line=line), line.rests_until)


def test_a_short_rest_is_sat_out_and_a_long_one_is_not(now):
    short, long = (Busy("429", retry_after=n, whole_channel=True) for n in (30, 31))
    assert not breaker.down(after(now, short), now)
    assert breaker.down(after(now, long), now)


def test_what_a_failing_line_does_not_take_is_no_fault_of_the_message(now):
    busy = Busy("unreachable", retry_after=9)
    assert breaker.blamed(LINE, busy) is busy
    failing = after(now, *[Ambiguous()] * TROUBLES)
    counted = breaker.blamed(failing, busy)
    assert (counted.code, counted.retry_after, counted.whole_channel) == ("unreachable", 9, True)
    refused = Refused("21211")
    assert breaker.blamed(failing, refused) is refused
