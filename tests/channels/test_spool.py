import asyncio
import errno
import os

import pytest

from channels.base import Address, Inbound
from channels.spool import Spool


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def spool(folder, keyring):
    return Spool(folder, keyring)


def said(n, text="The tunnel has fallen in"):
    return Inbound(Address("sms", f"+25471100{n:04}"), f"SM{n}", text)


async def told(spool, limit=1000):
    batch, _ = await spool.oldest(limit)
    return [spooled.arrival.external_id for spooled in batch]


async def emptied(spool):
    """Deal with everything; return what there was, in order."""
    seen = []
    while not spool.empty:
        batch, end = await spool.oldest(7)
        seen += [spooled.arrival.external_id for spooled in batch]
        await spool.done(end)
    return seen


async def test_what_is_kept_comes_out_in_order_and_with_its_time(spool, now):
    assert spool.empty
    for n in range(20):
        await spool.keep(said(n), now)
    assert not spool.empty
    batch, _ = await spool.oldest(1)
    assert (batch[0].arrival, batch[0].at) == (said(0), now)
    assert await emptied(spool) == [f"SM{n}" for n in range(20)]


async def test_what_was_dealt_with_leaves_nothing_on_the_disk(spool, folder, now):
    await spool.keep(said(1), now)
    (path,) = folder.iterdir()
    reader = os.open(path, os.O_RDONLY)
    await emptied(spool)
    assert list(folder.iterdir()) == []
    assert set(os.pread(reader, 10_000, 0)) == {0}  # shredded, not only unlinked
    os.close(reader)


async def test_nothing_that_was_said_stands_in_the_file(spool, folder, now):
    await spool.keep(said(1, "the guards took our gold"), now)
    (path,) = folder.iterdir()
    content = path.read_bytes()
    assert b"gold" not in content
    assert b"+254711" not in content
    assert path.stat().st_mode & 0o777 == 0o600


async def test_those_who_wait_share_one_fsync(spool, now, monkeypatch):
    await spool.keep(said(0), now)
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (synced.append(fd), real(fd)))
    await asyncio.gather(*(spool.keep(said(n), now) for n in range(1, 51)))
    assert 1 <= len(synced) <= 3
    assert len(await told(spool)) == 51


async def test_what_a_dead_process_left_is_taken_over_and_goes_first(folder, keyring, now):
    before = Spool(folder, keyring)
    await before.keep(said(1), now)
    await before.keep(said(2), now)
    after = Spool(folder, keyring)
    await after.keep(said(3), now)
    await after.adopt()
    assert await told(after) == ["SM3"]  # it lives: its file is its own
    before.abandon()
    await after.adopt()
    await after.adopt()
    assert await emptied(after) == ["SM1", "SM2", "SM3"]


async def test_half_a_record_at_the_end_is_ignored(folder, keyring, now):
    before = Spool(folder, keyring)
    await before.keep(said(1), now)
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    for torn in (whole[:2], whole[: len(whole) // 2], whole[:-1]):
        path.write_bytes(whole + torn)
        before.abandon()
        after = Spool(folder, keyring)
        await after.adopt()
        assert await told(after) == ["SM1"]
        before = after
    assert await emptied(before) == ["SM1"]
    assert list(folder.iterdir()) == []


async def test_a_damaged_record_does_not_hide_the_next(folder, keyring, now, logged):
    before = Spool(folder, keyring)
    await before.keep(said(1), now)
    await before.keep(said(2), now)
    before.abandon()
    (path,) = folder.iterdir()
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    after = Spool(folder, keyring)
    await after.adopt()
    assert await emptied(after) == ["SM2"]
    assert "spool.damaged" in logged.getvalue()


@pytest.mark.parametrize("fails", ["pwrite", "fsync"])
async def test_a_full_disk_is_told_and_leaves_the_file_as_it_was(spool, now, monkeypatch, fails):
    await spool.keep(said(1), now)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, fails, full)
        with pytest.raises(OSError, match="No space"):
            await spool.keep(said(2), now)
    await spool.keep(said(3), now)
    assert await emptied(spool) == ["SM1", "SM3"]


async def test_a_folder_that_cannot_be_made_is_told(tmp_path, keyring, now):
    (tmp_path / "file").touch()
    spool = Spool(tmp_path / "file" / "spool", keyring)
    with pytest.raises(OSError, match="Not a directory"):
        await spool.keep(said(1), now)
    assert spool.empty


async def test_what_comes_while_the_last_is_dealt_with_is_not_lost(spool, now):
    await spool.keep(said(1), now)
    _, end = await spool.oldest(10)
    await asyncio.gather(spool.keep(said(2), now), spool.done(end))
    assert not spool.empty
    assert await emptied(spool) == ["SM2"]
