"""One rule change from the first word to its enforcement, in a real browser and on four phones.

An official writes it, translates it and tells it; a second one lets it leave; enforcement is
locked until everybody was told. The pictures of it, in ``docs/rule-story``, are taken by this very
test: ``PICTURES=docs/rule-story pytest -k rule_story``.
"""

import asyncio
import re
from datetime import timedelta

from channels.rehearsal import BASIC, CHAT
from console.pages.simulator import PHONES
from outreach.rule_texts import Part, Variant
from tests.end_to_end.conftest import Installation
from tests.support.chromium import chromium, needed
from tests.support.desk import Desk
from tests.support.rule_telling import (
    ANSWERS,
    COMES,
    CREEK,
    HILL,
    LAW,
    PEOPLE,
    SECOND,
    TONGUES,
    Forum,
    noon,
    said,
    words,
)

STAFF = "+12025550150"  # a phone of the ministry

#: Days from the first word to enforcement: whole weeks, as the register counts by them.
DAYS = 28

#: Seconds for the register to be read anew: one reading serves all for a minute.
PATIENCE = 90

LOCKED = "It cannot begin yet: 3 sites and languages are below the threshold."


async def test_a_rule_is_told_before_it_is_enforced(tmp_path):
    needed()
    async with chromium() as browser:
        settings = {"simulator": "true", "timezone": noon()}
        forum = Forum(Installation(tmp_path, settings), browser)
        async with forum.runs() as process:
            await forum.everybody_joins(process)
            await the_forum_agrees_on_its_terms(forum)
            await miners_ask_to_hear(forum)
            await it_is_written_and_translated(forum)
            await it_is_published(forum)
            await nobody_was_told(forum)
            await it_becomes_a_broadcast(forum)
            await who_wrote_it_cannot_approve_it(forum)
            await a_second_person_lets_it_leave(forum)
            await every_phone_shows_it_in_its_language(forum)
            await a_miner_asks_again(forum)
            await a_quiz_asks_whether_it_was_understood(forum)
        await forum.later(days=DAYS)
        async with forum.runs():
            await enforcement_is_refused_on_its_day(forum)
            await the_others_are_told_without_a_telephone(forum)
            await enforcement_begins(forum)
            await anybody_reads_it_in_the_register(forum)
        await forum.later(days=7)
        async with forum.runs():
            await anybody_reads_it_in_the_register(forum, "All 34 16 50")
        assert forum.wrong == {}


async def the_forum_agrees_on_its_terms(forum: Forum) -> None:
    lead = forum.lead
    for site in (HILL, CREEK):
        await lead.opens("/sites")
        await lead.fills(site)
        await lead.presses("Add the site")
    await lead.opens("/terms")
    await lead.fills({"people": "3"})
    await lead.presses("Keep this", "[aria-labelledby=limit-title]")
    await lead.fills({"currency": "KES", f"price_{BASIC}": "0.8", f"price_{CHAT}": "0"})
    await lead.presses("Keep these")


async def miners_ask_to_hear(forum: Forum) -> None:
    desk = await forum.without_script()
    for number, channel, first in COMES:
        phones = forum.phones(number)
        phones.desk = desk
        answer = await phones.says(channel, first, *ANSWERS)
        site = CREEK if TONGUES[number] == "fr" else HILL
        assert site["name"] in answer, (number, channel, answer)
    await desk.page.context.close()
    await forum.lead.opens(forum.phones(PHONES[1]).path)
    await forum.shows(forum.lead, "1-listening", "main")


async def it_is_written_and_translated(forum: Forum) -> None:
    desk, day = forum.writer, forum.today
    await desk.opens("/rules")
    await desk.presses("New rule change")
    await desk.fills({**LAW, "practice": "Unacceptable practice: it ends", "base": "English"})
    days = {"announced_on": 0, "outreach_from": 0, "in_force_on": 14, "enforcement_from": DAYS}
    await desk.fills({name: (day + timedelta(days=n)).isoformat() for name, n in days.items()})
    await desk.presses("Keep the facts")
    forum.rule = re.search(r"/rules/(\w+)/words/en", desk.page.url)[1]
    for language in ("en", "fr", "sw"):
        await desk.opens(f"/rules/{forum.rule}/words/{language}")
        await desk.fills(words(language))
        if language == "fr":
            await desk.page.locator("#how-sms-cost", has_text="characters").wait_for()
            await forum.shows(desk, "2-translated", "fieldset:has(#why-full)")
        await desk.presses("Keep the words")


async def it_is_published(forum: Forum) -> None:
    desk = forum.writer
    await desk.presses("Publish")
    assert "Complete in every language." in await desk.words()
    await desk.presses("Publish")
    await forum.shows(desk, "3-published")
    await desk.page.get_by_role("link", name="Who was told, and enforcement").click()
    for site, language, people in PEOPLE:
        its = {"site": f"{site['code']} · {site['name']}", "language": language}
        counted = {"people": people, "source": "Count by the union", "as_of": f"{forum.today}"}
        await desk.fills({**its, **counted})
        await desk.presses("Keep this", "[aria-labelledby=people-title]")
    assert "20 people, as stated" not in await desk.words()
    await forum.confirms(len(PEOPLE))
    await desk.opens(forum.coverage)


async def nobody_was_told(forum: Forum) -> None:
    desk = forum.writer
    assert LOCKED in await desk.words()
    assert "20 people, as stated 0% 0% 0% 0% 0% 0" in await forum.covered(HILL, "English")
    await forum.shows(desk, "4-locked")
    await forum.refuses("Choose a day that has come")


async def it_becomes_a_broadcast(forum: Forum) -> None:
    desk = forum.writer
    await desk.presses("Make a broadcast of it")
    seen = await desk.reads()
    assert "4 people get it each time. That costs about 8 KES." in seen
    assert "done by" in seen
    await desk.fills({"phones": STAFF})
    await desk.page.locator("main [name=channel]").select_option(BASIC)
    await desk.page.locator("main [name=language]").select_option("fr")
    await desk.presses("Send a test")
    await forum.shows(desk, "5-reckoned")
    phones = forum.phones(STAFF)
    await phones.desk.opens(phones.path)
    await phones.hears(BASIC, "TEST")
    await phones.hears(BASIC, said(Part.HOW, "fr", Variant.SMS))


async def who_wrote_it_cannot_approve_it(forum: Forum) -> None:
    desk, second = forum.writer, forum.second
    path = desk.page.url.removeprefix(forum.base)
    edition = await desk.page.locator("[name=edition]").first.get_attribute("value")
    status, page = await desk.forges(f"{path}/release", edition=edition or "")
    assert status == 422
    assert "more people than one person alone may write to" in page
    await desk.presses("Ask for approval")
    await second.opens(path)
    await forum.shows(second, "6-asked")
    content = await second.page.locator("[name=content]").get_attribute("value")
    assert not await desk.page.locator("[name=content]").count()
    status, page = await desk.forges(f"{path}/approve", content=content or "")
    assert status == 422
    assert "Somebody else must approve it." in page
    assert "Waits for a second person" in await desk.opens(path)


async def a_second_person_lets_it_leave(forum: Forum) -> None:
    desk = forum.second
    await desk.presses("Approve")
    await desk.presses("Pause")
    assert "Paused" in await desk.words()
    await forum.shows(desk, "7-paused")
    await desk.presses("Let it go on")
    await nothing_waits(desk)
    spent = ". Rehearsal: basic phone: 10 · 8 KES; Rehearsal: chat: 10 · 0 KES"
    assert spent in await desk.reads()
    await forum.shows(desk, "8-left")


async def nothing_waits(desk: Desk) -> None:
    """Wait until the page that is open says by itself that all has left."""
    left = re.compile("^0$")
    await desk.page.locator("#progress .total td:last-child", has_text=left).wait_for()


async def every_phone_shows_it_in_its_language(forum: Forum) -> None:
    for number, channel, _ in COMES:
        phones, language = forum.phones(number), TONGUES[number]
        await phones.desk.opens(phones.path)
        variant = Variant.SMS if channel == BASIC else Variant.FULL
        for part in list(Part)[1:]:
            await phones.hears(channel, said(part, language, variant))
    await phones.desk.opens(forum.phones(PHONES[1]).path)
    await forum.shows(phones.desk, "9-heard", "main")


async def a_miner_asks_again(forum: Forum) -> None:
    phones = forum.phones(PHONES[1])
    answer = await phones.says(BASIC, "SHERIA", "1")
    assert said(Part.TITLE, "sw", Variant.SMS) in answer
    await phones.says(BASIC, "4")
    again = said(Part.HELP, "sw", Variant.SMS)
    await phones.desk.page.locator(f"#{BASIC} li.in", has_text=again).nth(1).wait_for()
    await forum.shows(phones.desk, "10-asked-again", "main")


async def a_quiz_asks_whether_it_was_understood(forum: Forum) -> None:
    desk, phones = forum.writer, forum.phones(PHONES[0])
    await desk.opens("/surveys?mode=quiz&rule=R1")
    await desk.fills({"name": "Was it understood?"})
    await desk.presses("Begin")
    await desk.presses("Add a question")
    options = "100 m\n10 m\nAnywhere"
    asked = {"text_en": "How far from homes may amalgam be burnt?", "options_en": options}
    await desk.fills({**asked, "right": "1", "part": "2 · What changes"})
    await desk.presses("Keep the question")
    await desk.presses("Open it")
    code = re.search(r"SURVEY (\d+)", await desk.words())[1]
    await phones.desk.opens(phones.path)
    await phones.says(BASIC, f"SURVEY {code}")
    await phones.hears(BASIC, "How far from homes")
    await phones.says(BASIC, "3")
    await phones.hears(BASIC, "Please read this once more")
    await phones.hears(BASIC, "These were all questions.")
    again = said(Part.WHAT, "en", Variant.SMS)
    assert await phones.desk.page.locator(f"#{BASIC} li.in", has_text=again).count() == 2
    await forum.shows(phones.desk, "11-quiz", "main")


async def enforcement_is_refused_on_its_day(forum: Forum) -> None:
    await forum.grows(HILL, "English", "5%")
    assert "5% 5% 5% 5% 5% 1" in await forum.covered(CREEK, "Français")
    assert LOCKED in await forum.writer.words()
    await forum.refuses("Not yet: some sites have not been told.")


async def the_others_are_told_without_a_telephone(forum: Forum) -> None:
    await forum.tells(HILL, "Training", "English", women="6", men="7")
    await forum.tells(HILL, "Visit", "Kiswahili", women="3", men="2")
    assert "5%" in await forum.covered(HILL, "English")
    await forum.shows(forum.writer, "12-waits", "[aria-labelledby=second-title]")
    await forum.confirms(2)
    await forum.writer.opens(forum.coverage)
    assert "70%" in await forum.covered(HILL, "English")
    await forum.shows(forum.writer, "12-grows", "[aria-labelledby=coverage-title]")
    await forum.refuses("Not yet: some sites have not been told.")
    await forum.tells(CREEK, "Radio", "Français", reach="12")
    await forum.confirms(1)
    await forum.writer.opens(forum.coverage)


async def enforcement_begins(forum: Forum) -> None:
    desk = forum.writer
    assert "Every site has been told. Enforcement can begin." in await desk.words()
    await forum.shows(desk, "13-unlocked", "[aria-labelledby=begin-title]")
    await desk.fills({"enforcement_day": f"{forum.today}"})
    await desk.presses("Record it")
    assert "It began on" in await desk.words()
    assert "Today:" in await desk.words()
    await forum.shows(desk, "14-enforced", "main")


async def anybody_reads_it_in_the_register(forum: Forum, counted: str = "") -> None:
    """Look at the register without signing in, until it has *counted* this week's people."""
    stranger = await Desk.of(forum.browser, forum.base)
    page = await stranger.reads("/register")
    async with asyncio.timeout(PATIENCE):
        while counted not in page:
            await asyncio.sleep(1)
            page = await stranger.reads("/register")
    assert said(Part.TITLE, "en", Variant.FULL) in page
    assert "When enforcement began, 60% of the people or more had been told" in page
    assert SECOND not in page
    await forum.shows(stranger, "15-register", "main")
    await stranger.page.context.close()
