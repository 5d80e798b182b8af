"""The walls of docs/architecture.md stand, and a breach of each is seen."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
ROOMS = [name for name in CONFIG["importlinter"]["root_packages"] if name != "aiohttp"]
WALLS = {wall["id"]: wall for wall in CONFIG["importlinter"]["contracts"]}
NAMES = {wall["name"]: id_ for id_, wall in WALLS.items()}

# Which wall, which module breaches it, and how.
BREACHES = [
    # The storeys, downwards one pair at a time.
    ("storeys", "console/security.py", "import app.settings"),
    ("storeys", "bots/runner.py", "import console.access"),
    ("storeys", "grievances/case.py", "import bots.effects"),
    ("storeys", "outreach/subscribers.py", "import bots.effects"),
    ("storeys", "forum/members.py", "import grievances.case"),
    ("storeys", "forum/members.py", "import outreach.voices"),
    ("storeys", "channels/outbox.py", "import forum.members"),
    ("storeys", "storage/engine.py", "import channels.base"),
    ("storeys", "vault/codes.py", "import storage.base"),
    ("storeys", "locales/catalogues.py", "import vault.codes"),
    # The promise to miners: neither list can reach the other.
    ("storeys", "grievances/case.py", "import outreach.subscribers"),
    ("storeys", "outreach/subscribers.py", "import grievances.case"),
    ("no-way-round", "channels/base.py", "import channels.outbox"),
    ("vault-is-pure", "vault/codes.py", "import sqlalchemy"),
    ("twilio", "app/server.py", "from twilio.rest import Client"),
    ("telegram", "bots/runner.py", "from telegram import Bot"),
    ("clock", "app/worker.py", "import apscheduler.schedulers.asyncio"),
    ("web", "channels/sms.py", "from aiohttp import web"),
    ("adapters", "app/wiring.py", "from channels.sms import SmsChannel"),
    ("adapters", "channels/sender.py", "import channels.telegram"),
    ("strangers-files", "console/pages/attachments.py", "from PIL import Image"),
    ("strangers-files", "app/fetching.py", "from forum.cleaning.clean import clean"),
    ("lists", "console/pages/imports.py", "from openpyxl import load_workbook"),
    ("conversations-are-pure", "bots/report.py", "import storage.engine"),
    ("conversations-are-pure", "bots/report.py", "import grievances.intake"),
    ("conversations-are-pure", "bots/voice.py", "import outreach.voices"),
    ("conversations-are-pure", "bots/conversation.py", "import asyncio"),
    ("conversations-are-pure", "bots/effects.py", "from datetime import datetime"),
    ("conversations-are-pure", "bots/menu.py", "import logging"),
    # Hidden in a function, it is an import all the same.
    ("conversations-are-pure", "bots/news.py", "def late():\n    import storage.engine"),
    ("conversations-are-strangers", "bots/report.py", "import bots.voice"),
    ("reporters", "app/worker.py", "import grievances.reporters"),
    ("reporters", "console/services.py", "from grievances import reporters"),
]


def _broken_walls(house: Path) -> set[str]:
    """Return the ids of the walls that import-linter finds broken in *house*."""
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--config", "pyproject.toml"],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = re.findall(r"^(.+) (KEPT|BROKEN)\b", found.stdout, re.MULTILINE)
    assert len(verdicts) == len(WALLS), found.stdout + found.stderr
    return {NAMES[name] for name, verdict in verdicts if verdict == "BROKEN"}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the rooms that may be damaged."""
    copy = tmp_path_factory.mktemp("house")
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def test_every_wall_stands(house):
    assert _broken_walls(house) == set()


@pytest.mark.parametrize(("wall", "module", "breach"), BREACHES)
def test_a_planted_breach_is_caught_by_its_wall_alone(house, wall, module, breach):
    file = house / module
    sound = file.read_text()
    file.write_text(f"{sound}\n\n{breach}\n")
    try:
        assert _broken_walls(house) == {wall}
    finally:
        file.write_text(sound)


def test_every_wall_has_a_planted_breach():
    assert {wall for wall, _, _ in BREACHES} == set(WALLS)


def test_every_room_stands_behind_the_walls():
    rooms = {init.parent.name for init in ROOT.glob("*/__init__.py")} - {"tests"}
    installed = {package.partition(".")[0] for package in CONFIG["setuptools"]["packages"]}
    assert rooms == installed == set(ROOMS)


def test_every_conversation_stands_behind_its_walls():
    conversations = {
        f"bots.{module.stem}"
        for module in (ROOT / "bots").glob("*.py")
        if re.search(r"^\w+ = Conversation\(", module.read_text(), re.MULTILINE)
    }
    assert conversations == set(WALLS["conversations-are-strangers"]["modules"])
    pure = set(WALLS["conversations-are-pure"]["source_modules"])
    assert pure == conversations | {"bots.conversation", "bots.effects", "bots.phrases"}


#: What sends by itself, and what does it as another does.
ADAPTER = re.compile(
    r"def send\(self, envelope: Envelope\)|^class \w+\(\w+Channel\):", re.MULTILINE
)


def test_every_adapter_stands_behind_its_wall():
    adapters = {
        f"channels.{module.stem}"
        for module in (ROOT / "channels").glob("*.py")
        if ADAPTER.search(module.read_text()) and module.stem != "base"
    }
    shared = {"channels.twilio_account"}  # what the lines of one account have in common
    assert adapters | shared == set(WALLS["adapters"]["protected_modules"])
