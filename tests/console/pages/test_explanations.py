import pytest

from forum import audit
from forum.members import Role


@pytest.fixture
async def auditor(join):
    return await join(Role.AUDITOR, name="Grace Tembo")


@pytest.fixture
async def path(file, amina):
    made = await file("He took my licence.")
    return f"/cases/{made.reference}"


async def judge(person, path, *named):
    form = {"category": "BRIBE", "severity": "S3", "site": "", "safe": ""}
    answer = {"named": "some" if named else "nobody"}
    data = [*{**await person.hidden(path), **form, **answer}.items()]
    data += [("named_member", one.member.id) for one in named]
    return await person.client.post(f"{path}/facts", data=data)


def asked(path):
    return "/explanations?find=" + path.removeprefix("/cases/").lower()


async def test_an_auditor_reads_rule_counts_and_reasons_but_no_word(
    auditor, amina, join, path, database
):
    joseph = await join(Role.HANDLER, name="Joseph Mwangi")
    await judge(amina, path, joseph)
    await amina.post(f"{path}/assign", {"assignee": amina.member.id}, on=path)
    text = await auditor.page(asked(path))
    assert "Anti-corruption body" in text
    assert "Joseph Mwangi</strong> The report names them." in text
    assert "Amina Okello gave it to Amina Okello" in text
    assert "Kept out: 1." in text
    assert "licence" not in text
    async with database.reading() as db:
        last = (await audit.recent(db, limit=1))[0]
    assert (last.act, last.actor) == ("case.explained", auditor.member.id)


async def test_what_there_is_not_and_what_is_hidden_are_answered_alike(auditor, amina, path):
    await judge(amina, path, auditor)
    hidden = await auditor.page(asked(path))
    assert "There is no case of this reference that you can look into." in hidden
    reference = path.removeprefix("/cases/").lower()
    for other in ("zzzzzz", "%00"):
        unknown = await auditor.page(f"/explanations?find={other}")
        assert "There is no case of this reference that you can look into." in unknown
    unknown = await auditor.page("/explanations?find=zzzzzz")
    assert unknown.replace("zzzzzz", reference) == hidden


async def test_nobody_else_asks_here(amina, join):
    lead = await join(Role.LEAD, name="Lindiwe Banda")
    for person in (amina, lead):
        assert (await person.get("/explanations")).status == 403


async def test_the_lead_reads_it_on_the_page_of_the_case_and_a_secretary_does_not(
    amina, join, file
):
    lead = await join(Role.LEAD, name="Lindiwe Banda")
    joseph = await join(Role.HANDLER, name="Joseph Mwangi")
    path = f"/cases/{(await file('The chief.')).reference}"
    await judge(lead, path, joseph)
    assert "How it was routed" in await lead.page(path)
    text = await amina.page(path)
    assert "How it was routed" not in text
    assert "The report names them." not in text
