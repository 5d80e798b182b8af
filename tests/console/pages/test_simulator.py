from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.rehearsal import BASIC, CHAT
from console import routes

NUMBER = "+12025550102"


async def say(person, channel=BASIC, **more):
    form = {"channel": channel, "phone": NUMBER, "text": "hello", **more}
    return await person.post("/simulator", form, on="/simulator")


async def test_words_go_through_the_inbox_and_the_reply_stands_on_the_screen(amina, heard):
    text = await (await say(amina)).text()
    [inbound] = heard.inbounds
    assert (inbound.address.channel, inbound.address.value) == (BASIC, NUMBER)
    assert inbound.text == "hello"
    assert "What happened?" in text
    assert "1 SMS" in text


async def test_a_pressed_button_is_shown_by_its_label(amina, heard):
    await say(amina, CHAT)
    text = await (await say(amina, CHAT, text="", choice="report.topic:DANGER")).text()
    assert heard.inbounds[-1].choice == "report.topic:DANGER"
    assert '<div class="bubble">Danger</div>' in text


async def test_a_basic_phone_rings_us_and_hangs_up(amina, heard):
    text = await (await say(amina, text="", ring="yes")).text()
    [inbound] = heard.inbounds
    assert (inbound.address.channel, inbound.rang, inbound.text) == (BASIC, True, "")
    assert "(rang, and hung up)" in text


async def test_a_chat_does_not_ring(amina, heard):
    await say(amina, CHAT, text="", ring="yes")
    assert heard.inbounds == []


async def test_two_people_have_two_phones(amina):
    await say(amina, text="Is anybody there?")
    assert "Is anybody there?" not in await amina.page("/simulator?phone=%2B12025550103")


async def test_a_screen_without_news_stays_as_it_is(amina):
    await say(amina)
    query = f"channel={BASIC}&phone=%2B12025550102"
    fresh = await amina.get(f"/simulator/screen?{query}&last=0")
    assert fresh.status == 200
    assert (await amina.get(f"/simulator/screen?{query}&last=2")).status == 204


async def test_with_script_the_phone_alone_comes_back(amina):
    hidden = await amina.hidden("/simulator")
    form = {**hidden, "channel": BASIC, "phone": NUMBER, "text": "hello"}
    answer = await amina.client.post("/simulator", data=form, headers={"HX-Request": "true"})
    text = await answer.text()
    assert text.lstrip().startswith("<section")
    assert "<html" not in text


async def test_nothing_said_is_nothing_heard(amina, heard):
    await amina.post(
        "/simulator", {"channel": BASIC, "phone": NUMBER, "text": " "}, on="/simulator"
    )
    assert heard.inbounds == []


async def test_both_screens_are_wiped(amina):
    await say(amina)
    answer = await amina.post("/simulator/wipe", {"phone": NUMBER}, on="/simulator")
    text = await answer.text()
    assert "Both screens are empty." in text
    assert "What happened?" not in text


@pytest.mark.parametrize("channel", ["sms", "telegram", ""])
async def test_a_real_channel_is_not_simulated(amina, heard, channel):
    hidden = await amina.hidden("/simulator")
    form = {**hidden, "channel": channel, "phone": NUMBER, "text": "hello"}
    assert (await amina.client.post("/simulator", data=form)).status == 404
    assert heard.inbounds == []


@pytest.mark.parametrize("typed", ["", "abc", "+" * 50, "٣٤٥"])
async def test_a_number_that_is_none_is_the_first_phone(amina, typed):
    assert (await amina.get("/simulator", params={"phone": typed})).status == 200


async def test_where_it_is_switched_off_there_is_none(services):
    app = web.Application()
    routes.attach(app, replace(services, simulator=False))
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/simulator")).status == 404
