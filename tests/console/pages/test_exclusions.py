"""A member steps aside, the lead keeps somebody out; and what is hidden leaves no trace at all."""

import itertools
import re

import pytest
from sqlalchemy import String, delete, insert

from channels.base import Media
from console import routes
from forum import attachments, bodies, members, superiors
from forum.members import RIGHTS, Role
from grievances import exclusions
from grievances.exclusions import Why
from grievances.filters import Due, Show
from grievances.lanes import focal_points
from grievances.states import State
from grievances.taxonomy import SURVIVOR
from storage.base import metadata

POLICE = "p" * 32
#: Why somebody is kept out of a case by itself; «merged» comes and goes with another
#: (``test_merging``).
OF_ITSELF = [why for why in Why if why is not Why.MERGED]
CASE_ROLES = [role for role in Role if RIGHTS[role] & members.CASE_RIGHTS]

#: Kept out for no reason of their own: they are no focal point of the lane that the case is in.
LANE = "lane"


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


@pytest.fixture
async def made(file, amina, lead):
    """A case that came when both of them were here already."""
    return await file("The chief takes money.", [Media("f1", "photo", "image/jpeg")])


@pytest.fixture
def file(file):
    async def filed(story, media=(), **more):
        return await file(story, attachments=media, **more)

    return filed


@pytest.fixture
async def police(database):
    async with database.transaction() as db:
        row = {"id": POLICE, "name": "Mines police", "kind": "independent"}
        await db.execute(bodies.bodies.insert().values(row))


async def judge(person, path, *named, answer="some", **more):
    form = {"category": "BRIBE", "severity": "S3", "site": "", "safe": "", "named": answer}
    hidden = await person.hidden(path)
    data = [*{**hidden, **form, **more}.items(), *named]
    return await person.client.post(f"{path}/facts", data=data)


# --- by hand -----------------------------------------------------------------------------------


async def test_a_member_steps_aside_after_a_second_look(amina, lead, made):
    path = f"/cases/{made.reference}"
    assert "Step aside?" in await amina.page(f"{path}/aside")
    text = await (await amina.post(f"{path}/aside")).text()
    assert f"You are off case {made.reference}." in text
    assert (await amina.get(path)).status == 404
    assert (await lead.get(path)).status == 200


async def test_the_last_who_can_open_it_stays(amina, file):
    path = f"/cases/{(await file('Help.')).reference}"
    text = await (await amina.post(f"{path}/aside")).text()
    assert "Nobody else could open this case." in text
    assert (await amina.get(path)).status == 200


async def test_the_lead_keeps_somebody_out_and_lets_them_in_again(amina, lead, made):
    path = f"/cases/{made.reference}"
    text = await (await lead.post(f"{path}/bar", {"member": amina.member.id}, on=path)).text()
    assert "Amina Okello can no longer see that there is such a case." in text
    assert "The lead keeps them out." in text
    assert (await amina.get(path)).status == 404
    await lead.post(f"{path}/admit", {"member": amina.member.id}, on=path)
    assert (await amina.get(path)).status == 200


@pytest.mark.parametrize("act", ["bar", "admit"])
async def test_a_choice_of_nobody_is_refused_beside_the_field(lead, made, act):
    path = f"/cases/{made.reference}"
    for nobody in ("", "0" * 32):
        answer = await lead.post(f"{path}/{act}", {"member": nobody}, on=path)
        assert answer.status == 422
        assert "Choose somebody else than yourself." in await answer.text()


async def test_nobody_but_the_lead_reads_who_is_kept_out(amina, lead, made, join):
    path = f"/cases/{made.reference}"
    other = await join(name="Neema Achieng")
    await lead.post(f"{path}/bar", {"member": other.member.id}, on=path)
    assert "Neema Achieng</strong> The lead keeps them out." in await lead.page(path)
    assert "keeps them out" not in await amina.page(path)
    token = await amina.hidden(path)
    given = {**token, "member": other.member.id}
    for act in ("bar", "admit"):
        assert (await amina.client.post(f"{path}/{act}", data=given)).status == 404


# --- whom the report names ---------------------------------------------------------------------


async def test_whom_it_names_is_asked_and_shown_again(amina, lead, made):
    path = f"/cases/{made.reference}"
    nothing = await judge(amina, path, answer="")
    assert nothing.status == 422
    assert "Say whom the report names." in await nothing.text()
    wrong = await judge(amina, path, answer="some")
    assert wrong.status == 422
    done = await judge(amina, path, ("named_member", lead.member.id))
    text = await done.text()
    assert "The facts of case" in text
    assert re.search(rf'value="{lead.member.id}" checked', text)
    assert (await lead.get(path)).status == 404


async def test_who_names_themselves_is_off_the_case(amina, lead, made):
    path = f"/cases/{made.reference}"
    done = await judge(amina, path, ("named_member", amina.member.id))
    assert f"You are off case {made.reference}." in await done.text()
    assert (await amina.get(path)).status == 404


async def test_whom_it_names_is_not_offered_as_handler(amina, join, made):
    path = f"/cases/{made.reference}"
    joseph = await join(Role.HANDLER, name="Joseph Mwangi")
    text = await (await judge(amina, path, ("named_member", joseph.member.id))).text()
    assert f'<option value="{joseph.member.id}"' not in text
    answer = await amina.post(f"{path}/assign", {"assignee": joseph.member.id}, on=path)
    assert answer.status == 422


async def test_who_comes_to_sit_for_a_named_body_loses_sight(amina, lead, made, police):
    path = f"/cases/{made.reference}"
    await judge(lead, path, ("named_body", POLICE))
    assert (await amina.get(path)).status == 200
    moved = f"/members/{amina.member.id}/body"
    text = await (await lead.post(moved, {"body": POLICE}, on="/members")).text()
    assert "It is kept for which body Amina Okello sits." in text
    assert (await amina.get(path)).status == 404
    await lead.post(moved, {"body": ""}, on="/members")
    assert (await amina.get(path)).status == 404


@pytest.mark.parametrize("body", [POLICE, "0" * 32])
async def test_nobody_moves_themselves_nor_anywhere(lead, amina, police, body):
    who = lead if body == POLICE else amina
    answer = await lead.post(f"/members/{who.member.id}/body", {"body": body}, on="/members")
    assert answer.status == 422


# --- as if it had never come -------------------------------------------------------------------

#: What stands in an address for what it needs; a page with something else in its address has to
#: be added here before this passes.
PLACES = {
    "reference": lambda made, _: [made.reference],
    "state": lambda *_: list(State),
    "attachment": lambda _, found: [found],
    "action": lambda *_: ["a" * 32],
    "member": lambda *_: ["m" * 32],
    "view": lambda *_: ["w" * 32],
    "voice": lambda *_: ["v" * 32],
    "answer": lambda *_: ["a" * 32],
    "line": lambda *_: ["sms"],
    "announcement": lambda *_: ["b" * 32],
    "broadcast": lambda *_: ["b" * 32],
    "letter": lambda *_: ["l" * 32],
    "link": lambda *_: ["k" * 32],
    "referral": lambda *_: ["r" * 32],
    "token": lambda *_: ["used-up"],
    "category": lambda *_: ["PAY"],
    "group": lambda *_: ["2"],
    "rule": lambda *_: ["r" * 32],
    "language": lambda *_: ["fr"],
    "part": lambda *_: ["why"],
    "phrase": lambda *_: ["others"],
    "site": lambda *_: ["s" * 32],
    "audience": lambda *_: ["d" * 32],
    "import": lambda *_: ["i" * 32],
    "survey": lambda *_: ["y" * 32],
    "question": lambda *_: ["q" * 32],
    "event": lambda *_: ["e" * 32],
    "theme": lambda *_: ["t" * 32],
    "quote": lambda *_: ["u" * 32],
    "series": lambda *_: ["z" * 32],
    "position": lambda *_: ["1"],
    "discussion": lambda *_: ["x" * 32],
}

#: Of one page, made anew for each answer.
ONCE = re.compile(rb'name="once" value="[^"]*"')


def addresses(door, made, attachment):
    """Return the addresses of one door, with everything that may stand in them."""
    names = re.findall(r"{(\w+)}", door.path)
    for values in itertools.product(*(PLACES[name](made, attachment) for name in names)):
        path = door.path
        for name, value in zip(names, values, strict=True):
            path = path.replace(f"{{{name}}}", value)
        yield path


def everything(made, attachment):
    """Return each request whose answer could tell of a case: every page, and every post to it."""
    for door in (*routes.DOORS, *routes.REHEARSAL):
        of_the_case = "{reference}" in door.path
        if door.method == "GET" or of_the_case:
            yield from ((door.method, path) for path in addresses(door, made, attachment))
    yield from (("GET", f"/cases?show={show}") for show in Show)
    yield from (("GET", f"/cases?due={due}&order=gravest&handler=nobody") for due in Due)
    yield from (("GET", f"/cases?state={state}&order=newest") for state in State)
    yield from (("GET", f"/due?scale={scale}") for scale in ("month", "week", "day"))
    yield "GET", f"/cases?find={made.reference}"
    yield "GET", "/cases?page=2020-01-01T00:00:00+00:00_0"
    yield "GET", f"/explanations?find={made.reference}"
    yield "GET", "/referrals?show=all"
    yield "GET", "/routing?try=yes&category=BRIBE"


async def answers(person, made, attachment):
    """Return everything that *person* is answered, byte for byte."""
    found = {}
    token = {"csrf": (await person.hidden("/account"))["csrf"]}
    for words in ("chief money", "another", "nobody"):
        async with person.client.post("/search", data={**token, "words": words}) as answer:
            found["POST", f"/search {words}"] = answer.status, await answer.text()
    for method, path in everything(made, attachment):
        data = token if method == "POST" else None
        async with person.client.request(method, path, data=data) as answer:
            kept = [(name, value) for name, value in answer.headers.items() if name != "Date"]
            found[method, path] = answer.status, kept, ONCE.sub(b"", await answer.read())
    looked = {**token, "find": made.code_text}
    async with person.client.post("/deliveries", data=looked) as answer:
        found["POST", "/deliveries"] = answer.status, await answer.text()
    return found


async def vanish(database, case_id):
    """Take every row of the case away, as if it had never come."""
    async with database.transaction() as db:
        for table in reversed(metadata.sorted_tables):
            for column in table.c:
                if isinstance(column.type, String) and (column.type.length or 0) >= len(case_id):
                    await db.execute(delete(table).where(column == case_id))


#: Each reason, with the roles in turn: hundreds of pages are read twice for each, and all reasons
#: come to the one predicate. PostgreSQL is asked for a reason of either kind: a row, and the lane.
KEPT_OUT = list(zip(itertools.cycle(CASE_ROLES), [*OF_ITSELF, LANE], strict=False))
WALKS = [("sqlite", *each) for each in KEPT_OUT] + [
    ("postgresql", *each) for each in KEPT_OUT if each[1] in {Why.NAMED, LANE}
]


@pytest.mark.parametrize(("database_url", "role", "why"), WALKS, indirect=["database_url"])
async def test_to_who_is_kept_out_every_page_is_as_if_it_had_never_come(
    role, why, amina, lead, made, join, file, database, police, now
):
    viewer = await join(role, name="Vera Phiri")
    neema = await join(name="Neema Achieng")  # came after it, and has no key
    path = f"/cases/{made.reference}"
    other = await file("Another matter.")
    await judge(lead, f"/cases/{other.reference}", answer="nobody")
    named = {Why.NAMED: ("named_member", viewer.member.id), Why.BODY: ("named_body", POLICE)}
    async with database.transaction() as db:
        await members.change_body(db, viewer.member.id, POLICE, by=lead.member, now=now)
        (attachment,) = await attachments.of_subject(db, made.case_id)
    if why is Why.SUPERIOR:
        async with database.transaction() as db:
            below, by = neema.member.id, {"by": lead.member, "now": now}
            await superiors.place(db, below, viewer.member.id, **by)
        await judge(lead, path, ("named_member", neema.member.id))
    elif why == LANE:
        async with database.transaction() as db:
            point = {"lane": SURVIVOR, "member_id": lead.member.id, "named_at": now}
            await db.execute(insert(focal_points).values(point))
        await judge(lead, path, answer="nobody", category="ABUSE", severity="S1")
    elif why in named:
        await judge(lead, path, named[why])
    else:
        await judge(lead, path, answer="nobody")
        async with database.transaction() as db:
            ids = [made.case_id], [viewer.member.id]
            await exclusions.exclude(db, *ids, why, by=lead.member.id, now=now)
    await lead.post(f"{path}/assign", {"assignee": lead.member.id}, on=path)
    await lead.post(f"{path}/note", {"note": "She must not hear of it."}, on=path)
    seen = await answers(viewer, made, attachment.id)
    await vanish(database, made.case_id)
    unseen = await answers(viewer, made, attachment.id)
    assert {asked for asked in seen if seen[asked] != unseen[asked]} == set()
    assert all(status == 404 for (_, asked), (status, *_) in seen.items() if path in asked)


@pytest.mark.parametrize("role", [role for role in Role if role not in CASE_ROLES])
async def test_whoever_has_no_right_to_cases_passes_no_door_to_one(
    role, amina, lead, made, join, database
):
    """An auditor may ask how a case was routed, unless it names them."""
    viewer = await join(role, name="Vera Phiri")
    path = f"/cases/{made.reference}"
    named = [("named_member", viewer.member.id)] if role is Role.AUDITOR else []
    await judge(lead, path, *named, answer="some" if named else "nobody")
    await lead.post(f"{path}/assign", {"assignee": lead.member.id}, on=path)
    async with database.transaction() as db:
        (attachment,) = await attachments.of_subject(db, made.case_id)
    seen = await answers(viewer, made, attachment.id)
    await vanish(database, made.case_id)
    unseen = await answers(viewer, made, attachment.id)
    assert {asked for asked in seen if seen[asked] != unseen[asked]} == set()
    assert all(status in {403, 404} for (_, asked), (status, *_) in seen.items() if path in asked)
    assert seen["GET", "/cases"][0] == seen["GET", "/referrals"][0] == 403


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_comparison_would_notice(amina, lead, made, database):
    """Somebody who may see the case is answered otherwise, so that equal answers say something."""
    async with database.transaction() as db:
        (attachment,) = await attachments.of_subject(db, made.case_id)
    seen = await answers(lead, made, attachment.id)
    await vanish(database, made.case_id)
    unseen = await answers(lead, made, attachment.id)
    different = {path for (how, path) in seen if seen[how, path] != unseen[how, path]}
    assert {"/cases", f"/cases/{made.reference}", "/search chief money"} <= different
