import asyncio
from dataclasses import replace

import pytest

from forum import audit
from outreach import rule_changes, rule_drafting, rule_texts
from outreach.rule_changes import State
from outreach.rule_dates import NO_DATES
from outreach.rule_drafting import MOVES, Changed, NotReady
from outreach.rule_texts import Part, Variant
from tests.support.rulemaking import OFFICIAL, words

WHY = (Part.WHY, Variant.SMS)


@pytest.fixture
def texts(database):
    async def read(rule, edition=None):
        async with database.reading() as db:
            return await rule_texts.texts_of(db, rule.id, edition or rule.edition.number)

    return read


async def test_a_draft_is_numbered_and_told_to_nobody(rules, facts, database, now):
    first, second = await rules.draft(), await rules.draft()
    assert (first.reference, second.reference) == ("R1", "R2")
    assert (first.state, first.told, first.facts) == (State.DRAFT, None, facts)
    assert first.edition.saved_by == OFFICIAL
    assert first.edition.saved_at == now
    async with database.reading() as db:
        assert await rule_changes.published(db) == []


async def test_many_drafts_at_once_get_a_number_each(rules):
    drafted = await asyncio.gather(*(rules.draft() for _ in range(5)))
    assert sorted(rule.number for rule in drafted) == [1, 2, 3, 4, 5]


async def test_a_draft_is_edited_in_place(rules, facts, texts):
    rule = await rules.draft()
    rule = await rules.act("change", rule, replace(facts, legal="Act 2"))
    rule = await rules.act("write", rule, "fr", {WHY: "Parce que"})
    assert (rule.edition.number, rule.edition.saves) == (1, 3)
    assert rule.facts.legal == "Act 2"
    assert await texts(rule) == {(Part.WHY, "fr", Variant.SMS): "Parce que"}


async def test_a_text_that_is_emptied_is_gone_and_others_stay(rules, texts):
    rule = await rules.draft()
    rule = await rules.act("write", rule, "fr", {WHY: "Parce que"})
    rule = await rules.act("write", rule, "en", {WHY: "Because"})
    rule = await rules.act("write", rule, "fr", {WHY: ""})
    assert await texts(rule) == {(Part.WHY, "en", Variant.SMS): "Because"}


@pytest.mark.parametrize("act", ["change", "write", "publish"])
async def test_who_comes_later_changes_nothing(rules, facts, texts, act):
    seen = await rules.draft()
    seen = await rules.act("write", seen, "en", words())
    await rules.act("change", seen, replace(facts, legal="Act 2"))
    given = {"change": (facts,), "write": ("en", {WHY: "other"}), "publish": ()}[act]
    with pytest.raises(Changed):
        await rules.act(act, seen, *given)
    kept = await rules.find(seen.id)
    assert kept.facts.legal == "Act 2"
    assert (await texts(kept))[Part.WHY, "en", Variant.SMS] == "why sms"


async def test_what_is_missing_keeps_it_from_being_published(rules):
    rule = await rules.draft(dates=NO_DATES)
    rule = await rules.act("write", rule, "en", {**words(), WHY: ""})
    with pytest.raises(NotReady) as refused:
        await rules.act("publish", rule)
    unready = refused.value.unready
    assert unready.unset == (
        "announced_on",
        "outreach_from",
        "in_force_on",
        "enforcement_from",
    )
    assert unready.parts == (Part.WHY,)
    assert (await rules.find(rule.id)).state is State.DRAFT


async def test_it_is_complete_in_its_own_base_language_or_not_at_all(rules):
    rule = await rules.draft(base="fr")
    rule = await rules.act("write", rule, "en", words())
    with pytest.raises(NotReady):
        await rules.act("publish", rule)
    rule = await rules.act("write", rule, "fr", words())
    assert (await rules.act("publish", rule)).told == 1


async def test_a_published_edition_is_frozen_and_the_next_begins_with_its_words(
    rules, facts, texts, database
):
    rule = await rules.published("Retorts")
    assert rule.edition.frozen
    assert rule.edition.published_by == OFFICIAL
    rule = await rules.act("write", rule, "en", {WHY: "Because"})
    assert (rule.newest, rule.told, rule.edition.frozen) == (2, 1, False)
    before, after = await texts(rule, 1), await texts(rule, 2)
    assert before[Part.WHY, "en", Variant.SMS] == "why sms"
    assert after == before | {(Part.WHY, "en", Variant.SMS): "Because"}
    async with database.reading() as db:
        (told,) = await rule_changes.published(db)
    assert told.edition.number == 1
    rule = await rules.act("change", rule, replace(facts, legal="Act 2"))
    rule = await rules.act("publish", rule)
    async with database.reading() as db:
        (told,) = await rule_changes.published(db)
        every = await rule_changes.history(db, rule.id)
    assert (told.edition.number, told.facts.legal) == (2, "Act 2")
    assert [(each.number, each.facts.legal) for each in every] == [(2, "Act 2"), (1, "Act 1")]


async def test_two_who_begin_the_next_edition_make_one(rules, facts):
    rule = await rules.published()
    again = [replace(facts, legal=f"Act {n}") for n in (2, 3)]
    acts = (rules.act("change", rule, each) for each in again)
    done = await asyncio.gather(*acts, return_exceptions=True)
    assert [type(each) for each in done].count(Changed) == 1
    assert (await rules.find(rule.id)).newest == 2


async def test_what_is_withdrawn_is_told_to_nobody_until_it_is_brought_back(rules, database):
    rule = await rules.act("withdraw", await rules.published())
    assert (rule.state, rule.withdrawn_by) == (State.WITHDRAWN, OFFICIAL)
    async with database.reading() as db:
        assert await rule_changes.published(db) == []
        assert await rule_changes.by_reference(db, "R1") is None
    rule = await rules.act("restore", rule)
    assert (rule.state, rule.withdrawn_at, rule.told) == (State.PUBLISHED, None, 1)


async def test_a_withdrawn_one_comes_back_as_its_next_edition_too(rules, facts):
    rule = await rules.act("withdraw", await rules.published())
    rule = await rules.act("change", rule, replace(facts, legal="Act 2"))
    rule = await rules.act("publish", rule)
    assert (rule.state, rule.told, rule.withdrawn_by) == (State.PUBLISHED, 2, None)


@pytest.mark.parametrize("state", State)
async def test_no_move_is_made_that_the_table_does_not_have(rules, state):
    rule = await rules.draft()
    if state is not State.DRAFT:
        rule = await rules.act("write", rule, "en", words())
        rule = await rules.act("publish", rule)
    if state is State.WITHDRAWN:
        rule = await rules.act("withdraw", rule)
    moves = {"withdraw": State.WITHDRAWN, "restore": State.PUBLISHED}
    for act, to in moves.items():
        allowed = to in MOVES[state] and (act != "restore" or state is State.WITHDRAWN)
        if allowed:
            continue
        with pytest.raises(Changed):
            await rules.act(act, rule)


async def test_every_act_is_in_the_log_by_the_reference(rules, facts, database):
    rule = await rules.published()
    rule = await rules.act("change", rule, facts)
    rule = await rules.act("withdraw", rule)
    await rules.act("restore", rule)
    async with database.reading() as db:
        acts = await audit.recent(db)
    assert [act.act for act in reversed(acts)] == [
        f"rules.{name}"
        for name in ("added", "written", "published", "changed", "withdrawn", "restored")
    ]
    assert {(act.actor, act.subject) for act in acts} == {(OFFICIAL, "R1")}


def test_nothing_missing_is_nothing(facts):
    texts = {(part, "en", variant): text for (part, variant), text in words().items()}
    assert not rule_drafting.unready(facts, texts)
