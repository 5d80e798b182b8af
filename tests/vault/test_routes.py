"""A reply address opens for the sender alone, and only in its own row."""

from dataclasses import replace

import pytest

from vault.routes import open_address, seal_address
from vault.seals import CannotOpen

NUMBER = "+255700000001"


def test_the_sender_reads_what_intake_sealed(keyring):
    sealed = seal_address(keyring, "r1", "sms", NUMBER)
    assert open_address(keyring, "r1", "sms", sealed) == NUMBER


def test_intake_cannot_read_it_back(keyring):
    intake = replace(keyring, route_private=None)
    sealed = seal_address(intake, "r1", "sms", NUMBER)
    with pytest.raises(CannotOpen):
        open_address(intake, "r1", "sms", sealed)


@pytest.mark.parametrize(("route_id", "channel"), [("r2", "sms"), ("r1", "telegram")])
def test_it_does_not_open_in_another_row(keyring, route_id, channel):
    sealed = seal_address(keyring, "r1", "sms", NUMBER)
    with pytest.raises(CannotOpen):
        open_address(keyring, route_id, channel, sealed)


def test_all_addresses_are_of_one_length(keyring):
    values = ["1", NUMBER, "-1001234567890123"]
    assert len({len(seal_address(keyring, "r1", "sms", value)) for value in values}) == 1
