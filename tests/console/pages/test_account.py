from dataclasses import replace

import pytest

from forum.members import Role
from grievances import digests
from grievances.digests import How, Wish


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


NEW = "four grey donkeys cross here"
OLD = "river stones sing at dusk"


async def change(person, **more):
    form = {"present": OLD, "password": NEW, "again": NEW, **more}
    return await person.post("/account/password", form, on="/account")


async def sign_in(client, password):
    data = {"email": "amina@forum.example", "password": password}
    return (await client.post("/sign-in", data=data, allow_redirects=False)).status


async def test_a_new_password_opens_and_the_old_one_does_not(amina, visitor):
    answer = await change(amina)
    assert "Your password is changed." in await answer.text()
    assert await sign_in(visitor, OLD) == 422
    assert await sign_in(visitor, NEW) == 303


async def test_single_keys_are_switched_off_and_on(amina):
    assert "keys.js" in await amina.page("/cases")
    text = await (await amina.post("/account/shortcuts", {}, on="/account")).text()
    assert "Single keys do nothing any more." in text
    for path in ("/account", "/cases"):
        text = await amina.page(path)
        assert "keys.js" not in text
        assert "keys-help" not in text
    await amina.post("/account/shortcuts", {"shortcuts": "yes"}, on="/account")
    assert "keys.js" in await amina.page("/cases")


async def test_who_has_no_list_has_no_keys(join):
    official = await join(Role.OFFICIAL, name="Grace Tembo")
    text = await official.page("/account")
    assert "keys.js" not in text
    assert "shortcuts" not in text


async def test_the_key_under_it_stays_the_same(amina, visitor, file):
    made = await file("Only for those who hold the key.")
    await change(amina)
    await sign_in(visitor, NEW)
    text = await (await visitor.get(f"/cases/{made.reference}")).text()
    assert "Only for those who hold the key." in text


async def test_other_sessions_end_and_this_one_stays(amina, visitor):
    await sign_in(visitor, OLD)
    await change(amina)
    assert (await amina.get("/account", allow_redirects=False)).status == 200
    assert (await visitor.get("/account", allow_redirects=False)).status == 303


async def test_a_session_left_open_is_no_way_to_another_password(amina, visitor):
    answer = await change(amina, present="a guess at the password")
    assert answer.status == 422
    assert "That is not your present password." in await answer.text()
    assert await sign_in(visitor, OLD) == 303


async def test_what_is_wrong_stands_beside_the_field(amina):
    text = await (await change(amina, again="something else")).text()
    assert "The two passwords are not the same." in text
    assert NEW not in text


async def test_the_account_says_what_the_role_is_for(amina):
    text = await amina.page("/account")
    assert "amina@forum.example" in text
    assert "Sees all cases, sorts and answers them." in text


# --- by e-mail


@pytest.fixture
def services(services):
    """An installation with a mail server."""
    return replace(services, mails=True)


async def choose(person, **more):
    form = {"how": "daily", "hour": "6", **more}
    return await person.post("/account/digest", form, on="/account")


async def test_nobody_is_mailed_before_they_wish_it(amina):
    assert 'value="never" checked' in await amina.page("/account")


async def test_a_wish_is_kept_and_shown(amina, database):
    text = await (await choose(amina, how="at_once", hour="17")).text()
    assert "It is kept when you are written to by e-mail." in text
    assert 'value="at_once" checked' in text
    assert 'value="17" selected' in text
    async with database.reading() as db:
        assert await digests.wish_of(db, amina.member.id) == Wish(How.AT_ONCE, 17)


@pytest.mark.parametrize(
    "wrong", [{"how": "hourly"}, {"hour": "24"}, {"hour": "-1"}, {"hour": ""}]
)
async def test_what_is_on_no_list_is_said_beside_the_field(amina, database, wrong):
    answer = await choose(amina, **wrong)
    assert answer.status == 422
    assert "Choose when, from the list." in await answer.text()
    async with database.reading() as db:
        assert await digests.wish_of(db, amina.member.id) == Wish()


async def test_who_sees_no_cases_is_not_asked(join):
    auditor = await join(Role.AUDITOR, name="Chausiku Said")
    assert "By e-mail" not in await auditor.page("/account")
    assert (await choose(auditor)).status == 404


class TestWithoutAMailServer:
    @pytest.fixture
    def services(self, services):
        return replace(services, mails=False)

    async def test_the_page_says_so_and_nothing_can_be_chosen(self, amina):
        assert "the operator has set no mail server" in await amina.page("/account")
        assert (await choose(amina)).status == 404
