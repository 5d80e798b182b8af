"""Seals and locks: an envelope that says how it was closed, bound to the place it belongs to.

Envelope: version (1 byte), algorithm (1 byte), key id (8 bytes), ciphertext. *context* names the
place, as ``table.column|row``; what was sealed for one row cannot be opened as another's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b

from nacl import bindings as sodium
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.utils import random

VERSION = 1
HEADER_BYTES = 10

#: Plain text grows to a multiple of this, so that its length tells little (anonymity.md, 2).
PAD_BYTES = 256

#: How much of a file is closed at a time.
CHUNK_BYTES = 64 * 1024

#: What the bindings raise; a plain ValueError when too little is left to be a ciphertext.
_DAMAGED = (CryptoError, ValueError)

_DIGEST_BYTES = 16
_NONCE_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
_STREAM_HEADER_BYTES = sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_STREAM_CHUNK_BYTES = CHUNK_BYTES + sodium.crypto_secretstream_xchacha20poly1305_ABYTES
_FILE_KEY_BYTES = HEADER_BYTES + sodium.crypto_box_SEALBYTES + _DIGEST_BYTES + PAD_BYTES
_MESSAGE = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_FINAL = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL


class CannotOpen(Exception):
    """This key does not open it: another key, another place, or damaged. Never says more."""


class Algorithm(IntEnum):
    """How an envelope was closed."""

    SEALED_BOX = 1  # X25519, XSalsa20-Poly1305, from nobody to a public key
    LOCKED = 2  # XChaCha20-Poly1305 under a shared key
    FILE = 3  # secretstream under a random key, which is sealed in front
    WRAPPED = 4  # LOCKED under a key that Argon2id makes of a password


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    """An X25519 key pair, 32 bytes each. Never printed."""

    public: bytes
    private: bytes


def new_pair() -> KeyPair:
    """Return a fresh key pair."""
    return pair_of(bytes(PrivateKey.generate()))


def pair_of(private: bytes) -> KeyPair:
    """Return the pair that *private* (32 bytes) belongs to."""
    return KeyPair(public=bytes(PrivateKey(private).public_key), private=private)


def seal(public: bytes, plain: bytes, *, context: str) -> bytes:
    """Close *plain* so that only the private half of *public* opens it, and only as *context*."""
    inner = _digest(context) + sodium.sodium_pad(plain, PAD_BYTES)
    return _sealed_header(public) + SealedBox(PublicKey(public)).encrypt(inner)


def unseal(private: bytes, sealed: bytes, *, context: str, public: bytes | None = None) -> bytes:
    """Open what ``seal`` closed. Raises ``CannotOpen``.

    *public*: the public half where the caller has it, as working it out takes a third of the time.
    """
    try:
        public = public or pair_of(private).public
        _expect(sealed, _sealed_header(public))
        inner = sodium.crypto_box_seal_open(sealed[HEADER_BYTES:], public, private)
        if inner[:_DIGEST_BYTES] != _digest(context):
            raise CannotOpen
        return bytes(sodium.sodium_unpad(inner[_DIGEST_BYTES:], PAD_BYTES))
    except _DAMAGED:
        raise CannotOpen from None


def lock(key: bytes, plain: bytes, *, context: str) -> bytes:
    """Close *plain* under *key* (32 bytes); *context* is bound as additional data."""
    header = _header(Algorithm.LOCKED, key)
    nonce = random(_NONCE_BYTES)
    padded = sodium.sodium_pad(plain, PAD_BYTES)
    return (
        header
        + nonce
        + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
            padded, header + context.encode(), nonce, key
        )
    )


def unlock(key: bytes, locked: bytes, *, context: str) -> bytes:
    """Open what ``lock`` closed. Raises ``CannotOpen``."""
    header = _header(Algorithm.LOCKED, key)
    _expect(locked, header)
    nonce = locked[HEADER_BYTES : HEADER_BYTES + _NONCE_BYTES]
    try:
        padded = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            locked[HEADER_BYTES + _NONCE_BYTES :], header + context.encode(), nonce, key
        )
        return bytes(sodium.sodium_unpad(padded, PAD_BYTES))
    except _DAMAGED:
        raise CannotOpen from None


def seal_file(public: bytes, content: bytes, *, context: str) -> bytes:
    """Close a file for *public*: chunks of 64 KiB under a random key, the key sealed in front."""
    key = sodium.crypto_secretstream_xchacha20poly1305_keygen()
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    stream = sodium.crypto_secretstream_xchacha20poly1305_init_push(state, key)
    closed = (
        sodium.crypto_secretstream_xchacha20poly1305_push(
            state, chunk, None, _FINAL if last else _MESSAGE
        )
        for chunk, last in _chunks(content, CHUNK_BYTES)
    )
    sealed_key = seal(public, key, context=_file_context(context))
    return _header(Algorithm.FILE, public) + sealed_key + stream + b"".join(closed)


def unseal_file(private: bytes, sealed: bytes, *, context: str) -> bytes:
    """Open what ``seal_file`` closed. Raises ``CannotOpen``, also when its end is cut off."""
    try:
        _expect(sealed, _header(Algorithm.FILE, pair_of(private).public))
        body = HEADER_BYTES + _FILE_KEY_BYTES
        key = unseal(private, sealed[HEADER_BYTES:body], context=_file_context(context))
        return b"".join(_opened(key, sealed[body:]))
    except _DAMAGED:
        raise CannotOpen from None


def _opened(key: bytes, stream: bytes) -> Iterator[bytes]:
    head, chunks = stream[:_STREAM_HEADER_BYTES], stream[_STREAM_HEADER_BYTES:]
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, head, key)
    for chunk, last in _chunks(chunks, _STREAM_CHUNK_BYTES):
        plain, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(state, chunk)
        # The final tag belongs on the last chunk and nowhere else, or something was cut or added.
        if (tag == _FINAL) != last:
            raise CannotOpen
        yield plain


def _chunks(content: bytes, size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield the pieces of *content* and whether each is the last; one piece at least."""
    for start in range(0, max(len(content), 1), size):
        yield content[start : start + size], start + size >= len(content)


def _file_context(context: str) -> str:
    return f"{context}|file key"


@lru_cache(maxsize=64)  # many things are sealed to one public key; other keys are not kept here
def _sealed_header(public: bytes) -> bytes:
    return _header(Algorithm.SEALED_BOX, public)


def _header(algorithm: Algorithm, key: bytes) -> bytes:
    key_id = blake2b(key, digest_size=8, person=b"baraza key id").digest()
    return bytes((VERSION, algorithm)) + key_id


def _digest(context: str) -> bytes:
    return blake2b(context.encode(), digest_size=_DIGEST_BYTES, person=b"baraza context").digest()


def _expect(envelope: bytes, header: bytes) -> None:
    if envelope[:HEADER_BYTES] != header:
        raise CannotOpen
