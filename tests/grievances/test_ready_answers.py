import pytest
from hypothesis import given
from hypothesis import strategies as some

from forum import audit
from grievances import ready_answers
from grievances.ready_answers import Changed, Draft, Purpose, filled, strange_places

HEARD = Draft("Heard", Purpose.HEARD, texts={"en": "We have read it.", "sw": "Tumeisoma."})


@pytest.fixture
def keep(database, secretary, now):
    async def kept(draft=HEARD):
        async with database.transaction() as db:
            answer_id = await ready_answers.add(db, draft, by=secretary.member, now=now)
            return await ready_answers.find(db, answer_id)

    return kept


@pytest.fixture
def change(database, secretary, now):
    async def changed(ready, draft):
        async with database.transaction() as db:
            by = secretary.member
            await ready_answers.change(db, ready, draft, by=by, now=now)
            return await ready_answers.find(db, ready.id)

    return changed


async def test_what_is_kept_is_what_was_written(keep):
    kept = await keep()
    assert (kept.draft, kept.used, kept.edition) == (HEARD, 0, 1)


async def test_for_a_case_its_own_come_first_and_others_not_at_all(keep, database):
    for name, category, active in (
        ("any b", None, True),
        ("any a", None, True),
        ("land", "LAND", True),
        ("pay", "PAY", True),
        ("off", None, False),
    ):
        await keep(Draft(name, Purpose.ASK, category, active, {"en": "Tell us more."}))
    async with database.reading() as db:
        names = {
            category: [one.draft.name for one in await ready_answers.offered(db, category)]
            for category in ("LAND", None)
        }
        everything = [one.draft.name for one in await ready_answers.everything(db)]
    assert names == {"LAND": ["land", "any a", "any b"], None: ["any a", "any b"]}
    assert everything == ["any a", "any b", "land", "off", "pay"]


async def test_a_change_is_taken_back(keep, change, database, secretary, now):
    kept = await keep()
    other = Draft("Other", Purpose.WAIT, "LAND", active=False, texts={"en": "Wait."})
    assert (await change(kept, other)).draft == other
    async with database.transaction() as db:
        taken = await ready_answers.back(db, kept.id, 1, by=secretary.member, now=now)
        assert taken == HEARD
        back = await ready_answers.find(db, kept.id)
        assert (back.draft, back.edition) == (HEARD, 3)
        for edition in (0, 1, 3, 9):  # it is done, and only the last change can be undone
            by = secretary.member
            assert await ready_answers.back(db, kept.id, edition, by=by, now=now) is None
        assert await ready_answers.back(db, kept.id, 2, by=by, now=now) == other


async def test_what_is_removed_is_nowhere_until_it_is_taken_back(keep, database, secretary, now):
    kept = await keep()
    by = secretary.member
    async with database.transaction() as db:
        before = await ready_answers.remove(db, kept, by=by, now=now)
        assert await ready_answers.find(db, kept.id) is None
        assert await ready_answers.everything(db) == []
        assert await ready_answers.offered(db, None) == []
        await ready_answers.back(db, kept.id, before, by=by, now=now)
        assert (await ready_answers.find(db, kept.id)).draft == HEARD
        # What was removed in between cannot be brought back as a change.
        assert await ready_answers.back(db, kept.id, 2, by=by, now=now) is None
        acts = [act.act for act in await audit.recent(db)]
    assert acts == ["answer.restored", "answer.removed", "answer.added"]


async def test_of_two_who_change_it_at_once_the_second_is_told(keep, change):
    kept = await keep()
    await change(kept, HEARD)
    with pytest.raises(Changed):
        await change(kept, HEARD)


async def test_that_it_was_sent_is_counted_and_nothing_else(keep, database):
    kept = await keep()
    async with database.transaction() as db:
        for answer_id in (kept.id, kept.id, "0" * 32, ""):
            await ready_answers.count(db, answer_id)
        assert (await ready_answers.find(db, kept.id)).used == 2
    assert not {"case_id", "member_id"} & set(ready_answers.ready_answers.c.keys())


@pytest.mark.parametrize(
    ("languages", "found"),
    [(["sw", "fr"], "sw"), (["fr", "en"], "en"), (["fr"], "en"), ([], "en")],
)
async def test_the_reporters_language_comes_first(keep, languages, found):
    assert (await keep()).in_language(languages) == found


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("We have read it.", []),
        ("By {date}, in {days} days.", []),
        ("Case {reference}", ["reference"]),
        ("{name} {site}", ["name", "site"]),
        ("{}", [""]),
        ("{0}", ["0"]),
        ("{date.year}", ["date.year"]),
        ("{date[0]}", ["date[0]"]),
        ("{date:>9}", None),
        ("{date!r}", None),
        ("{date", None),
        ("date}", None),
        ("{{date}}", []),
    ],
)
def test_only_what_can_be_filled_may_stand_in_braces(text, strange):
    assert strange_places(text) == strange


def test_what_is_not_known_is_left_open():
    assert filled("By {date}, in {days}.", date="1/6/26") == "By 1/6/26, in ...."
    assert filled("{{x}}") == "{x}"


@given(some.text())
def test_whatever_passes_the_check_can_be_filled(text):
    if strange_places(text) == []:
        filled(text, date="1", days="2")
