"""Mails to a real server on this machine: taken, refused, or nobody knows."""

import asyncio
import os
import shutil
import ssl
import time

import pytest
from pydantic import SecretStr

from app.mailing import Away, Doubtful, Mail, Post, Refused, Server, server_of, written
from tests.support.mail_server import Fault, MailServer, certificate

MAIL = Mail("d1", "amina@forum.example", "Baraza: données", "3 cases.\n.\nhttps://x", "en")
SENDER = "baraza@forum.example"


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A server's context, and one that trusts it."""
    if shutil.which("openssl") is None and not os.environ.get("CI"):
        pytest.skip("no openssl to make a certificate with")
    return certificate(tmp_path_factory.mktemp("tls"))


async def send(server, now, *, secured="not", trust=None, **more):
    post = Post(
        Server("127.0.0.1", server.port, secured, SENDER, **more), trust=trust, patience=0.5
    )
    async with post.open() as counter:
        await counter.hand_in(MAIL, now)


async def test_a_mail_arrives_as_it_was_written(now):
    async with MailServer() as server:
        await send(server, now)
    (taken,) = server.taken
    message = taken.message
    assert (taken.sender, taken.to) == (SENDER, MAIL.to)
    assert message["Subject"] == "Baraza: données"
    assert message.get_content().splitlines() == ["3 cases.", ".", "https://x"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == "<d1@forum.example>"
    assert server.said[-1] == "quit"


async def test_starttls_comes_before_the_account_and_the_mail(now, tls):
    serving, trust = tls
    async with MailServer(starttls=serving, account=("baraza", "river")) as server:
        await send(
            server,
            now,
            secured="starttls",
            trust=trust,
            user="baraza",
            password=SecretStr("river"),
        )
    verbs = [line.split()[0].upper() for line in server.said]
    assert verbs[:5] == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL"]
    assert len(server.taken) == 1


async def test_tls_from_the_first_byte(now, tls):
    serving, trust = tls
    async with MailServer(tls=serving) as server:
        await send(server, now, secured="tls", trust=trust)
    assert len(server.taken) == 1


@pytest.mark.parametrize("secured", ["starttls", "tls"])
async def test_a_certificate_that_nobody_vouches_for_is_not_believed(now, tls, secured):
    serving, _ = tls
    kinds = {"starttls": {"starttls": serving}, "tls": {"tls": serving}}
    async with MailServer(**kinds[secured]) as server:
        with pytest.raises(Away, match="SSLCertVerificationError"):
            await send(server, now, secured=secured)
    assert server.taken == []


async def test_a_server_that_offers_no_starttls_gets_nothing(now):
    async with MailServer() as server:
        with pytest.raises(Away):
            await send(server, now, secured="starttls", trust=ssl.create_default_context())
    assert (server.taken, [line for line in server.said if "MAIL" in line.upper()]) == ([], [])


async def test_a_password_from_a_file_is_read_anew_each_time(now, tls, tmp_path):
    serving, trust = tls
    file = tmp_path / "password"
    given = {"secured": "starttls", "trust": trust, "user": "baraza", "password_file": file}
    async with MailServer(starttls=serving, account=("baraza", "new")) as server:
        file.write_text("old\n")
        with pytest.raises(Away, match="SMTPAuthenticationError"):
            await send(server, now, **given)
        file.write_text("new\n")
        await send(server, now, **given)
        file.unlink()
        with pytest.raises(Away, match="FileNotFoundError"):
            await send(server, now, **given)
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("fault", "error", "kept"),
    [
        (Fault("MAIL", "550 you never"), Away, 0),  # that is ours to mend
        (Fault("MAIL", "451 later"), Away, 0),
        (Fault("RCPT", "450 greylisted"), Away, 0),
        (Fault("RCPT", "550 no such person"), Refused, 0),
        (Fault("RCPT"), Away, 0),
        (Fault("RCPT", silent=True), Away, 0),
        (Fault("DATA", "452 full"), Away, 0),
        (Fault(".", "451 later"), Away, 0),
        (Fault(".", "554 no"), Refused, 0),
        (Fault("."), Doubtful, 0),
        (Fault(".", taken=True), Doubtful, 1),
        (Fault(".", silent=True, taken=True), Doubtful, 1),
    ],
)
async def test_each_fault_says_what_there_is_to_do(now, fault, error, kept):
    async with MailServer() as server:
        server.faults.append(fault)
        with pytest.raises(error):
            await send(server, now)
    assert len(server.taken) == kept


async def test_after_a_mail_that_is_refused_the_next_one_goes(now):
    async with MailServer() as server:
        server.faults.append(Fault("RCPT", "550 no such person"))
        async with Post(Server("127.0.0.1", server.port, "not", SENDER)).open() as counter:
            with pytest.raises(Refused):
                await counter.hand_in(MAIL, now)
            await counter.hand_in(MAIL, now)
    assert len(server.taken) == 1


async def test_nobody_there_is_away(now):
    async with MailServer() as server:
        pass
    with pytest.raises(Away, match="ConnectionRefusedError"):
        await send(server, now)


async def test_a_server_that_says_nothing_does_not_hold_up_the_loop(now):
    async with MailServer() as server:
        server.faults.append(Fault("EHLO", silent=True))
        server.faults.append(Fault("HELO", silent=True))
        sending = asyncio.create_task(send(server, now))
        longest, before = 0.0, time.monotonic()
        while not sending.done():
            await asyncio.sleep(0.01)
            longest, before = max(longest, time.monotonic() - before), time.monotonic()
        with pytest.raises(Away):
            await sending
    assert longest < 0.4  # the server is waited for half a second


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 587, "starttls")),
        ("smtp://mail.example.org:2525", ("mail.example.org", 2525, "starttls")),
        ("smtps://mail.example.org", ("mail.example.org", 465, "tls")),
        ("smtps://localhost", ("localhost", 465, "tls")),
        ("smtp://localhost:25", ("localhost", 25, "not")),
        ("smtp://[::1]:25", ("::1", 25, "not")),
        ("smtp://127.0.0.1", ("127.0.0.1", 587, "not")),
    ],
)
def test_what_leaves_this_machine_is_always_encrypted(settings, url, expected):
    server = server_of(settings(smtp_url=url, mail_from=SENDER))
    assert (server.host, server.port, server.secured) == expected


def test_without_a_setting_there_is_no_server(settings):
    assert server_of(settings()) is None


def test_nothing_prints_a_password_or_an_address():
    server = Server("h", 1, "not", SENDER, "baraza", SecretStr("river"))
    assert "river" not in repr(server)
    assert "amina" not in repr(MAIL)


def test_equal_mails_are_equal_bytes(now):
    assert written(MAIL, SENDER, now) == written(MAIL, SENDER, now)
