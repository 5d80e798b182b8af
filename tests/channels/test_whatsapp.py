from datetime import timedelta
from urllib.parse import urlencode

import pytest

from channels import inbox
from channels.base import Address, Delivery, Envelope, Hook, Inbound, Media, Outbound, Sent
from channels.errors import Ambiguous, Busy, Refused
from channels.whatsapp import WhatsAppChannel, in_one_line
from tests.support.loopback import Fault
from tests.support.twilio_server import TwilioServer

PUBLIC = "https://baraza.example"
HOOK = f"{PUBLIC}/hooks/whatsapp"
NUMBER = "+15005550006"
ANNA = Address("whatsapp", "+254711000001")
TEMPLATE = "HX" + "0" * 32
MENU = "Is it solved?\n1 Yes\n2\tNo,     not yet\n"


@pytest.fixture
async def twilio():
    async with TwilioServer(f"whatsapp:{NUMBER}") as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def opened(twilio, database, keyring, now):
    channels = []

    def open_it(template=TEMPLATE, keys=keyring, at=now):
        channel = WhatsAppChannel(
            database,
            keys,
            sender=NUMBER,
            template_sid=template,
            clock=lambda: at,
            account_sid=twilio.account,
            auth_tokens=(twilio.token,),
            api_url=twilio.url,
            public_url=PUBLIC,
            default_region="KE",
        )
        channels.append(channel)
        return channel

    yield open_it
    for channel in channels:
        await channel.close()


@pytest.fixture
def said(twilio):
    """Make the hook by which Anna says something."""

    def make(text, sender="whatsapp:+254711000001", **fields):
        form = twilio.message_form(text, sender, ProfileName="Anna", WaId="254711000001", **fields)
        signed = {"x-twilio-signature": twilio.sign(HOOK, form)}
        return Hook(HOOK, signed, urlencode(form).encode())

    return make


@pytest.fixture
async def anna_wrote(opened, said, database, keyring, now):
    (inbound,) = opened().parse(said("hello"))
    async with database.transaction() as db:
        assert await inbox.first_time(db, keyring, inbound, now)


def envelope(text="Habari"):
    return Envelope("0f" * 16, ANNA, Outbound(text), seconds=600)


# --- incoming


@pytest.mark.parametrize(
    ("sender", "value"),
    [
        ("whatsapp:+254711000001", "+254711000001"),
        ("whatsapp:KE.13491208655302741918", "KE.13491208655302741918"),  # who hides the number
        ("+254711000001", "+254711000001"),
    ],
)
def test_who_wrote_is_told_without_the_scheme(opened, said, sender, value):
    (inbound,) = opened().parse(said("wall moved 👍", sender))
    assert inbound.address == Address("whatsapp", value)
    assert inbound.text == "wall moved 👍"


def test_a_voice_note_comes_along_and_a_place_does_not(opened, said):
    fields = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/0"}
    fields |= {"MediaContentType0": "audio/ogg", "Latitude": "-1.29", "Longitude": "36.82"}
    (inbound,) = opened().parse(said("", **fields))
    assert inbound == Inbound(
        ANNA,
        inbound.external_id,
        media=(Media("https://api.twilio.com/0", "voice", "audio/ogg"),),
    )


@pytest.mark.parametrize(("fields", "answered"), [({}, False), ({"OptOutType": "STOP"}, True)])
def test_stop_is_ours_to_confirm_unless_twilio_says_that_it_did(opened, said, fields, answered):
    (inbound,) = opened().parse(said("STOP", **fields))
    assert inbound.answered is answered


def test_a_receipt_is_whatsapps_own(twilio, opened):
    url = f"{HOOK}/status?m=abc"
    form = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "63016"}
    signed = {"x-twilio-signature": twilio.sign(url, form)}
    (receipt,) = opened().parse(Hook(url, signed, urlencode(form).encode()))
    assert (receipt.channel, receipt.message, receipt.again) == ("whatsapp", "abc", 0)
    assert (receipt.delivery, receipt.error_code) == (Delivery.UNDELIVERED, "63016")


# --- outgoing


@pytest.mark.usefixtures("anna_wrote")
async def test_within_a_day_words_go_out_as_they_are(opened, twilio):
    await opened().send(envelope(MENU))
    assert twilio.sent[0].form == {
        "To": "whatsapp:+254711000001",
        "From": f"whatsapp:{NUMBER}",
        "Body": MENU,
        "StatusCallback": f"{HOOK}/status?m={'0f' * 16}",
    }


@pytest.mark.usefixtures("anna_wrote")
async def test_after_a_day_they_go_out_inside_a_template(opened, twilio, now):
    await opened(at=now + timedelta(hours=24)).send(envelope(MENU))
    form = twilio.sent[0].form
    assert "Body" not in form
    assert form["ContentSid"] == TEMPLATE
    assert form["ContentVariables"] == '{"1": "Is it solved? / 1 Yes / 2 No, not yet"}'


async def test_whoever_never_wrote_gets_a_template(opened, twilio):
    await opened().send(envelope())
    assert twilio.sent[0].form["ContentVariables"] == '{"1": "Habari"}'


async def test_without_keys_nobody_is_known_to_have_written(opened, twilio):
    await opened(keys=None).send(envelope())
    assert "ContentSid" in twilio.sent[0].form


async def test_without_a_template_it_is_refused_and_says_why(opened, twilio):
    with pytest.raises(Refused, match="no-template"):
        await opened(template="").send(envelope())
    assert twilio.calls == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(429, 63018), Busy),
        (Fault(400, 63016), Refused),
        (Fault(400, 63003), Refused),
        (Fault(drop=True, taken=True), Ambiguous),
    ],
)
async def test_what_goes_wrong_says_whether_to_try_again(opened, twilio, fault, kind):
    twilio.faults.append(fault)
    with pytest.raises(kind):
        await opened().send(envelope())


@pytest.mark.parametrize("after", [timedelta(0), timedelta(days=2)])
@pytest.mark.usefixtures("anna_wrote")
async def test_what_was_taken_is_found_as_words_and_as_a_template(opened, twilio, now, after):
    twilio.clock = lambda: now
    channel = opened(at=now + after)
    sent = await channel.send(envelope(MENU))
    assert await channel.find(envelope(MENU), now) == Sent(sent.provider_id)
    assert await channel.find(envelope("Other words"), now) is None


@pytest.mark.usefixtures("anna_wrote")
async def test_a_longer_message_with_the_same_words_in_it_is_not_it(opened, twilio, now):
    twilio.clock = lambda: now
    await opened().send(envelope("Habari " * 40))
    assert await opened().find(envelope("Habari"), now) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\nb", "a / b"), ("\n\na\r\n\n b ", "a / b"), ("a\t  b", "a b"), ("é", "é"), ("", "")],
)
def test_a_templates_value_is_one_line(text, line):
    assert in_one_line(text) == line


# --- the doctor


@pytest.mark.parametrize(("template", "well"), [(TEMPLATE, True), ("", False)])
async def test_the_doctor_asks_for_a_template(opened, twilio, template, well):
    findings = {finding.subject: finding for finding in await opened(template).check()}
    assert findings["Twilio account"].well
    assert findings["WhatsApp template"].well is well
    assert twilio.sent == []
