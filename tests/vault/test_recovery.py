"""A passphrase on paper comes back as the same pair, however it is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.recovery import BadPassphrase, new_passphrase, pair_from

ONE = new_passphrase()


def test_a_passphrase_is_nine_groups_of_three():
    groups = ONE.split("-")
    assert [len(group) for group in groups] == [3] * 9
    assert not set("".join(groups)) & set("ILOU")


def test_no_two_are_alike():
    assert new_passphrase() != new_passphrase()


def test_two_passphrases_make_two_pairs():
    assert pair_from(ONE) != pair_from(new_passphrase())


@given(st.data())
def test_case_blanks_and_lookalikes_are_forgiven(data):
    typed = "".join(
        data.draw(st.sampled_from([c, c.lower(), *{"0": "Oo", "1": "IiLl"}.get(c, "")]))
        + data.draw(st.sampled_from(["", "", " ", "-", "\n", " - "]))
        for c in ONE.replace("-", "")
    )
    assert pair_from(typed) == pair_from(ONE)


@given(at=st.integers(0, 26), instead=st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_character_is_caught(at, instead):
    typed = ONE.replace("-", "")
    wrong = typed[:at] + instead + typed[at + 1 :]
    if wrong == typed:
        assert pair_from(wrong) == pair_from(ONE)
    else:
        with pytest.raises(BadPassphrase):
            pair_from(wrong)


@given(st.text(max_size=60))
def test_anything_else_is_turned_away(text):
    with pytest.raises(BadPassphrase):
        pair_from(text)


@pytest.mark.parametrize(
    "typed",
    [ONE[:-1], ONE + "0", ONE[:-1] + "U", ""],
    ids=["missing", "extra", "foreign", "nothing"],  # two workers must name them alike
)
def test_missing_extra_and_foreign_characters_are_caught(typed):
    with pytest.raises(BadPassphrase):
        pair_from(typed)
