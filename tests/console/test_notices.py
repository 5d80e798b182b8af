import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from console import notices
from console.notices import Notice, Undo


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


def carried(keyring, notice):
    """Return the cookie that the browser brings to the next page."""
    response = web.Response()
    notices.leave(response, notice, keyring, https=False)
    return response.cookies[notices.COOKIE].value


def taken(keyring, cookie):
    request = make_mocked_request("GET", "/", headers={"Cookie": f"{notices.COOKIE}={cookie}"})
    return notices.take(request, keyring)


@pytest.mark.parametrize(
    "notice",
    [
        Notice("answered"),
        Notice("moved", {"reference": "4F7K2Q"}, {"state": "In review"}),
        Notice("assigned", {"name": "Zoë"}, undo=Undo("/cases/4F7K2Q/assign", {"assignee": "m"})),
    ],
)
def test_a_notice_comes_over_to_the_next_page(keyring, notice):
    assert taken(keyring, carried(keyring, notice)) == notice


def test_nobody_else_can_leave_a_notice(keyring):
    body, _, mark = carried(keyring, Notice("answered")).partition(".")
    assert taken(keyring, f"{body}x.{mark}") is None
    assert taken(keyring, body) is None
    assert taken(keyring, "") is None


async def test_it_is_said_once(amina):
    first = await amina.page("/cases?find=NOSUCH")
    assert "There is no case NOSUCH that you can open." in first
    assert "NOSUCH" not in await amina.page("/cases")


async def test_what_was_typed_is_escaped(amina):
    text = await amina.page("/cases?find=<b>x</b>")
    assert "&lt;B&gt;X&lt;/B&gt;" in text
    assert "<B>" not in text


@pytest.mark.parametrize("key", sorted(notices.WARNINGS))
def test_a_warning_is_one_of_the_texts(key):
    assert Notice(key).warning
    assert Notice(key).msgid
