import pytest
from sqlalchemy import select, update

from channels.base import Address, Media
from channels.contacts import routes
from forum import attachments, keyholders
from grievances import deadlines, entries, intake
from grievances.case import NoSuchCase, cases
from grievances.deadlines import Step
from grievances.entries import Kind
from grievances.intake import REFERENCE_LENGTH
from grievances.severity import UNSORTED, Severity
from grievances.states import State
from grievances.taxonomy import CATEGORIES

PHOTO = Media("file-1", "photo", "image/jpeg")


@pytest.fixture
def row(database):
    async def found(case_id):
        async with database.reading() as db:
            return (await db.execute(select(cases).where(cases.c.id == case_id))).one()

    return found


@pytest.fixture
def thread(database, secretary):
    async def read(case_id):
        async with database.reading() as db:
            private = await keyholders.open_subject(
                db, case_id, secretary.member.id, secretary.private
            )
            return [(each.kind, each.text) for each in await entries.read(db, case_id, private)]

    return read


@pytest.fixture
def describe(database, now):
    async def described(case_id, **answers):
        async with database.transaction() as db:
            return await intake.describe(db, case_id, now=now, **answers)

    return described


async def test_a_report_is_a_case_with_its_words_sealed(file, row, thread, now):
    filed = await file("Rocks fell on the ladder.")
    kept = await row(filed.case_id)
    assert (kept.state, kept.severity, kept.received_at) == (State.RECEIVED, UNSORTED, now)
    assert await thread(filed.case_id) == [(Kind.TEXT, "Rocks fell on the ladder.")]


async def test_the_reference_is_short_and_not_the_code(file, row):
    filed = await file()
    assert len(filed.reference) == REFERENCE_LENGTH
    assert (await row(filed.case_id)).reference == filed.reference
    assert filed.reference not in filed.code_text


async def test_a_reference_that_is_taken_is_not_given_twice(file, monkeypatch):
    drawn = iter(["AAAAAA", "AAAAAA", "BBBBBB"])
    monkeypatch.setattr(intake, "_reference", lambda: next(drawn))
    assert [(await file()).reference for _ in range(2)] == ["AAAAAA", "BBBBBB"]


async def test_the_code_is_kept_nowhere(file, row):
    filed = await file()
    kept = await row(filed.case_id)
    digits = filed.code_text.replace("-", "")
    assert digits not in str(tuple(kept))
    assert digits[4:].encode() not in kept.code_digest


async def test_no_row_holds_the_address(file, database, row):
    filed = await file(address=Address("sms", "+255711222333"))
    assert "711222333" not in str(tuple(await row(filed.case_id)))
    async with database.transaction() as db:
        (route,) = await (await db.routes()).execute(select(routes))
    assert "711222333" not in str(tuple(route))


async def test_before_anybody_has_a_key_the_recovery_key_holds_it(file, database):
    filed = await file()
    async with database.reading() as db:
        assert await keyholders.without_holder(db) == 1
        assert filed.case_id


async def test_a_category_sets_severity_lane_and_quarantine(file, row):
    for key, known in CATEGORIES.items():
        kept = await row((await file(category=key)).case_id)
        assert (kept.category, kept.severity) == (key, known.floor)
        assert (kept.lane, kept.quarantine) == (known.lane, known.quarantine)


async def test_a_category_that_nobody_knows_loses_no_word(file, row, thread):
    filed = await file("words", category="NONSENSE")
    assert (await row(filed.case_id)).category is None
    assert await thread(filed.case_id) == [(Kind.TEXT, "words")]


async def test_a_code_typed_in_the_story_is_cut_out(file, thread):
    other = await file()
    filed = await file(f"as I said in {other.code_text}")
    assert await thread(filed.case_id) == [(Kind.TEXT, "as I said in [code]")]


async def test_a_voice_note_alone_is_a_report(file, thread, database):
    filed = await file("", attachments=[PHOTO])
    assert await thread(filed.case_id) == [(Kind.ATTACHMENT, "")]
    async with database.reading() as db:
        (kept,) = await attachments.of_subject(db, filed.case_id)
    assert (kept.kind, kept.state) == ("photo", attachments.State.WAITING)


async def test_a_wish_to_be_called_is_a_case_and_its_number_is_sealed(file, row, thread):
    filed = await file("", callback_number="+255700000009")
    kept = await row(filed.case_id)
    assert kept.callback
    assert "700000009" not in str(tuple(kept))
    assert await thread(filed.case_id) == [(Kind.NUMBER, "+255700000009")]


async def test_a_failed_filing_leaves_nothing(file, database, monkeypatch):
    async def fail(*_, **__):
        raise OSError("the disk is full")

    monkeypatch.setattr(keyholders, "share_out", fail)
    with pytest.raises(OSError, match="disk is full"):
        await file()
    async with database.transaction() as db:
        assert (await db.execute(select(cases))).all() == []
        assert (await (await db.routes()).execute(select(routes))).all() == []


async def test_a_later_category_judges_the_case_and_only_shortens_its_terms(
    file, row, describe, database
):
    filed = await file()
    await describe(filed.case_id, category="ABUSE")
    assert (await row(filed.case_id)).severity == Severity.S1
    async with database.reading() as db:
        first = (await deadlines.of_case(db, filed.case_id))[0]
    await describe(filed.case_id, category="OTHER")
    assert (await row(filed.case_id)).severity == Severity.S4
    async with database.reading() as db:
        assert (await deadlines.of_case(db, filed.case_id))[0] == first
    assert first.step is Step.ACKNOWLEDGE


async def test_a_person_s_judgement_stands_against_a_late_category(file, row, describe, database):
    filed = await file(category="PAY")
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=State.TRIAGED))
    await describe(filed.case_id, category="DANGER")
    assert (await row(filed.case_id)).category == "PAY"


async def test_a_site_code_is_understood_and_the_words_are_kept(file, row, thread, describe, site):
    filed = await file("words")
    described = await describe(filed.case_id, place="kb-12")
    kept = await row(filed.case_id)
    assert (described.site_name, kept.district) == (site, "North")
    assert (Kind.PLACE, "kb-12") in await thread(filed.case_id)


async def test_any_other_place_is_kept_sealed_only(file, row, thread, describe):
    filed = await file("words")
    described = await describe(filed.case_id, place="behind the school \0")
    assert described.site_name is None
    assert (await row(filed.case_id)).site_id is None
    assert (Kind.PLACE, "behind the school \0") in await thread(filed.case_id)


async def test_whether_the_phone_is_safe_is_kept(file, row, describe):
    filed = await file()
    assert (await row(filed.case_id)).safe is None
    for safe in (True, False):
        await describe(filed.case_id, safe=safe)
        assert (await row(filed.case_id)).safe is safe


async def test_what_is_not_there_cannot_be_described(describe):
    with pytest.raises(NoSuchCase):
        await describe("0" * 32, safe=True)


async def test_what_was_filed_is_never_printed(file):
    filed = await file()
    assert filed.code_text not in repr(filed)
