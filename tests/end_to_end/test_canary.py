"""Numbers, names and words go every path of the product, and are found nowhere afterwards."""

import asyncio
import base64
import hashlib
import json
import sqlite3
from contextlib import asynccontextmanager

import aiohttp
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.engine import connect
from tests.end_to_end.conftest import Installation, telegram_settings, twilio_settings
from tests.end_to_end.walk import NosyTelegram, NosyTwilio, Walk
from tests.support import remains
from tests.support.canaries import Canaries, Search
from tests.support.staff import Staff
from vault import keyring as keys
from vault import seals
from vault.keyring import Purpose

#: What is kept in plain on purpose: finding it shows that we look in the right places.
IN_PLAIN = b"amina@example.org"


@pytest.fixture
def of_postgresql(postgresql_server):
    """The URL of an empty database on the server."""
    root = postgresql_server.format(name="postgres")

    async def run(statement):
        engine = create_async_engine(root, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(statement))
        await engine.dispose()

    asyncio.run(run("CREATE DATABASE canary"))
    yield postgresql_server.format(name="canary")
    asyncio.run(run("DROP DATABASE canary WITH (FORCE)"))


@asynccontextmanager
async def walked(home, url):
    """Start *home* and walk along every path of it; yields the walk, while it still runs."""
    async with NosyTwilio(delivers=True) as twilio, NosyTelegram() as telegram:
        home.settings |= twilio_settings(twilio)
        home.settings |= telegram_settings(telegram, "a-quiet-secret")
        home.settings |= {"public_url": f"http://127.0.0.1:{home.port}", "simulator": "true"}
        async with (
            home.runs() as process,
            home.staffed(process) as staff,
            Staff(process.public) as colleague,
        ):
            database = connect(url, home.folder)
            try:
                keyring = keys.load(home.folder / "keys")
                walk = Walk(
                    process, database, keyring, twilio, telegram, staff, colleague, Canaries()
                )
                await walk.everything()
                yield walk
            except BaseException:
                print(*walk.phone.heard, *walk.chat.heard, sep="\n- ")
                raise
            finally:
                await database.close()


async def left_by(home, walk, urls):
    """Yield everything that the walk left behind."""
    for name, content in remains.of_files(home.folder):
        yield name, content
    for url in urls:
        async for name, content in remains.of_tables(url):
            yield name, content
        if url.startswith("postgresql"):
            async for name, content in remains.of_server(url):
                yield f"server: {name}", content
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{walk.process.url}/metrics") as answer,
    ):
        yield "metrics", await answer.read()
    yield "stdout", walk.process.out
    yield "stderr", walk.process.err


async def test_nothing_that_names_anybody_is_found_on_sqlite(tmp_path):
    home = Installation(tmp_path)
    url = f"sqlite+aiosqlite:///{tmp_path}/baraza.db"
    await _nothing_is_found(home, [url, f"sqlite+aiosqlite:///{tmp_path}/routes.db"])


async def test_nothing_that_names_anybody_is_found_on_postgresql(tmp_path, of_postgresql):
    home = Installation(tmp_path, {"database_url": of_postgresql, "log_format": "json"})
    await _nothing_is_found(home, [of_postgresql])


async def _nothing_is_found(home, urls):
    async with walked(home, urls[0]) as walk:
        counts = await walk.counts()
        assert counts["cases"] > 20, counts
        assert (counts["voices"], counts["attachments"]) == (4, 5), counts
        search = Search(walk.canaries.needles())
        found, seen, size = [], set(), 0
        async for name, content in left_by(home, walk, urls):
            found += [f"{what} in {name}" for what in search.found(content)]
            size += len(content)
            seen |= {name} if IN_PLAIN in content else set()
    found += [f"{what} in stderr at the end" for what in search.found(walk.process.err)]
    print(
        f"{len(walk.canaries.known)} canaries in {search.count} dresses, "
        f"{size / 1e6:.1f} MB searched, {counts}"
    )
    assert found == []
    assert any("members" in name for name in seen)  # what is kept in plain is found
    assert any("baraza.db" in name or name.startswith("server: ") for name in seen)
    assert (walk.twilio.violations, walk.telegram.violations) == ([], [])


# --- the search itself can find ----------------------------------------------------------------

NUMBER, STORY = "+254711403958", "The north wall moved"
PHOTO = bytes(range(7, 250)) * 9

LEAKS = {
    "plain": NUMBER,
    "within a line": f"POST /hooks/sms from={NUMBER} 200",
    "without its +": "254711403958",
    "a story in a log": f"turn failed: {STORY}!",
    "in capitals": STORY.upper(),
    "escaped": json.dumps({"text": STORY}),
    "in a URL": "/cases?find=%2B254711403958",
    "UTF-16": STORY.encode("utf-16-le"),
    "UTF-16 in hex": STORY.encode("utf-16-be").hex(),
    "hex": NUMBER.encode().hex(),
    "HEX": NUMBER.encode().hex().upper(),
    "base64": base64.b64encode(STORY.encode()),
    "base64 after one byte": base64.b64encode(b"x" + STORY.encode() + b"yz"),
    "base64 after two bytes": base64.b64encode(b"xy" + STORY.encode()),
    "base64 for a URL": base64.urlsafe_b64encode(b"\xff\xfe" + NUMBER.encode() + b"\xff"),
    "a number": 254711403958,
    "eight bytes": (254711403958).to_bytes(8, "little"),
    "sha256": hashlib.sha256(NUMBER.encode()).digest(),
    "sha256 in hex": hashlib.sha256(NUMBER.encode()).hexdigest(),
    "a shortened sha256": hashlib.sha256(NUMBER.encode()).hexdigest()[:16],
    "sha256 in base64": base64.b64encode(hashlib.sha256(NUMBER.encode()).digest()),
    "md5": hashlib.md5(NUMBER.encode()).hexdigest(),
    "sha1": hashlib.sha1(NUMBER.encode()).digest(),
    "sha512": hashlib.sha512(NUMBER.encode()).hexdigest(),
    "blake2b": hashlib.blake2b(NUMBER.encode()).digest(),
    "blake2b of 16 bytes": hashlib.blake2b(NUMBER.encode(), digest_size=16).hexdigest(),
    "a hash with its channel": hashlib.sha256(f"sms:{NUMBER}".encode()).hexdigest(),
    "a hash of the bare digits": hashlib.md5(b"254711403958").hexdigest(),
    "a photo": PHOTO,
    "a part of a photo": PHOTO[:900],
    "the hash of a photo": hashlib.sha256(PHOTO).hexdigest(),
}


@pytest.fixture(scope="module")
def search():
    canaries = Canaries()
    for name, value in (("number", NUMBER), ("story", STORY), ("photo", PHOTO)):
        canaries.add(name, value)
    canaries.add("part of the photo", PHOTO[500:532])
    return Search(canaries.needles())


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS.keys())
async def test_a_planted_leak_is_caught_in_a_column(search, tmp_path, leak):
    url = f"sqlite+aiosqlite:///{tmp_path}/leaky.db"
    with sqlite3.connect(tmp_path / "leaky.db") as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE contacts (id INTEGER PRIMARY KEY, contact)")
        db.executemany("INSERT INTO contacts (contact) VALUES (?)", [("3f" * 16,), (leak,)])
    found = {name async for name, content in remains.of_tables(url) if search.found(content)}
    found |= {name for name, content in remains.of_files(tmp_path) if search.found(content)}
    db.close()
    assert found == {"main.contacts", "leaky.db-wal"}


def test_what_is_sealed_or_keyed_is_not_taken_for_a_leak(search, keyring):
    kept = (
        seals.seal(keyring.sender_public, STORY.encode(), context="entries.sealed|1"),
        seals.lock(keyring.dialogue_key, NUMBER.encode(), context="dialogues.sealed|1"),
        *(keyring.pseudonym(purpose, "sms", NUMBER).encode() for purpose in Purpose),
    )
    assert search.found(b"\0".join(kept)) == []


def test_a_canary_that_could_be_met_by_chance_is_refused():
    with pytest.raises(ValueError, match="too short"):
        Search([("a name", b"Anna")])
