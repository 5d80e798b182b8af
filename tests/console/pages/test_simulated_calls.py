"""A rehearsal phone is called: it rings, is taken, and its keys do what a telephone's do."""

import re

import pytest

from channels import rehearsal
from channels.base import Address, Inbound, Receipt, Stopped
from channels.calls import Play
from channels.rehearsal import BASIC
from outreach import called
from outreach.called import Told

NUMBER = "+12025550102"
PHONE = Address(BASIC, NUMBER)
MESSAGE = "a" * 32
HERE = "/simulator?phone=%2B12025550102"


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def rung(database, keyring, now, monkeypatch):
    """Let the phone ring with a call that plays two parts."""

    async def told(_db, message):
        return Told("No burning", "en", "12", {d: Play(f"s{d}", 9) for d in "12"})

    monkeypatch.setattr(called, "told", told)
    async with database.transaction() as db:
        await rehearsal.ring(db, keyring, PHONE, MESSAGE, now)


@pytest.fixture
def do(amina):
    """Do something on the page of the call; *page*: where its hidden fields stand."""

    async def done(page=None, **form):
        hidden = fields(page) if page else await amina.hidden(HERE)
        data = {**hidden, "phone": NUMBER, "message": MESSAGE, **form}
        return await (await amina.client.post("/simulator/call", data=data)).text()

    return done


def fields(page):
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def receipts(heard):
    return [(one.delivery, one.rank) for one in heard.inbounds if isinstance(one, Receipt)]


async def test_a_phone_rings_and_can_be_taken_or_not(amina, rung, do, heard):
    assert "The phone rings." in await amina.page(HERE)
    page = await do(act="answer")
    assert "Good day. This is about a rule that changes: No burning." in page
    assert '<audio src="/hooks/call/sound/s1?' in page
    assert receipts(heard) == [("sent", 3)]
    assert "(took a call)" in await do(page, act="hang-up")
    assert receipts(heard)[1:] == [("delivered", 4)]


async def test_a_call_that_is_not_taken_is_reported_so(amina, rung, do, heard):
    text = await do(act="decline")
    assert "(did not take a call)" in text
    assert "The phone rings." not in text
    (report,) = heard.inbounds
    assert (report.delivery, report.error_code, report.again) == ("undelivered", "no-answer", 2)


async def test_keys_choose_ask_and_end(rung, do, heard):
    page = await do(act="answer")
    page = await do(page, key="2")
    assert "/hooks/call/sound/s2?" in page
    page = await do(page, key="9")
    assert "Somebody will call you." in page
    page = await do(page, act="wait")
    assert "press its number" in page
    page = await do(page, key="0")
    assert "The call is over." in page
    kinds = [type(one) for one in heard.inbounds]
    assert kinds == [Receipt, Inbound, Stopped, Receipt]
    assert heard.inbounds[1].address == PHONE
    assert heard.inbounds[2].address == Address("simulator-call", NUMBER)


async def test_what_is_said_after_the_tone_is_typed(rung, do, heard):
    page = await do(await do(act="answer"), key="8")
    assert "What is said after the tone" in page
    page = await do(page, act="say", text="the well is dry")
    assert "We have your message." in page
    assert heard.inbounds[-1].text == "the well is dry"


async def test_what_nobody_would_hear_is_shown_as_silence(rung, do, monkeypatch):
    async def told(_db, message):
        return Told("Usichome", "sw", "1", {"1": Play("s1", 9)})

    monkeypatch.setattr(called, "told", told)
    page = await do(act="answer")
    assert "Nothing is heard here: no machine reads Kiswahili" in page
    assert "<s>Habari. Huu ni ujumbe" in page
    assert 'href="/calls/sw"' in page


async def test_a_call_that_is_over_is_not_gone_on_with(amina, rung, do, heard):
    page = await do(act="answer")
    await do(page, act="hang-up")
    count = len(heard.inbounds)
    text = await do(page, key="9")
    assert "Rehearsal phones" in text
    assert len(heard.inbounds) == count


@pytest.mark.parametrize("message", ["", "b" * 32])
async def test_a_call_that_does_not_ring_there_is_nothing(rung, do, heard, message):
    assert "The phone rings." in await do(message=message, act="answer")
    assert heard.inbounds == []
