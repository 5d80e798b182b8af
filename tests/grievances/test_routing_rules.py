import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum import audit, bodies
from grievances import routing_rules
from grievances.routing_rules import Facts, Rule, SaysNothing, There, winner

BODY, SEAT, OTHER = "b" * 32, "e" * 32, "o" * 32
BY = "m" * 32


@pytest.fixture
async def seats(database):
    async with database.transaction() as db:
        row = {"id": BODY, "name": "Inspectorate", "kind": "mines"}
        await db.execute(bodies.bodies.insert().values(row))
        for one in (SEAT, OTHER):
            row = {"id": one, "body_id": BODY, "name": one}
            await db.execute(bodies.seats.insert().values(row))


@pytest.fixture
def add(seats, database, now):
    async def added(seat=SEAT, **facts):
        async with database.transaction() as db:
            return await routing_rules.add(db, Facts(**facts), seat, by=BY, now=now)

    return added


@pytest.fixture
def listed(database):
    async def rules():
        async with database.reading() as db:
            return await routing_rules.rules(db)

    return rules


def rule(position=1, **facts):
    known = dict.fromkeys(("category", "site_id", "district", "language"))
    return Rule(f"r{position}", **{**known, **facts}, seat_id=SEAT, position=position)


def decides(rules, facts):
    ordered = sorted(rules, key=lambda one: (-one.weight, one.position))
    return winner(ordered, facts)


HERE = Facts("BRIBE", "kb12", "North", "fr")


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ({"category": "BRIBE"}, {"category": "BRIBE", "district": "North"}),
        ({"district": "North"}, {"site_id": "kb12"}),
        ({"category": "BRIBE"}, {"site_id": "kb12"}),
        ({"site_id": "kb12"}, {"category": "BRIBE", "site_id": "kb12", "language": "fr"}),
    ],
)
def test_the_rule_that_says_most_wins(wide, narrow):
    first, second = rule(1, **wide), rule(2, **narrow)
    assert decides([first, second], HERE) is second


def test_of_two_that_say_as_much_the_first_wins():
    first, second = rule(1, category="BRIBE"), rule(2, language="fr")
    assert decides([second, first], HERE) is first


def test_a_rule_speaks_of_nothing_that_is_not_known():
    assert decides([rule(site_id="kb12")], Facts("BRIBE")) is None


_SOME = {
    "category": st.sampled_from([None, "BRIBE", "PAY"]),
    "site_id": st.sampled_from([None, "kb12", "wk03"]),
    "district": st.sampled_from([None, "North", "South"]),
    "language": st.sampled_from([None, "fr", "sw"]),
}
FACTS = st.builds(Facts, **_SOME)
RULES = st.lists(st.builds(rule, position=st.integers(1, 9), **_SOME), max_size=8)


@given(FACTS, RULES)
def test_whatever_there_is_the_winner_fits_and_none_that_fits_says_more(facts, rules):
    won = decides(rules, facts)
    fitting = [one for one in rules if one.fits(facts)]
    assert (won is None) == (not fitting)
    if won is not None:
        assert won.weight == max(one.weight for one in fitting)


async def test_rules_are_kept_in_the_order_in_which_they_are_asked(add, listed):
    wide = await add(category="BRIBE")
    later = await add(category="PAY", seat=OTHER)
    narrow = await add(category="BRIBE", language="fr")
    assert [one.id for one in await listed()] == [narrow, wide, later]


async def test_a_rule_can_be_put_first_among_its_like(add, listed, database, now):
    first, second = await add(category="BRIBE"), await add(language="fr")
    async with database.transaction() as db:
        await routing_rules.put_first(db, second, by=BY, now=now)
        await routing_rules.put_first(db, "0" * 32, by=BY, now=now)
    assert [one.id for one in await listed()] == [second, first]


async def test_a_rule_says_something_and_says_it_once(add):
    with pytest.raises(SaysNothing):
        await add()
    await add(category="BRIBE")
    with pytest.raises(There):
        await add(category="BRIBE")
    await add(category="BRIBE", seat=OTHER)


async def test_what_is_taken_away_is_given_back_and_written_down(add, listed, database, now):
    made = await add(category="BRIBE", language="fr")
    async with database.transaction() as db:
        was = await routing_rules.remove(db, made, by=BY, now=now)
        assert await routing_rules.remove(db, made, by=BY, now=now) is None
        acts = [line.act for line in await audit.recent(db)]
    assert (was.category, was.language, await listed()) == ("BRIBE", "fr", [])
    assert acts == ["rule.removed", "rule.added"]
