"""Two people where two are needed, by whatever is posted."""

import re
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import func, select

from channels.ledger import outbox
from forum import members
from forum.members import Role
from outreach.announcements import State
from outreach.schedules import Schedule
from tests.support.newsroom import Newsroom

PASSWORD = "river stones sing at dusk"


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def room(database, keyring, now):
    return Newsroom(database, keyring, now)


@pytest.fixture
async def rehema(join):
    return await join(Role.OFFICIAL, name="Rehema Juma")


@pytest.fixture
async def joseph(join):
    return await join(Role.OFFICIAL, name="Joseph Banda")


@pytest.fixture
async def path(room, rehema):
    """A broadcast of Rehema's to sixty people."""
    await room.list_people((60, "sms", "en"))
    return f"/broadcasts/{await room.write(rehema.member)}"


async def state(room, path):
    return (await room.find(path.split("/")[2])).state


async def post(person, path, deed, **form):
    """Post with this member's token, whatever stands on the page."""
    given = {"csrf": (await person.hidden("/account"))["csrf"], "untried": "No phone is at hand."}
    return await person.client.post(f"{path}/{deed}", data={**given, **form})


def plain(page):
    """Return what a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def forms(person, path):
    """Return which forms the page offers."""
    return set(re.findall(rf'action="{path}/(\w+)"', await person.page(path)))


async def test_one_asks_and_another_approves(rehema, joseph, room, path):
    assert {"ask", "test", "copy"} <= await forms(rehema, path)
    assert "release" not in await forms(rehema, path)
    await post(rehema, path, "ask", edition="1")
    assert "approve" not in await forms(rehema, path)
    assert {"approve", "decline"} <= await forms(joseph, path)
    answer = await joseph.post(f"{path}/approve", on=path)
    assert "Approved. It leaves at its time." in await answer.text()
    assert await state(room, path) == State.APPROVED
    page = await joseph.page(path)
    assert "Joseph Banda: approved" in re.sub(r"\s+", " ", page)


async def test_every_post_that_one_person_can_make_lets_nothing_leave(rehema, room, path):
    content = await room.content(path.split("/")[2])
    answer = await post(rehema, path, "release", edition="1")
    assert answer.status == 422
    assert "Ask for approval." in await answer.text()
    await post(rehema, path, "approve", content=content)  # nobody asked
    await post(rehema, path, "ask", edition="1")
    for deed in ("approve", "release", "ask", "pause", "resume", "decline"):
        for forged in (content, "", "0" * 64):
            await post(rehema, path, deed, content=forged, edition="1", by="someone", member="x")
    assert await state(room, path) == State.ASKED
    assert await room.tick() == (0, 0, 0)


async def test_a_post_without_a_token_or_from_another_site_is_none(rehema, joseph, room, path):
    await post(rehema, path, "ask", edition="1")
    content = await room.content(path.split("/")[2])
    bare = await joseph.client.post(f"{path}/approve", data={"content": content})
    theirs = (await rehema.hidden("/account"))["csrf"]
    other = await joseph.client.post(f"{path}/approve", data={"content": content, "csrf": theirs})
    token = (await joseph.hidden("/account"))["csrf"]
    foreign = await joseph.client.post(
        f"{path}/approve",
        data={"content": content, "csrf": token},
        headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    )
    assert [bare.status, other.status, foreign.status] == [403, 403, 403]
    assert await state(room, path) == State.ASKED


async def test_one_person_in_two_sessions_is_one(rehema, server, room, path):
    await post(rehema, path, "ask", edition="1")
    content = await room.content(path.split("/")[2])
    async with TestClient(server) as second:
        signed = {"email": rehema.member.email, "password": PASSWORD}
        await second.post("/sign-in", data=signed)
        page = await (await second.get("/account")).text()
        token = re.search(r'name="csrf" value="([^"]*)"', page)[1]
        answer = await second.post(f"{path}/approve", data={"csrf": token, "content": content})
        assert answer.status == 422
        assert "Somebody else must approve it." in await answer.text()
    assert await state(room, path) == State.ASKED


async def test_a_replayed_approval_counts_once_and_not_for_what_came_after(
    rehema, joseph, room, path
):
    await post(rehema, path, "ask", edition="1")
    content = await room.content(path.split("/")[2])
    await post(joseph, path, "approve", content=content)
    await rehema.post(f"{path}/words", {"short_0_en": "Other."}, on=f"{path}/words?in=fr")
    assert await state(room, path) == State.DRAFT
    await post(rehema, path, "ask", edition="2")
    answer = await post(joseph, path, "approve", content=content)
    assert "The broadcast has moved on meanwhile." in await answer.text()
    assert await state(room, path) == State.ASKED


async def test_who_is_invited_again_under_another_address_is_told_why(
    rehema, join, room, path, database, now
):
    await post(rehema, path, "ask", edition="1")
    other = await join(Role.OFFICIAL, name="R Juma", email="second@forum.example")
    async with database.transaction() as db:
        later = now + timedelta(minutes=5)
        mine = members.members.c.id == other.member.id
        await db.execute(members.members.update().where(mine).values(joined_at=later))
    content = await room.content(path.split("/")[2])
    answer = await post(other, path, "approve", content=content)
    assert answer.status == 422
    assert "You joined after it was written." in await answer.text()


async def test_to_a_few_one_lets_it_leave(rehema, room):
    await room.list_people((5, "sms", "en"))
    path = f"/broadcasts/{await room.write(rehema.member)}"
    assert "release" in await forms(rehema, path)
    await rehema.post(f"{path}/release", on=path)
    assert await state(room, path) == State.APPROVED


async def test_it_is_sent_back_or_taken_back(rehema, joseph, room, path):
    await post(rehema, path, "ask", edition="1")
    answer = await joseph.post(f"{path}/decline", on=path)
    assert "It is a draft again" in await answer.text()
    await post(rehema, path, "ask", edition="1")
    answer = await rehema.post(f"{path}/withdraw", on=path)
    assert "Taken back." in await answer.text()
    assert await state(room, path) == State.DRAFT


@pytest.fixture
async def grown(room, rehema, joseph):
    """A broadcast of which the first time leaves, and the second waits for a second person."""
    await room.list_people((60, "sms", "en"))
    schedule = Schedule(starts_at=room.now, every=7, times=2)
    made = await room.write(rehema.member, schedule=schedule)
    await room.let_go(made, rehema.member, joseph.member)
    await room.tick()
    await room.list_people((60, "sms", "en"))
    room.now += timedelta(days=7)
    await room.tick()
    return f"/broadcasts/{made}"


@pytest.mark.parametrize("deed", ["decline", "withdraw"])
async def test_one_that_has_begun_is_put_back_only_after_a_second_look(
    rehema, joseph, room, grown, deed
):
    person = joseph if deed == "decline" else rehema
    page = await person.page(grown)
    assert f'href="{grown}/{deed}"' in page
    assert f'action="{grown}/pause"' in page
    answer = await post(person, grown, deed)  # from a page of before it began
    assert "it is cancelled, with all its times to come" in await answer.text()
    assert await state(room, grown) == State.ASKED
    answer = await person.post(f"{grown}/{deed}")
    assert "Cancelled. Nothing more of it leaves." in await answer.text()
    assert await state(room, grown) == State.CANCELLED
    again = await person.get(f"{grown}/{deed}")
    assert "The broadcast has moved on meanwhile." in await again.text()


# --- tests --------------------------------------------------------------------------------------


async def sent(room):
    async with room.database.reading() as reads:
        return (await reads.execute(select(func.count()).select_from(outbox))).scalar_one()


async def test_staff_try_it_on_their_phones(rehema, joseph, room, path):
    form = {"phones": "0711 000 001\n+254711000002", "channel": "sms", "language": "fr"}
    answer = await rehema.post(f"{path}/test", form, on=path)
    page = await answer.text()
    assert "A test leaves to 2 phones" in page
    assert "711000" not in page
    assert await sent(room) == 2
    page = plain(await joseph.page(path))
    assert "Français: Rehema Juma, Tue 12 May, 09:00" in page
    assert "English: not tried" in page
    await rehema.post(f"{path}/words", {"short_0_en": "Other."}, on=f"{path}/words?in=fr")
    assert "changed since" not in plain(await joseph.page(path))
    await rehema.post(f"{path}/words", {"short_0_fr": "Autre."}, on=f"{path}/words?in=fr")
    assert "09:00 changed since" in plain(await joseph.page(path))


async def test_who_asks_untried_says_why_and_the_second_person_reads_it(
    rehema, joseph, room, path
):
    text = await rehema.page(path)
    folded = re.compile(r"<details>\s*<summary>Ask for approval without trying it")
    assert folded.search(text)
    assert text.index("Send a test") < text.index('name="untried"')  # to try it comes first
    answer = await post(rehema, path, "ask", edition="1", untried=" ")
    assert answer.status == 422
    assert not folded.search(await answer.text())  # open, with what is wrong beside the field
    assert "Try them first, or say why not." in plain(await answer.text())
    assert await state(room, path) == State.DRAFT
    await post(rehema, path, "ask", edition="1", untried="No <b>network</b> today.")
    assert "«No &lt;b&gt;network&lt;/b&gt; today.»" in await joseph.page(path)


async def test_who_has_tried_it_asks_without_a_reason(rehema, joseph, room, path):
    form = {"phones": "+254711000002", "channel": "sms", "language": "en"}
    await rehema.post(f"{path}/test", form, on=path)
    assert 'name="untried"' not in await rehema.page(path)
    await rehema.post(f"{path}/ask", on=path)
    assert await state(room, path) == State.ASKED
    assert "because:" not in await joseph.page(path)


async def test_a_chat_is_tried_by_its_number(rehema, room, path):
    form = {"phones": "123456", "channel": "telegram", "language": "en"}
    await rehema.post(f"{path}/test", form, on=path)
    assert await sent(room) == 1


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"phones": "nobody"}, "This is no phone that a message can go to: nobody"),
        ({"phones": ""}, "Write the phones, one on each line"),
        ({"phones": "+254711000001", "language": "sw"}, "choose a language that has words"),
        ({"phones": "+254711000001", "channel": "pigeon"}, "This is no phone"),
        ({"phones": "\n".join(f"+25471100{n:04}" for n in range(11))}, "ten phones at most"),
        ({"phones": "<b>x</b>"}, "&lt;b&gt;x&lt;/b&gt;"),
    ],
)
async def test_what_cannot_be_tried_is_said_and_nothing_leaves(rehema, room, path, form, said):
    answer = await rehema.post(
        f"{path}/test", {"channel": "sms", "language": "en", **form}, on=path
    )
    page = await answer.text()
    assert answer.status == 422
    assert said in page
    assert "<b>x</b>" not in page
    assert await sent(room) == 0
