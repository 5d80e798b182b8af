import re

import pytest

from forum.members import Role
from grievances import board


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


async def test_an_empty_board_says_so(amina):
    assert "The board fills as reports come in" in await amina.page("/board")


async def test_a_case_stands_in_its_column_with_what_is_due(amina, file):
    made = await file(category="DANGER")
    text = re.sub(r"\s+", " ", await amina.page("/board"))
    column = re.search(r'<section aria-labelledby="state-received".*?</section>', text)[0]
    for said in (made.reference, "Accident and safety", "24 h left", "First answer", "S2"):
        assert said in column
    assert '<span class="count">1</span>' in column


async def test_what_has_no_card_is_a_link_to_the_list_of_that_state(amina, file, monkeypatch):
    monkeypatch.setattr(board, "CARDS", 2)
    for _ in range(3):
        await file()
    text = await amina.page("/board")
    assert '<a href="/cases?show=open&amp;state=received">1 more' in text
    listed = await amina.page("/cases?show=open&state=received")
    assert len(set(re.findall(r'href="/cases/(\w{6})"', listed))) == 3


async def test_a_handler_has_a_board_of_their_own(join, file):
    await file()
    joseph = await join(Role.HANDLER, name="Joseph Mwangi")
    assert "No case is open" in await joseph.page("/board")


async def test_who_has_no_case_right_has_no_board(join):
    official = await join(Role.OFFICIAL, name="Grace Tembo")
    assert (await official.get("/board")).status == 403
