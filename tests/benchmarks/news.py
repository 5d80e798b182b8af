"""A broadcast to everybody in the crowd: written, planned and approved."""

from datetime import datetime, timedelta

from channels import broadcasts, planning
from channels.base import Style
from channels.broadcasts import Wording
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
    styles = {"sms": Style.SMS, "telegram": Style.CHAT}
    return await planning.plan(
        database,
        broadcast,
        crowd.audience(channel),
        lines={channel: channel},
        styles=styles,
        now=now,
    )


async def approved(database: Database, broadcast: str, now: datetime) -> None:
    """Let it leave."""
    async with database.transaction() as db:
        await broadcasts.release(db, broadcast, now)
