import asyncio
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select, update

from app.worker import INBOX_KEPT, Worker, own_name
from bots.dialogues import KEPT_FOR, dialogues
from channels import unreachable
from channels.archive import ALONE_KEPT
from channels.contacts import routes
from channels.inbox import inbox
from channels.ledger import outbox
from channels.lines import send_lease
from forum import members
from forum.members import Role
from grievances.case import cases
from grievances.deadlines import deadlines
from outreach import imports, recipients, staging, subscribers
from outreach.import_columns import Statement
from storage import heartbeats, leases
from tests.support.patience import until

REPORT = "REPORT the guards took our gold"


@pytest.fixture
async def start():
    """Start a worker for a house, until the test is over."""
    started = []

    async def begun(house):
        made = Worker(house)
        started.append(made)
        await made.start(alone=True)
        return made

    yield begun
    for one in started:
        await one.stop()


async def count(database, table):
    async with database.reading() as reads:
        return (await reads.execute(select(func.count()).select_from(table))).scalar_one()


# --- all of it at once


async def test_an_answer_leaves_as_soon_as_it_is_written(house, phone, channels, start):
    await start(house)
    await house.runner.hear(phone.inbound(REPORT), datetime.now(UTC))
    house.wake()
    await until(lambda: any(re.search(r"\d{4}-\d{4}-", text) for text in channels["sms"].texts))


async def test_a_worker_says_that_it_lives_before_anything_else(house, database, start):
    await start(house)
    async with database.reading() as reads:
        beat = await heartbeats.last(reads, "sender")
    assert datetime.now(UTC) - beat < timedelta(seconds=10)


def test_its_sender_knows_which_broadcasts_tell_the_same(house):
    assert Worker(house)._sender._desk.kin is recipients.kin


async def test_a_stopped_worker_leaves_nothing_running(house):
    before = asyncio.all_tasks()
    made = Worker(house)
    await made.start(alone=True)
    await made.stop()
    await until(lambda: asyncio.all_tasks() == before)


async def test_the_lines_of_a_dead_worker_are_taken_over_at_once_where_nobody_else_lives(
    house, phone, database, channels, start
):
    await house.runner.hear(phone.inbound(REPORT), datetime.now(UTC))
    async with database.transaction() as db:
        an_hour_on = datetime.now(UTC) + timedelta(hours=1)
        assert await leases.take(db, send_lease("sms"), "dead", an_hour_on)
    await start(house)
    await until(lambda: channels["sms"].taken)


def test_two_workers_of_one_process_number_on_hosts_of_one_name_are_told_apart(house):
    one, other = Worker(house), Worker(house)
    assert one.name != other.name
    assert len(own_name()) <= outbox.c.claimed_by.type.length


# --- one tick after the other


async def test_silence_counts_at_its_tick(house, phone):
    await phone.says("hello", "1", "1", "The tunnel has fallen in")
    woken = []
    house.wakes.append(lambda: woken.append(True))
    await Worker(house).hear_silence(phone.now + timedelta(minutes=1))
    assert re.search(r"\d{4}-\d{4}-\d{5}-\d", "\n".join(await phone.hears()))
    assert woken


async def test_a_held_turn_is_taken_at_its_tick(house, phone, database, monkeypatch):
    from bots import play as module  # noqa: PLC0415 - patched for one turn only

    def broken(*_):
        raise KeyError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(module, "route", broken)
        await house.runner.hear(phone.inbound(REPORT), phone.now)
    assert await count(database, cases) == 0
    await Worker(house).hear_held(phone.now + timedelta(minutes=2))
    assert await count(database, cases) == 1


async def test_a_follow_up_is_done_at_its_tick(house, file):
    report = await file(safe=True)
    await report.answered("The inspector comes tomorrow.")
    await Worker(house).follow_up(report.phone.now)
    assert "inspector" in "\n".join(await report.phone.hears())


async def test_deadlines_are_noted_once(house, file, database):
    report = await file()
    late = report.phone.now + timedelta(days=400)
    for _ in range(2):
        await Worker(house).watch(late)
    async with database.reading() as reads:
        rows = (await reads.execute(select(deadlines.c.overdue_at))).scalars().all()
    assert set(rows) == {late}


async def test_a_list_is_put_on_at_its_tick(house, database, keyring, phone):
    keys = members.prepare("a password for tests", keyring)
    async with database.transaction() as db:
        who = {"email": "o@example.org", "name": "O", "role": Role.OFFICIAL, "language": "en"}
        member = await members.join(db, **who, keys=keys, now=phone.now)
    statement = Statement("en", "KE", phone.now.date(), "signed list", phone.now.date())
    given = {"by": member.id, "now": phone.now}
    file = BytesIO(b"phone\n0712345678\n")
    brought = await staging.stage(database, keyring, file, statement, **given)
    keeper = Worker(house)
    await keeper.put_on_lists(phone.now)
    assert await count(database, subscribers.subscribers) == 0
    async with database.transaction() as db:
        await imports.put_on(db, brought, **given)
    await keeper.put_on_lists(phone.now)
    async with database.reading() as db:
        assert (await subscribers.counts(db)).active == 1
    await keeper.tidy(phone.now + imports.KEPT_FOR + timedelta(days=1))
    assert await count(database, imports.import_rows) == 0


async def test_what_is_not_needed_any_more_is_forgotten(house, phone, database):
    await phone.says("hello", "1")
    async with database.transaction() as db:
        await db.execute(update(outbox).values(state="delivered"))
        await unreachable.count(db, "a" * 32, "30005", phone.now, line="sms")
    tables = (inbox, outbox, dialogues, unreachable.unreachable)
    keeper = Worker(house)
    kept = max(INBOX_KEPT, ALONE_KEPT, KEPT_FOR, unreachable.KEPT_FOR)
    for later, empty in ((timedelta(), False), (kept, True)):
        await keeper.tidy(phone.now + later + timedelta(days=1))
        await keeper.archive(phone.now + later + timedelta(days=1))
        assert all([(await count(database, table) == 0) is empty for table in tables])
    async with database.transaction() as db:
        left = await (await db.routes()).execute(select(func.count()).select_from(routes))
        assert left.scalar_one() == 0  # nor where anybody could be reached
