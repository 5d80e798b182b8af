import pytest
from sqlalchemy import select, update

from channels import rehearsal
from channels.base import Address, Button, Outbound
from vault.seals import CannotOpen

ANNA = Address(rehearsal.CHAT, "+254700000001")
MENU = Outbound("Menu\0", ((Button("1", "Report", "menu:report"),),), protect=True)


@pytest.fixture
def screen(database, keyring):
    """What stands on Anna's phone."""

    async def seen(phone=ANNA, **more):
        async with database.reading() as reads:
            return await rehearsal.screen(reads, keyring, phone, **more)

    return seen


@pytest.fixture
def show(database, keyring, now):
    """Send something to Anna."""

    async def shown(outbox_id="1", outbound=MENU):
        async with database.transaction() as db:
            await rehearsal.show(db, keyring, ANNA, outbox_id, outbound, now)

    return shown


@pytest.fixture
def say(database, keyring, now):
    """Let Anna say something."""

    async def said(inbound, label=""):
        async with database.transaction() as db:
            await rehearsal.show_said(db, keyring, inbound, now, label)

    return said


async def test_a_screen_shows_both_sides_in_order(say, show, screen):
    await say(rehearsal.said(ANNA, "hello\0"))
    await show()
    assert [(one.mine, one.text) for one in await screen()] == [
        (True, "hello"),
        (False, "Menu"),
    ]


async def test_buttons_and_protection_are_shown(show, screen, now):
    await show()
    (shown,) = await screen()
    assert (shown.buttons, shown.protect, shown.at) == (MENU.buttons, True, now)


async def test_a_recording_is_marked_as_one(show, screen):
    await show(outbound=Outbound("Retorts only", sound="s1"))
    assert [one.text for one in await screen()] == ["\u25b6 Retorts only"]


def test_a_phone_rings_without_a_word():
    rang, again = rehearsal.rang(ANNA), rehearsal.rang(ANNA)
    assert (rang.address, rang.rang, rang.text) == (ANNA, True, "")
    assert rang.external_id != again.external_id


async def test_a_pressed_button_is_shown_by_its_label(say, screen):
    await say(rehearsal.said(ANNA, choice="menu:report"), "Report")
    assert [one.text for one in await screen()] == ["Report"]


async def test_the_same_message_stands_there_once(show, screen):
    await show()
    await show()
    assert len(await screen()) == 1


async def test_each_phone_has_its_own_screen(show, screen):
    await show()
    assert await screen(Address(rehearsal.BASIC, ANNA.value)) == []
    assert await screen(Address(rehearsal.CHAT, "+254700000002")) == []


async def test_a_page_can_ask_for_what_is_new(show, screen):
    await show("1")
    (first,) = await screen()
    await show("2")
    assert len(await screen(after=first.id)) == 1


async def test_only_the_newest_are_shown(show, screen):
    for number in range(3):
        await show(str(number), Outbound(str(number)))
    assert [one.text for one in await screen(limit=2)] == ["1", "2"]


async def test_screens_can_be_wiped(show, screen, database, keyring):
    await show()
    async with database.transaction() as db:
        await rehearsal.clear(db, keyring, ANNA.value)
    assert await screen() == []


async def test_the_database_tells_neither_the_number_nor_the_words(say, show, database):
    await say(rehearsal.said(ANNA, "The wall moved"))
    await show()
    async with database.reading() as reads:
        kept = repr((await reads.execute(select(rehearsal.simulator_messages))).all())
    assert not any(word in kept for word in (ANNA.value, "wall", "Menu", "Report"))


async def test_a_row_cannot_be_moved_to_another_phone(show, screen, database):
    await show()
    async with database.transaction() as db:
        moved = update(rehearsal.simulator_messages).values(channel=rehearsal.BASIC)
        await db.execute(moved)
    with pytest.raises(CannotOpen):
        await screen(Address(rehearsal.BASIC, ANNA.value))


def test_every_said_thing_has_an_id_of_its_own():
    one, other = (rehearsal.said(ANNA, "hi") for _ in range(2))
    assert one.external_id != other.external_id
