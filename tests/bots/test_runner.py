"""Whole dialogues through the real runner, ledger and case room, on both databases."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bots import dialogues
from bots.conversation import HONEST
from bots.effects import CheckInDue, NewsCame
from channels import contacts, dispatch, optout, unreachable
from channels.inbox import inbox
from channels.ledger import State, outbox
from grievances.case import cases
from locales import translate
from outreach import recordings, subscribers, telling
from outreach.profiles import Profile
from outreach.rule_texts import Part
from outreach.subscribers import Consent
from tests.support.covering import Ground
from tests.support.phone import Phone, runner_on
from tests.support.rulemaking import Rules
from tests.support.spoken import mp3

CODE = re.compile(r"\d{4}-\d{4}-\d{5}-\d")


@pytest.fixture
def runner(database, keyring):
    return runner_on(database, keyring)


@pytest.fixture
def phone(runner, database, keyring, now):
    return Phone(runner, database, keyring, now)


@pytest.fixture
def telegram(runner, database, keyring, now):
    return Phone(runner, database, keyring, now, channel="telegram", value="700100200")


async def count(database, table):
    async with database.reading() as reads:
        return (await reads.execute(select(func.count()).select_from(table))).scalar_one()


async def the_case(database):
    async with database.reading() as reads:
        return (await reads.execute(select(cases))).one()


def code_in(messages):
    (found,) = CODE.findall("\n".join(messages))
    return found


async def test_a_report_told_step_by_step(phone, database):
    await phone.says("hello", "1", "1")
    asked = await phone.says("The tunnel has fallen in")
    assert "1 Danger" in asked[-1]
    assert await count(database, cases) == 1  # kept before any question is answered
    await phone.says("2", "3")
    await phone.says("the river bend")
    told = await phone.says("1")
    assert len(told) == 1
    code_in(told)
    case = await the_case(database)
    assert (case.category, case.safe, case.language) == ("PAY", True, "en")


async def test_a_report_in_one_message(phone, database):
    told = await phone.says("REPORT the guards took our gold")
    code_in(told)
    assert await count(database, cases) == 1


async def test_the_first_words_in_any_language_are_filed_by_its_keyword(phone, database):
    code_in(await phone.says("SIGNALER les gardes ont pris notre or"))
    assert (await the_case(database)).language == "fr"


async def test_buttons_do_what_digits_do(telegram, database):
    await telegram.says("hello")
    await telegram.presses("English")
    await telegram.presses("Report a problem")
    await telegram.says("The tunnel has fallen in")
    await telegram.presses("Danger")
    await telegram.presses("Skip")
    told = await telegram.presses("Safe")
    code_in(told)
    assert (await the_case(database)).category == "DANGER"


async def test_an_old_button_does_not_answer_a_new_question(telegram, database):
    await telegram.says("hello")
    languages = telegram.buttons
    await telegram.presses("English")
    await telegram.presses("Report a problem")
    await telegram.says("The tunnel has fallen in")
    telegram.buttons = languages
    await telegram.presses("Français")
    assert (await the_case(database)).category is None


async def test_the_same_webhook_five_times_at_once_is_one_turn(phone, database):
    inbound = phone.inbound("REPORT the guards took our gold")
    await asyncio.gather(*(phone.runner.hear(inbound, phone.now) for _ in range(5)))
    assert await count(database, cases) == 1
    assert await count(database, inbox) == 1
    code_in(await phone.hears())


async def test_messages_of_one_contact_at_once_are_heard_one_after_the_other(phone, database):
    await phone.says("hello", "1", "1")
    stories = [phone.inbound(f"part {n} of the story of the dam") for n in range(4)]
    await asyncio.gather(*(phone.runner.hear(each, phone.now) for each in stories))
    assert await count(database, cases) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_contact_that_has_to_wait_holds_up_nobody_else(
    phone, runner, database, keyring, now
):
    other = Phone(runner, database, keyring, now, value="+254711000002")
    for one in (phone, other):
        await one.says("hello", "1")
    async with database.transaction() as db:  # another process hears this contact
        await dialogues.load(db, keyring, phone.address, now)
        waiting = [
            asyncio.create_task(runner.hear(phone.inbound(f"REPORT part {n}"), now))
            for n in range(60)
        ]
        async with asyncio.timeout(5):
            code_in(await other.says("REPORT the guards took our gold"))
        assert not any(task.done() for task in waiting)
    assert all(await asyncio.gather(*waiting))
    assert await count(database, inbox) == 4 + 1 + 60


async def test_a_dialogue_goes_on_in_another_process(phone, database, keyring):
    await phone.says("hello", "1", "1", "The tunnel has fallen in", "1")
    phone.runner = runner_on(database, keyring)
    phone.now += timedelta(hours=30)
    assert "answer to this phone" in (await phone.says("0"))[-1]


async def test_silence_tells_the_code_within_the_minute_and_only_once(phone):
    await phone.says("hello", "1", "1", "The tunnel has fallen in")
    code = code_in(await phone.waits(seconds=46))
    assert await phone.waits(seconds=600) == []
    rest = await phone.says("1", "0", "1")
    assert code not in "\n".join(rest)


async def test_words_that_nobody_sorted_become_a_report_after_a_day(phone, database):
    await phone.says("hello", "1")
    await phone.says("They closed the well and nobody tells us why")
    assert await count(database, cases) == 0
    assert await phone.waits(hours=23) == []
    code_in(await phone.waits(hours=2))
    assert await count(database, cases) == 1


async def test_a_digit_sorts_the_words_that_were_kept(phone, database):
    await phone.says("hello", "1", "They closed the well and nobody tells us why")
    assert "1 Danger" in (await phone.says("1"))[-1]
    assert await count(database, cases) == 1


async def test_the_status_by_code_from_another_phone(phone, runner, database, keyring, now):
    code = code_in(await phone.says("REPORT the guards took our gold"))
    other = Phone(runner, database, keyring, now, value="+254711000002")
    other.seen = set(phone.seen)
    told = await other.says(f"CHECK {code}")
    assert "A person will read it soon" in "\n".join(told)


async def test_the_status_without_a_code_from_the_same_phone(phone):
    await phone.says("REPORT the guards took our gold")
    assert "A person will read it soon" in "\n".join(await phone.says("CHECK"))


async def test_five_wrong_codes_are_judged_and_the_sixth_is_not(phone):
    await phone.says("hello", "1", "CHECK")
    wrong = ["12345678901234", "00000000000000"]
    answers = [await phone.says(wrong[n % 2]) for n in range(2)]
    assert all(answers)


async def test_whoever_stopped_can_still_report_and_ask(phone, database):
    await phone.says("hello", "1", "JOIN", "0", "1", "1")
    assert "no more news" in (await phone.says("Stop. Merci"))[-1]
    code_in(await phone.says("REPORT the guards took our gold"))
    assert await count(database, cases) == 1


async def test_whoever_stopped_or_could_not_be_reached_files_a_report_and_follows_it(
    phone, database, keyring, now
):
    await phone.says("hello", "1", "STOP")
    async with database.transaction() as db:
        await unreachable.count(
            db, contacts.pseudonym(keyring, phone.address), "21211", now, line="sms"
        )
    code = code_in(await phone.says("REPORT the guards took our gold"))
    case = await the_case(database)
    assert "We have it" in "\n".join(await phone.says(f"CHECK {code}"))
    await phone.says("MENU")
    async with database.transaction() as db:
        await phone.runner.tell(db, phone.address, "en", "news", NewsCame(case.id), phone.now)
    assert "You have news." in (await phone.hears())[-1]


async def test_a_stop_is_confirmed_exactly_once(phone):
    await phone.says("hello", "1")
    stop = phone.inbound("Stop. Merci")
    for _ in range(3):
        await phone.runner.hear(stop, phone.now)
    assert len(await phone.hears()) == 1
    assert await phone.says("STOP", "Arrêt", "/stop") == []


async def test_nothing_subscribes_again_but_start_and_joining(phone, database, keyring):
    async def stopped():
        async with database.reading() as reads:
            return await optout.stopped(reads, keyring, phone.address)

    await phone.says("hello", "1", "JOIN", "0", "1", "1", "1", "STOP")
    for text in ("hello", "/start", "yes", "HELP", "start the pump", "REPORT the pump broke", "1"):
        await phone.says(text)
        assert await stopped(), text
    await phone.says("START")
    assert not await stopped()
    await phone.says("STOP", "JOIN", "0", "1", "1")
    assert await stopped()  # not before it is done
    await phone.says("1")
    assert not await stopped()


async def test_doubtful_words_are_asked_about_once_and_not_lost(phone, database, keyring):
    await phone.says("hello", "1")
    assert "no more news" in (await phone.says("stop this bill"))[-1]
    assert "What is it?" in (await phone.says("stop it at last"))[-1]
    assert "About:" in (await phone.says("1"))[-1]
    assert await count(database, cases) == 1
    async with database.reading() as reads:
        assert not await optout.stopped(reads, keyring, phone.address)


async def test_stop_does_not_end_a_dialogue(phone):
    await phone.says("hello", "1", "1", "The tunnel has fallen in")
    await phone.says("STOP")
    assert "Where is it" in (await phone.says("1"))[-1]


async def test_a_provider_that_confirmed_a_stop_is_not_repeated(phone):
    await phone.says("hello", "1")
    inbound = replace(phone.inbound("STOP"), answered=True)
    await phone.runner.hear(inbound, phone.now)
    assert await phone.hears() == []


async def test_news_interrupts_and_the_question_underneath_comes_back(phone, database):
    code_in(await phone.says("REPORT the guards took our gold"))
    await phone.says("MENU", "1")
    case = await the_case(database)
    async with database.transaction() as db:
        await phone.runner.tell(db, phone.address, "en", "news", NewsCame(case.id), phone.now)
    assert "You have news." in (await phone.hears())[-1]
    assert "Tell us what happened" in (await phone.says("0"))[-1]


async def test_a_check_in_that_is_answered_no_reopens_nothing_that_is_not_resolved(
    phone, database
):
    await phone.says("REPORT the guards took our gold")
    case = await the_case(database)
    async with database.transaction() as db:
        await phone.runner.tell(
            db, phone.address, "en", "check_in", CheckInDue(case.id), phone.now
        )
    assert "solved" in (await phone.hears())[-1]
    assert "look at it again" in (await phone.says("2"))[-1]


async def test_call_me_back_from_a_basic_phone(phone, database):
    await phone.says("hello", "1", "9")
    told = await phone.says("1")
    code_in(told)
    assert (await the_case(database)).callback


async def test_call_me_back_from_a_chat_needs_a_number(telegram, database):
    await telegram.says("hello", "1", "9")
    assert "cannot call" in (await telegram.says("1"))[-1]
    code_in(await telegram.says("0711 000 009"))
    assert (await the_case(database)).callback


async def test_a_turn_that_fails_is_held_and_played_again(phone, database, monkeypatch):
    from bots import play as module  # noqa: PLC0415 - patched for one test only

    def broken(*_):
        raise KeyError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(module, "route", broken)
        assert not await phone.runner.hear(
            phone.inbound("REPORT the guards took our gold"), phone.now
        )
    assert await count(database, cases) == 0
    await phone.runner.hear_held(phone.now + timedelta(minutes=2))
    code_in(await phone.hears())
    assert await count(database, cases) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\0",
        "🙂🙂",
        "مرحبا كيف الحال في المنجم",
        "\ud83d",
        "x" * 10_000,
        "\x01\x02\x7f",
        "0",
        "?",
    ],
    ids=["empty", "blank", "null", "emoji", "rtl", "surrogate", "10kB", "binary", "zero", "mark"],
)
async def test_odd_texts_are_answered_and_break_nothing(phone, text):
    assert await phone.says(text)
    assert await phone.says("1")


async def test_ten_thousand_characters_are_kept_whole(phone, database, keyring):
    await phone.says("REPORT " + "gold " * 2_000)
    assert await count(database, cases) == 1


async def test_every_reply_is_written_down_once_a_turn(phone, database):
    await phone.says("hello", "1", "1", "The tunnel has fallen in", "1", "0", "1")
    async with database.reading() as reads:
        rows = (await reads.execute(select(outbox.c.inbound_token, outbox.c.n))).all()
    assert len(rows) == len(set(rows))
    assert all(row.inbound_token for row in rows)


# --- a call that nobody took


async def ring(phone):
    """Let the phone ring us; return what it hears."""
    assert await phone.runner.hear(replace(phone.inbound(""), rang=True), phone.now)
    return await phone.hears()


async def test_a_ring_is_answered_once_and_is_a_case_that_waits_for_a_call(phone, database):
    (told,) = await ring(phone)
    assert "We saw your call" in told
    code_in([told])
    case = await the_case(database)
    assert (case.callback, case.channel) == (True, "sms")
    assert await ring(phone) == []
    assert await count(database, cases) == 1


async def test_the_same_ring_five_times_at_once_is_one(phone, database):
    rung = replace(phone.inbound(""), rang=True)
    await asyncio.gather(*(phone.runner.hear(rung, phone.now) for _ in range(5)))
    assert len(await phone.hears()) == 1
    assert await count(database, cases) == 1


async def test_who_rang_is_welcomed_by_their_first_words_as_anybody_new(phone):
    await ring(phone)
    told = await phone.says("SIGNALER l'eau monte")
    assert translate(HONEST, "fr", sms=True) in "\n".join(told)


async def test_a_ring_is_answered_in_the_language_of_the_list(phone, database, keyring):
    async with database.transaction() as db:
        await subscribers.subscribe(db, keyring, phone.address, language="sw", now=phone.now)
    (told,) = await ring(phone)
    assert "FUATILIA" in told
    assert (await the_case(database)).language == "sw"


async def listed(phone, database, keyring, language="sw"):
    """Put the phone on the list as the counter does: it never wrote to us."""
    async with database.transaction() as db:
        agreed = Consent("at the counter", phone.now.date())
        await subscribers.register(
            db, keyring, phone.address, Profile(), agreed, language=language, now=phone.now
        )


@pytest.mark.parametrize("text", ["RULES", "hello", "They closed the well"])
async def test_first_words_are_answered_in_the_language_of_the_list(
    phone, database, keyring, text
):
    await listed(phone, database, keyring)
    phone.hint = "en"
    told = "\n".join(await phone.says(text))
    assert translate(HONEST, "sw", sms=True) in told or "Chagua lugha" in told


async def test_a_language_that_is_chosen_is_the_language_of_news(phone, database, keyring):
    await listed(phone, database, keyring)
    await phone.says("hello", "2")
    async with database.reading() as reads:
        assert await subscribers.language_of(reads, keyring, phone.address) == "fr"


async def test_a_ring_leaves_a_question_waiting(phone):
    await phone.says("hello", "1", "1")
    (told,) = await ring(phone)
    assert "We saw your call" in told
    assert "1 Danger" in (await phone.says("The tunnel has fallen in"))[-1]


async def test_a_ring_by_night_is_answered_in_the_morning_and_holds_up_nothing(phone, database):
    phone.now = phone.now.replace(hour=23)
    await ring(phone)
    await phone.says("REPORT the guards took our gold")
    async with database.reading() as db:
        rows = (await db.execute(select(outbox).order_by(outbox.c.seq))).all()
        leaving = await dispatch.due(db, channel="sms", limit=9, now=phone.now)
    morning = phone.now.replace(hour=8) + timedelta(days=1)
    assert [row.not_before for row in rows] == [morning, phone.now, phone.now]
    assert [row.id for row in leaving] == [rows[1].id]


# --- recordings


async def test_a_recording_is_a_message_of_its_own_before_the_parts(
    telegram, phone, database, now
):
    rule = await Rules(database, now).published("Retorts only")
    async with database.transaction() as db:
        made = {"by": "o" * 32, "now": now}
        await recordings.keep(db, rule, Part.WHY, "en", "audio/mpeg", mp3(3), **made)
    await telegram.says("hello", "1", "RULES R1")
    await telegram.presses("Why")
    button = [one for row in telegram.buttons for one in row if one.label == "Hear it"]
    inbound = telegram.inbound("", choice=button[0].data)
    assert await telegram.runner.hear(inbound, telegram.now)
    sound, parts = await telegram.outbounds()
    assert sound.sound is not None
    assert "Retorts only" in sound.text
    assert (parts.sound, bool(parts.buttons)) == (None, True)
    assert "Hear it" not in "".join(await phone.says("hello", "1", "RULES R1", "1"))


# --- a part of what was told


@pytest.fixture
def tell(database, keyring, now):
    """Tell the rule R1 to *phone*, which is on the list, by a broadcast that arrived later."""

    async def told(phone):
        ground = Ground(database, keyring, now + timedelta(hours=1))
        author, rule = await ground.member(), await ground.rule()
        made = await ground.do(telling.begin, rule.id, ["1", "3"], by=author)
        await ground.alone(made, author)
        await ground.tick()
        sent = outbox.c.broadcast.is_not(None)
        values = {"state": State.DELIVERED, "submitted_at": ground.now}
        async with database.transaction() as db:
            rows = await db.execute(
                update(outbox).where(sent).values(values).returning(outbox.c.id)
            )
            phone.seen |= set(rows.scalars())
        phone.now = ground.now + timedelta(hours=1)

    return told


@pytest.mark.parametrize("channel", ["phone", "telegram"])
async def test_a_digit_alone_reads_a_part_of_what_was_told(
    request, tell, channel, database, keyring
):
    one = request.getfixturevalue(channel)
    await listed(one, database, keyring, "en")
    await tell(one)
    told = "\n".join(await one.says("3"))
    assert "rules " in told
    assert translate(HONEST, "en", sms=one.channel == "sms") in told
    assert "why " in "\n".join(await one.says("1"))
    code_in(await one.says("Who pays for it?"))


async def test_the_menu_that_was_shown_before_gives_way_and_the_one_after_does_not(
    phone, tell, database, keyring
):
    await phone.says("hello", "1")
    await listed(phone, database, keyring, "en")
    await tell(phone)
    assert "rules " in "\n".join(await phone.says("3"))
    assert "your story" in "\n".join(await phone.says("MENU", "3"))


async def test_a_question_that_waits_for_a_digit_comes_before_what_was_told(
    phone, tell, database, keyring
):
    await phone.says("hello", "1", "1", "The tunnel has fallen in")
    await listed(phone, database, keyring, "en")
    await tell(phone)
    assert "Which one?" in "\n".join(await phone.says("3"))
