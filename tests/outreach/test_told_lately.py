from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from channels.ledger import State, outbox
from outreach import telling, told_lately
from outreach.rule_changes import rule_changes

DAY = timedelta(days=1)


@pytest.fixture
async def listed(ground):
    """The routes of two people at a site, one of whom is called Anna here."""
    site = await ground.site("KB12")
    return await ground.list_people((2, "sms", "en", site))


@pytest.fixture
def leave(ground):
    """Tell a rule by a broadcast, whose messages come to *state*; return its reference."""

    async def left(state=State.ACCEPTED):
        author = await ground.member()
        rule = await ground.rule()
        made = await ground.do(telling.begin, rule.id, ["1", "3"], by=author)
        await ground.alone(made, author)
        await ground.tick()
        waits = outbox.c.state == State.PLANNED
        moved = {"state": state, "moved_at": ground.now, "submitted_at": ground.now}
        async with ground.database.transaction() as db:
            await db.execute(update(outbox).where(waits).values(moved))
        return rule

    return left


async def newest(ground, route, **more):
    async with ground.database.reading() as db:
        return await told_lately.newest(db, route, ground.now, **more)


async def test_whoever_was_told_nothing_reads_nothing_again(ground, listed):
    assert await newest(ground, listed[0]) is None


async def test_the_rule_that_was_told_last_is_read_again(ground, listed, leave):
    first = await leave()
    ground.now += DAY
    second = await leave()
    assert await newest(ground, listed[0]) == second.reference != first.reference
    assert await newest(ground, "f" * 32) is None


@pytest.mark.parametrize("state", [State.SUBMITTING, State.UNKNOWN, State.DELIVERED])
async def test_what_may_have_arrived_counts(ground, listed, leave, state):
    rule = await leave(state)
    assert await newest(ground, listed[0]) == rule.reference


@pytest.mark.parametrize("state", [State.PLANNED, State.FAILED, State.CANCELLED])
async def test_what_never_left_does_not_count(ground, listed, leave, state):
    await leave(state)
    assert await newest(ground, listed[0]) is None


async def test_what_the_ledger_forgot_is_still_known_for_a_month(ground, listed, leave):
    rule = await leave()
    async with ground.database.transaction() as db:
        site = (await db.execute(select(told_lately.subscribers.c.site_id))).scalars().first()
        await db.execute(delete(outbox))
    await ground.tell(rule, site, {3: 2})
    assert await newest(ground, listed[0]) == rule.reference
    ground.now += told_lately.FRESH + DAY
    assert await newest(ground, listed[0]) is None


async def test_only_what_came_after_a_moment_counts_where_that_is_asked(ground, listed, leave):
    rule = await leave()
    assert await newest(ground, listed[0], after=ground.now - DAY) == rule.reference
    assert await newest(ground, listed[0], after=ground.now) is None


async def test_a_rule_that_is_told_no_more_is_not_read_again(ground, listed, leave):
    first = await leave()
    ground.now += DAY
    second = await leave()
    async with ground.database.transaction() as db:
        gone = update(rule_changes).where(rule_changes.c.id == second.id)
        await db.execute(gone.values(state="withdrawn"))
    assert await newest(ground, listed[0]) == first.reference
