from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import column, select, table, text
from sqlalchemy.ext.asyncio import create_async_engine

from storage import migrate
from storage.base import metadata, route_metadata
from storage.engine import ROUTE_SCHEMA, connect
from storage.migrations import HEADS

STORES = {"main": metadata, "routes": route_metadata}


@pytest.fixture
async def empty(request, tmp_path, postgresql_server):
    """A database of each engine with no tables at all."""
    if request.param == "sqlite":
        made = connect(f"sqlite:///{tmp_path}/new.db", tmp_path)
        yield made
        await made.close()
        return
    admin = create_async_engine(
        postgresql_server.format(name="postgres"), isolation_level="AUTOCOMMIT"
    )
    async with admin.connect() as connection:
        await connection.execute(text("CREATE DATABASE unmigrated"))
    made = connect(postgresql_server.format(name="unmigrated"), tmp_path)
    yield made
    await made.close()
    async with admin.connect() as connection:
        await connection.execute(text("DROP DATABASE unmigrated WITH (FORCE)"))
    await admin.dispose()


both = pytest.mark.parametrize("empty", ["sqlite", "postgresql"], indirect=True)


@both
async def test_the_revisions_make_the_very_tables_that_the_code_names(empty):
    assert await migrate.is_empty(empty)
    assert await migrate.migrate(empty) == ["main", "routes"]
    for store, engine in (("main", empty.writer), ("routes", empty.routes)):
        async with engine.connect() as connection:
            differences = await connection.run_sync(
                lambda c, store=store: compare_metadata(
                    MigrationContext.configure(c, opts={"compare_type": True}), STORES[store]
                )
            )
        assert differences == []


@both
async def test_a_second_run_finds_nothing_to_do(empty):
    await migrate.migrate(empty)
    assert not await migrate.is_empty(empty)
    assert await migrate.behind(empty) == []
    assert await migrate.migrate(empty) == []


BEFORE_CLEANING = """
    INSERT INTO attachments
        (id, subject, public_key, channel, kind, mime, state, attempts, made_at, due_at)
    VALUES (:state, 's', :key, 'sms', 'photo', 'image/jpeg', :state, 1, 5, 7)
"""


def _to_0003(connection):
    command.upgrade(migrate.config("main", connection), "0003")


@both
async def test_a_file_that_came_before_files_were_cleaned_is_known_as_one(empty):
    async with empty.writer.begin() as connection:
        await connection.run_sync(_to_0003)
        for state in ("waiting", "kept", "lost"):
            await connection.execute(text(BEFORE_CLEANING), {"state": state, "key": b"k"})
    await migrate.migrate(empty)
    async with empty.writer.connect() as connection:
        rows = await connection.execute(text("SELECT state, doubt, due_at FROM attachments"))
        assert {tuple(row) for row in rows} == {
            ("waiting", None, 7),
            ("kept", "untried", None),
            ("lost", None, None),
        }
        await connection.run_sync(lambda c: command.downgrade(migrate.config("main", c), "0003"))
        rows = await connection.execute(text("SELECT state, due_at FROM attachments"))
        assert {tuple(row) for row in rows} == {("waiting", 7), ("kept", 5), ("lost", 5)}


@pytest.mark.parametrize("store", STORES)
def test_the_newest_revision_is_the_one_that_a_start_compares_with(store):
    scripts = ScriptDirectory(str(migrate.HERE / store))
    assert scripts.get_heads() == [HEADS[store]]


CASE = {
    "id": "c" * 32,
    "reference": "ABC123",
    "locator": "0000",
    "code_salt": b"",
    "code_digest": b"",
    "public_key": b"",
    "state": "in_review",
    "severity": "S2",
    "language": "en",
    "channel": "sms",
    "callback": False,
    "quarantine": False,
    "received_at": datetime(2026, 11, 30, 9, tzinfo=UTC),
    "moved_at": datetime(2026, 11, 30, 9, tzinfo=UTC),
    "heard_at": datetime(2026, 11, 30, 9, tzinfo=UTC),
}


def to_revision(connection, revision):
    command.upgrade(migrate.config("main", connection), revision)


@both
async def test_clocks_that_run_are_taken_over_and_get_a_total_one(empty):
    if not empty.embedded:
        async with empty.writer.begin() as connection:
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {ROUTE_SCHEMA}"))
    filed = CASE["received_at"]
    due = filed + timedelta(days=14)
    async with empty.writer.begin() as connection:
        await connection.run_sync(to_revision, "0003")
        cases, deadlines = metadata.tables["cases"], metadata.tables["deadlines"]
        made = table("cases", *(column(key, cases.c[key].type) for key in CASE))
        await connection.execute(made.insert().values(CASE))
        names = ("case_id", "step", "started_at", "warn_at", "due_at")
        clocks = table("deadlines", *(column(key, deadlines.c[key].type) for key in names))
        run = {"case_id": CASE["id"], "started_at": filed, "warn_at": due, "due_at": due}
        await connection.execute(clocks.insert(), [{**run, "step": "feedback"}])
    async with empty.writer.begin() as connection:
        await connection.run_sync(to_revision, HEADS["main"])
        found = await connection.execute(select(deadlines).order_by(deadlines.c.step))
        feedback, total = found.all()
    assert (feedback.due_at, feedback.escalates_at, feedback.severity) == (due, due, "S2")
    assert (feedback.edition, feedback.paused_for) == (None, 0)
    assert (total.step, total.started_at) == ("total", filed)
    assert total.due_at == total.escalates_at == datetime(2027, 2, 28, 9, tzinfo=UTC)


@both
async def test_what_was_asked_before_checks_keeps_its_answer_and_goes_on(empty):
    if not empty.embedded:
        async with empty.writer.begin() as connection:
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {ROUTE_SCHEMA}"))
    now = datetime.now(UTC)
    resolved, day = now - timedelta(days=20), timedelta(days=1)
    async with empty.writer.begin() as connection:
        await connection.run_sync(to_revision, "0007")
        cases, moves = metadata.tables["cases"], metadata.tables["moves"]
        followups = metadata.tables["followups"]
        names = [*CASE, "resolved_at"]
        made = table("cases", *(column(key, cases.c[key].type) for key in [*names, "level"]))
        states = {"a": "monitoring", "b": "resolved", "c": "triaged"}
        for n, (one, state) in enumerate(states.items()):
            row = {**CASE, "id": one, "reference": f"{n}", "state": state, "level": 0}
            await connection.execute(made.insert().values({**row, "resolved_at": resolved}))
        gone = {"a": ("monitoring", "system"), "c": ("reopened", "reporter")}
        for one, (state, by) in gone.items():
            row = {"id": one, "case_id": one, "at": now - day, "present": "resolved"}
            await connection.execute(
                moves.insert().values({**row, "state": state, "word_of": by, "actor": by})
            )
        asked = {"kind": "check_in", "due_at": now - 6 * day, "expires_at": now + day}
        asked |= {"done_at": now - 6 * day, "attempts": 1}
        old = table(
            "followups", *(column(k, followups.c[k].type) for k in ["id", "case_id", *asked])
        )
        for one in states:
            await connection.execute(old.insert().values({"id": one, "case_id": one, **asked}))
    await migrate.migrate(empty)
    async with empty.writer.connect() as connection:
        found = await connection.execute(
            select(followups).order_by(followups.c.case_id, followups.c.days)
        )
        rows = found.all()
        told = {(row.case_id, row.answer) for row in rows if row.days == 14}
        assert told == {("a", "yes"), ("b", None), ("c", "no")}
        assert all(row.asked_at == now - 6 * day for row in rows if row.days == 14)
        waiting = {(row.case_id, row.days): row.due_at for row in rows if row.done_at is None}
        assert waiting == {
            ("a", 30): resolved + 30 * day,
            ("a", 90): resolved + 90 * day,
            ("b", 14): now + 8 * day,
            ("b", 30): resolved + 30 * day,
            ("b", 90): resolved + 90 * day,
        }
        await connection.run_sync(lambda c: command.downgrade(migrate.config("main", c), "0007"))
        left = await connection.execute(text("SELECT case_id, done_at FROM followups"))
        assert sorted(row.case_id for row in left) == ["a", "b", "c"]


@both
async def test_who_had_a_part_in_a_case_is_taken_over_and_an_appeal_gets_a_clock(empty):
    if not empty.embedded:
        async with empty.writer.begin() as connection:
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {ROUTE_SCHEMA}"))
    asked = CASE["received_at"]
    async with empty.writer.begin() as connection:
        await connection.run_sync(to_revision, "0007")
        cases, moves = metadata.tables["cases"], metadata.tables["moves"]
        row = {**CASE, "state": "appealed", "level": 0}
        made = table("cases", *(column(key, cases.c[key].type) for key in row))
        await connection.execute(made.insert().values(row))
        line = {"case_id": CASE["id"], "at": asked, "present": "received"}
        lines = [
            {**line, "id": str(n), "state": state, "word_of": word, "actor": actor}
            for n, (state, word, actor) in enumerate(
                [
                    ("triaged", "staff", "amina"),
                    ("triaged", "staff", "amina"),
                    ("proposed", "staff", "joseph"),
                    ("appealed", "reporter", "reporter"),
                ]
            )
        ]
        await connection.execute(moves.insert(), lines)
    hands, deadlines = metadata.tables["hands"], metadata.tables["deadlines"]
    async with empty.writer.begin() as connection:
        await connection.run_sync(to_revision, HEADS["main"])
        found = await connection.execute(select(hands.c.member_id, hands.c.part))
        parts = sorted(map(tuple, found))
        (clock,) = (await connection.execute(select(deadlines))).all()
    assert parts == [("amina", "triaged"), ("joseph", "proposed")]
    assert (clock.step, clock.due_at) == ("appeal", asked + timedelta(days=14))
    assert clock.escalates_at == clock.due_at


AMINA = {"id": "m", "email": "a@forum.example", "name": "Amina", "role": "official"}
AMINA |= {"language": "en", "shortcuts": True}
NEWS = {"id": "a", "title": "t", "language": "en", "parts": 1, "audience": "{}"}
NEWS |= {"fallback": "base", "opens": 0, "closes": 0, "lasts": 1, "every": 0, "times": 1}
NEWS |= {"before": "", "calls": False, "state": "ended", "edition": 1, "made_by": "m"}

TOLD_BEFORE = """
    INSERT INTO rule_told (rule_id, edition, part, subscriber_id, receipt, called)
    VALUES ('r', :edition, 1, :person, true, false)
"""


async def bare(connection, name, /, **values):
    """Insert into a table as an older revision has it, with nothing where nothing matters."""
    of = metadata.tables[name]
    made = table(name, *(column(key, of.c[key].type) for key in values))
    await connection.execute(made.insert().values(values))


@both
async def test_who_was_told_before_was_told_in_a_language_of_the_broadcast(empty):
    if not empty.embedded:
        async with empty.writer.begin() as connection:
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {ROUTE_SCHEMA}"))
    now = datetime.now(UTC)
    async with empty.writer.begin() as connection:
        await connection.run_sync(to_revision, "0026")
        await bare(connection, "members", **AMINA, joined_at=now)
        await bare(
            connection, "rule_changes", id="r", number=1, state="published", edition=2, told=2
        )
        for person, tongue in (("e", "en"), ("s", "sw")):
            ids = {"id": person, "contact": person, "route_id": person, "since": now}
            told = {"channel": "sms", "state": "active", "language": tongue}
            await bare(connection, "subscribers", **ids, **told)
            for edition in (1, 2):
                it = {"edition": edition, "person": person}
                await connection.execute(text(TOLD_BEFORE), it)
        of_rule = {"rule_id": "r", "rule_edition": 1, "tells": "1", "made_at": now}
        await bare(connection, "announcements", **NEWS, **of_rule, moved_at=now)
        said = {"announcement": "a", "part": 0, "language": "en", "short": "x", "full": ""}
        await bare(connection, "announcement_texts", **said)
    async with empty.writer.begin() as connection:
        await connection.run_sync(to_revision, HEADS["main"])
        told = metadata.tables["rule_told"]
        rows = (await connection.execute(select(told))).all()
        found = {(row.edition, row.subscriber_id): row.language for row in rows}
        # Of edition 2 there is no broadcast any more that could say in which language it was.
        assert found == {(1, "e"): "en", (1, "s"): "en", (2, "e"): "en", (2, "s"): "sw"}
        assert all(row.receipt and not row.called and row.told_at >= now for row in rows)
        await connection.run_sync(lambda c: command.downgrade(migrate.config("main", c), "0026"))
        left = await connection.execute(text("SELECT receipt, called FROM rule_told"))
        assert {tuple(map(bool, row)) for row in left} == {(True, False)}


@both
async def test_what_one_person_wrote_down_before_waits_if_it_could_open_enforcement(empty):
    if not empty.embedded:
        async with empty.writer.begin() as connection:
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {ROUTE_SCHEMA}"))
    now = datetime.now(UTC)
    day, counts = now.date(), {"women": 9, "men": 0, "unsaid": 0, "reach": 0}
    site = {"id": "s", "code": "KB12", "name": "Hill", "district": "North", "mineral": "gold"}
    by = {"stated_by": "m", "stated_at": now, "as_of": day, "source": "Count"}
    async with empty.writer.begin() as connection:
        await connection.run_sync(to_revision, "0027")
        await bare(connection, "sites", **site)
        for tongue, people in (("en", 40), ("sw", 0)):
            its = {"site_id": "s", "language": tongue, "people": people}
            await bare(connection, "populations", **its, **by)
        told = {"id": "e", "kind": "visit", "tells": "1", "site_id": "s", "language": "en"}
        made = {"day": day, "materials": "", "made_by": "m", "made_at": now}
        await bare(connection, "outreach_events", **told, **counts, **made)
    async with empty.writer.begin() as connection:
        await connection.run_sync(to_revision, HEADS["main"])
        stated = (await connection.execute(select(metadata.tables["populations"]))).all()
        found = {row.language: (row.people, row.confirmed_at) for row in stated}
        assert found == {"en": (40, now), "sw": (0, None)}
        (event,) = (await connection.execute(select(metadata.tables["outreach_events"]))).all()
        assert event.confirmed_at is None
        await connection.run_sync(lambda c: command.downgrade(migrate.config("main", c), "0027"))
        left = await connection.execute(text("SELECT language, people FROM populations"))
        assert [tuple(row) for row in left] == [("en", 40)]


@both
async def test_what_a_survey_counted_before_says_of_nobody_whether_they_were_asked(empty):
    if not empty.embedded:
        async with empty.writer.begin() as connection:
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {ROUTE_SCHEMA}"))
    now, found = datetime.now(UTC), "SELECT code, n, total FROM survey_tallies"
    survey = {"id": "s", "code": "1", "name": "Pits", "mode": "survey", "state": "open"}
    zeros = {"round": 1, "population": 0, "drawn": 0, "free": False, "by_site": False}
    counted = {"survey_id": "s", "site_id": "", "role": "", "gender": "woman", "language": "en"}
    async with empty.writer.begin() as connection:
        await connection.run_sync(to_revision, "0033")
        await bare(connection, "surveys", **survey, language="en", **zeros, made_at=now, note="")
        n = {"n": 7, "total": 0.5}
        await bare(connection, "survey_tallies", **counted, question_id="q", code="1", **n)
        asked = {"survey_id": "s", "subscriber_id": "p", "state": "asked", "written": 0}
        await bare(connection, "survey_invitations", **asked)
    async with empty.writer.begin() as connection:
        await connection.run_sync(to_revision, HEADS["main"])
        rows = (await connection.execute(text("SELECT sampled, n FROM survey_tallies"))).all()
        assert [tuple(row) for row in rows] == [("", 7)]
        known = await connection.execute(text("SELECT gender FROM survey_invitations"))
        assert known.scalars().all() == [""]
        for sampled, code in (("asked", "1"), ("asked", "s_drawn")):
            more = {**counted, "sampled": sampled, "question_id": "q", "code": code}
            await bare(connection, "survey_tallies", **more, **n)
        await connection.run_sync(lambda c: command.downgrade(migrate.config("main", c), "0033"))
        assert [tuple(row) for row in await connection.execute(text(found))] == [("1", 14, 1.0)]
