import pytest

from channels.base import Delivery
from channels.dialects import DIALECTS, Account, Jasmin, Kannel, KannelByQuery, Wish

THERE = Account("http://here/cgi-bin/sendsms", "me", "hush", "22345")
WISH = Wish("+254711000001", "Café", 5, "http://us?d=%d")


def test_kannel_is_asked_by_headers():
    request = Kannel().request(THERE, WISH)
    assert (request.method, request.url, request.query) == ("POST", THERE.url, {})
    assert request.body == "Café".encode()
    assert request.headers == {
        "X-Kannel-Username": "me",
        "X-Kannel-Password": "hush",
        "X-Kannel-From": "22345",
        "X-Kannel-To": "+254711000001",
        "X-Kannel-Coding": "0",
        "X-Kannel-DLR-Mask": "31",
        "X-Kannel-DLR-URL": "http://us?d=%d",
        "X-Kannel-Validity": "5",
        "Content-Type": "text/plain; charset=UTF-8",
    }


def test_what_looks_like_kannel_is_asked_by_the_query():
    request = KannelByQuery().request(THERE, WISH)
    assert (request.method, request.body, request.headers) == ("GET", None, {})
    assert request.query["text"] == "Café"
    assert request.query["dlr-mask"] == "31"


@pytest.mark.parametrize(
    ("text", "content"),
    [("Café", {"coding": "0", "content": "Café"}), ("م", {"coding": "8", "hex-content": "0645"})],
)
def test_jasmin_wants_utf16_ready_made(text, content):
    body = Jasmin().request(THERE, Wish("+254711000001", text)).body
    assert {name: body[name] for name in body if "co" in name} == content


@pytest.mark.parametrize(
    ("dialect", "answer", "taken"),
    [
        (Kannel, "0: Accepted for delivery", True),
        (Kannel, "3: Queued for later delivery", True),
        (Kannel, "Sent.", False),
        (Kannel, "<h1>It works</h1>", False),
        (Jasmin, 'Success "07033084-5cfd-4812-90a4-e4d24ffb6e3d"', True),
        (Jasmin, 'Error "No route found"', False),
    ],
)
def test_only_what_the_gateway_says_counts_as_taken(dialect, answer, taken):
    assert dialect().taken(answer) is taken


def test_an_empty_wish_names_nobody():
    requests = {name: kind().request(THERE, Wish(to=None)) for name, kind in DIALECTS.items()}
    assert "X-Kannel-To" not in requests["kannel"].headers
    assert "to" not in requests["kannel-get"].query
    assert requests["jasmin"].url == "http://here/cgi-bin/balance"


def test_a_later_event_outranks_an_earlier_one():
    ranks = [Kannel().report({"d": event}).rank for event in ("8", "4", "1")]
    assert ranks == sorted(set(ranks))


def test_a_state_on_the_way_is_no_failure():
    assert Kannel().report({"d": "2", "a": "stat:ENROUTE"}).delivery is Delivery.UNDELIVERED
    assert Jasmin().report({"message_status": "ENROUTE"}).delivery is Delivery.SENT
    assert Jasmin().report({"message_status": "SKIPPED"}) is None
    assert Jasmin().report({}) is None


def test_nothing_of_a_wish_is_printed():
    printed = repr([WISH, THERE, *(kind().request(THERE, WISH) for kind in DIALECTS.values())])
    assert "254711" not in printed
    assert "hush" not in printed
    assert "Café" not in printed
