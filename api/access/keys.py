"""API keys: `hw_<id>_<secret>`, shown once, of which only a hash is kept; they expire and can be revoked."""

from __future__ import annotations

import re
import secrets
import threading
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from sqlite3 import Row

from api.access.grants import standing
from api.access.viewer import ROLES, Role, Viewer
from api.errors import StateUnavailable, Unauthenticated
from api.state import State, moment
from graph import divisions
from graph.errors import InvalidValue, NotFound
from graph.ontology import ontology

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is read for another
_ID, _SECRET, _CHECK = 8, 43, 6  # 43 letters of 62 hold 256 bits, 6 hold the 32 of a CRC
_KEY = re.compile(rf"hw_([{_ID_LETTERS}]{{{_ID}}})_[0-9A-Za-z]{{{_SECRET}}}([0-9A-Za-z]{{{_CHECK}}})")
_MOST_DAYS = 3650
_LONGEST_NAME = 200
_USED_EVERY = 60.0
"""Seconds after which the use of a key is noted again."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; see `Viewer` for role, jurisdictions and holder.

    Attributes:
        until: The last day on which it holds, an ISO date.
        revoked: When it was revoked, None while it was not.
        used: When it was last used, to about a minute; None when it never was.
    """

    id: str
    name: str
    role: Role
    jurisdictions: tuple[str, ...]
    holder: str | None
    made: str
    by: str
    until: str
    revoked: str | None
    used: str | None

    def viewer(self, state: State, today: str) -> Viewer:
        """Whoever asks with it, with the grants and cases of this day."""
        grants, cases = standing(state, self.id, self.role, today)
        return Viewer(self.id, self.name, self.role, self.jurisdictions, self.holder, grants, cases)


def create_key(
    state: State,
    *,
    name: str,
    role: Role,
    jurisdictions: Sequence[str] = (),
    holder: str | None = None,
    days: int = 365,
    by: str,
    today: str,
) -> tuple[Key, str]:
    """A new key, and its text, which can never be had again.

    Args:
        state: Where it is kept.
        name: What people call whoever holds it.
        role: What it may do.
        jurisdictions: Codes of divisions; none: everywhere.
        holder: The id of the node of a right holder; needed for the role `right_holder`, and for no other.
        days: How many days it holds from `today` on, which is an ISO date.
        by: Who makes it.
        today: The first day.

    Raises:
        InvalidValue: One of them is malformed.
    """
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidValue("name", name[:50], "format", f"give a name of up to {_LONGEST_NAME} characters")
    if role not in ROLES:
        raise InvalidValue("role", role, "component", f"the roles are {', '.join(ROLES)}")
    for code in jurisdictions:
        if divisions.get(code) is None:
            raise InvalidValue("jurisdiction", code, "component", "no division has this code, as 33, 3303 or 330304 do")
    _check_holder(role, holder)
    if not 0 < days <= _MOST_DAYS:
        raise InvalidValue("days", str(days), "format", f"give 1 to {_MOST_DAYS} days")
    until = (date.fromisoformat(today) + timedelta(days=days)).isoformat()
    id_ = "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID))
    text = f"hw_{id_}_{_in_letters(secrets.randbits(256), _SECRET)}"
    text += _check_of(text)
    codes = tuple(dict.fromkeys(jurisdictions))
    row = (id_, _hash(state, text), name, role, ",".join(codes), holder, moment(), by, until)
    with state.transaction() as db:
        db.execute(
            "INSERT INTO key (id, hash, name, role, jurisdictions, holder, made, maker, until) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
    return find_key(state, id_), text


def list_keys(state: State) -> list[Key]:
    """All keys, the oldest first, those revoked and expired too."""
    return [_key(row) for row in state.rows("SELECT * FROM key ORDER BY made, id")]


def find_key(state: State, id_: str) -> Key:
    """The key of this id.

    Raises:
        NotFound: There is none.
    """
    for row in state.rows("SELECT * FROM key WHERE id = ?", id_):
        return _key(row)
    raise NotFound(f"there is no key {id_!r}; `headwater key list` tells the ids")


def revoke_key(state: State, id_: str, *, by: str) -> Key:
    """Voids a key for good; one that is revoked already stays as it is.

    Raises:
        NotFound: There is none of this id.
    """
    with state.transaction() as db:
        query = "UPDATE key SET revoked = ?, revoker = ? WHERE id = ? AND revoked IS NULL"
        db.execute(query, (moment(), by, id_))
    return find_key(state, id_)


def authenticate(state: State, text: str, today: str) -> Viewer:
    """Whoever holds this key, with the grants that hold today and the open cases.

    Raises:
        Unauthenticated: It is mistyped, unknown, revoked or expired; the message tells which, and the last two only to
            whoever holds it.
    """
    match = _KEY.fullmatch(text)
    if match is None or match[2] != _check_of(text[:-_CHECK]):
        raise Unauthenticated("this is no API key: it is mistyped or cut off; copy it whole, as it was shown when made")
    given = _hash(state, text)
    rows = state.rows("SELECT * FROM key WHERE id = ?", match[1])
    # Compared also where there is no such key, so that the time does not tell which ids there are.
    held = rows[0]["hash"] if rows else bytes(len(given))
    if not secrets.compare_digest(given, held) or not rows:
        raise Unauthenticated("this API key is not known here; ask for a new one")
    key = _key(rows[0])
    if key.revoked is not None:
        raise Unauthenticated("this API key was revoked; ask for a new one")
    if key.until < today:
        raise Unauthenticated(f"this API key expired on {key.until}; ask for a new one")
    return key.viewer(state, today)


class KeyRing:
    """Authentication with a memory of some seconds, after which a revocation, a grant or a case is seen.

    One a process, shared by its threads.
    """

    def __init__(self, state: State, seconds: float = 2.0) -> None:
        self._state = state
        self._seconds = seconds
        self._known: dict[bytes, tuple[float, str, Viewer]] = {}
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()

    def authenticate(self, text: str, today: str) -> Viewer:
        """As `authenticate`."""
        # By the keyed hash: nobody can choose texts whose hashes agree in part, so a lookup's time tells nothing.
        digest = _hash(self._state, text)
        known = self._known.get(digest)
        now = time.monotonic()
        if known is not None and known[0] > now and known[1] == today:
            return known[2]
        self._known.pop(digest, None)
        viewer = authenticate(self._state, text, today)  # only what was let in is remembered, so the memory is bounded
        self._known[digest] = now + self._seconds, today, viewer
        self._note_use(viewer.id, now)
        return viewer

    def _note_use(self, id_: str, now: float) -> None:
        with self._lock:
            if now < self._used.get(id_, 0.0):
                return
            self._used[id_] = now + _USED_EVERY
        # A convenience for whoever tidies up; the audit log is what counts, so that its failing stops nothing.
        with suppress(StateUnavailable), self._state.transaction() as db:
            db.execute("UPDATE key SET used = ? WHERE id = ?", (moment(), id_))


def _hash(state: State, text: str) -> bytes:
    # One round of a fast hash is right here: a secret of 256 random bits cannot be guessed however fast one tries,
    # unlike a password, and each request pays for it. It is keyed, so that a copied database alone confirms nothing.
    return blake2b(text.encode("utf-8", "surrogatepass"), key=state.derived("API keys"), digest_size=32).digest()


def _check_of(text: str) -> str:
    return _in_letters(zlib.crc32(text.encode()), _CHECK)


def _in_letters(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[rest])
    return "".join(reversed(letters))


def _check_holder(role: str, holder: str | None) -> None:
    if (role == "right_holder") != (holder is not None):
        raise InvalidValue(
            "holder", holder or "", "missing", "the role right_holder needs the id of its node, and no other has one"
        )
    if holder is not None:
        kind, _, key = holder.partition("/")
        if kind not in ontology().kinds or not key:
            raise InvalidValue("holder", holder, "format", "give a node's id, as `headwater search` prints it")


def _key(row: Row) -> Key:
    values = {name: row[name] for name in ("id", "name", "role", "holder", "made", "until", "revoked", "used")}
    return Key(jurisdictions=tuple(filter(None, row["jurisdictions"].split(","))), by=row["maker"], **values)
