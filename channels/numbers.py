"""Phone numbers as networks and providers write them, brought into one form."""

import re

import phonenumbers

from channels.wire import words

#: Longer than any phone number or sender name.
MAX_SENDER = 64

_NUMBER = re.compile(r"\+?[\d\s().-]+")


def sender(said: str, region: str) -> str:
    """Return a phone number in E.164, a short code or a sender's name as it is.

    *region*: ISO country of numbers that are written without ``+``.
    """
    return e164(said, region) or words(said)[:MAX_SENDER]


def from_network(said: str, region: str) -> str:
    """Do as ``sender``, for a network that leaves out the + of a whole number (SMPP, TON 1)."""
    bare = said.isascii() and said.isdecimal() and e164(said, region) is None
    whole = f"+{said}"
    return whole if bare and _valid(whole) else sender(said, region)


def e164(said: str, region: str) -> str | None:
    """Return *said* in E.164; None: it is no number that can be called."""
    if not _NUMBER.fullmatch(said):  # the library would find a number in «whatsapp:+254…» too
        return None
    try:
        number = phonenumbers.parse(said, region)
    except phonenumbers.NumberParseException:
        return None
    international = said.startswith("+") and phonenumbers.is_possible_number(number)
    if not international and not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _valid(whole: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(whole))
    except phonenumbers.NumberParseException:
        return False
