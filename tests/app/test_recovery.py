"""What came while the database was away, and how it gets in."""

import asyncio

import pytest
from sqlalchemy.exc import DataError, OperationalError

from app import recovery
from app.recovery import Recovery
from channels.base import Address, Delivery, Inbound, Receipt
from channels.spool import Spool


def said(n, who=0):
    return Inbound(Address("sms", f"+25471100{who:04}"), f"SM{n}", "hello")


class Database:
    """Takes what it is given, unless it is away."""

    def __init__(self):
        self.away = False
        self.taken = []
        self.refused = {}
        self.at_once = self.most = 0

    async def take(self, arrival, at):
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if self.away:
            raise OperationalError("SELECT 1", None, OSError("away"))
        name = getattr(arrival, "external_id", None) or arrival.provider_id
        if error := self.refused.get(name):
            raise error
        self.taken.append((name, at))

    @property
    def names(self):
        return [name for name, _ in self.taken]


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(recovery, "PAUSES", (0.01, 0.02))


@pytest.fixture
def spool(tmp_path, keyring):
    return Spool(tmp_path / "spool", keyring)


@pytest.fixture
def database():
    return Database()


@pytest.fixture
async def recovering(spool, database):
    made = Recovery(spool, database.take)
    yield made
    await made.stop()


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_what_was_spooled_gets_in_with_its_time_and_leaves_the_spool(
    recovering, spool, database, now
):
    for n in range(200):
        await spool.keep(said(n, who=n), now)
    recovering.begin()
    await until(lambda: spool.empty)
    assert sorted(database.names) == sorted(f"SM{n}" for n in range(200))
    assert {at for _, at in database.taken} == {now}
    assert database.most > 1  # contacts beside each other


async def test_the_words_of_one_contact_stay_in_order(recovering, spool, database, now):
    for n in range(150):
        await spool.keep(said(n, who=n % 3), now)
    recovering.begin()
    await until(lambda: spool.empty)
    for who in range(3):
        theirs = [name for name in database.names if int(name[2:]) % 3 == who]
        assert theirs == [f"SM{n}" for n in range(who, 150, 3)]


async def test_it_waits_for_the_database_and_loses_nothing(recovering, spool, database, now):
    database.away = True
    await spool.keep(said(1), now)
    recovering.begin()
    await asyncio.sleep(0.2)
    assert not spool.empty
    await spool.keep(said(2), now)
    database.away = False
    await until(lambda: spool.empty)
    assert database.names == ["SM1", "SM2"]


async def test_one_that_fails_alone_holds_back_only_its_contact(recovering, spool, database, now):
    database.refused["SM1"] = ZeroDivisionError()
    for n in range(6):
        await spool.keep(said(n, who=n % 2), now)
    recovering.begin()
    await until(lambda: len(database.taken) == 3)
    assert not spool.empty
    del database.refused["SM1"]
    await until(lambda: spool.empty)
    assert [name for name in database.names if int(name[2:]) % 2] == ["SM1", "SM3", "SM5"]


async def test_a_receipt_that_no_database_takes_is_given_up(
    recovering, spool, database, now, logged
):
    database.refused["SM9"] = DataError("INSERT", None, ValueError("too long"))
    await spool.keep(Receipt("sms", Delivery.DELIVERED, "SM9"), now)
    await spool.keep(said(1), now)
    recovering.begin()
    await until(lambda: spool.empty)
    assert database.names == ["SM1"]
    assert "spool.never_taken" in logged.getvalue()


async def test_two_who_begin_are_one(spool, database, now):
    first, second = Recovery(spool, database.take), Recovery(spool, database.take)
    for n in range(30):
        await spool.keep(said(n), now)
    for one in (first, second, first):
        one.begin()
    await until(lambda: spool.empty)
    assert database.names == [f"SM{n}" for n in range(30)]


async def test_what_a_dead_process_left_is_found_by_itself(
    recovering, spool, database, now, tmp_path, keyring
):
    before = Spool(tmp_path / "spool", keyring)
    await before.keep(said(1), now)
    before.abandon()
    watch = asyncio.create_task(recovering.watch())
    await until(lambda: database.names == ["SM1"] and spool.empty)
    watch.cancel()


async def test_what_is_cut_short_is_taken_again_the_next_time(spool, database, now):
    for n in range(5):
        await spool.keep(said(n), now)
    stopped = Recovery(spool, database.take)
    stopped.begin()
    await asyncio.sleep(0)
    await stopped.stop()
    assert not spool.empty
    again = Recovery(spool, database.take)
    again.begin()
    await until(lambda: spool.empty)
    assert set(database.names) == {f"SM{n}" for n in range(5)}
