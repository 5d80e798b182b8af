"""Every page in a real browser, at a desk's and a telephone's width, with and without script."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe

from channels import rehearsal
from channels.base import Address, Media
from channels.rehearsal import BASIC, CHAT
from console import routes
from forum import bodies, invites, members, seating
from forum.cleaning import Cleaned, Reason
from forum.members import Role
from grievances import referrals, routing_rules
from grievances.routing_rules import Facts
from outreach import voices
from outreach.voices import Consent
from tests.support import planted_pictures
from tests.support.kept_files import bring_home
from tests.support.letters import busy_day


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


PASSWORD = "river stones sing at dusk"
WIDTHS = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


def test_no_two_doors_are_at_one_address():
    doors = [(door.method, door.path) for door in (*routes.DOORS, *routes.REHEARSAL)]
    assert len(doors) == len(set(doors))


@pytest.fixture
async def house(join, file, site, database, keyring, now):
    """A lead, cases at several stages, a story and an open invitation."""
    lead = await join(Role.LEAD, name="Lindiwe Banda")
    made = await file("Ukuta umeanguka.", category="DANGER", describe={"place": "KB12"})
    await file("", callback_number="+12025550101")
    path = f"/cases/{made.reference}"
    judged = {"category": "DANGER", "severity": "S1", "named": "nobody"}
    await lead.post(f"{path}/facts", judged, on=path)
    await lead.post(f"{path}/assign", {"assignee": lead.member.id}, on=path)
    await lead.post(f"{path}/answer", {"answer": "Tunakuja."}, on=path)
    await lead.post(f"{path}/note", {"note": "Called the inspectorate."}, on=path)
    await lead.post(f"{path}/move/in_review", on=path)
    async with database.transaction() as db:
        story = {"story": "Nobody asks us.", "consent": Consent.UNNAMED, "language": "en"}
        await voices.keep(db, keyring, **story, channel="sms", now=now)
        someone = {"email": "new@forum.example", "name": "Ruth", "role": Role.HANDLER}
        token = await invites.invite(
            db, keyring, **someone, language="en", by=lead.member, now=now
        )
    other = await join(Role.HANDLER, name="Joseph Mwangi")
    routed = await _with_routes(file, lead, other, database, now)
    news = await busy_day(database, now)
    files = await _with_files(file, database, keyring, now)
    kin = await _with_kin(file, lead)
    child = await file("Mtoto.", category="CHILD")
    asked = f"/cases/{child.reference}"
    milder = {"category": "CHILD", "severity": "S4", "named": "nobody", "milder": "A rumour."}
    await lead.post(f"{asked}/facts", milder, on=asked)
    return {
        "asked": asked,
        "path": path,
        "token": token,
        "other": other.member.id,
        "news": news,
        **files,
        **routed,
        **kin,
    }


async def _with_routes(file, lead, other, database, now):
    """Make a body with a seat that is taken and a rule for it, and send a case there."""
    sent, unsent = await file("Hatulipwi."), await file("Hatulipwi tena.")
    async with database.transaction() as db:
        by = {"by": lead.member.id, "now": now}
        body = await bodies.add_body(db, "Labour court", "labour", **by)
        seat = await bodies.seat_by_id(db, await bodies.add_seat(db, body, "Registrar", **by))
        await seating.sit(db, other.member, seat, by=lead.member, now=now)
        await routing_rules.add(db, Facts("PAY"), seat.id, **by)
        given = {"body_id": body, "place": "Room 4", "by": lead.member, "now": now}
        await referrals.send(db, sent.case_id, **given)
    paths = {"sent": sent.reference, "unsent": unsent.reference}
    return {name: f"/cases/{reference}" for name, reference in paths.items()}


async def _with_kin(file, lead):
    """File cases that belong together: one leads another, and one more looks alike."""
    place = {"describe": {"place": "KB12"}, "category": "DANGER"}
    leading, led, twin, fresh = [await file("Ukuta umeanguka tena.", **place) for _ in range(4)]
    path, judged = f"/cases/{leading.reference}", {"category": "DANGER", "severity": "S2"}
    await lead.post(f"{path}/facts", {**judged, "named": "nobody"}, on=path)
    await lead.post(f"{path}/assign", {"assignee": lead.member.id}, on=path)
    for state in ("in_review", "proposed", "agreed", "implementing"):
        told = {"tell": "Tunalipa."} if state == "proposed" else {}
        await lead.post(f"{path}/move/{state}", told, on=path)
    merge = f"/cases/{led.reference}/merge?with={leading.reference}"
    said = {"named": "nobody"}
    await lead.post(f"/cases/{led.reference}/merge", said, on=merge)
    await lead.post(f"{path}/links", {"other": fresh.reference}, on=path)
    return {
        "leading": path,
        "led": f"/cases/{led.reference}",
        "twin": twin.reference,
        "fresh": f"/cases/{fresh.reference}",
    }


async def _with_files(file, database, keyring, now):
    """File a case with a photo that is clean, and one with a file that is not."""
    photo, document = Media("1", "photo", "image/jpeg"), Media("2", "file", "application/pdf")
    clean = await file("Angalia.", attachments=[photo])
    (shown,) = await bring_home(
        database, keyring, now, Cleaned("image/png", planted_pictures.png())
    )
    unclean = await file("Soma.", attachments=[document])
    closed = Cleaned("application/pdf", b"%PDF-")
    (saved,) = await bring_home(database, keyring, now, closed, Reason.LOCKED)
    return {
        "photo": f"/cases/{clean.reference}?open={shown}",
        "unclean": f"/cases/{unclean.reference}",
        "save": f"/cases/{unclean.reference}/attachments/{saved}/as-it-came",
    }


def pages(house):
    return [
        "/cases",
        "/cases?show=ended",
        house["path"],
        f"{house['path']}/aside",
        f"{house['path']}/move/proposed",
        f"{house['path']}/merge",
        f"{house['path']}/merge?with={house['twin']}",
        house["leading"],
        f"{house['leading']}/move/resolved",
        house["led"],
        house["fresh"],
        "/voices",
        "/statistics",
        "/statistics?weeks=52",
        "/members",
        f"/members/{house['other']}/remove",
        "/bodies",
        "/routing",
        "/routing?try=yes&category=DANGER",
        "/referrals",
        "/referrals?show=all",
        house["sent"],
        f"{house['unsent']}/move/redirected",
        "/calendar",
        "/escalation",
        "/taxonomy",
        "/taxonomy/new",
        "/taxonomy/PAY",
        "/taxonomy/groups/2",
        "/keys",
        "/channels",
        "/channels/sms/pause",
        "/deliveries",
        f"/deliveries/{house['news']}",
        "/dead-letters",
        "/dead-letters?why=undelivered:30003",
        "/dead-letters/all?why=undelivered:30003",
        "/account",
        "/simulator",
        house["asked"],
        house["photo"],
        house["unclean"],
        house["save"],
        "/nowhere",
    ]


@pytest.fixture
async def tab(browser, server):
    """Open a page of the given width; what the browser complains about is collected."""
    complaints = []

    async def opened(width="desktop", **more):
        context = await browser.new_context(
            viewport=WIDTHS[width], base_url=str(server.make_url("/")), **more
        )
        page = await context.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.complaints = complaints
        return page

    return opened


async def sign_in(page, email="lindiwe@forum.example"):
    await page.goto("/sign-in")
    await page.fill("#email", email)
    await page.fill("#password", PASSWORD)
    await page.click("main button")
    await page.wait_for_url("**/cases")


async def findings(page, address):
    """Return what is wrong with the page at *address*; nothing on a good day."""
    await page.goto(address)
    results = await Axe().run(page)
    wrong = [found["id"] for found in results.response["violations"]]
    if await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        wrong.append("wider than the screen")
    return wrong


@pytest.mark.parametrize("width", WIDTHS)
async def test_every_page_can_be_used_by_everyone(house, tab, width):
    page = await tab(width)
    open_to_all = ["/sign-in", "/recovery", f"/welcome/{house['token']}", "/welcome/used-up"]
    found = {address: await findings(page, address) for address in open_to_all}
    await sign_in(page)
    found |= {address: await findings(page, address) for address in pages(house)}
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("role", "paths"),
    [(Role.FACILITATOR, ["/file"]), (Role.AUDITOR, ["/explanations", "/explanations?find={}"])],
)
async def test_the_pages_of_who_sees_no_case_can_be_used_too(house, tab, join, width, role, paths):
    await join(role, name="Grace Tembo")
    page = await tab(width)
    await page.goto("/sign-in")
    await page.fill("#email", "grace@forum.example")
    await page.fill("#password", PASSWORD)
    await page.click("main button")
    await page.wait_for_url(f"**{paths[0]}")
    reference = house["path"].removeprefix("/cases/")
    found = {path: await findings(page, path.format(reference)) for path in paths}
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


async def test_a_report_is_filed_for_somebody_on_a_phone_without_script(house, tab, join):
    await join(Role.FACILITATOR, name="Grace Tembo")
    page = await tab("phone", java_script_enabled=False)
    await page.goto("/sign-in")
    await page.fill("#email", "grace@forum.example")
    await page.fill("#password", PASSWORD)
    await page.click("main button")
    await page.fill("#story", "Wanatudanganya kwa mizani.")
    await page.check("text=They ask from a phone")
    await page.click("text=Send the report")
    assert re.fullmatch(r"\d{4}-\d{4}-\d{5}-\d", await page.inner_text(".link-box code"))


async def test_no_page_is_stopped_by_its_own_policy(house, tab):
    page = await tab()
    await sign_in(page)
    for address in pages(house):
        await page.goto(address)
    assert [said for said in page.complaints if "status of 404" not in said] == []


async def test_a_case_is_read_and_answered_without_script(house, tab):
    page = await tab("phone", java_script_enabled=False)
    await sign_in(page)
    await page.click(f'a[href="{house["path"]}"]')
    assert "Ukuta umeanguka." in await page.inner_text(".thread")
    await page.fill("#answer-text", "Watu wako salama?")
    await page.check("text=I asked something")
    await page.click("text=Send the answer")
    assert "on its way to the reporter" in await page.inner_text(".notice")
    assert "Watu wako salama?" in await page.inner_text(".entry.forum >> nth=0")
    assert "Waiting for the reporter" in await page.inner_text(".case-head")


async def test_a_case_is_ended_only_after_a_second_look_without_script(house, tab):
    page = await tab(java_script_enabled=False)
    await sign_in(page)
    await page.goto(house["path"])
    await page.click("text=Mark as a duplicate…")
    await page.fill("#with", house["twin"])
    await page.click("text=Lay it beside this one")
    await page.fill("#reason", "The same fall as in the other case.")
    await page.click(f"text=Yes: {house['twin']} leads")
    assert f"is a duplicate of {house['twin']} now." in await page.inner_text(".notice")
    await page.goto("/cases")
    assert house["path"] not in await page.content()
    await page.goto(house["path"])
    await page.click("text=It is no duplicate: part them")
    assert "is now: In review." in await page.inner_text(".notice")


async def test_a_line_is_paused_and_let_go_on_a_phone_without_script(house, tab):
    page = await tab("phone", java_script_enabled=False)
    await sign_in(page)
    await page.click("nav >> text=Delivery")
    await page.click("#line-sms >> text=Pause…")
    await page.click("main button")
    assert "Paused by Lindiwe Banda" in await page.inner_text("#line-sms")
    await page.click("#line-sms >> text=Let it send again")
    assert "SMS by Twilio sends again." in await page.inner_text(".notice")


async def test_a_message_is_sent_again_and_taken_back_without_script(house, tab):
    page = await tab("phone", java_script_enabled=False)
    await sign_in(page)
    await page.goto("/dead-letters")
    before = await page.locator(".letters > li").count()
    await page.click("text=Send again >> nth=0")
    assert await page.locator(".letters > li").count() == before - 1
    await page.click("text=Undo")
    assert await page.locator(".letters > li").count() == before


async def test_a_category_is_renamed_and_retired_on_a_phone_without_script(house, tab):
    page = await tab("phone", java_script_enabled=False)
    await sign_in(page)
    await page.click("nav >> text=Calendar")
    await page.click(".filters >> text=Categories")
    await page.click("text=Wages and working conditions")
    await page.fill("#choice_en", "Salaries")
    await page.fill("#short_sw", "Mishahara ê")
    await page.click("main button")
    assert "A basic phone cannot show" in await page.inner_text("#short_sw-error")
    await page.fill("#short_sw", "Malipo")
    await page.click("main button")
    assert "is kept" in await page.inner_text(".notice")
    assert "3 Salaries" in await page.inner_text("#menus-title ~ details >> nth=0")
    await page.click('button[aria-label="Retire Wages and working conditions"]')
    await page.click("text=Undo")
    assert "is in the menu again" in await page.inner_text(".notice")


async def test_a_holiday_is_added_and_taken_back_on_a_phone_without_script(house, tab):
    page = await tab("phone", java_script_enabled=False)
    await sign_in(page)
    await page.click("nav >> text=Calendar")
    assert "No holiday is written down yet." in await page.inner_text("main")
    await page.fill("#day", "2026-12-25")
    await page.fill("#name", "Christmas")
    await page.click("text=Add >> visible=true >> nth=-1")
    assert "Friday 25 December" in await page.inner_text(".people")
    await page.click(".people >> text=Remove")
    assert "No holiday is written down yet." in await page.inner_text("main")
    await page.click("text=Undo")
    assert "Christmas" in await page.inner_text(".people")


@pytest.mark.parametrize("script", [True, False])
async def test_both_phones_are_answered_with_and_without_script(house, tab, heard, script):
    page = await tab(java_script_enabled=script)
    await sign_in(page)
    await page.goto("/simulator")
    await page.fill(f"#{BASIC}-text", "hello")
    await page.press(f"#{BASIC}-text", "Enter")
    await page.wait_for_selector(f"#{BASIC} li.in")
    await page.fill(f"#{CHAT}-text", "/start")
    await page.press(f"#{CHAT}-text", "Enter")
    await page.click(f"#{CHAT} li.in button")
    await page.wait_for_selector(f"#{CHAT} li.out >> text=Danger")
    assert [said.text or said.choice for said in heard.inbounds] == [
        "hello",
        "/start",
        "report.topic:DANGER",
    ]


async def test_a_reply_appears_by_itself(house, tab, services, heard):
    page = await tab()
    await sign_in(page)
    await page.goto("/simulator")
    await heard(rehearsal.said(Address(BASIC, "+12025550101"), "hello"))
    await page.wait_for_selector(f"#{BASIC} li.in", timeout=10_000)


async def test_the_keyboard_reaches_the_content_at_once(house, tab):
    page = await tab()
    await sign_in(page)
    await page.goto(house["path"])
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"
    await page.keyboard.press("Tab")
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


async def test_the_first_lead_joins_by_the_printed_link(tab, database, keyring, now):
    async with database.transaction() as db:
        token = await invites.first_invite(db, keyring, now)
    page = await tab(java_script_enabled=False)
    await page.goto(f"/welcome/{token}")
    await page.fill("#name", "Amina Okello")
    await page.fill("#email", "amina@forum.example")
    await page.fill("#password", PASSWORD)
    await page.fill("#again", PASSWORD)
    await page.click("main button")
    assert "No case is open" in await page.inner_text("main")
    async with database.reading() as db:
        assert (await members.by_email(db, "amina@forum.example")).role is Role.LEAD
