"""Two who report the same, each in their language: what their phones show, merged and parted."""

import re
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from forum import keyholders, members
from forum.members import Role
from grievances import case, correspondence, merging, triage
from grievances.case import cases
from grievances.parties import NOBODY
from grievances.severity import Severity
from grievances.states import Actor, State
from grievances.status import SAYS
from locales import translate
from tests.support.phone import Phone, runner_on

MINUTE = timedelta(minutes=1)
CODE = re.compile(r"\d{4}-\d{4}-\d{5}-\d")


class Office:
    """Amina, who reads and answers; each act a minute after the one before."""

    def __init__(self, database, keyring, member, private, now):
        self.database, self.keyring = database, keyring
        self.member, self.private = member, private
        self._minutes = (now + n * MINUTE for n in count(1))

    async def does(self, act, *args, **more):
        async with self.database.transaction() as db:
            return await act(db, *args, now=next(self._minutes), **more)

    async def sorts(self, case_id):
        judged = {"category": "PAY", "severity": Severity.S3, "named": NOBODY}
        await self.does(triage.triage, case_id, **judged, by=self.member)
        to = {"by": self.member, "by_private": self.private}
        await self.does(triage.assign, case_id, self.member, **to)
        await self.moves(case_id, State.IN_REVIEW)

    async def moves(self, case_id, to):
        by = {"by": Actor.STAFF, "actor": self.member.id}
        await self.does(case.move, case_id, to, **by)

    async def answers(self, case_id, text, others=None):
        given = {"member": self.member, "case_id": case_id, "text": text, "others": others}
        await self.does(correspondence.answer, self.keyring, **given)

    async def reads(self, case_id):
        async with self.database.reading() as db:
            who = self.member.id, self.private
            key = await keyholders.open_subject(db, case_id, *who)
            return [line.entry.text for line in await correspondence.thread(db, case_id, key)]


@pytest.fixture
async def office(database, keyring, now):
    made = members.prepare("river stones sing at dusk", keyring)
    who = {"email": "amina@example.org", "name": "Amina", "role": Role.SECRETARY}
    async with database.transaction() as db:
        member = await members.join(db, **who, language="en", keys=made, now=now)
    return Office(database, keyring, member, made.pair.private, now)


@pytest.fixture
def phones(database, keyring, now):
    """Asha's telephone, which knows only SMS, and Benoît's, which has a chat."""
    runner = runner_on(database, keyring)
    asha = Phone(runner, database, keyring, now)
    return asha, Phone(runner, database, keyring, now, channel="telegram", value="700100200")


async def filed(database, phone, report):
    """Report in one message; return code and case."""
    (code,) = CODE.findall("\n".join(await phone.says(report)))
    async with database.reading() as db:
        its = select(cases.c.id).where(cases.c.channel == phone.channel)
        return code, (await db.execute(its)).scalar_one()


def says(state, language):
    return translate(SAYS[state], language)


async def test_each_goes_on_alone_and_neither_learns_of_the_other(database, office, phones):
    asha, benoit = phones
    her_code, hers = await filed(database, asha, "RIPOTI ukuta umeanguka")
    his_code, his = await filed(database, benoit, "SIGNALER le mur est tombé")
    for each in (hers, his):
        await office.sorts(each)
    by = {"by": office.member}
    await office.does(merging.merge, hers, his, **by, by_private=office.private)
    heard = []

    async def hear(phone, *texts):
        said = "\n".join(await phone.says(*texts))
        heard.append((phone, said))
        return said

    # The leading case's status, in her words; and his, in his.
    assert says(State.IN_REVIEW, "sw") in await hear(asha, f"FUATILIA {her_code}")
    assert says(State.IN_REVIEW, "fr") in await hear(benoit, f"SUIVRE {his_code}")

    # What she adds is read where the case is worked on, and he hears nothing of it.
    await hear(asha, "Wawili wako chini bado")
    assert (await office.reads(hers))[-1] == "Wawili wako chini bado"
    assert (await office.reads(his))[-1] == "Wawili wako chini bado"
    await hear(benoit, "0")

    # An answer to all, each in their language; one to him alone.
    await office.answers(his, "Nous venons vendredi", {"sw": "Tunakuja Ijumaa"})
    await office.answers(his, "A vous seul")
    assert "Tunakuja Ijumaa" in await hear(asha, f"FUATILIA {her_code}", "1")
    his_news = await hear(benoit, f"SUIVRE {his_code}", "1")
    assert "Nous venons vendredi" in his_news
    assert "A vous seul" in his_news

    # A proposal is answered by each; his word decides.
    await office.moves(his, State.PROPOSED)
    await office.answers(his, "Ils paient la moitié", {"sw": "Watalipa nusu"})
    await hear(asha, "0")
    assert "Watalipa nusu" in await hear(asha, f"FUATILIA {her_code}", "1")
    kept = await hear(asha, "2")
    assert translate("Thank you. It is kept.", "sw") in kept
    assert translate("Thank you. We will look for another way.", "sw") not in kept
    assert await standing(database, his) is State.PROPOSED
    await hear(benoit, "0")
    assert "Ils paient la moitié" in await hear(benoit, f"SUIVRE {his_code}", "1")
    assert translate("Thank you. We go on as we proposed.", "fr") in await hear(benoit, "1")
    assert await standing(database, his) is State.AGREED
    assert says(State.AGREED, "sw") in await hear(asha, f"FUATILIA {her_code}")

    # Parted, each is on its own again, with its code and with all that was said.
    assert await office.does(merging.unmerge, hers, **by) is State.IN_REVIEW
    assert says(State.IN_REVIEW, "sw") in await hear(asha, "0", f"FUATILIA {her_code}")
    assert says(State.AGREED, "fr") in await hear(benoit, f"SUIVRE {his_code}")
    assert "Wawili wako chini bado" in await office.reads(hers)
    assert "Wawili wako chini bado" not in await office.reads(his)
    hers_heard, his_heard = ([said for one, said in heard if one is phone] for phone in phones)
    assert not [said for said in hers_heard if "venons" in said or "paient" in said]
    assert not [said for said in his_heard if "Wawili" in said or "nusu" in said]


async def standing(database, case_id):
    async with database.reading() as db:
        found = await db.execute(select(cases.c.state).where(cases.c.id == case_id))
        return State(found.scalar_one())
