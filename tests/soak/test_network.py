"""What the network does to messages on their way: nothing is lost, and nothing sent twice."""

import random
from datetime import timedelta

import pytest

from tests.support import weather
from tests.support.crowd import Crowd
from tests.support.sending import PACE, sending

SEED = 20261
MINUTE = timedelta(minutes=1)


async def soaked(name, crowd, conditions, *, rounds=1):
    """Write to everybody, let the weather be bad, and say what came of it."""
    crowd.carrier.weather = conditions
    async with sending(crowd):
        for number in range(rounds):
            await crowd.write(f"n{number}")
        await crowd.rest(wind=MINUTE)
    tally = await crowd.tally()
    print(f"\n{name}, {crowd.database.writer.dialect.name}: {tally}")
    assert tally.wrong == {}
    return tally


async def test_a_thousand_taken_and_dropped_are_not_sent_twice(database, keyring, carrier):
    """A provider that takes a message and breaks the connection (3.5)."""
    crowd = Crowd(database, keyring, carrier, size=1000)
    faults = weather.Every(2, weather.takes_and_drops)
    tally = await soaked("taken and dropped", crowd, faults, rounds=2)
    assert (faults.thrown, tally.resent) == (1000, 0)


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("reset", weather.Every(2, weather.drops)),
        ("5xx", weather.Every(2, weather.fails)),
        ("slow loris", weather.Every(10, weather.drips)),
    ],
)
async def test_what_went_wrong_before_or_after_it_was_taken_arrives_once(crowd, name, faults):
    faults.thrown = 0  # the other engine had its share
    tally = await soaked(name, crowd, faults)
    assert faults.thrown == tally.messages // faults.nth
    assert tally.resent == tally.asked - tally.messages
    assert abs(tally.resent - faults.thrown / 2) <= 1


async def test_storms_of_too_many_requests_are_sat_out(crowd):
    """Retry-After is honoured: what comes while it holds was on its way before."""
    storms = weather.Storms(5, every=150, retry_after=2)
    tally = await soaked("429 storms", crowd, storms, rounds=3)
    print(f"  came too early, by storm: {storms.early}; seconds too late: {storms.late}")
    assert storms.left == 0
    assert max(storms.early) < PACE.calls
    assert tally.doubted == tally.resent == 0


async def test_in_foul_weather_each_message_arrives_once(crowd):
    """Everything at once, while messages are sent and while they are asked about."""
    conditions = weather.foul(random.Random(SEED), 8)
    tally = await soaked("foul weather", crowd, conditions, rounds=2)
    assert tally.doubted > 0
