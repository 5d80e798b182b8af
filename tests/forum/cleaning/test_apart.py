"""A stranger's file does no harm to the process that has the keys."""

import sys
import time

import pytest

from forum.cleaning import CannotClean, Reason, apart
from forum.cleaning.apart import CleanerFailed
from tests.support import planted_documents, planted_pictures
from tests.support.planted import found_in


def saying(code):
    return (sys.executable, "-c", "import os, sys, time; " + code)


READ = "sys.stdin.buffer.read(); "


async def test_a_file_is_cleaned_in_another_process():
    cleaned = await apart.clean(planted_pictures.heic())
    assert cleaned.mime == "image/jpeg"
    assert found_in(cleaned.content) == set()


async def test_why_a_file_cannot_be_cleaned_comes_back():
    with pytest.raises(CannotClean) as raised:
        await apart.clean(planted_documents.zipped({"a": "b"}))
    assert raised.value.reason is Reason.UNKNOWN


async def test_it_gets_no_setting_of_ours(monkeypatch):
    monkeypatch.setenv("BARAZA_TWILIO_AUTH_TOKEN", "secret")
    tell = "sys.stdout.write('clean x/y\\n' + repr(dict(os.environ)))"
    cleaned = await apart.clean(b"x", cleaner=saying(READ + tell))
    assert b"PYTHONPATH" in cleaned.content
    assert b"BARAZA" not in cleaned.content


@pytest.mark.parametrize(
    "code",
    [
        READ + "time.sleep(60)",
        "time.sleep(60)",  # nor does it read
        "sys.stdout.write('clean x/y\\nx'); sys.stdout.flush(); os.close(1); time.sleep(60)",
    ],
    ids=["hangs", "does not listen", "does not end"],
)
async def test_one_that_hangs_is_killed(code):
    began = time.monotonic()
    with pytest.raises(CleanerFailed):
        await apart.clean(b"x" * 10**6, cleaner=saying(code), seconds=1)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "code",
    [
        READ + "os.kill(os.getpid(), 11)",
        "os._exit(0)",
        READ + "sys.exit(3)",
        READ + "sys.stdout.write('clean\\n')",
        READ + "sys.stdout.write('cannot because\\n')",
        READ + "sys.stdout.write('anything')",
        READ + "sys.stdout.write('clean x/y\\n' + 'x' * (101 * 1024 * 1024))",
    ],
    ids=["dies", "says nothing", "fails", "no type", "no reason", "nonsense", "too much"],
)
async def test_one_that_does_not_do_its_work_has_failed(code):
    with pytest.raises(CleanerFailed):
        await apart.clean(b"x" * 10**6, cleaner=saying(code))
