import pytest

from forum import audit, members, superiors
from forum.members import NotAllowed, Role
from forum.superiors import Circle, down, up


@pytest.fixture
async def people(database, keyring, now):
    made = {}
    roles = {"lead": Role.LEAD, "chief": Role.HANDLER, "boss": Role.HANDLER, "clerk": Role.HANDLER}
    async with database.transaction() as db:
        for name, role in roles.items():
            keys = members.prepare("a password for tests", keyring)
            given = {"name": name, "language": "en", "keys": keys, "now": now}
            made[name] = await members.join(db, email=f"{name}@x.org", role=role, **given)
    return made


@pytest.fixture
def place(database, people, now):
    async def placed(member, superior, by="lead"):
        above = people[superior].id if superior else None
        async with database.transaction() as db:
            await superiors.place(db, people[member].id, above, by=people[by], now=now)

    return placed


@pytest.mark.parametrize(
    ("member", "above", "below"),
    [
        ("clerk", ["boss", "chief"], []),
        ("boss", ["chief"], ["clerk"]),
        ("chief", [], ["boss", "clerk"]),
        ("nobody", [], []),
    ],
)
def test_a_line_goes_up_and_down(member, above, below):
    line = {"boss": "chief", "clerk": "boss"}
    assert (list(up(line, member)), sorted(down(line, member))) == (above, below)


def test_a_circle_ends():
    assert list(up({"a": "b", "b": "a"}, "a")) == ["b", "a"]


async def test_who_is_above_is_kept_and_taken_back(database, people, place):
    await place("clerk", "boss")
    await place("clerk", "chief")
    async with database.reading() as db:
        assert await superiors.line(db) == {people["clerk"].id: people["chief"].id}
        assert (await audit.recent(db, limit=1))[0].act == "member.superior"
    await place("clerk", None)
    async with database.reading() as db:
        assert await superiors.line(db) == {}


async def test_nobody_is_above_themselves(database, people, place):
    await place("clerk", "boss")
    await place("boss", "chief")
    for member, superior in (("chief", "clerk"), ("boss", "boss")):
        with pytest.raises(Circle):
            await place(member, superior)
    async with database.reading() as db:
        assert await superiors.line(db) == {
            people["clerk"].id: people["boss"].id,
            people["boss"].id: people["chief"].id,
        }


@pytest.mark.parametrize(("member", "by"), [("lead", "lead"), ("clerk", "boss")])
async def test_it_is_for_who_manages_and_for_others_only(place, member, by):
    with pytest.raises(NotAllowed):
        await place(member, "chief", by=by)


async def test_nobody_is_above_who_is_not_known(database, people, now):
    with pytest.raises(NotAllowed):
        async with database.transaction() as db:
            who = people["clerk"].id
            await superiors.place(db, who, "0" * 32, by=people["lead"], now=now)
