from datetime import timedelta

from sqlalchemy import literal, select

from grievances import hands
from grievances.hands import DECIDES, Part, decided, parted
from grievances.states import ENDED, State


async def test_each_part_is_kept_once_and_the_first_time_counts(database, file, now):
    case_id = (await file()).case_id
    for at in (now, now + timedelta(days=1)):
        async with database.transaction() as db:
            await hands.record(db, case_id, {"a": Part.TRIAGED, "b": Part.HANDLED}, at)
    async with database.reading() as db:
        rows = (await db.execute(select(hands.hands).order_by(hands.hands.c.member_id))).all()
    assert [(row.member_id, row.part, row.at) for row in rows] == [
        ("a", "triaged", now),
        ("b", "handled", now),
    ]


async def test_nobody_is_nothing_to_keep(database, file, now):
    case_id = (await file()).case_id
    async with database.transaction() as db:
        await hands.record(db, case_id, {}, now)
        assert await hands.deciders(db, case_id) == frozenset()


async def test_who_decided_and_who_parted_are_told_apart_case_by_case(database, file, now):
    one, other = (await file()).case_id, (await file()).case_id
    async with database.transaction() as db:
        await hands.record(db, one, {"a": Part.TRIAGED, "b": Part.PARTED}, now)
        await hands.record(db, other, {"c": Part.CLOSED}, now)

        async def holds(condition, who, case_id=one):
            return bool((await db.execute(select(condition(who, literal(case_id))))).scalar())

        assert [await holds(decided, who) for who in "abc"] == [True, True, False]
        assert [await holds(parted, who) for who in "abc"] == [False, True, False]
        assert await holds(decided, "c", other)
        assert await hands.deciders(db, one) == {"a", "b"}


def test_whoever_ends_a_case_as_staff_has_decided_on_it():
    assert (ENDED - {State.WITHDRAWN}) <= set(DECIDES)
