import html
import re

import pytest

from console.pages.merging import ITSELF, NO_KEY, NONE, NOT_SO
from forum.members import Role
from grievances import exclusions
from grievances.exclusions import Why
from tests.console.pages.test_exclusions import ONCE, answers, vanish

JUDGED = {"category": "PAY", "severity": "S3", "named": "nobody"}


@pytest.fixture
async def lead(join):
    return await join(Role.LEAD, name="Lindiwe Banda")


@pytest.fixture
async def pair(amina, lead, file):
    """The duplicate, and the case that leads."""
    return await file("The wall fell.", language="sw"), await file("Le mur.", language="fr")


@pytest.fixture
def judge(amina):
    async def judged(made):
        path = f"/cases/{made.reference}"
        await amina.post(f"{path}/facts", JUDGED, on=path)
        return path

    return judged


@pytest.fixture
def merge(amina):
    async def merged(made, other, person=None, **more):
        who, path = person or amina, f"/cases/{made.reference}/merge"
        form = {"with": other, "named": "nobody", **more}
        answer = await who.post(path, form, on=f"{path}?with={other}")
        return answer, html.unescape(await answer.text())

    return merged


async def test_both_are_laid_side_by_side(amina, pair):
    made, leading = pair
    text = await amina.page(f"/cases/{made.reference}/merge?with={leading.reference.lower()}")
    assert "The wall fell." in text
    assert "Le mur." in text
    assert f"Yes: {leading.reference} leads" in text
    assert 'name="named"' in text  # nobody has looked yet


async def test_a_case_is_merged_and_parted_again(amina, pair, merge, judge):
    made, leading = pair
    path = await judge(made)
    answer, text = await merge(made, leading.reference, reason="The same wall.", named="")
    assert answer.status == 200
    assert f"Case {made.reference} is a duplicate of {leading.reference} now." in text
    assert f'action="{path}/unmerge"' in text  # undo stands beside it
    page = await amina.page(path)
    assert "This is a duplicate." in page
    assert "The same wall." in page
    parted = await amina.post(f"{path}/unmerge", on=path)
    assert "is now: Triaged." in await parted.text()
    again = await amina.post(f"{path}/unmerge", on=path)
    assert "Nothing was changed just now." in await again.text()


async def test_a_second_press_merges_nothing_twice(amina, pair):
    made, leading = pair
    path = f"/cases/{made.reference}/merge"
    hidden = await amina.hidden(f"{path}?with={leading.reference}")
    form = {**hidden, "named": "nobody"}
    assert (await amina.client.post(path, data=form)).status == 200
    twice = await amina.client.post(path, data=form)
    assert "Nothing was sent twice." in await twice.text()


@pytest.mark.parametrize(
    ("typed", "said"), [("", NONE), ("ZZZZZZ", NONE), ("itself", ITSELF), ("'--", NONE)]
)
async def test_what_cannot_be_taken_is_refused_beside_the_field(pair, merge, typed, said):
    made, _ = pair
    answer, text = await merge(made, made.reference if typed == "itself" else typed)
    assert answer.status == 422
    assert said in text


async def test_whom_it_names_has_to_be_said(pair, merge):
    answer, text = await merge(pair[0], pair[1].reference, named="", reason="The same wall.")
    assert answer.status == 422
    assert "Say whom the report names." in text
    assert "The same wall." in text


async def test_a_reason_that_is_too_long_is_given_back(pair, merge):
    answer, text = await merge(pair[0], pair[1].reference, reason="long " * 400)
    assert answer.status == 422
    assert "long long" in text


async def test_who_leads_follows_none_of_its_own(pair, merge):
    made, leading = pair
    await merge(made, leading.reference)
    answer, text = await merge(leading, made.reference)
    assert answer.status == 422
    assert NOT_SO in text


async def test_a_duplicate_is_asked_about_no_more(amina, pair, merge):
    made, leading = pair
    await merge(made, leading.reference)
    text = await amina.page(f"/cases/{made.reference}/merge")
    assert "The case has moved on meanwhile." in text


async def test_both_keys_are_needed(join, pair, merge):
    late = await join(name="Neema Achieng")
    answer, text = await merge(*[pair[0], pair[1].reference], person=late)
    assert answer.status == 422
    assert NO_KEY in text


async def test_who_names_themselves_is_off_both(amina, pair):
    made, leading = pair
    path = f"/cases/{made.reference}/merge"
    hidden = await amina.hidden(f"{path}?with={leading.reference}")
    form = {**hidden, "named": "some", "named_member": amina.member.id}
    text = await (await amina.client.post(path, data=form)).text()
    assert f"You are off case {made.reference}." in text
    for each in pair:
        assert (await amina.get(f"/cases/{each.reference}")).status == 404


# --- answers to one and to all -----------------------------------------------------------------


async def test_who_answers_says_to_whom(amina, pair, merge):
    made, leading = pair
    await merge(made, leading.reference)
    path = f"/cases/{leading.reference}"
    silent = await amina.post(f"{path}/answer", {"answer": "Nous venons."}, on=path)
    assert silent.status == 422
    assert "Say who is to read this" in await silent.text()
    form = {"answer": "Nous venons.", "to": "all"}
    missing = await amina.post(f"{path}/answer", form, on=path)
    assert missing.status == 422
    text = await missing.text()
    assert "Write this in each language" in text
    assert ">Nous venons.</textarea>" in text
    sent = await amina.post(f"{path}/answer", {**form, "in_sw": "Tunakuja."}, on=path)
    assert sent.status == 200
    assert "Tunakuja." in await amina.page(f"/cases/{made.reference}")
    assert "Nous venons." not in await amina.page(f"/cases/{made.reference}")
    only = {"answer": "A vous seul.", "to": "one"}
    assert (await amina.post(f"{path}/answer", only, on=path)).status == 200
    assert "A vous seul." not in await amina.page(f"/cases/{made.reference}")


async def test_a_move_is_told_to_all_as_well(amina, pair, merge, judge):
    made, leading = pair
    path = await judge(leading)
    await amina.post(f"{path}/assign", {"assignee": amina.member.id}, on=path)
    await amina.post(f"{path}/move/in_review", on=path)
    await merge(made, leading.reference)
    form = {"tell": "Ils paient.", "to": "all"}
    missing = await amina.post(f"{path}/move/proposed", form)
    assert missing.status == 422
    done = await amina.post(f"{path}/move/proposed", {**form, "as_it_is": "yes"})
    assert "is now: Remedy proposed." in await done.text()
    assert "Ils paient." in await amina.page(f"/cases/{made.reference}")


# --- as if it had never come -------------------------------------------------------------------


async def beside(viewer, path, hidden):
    """Return every page of the other case: what is sent to it would change it."""
    asked = ("", "/aside", "/merge", f"/merge?with={hidden.reference}", "/move/in_review")
    told = [await (await viewer.get(f"{path}{each}")).read() for each in asked]
    return [ONCE.sub(b"", each) for each in told]


#: Each way on SQLite. PostgreSQL is asked of one: what it is asked differs in no condition.
WAYS = [("sqlite", how) for how in ("related", "merged", "parted")] + [("postgresql", "merged")]


@pytest.mark.parametrize(("database_url", "how"), WAYS, indirect=["database_url"])
async def test_to_who_is_kept_out_of_one_the_other_betrays_nothing(
    amina, lead, pair, merge, judge, file, database, now, how
):
    """Whatever was done with both, it is as if the one had never come; merged, as if neither."""
    viewer, (hidden, other) = lead, pair
    path = await judge(other)
    await judge(hidden)
    async with database.transaction() as db:
        out = [hidden.case_id], [viewer.member.id], Why.NAMED
        await exclusions.exclude(db, *out, by=amina.member.id, now=now)
    if how == "related":
        await amina.post(f"{path}/links", {"other": hidden.reference}, on=path)
    else:
        await merge(hidden, other.reference)
    if how == "parted":
        gone = f"/cases/{hidden.reference}"
        await amina.post(f"{gone}/unmerge", on=gone)
    seen = await answers(viewer, hidden, "f" * 32), await beside(viewer, path, hidden)
    await vanish(database, hidden.case_id)
    if how == "merged":
        await vanish(database, other.case_id)
    assert await answers(viewer, hidden, "f" * 32) == seen[0]
    assert await beside(viewer, path, hidden) == seen[1]
    status = (await viewer.get(path)).status
    assert status == (404 if how == "merged" else 200)
    assert not re.search(hidden.reference, await viewer.page("/cases"))
