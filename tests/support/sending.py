"""A sender in the test's own process, over the real adapter, for whatever may befall it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from channels.limiter import Pace
from channels.sender import Sender
from channels.sms import SmsChannel
from tests.support.crowd import Crowd

#: Seconds after which a doubtful message is asked about. In life it is 120, and a call may take
#: 30: what counts is that nobody is asked while the call may still go on.
ASK_AFTER = 2.0

#: Seconds that a call may take here.
PATIENT = 1.0

#: As fast as it goes, with so few calls at a time that the faults of one moment are not five in a
#: row: the line would count as down, and rest.
PACE = Pace(1000, ask_after=ASK_AFTER, calls=4)


@asynccontextmanager
async def sending(
    crowd: Crowd, *, patient: float = PATIENT, pace: Pace = PACE
) -> AsyncIterator[Sender]:
    """Send to *crowd* by its clock until the end of the block."""
    carrier = crowd.carrier
    channel = SmsChannel(
        account_sid=carrier.account,
        auth_tokens=(carrier.token,),
        sender=carrier.number,
        messaging_service_sid="",
        api_url=carrier.url,
        public_url="https://baraza.example",
        default_region="KE",
        timeout=aiohttp.ClientTimeout(total=patient),
    )
    sender = Sender(
        crowd.database,
        crowd.keyring,
        {"sms": channel},
        by="soak",
        paces={"sms": pace},
        clock=crowd.clock,
    )
    running = asyncio.create_task(sender.run(alone=True))
    try:
        yield sender
    finally:
        await sender.stop()
        await running
        await channel.close()
