"""What every part of the sender needs: the stores, the keys, the time, and who is to be told."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import structlog
from sqlalchemy.exc import SQLAlchemyError

from channels.base import Stopped
from channels.ledger import Settled
from storage.engine import Database
from storage.unit_of_work import Reads
from vault.keyring import Keyring

log = structlog.get_logger()

#: What goes wrong when the database is away, locked or full.
AWAY = (SQLAlchemyError, OSError, TimeoutError)

#: What somebody above should know. ``Stopped`` is told until it is heeded, ``Settled`` once.
Fact: TypeAlias = Settled | Stopped
Heed: TypeAlias = Callable[[Fact], Awaitable[None]]

#: Given a broadcast, all that tell the same people the same, itself among them.
Kin: TypeAlias = Callable[[Reads, str], Awaitable[Collection[str]]]


async def alone(_db: Reads, broadcast: str) -> Collection[str]:
    """Say that no other broadcast tells the same."""
    return {broadcast}


@dataclass(frozen=True, slots=True)
class Desk:
    """*by* names this process in the ledger; *heed* hears what became of messages."""

    database: Database
    keyring: Keyring
    by: str
    heed: Heed
    clock: Callable[[], datetime]
    kin: Kin = alone

    async def tell(self, fact: Fact | None) -> bool:
        """Tell somebody above; what goes wrong there must not stop the sender."""
        try:
            if fact is not None:
                await self.heed(fact)
        except Exception:
            log.exception("sender.not_heeded", fact=type(fact).__name__)
            return False
        return True


async def carefully(work: Awaitable[object]) -> bool:
    """Do *work*; False, and a line in the log, when the database is away or it fails."""
    try:
        await work
    except AWAY:
        log.exception("sender.database_away")
        return False
    except Exception:
        log.exception("sender.failed")
        return False
    return True
