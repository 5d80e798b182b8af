"""What a gateway writes into a hook: fields in the query, in headers or in a form, and its words.

A value is kept as the bytes that came, one a character, until it is known which alphabet it is
written in: Kannel passes UTF-16 on as it came from the network, and Jasmin whatever came.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from channels.base import Hook

#: One byte a character, and back.
_BYTES = "latin-1"

FORM = "application/x-www-form-urlencoded"

#: Data codings that mean UTF-16: Kannel's number, and SMPP's as Jasmin writes it.
_WIDE = frozenset({"2", "8", "\b"})

#: The alphabet of 3GPP TS 23.038 by its septets. Jasmin passes it on a septet a byte.
_SEPTETS = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)

#: Bytes that no text holds but one in that alphabet.
_CONTROLS = frozenset(range(0x20)) - {0x09, 0x0A, 0x0D}


def query(hook: Hook) -> dict[str, str]:
    """Return the fields of the hook's address."""
    return dict(parse_qsl(urlsplit(hook.url).query, keep_blank_values=True, encoding=_BYTES))


def told(hook: Hook) -> dict[str, str]:
    """Return every field, wherever it stands. Only for a hook that is believed."""
    fields = query(hook)
    if "x-kannel-from" in hook.headers and "text" not in fields:  # it may come with a GET, too
        coding = hook.headers.get("x-kannel-coding", "")
        written = _charset(hook.headers.get("content-type", ""))
        fields |= {"from": hook.headers["x-kannel-from"], "coding": coding, "charset": written}
        fields["text"] = hook.body.decode(_BYTES)
    elif hook.headers.get("content-type", "").startswith(FORM):
        fields |= parse_qsl(hook.body.decode(_BYTES), keep_blank_values=True, encoding=_BYTES)
    return fields


def text(fields: Mapping[str, str]) -> str:
    """Return what was said, from Kannel's field or from Jasmin's."""
    raw = fields.get("text", fields.get("content", "")).encode(_BYTES, "replace")
    charset = fields.get("charset", "").upper()
    if charset.startswith("UTF-16") or (not charset and fields.get("coding") in _WIDE):
        return raw.decode("utf-16-be", "replace")
    if "content" in fields and _CONTROLS.intersection(raw):
        return "".join(_SEPTETS[byte] if byte < len(_SEPTETS) else "?" for byte in raw)
    return plain(raw.decode(_BYTES))


def plain(value: str) -> str:
    """Return a field's value as text: UTF-8, or what older gateways write instead."""
    raw = value.encode(_BYTES, "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _charset(content_type: str) -> str:
    return content_type.partition("charset=")[2].strip('"; ')
