from collections import Counter

import pytest
from sqlalchemy import event

from forum.members import Role
from grievances import exclusions, workload
from grievances.exclusions import Why
from grievances.severity import Severity
from grievances.states import OPEN
from tests.support.lives import lives, write


@pytest.fixture
async def made(database, now, handler, secretary):
    many = lives(now, 200, handlers=[handler.member.id, secretary.member.id])
    async with database.transaction() as db:
        await write(db, many)
    return many


@pytest.fixture
def loads(database, now):
    async def seen(person):
        async with database.reading() as db:
            return await workload.loads(db, person.member, now)

    return seen


def late(life, now):
    return any(clock.met is None and clock.due <= now for clock in life.clocks.values())


async def test_every_row_is_what_its_cases_say(made, loads, secretary, handler, now):
    seen = {load.handler: load for load in await loads(secretary)}
    assert set(seen) == {None, handler.member.id, secretary.member.id}
    for who, load in seen.items():
        theirs = [life for life in made if life.assignee == who and life.state in OPEN]
        came = sorted(life.received_at for life in theirs)
        assert load.open == len(theirs) > 1
        assert load.by_severity == {
            severity: Counter(life.severity for life in theirs)[severity] for severity in Severity
        }
        assert load.overdue == sum(late(life, now) for life in theirs)
        assert (load.oldest, load.median) == (came[0], came[(len(came) + 1) // 2 - 1])


async def test_nobodys_come_first_and_then_the_longest_list(made, loads, secretary):
    seen = await loads(secretary)
    assert seen[0].handler is None
    assert [load.open for load in seen[1:]] == sorted((x.open for x in seen[1:]), reverse=True)


async def test_who_has_nothing_is_there_too_and_who_may_handle_nothing_is_not(
    loads, secretary, handler, join
):
    await join("official@example.org", Role.OFFICIAL)
    seen = await loads(secretary)
    assert [(load.name, load.open, load.oldest, load.median) for load in seen] == [
        ("handler@example.org", 0, None, None),
        ("secretary@example.org", 0, None, None),
    ]


async def test_a_hidden_case_is_in_no_row(file, loads, secretary, join, database, now):
    lead = await join("lead@example.org", Role.LEAD)
    filed = await file()
    async with database.transaction() as db:
        ids = [filed.case_id], [secretary.member.id]
        await exclusions.exclude(db, *ids, Why.BARRED, by=lead.member.id, now=now)
    assert sum(load.open for load in await loads(secretary)) == 0
    assert sum(load.open for load in await loads(lead)) == 1


async def test_a_comparison_is_two_queries_however_many_there_are(
    made, loads, secretary, database
):
    asked = []
    engine = database.reader.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    await loads(secretary)
    assert sum(statement.lstrip().startswith("SELECT") for statement in asked) == 2
