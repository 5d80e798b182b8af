"""What the secretariat waits for in a case room of a hundred thousand cases, and a search in it.

``python -m tests.benchmarks.caseload 10000`` for fewer cases, with ten entries to each.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
from aiohttp import web
from sqlalchemy import select

from app import collector, tables
from console import routes
from console.services import Services
from forum import keyholders, members
from grievances import caseload
from grievances.case import MAY_ASK, cases
from grievances.entries import PART, entries, text_of
from grievances.filters import Filter, Show
from grievances.searching import HANDS, ROUND
from storage.engine import Database
from tests.benchmarks.results import Result, report, share
from tests.benchmarks.scale import Scale
from tests.benchmarks.stores import ENGINES, Store, stores
from tests.support.many_cases import PASSWORD, Room, fill
from tests.support.processes import free_port
from vault.passwords import COST

assert tables  # imported for its effect: the metadata knows every table

CASES = 100_000

#: How often each page is asked for. The first times are not counted: they bring it from the disk,
#: and PostgreSQL plans a statement anew the first five times that a connection asks it.
TIMES, WARM = 40, 6

#: How often a search is made.
SEARCHES = 5

#: What is asked of a page, in ms at p95, and of a search through ``ROUND`` entries, in seconds.
PAGE_GOAL, SEARCH_GOAL = 100.0, 1.0

#: Nobody wrote it, so everything is looked through.
NOWHERE = "zebra"

PARTS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass
class Browser:
    """Somebody's session at the console."""

    session: aiohttp.ClientSession
    url: str

    async def sign_in(self, email: str) -> None:
        await self.post("/sign-in", {"email": email, "password": PASSWORD})

    async def page(self, path: str) -> str:
        async with self.session.get(self.url + path) as answer:
            answer.raise_for_status()
            return await answer.text()

    async def post(self, path: str, form: dict[str, str]) -> str:
        async with self.session.post(self.url + path, data=form) as answer:
            answer.raise_for_status()
            return await answer.text()


@asynccontextmanager
async def console(store: Store, database: Database) -> AsyncIterator[Callable[[], Browser]]:
    """The real pages, served on this machine; what is yielded opens a browser for somebody."""
    app, url = web.Application(), f"http://127.0.0.1:{free_port()}"
    routes.attach(app, Services(database, store.keyring, lambda: datetime.now(UTC), url))
    runner, opened = web.AppRunner(app, access_log=None), []

    def browser() -> Browser:
        jar = aiohttp.CookieJar(unsafe=True)  # an address of digits is given cookies, too
        opened.append(aiohttp.ClientSession(cookie_jar=jar))
        return Browser(opened[-1], url)

    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(url.rpartition(":")[2])).start()
    collector.pass_over_what_is_here()  # as every process does once it has started
    try:
        yield browser
    finally:
        for session in opened:
            await session.close()
        await runner.cleanup()


async def took(ask: Callable[[], Awaitable[object]], times: int = TIMES) -> list[float]:
    """Return how long each of so many answers took, in milliseconds."""
    every = []
    for _ in range(WARM + times):
        began = time.perf_counter()
        await ask()
        every.append((time.perf_counter() - began) * 1e3)
    return every[WARM:]


async def far_behind(database: Database) -> str:
    """Return the cursor of a page that has three quarters of the open cases before it."""
    c = cases.c
    async with database.reading() as db:
        waiting = select(c.next_due, c.id).where(MAY_ASK).order_by(c.next_due, c.id)
        rows = (await db.execute(waiting)).all()
    row = rows[len(rows) * 3 // 4]
    return f"{row.next_due.isoformat()}_{row.id}".replace("+", "%2B")


async def measured_pages(
    engine: str, room: Room, lead: Browser, handler: Browser, nobody: Browser, cursor: str
) -> AsyncIterator[Result]:
    """Ask for each page; the floor is the page that asks for a password, and no database."""
    paths = {
        "first": (lead, "/cases"),
        "behind": (lead, f"/cases?page={cursor}"),
        "handler": (handler, "/cases"),
        **{f"show.{show}": (lead, f"/cases?show={show}") for show in Show},
        "newest": (lead, "/cases?show=open&order=newest"),
        "gravest": (lead, "/cases?show=open&order=gravest"),
        "board": (lead, "/board"),
        "case.median": (lead, f"/cases/{room.median}"),
        "case.longest": (lead, f"/cases/{room.longest}"),
        "case.earlier": (lead, f"/cases/{room.longest}?entry={PART}"),
    }
    floor = await took(lambda: nobody.page("/sign-in"))
    for name, (browser, path) in paths.items():
        values = await took(lambda browser=browser, path=path: browser.page(path))  # type: ignore[misc]
        for part, below in PARTS.items():
            goal = PAGE_GOAL if part == "p95" else 0.0
            at = share(values, below)
            yield Result(f"caseload.{engine}.{name}.{part}", at, "ms", share(floor, below), goal)


async def measured_counts(engine: str, room: Room, database: Database) -> Result:
    """Count what stands above the queue, all of it, without a page around."""
    now = datetime.now(UTC)

    async def counted() -> None:
        async with database.reading() as db:
            await caseload.counts(db, room.lead, [Filter(show=show) for show in Show], now=now)

    return Result(f"caseload.{engine}.counts", share(await took(counted), 0.95), "ms at p95")


async def measured_search(
    engine: str, room: Room, lead: Browser, database: Database
) -> AsyncIterator[Result]:
    """Look for a word that nobody wrote. The floor opens as many entries, and does no more."""
    token = (await lead.page("/search")).partition('name="csrf" value="')[2].partition('"')[0]
    form = {"csrf": token, "words": NOWHERE}
    assert "Nothing found" in await lead.post("/search", form)
    values = await took(lambda: lead.post("/search", form), SEARCHES)
    floor = await bare(room, database)
    yield Result(f"search.{engine}", share(values, 0.5) / 1e3, "s", floor, SEARCH_GOAL)


async def bare(room: Room, database: Database) -> float:
    """Return how many seconds it takes to open as many entries as a search looks at."""
    async with database.reading() as db:
        me = await members.by_email(db, room.lead.email)
        assert me is not None
        private = await asyncio.to_thread(members.open_private, me, PASSWORD, COST)
        found = await db.execute(select(entries.c.id, entries.c.sealed).limit(ROUND))
        rows = found.all()
        first = (await db.execute(select(cases.c.id, cases.c.public_key).limit(1))).one()
        key = await keyholders.open_subject(db, first.id, me.id, private)

    def opened(some: list[object]) -> int:
        return sum(text_of(row, key, first.public_key) is not None for row in some)

    parts = [rows[number::HANDS] for number in range(HANDS)]
    with ThreadPoolExecutor(HANDS) as pool:
        began = time.perf_counter()
        assert sum(pool.map(opened, parts)) == len(rows)
        return time.perf_counter() - began


async def measure_on(store: Store, count: int) -> AsyncIterator[Result]:
    """Fill one database, and ask it everything."""
    engine = store.engine
    async with store.opened() as database:
        began = time.perf_counter()
        room = await fill(database, store.keyring, count, datetime.now(UTC))
        yield Result(f"caseload.{engine}.filled", time.perf_counter() - began, "s")
        yield Result(f"caseload.{engine}.entries", float(room.entries), "entries")
        async with console(store, database) as browser:
            lead, handler = browser(), browser()
            await lead.sign_in(room.lead.email)
            await handler.sign_in(room.handler.email)
            cursor = await far_behind(database)
            async for result in measured_pages(engine, room, lead, handler, browser(), cursor):
                yield result
            yield await measured_counts(engine, room, database)
            async for result in measured_search(engine, room, lead, database):
                yield result


async def measure(scale: Scale, count: int = CASES) -> AsyncIterator[Result]:
    """Ask everything on each engine."""
    with stores() as made:
        for engine in ENGINES:
            store = await made.fresh(engine)
            async for result in measure_on(store, scale.people(count)):
                yield result
            await made.drop(store)


async def main(count: int) -> None:
    async for result in measure(Scale(), count):
        report(result)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else CASES))
