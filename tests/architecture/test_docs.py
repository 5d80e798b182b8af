"""What the documents say is so: links lead somewhere, commands and settings exist."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from pydantic import SecretStr

from app.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
TEXT = "\n".join(page.read_text() for page in PAGES)
DECISIONS = ROOT / "docs" / "decisions"
OPERATORS = (ROOT / "docs" / "operators" / "README.md").read_text()
SVG = "{http://www.w3.org/2000/svg}"


def _anchors(page):
    """Return the anchors of *page* as GitHub makes them from its headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:|mailto:)([^)\s]*)\)", page.read_text())
    broken = []
    for link in links:
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_make_target_named_exists():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"(?:`|^ *)make ([a-z]+)", TEXT, re.MULTILINE)) <= targets


def test_every_target_has_its_line_in_the_makes_help():
    makefile = (ROOT / "Makefile").read_text()
    explained = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    assert explained == set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE)) - {"chromium"}


@pytest.fixture(scope="module")
def commands():
    """The commands that ``baraza --help`` lists."""
    shown = subprocess.run(
        [sys.executable, "-m", "app", "--help"],
        cwd=ROOT,
        env={"TERM": "dumb", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(re.findall(r"^[│|]?\s*([a-z]+)\s{2,}\S", shown.stdout, re.MULTILINE))


def test_every_baraza_command_named_exists(commands):
    named = set(re.findall(r"(?:`|^ *|/)baraza ([a-z]+)\b", TEXT, re.MULTILINE))
    assert named <= commands


def test_every_baraza_command_is_in_the_operators_guide(commands):
    assert {name for name in commands if f"`baraza {name}" not in OPERATORS} == set()


def _as_written(default):
    """Return *default* as an operator would write it; empty where there is none."""
    if default is None:
        return ""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_the_settings_table_is_the_settings():
    table = dict(re.findall(rf"^\| `{PREFIX}(\w+)` \| (?:`([^`]*)` )?\|", OPERATORS, re.MULTILINE))
    settings = {
        name.upper(): _as_written(field.default) for name, field in Settings.model_fields.items()
    }
    assert table == settings


def test_every_setting_named_exists():
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    assert set(re.findall(rf"{PREFIX}[A-Z_]+", TEXT)) <= known


def test_every_hook_named_is_served():
    server = (ROOT / "app" / "server.py").read_text()
    served = set(re.findall(r'add_(?:get|post)\("(/[a-z/]+)"', server))
    named = re.findall(r"/(?:hooks(?:/[a-z]+)+|healthz|readyz|metrics)\b", TEXT)
    assert set(named) == served


def test_every_decision_is_listed():
    index = (DECISIONS / "README.md").read_text()
    pages = {page.name for page in DECISIONS.glob("*.md")} - {"README.md"}
    assert set(re.findall(r"\]\(([\w-]+\.md)\)", index)) == pages


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[~=<>\[]", line)[0] for line in project["dependencies"]}
    page = (DECISIONS / "dependencies.md").read_text()
    assert set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE)) == names


@pytest.mark.parametrize("drawing", sorted((ROOT / "docs").rglob("*.svg")), ids=lambda p: p.name)
def test_a_drawing_can_be_read_aloud(drawing):
    svg = ET.parse(drawing).getroot()
    assert svg.get("role") == "img"
    named = {svg.find(f"{SVG}{tag}").get("id") for tag in ("title", "desc")}
    assert set(svg.get("aria-labelledby").split()) == named
