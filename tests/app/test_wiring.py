from dataclasses import replace
from datetime import timedelta

import pytest

from app.wiring import House, key_folder, opened, options
from channels.base import Address
from channels.limiter import PACES
from channels.sender import Sender
from vault.keyring import KeysMissing
from vault.seals import CannotOpen

TWILIO = {
    "twilio_account_sid": "AC1",
    "twilio_auth_token": "quiet",
    "twilio_auth_token_next": "quieter",
    "twilio_from": "+15005550006",
}
WHATSAPP = {"whatsapp_from": "+15005550006", "whatsapp_template_sid": "HX1"}
REHEARSAL = {"simulator-basic", "simulator-chat", "simulator-call"}
TELEGRAM = {"telegram_token": "1:a", "telegram_webhook_secret": "hush"}


def test_keys_lie_beside_the_database_and_never_in_it(settings, tmp_path):
    assert key_folder(settings()) == tmp_path / "keys"


def test_every_setting_of_a_channel_reaches_it(settings):
    wired = options(settings(**TWILIO, **TELEGRAM, public_url="https://a.example"))
    assert {name: getattr(wired, name) for name in (*TWILIO, *TELEGRAM)} == {**TWILIO, **TELEGRAM}
    assert (wired.public_url, wired.region, wired.simulator) == ("https://a.example", "KE", False)


def test_what_the_channels_are_told_is_never_printed(settings):
    assert "quiet" not in repr(options(settings(**TWILIO)))


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, REHEARSAL),
        (TWILIO, {"sms"}),
        (TELEGRAM, {"telegram"}),
        ({**TWILIO, **TELEGRAM}, {"sms", "telegram"}),
        ({**TWILIO, "simulator": True}, {"sms", *REHEARSAL}),
        ({**TWILIO, "call_from": "+15005550006"}, {"sms", "call"}),
    ],
    ids=["nothing", "twilio", "telegram", "both", "by-wish", "calls"],
)
async def test_the_settings_say_which_channels_there_are(settings, installed, given, names):
    async with opened(settings(**given), sender=True) as house:
        assert set(house.channels) == names


async def test_the_web_half_can_neither_read_addresses_nor_send(settings, installed):
    (installed / "keys" / "route.key").unlink()
    (installed / "keys" / "sender.key").unlink()
    async with opened(settings(), sender=False) as house:
        assert house.keyring.route_private is house.keyring.sender_private is None
        with pytest.raises(CannotOpen):
            Sender(house.database, house.keyring, house.channels, by="web")
    with pytest.raises(KeysMissing):
        async with opened(settings(), sender=True):
            pytest.fail("it opened")


async def test_without_keys_nothing_is_opened(settings, tmp_path):
    with pytest.raises(KeysMissing):
        async with opened(settings(), sender=False):
            pytest.fail("it opened")
    assert list(tmp_path.iterdir()) == []


async def test_working_hours_are_those_of_the_forums_time_zone(settings, installed, now):
    async with opened(settings(timezone="Africa/Kampala"), sender=True) as house:
        assert now.astimezone(house.calendar.zone).utcoffset() == timedelta(hours=3)


async def test_everything_is_closed_though_the_work_failed(settings, installed):
    async def work():
        async with opened(settings(**TELEGRAM), sender=True) as house:
            house.channels["telegram"].close = closing(house.channels["telegram"].close)
            raise RuntimeError("oh")

    closed = []

    def closing(close):
        async def noted():
            closed.append(True)
            await close()

        return noted

    with pytest.raises(RuntimeError):
        await work()
    assert closed == [True]


def test_whoever_waits_is_woken(house: House):
    woken = []
    house.wakes.extend([lambda: woken.append("a"), lambda: woken.append("b")])
    house.wake()
    assert woken == ["a", "b"]


# --- several lines to one channel

GATEWAY = {
    "gateway_url": "http://127.0.0.1:9/cgi-bin/sendsms",
    "gateway_user": "baraza",
    "gateway_password": "hush",
    "gateway_secret": "s3cret-of-the-gateway",
}
TANZANIA, KENYA = Address("sms", "+255711000001"), Address("sms", "+254711000001")


async def test_a_number_leaves_by_the_line_of_its_prefix(settings, installed):
    given = settings(**TWILIO, **GATEWAY, sms_routes="+255=gateway")
    async with opened(given, sender=True) as house:
        assert house.routing.line(TANZANIA) == "gateway"
        assert house.routing.line(KENYA) == "sms"
        assert house.routing.line(TANZANIA, up={"sms"}) == "sms"


async def test_a_gateway_alone_carries_every_telephone(settings, installed):
    async with opened(settings(**GATEWAY), sender=True) as house:
        assert house.routing.line(KENYA) == "gateway"


async def test_the_operator_says_how_fast_a_line_is(settings, installed):
    async with opened(settings(**TWILIO, sms_rate=100), sender=True) as house:
        assert house.paces["sms"] == replace(PACES["sms"], per_second=100)
        assert house.paces["telegram"] == PACES["telegram"]
