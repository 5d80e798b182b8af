"""A newsroom, rule changes, voices, and a survey that any of these tests can ask for."""

from datetime import timedelta

import pytest

from forum import members
from forum.members import Role
from outreach import surveys
from outreach.questionnaire import Kind, Mode, Option, Question, Words
from tests.support.covering import Ground
from tests.support.newsroom import Newsroom
from tests.support.rulemaking import Rules
from tests.support.storytelling import Stories


@pytest.fixture
def rules(database, now):
    return Rules(database, now)


@pytest.fixture
def facts(rules):
    return rules.facts


@pytest.fixture
def room(database, keyring, now):
    """Where broadcasts are written, and a list of people."""
    return Newsroom(database, keyring, now)


@pytest.fixture
def ground(database, keyring, now):
    """Sites, rules that may be enforced since yesterday, and who was told of them."""
    return Ground(database, keyring, now)


@pytest.fixture
async def rehema(room):
    """An official who writes."""
    return await room.member(name="Rehema Juma")


@pytest.fixture
async def joseph(room):
    """An official who reads what others wrote."""
    return await room.member(name="Joseph Banda")


@pytest.fixture
def begun(database, now):
    """Begin a draft with these questions; their ids are their letters thirty-two times."""

    async def made(*questions, mode=Mode.SURVEY, language="en"):
        given = {"by": "system", "now": now}
        async with database.transaction() as db:
            one = await surveys.create(db, mode=mode, name="Pits", language=language, **given)
            for question in questions:
                await surveys.put(db, one, question)
            return await surveys.get(db, one)

    return made


@pytest.fixture
def opened(begun, database, keyring, now):
    """The same, and open for a fortnight."""

    async def made(*questions, **more):
        survey = await begun(*questions, **more)
        expires = now + timedelta(days=14)
        async with database.transaction() as db:
            given = {"expires_at": expires, "by": "system", "now": now}
            await surveys.begin(db, keyring, survey, **given)
            return await surveys.get(db, survey.id)

    return made


@pytest.fixture
def closed():
    """Make a closed question: its letter, its place, how many answers."""

    def made(letter, position, n=2, kind=Kind.CLOSED, **ways):
        options = tuple(
            Option(str(code), {"en": Words(f"Answer {code}")}, ways.get(f"to{code}"))
            for code in range(1, n + 1)
        )
        own = options if kind in {Kind.CLOSED, Kind.SCALE} else ()
        texts = {"en": Words(f"Question {letter}?", "Short?"), "sw": Words("Swali?")}
        return Question(letter * 32, position, kind, texts, own, origin=letter * 32)

    return made


@pytest.fixture
def stories(database, keyring, now):
    """Where voices are told, and what is done to them."""
    return Stories(database, keyring, now)


@pytest.fixture
async def triager(database, keyring, now):
    """Somebody who triages, and their private key."""

    async def joined(name):
        keys = members.prepare("a password for tests", keyring)
        given = {"role": Role.SECRETARY, "language": "en", "keys": keys, "now": now}
        email = f"{name.lower()}@forum.example"
        async with database.transaction() as db:
            member = await members.join(db, email=email, name=name, **given)
        return member, keys.pair.private

    return joined


@pytest.fixture
async def amina_and_key(triager):
    return await triager("Amina")


@pytest.fixture
def amina(amina_and_key):
    return amina_and_key[0]


@pytest.fixture
def amina_key(amina_and_key):
    """Her id and her private key, as what opens a voice asks for them."""
    member, private = amina_and_key
    return member.id, private
