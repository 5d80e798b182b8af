import asyncio
import dataclasses
import itertools
import json
import os
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import aiohttp
import pytest

from channels.base import (
    MAX_MEDIA_BYTES,
    Address,
    Delivery,
    Envelope,
    Erasing,
    Hook,
    Inbound,
    Media,
    Outbound,
    Receipt,
    Sent,
)
from channels.errors import Ambiguous, Busy, Forged, Malformed, Refused
from channels.sms import SmsChannel
from tests.support import published
from tests.support.loopback import Fault
from tests.support.twilio_server import CREATE, INVALID, STOPPED, TwilioServer

PUBLIC = "https://baraza.example"
HOOK = f"{PUBLIC}/hooks/sms"
STATUS = f"{PUBLIC}/hooks/sms/status"
ANNA = "+254711000001"


@pytest.fixture
async def twilio():
    async with TwilioServer() as server:
        yield server
        assert server.violations == []


def open_sms(twilio, **more):
    options = {
        "account_sid": twilio.account,
        "auth_tokens": (twilio.token,),
        "sender": twilio.number,
        "messaging_service_sid": "",
        "api_url": twilio.url,
        "public_url": PUBLIC,
        "default_region": "KE",
    }
    return SmsChannel(**{**options, **more})


@pytest.fixture
async def sms(twilio):
    channel = open_sms(twilio)
    yield channel
    await channel.close()


def envelope(text="Habari", to=ANNA, outbox_id="0f" * 16, **more):
    return Envelope(outbox_id, Address("sms", to), Outbound(text), **more)


def hook(twilio, form, url=HOOK, **headers):
    signed = {"x-twilio-signature": twilio.sign(url, form), **headers}
    return Hook(url, signed, urlencode(form).encode())


# --- incoming: what Twilio sends, and what is left of it

INCOMING = [
    ({"Body": "REPORT the wall moved"}, {"text": "REPORT the wall moved"}),
    ({"Body": ""}, {"text": ""}),
    ({"Body": "مرحبا 👍🏽"}, {"text": "مرحبا 👍🏽"}),
    ({"Body": "a\0b"}, {"text": "ab"}),
    ({"Body": "x" * 10_000}, {"text": "x" * 10_000}),
    ({"Body": "a&b=c + %20 ü"}, {"text": "a&b=c + %20 ü"}),
    ({"Body": "STOP", "OptOutType": "STOP"}, {"text": "STOP", "answered": True}),
    ({"Body": "Stop "}, {"text": "Stop ", "answered": True}),
    ({"Body": "ARRET"}, {"text": "ARRET", "answered": False}),
    ({"Body": "hi", "ProfileName": "Anna", "Brand": "new"}, {"text": "hi"}),
    ({"Body": "hi", "NumMedia": "many"}, {"text": "hi"}),
]


@pytest.mark.parametrize(("fields", "expected"), INCOMING)
def test_what_comes_in(twilio, sms, fields, expected):
    form = twilio.message_form("", ANNA, **fields)
    (inbound,) = sms.parse(hook(twilio, form))
    assert inbound == Inbound(Address("sms", ANNA), form["MessageSid"], **expected)


@pytest.mark.parametrize(
    ("sender", "value"),
    [
        ("+254711000001", "+254711000001"),
        ("+254 711 000 001", "+254711000001"),
        ("0711000001", "+254711000001"),
        ("22345", "22345"),
        ("MTN-INFO", "MTN-INFO"),
        ("+1", "+1"),
        ("whatsapp:+254711000001", "whatsapp:+254711000001"),
        ("anonymous 👻", "anonymous 👻"),
        ("x" * 200, "x" * 64),
    ],
)
def test_odd_senders_do_not_crash(twilio, sms, sender, value):
    (inbound,) = sms.parse(hook(twilio, twilio.message_form("hi", sender)))
    assert inbound.address.value == value


def test_pictures_and_voices_come_along(twilio, sms):
    fields = {"NumMedia": "3", "MediaUrl0": "https://api.twilio.com/0", "MediaUrl2": "https://2"}
    fields |= {"MediaContentType0": "image/jpeg", "MediaContentType2": "audio/amr"}
    (inbound,) = sms.parse(hook(twilio, twilio.message_form("", **fields)))
    assert inbound.media == (
        Media("https://api.twilio.com/0", "photo", "image/jpeg"),
        Media("https://2", "voice", "audio/amr"),
    )


def test_where_somebody_is_dies_at_the_door(twilio, sms):
    (inbound,) = sms.parse(hook(twilio, twilio.message_form("hi")))
    assert "Nairobi" not in str(dataclasses.asdict(inbound))


@pytest.mark.parametrize("missing", [("From",), ("MessageSid", "SmsSid", "SmsMessageSid")])
def test_a_form_without_a_sender_or_id_is_malformed(twilio, sms, missing):
    form = {k: v for k, v in twilio.message_form("hi").items() if k not in missing}
    with pytest.raises(Malformed):
        sms.parse(hook(twilio, form))


# --- a call that nobody takes

CALL = f"{HOOK}/call"


def test_a_call_says_who_rang_and_nothing_else(twilio, sms):
    form = twilio.call_form(ANNA)
    (inbound,) = sms.parse(hook(twilio, form, CALL))
    assert inbound == Inbound(Address("sms", ANNA), form["CallSid"], rang=True)


def test_a_call_is_believed_only_with_its_signature(twilio, sms):
    form = twilio.call_form(ANNA)
    forged = hook(twilio, form, CALL, **{"x-twilio-signature": twilio.sign(HOOK, form)})
    with pytest.raises(Forged):
        sms.parse(forged)
    with pytest.raises(Forged):
        sms.parse(Hook(CALL, {}, urlencode(form).encode()))


# --- the signature


@pytest.mark.parametrize(
    "url",
    [
        HOOK,
        "https://baraza.example:443/hooks/sms",
        "https://baraza.example:8443/hooks/sms",
        "http://localhost:8080/hooks/sms",
        f"{HOOK}?a=1&b=",
        f"{HOOK}/%C3%A9%20x",
    ],
)
def test_a_signed_form_is_believed(twilio, sms, url):
    form = twilio.message_form("hi", Empty="", ümlaut="ü")
    assert len(sms.parse(hook(twilio, form, url))) == 1


def forge(hook, **changes):
    return dataclasses.replace(hook, **changes)


@pytest.mark.parametrize(
    "change",
    [
        {"headers": {}},
        {"headers": {"x-twilio-signature": ""}},
        {"headers": {"x-twilio-signature": "Zm9v"}},
        {"headers": {"x-twilio-signature": "é\0"}},
        {"url": HOOK.replace("https", "http")},
        {"url": f"{HOOK}?x=1"},
        {"url": "https://[bad/hooks/sms"},
        {"url": "https://baraza.example:port/hooks/sms"},
        {"body": b"Body=other&From=%2B254711000001&MessageSid=SM1"},
        {"body": b""},
        {"body": b"\xff\xfe\x00"},
        {"body": b'{"From": "+254711000001"}'},
    ],
)
def test_anything_else_is_forged(twilio, sms, change):
    with pytest.raises(Forged):
        sms.parse(forge(hook(twilio, twilio.message_form("hi")), **change))


def test_a_json_body_with_its_hash_is_no_message(twilio, sms):
    url = f"{HOOK}?bodySHA256=0"
    signed = {"x-twilio-signature": twilio.sign(url, {})}
    with pytest.raises(Forged):
        sms.parse(Hook(url, signed, json.dumps({"From": ANNA}).encode()))


def test_both_tokens_are_believed_while_they_are_rotated(twilio):
    sms = open_sms(twilio, auth_tokens=("older", twilio.token))
    assert len(sms.parse(hook(twilio, twilio.message_form("hi")))) == 1


def test_without_a_token_nothing_is_believed(twilio):
    sms = open_sms(twilio, auth_tokens=("",))
    with pytest.raises(Forged):
        sms.parse(hook(twilio, twilio.message_form("hi")))


# --- receipts

RECEIPTS = [
    ({"MessageStatus": "queued"}, {"delivery": None, "rank": 1}),
    ({"MessageStatus": "sent"}, {"delivery": Delivery.SENT, "rank": 3}),
    ({"SmsStatus": "delivered"}, {"delivery": Delivery.DELIVERED, "rank": 4}),
    ({"MessageStatus": "read"}, {"delivery": Delivery.DELIVERED, "rank": 5}),
    (
        {"MessageStatus": "failed", "ErrorCode": "21610"},
        {"delivery": Delivery.UNDELIVERED, "rank": 4, "error_code": "21610", "stopped": True},
    ),
    (
        {"MessageStatus": "undelivered", "ErrorCode": "30003"},
        {"delivery": Delivery.UNDELIVERED, "rank": 4, "error_code": "30003", "again": 3},
    ),
]


@pytest.mark.parametrize(("fields", "expected"), RECEIPTS)
def test_a_status_callback_is_a_receipt_under_our_own_id(twilio, sms, fields, expected):
    form = {"MessageSid": "SM1", **fields}
    (receipt,) = sms.parse(hook(twilio, form, f"{STATUS}?m=abc"))
    assert receipt == Receipt("sms", provider_id="SM1", message="abc", **expected)


def test_a_callback_without_our_id_still_counts(twilio, sms):
    (receipt,) = sms.parse(hook(twilio, {"MessageSid": "SM1", "MessageStatus": "sent"}, STATUS))
    assert receipt.message is None


def test_a_status_that_nobody_knows_changes_nothing(twilio, sms):
    assert (
        sms.parse(hook(twilio, {"MessageSid": "SM1", "MessageStatus": "teleported"}, STATUS)) == []
    )


def test_a_callback_without_an_id_is_malformed(twilio, sms):
    with pytest.raises(Malformed):
        sms.parse(hook(twilio, {"MessageStatus": "sent"}, STATUS))


# --- outgoing


async def test_a_message_goes_out_as_it_was_rendered(twilio, sms):
    sent = await sms.send(envelope("Café [1] “ok”", seconds=600))
    (message,) = twilio.sent
    assert sent == Sent(message.sid)
    assert message.form == {
        "To": ANNA,
        "From": twilio.number,
        "Body": "Café [1] “ok”",
        "StatusCallback": f"{STATUS}?m={'0f' * 16}",
        "SmartEncoded": "false",
        "ValidityPeriod": "600",
    }


@pytest.mark.parametrize(("seconds", "period"), [(-5, "1"), (0, "1"), (90_000, "36000")])
async def test_the_validity_stays_within_twilios_limits(twilio, sms, seconds, period):
    await sms.send(envelope(seconds=seconds))
    assert twilio.sent[0].form["ValidityPeriod"] == period


async def test_a_messaging_service_sends_in_place_of_a_number(twilio):
    service = "MG" + "0" * 32
    sms = open_sms(twilio, sender="", messaging_service_sid=service)
    await sms.send(envelope())
    await sms.close()
    assert twilio.sent[0].form["MessagingServiceSid"] == service
    assert "From" not in twilio.sent[0].form


FAULTS = [
    (Fault(429, 20429, retry_after=7), Busy("20429", retry_after=7, whole_channel=True)),
    (Fault(429, 20429), Busy("20429", whole_channel=True)),
    (Fault(400, 21611), Busy("21611", whole_channel=True)),
    (Fault(401, 20003), Busy("20003", retry_after=300, whole_channel=True)),
    (Fault(400, 21612), Busy("21612")),
    (Fault(403, 21408), Busy("21408")),
    (Fault(400, 21614), Refused("21614")),
    (Fault(400, 21610), Refused("21610", stopped=True)),
    (Fault(500, 20500), Ambiguous("20500")),
    (Fault(503, 20503, taken=True), Ambiguous("20503")),
    (Fault(drop=True), Ambiguous("no answer")),
    (Fault(drop=True, taken=True), Ambiguous("no answer")),
]


@pytest.mark.parametrize(("fault", "expected"), FAULTS)
async def test_what_goes_wrong_says_whether_to_try_again(twilio, sms, fault, expected):
    twilio.faults.append(fault)
    with pytest.raises(type(expected)) as raised:
        await sms.send(envelope())
    assert vars(raised.value) == vars(expected)
    assert str(raised.value) == str(expected)


@pytest.mark.parametrize(("to", "code"), [(INVALID, "21211"), (STOPPED, "21610"), ("22", "21211")])
async def test_a_number_that_cannot_be_reached_is_refused_for_good(sms, to, code):
    with pytest.raises(Refused) as raised:
        await sms.send(envelope(to=to))
    assert (raised.value.code, raised.value.stopped) == (code, code == "21610")


async def test_an_empty_text_is_refused(twilio, sms):
    with pytest.raises(Refused):
        await sms.send(envelope(""))
    twilio.violations.clear()  # the fake noticed it too


async def test_a_provider_that_never_answers_is_left(twilio):
    sms = open_sms(twilio, timeout=aiohttp.ClientTimeout(total=0.2))
    twilio.faults.append(Fault(never=True, taken=True))
    with pytest.raises(Ambiguous):
        await sms.send(envelope())
    await sms.close()


async def test_a_provider_that_is_not_there_was_not_asked(twilio):
    sms = open_sms(twilio, api_url="http://127.0.0.1:9")
    with pytest.raises(Busy) as raised:
        await sms.send(envelope())
    await sms.close()
    assert raised.value.code == "unreachable"


async def test_no_error_tells_whom_or_what(twilio, sms):
    twilio.faults.append(Fault(400, 21614))
    with pytest.raises(Refused) as raised:
        await sms.send(envelope("the wall moved"))
    error = raised.value
    told = f"{error!r} {error} {error.__cause__} {error.__context__}"
    assert "711000001" not in told
    assert "wall" not in told


# --- in doubt


async def test_what_was_taken_is_found(twilio, sms):
    twilio.faults.append(Fault(drop=True, taken=True))
    since = datetime.now(UTC)
    with pytest.raises(Ambiguous):
        await sms.send(envelope())
    assert await sms.find(envelope(), since) == Sent(twilio.sent[0].sid)


async def test_what_was_sent_long_since_is_found_by_its_date(twilio, sms):
    await sms.send(envelope())
    twilio.sent[0].status = "delivered"
    assert await sms.find(envelope(), datetime.now(UTC)) == Sent(twilio.sent[0].sid)
    assert [name for name, _ in twilio.calls] == ["create", "list"]


@pytest.mark.parametrize("other", [{"text": "Another"}, {"to": "+254711000002"}])
async def test_other_words_or_other_people_are_not_it(twilio, sms, other):
    await sms.send(envelope(**other))
    assert await sms.find(envelope(), datetime.now(UTC)) is None


async def test_the_same_words_of_a_day_ago_are_not_it(twilio, sms):
    twilio.clock = lambda: datetime.now(UTC) - timedelta(days=1)
    await sms.send(envelope())
    assert await sms.find(envelope(), datetime.now(UTC)) is None


async def test_the_same_words_of_another_message_are_not_it(twilio, sms):
    since = datetime.now(UTC)
    first = await sms.send(envelope())
    assert await sms.find(envelope(), since, known={first.provider_id}) is None
    second = await sms.send(envelope())
    assert await sms.find(envelope(), since, known={first.provider_id}) == second


# --- media


async def test_a_picture_is_fetched(twilio, sms):
    form = twilio.message_form("", **twilio.media_form("image/jpeg", b"jpeg"))
    (inbound,) = sms.parse(hook(twilio, form))
    assert await sms.fetch(inbound.media[0]) == b"jpeg"


async def test_too_large_a_file_is_refused(twilio, sms):
    fields = twilio.media_form("video/mp4", bytes(MAX_MEDIA_BYTES + 1))
    with pytest.raises(Refused):
        await sms.fetch(Media(fields["MediaUrl0"], "video", "video/mp4"))


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/x", "file:///etc/passwd", "https://eviltwilio.com/", "nonsense"],
)
async def test_nothing_is_fetched_from_anywhere_else(sms, url):
    with pytest.raises(Refused):
        await sms.fetch(Media(url, "photo", "image/jpeg"))


async def test_a_picture_is_deleted_at_twilio(twilio, sms):
    media = Media(twilio.media_form("image/jpeg", b"jpeg")["MediaUrl0"], "photo", "image/jpeg")
    assert isinstance(sms, Erasing)
    await sms.erase(media)
    assert twilio.media == {}
    with pytest.raises(Refused):
        await sms.erase(media)  # it is not there any more


@pytest.mark.parametrize("url", ["https://eviltwilio.com/x", "nonsense"])
async def test_nothing_is_deleted_anywhere_else(sms, url):
    with pytest.raises(Refused):
        await sms.erase(Media(url, "photo", "image/jpeg"))


async def test_a_picture_that_cannot_be_deleted_now_is_tried_again(twilio):
    sms = open_sms(twilio, api_url="http://127.0.0.1:9")
    with pytest.raises(Busy):
        await sms.erase(Media("http://127.0.0.1:9/x", "photo", "image/jpeg"))
    await sms.close()


async def test_media_that_cannot_be_had_now_is_asked_for_again(twilio):
    sms = open_sms(twilio, api_url="http://127.0.0.1:9")
    with pytest.raises(Busy):
        await sms.fetch(Media("http://127.0.0.1:9/x", "photo", "image/jpeg"))
    await sms.close()


# --- the doctor


async def test_the_doctor_sees_that_all_is_well(twilio, sms):
    twilio.sms_url = f"{HOOK}#rc=5&rp=all"
    assert [finding.well for finding in await sms.check()] == [True, True]


async def test_the_doctor_says_where_the_webhook_should_point(twilio, sms):
    twilio.sms_url = "https://demo.twilio.com/welcome"
    finding = (await sms.check())[-1]
    assert not finding.well
    assert HOOK in finding.advice


@pytest.mark.parametrize(
    ("url", "findings"),
    [
        ("", [True, True]),
        (CALL, [True, True, True]),
        (f"{CALL}#rc=5", [True, True, True]),
        ("https://demo.twilio.com/welcome/voice/", [True, True, False]),
    ],
)
async def test_the_doctor_says_where_calls_should_go(twilio, sms, url, findings):
    twilio.sms_url, twilio.voice_url = HOOK, url
    found = await sms.check()
    assert [finding.well for finding in found] == findings
    assert all(CALL in finding.advice for finding in found if not finding.well)


async def test_the_doctor_notices_a_wrong_token(twilio):
    sms = open_sms(twilio, auth_tokens=("wrong",))
    (finding,) = await sms.check()
    await sms.close()
    assert not finding.well
    assert "20003" in finding.advice


async def test_the_doctor_notices_a_number_that_is_not_ours(twilio):
    sms = open_sms(twilio, sender="+15005550009")
    findings = await sms.check()
    await sms.close()
    assert [finding.well for finding in findings] == [True, False]


# --- the fake itself


async def test_the_fake_names_what_the_published_form_does_not_know():
    async with TwilioServer() as twilio:
        sms = open_sms(twilio)
        sms._from["attempt"] = "soon"
        with pytest.raises(Refused):
            await sms.send(envelope())
        await sms.close()
        assert "Attempt is no integer" in twilio.violations


@pytest.mark.skipif(published.TWILIO not in os.environ, reason=f"{published.TWILIO} is not set")
def test_the_restated_table_is_the_published_one():
    assert set(CREATE) == published.twilio_parameter_names()


async def test_many_messages_leave_at_once(twilio, sms):
    numbers = itertools.count(254711000000)
    await asyncio.gather(*(sms.send(envelope(to=f"+{next(numbers)}")) for _ in range(50)))
    assert len({message.to for message in twilio.sent}) == 50
