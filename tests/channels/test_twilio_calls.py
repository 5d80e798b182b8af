from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest

from channels.base import Address, Delivery, Envelope, Hook, Media, Outbound, Sent
from channels.calls import Next, Place, Play, Say, Script, Turn
from channels.errors import Ambiguous, Busy, Forged, Malformed, Refused
from channels.twilio_calls import CallChannel
from tests.support.loopback import Fault
from tests.support.twilio_server import INVALID, TwilioServer

PUBLIC = "https://baraza.example"
HOOK = f"{PUBLIC}/hooks/call"
ANNA = "+254711000001"
MESSAGE = "0f" * 16
PLACE = Place("3", 1_770_000_000, "12", pressed=True, silences=1)


@pytest.fixture
async def twilio():
    async with TwilioServer() as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def calls(twilio):
    channel = CallChannel(
        sender=twilio.number,
        account_sid=twilio.account,
        auth_tokens=(twilio.token, ""),
        api_url=twilio.url,
        public_url=PUBLIC,
        default_region="KE",
    )
    yield channel
    await channel.close()


@pytest.fixture
async def placed(calls, twilio):
    """A call to Anna that was placed, as Twilio has it."""
    await calls.send(envelope())
    return twilio.sent[-1]


@pytest.fixture
def hook(twilio):
    def make(url, form):
        signed = {"x-twilio-signature": twilio.sign(url, form)}
        return Hook(url, signed, urlencode(form).encode())

    return make


def envelope(number=ANNA):
    # The address is of SMS: a telephone has one, however it is reached.
    return Envelope(MESSAGE, Address("sms", number), Outbound("what is said"), seconds=600)


# --- placing one


async def test_a_call_names_where_to_ask_what_to_say_and_where_to_report(calls, twilio):
    sent = await calls.send(envelope())
    (call,) = twilio.sent
    assert sent == Sent(call.sid)
    assert call.form | {"StatusCallbackEvent": ""} == {
        "To": ANNA,
        "From": twilio.number,
        "Url": f"{HOOK}?m={MESSAGE}",
        "StatusCallback": f"{HOOK}/status?m={MESSAGE}",
        "StatusCallbackEvent": "",
        "Timeout": "30",
        "TimeLimit": "1200",
    }
    assert call.events == ["initiated", "ringing", "answered", "completed"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(429, 20429), Busy),
        (Fault(400, 21215), Busy),  # a country that an operator has to allow
        (Fault(400, 21216), Refused),
        (Fault(500), Ambiguous),
        (Fault(drop=True, taken=True), Ambiguous),
    ],
)
async def test_what_goes_wrong_says_whether_to_call_again(calls, twilio, fault, kind):
    twilio.faults.append(fault)
    with pytest.raises(kind):
        await calls.send(envelope())


async def test_nobody_can_be_called_at_a_number_that_is_none(calls):
    with pytest.raises(Refused):
        await calls.send(envelope(INVALID))


# --- in doubt


async def test_a_call_whose_answer_was_lost_is_found_and_not_placed_twice(calls, twilio, now):
    twilio.clock = lambda: now
    twilio.faults.append(Fault(drop=True, taken=True))
    with pytest.raises(Ambiguous):
        await calls.send(envelope())
    (call,) = twilio.sent
    assert await calls.find(envelope(), now) == Sent(call.sid)
    call.began = now
    assert await calls.find(envelope(), now) == Sent(call.sid)


async def test_another_call_to_the_same_number_is_not_taken_for_it(calls, placed, twilio, now):
    twilio.clock = lambda: now
    assert await calls.find(envelope(), now, {placed.sid}) is None
    assert await calls.find(envelope("+254711000002"), now) is None
    assert await calls.find(envelope(), placed.made + timedelta(days=1)) is None


# --- what is reported


@pytest.mark.parametrize(
    ("status", "delivery", "rank", "code", "again"),
    [
        ("queued", None, 0, None, 0),
        ("initiated", None, 1, None, 0),
        ("ringing", None, 2, None, 0),
        ("in-progress", Delivery.SENT, 3, None, 0),
        ("completed", Delivery.DELIVERED, 4, None, 0),
        ("busy", Delivery.UNDELIVERED, 4, "busy", 2),
        ("no-answer", Delivery.UNDELIVERED, 4, "no-answer", 2),
        ("failed", Delivery.UNDELIVERED, 4, "failed", 0),
        ("canceled", Delivery.UNDELIVERED, 4, "canceled", 0),
    ],
)
def test_a_report_says_how_far_the_call_came(
    calls, hook, placed, twilio, status, delivery, rank, code, again
):
    form = twilio.turn_form(placed, CallStatus=status)
    (receipt,) = calls.parse(hook(f"{HOOK}/status?m={MESSAGE}", form))
    assert (receipt.channel, receipt.message, receipt.provider_id) == ("call", MESSAGE, placed.sid)
    assert (receipt.delivery, receipt.rank) == (delivery, rank)
    assert (receipt.error_code, receipt.again) == (code, again)
    assert not receipt.stopped


def test_a_status_that_nobody_knows_changes_nothing(calls, hook, placed, twilio):
    form = twilio.turn_form(placed, CallStatus="teleported")
    assert calls.parse(hook(f"{HOOK}/status?m={MESSAGE}", form)) == []


@pytest.mark.parametrize("url", [HOOK, f"{HOOK}?m=1", f"{HOOK}/spoken?m=1"])
def test_what_is_said_in_a_call_is_no_report(calls, hook, placed, twilio, url):
    with pytest.raises(Malformed):
        calls.parse(hook(url, twilio.turn_form(placed)))


# --- what was pressed and said


def test_a_call_that_was_just_taken_has_no_place_yet(calls, hook, placed, twilio):
    turn = calls.turn(hook(placed.form["Url"], twilio.turn_form(placed)))
    assert turn == Turn(MESSAGE, placed.sid, Address("sms", ANNA), "call")


@pytest.mark.parametrize(("digits", "key"), [("3", "3"), ("0", "0"), ("#", "#"), (None, "")])
def test_a_key_comes_with_the_place_at_which_it_was_pressed(
    calls, hook, placed, twilio, digits, key
):
    url = f"{HOOK}?{urlencode({'m': MESSAGE, **PLACE.to_query()})}"
    turn = calls.turn(hook(url, twilio.turn_form(placed, digits)))
    assert (turn.place, turn.key, turn.spoken) == (PLACE, key, None)


def test_what_was_said_after_the_tone_waits_at_twilio(calls, hook, placed, twilio):
    form = twilio.spoken_form(placed, b"sound")
    url = f"{HOOK}/spoken?{urlencode({'m': MESSAGE, **PLACE.to_query()})}"
    turn = calls.turn(hook(url, form))
    assert turn.spoken == Media(form["RecordingUrl"], "voice", "audio/wav")
    assert (turn.spoken_id, turn.key) == (form["RecordingSid"], "")


def test_a_message_without_a_recording_is_silence(calls, hook, placed, twilio):
    url = f"{HOOK}/spoken?{urlencode({'m': MESSAGE, **PLACE.to_query()})}"
    turn = calls.turn(hook(url, twilio.turn_form(placed, "5")))
    assert (turn.spoken_id, turn.key, turn.place) == ("", "", PLACE)


async def test_what_was_said_is_fetched_and_then_deleted_there(calls, placed, twilio):
    form = twilio.spoken_form(placed, b"sound")
    media = Media(form["RecordingUrl"], "voice", "audio/wav")
    assert await calls.fetch(media) == b"sound"
    await calls.erase(media)
    assert twilio.recordings == {}
    with pytest.raises(Refused):
        await calls.erase(media)


@pytest.mark.parametrize(
    "change", [{"To": "anonymous"}, {"To": ""}, {"CallSid": ""}, {"Direction": "inbound"}]
)
def test_a_call_that_is_not_ours_is_malformed(calls, hook, placed, twilio, change):
    form = twilio.turn_form(placed, **change)
    with pytest.raises(Malformed):
        calls.turn(hook(placed.form["Url"], form))
    with pytest.raises(Malformed):
        calls.turn(hook(HOOK, twilio.turn_form(placed)))  # no message of ours


def test_a_place_that_was_changed_on_the_way_is_forged(calls, hook, placed, twilio):
    url = f"{HOOK}?{urlencode({'m': MESSAGE, **PLACE.to_query()})}"
    right = hook(url, twilio.turn_form(placed, "1"))
    for forged in (
        Hook(url.replace("h=12", "h=12345"), right.headers, right.body),
        Hook(url, right.headers, right.body.replace(b"Digits=1", b"Digits=0")),
        Hook(url, {}, right.body),
    ):
        with pytest.raises(Forged):
            calls.turn(forged)


def test_nothing_identifying_is_printed(calls, hook, placed, twilio):
    turn = calls.turn(hook(placed.form["Url"], twilio.turn_form(placed)))
    assert ANNA not in repr(turn) + str(turn) + repr(calls)


# --- TwiML

TURN = Turn(MESSAGE, "CA1", Address("sms", ANNA), "call")


def written(calls, *lines, then=Next.KEY, patience=2):
    script = Script(lines, then, PLACE, patience)
    return ET.fromstring(calls.written(TURN, script, lambda sound: f"/sounds/{sound}?key=1&x=2"))


def test_a_part_is_played_while_a_key_is_waited_for(calls):
    twiml = written(calls, Play("s1", 30))
    (gather,) = twiml
    assert (gather.tag, gather.attrib["numDigits"], gather.attrib["timeout"]) == (
        "Gather",
        "1",
        "2",
    )
    assert gather.attrib["actionOnEmptyResult"] == "true"
    assert [(one.tag, one.text) for one in gather] == [("Play", f"{PUBLIC}/sounds/s1?key=1&x=2")]
    url = urlsplit(gather.attrib["action"])
    query = {name: value for name, (value,) in parse_qs(url.query).items()}
    assert (url.path, query.pop("m")) == ("/hooks/call", MESSAGE)
    assert Place.from_query(query) == PLACE


def test_words_are_read_in_a_language_that_has_a_voice_and_in_no_other(calls):
    twiml = written(calls, Say("Good day.", "en"), Say("Bonjour.", "fr"), Say("Habari.", "sw"))
    (gather,) = twiml
    assert [(one.attrib["language"], one.text) for one in gather] == [
        ("en-GB", "Good day."),
        ("fr-FR", "Bonjour."),
    ]


def test_a_message_is_taken_after_a_tone_and_silence_leads_back(calls):
    say, record, redirect = written(calls, Say("Speak.", "en"), then=Next.WORDS)
    assert (say.tag, record.tag, redirect.tag) == ("Say", "Record", "Redirect")
    assert record.attrib["action"].startswith(f"{HOOK}/spoken?")
    assert (record.attrib["playBeep"], record.attrib["maxLength"]) == ("true", "120")
    assert redirect.text.startswith(f"{HOOK}?")


def test_at_the_end_we_hang_up(calls):
    assert [one.tag for one in written(calls, Say("Goodbye.", "en"), then=Next.END)] == [
        "Say",
        "Hangup",
    ]
    assert [one.tag for one in written(calls, then=Next.END)] == ["Hangup"]


def test_nothing_of_who_is_called_stands_in_what_is_said(calls):
    assert ANNA[1:] not in calls.written(TURN, Script((Play("s1", 3),), Next.KEY), str)


# --- the doctor


async def test_the_doctor_asks_whether_the_number_can_call(calls, twilio):
    assert all(finding.well for finding in await calls.check())
    twilio.may_call = False
    assert [finding.well for finding in await calls.check()] == [True, False]
    twilio.number = "+15005550007"
    assert [finding.well for finding in await calls.check()] == [True, False]
    assert twilio.sent == []
