import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from channels import dead_letters
from channels.dead_letters import GRACE
from channels.ledger import State, outbox
from forum import audit
from forum.members import Role
from tests.support.letters import broadcast, letter


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


@pytest.fixture
def died(database, clock):
    async def one(error="30003", **more):
        return await letter(database, clock(), State.UNDELIVERED, error=error, **more)

    return one


@pytest.fixture
def states(database):
    async def read():
        async with database.reading() as db:
            found = await db.execute(select(outbox.c.state).order_by(outbox.c.seq))
        return list(found.scalars())

    return read


@pytest.fixture
def acts(database):
    async def recent():
        async with database.reading() as db:
            return [(one.actor, one.act, one.subject) for one in await audit.recent(db)]

    return recent


def plain(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def test_nothing_is_a_good_day(amina):
    assert "Everything has arrived" in await amina.page("/dead-letters")


async def test_each_says_why_in_words_what_it_was_and_when(amina, died):
    await died()
    text = plain(await amina.page("/dead-letters"))
    assert "The phone was off or out of reach." in text
    assert "Reply SMS by Twilio Tue 12 May, 09:00 code 30003" in text


async def test_reasons_are_counted_and_each_is_a_list(amina, died):
    await died()
    await died()
    await died("30007")
    page = await amina.page("/dead-letters")
    ways = re.findall(r'href="(/dead-letters\?why=[^"]+)"', page)
    assert ways == [
        "/dead-letters?why=undelivered%3A30003",
        "/dead-letters?why=undelivered%3A30007",
    ]
    one = (await amina.page(ways[1])).partition('class="queue')[2].partition("</ol>")[0]
    assert one.count("<li>") == 1
    assert "spam" in one


async def test_a_long_list_comes_in_pages_of_the_same_reason(amina, died, monkeypatch):
    monkeypatch.setattr(dead_letters, "PAGE", 2)
    for error in ("30003", "30007", "30003", "30003"):
        await died(error)
    path, seen = "/dead-letters?why=undelivered:30003", 0
    while path:
        page = await amina.page(path)
        seen += page.count("/again?why=")
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = following[1].replace("&amp;", "&") if following else None
    assert seen == 3


async def test_one_is_sent_again_and_the_trail_says_by_whom(amina, died, states, acts):
    made = await died()
    answer = await amina.post(f"/dead-letters/{made}/again", on="/dead-letters")
    assert "The message leaves again in a few seconds." in await answer.text()
    assert await states() == [State.PLANNED]
    assert (await acts())[0] == (amina.member.id, "delivery.again", made)


async def test_it_is_taken_back_as_long_as_it_waits(amina, died, states, acts, clock):
    made = await died()
    answer = await amina.post(f"/dead-letters/{made}/again", on="/dead-letters")
    page = await answer.text()
    clock.turn(seconds=GRACE.total_seconds() - 1)
    undo = dict(re.findall(r'name="(why|at)" value="([^"]*)"', page))
    answer = await amina.post("/dead-letters/back", undo, on="/dead-letters")
    assert "Messages that do not leave after all: 1." in await answer.text()
    assert await states() == [State.UNDELIVERED]
    assert (await acts())[0] == (amina.member.id, "delivery.put_back", "undelivered:30003")


async def test_what_has_left_is_not_taken_back(amina, died, database):
    made = await died()
    page = await (await amina.post(f"/dead-letters/{made}/again", on="/dead-letters")).text()
    async with database.transaction() as db:
        await db.execute(outbox.update().values(state=State.ACCEPTED))
    undo = dict(re.findall(r'name="(why|at)" value="([^"]*)"', page))
    answer = await amina.post("/dead-letters/back", undo, on="/dead-letters")
    assert "Too late to take it back" in await answer.text()


@pytest.mark.parametrize(
    "form", [{}, {"why": "undelivered:1", "at": "x"}, {"why": "x", "at": "1"}]
)
async def test_an_undo_that_is_not_ours_is_not_found(amina, form):
    assert (await amina.post("/dead-letters/back", form, on="/dead-letters")).status == 404


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"body": None}, "Its words are erased"),
        ({"stopped": True}, "This person does not want our messages."),
        ({"body": None, "broadcast": "b" * 32}, "Its broadcast is over."),
    ],
)
async def test_what_cannot_leave_again_says_why_and_has_no_button(
    amina, died, states, values, said
):
    made = await died(**values)
    page = await amina.page("/dead-letters")
    assert said in page
    assert "/again" not in page
    answer = await amina.post(f"/dead-letters/{made}/again", on="/dead-letters")
    assert "Nothing was sent again" in await answer.text()
    assert await states() == [State.UNDELIVERED]


async def test_a_letter_that_there_is_not_changes_nothing(amina):
    answer = await amina.post("/dead-letters/" + "0" * 32 + "/again", on="/dead-letters")
    assert "Nothing was sent again" in await answer.text()


async def test_all_of_one_reason_are_sent_again_after_a_second_look(lead, died, states, acts):
    for error in ("30003", "30007", "30003"):
        await died(error)
    asked = await lead.page("/dead-letters/all?why=undelivered:30003")
    assert "Up to 2 messages leave again" in asked
    answer = await lead.post("/dead-letters/all", on="/dead-letters/all?why=undelivered:30003")
    assert "2 messages leave again in a few seconds." in await answer.text()
    assert await states() == [State.PLANNED, State.UNDELIVERED, State.PLANNED]
    assert (await acts())[0] == (lead.member.id, "delivery.all_again", "undelivered:30003")


async def test_who_may_have_got_it_is_named_before_it_goes_twice(lead, database, now):
    await letter(database, now, State.FAILED, error="unknown")
    assert "get the message twice" in await lead.page("/dead-letters/all?why=failed:unknown")


async def test_a_secretary_sends_one_again_and_not_all(amina, died):
    await died()
    assert "/dead-letters/all" not in await amina.page("/dead-letters")
    assert (await amina.get("/dead-letters/all?why=undelivered:30003")).status == 403


async def test_all_of_no_reason_is_not_found(lead):
    assert (await lead.get("/dead-letters/all?why=delivered:")).status == 404


async def test_nothing_that_can_leave_is_said(lead, died):
    await died(body=None)
    answer = await lead.post("/dead-letters/all", on="/dead-letters/all?why=undelivered:30003")
    assert "Nothing was sent again" in await answer.text()


async def test_one_of_a_broadcast_leads_to_it(amina, database, now, died):
    of = await broadcast(database, now - timedelta(hours=1))
    await died(broadcast=of, body=None)
    assert f'href="/deliveries/{of}"' in await amina.page("/dead-letters")
