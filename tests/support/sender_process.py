"""A sender in a process of its own, to be killed: one JSON argument says where everything is."""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from channels.limiter import Pace
from channels.registry import Options, open_channels
from channels.sender import Sender
from storage.engine import connect
from vault import keyring

#: Fast, and sure that no late receipt will come: a kill should not cost two minutes. What is on
#: its way at a death is asked about one by one, so not too many calls at a time.
PACE = Pace(1000, ask_after=0.2, calls=24)


async def main(where: dict[str, str]) -> None:
    """Send until killed.

    *alone* (0: others may live), *ahead* (seconds by which its clock is fast) and *by* are for
    lives that follow each other; a sender that is not told is alone, on time and nobody special.
    """
    database = connect(where["database"], Path(where["data"]))
    keys = keyring.load(Path(where["keys"]))
    options = Options(
        public_url=where.get("public", "https://baraza.example"),
        twilio_account_sid=where["account"],
        twilio_auth_token=where["token"],
        twilio_from="+15005550006",
        twilio_api_url=where["url"],
    )
    channels = await open_channels(options, database)
    ahead = timedelta(seconds=float(where.get("ahead", "0")))
    sender = Sender(
        database,
        keys,
        channels,
        by=where.get("by", "victim"),
        paces={"sms": PACE},
        clock=lambda: datetime.now(UTC) + ahead,
    )
    await sender.run(alone=where.get("alone", "1") == "1")


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
