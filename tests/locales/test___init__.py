import pytest

from locales import N_, folded, languages, ngettext, translate

LANGUAGE = "Choose your language:"


def test_a_text_is_translated():
    assert translate(LANGUAGE, "sw") == "Chagua lugha yako:"


def test_english_is_the_text_itself():
    assert translate(LANGUAGE, "en") == LANGUAGE


@pytest.mark.parametrize("tag", ["xx", "", "de-AT"])
def test_an_unknown_language_is_english(tag):
    assert translate(LANGUAGE, tag) == LANGUAGE


def test_a_text_that_no_catalogue_has_stays_as_it_is():
    assert translate("Never heard of.", "fr") == "Never heard of."
    assert translate("", "fr") == ""


def test_a_basic_phone_gets_its_own_variant():
    assert translate("Where is it?", "fr", sms=True) == "Where is it?"
    assert translate("Not safe", "fr") == "Pas sûr"
    assert translate("Not safe", "fr", sms=True) == "Risqué"


def test_without_a_variant_the_full_text_will_do():
    assert translate("Back", "fr", sms=True) == "Retour"


def test_the_name_of_a_language_is_plain_on_a_basic_phone():
    assert translate("Français", "en") == "Français"
    assert translate("Français", "sw", sms=True) == "Francais"


@pytest.mark.parametrize(("n", "form"), [(0, "{n} things"), (1, "one thing"), (2, "{n} things")])
def test_a_plural_without_a_catalogue_is_english(n, form):
    assert ngettext("one thing", "{n} things", n, "fr") == form


def test_marking_changes_nothing():
    assert N_("a text") == "a text"


def test_every_language_has_what_it_needs():
    for tag, row in languages().items():
        assert row.tag == tag
        assert row.plain.isascii()
        assert {"stop", "start", "help", "report", "greeting"} <= set(row.words)


def test_what_a_machine_wrote_is_marked_as_a_draft():
    assert [tag for tag, row in languages().items() if row.draft] == ["fr", "sw"]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  Arrêt! ", "arret"),
        ("d\u2019accord", "d'accord"),
        ("STOP.  Merci", "stop. merci"),
        ("\u0664\ufe0f\u20e3", "4"),
        ("\u200f9\u200e", "9"),
        ("«Oui»", "«oui»"),
        ("", ""),
    ],
)
def test_a_forgiving_reader_compares_without_accents_and_marks(text, plain):
    assert folded(text) == plain
