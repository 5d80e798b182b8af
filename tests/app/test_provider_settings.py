import pytest

from app.settings import SettingsWrong, load

GATEWAY = {
    "GATEWAY_URL": "http://127.0.0.1:13013/cgi-bin/sendsms",
    "GATEWAY_USER": "baraza",
    "GATEWAY_PASSWORD": "hush",
    "GATEWAY_SECRET": "s3cret-of-the-gateway",
}
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "hush",
    "TWILIO_FROM": "+15005550006",
}
TEMPLATE = "HX" + "0" * 32


@pytest.fixture
def given(monkeypatch, tmp_path):
    """Load the settings with these, and nothing else, in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in list(__import__("os").environ):
        if name.startswith("BARAZA_"):
            monkeypatch.delenv(name)

    def loaded(**settings):
        for name, value in settings.items():
            monkeypatch.setenv(f"BARAZA_{name}", value)
        return load()

    return loaded


def test_a_gateway_takes_the_simulators_place(given):
    settings = given(**GATEWAY)
    assert settings.with_gateway
    assert not settings.with_simulator
    assert not settings.with_sms


@pytest.mark.parametrize("name", GATEWAY)
def test_each_missing_setting_of_a_gateway_is_named(given, name):
    rest = {one: value for one, value in GATEWAY.items() if one != name}
    with pytest.raises(SettingsWrong, match=f"BARAZA_{name} is missing"):
        given(**rest)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({**GATEWAY, "GATEWAY_SECRET": "short"}, "GATEWAY_SECRET has to have 16"),
        ({**GATEWAY, "GATEWAY_SECRET": "with a space in its middle"}, "GATEWAY_SECRET"),
        ({**GATEWAY, "GATEWAY_URL": "here/sendsms"}, "GATEWAY_URL is no web address"),
        ({**GATEWAY, "GATEWAY_DIALECT": "smpp"}, "GATEWAY_DIALECT"),
        ({**GATEWAY, "GATEWAY_FROM": "22345\n"}, "GATEWAY_FROM has characters"),
        ({**GATEWAY, "GATEWAY_RATE": "0"}, "GATEWAY_RATE"),
        ({**GATEWAY, "SMS_ROUTES": "255=gateway"}, "SMS_ROUTES has «255=gateway»"),
        ({**GATEWAY, "SMS_ROUTES": "+1=sms"}, "SMS_ROUTES names sms, which is not set up"),
        ({**GATEWAY, "SMS_ROUTES": "+1=carrier"}, "SMS_ROUTES names carrier"),
        ({**TWILIO, "WHATSAPP_FROM": "whatsapp:+1"}, "WHATSAPP_FROM is no number"),
        ({**TWILIO, "CALL_FROM": "0711"}, "CALL_FROM is no number"),
        ({**TWILIO, "CALL_FROM": "+15005550006", "CALL_RATE": "0"}, "CALL_RATE"),
        ({"CALL_FROM": "+15005550006"}, "CALL_FROM needs SMS by the same Twilio account"),
        ({**TWILIO, "WHATSAPP_TEMPLATE_SID": TEMPLATE}, "WHATSAPP_FROM is missing"),
        (
            {**TWILIO, "WHATSAPP_FROM": "+15005550006", "WHATSAPP_TEMPLATE_SID": "MG1"},
            "WHATSAPP_TEMPLATE_SID is none",
        ),
        ({"WHATSAPP_FROM": "+15005550006"}, "TWILIO_ACCOUNT_SID is missing"),
    ],
)
def test_each_wrong_value_has_a_plain_sentence(given, settings, said):
    with pytest.raises(SettingsWrong, match=said):
        given(**settings)


def test_whatsapp_needs_no_number_for_sms(given):
    settings = given(**{**TWILIO, "TWILIO_FROM": "", "WHATSAPP_FROM": "+15005550006"})
    assert settings.with_twilio
    assert not settings.with_sms


def test_routes_and_rates_are_read(given):
    settings = given(**GATEWAY, **TWILIO, SMS_ROUTES="+255=gateway, +1=sms", SMS_RATE="40")
    assert settings.routes == {"+255": "gateway", "+1": "sms"}
    assert settings.rates == {"sms": 40.0}


def test_no_secret_is_ever_printed(given):
    printed = repr(given(**GATEWAY))
    assert "hush" not in printed
    assert "s3cret" not in printed
