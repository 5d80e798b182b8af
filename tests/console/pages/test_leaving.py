import re

import pytest

from forum.members import Role
from outreach import announcements, telling
from outreach.announcements import State
from tests.support.covering import Ground
from tests.support.newsroom import Newsroom


@pytest.fixture
def database_url(sqlite_url):
    """Pages are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def room(database, keyring, now):
    return Newsroom(database, keyring, now)


@pytest.fixture
def ground(database, keyring, now):
    return Ground(database, keyring, now)


@pytest.fixture
async def rehema(join):
    return await join(Role.OFFICIAL, name="Rehema Juma")


@pytest.fixture
async def path(room, rehema):
    """A broadcast that is under way."""
    await room.list_people((5, "sms", "en"))
    made = await room.write(rehema.member)
    await room.alone(made, rehema.member)
    await room.tick()
    return f"/broadcasts/{made}"


async def find(room, path):
    return await room.find(path.split("/")[2])


async def test_it_is_paused_goes_on_and_says_who_said_so(rehema, room, path):
    answer = await rehema.post(f"{path}/pause", on=path)
    page = re.sub(r"\s+", " ", await answer.text())
    assert "Within two seconds nothing more of it leaves." in page
    assert 'Paused</span> <span class="soft">Rehema Juma, Tue 12 May, 09:00' in page
    assert (await find(room, path)).state == State.PAUSED
    answer = await rehema.post(f"{path}/resume", on=path)
    assert "It goes on." in await answer.text()
    assert (await find(room, path)).state == State.APPROVED


async def test_it_is_cancelled_only_after_a_second_look(rehema, room, path):
    assert "Cancel «Fees»?" in await rehema.page(f"{path}/cancel")
    assert (await find(room, path)).state == State.APPROVED
    await rehema.post(f"{path}/cancel")
    assert (await find(room, path)).state == State.CANCELLED
    answer = await rehema.post(f"{path}/resume", on=path)
    assert "The broadcast has moved on meanwhile." in await answer.text()
    again = await rehema.get(f"{path}/cancel")
    assert "The broadcast has moved on meanwhile." in await again.text()


@pytest.mark.parametrize("role", [Role.LEAD, Role.ADMINISTRATOR])
async def test_who_steers_delivery_stops_it(join, room, path, role):
    person = await join(role, name="Some One")
    await person.post(f"{path}/pause", on=path)
    assert (await find(room, path)).state == State.PAUSED


async def test_a_secretary_looks_and_stops_nothing(join, room, path):
    person = await join(Role.SECRETARY)
    assert "/pause" not in await person.page(path)
    answer = await person.post(f"{path}/pause", on=path)
    assert answer.status == 403
    assert (await find(room, path)).state == State.APPROVED


@pytest.mark.parametrize(
    ("how", "kin", "worded"),
    [("copy", set(), True), ("next", {"follows"}, False)],
)
async def test_what_follows_it_is_a_draft_of_its_own(rehema, room, path, how, kin, worded):
    answer = await rehema.post(f"{path}/copy", {"how": how}, on=path, allow_redirects=False)
    made = answer.headers["Location"].split("/")[2]
    this = await room.find(made)
    assert this.state == State.DRAFT
    assert {name for name in ("follows", "again_of") if getattr(this.draft, name)} == kin
    async with room.database.reading() as reads:
        assert bool(await announcements.texts(reads, made)) is worded
    if kin:
        assert f"/broadcasts/{made}" in await rehema.page(path)
        assert path in await rehema.page(f"/broadcasts/{made}")


async def test_the_next_of_a_rule_tells_the_rest_of_it_and_then_nothing(rehema, ground):
    rule = await ground.rule()
    made = await ground.do(telling.begin, rule.id, "12", by=rehema.member)
    on = f"/broadcasts/{made}"
    answer = await rehema.post(f"{on}/copy", {"how": "next"}, on=on)
    assert "with the parts of the rule that it has not told yet." in await answer.text()
    second = await ground.find(answer.url.path.split("/")[2])
    assert (second.draft.tells, second.draft.follows, second.draft.parts) == ("345", made, 3)
    async with ground.database.reading() as reads:
        assert len(await announcements.texts(reads, second.id)) == 3
    answer = await rehema.post(f"{on}/copy", {"how": "next"}, on=on)
    third = await ground.find(answer.url.path.split("/")[2])
    assert (third.draft.rule_id, third.draft.rule_edition, third.draft.tells) == (None, None, "")


async def test_a_form_sent_twice_makes_one(rehema, room, path, database):
    hidden = await rehema.hidden(path)
    for _ in range(2):
        await rehema.client.post(f"{path}/copy", data={**hidden, "how": "copy"})
    async with database.reading() as reads:
        assert len(await announcements.recent(reads, limit=9)) == 2
