"""Members: what a role allows, how a password opens a key, and how somebody leaves."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from forum import audit, bodies, keyholders, members
from forum.key_shares import key_shares
from forum.members import (
    CASE_RIGHTS,
    RIGHTS,
    LastManager,
    NotAllowed,
    Right,
    Role,
)
from vault.passwords import WrongPassword, wrap
from vault.recovery import pair_from
from vault.seals import CannotOpen, new_pair, pair_of


@pytest.mark.parametrize("role", Role)
def test_who_steers_delivery_also_sees_it(role):
    assert Right.STEER_DELIVERY not in RIGHTS[role] or Right.WATCH_DELIVERY in RIGHTS[role]


@pytest.mark.parametrize("role", Role)
def test_delivery_is_seen_by_who_triages_broadcasts_or_administers(role):
    answers_for_it = {Right.BROADCAST, Right.MANAGE_MEMBERS} & RIGHTS[role]
    assert (Right.STEER_DELIVERY in RIGHTS[role]) is bool(answers_for_it)
    sees = bool(answers_for_it) or Right.TRIAGE in RIGHTS[role]
    assert (Right.WATCH_DELIVERY in RIGHTS[role]) is sees


def test_every_role_has_its_rights():
    assert set(RIGHTS) == set(Role)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OFFICIAL, Role.AUDITOR])
def test_these_roles_never_open_a_case(role):
    assert not RIGHTS[role] & CASE_RIGHTS


async def test_a_password_opens_the_key(join, keyring):
    member, private = await join(name="Amani")
    assert members.open_private(member, "Amani by the river", keyring.cost) == private
    assert pair_of(private).public == member.public_key


async def test_a_wrong_password_does_not(join, keyring):
    member, _ = await join(name="Amani")
    with pytest.raises(WrongPassword):
        members.open_private(member, "Amani by the sea", keyring.cost)


def test_nobodys_password_is_wrong_too(keyring):
    with pytest.raises(WrongPassword):
        members.open_private(None, "Amani by the river", keyring.cost)


async def test_a_wrapped_key_copied_from_another_row_is_no_way_in(join, keyring):
    amani, _ = await join(name="Amani")
    thief, _ = await join(name="Thief")
    with pytest.raises(WrongPassword):
        members.open_private(
            replace(amani, wrapped=thief.wrapped), "Thief by the river", keyring.cost
        )


async def test_the_recovery_passphrase_opens_a_forgotten_key(join, passphrase):
    member, private = await join()
    assert members.private_by_recovery(member, pair_from(passphrase)) == private
    with pytest.raises(CannotOpen):
        members.private_by_recovery(member, new_pair())


async def test_a_new_password_replaces_the_old(db, join, keyring, now):
    member, private = await join(name="Amani")
    wrapped = wrap(private, "a new day at the pit", keyring.cost)
    await members.change_password(db, member.id, wrapped, now=now)
    member = await members.get(db, member.id)
    assert members.open_private(member, "a new day at the pit", keyring.cost) == private
    with pytest.raises(WrongPassword):
        members.open_private(member, "Amani by the river", keyring.cost)


async def test_an_email_is_found_however_it_is_spelled(db, join):
    member, _ = await join(name="Amani")
    assert await members.by_email(db, "  AMANI@Forum.example ") == member
    assert await members.by_email(db, "amina@forum.example") is None


@pytest.mark.parametrize("strange", ["", "\x00", "\ud800", "x" * 10_000, "' OR 1=1 --"])
async def test_a_strange_email_is_nobodys(db, join, strange):
    await join(name="Amani")
    assert await members.by_email(db, strange) is None


async def test_what_cannot_be_shown_is_left_out_of_a_name(join):
    member, _ = await join(name="A\x00ma\ud800ni")
    assert (member.name, member.email) == ("Amani", "amani@forum.example")


async def test_two_present_members_do_not_share_an_address(db, join):
    await join(name="Amani")
    second, _ = await join(name="amani")
    assert second is None


async def test_everyone_is_listed_by_name(db, join):
    await join(name="Zuri")
    await join(name="Amani")
    assert [member.name for member in await members.everyone(db)] == ["Amani", "Zuri"]


async def test_holders_are_those_who_triage(db, join):
    joined = {role: (await join(role, name=role.value))[0] for role in Role}
    assert {member_id for member_id, _ in await members.holders(db)} == {
        joined[Role.LEAD].id,
        joined[Role.SECRETARY].id,
    }


async def test_the_language_can_be_changed(db, join):
    member, _ = await join()
    await members.change_language(db, member.id, "fr")
    assert (await members.get(db, member.id)).language == "fr"


async def test_a_member_does_not_show_itself(join):
    member, _ = await join(name="Amani")
    assert "mani" not in repr(member)


@pytest.fixture
async def lead(join):
    return (await join(Role.LEAD, name="Lead"))[0]


async def shares_of(db, member):
    rows = await db.execute(select(key_shares).where(key_shares.c.member_id == member.id))
    return {row.subject for row in rows}


async def test_who_stops_triaging_loses_every_key(db, join, keyring, lead, now):
    member, _ = await join()
    await keyholders.share_out(db, keyring, "c1", new_pair(), now)
    await members.change_role(db, member.id, Role.OFFICIAL, by=lead, now=now, keep=["c1"])
    assert await shares_of(db, member) == set()
    assert await shares_of(db, lead) == {"c1"}


async def test_who_becomes_a_handler_keeps_the_assigned_cases(db, join, keyring, lead, now):
    member, _ = await join()
    for subject in ("c1", "c2"):
        await keyholders.share_out(db, keyring, subject, new_pair(), now)
    await members.change_role(db, member.id, Role.HANDLER, by=lead, now=now, keep=["c2"])
    assert await shares_of(db, member) == {"c2"}


async def test_who_begins_to_triage_is_given_nothing_earlier(db, join, keyring, lead, now):
    member, _ = await join(Role.HANDLER)
    await keyholders.share_out(db, keyring, "c1", new_pair(), now)
    await members.change_role(db, member.id, Role.SECRETARY, by=lead, now=now)
    assert await keyholders.missing(db, member.id) == 1


async def test_who_leaves_takes_no_key_along(db, join, keyring, lead, now):
    member, _ = await join(name="Amani")
    await keyholders.share_out(db, keyring, "c1", new_pair(), now)
    await members.remove(db, member.id, by=lead, now=now)
    gone = await members.get(db, member.id)
    assert not gone.active
    assert not gone.may(Right.HANDLE)
    assert (gone.wrapped, gone.recovery_copy) == (None, None)
    assert await shares_of(db, member) == set()
    assert await members.by_email(db, member.email) is None
    with pytest.raises(WrongPassword):
        members.open_private(gone, "Amani by the river", keyring.cost)


async def test_who_comes_back_is_the_same_member_with_new_keys(db, join, lead, now):
    member, _ = await join(name="Amani")
    await members.remove(db, member.id, by=lead, now=now)
    again, _ = await join(Role.HANDLER, name="Amani")
    assert again.id == member.id
    assert again.active
    assert again.role is Role.HANDLER
    assert again.public_key != member.public_key


async def test_changes_are_in_the_log(db, join, lead, now):
    member, _ = await join()
    await members.change_role(db, member.id, Role.HANDLER, by=lead, now=now)
    await members.remove(db, member.id, by=lead, now=now)
    acts = [(act.actor, act.act, act.subject) for act in await audit.recent(db)]
    assert acts == [
        (lead.id, "member.removed", member.id),
        (lead.id, "member.role.handler", member.id),
    ]


@pytest.mark.parametrize("role", Role)
async def test_an_administrator_gives_no_role_that_opens_cases(db, join, lead, now, role):
    boss, _ = await join(Role.ADMINISTRATOR, name="Boss")
    member, _ = await join(Role.AUDITOR, name="Amani")
    if RIGHTS[role] & CASE_RIGHTS:
        with pytest.raises(NotAllowed):
            await members.change_role(db, member.id, role, by=boss, now=now)
    else:
        await members.change_role(db, member.id, role, by=boss, now=now)
        assert (await members.get(db, member.id)).role is role


async def test_an_administrator_takes_no_such_role_away(db, join, lead, now):
    boss, _ = await join(Role.ADMINISTRATOR, name="Boss")
    with pytest.raises(NotAllowed):
        await members.remove(db, lead.id, by=boss, now=now)


@pytest.mark.parametrize("role", [r for r in Role if Right.MANAGE_MEMBERS not in RIGHTS[r]])
async def test_others_change_nobody(db, join, now, role):
    by, _ = await join(role, name="By")
    member, _ = await join(Role.AUDITOR, name="Amani")
    with pytest.raises(NotAllowed):
        await members.remove(db, member.id, by=by, now=now)


async def test_the_last_who_manages_members_stays(db, lead, now):
    with pytest.raises(LastManager):
        await members.change_role(db, lead.id, Role.HANDLER, by=lead, now=now)


async def test_the_last_who_manages_members_cannot_leave(db, lead, now):
    with pytest.raises(LastManager):
        await members.remove(db, lead.id, by=lead, now=now)


async def test_an_unknown_member_is_not_changed(db, lead, now):
    with pytest.raises(NotAllowed):
        await members.remove(db, "nobody", by=lead, now=now)


@pytest.fixture
async def body(db):
    """A body of the forum; returns its id."""
    row = {"id": "b" * 32, "name": "Mines police", "kind": "independent"}
    await db.execute(bodies.bodies.insert().values(row))
    return row["id"]


async def test_a_member_sits_for_a_body_or_for_none(db, join, lead, body, now):
    member, _ = await join()
    for wished, seated in ((body, [member.id]), (None, [])):
        await members.change_body(db, member.id, wished, by=lead, now=now)
        assert (await members.get(db, member.id)).body_id == wished
        assert await members.of_bodies(db, [body]) == seated


async def test_nobody_moves_themselves_nor_to_a_body_that_is_not_there(db, join, lead, body, now):
    member, _ = await join()
    for who, where in ((lead, body), (member, "0" * 32)):
        with pytest.raises(NotAllowed):
            await members.change_body(db, who.id, where, by=lead, now=now)
    with pytest.raises(NotAllowed):
        await members.change_body(db, lead.id, body, by=member, now=now)


async def test_all_of_them_are_known_or_not(db, join, body):
    member, _ = await join()
    assert await members.known(db, [], [])
    assert await members.known(db, [member.id], [body])
    assert not await members.known(db, [member.id, "0" * 32], [body])
    assert not await members.known(db, [member.id], ["0" * 32])
