import hashlib
import re

import pytest

from console import assets

ROWS = re.findall(
    r"^\| (\S+) \| .* \| ([0-9a-f]{64}) \|$",
    (assets.FOLDER / "VENDOR.md").read_text("utf-8"),
    flags=re.MULTILINE,
)


def test_every_vendored_file_is_listed():
    ours = {"baraza.css", "keys.js", "mark.svg", "scroll.js"}
    assert {name for name, _ in ROWS} == assets.names() - ours


@pytest.mark.parametrize(("name", "published"), ROWS)
def test_a_vendored_file_is_as_it_was_published(name, published):
    assert hashlib.sha256((assets.FOLDER / name).read_bytes()).hexdigest() == published


def test_an_address_changes_with_the_content():
    before = assets.address("baraza.css")
    assert re.fullmatch(r"/static/baraza\.css\?v=[0-9a-f]{12}", before)
    assert before != assets.address("pico.min.css").replace("pico.min", "baraza")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("baraza.css", "text/css"),
        ("htmx.min.js", "text/javascript"),
        ("mark.svg", "image/svg+xml"),
    ],
)
async def test_a_file_is_served_for_ever(visitor, name, kind):
    answer = await visitor.get(assets.address(name))
    assert answer.content_type == kind
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["VENDOR.md", "none.css", "..%2Fservices.py", "services.py"])
async def test_nothing_else_is_served(visitor, name):
    assert (await visitor.get(f"/static/{name}")).status == 404


def test_our_style_asks_nothing_of_another_place():
    style = (assets.FOLDER / "baraza.css").read_text("utf-8")
    assert "url(" not in style
    assert "@import" not in style
