import csv
import re
from datetime import UTC
from io import StringIO

import pytest
from sqlalchemy import delete

from forum import audit
from forum.members import Role
from grievances import hotspots, indicators, inflow, releases, spans
from grievances.bells import bells
from grievances.case import cases, moves
from grievances.deadlines import deadlines
from grievances.followups import followups
from grievances.leading import links
from grievances.periods import Quarter, weeks_up_to
from grievances.releases import counted
from tests.support.lives import lives, write

CSV = "/statistics.csv?quarter=2026-Q1&part=ordinary"
XLSX = "/statistics.xlsx?quarter=2026-Q1&part=ordinary"
GRAVE = "quarter=2025-Q4&part=grave"


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
async def made(database, now):
    many = lives(now, 250)
    async with database.transaction() as db:
        await write(db, many)
    return many


def words(page, place):
    """Return what stands in the row, table or section with the id *place*."""
    row = page.partition(f'id="{place}"')[2].partition("</tr>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", f"<{row}"))


def table(page, place):
    body = page.partition(f'id="{place}"')[2].partition("</table>")[0]
    rows = [re.findall(r"<t[hd][^>]*>([^<]*)<", row) for row in body.split("<tr")[1:]]
    return [[cell.replace(",", "") if cell[:1].isdigit() else cell for cell in r] for r in rows]


async def test_every_figure_says_of_how_many_it_speaks(amina, made, now):
    page = await amina.page("/statistics")
    since = weeks_up_to(now, UTC, 13)[0].starts
    received = sum(life.received_at >= since for life in made)
    assert words(page, "answer_median").strip().endswith(str(received))
    assert re.search(r"First answers on time .* \d+% \d+ ?$", words(page, "acknowledged"))
    assert re.search(r"Overdue now S2 .* \d+ \d+ ?$", words(page, "overdue-S2"))


async def test_what_nobody_can_tell_is_no_data(amina, made):
    page = await amina.page("/statistics")
    for name in ("receipts", "anonymous"):
        assert words(page, name).strip().endswith("no data 0"), name


async def test_a_quantile_that_is_not_reached_says_so(amina, made):
    page = await amina.page("/statistics?weeks=4")
    assert " not yet " in words(page, "resolution_p90")


async def test_the_charts_are_drawn_with_their_n_and_stand_in_a_table(amina, made, now):
    page = await amina.page("/statistics?weeks=26")
    weeks = weeks_up_to(now, UTC, 26)
    received = sum(life.received_at >= weeks[0].starts for life in made)
    assert page.count('<rect class="left"') > 60
    assert f"n = {received}, at most" in page
    assert "<script" not in page.partition("<main")[2]
    rows = re.findall(r'<th scope="row">\d+ \w+</th>\s*<td class="n">(\d+)</td>', page)
    assert len(rows) == 26
    assert sum(map(int, rows)) == received


async def test_a_period_is_chosen_by_a_plain_form(amina, made):
    page = await amina.page("/statistics?weeks=52&quarter=2025-Q4")
    assert '<option value="52" selected>' in page
    assert '<option value="2025-Q4" selected>' in page
    assert "anybody, 2025-Q4" in page


@pytest.mark.parametrize(
    "query", ["weeks=0", "weeks=x", "weeks=10000", "quarter=2026-Q9", "quarter=1999-Q1", "weeks="]
)
async def test_what_nobody_offered_is_the_usual(amina, made, query):
    page = await amina.page(f"/statistics?{query}")
    assert '<option value="13" selected>' in page
    assert '<option value="2026-Q1" selected>' in page


async def test_hot_spots_are_named(amina, database, now):
    async with database.transaction() as db:
        await write(db, lives(now, 200, days=25))
    page = await amina.page("/statistics")
    spots = page.partition('id="hot-title"')[2].partition("</section>")[0]
    assert re.search(r"<strong>Site [abc]</strong>: [\w ,]+ · \d+ in 30 days, usually 0", spots)


async def test_before_the_first_case_the_page_says_so(amina):
    page = await amina.page("/statistics")
    assert "No case in this time" in page
    assert "no data" not in page
    assert "anybody, 2026-Q1" in page


async def test_the_page_speaks_the_members_language(join, made):
    person = await join(name="Awa Diop", language="fr")
    page = await person.page("/statistics")
    assert '<html lang="fr"' in page
    assert re.search(r"\d+\s%", page)


# --- what may be shown to anybody ----------------------------------------------------------------


async def test_the_csv_file_is_the_table_of_the_page(amina, made):
    shown = table(await amina.page("/statistics"), "part-ordinary")
    answer = await amina.get(CSV)
    body = (await answer.read()).decode("utf-8-sig")
    rows = list(csv.reader(StringIO(body, newline="")))
    assert rows == shown
    assert "hidden" in {cell for row in rows for cell in row}
    assert answer.content_type == "text/csv"
    assert 'filename="baraza-2026-Q1-ordinary.csv"' in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]


async def test_no_small_count_is_on_the_page_or_in_a_file(amina, made):
    for query, least in (("quarter=2026-Q1&part=ordinary", 5), (GRAVE, 10)):
        body = await (await amina.get(f"/statistics.csv?{query}")).text()
        numbers = [int(n) for n in re.findall(r"\b\d+\b", body.partition("\n")[2])]
        assert all(n == 0 or n >= least for n in numbers)


async def test_a_workbook_is_handed_out(amina, made):
    answer = await amina.get(XLSX)
    assert (await answer.read())[:2] == b"PK"
    assert answer.content_type.endswith("spreadsheetml.sheet")
    assert 'filename="baraza-2026-Q1-ordinary.xlsx"' in answer.headers["Content-Disposition"]


async def test_who_took_a_table_is_in_the_trail(amina, made, database):
    await amina.get(XLSX)
    async with database.reading() as db:
        (act,) = await audit.recent(db, limit=1)
    assert (act.act, act.subject) == ("statistics.exported", "2026-Q1 ordinary")
    assert act.actor == amina.member.id


@pytest.mark.parametrize(
    "query",
    [
        "",
        "part=ordinary",
        "quarter=2026-Q1",
        "quarter=2026-Q1&part=all",
        "quarter=2026-Q1&part=grave",
        "quarter=2026-Q2&part=ordinary",
        "quarter=2999-Q1&part=ordinary",
    ],
)
async def test_a_table_that_is_not_out_is_not_found(amina, made, query):
    for path in ("/statistics.csv", "/statistics.xlsx"):
        assert (await amina.get(f"{path}?{query}")).status == 404


async def test_a_table_is_the_same_whenever_it_is_taken(amina, made, clock, database):
    first = [await (await amina.get(path)).read() for path in (CSV, XLSX)]
    async with database.transaction() as db:
        await db.execute(cases.update().values(category="WATER", district="South"))
    clock.turn(minutes=20)
    assert [await (await amina.get(path)).read() for path in (CSV, XLSX)] == first


async def test_grave_matters_come_a_quarter_later(amina, made):
    page = await amina.page("/statistics")
    assert 'id="part-grave"' not in page
    assert "Grave matters of this quarter follow" in page
    assert 'id="part-grave"' in await amina.page("/statistics?quarter=2025-Q4")


# --- who may look --------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.HANDLER, Role.ADMINISTRATOR, Role.OFFICIAL, Role.AUDITOR])
async def test_only_who_triages_sees_statistics(join, made, role):
    person = await join(role, name="Some One")
    for path in ("/statistics", CSV, XLSX):
        assert (await person.get(path)).status == 403
    assert 'href="/statistics"' not in await person.page("/account")


async def test_a_lead_sees_them(join, made):
    lead = await join(Role.LEAD, name="Lindiwe Banda")
    assert 'aria-current="page">Statistics' in await lead.page("/statistics")


@pytest.fixture
def hide(monkeypatch):
    """Let some cases not exist for anybody, by the predicate alone."""

    def hidden(ids):
        for module in (spans, inflow, hotspots, indicators, releases):
            monkeypatch.setattr(module, "visible_to", lambda _member: cases.c.id.not_in(ids))

    return hidden


async def everything(person):
    paths = ["/statistics", "/statistics?weeks=52&quarter=2025-Q4", CSV, XLSX]
    paths += [f"/statistics.{kind}?{GRAVE}" for kind in ("csv", "xlsx")]
    return [await (await person.get(path)).read() for path in paths]


async def forget(database, ids):
    """Take cases out of the tables, as if they had never come."""
    async with database.transaction() as db:
        for column in (
            counted.c.case_id,
            moves.c.case_id,
            bells.c.case_id,
            deadlines.c.case_id,
            followups.c.case_id,
            links.c.case_id,
            cases.c.id,
        ):
            await db.execute(delete(column.table).where(column.in_(ids)))


async def test_a_case_that_does_not_exist_for_a_member_changes_no_byte(
    amina, made, database, hide
):
    ids = [life.id for life in made if life.district == "South"]
    seen_by_all = await everything(amina)
    hide(ids)
    unseen = await everything(amina)
    await forget(database, ids)
    gone = await everything(amina)
    assert unseen == gone
    assert all(one != other for one, other in zip(seen_by_all, unseen, strict=True))


async def test_cases_that_are_all_hidden_are_no_cases(amina, made, database, hide):
    ids = [life.id for life in made]
    hide(ids)
    unseen = await everything(amina)
    assert b"No case in this time" in unseen[0]
    await forget(database, ids)
    assert await everything(amina) == unseen


async def test_a_quarter_is_counted_at_the_first_look(amina, made, database, now):
    await amina.page("/statistics")
    async with database.reading() as db:
        assert await releases.due(db, now, UTC) == []
        newest = await releases.tally(db, amina.member, Quarter(2026, 1), releases.Part.ORDINARY)
    assert newest.counts
