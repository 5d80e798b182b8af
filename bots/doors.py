"""Who shuts the door to news, or opens it again: by a word, or by the channel's own means."""

from collections.abc import Sequence
from datetime import datetime

from bots import dialogues
from channels import contacts, optout
from channels.base import Address
from channels.optout import By
from channels.routing import CALLED_BY, CALLS
from outreach import imports, learners, report_backs, subscribers, survey_answers
from outreach.subscribers import contact_of
from storage.unit_of_work import Transaction
from vault.keyring import Keyring


async def erase(db: Transaction, keyring: Keyring, address: Address) -> None:
    """Erase *address* from the list, and its route where nothing else needs that.

    A file that waits to be put on, and has it, has it no more. The ways back to who told a story
    go as well: nothing is told there any more. So does what was answered in surveys, as far as it
    leads to *address*.
    """
    await report_backs.take_back(db, keyring, address)
    await survey_answers.erase(db, keyring, address)
    await learners.erase(db, keyring, address)
    await imports.erase(db, contact_of(keyring, address))
    route_id = await subscribers.erase(db, keyring, address)
    if route_id is not None:
        await free(db, [route_id])


async def free(db: Transaction, route_ids: Sequence[str]) -> None:
    """Forget those routes by which no dialogue and no subscriber is reached any more."""
    idle = await subscribers.unused(db, await dialogues.unused(db, route_ids))
    idle = await learners.unused(db, idle)
    if idle:
        await contacts.forget_all(db, idle)


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

    False: it was so before. A door that opens does not take back a STOP. Where *address* is of a
    line that calls people up, only calls are meant; START lets those come again as well.
    """
    if address.channel in CALLS:
        return await _heed_calls(db, keyring, address, now, stopped=stopped, by=by)
    if not stopped and by is By.WORD and address.channel in CALLED_BY:
        line = Address(CALLED_BY[address.channel], address.value)
        await _heed_calls(db, keyring, line, now, stopped=False, by=by)
    if stopped:
        await subscribers.stop(db, keyring, address, now)
        return await optout.stop(db, keyring, address, now, by)
    changed = await optout.restart(db, keyring, address, now, by)
    if changed or by is By.WORD:
        await subscribers.restart(db, keyring, address, now)
    return changed


async def _heed_calls(
    db: Transaction, keyring: Keyring, address: Address, now: datetime, *, stopped: bool, by: By
) -> bool:
    """Call no more, or again; who is not called is written to instead."""
    telephone = Address(CALLS[address.channel], address.value)
    await subscribers.call(db, keyring, telephone, wanted=not stopped)
    if stopped:
        return await optout.stop(db, keyring, address, now, by)
    return await optout.restart(db, keyring, address, now, by)
