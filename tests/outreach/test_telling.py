import pytest

from channels.ledger import outbox
from outreach import announcements, progress, steering, telling
from outreach.announcements import Words
from outreach.rule_drafting import Changed
from tests.support.history import Asked
from tests.support.rulemaking import words


@pytest.mark.parametrize(
    ("chosen", "tells"),
    [(["5", "1"], "15"), (["1", "1"], "1"), (["6", "x", ""], ""), ("12345", "12345"), ([], "")],
)
def test_parts_are_told_in_their_order_each_once(chosen, tells):
    assert telling.in_order(chosen) == tells


async def test_a_rule_becomes_a_draft_in_every_language_that_has_all_parts(ground, rules):
    author, site = await ground.member(), await ground.site("KB12")
    rule = await ground.rule(site)
    half = {key: text for key, text in words(why="Pourquoi").items() if key[0] == "why"}
    rule = await rules.act("write", rule, "fr", half)
    rule = await rules.act("publish", rule)
    one = await ground.find(await ground.do(telling.begin, rule.id, ["1", "3"], by=author))
    draft = one.draft
    assert (draft.rule_id, draft.rule_edition, draft.tells) == (rule.id, 2, "13")
    assert (draft.parts, draft.audience, draft.language) == (2, rule.facts.applies, "en")
    said = await ground.read(announcements.texts, one.id)
    assert said == {
        (0, "en"): Words("why sms", "why full"),
        (1, "en"): Words("rules sms", "rules full"),
    }
    alone = await ground.find(await ground.do(telling.begin, rule.id, ["1"], by=author))
    assert {tag for _, tag in await ground.read(announcements.texts, alone.id)} == {"en", "fr"}


async def test_what_is_not_published_is_not_told(ground, rules):
    author, drafted = await ground.member(), await rules.draft()
    with pytest.raises(Changed):
        await ground.do(telling.begin, drafted.id, ["1"], by=author)
    with pytest.raises(Changed):
        await ground.do(telling.begin, "0" * 32, ["1"], by=author)


async def test_the_broadcasts_of_a_rule_are_found_by_one_question(ground):
    site, author = await ground.site("KB12"), await ground.member()
    rule, other = await ground.rule(site), await ground.rule(site)
    await ground.list_people((3, "sms", "en", site))
    made = [await ground.do(telling.begin, one.id, ["1"], by=author) for one in (rule, other)]
    await ground.do(telling.begin, rule.id, ["2"], by=author)
    for one in made:
        await ground.alone(one, author)
    await ground.tick()
    uncounted = await ground.read(telling.by_broadcasts, rule.id, 1)
    assert [(one.id, one.messages, one.arrived) for one in uncounted] == [(made[0], 0, 0)]
    first = outbox.select().with_only_columns(outbox.c.seq).order_by(outbox.c.seq).limit(1)
    async with ground.database.transaction() as db:
        seq = (await db.execute(first)).scalar_one()
        await db.execute(outbox.update().where(outbox.c.seq == seq).values(state="delivered"))
    for one in made:
        await progress.count(ground.database, one, ground.now)
    with Asked(ground.database) as statements:
        (told,) = await ground.read(telling.by_broadcasts, rule.id, 1)
    assert len([one for one, _ in statements if one.startswith("SELECT")]) == 1
    assert (told.messages, told.tells, told.began_at) == (3, "1", ground.now)
    both = [*await ground.read(telling.by_broadcasts, other.id, 1), told]
    assert sum(one.arrived for one in both) == 1
    assert await ground.read(telling.by_broadcasts, rule.id, 2) == []


async def test_without_a_part_there_is_nothing_to_tell(ground):
    rule, author = await ground.rule(), await ground.member()
    with pytest.raises(ValueError, match="x"):
        await ground.do(telling.begin, rule.id, ["x"], by=author)


async def left(ground, this):
    async with ground.database.transaction() as db:
        return await telling.untold(db, this)


async def test_the_next_of_a_series_tells_what_nothing_in_it_has_told(ground):
    rule, author = await ground.rule(), await ground.member()
    first = await ground.find(await ground.do(telling.begin, rule.id, "12", by=author))
    assert await left(ground, first) == "345"
    made = await ground.do(telling.begin, rule.id, "4", by=author, after=first)
    second = await ground.find(made)
    assert (second.draft.follows, second.draft.tells) == (first.id, "4")
    assert second.draft.audience == first.draft.audience
    assert await left(ground, first) == "35"
    assert await left(ground, second) == "35"
    await ground.do(steering.cancel, made, by=author)
    assert await left(ground, first) == "345"


async def test_of_no_rule_nothing_is_untold(ground):
    this = await ground.find(await ground.write(await ground.member()))
    assert await left(ground, this) == ""
