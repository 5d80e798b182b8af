import pytest
from sqlalchemy import select

from forum import audit, bodies
from grievances import facts
from grievances.case import NoSuchCase, cases


@pytest.fixture
def correct(database, secretary, now):
    async def corrected(case_id, **given):
        async with database.transaction() as db:
            code = given.pop("site", None)
            site = await bodies.site_by_code(db, code) if code else None
            await facts.correct(db, case_id, site=site, by=secretary.member, now=now, **given)

    return corrected


async def facts_of(database, case_id):
    shown = select(cases.c.site_id, cases.c.district, cases.c.safe).where(cases.c.id == case_id)
    async with database.reading() as db:
        return tuple((await db.execute(shown)).one())


async def test_site_and_safety_are_kept(database, file, site, correct):
    filed = await file()
    await correct(filed.case_id, site="KB12", safe=False)
    assert await facts_of(database, filed.case_id) == ("s" * 32, "North", False)


async def test_what_turns_out_to_be_unknown_is_unknown_again(database, file, site, correct):
    filed = await file()
    await correct(filed.case_id, site="KB12", safe=True)
    await correct(filed.case_id, safe=None)
    assert await facts_of(database, filed.case_id) == (None, None, None)


async def test_it_is_in_the_audit_log(database, file, correct, secretary):
    filed = await file()
    await correct(filed.case_id, safe=True)
    async with database.reading() as db:
        acts = [(act.act, act.actor, act.subject) for act in await audit.recent(db)]
    assert ("case.facts", secretary.member.id, filed.case_id) in acts


async def test_a_case_that_there_is_not_has_no_facts(correct):
    with pytest.raises(NoSuchCase):
        await correct("0" * 32, safe=True)
