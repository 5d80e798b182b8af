"""Attachments that are there already, as if they had been fetched and cleaned."""

from forum import safekeeping
from forum.cleaning import Cleaned


async def bring_home(database, keyring, now, file: Cleaned, doubt=None) -> list[str]:
    """Keep *file* for every attachment that is due; return their ids."""
    async with database.transaction() as db:
        due = await safekeeping.claim(db, keyring, now, limit=10)
        for claimed in due:
            raw = safekeeping.close_raw(keyring, claimed, file.content)
            closed = safekeeping.close(claimed, file, doubt)
            await safekeeping.receive(db, claimed.id, raw)
            await safekeeping.seal(db, claimed.id, closed)
            await safekeeping.verify(db, claimed.id, closed.digest)
            await safekeeping.finish(db, claimed.id)
    return [claimed.id for claimed in due]
