from datetime import timedelta

from sqlalchemy import select

from outreach import survey_tallies, surveys
from outreach.questionnaire import Mode
from storage.heartbeats import heartbeats
from storage.upsert import insert, insert_or_add, insert_or_set


async def test_a_second_insert_does_nothing_when_told_so(database, now):
    async with database.transaction() as db:
        statement = insert(db, heartbeats).values(name="clock", at=now).on_conflict_do_nothing()
        assert (await db.execute(statement)).rowcount == 1
        assert (await db.execute(statement)).rowcount == 0


async def test_a_row_that_is_there_is_set_to_what_is_new(database, now):
    later = now + timedelta(hours=1)
    async with database.transaction() as db:
        for at in (now, later):
            await db.execute(insert_or_set(db, heartbeats, "at"), {"name": "clock", "at": at})
        found = await db.execute(select(heartbeats.c.name, heartbeats.c.at))
        assert found.all() == [("clock", later)]


async def test_what_is_new_is_added_to_a_row_that_is_there(database, now):
    table, about = survey_tallies.survey_tallies, {"by": "system", "now": now}
    async with database.transaction() as db:
        made = await surveys.create(db, mode=Mode.SURVEY, name="Pits", language="en", **about)
        key = {column.name: "" for column in table.primary_key} | {"survey_id": made}
        for n in (3, -1):
            await db.execute(insert_or_add(db, table, "n", "total"), {**key, "n": n, "total": 0.5})
        assert (await db.execute(select(table.c.n, table.c.total))).all() == [(2, 1.0)]
