"""A search finds what was said in the cases that somebody may read, and nothing else."""

import random
import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from forum import keyholders
from forum.members import Role
from grievances import correspondence, exclusions, searching
from grievances.case import cases
from grievances.entries import entries
from grievances.exclusions import Why
from grievances.matching import Words
from grievances.searching import Place, Wanted
from grievances.states import State

SAID = ("tunnel river", "Tunnel", "rivière", "the gate", "River gate tunnel", "nothing", "8 sacks")
QUESTIONS = ("tunnel", "riv", "river gate", "RIVIERE", "gate", "zebra", "8")


async def at_once(work):
    return work()


@pytest.fixture
def look(database):
    """Search to the end; returns the rounds."""

    async def looked(person, question, **facts):
        rounds, place = [], None
        wanted = Wanted(Words.of(question), **facts)
        while not rounds or place is not None:
            async with database.reading() as db:
                found = await searching.look(
                    db, person.member, person.private, wanted, at_once, place
                )
            rounds.append(found)
            place = found.place and Place.read(str(found.place))
        return rounds

    return looked


@pytest.fixture
def found(look):
    """Return what a search to the end finds: reference and number of each entry."""

    async def listed(person, question, **facts):
        rounds = await look(person, question, **facts)
        return [(hit.reference, hit.n) for each in rounds for hit in each.hits]

    return listed


@pytest.fixture
def extend(database, keyring, now):
    async def said(filed, text):
        async with database.transaction() as db:
            given = {"channel": "sms", "now": now}
            await correspondence.extend(db, keyring, filed.case_id, text, **given)

    return said


@pytest.fixture
def put(database):
    async def changed(filed, **values):
        async with database.transaction() as db:
            await db.execute(update(cases).where(cases.c.id == filed.case_id).values(**values))

    return changed


def plainly(text, question):
    """Whether a plain search over the plain text would find it."""
    plain = text.lower().replace("è", "e")
    return all(
        any(token.startswith(word) for token in re.findall(r"\w+", plain))
        for word in question.lower().split()
    )


@pytest.mark.parametrize("seed", range(2))
async def test_it_finds_exactly_what_a_plain_search_would(
    seed, file, extend, found, join, database, now, monkeypatch, put
):
    """Random cases, some hidden, some without a key, looked through in small rounds."""
    dice = random.Random(seed)
    monkeypatch.setattr(searching, "ROUND", 7)
    monkeypatch.setattr(searching, "PIECE", 3)
    monkeypatch.setattr(searching, "HITS", 2)
    lead = await join("lead@example.org", Role.LEAD)
    other = await join("other@example.org", Role.SECRETARY)
    said, handler = [], await join("handler@example.org", Role.HANDLER)
    for number in range(12):
        when = now + timedelta(minutes=number // 2)  # some come in one moment
        filed = await file(first := dice.choice(SAID), now=when)
        texts = [first, *dice.choices(SAID, k=dice.randrange(4))]
        for text in texts[1:]:
            await extend(filed, text)
        hidden, keyless = dice.random() < 0.3, dice.random() < 0.2
        async with database.transaction() as db:
            if hidden:
                by = {"by": other.member.id, "now": now}
                await exclusions.exclude(db, [filed.case_id], [lead.member.id], Why.ASIDE, **by)
            if keyless:
                await keyholders.withdraw(db, [filed.case_id], [lead.member.id])
        await put(filed, assignee=handler.member.id)  # who was never given a key
        said.append((filed, texts, hidden or keyless))
    newest_first = sorted(said, key=lambda one: one[0].case_id, reverse=True)
    newest_first.sort(key=lambda one: said.index(one) // 2, reverse=True)
    for question in QUESTIONS:
        expected = [
            (filed.reference, n)
            for filed, texts, unseen in newest_first
            for n, text in reversed(list(enumerate(texts, 1)))
            if not unseen and plainly(text, question)
        ]
        assert await found(lead, question) == expected
        assert await found(handler, question) == []
    assert set(await found(other, "tunnel")) >= set(await found(lead, "tunnel"))


async def test_a_round_looks_at_so_many_and_says_how_far_it_came(
    file, look, secretary, now, monkeypatch
):
    monkeypatch.setattr(searching, "ROUND", 2)
    for minutes in range(5):
        await file("Words.", now=now + timedelta(minutes=minutes))
    rounds = await look(secretary, "zebra")
    assert [each.looked_at for each in rounds] == [2, 2, 1]
    assert [each.back_to for each in rounds] == [now + timedelta(minutes=m) for m in (3, 1, 0)]
    assert rounds[-1].place is None


async def test_a_round_ends_with_its_last_hit_and_the_next_repeats_none(
    file, look, secretary, monkeypatch
):
    monkeypatch.setattr(searching, "HITS", 2)
    filed = [(await file("The tunnel.")).reference for _ in range(5)]
    rounds = await look(secretary, "tunnel")
    assert [len(each.hits) for each in rounds] == [2, 2, 1]
    shown = [hit.reference for each in rounds for hit in each.hits]
    assert sorted(shown) == sorted(filed)


async def test_where_there_is_nothing_it_says_so(look, secretary):
    (only,) = await look(secretary, "tunnel")
    assert (only.looked_at, only.hits, only.place) == (0, [], None)


async def test_facts_narrow_it(file, found, secretary, put, site, now):
    danger = await file("The tunnel.", category="DANGER")
    pay = await file("The tunnel.", category="PAY", now=now + timedelta(hours=1))
    ended = await file("The tunnel.", now=now + timedelta(hours=2))
    await put(ended, state=State.CLOSED)
    await put(pay, site_id="s" * 32)
    assert await found(secretary, "tunnel", category="DANGER") == [(danger.reference, 1)]
    assert await found(secretary, "tunnel", site_id="s" * 32) == [(pay.reference, 1)]
    assert await found(secretary, "tunnel", open_only=True) == [
        (pay.reference, 1),
        (danger.reference, 1),
    ]
    since = now + timedelta(hours=1)
    assert await found(secretary, "tunnel", since=since) == [
        (ended.reference, 1),
        (pay.reference, 1),
    ]


async def test_nobody_is_found_by_a_number(file, found, secretary):
    await file("Call me.", callback_number="+255700000009")
    assert await found(secretary, "255700000009") == []
    assert len(await found(secretary, "call")) == 1


async def test_a_damaged_entry_hides_no_other(file, extend, found, secretary, database):
    filed = await file("The tunnel.")
    await extend(filed, "The tunnel again.")
    async with database.transaction() as db:
        await db.execute(update(entries).where(entries.c.n == 1).values(sealed=b"damaged"))
    assert await found(secretary, "tunnel") == [(filed.reference, 2)]


@pytest.mark.parametrize("text", ["", "x", "1-2", "a-b-c", "1-\0-1", f"{10**30}-a-1", "1-a--1"])
def test_a_damaged_place_is_none(text):
    assert Place.read(text) is None
