import pytest

from outreach import themes


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def only(database):
    async def found():
        async with database.reading() as db:
            (theme,) = await themes.every(db)
        return theme

    return found


async def test_a_theme_is_added_renamed_retired_and_taken_back(amina, only):
    assert "There is no theme yet." in await amina.page("/themes")
    await amina.post("/themes", {"name": " Clean  water "})
    theme = await only()
    assert (theme.name, theme.retired) == ("Clean water", False)
    path = f"/themes/{theme.id}"
    await amina.post(path, {f"name_{theme.id}": "Water"}, on="/themes")
    assert (await only()).name == "Water"
    answer = await amina.post(f"{path}/retire", on="/themes")
    text = await answer.text()
    assert (await only()).retired
    assert "The theme is no longer offered." in text
    assert f'action="{path}/back"' in text
    await amina.post(f"{path}/back", on="/themes")
    assert not (await only()).retired


@pytest.mark.parametrize("name", ["", "x" * 61])
async def test_a_theme_without_a_name_is_given_back(amina, name):
    answer = await amina.post("/themes", {"name": name})
    text = await answer.text()
    assert answer.status == 422
    assert "A theme needs a name of 60 characters at most." in text
    assert f'value="{name}"' in text


async def test_one_name_is_given_once(amina):
    for _ in range(2):
        answer = await amina.post("/themes", {"name": "Water"})
    assert answer.status == 422
    assert "There is a theme of this name already." in await answer.text()


async def test_there_is_no_such_theme(amina):
    for path in ("", "/retire", "/back"):
        answer = await amina.post(f"/themes/{'0' * 32}{path}", on="/themes")
        assert answer.status == 404
