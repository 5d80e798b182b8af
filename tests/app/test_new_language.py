import shutil
import tomllib

import pytest
from babel.messages.pofile import read_po

from app.new_language import LanguageExists, NotALanguage, begin
from locales import ROOM, languages

PLURALS = "nplurals=2; plural=(n > 1);"


@pytest.fixture
def room(tmp_path):
    """A copy of the languages, which a test may add to."""
    return shutil.copytree(ROOM, tmp_path / "locales")


def table(room):
    return tomllib.loads((room / "languages.toml").read_text("utf-8"))


def test_a_language_is_a_draft_row_and_a_catalogue_to_translate(room):
    path = begin("ln", "Lingála", PLURALS, room)
    row = table(room)["ln"]
    assert (row["name"], row["status"], row["plurals"]) == ("Lingála", "draft", PLURALS)
    assert set(row["words"]) <= set(table(room)["en"]["words"])
    assert path == room / "ln" / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        catalogue = read_po(file)
    texts = {message.id: message.string for message in catalogue if message.id}
    assert texts["You have news."] == ""
    assert len(texts) > 50


def test_the_other_languages_and_the_shipped_table_stay_as_they_are(room):
    before = table(ROOM)
    begin("ln", "Lingála", PLURALS, room)
    assert {tag: row for tag, row in table(room).items() if tag != "ln"} == before == table(ROOM)
    assert "ln" not in languages()


def test_a_name_may_hold_whatever_can_be_seen(room):
    begin("nqo", 'ߒߞߏ "N\'Ko" \\', PLURALS, room)
    assert table(room)["nqo"]["name"] == 'ߒߞߏ "N\'Ko" \\'


@pytest.mark.parametrize("tag", ["ln", "zh-Hans", "swc-CD", "nqo"])
def test_tags_of_any_length_are_taken(room, tag):
    assert begin(tag, "a name", PLURALS, room).exists()


def test_a_language_that_is_there_is_not_made_again(room):
    before = (room / "languages.toml").read_bytes()
    with pytest.raises(LanguageExists):
        begin("sw", "Kiswahili", PLURALS, room)
    assert (room / "languages.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("tag", "name", "plurals"),
    [
        ("", "Lingála", PLURALS),
        ("l n", "Lingála", PLURALS),
        ("../ln", "Lingála", PLURALS),
        ("a.b", "Lingála", PLURALS),
        ("ln]", "Lingála", PLURALS),
        ("LN", "Lingála", PLURALS),
        ("ln", " ", PLURALS),
        ("ln", "Lin\ngála", PLURALS),
        ("ln", "Lingála", "two"),
        ("ln", "Lingála", "nplurals=2; plural=(n !! 1);"),
        ("ln", "Lingála", "nplurals=2; plural=__import__('os');"),
    ],
)
def test_a_row_that_would_spoil_the_table_changes_nothing(room, tag, name, plurals):
    before = sorted(room.rglob("*")), (room / "languages.toml").read_bytes()
    with pytest.raises(NotALanguage):
        begin(tag, name, plurals, room)
    assert (sorted(room.rglob("*")), (room / "languages.toml").read_bytes()) == before
