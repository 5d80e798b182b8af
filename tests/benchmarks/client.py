"""The floor of sending: a bare aiohttp client that posts as many forms, as many at a time.

``python -m tests.benchmarks.client JOB`` with ``url``, ``messages`` and ``calls``.
"""

import asyncio
import json
import sys
import time

import aiohttp
import uvloop

from tests.benchmarks.account import ACCOUNT, NUMBER


async def main(url: str, messages: int, calls: int) -> None:
    waiting = iter(range(messages))
    target = f"{url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

    async def line(session: aiohttp.ClientSession) -> None:
        for number in waiting:
            form = {"To": f"+1555{number:07d}", "From": NUMBER, "Body": "Your permit costs less"}
            async with session.post(target, data=form) as answer:
                await answer.read()

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        began = time.perf_counter()
        await asyncio.gather(*(line(session) for _ in range(calls)))
    print(json.dumps({"seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    uvloop.run(main(**json.loads(sys.argv[1])))
