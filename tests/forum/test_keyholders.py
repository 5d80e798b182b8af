"""Every case has a key holder on paper, and each other one was given the key."""

import pytest
from sqlalchemy import insert, literal, select, update

from forum import audit, keyholders
from forum.key_shares import RECOVERY, key_shares
from forum.members import NotAllowed, Role
from vault.recovery import BadPassphrase, pair_from
from vault.seals import CannotOpen, new_pair


@pytest.fixture
def file(db, keyring, now):
    """Share the key of a new case out; returns its pair."""

    async def filed(subject):
        pair = new_pair()
        await keyholders.share_out(db, keyring, subject, pair, now)
        return pair

    return filed


async def test_before_anybody_has_a_key_the_recovery_key_opens_it(db, file, passphrase):
    pair = await file("c1")
    private = pair_from(passphrase).private
    assert await keyholders.open_subject(db, "c1", RECOVERY, private) == pair.private
    assert await keyholders.without_holder(db) == 1


async def test_everybody_who_triages_opens_a_new_case(db, join, file):
    holders = [await join(Role.LEAD, "Amani"), await join(Role.SECRETARY, "Zuri")]
    pair = await file("c1")
    for member, private in holders:
        assert await keyholders.open_subject(db, "c1", member.id, private) == pair.private
    assert await keyholders.without_holder(db) == 0


@pytest.mark.parametrize("role", [Role.HANDLER, Role.ADMINISTRATOR, Role.OFFICIAL, Role.AUDITOR])
async def test_others_do_not(db, join, file, role):
    member, private = await join(role)
    await file("c1")
    with pytest.raises(CannotOpen):
        await keyholders.open_subject(db, "c1", member.id, private)


async def test_one_members_share_does_not_open_for_another(db, join, file):
    amani, _ = await join(name="Amani")
    zuri, private = await join(Role.HANDLER, name="Zuri")
    await file("c1")
    await db.execute(
        update(key_shares).where(key_shares.c.member_id == amani.id).values(member_id=zuri.id)
    )
    with pytest.raises(CannotOpen):
        await keyholders.open_subject(db, "c1", zuri.id, private)


async def test_many_are_opened_at_once_and_a_damaged_one_left_out(db, join, file):
    member, private = await join()
    pairs = {subject: await file(subject) for subject in ("c1", "c2", "c3")}
    await db.execute(
        update(key_shares).where(key_shares.c.subject == "c2").values(sealed=b"damaged")
    )
    opened = await keyholders.open_many(db, ["c1", "c2", "unknown"], member.id, private)
    assert opened == {"c1": pairs["c1"].private}


async def test_who_joins_later_opens_earlier_cases_once_granted(db, join, file, now):
    amani, amanis = await join(name="Amani")
    pair = await file("c1")
    zuri, zuris = await join(name="Zuri")
    assert await keyholders.missing(db, zuri.id) == 1
    assert await keyholders.grant(db, to=zuri, by=amani.id, by_private=amanis, now=now) == 1
    assert await keyholders.open_subject(db, "c1", zuri.id, zuris) == pair.private
    assert await keyholders.missing(db, zuri.id) == 0


async def test_a_grant_is_in_the_log_and_on_the_share(db, join, file, now):
    amani, amanis = await join(name="Amani")
    await file("c1")
    zuri, _ = await join(name="Zuri")
    await keyholders.grant(db, to=zuri, by=amani.id, by_private=amanis, now=now)
    (act,) = await audit.recent(db)
    assert (act.actor, act.act, act.subject) == (amani.id, "keys.granted", zuri.id)
    share = select(key_shares.c.granted_by).where(key_shares.c.member_id == zuri.id)
    assert (await db.execute(share)).scalar_one() == amani.id


async def test_granting_again_grants_nothing(db, join, file, now):
    amani, amanis = await join(name="Amani")
    await file("c1")
    zuri, _ = await join(name="Zuri")
    await keyholders.grant(db, to=zuri, by=amani.id, by_private=amanis, now=now)
    assert await keyholders.grant(db, to=zuri, by=amani.id, by_private=amanis, now=now) == 0


async def test_a_handler_is_granted_one_case_and_no_more(db, join, file, now):
    amani, amanis = await join(name="Amani")
    pair = await file("c1")
    await file("c2")
    zuri, zuris = await join(Role.HANDLER, name="Zuri")
    await keyholders.grant(db, to=zuri, by=amani.id, by_private=amanis, subjects=["c1"], now=now)
    opened = await keyholders.open_many(db, ["c1", "c2"], zuri.id, zuris)
    assert opened == {"c1": pair.private}
    with pytest.raises(NotAllowed):
        await keyholders.grant(db, to=zuri, by=amani.id, by_private=amanis, now=now)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OFFICIAL, Role.AUDITOR])
async def test_who_has_no_case_right_is_granted_none(db, join, file, now, role):
    amani, amanis = await join(name="Amani")
    await file("c1")
    other, _ = await join(role, name="Other")
    with pytest.raises(NotAllowed):
        await keyholders.grant(
            db, to=other, by=amani.id, by_private=amanis, subjects=["c1"], now=now
        )


async def test_nobody_grants_what_they_cannot_open(db, join, file, now):
    await file("c1")
    amani, amanis = await join(name="Amani")
    zuri, _ = await join(name="Zuri")
    assert await keyholders.grant(db, to=zuri, by=amani.id, by_private=amanis, now=now) == 0


async def test_the_passphrase_opens_the_first_cases_for_the_first_lead(
    db, join, file, keyring, passphrase, now
):
    pair = await file("c1")
    lead, private = await join(Role.LEAD)
    recovery = pair_from(passphrase)
    assert await keyholders.grant_by_recovery(db, keyring, recovery, to=lead, now=now) == 1
    assert await keyholders.open_subject(db, "c1", lead.id, private) == pair.private
    assert await keyholders.without_holder(db) == 0


async def test_another_installations_passphrase_is_turned_away(db, join, keyring, now):
    lead, _ = await join(Role.LEAD)
    with pytest.raises(BadPassphrase):
        await keyholders.grant_by_recovery(db, keyring, new_pair(), to=lead, now=now)


async def test_the_passphrase_is_no_way_in_for_an_administrator(
    db, join, keyring, passphrase, now
):
    boss, _ = await join(Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        await keyholders.grant_by_recovery(db, keyring, pair_from(passphrase), to=boss, now=now)


async def test_a_withdrawn_key_opens_nothing(db, join, file):
    member, private = await join()
    await file("c1")
    await keyholders.withdraw(db, ["c1"], [member.id])
    assert await keyholders.open_many(db, ["c1"], member.id, private) == {}
    assert await keyholders.without_holder(db) == 1


async def test_a_forgotten_case_opens_for_nobody(db, join, file, passphrase):
    await join()
    await file("c1")
    await keyholders.forget(db, "c1")
    private = pair_from(passphrase).private
    assert await keyholders.open_many(db, ["c1"], RECOVERY, private) == {}
    assert await keyholders.without_holder(db) == 0


async def test_a_key_is_never_kept_in_plain(db, join, file):
    await join()
    pair = await file("c1")
    for row in await db.execute(select(key_shares.c.sealed)):
        assert pair.private not in row.sealed


async def test_one_holder_has_one_share(db, join, file, now):
    member, _ = await join()
    await file("c1")
    again = {"subject": "c1", "member_id": member.id, "sealed": b"", "granted_at": now}
    with pytest.raises(Exception, match=r"(?i)unique"):
        await db.execute(insert(key_shares).values(again))


async def test_what_somebody_must_not_know_of_is_not_given_nor_counted(db, join, keyring, now):
    amani, amanis = await join(name="Amani")
    for subject in ("c1", "c2"):
        await keyholders.share_out(db, keyring, subject, new_pair(), now)
    zuri, _ = await join(name="Zuri")
    apart = {"apart_from": select(literal("c1"))}
    assert await keyholders.missing(db, zuri.id, **apart) == 1
    given = {"to": zuri, "by": amani.id, "by_private": amanis, "now": now}
    assert await keyholders.grant(db, **given, **apart) == 1
    assert await keyholders.missing(db, zuri.id, **apart) == 0
    assert await keyholders.missing(db, zuri.id) == 1
    assert not await keyholders.others(db, "c1", amani.id)
    assert await keyholders.others(db, "c2", amani.id)


async def test_what_only_recovery_opens_is_counted_apart_from_what_is_hidden(db, keyring, now):
    for subject in ("c1", "c2"):
        await keyholders.share_out(db, keyring, subject, new_pair(), now)
    assert await keyholders.without_holder(db) == 2
    assert await keyholders.without_holder(db, select(literal("c1"))) == 1
