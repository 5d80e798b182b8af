"""How SMS gateways want to be asked, and how they answer: Kannel, what looks like it, and Jasmin.

Sources: Kannel 1.4.5's user guide (SMS push, delivery reports) and Jasmin's HTTP API
(jasmin/protocols/http, jasmin/routing/throwers.py). The first was tried against the real thing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from channels import segments
from channels.base import Delivery

#: Of Kannel's events: delivered, not delivered, buffered, taken by the centre, rejected by it.
DLR_MASK = 31

#: Data coding (3GPP 23.038): the network's own alphabet, and UTF-16.
GSM = "0"


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """Who asks, and where. Never printed: it holds the password."""

    url: str  # of sendsms or send
    user: str
    password: str
    sender: str


@dataclass(frozen=True, slots=True, repr=False)
class Wish:
    """One message that is to leave. *text* empty and *to* None: only show that you know us."""

    to: str | None
    text: str = ""
    minutes: int | None = None  # how long it is worth delivering
    report_to: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One HTTP request."""

    method: str
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a delivery report says. *code*: why it failed, a row of ``channels.error_codes``."""

    rank: int
    delivery: Delivery | None
    code: str | None = None


class Dialect(Protocol):
    """One kind of gateway."""

    answer: str  # what it wants to hear before it believes that we have a message

    def request(self, account: Account, wish: Wish) -> Request:
        """Return how to ask for *wish*."""

    def taken(self, answer: str) -> bool:
        """Whether a successful *answer* says that the message was taken."""

    def knows_us(self, status: int) -> bool:
        """Whether the answer to an empty wish means that all is well but the wish."""

    def report(self, told: Mapping[str, str]) -> Report | None:
        """Read a delivery report; None: it says nothing that we know."""


#: A step on the way: the centre has it; the phone is off; it is there, or never will be.
_AT_CENTRE = Report(2, Delivery.SENT)
_BUFFERED = Report(3, Delivery.SENT)
_DELIVERED = Report(4, Delivery.DELIVERED)


def _undelivered(code: str) -> Report:
    return Report(4, Delivery.UNDELIVERED, code)


#: The states of SMPP 3.4 (5.2.28), as both gateways pass them on.
_STATES: Mapping[str, Report] = {
    "DELIVRD": _DELIVERED,
    "ENROUTE": _AT_CENTRE,
    "ACCEPTD": _AT_CENTRE,
    "UNKNOWN": _BUFFERED,
    "EXPIRED": _undelivered("expired-there"),
    "UNDELIV": _undelivered("undelivered"),
    "DELETED": _undelivered("deleted"),
    "REJECTD": _undelivered("rejected"),
}

_STATE = re.compile(r"\bstat:([A-Z]{7})\b")


class Kannel:
    """Kannel itself. What is said and to whom travels in headers and body, never in a URL."""

    answer = ""  # whatever else would go to the phone, if Kannel is set up to pass it on

    def request(self, account: Account, wish: Wish) -> Request:
        """Return a POST with Kannel's own headers: it reads no form."""
        asked = {"Username": account.user, "Password": account.password, "From": account.sender}
        if wish.to is not None:
            asked |= {"To": wish.to, "Coding": _coding(wish.text, "2")}
            asked |= {"DLR-Mask": str(DLR_MASK), "DLR-URL": wish.report_to}
            asked |= {} if wish.minutes is None else {"Validity": str(wish.minutes)}
        headers = {f"X-Kannel-{name}": value for name, value in asked.items()}
        headers["Content-Type"] = "text/plain; charset=UTF-8"
        return Request("POST", account.url, headers=headers, body=wish.text.encode())

    def taken(self, answer: str) -> bool:
        """Say so of «0: Accepted for delivery» and «3: Queued for later delivery»."""
        return answer.lstrip().startswith(("0:", "3:"))

    def knows_us(self, status: int) -> bool:
        """Say so of «Missing receiver»: Kannel looks at the password first."""
        return status == 400  # noqa: PLR2004 - HTTP's, as it stands in Kannel's guide

    def report(self, told: Mapping[str, str]) -> Report | None:
        """Read %d, and why from %A. The rest of %A may quote the message, and dies here."""
        event = told.get("d", "")
        found = _STATE.search(told.get("a", ""))
        said = _STATES.get(found[1]) if found else None
        failed = said if said is not None and said.code is not None else None
        return {
            "1": _DELIVERED,
            "2": failed or _undelivered("undelivered"),
            "4": _BUFFERED,
            "8": _AT_CENTRE,
            "16": failed or _undelivered("rejected"),
        }.get(event)


class KannelByQuery(Kannel):
    """What looks like Kannel and takes everything in the query, as most providers' copies do."""

    def request(self, account: Account, wish: Wish) -> Request:
        """Return a GET."""
        asked = {"username": account.user, "password": account.password, "from": account.sender}
        if wish.to is not None:
            asked |= {"to": wish.to, "text": wish.text, "charset": "UTF-8"}
            asked |= {"coding": _coding(wish.text, "2")}
            asked |= {"dlr-mask": str(DLR_MASK), "dlr-url": wish.report_to}
            asked |= {} if wish.minutes is None else {"validity": str(wish.minutes)}
        return Request("GET", account.url, query=asked)


class Jasmin:
    """Jasmin. It wants its own words for an answer, or it calls again."""

    answer = "ACK/Jasmin"

    def request(self, account: Account, wish: Wish) -> Request:
        """Return a POST with a form; without a wish, ask for the balance."""
        asked = {"username": account.user, "password": account.password}
        if wish.to is None:
            balance = account.url.rpartition("/")[0] + "/balance"
            return Request("GET", balance, query=asked)
        asked |= {"from": account.sender, "to": wish.to, "coding": _coding(wish.text, "8")}
        if asked["coding"] == GSM:
            asked["content"] = wish.text
        else:  # Jasmin converts to the network's alphabet only; UTF-16 it wants ready made
            asked["hex-content"] = wish.text.encode("utf-16-be").hex()
        asked |= {"dlr": "yes", "dlr-level": "3", "dlr-method": "POST"}
        asked |= {"dlr-url": wish.report_to}
        asked |= {} if wish.minutes is None else {"validity-period": str(wish.minutes)}
        return Request("POST", account.url, body=asked)

    def taken(self, answer: str) -> bool:
        """Say so of «Success "…"»."""
        return answer.lstrip().startswith("Success")

    def knows_us(self, status: int) -> bool:
        """Say so where the balance was told."""
        return status == 200  # noqa: PLR2004 - HTTP's

    def report(self, told: Mapping[str, str]) -> Report | None:
        """Read the state: SMPP's of the message, or at first that of our request."""
        status = told.get("message_status", "")
        if status == "ESME_ROK":
            return _AT_CENTRE
        if status.startswith("ESME_"):
            return _undelivered("rejected")
        return _STATES.get(status)


DIALECTS: Mapping[str, type[Dialect]] = {
    "kannel": Kannel,
    "kannel-get": KannelByQuery,
    "jasmin": Jasmin,
}


def _coding(text: str, wide: str) -> str:
    return GSM if segments.count(text).gsm else wide
