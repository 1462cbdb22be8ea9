"""A signed token as it comes: what its header may say, and whether a key signed it (RFC 7515, RFC 7519, RFC 8725)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jws import CompactSignature, JWSRegistry, extract_compact, validate_compact

from api.access.signingkeys import Key
from api.errors import Unauthenticated

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""Every algorithm that a token may be signed with: asymmetric ones, so that who can verify cannot sign."""

_TYPES = (None, "jwt", "at+jwt", "application/at+jwt")
LONGEST = 16_384
"""The most characters of a token that are read."""


class Allowed(JWSRegistry):
    """Knows the allowed algorithms only, and no default ones; a provider's header may carry a certificate's digest."""

    max_header_length = 4_096

    def __init__(self, algorithms: tuple[str, ...]) -> None:
        super().__init__(algorithms=algorithms, strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        if name not in (self.allowed or ()):
            raise _not_allowed(name)
        return self.algorithms[name]


@dataclass(frozen=True, slots=True)
class Signed:
    """A token of the right form; nothing that it says is to be believed before `is_by_one_of` is true.

    Attributes:
        algorithm: An allowed one.
        kid: What its header says of the key; None where it says nothing.
    """

    algorithm: str
    kid: object
    parts: CompactSignature
    allowed: Allowed

    def is_by_one_of(self, keys: Iterable[Key]) -> bool:
        """Whether one of the keys signed it."""
        with _reading():
            return any(validate_compact(self.parts, key, registry=self.allowed) for key in keys)

    def claims(self) -> dict[str, Any]:
        """What it says.

        Raises:
            Unauthenticated: It says something else than claims.
        """
        with _reading():
            claims = json.loads(self.parts.payload)
        if not isinstance(claims, dict):
            raise malformed()
        return claims


def read(token: str, allowed: Allowed) -> Signed:
    """The token of a text.

    Raises:
        Unauthenticated: It is none, or one of another kind or with another algorithm than those allowed.
    """
    with _reading():
        parts = extract_compact(token.encode("ascii"), registry=allowed)
        header = parts.headers()
        algorithm, kind = header.get("alg"), header.get("typ")
    if not isinstance(algorithm, str) or algorithm not in (allowed.allowed or ()):
        raise _not_allowed(algorithm)
    if "crit" in header or "b64" in header or (kind.lower() if isinstance(kind, str) else kind) not in _TYPES:
        raise Unauthenticated("the token is of another kind than an access token; ask the provider for one")
    return Signed(algorithm, header.get("kid"), parts, allowed)


def malformed() -> Unauthenticated:
    """The refusal of what is no token."""
    return Unauthenticated("the token is no signed JSON Web Token (RFC 7519); send one, or an API key")


def _not_allowed(name: object) -> Unauthenticated:
    return Unauthenticated(
        f"the token is signed with {str(name)[:20]!r}, which is not allowed here; have the provider sign with RS256, "
        "PS256 or ES256"
    )


@contextmanager
def _reading() -> Iterator[None]:
    """Where the library meets what anybody may have written: whatever it stumbles over is no token."""
    try:
        yield
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise malformed() from error
