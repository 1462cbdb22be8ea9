"""Bearer tokens of an OpenID provider: who they say asks, once everything about them is verified.

A token is a JWT signed with a key that the provider publishes (see `api.signingkeys`); RFC 7519, RFC 8725, RFC 9068.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jws import CompactSignature, JWSRegistry, extract_compact, validate_compact
from joserfc.jwt import JWTClaimsRegistry

from api.errors import Forbidden, Unauthenticated
from api.signingkeys import SigningKeys
from api.viewer import ROLES, Role, Viewer
from graph.errors import SettingError

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""Every algorithm that a token may be signed with: asymmetric ones, so that who can verify cannot sign."""

EVERYWHERE = "*"
"""What the claim of jurisdictions says for a viewer who works in all of them."""

_TYPES = (None, "jwt", "at+jwt", "application/at+jwt")
_SIZE = 16_384
_REMEMBERED = 300.0
"""Seconds for which a verified token is not looked at again: its key may be taken back meanwhile."""
_DIVISION = re.compile(r"\d{2}(\d{2}(\d{2})?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID provider, and what its tokens say about a viewer.

    A claim is named by its name, or by a path of names with dots between (`realm_access.roles`).

    Attributes:
        issuer: Its issuer identifier, exactly as its discovery document gives it.
        audience: What its tokens for this service have as audience.
        roles: What its groups may do here; of several groups the first in this order counts.
        role_claim: The claim that lists the groups.
        jurisdiction_claim: The claim that lists codes of divisions, or `*` for everywhere. Where it is named, every
            token must carry it; without it all work everywhere.
        holder_claim: The claim with the node of the right holder that somebody speaks for.
        name_claim: The claim with what people call them; else `preferred_username`, else the subject is shown.
        algorithms: What its tokens may be signed with, of `ALGORITHMS`.
        leeway: Seconds by which clocks may differ, 0 to 300.

    Raises:
        SettingError: A setting is malformed.
    """

    issuer: str
    audience: str
    roles: Mapping[str, Role]
    role_claim: str = "groups"
    jurisdiction_claim: str | None = None
    holder_claim: str = "holder"
    name_claim: str = "name"
    algorithms: tuple[str, ...] = ALGORITHMS
    leeway: int = 30

    def __post_init__(self) -> None:
        if not self.audience:
            raise SettingError("The audience of the provider's tokens is empty. Name what the provider puts there.")
        if not self.roles:
            raise SettingError("No group of the provider is given a role. Name at least one.")
        for group, role in self.roles.items():
            if role not in ROLES:
                raise SettingError(f"The group {group!r} is given the role {role!r}; it must be {', '.join(ROLES)}.")
        if not self.algorithms or not set(self.algorithms) <= set(ALGORITHMS):
            raise SettingError(
                f"The algorithms {', '.join(self.algorithms) or '(none)'} are not allowed; "
                f"choose from {', '.join(ALGORITHMS)}."
            )
        if not 0 <= self.leeway <= 300:
            raise SettingError(f"The leeway of {self.leeway} seconds is not within 0 to 300.")


class Tokens:
    """Verifies the tokens of one provider; for many threads at once. Nothing is asked for before a token comes.

    Args:
        provider: Whose tokens.
        clock: Seconds since 1970.
        ticks: Seconds that only ever grow, for the age of the provider's keys.
        size: How many verified tokens are remembered.

    Raises:
        SettingError: The issuer is no https URL, nor an http one of this machine.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
        size: int = 10_000,
    ) -> None:
        self._provider = provider
        self._keys = SigningKeys(provider.issuer, clock=ticks)
        self._clock = clock
        self._registry = _Registry(algorithms=provider.algorithms, strict_check_header=False)
        self._claims = JWTClaimsRegistry(
            now=lambda: int(clock()),
            leeway=provider.leeway,
            iss={"essential": True, "value": provider.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": provider.audience},
            exp={"essential": True},
        )
        self._size = size
        self._known: OrderedDict[bytes, tuple[Viewer, float]] = OrderedDict()
        self._lock = Lock()

    def viewer(self, token: str) -> Viewer:
        """Who a token says asks; grants and cases are not in it.

        Args:
            token: What stands after `Bearer ` in the request's header.

        Raises:
            Unauthenticated: It is not to be believed, or no longer, or cannot be verified now; the message says why.
            Forbidden: It is genuine, but what it says gives no role here.
        """
        if len(token) > _SIZE or not token.isascii():
            raise _malformed()
        digest = hashlib.sha256(token.encode("ascii")).digest()
        now = self._clock()
        with self._lock:
            known = self._known.get(digest)
            if known is not None:
                if now < known[1]:
                    self._known.move_to_end(digest)
                    return known[0]
                del self._known[digest]
        claims = self._verified(token)
        viewer = self._viewer(claims)
        with self._lock:
            self._known[digest] = (viewer, min(claims["exp"], now + _REMEMBERED))
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return viewer

    def _verified(self, token: str) -> Mapping[str, Any]:
        try:
            signed = extract_compact(token.encode("ascii"), registry=self._registry)
            header = signed.headers()
            algorithm, kid = _checked(header, self._provider.algorithms)
            if not self._is_signed(signed, kid, algorithm) and not (
                # Without a `kid` only this tells that the provider signs with another key now.
                self._keys.renewed() and self._is_signed(signed, kid, algorithm)
            ):
                raise Unauthenticated("The token's signature does not fit it. Sign in again.")
            claims = json.loads(signed.payload)
            if not isinstance(claims, dict):
                raise _malformed()
            self._claims.validate(claims)
        except ExpiredTokenError as error:
            raise Unauthenticated("The token has expired. Sign in again.") from error
        except (InvalidClaimError, MissingClaimError) as error:
            raise Unauthenticated(f"The token is not for this service now: {self._fault(error)}") from error
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            # The library meets what anybody may have written.
            raise _malformed() from error
        if "cnf" in claims:
            raise Unauthenticated(
                "The token is bound to a key of its holder, whose proof is not asked for here. Ask the provider for a "
                "bearer token."
            )
        return claims

    def _is_signed(self, signed: CompactSignature, kid: object, algorithm: str) -> bool:
        keys = self._keys.matching(kid, algorithm)
        return any(validate_compact(signed, key, registry=self._registry) for key in keys)

    def _fault(self, error: InvalidClaimError | MissingClaimError) -> str:
        wanted = {"iss": f" It must be {self._provider.issuer}.", "aud": f" It must be {self._provider.audience}."}
        what = "is missing" if isinstance(error, MissingClaimError) else "is not as it must be"
        soon = " Clocks may differ." if error.claim in ("nbf", "iat") else ""
        return f"its `{error.claim}` {what}.{wanted.get(error.claim, soon)} Ask the provider for another."

    def _viewer(self, claims: Mapping[str, Any]) -> Viewer:
        provider = self._provider
        subject = claims["sub"]
        if not subject.isprintable() or len(subject) > 255:
            raise _malformed()
        groups = _texts(claims, provider.role_claim)
        role = next((role for group, role in provider.roles.items() if group in groups), None)
        if role is None:
            raise Forbidden(
                f"None of the groups in the token's `{provider.role_claim}` gives a role here. Ask whoever runs the "
                "sign-in service for one that does."
            )
        holder = _claim(claims, provider.holder_claim) if role == "right_holder" else None
        if role == "right_holder" and not holder or not isinstance(holder, str | None):
            raise Forbidden(
                f"The token does not say whose rights are meant: it has no `{provider.holder_claim}`. Ask whoever runs "
                "the sign-in service to set it."
            )
        names = (_claim(claims, provider.name_claim), claims.get("preferred_username"), subject)
        name = next(name for name in names if isinstance(name, str) and name)
        return Viewer(
            id=f"{provider.issuer}#{subject}",
            name="".join(filter(str.isprintable, name))[:200],
            role=role,
            jurisdictions=self._jurisdictions(claims),
            holder=holder,
        )

    def _jurisdictions(self, claims: Mapping[str, Any]) -> tuple[str, ...]:
        name = self._provider.jurisdiction_claim
        if name is None:
            return ()
        codes = _texts(claims, name)
        if codes == {EVERYWHERE}:
            return ()
        # None is everywhere to a viewer, so that what is missing or misread would open all.
        if not codes or not all(map(_DIVISION.fullmatch, codes)):
            raise Forbidden(
                f"The token's `{name}` must list codes of divisions of 2, 4 or 6 digits, or `{EVERYWHERE}`. Ask "
                "whoever runs the sign-in service to set it."
            )
        return tuple(sorted(codes))


def is_jwt(text: str) -> bool:
    """Whether a bearer's text has the three parts of a signed token, so that it is no API key."""
    return text.count(".") == 2


class _Registry(JWSRegistry):
    """Knows the allowed algorithms only, and no default ones; a provider's header may carry a certificate's digest."""

    max_header_length = 4_096

    def get_alg(self, name: str) -> Any:
        if name not in (self.allowed or ()):
            raise _algorithm(name)
        return self.algorithms[name]


def _checked(header: Mapping[str, Any], allowed: tuple[str, ...]) -> tuple[str, object]:
    """The algorithm and the key's id of a header, before anything is believed."""
    algorithm, kind = header.get("alg"), header.get("typ")
    if algorithm not in allowed:
        raise _algorithm(algorithm)
    if "crit" in header or "b64" in header or (kind.lower() if isinstance(kind, str) else kind) not in _TYPES:
        raise Unauthenticated("The token is of another kind than an access token. Ask the provider for one.")
    return algorithm, header.get("kid")


def _algorithm(name: object) -> Unauthenticated:
    return Unauthenticated(
        f"The token is signed with {str(name)[:20]!r}, which is not allowed here. Have the provider sign with RS256, "
        "PS256 or ES256."
    )


def _malformed() -> Unauthenticated:
    return Unauthenticated("The token is no signed JSON Web Token (RFC 7519). Send one, or an API key.")


def _claim(claims: Mapping[str, Any], name: str) -> object:
    if name in claims:
        return claims[name]
    value: object = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _texts(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    claim = _claim(claims, name)
    if isinstance(claim, str):
        # A list of scopes is one text (RFC 8693); a group's name may well have a space in it.
        return frozenset(claim.split() if name in ("scope", "scp") else (claim,))
    return frozenset(one for one in claim if isinstance(one, str)) if isinstance(claim, list) else frozenset()
