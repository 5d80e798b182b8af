from datetime import timedelta

import pytest

from channels import archive, deliveries
from channels.dead_letters import Reason
from channels.ledger import State
from tests.support.letters import broadcast, letter


@pytest.fixture
def ask(database):
    async def asked(question, *args):
        async with database.reading() as db:
            return await question(db, *args)

    return asked


async def test_a_broadcast_is_known_by_its_words(database, now, ask):
    of = await broadcast(database, now)
    assert (await ask(deliveries.told, of, "fr")).text.startswith("Les nouveaux")
    assert (await ask(deliveries.told, of, "sw")).text.startswith("The new fees")
    assert await ask(deliveries.told, "0" * 32, "en") is None


async def test_the_newest_broadcast_stands_first(database, now, ask):
    old = await broadcast(database, now)
    new = await broadcast(database, now + timedelta(hours=1))
    assert [one.broadcast.id for one in await ask(deliveries.recent, "en")] == [new, old]


async def test_progress_tells_what_waits_and_how_the_rest_ended(database, now, ask):
    of = await broadcast(database, now)
    for state, error, many in (
        (State.PLANNED, None, 3),
        (State.DELIVERED, None, 2),
        (State.ACCEPTED, None, 1),
        (State.UNDELIVERED, "30003", 2),
        (State.FAILED, "21211", 1),
    ):
        for _ in range(many):
            await letter(database, now, state, broadcast=of, body=None, error=error)
    await letter(database, now, State.DELIVERED)
    progress = await ask(deliveries.progress, of)
    assert progress.waiting == 3
    assert progress.looked_at == 6
    assert progress.judged[State.DELIVERED] == 2
    assert list(progress.reasons.items()) == [
        (Reason(State.UNDELIVERED, "30003"), 2),
        (Reason(State.FAILED, "21211"), 1),
    ]


async def test_progress_tells_of_what_has_left_the_ledger_too(database, now, ask):
    of = await broadcast(database, now)
    ends = ((State.DELIVERED, None), (State.UNDELIVERED, "30003"), (State.CANCELLED, None))
    for state, error in ends:
        await letter(database, now, state, broadcast=of, body=None, error=error)
    before = await ask(deliveries.progress, of)
    assert await archive.run(database, now + timedelta(days=365)) == 3
    assert await ask(deliveries.progress, of) == before
    assert before.looked_at == 2


async def test_a_nations_broadcast_is_told_from_a_part_of_it(database, now, ask, monkeypatch):
    monkeypatch.setattr(deliveries, "LOOKED_AT", 2)
    monkeypatch.setattr(deliveries, "COUNTED", 2)
    of = await broadcast(database, now)
    for n in range(4):
        await letter(database, now, State.PLANNED, broadcast=of)
        later = now + timedelta(seconds=n)
        state = State.DELIVERED if n > 1 else State.FAILED
        await letter(database, later, state, broadcast=of)
    progress = await ask(deliveries.progress, of)
    assert (progress.waiting, progress.judged) == (2, {State.DELIVERED: 2})


async def test_an_answer_is_followed_by_its_entry(database, now, ask):
    made = await letter(database, now, State.UNDELIVERED, error="30003", entry_id="e" * 32)
    await letter(database, now, State.PLANNED)
    found = await ask(deliveries.of_entries, ["e" * 32, "f" * 32])
    assert {entry: (fate.id, fate.error) for entry, fate in found.items()} == {
        "e" * 32: (made, "30003")
    }
