from datetime import timedelta

import pytest

from channels.base import Media
from forum.cleaning import Cleaned
from forum.members import Role
from grievances import actions, case, exclusions
from grievances.exclusions import Why
from grievances.states import State
from tests.support import planted_pictures
from tests.support.kept_files import bring_home


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def neema(join):
    """Another secretary, with a key to what comes from now on."""
    return await join(name="Neema Achieng")


@pytest.fixture
async def path(amina, neema, file, database):
    """A case whose remedy is agreed."""
    made = await file("They owe us.", attachments=[Media("f1", "photo", "image/jpeg")])
    async with database.transaction() as db:
        await case.change(db, made.case_id, state=State.AGREED, assignee=amina.member.id)
    return f"/cases/{made.reference}"


@pytest.fixture
def form(now):
    def filled(**more):
        due = (now + timedelta(days=3)).date().isoformat()
        return {"what": "Pay them.", "owner": "", "other": "The owner", "due": due, **more}

    return filled


@pytest.fixture
def planned(amina, path, form, database):
    """Plan an action and start the remedy; returns the action's address."""

    async def added(**more):
        await amina.post(f"{path}/actions", form(**more), on=path)
        async with database.transaction() as db:
            found = (await db.execute(actions.actions.select())).all()
            await case.change(db, found[0].case_id, state=State.IMPLEMENTING)
        return f"{path}/actions/{found[-1].id}"

    return added


async def test_a_remedy_begins_once_something_is_planned(amina, path, form):
    assert "Start the remedy" not in await amina.page(path)
    answer = await amina.post(f"{path}/actions", form(), on=path)
    text = await answer.text()
    assert "It is kept what is to be done." in text
    assert "Pay them." in text
    assert "The owner" in text
    assert "Start the remedy" in text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"what": ""}, "Write something first."),
        ({"what": "x" * 1501}, "This is too long."),
        ({"due": "someday"}, "Choose a day."),
        ({"other": ""}, "Choose who does it"),
        ({"owner": "member:" + "m" * 32}, "Choose who does it"),
        ({"owner": "member:" + "m" * 32, "other": ""}, "Choose who does it"),
        ({"owner": "ghost:x", "other": ""}, "Choose who does it"),
    ],
)
async def test_what_is_unclear_is_given_back(amina, path, form, wrong, said):
    answer = await amina.post(f"{path}/actions", form(**wrong), on=path)
    text = await answer.text()
    assert answer.status == 422
    assert said in text
    assert form(**wrong)["due"] in text


async def test_the_button_pressed_twice_plans_once(amina, path, form):
    data = {**await amina.hidden(path), **form()}
    for _ in range(2):
        answer = await amina.client.post(f"{path}/actions", data=data)
    assert "Nothing was sent twice." in await answer.text()
    assert (await amina.page(path)).count("Pay them.") == 1


async def test_it_is_changed_done_and_taken_back(amina, planned, path, form):
    action = await planned()
    assert 'value="The owner"' in await amina.page(action)
    own = form(what="Pay half.", owner=f"member:{amina.member.id}", other="")
    text = await (await amina.post(action, own)).text()
    assert "Pay half." in text
    assert "Amina Okello ·" in text
    empty = await amina.post(f"{action}/done", {"evidence": ""}, on=action)
    assert empty.status == 422
    text = await (await amina.post(f"{action}/done", {"evidence": "Seen."}, on=action)).text()
    assert "It is marked as done." in text
    assert "Seen." in text
    assert "Somebody else confirms it now" in text
    assert "Mark as resolved" not in text
    text = await (await amina.post(f"{action}/back", on=action)).text()
    assert "It is to be done again." in text
    assert "Seen." not in text


async def test_a_file_of_the_case_is_evidence(amina, planned, path, database, keyring, now):
    action = await planned()
    cleaned = Cleaned("image/png", planted_pictures.png())
    (photo,) = await bring_home(database, keyring, now, cleaned)
    assert f'<option value="{photo}"' in await amina.page(action)
    strange = {"evidence": "", "attachment": "x" * 32}
    assert (await amina.post(f"{action}/done", strange, on=action)).status == 422
    form = {"evidence": "", "attachment": photo}
    text = await (await amina.post(f"{action}/done", form, on=action)).text()
    assert "It is marked as done." in text
    assert f'href="#attachment-{photo}"' in text


async def test_it_is_dropped_for_a_reason(amina, planned, path):
    action = await planned()
    assert (await amina.post(f"{action}/drop", {"reason": " "}, on=action)).status == 422
    text = await (await amina.post(f"{action}/drop", {"reason": "Settled."}, on=action)).text()
    assert "It is dropped." in text
    assert "Settled." in text


async def test_what_is_late_is_shown_as_late_on_both_pages(amina, planned, path, clock):
    await planned()
    clock.turn(days=3)
    assert "Late: was due" not in await amina.page(path)
    clock.turn(hours=16)
    await amina.client.post(
        "/sign-in", data={"email": "amina@forum.example", "password": "river stones sing at dusk"}
    )
    for page in (path, "/actions", "/actions?show=all"):
        assert "Late: was due" in await amina.page(page), page


async def test_the_list_is_of_mine_and_for_who_triages_of_all(amina, neema, join, planned, path):
    await planned()
    assert "Pay them." in await amina.page("/actions")
    assert "Nothing is to be done" in await neema.page("/actions")
    assert "Pay them." in await neema.page("/actions?show=all")
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    text = await handler.page("/actions?show=all")
    assert "Nothing is to be done" in text
    assert "All open" not in text


async def test_who_came_later_finds_the_case_and_not_its_words(planned, join):
    await planned()
    late = await join(name="Ruth Banda")
    text = await late.page("/actions?show=all")
    assert "Pay them." not in text
    assert "You have no key to this case yet" in text


async def test_a_confirmation_takes_other_eyes_and_what_they_saw(amina, neema, planned, path):
    action = await planned()
    await amina.post(f"{action}/done", {"evidence": "Seen."}, on=action)
    resolve = f"{path}/move/resolved"
    assert "moved on meanwhile" in await (await amina.get(resolve)).text()
    tell = {"tell": "They have paid."}
    for wrong in ({}, {"basis": "word"}, {"reason": "She said so."}, {"basis": "hope"}):
        answer = await neema.post(resolve, {**tell, **wrong})
        assert answer.status == 422
    done = await neema.post(resolve, {**tell, "basis": "word", "reason": "She said so."})
    assert "is now: Resolved." in await done.text()
    text = await amina.page(path)
    assert "She said so." in text
    assert "Confirmed by the reporter&#39;s word." in text


async def test_what_has_moved_on_is_left_alone(amina, planned, path, form, database):
    action = await planned()
    data = {**await amina.hidden(action), **form()}
    async with database.transaction() as db:
        (row,) = (await db.execute(actions.actions.select())).all()
        await case.change(db, row.case_id, state=State.DUPLICATE)
    for address in (action, f"{action}/done", f"{action}/drop", f"{action}/back"):
        more = {"evidence": "x", "reason": "x"}
        answer = await amina.client.post(address, data={**data, **more})
        assert "moved on meanwhile" in await answer.text()
    assert "moved on meanwhile" in await (await amina.get(action)).text()


async def test_to_who_is_kept_out_there_is_no_such_action(
    amina, join, planned, path, database, now
):
    lead = await join(Role.LEAD, name="Lindiwe Banda")
    action = await planned()
    data = await lead.hidden("/account")
    async with database.transaction() as db:
        (row,) = (await db.execute(actions.actions.select())).all()
        out = [lead.member.id]
        await exclusions.exclude(db, [row.case_id], out, Why.ASIDE, by=out[0], now=now)
    assert (await lead.get(action)).status == 404
    assert (await lead.client.post(f"{action}/back", data=data)).status == 404
    assert "Pay them." not in await lead.page("/actions?show=all")
    assert (await amina.get(f"{path}/actions/{'a' * 32}")).status == 404
