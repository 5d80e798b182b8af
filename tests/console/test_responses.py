import pytest
from multidict import MultiDict

from console.responses import field, ticked
from forum.members import Role


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.mark.parametrize(
    ("form", "value"), [({"a": " x "}, "x"), ({}, ""), ({"a": b"file"}, ""), ({"a": "\n"}, "")]
)
def test_a_field_is_what_was_typed(form, value):
    assert field(form, "a") == value


def test_ticked_is_every_box_of_a_name_and_nothing_where_no_form_came():
    form = MultiDict([("a", "x"), ("b", "y"), ("a", "z"), ("a", b"file")])
    assert ticked(form, "a") == ["x", "z"]
    assert ticked(form, "c") == []
    assert ticked({"a": "x"}, "a") == []


async def test_who_triages_is_told_at_once_what_is_wrong(amina):
    text = await amina.page("/account")
    assert "Only one person can open new reports." in text
    assert "The sender is silent" in text


async def test_nobody_else_is(join):
    official = await join(Role.OFFICIAL, name="Grace Tembo")
    assert "The sender is silent" not in await official.page("/account")


async def test_a_page_is_never_kept_by_the_browser(amina):
    assert (await amina.get("/cases")).headers["Cache-Control"] == "no-store"
