import re

import pytest

from forum.members import Role
from grievances import caseload


def references(text):
    return re.findall(r'<a href="/cases/(\w{6})"', text)


async def test_the_least_time_left_stands_first(amina, file, clock):
    calm = await file(category="OTHER")
    grave = await file(category="ABUSE")
    clock.turn(minutes=10)
    usual = await file(category="PAY")
    found = references(await amina.page("/cases"))
    assert found == [grave.reference, usual.reference, calm.reference]


async def test_a_row_says_what_where_how_grave_until_when_and_who(amina, file, site):
    await file(category="DANGER", describe={"place": "KB12"})
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", await amina.page("/cases")))
    for said in (
        "24 h left",
        "First answer by Wed 13 May, 09:00",
        "Accident and safety",
        "S2",
        "Kobalo Hill",
        "Kiswahili",
        "New",
        "Nobody yet",
    ):
        assert said in text


async def test_each_filter_is_a_link_with_its_count(amina, file):
    await file()
    await file()
    text = await amina.page("/cases")
    counts = dict(
        re.findall(r'href="/cases\?show=(\w+)".*?class="count[^>]*>(\d+)', text, re.DOTALL)
    )
    assert counts == {
        "open": "2",
        "mine": "0",
        "unassigned": "2",
        "unanswered": "2",
        "overdue": "0",
        "ended": "0",
    }


async def test_a_filter_shows_its_part_only(amina, file):
    made = await file()
    path = f"/cases/{made.reference}"
    await file()
    judged = {"category": "PAY", "severity": "S3", "named": "nobody"}
    await amina.post(f"{path}/facts", judged, on=path)
    await amina.post(f"{path}/assign", {"assignee": amina.member.id}, on=path)
    assert references(await amina.page("/cases?show=mine")) == [made.reference]
    assert made.reference not in references(await amina.page("/cases?show=unassigned"))


async def test_a_filter_narrows_the_list_and_can_be_taken_away(amina, file, site):
    there = await file(category="DANGER", describe={"place": "KB12"})
    await file(category="DANGER")
    text = await amina.page("/cases?category=DANGER&district=North&severity=")
    assert references(text) == [there.reference]
    chips = dict(re.findall(r'<li><a href="([^"]+)"><span class="soft">(.*?):</span>', text))
    assert chips == {
        "/cases?show=open&amp;district=North": "What it is about",
        "/cases?show=open&amp;category=DANGER": "District",
    }
    assert '<option value="DANGER" selected>' in text


async def test_a_filter_that_fits_nothing_says_so(amina, file):
    await file()
    text = await amina.page("/cases?severity=S1")
    assert "No case fits all of this" in text
    assert '<a href="/cases?show=open">Take the filter away</a>' in text


@pytest.mark.parametrize("asked", ["state=x", "site=%00", "level=9", "due="])
async def test_a_damaged_filter_asks_for_nothing(amina, file, asked):
    made = await file()
    assert references(await amina.page(f"/cases?{asked}")) == [made.reference]


async def test_the_newest_or_the_gravest_can_come_first(amina, file, clock):
    grave = await file(category="ABUSE")
    clock.turn(minutes=10)
    new = await file(category="OTHER")
    assert references(await amina.page("/cases?order=newest")) == [new.reference, grave.reference]
    assert references(await amina.page("/cases?order=gravest")) == [
        grave.reference,
        new.reference,
    ]


async def test_the_next_page_keeps_filter_and_order(amina, file, monkeypatch):
    monkeypatch.setattr(caseload, "PAGE", 1)
    made = {(await file(category="PAY")).reference for _ in range(2)}
    await file(category="OTHER")
    first = await amina.page("/cases?category=PAY&order=newest")
    following = re.search(r'href="([^"]+)" rel="next"', first)[1].replace("&amp;", "&")
    second = await amina.page(following)
    assert {*references(first), *references(second)} == made
    assert 'rel="next"' not in second


async def test_what_is_late_says_so(amina, join, file, clock):
    await file(category="ABUSE")
    clock.turn(hours=3)
    late = await join(name="Baraka Juma")
    text = await late.page("/cases?show=overdue")
    assert "1 h over" in text
    assert 'class="is-over"' in text


@pytest.mark.parametrize(
    ("show", "said"),
    [
        ("open", "A case appears here as soon as somebody sends a report"),
        ("overdue", "Every reporter has heard from you in time."),
        ("ended", "Closed, duplicate and withdrawn cases are listed here."),
        ("mine", "See all open cases"),
        ("nonsense", "A case appears here as soon as"),
    ],
)
async def test_an_empty_list_says_what_to_do(amina, show, said):
    assert said in await amina.page(f"/cases?show={show}")


async def test_a_handler_has_no_list_of_others(join, file):
    await file()
    handler = await join(Role.HANDLER, name="Joseph Mwangi")
    text = await handler.page("/cases")
    assert "No case is assigned to you" in text
    assert references(text) == []
    assert "show=unassigned" not in text


async def test_a_long_list_comes_in_pages(amina, file, monkeypatch):
    monkeypatch.setattr(caseload, "PAGE", 2)
    made = {(await file()).reference for _ in range(5)}
    seen, path = [], "/cases"
    while path:
        text = await amina.page(path)
        seen += references(text)
        following = re.search(r'href="([^"]+)" rel="next"', text)
        path = following[1].replace("&amp;", "&") if following else None
    assert len(seen) == 5
    assert set(seen) == made


async def test_a_case_is_opened_by_its_reference_however_it_is_typed(amina, file):
    made = await file()
    typed = f"{made.reference[:3]}-{made.reference[3:]}".lower()
    answer = await amina.get(f"/cases?find={typed}", allow_redirects=False)
    assert answer.headers["Location"] == f"/cases/{made.reference}"


async def test_a_reference_of_nobody_is_named(amina):
    assert "There is no case ABC123" in await amina.page("/cases?find=abc123")


async def test_a_count_that_goes_on_and_on_says_so(amina, file, monkeypatch):
    monkeypatch.setattr(caseload, "COUNTED", 2)
    await file()
    await file()
    assert re.search(r'show=open.*?class="count">2<', await amina.page("/cases"), re.DOTALL)
    await file()
    text = await amina.page("/cases")
    assert re.search(r'show=open.*?class="count">2\+<', text, re.DOTALL)
    assert re.search(r'show=mine.*?class="count">0<', text, re.DOTALL)
