import asyncio

import pytest
from aiohttp import web

from console.doors import Passes
from console.routes import DOORS, REHEARSAL
from forum.members import RIGHTS, Right, Role


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


ALL = (*DOORS, *REHEARSAL)
SOMEWHERE = {
    "reference": "ZZZZZZ",
    "state": "closed",
    "member": "0" * 32,
    "token": "none",
    "voice": "0" * 32,
    "attachment": "0" * 32,
    "audience": "0" * 32,
    "line": "sms",
    "announcement": "0" * 32,
    "broadcast": "0" * 32,
    "category": "PAY",
    "group": "2",
    "import": "0" * 32,
    "letter": "0" * 32,
    "day": "2026-12-25",
    "level": "2",
    "action": "0" * 32,
    "answer": "0" * 32,
    "body": "0" * 32,
    "seat": "0" * 32,
    "rule": "0" * 32,
    "language": "fr",
    "part": "why",
    "phrase": "others",
    "referral": "0" * 32,
    "link": "0" * 32,
    "site": "0" * 32,
    "view": "0" * 32,
    "survey": "0" * 32,
    "question": "0" * 32,
    "event": "0" * 32,
    "theme": "0" * 32,
    "quote": "0" * 32,
    "discussion": "0" * 32,
    "series": "0" * 32,
    "position": "1",
}


def address(door):
    return door.path.format(**SOMEWHERE)


def may(role, needs):
    if isinstance(needs, Right):
        return needs in RIGHTS[role]
    if isinstance(needs, frozenset):
        return bool(needs & RIGHTS[role])
    return needs is not Passes.CASEWORKERS or bool({Right.TRIAGE, Right.HANDLE} & RIGHTS[role])


async def test_a_stranger_passes_no_door_but_those_for_anyone(visitor):
    for door in ALL:
        if door.needs is Passes.ANYONE:
            continue
        answer = await visitor.request(door.method, address(door), allow_redirects=False)
        assert answer.status == (303 if door.method == "GET" else 401), door.path


@pytest.mark.parametrize("role", Role)
async def test_a_role_passes_its_own_doors_and_no_other(join, role):
    person = await join(role)
    token = (await person.hidden("/account"))["csrf"]
    for door in ALL:
        if may(role, door.needs):
            continue
        answer = await person.client.request(door.method, address(door), data={"csrf": token})
        assert answer.status == (404 if door.hidden else 403), door.path


async def test_no_post_of_a_member_counts_without_its_token(join):
    lead = await join(Role.LEAD)
    for door in ALL:
        if door.method == "POST" and door.needs is not Passes.ANYONE:
            assert (await lead.client.post(address(door))).status == 403, door.path


async def test_an_address_that_nobody_knows_is_answered_with_a_page(visitor):
    answer = await visitor.get("/nowhere")
    assert answer.status == 404
    assert "There is nothing here" in await answer.text()
    assert "Content-Security-Policy" in answer.headers


async def test_machines_are_answered_without_a_page(visitor):
    answer = await visitor.post("/hooks/none")
    assert answer.status == 404
    assert "<html" not in await answer.text()


async def test_what_breaks_says_so_and_shows_nothing_of_itself(amina, monkeypatch):
    async def breaks(*_args, **_more):
        raise RuntimeError("a secret in an exception")

    monkeypatch.setattr("grievances.caseload.queue", breaks)
    answer = await amina.get("/cases")
    text = await answer.text()
    assert answer.status == 500
    assert "Something is broken on our side" in text
    assert "secret" not in text


@pytest.mark.parametrize("leaves", [True, False])
async def test_who_leaves_before_all_was_sent_is_no_failure(join, monkeypatch, caplog, leaves):
    official = await join(Role.OFFICIAL)
    token = (await official.hidden("/account"))["csrf"]
    begun, over = asyncio.Event(), asyncio.Event()

    async def reads(request):
        begun.set()
        try:
            if not leaves:
                raise ConnectionResetError  # a database's, for instance
            return await request.read()
        finally:
            over.set()

    monkeypatch.setattr(web.BaseRequest, "post", reads)
    cookies = official.client.session.cookie_jar.filter_cookies(official.client.make_url("/"))
    jar = "; ".join(f"{one.key}={one.value}" for one in cookies.values())
    lines = (
        "POST /rules/cost HTTP/1.1",
        f"Host: {official.client.host}:{official.client.port}",
        f"Origin: {str(official.client.make_url('/')).rstrip('/')}",
        f"Cookie: {jar}",
        f"X-CSRF: {token}",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Length: 999\r\n\r\nwhy-sms=The",
    )
    _, writer = await asyncio.open_connection(official.client.host, official.client.port)
    writer.write("\r\n".join(lines).encode())
    await asyncio.wait_for(begun.wait(), 10)
    writer.close()
    await asyncio.wait_for(over.wait(), 10)
    await asyncio.sleep(0.1)
    assert ("page.failed" in caplog.text) is not leaves


async def test_what_was_typed_survives_the_end_of_a_session(amina, file, clock):
    made = await file()
    path = f"/cases/{made.reference}"
    form = await amina.hidden(path)
    clock.turn(minutes=31)
    words = "Asante sana. <Tutarudi> kesho."
    answer = await amina.client.post(f"{path}/answer", data={**form, "answer": words})
    text = await answer.text()
    assert answer.status == 401
    assert "Asante sana. &lt;Tutarudi&gt; kesho." in text
    assert form["csrf"] not in text


async def test_words_of_another_site_are_not_shown_with_our_face(visitor):
    answer = await visitor.post(
        "/account/password",
        data={"note": "Call this number now"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert "Call this number" not in await answer.text()
