"""Reception: who asks, by the header `Authorization: Bearer KEY-OR-TOKEN`.

Whoever was let in is remembered for some seconds, after which a revocation, a grant or a case is seen. What is not
remembered is looked up by threads that nothing else waits for: keys in the state; tokens, which may take as long as
their provider hangs, by others, of which only so many may wait. An event loop never waits for either.
"""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

from api.access.keys import authenticate, check, note_use
from api.access.standing import standing
from api.access.tokens import Tokens, is_jwt
from api.access.viewer import Viewer
from api.errors import Unauthenticated
from api.state import State, today

DEMO = Viewer("demo", "demo", "investigator")
_VERIFYING = 16
"""Tokens that may wait to be verified: more could only wait for a provider that hangs."""
_REMEMBERED = 10_000
_USED_EVERY = 60.0
"""Seconds after which the use of a key is noted again."""


class Reception:
    """Who asks a worker process, shared by its threads and its event loop.

    Args:
        state: Where keys, grants and cases are.
        tokens: Verifies the tokens of a provider; None where none is believed.
        is_demo: Whether somebody without a key is let in.
        seconds: For how long somebody is remembered.
    """

    def __init__(self, state: State, tokens: Tokens | None, *, is_demo: bool = False, seconds: float = 2.0) -> None:
        self._state = state
        self._tokens = tokens
        self._is_demo = is_demo
        self._seconds = seconds
        self._secret = state.derived("reception")
        self._known: dict[bytes, tuple[float, str, Viewer]] = {}
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()
        self._keys = ThreadPoolExecutor(2, thread_name_prefix="keys")
        self._verifying = ThreadPoolExecutor(2, thread_name_prefix="tokens")
        self._noting = ThreadPoolExecutor(1, thread_name_prefix="uses")
        self._asked: dict[bytes, asyncio.Future[Viewer]] = {}
        self._waiting = 0

    def close(self) -> None:
        """Notes what keys were used; nobody may ask any more."""
        self._verifying.shutdown(wait=False, cancel_futures=True)
        for threads in (self._keys, self._noting):
            threads.shutdown(wait=True)

    def known(self, authorization: str | None) -> Viewer | None:
        """Who asks, where that is known without waiting for anything.

        Raises:
            Unauthenticated: The header is missing, or names nobody whatever the state says.
        """
        if authorization is None and self._is_demo:
            return DEMO
        text = _bearer(authorization)
        known = self._known.get(self._digest(text))
        if known is not None and known[0] > time.monotonic() and known[1] == today():
            return known[2]
        if not is_jwt(text):
            check(text)
        elif self._tokens is None:
            raise Unauthenticated(
                "tokens of a provider are not believed here; send a key, or set HEADWATER_OIDC_ISSUER"
            )
        return None

    def viewer(self, authorization: str | None) -> Viewer:
        """Who asks. Waits for the state and, with a token, for its provider: not for an event loop.

        Raises:
            Unauthenticated: The header is missing or names nobody, or somebody who is shut out.
            Forbidden: A token is genuine, but gives no role here.
            StateUnavailable: It cannot be looked up.
        """
        return self.known(authorization) or self._looked_up(_bearer(authorization))

    async def received(self, authorization: str | None) -> Viewer:
        """As `viewer`, on an event loop, which goes on meanwhile; those who ask by one key wait for one answer."""
        known = self.known(authorization)
        if known is not None:
            return known
        text = _bearer(authorization)
        digest = self._digest(text)
        asked = self._asked.get(digest)
        if asked is None:
            asked = self._asked[digest] = asyncio.ensure_future(self._in_thread(text))
            asked.add_done_callback(lambda done: self._answered(digest, done))
        # One of them may leave: the others wait on.
        return await asyncio.shield(asked)

    def _answered(self, digest: bytes, done: asyncio.Future[Viewer]) -> None:
        del self._asked[digest]
        if not done.cancelled():
            done.exception()  # perhaps nobody waits any more, to be told of it

    async def _in_thread(self, text: str) -> Viewer:
        loop = asyncio.get_running_loop()
        if self._tokens is None or not is_jwt(text) or self._tokens.remembered(text) is not None:
            return await loop.run_in_executor(self._keys, self._looked_up, text)
        if self._waiting >= _VERIFYING:
            raise Unauthenticated("too many tokens wait to be verified; send yours again in a moment")
        self._waiting += 1
        try:
            return await loop.run_in_executor(self._verifying, self._looked_up, text)
        finally:
            self._waiting -= 1

    def _looked_up(self, text: str) -> Viewer:
        day = today()
        if self._tokens is not None and is_jwt(text):
            found = self._tokens.viewer(text)
        else:
            found = authenticate(self._state, text, day)
            self._note_use(found.id)
        viewer = standing(self._state, found, day)
        # Only who was let in is remembered, by a keyed hash: nobody can choose texts whose hashes agree in part, so a
        # lookup's time tells nothing.
        now = time.monotonic()
        with self._lock:
            if len(self._known) >= _REMEMBERED:
                self._known = {digest: known for digest, known in self._known.items() if known[0] > now}
            self._known[self._digest(text)] = now + self._seconds, day, viewer
        return viewer

    def _note_use(self, key: str) -> None:
        with self._lock:
            now = time.monotonic()
            if now < self._used.get(key, 0.0):
                return
            self._used[key] = now + _USED_EVERY
        self._noting.submit(note_use, self._state, key)

    def _digest(self, text: str) -> bytes:
        return blake2b(text.encode("utf-8", "surrogatepass"), key=self._secret, digest_size=32).digest()


def _bearer(authorization: str | None) -> str:
    if authorization is None:
        raise Unauthenticated("there is no key; send the header Authorization: Bearer KEY")
    scheme, _, text = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Unauthenticated("the header Authorization cannot be read; send Authorization: Bearer KEY")
    return text.strip()
