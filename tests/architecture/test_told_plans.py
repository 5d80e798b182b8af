"""A digit by itself waits for no walk through a broadcast or a list, on both engines."""

import pytest
from sqlalchemy import insert, select, update

from channels.ledger import State, outbox
from outreach import subscribers, telling, told_lately
from outreach.told import rule_told
from tests.architecture import test_case_plans as plans
from tests.support.covering import Ground

TABLES = ("outbox", "subscribers", "rule_told")

#: Enough that both engines would rather use an index.
PEOPLE = 600


@pytest.fixture
async def route(database, keyring, now):
    """One of many who were told a rule by three broadcasts."""
    ground = Ground(database, keyring, now)
    routes = await ground.list_people((PEOPLE, "sms", "en"))
    author, second = await ground.member(), await ground.member(name="Joseph")
    for _ in range(3):
        rule = await ground.rule()
        made = await ground.do(telling.begin, rule.id, ["1"], by=author)
        await ground.let_go(made, author, second)
        await ground.tick()
    arrived = {"state": State.DELIVERED, "submitted_at": now}
    noted = {"rule_id": rule.id, "edition": 1, "part": 1, "language": "en"}
    noted |= {"receipt": True, "called": False, "told_at": now}
    async with database.transaction() as db:
        await db.execute(update(outbox).values(arrived))
        ids = (await db.execute(select(subscribers.subscribers.c.id))).scalars()
        await db.execute(insert(rule_told), [{**noted, "subscriber_id": one} for one in ids])
    return routes[PEOPLE // 2]


async def test_the_rule_that_somebody_was_told_last_is_found_by_an_index(
    route, database, now, monkeypatch
):
    monkeypatch.setattr(plans, "TABLES", TABLES)
    assert await plans.walked(database, lambda db: told_lately.newest(db, route, now)) == []
    async with database.reading() as db:
        assert await told_lately.newest(db, route, now) == "R3"
