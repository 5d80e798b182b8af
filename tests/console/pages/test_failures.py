from io import BytesIO
from urllib.parse import urlencode

import pytest
from aiohttp import web

from console.pages import failures


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


async def test_a_form_that_is_too_long_is_named_so(amina, file):
    made = await file()
    path = f"/cases/{made.reference}"
    form = await amina.hidden(path)
    body = BytesIO(urlencode({**form, "note": "x" * 2_000_000}).encode())
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await amina.client.post(f"{path}/note", data=body, headers=kind)
    assert answer.status == 413
    assert "That is too long" in await answer.text()


async def test_a_missing_page_says_where_to_go_on(amina):
    text = await amina.page("/nowhere/at/all")
    assert "There is nothing here" in text
    assert 'href="/"' in text


async def test_a_page_for_others_says_whom_to_ask(amina):
    answer = await amina.get("/members")
    assert answer.status == 403
    assert "ask the lead of the secretariat" in await answer.text()


@pytest.mark.parametrize("name", sorted(failures.UNSHOWN))
async def test_secrets_of_a_form_are_not_given_back(visitor, name):
    form = {name: "a secret of several words", "note": "what I wrote"}
    text = await (await visitor.post("/account/password", data=form)).text()
    assert "what I wrote" in text
    assert "a secret of several words" not in text


async def test_the_way_back_leads_nowhere_else(visitor):
    answer = await visitor.get("/cases", allow_redirects=False)
    assert answer.status == web.HTTPSeeOther.status_code
