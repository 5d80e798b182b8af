"""An attachment on its way home, with something going wrong at each step: nothing is lost."""

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.fetching import ERASE_WITHIN, TRIES, Fetching
from channels.base import Address, Media
from channels.errors import Ambiguous, Busy, Refused
from forum.attachments import State, attachments, content_context
from forum.cleaning import CannotClean, Cleaned, Reason, apart
from forum.cleaning.apart import CleanerFailed
from tests.support import planted_documents, planted_pictures
from tests.support.fetching_process import KILLED, Mortal
from tests.support.planted import found_in
from tests.support.planted_pictures import is_the_drawing
from tests.support.scripted_channel import ScriptedChannel
from vault.seals import new_pair, unseal_file

PAIR = new_pair()
PHOTO = planted_pictures.jpeg()
CLEAN = b"\xff\xd8\xff clean"


class Store(ScriptedChannel):
    """A provider that keeps files; *faults* are raised first. It cannot forget."""

    def __init__(self, *faults, content=PHOTO):
        super().__init__()
        self.faults = list(faults)
        self.content = content
        self.fetched = []

    async def fetch(self, media):
        self.fetched.append(media)
        if self.faults:
            raise self.faults.pop(0)
        if self.content is None:
            raise Refused("404")
        return self.content


class Forgetful(Store):
    """One that forgets a file when it is told to."""

    def __init__(self, *refusals, **more):
        super().__init__(**more)
        self.refusals = list(refusals)
        self.asked_to_erase = []

    async def erase(self, media):
        self.asked_to_erase.append(media.reference)
        if self.refusals:
            raise self.refusals.pop(0)
        self.content = None


class Cleaner:
    """Cleans at once, after *faults*."""

    def __init__(self, *faults):
        self.faults = list(faults)
        self.given = []

    async def __call__(self, content):
        self.given.append(content)
        if self.faults:
            raise self.faults.pop(0)
        return Cleaned("image/jpeg", CLEAN)


@pytest.fixture
async def report(file, database):
    """A report with a file, whose case has a key that the test knows."""
    made = await file(attachments=(Media("ref-1", "file", "application/octet-stream"),))
    async with database.transaction() as db:
        await db.execute(update(attachments).values(public_key=PAIR.public))
    return made


@pytest.fixture
def run(house, report):
    """Let one process, begun anew, do what is due after *minutes*; ``store`` is the provider."""

    async def ran(store, clean=None, *, minutes=0, database=None):
        channels = {"sms": store} if store else {}
        served = replace(house, channels=channels, database=database or house.database)
        fetching = Fetching(served, clean or Cleaner())
        return await fetching.run(report.phone.now + timedelta(minutes=minutes))

    return ran


@pytest.fixture
def row(database):
    async def only():
        async with database.reading() as reads:
            return (await reads.execute(select(attachments))).one()

    return only


@pytest.fixture
def opened(row):
    """Open what is kept with the case's key."""

    async def content():
        kept = await row()
        return unseal_file(PAIR.private, kept.content, context=content_context(kept.id))

    return content


async def test_a_photo_is_fetched_cleaned_and_kept(run, row):
    store = Store()
    assert (await run(store), await run(store, minutes=4)) == (1, 0)
    kept = await row()
    assert (kept.state, kept.size, kept.kind, kept.mime) == (
        State.KEPT,
        len(CLEAN),
        "photo",
        "image/jpeg",
    )
    assert (kept.reference, kept.raw, kept.due_at, kept.doubt) == (None, None, None, None)
    assert [one.reference for one in store.fetched] == ["ref-1"]


async def test_what_is_kept_is_sealed_to_its_case(run, row, opened):
    await run(Store())
    assert CLEAN not in (await row()).content
    assert await opened() == CLEAN


async def test_a_real_photo_goes_through_the_real_cleaner(run, opened):
    await run(Store(), apart.clean)
    content = await opened()
    assert found_in(PHOTO)
    assert found_in(content) == set()
    assert is_the_drawing(content)


# --- what cannot be cleaned


async def test_what_cannot_be_cleaned_is_kept_as_it_came(run, row, opened):
    macros = planted_documents.docx(word__vbaProject_dot_bin=b"x")
    await run(Store(content=macros), apart.clean)
    kept = await row()
    assert (kept.state, kept.doubt, kept.mime) == (State.KEPT, Reason.ACTIVE, "application/zip")
    assert kept.raw is None
    assert await opened() == macros


@pytest.mark.parametrize("reason", Reason)
async def test_every_reason_is_kept(run, row, reason):
    await run(Store(content=b"anything"), Cleaner(CannotClean(reason)))
    kept = await row()
    assert (kept.doubt, kept.mime) == (reason, "application/octet-stream")


async def test_a_cleaner_that_died_is_asked_again(run, row):
    cleaner = Cleaner(CleanerFailed("it died"))
    await run(Store(), cleaner)
    assert (await row()).state == State.RECEIVED
    await run(Store(content=None), cleaner, minutes=4)  # the provider is not asked again
    kept = await row()
    assert (kept.state, kept.doubt, len(cleaner.given)) == (State.KEPT, None, 2)


async def test_a_file_of_which_it_always_dies_is_kept_as_it_came(run, row, opened):
    cleaner = Cleaner(*[CleanerFailed("it died")] * 9)
    for hours in range(0, 20, 3):
        await run(Store(), cleaner, minutes=60 * hours)
    assert len(cleaner.given) == TRIES
    kept = await row()
    assert (kept.state, kept.doubt) == (State.KEPT, Reason.STUCK)
    assert await opened() == PHOTO


async def test_a_file_that_hangs_the_cleaner_does_not_hold_up_anybody(run, row):
    sleeps = (sys.executable, "-c", "import time; time.sleep(60)")

    async def clean(content):
        return await apart.clean(content, cleaner=sleeps, seconds=0.3)

    async with asyncio.timeout(20):
        await run(Store(), clean)
    assert (await row()).state == State.RECEIVED


# --- what goes wrong at the provider


@pytest.mark.parametrize(("code", "state"), [("404", State.LOST), ("too-large", State.TOO_LARGE)])
async def test_what_the_provider_never_gives_is_over(run, row, code, state):
    assert (await run(Store(Refused(code))), await run(Store(), minutes=4)) == (1, 0)
    assert (await row()).state == state


@pytest.mark.parametrize("fault", [Busy("429"), OSError("reset")], ids=["busy", "broken"])
async def test_what_cannot_be_had_now_is_fetched_later(run, row, fault):
    store = Store(fault)
    assert [await run(store, minutes=after) for after in (0, 1, 4)] == [1, 0, 1]
    assert (await row()).state == State.KEPT


async def test_what_came_by_a_channel_that_is_not_set_up_waits(run, row):
    await run(None)
    assert (await row()).state == State.WAITING


async def test_the_provider_forgets_it_last(run, row):
    store = Forgetful()
    await run(store)
    assert store.asked_to_erase == ["ref-1"]
    assert (await row()).state == State.KEPT


@pytest.mark.parametrize(
    "fault", [Busy("503"), Ambiguous("no answer"), OSError("reset")], ids=repr
)
async def test_a_provider_that_cannot_forget_now_is_asked_again(run, row, opened, fault):
    store = Forgetful(fault)
    await run(store)
    assert (await row()).state == State.VERIFIED
    assert await opened() == CLEAN  # it can be read meanwhile
    await run(store, minutes=4)
    assert (await row()).state == State.KEPT
    assert store.content is None


async def test_what_the_provider_does_not_have_any_more_is_forgotten(run, row):
    await run(Forgetful(Refused("20404")))
    assert (await row()).state == State.KEPT


@pytest.mark.parametrize("there", [True, False])
async def test_after_a_week_it_is_not_asked_any_more(run, row, there, logged):
    await run(Forgetful(Busy("503")))
    week = ERASE_WITHIN / timedelta(minutes=1)
    await run(Forgetful(Busy("503")) if there else None, minutes=week - 10)
    assert (await row()).state == State.VERIFIED
    await run(Forgetful(Busy("503")) if there else None, minutes=week + 500)
    assert (await row()).state == State.KEPT
    assert "attachment.not_erased" in logged.getvalue()
    assert "ref-1" not in logged.getvalue()


# --- faults at every arrow: claim, receive, seal, verify, finish

COMMITS = range(1, 6)


class Fault(Exception):
    """The database, in the middle of it."""


def fails():
    raise Fault


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("n", COMMITS)
async def test_an_error_at_any_step_loses_nothing(run, row, opened, database, n, when):
    store = Forgetful()
    mortal = Mortal(database, n, before=when == "before", die=fails)
    try:
        await run(store, database=mortal)
    except Fault:
        assert n == 1  # what was not claimed is nobody's yet; everything else goes on beside it
    before = await row()
    assert before.state == State.KEPT or before.due_at is not None
    assert before.raw is None or before.state in {State.RECEIVED, State.SEALED}
    assert (store.content is None) <= (before.state in {State.VERIFIED, State.KEPT})
    await run(store, minutes=4)
    assert (await row()).state == State.KEPT
    assert await opened() == CLEAN
    assert store.content is None


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("n", COMMITS)
async def test_a_kill_at_any_step_loses_nothing(
    report, row, opened, database_url, tmp_path, key_folder, n, when
):
    provider = tmp_path / "provider"
    provider.mkdir()
    (provider / "ref-1").write_bytes(b"photo")

    async def process(minutes, *death):
        now = (report.phone.now + timedelta(minutes=minutes)).isoformat()
        command = ("-m", "tests.support.fetching_process", database_url, tmp_path)
        begun = await asyncio.create_subprocess_exec(
            sys.executable, *command, key_folder[0], now, *death
        )
        return await begun.wait()

    assert await process(0, str(n), when) == KILLED
    before = await row()
    done = before.state in {State.VERIFIED, State.KEPT}
    assert (provider / "ref-1").exists() or done
    assert await process(4, "0", "never") == 0
    assert (await row()).state == State.KEPT
    assert await opened() == b"clean photo"
    assert not (provider / "ref-1").exists()


@pytest.mark.parametrize(
    ("state", "column", "after"),
    [(State.RECEIVED, "raw", State.WAITING), (State.SEALED, "content", State.RECEIVED)],
)
async def test_what_lies_there_damaged_is_not_taken_for_done(
    run, row, opened, database, logged, state, column, after
):
    n = {State.RECEIVED: 2, State.SEALED: 3}[state]
    store = Forgetful()
    await run(store, database=Mortal(database, n, before=False, die=fails))
    assert (await row()).state == state
    async with database.transaction() as db:
        await db.execute(update(attachments).values({column: b"damaged"}))
    await run(store, minutes=4)
    assert (await row()).state == after
    assert "attachment.damaged" in logged.getvalue()
    assert store.content is not None
    await run(store, minutes=8)
    assert (await row()).state == State.KEPT
    assert await opened() == CLEAN


async def test_one_that_fails_does_not_hold_up_the_others(file, house, database):
    for n in range(3):
        address = ("sms", f"+25571100010{n}")
        await file(
            attachments=(Media(f"ref-{n}", "photo", "image/jpeg"),), address=Address(*address)
        )
    cleaner = Cleaner(KeyError("a bug"))
    fetching = Fetching(replace(house, channels={"sms": Store()}), cleaner)
    async with database.reading() as reads:
        (made_at,) = set((await reads.execute(select(attachments.c.made_at))).scalars())
    assert await fetching.run(made_at) == 3
    async with database.reading() as reads:
        states = list((await reads.execute(select(attachments.c.state))).scalars())
    assert sorted(states) == [State.KEPT, State.KEPT, State.RECEIVED]


# --- what the reporter is told


@pytest.fixture
def told(house, report):
    """What the reporter's phone hears when what is due was done, *minutes* later."""

    async def hears(minutes):
        return "\n".join(await report.followed_up(minutes=minutes))

    return hears


@pytest.mark.parametrize(
    ("code", "said"), [("404", "it did not reach us."), ("too-large", "it was too large.")]
)
async def test_the_reporter_is_told_once_of_a_file_that_is_over(run, told, code, said):
    await run(Store(Refused(code)))
    assert (await told(1)).count(said) == 1
    await run(Store(Refused(code)), minutes=4)
    assert await told(10) == ""


async def test_the_reporter_is_told_of_what_could_not_be_fetched_for_a_day(run, told):
    for hours in (0, 6, 23):
        await run(Store(Busy("429")), minutes=60 * hours)
        assert await told(0) == ""
    await run(Store(Busy("429")), minutes=60 * 27)
    await run(Store(Busy("429")), minutes=60 * 27)
    assert (await told(60 * 27 + 1)).count("it did not reach us.") == 1


async def test_of_a_file_from_another_channel_this_phone_hears_nothing(
    house, report, told, database
):
    """It came with the code, from a phone to which we know no way."""
    async with database.transaction() as db:
        await db.execute(update(attachments).values(channel="telegram"))
    served = replace(house, channels={"telegram": Store(Refused("too-large"))})
    await Fetching(served, Cleaner()).run(report.phone.now)
    assert await told(1) == ""


async def test_nobody_is_told_of_a_file_that_came_with_a_story(run, told, database):
    async with database.transaction() as db:
        await db.execute(update(attachments).values(subject="v" * 32))
    await run(Store(Refused("404")))
    assert await told(1) == ""


async def test_a_file_by_the_other_line_to_the_same_telephones_is_told_of(
    house, report, database, told
):
    async with database.transaction() as db:
        await db.execute(update(attachments).values(channel="gateway"))
    served = replace(house, channels={"gateway": Store(Refused("too-large"))})
    await Fetching(served, Cleaner()).run(report.phone.now)
    assert "it was too large." in await told(1)
