"""Members of every role, who have joined with cheap keys."""

import pytest

from forum import members
from forum.members import Role


@pytest.fixture
async def db(database):
    """One transaction for the whole test: what it writes, it reads."""
    async with database.transaction() as open_db:
        yield open_db


@pytest.fixture
def join(db, keyring, now):
    """Make somebody a member; returns the member and the private key."""

    async def joined(role=Role.SECRETARY, name="Amani"):
        keys = members.prepare(f"{name} by the river", keyring)
        member = await members.join(
            db,
            email=f"{name}@forum.example",
            name=name,
            role=role,
            language="en",
            keys=keys,
            now=now,
        )
        return member, keys.pair.private

    return joined
