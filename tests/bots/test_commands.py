import re

import pytest

from bots.commands import described
from bots.router import COMMANDS
from locales import languages


@pytest.mark.parametrize("tag", languages())
def test_every_language_names_the_same_commands(tag):
    assert described()[tag].keys() == described()["en"].keys()


def test_each_command_is_one_that_is_understood_and_that_telegram_allows():
    for command, words in described()["en"].items():
        assert command in COMMANDS
        assert re.fullmatch(r"[a-z0-9_]{1,32}", command)
        assert 1 <= len(words) <= 256
