import dataclasses
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest

from channels.base import Address, Delivery, Envelope, Hook, Inbound, Media, Outbound
from channels.dialects import DIALECTS, Account
from channels.errors import Ambiguous, Busy, CannotTell, Forged, Malformed, Refused
from channels.gateway import GatewayChannel
from tests.support.gateway_server import GatewayServer
from tests.support.loopback import Fault

PUBLIC = "https://baraza.example"
SECRET = "s3cret-of-the-gateway"
HOOK = f"{PUBLIC}/hooks/gateway?k={SECRET}"
ANNA = "+254711000001"
ID = "0f" * 16
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def server():
    async with GatewayServer() as running:
        yield running
        assert running.violations == []


@pytest.fixture
async def opened(server):
    """Open the channel as *dialect* has it."""
    channels = []

    def open_it(dialect="kannel", secret=SECRET, timeout=5.0, **account):
        given = {
            "url": server.url_of(dialect),
            "user": server.user,
            "password": server.password,
            "sender": server.number,
        }
        channel = GatewayChannel(
            DIALECTS[dialect](),
            Account(**{**given, **account}),
            secret=secret,
            public_url=PUBLIC,
            default_region="KE",
            timeout=aiohttp.ClientTimeout(total=timeout),
        )
        channels.append(channel)
        return channel

    yield open_it
    for channel in channels:
        await channel.close()


each_dialect = pytest.mark.parametrize("dialect", sorted(DIALECTS))


def envelope(text="Habari", to=ANNA, **more):
    return Envelope(ID, Address("sms", to), Outbound(text), **more)


# --- incoming

KANNEL = {
    "x-kannel-from": ANNA,
    "x-kannel-coding": "0",
    "content-type": 'text/plain; charset="UTF-8"',
}
WIDE = {**KANNEL, "x-kannel-coding": "2", "content-type": 'text/plain; charset="UTF-16BE"'}
FROM = "&from=%2B254711000001&id=1"

INCOMING = {
    "kannel-post": (Hook(f"{HOOK}&id=1", KANNEL, "Le  mur a bougé".encode()), "Le  mur a bougé"),
    "kannel-wide": (Hook(f"{HOOK}&id=1", WIDE, "مرحبا 👍".encode("utf-16-be")), "مرحبا 👍"),
    "kannel-get": (Hook(f"{HOOK}{FROM}&text=the+wall%20%40", {}, b""), "the wall @"),
    "kannel-get-wide": (
        Hook(f"{HOOK}{FROM}&coding=2&charset=UTF-16BE&text=%06E%00+%00%E9", {}, b""),
        "م é",
    ),
    "kannel-get-with-sender": (Hook(f"{HOOK}{FROM}&text=hi", {"x-kannel-from": ANNA}, b""), "hi"),
    "get-latin": (Hook(f"{HOOK}{FROM}&text=boug%E9", {}, b""), "bougé"),
    "nothing-said": (Hook(f"{HOOK}{FROM}", {}, b""), ""),
    "null": (Hook(f"{HOOK}{FROM}&text=a%00b", {}, b""), "ab"),
    "jasmin": (
        Hook(HOOK, FORM, urlencode({"from": ANNA, "id": "1", "content": "café [1]"}).encode()),
        "café [1]",
    ),
    "jasmin-septets": (  # the network's own alphabet, a septet a byte
        Hook(HOOK, FORM, b"from=%2B254711000001&id=1&coding=0&content=boug%05+%00"),
        "bougé @",
    ),
    "jasmin-wide": (
        Hook(HOOK, FORM, b"from=%2B254711000001&id=1&coding=8&content=%06E%00+%00%E9"),
        "م é",
    ),
    "jasmin-wide-byte": (
        Hook(HOOK, FORM, b"from=%2B254711000001&id=1&coding=%08&content=%00a%D8%3D%DC%4D"),
        "a👍",
    ),
}


@pytest.mark.parametrize("name", INCOMING)
def test_what_comes_in(opened, name):
    hook, said = INCOMING[name]
    (inbound,) = opened().parse(hook)
    assert inbound == Inbound(Address("sms", ANNA), "gateway:1", text=said)


@pytest.mark.parametrize(
    ("sender", "value"),
    [
        ("254711000001", ANNA),
        ("0711000001", ANNA),
        ("255711000001", "+255711000001"),
        ("22345", "22345"),
        ("MTN-INFO", "MTN-INFO"),
        ("x" * 200, "x" * 64),
    ],
)
def test_a_number_is_one_contact_however_the_network_writes_it(opened, sender, value):
    (inbound,) = opened().parse(Hook(f"{HOOK}&id=1&from={sender}&text=hi", {}, b""))
    assert inbound.address == Address("sms", value)


@pytest.mark.parametrize(
    "fields", ["", "&id=1", "&from=%2B254711000001", "&from=&id=", "&from=%20&id=1"]
)
def test_without_a_sender_or_an_id_it_is_malformed(opened, fields):
    with pytest.raises(Malformed):
        opened().parse(Hook(f"{HOOK}{fields}&text=hi", {}, b""))


@pytest.mark.parametrize("key", ["", "k=", "k=wrong", "k=%E9%00", f"key={SECRET}", f"k={SECRET}x"])
def test_without_the_secret_nothing_is_believed(opened, key):
    with pytest.raises(Forged):
        opened().parse(Hook(f"{PUBLIC}/hooks/gateway?{key}{FROM}&text=hi", {}, b""))


@pytest.mark.parametrize("path", ["", "/status"])
def test_where_no_secret_is_set_nobody_is_believed(opened, path):
    with pytest.raises(Forged):
        opened(secret="").parse(Hook(f"{PUBLIC}/hooks/gateway{path}?k={FROM}", {}, b""))


def test_a_secret_in_the_body_is_none(opened):
    with pytest.raises(Forged):
        opened().parse(Hook(f"{PUBLIC}/hooks/gateway", FORM, f"k={SECRET}{FROM}".encode()))


# --- outgoing


@each_dialect
@pytest.mark.parametrize("text", ["Café [1]\n2 {€}", "مرحبا 👍", "x" * 400, "a&b=c + %20"])
async def test_a_message_goes_out_as_it_was_rendered(opened, server, dialect, text):
    sent = await opened(dialect).send(envelope(text, seconds=600))
    (message,) = server.sent
    assert (message.to, message.text) == (ANNA, text)
    assert message.fields["from"] == "22345"
    assert message.fields["validity-period" if dialect == "jasmin" else "validity"] == "10"
    assert parse_qs(urlsplit(message.report_to).query)["t"] == [sent.provider_id]
    assert not sent.final


@pytest.mark.parametrize(("dialect", "url"), [("kannel", "/cgi-bin/sendsms"), ("jasmin", "/send")])
async def test_no_url_tells_whom_or_what(opened, server, dialect, url):
    await opened(dialect).send(envelope("the wall moved"))
    assert server.urls == [url]


@pytest.mark.parametrize(("seconds", "minutes"), [(-5, "1"), (59, "1"), (86_400, "1440")])
async def test_a_message_is_worth_a_minute_at_least(opened, server, seconds, minutes):
    await opened().send(envelope(seconds=seconds))
    assert server.sent[0].fields["validity"] == minutes


async def test_without_an_end_the_gateway_decides(opened, server):
    await opened().send(envelope())
    assert "validity" not in server.sent[0].fields


@pytest.mark.parametrize("to", ["MTN-INFO", "12", "", "+254711\r\nX: y", "+²54711000001"])
async def test_what_is_no_number_is_never_asked_for(opened, server, to):
    with pytest.raises(Refused, match="no-number"):
        await opened().send(envelope(to=to))
    assert server.calls == []


FAULTS = [
    ("kannel", Fault(503, description="Temporal failure, try again later."), "throttled", Busy),
    (
        "kannel",
        Fault(400, description="Number(s) has/have been denied by lists."),
        "denied",
        Refused,
    ),
    ("kannel", Fault(400), "400", Refused),
    ("kannel", Fault(404), "404", Busy),
    ("kannel", Fault(301), "404", Busy),
    ("kannel", Fault(429), "429", Busy),
    ("kannel", Fault(500), "500", Ambiguous),
    ("kannel", Fault(502, taken=True), "502", Ambiguous),
    ("kannel", Fault(200, description="<h1>Welcome</h1>"), "strange answer", Ambiguous),
    ("kannel", Fault(drop=True, taken=True), "no answer", Ambiguous),
    ("jasmin", Fault(412, description="No route found"), "no-carrier", Busy),
    ("jasmin", Fault(403, description="User throughput exceeded"), "throttled", Busy),
    (
        "jasmin",
        Fault(403, description="Not enough balance (1) for charging: 2"),
        "no-credit",
        Busy,
    ),
    ("jasmin", Fault(500, description="Cannot send submit_sm, check log"), "no-carrier", Busy),
    ("jasmin", Fault(500, description="Unknown error: x"), "500", Ambiguous),
]


@pytest.mark.parametrize(("dialect", "fault", "code", "kind"), FAULTS)
async def test_what_goes_wrong_says_whether_to_try_again(
    opened, server, dialect, fault, code, kind
):
    server.faults.append(fault)
    with pytest.raises(kind) as raised:
        await opened(dialect).send(envelope())
    assert str(raised.value) == code


@each_dialect
async def test_wrong_credentials_stop_the_whole_line_and_no_message_is_at_fault(opened, dialect):
    with pytest.raises(Busy) as raised:
        await opened(dialect, password="wrong").send(envelope())
    assert vars(raised.value) == vars(Busy("credentials", retry_after=300, whole_channel=True))


async def test_a_gateway_that_is_not_there_was_not_asked(opened):
    with pytest.raises(Busy, match="unreachable"):
        await opened(url="http://127.0.0.1:9/cgi-bin/sendsms").send(envelope())


async def test_a_gateway_that_never_answers_is_left(opened, server):
    server.faults.append(Fault(never=True, taken=True))
    with pytest.raises(Ambiguous):
        await opened(timeout=0.2).send(envelope())


async def test_nobody_can_ask_whether_it_was_taken(opened, now):
    with pytest.raises(CannotTell):
        await opened().find(envelope(), now)


async def test_an_sms_brings_no_media(opened):
    with pytest.raises(Refused):
        await opened().fetch(Media("x", "photo", "image/jpeg"))


# --- reports


async def reported(opened, server, event, why="", dialect="kannel"):
    """Send a message; return what came of it, and what the channel makes of the report."""
    channel = opened(dialect)
    sent = await channel.send(envelope())
    url = server.sent[-1].report_to.replace("%d", str(event))
    url = url.replace("%A", urlencode({"a": why})[2:])
    return sent, channel.parse(Hook(url, {}, b""))


@pytest.mark.parametrize(
    ("event", "why", "rank", "delivery", "code", "again"),
    [
        (1, "", 4, Delivery.DELIVERED, None, 0),
        (1, "id:1 stat:DELIVRD err:000 text:Habari", 4, Delivery.DELIVERED, None, 0),
        (2, "", 4, Delivery.UNDELIVERED, "undelivered", 1),
        (2, "id:1 sub:001 stat:EXPIRED err:027", 4, Delivery.UNDELIVERED, "expired-there", 3),
        (2, "id:1 stat:REJECTD text:stat:DELIVRD", 4, Delivery.UNDELIVERED, "rejected", 0),
        (4, "", 3, Delivery.SENT, None, 0),
        (8, "ACK/", 2, Delivery.SENT, None, 0),
        (16, "NACK/0x0000000b/Invalid Destination", 4, Delivery.UNDELIVERED, "rejected", 0),
    ],
)
async def test_kannel_reports_under_our_own_id(
    opened, server, event, why, rank, delivery, code, again
):
    sent, (receipt,) = await reported(opened, server, event, why)
    assert (receipt.channel, receipt.message) == ("gateway", ID)
    assert receipt.provider_id == sent.provider_id
    found = (receipt.rank, receipt.delivery, receipt.error_code, receipt.again)
    assert found == (rank, delivery, code, again)


@pytest.mark.parametrize("event", ["", "0", "32", "%d", "eight"])
async def test_an_event_that_nobody_knows_changes_nothing(opened, server, event):
    _, receipts = await reported(opened, server, event)
    assert receipts == []


@pytest.mark.parametrize(
    ("status", "level", "delivery", "code"),
    [
        ("ESME_ROK", 1, Delivery.SENT, None),
        ("ESME_RINVDSTADR", 1, Delivery.UNDELIVERED, "rejected"),
        ("DELIVRD", 2, Delivery.DELIVERED, None),
        ("EXPIRED", 3, Delivery.UNDELIVERED, "expired-there"),
        ("UNDELIV", 2, Delivery.UNDELIVERED, "undelivered"),
    ],
)
async def test_jasmin_reports_by_a_form(opened, server, status, level, delivery, code):
    channel = opened("jasmin")
    sent = await channel.send(envelope())
    form = {"id": "uuid", "level": level, "message_status": status, "text": "Habari"}
    (receipt,) = channel.parse(Hook(server.sent[0].report_to, FORM, urlencode(form).encode()))
    assert (receipt.delivery, receipt.error_code) == (delivery, code)
    assert (receipt.message, receipt.provider_id) == (ID, sent.provider_id)


@pytest.mark.parametrize("change", [("m=0f", "m=1f"), ("t=", "t=0"), ("k=", "k=0"), ("k=", "q=")])
async def test_a_report_is_believed_for_its_own_message_and_try_only(opened, server, change):
    channel = opened()
    await channel.send(envelope())
    url = server.sent[0].report_to.replace("%d", "1").replace(*change)
    with pytest.raises(Forged):
        channel.parse(Hook(url, {}, b""))


async def test_the_mark_of_a_report_opens_no_other_door(opened, server):
    channel = opened()
    await channel.send(envelope())
    mark = parse_qs(urlsplit(server.sent[0].report_to).query)["k"][0]
    assert SECRET not in server.sent[0].report_to
    with pytest.raises(Forged):
        channel.parse(Hook(f"{PUBLIC}/hooks/gateway?k={mark}{FROM}", {}, b""))


async def test_two_tries_of_one_message_have_two_names(opened):
    channel = opened()
    first, second = await channel.send(envelope()), await channel.send(envelope())
    assert first.provider_id != second.provider_id


# --- the doctor


@each_dialect
async def test_the_doctor_sees_that_all_is_well_and_sends_nothing(opened, server, dialect):
    (finding,) = await opened(dialect).check()
    assert finding.well
    assert server.sent == []


@each_dialect
@pytest.mark.parametrize(
    ("account", "named"),
    [
        ({"password": "wrong"}, "BARAZA_GATEWAY_USER"),
        ({"url": "http://127.0.0.1:9/x"}, "BARAZA_GATEWAY_URL"),
    ],
)
async def test_the_doctor_names_the_setting(opened, dialect, account, named):
    (finding,) = await opened(dialect, **account).check()
    assert not finding.well
    assert named in finding.advice


async def test_the_doctor_notices_another_server(opened, server):
    (finding,) = await opened(url=f"{server.url}/elsewhere").check()
    assert "404" in finding.advice


def test_an_account_is_never_printed():
    account = Account("http://here", "me", "hush", "22345")
    assert "hush" not in repr(account)
    assert dataclasses.asdict(account)["password"] == "hush"
