import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import optout
from channels.base import Address
from channels.optout import By
from locales import languages

ANNA = Address("sms", "+254711000001")

WISHES = [
    ("STOP", "stop"),
    ("stop", "stop"),
    (" Stop. ", "stop"),
    ("STOP!!!", "stop"),
    ("Stop. Merci", "stop"),
    ("Please stop, thank you very much.", "stop"),
    ("stop stop STOP", "stop"),
    ("\uff33\uff34\uff2f\uff30", "stop"),
    ("ARRÊT", "stop"),
    ("arret svp", "stop"),
    ("Unsubscribe", "stop"),
    ("START", "start"),
    ("Démarrer", "start"),
    ("help", "help"),
    ("Aide, s\u2019il vous plaît", "help"),
]


@pytest.mark.parametrize(("text", "wish"), WISHES)
def test_a_word_with_or_without_courtesies_is_a_wish(text, wish):
    assert optout.match(text) == wish


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "stop this bill",
        "please",
        "thank you",
        "they stop us at the gate",
        "stop help",
        "nonstop",
        "1",
        "👍",
        "\0",
        "stop " * 1000,
    ],
)
def test_a_sentence_is_not(text):
    assert optout.match(text) is None


@pytest.mark.parametrize("tag", languages())
def test_every_language_has_its_words(tag):
    words = languages()[tag].words
    assert {optout.match(word) for word in words["stop"]} == {"stop"}
    assert {optout.match(word) for word in words["help"]} == {"help"}
    assert {optout.match(word) for word in words["start"]} == {"start"}


@pytest.mark.parametrize("tag", languages())
def test_courtesies_of_the_language_change_nothing(tag):
    words = languages()[tag].words
    for word in words["stop"]:
        for courtesy in words["courtesy"]:
            assert optout.match(f"{courtesy.title()}, {word.lower()}!") == "stop"
            assert optout.match(f"{word}. {courtesy}") == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "stop this bill",
        "Please stop sending me this",
        "STOP! I said",
        "arrêtez ces messages",
        "Acha ujumbe huu, tafadhali",
        "stop help",
    ],
)
def test_what_begins_with_stop_and_says_more_is_doubtful(text):
    assert optout.match(text) is None
    assert optout.doubtful(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "please", "STOP", "Stop. Merci", "help me", "nonstop drilling", "\0"),
        "they stop us at the gate",
        "do not stop",
        "stop the trucks " + "at night " * 20,
    ],
)
def test_what_is_clear_or_says_much_is_not_doubtful(text):
    assert not optout.doubtful(text)


@given(st.text(max_size=50))
def test_no_text_crashes_it(text):
    assert optout.match(text) in {None, "stop", "start", "help"}
    assert optout.doubtful(text) in {True, False}


async def stopped(database, keyring, address=ANNA):
    async with database.reading() as reads:
        return await optout.stopped(reads, keyring, address)


async def test_a_stop_holds_until_its_own_person_takes_it_back(database, keyring, now):
    assert not await stopped(database, keyring)
    async with database.transaction() as db:
        assert await optout.stop(db, keyring, ANNA, now)
        assert not await optout.stop(db, keyring, ANNA, now)
    assert await stopped(database, keyring)
    async with database.transaction() as db:
        assert await optout.restart(db, keyring, ANNA, now)
        assert not await optout.restart(db, keyring, ANNA, now)
    assert not await stopped(database, keyring)


async def test_a_door_that_opens_takes_back_what_a_door_did(database, keyring, now):
    async with database.transaction() as db:
        assert await optout.stop(db, keyring, ANNA, now, By.DOOR)
        assert not await optout.stop(db, keyring, ANNA, now, By.DOOR)
        assert await optout.restart(db, keyring, ANNA, now, By.DOOR)
    assert not await stopped(database, keyring)


@pytest.mark.parametrize("order", [(By.WORD, By.DOOR), (By.DOOR, By.WORD)])
async def test_a_door_that_opens_does_not_take_back_a_word(database, keyring, now, order):
    async with database.transaction() as db:
        for by in order:
            await optout.stop(db, keyring, ANNA, now, by)
        assert not await optout.restart(db, keyring, ANNA, now, By.DOOR)
    assert await stopped(database, keyring)


async def test_a_stop_holds_on_its_own_channel(database, keyring, now):
    async with database.transaction() as db:
        await optout.stop(db, keyring, ANNA, now)
    assert not await stopped(database, keyring, Address("telegram", ANNA.value))


async def test_who_has_stopped_is_told_for_a_whole_batch(database, keyring, now):
    bruno, chat = Address("sms", "+254711000002"), Address("telegram", ANNA.value)
    async with database.transaction() as db:
        for address in (ANNA, chat):
            await optout.stop(db, keyring, address, now)
    async with database.reading() as reads:
        assert await optout.stopped_among(reads, keyring, [bruno, ANNA]) == {ANNA}
        assert await optout.stopped_among(reads, keyring, []) == frozenset()


async def test_it_is_known_since_when_news_is_stopped(database, keyring, now):
    address = Address("sms", "+254711000009")
    async with database.transaction() as db:
        assert await optout.since(db, keyring, address) is None
        await optout.stop(db, keyring, address, now)
        assert await optout.since(db, keyring, address) == now
