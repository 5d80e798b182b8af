"""Reads a list, or goes on with what is to be put on, in a process of its own, to be killed.

One JSON argument says where everything is; *file*: the list to be read.
"""

import asyncio
import json
import sys
from datetime import datetime
from io import BytesIO
from pathlib import Path

from bots import doors
from outreach import importing, staging
from storage.engine import connect
from tests.support.messy_lists import STATEMENT
from vault import keyring


async def main(where: dict[str, str]) -> None:
    """Do it, and end."""
    database = connect(where["database"], Path(where["data"]))
    now = datetime.fromisoformat(where["now"])
    if "file" in where:
        keys = keyring.load(Path(where["keys"]))
        file = BytesIO(Path(where["file"]).read_bytes())
        await staging.stage(database, keys, file, STATEMENT, by=where["by"], now=now)
    else:
        await importing.advance(database, now, free=doors.free)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
