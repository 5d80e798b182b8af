from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from console import remedyfile
from forum import keyholders
from forum.bodies import Body
from grievances import case, caseload, remedies
from grievances.remedies import Plan
from grievances.states import State


def test_the_day_is_the_forums():
    late = datetime(2026, 5, 12, 22, 30, tzinfo=UTC)
    assert remedyfile.today_of(late, ZoneInfo("Africa/Nairobi")).day == 13
    assert remedyfile.today_of(late, UTC).day == 12


async def test_names_are_of_members_and_bodies(amina):
    found = remedyfile.names_of([amina.member], [Body("b", "Labour office", "authority")])
    assert found == {amina.member.id: "Amina Okello", "b": "Labour office"}


async def test_without_a_key_nothing_is_shown_and_who_did_it_does_not_confirm(
    amina, join, file, database, now
):
    other = await join(name="Neema Achieng")
    made = await file("Help.")
    by = {"by": amina.member, "now": now}
    async with database.transaction() as db:
        await case.change(db, made.case_id, state=State.IMPLEMENTING)
        plan = Plan("Pay.", now.date(), member_id=amina.member.id)
        action = await remedies.add(db, made.case_id, plan, **by)
        await remedies.finish(db, made.case_id, action, evidence="Seen.", **by)
    for person, confirms in ((amina, False), (other, True)):
        async with database.reading() as db:
            row = await caseload.find(db, person.member, made.reference)
            key = await keyholders.open_subject(db, made.case_id, person.member.id, person.private)
            given = {"names": {}, "today": now.date()}
            found = await remedyfile.read(db, row, key, person.member, **given)
            closed = await remedyfile.read(db, row, None, person.member, **given)
        assert ([each.what for each in found.actions], found.confirms) == (["Pay."], confirms)
        assert (closed.actions, closed.confirms, closed.pending) == ([], False, False)
