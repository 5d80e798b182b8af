from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from channels import archive
from channels.ledger import State, outbox, receipts
from channels.settling import FINAL_RANK
from outreach import announcements, subscribers, telling, told
from outreach.announcements import Words
from outreach.told import rule_told

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def going(ground):
    """Parts 1 and 3 of a rule, on their way to six people at a site."""
    author, site = await ground.member(), await ground.site("KB12")
    rule = await ground.rule(site)
    await ground.list_people((4, "sms", "en", site), (2, "telegram", "en", site))
    made = await ground.do(telling.begin, rule.id, ["1", "3"], by=author)
    await ground.alone(made, author)
    await ground.tick()
    return made


async def settle(ground, state, number, part=0, channel="sms", **values):
    of = outbox.c
    waits = (of.state == State.PLANNED) & (of.part == part) & (of.channel == channel)
    async with ground.database.transaction() as db:
        some = select(of.seq, of.id).where(waits).order_by(of.seq).limit(number)
        rows = (await db.execute(some)).all()
        here = of.seq.in_([row.seq for row in rows])
        moved = {"state": state, "moved_at": ground.now, **values}
        await db.execute(update(outbox).where(here).values(moved))
    return [row.id for row in rows]


async def counted(ground):
    """Return how many were told, by part and by whether that was reported."""
    of = rule_told.c
    by = (of.part, of.receipt)
    async with ground.database.reading() as db:
        rows = await db.execute(select(*by, func.count().label("n")).group_by(*by))
        return {(row.part, bool(row.receipt)): row.n for row in rows}


async def test_who_was_reached_is_noted_by_the_part_of_the_rule(ground, going):
    await settle(ground, State.DELIVERED, 3)
    await settle(ground, State.UNDELIVERED, 1)
    await settle(ground, State.DELIVERED, 2, part=1)
    await told.take(ground.database, ground.now)
    assert await counted(ground) == {(1, True): 3, (3, True): 2}


async def test_who_got_other_words_than_the_rules_was_not_told(ground, rehema):
    site = await ground.site("KB12")
    rule = await ground.rule(site)
    await ground.list_people((4, "sms", "en", site), (3, "sms", "sw", site))
    made = await ground.do(telling.begin, rule.id, ["1", "3"], by=rehema)
    said = {(0, "en"): Words("x"), (0, "sw"): Words("x"), (1, "sw"): Words("y")}
    await ground.do(announcements.say, made, said, edition=1, by=rehema)
    await ground.alone(made, rehema)
    await ground.tick()
    for part in (0, 1):
        await settle(ground, State.DELIVERED, 7, part=part)
    await told.take(ground.database, ground.now)
    assert await counted(ground) == {(3, True): 4}


async def test_accepted_counts_only_where_no_report_is_to_come(ground, going):
    await settle(ground, State.ACCEPTED, 2, channel="telegram", rank=FINAL_RANK)
    await settle(ground, State.ACCEPTED, 1, rank=1)
    (sent,) = await settle(ground, State.ACCEPTED, 1, rank=FINAL_RANK)
    row = {"outbox_id": sent, "rank": FINAL_RANK, "at": ground.now}
    async with ground.database.transaction() as db:
        await db.execute(insert(receipts).values(row))
    await told.take(ground.database, ground.now)
    assert await counted(ground) == {(1, False): 2}


async def test_a_late_report_counts_and_nobody_counts_twice(ground, going):
    for _ in range(3):
        await settle(ground, State.DELIVERED, 1)
        await told.take(ground.database, ground.now)
        ground.now += MINUTE * 5
    await told.take(ground.database, ground.now)
    assert await counted(ground) == {(1, True): 3}


async def test_what_another_process_committed_late_is_not_passed_over(ground, going):
    await settle(ground, State.DELIVERED, 1)
    await told.take(ground.database, ground.now)
    ground.now -= MINUTE  # settled before that, and committed after it
    await settle(ground, State.DELIVERED, 1)
    ground.now += 2 * MINUTE
    await settle(ground, State.DELIVERED, 1)
    await told.take(ground.database, ground.now)
    assert await counted(ground) == {(1, True): 3}


async def test_what_was_looked_through_is_not_looked_at_for_ever(ground, going):
    await settle(ground, State.DELIVERED, 3)
    assert await told.take(ground.database, ground.now) == 3
    later = ground.now + told.LAG + MINUTE
    assert await told.take(ground.database, later) == 3
    assert await told.take(ground.database, later) == 0


async def test_a_second_broadcast_of_a_part_counts_a_person_once(ground, going):
    await settle(ground, State.DELIVERED, 4)
    author = await ground.member()
    rule = (await ground.find(going)).draft.rule_id
    again = await ground.do(telling.begin, rule, ["1", "2"], by=author)
    await ground.alone(again, author)
    await ground.tick()
    await settle(ground, State.DELIVERED, 4)
    await settle(ground, State.DELIVERED, 4, part=1)
    await told.take(ground.database, ground.now)
    found = await counted(ground)
    assert found[1, True] == 4
    assert found.get((2, True), 0) + found.get((3, True), 0) == 4


async def test_a_kill_between_two_chunks_loses_and_doubles_nothing(ground, going, monkeypatch):
    await settle(ground, State.DELIVERED, 4)
    monkeypatch.setattr(told, "CHUNK", 1)
    steps = iter([False, False, True])
    await told.take(ground.database, ground.now, enough=lambda: next(steps))
    assert await counted(ground) == {(1, True): 2}
    await told.take(ground.database, ground.now)
    assert await counted(ground) == {(1, True): 4}


async def test_it_stays_when_the_ledger_forgets(ground, going):
    await settle(ground, State.DELIVERED, 4)
    await told.take(ground.database, ground.now)
    async with ground.database.transaction() as db:
        rest = outbox.c.state == State.PLANNED
        await db.execute(update(outbox).where(rest).values(state=State.CANCELLED))
    assert await archive.run(ground.database, ground.now + timedelta(days=30)) == 12
    assert await counted(ground) == {(1, True): 4}


async def test_who_is_erased_from_the_list_is_erased_here(ground, going):
    await settle(ground, State.DELIVERED, 4)
    await told.take(ground.database, ground.now)
    async with ground.database.transaction() as db:
        one = (await db.execute(select(rule_told.c.subscriber_id).limit(1))).scalar_one()
        await subscribers.erase_all(db, [one])
    assert await counted(ground) == {(1, True): 3}
