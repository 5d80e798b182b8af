"""The cleaner's process as it is started: what it answers, and what it may not do."""

import resource
import subprocess
import sys
from io import BytesIO

from forum.cleaning import __main__ as cleaner
from forum.cleaning.kinds import kind_of
from tests.support import planted_pictures
from tests.support.planted import found_in

CONFINED = "from forum.cleaning.__main__ import confine; confine(); "


def run(code):
    return subprocess.run(
        [sys.executable, "-B", "-c", CONFINED + code], capture_output=True, text=True, check=False
    )


def test_a_clean_file_is_answered_with_its_type():
    out = BytesIO()
    cleaner.main(BytesIO(planted_pictures.heic()), out)
    line, _, content = out.getvalue().partition(b"\n")
    assert line == b"clean image/jpeg"
    assert kind_of(content) == "image/jpeg"
    assert found_in(content) == set()


def test_what_cannot_be_cleaned_is_answered_with_the_reason():
    out = BytesIO()
    cleaner.main(BytesIO(b"PK\3\4"), out)
    assert out.getvalue() == b"cannot broken\n"


def test_its_memory_is_bounded():
    assert "MemoryError" in run("bytearray(2 * 1024 ** 3)").stderr


def test_it_writes_no_file(tmp_path):
    assert "OSError" in run(f"open({str(tmp_path / 'x')!r}, 'w').write('x' * 9000)").stderr


def test_its_time_is_bounded():
    told = run("import resource; print(resource.getrlimit(resource.RLIMIT_CPU))")
    assert told.stdout.strip() == f"({cleaner.CPU_SECONDS}, {cleaner.CPU_SECONDS})"


def test_nothing_of_a_file_is_left_when_it_dies():
    told = run("import resource; print(resource.getrlimit(resource.RLIMIT_CORE))")
    assert told.stdout.strip() == "(0, 0)"
    assert dict(cleaner.BOUNDS)[resource.RLIMIT_CORE] == 0
