"""A sender in a process of its own, to be killed: one JSON argument says where everything is."""

import asyncio
import json
import sys
from pathlib import Path

from channels.limiter import Pace
from channels.registry import Options, open_channels
from channels.sender import Sender
from storage.engine import connect
from vault import keyring


async def main(where: dict[str, str]) -> None:
    database = connect(where["database"], Path(where["data"]))
    keys = keyring.load(Path(where["keys"]))
    options = Options(
        public_url="https://baraza.example",
        twilio_account_sid=where["account"],
        twilio_auth_token=where["token"],
        twilio_from="+15005550006",
        twilio_api_url=where["url"],
    )
    channels = await open_channels(options, database)
    paces = {"sms": Pace(1000, ask_after=0.2)}
    await Sender(database, keys, channels, by="victim", paces=paces).run(alone=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
