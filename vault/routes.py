"""Reply addresses, sealed to the ROUTE key: whoever takes a message in cannot read them back."""

from vault.keyring import Keyring
from vault.seals import CannotOpen, seal, unseal


def seal_address(keyring: Keyring, route_id: str, channel: str, value: str) -> bytes:
    """Close an address for the row *route_id* of the route store."""
    return seal(keyring.route_public, value.encode(), context=_context(route_id, channel))


def open_address(keyring: Keyring, route_id: str, channel: str, sealed: bytes) -> str:
    """Open an address. Raises ``CannotOpen``, always so where the sender does not run."""
    if keyring.route_private is None:
        raise CannotOpen
    private, public = keyring.route_private, keyring.route_public
    context = _context(route_id, channel)
    return unseal(private, sealed, context=context, public=public).decode()


def _context(route_id: str, channel: str) -> str:
    return f"routes.sealed|{route_id}|{channel}"
