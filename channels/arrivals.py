"""What a provider brought, as bytes to be sealed, and back."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from channels.base import Address, Arrival, Delivery, Inbound, Media, Receipt, Stopped


def encoded(arrival: Arrival, at: datetime) -> bytes:
    """Return *arrival* and when it came as bytes. In clear: they are to be sealed."""
    words = {"kind": type(arrival).__name__, "at": at.isoformat(), **asdict(arrival)}
    return json.dumps(words).encode()


def decoded(plain: bytes) -> tuple[Arrival, datetime]:
    """Return what ``encoded`` was given."""
    words: dict[str, Any] = json.loads(plain)
    at = datetime.fromisoformat(words.pop("at"))
    match words.pop("kind"):
        case "Inbound":
            media = tuple(Media(**one) for one in words.pop("media"))
            return Inbound(_address(words), media=media, **words), at
        case "Receipt":
            delivery = words.pop("delivery")
            return Receipt(delivery=delivery and Delivery(delivery), **words), at
        case "Stopped":
            return Stopped(_address(words), **words), at
        case other:
            raise ValueError(other)


def _address(words: dict[str, Any]) -> Address:
    return Address(**words.pop("address"))
