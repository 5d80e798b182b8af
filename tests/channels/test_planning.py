from datetime import timedelta

import pytest
from sqlalchemy import Column, MetaData, String, Table, func, insert, select

from channels import broadcasts, planning
from channels.base import Style
from channels.broadcasts import Wording
from channels.ledger import outbox

DAY = timedelta(days=1)
LINES = {"sms": "gateway", "telegram": "telegram"}
STYLES = {"gateway": Style.SMS, "telegram": Style.CHAT}
TEXTS = [
    Wording(part, language, style, f"{language} {part} {style} " + "x" * 200 * part)
    for part in (0, 1)
    for language in ("en", "sw")
    for style in (Style.SMS, Style.CHAT)
]

people = Table(
    "people",
    MetaData(),
    Column("route_id", String),
    Column("channel", String),
    Column("language", String),
)
AUDIENCE = select(people.c.route_id, people.c.channel, people.c.language)


class Plan:
    """A broadcast in two parts and two languages, and its audience."""

    def __init__(self, database, now):
        self.database, self.now = database, now

    async def create(self, *crowd):
        async with self.database.transaction() as db:
            await db.main.run_sync(people.metadata.create_all)
            rows = [dict(zip(people.c.keys(), one, strict=True)) for one in crowd]
            await db.execute(insert(people), rows)
            when = {"not_before": self.now, "expires_at": self.now + DAY, "now": self.now}
            self.id = await broadcasts.create(db, TEXTS, language="en", **when)

    async def plan(self, audience=AUDIENCE, chunk=3):
        named = {"lines": LINES, "styles": STYLES, "now": self.now, "chunk": chunk}
        return await planning.plan(self.database, self.id, audience, **named)

    async def rows(self, *columns):
        async with self.database.reading() as reads:
            found = select(*columns).order_by(outbox.c.route_id, outbox.c.part)
            return [tuple(row) for row in await reads.execute(found)]


@pytest.fixture
def plan(database, now):
    return Plan(database, now)


async def test_everybody_gets_every_part_on_a_line_and_in_a_language(plan):
    await plan.create(("a", "sms", "sw"), ("b", "telegram", "en"), ("c", "sms", "xx"))
    assert await plan.plan() == 6
    columns = (outbox.c.route_id, outbox.c.channel, outbox.c.language, outbox.c.part)
    assert await plan.rows(*columns, outbox.c.segments) == [
        ("a", "gateway", "sw", 0, 1),
        ("a", "gateway", "sw", 1, 2),
        ("b", "telegram", "en", 0, 1),
        ("b", "telegram", "en", 1, 1),
        ("c", "gateway", "en", 0, 1),
        ("c", "gateway", "en", 1, 2),
    ]


async def test_nobody_gets_it_by_a_channel_that_no_line_leads_to(plan):
    await plan.create(("a", "sms", "sw"), ("b", "pigeon", "sw"))
    assert await plan.plan() == 2


async def test_planning_goes_on_where_it_stopped_and_doubles_nothing(plan):
    await plan.create(*((f"{n:02}", "sms", "en") for n in range(10)))
    half = AUDIENCE.where(people.c.route_id < "05")
    assert await plan.plan(half) == 10
    async with plan.database.transaction() as db:  # as a crash before the last chunk leaves it
        this = broadcasts.broadcasts.c.id == plan.id
        await db.execute(broadcasts.broadcasts.update().where(this).values(planned_at=None))
    assert await plan.plan() == 20
    assert await plan.plan() == 20
    async with plan.database.reading() as reads:
        ids = await reads.execute(select(func.count(outbox.c.id.distinct())))
        assert ids.scalar_one() == 20


async def test_a_broadcast_that_is_not_there_has_no_rows(plan):
    await plan.create(("a", "sms", "en"))
    plan.id = "0" * 32
    assert await plan.plan() == 0


async def test_planned_rows_are_made_whole(plan):
    await plan.create(("a", "sms", "en"))
    await plan.plan()
    columns = (outbox.c.kind, outbox.c.priority, outbox.c.state, outbox.c.attempt, outbox.c.rank)
    assert set(await plan.rows(*columns)) == {("bulk", 9, "planned", 0, -1)}
    (when, _) = await plan.rows(outbox.c.not_before, outbox.c.expires_at, outbox.c.made_at)
    assert when == (plan.now, plan.now + DAY, plan.now)


async def test_each_gets_the_parts_that_are_wanted_and_a_call_plays_them_all(plan):
    await plan.create(("a", "sms", "en"), ("b", "sms", "en"), ("c", "call", "en"))
    lines, styles = {**LINES, "call": "call"}, {**STYLES, "call": Style.VOICE}
    async with plan.database.transaction() as db:
        words = {"broadcast": plan.id, "part": 0, "language": "en", "segments": 1, "text": "x"}
        await db.execute(insert(broadcasts.broadcast_texts).values(**words, style=Style.VOICE))

    def wanted(part, route_id):
        return route_id == ("a" if part else "b")

    named = {"lines": lines, "styles": styles, "now": plan.now, "wanted": wanted}
    assert await planning.plan(plan.database, plan.id, AUDIENCE, **named) == 3
    found = await plan.rows(outbox.c.route_id, outbox.c.part, outbox.c.channel)
    assert found == [("a", 1, "gateway"), ("b", 0, "gateway"), ("c", 0, "call")]
