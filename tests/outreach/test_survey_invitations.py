import asyncio
from collections import Counter
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given as sampled
from hypothesis import strategies as st
from sqlalchemy import event, insert, select, update

from channels.ledger import outbox
from forum.bodies import sites
from outreach import survey_invitations as invitations
from outreach import surveys
from outreach.audiences import EVERYBODY, Audience
from outreach.subscribers import State as Subscribed
from outreach.subscribers import subscribers
from outreach.survey_invitations import Drawn, State, survey_invitations
from storage.base import EPOCH

SITES = {"a" * 32: 60, "b" * 32: 30, None: 10}


@pytest.fixture
async def people(database, now):
    """A hundred who listen, at two sites and at none."""
    dice = Random(4)
    at = [site for site, n in SITES.items() for _ in range(n)]
    rows = [
        {
            "id": UUID(int=dice.getrandbits(128)).hex,
            "contact": f"c{n}",
            "route_id": f"r{n:03}",
            "channel": "sms",
            "language": "en",
            "site_id": site,
            "gender": "woman" if n % 2 else "man",
            "state": Subscribed.ACTIVE,
            "since": now,
        }
        for n, site in enumerate(at)
    ]
    named = {"name": "Site", "district": "D", "mineral": "gold"}
    async with database.transaction() as db:
        places = [{"id": site, "code": site[:4], **named} for site in SITES if site]
        await db.execute(insert(sites), places)
        await db.execute(insert(subscribers), rows)


@pytest.fixture
def draw(begun, database, now):
    async def drawn(size, audience=EVERYBODY, *, by_site=False, seed=None):
        survey = await begun()
        given = {"by_site": by_site, "by": "system", "now": now, "seed": seed}
        async with database.transaction() as db:
            n = await invitations.draw(db, survey, audience, size, **given)
            return await surveys.get(db, survey.id), n

    return drawn


@pytest.fixture
def drawn_open(opened, closed, database, now):
    """Draw a sample of an open survey of one question."""

    async def drawn(size):
        survey = await opened(closed("a", 1))
        given = {"by_site": False, "by": "system", "now": now}
        async with database.transaction() as db:
            n = await invitations.draw(db, survey, EVERYBODY, size, **given)
            return await surveys.get(db, survey.id), n

    return drawn


async def those(database, survey):
    c = survey_invitations.c
    joined = survey_invitations.join(subscribers, subscribers.c.id == c.subscriber_id)
    asked = select(subscribers).select_from(joined).where(c.survey_id == survey.id)
    async with database.reading() as db:
        return (await db.execute(asked)).all()


async def test_a_sample_is_as_large_as_was_wished(people, draw, database):
    survey, n = await draw(30)
    assert (n, survey.drawn, survey.population) == (30, 30, 100)
    assert len(await those(database, survey)) == 30


async def test_nobody_is_drawn_twice(people, draw, database):
    survey, n = await draw(500)
    assert n == len({row.id for row in await those(database, survey)}) == 100


async def test_the_same_beginning_draws_the_same_people(people, draw, database):
    first, _ = await draw(30)
    again, _ = await draw(30, seed=first.seed)
    opposite = f"{(int(first.seed[0], 16) + 8) % 16:x}{first.seed[1:]}"
    other, _ = await draw(30, seed=opposite)
    drawn = [{row.id for row in await those(database, one)} for one in (first, again, other)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


async def test_a_draw_goes_on_at_the_beginning(people, draw, database):
    _, n = await draw(30, seed="f" * 32)
    assert n == 30


async def test_each_site_has_its_share(people, draw, database):
    survey, n = await draw(20, by_site=True)
    found = Counter(row.site_id for row in await those(database, survey))
    assert (n, found) == (20, {"a" * 32: 12, "b" * 32: 6, None: 2})
    assert survey.by_site


async def test_only_the_audience_is_drawn_from(people, draw, database):
    audience = Audience(genders=frozenset({"woman"}), sites=frozenset({"a" * 32}))
    survey, n = await draw(100, audience)
    assert n == survey.population == 30
    assert {(row.gender, row.site_id) for row in await those(database, survey)} == {
        ("woman", "a" * 32)
    }
    assert Audience.from_json(survey.audience) == audience


async def test_a_sample_is_drawn_once_and_never_from_nobody(people, draw, database, now):
    survey, _ = await draw(3)
    given = {"by_site": False, "by": "system", "now": now}
    async with database.transaction() as db:
        with pytest.raises(Drawn):
            await invitations.draw(db, survey, EVERYBODY, 3, **given)
    with pytest.raises(Drawn):
        await draw(3, Audience(languages=frozenset({"xx"})))
    with pytest.raises(Drawn):
        await draw(0)


async def test_two_clicks_at_once_draw_one_sample(people, begun, database, now):
    survey = await begun()
    given = {"by_site": True, "by": "system", "now": now, "seed": "0" * 32}

    async def click():
        async with database.transaction() as db:
            return await invitations.draw(db, survey, EVERYBODY, 20, **given)

    done = await asyncio.gather(click(), click(), return_exceptions=True)
    assert sorted(map(str, done)) == sorted(["20", str(Drawn())])
    assert len(await those(database, survey)) == 20


async def test_many_sites_take_no_more_statements_than_few(people, draw, database):
    asked = []
    named = {"name": "Site", "district": "D", "mineral": "gold"}
    async with database.transaction() as db:
        places = [{"id": f"{n:032}", "code": f"S{n}", **named} for n in range(50)]
        await db.execute(insert(sites), places)
        for place, n in enumerate(range(0, 100, 2)):
            more = update(subscribers).where(subscribers.c.route_id == f"r{n:03}")
            await db.execute(more.values(site_id=f"{place:032}"))
    engine = database.writer.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    _, n = await draw(60, by_site=True)
    assert n == 60
    told = [one for one in asked if "survey_invitations" in one or "subscribers" in one]
    assert len(told) == 3  # how many are where, the draw, and how many of whom were drawn


async def waiting(database, survey, at=None):
    at = at or survey.expires_at - timedelta(seconds=1)
    async with database.reading() as db:
        return set((await db.execute(invitations.waiting(survey.id, at))).scalars())


async def written_to(db, rows, parts=(0, 1)):
    """Put one broadcast of *parts* to *rows* into the ledger, in place of any before."""
    await db.execute(outbox.delete())
    base = {
        "channel": "sms",
        "kind": "bulk",
        "priority": 9,
        "segments": 1,
        "state": "planned",
        "broadcast": "b" * 32,
    }
    times = dict.fromkeys(("not_before", "expires_at", "made_at", "moved_at"), EPOCH)
    messages = [(row, part) for row in rows for part in parts]
    for row, part in messages:
        one = {"id": f"{row.id[:30]}{part:02}", "route_id": row.route_id, "part": part}
        await db.execute(insert(outbox).values(**base, **times, **one))


async def test_who_does_not_answer_is_called_to_mind_twice(people, drawn_open, database):
    survey, _ = await drawn_open(4)
    rows = await those(database, survey)
    async with database.transaction() as db:
        await invitations.heed(db, survey.id, rows[0].id, State.DONE)
        await invitations.heed(db, survey.id, rows[1].id, State.STARTED)
        assert not await invitations.heed(db, survey.id, "nobody", State.DONE)
    assert await waiting(database, survey) == {row.route_id for row in rows[1:]}
    for left in ({row.route_id for row in rows[1:]}, {row.route_id for row in rows[1:]}, set()):
        async with database.transaction() as db:
            await written_to(db, rows[1:])
            assert await invitations.wrote(db, survey.id, ["b" * 32]) == 3
        assert await waiting(database, survey) == left


async def test_who_is_written_to_once_more_with_a_later_part_alone_counts(
    people, drawn_open, database
):
    survey, _ = await drawn_open(4)
    rows = await those(database, survey)
    async with database.transaction() as db:
        await written_to(db, rows[:2], parts=(1, 2))
        assert await invitations.wrote(db, survey.id, ["b" * 32]) == 2


async def test_whoever_wants_no_news_gets_no_invitation(people, drawn_open, database):
    survey, _ = await drawn_open(4)
    gone = (await those(database, survey))[0].id
    async with database.transaction() as db:
        stopped = subscribers.update().where(subscribers.c.id == gone)
        await db.execute(stopped.values(state=Subscribed.STOPPED))
    assert len(await waiting(database, survey)) == 3


async def test_nobody_is_invited_when_its_time_is_over(people, drawn_open, database):
    survey, _ = await drawn_open(4)
    assert await waiting(database, survey, survey.expires_at) == set()


async def test_to_a_closed_survey_nobody_is_invited(people, drawn_open, database, now):
    survey, _ = await drawn_open(4)
    async with database.transaction() as db:
        await surveys.close(db, survey, by="system", now=now)
    assert await waiting(database, survey) == set()


async def undrawn(database, survey, now):
    async with database.transaction() as db:
        done = await invitations.put_back(db, survey, by="system", now=now)
        return done, await surveys.get(db, survey.id)


async def test_a_sample_is_put_back_while_nobody_was_written_to(people, drawn_open, database, now):
    survey, _ = await drawn_open(4)
    done, left = await undrawn(database, survey, now)
    assert (done, left.drawn, left.population, left.seed) == (True, 0, 0, None)
    assert await those(database, survey) == []
    assert not (await undrawn(database, left, now))[0]


@pytest.mark.parametrize("told", [{"written": 1}, {"state": State.STARTED}])
async def test_a_sample_that_knows_of_it_stays(people, drawn_open, database, now, told):
    survey, _ = await drawn_open(4)
    async with database.transaction() as db:
        await db.execute(update(survey_invitations).values(told))
    done, left = await undrawn(database, survey, now)
    assert (done, left.drawn) == (False, 4)


@sampled(st.dictionaries(st.text(max_size=3), st.integers(1, 50), min_size=1), st.integers(1, 80))
def test_shares_add_up_and_are_fair(counts, size):
    shares = invitations._shares(counts, size)
    everybody = sum(counts.values())
    assert sum(shares.values()) == min(size, everybody)
    for site, n in counts.items():
        exact = min(size, everybody) * n / everybody
        assert abs(shares.get(site, 0) - exact) < 1
