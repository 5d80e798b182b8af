import json

import pytest

from channels import rehearsal
from channels.base import Address, Envelope, Hook, Inbound, Media, Outbound, Sent, Style
from channels.errors import Malformed, Refused
from channels.simulator import Simulator

PHONE = Address(rehearsal.BASIC, "+254700000001")
HELLO = Envelope("o1", PHONE, Outbound("Hello"))


@pytest.fixture
def simulator(database, keyring, now):
    return Simulator(rehearsal.BASIC, Style.SMS, database, keyring, lambda: now)


def hook(body):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Hook("http://here/", {}, raw)


async def test_a_message_is_put_on_the_screen_once(simulator, database, keyring):
    assert await simulator.send(HELLO) == Sent("o1", final=True, arrived=True)
    assert await simulator.send(HELLO) == Sent("o1", final=True, arrived=True)
    async with database.reading() as reads:
        (shown,) = await rehearsal.screen(reads, keyring, PHONE)
    assert shown.text == "Hello"


async def test_what_was_sent_can_be_found(simulator, now):
    assert await simulator.find(HELLO, now) is None
    await simulator.send(HELLO)
    assert await simulator.find(HELLO, now) == Sent("o1", final=True, arrived=True)


def test_what_was_said_is_read(simulator):
    said = {"phone": PHONE.value, "id": "1", "text": "hi\0", "choice": None}
    assert simulator.parse(hook(said)) == [Inbound(PHONE, "1", text="hi")]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"{}", b'{"phone": 1}', b"\xff"])
def test_anything_else_is_malformed(simulator, body):
    with pytest.raises(Malformed):
        simulator.parse(hook(body))


async def test_it_has_no_media_and_nothing_to_check(simulator):
    with pytest.raises(Refused):
        await simulator.fetch(Media("x", "photo", "image/jpeg"))
    assert all(finding.well for finding in await simulator.check())
