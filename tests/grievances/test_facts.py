import pytest
from sqlalchemy import select

from forum import bodies
from grievances import caseload, facts
from grievances.case import NoSuchCase, cases


@pytest.fixture
def correct(database, secretary, now):
    async def corrected(case_id, place, safe=None):
        async with database.transaction() as db:
            found = await bodies.site_by_code(db, place)
            await facts.correct(db, case_id, site=found, safe=safe, by=secretary.member, now=now)

    return corrected


async def test_a_site_and_a_safe_phone_are_put_right(file, correct, site, secretary, database):
    filed = await file()
    await correct(filed.case_id, "KB12", safe=True)
    async with database.reading() as db:
        row = await caseload.find(db, secretary.member, filed.reference)
    assert (row.site_name, row.district, row.safe) == (site, "North", True)


async def test_what_is_not_known_any_more_leaves_no_district(file, correct, site, database):
    filed = await file()
    await correct(filed.case_id, "KB12")
    await correct(filed.case_id, "")
    async with database.reading() as db:
        row = (await db.execute(select(cases))).one()
    assert (row.site_id, row.district, row.safe) == (None, None, None)


async def test_a_case_that_is_not_there_cannot_be_put_right(correct):
    with pytest.raises(NoSuchCase):
        await correct("0" * 32, "")
