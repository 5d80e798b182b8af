import pytest

from console import rulefile
from console.rulefile import lacks, mark_of, title_of
from locales import languages
from outreach.rule_texts import Part, Variant
from tests.support.rulemaking import Rules, words


@pytest.fixture
def database_url(sqlite_url):
    """What is shown is tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def rules(database, now):
    return Rules(database, now)


def texts_in(language, **changed):
    return {(part, language, variant): text for (part, variant), text in words(**changed).items()}


def test_what_each_language_lacks_is_told_and_whole_ones_are_left_out():
    texts = texts_in("en")
    del texts[Part.HOW, "en", Variant.FULL]
    assert lacks(texts) == {
        tag: (Part.HOW,) if tag == "en" else tuple(Part) for tag in languages()
    }
    assert lacks({key: text for tag in languages() for key, text in texts_in(tag).items()}) == {}


async def test_it_is_called_by_its_title_in_the_nearest_language_or_by_its_reference(rules):
    rule = await rules.draft(base="fr")
    assert title_of(rule, {}, "en") == "R1"
    assert title_of(rule, texts_in("sw", title="Retoti"), "en") == "Retoti"
    both = texts_in("sw", title="Retoti") | texts_in("fr", title="Cornues")
    assert title_of(rule, both, "en") == "Cornues"
    assert title_of(rule, both | texts_in("en", title="Retorts"), "en") == "Retorts"


async def test_a_form_is_marked_by_the_edition_and_how_often_it_was_kept(rules):
    rule = await rules.draft()
    assert mark_of(rule) == "1.1"
    rule = await rules.act("write", rule, "en", words())
    assert mark_of(rule) == "1.2"
    rule = await rules.act("publish", rule)
    rule = await rules.act("write", rule, "en", words())
    assert mark_of(rule) == "2.1"


async def test_what_nobody_of_the_members_kept_is_by_baraza(rules):
    rule = await rules.published()
    file = rulefile.RuleFile(rule, {}, [], {}, [], "R1")
    assert rulefile.changed_by(file) == "Baraza"
    assert not file.open
