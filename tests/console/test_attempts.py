from datetime import timedelta

import pytest
from sqlalchemy import select

from console import attempts

HERE, THERE = "192.0.2.7", "192.0.2.8"
EMAIL = "amina@forum.example"


@pytest.fixture
def tries(database, keyring, now):
    async def tried(count=1, *, email=EMAIL, address=HERE, known="", at=now):
        outcome = True
        for _ in range(count):
            async with database.transaction() as db:
                outcome = await attempts.allowed(
                    db, keyring, email=email, address=address, known=known, now=at
                )
        return outcome

    return tried


async def test_the_eleventh_try_at_an_account_is_not_judged(tries):
    assert await tries(attempts.PER_ACCOUNT) is True
    assert await tries() is False
    assert await tries(address=THERE) is False


async def test_the_members_own_browser_counts_by_itself(tries, keyring):
    await tries(attempts.PER_ACCOUNT + 1)
    assert await tries(known=attempts.mark(keyring, EMAIL)) is True


async def test_the_mark_of_somebody_else_helps_nobody(tries, keyring):
    await tries(attempts.PER_ACCOUNT + 1)
    assert await tries(known=attempts.mark(keyring, "other@forum.example")) is False


async def test_one_address_cannot_try_every_account(tries):
    for n in range(attempts.PER_ADDRESS):
        assert await tries(email=f"{n}@forum.example") is True
    assert await tries(email="last@forum.example") is False
    assert await tries(email="last@forum.example", address=THERE) is True


async def test_spelling_an_address_otherwise_gains_no_tries(tries):
    await tries(attempts.PER_ACCOUNT)
    assert await tries(email=" AMINA@forum.example ") is False


async def test_a_quarter_of_an_hour_later_it_begins_anew(tries, now):
    await tries(attempts.PER_ACCOUNT + 1)
    assert await tries(at=now + attempts.WINDOW) is True
    assert await tries(at=now + attempts.WINDOW - timedelta(seconds=1)) is True


async def test_a_right_password_forgets_the_tries_before_it(tries, database, keyring):
    await tries(attempts.PER_ACCOUNT)
    async with database.transaction() as db:
        await attempts.forgive(db, keyring, email=EMAIL, address=HERE, known="")
    assert await tries() is True


async def test_no_address_is_kept(tries, database):
    await tries()
    async with database.reading() as db:
        rows = repr((await db.execute(select(attempts.sign_in_tries))).all())
    assert HERE not in rows
    assert "amina" not in rows
