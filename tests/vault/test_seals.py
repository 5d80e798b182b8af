"""What is closed opens for its key and its place, and for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault import seals
from vault.seals import (
    CHUNK_BYTES,
    HEADER_BYTES,
    PAD_BYTES,
    CannotOpen,
    lock,
    new_pair,
    pair_of,
    seal,
    seal_file,
    unlock,
    unseal,
    unseal_file,
)

PAIR = new_pair()
OTHER = new_pair()
KEY = bytes(range(32))

CLOSERS = {
    "seal": (
        lambda plain, context: seal(PAIR.public, plain, context=context),
        lambda closed, context: unseal(PAIR.private, closed, context=context),
        lambda closed, context: unseal(OTHER.private, closed, context=context),
    ),
    "lock": (
        lambda plain, context: lock(KEY, plain, context=context),
        lambda closed, context: unlock(KEY, closed, context=context),
        lambda closed, context: unlock(KEY[::-1], closed, context=context),
    ),
    "file": (
        lambda plain, context: seal_file(PAIR.public, plain, context=context),
        lambda closed, context: unseal_file(PAIR.private, closed, context=context),
        lambda closed, context: unseal_file(OTHER.private, closed, context=context),
    ),
}
closers = pytest.mark.parametrize(
    ("close", "reopen", "open_wrongly"), CLOSERS.values(), ids=CLOSERS.keys()
)


@closers
@given(plain=st.binary(max_size=2000), context=st.text(max_size=50))
def test_what_is_closed_opens_again(close, reopen, open_wrongly, plain, context):
    assert reopen(close(plain, context), context) == plain


@closers
def test_another_key_does_not_open_it(close, reopen, open_wrongly):
    with pytest.raises(CannotOpen):
        open_wrongly(close(b"a story", "entries.sealed|1"), "entries.sealed|1")


@closers
def test_it_does_not_open_in_another_place(close, reopen, open_wrongly):
    with pytest.raises(CannotOpen):
        reopen(close(b"a story", "entries.sealed|1"), "entries.sealed|2")


@closers
@given(at=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_a_changed_byte_anywhere_is_noticed(close, reopen, open_wrongly, at, flip):
    closed = bytearray(close(b"a story", "c"))
    closed[at % len(closed)] ^= flip
    with pytest.raises(CannotOpen):
        reopen(bytes(closed), "c")


@closers
@given(length=st.integers(min_value=0))
def test_a_cut_off_end_is_noticed(close, reopen, open_wrongly, length):
    closed = close(b"a story", "c")
    with pytest.raises(CannotOpen):
        reopen(closed[: length % len(closed)], "c")


@closers
@given(junk=st.binary(max_size=600))
def test_junk_is_turned_away_without_another_error(close, reopen, open_wrongly, junk):
    with pytest.raises(CannotOpen):
        reopen(junk, "c")


@closers
def test_the_same_words_never_look_the_same(close, reopen, open_wrongly):
    assert close(b"a story", "c") != close(b"a story", "c")


@pytest.mark.parametrize("name", ["seal", "lock"])
def test_short_texts_are_all_of_one_length(name):
    close = CLOSERS[name][0]
    assert len({len(close(b"x" * size, "c")) for size in range(PAD_BYTES)}) == 1


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]
)
def test_a_file_of_any_size_comes_back(size):
    content = bytes(size)
    sealed = seal_file(PAIR.public, content, context="c")
    assert unseal_file(PAIR.private, sealed, context="c") == content


def test_a_file_without_its_last_chunk_is_noticed():
    sealed = seal_file(PAIR.public, bytes(2 * CHUNK_BYTES), context="c")
    with pytest.raises(CannotOpen):
        unseal_file(PAIR.private, sealed[: -(CHUNK_BYTES + 17)], context="c")


def test_a_files_key_is_no_text_of_the_same_place():
    sealed = seal_file(PAIR.public, b"photo", context="c")
    sealed_key = sealed[HEADER_BYTES : HEADER_BYTES + seals._FILE_KEY_BYTES]
    with pytest.raises(CannotOpen):
        unseal(PAIR.private, sealed_key, context="c")


def test_a_pair_follows_from_its_private_half():
    assert pair_of(PAIR.private).public == PAIR.public


def test_no_pair_shows_itself():
    assert PAIR.private.hex() not in repr(PAIR)
    assert repr(PAIR.private) not in repr(PAIR)
