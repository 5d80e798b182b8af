"""An alarm stands while something is wrong, and goes when it is put right."""

from datetime import timedelta

import pytest

from forum import keyholders
from forum.alarms import SENDER, alarms
from forum.members import Role
from locales import translate
from storage import heartbeats
from vault.seals import new_pair


@pytest.fixture
async def keys_of(db, now):
    await heartbeats.beat(db, SENDER, now)

    async def keys(then=now):
        return [alarm.key for alarm in await alarms(db, then)]

    return keys


async def test_nobody_has_a_key_yet(keys_of):
    assert await keys_of() == ["no_holder"]


async def test_one_holder_is_too_few(keys_of, join):
    await join(Role.LEAD, "Amani")
    assert await keys_of() == ["one_holder"]


async def test_with_two_holders_all_is_well(keys_of, join):
    await join(Role.LEAD, "Amani")
    await join(Role.SECRETARY, "Zuri")
    assert await keys_of() == []


async def test_cases_that_only_recovery_opens_are_counted(db, keys_of, join, keyring, now):
    for subject in ("c1", "c2"):
        await keyholders.share_out(db, keyring, subject, new_pair(), now)
    await join(Role.LEAD, "Amani")
    await join(Role.SECRETARY, "Zuri")
    assert await keys_of() == ["recovery_only"]
    (alarm,) = await alarms(db, now)
    assert alarm.count == 2


@pytest.mark.parametrize(("seconds", "silent"), [(60, False), (61, True)])
async def test_a_sender_that_is_silent_for_a_minute_is_told(keys_of, now, seconds, silent):
    keys = await keys_of(now + timedelta(seconds=seconds))
    assert ("sender_silent" in keys) == silent


async def test_a_sender_that_never_ran_is_told(db, now):
    assert "sender_silent" in [alarm.key for alarm in await alarms(db, now)]


async def test_every_text_takes_its_count(db, now, keyring):
    await keyholders.share_out(db, keyring, "c1", new_pair(), now)
    for alarm in await alarms(db, now):
        for language in ("en", "fr"):
            text = translate(alarm.text, language, domain="console").format(count=alarm.count)
            assert "{" not in text
