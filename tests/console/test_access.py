import pytest

from console.access import local_path


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.mark.parametrize(
    "wished", ["/", "/cases", "/cases?show=mine&page=2", "/cases/4F7K2Q#about"]
)
def test_a_path_of_ours_is_followed(wished):
    assert local_path(wished) == wished


@pytest.mark.parametrize(
    "wished",
    [
        "",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "/a\\b",
        "https://elsewhere.example/",
        "javascript:alert(1)",
        "cases",
        "/cases\r\nSet-Cookie: a=b",
        "/\tx",
    ],
)
def test_a_path_that_leads_elsewhere_is_not(wished):
    assert local_path(wished) == "/"


async def test_a_form_without_its_token_changes_nothing(amina):
    answer = await amina.client.post("/sign-out")
    assert answer.status == 403
    assert "too old" in await answer.text()
    assert (await amina.get("/cases", allow_redirects=False)).status == 200


async def test_the_token_of_another_session_does_not_count(amina, join):
    other = await join(name="Baraka Juma")
    token = (await other.hidden("/account"))["csrf"]
    assert (await amina.client.post("/sign-out", data={"csrf": token})).status == 403


async def test_a_token_that_is_no_text_is_answered_calmly(amina):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await amina.client.post("/sign-out", data=b"csrf=%E9%00%ED%B3", headers=form)
    assert answer.status == 403


async def test_a_form_of_another_site_is_not_believed_even_with_its_token(amina):
    token = (await amina.hidden("/account"))["csrf"]
    answer = await amina.client.post(
        "/sign-out", data={"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status == 403


async def test_a_made_up_cookie_is_nobody(visitor):
    answer = await visitor.get("/cases", cookies={"baraza": "x" * 43}, allow_redirects=False)
    assert answer.status == 303
