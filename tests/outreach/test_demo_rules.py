"""The made-up rule changes are whole, and planted once."""

import pytest

from forum import demo
from forum.bodies import all_sites
from locales import languages
from outreach import demo_rules, rule_changes, rule_drafting, rule_texts
from outreach.rule_changes import in_force
from outreach.rule_texts import Variant, guilty, measure


def test_one_is_in_force_and_one_is_to_come(now):
    told = demo_rules.made_up(now.date())
    assert sorted(in_force(facts.dates, now.date()) for facts, _ in told) == [False, True]


@pytest.mark.parametrize("tag", languages())
def test_each_is_whole_in_each_language_and_one_plain_sms_a_part(tag, now):
    for facts, texts in demo_rules.made_up(now.date()):
        assert not rule_drafting.unready(facts, texts)
        assert rule_texts.lacking(texts, tag) == ()
        for (part, language, variant), text in texts.items():
            assert rule_texts.fault(part, variant, text) is None
            if language == tag and variant is Variant.SMS:
                assert guilty(text) == ()
                assert measure(text).segments == 1, (part, text)


async def test_they_are_planted_once_and_are_for_some_site_of_the_demo(database, now):
    async with database.transaction() as db:
        await demo.plant(db, now)
        await demo_rules.plant(db, now)
        await demo_rules.plant(db, now)
        told = await rule_changes.published(db)
        sites = await all_sites(db)
    assert [rule.reference for rule in told] == ["R2", "R1"]
    for rule in told:
        assert any(rule_changes.applies_to(rule, site, None) for site in sites)
