from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.base import Media
from forum import attachments, audit, bodies, keyholders
from forum.cleaning import Cleaned
from forum.members import Role
from grievances import actions, case, entries, exclusions, remedies
from grievances.case import NoSuchCase
from grievances.exclusions import NotEligible, Why
from grievances.remedies import Basis, NoSuchAction, Plan, Unclear
from grievances.states import NotAllowed, State
from tests.support import planted_pictures
from tests.support.kept_files import bring_home


@pytest.fixture
async def agreed(database, file, handler, secretary):
    """A case whose remedy is agreed, with its handler."""
    filed = await file(attachments=[Media("f1", "photo", "image/jpeg")])
    async with database.transaction() as db:
        await case.change(db, filed.case_id, state=State.AGREED, assignee=handler.member.id)
    return filed


@pytest.fixture
def plan(now):
    def planned(what="Pay what is owed.", **more):
        owner = {} if more else {"owner": "The pit's owner"}
        return Plan(what, (now + timedelta(days=5)).date(), **owner, **more)

    return planned


@pytest.fixture
def does(database, agreed, now):
    """Call one of the functions of ``remedies`` on the case, each in its own transaction."""

    async def done(act, *args, by, **more):
        async with database.transaction() as db:
            given = {"by": by.member, "now": now, **more}
            return await act(db, agreed.case_id, *args, **given)

    return done


@pytest.fixture
def stands(database, agreed):
    async def at(state):
        async with database.transaction() as db:
            await case.change(db, agreed.case_id, state=state)

    return at


@pytest.fixture
def listed(database, agreed):
    async def found():
        async with database.reading() as db:
            return await actions.of_case(db, agreed.case_id)

    return found


@pytest.fixture
async def under_way(does, stands, plan, handler):
    """The id of an action that is to be done now."""
    action_id = await does(remedies.add, plan(), by=handler)
    await stands(State.IMPLEMENTING)
    return action_id


async def opened(database, agreed, person, found, column):
    async with database.reading() as db:
        key = await keyholders.open_subject(db, agreed.case_id, person.member.id, person.private)
    return found.words(column, key)


async def test_an_action_says_sealed_what_is_done_and_by_whom(
    does, plan, listed, handler, secretary, agreed, database
):
    await does(remedies.add, plan(), by=handler)
    (found,) = await listed()
    assert await opened(database, agreed, secretary, found, "what") == "Pay what is owed."
    assert await opened(database, agreed, secretary, found, "owner") == "The pit's owner"
    assert b"Pay" not in found.what


async def test_a_member_or_a_body_may_be_the_one_who_does_it(
    does, plan, listed, handler, database
):
    async with database.transaction() as db:
        body = {"id": "b" * 32, "name": "Labour office", "kind": "authority"}
        await db.execute(bodies.bodies.insert().values(body))
    await does(remedies.add, plan(member_id=handler.member.id), by=handler)
    await does(remedies.add, plan(body_id="b" * 32), by=handler)
    found = {(each.owner_id, each.body_id, each.owner) for each in await listed()}
    assert found == {(handler.member.id, None, None), (None, "b" * 32, None)}


async def test_what_is_not_said_clearly_is_not_planned(
    does, plan, handler, secretary, join, database, agreed, now
):
    out = await join("out@example.org")
    async with database.transaction() as db:
        await exclusions.exclude(
            db, [agreed.case_id], [out.member.id], Why.ASIDE, by=out.member.id, now=now
        )
    unclear = (
        plan(""),
        Plan("Pay.", now.date()),
        Plan("Pay.", now.date(), member_id=handler.member.id, owner="Somebody"),
        plan(member_id="m" * 32),
        plan(member_id=out.member.id),
        plan(body_id="b" * 32),
    )
    for each in unclear:
        with pytest.raises(Unclear):
            await does(remedies.add, each, by=handler)


async def test_it_is_changed_done_dropped_and_put_back_and_all_is_logged(
    does, plan, listed, under_way, handler, secretary, agreed, database, now
):
    await does(remedies.amend, under_way, plan("Pay half."), by=handler)
    (found,) = await listed()
    assert await opened(database, agreed, secretary, found, "what") == "Pay half."
    await does(remedies.finish, under_way, evidence="I saw the money.", by=secretary)
    (found,) = await listed()
    assert (found.done_at, found.done_by) == (now, secretary.member.id)
    assert await opened(database, agreed, secretary, found, "evidence") == "I saw the money."
    await does(remedies.put_back, under_way, by=handler)
    await does(remedies.cancel, under_way, reason="They paid themselves.", by=handler)
    (found,) = await listed()
    assert (found.done_at, found.evidence, found.cancelled_by) == (None, None, handler.member.id)
    async with database.reading() as db:
        lines = [line for line in await audit.recent(db) if line.act.startswith("case.action")]
    assert [(line.act.split(".")[-1], line.actor) for line in reversed(lines)] == [
        ("added", handler.member.id),
        ("changed", handler.member.id),
        ("done", secretary.member.id),
        ("put_back", handler.member.id),
        ("cancelled", handler.member.id),
    ]
    assert {line.subject for line in lines} == {agreed.case_id}


async def test_a_file_of_the_case_is_evidence_and_one_of_another_is_not(
    does, under_way, listed, handler, agreed, database, keyring, file, now
):
    await bring_home(database, keyring, now, Cleaned("image/png", planted_pictures.png()))
    other = await file(attachments=[Media("f2", "photo", "image/jpeg")])
    await bring_home(database, keyring, now, Cleaned("image/png", planted_pictures.png()))
    async with database.reading() as db:
        (photo,) = await attachments.of_subject(db, agreed.case_id)
        (strange,) = await attachments.of_subject(db, other.case_id)
    finish = {"evidence": "", "by": handler}
    for wrong in (strange.id, "x" * 32, None):
        with pytest.raises(Unclear):
            await does(remedies.finish, under_way, attachment_id=wrong, **finish)
    await does(remedies.finish, under_way, attachment_id=photo.id, **finish)
    (found,) = await listed()
    assert found.attachment_id == photo.id


async def test_what_is_done_or_dropped_is_not_changed_and_what_is_confirmed_stays(
    does, plan, under_way, handler, secretary
):
    with pytest.raises(NoSuchAction):
        await does(remedies.put_back, under_way, by=handler)
    await does(remedies.finish, under_way, evidence="Seen.", by=handler)
    for act, args, more in (
        (remedies.amend, (plan(),), {}),
        (remedies.finish, (), {"evidence": "Again."}),
        (remedies.cancel, (), {"reason": "No."}),
    ):
        with pytest.raises(NoSuchAction):
            await does(act, under_way, *args, by=handler, **more)
    with pytest.raises(NoSuchAction):
        await does(remedies.amend, "x" * 32, plan(), by=handler)


async def test_nothing_is_dropped_without_a_reason(does, under_way, handler):
    with pytest.raises(Unclear):
        await does(remedies.cancel, under_way, reason="", by=handler)


async def test_what_is_only_agreed_is_not_done_yet(does, plan, handler):
    action_id = await does(remedies.add, plan(), by=handler)
    with pytest.raises(NotAllowed):
        await does(remedies.finish, action_id, evidence="Seen.", by=handler)


@pytest.mark.parametrize("state", sorted(set(State) - remedies.PLANNED_AT))
async def test_where_no_remedy_is_agreed_nothing_is_planned(does, plan, stands, handler, state):
    await stands(state)
    with pytest.raises(NotAllowed):
        await does(remedies.add, plan(), by=handler)


async def test_the_handler_and_who_triages_work_on_it_and_nobody_else(
    does, plan, join, secretary, agreed, database, now
):
    await does(remedies.add, plan(), by=secretary)
    for role in (Role.HANDLER, Role.ADMINISTRATOR, Role.OFFICIAL, Role.AUDITOR):
        other = await join(f"some-{role}@example.org", role)
        with pytest.raises(NotEligible):
            await does(remedies.add, plan(), by=other)
    async with database.transaction() as db:
        out = [secretary.member.id]
        await exclusions.exclude(db, [agreed.case_id], out, Why.ASIDE, by=out[0], now=now)
    for act, args, more in (
        (remedies.add, (plan(),), {}),
        (remedies.confirm, (), {"basis": Basis.WORD, "reason": "They said so."}),
    ):
        with pytest.raises(NoSuchCase):
            await does(act, *args, by=secretary, **more)


async def test_somebody_else_confirms_for_a_reason(
    does, under_way, handler, secretary, join, agreed, database
):
    lead = await join("lead@example.org", Role.LEAD)
    confirm = {"basis": Basis.WORD, "reason": "She told me on the telephone."}
    with pytest.raises(NotAllowed):  # not done yet
        await does(remedies.confirm, by=lead, **confirm)
    await does(remedies.finish, under_way, evidence="Seen.", by=secretary)
    for involved in (handler, secretary):
        with pytest.raises(NotAllowed):
            await does(remedies.confirm, by=involved, **confirm)
    with pytest.raises(Unclear):
        await does(remedies.confirm, by=lead, **{**confirm, "reason": ""})
    await does(remedies.confirm, by=lead, **confirm)
    async with database.reading() as db:
        moves = await case.history(db, agreed.case_id)
        key = await keyholders.open_subject(
            db, agreed.case_id, secretary.member.id, secretary.private
        )
        said = [entry.text for entry in await entries.read(db, agreed.case_id, key)]
        confirmed = (await db.execute(select(actions.actions.c.confirmed_at))).scalar_one()
    assert (moves[-1].state, moves[-1].actor) == (State.RESOLVED, lead.member.id)
    assert said[-2:] == ["She told me on the telephone.", "Confirmed by the reporter's word."]
    assert confirmed is not None


async def test_who_does_not_work_on_cases_confirms_nothing(does, join, stands):
    await stands(State.IMPLEMENTING)
    auditor = await join("auditor@example.org", Role.AUDITOR)
    with pytest.raises(NotEligible):
        await does(remedies.confirm, by=auditor, basis=Basis.EVIDENCE, reason="I think so.")


async def test_an_action_is_found_in_its_own_case(does, plan, handler, agreed, file, database):
    action_id = await does(remedies.add, plan(), by=handler)
    other = (await file()).case_id
    async with database.reading() as db:
        assert (await remedies.find(db, agreed.case_id, action_id)).id == action_id
        assert await remedies.find(db, other, action_id) is None
