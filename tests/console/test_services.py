from dataclasses import replace

import pytest

from console.services import LANGUAGES, SERVICES
from locales import languages


@pytest.mark.parametrize(
    ("url", "https"), [("https://baraza.example", True), ("http://localhost:8080", False)]
)
def test_cookies_insist_on_tls_where_there_is_tls(services, url, https):
    assert replace(services, public_url=url).https is https


def test_the_console_speaks_languages_that_we_have():
    assert set(LANGUAGES) <= set(languages())
    assert all(LANGUAGES[tag] == languages()[tag].name for tag in LANGUAGES)


async def test_pages_find_what_they_were_handed(server, services):
    assert server.app[SERVICES] is services


async def test_without_a_simulator_nothing_is_heard(services):
    quiet = type(services)(services.database, services.keyring, services.now, "http://localhost")
    assert await quiet.hear(None) is None
