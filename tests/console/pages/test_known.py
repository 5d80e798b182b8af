import csv
from io import StringIO

import pytest

from channels import optout
from channels.base import Address
from forum.members import Role
from outreach import subscribers

NUMBER = "+254712345678"
HOME = "/subscribers"


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def official(join):
    return await join(Role.OFFICIAL, name="Odile Mbeki")


@pytest.fixture
async def listed(database, keyring, now):
    """One number, as a contact of two channels."""
    async with database.transaction() as db:
        for channel, role in (("sms", "digger"), ("whatsapp", "washer")):
            address = Address(channel, NUMBER)
            await subscribers.subscribe(db, keyring, address, language="sw", now=now, role=role)
        await optout.stop(db, keyring, Address("sms", NUMBER), now)


async def ask(person, number="0712 345 678", path="/subscribers/known"):
    return await person.post(path, {"known": number}, on=HOME)


@pytest.mark.usefixtures("listed")
async def test_a_number_is_told_on_every_channel(official):
    answer = await ask(official)
    text = await answer.text()
    for said in ("SMS", "WhatsApp", "Kiswahili", "Digger", "Washer or panner", "Sent STOP"):
        assert f"<dd>{said}</dd>" in text or f"<dt>{said}</dt>" in text
    assert "By their own word, from this telephone" in text
    assert answer.url.path == "/subscribers/known"
    assert "712345678" not in str(answer.url)


@pytest.mark.usefixtures("listed")
async def test_it_can_be_taken_away(official):
    answer = await ask(official, NUMBER, "/subscribers/known.csv")
    rows = list(csv.reader(StringIO((await answer.read()).decode("utf-8-sig"))))
    assert ["Who listens there", "Work", "Digger"] in rows
    assert ["On the list", "Channel", "WhatsApp"] in rows


@pytest.mark.usefixtures("listed")
async def test_it_is_noted_that_somebody_looked_and_not_at_whom(official, join):
    await ask(official)
    auditor = await join(Role.AUDITOR, name="Chausiku Said")
    text = await auditor.page("/audit")
    assert "Looked at what the list of subscribers keeps of a number" in text
    assert "712345678" not in text


async def test_of_a_stranger_nothing_is_told(official):
    assert "Nothing is known of it" in await (await ask(official)).text()


async def test_what_is_no_number_is_given_back(official):
    answer = await ask(official, "12x")
    text = await answer.text()
    assert answer.status == 422
    assert "This is no telephone number that can be called." in text
    assert 'value="12x"' in text
    assert (await ask(official, "12x", "/subscribers/known.csv")).status == 404


async def test_it_is_for_who_broadcasts(amina):
    token = (await amina.hidden("/account"))["csrf"]
    form = {"csrf": token, "known": NUMBER}
    for path in ("/subscribers/known", "/subscribers/known.csv"):
        assert (await amina.client.post(path, data=form)).status == 403
