from datetime import timedelta

import pytest

from channels import reaper, settling
from channels.base import Delivery, Sent
from channels.errors import Ambiguous, Busy, Refused
from channels.ledger import State
from tests.support.ledger import BRUNO, Ledger


@pytest.fixture
def ledger(database, keyring, now):
    return Ledger(database, keyring, now)


async def test_what_was_taken_waits_for_its_receipt(ledger):
    outbox_id = await ledger.leave(entry_id="e1")
    settled = await ledger.settle(outbox_id, Sent("SM1"))
    assert (settled.state, settled.entry_id) == (State.ACCEPTED, "e1")
    assert (await ledger.row(outbox_id)).body is not None


async def test_words_are_erased_when_no_receipt_will_follow(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Sent("7", final=True))
    assert (await ledger.row(outbox_id)).body is None


ARRIVED = Sent("7", final=True, arrived=True)


async def test_what_stands_on_the_phone_needs_no_report(ledger):
    outbox_id = await ledger.leave(entry_id="e1")
    facts = await ledger.do(settling.settle, [(outbox_id, ARRIVED)], ledger.now)
    assert [fact.state for fact in facts] == [State.ACCEPTED, State.DELIVERED]
    assert await ledger.state(outbox_id) == State.DELIVERED
    assert (await ledger.row(outbox_id)).body is None


async def test_what_is_found_on_the_phone_has_arrived(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Ambiguous())
    found = await ledger.do(reaper.resolve_unknown, outbox_id, ARRIVED, ledger.now, resend=False)
    assert found.state == await ledger.state(outbox_id) == State.DELIVERED


async def test_a_refused_message_keeps_its_words_for_another_try(ledger):
    outbox_id = await ledger.leave()
    settled = await ledger.settle(outbox_id, Refused("21211"))
    assert (settled.state, settled.error) == (State.FAILED, "21211")
    assert (await ledger.row(outbox_id)).body is not None


async def test_a_busy_provider_is_asked_again_later_and_later(ledger):
    outbox_id = await ledger.write()
    now, waits = ledger.now, []
    for _ in range(6):
        await ledger.submit(outbox_id, now=now)
        await ledger.settle(outbox_id, Busy("503"), now)
        due = (await ledger.row(outbox_id)).not_before
        waits.append((due - now).total_seconds())
        now = due
    expected = [10, 60, 300, 1800, 7200, 7200]
    assert all(abs(w - e) <= 0.2 * e for w, e in zip(waits, expected, strict=True))


async def test_the_provider_says_when(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Busy("429", retry_after=7))
    assert (await ledger.row(outbox_id)).not_before == ledger.now + timedelta(seconds=7)


async def test_a_limit_of_the_whole_channel_costs_no_try(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Busy("429", whole_channel=True))
    assert (await ledger.row(outbox_id)).attempt == 0


async def test_nothing_moves_that_was_settled(ledger):
    outbox_id = await ledger.leave()
    await ledger.settle(outbox_id, Refused("21211"))
    assert await ledger.settle(outbox_id, Busy("429")) is None
    assert await ledger.state(outbox_id) == State.FAILED


async def test_many_answers_are_written_down_together(ledger):
    results = [Sent("SM1"), Sent("7", final=True), Refused("21211"), Busy("503"), Ambiguous()]
    ids = [await ledger.leave(route=letter * 32) for letter in "abcde"]
    facts = await ledger.do(settling.settle, list(zip(ids, results, strict=True)), ledger.now)
    states = [await ledger.state(outbox_id) for outbox_id in ids]
    assert states == ["accepted", "accepted", "failed", "planned", "unknown"]
    assert {fact.id: fact.state for fact in facts} == dict(zip(ids, states, strict=True))


async def test_an_answer_after_the_receipt_adds_the_providers_name_and_nothing_else(ledger):
    outbox_id = await ledger.leave(route=BRUNO)
    await ledger.hear(outbox_id, Delivery.DELIVERED, 4)
    assert await ledger.settle(outbox_id, Sent("SM1")) is None
    assert await ledger.state(outbox_id) == State.DELIVERED
