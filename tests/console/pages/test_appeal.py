import pytest

from forum.members import Role
from grievances import appeals, case, panel
from grievances.states import State


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def judge(join):
    return await join(Role.HANDLER, name="Judith Phiri")


@pytest.fixture
async def path(amina, judge, join, file, database, now):
    """A case under appeal; Amina has handled it."""
    lead = await join(Role.LEAD, name="Lindiwe Banda")
    made = await file("They owe us.")
    async with database.transaction() as db:
        its = {"state": State.PROPOSED, "assignee": amina.member.id}
        await case.change(db, made.case_id, **its, quarantine=False)
        await panel.name(db, judge.member, by=lead.member, now=now)
        await appeals.ask(db, made.case_id, now=now)
    return f"/cases/{made.reference}"


async def test_the_panel_gets_the_key_when_somebody_who_has_it_looks(amina, judge, path):
    assert "You have no key to this case yet" in await judge.page(path)
    text = await amina.page(path)
    assert "Judith Phiri" in text
    assert "Back to the review" not in text
    assert "They owe us." in await judge.page(path)


@pytest.mark.parametrize(("verdict", "stands"), [("upheld", "In review"), ("dismissed", "Closed")])
async def test_a_judge_decides_and_has_no_more_part_in_it(amina, judge, path, verdict, stands):
    await amina.page(path)
    form = {"verdict": verdict, "grounds": "We looked at it."}
    answer = await judge.post(f"{path}/verdict", form, on=path)
    assert "is decided, and your reason is on its way" in await answer.text()
    assert (await judge.get(path)).status == 404
    text = await amina.page(path)
    assert f'<span class="badge">{stands}</span>' in text
    assert "We looked at it." in text
    assert ("Sent back by the appeal panel" in text) == (verdict == "upheld")
    assert "Pass to the appeal panel" not in text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"verdict": "upheld", "grounds": " "}, "Write something first."),
        ({"verdict": "upheld", "grounds": "x" * 1501}, "This is too long."),
        ({"verdict": "", "grounds": "So."}, "Choose what the panel decides."),
    ],
)
async def test_what_is_missing_is_asked_for_again(amina, judge, path, form, said):
    await amina.page(path)
    answer = await judge.post(f"{path}/verdict", form, on=path)
    assert answer.status == 422
    assert said in await answer.text()


async def test_who_had_a_part_in_it_does_not_decide(amina, path):
    form = {"verdict": "upheld", "grounds": "I was right."}
    answer = await amina.post(f"{path}/verdict", form, on=path)
    assert answer.status == 422
    assert "moved on" not in await answer.text()
    assert "Under appeal" in await amina.page(path)


async def test_what_is_decided_is_decided(amina, judge, join, path):
    await amina.page(path)
    form = {"verdict": "dismissed", "grounds": "So."}
    await judge.post(f"{path}/verdict", form, on=path)
    late = await amina.post(f"{path}/verdict", form, on=path)
    assert "moved on meanwhile" in await late.text()


async def test_where_nobody_is_left_the_page_says_what_to_do(amina, path, database):
    async with database.transaction() as db:
        await db.execute(panel.panel.delete())
    assert "Nobody is left who had no part in the case." in await amina.page(path)


async def test_a_closed_case_is_passed_to_the_panel_by_who_triages(amina, path, database):
    async with database.transaction() as db:
        (row,) = (await db.execute(case.cases.select())).all()
        await case.change(db, row.id, state=State.CLOSED)
    assert "Pass to the appeal panel" in await amina.page(path)
    form = {"reason": "He came to the office."}
    answer = await amina.post(f"{path}/move/appealed", form)
    assert "is now: Under appeal." in await answer.text()
