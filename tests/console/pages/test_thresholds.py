import pytest

from forum.members import Role
from outreach import thresholds


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


async def held(database):
    async with database.reading() as reads:
        return (await thresholds.read(reads)).threshold


async def test_more_holds_at_once_and_less_when_two_agree(lead, join, database):
    ali = await join(Role.ADMINISTRATOR, name="Ali Said")
    await lead.post("/terms/threshold", {"threshold": "70"}, on="/terms")
    assert await held(database) == 70
    answer = await lead.post("/terms/threshold", {"threshold": "40"}, on="/terms")
    page = await answer.text()
    assert "has to agree first" in page
    assert "/terms/threshold/agree" not in page
    forged = await lead.post("/terms/threshold/agree", {"threshold": "40"}, on="/terms")
    assert forged.status == 422
    assert await held(database) == 70
    assert "Lindiwe Banda wishes to lower it to 40%" in await ali.page("/terms")
    await ali.post("/terms/threshold/agree", {"threshold": "40"}, on="/terms")
    assert await held(database) == 40


@pytest.mark.parametrize("typed", ["", "0", "101", "half", "-5"])
async def test_what_is_no_share_is_said_beside_its_field(lead, database, typed):
    answer = await lead.post("/terms/threshold", {"threshold": typed}, on="/terms")
    assert answer.status == 422
    assert "Write a number from 1 to 100." in await answer.text()
    assert await held(database) == thresholds.USUAL
