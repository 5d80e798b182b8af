import pytest

from forum import members
from forum.members import Role
from outreach import saved_audiences
from outreach.audiences import EVERYBODY, Audience
from outreach.saved_audiences import MOST, NAME_CHARACTERS, NoName, Taken, TooMany

WOMEN = Audience(genders=frozenset({"woman"}))


@pytest.fixture
async def by(database, keyring, now):
    keys = members.prepare("a password for tests", keyring)
    async with database.transaction() as db:
        who = {"email": "o@example.org", "name": "O", "role": Role.OFFICIAL, "language": "en"}
        member = await members.join(db, **who, keys=keys, now=now)
    return {"by": member.id, "now": now}


async def test_an_audience_is_kept_changed_renamed_and_deleted(database, by):
    async with database.transaction() as db:
        kept = await saved_audiences.keep(db, " Women ", WOMEN, **by)
        one = await saved_audiences.get(db, kept)
        assert (one.name, one.audience, one.by, one.at) == ("Women", WOMEN, by["by"], by["now"])
        await saved_audiences.rename(db, kept, "women")
        await saved_audiences.change(db, kept, EVERYBODY)
        (one,) = await saved_audiences.every(db)
        assert (one.name, one.audience) == ("women", EVERYBODY)
        await saved_audiences.forget(db, kept)
        assert await saved_audiences.get(db, kept) is None


async def test_a_name_is_one_line_and_no_other_has_it(database, by):
    async with database.transaction() as db:
        await saved_audiences.keep(db, "Women", WOMEN, **by)
        other = await saved_audiences.keep(db, "All", EVERYBODY, **by)
        for name in ("", " \0 ", "x" * (NAME_CHARACTERS + 1)):
            with pytest.raises(NoName):
                await saved_audiences.keep(db, name, WOMEN, **by)
        with pytest.raises(Taken):
            await saved_audiences.keep(db, "WOMEN", WOMEN, **by)
        with pytest.raises(Taken):
            await saved_audiences.rename(db, other, "women")


async def test_there_are_never_more_than_one_page_can_count(database, by):
    async with database.transaction() as db:
        for n in range(MOST):
            await saved_audiences.keep(db, f"A {n}", WOMEN, **by)
        with pytest.raises(TooMany):
            await saved_audiences.keep(db, "One more", WOMEN, **by)
