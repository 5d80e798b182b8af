import pytest

from console import filter_form
from console.filter_form import LABELS
from forum.members import Role
from grievances import filters
from grievances.filters import ME, NOBODY, UNSORTED, Due, Filter, Show
from grievances.orders import Order
from grievances.severity import Severity
from grievances.states import State
from grievances.taxonomy import CATEGORIES, DEFAULT


@pytest.fixture
def database_url(sqlite_url):
    """Words are tried here, not statements: one database is enough."""
    return sqlite_url


@pytest.fixture
def offer(database):
    async def offered(person, language="en"):
        async with database.reading() as db:
            return await filter_form.offer(db, person.member, language, DEFAULT)

    return offered


@pytest.mark.parametrize(
    ("keys", "said"),
    [(Show, filter_form.SHOWS), (Due, filter_form.DUES), (Order, filter_form.ORDERS)],
)
def test_every_choice_has_words(keys, said):
    assert set(keys) == set(said)


def test_every_field_of_a_filter_has_a_label():
    assert set(LABELS) == set(Filter.__dataclass_fields__) - {"show", "order"}


async def test_what_is_offered_is_what_the_filter_understands(amina, offer, site):
    fields = (await offer(amina)).fields(Filter())
    assert {field.name for field in fields} == set(LABELS)
    for field in fields:
        for value, text in field.options:
            read = filters.read({field.name: value})
            assert filters.written(read)[field.name] == value
            assert text


async def test_every_category_state_and_severity_is_offered(amina, offer):
    offered = (await offer(amina)).options
    assert list(offered["category"]) == [UNSORTED, *CATEGORIES]
    assert list(offered["state"]) == list(State)
    assert offered["severity"]["S1"] == "S1 · Life or liberty now"


async def test_who_may_handle_can_be_chosen_and_a_handler_chooses_nobody(amina, join, offer):
    joseph = await join(Role.HANDLER, name="Joseph Mwangi")
    await join(Role.OFFICIAL, name="Grace Tembo")
    handlers = (await offer(amina)).options["handler"]
    assert list(handlers) == [ME, NOBODY, amina.member.id, joseph.member.id]
    assert "handler" not in (await offer(joseph)).options


async def test_a_case_adds_nothing_to_what_is_offered(amina, offer, file):
    before = await offer(amina)
    await file(language="fr", category="ABUSE")
    assert await offer(amina) == before


async def test_what_is_chosen_is_said_and_can_be_taken_away(amina, offer, site):
    chosen = Filter(Show.MINE, severity=Severity.S1, site="s" * 32, order=Order.NEWEST)
    grave, place = (await offer(amina)).chips(chosen)
    assert (grave.label, grave.text) == ("How grave", "S1 · Life or liberty now")
    assert place.text == "KB12 · Kobalo Hill"
    assert filters.of_address(grave.without) == Filter(
        Show.MINE, site="s" * 32, order=Order.NEWEST
    )


async def test_what_is_not_offered_is_said_too(amina, offer):
    (chip,) = (await offer(amina)).chips(Filter(site="gone"))
    assert chip.text == "?"
    assert filters.of_address(chip.without) == Filter()


async def test_it_is_said_in_french_and_names_stay_names(amina, offer, site, join):
    await join(Role.HANDLER, name="Open")
    offered = (await offer(amina, "fr")).options
    assert offered["severity"]["S4"] != "S4 · Service or question"
    assert "Open" in offered["handler"].values()


async def test_each_role_has_its_tabs(amina, join):
    joseph = await join(Role.HANDLER, name="Joseph Mwangi")
    assert filter_form.shows(amina.member) == list(Show)
    assert set(filter_form.shows(joseph.member)) == set(Show) - filter_form.TRIAGERS_ONLY
