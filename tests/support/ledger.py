"""The send ledger, spoken to in transactions of one call each."""

from datetime import timedelta

from sqlalchemy import select

from channels import dispatch, outbox, reaper, receipts, settling
from channels.base import Button, Outbound, Receipt
from channels.ledger import outbox as table
from channels.sealing import open_outbound

ME = "sender-1"
ANNA, BRUNO = "a" * 32, "b" * 32
HELLO = Outbound("Habari", ((Button("1", "Danger", "report.category:DANGER"),),), protect=True)
MINUTE = timedelta(minutes=1)


class Ledger:
    """Speaks to the outbox in transactions of one call each."""

    def __init__(self, database, keyring, now):
        self.database, self.keyring, self.now = database, keyring, now

    async def write(self, route=ANNA, kind="reply", outbound=HELLO, **more):
        async with self.database.transaction() as db:
            return await outbox.enqueue(
                db,
                self.keyring,
                channel="sms",
                route_id=route,
                outbound=outbound,
                kind=kind,
                now=more.pop("now", self.now),
                **more,
            )

    async def due(self, now=None, limit=10, channel="sms"):
        async with self.database.reading() as reads:
            moment = now or self.now
            return await dispatch.due(reads, channel=channel, limit=limit, now=moment)

    async def submit(self, *ids, by=ME, now=None):
        async with self.database.transaction() as db:
            return await dispatch.submitting(db, ids, by, now or self.now)

    async def leave(self, now=None, **more):
        """Write a message and bring it to the point where the provider is called."""
        outbox_id = await self.write(**more)
        await self.submit(outbox_id, now=now)
        return outbox_id

    async def do(self, act, *args, **named):
        async with self.database.transaction() as db:
            return await act(db, *args, **named)

    async def settle(self, outbox_id, result, now=None):
        facts = await self.do(settling.settle, [(outbox_id, result)], now or self.now)
        return facts[0] if facts else None

    async def hear(self, outbox_id, delivery, rank, now=None, **more):
        receipt = Receipt("sms", delivery, more.pop("sid", "SM1"), outbox_id, rank=rank, **more)
        return await self.do(receipts.settle_one, receipt, now or self.now)

    async def row(self, outbox_id):
        async with self.database.reading() as reads:
            return (await reads.execute(select(table).where(table.c.id == outbox_id))).one()

    async def state(self, outbox_id):
        return (await self.row(outbox_id)).state

    async def unknowns(self, before, now=None, by=ME):
        moment = now or before
        named = {"channel": "sms", "before": before, "by": by, "now": moment}
        return await self.do(reaper.unknowns, **named)

    def opened(self, row):
        return open_outbound(self.keyring, row.id, row.body, row.body_context)
