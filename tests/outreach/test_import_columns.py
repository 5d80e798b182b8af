from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.import_columns import (
    Bad,
    Listed,
    Statement,
    Why,
    day_of,
    e164,
    fields_of,
    understand,
)
from outreach.profiles import Profile

TODAY = date(2026, 5, 12)
STATEMENT = Statement("fr", "KE", TODAY, "signed list", date(2026, 5, 1))
SITES = {"KB12": "s" * 32}
HEADER = ("Phone", "Language", "Site code", "Role", "Gender", "Consent", "Consent date", "How")


def understood(*cells, header=HEADER, statement=STATEMENT):
    return understand(cells, fields_of(header), SITES, statement)


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (HEADER, ("phone", "language", "site", "role", "gender", "consent", "day", "how")),
        (("TÉLÉPHONE", "Code_du_site", "Métier"), ("phone", "site", "role")),
        (("Date du consentement", "Consentement comment"), ("day", "how")),
        (("name", "numéro", "phone"), ("phone",)),
    ],
)
def test_columns_are_known_in_both_languages(header, fields):
    assert tuple(fields_of(header)) == fields


@pytest.mark.parametrize(
    "typed",
    [
        "+254712345678",
        "0712 345 678",
        "'0712345678",
        "\u2019+254 712-345-678",
        "254712345678",
        "00254712345678",
        "712345678",
        "\u00a0 0712\u00a0345678 ",
        "0712/345678",
    ],
)
def test_a_number_is_read_however_it_was_typed(typed):
    assert e164(typed, "KE") == "+254712345678"


@pytest.mark.parametrize("typed", ["", "n/a", "12", "=1+1", "=cmd|' /C calc'!A0", "0712345678x"])
def test_what_is_no_number_is_none(typed):
    assert e164(typed, "KE") is None


def test_a_row_says_who_somebody_is_and_how_they_agreed():
    row = ("0712345678", "English", "kb-12", "Creuseur", "F", "Oui", "03/05/2026", "said so")
    one = understood(*row)
    assert isinstance(one, Listed)
    assert (one.number, one.language) == ("+254712345678", "en")
    assert one.profile == Profile("s" * 32, "digger", "woman")
    assert (one.consent.how, one.consent.day) == ("said so", date(2026, 5, 3))
    assert "712345678" not in repr(one)


def test_what_no_column_says_the_statement_does():
    one = understood("0712345678", header=("phone",))
    assert (one.language, one.profile, one.cohort) == ("fr", Profile(), None)
    assert (one.consent.how, one.consent.day) == ("signed list", date(2026, 5, 1))


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (("",), Why.NO_PHONE),
        (("07",), Why.NOT_A_NUMBER),
        (("0712345678", "klingon"), Why.LANGUAGE),
        (("0712345678", "", "XX99"), Why.SITE),
        (("0712345678", "", "", "king"), Why.ROLE),
        (("0712345678", "", "", "", "?"), Why.GENDER),
        (("0712345678", "", "", "", "", "no"), Why.NO_CONSENT),
        (("0712345678", "", "", "", "", ""), Why.NO_CONSENT),
        (("0712345678", "", "", "", "", "yes", "soon"), Why.NO_DAY),
        (("0712345678", "", "", "", "", "yes", "2026-05-13"), Why.NO_DAY),
        (("0712345678", "", "", "", "", "yes", "", "x" * 201), Why.TOO_LONG),
    ],
)
def test_what_stops_a_row_is_said_and_no_number_with_it(cells, why):
    one = understood(*cells)
    assert isinstance(one, Bad)
    assert one.why is why
    assert len(one.ending) <= 2


@pytest.mark.parametrize(
    ("how", "day", "why"), [("", TODAY, Why.NO_HOW), ("a list", None, Why.NO_DAY)]
)
def test_nobody_is_listed_without_evidence(how, day, why):
    statement = Statement("fr", "KE", TODAY, how, day)
    one = understood("0712345678", header=("phone",), statement=statement)
    assert one == Bad(why, "78")


@pytest.mark.parametrize(
    ("said", "day"),
    [("2026-05-03", 3), ("3/5/2026", 3), ("03.05.2026", 3), ("03-05-2026", 3), ("May", None)],
)
def test_a_day_comes_before_its_month(said, day):
    assert day_of(said) == (date(2026, 5, day) if day else None)


@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_row_is_understood_or_named(cells):
    one = understood(*cells)
    assert isinstance(one, Listed | Bad)
