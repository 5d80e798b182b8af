import pytest

from forum import bodies
from forum.members import Role
from grievances import focal_points, routing_rules


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


@pytest.fixture
async def seat(database, now, site):
    async with database.transaction() as db:
        by = {"by": "m" * 32, "now": now}
        body = await bodies.add_body(db, "Integrity office", "integrity", **by)
        return await bodies.add_seat(db, body, "Officer", **by)


async def said(person, path, form):
    answer = await person.post(path, form, on="/routing")
    return answer.status, await answer.text()


async def test_without_rules_and_seats_the_page_says_what_to_do(lead):
    text = await lead.page("/routing")
    assert "No rule yet" in text
    assert "A rule needs a seat." in text


async def test_a_rule_is_added_tried_put_first_and_removed_with_undo(lead, seat, database):
    rule = {"category": "BRIBE", "site": "s" * 32, "language": "fr", "seat": seat}
    status, text = await said(lead, "/routing", rule)
    assert (status, "The rule is kept." in text) == (200, True)
    asked = f"/routing?try=yes&category=BRIBE&site={'s' * 32}&language=fr"
    tried = await lead.page(asked)
    assert "By a rule, such a case goes to Officer, Integrity office." in tried
    assert "Nobody who handles cases sits there." in tried
    async with database.reading() as db:
        (made,) = await routing_rules.rules(db)
    _, text = await said(lead, f"/routing/{made.id}/first", {})
    assert "asked before those that say as much" in text
    _, text = await said(lead, f"/routing/{made.id}/remove", {})
    assert "The rule is taken away." in text
    assert f'<input type="hidden" name="seat" value="{seat}">' in text
    _, text = await said(lead, f"/routing/{made.id}/remove", {})
    assert "Nothing was changed just now." in text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("category=BRIBE", "By its category it goes to Integrity office."),
        ("category=WATER", "no body of the kind that its category names is here"),
        ("language=fr", "The secretariat gives it to somebody by hand."),
        ("category=NONSENSE&site=x", "The secretariat gives it to somebody by hand."),
    ],
)
async def test_what_no_rule_speaks_of_goes_by_its_category(lead, seat, query, words):
    assert words in await lead.page(f"/routing?try=yes&{query}")


async def test_a_site_is_in_its_district(lead, seat):
    await said(lead, "/routing", {"district": "North", "seat": seat})
    assert "By a rule" in await lead.page(f"/routing?try=yes&site={'s' * 32}")


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"category": "BRIBE", "seat": ""}, "Choose the seat to which such cases go."),
        ({"seat": "here"}, "Say at least one thing about the cases"),
    ],
)
async def test_what_is_wrong_is_said_and_given_back(lead, seat, form, problem):
    given = {**form, "seat": seat if form["seat"] else ""}
    status, text = await said(lead, "/routing", given)
    assert status == 422
    assert problem in text


async def test_the_same_rule_is_kept_once(lead, seat):
    rule = {"category": "BRIBE", "seat": seat}
    await said(lead, "/routing", rule)
    status, text = await said(lead, "/routing", rule)
    assert (status, "This very rule is there already." in text) == (422, True)
    assert '<option value="BRIBE" selected>' in text


async def test_focal_points_are_named_and_the_last_stays(lead, amina, join, file, database):
    made = await file("Help.", category="ABUSE")
    path = f"/cases/{made.reference}"
    neema = await join(name="Neema Achieng")
    assert "the leads of the secretariat are the focal points" in await lead.page("/routing")
    assert [(await one.get(path)).status for one in (lead, amina)] == [200, 404]
    _, text = await said(lead, "/lane", {"member": amina.member.id})
    assert "Amina Okello is a focal point now." in text
    assert [(await one.get(path)).status for one in (lead, amina)] == [404, 200]
    status, text = await said(lead, "/lane/remove", {"member": amina.member.id})
    assert (status, "Name another focal point first" in text) == (422, True)
    await said(lead, "/lane", {"member": neema.member.id})
    _, text = await said(lead, "/lane/remove", {"member": amina.member.id})
    assert "Amina Okello is a focal point no more." in text
    async with database.reading() as db:
        assert [one.name for one in await focal_points.named(db)] == ["Neema Achieng"]


async def test_nobody_names_themselves_nor_who_is_not_here(lead):
    status, text = await said(lead, "/lane", {"member": lead.member.id})
    assert (status, "Nobody names themselves." in text) == (422, True)
    assert (await said(lead, "/lane", {"member": "0" * 32}))[0] == 404
    administrated = await said(lead, "/lane/remove", {"member": "0" * 32})
    assert administrated[0] == 404


async def test_an_administrator_keeps_rules_but_names_no_focal_point(join, amina, seat):
    administrator = await join(Role.ADMINISTRATOR, name="Daudi Kamau")
    assert (await said(administrator, "/routing", {"category": "PAY", "seat": seat}))[0] == 200
    for path in ("/lane", "/lane/remove"):
        assert (await said(administrator, path, {"member": amina.member.id}))[0] == 422
