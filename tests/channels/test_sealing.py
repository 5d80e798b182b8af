import dataclasses

import pytest

from channels.base import Outbound
from channels.sealing import open_outbound, seal_outbound
from tests.support.ledger import BRUNO, HELLO, Ledger
from vault.seals import CannotOpen


@pytest.fixture
def ledger(database, keyring, now):
    return Ledger(database, keyring, now)


async def test_a_message_is_opened_by_the_sender_as_it_was_written(ledger):
    await ledger.write()
    (row,) = await ledger.due()
    assert ledger.opened(row) == HELLO


def test_a_recording_travels_by_its_id(keyring):
    said = Outbound("Retorts only", sound="5" * 32)
    sealed = seal_outbound(keyring, "0f", said)
    assert open_outbound(keyring, "0f", sealed, None) == said


async def test_no_word_stands_in_the_ledger(ledger):
    row = await ledger.row(await ledger.write())
    assert b"Habari" not in row.body


async def test_a_body_cannot_be_opened_as_another_messages(ledger):
    first, second = await ledger.write(), await ledger.write(route=BRUNO)
    rows = {row.id: row for row in await ledger.due()}
    object.__setattr__(rows[first], "body", rows[second].body)
    with pytest.raises(CannotOpen):
        ledger.opened(rows[first])


async def test_who_takes_messages_in_cannot_read_what_goes_out(ledger):
    await ledger.write()
    (row,) = await ledger.due()
    ledger.keyring = dataclasses.replace(ledger.keyring, sender_private=None)
    with pytest.raises(CannotOpen):
        ledger.opened(row)
