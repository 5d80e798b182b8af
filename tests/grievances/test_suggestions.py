from datetime import timedelta

import pytest
from sqlalchemy import event, update

from channels.base import Address
from grievances import correspondence, entries, exclusions, intake, links, suggestions
from grievances.case import cases
from grievances.exclusions import Why
from grievances.links import Kind
from grievances.states import State
from grievances.suggestions import COMPARED, SHOWN, WITHIN, Reason

DAY = timedelta(days=1)
FALL = "The north tunnel collapsed this morning and four diggers are trapped below"
AGAIN = "Four diggers trapped, the tunnel in the north collapsed in the morning"
PAY = "The buyer weighs our gold with a false scale every Friday"
OTHER = Address("sms", "+255700000099")


@pytest.fixture
def told(file, database, now):
    """File a report at *place*, so many days later; from another phone unless it is said."""

    async def filed(story=PAY, *, days=0, place=None, category=None, address=OTHER):
        at = now + days * DAY
        made = await file(story, address=address, category=category, now=at)
        if place:
            async with database.transaction() as db:
                await intake.describe(db, made.case_id, place=place, now=at)
        return made

    return filed


@pytest.fixture
def suggested(database, secretary, now):
    """What is suggested to somebody: references with their reasons."""

    async def to(filed, person=None, at=now):
        who = person or secretary
        async with database.reading() as db, database.reading_routes() as routes:
            same = await correspondence.same_phone(db, routes, filed.case_id)
            found = await suggestions.suggest(
                db, who.member, who.private, filed.case_id, at, same_phone=same
            )
        return {each.reference: (set(each.reasons), each.apart) for each in found}

    return to


@pytest.mark.usefixtures("secretary", "site")
async def test_what_two_have_in_common_is_told(told, suggested):
    first = await told(FALL, place="KB12", category="DANGER")
    second = await told(AGAIN, place="KB12", category="DANGER", days=2)
    both = {Reason.PHONE, Reason.SITE, Reason.CATEGORY, Reason.WORDS}
    assert await suggested(first) == {second.reference: (both, 2 * DAY)}


@pytest.mark.usefixtures("secretary", "site")
@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        ({"address": OTHER}, {"address": OTHER}, {Reason.PHONE}),
        ({"place": "KB12"}, {"place": "KB12"}, {Reason.SITE}),
        ({"story": FALL}, {"story": AGAIN}, {Reason.WORDS}),
        ({"category": "PAY"}, {"category": "PAY"}, None),  # a kind alone says too little
        ({}, {}, None),
    ],
)
async def test_one_thing_in_common_may_be_enough(told, suggested, one, other, reasons):
    plain = [
        {"story": "Wawili hapa", "address": Address("sms", "+255700000002")},
        {"story": "Maji machafu", "address": Address("sms", "+255700000003")},
    ]
    first, second = await told(**{**plain[0], **one}), await told(**{**plain[1], **other})
    found = await suggested(first)
    assert found == ({} if reasons is None else {second.reference: (reasons, 0 * DAY)})


@pytest.mark.usefixtures("secretary")
@pytest.mark.parametrize(("days", "found"), [(14, True), (-14, True), (14.01, False)])
async def test_what_came_too_far_apart_is_not_suggested(told, suggested, days, found):
    first = await told()
    await told(days=days)
    assert bool(await suggested(first)) is found
    assert WITHIN == 14 * DAY


@pytest.mark.usefixtures("secretary")
@pytest.mark.parametrize("state", [State.DUPLICATE, State.WITHDRAWN])
async def test_what_cannot_lead_is_not_suggested(told, suggested, database, state):
    first, second = await told(), await told()
    async with database.transaction() as db:
        its = cases.c.id == second.case_id
        await db.execute(update(cases).where(its).values(state=state))
    assert await suggested(first) == {}


@pytest.mark.usefixtures("secretary")
async def test_what_is_linked_is_not_suggested_until_it_is_no_more(told, suggested, database, now):
    first, second = await told(), await told()
    by = {"by": "system", "now": now}
    async with database.transaction() as db:
        link = await links.join(db, second.case_id, first.case_id, Kind.RELATED, **by)
    assert await suggested(first) == {}
    async with database.transaction() as db:
        await links.undo(db, link, **by)
    assert len(await suggested(first)) == 1


async def test_what_somebody_may_not_see_is_not_suggested_to_them(
    told, suggested, secretary, join, database, now
):
    first, second = await told(), await told()
    async with database.transaction() as db:
        out = [second.case_id], [secretary.member.id]
        await exclusions.exclude(db, *out, Why.NAMED, by="x" * 32, now=now)
    assert await suggested(first) == {}


async def test_words_are_compared_only_with_the_key(told, suggested, secretary, join):
    first = await told(FALL, address=Address("sms", "+255700000002"))
    await told(AGAIN)
    late = await join("late@example.org")  # came after both, and has no key
    assert await suggested(first, late) == {}
    assert len(await suggested(first)) == 1


@pytest.mark.usefixtures("secretary")
async def test_of_many_the_likeliest_are_shown(told, suggested):
    first = await told(FALL)
    for _ in range(SHOWN + 2):
        await told("Maji machafu")
    again = await told(AGAIN)
    found = await suggested(first)
    assert len(found) == SHOWN
    assert next(iter(found)) == again.reference


async def test_it_costs_few_queries_however_many_cases_there_are(
    told, suggested, secretary, database, now
):
    first = await told(FALL)
    for _ in range(COMPARED + 2):
        await told("Maji machafu kila siku")
    said = []
    engine = database.reader.sync_engine

    def count(_connection, _cursor, statement, *_):
        said.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    await suggested(first)
    event.remove(engine, "before_cursor_execute", count)
    # Its route, where that leads, the cases, the keys, the words.
    assert sum("FROM" in statement for statement in said) <= 5
    async with database.reading() as db:
        found = await suggestions.alike(db, secretary.member, first.case_id, now, ())
        assert len(found) == COMPARED


@pytest.mark.parametrize(
    ("texts", "common"),
    [
        ((FALL, AGAIN), True),
        ((FALL, PAY), False),
        (("tunnel", "tunnel"), False),  # one word is no proof
        (("tunnel below north", "tunnel below north"), True),
        (("TUNNEL Below nOrth", "tunnel below north"), True),
        (("", ""), False),
    ],
)
def test_texts_say_much_the_same_or_not(texts, common):
    words = {str(n): suggestions.words_of(text) for n, text in enumerate(texts)}
    assert suggestions.in_common("0", words) == ({"1"} if common else set())


def test_words_that_everybody_uses_say_nothing():
    usual = "hello please help with this matter"
    words = {str(n): suggestions.words_of(f"{usual} {'x' * (4 + n)}") for n in range(8)}
    assert suggestions.in_common("0", words) == set()


def test_words_on_their_way_are_never_printed():
    assert "SealedWords" in repr(entries.SealedWords("c", "e", b"words"))
    assert "words'" not in repr(entries.SealedWords("c", "e", b"words"))
