"""The whole path through a real Kannel: a text comes in, an answer goes out, a report comes in."""

import re
import sqlite3
from contextlib import asynccontextmanager, closing

import pytest

from tests.end_to_end.conftest import Installation, quiet, until
from tests.support.kannel import MISSING, Kannel

pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))

CODE = r"\d{4}-\d{4}-\d{5}-\d"
SECRET = "s3cret-of-the-gateway"
ANNA = "+254711000001"


@pytest.fixture
def home(tmp_path):
    """An installation whose only provider is the gateway."""
    home = Installation(tmp_path)
    public = f"http://127.0.0.1:{home.port}"
    kannel = Kannel(tmp_path, f"{public}/hooks/gateway?k={SECRET}")
    home.settings |= {
        "public_url": public,
        "gateway_url": kannel.url,
        "gateway_user": kannel.user,
        "gateway_password": kannel.password,
        "gateway_from": kannel.number,
        "gateway_secret": SECRET,
    }
    home.kannel = kannel
    return home


@asynccontextmanager
async def running(home, **options):
    async with home.runs() as process, home.kannel.runs(**options) as kannel:
        yield process, kannel
    assert b"254711" not in process.out + process.err


async def tells(kannel, *texts, number=ANNA):
    """Say one text after the other, each when the last was answered; return what was heard."""
    heard = kannel.heard.setdefault(number, [])
    for text in texts:
        before = len(heard)
        await kannel.says(number, text)
        await until(lambda before=before: len(heard) > before, f"an answer to {text!r}")
    await quiet(lambda: len(heard), 0.5)
    return "\n".join(heard)


def ledger(home, question):
    with closing(sqlite3.connect(f"file:{home.folder}/baraza.db?mode=ro", uri=True)) as db:
        return db.execute(question).fetchall()


@pytest.mark.parametrize("by_get", [False, True], ids=["post", "get"])
async def test_a_report_is_filed_answered_and_reported_delivered(home, by_get):
    async with running(home, by_get=by_get) as (process, kannel), home.staffed(process) as amina:
        await tells(kannel, "Habari", "3", "1", "Handaki limeanguka — karibu na mto", "1", "0")
        assert re.search(CODE, await tells(kannel, "2"))
        (reference,) = await amina.references()
        assert "Handaki limeanguka — karibu" in await amina.opens(f"/cases/{reference}")
        await until(lambda: states(home) == {("gateway", "delivered")}, "every delivery report")
    reports = ledger(home, "SELECT delivery, count(*) FROM receipts GROUP BY delivery")
    sent = len(kannel.heard[ANNA])
    assert dict(reports) == {"sent": sent, "delivered": sent}


def states(home):
    return set(ledger(home, "SELECT DISTINCT channel, state FROM outbox"))


async def test_what_came_while_we_were_away_is_brought_again(home):
    async with home.kannel.runs() as kannel:
        await kannel.says(ANNA, "hello")
        async with home.runs():
            heard = kannel.heard.setdefault(ANNA, [])
            await until(lambda: heard, "an answer to what waited at the gateway")
    assert ledger(home, "SELECT count(*) FROM inbox") == [(1,)]


async def test_a_gateway_that_does_not_know_the_secret_is_not_heard(home):
    home.kannel.hook = home.kannel.hook.replace(SECRET, "guessed-by-somebody")
    async with running(home) as (process, kannel):
        await kannel.says(ANNA, "hello")
        await until(lambda: b"hook.forged" in process.err, "the refusal in the log")
    assert ANNA not in kannel.heard
    assert ledger(home, "SELECT count(*) FROM inbox") == [(0,)]
