"""A broadcast to everybody in the crowd: written, planned and approved."""

from datetime import datetime, timedelta

from sqlalchemy import Integer, String, func, insert, literal, select

from channels import broadcasts
from channels.base import Style
from channels.broadcasts import Wording
from channels.ledger import State
from channels.ledger import outbox as ledger
from storage.engine import Database
from tests.benchmarks import crowd

TEXTS = {
    "en": "From 1 June a permit costs less. Ask your forum what it means for your site.",
    "fr": "Des le 1 juin le permis coute moins. Demandez au forum ce que cela change.",
    "sw": "Kuanzia tarehe 1 Juni kibali ni nafuu. Uliza jukwaa lako lina maana gani.",
}


async def written(
    database: Database, now: datetime, *, style: Style = Style.SMS, tail: str = ""
) -> str:
    """Write the broadcast down, not yet approved; return its id. *tail* makes it longer."""
    texts = [Wording(0, language, style, text + tail) for language, text in TEXTS.items()]
    async with database.transaction() as db:
        return await broadcasts.create(
            db,
            texts,
            language="en",
            not_before=now - timedelta(minutes=1),
            expires_at=now + timedelta(days=7),
            now=now,
        )


async def planned(database: Database, broadcast: str, now: datetime, channel: str = "sms") -> int:
    """Give everybody their row; return how many that are."""
    fresh = (
        func.lower(func.hex(func.randomblob(16)))
        if database.embedded
        else func.replace(func.gen_random_uuid().cast(String), "-", "")
    )
    audience = crowd.audience(channel).subquery()
    moment = literal(now, ledger.c.made_at.type)
    late = literal(now + timedelta(days=7), ledger.c.made_at.type)
    values = {
        "id": fresh,
        "broadcast": literal(broadcast),
        "route_id": audience.c.route_id,
        "channel": audience.c.channel,
        "language": audience.c.language,
        "kind": literal("bulk"),
        "state": literal(State.PLANNED.value),
        "not_before": moment,
        "expires_at": late,
        "made_at": moment,
        "moved_at": moment,
        "priority": literal(9, Integer),
        "segments": literal(1, Integer),
        **dict.fromkeys(("attempt", "resends", "away", "n", "part"), literal(0, Integer)),
        "rank": literal(-1, Integer),
    }
    rows = select(*values.values()).select_from(audience)
    async with database.transaction() as db:
        return (await db.execute(insert(ledger).from_select(list(values), rows))).rowcount


async def approved(database: Database, broadcast: str, now: datetime) -> None:
    """Let it leave."""
    async with database.transaction() as db:
        await broadcasts.release(db, broadcast, now)
