from channels import rehearsal
from channels.base import Address, Button, Outbound

ANNA = Address(rehearsal.CHAT, "+254700000001")
MENU = Outbound("Menu\0", ((Button("1", "Report", "menu:report"),),), protect=True)


async def screen(database, channel=rehearsal.CHAT, **more):
    async with database.reading() as reads:
        return await rehearsal.screen(reads, channel, ANNA.value, **more)


async def show(database, now, outbox_id="1", outbound=MENU):
    async with database.transaction() as db:
        await rehearsal.show(db, ANNA, outbox_id, outbound, now)


async def test_a_screen_shows_both_sides_in_order(database, now):
    inbound = rehearsal.said(rehearsal.CHAT, ANNA.value, "hello\0")
    async with database.transaction() as db:
        await rehearsal.show_said(db, inbound, now)
    await show(database, now)
    assert [(one.mine, one.text) for one in await screen(database)] == [
        (True, "hello"),
        (False, "Menu"),
    ]


async def test_buttons_and_protection_are_shown(database, now):
    await show(database, now)
    (shown,) = await screen(database)
    assert (shown.buttons, shown.protect, shown.at) == (MENU.buttons, True, now)


async def test_a_pressed_button_is_shown_by_its_label(database, now):
    pressed = rehearsal.said(rehearsal.CHAT, ANNA.value, choice="menu:report")
    async with database.transaction() as db:
        await rehearsal.show_said(db, pressed, now, label="Report")
    assert [one.text for one in await screen(database)] == ["Report"]


async def test_the_same_message_stands_there_once(database, now):
    await show(database, now)
    await show(database, now)
    assert len(await screen(database)) == 1


async def test_each_phone_has_its_own_screen(database, now):
    await show(database, now)
    assert await screen(database, channel=rehearsal.BASIC) == []


async def test_a_page_can_ask_for_what_is_new(database, now):
    await show(database, now, "1")
    (first,) = await screen(database)
    await show(database, now, "2")
    assert len(await screen(database, after=first.id)) == 1


async def test_only_the_newest_are_shown(database, now):
    for number in range(3):
        await show(database, now, str(number), Outbound(str(number)))
    assert [one.text for one in await screen(database, limit=2)] == ["1", "2"]


async def test_screens_can_be_wiped(database, now):
    await show(database, now)
    async with database.transaction() as db:
        await rehearsal.clear(db, ANNA.value)
    assert await screen(database) == []


def test_every_said_thing_has_an_id_of_its_own():
    one, other = (rehearsal.said(rehearsal.BASIC, "1", "hi") for _ in range(2))
    assert one.external_id != other.external_id
