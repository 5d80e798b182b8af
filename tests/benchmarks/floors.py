"""The floors: the least that any program on this machine must spend on the same work.

Run as ``python -m tests.benchmarks.floors PORT FOLDER``: a bare aiohttp server whose one handler
reads a form and commits one row durably, the way SQLite's own documentation says to.
"""

import asyncio
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aiohttp import web


def durable(folder: Path) -> sqlite3.Connection:
    """Open a database whose commits survive a power cut, as ours do."""
    connection = sqlite3.connect(
        folder / "floor.db", isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS inbox (id TEXT PRIMARY KEY, body TEXT)")
    return connection


def application(folder: Path) -> web.Application:
    connection = durable(folder)
    thread = ThreadPoolExecutor(1)

    def commit(row: tuple[str, str]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT OR IGNORE INTO inbox VALUES (?, ?)", row)
        connection.execute("COMMIT")

    async def hook(request: web.Request) -> web.Response:
        form = await request.post()
        row = (str(form["MessageSid"]), str(form["Body"]))
        await asyncio.get_running_loop().run_in_executor(thread, commit, row)
        return web.Response(text="<Response/>", content_type="text/xml")

    async def alive(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    app = web.Application()
    app.router.add_post("/hooks/sms", hook)
    app.router.add_get("/healthz", alive)
    return app


if __name__ == "__main__":
    web.run_app(
        application(Path(sys.argv[2])), host="127.0.0.1", port=int(sys.argv[1]), print=None
    )
