"""Two carriers to the same telephones: when one breaks down, the other carries what waits."""

from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from channels import contacts, lines, outbox
from channels.base import Address, Outbound
from channels.registry import Options, open_channels
from channels.routing import Routing
from channels.sender import Sender
from tests.support.gateway_server import GatewayServer
from tests.support.loopback import Fault
from tests.support.twilio_server import TwilioServer

PEOPLE = [f"+2547110000{number:02}" for number in range(8)]
SECOND = timedelta(seconds=1)


class Carriers:
    """A sender with Twilio, which is preferred, and a gateway; the test moves its clock."""

    def __init__(self, database, keyring, now):
        self.database, self.keyring, self.now = database, keyring, now
        self.twilio, self.gateway = TwilioServer(), GatewayServer()

    async def __aenter__(self):
        self.stack = AsyncExitStack()
        for server in (self.twilio, self.gateway):
            await self.stack.enter_async_context(server)
        options = Options(
            public_url="https://baraza.example",
            twilio_account_sid=self.twilio.account,
            twilio_auth_token=self.twilio.token,
            twilio_from=self.twilio.number,
            twilio_api_url=self.twilio.url,
            gateway_url=self.gateway.url_of(),
            gateway_user=self.gateway.user,
            gateway_password=self.gateway.password,
            gateway_from=self.gateway.number,
        )
        channels = await open_channels(options, self.database, self.keyring)
        for channel in channels.values():
            self.stack.push_async_callback(channel.close)
        self.sender = Sender(
            self.database,
            self.keyring,
            channels,
            by="me",
            clock=lambda: self.now,
            routing=Routing(("sms", "gateway")),
        )
        return self

    async def __aexit__(self, *_):
        await self.stack.aclose()

    async def write(self, number, text="Habari"):
        async with self.database.transaction() as db:
            address = Address("sms", number)
            route = await contacts.remember(db, self.keyring, address, self.now)
            words = {"outbound": Outbound(text), "kind": "reply", "now": self.now}
            await outbox.enqueue(db, self.keyring, channel="sms", route_id=route, **words)

    async def passes(self, minutes):
        for _ in range(int(minutes * 6)):
            await self.sender.step()
            self.now += 10 * SECOND

    async def rests_until(self):
        async with self.database.reading() as reads:
            return (await lines.read(reads))["sms"].rests_until

    def reached(self):
        """Return how often each number was reached, by whom."""
        by_gateway = ("gateway", self.gateway.sent)
        return Counter(
            (name, one.to if one.to.startswith("+") else f"+{one.to}")
            for name, sent in (("sms", self.twilio.sent), by_gateway)
            for one in sent
        )


@pytest.fixture
async def carriers(database, keyring, now):
    async with Carriers(database, keyring, now) as both:
        yield both


async def test_what_a_dead_carrier_does_not_take_leaves_by_the_other_once(carriers):
    await carriers.twilio.__aexit__()  # nobody listens there any more
    for number in PEOPLE:
        await carriers.write(number)
    await carriers.passes(minutes=20)
    assert carriers.reached() == {("gateway", number): 1 for number in PEOPLE}


async def test_what_it_may_have_taken_waits_for_it_and_nothing_else_does(carriers):
    """Twilio answers 503 to everything; one message it had taken all the same."""
    carriers.twilio.faults.extend([Fault(503, taken=True)] + [Fault(503)] * 1_000)
    for number in PEOPLE:
        await carriers.write(number)
    await carriers.passes(minutes=5)
    later = [f"+2547110001{number:02}" for number in range(20)]
    for number in later:
        await carriers.write(number)
    await carriers.passes(minutes=15)
    by_gateway = {number for name, number in carriers.reached() if name == "gateway"}
    assert len(by_gateway) >= len(later) - 4  # after each rest of Twilio's one tries there
    assert by_gateway <= set(later)
    carriers.twilio.faults.clear()
    carriers.now = max(carriers.now, await carriers.rests_until())
    await carriers.write("+254711000299")
    await carriers.passes(minutes=5)
    reached = carriers.reached()
    assert set(reached.values()) == {1}
    assert {number for _, number in reached} == {*PEOPLE, *later, "+254711000299"}
    assert ("sms", "+254711000299") in reached
