import subprocess
import sys

import pytest

from storage.only_process import InUse, only_process

HOLD = """
import sys
from pathlib import Path
from storage.only_process import only_process
with only_process(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_holder_is_refused_and_told_which_file(tmp_path):
    file = tmp_path / "baraza.db"
    with only_process(file):
        with pytest.raises(InUse, match=r"baraza\.db"), only_process(file):
            pass
        with pytest.raises(InUse), only_process(file):  # the refusal let nothing go
            pass


def test_it_is_free_again_when_its_holder_has_ended(tmp_path):
    for _ in range(2):
        with only_process(tmp_path / "baraza.db"):
            pass


def test_two_databases_are_two(tmp_path):
    with only_process(tmp_path / "a.db"), only_process(tmp_path / "b.db"):
        pass


def test_a_holder_that_is_killed_leaves_no_lock_behind(tmp_path):
    file = tmp_path / "baraza.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(InUse), only_process(file):
            pass
        other.kill()
    with only_process(file):
        pass


def test_nobody_else_may_read_the_lock(tmp_path):
    with only_process(tmp_path / "baraza.db"):
        assert (tmp_path / "baraza.db.lock").stat().st_mode & 0o777 == 0o600
