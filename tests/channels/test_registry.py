import pytest

from channels.base import Style
from channels.registry import ADAPTERS, Options, open_channels

PUBLIC = "https://baraza.example"
TWILIO = {"twilio_account_sid": "AC" + "0" * 32, "twilio_auth_token": "t", "twilio_from": "+1"}
TELEGRAM = {"telegram_token": "1:a"}
GATEWAY = {"gateway_url": "http://127.0.0.1:9/sendsms", "gateway_secret": "s" * 16}


async def opened(database, keyring=None, **options):
    channels = await open_channels(Options(public_url=PUBLIC, **options), database, keyring)
    for channel in channels.values():
        await channel.close()
    return channels


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, set()),
        ({"simulator": True}, {"simulator-basic", "simulator-chat", "simulator-call"}),
        (TWILIO, {"sms"}),
        (TELEGRAM, {"telegram"}),
        ({**TWILIO, **TELEGRAM}, {"sms", "telegram"}),
        ({**TWILIO, "twilio_auth_token": ""}, set()),
        ({**TWILIO, "twilio_from": ""}, set()),
        ({**TWILIO, "whatsapp_from": "+1"}, {"sms", "whatsapp"}),
        ({**TWILIO, "twilio_from": "", "whatsapp_from": "+1"}, {"whatsapp"}),
        ({**TWILIO, "call_from": "+1"}, {"sms", "call"}),
        ({"call_from": "+1"}, set()),
        (GATEWAY, {"gateway"}),
        ({**TWILIO, **GATEWAY}, {"sms", "gateway"}),
    ],
)
async def test_what_is_set_up_is_opened(database, keyring, options, names):
    channels = await opened(database, keyring, **options)
    assert set(channels) == names
    assert all(channel.name == name for name, channel in channels.items())


async def test_a_phone_is_plain_and_a_chat_is_rich(database, keyring):
    channels = await opened(
        database,
        keyring,
        simulator=True,
        **TWILIO,
        whatsapp_from="+1",
        call_from="+1",
        **TELEGRAM,
        **GATEWAY,
    )
    assert {name: channel.style for name, channel in channels.items()} == {
        "sms": Style.SMS,
        "gateway": Style.SMS,
        "whatsapp": Style.TEXT,
        "telegram": Style.CHAT,
        "simulator-basic": Style.SMS,
        "simulator-chat": Style.CHAT,
        "call": Style.VOICE,
        "simulator-call": Style.VOICE,
    }


async def test_without_keys_there_are_no_simulated_phones(database):
    assert await opened(database, simulator=True) == {}


async def test_telegram_polls_where_no_secret_is_set(database):
    assert (await opened(database, **TELEGRAM))["telegram"].polls
    webhook = await opened(database, **TELEGRAM, telegram_webhook_secret="s")
    assert not webhook["telegram"].polls


def test_options_are_never_printed():
    assert "hush" not in repr(Options(public_url=PUBLIC, telegram_token="hush"))


def test_every_adapter_is_listed_by_its_name():
    assert set(ADAPTERS) == {"sms", "gateway", "whatsapp", "call", "telegram", "simulator"}
