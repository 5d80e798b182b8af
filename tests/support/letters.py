"""Rows of the send ledger as they stand after something happened to them, written directly."""

from datetime import timedelta
from uuid import uuid4

from channels import broadcasts, lines, tallies
from channels.base import Style
from channels.broadcasts import Wording
from channels.ledger import PRIORITY, State, outbox
from channels.tallies import Tally
from storage import leases


async def letter(database, now, state, **more):
    """Write one row down; return its id."""
    kind = more.pop("kind", "reply")
    row = {
        "id": uuid4().hex,
        "channel": "sms",
        "route_id": uuid4().hex,
        "kind": kind,
        "priority": PRIORITY[kind],
        "not_before": now,
        "expires_at": now + timedelta(hours=24),
        "segments": 1,
        "state": state,
        "attempt": 1,
        "body": b"sealed",
        "made_at": now,
        "moved_at": now,
        **more,
    }
    async with database.transaction() as db:
        await db.execute(outbox.insert().values(row))
    return row["id"]


async def broadcast(database, now, *, running=True, **more):
    """Write a broadcast of one part down; return its id."""
    words = [
        Wording(0, "en", Style.SMS, "The new fees hold from Monday."),
        Wording(0, "fr", Style.SMS, "Les nouveaux tarifs valent dès lundi."),
    ]
    given = {"not_before": now, "expires_at": now + timedelta(hours=48), "now": now, **more}
    async with database.transaction() as db:
        made = await broadcasts.create(db, words, language="en", **given)
        if running:
            await broadcasts.release(db, made, now)
    return made


async def busy_day(database, now):
    """Fill a ledger as it may stand on a day when not all goes well; return its broadcast."""
    of = await broadcast(database, now - timedelta(hours=1), running=True)
    waiting = {"sms": {"reply": 3, "followup": 2}, "telegram": {"reply": 1}}
    for channel, kinds in waiting.items():
        for kind, many in kinds.items():
            for n in range(many):
                since = now - timedelta(seconds=20 * n)
                await letter(
                    database, now, "planned", channel=channel, kind=kind, not_before=since
                )
    for n in range(12):
        await letter(database, now, "planned", kind="bulk", broadcast=of, body=None)
        at = now - timedelta(minutes=n)
        await letter(database, at, "delivered", kind="bulk", broadcast=of, body=None)
    for n, error in enumerate(("30003", "30003", "30006", "21211")):
        at, state = now - timedelta(minutes=7 * n), "failed" if error == "21211" else "undelivered"
        await letter(database, at, state, kind="bulk", broadcast=of, body=None, error=error)
        await letter(database, at, state, error=error, stopped=error == "30006" or None)
    await letter(database, now - timedelta(hours=80), "expired", kind="followup")
    await letter(database, now, "unknown")
    tally = Tally(database)
    for minute in range(60):
        at = now - timedelta(minutes=minute)
        for state, many in (
            (State.ACCEPTED, 40 + minute * 7 % 23),
            (State.FAILED, minute % 9 // 7),
        ):
            for _ in range(many if minute not in range(20, 25) else 0):
                tally._counts[tallies.minute_of(at), "sms", state] += 1
        tally._counts[tallies.minute_of(at), "telegram", State.ACCEPTED] += minute % 4
    await tally.write(now)
    async with database.transaction() as db:
        for name in ("sms", "telegram"):
            await leases.take(db, lines.send_lease(name), "host:1", now)
        rests = now + timedelta(minutes=2)
        error = {"last_error": "429", "last_error_at": now - timedelta(minutes=1)}
        await lines.note(db, "telegram", rests_until=rests, troubles=4, per_second=30.0, **error)
        await lines.note(db, "sms", per_second=10.0, last_sent_at=now)
        await broadcasts.pause(db, of, now, "failures")
    return of
