"""One broadcast to a nation, through everything that may befall it (``tests.support.news_proof``).

``make soak ARGS="tests/soak/test_broadcast.py --people 200000"``; 20,000 unless that is said. The
suite does the same with 2,000 (``tests/end_to_end/test_broadcast.py``).
"""

import pytest

from tests.support.news_proof import Nation, prove
from tests.support.newsroom import Newsroom
from tests.support.telegram_server import TelegramServer


@pytest.fixture
def people(request):
    return request.config.getoption("people")


@pytest.fixture
async def chats():
    async with TelegramServer() as server:
        yield server
        assert server.violations == []


async def test_everybody_gets_it_once_awake_and_in_their_language(
    database, keyring, now, carrier, chats, nursery, where, people
):
    room = Newsroom(database, keyring, now)
    found = await prove(Nation(room, carrier, chats, nursery, where, people))
    print(f"\n{database.writer.dialect.name}: {found}")
    assert found.wrong == {}
    assert found.kills == 3
    assert abs(found.estimated - found.billed) <= 0.02 * found.billed
