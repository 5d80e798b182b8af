"""Every page in a real browser, at a desk's and a telephone's width, with and without script."""

import re
from datetime import UTC, timedelta
from io import BytesIO

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect
from sqlalchemy import update

from channels import rehearsal
from channels.base import Address, Media
from channels.calls import Play
from channels.ledger import State as Sent
from channels.ledger import outbox
from channels.rehearsal import BASIC, CHAT
from console import routes
from forum import bodies, invites, members, seating
from forum.cleaning import Cleaned, Reason
from forum.members import Role
from grievances import case, panel, ready_answers, referrals, remedies, routing_rules
from grievances.ready_answers import Draft, Purpose
from grievances.remedies import Plan
from grievances.routing_rules import Facts
from grievances.states import State
from outreach import (
    announcements,
    called,
    discussion_releases,
    events,
    guard,
    progress,
    questionnaire,
    recordings,
    register,
    runs,
    saved_audiences,
    staging,
    steering,
    subscribers,
    survey_building,
    survey_tallies,
    surveys,
    voices,
)
from outreach.announcements import Words
from outreach.audiences import EVERYBODY
from outreach.called import Told
from outreach.import_columns import Statement
from outreach.questionnaire import Kind, Mode, Option, Question
from outreach.rule_dates import FIELDS, NO_DATES
from outreach.rule_texts import ALL, Part, Variant
from outreach.survey_tallies import Profile
from outreach.voices import Consent
from tests.support import planted_pictures
from tests.support.kept_files import bring_home
from tests.support.letters import busy_day
from tests.support.newsroom import TEXTS, Newsroom
from tests.support.patience import until
from tests.support.rulemaking import OFFICIAL, Rules
from tests.support.school import School, lesson
from tests.support.spoken import mp3
from tests.support.storytelling import Stories


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
    view = {"name": "Grave", "query": "show=open&severity=S2", "shared": "yes"}
    await lead.post("/views", view, on="/views")
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
        told = await voices.keep(db, keyring, **story, channel="sms", now=now)
        someone = {"email": "new@forum.example", "name": "Ruth", "role": Role.HANDLER}
        token = await invites.invite(
            db, keyring, **someone, language="en", by=lead.member, now=now
        )
    story = await _with_story(Stories(database, keyring, now), lead, told)
    survey_pages = await _with_survey(database, keyring, now)
    other = await join(Role.HANDLER, name="Joseph Mwangi")
    ready = Draft("Heard", Purpose.HEARD, texts={"en": "We hear you.", "sw": "Tumesikia: {days}."})
    async with database.transaction() as db:
        answer = await ready_answers.add(db, ready, by=lead.member, now=now)
    routed = await _with_routes(file, lead, other, database, now)
    news = await busy_day(database, now)
    files = await _with_files(file, database, keyring, now)
    kin = await _with_kin(file, lead, database)
    remedies = await _with_remedies(file, database, keyring, lead, other, now)
    child = await file("Mtoto.", category="CHILD")
    asked = f"/cases/{child.reference}"
    rules = await _with_rules(database, now)
    milder = {"category": "CHILD", "severity": "S4", "named": "nobody", "milder": "A rumour."}
    await lead.post(f"{asked}/facts", milder, on=asked)
    return {
        "asked": asked,
        "path": path,
        "story": story,
        "talk": await _with_talk(Stories(database, keyring, now), lead, told),
        "token": token,
        "other": other.member.id,
        "news": news,
        "answer": answer,
        "remedies": remedies,
        "rules": rules,
        "surveys": survey_pages,
        **files,
        **routed,
        **kin,
    }


async def _with_story(stories, lead, told):
    """Translate the story, file it, and propose words of it; return its page."""
    voice = await stories.find(told)
    await stories.translate(voice, "On ne nous demande rien.", lead.member, language="fr")
    theme = await stories.theme("Water", lead.member)
    await stories.file(voice, lead.member, theme={theme}, tag={"sand"}, agenda={"May 3"})
    await stories.propose(voice, "Nobody asks us.", lead.member, language="en")
    return f"/voices/{told}"


async def _with_talk(stories, lead, told):
    """Record that what the story is filed under was discussed; return its page."""
    await stories.wish(await stories.find(told))
    made = await stories.discuss("agenda", "May 3", lead.member, {"en": "The well is dug."})
    return f"/discussions/{made}"


async def _with_survey(database, keyring, now):
    """Make a survey that is open and one that is a draft; return their pages."""
    given = {"by": "system", "now": now}
    options = tuple(Option(str(n), {"en": questionnaire.Words(f"Answer {n}")}) for n in (1, 2))
    found = ["/surveys"]
    async with database.transaction() as db:
        for name in ("Open", "Draft"):
            made = await surveys.create(db, mode=Mode.SURVEY, name=name, language="en", **given)
            survey = await surveys.get(db, made)
            texts = {"en": questionnaire.Words("Who buys?")}
            asked = Question("", 0, Kind.CLOSED, texts, options)
            await survey_building.add(db, survey, asked, **given)
            if name == "Open":
                expires = now + timedelta(days=9)
                await surveys.begin(db, keyring, survey, expires_at=expires, **given)
                profile = Profile("", "", "woman", "en")
                (first,) = (await surveys.questionnaire(db, survey)).questions
                for code in ("1", "1", "2"):
                    await survey_tallies.count(db, made, first.id, code, profile, by=7)
                found += [f"/surveys/{made}/results?by=gender", f"/surveys/{made}/words"]
            found.append(f"/surveys/{made}")
    return found


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


async def _with_kin(file, lead, database):
    """File cases that belong together: one leads another, and one more looks alike."""
    place = {"describe": {"place": "KB12"}, "category": "DANGER"}
    leading, led, twin, fresh = [await file("Ukuta umeanguka tena.", **place) for _ in range(4)]
    path, judged = f"/cases/{leading.reference}", {"category": "DANGER", "severity": "S2"}
    await lead.post(f"{path}/facts", {**judged, "named": "nobody"}, on=path)
    await lead.post(f"{path}/assign", {"assignee": lead.member.id}, on=path)
    async with database.transaction() as db:
        # Somebody else has had it, so that the lead may confirm its remedy.
        await case.change(db, leading.case_id, state=State.IMPLEMENTING, assignee=None)
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


async def _with_remedies(file, database, keyring, lead, other, now):
    """Bring cases to a proposal, to a remedy half done, to its end, and before the panel."""
    found = []
    for state in (State.PROPOSED, State.AGREED, State.IMPLEMENTING, State.APPEALED):
        made = await file("Wanatudai.")
        by = {"by": lead.member, "now": now}
        async with database.transaction() as db:
            its = {"state": State.IMPLEMENTING, "assignee": other.member.id}
            await case.change(db, made.case_id, **its, quarantine=False)
            plan = Plan("Pay what is owed.", now.date() - timedelta(days=2), owner="The owner")
            action = await remedies.add(db, made.case_id, plan, **by)
            if state is State.IMPLEMENTING:
                done = await remedies.add(db, made.case_id, plan, **by)
                await remedies.finish(db, made.case_id, done, evidence="Seen.", **by)
                found += [f"/cases/{made.reference}/actions/{each}" for each in (action, done)]
            await case.change(db, made.case_id, state=state)
            await panel.name(db, lead.member, **by)
        found.append(f"/cases/{made.reference}")
    made = await file("Wamelipa.")
    async with database.transaction() as db:
        await case.change(db, made.case_id, state=State.IMPLEMENTING)
    return [*found, f"/cases/{made.reference}/move/resolved"]


async def _with_rules(database, now):
    """Publish a rule change and begin its next edition; draft another; return their addresses."""
    making = Rules(database, now)
    told = await making.published("Retorts only")
    unsafe = {(Part.WHY, Variant.SMS): "être âgé"}
    told = await making.act("write", told, "fr", unsafe)
    async with database.transaction() as db:
        made = {"by": OFFICIAL, "now": now}
        await recordings.keep(db, told, Part.WHY, "en", "audio/mpeg", mp3(3), **made)
    await making.act("write", told, "en", {(Part.WHY, Variant.FULL): "Smoke harms."})
    drafted = await making.draft(dates=NO_DATES)
    return [f"/rules/{rule.id}" for rule in (told, drafted)]


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
        "/cases?severity=S2&order=newest",
        "/cases?severity=S4",
        "/board",
        "/due",
        "/due?scale=week",
        "/due?scale=day&on=2026-05-16",
        "/due?scale=month&on=2030-01-01",
        "/workload",
        "/views",
        house["path"],
        f"{house['path']}/aside",
        f"{house['path']}/move/proposed",
        f"{house['path']}/merge",
        f"{house['path']}/merge?with={house['twin']}",
        house["leading"],
        f"{house['leading']}/move/resolved",
        house["led"],
        house["fresh"],
        "/search",
        f"{house['path']}?answer={house['answer']}",
        "/answers",
        "/answers/new",
        f"/answers/{house['answer']}",
        "/rules",
        *house["rules"],
        f"{house['rules'][0]}?edition=1&language=sw",
        f"{house['rules'][0]}/coverage",
        f"{house['rules'][0]}/recordings/en",
        f"{house['rules'][0]}/recordings/sw",
        "/calls/sw",
        "/calls/en",
        "/register",
        "/voices",
        "/voices?tag=sand",
        "/voices?agenda=May+3&waits=all",
        house["story"],
        f"{house['story']}?translate=fr",
        "/themes",
        "/quotes",
        "/quotes?about=agenda:May+3",
        "/discussions",
        house["talk"],
        "/statistics",
        "/statistics?weeks=52",
        "/members",
        f"/members/{house['other']}/remove",
        "/bodies",
        "/sites",
        f"/sites/{'s' * 32}",
        "/routing",
        "/routing?try=yes&category=DANGER",
        "/referrals",
        "/referrals?show=all",
        house["sent"],
        f"{house['unsent']}/move/redirected",
        "/calendar",
        "/escalation",
        "/actions",
        "/actions?show=all",
        *house["remedies"],
        *house["surveys"],
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
        "/broadcasts",
        "/terms",
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


async def sign_in(page, email="lindiwe@forum.example", to="/cases"):
    await page.goto("/sign-in")
    await page.fill("#email", email)
    await page.fill("#password", PASSWORD)
    await page.click("main button")
    await page.wait_for_url(f"**{to}")


async def findings(page, address):
    """Return what is wrong with the page at *address* on each width; nothing on a good day."""
    await page.goto(address)
    return {width: wrong for width in WIDTHS if (wrong := await wrong_at(page, width))}


async def wrong_at(page, width):
    """Return what is wrong with the page that is open, once its window is so wide."""
    await page.set_viewport_size(WIDTHS[width])
    results = await Axe().run(page)
    wrong = [found["id"] for found in results.response["violations"]]
    if await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        wrong.append("wider than the screen")
    return wrong


async def test_every_page_can_be_used_by_everyone(house, tab):
    page = await tab()
    open_to_all = ["/sign-in", "/recovery", f"/welcome/{house['token']}", "/welcome/used-up"]
    found = {address: await findings(page, address) for address in open_to_all}
    await sign_in(page)
    found |= {address: await findings(page, address) for address in pages(house)}
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("role", "paths"),
    [(Role.FACILITATOR, ["/file"]), (Role.AUDITOR, ["/explanations", "/explanations?find={}"])],
)
async def test_the_pages_of_who_sees_no_case_can_be_used_too(house, tab, join, role, paths):
    await join(role, name="Grace Tembo")
    page = await tab()
    await page.goto("/sign-in")
    await page.fill("#email", "grace@forum.example")
    await page.fill("#password", PASSWORD)
    await page.click("main button")
    await page.wait_for_url(f"**{paths[0]}")
    reference = house["path"].removeprefix("/cases/")
    found = {path: await findings(page, path.format(reference)) for path in paths}
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


@pytest.fixture
async def listeners(house, join, database, keyring, now, clock):
    """Subscribers, an audience that is kept, and a list that was brought."""
    official = await join(Role.OFFICIAL, name="Odile Mbeki")
    async with database.transaction() as db:
        for n in range(9):
            told = {"language": "en", "now": now, "place": "KB12", "role": "digger"}
            await subscribers.subscribe(db, keyring, Address("sms", f"+25471100000{n}"), **told)
        by = {"by": official.member.id, "now": now}
        kept = await saved_audiences.keep(db, "Diggers", EVERYBODY, **by)
    rows = "\n".join(f"07120000{n:02}" for n in range(120))
    statement = Statement("en", "KE", now.date(), "signed list", now.date())
    file = BytesIO(f"phone\nn/a\n{rows}".encode())
    told = house["rules"][0].removeprefix("/rules/")
    held = await _with_event(database, told, official.member, now)
    brought = await staging.stage(database, keyring, file, statement, **by)
    return [
        "/subscribers",
        "/subscribers/import",
        f"/subscribers/import/{brought}",
        f"/subscribers/import/{brought}?show=bad",
        "/audiences",
        "/audiences/new",
        "/audiences/new?roles=digger&languages=en",
        f"/audiences/{kept}",
        "/sites",
        f"/sites/{'s' * 32}/poster",
        f"/sites/{'s' * 32}/poster?language=fr&number=40123&bot=baraza_bot",
        f"{house['rules'][0]}/coverage",
        "/events",
        f"/events/{held}",
        "/register",
    ]


async def _with_event(database, rule, by, now):
    """Tell some of a rule on a radio and let the register count; return the event's id."""
    told = {"site_id": "s" * 32, "rule_id": rule, "tells": "12"}
    async with database.transaction() as db:
        radio = events.Told(events.Kind.RADIO, "en", now.date(), **told, reach=40)
        made = await events.add(db, radio, by="system", now=now, zone=UTC)
        await guard.ask_override(db, rule, "A flood.", by=by, now=now)
    await register.count(database, now, UTC)
    return made


async def test_the_pages_of_who_plans_news_can_be_used_by_everyone(listeners, tab):
    page = await tab()
    await sign_in(page, "odile@forum.example", to="/broadcasts")
    found = {path: await findings(page, path) for path in listeners}
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
    assert page.complaints == []


@pytest.mark.parametrize("script", [True, False])
async def test_an_audience_is_chosen_with_and_without_script(listeners, tab, script):
    page = await tab("phone", java_script_enabled=script)
    await sign_in(page, "odile@forum.example", to="/broadcasts")
    await page.goto("/audiences/new")
    assert "Chosen: 9" in await page.inner_text("#chosen")
    await page.click("summary:has-text('Work')")
    await page.check("text=Buyer")
    if not script:
        await page.click("text=Count")
    await page.wait_for_selector("#chosen >> text=Nobody fits.")
    await page.fill("#name", "Buyers")
    await page.click("text=Keep the audience")
    assert "Work: Buyer" in await page.inner_text("main")


async def test_the_pages_of_who_asks_many_can_be_used_by_everyone(house, join, tab):
    await join(Role.OFFICIAL, name="Oluwaseun Ade")
    page = await tab()
    await sign_in(page, "oluwaseun@forum.example", to="/broadcasts")
    draft = house["surveys"][-1]
    paths = [path for path in house["surveys"] if not path.endswith("/words")]
    forms = [f"{draft}/questions/new?kind={kind}" for kind in ("closed", "scale", "text")]
    found = {path: await findings(page, path) for path in (*paths, *forms)}
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


async def test_the_pages_of_who_teaches_can_be_used_by_everyone(database, now, join, tab):
    await join(Role.OFFICIAL, name="Oluwaseun Ade")
    school = School(database, now)
    opened = await school.write(lesson(1, "1"), lesson(2), tags=("en", "fr"))
    draft = await school.write(lesson(1, "1"), lesson(2), name="Draft", opened=False)
    page = await tab()
    await sign_in(page, "oluwaseun@forum.example", to="/broadcasts")
    here = f"/lessons/{draft.id}"
    paths = ["/lessons", f"/lessons/{opened.id}", here, f"{here}/1", f"{here}/3"]
    found = {path: await findings(page, path) for path in paths}
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
    assert page.complaints == []


async def test_the_pages_of_who_reports_back_can_be_used_by_everyone(
    database, keyring, now, join, tab
):
    amina = await join(name="Amina Okello")
    stories = Stories(database, keyring, now)
    page = await tab()
    await sign_in(page, "amina@forum.example")
    empty = await findings(page, "/discussions")
    voice = await stories.tell()
    await stories.file(voice, amina.member, agenda={"May 3", "May 4", "May 5"})
    await stories.wish(voice)
    given = {"by": amina.member, "texts": {"en": "The well is dug."}}
    draft = await stories.discuss("agenda", "May 3", **given)
    told = await stories.discuss("agenda", "May 4", **given, told=True)
    asked = await stories.discuss("agenda", "May 5", **given)
    async with database.transaction() as db:
        await discussion_releases.ask(db, asked, by=amina.member, now=now)
    paths = ["/discussions", *(f"/discussions/{one}" for one in (draft, told, asked))]
    found = {path: await findings(page, path) for path in paths}
    assert empty == {}
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


async def test_a_survey_is_built_and_opened_on_a_phone_without_script(house, join, tab):
    await join(Role.OFFICIAL, name="Oluwaseun Ade")
    page = await tab("phone", java_script_enabled=False)
    await sign_in(page, "oluwaseun@forum.example", to="/broadcasts")
    await page.goto("/surveys")
    await page.fill("#name", "Water")
    await page.click("main button:has-text('Begin')")
    await page.click("text=Add a question")
    await page.fill("#text_en", "Is your water clean?")
    await page.fill("#options_en", "Clean\nDirty")
    await page.click("text=Keep the question")
    assert "1 Clean" in await page.text_content(".sms pre")
    await page.click("button:has-text('Open it')")
    assert "is open. Phones begin it with SURVEY" in await page.inner_text(".notice")


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


async def test_the_auditors_page_can_be_used_by_everyone(house, join, tab):
    await join(Role.AUDITOR, name="Chausiku Said", email="chausiku@forum.example")
    page = await tab()
    await sign_in(page, "chausiku@forum.example", to="/explanations")
    found = {one: await findings(page, one) for one in ("/audit", "/audit?act=case.moved")}
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


async def test_the_officials_pages_can_be_used_by_everyone(house, join, tab):
    await join(Role.OFFICIAL, name="Oluchi Eze", email="oluchi@forum.example")
    page = await tab()
    await sign_in(page, "oluchi@forum.example", to="/broadcasts")
    told, drafted = house["rules"]
    ways = ("/edit", "/words/en", "/words/fr", "/publish", "/withdraw")
    ways += ("/recordings/en", "/recordings/fr", "/recordings/sw")
    paths = ["/rules", "/rules/new", told, drafted, *(told + way for way in ways)]
    paths += [f"{drafted}/publish", "/calls/sw", "/calls/en"]
    found = {path: await findings(page, path) for path in paths}
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


async def test_a_rule_change_is_written_and_published_on_a_phone_without_script(house, join, tab):
    await join(Role.OFFICIAL, name="Oluchi Eze", email="oluchi@forum.example")
    page = await tab("phone", java_script_enabled=False)
    await sign_in(page, "oluchi@forum.example", to="/broadcasts")
    await page.goto("/rules")
    await page.click("text=New rule change")
    await page.select_option("#practice", "good")
    await page.fill("#legal", "Act 9")
    await page.fill("#authority", "Minerals Board")
    days = ("2026-05-01", "2026-05-02", "2026-06-01", "", "2026-07-01")
    for name, day in zip(FIELDS, days, strict=True):
        await page.fill(f"#{name}", day)
    await page.check("text=Diggers")
    await page.click("text=Keep the facts")
    for part, variant in ALL:
        await page.fill(f"#{part}-{variant}", f"Ask for a receipt, {part}"[:30])
    await page.fill("#why-sms", "Prêt à tout")
    await page.click("text=Keep the words")
    assert "is published" not in await page.inner_text("main")
    await page.click("text=Publish…")
    assert "Missing in Kiswahili: everything" in await page.inner_text("main")
    await page.click("main button")
    assert "is published." in await page.inner_text(".notice")
    assert "Diggers" in await page.inner_text("main")


async def test_what_an_sms_costs_is_counted_while_it_is_written(house, join, tab):
    await join(Role.OFFICIAL, name="Oluchi Eze", email="oluchi@forum.example")
    page = await tab()
    await sign_in(page, "oluchi@forum.example", to="/broadcasts")
    await page.goto(f"{house['rules'][1]}/words/en")
    await page.locator("#why-sms").press_sequentially("Prêt")
    await page.wait_for_selector("#why-sms-cost >> text=Not for a basic phone: ê.")
    assert "1 SMS (4 characters)" in await page.inner_text("#why-sms-cost")
    assert page.complaints == []


async def test_a_ready_answer_is_put_in_and_sent_without_script(house, tab):
    page = await tab("phone", java_script_enabled=False)
    await sign_in(page)
    await page.goto(house["path"])
    await page.select_option("#ready", label="Heard")
    await page.click("text=Put it in")
    assert (await page.input_value("#answer-text")).startswith("Tumesikia: ")
    await page.fill("#answer-text", "Tumesikia kabisa.")
    await page.click("text=Send the answer")
    assert "Tumesikia kabisa." in await page.inner_text(".entry.forum >> nth=0")
    await page.goto("/answers")
    assert "sent 1 time" in await page.inner_text("main")


async def test_a_ready_answer_is_put_in_without_another_page(house, tab):
    page = await tab()
    await sign_in(page)
    await page.goto(house["path"])
    await page.click("text=Write a note for colleagues")
    await page.fill("#note-text", "half a note")
    await page.select_option("#ready", label="Heard")
    await page.click("text=Put it in")
    await expect(page.locator("#answer-text")).to_have_value(re.compile("^Tumesikia"))
    assert page.url.endswith(house["path"])
    assert await page.input_value("#note-text") == "half a note"
    await page.click("text=Send the answer")
    assert "Tumesikia" in await page.inner_text(".entry.forum >> nth=0")
    await page.goto("/answers")
    assert "sent 1 time" in await page.inner_text("main")


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


# --- forty cases before noon -------------------------------------------------------------------


class Hands:
    """Somebody with a keyboard and no mouse; every key that they press is counted."""

    def __init__(self, page):
        self.page = page
        self.pressed = 0

    async def press(self, *keys):
        for key in keys:
            await self.page.keyboard.press(key)
            self.pressed += 1

    async def follow(self, key):
        """Press a key that leads to another page."""
        async with self.page.expect_navigation():
            await self.press(key)


@pytest.fixture
async def two(join, file):
    """A lead, and two cases that nobody has sorted: the graver one first in the queue."""
    await join(Role.LEAD, name="Lindiwe Banda")
    grave, usual = await file("Kuna moshi.", category="MERCURY"), await file("Swali.")
    return f"/cases/{grave.reference}", f"/cases/{usual.reference}"


async def test_a_case_is_sorted_with_six_keys_and_the_next_one_stands_there(two, tab):
    page = await tab()
    await sign_in(page)
    hands = Hands(page)
    await hands.press("j")
    await hands.follow("Enter")
    assert two[0] in page.url
    await hands.press("d", "2", "0")
    assert await page.input_value("#category") == "DANGER"
    assert await page.input_value("#severity") == "S2"
    assert await page.inner_text("#keys-said") == "No, nobody 0"
    await hands.follow("n")
    assert hands.pressed <= 6
    assert two[1] in page.url
    assert "This is the next." in await page.inner_text(".notice")
    await page.goto(two[0])
    assert "Triaged" in await page.inner_text(".case-head")
    assert page.complaints == []


async def test_arrows_move_in_the_list_once_one_is_in_it(two, tab):
    page = await tab()
    await sign_in(page)
    focused = "document.activeElement.getAttribute('href')"
    await page.keyboard.press("ArrowDown")
    assert await page.evaluate(focused) is None
    seen = []
    for key in ("j", "ArrowDown", "ArrowDown", "ArrowUp", "j", "k", "k"):
        await page.keyboard.press(key)
        seen.append(two.index(await page.evaluate(focused)))
    assert seen == [0, 1, 1, 0, 1, 0, 0]


async def test_keys_do_nothing_while_somebody_writes(two, tab):
    page = await tab()
    await sign_in(page)
    await page.keyboard.press("/")
    await page.keyboard.type("jk?n")
    assert (await page.input_value("#find")).lower() == "jk?n"
    assert not await page.locator("#keys-help").is_visible()
    await page.goto(two[0])
    await page.focus("#answer-text")
    await page.keyboard.type("d20n?u")
    assert await page.input_value("#answer-text") == "d20n?u"
    await page.focus("#site")
    await page.keyboard.press("p")
    assert await page.input_value("#category") == "MERCURY"
    for held in ("Control", "Alt"):
        await page.keyboard.press(f"{held}+p")
    assert await page.input_value("#category") == "MERCURY"
    assert two[0] in page.url


async def test_the_panel_of_keys_opens_closes_and_gives_the_focus_back(two, tab):
    page = await tab()
    await sign_in(page)
    await page.keyboard.press("j")
    await page.keyboard.press("?")
    panel = page.locator("#keys-help")
    assert await panel.is_visible()
    results = await Axe().run(page)
    assert [found["id"] for found in results.response["violations"]] == []
    await page.keyboard.press("j")  # nothing moves behind it
    await page.keyboard.press("Escape")
    assert not await panel.is_visible()
    assert await page.evaluate("document.activeElement.getAttribute('href')") == two[0]
    await page.focus("#keys-open")
    await page.keyboard.press("Enter")
    assert await panel.is_visible()
    await page.keyboard.press("Enter")  # «Close» has the focus
    assert not await panel.is_visible()
    assert await page.evaluate("document.activeElement.id") == "keys-open"


async def test_single_keys_can_be_switched_off(two, tab):
    page = await tab()
    await sign_in(page)
    await page.goto("/account")
    await page.uncheck("text=Single keys act on the pages")
    await page.click("form[action='/account/shortcuts'] button")
    await page.goto(two[0])
    for key in ("p", "n", "u", "?"):
        await page.keyboard.press(key)
    assert await page.input_value("#category") == "MERCURY"
    assert two[0] in page.url
    assert await page.locator("#keys-help").count() == 0


async def test_without_script_tab_and_the_fields_own_keys_are_enough(two, tab):
    page = await tab(java_script_enabled=False)
    await sign_in(page)
    await page.focus(f'a[href="{two[0]}"]')
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert not await page.locator("#keys-open").is_visible()
    await page.focus("#category")
    await page.keyboard.type("Acc")  # a list's own way to choose
    order = []
    for _ in range(8):
        await page.keyboard.press("Tab")
        order.append(await page.evaluate("document.activeElement.name"))
        if order[-1] == "named":
            await page.keyboard.press("Space")
    assert order[0] == "severity"
    assert order.index("named") < order.index("site")
    assert order.index("site") < order.index("safe") < order.index("then")
    await page.focus("button[name=then]")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert two[1] in page.url


async def test_a_filter_is_kept_as_a_view_on_a_phone_without_script(house, tab):
    page = await tab("phone", java_script_enabled=False)
    await sign_in(page)
    await page.click("text=Filter and sort")
    await page.select_option("#severity", "S1")
    await page.click(".sift button >> text=Show")
    assert "Life or liberty now" in await page.inner_text(".chips")
    await page.click("summary >> text=Keep this as a view")
    await page.fill("#view-name", "Now")
    await page.click("text=Keep the view")
    assert await page.inner_text(".filters [aria-current]") == "Now 1"
    await page.click(".ways >> text=Views")
    await page.click("[aria-label='Delete Now']")
    assert await page.locator("text=Now").count() == 1  # what the notice says
    await page.click("text=Undo")
    assert "Now 1" in await page.inner_text(".filters")


async def test_the_board_leads_to_the_case_on_a_phone_without_script(house, tab):
    page = await tab("phone", java_script_enabled=False)
    await sign_in(page)
    await page.click(".ways >> text=Board")
    await page.click(f'.board a[href="{house["path"]}"]')
    assert house["path"] in page.url


@pytest.mark.parametrize("width", WIDTHS)
async def test_a_word_is_found_and_its_case_opened_without_script(house, tab, width):
    page = await tab(width, java_script_enabled=False)
    await sign_in(page)
    await page.click("text=Search in their words")
    await page.fill("#words", "umean")
    await page.check("text=Open cases only")
    await page.click("main button")
    assert "umean" in await page.inner_text(".hits mark")
    assert "umean" not in page.url
    await page.click(".hits a")
    assert "Ukuta umeanguka" in await page.inner_text("#entry-1")


async def test_what_was_found_can_be_used_by_everyone(house, tab):
    page = await tab("phone")
    await sign_in(page)
    await page.goto("/search")
    await page.fill("#words", "umean")
    await page.click("main button")
    await page.wait_for_selector(".hits mark")
    results = await Axe().run(page)
    assert [found["id"] for found in results.response["violations"]] == []
    wide = "document.documentElement.scrollWidth > window.innerWidth"
    assert not await page.evaluate(wide)


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
    await page.click("nav >> text=Forum")
    await page.click(".ways >> text=Categories")
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
    await page.click("nav >> text=Forum")
    await page.click(".ways >> text=Calendar")
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


async def test_a_rehearsal_phone_takes_a_call_without_script(
    house, tab, database, keyring, now, monkeypatch
):
    async def told(_db, _message):
        return Told("No burning", "en", "12", {"1": Play("s1", 9), "2": Play("s2", 9)})

    monkeypatch.setattr(called, "told", told)
    async with database.transaction() as db:
        phone = Address(BASIC, "+12025550101")
        await rehearsal.ring(db, keyring, phone, "a" * 32, now)
    page = await tab(java_script_enabled=False)
    await sign_in(page)
    await page.goto("/simulator")
    await page.click("button[value=answer]")
    assert "No burning" in await page.inner_text("main")
    await page.click("main button[name=key][value='8']")
    await page.fill("#text", "the well is dry")
    await page.click("button[value=say]")
    await page.click("button[value=hang-up]")
    assert "(took a call)" in await page.inner_text(f"#{BASIC}")


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


# --- broadcasts ---------------------------------------------------------------------------------


@pytest.fixture
async def news(join, database, keyring, now, site):
    """Two officials, and broadcasts: a draft, one that waits, one on its way, one cancelled."""
    rehema = await join(Role.OFFICIAL, name="Rehema Juma")
    joseph = await join(Role.OFFICIAL, name="Joseph Banda")
    room = Newsroom(database, keyring, now)
    await room.list_people((60, "sms", "en", "s" * 32), (3, "telegram", "sw"), (2, "pigeon", "fr"))
    long = {**TEXTS, (0, "fr"): Words("La fête est lundi. " * 9)}
    draft = await room.write(rehema.member, long, title="A draft with a name of some length")
    asked, going = [await room.write(joseph.member) for _ in range(2)]
    await room.ask(asked, joseph.member)
    await room.let_go(going, joseph.member, rehema.member)
    await room.tick()
    await progress.count(database, going, now)
    over = await room.write(rehema.member, again_of=going)
    await room.do(steering.cancel, over, by=rehema.member)
    failed = await room.write(joseph.member, title="Failed")
    await room.let_go(failed, joseph.member, rehema.member)
    await room.tick()
    async with database.transaction() as db:
        its = (await runs.its_broadcasts(db, failed))[0].id
        dead = outbox.c.broadcast == its
        await db.execute(update(outbox).where(dead).values(state=Sent.FAILED))
    await progress.count(database, failed, now)
    return {"draft": draft, "asked": asked, "going": going, "over": over, "failed": failed}


async def test_pages_of_broadcasts_can_be_used_by_everyone(news, tab):
    page = await tab()
    await sign_in(page, "rehema@forum.example", to="/broadcasts")
    draft = f"/broadcasts/{news['draft']}"
    paths = [
        *("/broadcasts", "/broadcasts/new", draft, f"{draft}/edit", f"{draft}/words?in=fr"),
        *(f"/broadcasts/{news[one]}" for one in ("asked", "going", "over")),
        *(f"/broadcasts/{news[one]}/again" for one in ("going", "failed")),
        f"/broadcasts/{news['going']}/cancel",
    ]
    found = {path: await findings(page, path) for path in paths}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    assert [said for said in page.complaints if "status of 404" not in said] == []


async def test_a_broadcast_is_written_and_asked_for_on_a_phone_without_script(news, tab):
    page = await tab("phone", java_script_enabled=False)
    await sign_in(page, "rehema@forum.example", to="/broadcasts")
    await page.click("text=Write a broadcast")
    await page.fill("#title", "Fees from June")
    await page.click("summary >> text=Language")
    await page.check("input[name=to_languages][value=en]")
    await page.click("text=Go on to the words")
    await page.fill("#short_0_en", "The fee is 10 from June.")
    await page.click("text=Keep, and back to the broadcast")
    assert "60 people get it each time." in await page.inner_text("main")
    assert not await page.is_visible("#untried")  # to try it comes first
    await page.click("summary >> text=Ask for approval without trying it")
    await page.fill("#untried", "No phone is at hand.")
    await page.click("button >> text=Ask for approval")
    assert "It waits for a second person now." in await page.inner_text(".notice")


async def test_progress_moves_on_an_open_page(news, tab, database):
    page = await tab()
    await sign_in(page, "rehema@forum.example", to="/broadcasts")
    await page.goto(f"/broadcasts/{news['going']}")
    assert "Arrived" in await page.inner_text("#progress")
    async with database.transaction() as db:
        await db.execute(progress.announcement_counts.update().values(state="delivered"))

    async def told():
        return await page.locator("#progress .total td").first.inner_text() == "63"

    await until(told, 20)


async def test_an_open_page_of_a_broadcast_loses_its_buttons_when_it_ends(
    news, tab, database, now
):
    page = await tab()
    await sign_in(page, "rehema@forum.example", to="/broadcasts")
    await page.goto(f"/broadcasts/{news['going']}")
    assert await page.locator("text=Cancel…").count() == 1
    async with database.transaction() as db:
        await announcements.move(db, news["going"], announcements.State.ENDED, by=None, now=now)

    async def gone():
        return await page.locator("text=Cancel…").count() == 0

    await until(gone, 20)
    assert "Ended" in await page.inner_text("#progress")


async def test_what_is_new_leaves_a_wide_table_and_the_focus_where_they_were(house, tab):
    page = await tab("phone")
    await sign_in(page)
    await page.goto(house["surveys"][1])
    await page.set_viewport_size({"width": 240, "height": 600})
    await page.evaluate("document.getElementById('parts-1').scrollLeft = 40")
    await page.focus("#parts-1")
    live = house["surveys"][1].replace("results?", "results/live?")
    asks = f"htmx.ajax('GET', '{live}', {{target: '#findings', swap: 'outerHTML'}})"
    await page.evaluate(f"document.getElementById('parts-1').dataset.old = 1; {asks}")
    await page.wait_for_selector("#parts-1:not([data-old])")
    await page.wait_for_timeout(200)  # until it has settled
    where = "[document.activeElement.id, document.getElementById('parts-1').scrollLeft]"
    assert await page.evaluate(where) == ["parts-1", 40]
