from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import hours
from channels.broadcasts import Broadcast, State


def leaves(opens, closes, zone, at):
    """What the sender would say of a broadcast that runs."""
    more = {"why": None, "language": "en", "parts": 1, "planned": 0, "planned_to": None}
    more["spread"] = False
    times = {"planned_at": None, "judged_from": None, "made_at": at, "moved_at": at}
    over = {"not_before": at - timedelta(days=9), "expires_at": at + timedelta(days=9)}
    one = Broadcast(
        "b", State.RUNNING, opens=opens, closes=closes, zone=zone, **more, **times, **over
    )
    return one.may_leave(at)


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from(["Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Nairobi"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
)
def test_decent_hours_are_those_by_which_the_sender_goes(opens, closes, zone, at):
    at = at.replace(tzinfo=UTC, second=0, microsecond=0)
    is_open, until = hours.next_open(opens, closes, ZoneInfo(zone), at)
    assert is_open is leaves(opens, closes, zone, at)
    if opens != closes:
        assert at < until <= at + timedelta(days=1)
        assert leaves(opens, closes, zone, until) is not is_open


@pytest.mark.parametrize(
    ("at", "decent"),
    [
        ("2026-05-12T08:00", "2026-05-12T08:00"),
        ("2026-05-12T19:59", "2026-05-12T19:59"),
        ("2026-05-12T20:00", "2026-05-13T08:00"),
        ("2026-05-12T23:30", "2026-05-13T08:00"),
        ("2026-05-13T03:00", "2026-05-13T08:00"),
    ],
)
def test_a_decent_hour_is_now_or_the_next_morning(at, decent):
    zone = ZoneInfo("Africa/Kampala")
    moment, expected = (
        datetime.fromisoformat(one).replace(tzinfo=zone).astimezone(UTC) for one in (at, decent)
    )
    assert hours.decent(zone, moment) == expected
