"""What a phone is told of the rule changes: which, in what order, in whose language."""

import pytest

from bots import effects as wish
from bots import rule_lines
from bots.conversation import OwnWords
from channels.base import Address, Style
from forum.bodies import sites
from outreach import recordings, subscribers
from outreach.audiences import Audience
from outreach.rule_texts import Part, Variant
from tests.support.rulemaking import Rules, whole_dates, words
from tests.support.spoken import mp3

HERE = Address("sms", "+254711000001")


@pytest.fixture
def rules(database, now):
    return Rules(database, now)


@pytest.fixture
def found(database, keyring, now):
    async def find(word="", after=0, *, language="en", style=Style.CHAT):
        async with database.reading() as db:
            return await rule_lines.found(
                db,
                keyring,
                HERE,
                wish.FindRules(word, after),
                language=language,
                style=style,
                today=now.date(),
            )

    return find


@pytest.fixture
async def hill(database):
    row = {"id": "s" * 32, "code": "KB12", "name": "Hill", "district": "North", "mineral": "gold"}
    async with database.transaction() as db:
        await db.execute(sites.insert().values(row))


def keys(event):
    return [choice.key for choice in event.rules]


async def test_with_no_rule_there_is_nothing(found):
    assert await found() == wish.RulesFound()


async def test_what_is_in_force_and_coming_is_listed_with_its_day(rules, found, now):
    await rules.published("Retorts", dates=whole_dates(now.date(), in_force_on=-1))
    await rules.published("Receipts")
    event = await found()
    assert [(one.digit, one.key, one.label) for one in event.rules] == [
        ("1", "R2", "Receipts (in force 13 May)"),
        ("2", "R1", "Retorts (in force 11 May)"),
    ]
    assert event.more == 0


async def test_a_draft_what_is_withdrawn_and_what_is_not_announced_is_not_told(rules, found, now):
    await rules.draft()
    await rules.act("withdraw", await rules.published())
    soon = whole_dates(now.date(), announced_on=1, outreach_from=1)
    await rules.published(dates=soon)
    assert await found() == wish.RulesFound()
    assert await found("R3") == wish.RulesFound()


async def test_who_told_us_nothing_hears_what_is_for_everybody(rules, found, hill):
    await rules.published(applies=Audience(minerals=frozenset({"gold"})))
    await rules.published()
    assert keys(await found()) == ["R2"]
    assert keys(await found("KB12")) == ["R2", "R1"]
    assert keys(await found("nowhere 1")) == ["R2"]


async def test_a_subscriber_hears_what_is_for_their_site_and_their_work(
    rules, found, hill, database, keyring, now
):
    await rules.published(applies=Audience(districts=frozenset({"North"})))
    await rules.published(applies=Audience(roles=frozenset({"digger"})))
    await rules.published(applies=Audience(roles=frozenset({"buyer"})))
    async with database.transaction() as db:
        told_us = {"place": "KB12", "role": "digger", "language": "en", "now": now}
        await subscribers.subscribe(db, keyring, HERE, **told_us)
    assert keys(await found()) == ["R2", "R1"]


async def test_what_is_for_anybody_on_the_telephone_is_listed(
    rules, found, hill, database, keyring, now
):
    bend = {"id": "b" * 32, "code": "KB14", "name": "Bend", "district": "South", "mineral": "gold"}
    async with database.transaction() as db:
        await db.execute(sites.insert().values(bend))
        for place, role in (("KB12", "digger"), ("KB14", "buyer")):
            told_us = {"place": place, "role": role, "language": "en", "now": now}
            await subscribers.subscribe(db, keyring, HERE, **told_us)
    await rules.published(applies=Audience(districts=frozenset({"North"})))
    await rules.published(applies=Audience(districts=frozenset({"South"})))
    await rules.published(
        applies=Audience(districts=frozenset({"South"}), roles=frozenset({"digger"}))
    )
    assert keys(await found()) == ["R2", "R1"]
    assert keys(await found("KB14")) == ["R3", "R2"]


async def test_a_rule_that_is_named_is_opened_for_whoever_names_it(rules, found):
    await rules.published(applies=Audience(roles=frozenset({"digger"})))
    event = await found("r1")
    assert (keys(event), event.opened) == (["R1"], True)


async def test_five_are_on_a_page_of_a_chat(rules, found):
    for n in range(7):
        await rules.published(f"Rule {n}")
    first = await found()
    assert (keys(first), first.more) == (["R7", "R6", "R5", "R4", "R3"], 5)
    second = await found(after=first.more)
    assert (keys(second), second.more) == (["R2", "R1"], 0)
    assert [choice.digit for choice in second.rules] == ["1", "2"]
    assert keys(await found(after=7)) == keys(first)


@pytest.mark.parametrize(
    ("rule", "part", "said"),
    [
        ("r1", "2", OwnWords("what full", "what sms")),
        ("R1", "7", None),
        ("R9", "2", None),
        ("", "", None),
    ],
)
async def test_a_quiz_tells_a_part_again(rules, database, rule, part, said):
    await rules.published()
    async with database.reading() as db:
        found = await rule_lines.again(db, rule, part, "en")
    assert found == said


async def test_a_basic_phone_gets_as_many_as_fit_one_sms_and_all_in_the_end(rules, found):
    for _ in range(5):
        await rules.published("t" * 30)
    seen, after = [], 0
    while True:
        page = await found(after=after, style=Style.SMS)
        seen += keys(page)
        assert len(page.rules) <= 2
        if not page.more:
            break
        after = page.more
    assert seen == ["R5", "R4", "R3", "R2", "R1"]


async def test_each_language_gets_its_own_title_and_the_base_where_there_is_none(rules, found):
    rule = await rules.draft(base="fr")
    rule = await rules.act("write", rule, "fr", words(title="Cornues"))
    title = {(Part.TITLE, Variant.SMS): "Retoti"}
    rule = await rules.act("write", rule, "sw", title)
    await rules.act("publish", rule)
    (swahili,) = (await found(language="sw")).rules
    assert swahili.label == swahili.short == "Retoti (kuanzia 13 Mei)"
    (english,) = (await found(language="en")).rules
    assert english.label == "Cornues (in force 13 May)"


async def test_a_part_that_is_recorded_is_offered_to_a_chat_alone(rules, database, now):
    rule = await rules.published()
    async with database.transaction() as db:
        made = {"by": "o" * 32, "now": now}
        await recordings.keep(db, rule, Part.HOW, "en", "audio/mpeg", mp3(3), **made)
    asked = wish.ReadPart("R1", "how")
    async with database.reading() as db:
        chat = await rule_lines.read(db, asked, language="sw", style=Style.CHAT)
        sms = await rule_lines.read(db, asked, language="sw", style=Style.SMS)
        heard = await rule_lines.hear(db, wish.HearPart("R1", "how"), language="sw")
        silent = await rule_lines.hear(db, wish.HearPart("R1", "why"), language="sw")
        gone = await rule_lines.hear(db, wish.HearPart("R2", "why"), language="sw")
        (kept,) = (await recordings.of(db, rule, {})).values()
    assert (chat.spoken, sms.spoken) == (True, False)
    assert heard == wish.PartHeard(kept.sound_id)
    assert silent == gone == wish.PartHeard()


async def test_a_part_is_read_in_both_variants(rules, database):
    await rules.published()
    async with database.reading() as db:
        part = await rule_lines.read(db, wish.ReadPart("R1", "how"), language="sw")
        gone = await rule_lines.read(db, wish.ReadPart("R2", "how"), language="sw")
    assert part == wish.PartRead("how full", "how sms")
    assert gone == wish.PartRead()
