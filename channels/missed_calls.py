"""A call to our number that nobody takes: who rang, so that somebody can call back.

Sources: docs/voice/twiml#request-parameters for the fields of Twilio's hook, and its support
article on calls from strange numbers for what stands in place of a number that is withheld.
"""

from collections.abc import Mapping
from typing import Final

from channels import numbers
from channels.base import Address, Inbound
from channels.errors import Malformed

#: Which channel reaches a telephone that rang: it is answered by SMS.
REACHED_BY: Final = "sms"

#: The letters on the keys of a telephone.
_KEYS: Final = {
    letter: str(key)
    for key, letters in enumerate(
        ("ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ"), start=2
    )
    for letter in letters
}

#: What carriers say of who does not show a number, and Twilio spells on those keys: nobody is
#: there. Some of them look like numbers that can be called.
_WORDS: Final = ("ANONYMOUS", "BLOCKED", "RESTRICTED", "UNAVAILABLE", "UNKNOWN")
WITHHELD: Final = frozenset("+" + "".join(_KEYS[letter] for letter in word) for word in _WORDS)


def rang(form: Mapping[str, str], region: str) -> list[Inbound]:
    """Return who rang by the *form* of Twilio's hook; nobody where no number can be called.

    *region*: ISO country of numbers that are written without ``+``. Raises ``Malformed``.
    """
    caller, sid = form.get("From", "").strip(), form.get("CallSid")
    if not sid:
        raise Malformed("no id")
    number = None if caller in WITHHELD else numbers.e164(caller, region)
    if number is None:
        return []
    # Where the caller is, and the name that a carrier knows, die here.
    return [Inbound(Address(REACHED_BY, number), external_id=sid, rang=True)]
