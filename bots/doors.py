"""Who shuts the door to news, or opens it again: by a word, or by the channel's own means."""

from datetime import datetime

from channels import optout
from channels.base import Address
from channels.optout import By
from outreach import subscribers
from storage.unit_of_work import Transaction
from vault.keyring import Keyring


async def heed(
    db: Transaction,
    keyring: Keyring,
    address: Address,
    now: datetime,
    *,
    stopped: bool,
    by: By = By.WORD,
) -> bool:
    """Send *address* no more news, or news again. It may still report, and is answered.

    False: it was so before. A door that opens does not take back a STOP.
    """
    if stopped:
        await subscribers.stop(db, keyring, address, now)
        return await optout.stop(db, keyring, address, now, by)
    changed = await optout.restart(db, keyring, address, now, by)
    if changed or by is By.WORD:
        await subscribers.restart(db, keyring, address, now)
    return changed
