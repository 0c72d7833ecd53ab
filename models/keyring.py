"""The keys under which what is most personal lies in the database: the first locks, every one of them opens.

AES-GCM with 256 bits. What is locked says with which key, so that keys can be changed while everybody goes on; and in
which field it stands, so that nobody can put what stands in one into another.
"""

import base64
import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# Instead of the first key: what is written from now on stays open, and what is locked can still be read.
PLAIN = "plain"
# What a person wrote may begin like something locked: then this is put before it.
_LOCKED, _OPEN = "enc1:", "raw1:"
_SHAPE = re.compile(r"enc1:([0-9a-f]{8}):([A-Za-z0-9_=-]{38,})", re.ASCII)
_NONCE_BYTES = 12
_HEAD = len(_LOCKED) + 8


class WrongKey(Exception):
    """What is locked cannot be opened with the keys that are given; the text is a sentence for the operator."""


@dataclass(frozen=True)
class _Key:
    """One key and its name: eight letters by which nobody can guess it."""

    name: str
    secret: bytes = field(repr=False)

    @property
    def cipher(self) -> AESGCM:
        """What locks and opens with it."""
        return AESGCM(self.secret)


class Keyring:
    """All keys of an installation. Without any, everything stays as it is and nothing that is locked can be read."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        """`keys`: 64 hexadecimal digits each; PLAIN as the first if nothing is to be locked any more."""
        given = list(keys)
        self.locks = bool(given) and given[0] != PLAIN
        named = [_Key(_name_of(secret), secret) for secret in (bytes.fromhex(key) for key in given if key != PLAIN)]
        self.names = tuple(key.name for key in named)
        self._ciphers = {key.name: key.cipher for key in named}
        self._first = self.names[0] if self.locks else ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keyring) and (self.locks, self.names) == (other.locks, other.names)

    def __hash__(self) -> int:
        return hash((self.locks, self.names))

    @property
    def first(self) -> str:
        """The name of the key that locks; "": nothing is locked."""
        return self._first

    def lock(self, words: str, place: str) -> str:
        """These words as they are stored."""
        if not words:
            return words
        if not self.locks:
            return _OPEN + words if words.startswith((_LOCKED, _OPEN)) else words
        return f"{_LOCKED}{self._first}:{base64.urlsafe_b64encode(self._sealed(words.encode(), place)).decode()}"

    def unlock(self, stored: str, place: str) -> str:
        """What was stored, as words."""
        name = name_in(stored)
        if name:
            sealed = base64.urlsafe_b64decode(stored[_HEAD + 1 :])
            return self._opened(name, sealed, place).decode()
        return stored.removeprefix(_OPEN) if stored.startswith(_OPEN) else stored

    def lock_bytes(self, content: bytes, place: str) -> bytes:
        """A sound as it is stored."""
        head = (_LOCKED + self._first).encode() if self.locks else b""
        return head + self._sealed(content, place) if head else content

    def unlock_bytes(self, stored: bytes, place: str) -> bytes:
        """What was stored, as a sound."""
        name = name_in(stored)
        return self._opened(name, stored[_HEAD:], place) if name else stored

    def _sealed(self, content: bytes, place: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[self._first].encrypt(nonce, content, place.encode())

    def _opened(self, name: str, sealed: bytes, place: str) -> bytes:
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise WrongKey(_missing({name}))
        try:
            return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except InvalidTag:
            raise WrongKey(
                f"What is locked in {place} was changed in the database itself: it cannot be read."
            ) from None

    def refuse_missing(self, used: Iterable[str]) -> None:
        """Raises WrongKey when something is locked with a key that is not here."""
        missing = set(used) - set(self.names)
        if missing:
            raise WrongKey(_missing(missing))


NO_KEYS = Keyring()


def name_in(stored: str | bytes) -> str:
    """The name of the key with which something was locked; "": it lies open."""
    if isinstance(stored, bytes):
        head = stored[:_HEAD]
        is_locked = head.startswith(_LOCKED.encode()) and re.fullmatch(rb"enc1:[0-9a-f]{8}", head)
        return head[len(_LOCKED) :].decode() if is_locked else ""
    found = _SHAPE.fullmatch(stored) if stored.startswith(_LOCKED) else None
    return found[1] if found else ""


def is_key(text: str) -> bool:
    """Is that a key, or the word that stands for none?"""
    return text == PLAIN or re.fullmatch(r"[0-9a-f]{64}", text, re.ASCII) is not None


def keyring_of(dialect: Any) -> Keyring:
    """The keys of the installation whose database is spoken with."""
    found: Keyring = getattr(dialect, "keyring", NO_KEYS)
    return found


def _name_of(secret: bytes) -> str:
    return hashlib.sha256(b"linli field key" + secret).hexdigest()[:8]


def _missing(names: set[str]) -> str:
    listed = ", ".join(sorted(names))
    return (
        f"What is personal in this database is locked with a key that the settings do not name ({listed}). "
        "Nothing was changed. Give it in [database] field_key, after the one that locks what is new."
    )
