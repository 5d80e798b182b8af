"""What every channel promises, run over the registry: a new channel is held to it from day one."""

import contextlib
import inspect
import json
import shutil
from urllib.parse import urlencode

import pytest

from channels.base import Address, Channel, Envelope, Hook, Inbound, Media, Outbound, Sent, Style
from channels.errors import (
    Ambiguous,
    Busy,
    CannotTell,
    ChannelError,
    Forged,
    Malformed,
    Refused,
)
from channels.registry import Options, open_channels
from channels.routing import kind
from tests.support.gateway_server import GatewayServer
from tests.support.loopback import Fault
from tests.support.telegram_server import TelegramServer
from tests.support.twilio_server import TwilioServer

PUBLIC = "https://baraza.example"
#: Those by which somebody says something; in a call, what is said comes by another way.
HEARING = (
    *("sms", "gateway", "whatsapp", "telegram"),
    *("simulator-basic", "simulator-chat", "simulator-call"),
)
NAMES = (*HEARING, "call")
PROVIDERS = ("sms", "gateway", "whatsapp", "telegram", "call")
#: Those that cannot be asked whether they took a message.
SILENT = {"gateway", "telegram"}
SECRET = "s3cret"
PEOPLE = {
    "sms": "+254711000001",
    "gateway": "+254711000001",
    "whatsapp": "+254711000001",
    "call": "+254711000001",
    "telegram": "7001",
    "simulator-basic": "+254711000001",
    "simulator-chat": "+254711000001",
    "simulator-call": "+254711000001",
}
STORY = "the wall moved"


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """One engine is enough: the simulator, which alone has a table, is tested on both."""
    for file in sqlite_template.iterdir():
        shutil.copy(file, tmp_path)
    return f"sqlite:///{tmp_path}/baraza.db"


@pytest.fixture
async def twilio():
    async with TwilioServer() as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def telegram():
    async with TelegramServer() as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def gateway():
    async with GatewayServer() as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def channels(twilio, gateway, telegram, database, keyring):
    options = Options(
        public_url=PUBLIC,
        twilio_account_sid=twilio.account,
        twilio_auth_token=twilio.token,
        twilio_from=twilio.number,
        twilio_api_url=twilio.url,
        whatsapp_from=twilio.number,
        whatsapp_template_sid="HX" + "0" * 32,
        call_from=twilio.number,
        gateway_url=gateway.url_of(),
        gateway_user=gateway.user,
        gateway_password=gateway.password,
        gateway_from=gateway.number,
        gateway_secret=SECRET,
        telegram_token=telegram.token,
        telegram_webhook_secret=SECRET,
        telegram_api_url=telegram.url,
        simulator=True,
    )
    opened = await open_channels(options, database, keyring)
    yield opened
    for channel in opened.values():
        await channel.close()


@pytest.fixture
def provider(request, twilio, gateway, telegram):
    """The fake behind the channel under test, if it has one."""
    fakes = {"sms": twilio, "gateway": gateway, "whatsapp": twilio, "call": twilio}
    fakes["telegram"] = telegram
    return fakes.get(request.node.callspec.params["name"])


@pytest.fixture
def hook(twilio, telegram):
    """Make the hook by which somebody says *text* on a channel."""

    def make(name, text=STORY):
        if name in {"sms", "whatsapp"}:
            url, scheme = f"{PUBLIC}/hooks/{name}", {"sms": ""}.get(name, f"{name}:")
            form = twilio.message_form(text, scheme + PEOPLE[name])
            headers = {"x-twilio-signature": twilio.sign(url, form)}
            return Hook(url, headers, urlencode(form).encode())
        if name == "call":
            url = f"{PUBLIC}/hooks/call/status?m=1"
            form = twilio.call_form(PEOPLE[name], CallStatus="completed")
            headers = {"x-twilio-signature": twilio.sign(url, form)}
            return Hook(url, headers, urlencode(form).encode())
        if name == "gateway":
            said = urlencode({"from": PEOPLE[name], "id": "1", "content": text})
            headers = {"content-type": "application/x-www-form-urlencoded"}
            return Hook(f"{PUBLIC}/hooks/gateway?k={SECRET}", headers, said.encode())
        if name == "telegram":
            update = json.dumps(telegram.said(text, int(PEOPLE[name]))).encode()
            headers = {"x-telegram-bot-api-secret-token": SECRET}
            return Hook(f"{PUBLIC}/hooks/telegram", headers, update)
        said = {"phone": PEOPLE[name], "id": "1", "text": text}
        return Hook(f"{PUBLIC}/simulator", {}, json.dumps(said).encode())

    return make


def envelope(name, text="Habari", outbox_id="0f" * 16):
    return Envelope(outbox_id, Address(kind(name), PEOPLE[name]), Outbound(text), seconds=60)


each = pytest.mark.parametrize("name", NAMES)
each_that_hears = pytest.mark.parametrize("name", HEARING)
each_provider = pytest.mark.parametrize("name", PROVIDERS)


def test_the_suite_knows_every_channel(channels):
    assert set(channels) == set(NAMES)


def test_the_protocol_has_at_most_eight_members():
    members = {name for name, _ in inspect.getmembers(Channel) if not name.startswith("_")}
    assert len(members | set(Channel.__annotations__)) <= 8


@each
def test_it_says_what_it_is(channels, name):
    assert channels[name].name == name
    assert channels[name].style in set(Style)


@each_that_hears
@pytest.mark.parametrize("text", [STORY, "👍", "مرحبا", "x" * 10_000, "a\tb\r\nc"])
def test_words_come_in_as_they_were_said(channels, hook, name, text):
    (inbound,) = channels[name].parse(hook(name, text))
    assert isinstance(inbound, Inbound)
    assert (inbound.address, inbound.text) == (Address(kind(name), PEOPLE[name]), text)
    assert inbound.external_id


@each
def test_the_same_hook_is_the_same_message(channels, hook, name):
    once = hook(name)
    assert channels[name].parse(once) == channels[name].parse(once)


@each
def test_reading_a_hook_is_no_coroutine(channels, hook, name):
    assert not inspect.isawaitable(channels[name].parse(hook(name)))


@each_provider
@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{}", b"a=b", b"[" * 9999])
def test_without_its_signature_a_hook_is_forged_whatever_it_holds(channels, name, body):
    with pytest.raises(Forged):
        channels[name].parse(Hook(f"{PUBLIC}/hooks/{name}", {}, body))


@each
@pytest.mark.parametrize("body", [b"", b"\0", b"\xff\xfe", b"{}", b"[]", b"null", b"a=b&c"])
def test_no_body_crashes_it(channels, hook, name, body):
    broken = Hook(hook(name).url, hook(name).headers, body)
    with contextlib.suppress(Forged, Malformed):
        assert list(channels[name].parse(broken)) == []


@each_that_hears
def test_nothing_identifying_is_printed(channels, hook, name):
    (inbound,) = channels[name].parse(hook(name))
    printed = repr([inbound, inbound.address, envelope(name), channels[name]])
    assert PEOPLE[name] not in printed
    assert STORY not in printed


@each
async def test_a_message_is_handed_over(channels, name):
    sent = await channels[name].send(envelope(name))
    assert isinstance(sent, Sent)
    assert sent.provider_id


@each
async def test_what_was_taken_is_found_or_cannot_be_told(channels, name, now):
    sent = await channels[name].send(envelope(name))
    try:
        assert (await channels[name].find(envelope(name), now)).provider_id == sent.provider_id
    except CannotTell:
        assert name in SILENT


@each
async def test_what_was_never_sent_is_not_found(channels, name, now):
    try:
        assert await channels[name].find(envelope(name), now) is None
    except CannotTell:
        assert name in SILENT


FAULTS = [
    (Fault(400), Refused),
    (Fault(429, retry_after=3), Busy),
    (Fault(500), Ambiguous),
    (Fault(drop=True), Ambiguous),
    (Fault(drop=True, taken=True), Ambiguous),
]


@each_provider
@pytest.mark.parametrize(("fault", "kind"), FAULTS)
async def test_an_error_says_whether_to_try_again(channels, provider, name, fault, kind):
    provider.faults.append(fault)
    with pytest.raises(kind):
        await channels[name].send(envelope(name))


@each_provider
async def test_a_wait_that_the_provider_asks_for_is_passed_on(channels, provider, name):
    provider.faults.append(Fault(429, retry_after=3))
    with pytest.raises(Busy) as raised:
        await channels[name].send(envelope(name))
    assert (raised.value.retry_after, raised.value.whole_channel) == (3.0, True)


@each_provider
async def test_a_slow_provider_is_waited_for(channels, provider, name):
    provider.faults.append(Fault(delay=0.3))
    assert await channels[name].send(envelope(name))


@each_provider
async def test_nothing_is_sent_twice_by_itself(channels, provider, name):
    provider.faults.append(Fault(drop=True, taken=True))
    with pytest.raises(Ambiguous):
        await channels[name].send(envelope(name))
    assert len(provider.sent) == 1


@each_provider
@pytest.mark.parametrize("fault", [Fault(400), Fault(429), Fault(500), Fault(drop=True)])
async def test_an_error_tells_neither_whom_nor_what(channels, provider, name, fault):
    provider.faults.append(fault)
    with pytest.raises(ChannelError) as raised:
        await channels[name].send(envelope(name, STORY))
    told = f"{raised.value!r} {raised.value} {raised.value.__cause__}"
    assert PEOPLE[name] not in told
    assert STORY not in told


@each
async def test_media_that_is_not_there_is_refused(channels, name):
    with pytest.raises(Refused):
        await channels[name].fetch(Media("nonsense", "photo", "image/jpeg"))


@each
async def test_the_doctor_sends_nothing_to_anybody(channels, provider, name):
    findings = await channels[name].check()
    assert all(finding.well or finding.advice for finding in findings)
    assert provider is None or provider.sent == []


@each
async def test_it_can_be_closed_twice(channels, name):
    await channels[name].close()
    await channels[name].close()
