"""Bearer tokens of an OpenID provider: who they say asks, once everything about them is verified.

A token is a JWT signed with a key that the provider publishes (see `api.access.signingkeys`); RFC 7519, 8725, 9068.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from joserfc.errors import ExpiredTokenError, InvalidClaimError, MissingClaimError
from joserfc.jwt import JWTClaimsRegistry

from api.access.keys import source_name
from api.access.signatures import ALGORITHMS, LONGEST, Allowed, Signed, malformed, read
from api.access.signingkeys import SigningKeys
from api.access.viewer import ROLES, Role, Viewer
from api.errors import Forbidden, Unauthenticated
from graph.errors import InvalidValue, SettingError

EVERYWHERE = "*"
"""What the claim of jurisdictions says for a viewer who works in all of them."""

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
        owner_claim: The claim that lists the sources whose data is somebody's own; without it nobody owns any.
        name_claim: The claim with what people call them; else `preferred_username`, else the subject is shown.
        algorithms: What its tokens may be signed with, of `ALGORITHMS`.
        leeway: Seconds by which clocks may differ, 0 to 300.
        lifetime: Seconds for which a token may hold, from when it was issued or, where it does not say, from now: until
            then it holds whatever the provider has come to think of its bearer.

    Raises:
        SettingError: A setting is malformed.
    """

    issuer: str
    audience: str
    roles: Mapping[str, Role]
    role_claim: str = "groups"
    jurisdiction_claim: str | None = None
    holder_claim: str = "holder"
    owner_claim: str | None = None
    name_claim: str = "name"
    algorithms: tuple[str, ...] = ALGORITHMS
    leeway: int = 30
    lifetime: int = 24 * 3600

    def __post_init__(self) -> None:
        if not self.audience:
            raise SettingError("the audience of the provider's tokens is empty; set it to what the provider puts there")
        if not self.roles:
            raise SettingError("no group of the provider is given a role; name at least one")
        for group, role in self.roles.items():
            if role not in ROLES:
                raise SettingError(f"the group {group!r} is given the role {role!r}; choose from {', '.join(ROLES)}")
        if not self.algorithms or not set(self.algorithms) <= set(ALGORITHMS):
            raise SettingError(
                f"tokens are to be signed with {', '.join(self.algorithms) or 'nothing'}; choose from "
                f"{', '.join(ALGORITHMS)}"
            )
        if not 0 <= self.leeway <= 300:
            raise SettingError(f"the leeway is {self.leeway} seconds; set it to 0 to 300")
        if self.lifetime < 60:
            raise SettingError(f"the longest lifetime of a token is {self.lifetime} seconds; set it to 60 or more")


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
        self._allowed = Allowed(provider.algorithms)
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
        """Who a token says asks; grants and cases are not in it. May wait for the provider: not for an event loop.

        Args:
            token: What stands after `Bearer ` in the request's header.

        Raises:
            Unauthenticated: It is not to be believed, or no longer, or cannot be verified now; the message says why.
            Forbidden: It is genuine, but what it says gives no role here.
        """
        known = self.remembered(token)
        if known is not None:
            return known
        now = self._clock()
        claims = self._verified(token)
        viewer = self._viewer(claims)
        with self._lock:
            self._known[_digest(token)] = (viewer, min(claims["exp"], now + _REMEMBERED))
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return viewer

    def remembered(self, token: str) -> Viewer | None:
        """Who a token says asks, where it was verified a short while ago; asks nobody and never waits.

        Raises:
            Unauthenticated: It cannot be a token.
        """
        if len(token) > LONGEST or not token.isascii():
            raise malformed()
        digest = _digest(token)
        with self._lock:
            known = self._known.get(digest)
            if known is None:
                return None
            viewer, until = known
            if self._clock() >= until:
                del self._known[digest]
                return None
            self._known.move_to_end(digest)
            return viewer

    def _verified(self, token: str) -> Mapping[str, Any]:
        signed = read(token, self._allowed)
        if not self._is_signed(signed) and not (
            # Without a `kid` only this tells that the provider signs with another key now.
            self._keys.renewed() and self._is_signed(signed)
        ):
            raise Unauthenticated("the token's signature does not fit it; sign in again")
        claims = signed.claims()
        try:
            self._claims.validate(claims)
        except ExpiredTokenError as error:
            raise Unauthenticated("the token has expired; sign in again") from error
        except (InvalidClaimError, MissingClaimError) as error:
            raise Unauthenticated(self._fault(error)) from error
        if claims["exp"] > claims.get("iat", self._clock()) + self._provider.lifetime + self._provider.leeway:
            raise Unauthenticated(
                f"the token holds for longer than {self._provider.lifetime // 60:,} minutes; ask the provider for one "
                "that does not"
            )
        if "cnf" in claims:
            raise Unauthenticated(
                "the token is bound to a key of its holder, whose proof is not asked for here; ask the provider for a "
                "bearer token"
            )
        return claims

    def _is_signed(self, signed: Signed) -> bool:
        return signed.is_by_one_of(self._keys.matching(signed.kid, signed.algorithm))

    def _fault(self, error: InvalidClaimError | MissingClaimError) -> str:
        wanted = {
            "iss": f" ({self._provider.issuer})",
            "aud": f" ({self._provider.audience})",
            "nbf": " (a time that has come; compare the clocks)",
            "iat": " (a time that has come; compare the clocks)",
        }
        what = "is missing" if isinstance(error, MissingClaimError) else "is not what it must be"
        return f"the token's {error.claim} {what}{wanted.get(error.claim, '')}; ask the provider for another"

    def _viewer(self, claims: Mapping[str, Any]) -> Viewer:
        provider = self._provider
        subject = claims["sub"]
        if not subject.isprintable() or len(subject) > 255:
            raise malformed()
        groups = _texts(claims, provider.role_claim)
        role = next((role for group, role in provider.roles.items() if group in groups), None)
        if role is None:
            raise Forbidden(
                f"no group in the token's {provider.role_claim} gives a role here; ask whoever runs the provider for "
                "one that does"
            )
        holder = _claim(claims, provider.holder_claim) if role == "right_holder" else None
        if role == "right_holder" and not holder or not isinstance(holder, str | None):
            raise Forbidden(
                f"the token does not say whose rights are meant; ask whoever runs the provider to set "
                f"{provider.holder_claim}"
            )
        names = (_claim(claims, provider.name_claim), claims.get("preferred_username"), subject)
        name = next(name for name in names if isinstance(name, str) and name)
        return Viewer(
            id=f"{provider.issuer}#{subject}",
            name="".join(filter(str.isprintable, name))[:200],
            role=role,
            jurisdictions=self._jurisdictions(claims),
            holder=holder,
            owned=self._owned(claims),
        )

    def _owned(self, claims: Mapping[str, Any]) -> frozenset[str]:
        name = self._provider.owner_claim
        try:
            return frozenset(map(source_name, _texts(claims, name))) if name is not None else frozenset()
        except InvalidValue as error:
            raise Forbidden(
                f"the token's {name} does not list names of sources; ask whoever runs the provider to set it"
            ) from error

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
                f"the token's {name} does not list codes of divisions of 2, 4 or 6 digits; ask whoever runs the "
                f"provider to set it, to {EVERYWHERE} for everywhere"
            )
        return tuple(sorted(codes))


def is_jwt(text: str) -> bool:
    """Whether a bearer's text has the three parts of a signed token, so that it is no API key."""
    return text.count(".") == 2


def _digest(token: str) -> bytes:
    # So that a picture of the memory shows no tokens.
    return hashlib.sha256(token.encode("ascii")).digest()


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
