import pytest

from outreach import themes
from outreach.themes import LONGEST, Taken, Unnamed


@pytest.fixture
def every(database):
    async def listed():
        async with database.reading() as db:
            return [(one.name, one.retired, one.voices) for one in await themes.every(db)]

    return listed


async def test_themes_stand_by_name_with_the_voices_that_have_them(stories, amina, every):
    water = await stories.theme("Water", amina)
    await stories.theme("Écoles", amina)
    for _ in range(2):
        await stories.file(await stories.tell(), amina, theme={water})
    assert await every() == [("Écoles", False, 0), ("Water", False, 2)]


@pytest.mark.parametrize("name", ["", " ", "...", "\0", "x" * (LONGEST + 1), "ﷺ" * LONGEST])
async def test_a_theme_needs_a_name(stories, amina, name, every):
    with pytest.raises(Unnamed):
        await stories.theme(name, amina)
    assert await every() == []


async def test_two_themes_do_not_sound_alike(stories, amina, database, now, every):
    await stories.theme("École", amina)
    with pytest.raises(Taken):
        await stories.theme(" ecole ", amina)
    other = await stories.theme("Water", amina)
    with pytest.raises(Taken):
        async with database.transaction() as db:
            await themes.rename(db, other, "ECOLE", by=amina, now=now)
    assert [name for name, *_ in await every()] == ["École", "Water"]


async def test_one_is_renamed_retired_and_brought_back(stories, amina, database, now, every):
    theme, by = await stories.theme("Water", amina), {"by": amina, "now": now}
    async with database.transaction() as db:
        await themes.rename(db, theme, "water", **by)
        await themes.retire(db, theme, **by)
    assert await every() == [("water", True, 0)]
    with pytest.raises(Taken):
        await stories.theme("Water", amina)
    async with database.transaction() as db:
        await themes.bring_back(db, theme, **by)
    assert await every() == [("water", False, 0)]
