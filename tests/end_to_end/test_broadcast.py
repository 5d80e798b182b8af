"""One broadcast in five languages, by three channels, to sites at both ends of the day.

Its process is killed three times, it is paused and resumed, and some say STOP on its way. The same
with a nation is a soak (``tests/soak/test_broadcast.py``).
"""

import pytest

from tests.support.carrier import Carrier
from tests.support.news_proof import Nation, prove
from tests.support.newsroom import Newsroom
from tests.support.nursery import Nursery
from tests.support.telegram_server import TelegramServer

PEOPLE = 2_000


@pytest.fixture
async def providers():
    async with Carrier() as carrier, TelegramServer() as chats:
        yield carrier, chats
        assert (carrier.violations, chats.violations) == ([], [])


@pytest.fixture
def where(database_url, tmp_path, key_folder, providers):
    """Everything that the processes have to be told."""
    carrier, _ = providers
    account = {"url": carrier.url, "account": carrier.account, "token": carrier.token}
    own = {"database": database_url, "data": str(tmp_path), "keys": str(key_folder[0])}
    return {**own, **account}


async def test_everybody_gets_it_once_awake_and_in_their_language(
    database, keyring, now, providers, where, tmp_path
):
    room = Newsroom(database, keyring, now)
    async with Nursery(tmp_path / "lives.log") as nursery:
        found = await prove(Nation(room, *providers, nursery, where, PEOPLE))
    print(found)
    assert found.wrong == {}
    assert (found.people, found.kills) == (PEOPLE, 3)
    assert found.stopped > PEOPLE // 50
    # Two in a hundred, for those who stopped on its way.
    assert abs(found.estimated - found.billed) <= 0.02 * found.billed
