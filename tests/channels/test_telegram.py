import dataclasses
import json
import os
from datetime import UTC, datetime

import pytest

from channels import sounds
from channels.base import (
    MAX_MEDIA_BYTES,
    Address,
    Button,
    Envelope,
    Hook,
    Inbound,
    Media,
    Outbound,
    Polled,
    Stopped,
)
from channels.errors import Ambiguous, Busy, CannotTell, ChannelError, Forged, Malformed, Refused
from channels.telegram import SECRET_HEADER, TelegramChannel
from tests.support import published
from tests.support.loopback import Fault
from tests.support.patience import until
from tests.support.telegram_server import BLOCKED, METHODS, TelegramServer

PUBLIC = "https://baraza.example"
SECRET = "s3cret-token_"
ANNA = Address("telegram", "7001")
NOW = datetime(2026, 5, 12, 9, tzinfo=UTC)
COMMANDS = {
    "en": {"report": "Report something", "help": "Help"},
    "fr": {"report": "Signaler", "help": "Aide"},
    "dag": {"report": "?", "help": "?"},
}


@pytest.fixture
async def provider():
    async with TelegramServer() as server:
        yield server
        assert server.violations == []


def open_telegram(provider, **more):
    options = {
        "token": provider.token,
        "secret": SECRET,
        "api_url": provider.url,
        "public_url": PUBLIC,
    }
    return TelegramChannel(**{**options, **more})


@pytest.fixture
async def telegram(provider):
    channel = open_telegram(provider)
    yield channel
    await channel.close()


@pytest.fixture
async def polling(provider):
    channel = open_telegram(provider, secret="")
    yield channel
    await channel.close()


def hook(update, secret=SECRET):
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    return Hook(f"{PUBLIC}/hooks/telegram", {SECRET_HEADER: secret}, body)


def heard(telegram, provider, **content):
    update = provider.update(message=provider.message(7001, **content))
    return telegram.parse(hook(update))


def envelope(text="Habari", chat="7001", **more):
    return Envelope("0f" * 16, Address("telegram", chat), Outbound(text, **more))


# --- incoming: what Telegram sends, and what is left of it

INCOMING = [
    ({"text": "the wall moved"}, {"text": "the wall moved"}),
    ({"text": "مرحبا 👍🏽"}, {"text": "مرحبا 👍🏽"}),
    ({"text": "a\0b \ud83d"}, {"text": "ab \ufffd"}),
    ({"text": "x" * 10_000}, {"text": "x" * 10_000}),
    ({"text": "/start"}, {"text": "/start"}),
    ({"text": "/start poster-KB12"}, {"text": "/start", "payload": "poster-KB12"}),
    ({"text": "/report@baraza_bot wall fell"}, {"text": "/report wall fell"}),
    ({"contact": {"phone_number": "+254711", "first_name": "A"}}, {"text": "+254711"}),
    ({"location": {"latitude": -1.5, "longitude": 36.25}}, {"text": "-1.50000, 36.25000"}),
    (
        {
            "venue": {
                "location": {"latitude": 1.0, "longitude": 1.0},
                "title": "Pit 4",
                "address": "Road 1",
            }
        },
        {"text": "Pit 4, Road 1"},
    ),
]


@pytest.mark.parametrize(("content", "expected"), INCOMING)
def test_what_comes_in(provider, telegram, content, expected):
    (inbound,) = heard(telegram, provider, **content)
    external_id = inbound.external_id
    assert inbound == Inbound(ANNA, external_id, language_hint="sw", **expected)


def _file(file_id, **more):
    return {"file_id": file_id, "file_unique_id": "u", **more}


SIZE = {"width": 9, "height": 9}
MEDIA = [
    (
        {"photo": [_file("small", **SIZE), _file("large", **SIZE)]},
        ("large", "photo", "image/jpeg"),
    ),
    ({"voice": _file("v", duration=3)}, ("v", "voice", "audio/ogg")),
    ({"audio": _file("a", duration=3, mime_type="audio/mp4")}, ("a", "voice", "audio/mp4")),
    ({"video": _file("m", duration=3, **SIZE)}, ("m", "video", "video/mp4")),
    ({"video_note": _file("n", duration=3, length=9)}, ("n", "video", "video/mp4")),
    ({"document": _file("d", mime_type="application/pdf")}, ("d", "file", "application/pdf")),
]


@pytest.mark.parametrize(("content", "expected"), MEDIA)
def test_pictures_and_voices_come_along(provider, telegram, content, expected):
    (inbound,) = heard(telegram, provider, **content, caption="look")
    assert (inbound.media, inbound.text) == ((Media(*expected),), "look")


def test_a_pressed_button_is_a_choice(provider, telegram):
    (inbound,) = telegram.parse(hook(provider.pressed("report.category:DANGER")))
    assert (inbound.address, inbound.choice) == (ANNA, "report.category:DANGER")
    assert inbound.text == ""


@pytest.mark.parametrize(("status", "stopped"), [("kicked", True), ("member", False)])
def test_blocking_the_bot_is_a_shut_door(provider, telegram, status, stopped):
    (arrival,) = telegram.parse(hook(provider.shut(status)))
    assert arrival == Stopped(ANNA, arrival.external_id, stopped=stopped)


def test_names_die_at_the_door(provider, telegram):
    (inbound,) = telegram.parse(hook(provider.said("hi")))
    kept = str(dataclasses.asdict(inbound))
    assert not any(name in kept for name in ("Wanjiru", "Kamau", "wanjiru_k"))


def test_two_bots_may_count_alike(provider):
    update = provider.said("hi")
    ids = set()
    for token in ("1:a", "2:a"):
        (inbound,) = open_telegram(provider, token=token).parse(hook(update))
        ids.add(inbound.external_id)
    assert len(ids) == 2


GROUP = {"id": -5, "type": "group", "title": "Pit"}
DROPPED = [
    ({}, "unknown"),
    ([], "not_an_update"),
    ("text", "not_an_update"),
    (None, "not_an_update"),
    ({"update_id": 1}, "unknown"),
    ({"update_id": 1, "new_kind_of_2031": {"x": 1}}, "unknown"),
    ({"update_id": 1, "poll": {"id": "1"}}, "poll"),
    ({"update_id": 1, "message": {"message_id": 1, "text": "no date"}}, "message"),
    ({"update_id": 1, "message": "text"}, "message"),
    ({"update_id": None, "message": {}}, "message"),
    ({"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": GROUP}}, "message"),
    ({"update_id": 1, "message": {"message_id": 1, "date": 10**30, "chat": GROUP}}, "message"),
]


@pytest.mark.parametrize(("told", "kind"), DROPPED)
def test_what_is_of_no_use_is_counted_and_no_error(telegram, told, kind):
    assert telegram.parse(hook(told)) == []
    assert telegram.skipped == {kind: 1}


@pytest.mark.parametrize(
    "content", [{}, {"text": ""}, {"text": 5}, {"new_chat_title": "x"}, {"photo": []}]
)
def test_a_message_without_words_is_dropped(telegram, content):
    message = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, **content}
    assert telegram.parse(hook({"update_id": 1, "message": message})) == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"a=b"])
def test_what_is_no_json_is_malformed(telegram, body):
    with pytest.raises(Malformed):
        telegram.parse(hook(body))


# --- the secret


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", "é\udc80"[:1]])
def test_without_the_secret_nothing_is_read(telegram, secret):
    with pytest.raises(Forged):
        telegram.parse(hook(b"not even JSON", secret))


def test_while_we_poll_nobody_can_post_to_us(provider, polling):
    for secret in ("", SECRET):
        with pytest.raises(Forged):
            polling.parse(hook(provider.said("hi"), secret))


# --- outgoing


async def test_a_message_goes_out_with_its_buttons(provider, telegram):
    rows = ((Button("1", "Report", "menu:report"), Button("2", "Check", "menu:check")),)
    sent = await telegram.send(envelope("*Menu* <b>", buttons=rows))
    (message,) = provider.sent
    assert sent.final
    assert (message.chat, message.text) == (7001, "*Menu* <b>")
    assert message.buttons == ((("Report", "menu:report"), ("Check", "menu:check")),)
    assert not message.protected


async def test_a_receipt_code_is_protected(provider, telegram):
    await telegram.send(envelope(protect=True))
    assert provider.sent[0].protected


FAULTS = [
    (Fault(429, retry_after=7), Busy("429", retry_after=7.0, whole_channel=True)),
    (Fault(401), Busy("401", retry_after=300, whole_channel=True)),
    (Fault(403, description=BLOCKED), Refused("blocked", stopped=True)),
    (
        Fault(403, description="Forbidden: user is deactivated"),
        Refused("deactivated", stopped=True),
    ),
    (Fault(403, description="Forbidden: other"), Refused("forbidden")),
    (Fault(400, description="Bad Request: chat not found"), Refused("no-chat")),
    (Fault(400, description="Bad Request: can't parse «the wall»"), Refused("bad-request")),
    (Fault(500, description="Internal"), Ambiguous("no answer")),
    (Fault(502, description="Bad Gateway", taken=True), Ambiguous("no answer")),
    (Fault(drop=True), Ambiguous("no answer")),
    (Fault(drop=True, taken=True), Ambiguous("no answer")),
]


@pytest.mark.parametrize(("fault", "expected"), FAULTS)
async def test_what_goes_wrong_says_whether_to_try_again(provider, telegram, fault, expected):
    provider.faults.append(fault)
    with pytest.raises(type(expected)) as raised:
        await telegram.send(envelope())
    assert vars(raised.value) == vars(expected)
    assert str(raised.value) == str(expected)


@pytest.mark.parametrize("chat", ["0", "not a number"])
async def test_a_chat_that_is_none_is_refused_for_good(telegram, chat):
    with pytest.raises(Refused) as raised:
        await telegram.send(envelope(chat=chat))
    assert raised.value.code == "no-chat"


async def test_a_provider_that_never_answers_is_left(provider):
    telegram = open_telegram(provider, timeout=0.2)
    provider.faults.append(Fault(never=True, taken=True))
    with pytest.raises(Ambiguous):
        await telegram.send(envelope())
    await telegram.close()


async def test_a_provider_that_is_not_there_was_not_asked(provider):
    telegram = open_telegram(provider, api_url="http://127.0.0.1:9")
    with pytest.raises(Busy) as raised:
        await telegram.send(envelope())
    await telegram.close()
    assert raised.value.code == "unreachable"


async def test_telegram_cannot_be_asked_what_it_took(telegram, now):
    with pytest.raises(CannotTell):
        await telegram.find(envelope(), now)


@pytest.mark.parametrize("status", [400, 403, 429, 502])
async def test_neither_errors_nor_logs_tell_whom_or_what(provider, telegram, caplog, status):
    caplog.set_level("INFO")
    provider.faults.append(Fault(status, 0, None, description="in «the wall moved»"))
    with pytest.raises(ChannelError) as raised:
        await telegram.send(envelope("the wall moved"))
    told = f"{raised.value!r} {raised.value} {raised.value.__cause__} {caplog.text}"
    assert "wall" not in told
    assert provider.token not in told


async def test_an_answer_that_cannot_be_read_is_not_logged(provider, telegram, caplog):
    provider.faults.append(Fault(garbled=True, taken=True))
    with pytest.raises(Ambiguous):
        await telegram.send(envelope("the wall moved"))
    assert "wall" not in caplog.text


# --- media


async def test_a_voice_note_is_fetched(provider, telegram):
    provider.files["v1"] = b"OggS"
    assert await telegram.fetch(Media("v1", "voice", "audio/ogg")) == b"OggS"


async def test_too_large_a_file_is_refused(provider, telegram):
    provider.files["v1"] = bytes(MAX_MEDIA_BYTES + 1)
    with pytest.raises(Refused) as raised:
        await telegram.fetch(Media("v1", "video", "video/mp4"))
    assert raised.value.code == "too-large"


async def test_a_file_that_is_gone_is_refused(telegram):
    with pytest.raises(Refused):
        await telegram.fetch(Media("gone", "photo", "image/jpeg"))


# --- buttons


async def test_a_press_is_answered_so_that_the_button_rests(provider, telegram):
    press = provider.pressed("menu:report")
    telegram.parse(hook(press))
    await until(lambda: provider.answered == [press["callback_query"]["id"]])


async def test_a_press_that_cannot_be_answered_loses_nothing(provider, telegram):
    provider.faults.append(Fault(400, description="Bad Request: query is too old"))
    assert telegram.parse(hook(provider.pressed("menu:report")))
    await until(lambda: telegram.skipped["press_unanswered"] == 1)


def test_presses_that_nobody_answers_do_not_pile_up(provider, telegram):
    for _ in range(1100):
        assert telegram.parse(hook(provider.pressed("menu:report")))


# --- polling


async def test_without_a_webhook_updates_are_fetched(provider, polling):
    assert isinstance(polling, Polled)
    assert polling.polls
    await provider.deliver(provider.said("hi"))
    (polled,) = await polling.poll()
    (inbound,) = polling.parse(polled)
    assert inbound.text == "hi"


async def test_an_update_comes_again_until_the_next_question(provider, polling):
    await provider.deliver(provider.said("one"))
    await polling.poll()
    assert len(provider.updates) == 1
    await provider.deliver(provider.said("two"))
    (polled,) = await polling.poll()
    assert b"two" in polled.body


async def test_an_update_that_nobody_can_read_does_not_stop_the_others(provider, polling):
    await provider.deliver({"update_id": 1, "message": {"no": "date"}})
    await provider.deliver({**provider.said("hi"), "update_id": 2})
    arrivals = [arrival for polled in await polling.poll() for arrival in polling.parse(polled)]
    assert [arrival.text for arrival in arrivals] == ["hi"]


@pytest.mark.parametrize(
    ("fault", "code"), [(Fault(429, retry_after=3), "429"), (Fault(401), "401")]
)
async def test_polling_says_when_to_come_back(provider, polling, fault, code):
    provider.faults.append(fault)
    with pytest.raises(Busy) as raised:
        await polling.poll()
    assert raised.value.code == code


async def test_two_pollers_are_told_apart(provider, polling):
    provider.webhook = {"url": "https://other.example"}
    with pytest.raises(Busy) as raised:
        await polling.poll()
    assert raised.value.code == "409"


# --- setting up


async def test_the_webhook_is_set_with_its_secret(provider, telegram):
    await telegram.announce(COMMANDS)
    assert provider.webhook["url"] == f"{PUBLIC}/hooks/telegram"
    assert provider.webhook["secret_token"] == SECRET
    kinds = ["message", "callback_query", "my_chat_member"]
    assert provider.webhook["allowed_updates"] == kinds


async def test_who_polls_removes_the_webhook(provider, polling):
    provider.webhook = {"url": "https://old.example"}
    await polling.announce({})
    assert provider.webhook == {}


async def test_commands_are_told_in_every_language_that_telegram_knows(provider, telegram):
    await telegram.announce(COMMANDS)
    assert set(provider.commands) == {"", "en", "fr"}
    assert provider.commands["fr"][0] == {"command": "report", "description": "Signaler"}
    assert provider.commands[""] == provider.commands["en"]


async def test_a_webhook_that_cannot_be_set_is_an_error(provider):
    telegram = open_telegram(provider, public_url="http://baraza.example")
    with pytest.raises(Refused):
        await telegram.announce({})
    await telegram.close()


async def test_the_doctor_sees_that_all_is_well(provider, telegram):
    await telegram.announce({})
    assert [finding.well for finding in await telegram.check()] == [True, True]


async def test_the_doctor_notices_what_is_wrong(provider, telegram):
    assert not (await telegram.check())[-1].well
    await telegram.announce({})
    provider.last_error = "SSL error"
    assert "TLS" in (await telegram.check())[-1].advice


async def test_the_doctor_notices_a_wrong_token(provider):
    telegram = open_telegram(provider, token="1:wrong")
    (finding,) = await telegram.check()
    await telegram.close()
    assert not finding.well


# --- the fake itself


async def test_the_fake_names_what_the_published_api_does_not_allow():
    async with TelegramServer() as provider:
        telegram = open_telegram(provider)
        with pytest.raises(Refused):
            await telegram.send(envelope("x" * 4097))
        with pytest.raises(Refused):
            await telegram.send(envelope(buttons=((Button("1", "One", "x" * 65),),)))
        await telegram.close()
        assert "sendMessage: text is more than 4096" in provider.violations
        assert "sendMessage: callback_data is not 1-64 bytes" in provider.violations


@pytest.mark.skipif(
    published.TELEGRAM not in os.environ, reason=f"{published.TELEGRAM} is not set"
)
@pytest.mark.parametrize("method", METHODS)
def test_the_restated_tables_are_the_published_ones(method):
    assert set(METHODS[method]) == published.telegram_parameter_names(method)


# --- recordings


@pytest.fixture
async def playing(provider, database):
    channel = open_telegram(provider, database=database)
    yield channel
    await channel.close()


@pytest.fixture
def recorded(database):
    async def keep(mime="audio/ogg", content=b"OggS and more"):
        async with database.transaction() as db:
            return await sounds.keep(db, mime, 7, content, NOW)

    return keep


def playing_of(sound, text="Retorts only"):
    return Envelope("0f" * 16, ANNA, Outbound(text, sound=sound))


@pytest.mark.parametrize(
    ("mime", "method"),
    [("audio/ogg", "sendVoice"), ("audio/mpeg", "sendVoice"), ("audio/wav", "sendDocument")],
)
async def test_a_recording_is_uploaded_once_and_named_afterwards(
    provider, playing, recorded, mime, method
):
    sound = await recorded(mime)
    for _ in range(3):
        assert (await playing.send(playing_of(sound))).final
    assert [name for name, _ in provider.calls] == [method] * 3
    (name,) = provider.uploads
    assert provider.files[name] == b"OggS and more"
    assert {(one.file, one.text) for one in provider.sent} == {(name, "Retorts only")}


async def test_a_recording_that_telegram_has_forgotten_is_uploaded_again(
    provider, playing, recorded
):
    sound = await recorded()
    await playing.send(playing_of(sound))
    provider.files.clear()
    with pytest.raises(Busy):
        await playing.send(playing_of(sound))
    await playing.send(playing_of(sound))
    assert len(provider.uploads) == 2


async def test_a_recording_that_was_taken_away_is_refused_for_good(provider, playing, telegram):
    for channel in (playing, telegram):
        with pytest.raises(Refused) as refused:
            await channel.send(playing_of("0" * 32))
        assert refused.value.code == "no-sound"
    assert provider.calls == []


async def test_who_blocked_the_bot_is_not_played_to(provider, playing, recorded):
    provider.blocked = {7001}
    with pytest.raises(Refused) as refused:
        await playing.send(playing_of(await recorded()))
    assert refused.value.stopped


async def test_who_forbids_voice_messages_reads_the_words_alone_once(provider, playing, recorded):
    provider.no_voices = {7001}
    words = "Retorts only. " * 100  # longer than what may stand below a recording
    assert (await playing.send(playing_of(await recorded(), words))).final
    assert [name for name, _ in provider.calls] == ["sendVoice", "sendMessage"]
    assert [(one.file, one.text) for one in provider.sent] == [("", words)]


async def test_words_alone_that_may_have_arrived_are_not_said_again(provider, playing, recorded):
    provider.no_voices = {7001}
    provider.faults.append(Fault(drop=True, taken=True))
    with pytest.raises(Ambiguous):
        await playing.send(playing_of(await recorded()))
    assert [name for name, _ in provider.calls] == ["sendVoice", "sendMessage"]
