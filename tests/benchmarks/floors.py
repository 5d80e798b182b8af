"""The floor of receiving: the least that any program on this machine must spend on the same work.

``python -m tests.benchmarks.floors PORT DATABASE`` is a bare aiohttp server whose one handler
reads a form and commits one row durably, the way the engine's own documentation says to.
"""

import asyncio
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import asyncpg
import uvloop
from aiohttp import web

TABLE = "CREATE TABLE IF NOT EXISTS floor (id TEXT PRIMARY KEY, body TEXT)"

Commit: TypeAlias = Callable[[str, str], Awaitable[object]]


def sqlite(path: str) -> Commit:
    """Open a database whose commits survive a power cut, as ours do."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(TABLE)
    thread = ThreadPoolExecutor(1)

    def commit(row: tuple[str, str]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT OR IGNORE INTO floor VALUES (?, ?)", row)
        connection.execute("COMMIT")

    async def committed(sid: str, body: str) -> None:
        await asyncio.get_running_loop().run_in_executor(thread, commit, (sid, body))

    return committed


async def postgresql(url: str) -> Commit:
    """Open as many connections as one of our processes has."""
    pool = await asyncpg.create_pool(url, min_size=8, max_size=8)
    async with pool.acquire() as one:
        await one.execute("SELECT pg_advisory_lock(1)")  # several of us may begin at once
        await one.execute(TABLE)
        await one.execute("SELECT pg_advisory_unlock(1)")

    async def committed(sid: str, body: str) -> None:
        statement = "INSERT INTO floor VALUES ($1, $2) ON CONFLICT DO NOTHING"
        await pool.execute(statement, sid, body)

    return committed


async def application(database: str) -> web.Application:
    committed = sqlite(database) if database.startswith("/") else await postgresql(database)

    async def hook(request: web.Request) -> web.Response:
        form = await request.post()
        await committed(str(form["MessageSid"]), str(form["Body"]))
        return web.Response(text="<Response/>", content_type="text/xml")

    async def alive(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    app = web.Application()
    app.router.add_post("/hooks/sms", hook)
    app.router.add_get("/healthz", alive)
    return app


if __name__ == "__main__":
    web.run_app(
        application(sys.argv[2]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        print=None,
        access_log=None,
        loop=uvloop.new_event_loop(),
    )
