from datetime import timedelta

import pytest

from channels import contacts, unreachable
from channels.base import Address

ANNA, BRUNO = Address("sms", "+254711000001"), Address("sms", "+254711000002")
DAY = timedelta(days=1)


class Numbers:
    """What became of messages, and to whom no broadcast goes because of it."""

    def __init__(self, database, keyring, now):
        self.database, self.keyring, self.now = database, keyring, now

    async def fail(self, code, address=ANNA, after=0 * DAY):
        self.now += after
        async with self.database.transaction() as db:
            route = contacts.pseudonym(self.keyring, address)
            await unreachable.count(db, route, code, self.now, line="sms")

    async def forgive(self, address=ANNA):
        async with self.database.transaction() as db:
            await unreachable.forgive(db, contacts.pseudonym(self.keyring, address))

    async def suppressed(self, *addresses):
        async with self.database.reading() as reads:
            by_route = {
                contacts.pseudonym(self.keyring, address): address
                for address in addresses or (ANNA,)
            }
            return {by_route[route] for route in await unreachable.suppressed(reads, by_route)}


@pytest.fixture
def numbers(database, keyring, now):
    return Numbers(database, keyring, now)


@pytest.mark.parametrize("code", ["21211", "21614", "no-chat"])
async def test_an_address_that_is_none_gets_no_broadcast_from_then_on(numbers, code):
    await numbers.fail(code)
    assert await numbers.suppressed() == {ANNA}


async def test_a_block_counts_to_three(numbers):
    for expected in (frozenset(), frozenset(), {ANNA}):
        await numbers.fail("30004", after=100 * DAY)
        assert await numbers.suppressed() == expected


async def test_a_phone_that_is_gone_twice_in_thirty_days_is_gone(numbers):
    await numbers.fail("30005")
    assert await numbers.suppressed() == frozenset()
    await numbers.fail("30006", after=30 * DAY)
    assert await numbers.suppressed() == {ANNA}


async def test_a_phone_that_was_gone_a_month_ago_begins_anew(numbers):
    await numbers.fail("30005")
    await numbers.fail("30005", after=31 * DAY)
    assert await numbers.suppressed() == frozenset()
    await numbers.fail("30005", after=2 * DAY)
    assert await numbers.suppressed() == {ANNA}


async def test_the_parts_of_one_broadcast_count_once(numbers):
    for _ in range(5):
        await numbers.fail("30006", after=timedelta(minutes=1))
    assert await numbers.suppressed() == frozenset()


async def test_faults_of_different_kinds_are_not_added_up(numbers):
    await numbers.fail("30005")
    await numbers.fail("30004", after=DAY)
    assert await numbers.suppressed() == frozenset()


@pytest.mark.parametrize("code", ["30003", "30007", "30008", "21408", "20003", "429", "zzz", None])
async def test_other_failures_say_nothing_of_the_number(numbers, code):
    for _ in range(5):
        await numbers.fail(code, after=DAY)
    assert await numbers.suppressed() == frozenset()


async def test_who_writes_is_forgiven_everything(numbers):
    await numbers.fail("21211")
    await numbers.fail("30004")
    await numbers.fail("21211", BRUNO)
    await numbers.forgive()
    assert await numbers.suppressed(ANNA, BRUNO) == {BRUNO}
    for _ in range(2):
        await numbers.fail("30004", after=DAY)
    assert await numbers.suppressed() == frozenset()


async def test_another_channel_is_another_contact(numbers):
    await numbers.fail("21211")
    chat = Address("telegram", ANNA.value)
    assert await numbers.suppressed(chat, BRUNO, ANNA) == {ANNA}


async def test_after_a_year_somebody_else_may_have_the_number(numbers):
    await numbers.fail("21211")
    async with numbers.database.transaction() as db:
        assert await unreachable.forget_before(db, numbers.now) == 0
        assert await unreachable.forget_before(db, numbers.now + DAY) == 1
    assert await numbers.suppressed() == frozenset()


@pytest.mark.parametrize(
    ("line", "counts"), [("sms", False), ("gateway", False), ("whatsapp", True)]
)
async def test_an_sms_that_fails_is_no_fault_of_a_chat_with_that_number(numbers, line, counts):
    chat = Address("whatsapp", ANNA.value)
    async with numbers.database.transaction() as db:
        route = await contacts.remember(db, numbers.keyring, chat, numbers.now)
        await unreachable.count(db, route, "21211", numbers.now, line=line)
    assert await numbers.suppressed(chat) == ({chat} if counts else set())


@pytest.mark.parametrize("line", ["sms", "gateway"])
async def test_an_sms_that_fails_is_a_fault_of_its_own_number(numbers, line):
    async with numbers.database.transaction() as db:
        route = await contacts.remember(db, numbers.keyring, ANNA, numbers.now)
        await unreachable.count(db, route, "21211", numbers.now, line=line)
    assert await numbers.suppressed() == {ANNA}
