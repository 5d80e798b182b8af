"""A ledger that has seen years: any number of messages, made by the database itself.

One in ten is for one person; the others are of broadcasts of 100,000 messages each, of which a
third run, a third are paused and a third have ended. 2 % wait, 4 % are dead, the others arrived or
are with a provider. The ids are scattered, as those of real messages are.
"""

from datetime import timedelta

from sqlalchemy import event, insert, text

from channels.broadcasts import State, broadcasts
from channels.ledger import outbox, receipts
from storage import direct

OF_A_BROADCAST = 100_000

#: What a message is called that has the number *i*: an odd factor scatters, and repeats nothing.
SCATTERED = "(i * 2654435761) % 4294967296"

NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)",
    "postgresql": "WITH n(i) AS (SELECT generate_series(1, CAST(:count AS bigint)))",
}
HEX = {"sqlite": "printf('%032x', {0})", "postgresql": "lpad(to_hex({0}), 32, '0')"}
BYTES = {"sqlite": "zeroblob(300)", "postgresql": "CAST(repeat('x', 300) AS bytea)"}

MESSAGES = """
{numbers}, m AS (
  SELECT i, (i * 7919) % 1000 AS h, i % 10 = 0 AS alone,
    :now - (:count - i) * :span / :count AS at FROM n
)
INSERT INTO outbox (id, channel, route_id, kind, priority, not_before, expires_at, segments, state,
  attempt, resends, away, provider_id, rank, error, body, n, broadcast, part, language, made_at,
  submitted_at, moved_at)
SELECT {id}, CASE WHEN i / 7 % 5 < 3 THEN 'sms' ELSE 'telegram' END,
  CASE WHEN alone THEN {contact} ELSE {id} END,
  CASE WHEN alone THEN 'reply' ELSE 'bulk' END, CASE WHEN alone THEN 0 ELSE 9 END,
  CASE WHEN h < 980 THEN at WHEN h < 990 THEN :now - 1000000 ELSE :now + 3600000000 END,
  CASE WHEN h < 980 THEN at + 86400000000 ELSE :now + 86400000000 END, 1,
  CASE WHEN h < 890 THEN 'delivered' WHEN h < 930 THEN 'accepted' WHEN h < 945 THEN 'failed'
    WHEN h < 960 THEN 'undelivered' WHEN h < 970 THEN 'cancelled' WHEN h < 980 THEN 'expired'
    ELSE 'planned' END,
  1, 0, 0, CASE WHEN h < 960 THEN 'SM' || {id} END,
  CASE WHEN h < 890 THEN 4 WHEN h < 930 THEN 3 ELSE -1 END,
  CASE WHEN h BETWEEN 930 AND 959 THEN CASE i % 3 WHEN 0 THEN '30003' WHEN 1 THEN '30005'
    ELSE '21610' END END,
  CASE WHEN alone AND h >= 980 THEN {body} END, 0,
  CASE WHEN alone THEN NULL ELSE {broadcast} END, 0,
  CASE WHEN alone THEN NULL ELSE 'en' END, at, CASE WHEN h < 960 THEN at END, at
FROM m
"""

REPORTED = """
INSERT INTO receipts (outbox_id, rank, delivery, at)
SELECT id, 4, 'delivered', moved_at FROM outbox WHERE state = 'delivered'
"""

#: A few stand where something broke: in flight, in doubt, with a door that was shut.
BROKEN = {
    "planned": ("state = 'submitting', claimed_by = 'dead', lease_until = :now", 16),
    "accepted": ("state = 'unknown', provider_id = NULL, lease_until = NULL", 20),
    "failed": ("stopped = {true}", 5),
}
OVER = """
UPDATE outbox SET state = 'cancelled' WHERE state = 'planned'
AND broadcast IN (SELECT id FROM broadcasts WHERE state = 'ended')
"""
BREAK = """
UPDATE outbox SET {to} WHERE seq IN (SELECT seq FROM outbox WHERE state = '{state}' LIMIT {n})
"""


def name_of(number):
    """Return the id that the message with this number has."""
    return f"{number * 2654435761 % 4294967296:032x}"


def _broadcasts(count, now):
    """Return the rows of as many broadcasts as *count* messages are of."""
    states = (State.RUNNING, State.PAUSED, State.ENDED)
    return [
        {
            "id": f"{number:032x}",
            "state": states[number % 3],
            "opens": 0,
            "closes": 0,
            "zone": "UTC",
            "not_before": now,
            "expires_at": now + timedelta(days=1),
            "language": "en",
            "parts": 1,
            "planned": OF_A_BROADCAST,
            "planned_at": now,
            "made_at": now - timedelta(days=30),
            "moved_at": now - timedelta(days=30),
        }
        for number in range(max(count // OF_A_BROADCAST, 3))
    ]


def _statement(template, database, many):
    engine = database.writer.dialect.name
    return text(
        template.format(
            numbers=NUMBERS[engine],
            id=HEX[engine].format(SCATTERED),
            contact=HEX[engine].format("i / 7"),
            broadcast=HEX[engine].format(f"i / 10 % {many}"),
            body=BYTES[engine],
            true="1" if engine == "sqlite" else "true",
        )
    )


async def fill(database, count, now):
    """Fill the ledger with *count* messages of the last seven days."""
    rows = _broadcasts(count, now)
    moment = {"now": int(now.timestamp() * 1e6)}
    span = {"count": count, "span": int(timedelta(days=7).total_seconds() * 1e6)}
    indexes = outbox.indexes | receipts.indexes
    async with database.transaction() as db:
        if database.embedded:  # or ten million scattered keys take the disk for hours
            await db.execute(text("PRAGMA cache_size = -2000000"))
        for index in indexes:
            await db.main.run_sync(index.drop)
        await db.execute(insert(broadcasts), rows)
        await db.execute(_statement(MESSAGES, database, len(rows)), {**moment, **span})
        await db.execute(text(REPORTED))
        for index in indexes:
            await db.main.run_sync(index.create)
        await db.execute(text(OVER))
        for state, (to, some) in BROKEN.items():
            broken = BREAK.format(to=to, state=state, n=some)
            values = moment if ":now" in to else {}
            await db.execute(_statement(broken, database, len(rows)), values)
    await _settle_down(database)


async def _settle_down(database):
    """What PostgreSQL's autovacuum does within minutes. SQLite gathers no statistics by itself."""
    if not database.embedded:
        async with database.writer.connect() as connection:
            plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await plain.execute(text("VACUUM ANALYZE"))


class Asked:
    """Notes the statements that are sent to *database* while it is entered, with their values."""

    def __init__(self, database):
        self.engines = {database.writer.sync_engine, database.reader.sync_engine}
        self.statements = []
        self._say = direct.say

    async def _noted_directly(self, driver, statement, values=()):
        self.statements.append((statement, tuple(values)))
        return await self._say(driver, statement, values)

    def _note(self, _connection, _cursor, statement, values, _context, many):
        self.statements.append((statement, values[0] if many else values))

    def __enter__(self):
        for engine in self.engines:
            event.listen(engine, "before_cursor_execute", self._note)
        direct.say = self._noted_directly
        return self.statements

    def __exit__(self, *_):
        for engine in self.engines:
            event.remove(engine, "before_cursor_execute", self._note)
        direct.say = self._say
