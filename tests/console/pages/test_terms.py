import pytest

from forum.members import Role
from outreach import terms


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


@pytest.fixture
async def ali(join):
    return await join(Role.ADMINISTRATOR, name="Ali Said")


async def held(database):
    async with database.reading() as reads:
        return await terms.read(reads)


async def test_fewer_holds_at_once_and_more_when_two_agree(lead, ali, database):
    await lead.post("/terms/limit", {"people": "20"}, on="/terms")
    assert (await held(database)).alone_up_to == 20
    answer = await lead.post("/terms/limit", {"people": "200"}, on="/terms")
    page = await answer.text()
    assert "has to agree first" in page
    assert "/terms/agree" not in page
    assert (await held(database)).alone_up_to == 20
    forged = await lead.post("/terms/agree", {"people": "200"}, on="/terms")
    assert forged.status == 422
    assert "Lindiwe Banda wishes to raise it to 200" in await ali.page("/terms")
    await ali.post("/terms/agree", {"people": "200"}, on="/terms")
    assert (await held(database)).alone_up_to == 200


async def test_the_page_says_for_what_a_price_holds(lead):
    page = " ".join((await lead.page("/terms")).split())
    assert "One price holds for the whole channel, whatever the country of a number." in page
    assert "write the dearest of them, or the mean" in page


@pytest.mark.parametrize("typed", ["", "-1", "many", "10001", "9" * 40, "٣"])
async def test_a_limit_that_is_no_number_is_said_beside_its_field(lead, database, typed):
    answer = await lead.post("/terms/limit", {"people": typed}, on="/terms")
    assert answer.status == 422
    assert "Write a number from 0 to 10,000." in await answer.text()
    assert (await held(database)).alone_up_to == terms.ALONE_UP_TO


async def test_prices_are_kept_with_four_decimals(lead, database):
    form = {"currency": "kes", "price_sms": "0,0450", "price_telegram": "0"}
    await lead.post("/terms/prices", form, on="/terms")
    async with database.reading() as reads:
        assert await terms.prices_of(reads) == {"sms": 450, "telegram": 0}
    assert (await held(database)).currency == "KES"
    assert 'value="0.0450"' in await lead.page("/terms")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"price_sms": "0.00001"}, "at most four decimals"),
        ({"price_sms": "nan"}, "at most four decimals"),
        ({"price_sms": "1e999999"}, "at most four decimals"),
        ({"price_sms": "-1"}, "at most four decimals"),
        ({"currency": "shillings"}, "Write three letters"),
    ],
)
async def test_a_price_that_is_none_is_said_and_kept_in_its_field(lead, form, said):
    answer = await lead.post("/terms/prices", {"currency": "KES", **form}, on="/terms")
    page = await answer.text()
    assert answer.status == 422
    assert said in page
    assert f'value="{next(iter(form.values()))}"' in page
