import re
from datetime import timedelta

import pytest

from channels import lines
from channels.ledger import State
from forum import audit
from forum.members import Role
from storage import leases
from tests.support.letters import busy_day, letter


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


def words(page, line):
    """Return what stands on the card of *line*."""
    card = page.partition(f'id="line-{line}"')[2].partition("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", card))


async def test_every_line_says_how_it_is(lead, database, now):
    await busy_day(database, now)
    page = await lead.page("/channels")
    sms = words(page, "sms")
    assert "SMS by Twilio" in sms
    assert "Messages leave as they come." in sms
    assert re.search(r"Replies 3 Alerts 0 Follow-ups 2 Broadcasts 12", sms)
    assert "Waits longest 40 s" in sms
    assert "In doubt 1" in sms
    telegram = words(page, "telegram")
    assert "The provider asked for a pause" in telegram
    assert "Tue 12 May, 09:02" in telegram
    assert "its limit is reached" in telegram
    assert "code 429" in telegram


async def test_the_last_hour_is_drawn_and_said(lead, database, now):
    await busy_day(database, now)
    page = await lead.page("/channels")
    assert re.search(r'aria-label="In the last hour [\d,]+ messages left and \d+ failed."', page)
    assert page.count('<rect class="left"') > 50
    assert '<rect class="failed"' in page


async def test_a_line_without_a_sender_stands_first_and_says_so(lead, database, now):
    async with database.transaction() as db:
        await leases.take(db, lines.send_lease("sms"), "host:1", now)
    page = await lead.page("/channels")
    assert page.index('id="line-telegram"') < page.index('id="line-sms"')
    assert "No process sends here." in words(page, "telegram")


async def test_a_wait_of_more_than_a_minute_is_marked(lead, database, now):
    async with database.transaction() as db:
        await leases.take(db, lines.send_lease("sms"), "host:1", now)
    await letter(database, now, State.PLANNED, not_before=now - timedelta(minutes=5))
    assert '<span class="over">5 min</span>' in await lead.page("/channels")


async def test_a_number_beyond_what_is_counted_says_so(lead, database, now, monkeypatch):
    monkeypatch.setattr("channels.overview.COUNTED", 2)
    monkeypatch.setattr("console.pages.channels.COUNTED", 2)
    for _ in range(3):
        await letter(database, now, State.PLANNED)
    assert "Replies 2 or more" in words(await lead.page("/channels"), "sms")


async def test_a_line_is_paused_after_a_second_look_and_the_trail_says_by_whom(
    lead, database, now
):
    await letter(database, now, State.PLANNED)
    asked = await lead.page("/channels/sms/pause")
    assert "Pause SMS by Twilio?" in asked
    assert "1 message waits now." in asked
    answer = await (await lead.post("/channels/sms/pause")).text()
    assert "SMS by Twilio is paused." in answer
    assert "Paused by Lindiwe Banda" in words(answer, "sms")
    async with database.reading() as db:
        assert not (await lines.read(db))["sms"].open(now)
        act = (await audit.recent(db, limit=1))[0]
    assert (act.actor, act.act, act.subject) == (lead.member.id, "line.paused", "sms")


async def test_a_paused_line_is_let_go_again(lead, database, now):
    await lead.post("/channels/sms/pause")
    answer = await lead.post("/channels/sms/resume", on="/channels")
    assert "SMS by Twilio sends again." in await answer.text()
    async with database.reading() as db:
        assert (await lines.read(db))["sms"].open(now)
        acts = [one.act for one in await audit.recent(db, limit=2)]
    assert acts == ["line.resumed", "line.paused"]


async def test_a_pause_can_be_undone_at_once(lead, database, now):
    answer = await (await lead.post("/channels/sms/pause")).text()
    assert 'action="/channels/sms/resume"' in answer.partition("</main>")[0]
    assert ">Undo<" in answer


@pytest.mark.parametrize("role", [Role.LEAD, Role.ADMINISTRATOR, Role.OFFICIAL])
async def test_who_answers_for_what_leaves_may_pause(join, role):
    person = await join(role, name="Some One")
    assert "/channels/sms/pause" in await person.page("/channels")
    assert (await person.get("/channels/sms/pause")).status == 200


async def test_a_secretary_sees_and_does_not_pause(amina):
    assert "/channels/sms/pause" not in await amina.page("/channels")
    assert (await amina.get("/channels/sms/pause")).status == 403
    assert (await amina.post("/channels/sms/pause", on="/channels")).status == 403


@pytest.mark.parametrize("role", [Role.HANDLER, Role.AUDITOR])
async def test_others_have_no_part_in_it(join, role):
    person = await join(role, name="Some One")
    for path in ("/channels", "/deliveries", "/dead-letters"):
        assert (await person.get(path)).status == 403
    assert 'href="/channels"' not in await person.page("/account")


async def test_a_line_that_nobody_knows_is_not_found(lead):
    assert (await lead.get("/channels/pigeon/pause")).status == 404
    assert (await lead.post("/channels/pigeon/resume", on="/channels")).status == 404


async def test_a_house_without_a_provider_is_told_so(lead, services):
    object.__setattr__(services, "lines", ())
    assert "No channel is set up" in await lead.page("/channels")
