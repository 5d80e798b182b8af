import pytest

from forum import invites
from forum.members import Role


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


PASSWORD = "river stones sing at dusk"


@pytest.fixture
async def link(database, keyring, now):
    async with database.transaction() as db:
        return f"/welcome/{await invites.first_invite(db, keyring, now)}"


def form(**more):
    given = {"name": "Amina Okello", "email": "amina@forum.example"}
    return {**given, "password": PASSWORD, "again": PASSWORD, **more}


async def test_who_joins_is_signed_in_and_can_read_what_comes(visitor, link, file):
    answer = await visitor.post(link, data=form())
    assert str(answer.url).endswith("/cases")
    made = await file("The first report.")
    assert "The first report." in await (await visitor.get(f"/cases/{made.reference}")).text()


async def test_a_link_works_once(visitor, link):
    await visitor.post(link, data=form())
    again = await visitor.post(link, data=form(email="second@forum.example"))
    assert again.status == 404
    assert "This link is used up" in await again.text()


async def test_an_old_link_says_whom_to_ask(visitor, link, clock):
    clock.turn(hours=25)
    answer = await visitor.get(link)
    assert answer.status == 404
    assert "ask the person who invited you" in await answer.text()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Write the name that your colleagues will see."),
        ({"name": "x" * 201}, "Write the name that your colleagues will see."),
        ({"email": "amina"}, "Write an e-mail address"),
        ({"email": "a b@forum.example"}, "Write an e-mail address"),
        ({"password": "short", "again": "short"}, "The password is too short."),
        ({"again": "another one entirely"}, "The two passwords are not the same."),
    ],
)
async def test_what_is_wrong_is_said_and_the_link_still_works(visitor, link, wrong, said):
    answer = await visitor.post(link, data=form(**wrong))
    assert answer.status == 422
    assert said in await answer.text()
    assert (await visitor.post(link, data=form())).status == 200


async def test_an_invited_member_cannot_choose_another_name_or_role(
    visitor, join, database, keyring, now
):
    lead = await join(Role.LEAD, name="Lindiwe Banda")
    async with database.transaction() as db:
        ruth = {"email": "ruth@forum.example", "name": "Ruth", "role": Role.HANDLER}
        token = await invites.invite(db, keyring, **ruth, language="fr", by=lead.member, now=now)
    answer = await visitor.post(f"/welcome/{token}", data=form(role="lead"))
    text = await answer.text()
    assert "Ruth" in text
    assert "Amina" not in text
    assert '<html lang="fr"' in text
    assert "/members" not in text


async def test_an_address_that_is_taken_is_named(visitor, link, amina):
    answer = await visitor.post(link, data=form())
    assert answer.status == 422
    assert "is here already" in await answer.text()
