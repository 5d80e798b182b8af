"""Receipt codes: forgiving to read, cut out of stories, and kept only as a digest."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault import check_digits, codes
from vault.codes import CUT_MARK, Code, Mint, cut, digest, matches, mint, read
from vault.passwords import Cost

BODY = "1234567890123"
ONE = Code(BODY + check_digits.decimal(BODY))
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")
SALT = bytes(16)

any_code = st.text(alphabet="0123456789", min_size=13, max_size=13).map(
    lambda body: Code(body + check_digits.decimal(body))
)
gaps = st.sampled_from(["", "", "", " ", "-", ".", "\u2013", "\u00a0", " - "])


def test_a_minted_code_reads_back():
    code = mint()
    assert read(code.text) == code


def test_minted_codes_differ():
    assert len({mint().digits for _ in range(100)}) == 100


def test_a_code_is_told_in_groups():
    assert ONE.text == "1234-5678-90123-" + ONE.digits[13]
    assert ONE.locator == "1234"


def test_a_code_does_not_show_itself():
    assert ONE.digits not in repr(ONE)


@given(any_code, st.data())
def test_blanks_dashes_and_dots_may_stand_anywhere(code, data):
    typed = "".join(data.draw(gaps) + digit for digit in code.digits) + data.draw(gaps)
    assert read(typed) == code


@pytest.mark.parametrize(
    "typed",
    [
        ONE.text.replace("0", "O"),
        ONE.text.replace("0", "o"),
        ONE.text.translate(ARABIC),
        ONE.text.translate(DEVANAGARI),
        f"\u202b{ONE.text}\u202c",
        f"  {ONE.text}.\n",
    ],
)
def test_other_ways_to_write_it_are_forgiven(typed):
    assert read(typed) == ONE


@given(any_code, st.integers(0, 13), st.integers(1, 9))
def test_one_wrong_digit_is_no_code(code, at, more):
    digits = code.digits
    wrong = str((int(digits[at]) + more) % 10)
    assert read(digits[:at] + wrong + digits[at + 1 :]) is None


@given(st.text(max_size=40))
def test_any_text_can_be_read(text):
    code = read(text)
    assert code is None or len(code.digits) == 14


@pytest.mark.parametrize(
    "text", ["", "1", BODY, ONE.digits + "0", f"x{ONE.text}", "½" * 14, "²" * 14]
)
def test_what_is_no_code_is_none(text):
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("my code is {code}, the shaft fell", "my code is [code], the shaft fell"),
        ("{code}", "[code]"),
        ("code{code}!", "code[code]!"),
        ("I have 5 {code}", "I have 5 [code]"),
        ("{code} and {code}", "[code] and [code]"),
        ("no{code}o", "no[code]o"),
    ],
)
@pytest.mark.parametrize("typed", [ONE.text, ONE.digits, ONE.text.replace("-", " ")])
def test_a_code_inside_a_text_is_cut_out(text, left, typed):
    assert cut(text.format(code=typed))[0] == left


PAIRS = " ".join(ONE.digits[i : i + 2] for i in range(0, 14, 2))


@pytest.mark.parametrize("text", [f"7 {PAIRS}", f"{PAIRS} 7", f"7{PAIRS}", f"{PAIRS}7"])
def test_a_loose_code_among_other_digits_is_left(text):
    assert cut(text) == (text, ())


def test_a_code_in_any_grouping_is_cut_where_no_other_digits_stand():
    assert cut(f"it is {PAIRS} thank you") == ("it is [code] thank you", (ONE,))


@given(any_code, st.text(alphabet="abc \n", max_size=20), st.text(alphabet="xyz \n", max_size=20))
def test_what_was_cut_is_handed_over(code, before, after):
    assert cut(before + code.text + after) == (before + CUT_MARK + after, (code,))


@pytest.mark.parametrize(
    "text",
    [
        "call 0712 345 678 or 0713 456 789",
        "0712345678 0713456789",
        "12/05/2026 14:30, 17 men at 1,200 shillings",
        "n" + "o" * 30,
        "Ooo o ooo oooooo oo o o",
        "1234567890123456789012345678",
    ],
)
def test_other_numbers_and_cries_lose_nothing(text):
    assert cut(text) == (text, ())


@given(st.text(alphabet="0123456789o -.", max_size=60))
def test_cutting_loses_nothing_but_codes(text):
    left, found = cut(text)
    assert left.count(CUT_MARK) == len(found)
    if not found:
        assert left == text


def test_a_long_text_of_digits_is_cut_in_no_time():
    cut("1 " * 5000 + "0" * 10_000 + ". ." * 3000)


def test_the_right_code_matches_and_another_does_not(keyring):
    kept = digest(ONE, SALT, keyring)
    assert matches(ONE, SALT, kept, keyring)
    assert not matches(mint(), SALT, kept, keyring)
    assert not matches(ONE, bytes(range(16)), kept, keyring)


def test_a_stolen_database_is_worthless_without_the_pepper(keyring):
    kept = digest(ONE, SALT, keyring)
    assert not matches(ONE, SALT, kept, replace(keyring, root=bytes(32)))


def test_a_code_made_at_an_earlier_cost_still_matches(keyring):
    kept = digest(ONE, SALT, keyring)
    dearer = replace(keyring, cost=Cost(time=2, memory_kib=16, lanes=1))
    assert matches(ONE, SALT, kept, dearer)


@pytest.mark.parametrize("kept", [b"", b"\xff" * 38])
def test_a_damaged_digest_matches_nothing(keyring, kept):
    assert not matches(ONE, SALT, kept, keyring)


@pytest.fixture
async def running(keyring):
    made = Mint(keyring, ready=2)
    made.start()
    yield made
    made.stop()


async def test_what_the_mint_hands_out_matches(running, keyring):
    minted = await running.take()
    assert matches(minted.code, minted.salt, minted.digest, keyring)


async def test_a_burst_gets_a_code_each(running):
    taken = await asyncio.gather(*(running.take() for _ in range(50)))
    assert len({minted.code.digits for minted in taken}) == 50
    assert len({minted.salt for minted in taken}) == 50


async def test_codes_are_made_before_anybody_asks(running):
    assert (await asyncio.wait_for(running._ready.get(), timeout=5)).code


async def test_a_ready_code_is_handed_out_once(keyring):
    idle = Mint(keyring)
    try:
        assert idle.ready() is None
        waiting = await idle.take()
        idle._ready.put_nowait(waiting)
        assert idle.ready() is waiting
        assert idle.ready() is None
    finally:
        idle.stop()


async def test_a_mint_that_was_not_started_makes_them_on_demand(keyring):
    idle = Mint(keyring)
    try:
        assert (await idle.take()).code
    finally:
        idle.stop()


def test_a_minted_code_does_not_show_itself(keyring):
    minted = codes.Minted(ONE, SALT, digest(ONE, SALT, keyring))
    assert ONE.digits not in repr(minted)
