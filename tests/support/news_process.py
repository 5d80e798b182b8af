"""Everything that lets a broadcast leave, in a process of its own, to be killed.

The sender, and the tick that makes rows and counts them; over real adapters, by a clock that is
ahead. One JSON argument says where everything is.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from app.announcing import Announcing
from app.holding import Holding
from channels import planning
from channels.limiter import Pace
from channels.registry import Options, open_channels
from channels.routing import Routing
from channels.sender import Sender
from channels.ways import ways
from outreach.approvals import Office
from outreach.audiences import people
from storage.engine import connect
from vault import keyring

#: Fast, and sure that no late receipt will come (``tests.support.sender_process``).
PACE = Pace(1000, ask_after=0.2, calls=16)
LINES = ("sms", "telegram", "whatsapp")

#: Seconds between two ticks, and people in a chunk of a plan: so small that a kill finds it there.
TICK = 0.2
CHUNK = 100


def zones_of(sites: Mapping[str, str]):
    """Return ``Zones`` by which people live where their site lies: its id -> its zone."""

    async def zones(_db, audience):
        by_zone = {}
        for site, zone in sites.items():
            by_zone.setdefault(zone, set()).add(site)
        return {
            zone: people(replace(audience, sites=frozenset(ids))) for zone, ids in by_zone.items()
        }

    return zones


def office_of(channels, sites: Mapping[str, str]) -> Office:
    """Return the office of a nation whose sites lie in several zones."""
    styles = {name: channel.style for name, channel in channels.items()}
    found = ways(styles, Routing(tuple(channels)), dict.fromkeys(LINES, PACE))
    return Office(found, zones_of(sites), ZoneInfo("UTC"))


def options_of(where: Mapping[str, str]) -> Options:
    """Return the options by which the adapters call the servers that stand in."""
    return Options(
        public_url="https://baraza.example",
        twilio_account_sid=where["account"],
        twilio_auth_token=where["token"],
        twilio_from="+15005550006",
        twilio_api_url=where["url"],
        whatsapp_from="+15005550007",
        whatsapp_template_sid="HX" + "a" * 32,
        telegram_token=where["bot"],
        telegram_webhook_secret="x" * 32,
        telegram_api_url=where["chats"],
    )


async def main(where: dict[str, str], sites: Mapping[str, str]) -> None:
    """Let broadcasts leave until killed."""
    planning.plan.__kwdefaults__["chunk"] = CHUNK
    database = connect(where["database"], Path(where["data"]))
    keys = keyring.load(Path(where["keys"]))
    ahead, by = timedelta(seconds=float(where["ahead"])), where["by"]

    def clock() -> datetime:
        return datetime.now(UTC) + ahead

    channels = await open_channels(replace(options_of(where), clock=clock), database, keys)
    sender = Sender(database, keys, channels, by=by, paces=dict.fromkeys(LINES, PACE), clock=clock)
    house = SimpleNamespace(database=database, office=office_of(channels, sites), wake=sender.wake)
    holding = Holding(database, by, asyncio.Event(), seize=database.embedded, clock=clock)
    announcing = Announcing(house, holding)
    sending = asyncio.create_task(sender.run(alone=database.embedded))
    while not sending.done():
        await announcing.run(clock())
        await announcing.count(clock())
        await asyncio.sleep(TICK)
    await sending
