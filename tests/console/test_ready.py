from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import make_mocked_request

from console.access import VISIT, Visit
from console.ready import Choice, length, picked
from console.services import SERVICES
from grievances.deadlines import Deadline, Step
from grievances.ready_answers import Draft, Purpose, Ready
from grievances.severity import Severity

DUE = datetime(2026, 6, 2, 9, tzinfo=UTC)


@pytest.fixture
def database_url(sqlite_url):
    """What is offered is tried here, not statements: one database is enough."""
    return sqlite_url


class File:
    """A case file with what the offer looks at."""

    def __init__(self, language="sw", met_at=None, due=DUE):
        self.row = type("Row", (), {"language": language})
        clock = Deadline("c1", Step.FEEDBACK, Severity.S3, None, DUE, DUE, due, met_at)
        self.deadlines = [clock]


def ready(**texts):
    return Ready("a1", 1, 0, Draft("Heard", Purpose.HEARD, texts=texts))


@pytest.fixture
def pick(services):
    def asked(one, file, wished="a1"):
        from aiohttp import web  # noqa: PLC0415 - an application for one request

        app = web.Application()
        app[SERVICES] = services
        request = make_mocked_request("GET", f"/cases/X?answer={wished}", app=app)
        request[VISIT] = Visit("fr")
        return picked(request, file, Choice([one], []))

    return asked


def test_the_reporters_own_words_are_put_in_and_filled(pick):
    one = pick(ready(en="By {date}.", sw="Hadi {date}, siku {days}."), File())
    assert (one.text, one.language) == ("Hadi 02/06/2026, siku 21.", "sw")


@pytest.mark.parametrize(
    ("texts", "language"),
    [({"en": "x", "fr": "y"}, "fr"), ({"en": "x"}, "en"), ({"sw": "z", "fr": "y"}, "sw")],
)
def test_else_the_members_language_and_else_any(pick, texts, language):
    assert pick(ready(**texts), File()).language == language


@pytest.mark.parametrize(
    "file", [File(met_at=DUE), File(due=datetime(2026, 5, 11, 9, tzinfo=UTC))], ids=["met", "late"]
)
def test_a_date_that_says_nothing_is_left_open(pick, file):
    assert pick(ready(sw="Hadi {date}."), file).text == "Hadi ...."


@pytest.mark.parametrize("wished", ["", "a2", "%00", "a1%20"])
def test_what_is_not_offered_is_not_picked(pick, wished):
    assert pick(ready(sw="x"), File(), wished) is None


@pytest.mark.parametrize(
    ("text", "segments", "gsm"),
    [
        ("x" * 160, 1, True),
        ("x" * 161, 2, True),
        ("x" * 155 + "{date}", 2, True),
        ("ẽ" * 71, 2, False),
    ],
)
def test_what_it_costs_is_told_with_its_places_filled(text, segments, gsm):
    count = length(text)
    assert (count.segments, count.gsm) == (segments, gsm)
