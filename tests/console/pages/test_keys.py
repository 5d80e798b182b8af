import pytest

from forum import audit
from forum.members import Role


@pytest.fixture
async def late(amina, file, join):
    """A secretary who joined after the first case, and that case's address."""
    made = await file("Said before Neema came.")
    neema = await join(name="Neema Achieng")
    return neema, f"/cases/{made.reference}"


async def test_a_colleague_gives_access_with_one_click(amina, late):
    neema, path = late
    assert "Said before Neema came." not in await neema.page(path)
    answer = await amina.post(f"/keys/{neema.member.id}", on="/keys")
    assert "Neema Achieng can open the earlier cases now." in await answer.text()
    assert "Said before Neema came." in await neema.page(path)


async def test_giving_access_is_logged(amina, late, database):
    neema, _ = late
    await amina.post(f"/keys/{neema.member.id}", on="/keys")
    async with database.reading() as db:
        acts = [(act.act, act.actor, act.subject) for act in await audit.recent(db)]
    assert ("keys.granted", amina.member.id, neema.member.id) in acts


async def test_the_page_counts_what_somebody_cannot_open(amina, late):
    assert "Cannot open 1 earlier report or story." in await amina.page("/keys")


async def test_nobody_gives_access_to_somebody_who_sees_no_list(amina, join):
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    answer = await amina.post(f"/keys/{handler.member.id}", on="/keys")
    assert answer.status == 404


async def test_the_passphrase_opens_what_nobody_holds(file, join, passphrase):
    made = await file("Said before anybody had a key.")
    amina = await join()
    path = f"/cases/{made.reference}"
    assert "Said before anybody" not in await amina.page(path)
    answer = await amina.post("/keys", {"passphrase": passphrase.lower()}, on="/keys")
    assert "You can open the cases" in await answer.text()
    assert "Said before anybody had a key." in await amina.page(path)


@pytest.mark.parametrize("typed", ["", "nonsense", "0000-0000-0000-0000", "é" * 40])
async def test_a_wrong_passphrase_opens_nothing(late, typed):
    neema, path = late
    answer = await neema.post("/keys", {"passphrase": typed}, on="/keys")
    assert answer.status == 422
    assert "That is not the recovery passphrase" in await answer.text()
    assert "Said before Neema came." not in await neema.page(path)
