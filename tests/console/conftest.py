"""The console's pages behind a real HTTP server, and people who sit at them."""

import html
import re
import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from nacl.utils import random

from channels import rehearsal
from channels.base import Address, Button, Inbound, Outbound
from console import routes
from console.services import Services
from forum import bodies, members
from forum.members import Member, Role
from grievances import intake
from outreach.approvals import Office
from outreach.recipients import all_in
from tests.support.chromium import chromium, needed
from tests.support.covering import Ground
from tests.support.newsroom import WAYS
from vault import codes
from vault.codes import Minted
from vault.keyring import Keyring

PASSWORD = "river stones sing at dusk"
PHONE = Address("sms", "+255700000001")

#: By what broadcasts are reckoned here: two lines, and everybody in one zone.
OFFICE = Office(WAYS, all_in("Africa/Nairobi"), ZoneInfo("Africa/Nairobi"))


@dataclass
class Clock:
    """A clock that a test turns by hand."""

    now: object

    def __call__(self):
        return self.now

    def turn(self, **span):
        self.now += timedelta(**span)


@dataclass
class Heard:
    """What came through the simulated phones; each word is answered with a question."""

    database: object
    keyring: Keyring
    clock: Clock
    inbounds: list = field(default_factory=list)

    async def __call__(self, inbound):
        self.inbounds.append(inbound)
        if not isinstance(inbound, Inbound):
            return  # a report of a call, or a door that was shut
        chat = inbound.address.channel == rehearsal.CHAT
        rows = ((Button("1", "Danger", "report.topic:DANGER"),),) if chat else ()
        async with self.database.transaction() as db:
            outbound = Outbound("What happened?", rows)
            await rehearsal.show(
                db,
                self.keyring,
                inbound.address,
                f"out{len(self.inbounds)}",
                outbound,
                self.clock(),
            )


@dataclass
class Person:
    """A member with their own browser, so to speak."""

    member: Member
    private: bytes
    client: TestClient

    async def get(self, path, **more):
        return await self.client.get(path, **more)

    async def page(self, path):
        return await (await self.get(path)).text()

    async def post(self, path, data=None, *, on=None, **more):
        """Post a form as it stands on the page *on* (or *path*): token and hidden fields."""
        hidden = await self.hidden(on or path)
        return await self.client.post(path, data={**hidden, **(data or {})}, **more)

    async def hidden(self, path):
        text = await self.page(path)
        fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text)
        return {name: html.unescape(value) for name, value in fields if name != "back"}


@pytest.fixture
def sqlite_url(sqlite_template, tmp_path):
    """The URL of a fresh SQLite database, its tables made."""
    for file in sqlite_template.iterdir():
        shutil.copy(file, tmp_path / file.name)
    return f"sqlite:///{tmp_path}/baraza.db"


@pytest.fixture
def clock(now):
    return Clock(now)


@pytest.fixture
def heard(database, keyring, clock):
    return Heard(database, keyring, clock)


@pytest.fixture
def services(database, keyring, clock, heard):
    return Services(
        database,
        keyring,
        clock,
        "http://localhost",
        simulator=True,
        hear=heard,
        lines=("sms", "telegram"),
        office=lambda: OFFICE,
    )


@pytest.fixture
async def server(services):
    app = web.Application()
    routes.attach(app, services)
    async with TestServer(app) as running:
        yield running


@pytest.fixture
async def visitor(server):
    """A client that is not signed in and follows no redirects by itself."""
    async with TestClient(server) as client:
        yield client


@pytest.fixture
async def join(database, keyring, now, server):
    """Make somebody a member and sign them in."""
    clients = []

    async def joined(role=Role.SECRETARY, name="Amina Okello", email=None, language="en"):
        email = email or f"{name.split()[0].lower()}@forum.example"
        keys = members.prepare(PASSWORD, keyring)
        async with database.transaction() as db:
            member = await members.join(
                db, email=email, name=name, role=role, language=language, keys=keys, now=now
            )
        client = TestClient(server)
        clients.append(client)
        answer = await client.post(
            "/sign-in", data={"email": email, "password": PASSWORD}, allow_redirects=False
        )
        assert answer.status == 303
        return Person(member, keys.pair.private, client)

    yield joined
    for client in clients:
        await client.close()


@pytest.fixture
async def amina(join):
    """A secretary, signed in."""
    return await join()


@pytest.fixture
def file(database, keyring, clock):
    """File a report; returns its reference."""

    async def filed(story="The supports in the pit are broken.", describe=None, **more):
        code, salt = codes.mint(), random(16)
        minted = Minted(code, salt, codes.digest(code, salt, keyring))
        given = {"address": PHONE, "language": "sw", "now": clock(), **more}
        async with database.transaction() as db:
            made = await intake.file_case(db, keyring, minted, story=story, **given)
            if describe:
                await intake.describe(db, made.case_id, now=clock(), **describe)
        return made

    return filed


@pytest.fixture
async def site(database):
    """A site with the code KB12."""
    async with database.transaction() as db:
        await db.execute(
            bodies.sites.insert().values(
                id="s" * 32, code="KB12", name="Kobalo Hill", district="North", mineral="gold"
            )
        )
    return "Kobalo Hill"


@pytest.fixture
def ground(database, keyring, now):
    """Sites, rules that may be enforced since yesterday, and who was told of them."""
    return Ground(database, keyring, now)


@pytest.fixture
async def browser():
    """A real Chromium. Skipped where there is none, but never on the build machine."""
    needed()
    async with chromium() as running:
        yield running
