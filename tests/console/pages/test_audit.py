"""The auditor's page: who did what, by day; no content, and nothing that is hidden from them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import String, delete, select

from channels.base import Media
from forum import attachments, audit
from forum.members import Role
from grievances import exclusions
from grievances.case import cases
from grievances.exclusions import Why
from storage.base import metadata


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def auditor(join):
    return await join(Role.AUDITOR, name="Chausiku Said")


def acts(text):
    return re.findall(r"<li>\s*<p><strong>([^<]*)</strong>", text)


async def test_the_newest_stands_first_under_its_day(auditor, amina, database, now):
    async with database.transaction() as db:
        for days, act in ((0, "case.filed"), (1, "case.noted"), (1, "case.in_review")):
            given = {"actor": amina.member.id, "subject": "c" * 32}
            await audit.record(db, act=act, now=now + timedelta(days=days), **given)
    text = await auditor.page("/audit")
    assert text.index("Wednesday 13 May 2026") < text.index("Tuesday 12 May 2026")
    assert acts(text)[:3] == ["Moved a case", "Kept a note in a case", "A case came in"]
    assert "<strong>Moved a case</strong>: In review" in text
    assert "Amina Okello" in text


async def test_no_content_and_no_way_to_a_case_is_on_it(auditor, amina, file, database):
    made = await file("The supports in the pit are broken.")
    path = f"/cases/{made.reference}"
    await amina.post(f"{path}/answer", {"answer": "Tunakuja."}, on=path)
    text = await auditor.page("/audit")
    assert made.case_id[:6] in text
    for hidden in (made.reference, made.case_id, "supports", "Tunakuja", "+255", made.code_text):
        assert hidden not in text


async def test_one_kind_or_one_person_alone(auditor, amina, file):
    made = await file()
    path = f"/cases/{made.reference}"
    await amina.post(f"{path}/note", {"note": "A word."}, on=path)
    assert set(acts(await auditor.page("/audit?act=case.noted"))) == {"Kept a note in a case"}
    assert set(acts(await auditor.page("/audit?actor=reporter"))) == {"A case came in"}
    both = await auditor.page(f"/audit?act=signed.in&actor={amina.member.id}")
    assert acts(both) == ["Signed in"]
    assert f'value="{amina.member.id}" selected' in both
    empty = await auditor.page(f"/audit?act=case.noted&actor={auditor.member.id}")
    assert "Nothing of this kind is in the log" in empty


@pytest.mark.parametrize(
    "query", ["act=nothing", "actor=nobody", "page=x", "page=-1", "page=" + "9" * 30, "page=٣"]
)
async def test_a_filter_that_is_none_shows_all(auditor, query):
    answer = await auditor.get(f"/audit?{query}")
    assert answer.status == 200
    assert "Signed in" in await answer.text()


async def test_it_goes_on_page_by_page_with_what_was_asked_for(auditor, database, now):
    async with database.transaction() as db:
        for n in range(250):
            act = "signed.in" if n % 2 else "keys.granted"
            await audit.record(db, actor="system", act=act, subject=str(n), now=now)
    seen, address = [], "/audit?act=signed.in&actor=system"
    while address:
        text = await auditor.page(address)
        seen += re.findall(r'<time datetime="([^"]*)"', text)
        found = re.search(r'href="([^"]*)" rel="next"', text)
        address = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == 125
    assert "Back to the first page" in text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDITOR])
async def test_for_everybody_else_there_is_no_such_page(join, role):
    person = await join(role, name="Some One")
    answer, nowhere = await person.get("/audit"), await person.get("/nowhere")
    assert (answer.status, nowhere.status) == (404, 404)
    assert 'href="/audit"' not in await person.page("/account")


async def test_the_auditor_finds_the_way_there(auditor):
    assert 'href="/audit"' in await auditor.page("/account")


async def vanish(database, *ids):
    async with database.transaction() as db:
        for table in reversed(metadata.sorted_tables):
            for column in table.c:
                if isinstance(column.type, String) and (column.type.length or 0) >= len(ids[0]):
                    await db.execute(delete(table).where(column.in_(ids)))


async def test_whom_a_report_names_reads_the_log_as_if_it_had_never_come(
    auditor, amina, file, database, now
):
    made = await file("The auditor takes money.", attachments=[Media("f", "photo", "image/jpeg")])
    await file("Another matter.")
    path = f"/cases/{made.reference}"
    await amina.post(f"{path}/note", {"note": "Look at this."}, on=path)
    async with database.transaction() as db:
        (photo,) = await attachments.of_subject(db, made.case_id)
        given = {"actor": amina.member.id, "subject": photo.id, "now": now}
        await audit.record(db, act="attachment.opened", **given)
    known = await auditor.page("/audit")
    async with database.transaction() as db:
        ids = [made.case_id], [auditor.member.id]
        await exclusions.exclude(db, *ids, Why.NAMED, by=amina.member.id, now=now)
    seen = await auditor.page("/audit")
    await vanish(database, made.case_id, photo.id)
    async with database.reading() as db:
        assert len((await db.execute(select(cases.c.id))).all()) == 1
    assert seen == await auditor.page("/audit") != known


async def test_it_is_there_in_french(join):
    person = await join(Role.AUDITOR, name="Awa Diop", language="fr")
    assert "Connexion" in await person.page("/audit")
