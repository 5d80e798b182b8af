"""A provider that takes every message after a fixed latency. Runs in a process of its own, so
that what it costs is not counted.

``python -m tests.benchmarks.provider PORT MILLISECONDS``
"""

import asyncio
import itertools
import sys

from aiohttp import web


def application(latency: float) -> web.Application:
    numbers = itertools.count()

    async def create(request: web.Request) -> web.Response:
        await request.post()
        if latency:
            await asyncio.sleep(latency)
        return web.json_response(
            {"sid": f"SM{next(numbers):032x}", "status": "queued"}, status=201
        )

    async def taken(_request: web.Request) -> web.Response:
        return web.json_response({"taken": next(numbers)})

    app = web.Application()
    app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", create)
    app.router.add_get("/taken", taken)
    return app


if __name__ == "__main__":
    web.run_app(
        application(float(sys.argv[2]) / 1000),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        print=None,
    )
