"""The forum's categories and their words, edited in the console."""

import re
from html import unescape

import pytest

from bots.sorting import offered
from forum import audit, bodies
from forum.members import Role
from grievances.category import Area, Name, Risk
from grievances.severity import Severity
from grievances.taxonomy import CATEGORIES, DEFAULT
from locales import languages

SELECT = re.compile(r'<select id="\w+" name="(\w+)".*?>(.*?)</select>', re.DOTALL)


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


def fields_of(page):
    """Return what the form on *page* would send as it stands: a list of pairs."""
    form = page.partition('<form method="post" action="/taxonomy/')[2].partition("</form>")[0]
    sent = []
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="(\w+)"', tag)[1]
        value = re.search(r'value="([^"]*)"', tag)
        if 'type="checkbox"' not in tag or " checked" in tag:
            sent.append((name, unescape(value[1]) if value else ""))
    for name, options in re.findall(
        r'<select id="\w+" name="(\w+)".*?>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        first = re.search(r'value="([^"]*)"', options)
        sent.append((name, (chosen or first)[1]))
    return sent


async def keep(person, path, **changes):
    """Open the form at *path*, change some fields, and send the whole of it."""
    sent = fields_of(await person.page(path))
    several = {name: value for name, value in changes.items() if isinstance(value, list)}
    kept = [(name, value) for name, value in sent if name not in changes]
    single = [(name, value) for name, value in changes.items() if name not in several]
    many = [(name, value) for name, values in several.items() for value in values]
    return await person.client.post(path, data=[*kept, *single, *many])


async def test_every_category_is_shown_with_all_that_belongs_to_it(lead):
    page = unescape(await lead.page("/taxonomy"))
    for key in CATEGORIES:
        assert f'href="/taxonomy/{key}"' in page
    assert "2 · Work or abuse" in page
    line = page.partition('href="/taxonomy/CHILD"')[2].partition("</li>")[0]
    for words in (
        "S2 · Serious harm",
        "Labour inspectorate, Social welfare, Civil society",
        "From 5 cases on",
        "Human rights, Labour standards",
        "The worst forms of child labour",
    ):
        assert words in line
    assert "In quarantine first" in page.partition('href="/taxonomy/GUNS"')[2][:900]
    assert "Survivors: a few trained people" in page


async def test_the_menus_are_shown_in_each_language_with_their_count(lead):
    page = unescape(await lead.page("/taxonomy"))
    assert "It is kept. About:\n1 Danger\n2 Work or abuse" in page
    assert "Imehifadhiwa. Inahusu:\n1 Hatari" in page
    assert "126 of 141 characters" in page
    assert page.count("characters</figcaption>") == 6 * len(languages())


async def test_a_form_that_is_sent_as_it_stands_changes_nothing(lead, services):
    for key in CATEGORIES:
        answer = await keep(lead, f"/taxonomy/{key}")
        assert answer.status == 200
    for group in DEFAULT.groups:
        await keep(lead, f"/taxonomy/groups/{group.digit}")
    assert services.taxonomy.edition == 1 + len(CATEGORIES) + len(DEFAULT.groups)
    assert services.taxonomy.every == DEFAULT.every
    assert services.taxonomy.groups == DEFAULT.groups


async def test_a_category_is_changed_and_counts_at_once(lead, services):
    answer = await keep(
        lead,
        "/taxonomy/PAY",
        label_en="Wages",
        choice_sw="Mishahara",
        short_sw="",
        floor="S2",
        group="6",
        position="1",
        quarantine="yes",
        k="10",
        route_1="miners",
        route_2="rights",
        area=["labour", "gender"],
        risk=["dues"],
    )
    text = await answer.text()
    assert "«Wages» is kept." in unescape(text)
    pay = services.taxonomy.categories["PAY"]
    assert (pay.floor, pay.group, pay.position, pay.k) == (Severity.S2, 6, 1, 10)
    assert (pay.quarantine, pay.routes) == (True, ("miners", "rights"))
    assert (pay.areas, pay.risks) == ({Area.LABOUR, Area.GENDER}, {Risk.DUES})
    assert pay.names == {"en": Name("Wages"), "sw": Name(choice="Mishahara")}
    assert offered(services.taxonomy, "sw")[5].behind[0].label == "Mishahara"


async def test_a_field_that_is_emptied_goes_back_to_the_words_that_are_built_in(lead, services):
    await keep(lead, "/taxonomy/PAY", label_en="Wages", choice_en="Salaries")
    assert services.taxonomy.categories["PAY"].names == {"en": Name("Wages", "Salaries")}
    await keep(lead, "/taxonomy/PAY", label_en="", choice_en="")
    assert services.taxonomy.categories["PAY"].names == {}


async def test_what_staff_read_elsewhere_follows(lead, services, file):
    made = await file("No wages.", category="PAY")
    await keep(lead, "/taxonomy/PAY", label_en="Salary disputes")
    for path in ("/cases", f"/cases/{made.reference}", "/statistics"):
        assert "Salary disputes" in await lead.page(path)


async def test_a_category_is_added(lead, services):
    answer = await keep(
        lead,
        "/taxonomy/new",
        key="dust",
        label_en="Dust from mills",
        choice_en="Dust",
        group="5",
        position="3",
        floor="S3",
        route_1="environment",
    )
    assert "«Dust from mills» is in the menu now." in unescape(await answer.text())
    assert services.taxonomy.behind(5)[2].key == "DUST"
    assert "3 Dust\n" in sms(await lead.page("/taxonomy/DUST"))


def sms(page):
    return unescape(page)


async def test_a_menu_that_does_not_fit_is_refused_with_the_field_and_the_count(lead, services):
    answer = await keep(lead, "/taxonomy/PAY", choice_sw="Malipo " * 8, short_sw="M" * 60)
    answer = await keep(lead, "/taxonomy/ABUSE", short_sw="A" * 60, choice_sw="Ukatili")
    text = unescape(await answer.text())
    assert answer.status == 422
    said = text.partition('id="short_sw-error">')[2].partition("<")[0]
    assert re.fullmatch(
        r"With this the menu takes 1\d\d characters in an SMS, and there is room for 1\d\d\.", said
    )
    assert f'value="{"A" * 60}"' in text  # what was typed is given back
    assert services.taxonomy.categories["ABUSE"] == CATEGORIES["ABUSE"]


async def test_the_first_menu_is_refused_alike(lead, services):
    answer = await keep(lead, "/taxonomy/groups/1", choice_fr="Danger et éboulement au fond")
    text = unescape(await answer.text())
    assert answer.status == 422
    assert "With this the menu takes" in text.partition('id="short_fr-error">')[2][:100]
    done = await keep(
        lead, "/taxonomy/groups/1", choice_fr="Danger et éboulement au fond", short_fr="Danger"
    )
    assert done.status == 200
    assert services.taxonomy.named(1).names == {
        "fr": Name(choice="Danger et éboulement au fond", short="Danger")
    }


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"short_en": "Être ê"}, "short_en", "A basic phone cannot show"),
        ({"choice_en": "Yes, wages"}, "short_en", "for a command"),
        ({"choice_en": "Forced to work"}, "short_en", "Two choices of the menu read"),
        ({"choice_en": "x" * 61}, "choice_en", "At most 60 characters."),
        ({"route_1": "", "route_2": ""}, "routes", "Choose at least one kind of body."),
        ({"route_1": "labour", "route_2": "labour"}, "routes", "Choose each kind of body once."),
        ({"quarantine": "yes"}, "k", "published from ten cases on"),
        ({"lane": "survivor"}, "k", "published from ten cases on"),
        ({"lane": "whales"}, "lane", "Choose one of these."),
        ({"k": "1"}, "k", "Choose one of these."),
        ({"floor": "S9"}, "floor", "Choose one of these."),
        ({"group": "7"}, "group", "Choose a line of the first menu that has a name."),
        ({"group": "x"}, "group", "Choose one of these."),
        ({"position": "0"}, "position", "Choose one of these."),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(
    lead, services, wrong, field, said
):
    answer = await keep(lead, "/taxonomy/PAY", **wrong)
    text = unescape(await answer.text())
    assert answer.status == 422
    assert said in text.partition(f'id="{field}-error">')[2][:200]
    assert services.taxonomy is DEFAULT


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"key": "PAY", "label_en": "Pay"}, "key", "There is a category of this name already"),
        ({"key": "D1", "label_en": "Dust"}, "key", "Two to eight capital letters"),
        ({"key": "", "label_en": "Dust"}, "key", "Two to eight capital letters"),
        ({"key": "DUST"}, "label", "Write what it is called."),
    ],
)
async def test_what_is_no_new_category_is_said_beside_its_field(
    lead, services, typed, field, said
):
    answer = await keep(lead, "/taxonomy/new", route_1="health", **typed)
    assert answer.status == 422
    assert said in unescape(await answer.text()).partition(f'id="{field}-error">')[2][:200]
    assert services.taxonomy is DEFAULT


async def test_a_category_is_retired_and_brought_back_and_its_cases_keep_it(lead, services, file):
    made = await file("No wages.", category="PAY")
    answer = await lead.post("/taxonomy/PAY/retire", on="/taxonomy")
    text = unescape(await answer.text())
    assert "is no longer offered. Cases that have it keep it." in text
    assert ">Undo<" in text
    assert "No longer offered</h2>" in text
    page = await lead.page(f"/cases/{made.reference}")
    assert '<option value="PAY" selected>Wages and working conditions' in page
    other = await file("Dust.", category="WATER")
    assert '<option value="PAY"' not in await lead.page(f"/cases/{other.reference}")
    await lead.post("/taxonomy/PAY/back", on="/taxonomy")
    assert "PAY" in services.taxonomy.offered
    assert '<option value="PAY"' in await lead.page(f"/cases/{other.reference}")


async def test_a_retired_category_is_not_judged_by_a_forged_form(lead, file, services):
    made = await file("Dust.", category="WATER")
    await lead.post("/taxonomy/PAY/retire", on="/taxonomy")
    path = f"/cases/{made.reference}"
    judged = {"category": "PAY", "severity": "S3", "named": "nobody"}
    answer = await lead.post(f"{path}/facts", judged, on=path)
    assert answer.status == 422
    assert "Choose what it is about." in await answer.text()


async def test_other_stays(lead, services):
    answer = await lead.post("/taxonomy/OTHER/retire", on="/taxonomy")
    assert answer.status == 422
    assert "this category stays, under 0" in await answer.text()
    assert services.taxonomy is DEFAULT


async def test_a_line_that_has_no_name_gets_one_and_then_holds_categories(lead, services):
    assert "Give 7 a name" in await lead.page("/taxonomy")
    empty = await keep(lead, "/taxonomy/groups/7")
    assert empty.status == 422
    await keep(lead, "/taxonomy/groups/7", choice_en="Dust")
    answer = await keep(lead, "/taxonomy/WATER", group="7")
    assert answer.status == 200
    assert [one.key for one in services.taxonomy.behind(7)] == ["WATER"]
    assert "7 Dust\n" in sms(await lead.page("/taxonomy"))


@pytest.mark.parametrize(
    "path", ["/taxonomy/DUST", "/taxonomy/pay", "/taxonomy/groups/9", "/taxonomy/groups/x"]
)
async def test_what_is_not_there_is_not_found(lead, path):
    assert (await lead.get(path)).status == 404
    assert (await lead.post(path, on="/taxonomy")).status == 404


async def test_a_kind_of_body_that_the_forum_has_is_offered(lead, database):
    async with database.transaction() as db:
        row = {"id": "k" * 32, "name": "The King's council", "kind": "custom"}
        await db.execute(bodies.bodies.insert().values(row))
    assert '<option value="custom">custom</option>' in await lead.page("/taxonomy/LAND")


async def test_words_are_never_html(lead):
    answer = await keep(lead, "/taxonomy/PAY", label_en="<b>Pay</b>")
    assert answer.status == 200
    assert "<b>Pay" not in await answer.text()
    assert "<b>Pay" not in await lead.page("/taxonomy/PAY")


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.HANDLER, Role.OFFICIAL, Role.AUDITOR])
async def test_others_have_no_part_in_it(join, role, services):
    person = await join(role, name="Some One")
    assert (await person.get("/taxonomy")).status == 403
    assert (await person.post("/taxonomy/PAY/retire", on="/account")).status == 403
    assert services.taxonomy is DEFAULT


async def test_an_administrator_keeps_it_and_it_is_written_down(join, database):
    person = await join(Role.ADMINISTRATOR, name="Daudi Kamau")
    await keep(person, "/taxonomy/PAY", label_en="Wages")
    async with database.reading() as db:
        (line,) = await audit.recent(db, limit=1)
    assert (line.actor, line.act, line.subject) == (person.member.id, "taxonomy.changed", "PAY")


async def test_who_made_a_floor_milder_does_not_judge_by_it(lead, amina, file, services):
    made = await file("A child.", category="CHILD")
    await keep(lead, "/taxonomy/CHILD", floor="S4")
    path = f"/cases/{made.reference}"
    judged = {"category": "CHILD", "severity": "S4", "named": "nobody"}
    assert (await lead.post(f"{path}/facts", judged, on=path)).status == 422
    assert (await amina.post(f"{path}/facts", judged, on=path)).status == 200
