import pytest

from tests.support.newsroom import Newsroom
from tests.support.rulemaking import Rules


@pytest.fixture
def rules(database, now):
    return Rules(database, now)


@pytest.fixture
def facts(rules):
    return rules.facts


@pytest.fixture
def room(database, keyring, now):
    """Where broadcasts are written, and a list of people."""
    return Newsroom(database, keyring, now)


@pytest.fixture
async def rehema(room):
    """An official who writes."""
    return await room.member(name="Rehema Juma")


@pytest.fixture
async def joseph(room):
    """An official who reads what others wrote."""
    return await room.member(name="Joseph Banda")
