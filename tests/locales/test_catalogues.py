import shutil

import pytest

import locales
from locales import ROOM, Language, catalogues, languages
from locales.catalogues import DOMAINS, problems, template

SWAHILI = languages()["sw"]


@pytest.fixture
def root(tmp_path):
    """A small house that says a few of our texts."""
    root = tmp_path / "house"
    for name in ("bots/language.py", "bots/report.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOM.parent / name, root / name)
    (root / "console" / "templates").mkdir(parents=True)
    (root / "console" / "page.py").write_text(
        'A = N_("From code")\nB = ngettext("a case", "%(n)s cases", n)\n'
    )
    (root / "console" / "templates" / "a.html").write_text("{% trans %}From a page{% endtrans %}")
    return root


@pytest.fixture
def room(tmp_path, root):
    """Its catalogues, which a test may spoil."""
    room = tmp_path / "locales"
    for tag in languages():
        shutil.copytree(ROOM / tag, room / tag, ignore=shutil.ignore_patterns("console.po"))
    catalogues.update(room, root)
    assert list(problems(room, root)) == []
    return room


def spoil(room, root, old, new):
    path = room / "sw" / "LC_MESSAGES" / "messages.po"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return " ".join(problems(room, root))


def test_nothing_is_wrong_with_what_is_shipped():
    assert list(problems()) == []


def test_an_update_changes_nothing_more(room, root):
    before = {path: path.read_bytes() for path in room.rglob("*.po*")}
    catalogues.update(room, root)
    assert {path: path.read_bytes() for path in room.rglob("*.po*")} == before


def test_what_is_missing_is_named(room, root):
    said = spoil(room, root, 'msgstr "Chagua lugha yako:"', 'msgstr ""')
    assert "sw/LC_MESSAGES/messages.po: missing: 'Choose your language:'" in said


def test_what_is_fuzzy_is_named(room, root):
    text = 'msgid "Choose your language:"'
    assert "marked fuzzy" in spoil(room, root, text, f"#, fuzzy\n{text}")


def test_a_place_that_is_gone_is_named(room, root):
    assert "not the same places to fill" in spoil(room, root, "Mahali: {site}.", "Mahali.")


def test_a_place_that_nobody_fills_is_named(room, root):
    assert "does not know" in spoil(room, root, "Mahali: {site}.", "Mahali: {site} {x}.")


def test_a_lone_brace_is_named(room, root):
    assert "places to fill" in spoil(room, root, "Mahali: {site}.", "Mahali: {site.")


def test_a_text_that_nobody_says_is_named(room, root):
    assert "nobody says this any more: 'Old'" in spoil(
        room, root, 'msgid "Choose your language:"', 'msgid "Old"'
    )


def test_a_draft_that_is_not_marked_is_named(room, root):
    assert "does not fit languages.toml" in spoil(room, root, "DRAFT", "Approved")


def test_another_plural_rule_is_named(room, root):
    assert "plural rule" in spoil(room, root, "plural=(n != 1)", "plural=0")


def test_a_stale_template_is_named(room, root):
    (room / "messages.pot").write_text('msgid ""\nmsgstr ""\n', "utf-8")
    assert "messages.pot is not what the code says" in " ".join(problems(room, root))


def test_a_missing_template_is_named(room, root):
    (room / "console.pot").unlink()
    assert "console.pot is not what the code says" in " ".join(problems(room, root))


def test_a_language_without_a_catalogue_is_named(room, root):
    (room / "sw" / "LC_MESSAGES" / "messages.po").unlink()
    assert "sw is in languages.toml and has no messages.po" in " ".join(problems(room, root))


def test_each_text_has_a_place_for_a_basic_phone():
    ids = {(message.context, message.id) for message in template(DOMAINS[0]) if message.id}
    assert {("sms", text) for context, text in ids if context is None} <= ids


def test_texts_are_found_in_code_and_in_pages(root):
    found = {message.id for message in template(DOMAINS[1], root)}
    assert found == {"", "From code", ("a case", "%(n)s cases"), "From a page"}


def test_a_language_that_nobody_else_knows_starts_with_its_own_plural(tmp_path):
    ga = Language("gaa", "Gã", "Ga", "draft", "nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);")
    path = catalogues.start(ga, tmp_path)
    assert path == tmp_path / "gaa" / "LC_MESSAGES" / "messages.po"
    text = path.read_text("utf-8")
    assert '"Language: gaa\\n"' in text
    assert "DRAFT" in text
    assert 'msgid "Choose your language:"' in text


def test_plurals_follow_the_table_and_not_a_library(tmp_path, monkeypatch):
    ga = Language("gaa", "Gã", "Ga", "draft", "nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);")
    path = tmp_path / "gaa" / "LC_MESSAGES" / "console.po"
    path.parent.mkdir(parents=True)
    path.write_text(
        'msgid ""\nmsgstr "Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);\\n"\n\n'
        'msgid "a case"\nmsgid_plural "%(n)s cases"\n'
        'msgstr[0] "one"\nmsgstr[1] "two"\nmsgstr[2] "many"\n'
    )
    monkeypatch.setattr(locales, "ROOM", tmp_path)
    monkeypatch.setattr(locales, "languages", lambda: {"gaa": ga, "en": languages()["en"]})
    for cached in (locales.chain, locales._catalogue, locales.ngettext):
        cached.cache_clear()
    said = [locales.ngettext("a case", "%(n)s cases", n, "gaa") for n in (1, 2, 3)]
    for cached in (locales.chain, locales._catalogue, locales.ngettext):
        cached.cache_clear()
    assert said == ["one", "two", "many"]


def test_the_command_says_what_it_found(capsys, monkeypatch):
    monkeypatch.setattr(catalogues, "problems", lambda: iter(["missing: 'x'"]))
    assert catalogues.main(["check"]) == 1
    assert capsys.readouterr().out == "missing: 'x'\ncatalogues: 1 problems; drafts: fr, sw\n"


def test_the_command_says_how_to_use_it(capsys):
    assert catalogues.main([]) == 2
    assert "usage" in capsys.readouterr().err
