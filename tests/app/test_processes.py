"""The processes that an operator starts: what they set up, what they say, how they end."""

import asyncio
import json
import re
import socket
from dataclasses import replace

import aiohttp
import pytest
from sqlalchemy import func, select

from app import processes
from app.processes import CannotListen, NotMigrated
from app.wiring import key_folder
from forum.bodies import sites
from grievances import almanac, categories
from grievances.calendars import PLAIN_WEEK
from grievances.taxonomy import DEFAULT
from storage.engine import connect
from storage.only_process import InUse, only_process
from tests.support.patience import until
from tests.support.processes import environment, free_port, running, spawn
from vault import keyring as keys
from vault.keyring import KeysMissing
from vault.recovery import pair_from


@pytest.fixture
def said():
    return []


async def count(given, table):
    database = connect(given.database, given.data_dir)
    async with database.reading() as reads:
        found = (await reads.execute(select(func.count()).select_from(table))).scalar_one()
    await database.close()
    return found


# --- setting up


def test_keys_are_made_where_there_are_none_and_the_passphrase_opens_them(
    settings, said, tmp_path
):
    given = settings(data_dir=tmp_path / "a" / "b")
    processes.make_keys(given, said.append)
    passphrase = re.search(r"^ {6}(\S+)$", said[0], re.MULTILINE)[1]
    assert pair_from(passphrase).public == keys.load(key_folder(given)).recovery_public
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    processes.make_keys(given, said.append)
    assert len(said) == 1


async def test_a_new_installation_begins_with_the_calendar_of_its_settings(settings, empty_url):
    for zone in ("Africa/Kampala", "Europe/Paris"):
        given = settings(database_url=empty_url, timezone=zone)
        await processes.prepare(given, bare=True)
    database = connect(given.database, given.data_dir)
    async with database.reading() as reads:
        kept = await almanac.load(reads, PLAIN_WEEK)
    await database.close()
    assert (str(kept.zone), kept.edition) == ("Africa/Kampala", 1)


async def test_a_new_installation_begins_with_the_categories_that_are_built_in(
    settings, empty_url
):
    given = settings(database_url=empty_url)
    for _ in range(2):
        await processes.prepare(given, bare=True)
    database = connect(given.database, given.data_dir)
    async with database.reading() as reads:
        kept = await categories.load(reads)
    await database.close()
    assert (kept.every, kept.edition) == (DEFAULT.every, 1)


async def test_an_empty_database_gets_the_demo_forum_once(settings, empty_url):
    given = settings(database_url=empty_url)
    assert await processes.prepare(given, bare=False) == ["main", "routes"]
    planted = await count(given, sites)
    assert planted > 0
    assert await processes.prepare(given, bare=False) == []
    assert await count(given, sites) == planted


async def test_a_forum_that_wants_no_demo_gets_none_later_either(settings, empty_url):
    given = settings(database_url=empty_url)
    await processes.prepare(given, bare=True)
    await processes.prepare(given, bare=False)
    assert await count(given, sites) == 0


@pytest.mark.parametrize("half", [processes.serve, processes.work])
async def test_half_a_house_sets_up_nothing(settings, installed, empty_url, said, half):
    with pytest.raises(NotMigrated):
        await half(settings(database_url=empty_url), said.append)
    assert said == []


@pytest.mark.parametrize("half", [processes.serve, processes.work])
async def test_half_a_house_makes_no_keys(settings, tmp_path, said, half):
    with pytest.raises(KeysMissing):
        await half(settings(), said.append)
    assert not (tmp_path / "keys").exists()


async def test_a_port_that_is_taken_is_named_and_nothing_stays_open(settings, installed, said):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=str(port)):
            await processes.run(settings(port=port), said.append, bare=True)
    assert not any("listens" in line for line in said)
    await until(lambda: asyncio.all_tasks() == {asyncio.current_task()})


@pytest.mark.parametrize("half", [processes.run, processes.serve, processes.work])
async def test_sqlite_serves_one_process_and_the_second_is_refused(
    settings, installed, tmp_path, said, half
):
    more = {"bare": True} if half is processes.run else {}
    with only_process(tmp_path / "baraza.db"), pytest.raises(InUse):
        await half(settings(port=free_port()), said.append, **more)
    assert said == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_word_of_one_process_wakes_the_others_and_not_itself(house):
    other = replace(house, wakes=[])
    woken = []
    async with (
        processes._telling(house, lambda: woken.append("us")),
        processes._telling(other, lambda: woken.append("them")),
    ):
        await until(lambda: {"us", "them"} <= set(woken))  # each listens now
        await asyncio.sleep(0.2)
        woken.clear()
        house.wake()
        await until(lambda: woken)
        await asyncio.sleep(0.2)
        assert woken == ["them"]


# --- the greeting


async def test_the_first_link_is_shown_until_somebody_has_an_account(house, said):
    for _ in range(2):
        await processes._greet(house, said.append)
    links = re.findall(r"http://localhost:8080/welcome/\S+", "\n".join(said))
    assert len(set(links)) == 2


async def test_who_has_an_account_is_not_invited_again(house, secretary, said):
    await processes._greet(house, said.append)
    assert not any("welcome" in line for line in said)


# --- real processes


async def test_one_process_does_it_all_and_ends_when_it_is_asked_to(tmp_path):
    port = free_port()
    given = environment(tmp_path, port)
    async with running(
        "-m", "app", "run", port=port, path="/readyz", environment=given
    ) as process:
        assert await process.printed(r"(http://localhost:\d+/welcome/\S+)")
        assert b"recovery passphrase" in process.out
    assert process.child.returncode == 0
    assert process.err == b""


async def test_who_is_asked_to_end_while_it_starts_closes_everything_all_the_same(tmp_path):
    port = free_port()
    process = await spawn("-m", "app", "run", port=port, environment=environment(tmp_path, port))
    await until(lambda: b"recovery passphrase" in process.out)  # its database is not there yet
    await process.stop()
    assert process.child.returncode == 0
    assert b"listens" in process.out


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
async def test_the_halves_live_side_by_side(settings, installed, empty_url, tmp_path):
    await processes.prepare(settings(database_url=empty_url), bare=True)
    port = free_port()
    given = environment(tmp_path, port, database_url=empty_url)
    async with (
        running("-m", "app", "serve", port=port, path="/healthz", environment=given) as web,
        aiohttp.ClientSession() as client,
    ):
        async with client.get(f"{web.url}/readyz") as answer:
            assert (answer.status, json.loads(await answer.text())["sender"]) == (503, False)
        sender = await spawn("-m", "app", "work", port=port, environment=given)
        await sender.answers("/readyz")  # asked of the web half
        await until(lambda: b"running" in sender.out)
        await sender.stop()
    assert (web.child.returncode, sender.child.returncode) == (0, 0)
