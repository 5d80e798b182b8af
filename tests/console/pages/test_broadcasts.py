import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from channels.ledger import State as Sent
from channels.ledger import outbox
from console.pages.broadcasts import COUNTED_AFTER, FEW
from forum.members import Role
from outreach import announcements, call_phrases, progress, saved_audiences, terms
from outreach.announcements import State, Words
from outreach.audiences import Audience
from outreach.schedules import Schedule
from tests.support.exchange import Exchange
from tests.support.newsroom import Newsroom
from tests.support.rulemaking import Rules, words

FORM = {
    "title": "Fees from June",
    "language": "en",
    "parts": "2",
    "fallback": "skip",
    "start_day": "2026-05-20",
    "start_hour": "09:30",
    "opens": "07:00",
    "closes": "19:00",
    "lasts": "48",
    "times": "3",
    "every": "7",
    "day": "2026-09-01",
    "before": "30, 90 7",
    "asks": "languages",
    "to_languages": "fr",
}


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def room(database, keyring, now):
    return Newsroom(database, keyring, now)


@pytest.fixture
async def rehema(join):
    return await join(Role.OFFICIAL, name="Rehema Juma")


def plain(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def test_a_house_without_broadcasts_says_what_will_be_here(rehema):
    assert "Nothing was broadcast yet" in await rehema.page("/broadcasts")


@pytest.mark.parametrize(
    ("role", "writes"),
    [(Role.OFFICIAL, True), (Role.LEAD, False), (Role.SECRETARY, False)],
)
async def test_who_watches_delivery_looks_and_who_broadcasts_writes(join, room, role, writes):
    person = await join(role, name="Some One")
    made = await room.write(await room.member())
    page = await person.page("/broadcasts")
    assert f"/broadcasts/{made}" in page
    assert ("Write a broadcast" in page) is writes
    one = await person.page(f"/broadcasts/{made}")
    assert "The new fee is 10 from Monday." in one
    assert (f"/broadcasts/{made}/edit" in one) is writes


async def test_what_is_chosen_is_kept_and_leads_to_the_words(rehema, room):
    answer = await rehema.post("/broadcasts/new", FORM, allow_redirects=False)
    made = answer.headers["Location"].split("/")[2]
    draft = (await room.find(made)).draft
    schedule = draft.schedule
    # The forum of these pages lives by UTC.
    assert schedule.starts_at.isoformat() == "2026-05-20T09:30:00+00:00"
    assert (schedule.opens, schedule.closes, schedule.lasts) == (420, 1140, 48)
    assert (schedule.every, schedule.times, schedule.before) == (7, 3, (90, 30, 7))
    assert (draft.parts, draft.fallback, draft.audience.languages) == (2, "skip", {"fr"})
    page = plain(await rehema.page(f"/broadcasts/{made}"))
    for said in ("Français", "3 times, 7 days apart", "90, 30, 7 days before", "07:00"):
        assert said in page
    form = await rehema.page(f"/broadcasts/{made}/edit")
    assert 'value="2026-05-20"' in form
    assert re.search(r'name="to_languages" value="fr" checked', form)


async def test_a_form_sent_twice_begins_one(rehema, database):
    hidden = await rehema.hidden("/broadcasts/new")
    for _ in range(2):
        await rehema.client.post("/broadcasts/new", data={**hidden, **FORM})
    async with database.reading() as reads:
        assert len(await announcements.recent(reads, limit=9)) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": " "}, "Give it a name"),
        ({"title": "x" * 121}, "Give it a name"),
        ({"language": "zz"}, "Choose one of these."),
        ({"parts": "6"}, "Choose one of these."),
        ({"fallback": ""}, "Choose one of these."),
        ({"opens": "25:00"}, "Write two hours"),
        ({"lasts": "0"}, "from 1 to 336"),
        ({"lasts": "٣"}, "from 1 to 336"),
        ({"times": "13"}, "from 1 to 12"),
        ({"every": ""}, "from 1 to 90"),
        ({"start_hour": ""}, "Write a day and an hour, or neither."),
        ({"start_day": "2026-02-30"}, "Write a day and an hour, or neither."),
        ({"day": ""}, "Choose the day"),
        ({"before": "soon"}, "six numbers of days"),
        ({"before": "1 2 3 4 5 6 7"}, "six numbers of days"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field_and_the_text_is_kept(rehema, changes, said):
    answer = await rehema.post("/broadcasts/new", {**FORM, "title": "Fees", **changes})
    page = await answer.text()
    assert answer.status == 422
    assert said in page
    if "title" not in changes:
        assert 'value="Fees"' in page
    assert re.search(r'name="to_languages" value="fr" checked', page)


async def test_of_two_who_change_it_at_once_the_second_keeps_the_text(rehema, room):
    made = await room.write(await room.member())
    path = f"/broadcasts/{made}/edit"
    hidden = await rehema.hidden(path)
    await rehema.post(path, {**FORM, "title": "First"})
    answer = await rehema.client.post(path, data={**hidden, **FORM, "title": "Second"})
    page = await answer.text()
    assert answer.status == 422
    assert "Somebody changed it meanwhile" in page
    assert 'value="Second"' in page
    assert (await room.find(made)).draft.title == "First"
    token = re.search(r'name="edition" value="(\d+)"', page)[1]
    await rehema.client.post(path, data={**hidden, **FORM, "title": "Second", "edition": token})
    assert (await room.find(made)).draft.title == "Second"


async def test_the_estimate_tells_people_segments_cost_and_time(rehema, room):
    await room.list_people((60, "sms", "en"), (3, "sms", "fr"), (2, "pigeon", "en"))
    made = await room.write(rehema.member, {(0, "en"): Words("Les fêtes " * 20)})
    page = plain(await rehema.page(f"/broadcasts/{made}"))
    assert "63 people get it each time." in page
    assert "2 in its audience get nothing." in page
    assert "3 do not get it in their own language." in page
    assert "What it costs is not known" in page
    assert "SMS English English 60 180" in page  # ê: three segments
    assert "no line leads there" in page
    assert "done by" in page


async def test_progress_is_told_live_and_by_language_channel_and_site(rehema, room, site):
    await room.list_people((6, "sms", "en", "s" * 32), (2, "telegram", "fr"))
    made = await room.write(rehema.member)
    await room.alone(made, rehema.member)
    path = f"/broadcasts/{made}"
    assert "messages arrived" not in await rehema.page("/broadcasts")
    assert "every 5s" in await rehema.page(path)  # it may begin at any moment
    await room.tick()
    assert "Its messages are being made." in await rehema.page(path)
    await progress.count(room.database, made, room.now)
    page = await rehema.page(path)
    said = plain(page)
    assert f'hx-get="{path}/progress?was=approved-begun"' in page
    assert "Messages: 8, people: 8" in said
    assert "English 0 0 0 6" in said
    assert "Telegram 0 0 0 2" in said
    assert f"Kobalo Hill KB12 0 0 0 {6}" in said
    assert f"Named no site 0 0 0 fewer than {FEW}" in said
    assert "0 of 8 messages arrived" in await rehema.page("/broadcasts")
    part = await rehema.page(f"{path}/progress")
    assert "<html" not in part
    assert "Messages: 8, people: 8" in plain(part)


async def test_every_reminder_is_shown_as_it_will_be_sent(rehema, room):
    await room.list_people((2, "sms", "en"))
    day = (room.now + timedelta(days=40)).date()
    when = Schedule(day=day, before=(30, 1))
    made = await room.write(rehema.member, {(0, "en"): Words("x" * 138)}, schedule=when)
    page = plain(await rehema.page(f"/broadcasts/{made}"))
    assert f"Days until 21 Jun: 30. {'x' * 138} 2 segments" in page
    assert f"Days until 21 Jun: 1. {'x' * 138} 1 segment" in page
    assert "SMS English English 2 4" in page  # the dearest of its times


@pytest.mark.parametrize("to", [State.ENDED, State.PAUSED, State.CANCELLED])
async def test_an_open_page_is_opened_anew_when_something_else_can_be_done(rehema, room, to):
    await room.list_people((1, "sms", "en"))
    made = await room.write(rehema.member)
    await room.alone(made, rehema.member)
    await room.tick()
    path = f"/broadcasts/{made}"
    asks = re.search(r'hx-get="([^"]+/progress[^"]*)"', await rehema.page(path))[1]
    before = await rehema.get(asks)
    assert "HX-Redirect" not in before.headers
    assert 'id="progress"' in await before.text()
    async with room.database.transaction() as db:
        await announcements.move(db, made, to, by=None, now=room.now)
    after = await rehema.get(asks)
    assert after.headers["HX-Redirect"] == path


async def test_an_open_page_is_opened_anew_when_it_begins(rehema, room):
    await room.list_people((1, "sms", "en"))
    made = await room.write(rehema.member)
    await room.alone(made, rehema.member)
    path = f"/broadcasts/{made}"
    asks = re.search(r'hx-get="([^"]+/progress[^"]*)"', await rehema.page(path))[1]
    await room.tick()
    assert (await rehema.get(asks)).headers["HX-Redirect"] == path


@pytest.mark.parametrize(("ago", "asks"), [(timedelta(0), True), (COUNTED_AFTER, False)])
async def test_what_is_over_asks_for_no_news_once_it_is_counted(rehema, room, ago, asks):
    await room.list_people((1, "sms", "en"))
    made = await room.write(rehema.member)
    await room.alone(made, rehema.member)
    await room.tick()
    async with room.database.transaction() as db:
        await announcements.move(db, made, State.ENDED, by=None, now=room.now - ago)
    page = await rehema.page(f"/broadcasts/{made}")
    assert ("hx-get" in page.partition("<main")[2]) is asks
    assert "By itself" in page


async def test_what_has_begun_is_not_edited(rehema, room):
    await room.list_people((1, "sms", "en"))
    made = await room.write(rehema.member)
    await room.alone(made, rehema.member)
    await room.tick()
    for page in ("edit", "words"):
        answer = await rehema.get(f"/broadcasts/{made}/{page}")
        assert "It cannot be changed any more." in await answer.text()


async def test_the_list_goes_on_page_by_page(rehema, room, monkeypatch):
    monkeypatch.setattr("console.pages.broadcasts.PAGE", 2)
    for n in range(3):
        room.now += timedelta(minutes=1)
        await room.write(rehema.member, title=f"Number {n}")
    first = await rehema.page("/broadcasts")
    assert "Number 2" in first
    assert "Number 0" not in first
    earlier = re.search(r'href="(/broadcasts\?before=\d+)"', first)[1]
    rest = await rehema.page(earlier)
    assert "Number 0" in rest
    assert "Number 1" not in rest
    assert "Number 2" in await rehema.page("/broadcasts?before=nonsense")


async def test_a_broadcast_that_there_is_not_is_not_found(rehema):
    for path in ("", "/words", "/edit", "/progress", "/cancel"):
        assert (await rehema.get(f"/broadcasts/{'0' * 32}{path}")).status == 404


async def test_an_audience_that_is_kept_is_chosen_already(rehema, database, now):
    chosen = Audience(roles=frozenset({"washer"}), methods=frozenset({"panning"}))
    async with database.transaction() as db:
        kept = await saved_audiences.keep(db, "Washers", chosen, by=rehema.member.id, now=now)
    assert f"/broadcasts/new?audience={kept}" in await rehema.page("/audiences")
    page = await rehema.page(f"/broadcasts/new?audience={kept}")
    assert 'value="Washers"' in page
    assert re.search(r'name="to_roles" value="washer" checked', page)
    assert re.search(r'name="to_methods" value="panning" checked', page)
    assert (
        "checked" not in (await rehema.page("/broadcasts/new?audience=none")).partition("to_")[2]
    )


async def test_a_rule_that_is_told_becomes_a_broadcast_of_five_parts(rehema, database, now):
    rules = Rules(database, now)
    rule = await rules.published("Retorts", applies=Audience(roles=frozenset({"washer"})))
    rule = await rules.act("write", rule, "fr", words(why="Nouveau"))  # not published yet
    answer = await rehema.post(f"/rules/{rule.id}/broadcast", on=f"/rules/{rule.id}")
    text = plain(await answer.text())
    assert "R1 Retorts" in text
    assert "Who was told of R1, and when it may be enforced" in text
    async with database.reading() as db:
        made = await announcements.find(db, answer.url.path.rpartition("/")[2])
        texts = await announcements.texts(db, made.id)
    assert (made.draft.rule_id, made.draft.parts) == (rule.id, 5)
    assert made.draft.audience == rule.facts.applies
    assert sorted(texts) == [(part, "en") for part in range(5)]
    assert texts[0, "en"] == Words("why sms", "why full")


async def test_what_says_something_else_than_the_rule_is_named(rehema, ground, database):
    rule = await ground.rule()
    made = await rehema.post(f"/rules/{rule.id}/broadcast", on=f"/rules/{rule.id}")
    said = "These say something else than R1 does in edition 1."
    assert said not in plain(await made.text())
    other = {(2, "en"): Words("x"), (0, "sw"): Words("y")}
    by = {"edition": 1, "by": await ground.member()}
    await ground.do(announcements.say, made.url.path.rpartition("/")[2], other, **by)
    text = plain(await rehema.page(made.url.path))
    assert said in text
    assert "does not count as told of that part: 1 (Kiswahili), 3 (English)" in text


@pytest.mark.parametrize(("role", "leads"), [(Role.SECRETARY, True), (Role.ADMINISTRATOR, False)])
async def test_it_leads_to_the_coverage_of_a_rule_that_is_told(
    rehema, join, database, now, role, leads
):
    rules = Rules(database, now)
    rule = await rules.published("Retorts")
    made = await rehema.post(f"/rules/{rule.id}/broadcast", on=f"/rules/{rule.id}")
    reader = await join(role, name="Neema Achieng")
    link = f'href="/rules/{rule.id}/coverage"'
    assert (link in await reader.page(made.url.path)) is leads
    await rules.act("withdraw", rule)
    assert link not in await reader.page(made.url.path)


async def test_whom_a_broadcast_of_a_rule_calls_is_chosen_where_that_can_be(
    rehema, services, ground, monkeypatch
):
    exchange = Exchange(ground.database, ground.keyring, ground.now)
    rule = await exchange.rule()
    made, _ = await exchange.draft(rule, calls=False)
    edit = f"/broadcasts/{made}/edit"
    assert "Call telephones up" not in await rehema.page(edit)  # no line calls
    object.__setattr__(services, "office", lambda: exchange.office)
    assert "nobody can be called yet" in await rehema.page(edit)
    await exchange.record(rule, "12")
    assert "MP3 or WAV: English. All others" in plain(await rehema.page(edit))
    form = {**FORM, "parts": "2", "calls": "yes", "asks_calls": "yes"}
    await rehema.post(edit, form)
    assert (await exchange.find(made)).draft.calls
    page = await rehema.page(f"/broadcasts/{made}")
    assert "One call plays all the messages." in page
    for part in ("why", "what"):
        sound = f"/rules/{rule.id}/recordings/en/{part}?edition=1"
        assert f'<audio src="{sound}" controls' in page
        assert (await rehema.get(sound)).status == 200
    assert '<option value="call"' in page  # for a test
    warned = (edit, f"/broadcasts/{made}", f"/rules/{rule.id}/recordings/en")
    silent = re.compile(r"(are|is) silent between the parts: nobody hears what the keys do")
    assert not [path for path in warned if silent.search(await rehema.page(path))]
    monkeypatch.setattr(call_phrases, "READ_ALOUD", frozenset())
    for path in warned:
        text = await rehema.page(path)
        assert silent.search(text)
        assert 'href="/calls/en"' in text
    await rehema.post(edit, {**FORM, "asks_calls": "yes"})
    assert not (await exchange.find(made)).draft.calls
    assert '<option value="call"' not in await rehema.page(f"/broadcasts/{made}")


async def test_messages_on_different_days_are_told_with_their_days(rehema, room):
    await room.list_people((3, "sms", "en"))
    texts = {(part, "en"): Words(f"Part {part}.") for part in range(2)}
    made = await room.write(rehema.member, texts, parts=2, schedule=Schedule(apart=3))
    assert "3 days apart" in plain(await rehema.page(f"/broadcasts/{made}"))
    await room.alone(made, rehema.member)
    await room.tick()
    await progress.count(room.database, made, room.now)
    page = plain(await rehema.page(f"/broadcasts/{made}"))
    assert "Fri 15 May, 09:00: message 2" in page
    assert "Message 2 0 0 0 3" in page


async def test_whether_chats_get_the_recordings_is_chosen_for_a_rule(rehema, room, ground):
    exchange = Exchange(ground.database, ground.keyring, ground.now)
    made, _ = await exchange.draft(rule := await exchange.rule(), calls=False)
    edit, form = f"/broadcasts/{made}/edit", {**FORM, "parts": "2", "asks_sounds": "yes"}
    assert "In no language is any of these messages recorded yet." in await rehema.page(edit)
    await exchange.record(rule, "2")
    assert "Recorded messages: English 1." in plain(await rehema.page(edit))
    await rehema.post(edit, {**form, "sounds": "yes"})
    assert (await exchange.find(made)).draft.sounds
    assert "comes with its recording" in await rehema.page(f"/broadcasts/{made}")
    await rehema.post(edit, form)
    assert not (await exchange.find(made)).draft.sounds
    plainly = await room.write(rehema.member)
    assert "asks_sounds" not in await rehema.page(f"/broadcasts/{plainly}/edit")


async def test_what_a_gateway_took_costs_what_an_sms_does(rehema, room, database, join):
    lead = await join(Role.LEAD)
    await room.do(terms.price, {"sms": 450}, "KES", by=lead.member)
    await room.list_people((4, "sms", "en"))
    made = await room.write(rehema.member)
    await room.alone(made, rehema.member)
    await room.tick()
    async with database.transaction() as db:
        await db.execute(update(outbox).values(channel="gateway", state=Sent.DELIVERED))
    await progress.count(database, made, room.now)
    assert "4 · 0.18 KES" in plain(await rehema.page(f"/broadcasts/{made}"))
