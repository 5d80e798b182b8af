import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import false, select, update
from sqlalchemy.exc import TimeoutError as PoolExhausted

from grievances import codes, entries
from grievances.case import cases
from grievances.codes import LIMIT, OVERALL_LIMIT, TooManyTries
from grievances.correspondence import unread
from grievances.states import State
from vault import codes as vault_codes
from vault.check_digits import decimal
from vault.codes import Code, read

HOUR = timedelta(hours=1)


@pytest.fixture
async def filed(file):
    return await file()


@pytest.fixture
def right(filed) -> Code:
    return read(filed.code_text)


@pytest.fixture
def judge(database, keyring, now):
    async def judged(code, sender="someone", when=now, **more):
        given = {"sender": sender, "now": when, **more}
        return await codes.judge(database, keyring, code, **given)

    return judged


def wrong(right: Code, n: int = 1) -> Code:
    """Return a well-formed code at the same locator with another secret."""
    secret = (int(right.digits[4:13]) + n) % 10**9
    body = f"{right.locator}{secret:09}"
    return Code(body + decimal(body))


def elsewhere(n: int) -> Code:
    body = f"{n:04}000000000"
    return Code(body + decimal(body))


async def test_the_right_code_opens_its_case(judge, right, filed):
    assert await judge(right) == filed.case_id


async def test_a_wrong_secret_opens_nothing(judge, right):
    assert await judge(wrong(right)) is None


async def test_a_locator_that_nobody_has_opens_nothing_and_takes_as_long(
    judge, right, monkeypatch
):
    stretched = []
    original = vault_codes.digest
    monkeypatch.setattr(
        vault_codes, "digest", lambda *given: stretched.append(1) or original(*given)
    )
    missing = elsewhere((int(right.locator) + 1) % 10_000)
    assert await judge(missing) is None
    assert stretched == [1]


async def test_of_two_cases_at_one_locator_the_code_opens_its_own(
    judge, database, file, minted, monkeypatch
):
    bodies = iter(("1234000000001", "1234000000002"))
    monkeypatch.setattr(vault_codes, "mint", lambda: Code((b := next(bodies)) + decimal(b)))
    both = [await file() for _ in range(2)]
    opened = [await judge(read(each.code_text)) for each in both]
    assert opened == [each.case_id for each in both]


async def test_five_wrong_tries_of_one_sender_are_judged_and_no_sixth(judge, right):
    for n in range(LIMIT):
        assert await judge(elsewhere(n), sender="guesser") is None
    with pytest.raises(TooManyTries):
        await judge(right, sender="guesser")
    assert await judge(right, sender="another") is not None


async def test_five_wrong_tries_at_one_locator_are_judged_and_no_sixth(judge, right):
    for n in range(LIMIT):
        assert await judge(wrong(right, n + 1), sender=f"phone {n}") is None
    with pytest.raises(TooManyTries):
        await judge(right, sender="the reporter")


async def test_a_hundred_wrong_tries_of_all_are_judged_and_no_more(judge, right):
    for n in range(OVERALL_LIMIT):
        assert await judge(elsewhere(n), sender=f"phone {n}") is None
    with pytest.raises(TooManyTries):
        await judge(right, sender="the reporter")


async def test_the_next_hour_is_a_new_one(judge, right, filed, now):
    for n in range(LIMIT):
        await judge(wrong(right, n + 1))
    assert await judge(right, when=now + HOUR) == filed.case_id


async def test_the_code_of_a_hidden_case_is_wrong_and_counts(judge, right):
    for _ in range(LIMIT):
        assert await judge(right, seen=false()) is None
    with pytest.raises(TooManyTries):
        await judge(right, seen=false())


async def test_right_tries_are_not_counted(judge, right, filed):
    for _ in range(LIMIT * 3):
        assert await judge(right) == filed.case_id


async def test_a_try_that_was_refused_counts_nowhere(judge, right, database):
    for n in range(LIMIT):
        await judge(elsewhere(n), sender="guesser")
    for _ in range(LIMIT):
        with pytest.raises(TooManyTries):
            await judge(right, sender="guesser")
    assert await judge(right, sender="the reporter") is not None


async def test_of_a_thousand_tries_at_once_five_are_judged(judge, right, monkeypatch):
    judged = []
    original = vault_codes.matches
    monkeypatch.setattr(
        vault_codes, "matches", lambda *given: judged.append(1) or original(*given)
    )
    tries = (judge(wrong(right, n + 1), sender=f"phone {n % 50}") for n in range(1000))
    results = await _a_few_at_a_time(tries)
    assert len(judged) == LIMIT
    assert results.count(None) == LIMIT
    # A machine that stalls may leave somebody without a connection: not judged either.
    unjudged = (TooManyTries, PoolExhausted)
    assert sum(isinstance(result, unjudged) for result in results) == 1000 - LIMIT


async def _a_few_at_a_time(tries):
    """Run all, as many at once as there are connections: the rest would wait for one anyway."""
    free = asyncio.Semaphore(16)

    async def one(attempt):
        async with free:
            return await attempt

    return await asyncio.gather(*map(one, tries), return_exceptions=True)


async def test_counts_of_past_hours_are_forgotten(judge, right, database, now):
    await judge(wrong(right), when=now - HOUR)
    await judge(wrong(right), when=now)
    async with database.transaction() as db:
        await codes.purge(db, now)
        hours = (await db.execute(select(codes.tries.c.hour).distinct())).scalars().all()
    assert hours == [int(now.timestamp()) // 3600]


async def test_no_scope_holds_the_code(judge, right, database):
    await judge(right)
    async with database.reading() as db:
        scopes = (await db.execute(select(codes.tries.c.scope))).scalars().all()
    assert not any(right.digits[4:] in scope for scope in scopes)


async def test_a_code_of_several_cases_opens_the_one_with_news_or_the_newest_that_is_open(
    judge, right, filed, file, database, now
):
    async with database.transaction() as db:
        first = (await db.execute(select(cases).where(cases.c.id == filed.case_id))).one()
    second = await file(now=now + HOUR)
    same = {"locator": first.locator, "code_salt": first.code_salt}
    same["code_digest"] = first.code_digest

    async def put(case_id, **values):
        async with database.transaction() as db:
            await db.execute(update(cases).where(cases.c.id == case_id).values(**values))

    await put(second.case_id, **same)
    assert await judge(right) == second.case_id
    await put(second.case_id, state=State.CLOSED)
    assert await judge(right) == filed.case_id
    async with database.transaction() as db:
        entry = (
            await db.execute(
                select(entries.entries.c.id).where(entries.entries.c.case_id == second.case_id)
            )
        ).scalar_one()
        news = {"entry_id": entry, "case_id": second.case_id, "n": 1, "sealed": b"-"}
        await db.execute(unread.insert().values(**news, made_at=now))
    assert await judge(right) == second.case_id
