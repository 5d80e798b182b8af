import re

import pytest

from app import custody
from app.custody import NoSuchMember
from forum import keyholders, members
from forum.members import NotAllowed, Role
from vault.keyring import KeysMissing
from vault.passwords import WrongPassword
from vault.recovery import BadPassphrase, new_passphrase
from vault.seals import CannotOpen

PASSWORD = "a new river sings at dawn"


@pytest.fixture
def given(settings, installed, database_url):
    return settings(database_url=database_url)


@pytest.fixture
def join(database, keyring, now):
    async def joined(email, role=Role.SECRETARY):
        keys = members.prepare("river stones sing at dusk", keyring)
        async with database.transaction() as db:
            member = await members.join(
                db, email=email, name=email, role=role, language="en", keys=keys, now=now
            )
        return member, keys.pair.private

    return joined


# --- fingerprints


def test_fingerprints_are_short_and_the_same_every_time(settings, installed):
    shown = custody.fingerprints(settings())
    assert set(shown) == {"recovery", "sender", "route"}
    assert all(re.fullmatch(r"(?:[0-9a-f]{4} ){4}[0-9a-f]{4}", each) for each in shown.values())
    assert len(set(shown.values())) == 3
    assert custody.fingerprints(settings()) == shown


def test_fingerprints_are_shown_where_no_private_half_lies(settings, installed):
    (installed / "keys" / "sender.key").unlink()
    assert custody.fingerprints(settings())


def test_without_keys_there_is_nothing_to_show(settings):
    with pytest.raises(KeysMissing):
        custody.fingerprints(settings())


# --- earlier cases


async def test_the_passphrase_opens_every_earlier_case_to_a_member(
    given, database, passphrase, file, join
):
    reports = [await file(), await file()]
    bibi, private = await join("bibi@example.org")
    async with database.reading() as reads:
        assert await keyholders.missing(reads, bibi.id) == 2
    assert await custody.grant(given, " Bibi@Example.org", passphrase.lower()) == 2
    async with database.reading() as reads:
        for report in reports:
            assert await keyholders.open_subject(reads, report.id, bibi.id, private)
    assert await custody.grant(given, "bibi@example.org", passphrase) == 0


async def test_a_passphrase_of_another_installation_opens_nothing(given, database, file, join):
    await file()
    bibi, _ = await join("bibi@example.org")
    for wrong in (new_passphrase(), "no passphrase at all", ""):
        with pytest.raises(BadPassphrase):
            await custody.grant(given, "bibi@example.org", wrong)
    async with database.reading() as reads:
        assert await keyholders.missing(reads, bibi.id) == 1


async def test_a_role_that_does_not_see_every_case_is_given_none(given, passphrase, join):
    await join("hamisi@example.org", Role.HANDLER)
    with pytest.raises(NotAllowed):
        await custody.grant(given, "hamisi@example.org", passphrase)


async def test_nobody_is_no_member(given, database, passphrase):
    with pytest.raises(NoSuchMember):
        await custody.grant(given, "nobody@example.org", passphrase)
    with pytest.raises(NoSuchMember):
        await custody.recover(given, "nobody@example.org", passphrase, PASSWORD)


# --- a password that was lost


async def test_a_new_password_opens_the_same_private_key(
    given, database, keyring, passphrase, join
):
    before, private = await join("bibi@example.org")
    await custody.recover(given, "bibi@example.org", passphrase, PASSWORD)
    async with database.reading() as reads:
        after = await members.get(reads, before.id)
    assert members.open_private(after, PASSWORD, keyring.cost) == private
    with pytest.raises(WrongPassword):
        members.open_private(after, "river stones sing at dusk", keyring.cost)


async def test_a_wrong_passphrase_changes_no_password(given, database, keyring, join):
    before, private = await join("bibi@example.org")
    with pytest.raises(CannotOpen):
        await custody.recover(given, "bibi@example.org", new_passphrase(), PASSWORD)
    async with database.reading() as reads:
        after = await members.get(reads, before.id)
    assert members.open_private(after, "river stones sing at dusk", keyring.cost) == private
