"""The keys with which an OpenID provider signs its tokens: found through its discovery document, kept, and renewed.

A provider that is away for a while takes nothing from those whose tokens are signed by keys known here. See OpenID
Connect Discovery 1.0 and RFC 7517.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OctKey, OKPKey, RSAKey

from api.errors import Unauthenticated
from graph.errors import SettingError

log = logging.getLogger("headwater.api")

Key = RSAKey | ECKey | OKPKey

_FRESH = 600.0
"""Seconds after which keys are asked for again although they serve: one taken back must not be trusted for long."""
_KEPT = 24 * 3600.0
"""Seconds for which keys serve where the provider does not answer."""
_PAUSE = 60.0
"""Seconds between two looks, whatever tokens come: anybody can send one with a key that does not exist."""
_PAUSE_WITHOUT_KEYS = 5.0
_TIMEOUT = 2.5
_DEADLINE = 5.0
_PATIENCE = 1.0
_SIZE = 500_000
_KEYS = 100
_MEMBERS = ("kty", "n", "e", "crv", "x", "y", "kid", "use", "alg")
# 2,048 to 16,384 bits, as digits of base 64: shorter ones are broken, longer ones keep us busy.
_MODULUS = range(341, 2732)


class SigningKeys:
    """The signing keys of one provider; for many threads at once. Nothing is asked for before it is needed.

    Args:
        issuer: The provider's issuer identifier, exactly as its discovery document gives it.
        clock: Seconds that only ever grow.

    Raises:
        SettingError: The issuer is no https URL, nor an http one of this machine.
    """

    def __init__(self, issuer: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._local = _is_local(issuer)
        if not (issuer.startswith("https://") or self._local) or any(mark in issuer for mark in "?#@"):
            raise SettingError(
                f"the provider's issuer is {issuer!r}; set it to an https URL without query, fragment and user name "
                "(http is for a provider on this very machine)"
            )
        self._issuer = issuer
        self._clock = clock
        self._keys: tuple[Key, ...] = ()
        self._known_at = 0.0
        self._next_look = -float("inf")
        self._failure: str | None = None
        self._lock = Lock()

    def matching(self, kid: object, algorithm: str) -> tuple[Key, ...]:
        """The keys that may have signed a token with this `kid` and `alg` in its header; without a `kid` all that fit.

        Raises:
            Unauthenticated: There is none, or none can be had from the provider now.
        """
        found = self._fitting(kid, algorithm)
        if not found or self._clock() - self._known_at > _FRESH:
            self._look(needed=not found)
            found = self._fitting(kid, algorithm)
        if found:
            return found
        if self._failure is not None:
            raise Unauthenticated(
                f"the provider {self._issuer} cannot be asked for the key that signed the token ({self._failure}); try "
                "again in a minute"
            )
        raise Unauthenticated(
            f"the token is signed with a key that {self._issuer} does not publish; sign in again, and where its keys "
            "have only just changed, try again in a minute"
        )

    def renewed(self) -> bool:
        """Whether the provider's keys have been asked for again just now: a key may have changed under its `kid`."""
        return self._look(needed=True)

    def _fitting(self, kid: object, algorithm: str) -> tuple[Key, ...]:
        if self._clock() - self._known_at > _KEPT:
            return ()
        return tuple(key for key in self._keys if (kid is None or key.get("kid") == kid) and _fits(key, algorithm))

    def _look(self, *, needed: bool) -> bool:
        """Ask the provider for its keys where that is due; True when this, or another thread meanwhile, got them."""
        if self._clock() < self._next_look:
            return False
        # One asks; who needs the answer waits for it, and finds that no other look is due. Where there are keys it
        # waits a second only, lest made-up tokens hold all threads while the provider hangs.
        patience = 0.0 if not needed else _PATIENCE if self._keys else 2 * _DEADLINE
        if not self._lock.acquire(timeout=patience):
            return False
        try:
            if self._clock() < self._next_look:
                return self._failure is None
            try:
                self._keys = self._fetched()
            except _NoKeys as error:
                self._failure = str(error)
                log.warning("no signing keys from %s: %s", self._issuer, error)
                self._next_look = self._clock() + (_PAUSE if self._keys else _PAUSE_WITHOUT_KEYS)
            else:
                self._failure = None
                self._known_at = self._clock()
                self._next_look = self._known_at + _PAUSE
            return self._failure is None
        finally:
            self._lock.release()

    def _fetched(self) -> tuple[Key, ...]:
        try:
            # A proxy that the environment names is for what lies outside.
            client = httpx.Client(timeout=_TIMEOUT, trust_env=not self._local)
        except (OSError, ValueError) as error:
            raise _NoKeys(f"the settings of proxy or certificates here are wrong ({error})") from error
        with client:
            deadline = time.monotonic() + _DEADLINE
            about = _json(client, f"{self._issuer.rstrip('/')}/.well-known/openid-configuration", deadline)
            if about.get("issuer") != self._issuer:
                raise _NoKeys(f"its discovery document is of the issuer {str(about.get('issuer'))[:200]!r}")
            url = about.get("jwks_uri")
            if not isinstance(url, str) or not (url.startswith("https://") or (self._local and _is_local(url))):
                raise _NoKeys("its discovery document has no jwks_uri that is an https URL")
            published = _json(client, url, deadline).get("keys")
        if not isinstance(published, list):
            raise _NoKeys("it publishes no list of keys")
        keys = tuple(key for one in published[:_KEYS] if (key := _key(one)) is not None)
        if not keys:
            raise _NoKeys("it publishes no key that can be used here")
        return keys


class _NoKeys(Exception):
    """The provider's keys cannot be had."""


def _json(client: httpx.Client, url: str, deadline: float) -> Mapping[str, Any]:
    body = bytearray()
    try:
        # Unpacked, a small answer could be a large one.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        with client.stream("GET", url, headers=headers) as response:
            if response.status_code != 200:
                raise _NoKeys(f"{url} answers with status {response.status_code}")
            if "content-encoding" in response.headers:
                raise _NoKeys(f"{url} answers with a packed body")
            for part in response.iter_raw():
                body += part
                if len(body) > _SIZE:
                    raise _NoKeys(f"{url} answers with more than {_SIZE:,} bytes")
                # A timeout is for each part alone, and parts may be bytes.
                if time.monotonic() > deadline:
                    raise _NoKeys(f"{url} takes longer than {_DEADLINE:g} seconds")
        answer = json.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise _NoKeys(f"{url} does not answer ({type(error).__name__})") from error
    except (ValueError, RecursionError) as error:
        raise _NoKeys(f"{url} answers with something else than JSON") from error
    if not isinstance(answer, dict):
        raise _NoKeys(f"{url} answers with something else than a JSON object")
    return answer


def _key(published: object) -> Key | None:
    """A key that may verify signatures; None for all others, which a provider may well publish, too."""
    if not isinstance(published, dict) or published.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    if published["kty"] == "RSA" and len(str(published.get("n", ""))) not in _MODULUS:
        return None
    try:
        key = JWKRegistry.import_key({name: published[name] for name in _MEMBERS if name in published})
        key.check_use("sig")
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None if isinstance(key, OctKey) else key


def _fits(key: Key, algorithm: str) -> bool:
    told = key.get("alg")
    return (told is None or told == algorithm) and key.key_type == _KEY_TYPES.get(algorithm[:2])


_KEY_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


def _is_local(url: str) -> bool:
    try:
        parsed = httpx.URL(url)
        return parsed.scheme == "http" and (
            parsed.host == "localhost" or ipaddress.ip_address(parsed.host.strip("[]")).is_loopback
        )
    except (httpx.InvalidURL, ValueError):
        return False
