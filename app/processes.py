"""The processes that one can start: ``run`` is all of it, ``serve`` and ``work`` its halves."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from app import collector, server
from app.settings import Settings
from app.timekeeping import following
from app.wiring import House, first_calendar, key_folder, opened
from app.worker import Worker
from forum import demo, invites, members
from grievances import almanac, categories
from grievances.taxonomy import DEFAULT
from outreach import demo_lessons, demo_rules
from storage import migrate
from storage.engine import Database, connect
from storage.only_process import only_process
from storage.wakes import Wakes
from vault import keyring as keys

Say = Callable[[str], None]
Wake = Callable[[], None]

RECOVERY_NOTE = """
  The recovery passphrase of this installation, shown once and kept nowhere:

      {passphrase}

  Write it down, put it in the safe, and clear this screen. It opens what nobody else can
  open any more; without it, what is sealed while no member has a key stays closed for good.
"""

FIRST_NOTE = """
  Nobody has an account yet. Choose your password here (the link works once, for 24 hours):

      {url}
"""


class NotMigrated(Exception):
    """The database is not at this release's revision."""


class CannotListen(Exception):
    """Somebody else listens on our port, or it is not ours to take. Says which and why."""


async def run(settings: Settings, say: Say, *, bare: bool) -> None:
    """Set up whatever is missing, then serve, send and tick in one process until stopped.

    Raises ``CannotListen`` and ``InUse``.
    """
    stopped = _stopped()
    make_keys(settings, say)
    with _undisturbed(settings):
        await prepare(settings, bare=bare)
        async with (
            opened(settings, sender=True) as house,
            following(house.database, house.almanac, house.register),
            _web(house),
            _working(house),
        ):
            await _greet(house, say)
            collector.pass_over_what_is_here()
            await stopped.wait()


async def serve(settings: Settings, say: Say) -> None:
    """Run the web half alone: hooks and console.

    Raises ``NotMigrated``, ``CannotListen`` and ``InUse``.
    """
    stopped = _stopped()
    async with opened(settings, sender=False) as house:
        with _undisturbed(settings):
            await _check(house.database)
            books = following(house.database, house.almanac, house.register)
            async with books, _telling(house), _web(house):
                await _greet(house, say)
                collector.pass_over_what_is_here()
                await stopped.wait()


async def work(settings: Settings, say: Say) -> None:
    """Run the other half alone: the sender and the clock. Raises ``NotMigrated``, ``InUse``."""
    stopped = _stopped()
    async with opened(settings, sender=True) as house:
        with _undisturbed(settings):
            await _check(house.database)
            books = following(house.database, house.almanac, house.register)
            async with books, _working(house):
                say("The sender and the clock are running.")
                collector.pass_over_what_is_here()
                await stopped.wait()


def make_keys(settings: Settings, say: Say) -> None:
    """Make this installation's keys if there are none, and show the passphrase once."""
    folder = key_folder(settings)
    if not keys.exists(folder):
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        say(RECOVERY_NOTE.format(passphrase=keys.create(folder)))


async def prepare(settings: Settings, *, bare: bool) -> list[str]:
    """Bring the database up to date; return the stores that were behind.

    A database that was empty gets the demo forum, unless *bare*.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = connect(settings.database, settings.data_dir)
    try:
        fresh = await migrate.is_empty(database)
        stores = await migrate.migrate(database)
        async with database.transaction() as db:
            await almanac.begin(db, first_calendar(settings), datetime.now(UTC))
            await categories.begin(db, DEFAULT, datetime.now(UTC))
        if fresh and not bare:
            async with database.transaction() as db:
                await demo.plant(db, datetime.now(UTC))
                await demo_rules.plant(db, datetime.now(UTC))
                await demo_lessons.plant(db, datetime.now(UTC))
    finally:
        await database.close()
    return stores


async def _check(database: Database) -> None:
    if await migrate.behind(database):
        raise NotMigrated


@contextlib.contextmanager
def _undisturbed(settings: Settings) -> Iterator[None]:
    """Keep other processes off SQLite, which serves one; PostgreSQL serves many."""
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite":
        yield
        return
    with only_process(Path(url.database or "")):
        yield


@asynccontextmanager
async def _working(house: House) -> AsyncIterator[None]:
    """Send and tick until the end of the block, woken by other processes too."""
    worker = Worker(house)
    async with _telling(house, worker.wake):
        await worker.start(alone=house.database.embedded)
        try:
            yield
        finally:
            await worker.stop()


@asynccontextmanager
async def _telling(house: House, *heard: Wake) -> AsyncIterator[None]:
    """Tell other processes when something waits, and call *heard* when they do."""
    if house.database.embedded:
        yield
        return
    wakes = Wakes(house.database.writer, *heard)
    house.wakes.append(wakes.tell)
    talking = asyncio.create_task(wakes.run())
    try:
        yield
    finally:
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)


@asynccontextmanager
async def _web(house: House) -> AsyncIterator[None]:
    try:
        runner = await server.serve(house, server.application(house))
    except OSError as error:
        where = f"{house.settings.host}:{house.settings.port}"
        raise CannotListen(f"{where}: {error.strerror or type(error).__name__}") from error
    try:
        yield
    finally:
        await runner.cleanup()


async def _greet(house: House, say: Say) -> None:
    say(f"Baraza listens on http://{house.settings.host}:{house.settings.port}")
    say(f"Console: {house.settings.public}")
    async with house.database.transaction() as db:
        if await members.everyone(db):
            return
        token = await invites.first_invite(
            db, house.keyring, datetime.now(UTC), language=house.settings.default_language
        )
    say(FIRST_NOTE.format(url=f"{house.settings.public}/welcome/{token}"))


def _stopped() -> asyncio.Event:
    """Return what is set when somebody asks this process to end.

    To be made before anything is open: who asks while it starts is heard once it has started, and
    everything is closed as it should be.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)
    return stopped
