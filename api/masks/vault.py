"""The vault: what stands in an answer for an id that the viewer may not read.

A masked node keeps its place in every answer under a token, the same in every answer and every worker, and the token
can be given back as an id. It is the id itself, encrypted by AES-SIV (RFC 5297), which is deterministic and refuses
whatever it did not write; keys are padded, so that a token does not even tell how long a value is. Its letters are
`a` to `p`: no digits, so nothing in it can be taken for part of a number.
"""

from __future__ import annotations

import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from graph.errors import SettingError
from graph.model import key_of, kind_of, node_id

MASK = "masked 已隐去"
"""What stands in an answer for a text that the viewer may not read."""
LEAST = 32
"""Bytes of a secret, at least."""

_BLOCK = 48  # longer than any phone, account or identity number, and than all but a few e-mail addresses
_END = b"\x80"
_UNSEEN = "~-"
_TOKEN = re.compile(f"~([a-p]{{{2 * (16 + _BLOCK)},}})")
_SHOWN = re.compile(f"[^~]*[/:](?:{_UNSEEN}|{_TOKEN.pattern})")
_LETTERS = bytes.maketrans(b"0123456789abcdef", b"abcdefghijklmnop")
_DIGITS = bytes.maketrans(b"abcdefghijklmnop", b"0123456789abcdef")


class Vault:
    """Seals and opens ids under one secret; may be used by several threads at once.

    Args:
        secret: At least `LEAST` random bytes, the same in every worker; another secret makes other tokens.

    Raises:
        SettingError: The secret is too short.
    """

    __slots__ = ("_cipher",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) < LEAST:
            raise SettingError(f"the secret of the vault has {len(secret)} bytes, and needs {LEAST}; make a new one")
        self._cipher = AESSIV(HKDF(SHA512(), 64, None, b"headwater vault 1").derive(secret))

    def seal(self, node: str) -> str:
        """The id that stands for a node: its kind and a token."""
        kind = kind_of(node)
        return node_id(kind, self._sealed(key_of(node), b"node/" + kind.encode()))

    def open(self, sealed: str) -> str | None:
        """The node that a sealed id stands for; None when this vault did not seal it."""
        kind, _, token = sealed.partition("/")
        key = self._opened(token, b"node/" + kind.encode("utf-8", "surrogatepass"))
        return None if key is None else node_id(kind, key)

    def seal_record(self, record: str) -> str:
        """The id that stands for a record: its source and a token."""
        source, _, key = record.partition(":")
        return f"{source}:{self._sealed(key, b'record/' + source.encode())}"

    def open_record(self, sealed: str) -> str | None:
        """The record that a sealed id stands for; None when this vault did not seal it."""
        source, _, token = sealed.partition(":")
        key = self._opened(token, b"record/" + source.encode("utf-8", "surrogatepass"))
        return None if key is None else f"{source}:{key}"

    def seal_aside(self, entry: str) -> str:
        """The id that stands for a row set aside, whose own ends with a hash of it; there is nothing to open it for."""
        return self._sealed(entry, b"aside")[1:]

    def _sealed(self, key: str, domain: bytes) -> str:
        plain = key.encode("utf-8", "surrogatepass") + _END
        plain += bytes(-len(plain) % _BLOCK)
        return "~" + self._cipher.encrypt(plain, [domain]).hex().encode().translate(_LETTERS).decode()

    def _opened(self, token: str, domain: bytes) -> str | None:
        found = _TOKEN.fullmatch(token)
        if found is None or len(found[1]) % 2:
            return None
        try:
            plain = self._cipher.decrypt(bytes.fromhex(found[1].encode().translate(_DIGITS).decode()), [domain])
        except InvalidTag:
            return None
        return plain.rstrip(b"\0").removesuffix(_END).decode("utf-8", "surrogatepass")


def is_token(shown: str) -> bool:
    """Whether the id of a node, or of a record, stands for one that the viewer may not read."""
    return _SHOWN.fullmatch(shown) is not None


def unseen(kind: str) -> str:
    """What stands on a path for a node that the viewer may not see at all: its kind, and nothing to ask on by."""
    return node_id(kind, _UNSEEN)
