"""Nothing is in the tree that should not outlive the day it was written."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LISTED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
)
BINARY = {".png", ".ico", ".woff2", ".ogg", ".jpg", ".gz"}
VENDORED = {"htmx.min.js", "pico.min.css"}
FILES = [
    path
    for name in LISTED.stdout.splitlines()
    if (path := ROOT / name).is_file()
    and path != Path(__file__)  # it names what it looks for
    and path.suffix not in BINARY
    and path.name not in VENDORED
]
PYTHON = [path for path in FILES if path.suffix == ".py"]
LOCKS = [path for path in FILES if path.suffix == ".lock"]

UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:root|work|home|Users)/\w")
EXEMPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore)(?P<rest>.*)")
REASONED = {
    "noqa": re.compile(r"noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)* - \w"),
    "type": re.compile(r"type: ignore\[[\w-]+(?:, ?[\w-]+)*\]"),
}
# What asks an index, a folder or a machine by name.
INDEX = re.compile(
    r"--(?:extra-)?index-url|--find-links|--trusted-host|://|^\s*#.*-c /", re.MULTILINE
)


def _lines_with(pattern, files):
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_is_left_unfinished():
    assert _lines_with(UNFINISHED, FILES) == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on():
    assert _lines_with(MACHINE_PATH, FILES) == []


def test_every_exemption_names_its_rule_and_its_reason():
    exempted = _lines_with(EXEMPTION, PYTHON)
    unexplained = [
        line
        for line in exempted
        if not any(reasoned.search(line) for reasoned in REASONED.values())
    ]
    assert unexplained == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_index(lock):
    assert INDEX.findall(lock.read_text()) == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_has_a_hash_for_every_package(lock):
    entries = re.split(r"\n(?=\w)", lock.read_text().strip())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_both_locks_agree_on_every_version():
    runtime, dev = (
        dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert runtime == {name: dev[name] for name in runtime}
