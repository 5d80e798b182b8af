"""Mails to members, by a real mail server on this machine; and what goes wrong with it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import String, delete, select, update

from app.digests import Digests
from app.timekeeping import Timekeeping
from app.worker import Worker
from forum import members
from forum.members import Role
from grievances import digests, exclusions
from grievances.almanac import Almanac
from grievances.calendars import PLAIN_WEEK
from grievances.case import cases
from grievances.digests import BACKOFF, How, Wish
from grievances.exclusions import Why
from storage.base import metadata
from storage.engine import connect
from tests.support.mail_server import Fault, MailServer

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ADDRESS = "https://baraza.example.org"


@pytest.fixture
async def server():
    async with MailServer() as running:
        yield running


@pytest.fixture
def mailing(house, settings, server):
    """The house, with a mail server."""
    url = f"smtp://127.0.0.1:{server.port}"
    given = settings(smtp_url=url, mail_from="baraza@example.org", public_url=ADDRESS)
    return replace(house, settings=given)


@pytest.fixture
def wish(database):
    async def wished(member, how=How.DAILY, hour=7):
        async with database.transaction() as db:
            await digests.choose(db, member.id, Wish(how, hour), LONG_AGO)

    return wished


@pytest.fixture
async def lead(database, keyring, now):
    keys = members.prepare("river stones sing at dusk", keyring)
    given = {"email": "lindiwe@example.org", "name": "Lindiwe", "role": Role.LEAD}
    async with database.transaction() as db:
        return await members.join(db, **given, language="fr", keys=keys, now=now)


def texts(server):
    return [taken.message.get_content() for taken in server.taken]


async def test_the_morning_brings_numbers_and_an_address_and_nothing_else(
    mailing, file, secretary, wish, server, database, now
):
    await wish(secretary)
    report = await file(category="ABUSE")
    await file()
    assert await Digests(mailing).run(now) == 1
    (taken,) = server.taken
    assert taken.to == "amina@example.org"
    lines = taken.message.get_content().splitlines()
    assert lines[:4] == ["2 cases wait for you.", "1 of them is due today.", "", ADDRESS]
    async with database.reading() as db:
        row = (await db.execute(select(cases).where(cases.c.id == report.id))).one()
    said = taken.content.decode()
    for hidden in (row.reference, report.id, "ABUSE", "violence", "tunnel", "+255", "Amina"):
        assert hidden not in said


async def test_each_is_written_to_in_their_own_language(
    mailing, file, secretary, lead, wish, server, now
):
    await file()
    for member in (secretary, lead):
        await wish(member)
    assert await Digests(mailing).run(now) == 2
    said = {taken.to: taken.message for taken in server.taken}
    assert "waits for you" in said["amina@example.org"].get_content()
    assert "dossier" in said["lindiwe@example.org"].get_content()
    assert said["lindiwe@example.org"]["Content-Language"] == "fr"


async def test_nothing_comes_when_nothing_waits(mailing, secretary, wish, server, now):
    await wish(secretary)
    assert await Digests(mailing).run(now) == 0
    assert server.taken == []


async def test_without_a_server_nothing_is_planned(house, file, secretary, wish, database, now):
    await wish(secretary)
    await file()
    assert await Digests(house).run(now) == 0
    async with database.reading() as db:
        assert (await db.execute(select(digests.digests))).all() == []


# --- who is kept out


async def vanish(database, case_id):
    """Take every row of the case away, as if it had never come."""
    async with database.transaction() as db:
        for table in reversed(metadata.sorted_tables):
            for column in table.c:
                if isinstance(column.type, String) and (column.type.length or 0) >= len(case_id):
                    await db.execute(delete(table).where(column == case_id))


@pytest.mark.parametrize("with_others", [True, False])
async def test_to_who_is_kept_out_the_mails_are_the_very_bytes_as_if_it_had_never_come(
    mailing, file, secretary, lead, wish, server, database, now, with_others
):
    """One evening, twice: with a case that is hidden, and without it."""
    await wish(secretary, How.AT_ONCE)
    if with_others:
        await file()
    hidden = await file(category="ABUSE")
    async with database.transaction() as db:
        theirs = cases.c.id == hidden.id
        await db.execute(update(cases).where(theirs).values(assignee=secretary.id))
        ids = [hidden.id], [secretary.id]
    late = now + timedelta(hours=9)
    await Timekeeping(database, Almanac(PLAIN_WEEK)).keep(now + timedelta(hours=1.7))
    async with database.transaction() as db:
        await exclusions.exclude(db, *ids, Why.NAMED, by=lead.id, now=now)

    async def mailed():
        await Timekeeping(database, Almanac(PLAIN_WEEK)).keep(late)
        await Digests(mailing).run(late)
        taken = [one.content for one in server.taken]
        server.taken.clear()
        async with database.transaction() as db:
            await db.execute(delete(digests.digests))
        return taken

    seen = await mailed()
    await vanish(database, hidden.id)
    assert seen == await mailed()
    assert bool(seen) is with_others


async def test_the_comparison_would_notice(mailing, file, secretary, wish, server, database, now):
    await wish(secretary)
    report = await file()
    await Digests(mailing).run(now)
    assert len(server.taken) == 1
    async with database.transaction() as db:
        await db.execute(delete(digests.digests))
    await vanish(database, report.id)
    await Digests(mailing).run(now)
    assert len(server.taken) == 1


# --- what cannot wait


async def test_a_case_near_its_date_is_told_at_once_and_once(
    mailing, file, secretary, wish, server, database, now
):
    await wish(secretary, How.AT_ONCE, hour=23)
    await file(category="ABUSE")
    async with database.transaction() as db:
        await db.execute(update(cases).values(assignee=secretary.id))
    late = now + timedelta(hours=1.7)
    keeper = Timekeeping(database, Almanac(PLAIN_WEEK))
    for minutes in range(0, 12, 3):
        at = late + timedelta(minutes=minutes)
        await keeper.keep(at)
        await Digests(mailing).run(at)
    assert [text.splitlines()[0] for text in texts(server)] == [
        "1 of your cases is near its date."
    ]


async def test_what_comes_to_a_level_is_told_to_the_lead(
    mailing, file, lead, secretary, wish, server, database, now
):
    await wish(lead, How.AT_ONCE, hour=23)
    await file(category="ABUSE")
    at = now + timedelta(hours=2.1)
    await Timekeeping(database, Almanac(PLAIN_WEEK)).keep(at)
    await Digests(mailing).run(at)
    assert len(server.taken) == 1
    assert "1 dossier" in texts(server)[0]


# --- what goes wrong


async def test_while_the_server_is_away_it_is_tried_again_and_arrives_once(
    mailing, file, secretary, wish, server, now, logged
):
    await wish(secretary)
    await file()
    server.faults += [Fault("EHLO"), Fault("RCPT", "450 greylisted")]
    assert await Digests(mailing).run(now) == 0
    assert await Digests(mailing).run(now + timedelta(seconds=30)) == 0
    assert await Digests(mailing).run(now + BACKOFF[0]) == 0
    assert await Digests(mailing).run(now + BACKOFF[0] + BACKOFF[1]) == 1
    assert await Digests(mailing).run(now + timedelta(hours=3)) == 0
    assert len(server.taken) == 1
    assert "amina" not in logged.getvalue()
    assert "mail.server_away" in logged.getvalue()


async def test_one_that_is_refused_does_not_hold_up_the_others(
    mailing, file, secretary, lead, wish, server, now
):
    await file()
    for member in (secretary, lead):
        await wish(member)
    server.faults.append(Fault("RCPT", "550 no such person"))
    assert await Digests(mailing).run(now) == 1
    assert await Digests(mailing).run(now + timedelta(hours=1)) == 0
    assert len(server.taken) == 1


@pytest.mark.parametrize("taken", [True, False])
async def test_one_that_may_have_arrived_is_not_sent_again(
    mailing, file, secretary, wish, server, now, taken
):
    await wish(secretary)
    await file()
    server.faults.append(Fault(".", taken=taken))
    assert await Digests(mailing).run(now) == 0
    for hours in range(1, 9):
        assert await Digests(mailing).run(now + timedelta(hours=hours)) == 0
    assert len(server.taken) == int(taken)


async def test_two_workers_at_once_send_each_mail_once(
    mailing, file, secretary, lead, wish, server, database_url, tmp_path, now
):
    await file()
    for member in (secretary, lead):
        await wish(member)
    houses = [replace(mailing, database=connect(database_url, tmp_path)) for _ in range(2)]
    await asyncio.gather(*(Digests(one).run(now) for one in houses for _ in "ab"))
    assert sorted(taken.to for taken in server.taken) == [
        "amina@example.org",
        "lindiwe@example.org",
    ]
    for one in houses:
        await one.database.close()


async def test_it_is_done_at_the_workers_tick(mailing, file, secretary, wish, server, now):
    await wish(secretary)
    await file()
    await Worker(mailing).mail(now)
    assert len(server.taken) == 1
