from datetime import timedelta

import pytest
from prometheus_client import generate_latest

from app import measures, metrics
from channels import lines
from channels.ledger import State
from channels.tallies import Tally
from storage import leases
from storage.engine import connect
from tests.support.letters import letter

LINES = ("sms", "telegram")


@pytest.fixture
def shown(database, tmp_path, now):
    """Measure, and return the lines of the page."""

    async def page(of=database):
        await measures.take(of, LINES, tmp_path, now)
        return set(generate_latest(metrics.REGISTRY).decode().splitlines())

    return page


async def test_the_queue_is_told_by_line_and_kind(database, now, shown):
    for _ in range(3):
        await letter(database, now - timedelta(seconds=90), State.PLANNED)
    page = await shown()
    assert 'baraza_outbox_open{channel="sms",kind="reply"} 3.0' in page
    assert 'baraza_outbox_open{channel="telegram",kind="reply"} 0.0' in page
    assert 'baraza_outbox_oldest_seconds{channel="sms",kind="reply"} 90.0' in page
    assert 'baraza_outbox_oldest_seconds{channel="telegram",kind="reply"} 0.0' in page


async def test_each_line_tells_how_it_is(database, now, shown):
    async with database.transaction() as db:
        await leases.take(db, lines.send_lease("sms"), "host:1", now)
        rests = now + timedelta(seconds=30)
        await lines.note(db, "sms", rests_until=rests, troubles=3, per_second=10.0)
        await lines.note(db, "sms", last_sent_at=now)
        await lines.pause(db, "telegram", "m" * 32, now)
    await letter(database, now, State.UNKNOWN)
    await letter(database, now, State.SUBMITTING, lease_until=rests)
    page = await shown()
    for line in (
        'baraza_line_owned{channel="sms"} 1.0',
        'baraza_line_owned{channel="telegram"} 0.0',
        'baraza_line_paused{channel="telegram"} 1.0',
        'baraza_line_rests_seconds{channel="sms"} 30.0',
        'baraza_line_troubles{channel="sms"} 3.0',
        'baraza_line_per_second{channel="sms"} 10.0',
        'baraza_outbox_unknown{channel="sms"} 1.0',
        'baraza_outbox_in_flight{channel="sms"} 1.0',
    ):
        assert line in page


async def test_what_another_process_counted_is_told_too(database, now, shown):
    tally = Tally(database)
    await tally.note("sms", State.ACCEPTED, now)
    await letter(database, now, State.FAILED)
    page = await shown()
    assert 'baraza_sends_total{channel="sms",result="accepted"} 1.0' in page
    assert "baraza_dead_letters 1.0" in page
    assert "baraza_inbox_held 0.0" in page
    assert "baraza_cases_overdue 0.0" in page
    # Nobody has a key yet, and no sender has ever lived.
    assert "baraza_alarms 2.0" in page


async def test_the_spool_of_this_machine_is_told(tmp_path, shown):
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "one").write_bytes(b"x" * 100)
    assert "baraza_spool_bytes 100.0" in await shown()


async def test_a_database_that_is_away_is_said_and_nothing_breaks(tmp_path, shown):
    assert "baraza_database_up 1.0" in await shown()
    away = connect(f"sqlite:///{tmp_path}/nowhere/baraza.db", tmp_path)
    page = await shown(away)
    await away.close()
    assert "baraza_database_up 0.0" in page
