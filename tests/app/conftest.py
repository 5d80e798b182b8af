"""A house put together by hand: its channels are scripted, everything else is real."""

import asyncio
import itertools
import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.errands import Errands
from app.settings import Settings
from app.wiring import House
from forum import members
from forum.members import Role
from grievances import correspondence, intake
from grievances.almanac import Almanac
from grievances.calendars import PLAIN_WEEK
from tests.support.phone import Phone, runner_on
from tests.support.scripted_channel import ScriptedChannel
from vault.codes import Mint


@pytest.fixture
def settings(tmp_path):
    """Settings of an installation in *tmp_path*, whatever this machine's environment says."""

    def made(**values):
        return Settings(_env_file=None, **{"data_dir": tmp_path, **values})

    return made


_NUMBERS = itertools.count()


def administer(url, statement):
    async def done():
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(statement))
        await engine.dispose()

    asyncio.run(done())


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """The URL of a database of each engine that nobody has migrated yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/baraza.db"
        return
    server = request.getfixturevalue("postgresql_server")
    name, root = f"empty_{next(_NUMBERS)}", server.format(name="postgres")
    administer(root, f"CREATE DATABASE {name}")
    yield server.format(name=name)
    administer(root, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def installed(tmp_path, key_folder):
    """*tmp_path* holds the keys of ``keyring``."""
    shutil.copytree(key_folder[0], tmp_path / "keys")
    return tmp_path


@pytest.fixture
def channels():
    return {name: ScriptedChannel(name) for name in ("sms", "telegram")}


@pytest.fixture
def house(database, keyring, settings, channels):
    runner = runner_on(database, keyring)
    return House(settings(), database, keyring, channels, runner, Almanac(PLAIN_WEEK))


@pytest.fixture
def phone(house, database, keyring, now):
    return Phone(house.runner, database, keyring, now)


@pytest.fixture
async def secretary(database, keyring, now):
    """A member who triages."""
    keys = members.prepare("river stones sing at dusk", keyring)
    async with database.transaction() as db:
        return await members.join(
            db,
            email="amina@example.org",
            name="Amina",
            role=Role.SECRETARY,
            language="en",
            keys=keys,
            now=now,
        )


@dataclass
class Report:
    """One case, and what its two sides do."""

    house: House
    secretary: Any
    phone: Phone
    id: str

    async def answered(self, text="The inspector comes tomorrow."):
        async with self.house.database.transaction() as db:
            return await correspondence.answer(
                db,
                self.house.keyring,
                member=self.secretary,
                case_id=self.id,
                text=text,
                now=self.phone.now,
            )

    async def followed_up(self, **time):
        """Let time pass, do what is due, and return what the phone hears."""
        self.phone.now += timedelta(**time)
        await Errands(self.house, "worker").follow_up(self.phone.now)
        return await self.phone.hears()


@pytest.fixture
def file(house, database, keyring, secretary, phone):
    """File a report from ``phone``."""

    async def filed(*, safe=None, **more):
        async with database.transaction() as db:
            minted = await Mint(keyring).take()
            made = await intake.file_case(
                db,
                keyring,
                minted,
                story="The tunnel has fallen in",
                **{"address": phone.address, "language": "en", "now": phone.now, **more},
            )
            if safe is not None:
                await intake.describe(db, made.case_id, safe=safe, now=phone.now)
        return Report(house, secretary, phone, made.case_id)

    return filed
