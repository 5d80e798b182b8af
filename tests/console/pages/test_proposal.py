import pytest

from forum.members import Role
from grievances import case
from grievances.states import State


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def path(amina, file, database):
    """A case with a proposal of Amina's."""
    made = await file("They owe us.")
    async with database.transaction() as db:
        await case.change(db, made.case_id, state=State.PROPOSED, assignee=amina.member.id)
    return f"/cases/{made.reference}"


@pytest.mark.parametrize(
    ("word", "stands"),
    [
        ("yes", "Remedy agreed"),
        ("no", "In review"),
        ("talk", "In review"),
        ("appeal", "Under appeal"),
    ],
)
async def test_the_case_goes_on_by_what_a_member_was_told(amina, path, word, stands):
    answer = await amina.post(f"{path}/word", {"word": word}, on=path)
    assert f"is now: {stands}." in await answer.text()


async def test_after_a_no_the_queue_says_why_nobody_has_it(amina, join, path):
    other = await join(name="Neema Achieng")
    await amina.post(f"{path}/word", {"word": "no"}, on=path)
    for page in ("/cases?show=unassigned", path):
        assert "The reporter did not agree: for another handler" in await amina.page(page)
    text = await amina.page(path)
    assert (
        f'<option value="{amina.member.id}"'
        not in text.partition('id="assignee"')[2].partition("</select>")[0]
    )
    refused = await amina.post(f"{path}/assign", {"assignee": amina.member.id}, on=path)
    assert refused.status == 422
    assert "They had this case before." in await refused.text()
    given = await amina.post(f"{path}/assign", {"assignee": other.member.id}, on=path)
    text = await given.text()
    assert "Neema Achieng has case" in text
    assert "for another handler" not in text


async def test_a_handler_whose_proposal_is_refused_is_back_at_their_list(
    join, path, database, amina, file
):
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    async with database.transaction() as db:
        (row,) = (await db.execute(case.cases.select())).all()
        await case.change(db, row.id, assignee=handler.member.id, quarantine=False)
    form = {**await handler.hidden("/account"), "word": "no", "once": "x"}
    answer = await handler.client.post(f"{path}/word", data=form)
    assert answer.url.path == "/cases"
    assert (await handler.get(path)).status == 404


@pytest.mark.parametrize("word", ["", "perhaps", "yes"])
async def test_a_word_that_is_none_or_comes_too_late_changes_nothing(amina, path, database, word):
    if word == "yes":
        async with database.transaction() as db:
            (row,) = (await db.execute(case.cases.select())).all()
            await case.change(db, row.id, state=State.IN_REVIEW)
    answer = await amina.post(f"{path}/word", {"word": word}, on=path)
    assert "moved on meanwhile" in await answer.text()
