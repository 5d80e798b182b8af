import contextlib

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app import doctor, processes
from tests.support.telegram_server import TelegramServer
from tests.support.twilio_server import TwilioServer


async def findings(settings):
    return {finding.subject: finding async for finding in doctor.examine(settings)}


def ailing(found):
    return {subject for subject, finding in found.items() if not finding.well}


@pytest.fixture
async def public():
    """Serve *body* at /healthz, as our public address; *date* overrides what a server says."""
    async with contextlib.AsyncExitStack() as stack:

        async def served(body=b"ok\n", date=None, status=200):
            async def answer(_request):
                headers = {"Date": date} if date else {}
                return web.Response(body=body, status=status, headers=headers)

            app = web.Application()
            app.router.add_get("/healthz", answer)
            server = await stack.enter_async_context(TestServer(app))
            return str(server.make_url("")).rstrip("/")

        yield served


@pytest.fixture
async def whole(settings, installed, empty_url, public):
    """Settings of an installation at which nothing is wrong."""

    async def made(**more):
        given = {"database_url": empty_url, "public_url": await public(), **more}
        await processes.prepare(settings(**given), bare=True)
        return settings(**given)

    return made


async def test_an_installation_that_is_whole_is_well(whole):
    found = await findings(await whole())
    assert ailing(found) == set()
    assert {"settings", "keys", "database", "public address", "clock"} <= set(found)


async def test_a_bare_machine_is_told_what_to_do(settings, tmp_path):
    found = await findings(settings(data_dir=tmp_path / "none"))
    assert ailing(found) == {"keys", "database", "public address"}
    assert "baraza keys make" in found["keys"].advice
    assert "BARAZA_PUBLIC_URL" in found["public address"].advice


async def test_a_database_of_another_release_is_to_be_migrated(
    settings, installed, database_url, public
):
    given = settings(database_url=database_url, public_url=await public())
    found = await findings(given)
    assert ailing(found) == {"database"}
    assert "baraza migrate" in found["database"].advice


@pytest.mark.parametrize("url", ["postgresql://me:secret@127.0.0.1:1/x", "sqlite:////none/x.db"])
async def test_a_database_that_is_away_is_named_and_its_password_is_not(settings, url):
    found = await findings(settings(database_url=url))
    assert "BARAZA_DATABASE_URL" in found["database"].advice
    assert "secret" not in found["database"].advice


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"<h1>Somebody else</h1>", 200), (b"ok\n", 502), (b"\xff\xfe", 200)],
    ids=["another", "proxy", "binary"],
)
async def test_an_address_where_somebody_else_answers_is_not_ours(settings, public, body, status):
    found = await findings(settings(public_url=await public(body, status=status)))
    assert "proxy" in found["public address"].advice


async def test_a_clock_that_is_off_is_named(settings, public):
    date = "Tue, 12 May 2026 09:00:00 GMT"
    found = await findings(settings(public_url=await public(date=date)))
    assert "NTP" in found["clock"].advice


async def test_a_date_that_is_none_says_nothing_of_the_clock(settings, public):
    found = await findings(settings(public_url=await public(date="yesterday")))
    assert found["clock"].well


async def test_a_machine_that_lost_its_clock_is_noticed_without_a_server(settings, monkeypatch):
    monkeypatch.setattr(doctor, "BUILT", doctor.BUILT.replace(year=2999))
    found = await findings(settings(public_url="http://127.0.0.1:1"))
    assert "NTP" in found["clock"].advice


# --- providers


@pytest.fixture
async def twilio():
    async with TwilioServer() as server:
        yield server


@pytest.fixture
async def telegram():
    async with TelegramServer() as server:
        yield server


@pytest.fixture
def provided(settings, public, twilio, telegram):
    """Settings with both providers, whose webhooks lead to us."""

    async def made(**more):
        url = await public()
        twilio.sms_url = f"{url}/hooks/sms"
        telegram.webhook = {"url": f"{url}/hooks/telegram"}
        given = {
            "public_url": url,
            "twilio_account_sid": twilio.account,
            "twilio_auth_token": twilio.token,
            "twilio_from": twilio.number,
            "twilio_api_url": twilio.url,
            "telegram_token": telegram.token,
            "telegram_webhook_secret": "quiet",
            "telegram_api_url": telegram.url,
        }
        return settings(**{**given, **more})

    return made


async def test_providers_that_know_us_are_well_and_nothing_is_sent(provided, twilio, telegram):
    found = await findings(await provided())
    assert {"Twilio account", "Twilio webhook", "Telegram bot", "Telegram webhook"} <= set(found)
    assert ailing(found) == {"keys", "database"}
    assert twilio.sent == telegram.sent == []
    assert {method for method, _ in telegram.calls} == {"getMe", "getWebhookInfo"}


async def test_wrong_credentials_are_named(provided):
    found = await findings(
        await provided(twilio_auth_token="m1staken", telegram_token="1:m1staken")
    )
    assert {"Twilio account", "Telegram bot"} <= ailing(found)
    assert "m1staken" not in "".join(finding.advice for finding in found.values())


async def test_webhooks_that_lead_elsewhere_are_named(provided, twilio, telegram):
    wanted = await provided()
    twilio.sms_url = "https://demo.twilio.com/welcome"
    telegram.webhook = {"url": "https://elsewhere.example"}
    found = await findings(wanted)
    assert {"Twilio webhook", "Telegram webhook"} <= ailing(found)
    assert f"{wanted.public}/hooks/sms" in found["Twilio webhook"].advice


async def test_providers_that_do_not_answer_are_no_crash(provided):
    away = "http://127.0.0.1:1"
    found = await findings(await provided(twilio_api_url=away, telegram_api_url=away))
    assert {"Twilio account", "Telegram bot"} <= ailing(found)


@pytest.mark.parametrize(
    ("public_url", "well"),
    [
        ("", False),  # localhost
        ("http://localhost:8080", False),
        ("http://127.0.0.1:8080", False),
        ("https://192.168.1.4", False),
        ("https://baraza", False),
        ("https://baraza.example.org", True),
        ("https://1.1.1.1:8443", True),
    ],
)
def test_an_address_that_twilio_cannot_call_is_named(settings, public_url, well):
    given = settings(public_url=public_url, twilio_account_sid="AC1", twilio_auth_token="quiet")
    (finding,) = doctor.callbacks(given)
    assert finding.well is well
    assert well or "BARAZA_PUBLIC_URL" in finding.advice


def test_without_twilio_nobody_has_to_call_us(settings):
    assert list(doctor.callbacks(settings(telegram_token="1:a"))) == []
