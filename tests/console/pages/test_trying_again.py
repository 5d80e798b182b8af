import re
from dataclasses import replace

import pytest
from sqlalchemy import update

from channels.base import Style
from channels.ledger import State, outbox
from channels.ways import Way
from forum.members import Role
from outreach import announcements, progress
from outreach.announcements import Again
from tests.support.newsroom import WAYS, Newsroom


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def room(database, keyring, now):
    room = Newsroom(database, keyring, now)
    ways = {**WAYS, "whatsapp": Way("whatsapp", Style.TEXT, 80.0)}
    room.office = replace(room.office, ways=ways)
    return room


@pytest.fixture
async def rehema(join):
    return await join(Role.OFFICIAL, name="Rehema Juma")


@pytest.fixture
async def path(room, rehema):
    """A broadcast that is under way, to five telephones and two chats."""
    await room.list_people((5, "sms", "en"), (2, "whatsapp", "en"))
    made = await room.write(rehema.member)
    await room.alone(made, rehema.member)
    await room.tick()
    return f"/broadcasts/{made}"


async def fail(room, path, *lines):
    """Let every message of *lines* fail."""
    async with room.database.transaction() as db:
        failed = update(outbox).where(outbox.c.channel.in_(lines)).values(state=State.FAILED)
        await db.execute(failed)
    await progress.count(room.database, path.split("/")[2], room.now)


async def begin(rehema, path, by, **more):
    return await rehema.post(f"{path}/again", {"by": by}, on=f"{path}/again", **more)


async def offered(rehema, path):
    page = re.sub(r"\s+", " ", await rehema.page(f"{path}/again"))
    return re.findall(r'name="by" value="(\w*)".*?> (.*?)</label>', page)


async def test_each_way_says_to_how_many_it_leads(rehema, room, path):
    """No line leads to WhatsApp from this office: the numbers there are reached by SMS alone."""
    await fail(room, path, "sms", "whatsapp")
    assert await offered(rehema, path) == [
        ("", "By the same channel as before: 5 people"),
        ("sms", "By SMS, whom a call or WhatsApp did not reach: 2 people"),
    ]


async def test_only_what_is_possible_is_offered(rehema, room, path):
    await fail(room, path, "sms")
    assert [by for by, _ in await offered(rehema, path)] == [""]
    answer = await begin(rehema, path, "sms")
    assert answer.status == 422
    assert "Choose one of these ways." in await answer.text()


async def test_where_all_arrived_nobody_is_tried_again(rehema, path):
    assert "There is nobody to be tried again" in await rehema.page(f"{path}/again")


async def test_it_is_a_draft_for_them_with_the_same_words(rehema, room, path):
    await fail(room, path, "whatsapp")
    answer = await begin(rehema, path, "sms", allow_redirects=False)
    made = answer.headers["Location"].split("/")[2]
    this = await room.find(made)
    assert (this.state, this.draft.again_of) == (announcements.State.DRAFT, path.split("/")[2])
    assert this.draft.again_by is Again.SMS
    async with room.database.reading() as reads:
        assert await announcements.texts(reads, made)
    page = await rehema.page(f"/broadcasts/{made}")
    assert path in page
    assert "By SMS, whom a call or WhatsApp did not reach" in page
    assert "2 people get it each time." in re.sub(r"\s+", " ", page)
    assert f"/broadcasts/{made}" in await rehema.page(path)


async def test_a_form_sent_twice_makes_one(rehema, room, path, database):
    await fail(room, path, "whatsapp")
    hidden = await rehema.hidden(f"{path}/again")
    for _ in range(2):
        await rehema.client.post(f"{path}/again", data={**hidden, "by": "sms"})
    async with database.reading() as reads:
        assert len(await announcements.recent(reads, limit=9)) == 2


async def test_of_what_has_not_left_nobody_was_missed(rehema, room):
    path = f"/broadcasts/{await room.write(rehema.member)}"
    answer = await rehema.get(f"{path}/again")
    assert "The broadcast has moved on meanwhile." in await answer.text()
