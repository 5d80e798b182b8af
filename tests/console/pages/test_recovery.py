import pytest


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


NEW = "four grey donkeys cross here"


@pytest.fixture
def recover(visitor, passphrase):
    async def tried(**more):
        form = {"email": "amina@forum.example", "passphrase": passphrase}
        form |= {"password": NEW, "again": NEW, **more}
        return await visitor.post("/recovery", data=form)

    return tried


async def test_the_passphrase_sets_another_password_and_keeps_the_key(
    amina, file, recover, visitor
):
    made = await file("Still to be read.")
    answer = await recover()
    assert str(answer.url).endswith("/cases")
    text = await (await visitor.get(f"/cases/{made.reference}")).text()
    assert "Still to be read." in text


async def test_sessions_of_before_end(amina, recover):
    await recover()
    assert (await amina.get("/cases", allow_redirects=False)).status == 303


async def test_a_stranger_does_not_learn_who_has_an_account(amina, recover):
    unknown = await recover(email="nobody@forum.example")
    wrong = await recover(passphrase="0000-0000-0000-0000-0000-0000-0000")
    assert unknown.status == wrong.status == 422
    there, nowhere = await wrong.text(), await unknown.text()
    assert there.replace("amina@", "nobody@") == nowhere


async def test_a_weak_password_is_refused_and_nothing_changes(amina, recover):
    answer = await recover(password="short", again="short")
    assert answer.status == 422
    assert (await amina.get("/cases", allow_redirects=False)).status == 200


async def test_trying_passphrases_ends_soon(amina, recover):
    for _ in range(10):
        assert (await recover(passphrase="a guess")).status == 422
    assert (await recover()).status == 429


async def test_the_passphrase_is_not_given_back(amina, recover):
    assert "a typed guess" not in await (await recover(passphrase="a typed guess")).text()
