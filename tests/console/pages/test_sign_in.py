import pytest

from console.sessions import IDLE
from forum import members


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


PASSWORD = "river stones sing at dusk"


async def sign_in(client, email="amina@forum.example", password=PASSWORD, **more):
    data = {"email": email, "password": password, **more}
    return await client.post("/sign-in", data=data, allow_redirects=False)


async def test_a_stranger_is_led_to_the_sign_in_page_and_back(visitor):
    answer = await visitor.get("/cases?show=mine", allow_redirects=False)
    assert answer.status == 303
    assert answer.headers["Location"] == "/sign-in?next=%2Fcases%3Fshow%3Dmine"


async def test_the_right_password_opens_the_list(amina):
    answer = await amina.get("/cases")
    assert answer.status == 200
    assert "Amina Okello" in await answer.text()


async def test_an_email_address_may_be_spelled_in_capitals(amina, visitor):
    assert (await sign_in(visitor, "AMINA@Forum.example")).status == 303


async def test_a_wrong_password_and_an_unknown_address_read_the_same(amina, visitor):
    wrong = await sign_in(visitor, password="something else here")
    unknown = await sign_in(visitor, email="nobody@forum.example")
    assert wrong.status == unknown.status == 422
    there, nowhere = await wrong.text(), await unknown.text()
    assert there.replace("amina@", "nobody@") == nowhere


async def test_the_address_is_given_back_and_the_password_is_not(visitor):
    text = await (await sign_in(visitor, "a&b@forum.example", "open sesame now")).text()
    assert "a&amp;b@forum.example" in text
    assert "open sesame now" not in text


async def test_sign_in_never_leads_to_another_site(amina, visitor):
    answer = await sign_in(visitor, next="//elsewhere.example/")
    assert answer.headers["Location"] == "/"


async def test_guessing_ends_and_its_member_still_gets_in_from_the_usual_browser(amina, visitor):
    for _ in range(10):
        assert (await sign_in(visitor, password="a wrong guess again")).status == 422
    assert (await sign_in(visitor)).status == 429
    assert (await sign_in(amina.client)).status == 303


async def test_after_a_while_a_stranger_may_try_again(amina, visitor, clock):
    for _ in range(11):
        await sign_in(visitor, password="a wrong guess again")
    clock.turn(minutes=16)
    assert (await sign_in(visitor)).status == 303


async def test_signing_out_ends_the_session_for_good(amina):
    cookies = {c.key: c.value for c in amina.client.session.cookie_jar}
    answer = await amina.post("/sign-out", on="/cases")
    assert "You are signed out." in await answer.text()
    again = await amina.get("/cases", cookies=cookies, allow_redirects=False)
    assert again.status == 303


async def test_a_screen_left_alone_is_locked(amina, clock):
    clock.turn(seconds=IDLE.total_seconds())
    answer = await amina.get("/cases", allow_redirects=False)
    assert answer.headers["Location"].startswith("/sign-in")


async def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(amina, clock):
    polling = {"HX-Request": "true"}
    for _ in range(3):
        clock.turn(minutes=9)
        assert (await amina.get("/cases", headers=polling)).status == 200
    clock.turn(minutes=9)
    answer = await amina.get("/cases", headers=polling)
    assert answer.status == 401
    assert answer.headers["HX-Redirect"] == "/sign-in"


async def test_working_keeps_a_session_open(amina, clock):
    for _ in range(4):
        clock.turn(minutes=25)
        assert (await amina.get("/cases", allow_redirects=False)).status == 200


async def test_typing_keeps_a_session_open(amina, clock):
    for _ in range(4):
        clock.turn(minutes=25)
        assert (await amina.post("/here", on="/static/mark.svg")).status == 403
        token = (await amina.hidden("/account"))["csrf"]
        answer = await amina.client.post("/here", headers={"X-CSRF": token})
        assert answer.status == 204


async def test_whoever_left_is_out_at_once(amina, join, database, now):
    lead = await join(members.Role.LEAD, name="Lindiwe Banda")
    async with database.transaction() as db:
        await members.remove(db, amina.member.id, by=lead.member, now=now)
    answer = await amina.get("/cases", allow_redirects=False)
    assert answer.headers["Location"].startswith("/sign-in")


async def test_a_stranger_chooses_a_language_and_it_stays(visitor):
    answer = await visitor.post("/language", data={"language": "fr", "back": "/sign-in"})
    assert '<html lang="fr"' in await answer.text()


async def test_a_member_keeps_the_language_in_every_browser(amina, visitor):
    await amina.post("/language", {"language": "fr"}, on="/cases")
    await sign_in(visitor)
    assert '<html lang="fr"' in await (await visitor.get("/cases")).text()


async def test_the_browsers_own_language_is_the_first_offer(visitor):
    answer = await visitor.get("/sign-in", headers={"Accept-Language": "fr-CD,fr;q=0.9"})
    assert '<html lang="fr"' in await answer.text()


async def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(amina, visitor):
    answer = await sign_in(visitor)
    for cookie in answer.headers.getall("Set-Cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
