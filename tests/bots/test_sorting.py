from dataclasses import replace

import pytest

from bots import sorting
from bots.conversation import Choice
from bots.sorting import Fault, Unfit, offered
from channels import segments
from grievances.category import Category, Group, Name
from grievances.severity import Severity
from grievances.taxonomy import DEFAULT
from locales import languages

PAY = DEFAULT.categories["PAY"]
DUST = Category("DUST", 15, 5, Severity.S3, "", ("environment",), position=8)


def named(**names):
    return {tag: Name(*words) for tag, words in names.items()}


def choices(branches):
    return [(branch.choice.digit, branch.choice.label) for branch in branches]


def refused(after, before=DEFAULT):
    with pytest.raises(Unfit) as unfit:
        sorting.check(before, after)
    return [(flaw.fault, flaw.language, flaw.digit, flaw.what) for flaw in unfit.value.flaws]


def test_every_category_and_group_that_is_built_in_has_its_words():
    assert set(sorting.KINDS) == set(DEFAULT.categories)
    assert set(sorting.GROUPS) == {group.digit for group in DEFAULT.groups}


def test_every_category_can_be_reached():
    reached = {
        choice.key for branch in offered(DEFAULT, "en") for choice in branch.behind or ()
    } | {branch.choice.key for branch in offered(DEFAULT, "en") if not branch.behind}
    assert reached == set(DEFAULT.categories)


def test_where_one_stands_alone_its_digit_chooses_it():
    first = {branch.choice.digit: branch for branch in offered(DEFAULT, "en")}
    assert (first["1"].choice.key, first["1"].behind) == ("DANGER", ())
    assert first["2"].choice.key == "group2"


def test_what_is_retired_is_not_offered_and_an_empty_line_is_not_shown():
    taxonomy = DEFAULT
    for key in ("PRICE", "LEFTOUT"):
        taxonomy = taxonomy.with_category(replace(DEFAULT.categories[key], retired=True))
    assert "6" not in dict(choices(offered(taxonomy, "en")))


def test_a_forum_s_own_words_stand_in_its_languages_and_the_catalogues_in_others():
    taxonomy = DEFAULT.with_category(replace(PAY, names=named(fr=("Paie", "Salaire", "Paie"))))
    for tag, words in (("fr", ("Salaire", "Paie")), ("sw", ("Malipo au kazi ngumu",) * 2)):
        line = offered(taxonomy, tag)[1].behind[2]
        assert (line.text(tag), line.text(tag, sms=True)) == words


def test_what_only_staff_call_otherwise_stays_the_same_for_miners():
    taxonomy = DEFAULT.with_category(replace(PAY, names=named(en=("Wages",))))
    assert offered(taxonomy, "en")[1].behind[2] == Choice("3", "PAY", "Pay or hard conditions")


def test_what_a_forum_added_is_said_in_the_words_that_there_are():
    taxonomy = DEFAULT.with_category(replace(DUST, names=named(en=("Dust", "", ""))))
    for tag in languages():
        line = offered(taxonomy, tag)[4].behind[2]
        assert (line.key, line.text(tag), line.text(tag, sms=True)) == ("DUST", "Dust", "Dust")


def test_what_is_built_in_fits_in_every_language():
    assert sorting.flaws(DEFAULT) == []
    for tag in languages():
        for menu in sorting.menus(DEFAULT, tag):
            assert menu.units <= menu.room <= sorting.MENU_UNITS
            assert segments.count(menu.text).segments == 1


def test_the_count_is_of_the_lines_and_the_room_is_what_the_question_leaves():
    first, *deeper = sorting.menus(DEFAULT, "en")
    question, _, lines = first.text.partition("\n")
    assert (question, first.units) == ("It is kept. About:", len(lines))
    assert first.room == segments.GSM_ALONE - len(question) - 1
    assert [menu.digit for menu in deeper] == [2, 3, 4, 5, 6]
    assert {menu.room for menu in deeper} == {149}


def test_a_first_menu_that_takes_more_than_one_sms_is_refused_with_its_count():
    long = "Dust, noise and shaking houses"
    taxonomy = DEFAULT.with_group(Group(1, named(en=("", long, ""))))
    units = sorting.menus(DEFAULT, "en")[0].units + len(long) - len("Danger")
    assert refused(taxonomy) == [(Fault.LONG, "en", None, str(units))]


def test_a_second_menu_that_takes_more_than_one_sms_is_refused():
    taxonomy = DEFAULT.with_category(replace(PAY, names=named(sw=("", "Malipo " * 12, ""))))
    ((fault, language, digit, _),) = refused(taxonomy)
    assert (fault, language, digit) == (Fault.LONG, "sw", 2)


def test_shorter_words_for_an_sms_make_it_fit():
    taxonomy = DEFAULT.with_category(replace(PAY, names=named(sw=("", "Malipo " * 12, "Malipo"))))
    sorting.check(DEFAULT, taxonomy)


def test_the_last_unit_fits_and_one_more_does_not():
    first = sorting.menus(DEFAULT, "en")[0]
    spare = first.room - first.units + len("Danger")
    sorting.check(DEFAULT, DEFAULT.with_group(Group(1, named(en=("", "x" * spare, "")))))
    refused(DEFAULT.with_group(Group(1, named(en=("", "x" * (spare + 1), "")))))


def test_a_character_of_the_extension_table_counts_twice():
    one, two = (
        sorting.menus(DEFAULT.with_group(Group(1, named(en=("", word, "")))), "en")[0].units
        for word in ("x", "[")
    )
    assert two - one == 1


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("", "Éboulis", "Éboulis ê"), Fault.FOREIGN),
        (("", "Wages yes", ""), Fault.TAKEN),
        (("", "Pay", "End of pay"), Fault.TAKEN),
        (("", "Forced to work", ""), Fault.ALIKE),
        (("", "Pay", "back"), Fault.ALIKE),
    ],
)
def test_what_a_basic_phone_cannot_show_or_a_carrier_would_take_is_refused(words, fault):
    found = refused(DEFAULT.with_category(replace(PAY, names=named(en=words))))
    assert {each[0] for each in found} == {fault}
    assert {each[1:3] for each in found} == {("en", 2)}


def test_letters_that_only_a_chat_shows_are_welcome_there():
    taxonomy = DEFAULT.with_category(replace(PAY, names=named(fr=("", "Être payé ê", "Paie"))))
    sorting.check(DEFAULT, taxonomy)


def test_what_was_wrong_before_stands_in_nobody_s_way_but_may_not_get_worse():
    bad = DEFAULT.with_category(replace(PAY, names=named(sw=("", "Malipo " * 12, ""))))
    sorting.check(bad, bad.with_category(replace(bad.categories["LAND"], floor=Severity.S2)))
    sorting.check(bad, DEFAULT)
    worse = bad.with_category(replace(PAY, names=named(sw=("", "Malipo " * 13, ""))))
    assert refused(worse, bad)


def test_a_menu_is_made_once_for_a_taxonomy_and_a_language():
    assert offered(DEFAULT, "en") is offered(DEFAULT, "en")
