"""Answers that are kept ready: written once in each language, picked on a case, sent by hand."""

import re

import pytest

from forum.members import Role
from grievances import ready_answers


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


HEARD = {
    "name": "Heard",
    "purpose": "heard",
    "category": "",
    "active": "yes",
    "text-en": "We have read it. You hear by {date}.",
    "text-sw": "Tumeisoma. Utajibiwa kabla ya {date}.",
}


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


async def write(person, **more):
    return await person.post("/answers", {**HEARD, **more}, on="/answers/new")


async def one(database):
    async with database.reading() as db:
        (kept,) = await ready_answers.everything(db)
    return kept


async def undo(person, answer):
    """Press the undo of the notice on the page of *answer*."""
    text = await answer.text()
    path = re.search(r'action="(/answers/\w+/back)"', text)[1]
    fields = dict(re.findall(r'name="(csrf|edition)" value="([^"]*)"', text))
    return await person.client.post(path, data=fields)


async def test_at_first_there_is_none_and_the_page_says_how_to_begin(amina):
    assert "No answer is kept ready yet" in await amina.page("/answers")


async def test_one_is_kept_and_listed_with_what_it_costs(amina):
    text = await (await write(amina)).text()
    assert "The answer «Heard» is kept." in text
    assert "Kiswahili: 1 SMS" in text
    assert "Français: not yet" in text
    assert "sent 0 times" in text


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"name": " "}, "name", "Give it a name"),
        ({"name": "x" * 101}, "name", "Give it a name"),
        ({"purpose": "none"}, "purpose", "Choose what it is for."),
        ({"category": "NONE"}, "category", "Choose from the list."),
        ({"text-en": "", "text-sw": ""}, "text-en", "Write it in one language at least."),
        ({"text-sw": "x" * 1501}, "text-sw", "This is too long."),
        ({"text-sw": "Case {reference}"}, "text-sw", "Nothing fills this."),
        ({"text-sw": "{date"}, "text-sw", "A brace is open or empty."),
        ({"text-sw": "{}"}, "text-sw", "A brace is open or empty."),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_the_rest_given_back(
    amina, database, wrong, field, said
):
    answer = await write(amina, **wrong)
    text = await answer.text()
    assert answer.status == 422
    assert said in text.partition(f'id="{field}-error">')[2][:200]
    if "text-en" not in wrong:
        assert HEARD["text-en"] in text
    async with database.reading() as db:
        assert await ready_answers.everything(db) == []


async def test_one_is_changed_and_the_change_taken_back(amina, database):
    await write(amina)
    path = f"/answers/{(await one(database)).id}"
    assert HEARD["text-sw"] in await amina.page(path)
    changed = {**HEARD, "name": "Read", "active": "", "text-en": ""}
    answer = await amina.post(path, changed)
    assert "Switched off" in await answer.text()
    assert set((await one(database)).draft.texts) == {"sw"}
    text = await (await undo(amina, answer)).text()
    assert "The answer «Heard» is as it was before." in text
    assert set((await one(database)).draft.texts) == {"en", "sw"}


async def test_what_somebody_changed_meanwhile_is_not_lost(amina, lead, database):
    await write(amina)
    path = f"/answers/{(await one(database)).id}"
    old = await amina.hidden(path)
    await lead.post(path, {**HEARD, "name": "By the lead"})
    answer = await amina.client.post(path, data={**HEARD, **old, "name": "By Amina"})
    text = await answer.text()
    assert answer.status == 422
    assert "Somebody changed it meanwhile." in text
    assert "By Amina" in text
    assert (await one(database)).draft.name == "By the lead"


async def test_the_lead_removes_one_and_takes_it_back(amina, lead, database):
    await write(amina)
    kept = await one(database)
    assert f"/answers/{kept.id}/remove" not in await amina.page("/answers")
    assert (await amina.post(f"/answers/{kept.id}/remove", on="/answers")).status == 403
    answer = await lead.post(f"/answers/{kept.id}/remove", on="/answers")
    assert "is offered no more." in await answer.text()
    assert (await amina.get(f"/answers/{kept.id}")).status == 404
    await undo(lead, answer)
    assert (await one(database)).draft == kept.draft


@pytest.mark.parametrize("edition", ["", "x", "-1", "7", "9" * 40, "٣"])
async def test_what_cannot_be_taken_back_changes_nothing(amina, database, edition):
    await write(amina)
    kept = await one(database)
    path = f"/answers/{kept.id}/back"
    text = await (await amina.post(path, {"edition": edition}, on="/answers")).text()
    assert "Nothing was changed just now." in text
    assert await one(database) == kept


async def test_one_that_is_none_is_not_found(lead):
    path = f"/answers/{'0' * 32}"
    assert (await lead.get(path)).status == 404
    assert (await lead.post(path, HEARD, on="/answers/new")).status == 404
    assert (await lead.post(f"{path}/remove", on="/answers/new")).status == 404


@pytest.mark.parametrize("role", [Role.HANDLER, Role.ADMINISTRATOR, Role.AUDITOR])
async def test_others_have_no_part_in_it(join, role):
    person = await join(role, name="Some One")
    assert (await person.get("/answers")).status == 403
    assert 'href="/answers"' not in await person.page("/account")


async def test_what_was_written_is_never_html(amina):
    text = await (await write(amina, name="<b>Heard</b>")).text()
    assert "<b>Heard" not in text


# --- on the page of a case


async def test_a_case_offers_what_is_in_the_reporters_language_first(amina, file):
    path = f"/cases/{(await file()).reference}"
    assert "No ready answer fits this case, in Kiswahili" in await amina.page(path)
    await write(amina, **{"name": "English only", "text-sw": ""})
    assert "There is none in Kiswahili yet." in await amina.page(path)
    await write(amina, name="Swahili too")
    text = await amina.page(path)
    assert text.index("Swahili too</option>") < text.index("English only</option>")
    assert "There is none in Kiswahili yet." not in text


async def test_picking_one_fills_the_field_and_sends_nothing(amina, file, database):
    path = f"/cases/{(await file()).reference}"
    await write(amina)
    answer_id = (await one(database)).id
    text = await amina.page(f"{path}?answer={answer_id}")
    assert "Tumeisoma. Utajibiwa kabla ya 02/06/2026.</textarea>" in text
    assert "to the reporter</strong>" not in text
    assert (await one(database)).used == 0


async def test_one_in_another_language_says_so(amina, file, database):
    path = f"/cases/{(await file()).reference}"
    await write(amina, **{"text-sw": ""})
    text = await amina.page(f"{path}?answer={(await one(database)).id}")
    assert "These words are in English." in text


async def test_one_that_was_sent_is_counted_once(amina, file, database):
    path = f"/cases/{(await file()).reference}"
    await write(amina)
    picked = f"{path}?answer={(await one(database)).id}"
    form = {**await amina.hidden(picked), "answer": "Tumeisoma."}
    for _ in range(2):
        await amina.client.post(f"{path}/answer", data=form)
    assert (await one(database)).used == 1
    await amina.post(f"{path}/answer", {"answer": "By hand."}, on=path)
    assert (await one(database)).used == 1


async def test_which_one_it_was_is_kept_through_a_mistake(amina, file, database):
    path = f"/cases/{(await file()).reference}"
    await write(amina)
    answer_id = (await one(database)).id
    form = {**await amina.hidden(f"{path}?answer={answer_id}"), "answer": "x" * 1501}
    text = await (await amina.client.post(f"{path}/answer", data=form)).text()
    assert f'name="ready" value="{answer_id}"' in text
    assert "x" * 1501 in text
