import pytest
from sqlalchemy import select

from forum import bodies
from forum.members import Role
from grievances import referrals


@pytest.fixture
async def court(database, now):
    async with database.transaction() as db:
        return await bodies.add_body(db, "Labour court", "labour", by="m" * 32, now=now)


@pytest.fixture
async def path(file, amina):
    return f"/cases/{(await file('They do not pay.')).reference}"


async def send(person, path, **more):
    form = {"tell": "The court will hear you.", "body": "", "place": "", **more}
    return await person.post(f"{path}/move/redirected", form)


@pytest.fixture
def change(database, amina):
    async def changed(path, status, said=""):
        async with database.reading() as db:
            one = (await db.execute(select(referrals.referrals.c.id))).scalar_one()
        form = {"status": status, "said": said}
        return await amina.post(f"{path}/referrals/{one}", form, on=path)

    return changed


async def test_a_case_is_sent_to_a_body_and_the_reporter_is_told(amina, path, court):
    text = await (await send(amina, path, body=court, place="Room 4")).text()
    assert "is now: Sent elsewhere." in text
    assert "<strong>Labour court</strong>" in text
    assert "Room 4" in text
    assert "The court will hear you." in text
    assert "Labour court" in await amina.page("/referrals")


async def test_a_place_in_words_will_do(amina, path):
    await send(amina, path, place="The chief of the village")
    assert "The chief of the village" in await amina.page(path)
    assert "The chief of the village" in await amina.page("/referrals")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({}, "Choose the body that must act, or write where else the case goes."),
        ({"body": "0" * 32}, "Choose the body that must act"),
        ({"place": "x" * 201}, "Two hundred characters are enough."),
    ],
)
async def test_nothing_is_sent_nowhere(amina, path, court, more, problem):
    answer = await send(amina, path, **more)
    text = await answer.text()
    assert answer.status == 422
    assert problem in text
    assert "The court will hear you." in text
    assert "Sent elsewhere" not in (await amina.page(path)).split("case-head")[1][:900]


@pytest.mark.parametrize(
    ("status", "said", "badge"),
    [
        ("accepted", "accepted there.", "Accepted"),
        ("done", "Tell the reporter what came of it.", "Done"),
        ("rejected", "It is reopened, and yours again.", "Rejected"),
    ],
)
async def test_what_they_say_is_kept(amina, path, court, change, status, said, badge):
    await send(amina, path, body=court)
    text = await (await change(path, status, "So they said.")).text()
    assert said in text
    assert f'<span class="badge">{badge}</span>' in text
    assert "So they said." in text
    assert ("Reopened" in text) == (status == "rejected")


async def test_what_has_moved_on_is_not_changed(amina, path, court, change):
    await send(amina, path, body=court)
    await change(path, "done")
    answer = await change(path, "accepted")
    assert "Nothing was changed just now." in await answer.text()
    assert (await change(path, "nonsense")).status == 404
    assert (await change(path, "done", "x" * 1501)).status == 422


async def test_the_list_is_filtered_by_status_and_age(amina, path, court):
    assert "Nothing here." in await amina.page("/referrals")
    await send(amina, path, body=court)
    reference = path.removeprefix("/cases/")
    for query, there in (
        ("", True),
        ("?show=sent", True),
        ("?show=done", False),
        ("?days=7", False),
        ("?show=nonsense&days=nonsense&page=x", True),
    ):
        assert (reference in await amina.page(f"/referrals{query}")) is there


async def test_a_handler_neither_lists_nor_changes(join, amina, path, court):
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    assert (await handler.get("/referrals")).status == 403
    await send(amina, path, body=court)
    token = {"csrf": (await handler.hidden("/account"))["csrf"], "status": "done"}
    answer = await handler.client.post(f"{path}/referrals/{'r' * 32}", data=token)
    assert answer.status == 404
