"""Enforcement behind its guard, and the override of two, as people meet them on pages."""

import pytest

from forum.members import Role
from outreach.audiences import Audience
from tests.support.covering import whole
from tests.support.rulemaking import Rules, whole_dates


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def official(join):
    return await join(Role.OFFICIAL, name="Oluchi Eze")


@pytest.fixture
async def site(ground):
    return await ground.site("KB12")


@pytest.fixture
async def rule(ground, site):
    await ground.list_people((10, "sms", "en", site))
    return await ground.rule(site)


@pytest.fixture
def post(rule):
    """Post to what is under a rule, from its page."""

    async def posted(person, what, form=None):
        on = f"/rules/{rule.id}/coverage"
        return await person.post(f"/rules/{rule.id}/{what}", form, on=on)

    return posted


DAY = {"enforcement_day": "2026-05-12"}


async def test_a_form_made_by_hand_does_not_pass_the_guard(official, post):
    answer = await post(official, "enforcement", DAY)
    text = await answer.text()
    assert answer.status == 422
    assert "It cannot begin yet" in text
    assert "Not yet: some sites have not been told." in text
    assert "enforcement has begun" not in text


async def test_it_begins_when_everybody_was_told(official, post, ground, rule, site):
    await ground.tell(rule, site, whole(6))
    text = await (await post(official, "enforcement", DAY)).text()
    assert "Recorded: enforcement has begun." in text
    assert "It began on 12 May 2026" in text
    assert "(planned, not begun)" not in text


async def test_before_the_rules_own_day_there_is_no_way_to_begin(official, ground, site):
    await ground.list_people((10, "sms", "en", site))
    dates = whole_dates(ground.today, enforcement_from=9)
    applies = Audience(sites=frozenset({site}))
    rule = await Rules(ground.database, ground.now).published(dates=dates, applies=applies)
    await ground.tell(rule, site, whole(6))
    on = f"/rules/{rule.id}/coverage"
    text = await official.page(on)
    assert "Enforcement can begin on 21 May 2026, the day of the rule." in text
    assert 'name="enforcement_day"' not in text
    assert "/override" not in text
    answer = await official.post(f"/rules/{rule.id}/enforcement", DAY, on=on)
    assert answer.status == 422
    assert "Choose a day that has come" in await answer.text()


@pytest.mark.parametrize("typed", ["", "2027-01-01", "2026-05-01", "x"])
async def test_a_day_that_does_not_fit_is_said_beside_its_field(
    official, post, ground, rule, site, typed
):
    await ground.tell(rule, site, whole(6))
    answer = await post(official, "enforcement", {"enforcement_day": typed})
    assert answer.status == 422
    assert 'id="enforcement_day-error"' in await answer.text()


async def test_a_day_before_enough_were_told_is_refused_with_the_first_that_is_not(
    official, post, ground, rule, site
):
    await ground.tell(rule, site, whole(6))
    answer = await post(official, "enforcement", {"enforcement_day": "2026-05-11"})
    text = await answer.text()
    assert answer.status == 422
    assert "The earliest day that can be recorded is 12 May 2026." in text
    assert "enforcement has begun" not in text


async def test_a_day_that_is_over_is_no_way_round_the_guard(official, post):
    answer = await post(official, "enforcement", {"enforcement_day": "2026-05-11"})
    text = await answer.text()
    assert answer.status == 422
    assert "Not yet: some sites have not been told." in text
    assert "The earliest day" not in text


async def test_two_people_override_it_and_the_register_tells(official, post, join, visitor):
    lead = await join(Role.LEAD, name="Lindiwe Banda")
    said = {"reason": "A flood took the <road>."}
    text = await (await post(official, "override", said)).text()
    assert "Somebody else has to agree now." in text
    assert "/override/agree" not in text
    forged = await post(official, "override/agree", {"asked": "1"})
    assert "Somebody else must agree: you asked for it." in await forged.text()
    assert "A flood" not in await (await visitor.get("/register")).text()
    assert "Oluchi Eze asks" in await (await lead.get(official_page(text))).text()
    await post(lead, "override/agree", {"asked": "1"})
    text = await (await post(official, "enforcement", DAY)).text()
    assert "It began by an override" in text


def official_page(text):
    """Return the address of the page that *text* is, by its forms."""
    start = text.index('action="/rules/') + len('action="')
    return "/".join(text[start:].split('"')[0].split("/")[:3]) + "/coverage"


async def test_it_is_declined_and_taken_back(official, post, join):
    other = await join(Role.OFFICIAL, name="Peter Moyo")
    await post(official, "override", {"reason": "Haste."})
    text = await (await post(other, "override/decline", {"asked": "1"})).text()
    assert "It goes no further." in text
    await post(official, "override", {"reason": "More haste."})
    text = await (await post(official, "override/decline", {"asked": "2"})).text()
    assert "It goes no further." in text
    assert "taken back" in text


async def test_without_a_reason_nothing_is_asked(official, post):
    answer = await post(official, "override", {"reason": "  "})
    assert answer.status == 422
    assert "Write a reason" in await answer.text()


async def test_assistance_is_recorded_on_its_day(official, post):
    form = {"stage": "assistance", "stage_day": "2026-05-08"}
    text = await (await post(official, "stage", form)).text()
    assert "The day is kept." in text
    assert "Assistance: <strong>8 May 2026</strong>" in text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"stage": "enforcement", "stage_day": "2026-05-08"}, "Choose one of the list."),
        ({"stage": "assistance", "stage_day": ""}, "Choose a day; today or before."),
        ({"stage": "assistance", "stage_day": "2027-05-08"}, "Choose a day that has come"),
    ],
)
async def test_a_stage_that_cannot_be_is_refused(official, post, form, said):
    answer = await post(official, "stage", form)
    assert answer.status == 422
    assert said in await answer.text()
