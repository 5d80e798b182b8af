import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from channels import broadcasts, dispatch, lines, reaper, upkeep
from channels.base import Style
from channels.broadcasts import State as Of
from channels.broadcasts import Wording
from channels.desk import Desk
from channels.ledger import State, outbox
from channels.limiter import Pace
from channels.lines import Line
from channels.outbox import enqueue
from storage import leases
from tests.support.history import Asked
from tests.support.ledger import HELLO, Ledger

MINUTE = timedelta(minutes=1)


class Running:
    """A broadcast that was approved, with rows in whatever states a test wants."""

    def __init__(self, database, keyring, now):
        self.database, self.now = database, now
        self.desk = Desk(database, keyring, "me", None, lambda: self.now)

    async def begin(self, *states, **more):
        when = {"not_before": self.now, "expires_at": self.now + 60 * MINUTE, "now": self.now}
        async with self.database.transaction() as db:
            words = [Wording(0, "en", Style.SMS, "x")]
            self.id = await broadcasts.create(db, words, language="en", **when)
            await broadcasts.release(db, self.id, self.now)
            this = broadcasts.broadcasts.c.id == self.id
            await db.execute(update(broadcasts.broadcasts).where(this).values(planned_at=self.now))
            rows = [self.row(n, state, **more) for n, state in enumerate(states)]
            await db.execute(insert(outbox), rows)

    def row(self, n, state, **more):
        error = more.pop("error", None) if state == State.FAILED else None
        return {
            "id": f"{n:032}",
            "channel": "sms",
            "route_id": f"{n:032}",
            "kind": "bulk",
            "priority": 9,
            "not_before": self.now,
            "expires_at": self.now + 60 * MINUTE,
            "segments": 2,
            "state": state,
            "error": error,
            "broadcast": self.id,
            "made_at": self.now,
            "moved_at": self.now,
            "submitted_at": self.now,
            "rank": -1,
            **more,
        }

    async def see_to(self):
        await upkeep.see_to_broadcasts(self.desk)
        async with self.database.reading() as reads:
            return await broadcasts.find(reads, self.id)

    async def states(self):
        async with self.database.reading() as reads:
            return set((await reads.execute(select(outbox.c.state))).scalars())


@pytest.fixture
def running(database, keyring, now):
    return Running(database, keyring, now)


ACCEPTED, FAILED, PLANNED = State.ACCEPTED, State.FAILED, State.PLANNED


@pytest.mark.parametrize(
    ("good", "bad", "error", "why"),
    [
        (178, 20, "30006", "failures"),  # above 10 %
        (180, 18, "30006", None),
        (194, 4, "30007", "filtered"),  # above 2 %
        (195, 3, "30007", None),
        (20, 20, "30006", None),  # too few to judge by
    ],
)
async def test_a_broadcast_that_goes_wrong_is_paused(running, good, bad, error, why):
    await running.begin(*[ACCEPTED] * good, *[FAILED] * bad, PLANNED, error=error)
    found = await running.see_to()
    assert (found.state, found.why) == (Of.RUNNING if why is None else Of.PAUSED, why)


async def test_who_resumes_it_has_forgiven_what_failed_before(running):
    await running.begin(*[FAILED] * 100, PLANNED, error="30006")
    assert (await running.see_to()).state == Of.PAUSED
    async with running.database.transaction() as db:
        await broadcasts.release(db, running.id, running.now + MINUTE)
    assert (await running.see_to()).state == Of.RUNNING


async def test_a_broadcast_ends_when_nothing_of_it_waits(running):
    await running.begin(ACCEPTED, FAILED, State.UNKNOWN)
    assert (await running.see_to()).state == Of.RUNNING
    async with running.database.transaction() as db:
        await db.execute(update(outbox).values(state=ACCEPTED))
    assert (await running.see_to()).state == Of.ENDED


async def test_what_was_cancelled_is_put_away(running):
    await running.begin(PLANNED, PLANNED, ACCEPTED)
    async with running.database.transaction() as db:
        await broadcasts.cancel(db, running.id, running.now)
    await running.see_to()
    assert await running.states() == {State.CANCELLED, ACCEPTED}


async def test_what_comes_too_late_is_put_away(running):
    await running.begin(PLANNED, ACCEPTED)
    running.now += 60 * MINUTE
    assert (await running.see_to()).state == Of.ENDED
    assert await running.states() == {State.EXPIRED, ACCEPTED}


async def spread(running, *rows):
    """Begin a broadcast of which later parts are to come, with rows that end as *rows* say."""
    await running.begin(ACCEPTED)
    async with running.database.transaction() as db:
        await db.execute(update(broadcasts.broadcasts).values(spread=True))
        late = [running.row(n, PLANNED, expires_at=ends) for n, ends in enumerate(rows, 1)]
        await db.execute(insert(outbox), late)


async def test_parts_that_are_late_are_put_away_some_at_a_time(running, monkeypatch):
    monkeypatch.setattr(reaper, "AT_A_TIME", 2)
    await spread(running, *[running.now] * 3, running.now + MINUTE)
    assert [await upkeep.put_away_parts(running.desk) for _ in range(2)] == [True, False]
    async with running.database.reading() as reads:
        states = (await reads.execute(select(outbox.c.state).order_by(outbox.c.id))).scalars()
        assert list(states) == [ACCEPTED, *[State.EXPIRED] * 3, PLANNED]


async def test_who_looks_for_late_parts_in_vain_keeps_nobody_from_writing(running):
    await spread(running, running.now + MINUTE)
    async with running.database.transaction(), asyncio.timeout(5):
        assert await upkeep.put_away_parts(running.desk) is False


async def test_what_is_seen_to_all_the_time_does_not_look_for_late_parts(running):
    await spread(running, running.now)
    with Asked(running.database) as statements:
        await running.see_to()
    assert statements
    assert not any("outbox.not_before <=" in statement for statement, _ in statements)


@pytest.mark.parametrize(
    ("heard", "rows", "rank", "stands"),
    [
        (True, 300, -1, True),  # 600 segments are 60 seconds of 10
        (True, 299, -1, False),
        (True, 300, 3, False),  # they left there
        (False, 300, -1, False),  # a provider that never tells has no queue that we know of
    ],
)
async def test_no_more_than_a_minute_stands_at_the_provider(running, heard, rows, rank, stands):
    await running.begin(*[ACCEPTED] * rows, rank=rank)
    line = Line("sms", last_receipt_at=running.now if heard else None)
    async with running.database.reading() as reads:
        assert await upkeep.stands(reads, line, Pace(10), running.now) is stands


async def test_receipts_tell_that_the_provider_reports(database, now):
    async with database.transaction() as db:
        await lines.note(db, "sms", troubles=0)
        await lines.heard(db, "sms", now)
        await lines.heard(db, "sms", now + timedelta(seconds=29))
    async with database.reading() as reads:
        assert (await lines.read(reads))["sms"].last_receipt_at == now


async def test_what_waits_on_a_line_that_is_gone_is_carried_by_another(
    database, keyring, now, monkeypatch
):
    monkeypatch.setattr(dispatch, "AT_A_TIME", 2)
    ledger, desk = Ledger(database, keyring, now), Desk(database, keyring, "me", None, lambda: now)
    for number in range(5):
        await ledger.do(_waiting, ledger, number, "gateway")
    await ledger.do(_waiting, ledger, 5, "telegram")
    await upkeep.adopt(desk, ["simulator-basic", "sms"])
    assert len(await ledger.due(channel="sms")) == 5
    assert len(await ledger.due(channel="telegram")) == 1  # nothing else leads there


async def test_a_line_on_which_somebody_sends_is_left_alone(database, keyring, now):
    ledger, desk = Ledger(database, keyring, now), Desk(database, keyring, "me", None, lambda: now)
    await ledger.do(_waiting, ledger, 0, "gateway")
    await ledger.do(leases.take, lines.send_lease("gateway"), "another process", now)
    await upkeep.adopt(desk, ["sms"])
    assert len(await ledger.due(channel="gateway")) == 1


async def _waiting(db, ledger, number, line):
    named = {"channel": line, "route_id": f"{number:032}", "outbound": HELLO, "kind": "reply"}
    await enqueue(db, ledger.keyring, now=ledger.now, **named)


@pytest.mark.parametrize(("error", "state"), [("busy", Of.RUNNING), ("failed", Of.PAUSED)])
async def test_calls_that_nobody_takes_stop_no_broadcast(running, error, state):
    await running.begin(*[ACCEPTED] * 40, *[FAILED] * 20, PLANNED, error=error)
    assert (await running.see_to()).state == state
