"""Every wish granted, on both databases: what is written, and what is heard back."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from bots import dialogues, granting
from bots import effects as wish
from bots.conversation import Attachment, Choice, Effect
from bots.granting import Beforehand, Granting, Powers, Prepared
from channels import optout
from channels.base import Address, Style
from forum import bodies, keyholders, members
from forum.attachments import attachments
from forum.members import Role
from grievances import codes as tries
from grievances import correspondence
from grievances.almanac import Almanac
from grievances.calendars import PLAIN_WEEK
from grievances.case import cases
from grievances.category import Category, Name
from grievances.entries import Kind
from grievances.severity import Severity
from grievances.states import State
from grievances.taxonomy import DEFAULT
from outreach import subscribers, voices
from outreach.report_backs import report_back_wishes
from outreach.subscribers import Counts
from tests.support.rulemaking import Rules, whole_dates
from tests.support.school import School, lesson
from vault import codes
from vault.codes import Mint

STORY = "The guards took our gold"
PHOTO = Attachment("ref-1", "photo", "image/jpeg")
HERE = Address("sms", "+254711000001")
CHAT = Address("telegram", "700100200")


@pytest.fixture
def powers(database, keyring):
    return Powers(database, keyring, Mint(keyring), "KE", Almanac(PLAIN_WEEK))


@pytest.fixture
async def amina(database, keyring, now):
    """A secretary and her private key."""
    made = members.prepare("river stones sing at dusk", keyring)
    async with database.transaction() as db:
        member = await members.join(
            db,
            email="amina@example.org",
            name="Amina",
            role=Role.SECRETARY,
            language="en",
            keys=made,
            now=now,
        )
    return member, made.pair.private


@pytest.fixture
def granted(database, keyring, powers, now):
    """Grant *effect* as a turn does: again, with what was prepared, when something is slow."""

    async def grant(effect, address=HERE, *, when=now, language="sw", **more):
        style = Style.SMS if address.channel == "sms" else Style.CHAT
        prepared = Prepared()
        while True:
            try:
                async with database.transaction() as db:
                    contact = await dialogues.load(db, keyring, address, when)
                    turn = Granting(
                        powers,
                        db,
                        contact,
                        address,
                        when,
                        prepared,
                        language=language,
                        style=style,
                        **more,
                    )
                    grant.turn = turn
                    return await turn.grant(effect)
            except Beforehand as wanted:
                await powers.prepare(prepared, wanted, when)

    return grant


@pytest.fixture
def filed(granted, amina):
    async def file(effect=None, address=HERE, **more):
        return await granted(effect or wish.FileCase(STORY), address, **more)

    return file


@pytest.fixture
def thread(database, amina):
    """What a secretary reads in a case: (kind, text) of each entry."""

    async def read(case):
        member, private = amina
        async with database.reading() as reads:
            key = await keyholders.open_subject(reads, case, member.id, private)
            views = await correspondence.thread(reads, case, key)
        return [(view.entry.kind, view.entry.text) for view in views]

    return read


async def row_of(database, table=cases):
    async with database.reading() as reads:
        return (await reads.execute(select(table))).one()


async def count(database, table):
    async with database.reading() as reads:
        return (await reads.execute(select(func.count()).select_from(table))).scalar_one()


async def test_what_nobody_knows_is_granted_by_nobody(granted):
    class Wishful(Effect):
        pass

    with pytest.raises(TypeError, match="Wishful"):
        await granted(Wishful())


# --- report


async def test_a_case_is_filed_with_its_words_and_its_photo(filed, thread, database):
    told = await filed(wish.FileCase(STORY, (PHOTO,), "VIOLENCE"))
    assert codes.read(told.code)
    row = await row_of(database)
    assert (row.id, row.language, row.channel) == (told.case, "sw", "sms")
    assert (Kind.TEXT, STORY) in await thread(told.case)
    photo = await row_of(database, attachments)
    assert (photo.subject, photo.kind, photo.channel) == (told.case, "photo", "sms")


async def test_a_code_that_is_ready_is_taken_and_none_is_given_twice(filed, powers):
    powers.mint._ready.put_nowait(await powers.mint.take())
    told = [(await filed()).code for _ in range(3)]
    assert len(set(told)) == 3


async def test_a_turn_that_is_taken_again_keeps_the_code_that_it_took(
    database, keyring, powers, now
):
    powers.mint._ready.put_nowait(await powers.mint.take())
    prepared = Prepared()

    async def turn():
        async with database.transaction() as db:
            contact = await dialogues.load(db, keyring, HERE, now)
            turn = Granting(
                powers, db, contact, HERE, now, prepared, language="en", style=Style.SMS
            )
            first = await turn.grant(wish.FileCase("one"))
            second = await turn.grant(wish.FileCase("two"))
            return first.code, second.code

    with pytest.raises(Beforehand) as wanted:
        await turn()
    (kept,) = prepared.minted
    await powers.prepare(prepared, wanted.value, now)
    assert kept.code.text in await turn()
    assert await count(database, cases) == 2


async def test_what_a_reporter_adds_describes_the_case(filed, granted, thread, database):
    async with database.transaction() as db:
        site = {"name": "Kobalo", "district": "North", "mineral": "gold"}
        await db.execute(bodies.sites.insert().values(id="s" * 32, code="KB12", **site))
    case = (await filed()).case
    assert await granted(wish.DescribeCase(case, category="DANGER")) == wish.CaseDescribed(None)
    told = await granted(wish.DescribeCase(case, place="kb 12", safe=True))
    assert told == wish.CaseDescribed("Kobalo")
    row = await row_of(database)
    assert (row.category, row.safe, row.district) == ("DANGER", True, "North")


# --- call back


@pytest.mark.parametrize(
    ("number", "address", "kept"),
    [
        (None, HERE, "+254711000001"),
        ("0711 000 009", CHAT, "+254711000009"),
        ("+255 700 000 001", HERE, "+255700000001"),
    ],
    ids=["this-phone", "national", "abroad"],
)
async def test_a_call_is_asked_for_by_a_number_in_any_spelling(
    granted, amina, thread, database, number, address, kept
):
    told = await granted(wish.AskCall(number, STORY), address)
    assert codes.read(told.code)
    assert (Kind.NUMBER, kept) in await thread(told.case)
    assert (await row_of(database)).callback


@pytest.mark.parametrize(
    ("number", "address"),
    [
        (None, CHAT),
        ("nonsense", HERE),
        ("12", HERE),
        ("", HERE),
        ("", CHAT),  # a photo, perhaps: its chat's id must not be dialled
        (None, Address("sms", "TAX-OFFICE")),
    ],
)
async def test_what_cannot_be_called_files_nothing(granted, database, number, address):
    assert await granted(wish.AskCall(number, STORY), address) == wish.NoNumber()
    assert await count(database, cases) == 0


async def test_a_call_about_a_case_files_no_second_one(filed, granted, thread, database):
    case = (await filed()).case
    told = await granted(wish.AskCall(None, case=case))
    assert told == wish.CaseFiled(case, "")
    assert (Kind.NUMBER, HERE.value) in await thread(case)
    assert (await row_of(database)).callback


# --- the reporter comes back


async def test_a_code_finds_its_case_from_any_phone(filed, granted):
    told = await filed()
    found = await granted(wish.FindCase(told.code.replace("-", " ")), CHAT)
    assert (found.case, found.news, found.asks) == (told.case, False, False)


async def test_a_slip_of_the_finger_is_no_try(granted, database):
    right = codes.mint().digits
    slip = f"{right[:-1]}{(int(right[-1]) + 1) % 10}"
    assert await granted(wish.FindCase(slip)) == wish.CaseUnknown()
    assert await granted(wish.FindCase("hello")) == wish.CaseUnknown()
    assert await count(database, tries.tries) == 0


async def test_a_wrong_code_is_a_try_and_the_sixth_is_not_judged(filed, granted):
    told = await filed()
    wrong = []
    while len(wrong) < 6:
        code = codes.mint()
        if code.text != told.code:
            wrong.append(code.text)
    answers = [await granted(wish.FindCase(code), CHAT) for code in wrong]
    assert answers == [wish.CaseUnknown()] * 5 + [wish.TooManyTries()]
    assert await granted(wish.FindCase(told.code), CHAT) == wish.TooManyTries()
    later = await granted(wish.FindCase(told.code), HERE)  # its owner is not locked out
    assert later.case == told.case


async def test_a_code_is_judged_before_the_transaction_and_not_in_it(
    filed, database, keyring, powers, now
):
    told = await filed()
    prepared = Prepared()
    with pytest.raises(Beforehand) as wanted:
        async with database.transaction() as db:
            contact = await dialogues.load(db, keyring, CHAT, now)
            turn = Granting(
                powers, db, contact, CHAT, now, prepared, language="en", style=Style.CHAT
            )
            await turn.grant(wish.FindCase(told.code))
    assert told.code not in f"{wanted.value!r} {wanted.value}"
    await powers.prepare(prepared, wanted.value, now)
    assert list(prepared.judged.values()) == [told.case]


async def test_the_newest_open_case_of_this_phone_is_found_without_a_code(filed, granted, now):
    assert await granted(wish.FindMine()) == wish.CaseUnknown()
    await filed()
    newest = await filed(when=now + timedelta(hours=1))
    assert (await granted(wish.FindMine())).case == newest.case
    assert await granted(wish.FindMine(), replace(HERE, value="+254711000002")) == (
        wish.CaseUnknown()
    )


async def test_a_ring_makes_one_case_that_waits_for_a_call(granted, thread, database):
    told = await granted(wish.RingBack())
    assert told.code
    assert await thread(told.case) == [(Kind.NUMBER, HERE.value)]
    case = await row_of(database, cases)
    assert (case.callback, case.language) == (True, "sw")


async def test_rings_of_a_day_are_one(granted, thread, database, now):
    case = (await granted(wish.RingBack())).case
    within = now + granting.RINGS_APART - timedelta(seconds=1)
    for when in (now, now + timedelta(hours=1), within):
        assert await granted(wish.RingBack(), when=when) == wish.CallAwaited()
    assert len(await thread(case)) == 1
    later = await granted(wish.RingBack(), when=now + granting.RINGS_APART)
    assert later == wish.CaseFiled(case, "")
    assert len(await thread(case)) == 2
    assert await count(database, cases) == 1


async def test_a_ring_after_the_case_has_ended_is_a_new_one(granted, database, now):
    first = (await granted(wish.RingBack())).case
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=State.CLOSED))
    second = await granted(wish.RingBack(), when=now + timedelta(hours=1))
    assert second.code
    assert second.case != first


async def test_a_ring_while_a_case_is_spoken_of_marks_that_case(filed, granted, thread, database):
    case = (await filed()).case
    assert await granted(wish.RingBack(case)) == wish.CaseFiled(case, "")
    assert (Kind.NUMBER, HERE.value) in await thread(case)
    assert await count(database, cases) == 1


async def test_rings_of_two_phones_are_two(granted, database):
    await granted(wish.RingBack())
    assert (await granted(wish.RingBack(), replace(HERE, value="+254711000002"))).code
    assert await count(database, cases) == 2


async def test_more_words_and_photos_join_the_case(filed, granted, thread, database):
    case = (await filed()).case
    told = await granted(wish.AddToCase(case, "They came again", (PHOTO,)), CHAT)
    assert told == wish.CaseExtended()
    assert (Kind.TEXT, "They came again") in await thread(case)
    assert (await row_of(database, attachments)).channel == "telegram"


async def test_unread_answers_are_handed_over_once(filed, granted, amina, database, keyring, now):
    case = (await filed()).case
    async with database.transaction() as db:
        for text in ("First.", "Second."):
            await correspondence.answer(
                db, keyring, member=amina[0], case_id=case, text=text, now=now
            )
    assert (await granted(wish.FindMine())).news
    told = await granted(wish.ReadNews(case))
    assert len(told.entries) == 2
    assert list(granted.turn.unread) == list(told.entries)
    assert await granted(wish.ReadNews(case)) == wish.NewsRead(())
    assert not (await granted(wish.FindMine())).news


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("yes", State.AGREED),
        ("no", State.IN_REVIEW),
        ("talk", State.IN_REVIEW),
        ("appeal", State.APPEALED),
    ],
)
async def test_a_word_to_a_proposal_moves_the_case(
    filed, granted, amina, database, keyring, now, word, state
):
    case = (await filed()).case
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=State.PROPOSED))
        said = {"member": amina[0], "case_id": case, "text": "A school.", "now": now}
        await correspondence.answer(db, keyring, **said)
    assert (await granted(wish.FindMine())).proposal
    assert (await granted(wish.ReadNews(case))).proposal
    assert await granted(wish.AnswerProposal(case, word)) == wish.ProposalAnswered()
    assert (await row_of(database, cases)).state == state
    assert not (await granted(wish.FindMine())).proposal


async def test_whoever_does_not_accept_how_it_ended_has_others_decide(filed, granted, database):
    case = (await filed()).case
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=State.CLOSED))
    assert (await granted(wish.ReadNews(case))).appeal
    assert await granted(wish.AskAppeal(case)) == wish.AppealAsked()
    assert (await row_of(database, cases)).state == State.APPEALED
    assert not (await granted(wish.FindMine())).appeal


@pytest.mark.parametrize(("solved", "state"), [(True, State.MONITORING), (False, State.TRIAGED)])
async def test_the_reporter_has_the_last_word(filed, granted, database, now, solved, state):
    case = (await filed()).case
    async with database.transaction() as db:
        await db.execute(update(cases).values(state=State.RESOLVED, resolved_at=now))
    assert await granted(wish.AnswerCheckIn(case, solved)) == wish.CheckInAnswered()
    assert (await row_of(database)).state == state


async def test_who_is_not_well_has_a_case_of_its_own(filed, granted, database, now):
    case = (await filed()).case
    assert await granted(wish.AnswerWell(case, well=True)) == wish.WellAnswered()
    told = await granted(wish.AnswerWell(case, well=False), when=now + timedelta(days=7))
    assert told.case not in {None, case}
    assert await count(database, cases) == 2
    assert (await granted(wish.FindMine())).case == told.case


async def test_two_messages_take_a_case_back(filed, granted, database):
    case = (await filed()).case
    told = await granted(wish.WithdrawCase(case, 3600))
    assert told == wish.CaseWithdrawn("withdrawn")
    assert (await row_of(database, cases)).state == State.WITHDRAWN
    assert await granted(wish.WithdrawCase(case, 3600)) == wish.CaseWithdrawn("over")


async def test_a_second_message_that_comes_late_takes_nothing_back(filed, granted, database, now):
    case = (await filed()).case
    late = now + timedelta(seconds=3601)
    assert await granted(wish.WithdrawCase(case, 3600), when=late) == wish.CaseWithdrawn("late")
    assert (await row_of(database, cases)).state == State.RECEIVED


# --- the others


async def test_a_story_is_kept_with_its_consent_and_no_way_back(granted, amina, database):
    told = await granted(wish.KeepVoice(STORY, (PHOTO,), "unnamed"), CHAT)
    assert told == wish.VoiceKept()
    row = await row_of(database, voices.voices)
    assert (row.consent, row.language, row.channel) == ("unnamed", "sw", "telegram")
    assert CHAT.value not in str(row)
    member, private = amina
    async with database.reading() as reads:
        key = await keyholders.open_subject(reads, row.id, member.id, private)
        kept = await voices.get(reads, row.id)
    assert voices.read(key, kept) == STORY
    assert (await row_of(database, attachments)).subject == row.id


async def test_who_wants_to_hear_of_a_story_is_found_again_until_they_take_it_back(
    granted, database
):
    await granted(wish.KeepVoice(STORY, (), "unnamed"))
    assert await count(database, report_back_wishes) == 0
    await granted(wish.KeepVoice(STORY, (), "unnamed", report_back=True))
    row = await row_of(database, report_back_wishes)
    assert row.language == "sw"
    assert HERE.value not in str(row)
    await granted(wish.SetLanguage("fr"))
    assert (await row_of(database, report_back_wishes)).language == "fr"
    for _ in range(2):
        assert await granted(wish.EndReportBacks()) == wish.ReportBacksEnded()
        assert await count(database, report_back_wishes) == 0
    assert await count(database, voices.voices) == 2


async def test_whoever_is_forgotten_hears_of_no_story(granted, database):
    await granted(wish.KeepVoice(STORY, (), "unnamed", report_back=True))
    await granted(wish.Forget())
    assert await count(database, report_back_wishes) == 0


async def test_lessons_are_chosen_brought_answered_and_ended(granted, database, now):
    series = await School(database, now).write(lesson(1, "2"), lesson(2), lesson(3))
    (choice,) = (await granted(wish.FindLessons())).series
    assert choice.key == series.id
    came = await granted(wish.JoinLessons(series.id))
    answered = await granted(wish.AnswerLesson(came.learner, 1, "2"))
    assert answered == wish.LessonAnswered()
    assert (await granted(wish.NextLesson())).position == 2
    assert await granted(wish.EndLessons()) == wish.LessonsEnded()
    assert await granted(wish.NextLesson()) == wish.NoLesson()


async def test_a_consent_that_nobody_gave_keeps_nothing(granted, database):
    with pytest.raises(ValueError, match="nonsense"):
        await granted(wish.KeepVoice(STORY, (), "nonsense"))
    assert await count(database, voices.voices) == 0


async def test_who_subscribes_is_on_the_list_though_they_stopped_before(
    granted, database, keyring
):
    await granted(wish.Stop())
    told = await granted(wish.Subscribe("the river", "digger", None))
    assert told == wish.Subscribed(None)
    row = await row_of(database, subscribers.subscribers)
    assert (row.language, row.role, row.gender) == ("sw", "digger", None)
    async with database.reading() as reads:
        assert not await optout.stopped(reads, keyring, HERE)


async def test_who_asks_to_be_forgotten_is_off_the_list_and_still_stopped(
    granted, database, keyring
):
    await granted(wish.Subscribe(None, "digger", None, "formal"))
    await granted(wish.Stop())
    for _ in range(2):
        assert await granted(wish.Forget()) == wish.Forgotten()
        assert await count(database, subscribers.subscribers) == 0
    async with database.reading() as reads:
        assert await optout.stopped(reads, keyring, HERE)


async def test_who_asks_is_told_what_the_list_keeps_of_them(granted):
    assert await granted(wish.FindKnown()) == wish.KnownFound()
    await granted(wish.Subscribe(None, "owner", None, "formal"))
    told = await granted(wish.FindKnown())
    (person,) = told.people
    assert (person.work, told.language, told.how) == ("Mwenye ardhi", "Kiswahili", "own")
    await granted(wish.Forget())
    assert await granted(wish.FindKnown()) == wish.KnownFound()


async def test_stop_and_start_hold_for_the_ledger_and_for_the_list(granted, database, keyring):
    await granted(wish.Subscribe(None, None, None))
    for effect, stopped, counts in (
        (wish.Stop(), True, Counts(0, 1)),
        (wish.Restart(), False, Counts(1, 0)),
    ):
        assert await granted(effect) == wish.StopKept()
        async with database.reading() as reads:
            assert await optout.stopped(reads, keyring, HERE) is stopped
            assert await subscribers.counts(reads) == counts


async def test_a_stop_that_is_repeated_says_so(granted):
    assert await granted(wish.Stop()) == wish.StopKept()
    assert await granted(wish.Stop()) == wish.StopKept(before=True)


async def test_a_stop_that_the_provider_confirmed_says_so(granted):
    assert await granted(wish.Stop(), answered=True) == wish.StopKept(answered=True)


async def test_a_language_holds_from_now_on(granted):
    assert await granted(wish.SetLanguage("fr")) == wish.LanguageSet()
    assert granted.turn.language == granted.turn.contact.language == "fr"


async def test_a_language_holds_for_news_as_well(granted, database):
    await granted(wish.Subscribe(None, "digger", None))
    await granted(wish.SetLanguage("fr"))
    assert (await row_of(database, subscribers.subscribers)).language == "fr"


def test_every_wish_that_there_is_has_its_branch():
    wishes = {one.__name__ for one in vars(wish).values() if _is_wish(one)}
    source = Path(granting.__file__).read_text("utf-8")
    assert set(re.findall(r"case wish\.(\w+)\(\)", source)) == wishes


def _is_wish(one):
    return isinstance(one, type) and issubclass(one, Effect) and one is not Effect


async def test_what_a_report_can_be_about_is_what_the_forum_has_now(granted, powers, database):
    dust = Category(
        "DUST", 15, 5, Severity.S2, "", ("health",), names={"sw": Name(choice="Vumbi")}
    )
    powers.register.taxonomy = DEFAULT.with_category(replace(dust, position=9))
    filed = await granted(wish.FileCase(STORY))
    assert filed.offered[4].behind[2] == Choice("3", "DUST", "Vumbi", "")
    await granted(wish.DescribeCase(filed.case, category="DUST"))
    async with database.reading() as db:
        row = (await db.execute(select(cases.c.category, cases.c.severity))).one()
    assert tuple(row) == ("DUST", "S2")


# --- rules ------------------------------------------------------------------------------------


async def test_rules_are_found_and_read_on_the_forums_own_day(
    granted, database, keyring, now, powers
):
    midnight = now.replace(hour=22)  # it is tomorrow already where the forum is
    powers.almanac.calendar = replace(PLAIN_WEEK, zone=ZoneInfo("Africa/Lusaka"))
    today = whole_dates(now.date(), announced_on=1, outreach_from=1)
    await Rules(database, now).published("Receipts", dates=today)
    early = await granted(wish.FindRules(), when=now)
    assert early == wish.RulesFound()
    found = await granted(wish.FindRules(), when=midnight, language="en")
    assert [choice.short for choice in found.rules] == ["Receipts (in force 13 May)"]
    assert await granted(wish.ReadPart("R1", "why")) == wish.PartRead("why full", "why sms")


async def test_a_question_about_a_rule_is_a_case_of_the_mildest_kind(filed, thread, database):
    event = await filed(wish.FileCase("R1: May I dig?", category="OTHER"))
    row = await row_of(database)
    assert (row.category, row.severity) == ("OTHER", Severity.S4)
    assert await thread(event.case) == [(Kind.TEXT, "R1: May I dig?")]
