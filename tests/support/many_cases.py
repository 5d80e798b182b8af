"""A case room that has seen years: any number of cases, with ten entries to each.

Nothing goes through the domain's functions: rows are handed to the drivers as they are to lie in
the tables. What is sealed opens like any other, but one key pair stands for all cases, and one
secret agreed on with it for all that is sealed to it: to agree anew for each takes 60 µs.
"""

import asyncio
import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass

from nacl import bindings as sodium
from sqlalchemy import text

from forum import members
from forum.key_shares import RECOVERY, key_shares
from forum.members import Member, Role
from grievances import deadlines
from grievances.case import cases, moves
from grievances.caseload import REFERENCE_LETTERS
from grievances.deadlines import FROM_THE_START
from grievances.deadlines import deadlines as clocks
from grievances.entries import entries
from grievances.exclusions import exclusions
from grievances.severity import Severity
from grievances.states import ENDED, State
from grievances.taxonomy import CATEGORIES
from storage.base import EPOCH, MICROSECOND
from vault import seals
from vault.seals import Algorithm, new_pair

PASSWORD = "river stones sing at dusk"

#: Entries to a case, on average; and how many the longest has, of which there are some.
EACH, LONGEST, LONG_ONES = 10, 500, 20

HANDLERS, SITES = 20, 40

#: Rows that one statement carries.
CHUNK = 20_000

#: Of a hundred cases, how many stand where. The years have closed most of them.
STANDING = {
    State.RECEIVED: 3,
    State.TRIAGED: 2,
    State.ASSIGNED: 4,
    State.IN_REVIEW: 5,
    State.WAITING_REPORTER: 3,
    State.PROPOSED: 2,
    State.IMPLEMENTING: 2,
    State.MONITORING: 4,
    State.CLOSED: 65,
    State.REDIRECTED: 3,
    State.DUPLICATE: 4,
    State.WITHDRAWN: 3,
}
MINUTE, DAY = 60_000_000, 86_400_000_000
YEARS = 4 * 365 * DAY

#: What is said, over and over. Each text has one word that no other has.
PLACES = ("pit", "shaft", "river", "gate", "school", "clinic", "market", "road", "camp", "mill")
THINGS = (
    "The supports in the {place} are broken and nobody comes to look, since the rains began.",
    "They take two of ten sacks at the {place} and write down eight. Ask Mashaka, he counts.",
    "Ukuta wa {place} umeanguka usiku. Watu watatu wameumia, mmoja hajapatikana bado.",
    "L'eau près du {place} est devenue blanche, et les chèvres en meurent. Personne ne répond.",
    "We were told to leave the {place} by Friday. The permit says December. Who decides that?",
)


@dataclass(frozen=True)
class Room:
    """What was filled: who works there, and some cases to look at."""

    lead: Member
    handler: Member
    median: str  # a case's reference
    longest: str
    entries: int


def sealer(public):
    """Return what ``vault.seals.seal`` is, for one public key, without agreeing on a secret each
    time: many things come to be sealed by one ephemeral key, which is for made-up words only.
    """
    mine = new_pair()
    secret = sodium.crypto_box_beforenm(public, mine.private)
    nonce = seals.blake2b(mine.public + public, digest_size=24).digest()
    head = seals._header(Algorithm.SEALED_BOX, public) + mine.public

    def seal(plain, context):
        inner = seals._digest(context) + sodium.sodium_pad(plain, seals.PAD_BYTES)
        return head + sodium.crypto_box_easy_afternm(inner, nonce, secret)

    return seal


async def staffed(database, keyring, now):
    """Return three who triage and ``HANDLERS`` who handle, signed up like anybody."""
    keys = await asyncio.to_thread(members.prepare, PASSWORD, keyring)
    roles = [Role.LEAD, Role.SECRETARY, Role.SECRETARY, *[Role.HANDLER] * HANDLERS]
    made = []
    async with database.transaction() as db:
        for number, role in enumerate(roles):
            someone = {"email": f"m{number}@forum.example", "name": f"Member {number}"}
            made.append(
                await members.join(db, **someone, role=role, language="en", keys=keys, now=now)
            )
    return made


class Years:
    """Makes the rows. *seed* makes the same years again."""

    def __init__(self, staff, keyring, count, now, seed=7):
        self.dice = random.Random(seed)
        self.pair = new_pair()
        self.staff, self.triage, self.handlers = staff, staff[:3], staff[3:]
        self.count = count
        self.now = (now - EPOCH) // MICROSECOND
        self.sites = [f"{number:032x}" for number in range(SITES)]
        self._say = sealer(self.pair.public)
        self._share = {member.id: sealer(member.public_key) for member in staff}
        self._share[RECOVERY] = sealer(keyring.recovery_public)
        self.states = self.dice.choices(list(STANDING), list(STANDING.values()), k=count)
        self.lengths = [self._length(number) for number in range(count)]

    def _length(self, number):
        """Return how many entries a case has: a few have many, and none has none."""
        if number % max(self.count // LONG_ONES, 1) == 0:
            return LONGEST
        return min(1 + int(self.dice.expovariate(1 / (EACH - 0.5))), LONGEST)

    def name(self, number):
        """Return a case's id, scattered as real ones are."""
        return f"{number * 2654435761 % 4294967296:032x}"

    def reference(self, number):
        left, letters = number * 40503 % 2**30, ""
        for _ in range(6):
            left, digit = divmod(left, 32)
            letters += REFERENCE_LETTERS[digit]
        return letters

    def received(self, number):
        return self.now - YEARS + YEARS * (number + 1) // (self.count + 1)

    def moved(self, number):
        later = self.received(number) + (20 + number % 17) * DAY
        return min(later, self.now - (number % 50) * MINUTE)

    def severity(self, number):
        return Severity(
            f"S{1 + (number * 7 % 10 > 1) + (number * 7 % 10 > 4) + (number % 5 == 0)}"
        )

    def assignee(self, number):
        if self.states[number] in {State.RECEIVED, State.TRIAGED, State.REDIRECTED}:
            return None
        return self.handlers[number % len(self.handlers)].id

    def is_open(self, number):
        return self.states[number] not in ENDED

    def running(self, number):
        """Return the clocks of a case: for each step when it is due, and whether it is met."""
        received, state = self.received(number), self.states[number]
        late = number % 9 == 0 and self.is_open(number)
        base = received if late or not self.is_open(number) else self.now - (number % 5) * DAY
        met = {
            State.RECEIVED: 0,
            State.TRIAGED: 2,
            State.ASSIGNED: 2,
            State.MONITORING: 5,
            State.REDIRECTED: 5,
            **dict.fromkeys(ENDED, 5),
        }.get(state, 3)
        spans = (1, 3, 10, 21, 92)
        return [
            (step, base + days * DAY + number % 1000 * MINUTE, place < met)
            for place, (step, days) in enumerate(zip(FROM_THE_START, spans, strict=True))
        ]

    # --- rows of each table -------------------------------------------------------------------

    def cases(self):
        never = (deadlines.NEVER - EPOCH) // MICROSECOND
        categories = [*CATEGORIES, None]
        for number in range(self.count):
            waits = [(due, step) for step, due, met in self.running(number) if not met]
            due, step = min(waits, default=(never, None))
            received, moved = self.received(number), self.moved(number)
            answered = number % 4 and self.states[number] is not State.RECEIVED
            yield {
                "id": self.name(number),
                "reference": self.reference(number),
                "locator": f"{number % 10000:04}",
                "code_salt": b"s" * 16,
                "code_digest": b"d" * 38,
                "public_key": self.pair.public,
                "state": self.states[number],
                "category": categories[number % len(categories)],
                "severity": self.severity(number),
                "level": number % 5 if due < self.now else 0,
                "site_id": self.sites[number % SITES] if number % 3 else None,
                "district": None if number % 3 else "North",
                "language": ("sw", "fr", "en")[number % 3],
                "channel": ("sms", "telegram")[number % 2],
                "safe": (True, False, None)[number % 3],
                "callback": number % 20 == 0,
                "quarantine": number % 40 == 0,
                "named": None if self.states[number] is State.RECEIVED else "nobody",
                "assignee": self.assignee(number),
                "received_at": received,
                "moved_at": moved,
                "heard_at": received + (DAY if number % 7 else 0),
                "told_at": moved if answered else None,
                "acknowledged_at": received + DAY if answered else None,
                "next_step": step,
                "next_due": due,
            }

    def deadlines(self):
        for number in range(self.count):
            received, severity = self.received(number), self.severity(number)
            for step, due, met in self.running(number):
                yield {
                    "case_id": self.name(number),
                    "step": step,
                    "severity": severity,
                    "started_at": received,
                    "warn_at": due - DAY // 4,
                    "due_at": due,
                    "escalates_at": due,
                    "met_at": due - DAY // 2 if met else None,
                    "overdue_at": due if not met and due < self.now else None,
                }

    def moves(self):
        path = (State.RECEIVED, State.TRIAGED, State.ASSIGNED, State.IN_REVIEW)
        for number in range(self.count):
            received, moved = self.received(number), self.moved(number)
            last = self.states[number]
            way = [*path[: path.index(last)], last] if last in path else [*path, last]
            steps = len(way) - 1
            for place in range(steps):
                yield {
                    "id": f"{number:024x}{place:08x}",
                    "case_id": self.name(number),
                    "at": received + (moved - received) * (place + 1) // steps,
                    "present": way[place],
                    "state": way[place + 1],
                    "word_of": "staff",
                    "actor": self.triage[0].id,
                }

    def shares(self):
        for number in range(self.count):
            name, handler = self.name(number), self.assignee(number)
            theirs = [*(one.id for one in self.triage), RECOVERY, *([handler] if handler else [])]
            for who in theirs:
                context = f"key_shares.sealed|{name}|{who}"
                yield {
                    "subject": name,
                    "member_id": who,
                    "sealed": self._share[who](self.pair.private, context),
                    "granted_at": self.received(number),
                }

    def exclusions(self):
        """Three of a hundred are hidden from whoever asks; others from others."""
        for number in range(self.count):
            for out, every in (
                (self.triage[0], 33),
                (self.handlers[0], 33),
                (self.triage[1], 500),
            ):
                if number % every == 5:
                    yield {
                        "case_id": self.name(number),
                        "member_id": out.id,
                        "why": "aside",
                        "at": self.now,
                        "by": self.triage[2].id,
                    }

    def entries(self):
        texts = [thing.format(place=place) for thing in THINGS for place in PLACES]
        texts = [said.encode() for said in texts]
        for number in range(self.count):
            name, received = self.name(number), self.received(number)
            assignee = self.assignee(number)
            step = max((self.now - received) // (LONGEST + 1), 1)
            for n in range(1, self.lengths[number] + 1):
                entry_id = f"{number:024x}{n:08x}"
                staff = n % 3 == 0 and assignee
                said = texts[(number * 31 + n * 7) % len(texts)]
                yield {
                    "id": entry_id,
                    "case_id": name,
                    "n": n,
                    "at": min(received + n * step, self.now),
                    "audience": "internal" if staff and n % 6 == 0 else "reporter",
                    "author": assignee if staff else "reporter",
                    "kind": "text",
                    "sealed": self._say(said, f"entries.sealed|{entry_id}"),
                }


def _columns(table):
    """Return each column's name and what stands in it where nobody says otherwise."""
    return [
        (column.name, column.default.arg if column.default is not None else None)
        for column in table.c
    ]


def _lines(table, rows):
    """Yield *rows* as tuples, in chunks."""
    columns, chunk = _columns(table), []
    for row in rows:
        chunk.append(tuple(row.get(name, default) for name, default in columns))
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


async def fill(database, keyring, count, now):
    """Fill an empty case room with *count* cases; return what there is to look at."""
    staff = await staffed(database, keyring, now)
    years = Years(staff, keyring, count, now)
    await _sites(database, years)
    tables = {
        cases: years.cases,
        clocks: years.deadlines,
        moves: years.moves,
        key_shares: years.shares,
        exclusions: years.exclusions,
        entries: years.entries,
    }
    if database.embedded:
        await database.writer.dispose()
        file = database.writer.url.database
        await asyncio.to_thread(_into_sqlite, file, tables)
    else:
        await _into_postgresql(database, tables)
    return _room(years)


def _room(years):
    open_ones = [number for number in range(years.count) if _seen(years, number)]
    by_length = sorted(open_ones, key=lambda number: years.lengths[number])
    return Room(
        lead=years.triage[0],
        handler=years.handlers[1],
        median=years.reference(by_length[len(by_length) // 2]),
        longest=years.reference(by_length[-1]),
        entries=sum(years.lengths),
    )


def _seen(years, number):
    """Whether the lead sees the case, and it waits for something."""
    return years.is_open(number) and number % 33 != 5


async def _sites(database, years):
    async with database.transaction() as db:
        for number, site in enumerate(years.sites):
            await db.execute(
                text(
                    "INSERT INTO sites (id, code, name, district, mineral)"
                    " VALUES (:id, :code, :name, 'North', 'gold')"
                ),
                {"id": site, "code": f"S{number:03}", "name": f"Site {number}"},
            )


def _into_sqlite(file, tables):
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for pragma in ("synchronous=OFF", "cache_size=-400000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        kept = [row for table in tables for row in _indexes(connection, table.name)]
        connection.execute("BEGIN IMMEDIATE")
        for name, _ in kept:
            connection.execute(f"DROP INDEX {name}")
        for table, rows in tables.items():
            names = ", ".join(f'"{column.name}"' for column in table.c)
            marks = ", ".join("?" * len(table.c))
            statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
            for chunk in _lines(table, rows()):
                connection.executemany(statement, chunk)
        for _, made in kept:
            connection.execute(made)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _indexes(connection, table):
    wanted = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql > ''"
    )
    return connection.execute(wanted, (table,)).fetchall()


async def _into_postgresql(database, tables):
    async with database.writer.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        raw = (await plain.get_raw_connection()).driver_connection
        async with raw.transaction():
            # Rows that fit each other need not be looked up one by one; the indexes come after.
            await raw.execute("SET LOCAL session_replication_role = replica")
            kept = await raw.fetch(
                "SELECT indexname, indexdef FROM pg_indexes LEFT JOIN pg_constraint"
                " ON conname = indexname WHERE tablename = ANY($1) AND conname IS NULL",
                [table.name for table in tables],
            )
            for row in kept:
                await raw.execute(f"DROP INDEX {row['indexname']}")
            for table, rows in tables.items():
                names = [column.name for column in table.c]
                for chunk in _lines(table, rows()):
                    await raw.copy_records_to_table(table.name, records=chunk, columns=names)
            for row in kept:
                await raw.execute(row["indexdef"])
        await plain.execute(text("VACUUM ANALYZE"))
