"""A link makes one member, once, in time."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from forum import audit, invites, members
from forum.invites import EmailTaken, Invited, InviteSpent
from forum.members import CASE_RIGHTS, RIGHTS, NotAllowed, Role

AMANI = {"email": " Amani@Forum.example", "name": " Amani ", "language": "fr"}


@pytest.fixture
async def lead(join):
    return (await join(Role.LEAD, name="Lead"))[0]


@pytest.fixture
def prepared(keyring):
    return members.prepare("a river of mangoes", keyring)


@pytest.fixture
async def token(db, keyring, lead, now):
    return await invites.invite(db, keyring, **AMANI, role=Role.SECRETARY, by=lead, now=now)


async def test_a_link_says_whom_it_invites(db, keyring, token, now):
    invited = await invites.read_invite(db, keyring, token, now)
    assert invited == Invited("amani@forum.example", "Amani", Role.SECRETARY, "fr")


async def test_who_accepts_is_a_member(db, keyring, token, prepared, now):
    member = await invites.accept(db, keyring, token, prepared=prepared, now=now)
    assert (member.email, member.name) == ("amani@forum.example", "Amani")
    assert (member.role, member.language) == (Role.SECRETARY, "fr")
    assert await members.by_email(db, "amani@forum.example") == member
    assert members.open_private(member, "a river of mangoes", keyring.cost)


async def test_who_accepts_does_not_choose_another_address(db, keyring, token, prepared, now):
    member = await invites.accept(
        db, keyring, token, prepared=prepared, now=now, email="other@x.example", name="Other"
    )
    assert (member.email, member.name) == ("amani@forum.example", "Amani")


async def test_a_link_works_once(db, keyring, token, prepared, now):
    await invites.accept(db, keyring, token, prepared=prepared, now=now)
    assert await invites.read_invite(db, keyring, token, now) is None
    with pytest.raises(InviteSpent):
        await invites.accept(db, keyring, token, prepared=prepared, now=now)


@pytest.mark.parametrize(("after", "valid"), [(-1, True), (0, False)])
async def test_a_link_lasts_seven_days(db, keyring, token, now, after, valid):
    then = now + timedelta(days=7, seconds=after)
    assert bool(await invites.read_invite(db, keyring, token, then)) == valid


async def test_a_link_that_is_too_old_makes_nobody(db, keyring, token, prepared, now):
    with pytest.raises(InviteSpent):
        await invites.accept(db, keyring, token, prepared=prepared, now=now + timedelta(days=8))


async def test_a_second_link_voids_the_first(db, keyring, lead, token, now):
    second = await invites.invite(db, keyring, **AMANI, role=Role.HANDLER, by=lead, now=now)
    assert await invites.read_invite(db, keyring, token, now) is None
    assert (await invites.read_invite(db, keyring, second, now)).role is Role.HANDLER


@pytest.mark.parametrize("wrong", ["", "x", "\x00", "\ud800", "x" * 10_000])
async def test_a_wrong_token_invites_nobody(db, keyring, token, now, wrong):
    assert await invites.read_invite(db, keyring, wrong, now) is None


async def test_the_token_is_not_in_the_table(db, token):
    (row,) = await db.execute(select(invites.invites))
    assert token not in map(str, row)


async def test_a_present_member_is_not_invited_again(db, keyring, lead, now):
    taken = AMANI | {"email": lead.email.upper()}
    with pytest.raises(EmailTaken):
        await invites.invite(db, keyring, **taken, role=Role.HANDLER, by=lead, now=now)


async def test_an_address_taken_meanwhile_makes_no_second_member(
    db, keyring, token, join, prepared, now
):
    await join(name="amani")
    with pytest.raises(EmailTaken):
        await invites.accept(db, keyring, token, prepared=prepared, now=now)


@pytest.mark.parametrize("role", [role for role in Role if RIGHTS[role] & CASE_RIGHTS])
async def test_an_administrator_invites_nobody_who_opens_cases(db, keyring, join, now, role):
    boss, _ = await join(Role.ADMINISTRATOR, name="Boss")
    with pytest.raises(NotAllowed):
        await invites.invite(db, keyring, **AMANI, role=role, by=boss, now=now)


async def test_an_invitation_is_in_the_log_without_the_address(db, keyring, lead, token):
    (act,) = await audit.recent(db)
    assert (act.actor, act.act, act.subject) == (lead.id, "member.invited.secretary", "-")


async def test_the_first_lead_says_name_and_address(db, keyring, prepared, now):
    token = await invites.first_invite(db, keyring, now)
    assert await invites.read_invite(db, keyring, token, now) == Invited(
        None, None, Role.LEAD, "en"
    )
    member = await invites.accept(
        db, keyring, token, prepared=prepared, now=now, email="Lead@x.example", name="Lead"
    )
    assert (member.email, member.role) == ("lead@x.example", Role.LEAD)


async def test_a_first_link_lasts_a_day_and_voids_the_one_before(db, keyring, now):
    before = await invites.first_invite(db, keyring, now)
    token = await invites.first_invite(db, keyring, now)
    tomorrow = now + timedelta(hours=24)
    assert await invites.read_invite(db, keyring, before, now) is None
    assert await invites.read_invite(db, keyring, token, now) is not None
    assert await invites.read_invite(db, keyring, token, tomorrow) is None


async def test_two_who_click_at_once_make_one_member(database, keyring, prepared, now):
    async with database.transaction() as db:
        token = await invites.first_invite(db, keyring, now)

    async def accept(email):
        async with database.transaction() as db:
            await invites.accept(
                db, keyring, token, prepared=prepared, now=now, email=email, name="Lead"
            )

    outcomes = await asyncio.gather(
        *(accept(f"{number}@x.example") for number in range(5)), return_exceptions=True
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, InviteSpent) for outcome in outcomes) == 4
