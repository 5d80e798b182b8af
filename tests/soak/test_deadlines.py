"""Seven months of ten thousand cases, from one summer to the next, on both databases."""

from datetime import UTC, datetime, timedelta

from tests.support.months import Months

#: In Paris the clocks go back on 25 October and forward on 28 March.
START = datetime(2026, 9, 15, 6, 0, tzinfo=UTC)


async def test_ten_thousand_cases_miss_no_bell_and_hear_none_twice(database, keyring):
    months = Months(
        database,
        keyring,
        START,
        count=10_000,
        until=timedelta(days=212),
        gap=timedelta(days=1),
    )
    await months.live()
    await months.check()
    rang = await months.rang()
    legal = await months.limits_passed()
    print(
        f"{len(months.clerk.lives)} cases, {len(rang)} bells, {len(legal)} limits of the law, "
        f"{months.deaths} deaths before a commit, {months.meetings} ticks by two processes"
    )
    assert months.deaths > 100
