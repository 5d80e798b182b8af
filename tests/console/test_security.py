import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from console.security import from_our_pages, harden


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


OURS = "https://baraza.example"


@pytest.mark.parametrize(
    ("headers", "believed"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": OURS}, True),
        ({"Origin": "http://inside:8080"}, True),
        ({"Origin": "https://elsewhere.example"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OURS}, False),
    ],
)
def test_only_our_own_pages_post_to_us(headers, believed):
    request = make_mocked_request("POST", "/", headers={"Host": "inside:8080", **headers})
    assert from_our_pages(request, OURS) is believed


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/cases/ZZZZZZ"])
async def test_every_page_forbids_what_is_inline_or_from_elsewhere(visitor, path):
    answer = await visitor.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_stricter_header_of_a_page_stands():
    headers = CIMultiDict({"Content-Security-Policy": "sandbox"})
    harden(headers, https=True)
    assert headers["Content-Security-Policy"] == "sandbox"
    assert "Strict-Transport-Security" in headers
