"""What the case room's tests share: people with keys, and reports from a telephone."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from nacl.utils import random

from channels.base import Address
from forum import bodies, keyholders, members
from forum.members import Member, Role
from grievances import categories, intake
from grievances.intake import Filed
from grievances.taxonomy import DEFAULT
from vault import codes
from vault.codes import Minted
from vault.seals import CannotOpen


@dataclass(frozen=True)
class Person:
    member: Member
    private: bytes


@pytest.fixture
def join(database, keyring, now) -> Callable[..., Awaitable[Person]]:
    """Make somebody a member."""

    async def joined(email, role=Role.SECRETARY):
        keys = members.prepare("a password for tests", keyring)
        async with database.transaction() as db:
            member = await members.join(
                db, email=email, name=email, role=role, language="en", keys=keys, now=now
            )
        return Person(member, keys.pair.private)

    return joined


@pytest.fixture
async def secretary(join) -> Person:
    return await join("secretary@example.org")


@pytest.fixture
async def handler(join) -> Person:
    return await join("handler@example.org", Role.HANDLER)


@pytest.fixture
def minted(keyring) -> Callable[[], Minted]:
    def mint():
        code, salt = codes.mint(), random(16)
        return Minted(code, salt, codes.digest(code, salt, keyring))

    return mint


@pytest.fixture
def phone() -> Address:
    """Where reports come from unless a test says otherwise."""
    return Address("sms", "+255700000001")


@pytest.fixture
def file(database, keyring, minted, phone, now) -> Callable[..., Awaitable[Filed]]:
    """File a report and return what was filed."""

    async def filed(story="The supports are broken.", **more):
        given = {"address": phone, "language": "en", "now": now, **more}
        async with database.transaction() as db:
            return await intake.file_case(db, keyring, minted(), story=story, **given)

    return filed


@pytest.fixture
def opens(database) -> Callable[[Filed, Person], Awaitable[bool]]:
    """Whether somebody's key opens a case."""

    async def tried(filed: Filed, person: Person) -> bool:
        async with database.reading() as db:
            try:
                await keyholders.open_subject(db, filed.case_id, person.member.id, person.private)
            except CannotOpen:
                return False
            return True

    return tried


@pytest.fixture
async def site(database) -> str:
    """A site with the code KB12; returns its name."""
    async with database.transaction() as db:
        await db.execute(
            bodies.sites.insert().values(
                id="s" * 32, code="KB12", name="Kobalo", district="North", mineral="gold"
            )
        )
    return "Kobalo"


def anything(_before, _after):
    """Let every menu pass: whether it fits an SMS is tried in the bots' room."""


@pytest.fixture
def edit_taxonomy(database, secretary, now):
    """Change the taxonomy as the console does."""

    async def edited(act, *given, check=anything, **more):
        told = {"present": DEFAULT, "check": check, "by": secretary.member, "now": now}
        async with database.transaction() as db:
            await act(db, *given, **told, **more)

    return edited


@pytest.fixture
def load_taxonomy(database):
    async def loaded():
        async with database.reading() as db:
            return await categories.load(db)

    return loaded
