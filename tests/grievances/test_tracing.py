from channels.ledger import State
from forum import audit
from grievances import correspondence, entries, tracing
from tests.support.letters import letter


async def test_answers_are_followed_and_no_other_word_is(database, keyring, file, secretary, now):
    made = await file()
    member = secretary.member
    async with database.transaction() as db:
        for text in ("First.", "Second."):
            named = {"member": member, "case_id": made.case_id, "text": text, "now": now}
            await correspondence.answer(db, keyring, **named)
        await correspondence.note(db, member=member, case_id=made.case_id, text="x", now=now)
        await correspondence.extend(db, keyring, made.case_id, "And then?", channel="sms", now=now)
        trace = await tracing.trace(db, made.case_id, by=member, now=now)
    assert trace.reference == made.reference
    assert [(one.waits, one.fate) for one in trace.answers] == [(True, None), (True, None)]


async def test_an_answer_is_followed_to_its_message(database, keyring, file, secretary, now):
    made = await file()
    member = secretary.member
    async with database.transaction() as db:
        named = {"member": member, "case_id": made.case_id, "text": "Come.", "now": now}
        await correspondence.answer(db, keyring, **named)
        (body,) = await correspondence.hand_over(db, made.case_id, now)
    await letter(database, now, State.UNDELIVERED, error="30003", entry_id=body.entry_id)
    async with database.transaction() as db:
        (failed,) = (await tracing.trace(db, made.case_id, by=member, now=now)).answers
        await entries.mark_delivered(db, [body.entry_id], now)
        (arrived,) = (await tracing.trace(db, made.case_id, by=member, now=now)).answers
    assert not failed.waits
    assert (failed.fate.state, failed.fate.error) == (State.UNDELIVERED, "30003")
    assert (failed.delivered_at, arrived.delivered_at) == (None, now)


async def test_whoever_looks_stands_in_the_trail(database, file, secretary, now):
    made = await file()
    async with database.transaction() as db:
        await tracing.trace(db, made.case_id, by=secretary.member, now=now)
    async with database.reading() as db:
        act = (await audit.recent(db, limit=1))[0]
    assert (act.actor, act.act, act.subject) == (
        secretary.member.id,
        "case.traced",
        made.case_id,
    )
