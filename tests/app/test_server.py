"""The web half behind a real HTTP server, called the way providers and supervisors call it."""

import asyncio
import contextlib
import gzip
import io
import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import func, select, text

from app import recovery, server
from app.server import BUSY_TWIML, EMPTY_TWIML, MAX_HOOK_BYTES
from channels.dialects import DIALECTS, Account
from channels.gateway import GatewayChannel
from channels.inbox import inbox
from channels.ledger import outbox
from channels.lines import send_lease
from channels.sms import SmsChannel
from channels.telegram import TelegramChannel
from grievances.case import cases
from storage import heartbeats, leases
from storage.engine import connect
from tests.support.phone import runner_on
from tests.support.twilio_server import TwilioServer

PUBLIC = "https://baraza.example"
SMS, STATUS, TELEGRAM = "/hooks/sms", "/hooks/sms/status", "/hooks/telegram"
SECRET = "a-quiet-secret"
REPORT = "REPORT the guards took our gold"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def twilio():
    """Signs; it listens nowhere."""
    return TwilioServer()


@pytest.fixture
async def channels(twilio):
    sms = SmsChannel(
        account_sid=twilio.account,
        auth_tokens=(twilio.token,),
        sender=twilio.number,
        messaging_service_sid="",
        api_url="http://127.0.0.1:1",
        public_url=PUBLIC,
        default_region="KE",
    )
    telegram = TelegramChannel(
        token="110201543:quiet", secret=SECRET, api_url="http://127.0.0.1:1", public_url=PUBLIC
    )
    yield {"sms": sms, "telegram": telegram}
    await sms.close()
    await telegram.close()


@pytest.fixture
def house(house, settings):
    return replace(house, settings=settings(public_url=PUBLIC, simulator=False))


@pytest.fixture
async def open_web(house):
    """Serve a house until the test is over."""
    async with contextlib.AsyncExitStack() as stack:

        async def opened(served=house):
            application = server.application(served)
            return await stack.enter_async_context(TestClient(TestServer(application)))

        yield opened


@pytest.fixture
async def web(open_web):
    return await open_web()


@pytest.fixture
def post(web, twilio):
    """Post a signed form; returns the status."""

    async def posted(form, path=SMS, *, client=web, **headers):
        signature = {"X-Twilio-Signature": twilio.sign(PUBLIC + path, form), **headers}
        async with client.post(path, data=form, headers=signature) as answer:
            return answer.status

    return posted


async def tell(web, update, secret=SECRET, **more):
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret, **more}
    async with web.post(TELEGRAM, data=body, headers=headers) as answer:
        return answer.status


def update_of(words, chat=7001, number=1):
    person = {"id": chat, "is_bot": False, "first_name": "Wanjiru", "language_code": "sw"}
    message = {
        "message_id": 1,
        "date": 1_770_000_000,
        "chat": {"id": chat, "type": "private", "first_name": "Wanjiru"},
        "from": person,
        "text": words,
    }
    return {"update_id": number, "message": message}


async def count(database, table):
    async with database.reading() as reads:
        return (await reads.execute(select(func.count()).select_from(table))).scalar_one()


# --- what comes in


async def test_an_sms_is_kept_and_answered_with_an_empty_twiml(web, twilio, database):
    form = twilio.message_form(REPORT)
    headers = {"X-Twilio-Signature": twilio.sign(PUBLIC + SMS, form)}
    async with web.post(SMS, data=form, headers=headers) as answer:
        assert (answer.status, await answer.text()) == (200, EMPTY_TWIML)
        assert answer.content_type == "text/xml"
    assert await count(database, cases) == 1


async def test_a_call_is_kept_once_and_rejected_before_anybody_pays(web, twilio, database, logged):
    form = twilio.call_form()
    headers = {"X-Twilio-Signature": twilio.sign(f"{PUBLIC}{SMS}/call", form)}
    for _ in range(3):  # Twilio brings it again
        async with web.post(f"{SMS}/call", data=form, headers=headers) as answer:
            assert (answer.status, await answer.text()) == (200, BUSY_TWIML)
            assert answer.content_type == "text/xml"
    assert await count(database, cases) == 1
    assert await count(database, outbox) == 1
    assert form["From"][-9:] not in logged.getvalue()


async def test_a_call_that_twilio_did_not_sign_is_nobodys(web, twilio, database):
    async with web.post(f"{SMS}/call", data=twilio.call_form()) as answer:
        assert answer.status == 403
    assert await count(database, cases) == 0


async def test_a_telegram_update_is_kept(web, database):
    assert await tell(web, update_of(REPORT)) == 200
    assert await count(database, cases) == 1


async def test_the_same_signed_webhook_five_times_at_once_is_one_row(post, twilio, database):
    form = twilio.message_form(REPORT)
    assert await asyncio.gather(*(post(form) for _ in range(5))) == [200] * 5
    assert await count(database, inbox) == 1
    assert await count(database, cases) == 1


async def test_the_same_update_five_times_at_once_is_one_row(web, database):
    answers = await asyncio.gather(*(tell(web, update_of(REPORT)) for _ in range(5)))
    assert answers == [200] * 5
    assert await count(database, inbox) == 1


async def test_a_signature_covers_our_public_address_and_not_the_callers_host(post, twilio):
    form = twilio.message_form("hello")
    assert await post(form, Host="elsewhere.example", **{"X-Forwarded-Host": "a"}) == 200


async def test_a_receipt_for_a_message_that_nobody_knows_is_taken(post, twilio):
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "AccountSid": twilio.account}
    assert await post(form, f"{STATUS}?m={'0' * 32}") == 200


# --- what is turned away


@pytest.mark.parametrize("path", [SMS, STATUS, TELEGRAM])
async def test_a_channel_that_is_not_set_up_is_not_there(open_web, house, path):
    web = await open_web(replace(house, channels={}))
    async with web.post(path, data=b"{}") as answer:
        assert answer.status == 404
        assert await answer.text() == ""  # no page: no person asked


async def test_a_hook_cannot_be_opened_in_a_browser(web):
    async with web.get(SMS) as answer:
        assert answer.status == 405


@pytest.mark.parametrize("signature", ["", "nonsense", "a" * 28, "é"])
async def test_a_wrong_signature_is_refused(web, twilio, database, signature):
    form = twilio.message_form(REPORT)
    async with web.post(SMS, data=form, headers={"X-Twilio-Signature": signature}) as answer:
        assert answer.status == 403
    assert await count(database, inbox) == 0


@pytest.mark.parametrize("secret", ["", "nonsense", SECRET.upper(), SECRET + "x", "é"])
async def test_a_wrong_secret_is_refused_before_the_body_is_read(web, secret):
    assert await tell(web, b"{this is no JSON", secret) == 403


async def test_a_form_that_was_changed_on_its_way_is_refused(web, twilio):
    form = twilio.message_form("hello")
    headers = {"X-Twilio-Signature": twilio.sign(PUBLIC + SMS, form)}
    async with web.post(SMS, data={**form, "Body": "STOP"}, headers=headers) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"nan,"])
async def test_what_is_no_json_is_malformed(web, body):
    assert await tell(web, body) == 400


async def test_a_form_without_a_sender_is_malformed(post):
    assert await post({"MessageSid": "SM1", "Body": "hello"}) == 400
    assert await post({"From": "+254711000001", "Body": "hello"}) == 400


async def pieces(size):
    """Yield a body whose length nobody says beforehand."""
    for _ in range(size // 1024):
        yield b"x" * 1024
    yield b"x" * (size % 1024)


@pytest.mark.parametrize("size", [MAX_HOOK_BYTES + 1, 3 * MAX_HOOK_BYTES])
@pytest.mark.parametrize("shape", ["whole", "in-pieces"])
async def test_what_is_too_long_is_refused(web, shape, size):
    body = io.BytesIO(b"x" * size) if shape == "whole" else pieces(size)
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    async with web.post(TELEGRAM, data=body, headers=headers) as answer:
        assert answer.status == 413


async def test_what_is_small_and_swells_is_refused(web):
    bomb = gzip.compress(b" " * (8 * MAX_HOOK_BYTES))
    assert await tell(web, bomb, **{"Content-Encoding": "gzip"}) == 413


async def test_what_is_just_short_enough_is_read(web):
    body = json.dumps(update_of("x" * 1000)).encode().ljust(MAX_HOOK_BYTES)
    assert await tell(web, body) == 200


ODD_UPDATES = [
    None,
    [],
    {},
    7,
    "update",
    {"update_id": 1},
    {"update_id": 10**30, "message": {}},
    {"update_id": "1", "message": None},
    {"update_id": 2, "message": {"chat": "7001", "text": ["a"]}},
    {"update_id": 3, "callback_query": {"id": 5}},
    {"update_id": 4, "my_chat_member": {"chat": {}}},
    {"update_id": 5, "poll": {"id": "1"}},
    update_of("\ud83d", number=6),
    update_of("a\0b", number=7),
    update_of("", number=8),
    update_of(REPORT, chat=-(10**30), number=9),
    update_of("/start " + "p" * 5000, number=10),
]


async def test_no_update_however_odd_is_a_failure_of_ours(web):
    for update in ODD_UPDATES:
        assert await tell(web, update) in {200, 400}, update


ODD_FORMS = [
    {"Body": "\0"},
    {"Body": "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1")},
    {"From": "TAX-OFFICE"},
    {"From": "+" + "9" * 400},
    {"NumMedia": "99999999999999999999"},
    {"NumMedia": "²"},
    {"MessageSid": "S" * 5000},
    {"Body": "x" * 100_000},
    {"Body": REPORT, "From": "whatsapp:+254711000001"},
]


async def test_no_form_however_odd_is_a_failure_of_ours(post, twilio):
    for fields in ODD_FORMS:
        assert await post({**twilio.message_form("hello"), **fields}) in {200, 400}, fields


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"not gzip at all", {"Content-Encoding": "gzip"}),
        (b"\xff\xfe\x00", {"Content-Type": f"{FORM}; charset=nonsense"}),
        (b"--x", {"Content-Type": "multipart/form-data; boundary=x"}),
        (b"\x00" * 99, {"Content-Type": "application/json"}),
        (b"Body=%zz&From=%", {"Content-Type": FORM}),
    ],
    ids=["no-gzip", "charset", "multipart", "json", "percent"],
)
@pytest.mark.parametrize("path", [SMS, TELEGRAM])
async def test_no_request_however_odd_is_a_failure_of_ours(web, path, body, headers):
    signed = {"X-Twilio-Signature": "x", "X-Telegram-Bot-Api-Secret-Token": SECRET, **headers}
    async with web.post(path, data=body, headers=signed) as answer:
        assert answer.status in {400, 403}


async def test_a_caller_who_hangs_up_in_the_middle_harms_nobody(web, post, twilio):
    reader, writer = await asyncio.open_connection(web.host, web.port)
    writer.write(f"POST {SMS} HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\nBody".encode())
    await writer.drain()
    writer.close()
    assert await post(twilio.message_form("hello")) == 200
    assert reader.at_eof() or await reader.read() is not None


# --- when nothing can be kept


@pytest.fixture
def hurried(database):
    """SQLite's writer waits 50 ms for a lock, and not 8 s."""

    async def hurry(pragma="busy_timeout=50"):
        async with database.writer.connect() as connection:
            await connection.exec_driver_sql(f"PRAGMA {pragma}")

    return hurry


async def knock(web, twilio, form):
    headers = {"X-Twilio-Signature": twilio.sign(PUBLIC + SMS, form)}
    async with web.post(SMS, data=form, headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After")


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """What was spooled is tried again at once."""
    monkeypatch.setattr(recovery, "PAUSES", (0.01, 0.05))


@pytest.fixture
def no_spool(tmp_path):
    """The disk takes nothing either."""
    (tmp_path / "spool").write_text("in the way")


async def spooled_gets_in(house):
    async with asyncio.timeout(20):
        while not house.spool.empty:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_a_locked_database_does_not_take_is_spooled(
    web, twilio, house, database, hurried, tmp_path
):
    await hurried()
    form = twilio.message_form(REPORT)
    with contextlib.closing(sqlite3.connect(tmp_path / "baraza.db")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        assert await knock(web, twilio, form) == (200, None)
        assert not house.spool.empty
        other.execute("ROLLBACK")
    await spooled_gets_in(house)
    assert await knock(web, twilio, form) == (200, None)
    assert await count(database, cases) == 1


@pytest.mark.usefixtures("no_spool")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_full_disk_says_come_again_and_loses_nothing(web, twilio, database, hurried):
    form = twilio.message_form(REPORT + " by the river" * 2_000)
    await hurried("max_page_count=1")  # SQLite takes it for what is there already
    assert await knock(web, twilio, form) == (503, "5")
    await hurried("max_page_count=1000000")
    assert await knock(web, twilio, form) == (200, None)
    assert await count(database, cases) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_a_database_that_hung_up_does_not_take_is_spooled(
    web, twilio, house, database, database_url
):
    assert (await knock(web, twilio, twilio.message_form("hello")))[0] == 200
    other = connect(database_url, database_url)
    async with other.writer.begin() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    await other.close()
    form = twilio.message_form(REPORT)
    answers = [await knock(web, twilio, form) for _ in range(3)]
    assert set(answers) == {(200, None)}
    await spooled_gets_in(house)
    assert await count(database, cases) == 1


@pytest.fixture
async def nowhere(database, tmp_path):
    """A database of the same engine that is not there."""
    url = (
        f"sqlite:///{tmp_path}/gone/baraza.db"
        if database.embedded
        else "postgresql://postgres@127.0.0.1:1/gone"
    )
    gone = connect(url, tmp_path)
    yield gone
    await gone.close()


@pytest.fixture
async def lost(open_web, house, keyring, nowhere):
    """The web of a house whose database is away."""
    return await open_web(replace(house, database=nowhere, runner=runner_on(nowhere, keyring)))


@pytest.mark.usefixtures("no_spool")
async def test_a_database_and_a_disk_that_are_away_say_come_again(lost, twilio):
    assert await knock(lost, twilio, twilio.message_form(REPORT)) == (503, "5")
    assert await tell(lost, update_of(REPORT)) == 503
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    headers = {"X-Twilio-Signature": twilio.sign(PUBLIC + STATUS, form)}
    async with lost.post(STATUS, data=form, headers=headers) as answer:
        assert answer.status == 503


async def test_what_is_forged_is_refused_though_the_database_is_away(lost):
    assert await tell(lost, update_of(REPORT), "nonsense") == 403


async def test_a_turn_that_stumbles_over_its_own_row_is_held_and_not_asked_for_again(
    web, twilio, database, house, now
):
    """As a bug of ours would: each repeat of the webhook would meet it again."""
    async with database.transaction() as db:
        await db.execute(text("CREATE UNIQUE INDEX one_only ON cases (channel)"))
    assert (await knock(web, twilio, twilio.message_form(REPORT)))[0] == 200
    assert (await knock(web, twilio, twilio.message_form(REPORT)))[0] == 200
    assert await count(database, cases) == 1
    async with database.transaction() as db:
        await db.execute(text("DROP INDEX one_only"))
    await house.runner.hear_held(datetime.now(UTC) + timedelta(minutes=1))
    assert await count(database, cases) == 2


# --- what a supervisor asks


async def get(web, path, **headers):
    async with web.get(path, headers=headers) as answer:
        return answer.status, await answer.text()


async def beat(database, ago=0.0, lines=("sms", "telegram")):
    async with database.transaction() as db:
        when = datetime.now(UTC) - timedelta(seconds=ago)
        await heartbeats.beat(db, "sender", when)
        for name in lines:
            await leases.take(db, send_lease(name), "a sender", when)


async def test_a_process_that_answers_is_alive(web, lost):
    assert await get(web, "/healthz") == (200, "ok\n")
    assert await get(lost, "/healthz") == (200, "ok\n")


async def test_it_is_ready_while_a_sender_lives(web, database):
    await beat(database)
    status, told = await get(web, "/readyz")
    well = {"database": True, "keys": True, "sender": True, "lines": True}
    assert (status, json.loads(told)) == (200, well)


async def test_it_is_not_ready_while_nobody_sends_on_one_of_its_lines(web, database):
    """The senders may have been started without what this half was told of Telegram."""
    await beat(database, lines=("sms",))
    status, told = await get(web, "/readyz")
    assert status == 503
    assert json.loads(told) == {"database": True, "keys": True, "sender": True, "lines": False}


async def test_a_line_whose_sender_died_is_nobodys(web, database):
    await beat(database, ago=13.0)
    status, told = await get(web, "/readyz")
    assert (status, json.loads(told)["lines"], json.loads(told)["sender"]) == (503, False, True)


@pytest.mark.parametrize("ago", [None, 61.0], ids=["never", "a minute ago"])
async def test_it_is_not_ready_when_the_sender_is_silent(web, database, ago):
    if ago is not None:
        await beat(database, ago)
    status, told = await get(web, "/readyz")
    assert (status, json.loads(told)["sender"]) == (503, False)


async def test_it_is_not_ready_without_its_database(lost):
    status, told = await get(lost, "/readyz")
    assert (status, json.loads(told)["database"]) == (503, False)


async def test_metrics_are_for_this_machine(web, post, twilio):
    await post(twilio.message_form("hello"))
    status, told = await get(web, "/metrics")
    assert status == 200
    assert 'baraza_hooks_total{channel="sms",status="200"}' in told
    assert "254711000001" not in told


@pytest.mark.parametrize("mark", ["X-Forwarded-For", "Forwarded"])
async def test_metrics_are_not_for_whoever_comes_through_the_proxy(web, mark):
    status, told = await get(web, "/metrics", **{mark: "203.0.113.7"})
    assert status == 404
    assert "baraza_" not in told


async def test_an_operator_can_open_the_metrics(open_web, house, settings):
    web = await open_web(replace(house, settings=settings(metrics_public=True)))
    assert (await get(web, "/metrics", **{"X-Forwarded-For": "203.0.113.7"}))[0] == 200


# --- the rest of the house


async def test_the_console_is_served_beside_the_hooks(web):
    status, told = await get(web, "/sign-in")
    assert status == 200
    assert "<form" in told


async def test_the_rehearsal_phones_are_there_only_by_wish(web, open_web, house, settings):
    rehearsing = await open_web(replace(house, settings=settings(simulator=True)))
    async with rehearsing.get("/simulator", allow_redirects=False) as answer:
        assert answer.status == 303  # to sign in first
    async with web.get("/simulator", allow_redirects=False) as answer:
        assert answer.status == 404


async def test_it_listens_where_the_settings_say(house, settings):
    placed = replace(house, settings=settings(host="127.0.0.1", port=0))
    runner = await server.serve(placed, server.application(placed))
    try:
        host, port = runner.addresses[0][:2]
        taken = replace(house, settings=settings(host=host, port=port))
        with pytest.raises(OSError, match="in use"):
            await server.serve(taken, server.application(taken))
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("behind", "seen"), [(True, "203.0.113.9"), (False, "127.0.0.1")])
async def test_a_proxy_is_believed_only_where_there_is_one(
    house, open_web, settings, behind, seen
):
    served = replace(house, settings=settings(public_url=PUBLIC, behind_proxy=behind))
    web = await open_web(served)
    asked = []

    async def echo(request):
        asked.append(request.remote)
        return server.web.Response()

    web.app.router._frozen = False
    web.app.router.add_get("/echo", echo)
    await web.get("/echo", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert asked == [seen]


# --- a gateway of one's own


@pytest.fixture
async def gateway(house, open_web):
    """Serve a house whose telephones are reached by a gateway; *dialect* is its own."""

    async def opened(dialect="kannel"):
        channel = GatewayChannel(
            DIALECTS[dialect](),
            Account("http://127.0.0.1:1/sendsms", "baraza", "quiet", "22345"),
            secret=SECRET,
            public_url=PUBLIC,
            default_region="KE",
        )
        return await open_web(replace(house, channels={"gateway": channel}))

    return opened


FROM_GATEWAY = f"/hooks/gateway?k={SECRET}&id=1&from=%2B254711000001&text=REPORT+our+gold"


@pytest.mark.parametrize(
    ("dialect", "said"), [("kannel", ""), ("kannel-get", ""), ("jasmin", "ACK/Jasmin")]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_gateway_hears_what_it_has_to_and_nothing_for_the_phone(
    gateway, database, method, dialect, said
):
    web = await gateway(dialect)
    answer = await web.request(method, FROM_GATEWAY)
    assert (answer.status, answer.content_type) == (200, "text/plain")
    assert await answer.text() == said
    async with database.reading() as reads:
        assert await reads.scalar(select(func.count()).select_from(cases)) == 1


@pytest.mark.parametrize(
    ("url", "status"),
    [
        (FROM_GATEWAY.replace(SECRET, "guessed"), 403),
        ("/hooks/gateway", 403),
        ("/hooks/gateway/status?m=1&t=1&k=1&d=1", 403),
        (f"/hooks/gateway?k={SECRET}", 400),
    ],
)
async def test_a_stranger_is_no_gateway(gateway, url, status):
    web = await gateway()
    assert (await web.get(url)).status == (await web.post(url)).status == status
    assert (await web.head(url)).status == 405
