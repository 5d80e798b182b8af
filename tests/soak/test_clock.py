"""The machine's clock jumps by an hour, both ways, while messages leave and answers get lost."""

from datetime import timedelta

from tests.support import weather
from tests.support.patience import until
from tests.support.sending import sending

HOUR = timedelta(hours=1)
HALF_AN_HOUR = HOUR / 2


async def test_a_clock_that_jumps_an_hour_loses_nothing_and_doubles_nothing(crowd):
    """To a fifth of the messages no answer comes, so the provider is asked, too."""
    carrier, clock = crowd.carrier, crowd.clock
    carrier.weather = weather.Every(5, weather.drops)
    async with sending(crowd):
        for number, jump in enumerate((HOUR, -HOUR, -HOUR, HOUR)):
            await crowd.write(f"n{number}")
            goal = len(carrier.taken) + len(crowd.numbers) // 2
            await until(lambda goal=goal: len(carrier.taken) >= goal, 120)
            clock.ahead += jump
            await crowd.rest(wind=HALF_AN_HOUR)
    tally = await crowd.tally()
    print(f"\nclock jumps, {crowd.database.writer.dialect.name}: {tally}")
    assert tally.doubted > 0
    assert tally.wrong == {}
