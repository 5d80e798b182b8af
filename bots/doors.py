"""Who shuts the door to news, or opens it again: by a word, or by the channel's own means."""

from datetime import datetime

from channels import optout
from channels.base import Address
from outreach import subscribers
from storage.unit_of_work import Transaction
from vault.keyring import Keyring


async def heed(
    db: Transaction, keyring: Keyring, address: Address, now: datetime, *, stopped: bool
) -> None:
    """Send *address* no more news, or news again. It may still report, and is answered."""
    change = optout.stop if stopped else optout.restart
    change_list = subscribers.stop if stopped else subscribers.restart
    await change(db, keyring, address, now)
    await change_list(db, keyring, address, now)
