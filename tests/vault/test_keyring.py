"""Keys are made once, whole or not at all, and read back as they were."""

import stat
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault import keyring as keys
from vault.keyring import Keyring, KeysExist, KeysMissing, Purpose
from vault.passwords import COST, Cost
from vault.recovery import pair_from
from vault.seals import pair_of

FILES = {
    "root.key",
    "dialogue.key",
    "route.pub",
    "route.key",
    "sender.pub",
    "sender.key",
    "recovery.pub",
}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "var" / "keys"


def test_made_keys_are_read_back_and_fit(folder):
    keys.create(folder)
    made = keys.load(folder)
    assert pair_of(made.route_private).public == made.route_public
    assert pair_of(made.sender_private).public == made.sender_public
    assert made.cost == COST


def test_the_passphrase_opens_what_is_sealed_to_recovery(folder):
    assert pair_from(keys.create(folder)).public == keys.load(folder).recovery_public


def test_recoverys_private_half_is_in_no_file(folder):
    private = pair_from(keys.create(folder)).private
    assert {file.name for file in folder.iterdir()} == FILES
    assert all(private.hex() not in file.read_text() for file in folder.iterdir())


def test_nobody_else_may_read_them(folder):
    keys.create(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_keys_are_never_made_over_others(folder):
    keys.create(folder)
    before = keys.load(folder)
    with pytest.raises(KeysExist):
        keys.create(folder)
    assert keys.load(folder) == before


def test_half_a_set_is_not_replaced(folder):
    folder.mkdir(parents=True)
    (folder / "recovery.pub").write_text("00" * 32)
    with pytest.raises(KeysExist):
        keys.create(folder)


def test_what_a_crash_left_half_made_does_no_harm(folder):
    half = folder.with_name("keys.new")
    half.mkdir(parents=True)
    (half / "root.key").write_text("00" * 32)
    assert not keys.exists(folder)
    keys.create(folder)
    assert keys.load(folder).root != bytes(32)
    assert not half.exists()


def test_exists_says_whether(folder):
    assert not keys.exists(folder)
    keys.create(folder)
    assert keys.exists(folder)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_missing_key_is_named(folder, name):
    keys.create(folder)
    (folder / name).unlink()
    with pytest.raises(KeysMissing, match=name):
        keys.load(folder)


@pytest.mark.parametrize("content", ["", "00" * 31, "no key at all", "\xff"])
def test_a_damaged_key_is_named(folder, content):
    keys.create(folder)
    (folder / "root.key").write_text(content, "latin-1")
    with pytest.raises(KeysMissing, match=r"root\.key"):
        keys.load(folder)


def test_the_web_half_neither_has_nor_needs_the_senders_keys(folder):
    keys.create(folder)
    (folder / "route.key").unlink()
    (folder / "sender.key").unlink()
    made = keys.load(folder, sender=False)
    assert made.route_private is None
    assert made.sender_private is None


def test_the_cost_can_be_chosen(folder):
    keys.create(folder)
    cheap = Cost(time=1, memory_kib=8, lanes=1)
    assert keys.load(folder, cost=cheap).cost == cheap


def test_a_keyring_does_not_show_itself(keyring):
    assert keyring.root.hex() not in repr(keyring)
    assert str(keyring.root) not in repr(keyring)


def a_keyring(root: bytes) -> Keyring:
    none = bytes(32)
    return Keyring(root, none, none, None, none, None, none)


RING = a_keyring(bytes(range(32)))
parts = st.lists(st.text(max_size=20), min_size=1, max_size=3)


@given(parts, parts)
def test_a_pseudonym_is_of_these_parts_alone(one, other):
    same = RING.pseudonym(Purpose.ROUTE, *one) == RING.pseudonym(Purpose.ROUTE, *other)
    assert same == (one == other)


def test_where_a_part_ends_matters():
    assert RING.pseudonym(Purpose.ROUTE, "ab", "c") != RING.pseudonym(Purpose.ROUTE, "a", "bc")


def test_pseudonyms_of_two_purposes_do_not_match():
    assert len({RING.pseudonym(purpose, "+255700000001") for purpose in Purpose}) == len(Purpose)


def test_pseudonyms_of_two_installations_do_not_match():
    other = replace(RING, root=bytes(32))
    assert RING.pseudonym(Purpose.STOP, "x") != other.pseudonym(Purpose.STOP, "x")


def test_a_pseudonym_is_128_bits_in_hexadecimal():
    pseudonym = RING.pseudonym(Purpose.STOP, "\ud800 half a surrogate")
    assert len(bytes.fromhex(pseudonym)) == 16
