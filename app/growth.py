"""``baraza ledger``: how large the send ledger is, and what of it may go."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from app.processes import NotMigrated
from app.settings import Settings
from channels import archive
from storage import migrate
from storage.engine import Database, connect

#: For how long a command keeps what, when nobody says otherwise.
DAYS, BROADCAST_DAYS, YEARS = archive.ALONE_KEPT.days, archive.BROADCAST_KEPT.days, 5

#: Days for which a settled message stays at least: a late receipt may still speak of it, and for
#: 72 h staff may have it sent again.
LEAST_DAYS = 4


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    database = connect(settings.database, settings.data_dir)
    try:
        if await migrate.behind(database):
            raise NotMigrated
        yield database
    finally:
        await database.close()


async def described(settings: Settings) -> list[str]:
    """Say in a few lines how large the ledger is. Raises ``NotMigrated``."""
    async with _opened(settings) as database, database.reading() as reads:
        growth = await archive.growth(reads)
    lines = [f"In the ledger:  {growth.standing:,} messages"]
    lines.append(f"In the archive: {growth.archived:,} messages")
    if growth.days is not None:
        first, last = growth.days
        lines[-1] += f", of {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    lines.append(f"On the disk:    {growth.size / 1e6:,.1f} MB")
    if growth.free is not None:
        lines[-1] += f", of which {growth.free / 1e6:,.1f} MB will be used again"
    return lines


async def archived(settings: Settings, *, days: int, broadcast_days: int) -> int:
    """Archive what has been settled for so many days, and never fewer than ``LEAST_DAYS``.

    Returns how many messages. Raises ``NotMigrated``.
    """
    async with _opened(settings) as database:
        return await archive.run(
            database,
            datetime.now(UTC),
            alone=timedelta(days=max(days, LEAST_DAYS)),
            broadcast=timedelta(days=max(broadcast_days, LEAST_DAYS)),
        )


async def pruned(settings: Settings, *, years: int) -> int:
    """Forget the counts that are older than *years*; return how many. Raises ``NotMigrated``."""
    before = datetime.now(UTC) - timedelta(days=365 * years + years // 4)
    async with _opened(settings) as database, database.transaction() as db:
        return await archive.prune(db, before)
