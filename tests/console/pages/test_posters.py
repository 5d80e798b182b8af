import pytest

from forum import bodies
from forum.members import Role


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def official(join, site):
    return await join(Role.OFFICIAL, name="Odile Mbeki")


PATH = f"/sites/{'s' * 32}/poster"


async def test_a_poster_is_made_for_a_site_and_a_language(official):
    assert "Number to which people send" in await official.page(PATH)
    text = await official.page(f"{PATH}?language=sw&number=40123&bot=%40baraza_bot")
    assert "Who sends «JIUNGE KB12» is on the list" in text
    for link in ("poster.pdf?", "code=sms", "code=telegram"):
        assert link in text


@pytest.mark.parametrize(
    ("suffix", "begins", "kind"),
    [
        (".pdf?x=1", b"%PDF", "application/pdf"),
        (".png?x=1", b"\x89PNG", "image/png"),
        (".png?code=sms", b"\x89PNG", "image/png"),
        (".png?code=telegram", b"\x89PNG", "image/png"),
    ],
)
async def test_it_is_taken_to_a_printer(official, suffix, begins, kind):
    answer = await official.get(f"{PATH}{suffix}&language=fr&number=40123&bot=baraza_bot")
    assert answer.status == 200
    assert answer.content_type == kind
    assert "baraza-KB12-fr" in answer.headers["Content-Disposition"]
    assert (await answer.read()).startswith(begins)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("language=xx&number=40123", "Choose one of the list."),
        ("language=fr&number=call+me", "Write the number as people dial it"),
        ("language=fr&bot=t.me%2Fx", "Write the name of the bot"),
        ("language=fr", "Write a number, the name of a bot, or both."),
    ],
)
async def test_what_is_wrong_is_said_and_makes_no_poster(official, query, problem):
    answer = await official.get(f"{PATH}?{query}")
    assert answer.status == 422
    assert problem in await answer.text()
    assert (await official.get(f"{PATH}.pdf?{query}")).status == 404


async def test_a_name_that_the_font_cannot_write_leaves_the_codes(official, database):
    async with database.transaction() as db:
        await db.execute(bodies.sites.update().values(name="Daɓa"))
    text = await official.page(f"{PATH}?language=fr&number=40123")
    assert "Take the codes alone." in text
    assert "poster.pdf" not in text
    assert 'poster.png?language=fr&amp;number=40123"' not in text
    assert (await official.get(f"{PATH}.png?language=fr&number=40123")).status == 404
    assert (await official.get(f"{PATH}.pdf?language=fr&number=40123")).status == 404
    assert (await official.get(f"{PATH}.png?language=fr&number=40123&code=sms")).status == 200


async def test_there_is_no_other(official, amina):
    assert (await official.get("/sites/none/poster")).status == 404
    assert (await official.get(f"{PATH}.png?language=fr&number=40123&code=x")).status == 404
    assert (await amina.get(PATH)).status == 403
