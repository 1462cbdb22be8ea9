"""API keys: `hw_<id>_<secret>`, shown once, of which only a hash is kept; they expire and can be revoked."""

from __future__ import annotations

import re
import secrets
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from sqlite3 import Row
from urllib.parse import urlsplit

from api.access.viewer import ROLES, Role, Viewer
from api.errors import StateUnavailable, Unauthenticated
from api.state import State, moment
from graph import divisions
from graph.changes import LONGEST_SOURCE
from graph.errors import InvalidValue, NotFound
from graph.ontology import ontology

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is read for another
_ID, _SECRET, _CHECK = 8, 43, 6  # 43 letters of 62 hold 256 bits, 6 hold the 32 of a CRC
_NAMED = re.compile(rf"[{_ID_LETTERS}]{{{_ID}}}")
_KEY = re.compile(rf"hw_([{_ID_LETTERS}]{{{_ID}}})_[0-9A-Za-z]{{{_SECRET}}}([0-9A-Za-z]{{{_CHECK}}})")
_MOST_DAYS = 3650
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; see `Viewer` for role, jurisdictions, holder and what is owned.

    Attributes:
        until: The last day (UTC) on which it holds, an ISO date.
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
    owned: tuple[str, ...] = ()

    @property
    def viewer(self) -> Viewer:
        """Whoever asks with it; see `api.access.standing` for their grants and cases."""
        return Viewer(self.id, self.name, self.role, self.jurisdictions, self.holder, frozenset(self.owned))

    def stands(self, today: str) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.until < today else "active"


def create_key(
    state: State,
    *,
    name: str,
    role: Role,
    jurisdictions: Sequence[str] = (),
    holder: str | None = None,
    owned: Sequence[str] = (),
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
        owned: The sources whose data belongs to whoever holds it.
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
    sources = tuple(dict.fromkeys(map(source_name, owned)))
    if not 0 < days <= _MOST_DAYS:
        raise InvalidValue("days", str(days), "format", f"give 1 to {_MOST_DAYS} days")
    until = (date.fromisoformat(today) + timedelta(days=days)).isoformat()
    id_ = "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID))
    text = f"hw_{id_}_{_in_letters(secrets.randbits(256), _SECRET)}"
    text += _check_of(text)
    codes = tuple(dict.fromkeys(jurisdictions))
    row = (id_, _hash(state, text), name, role, ",".join(codes), holder, "\n".join(sources), moment(), by, until)
    with state.transaction() as db:
        db.execute(
            "INSERT INTO key (id, hash, name, role, jurisdictions, holder, owned, made, maker, until) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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


def check(text: str) -> None:
    """Refuses what cannot be a key, from the text alone.

    Raises:
        Unauthenticated: It is mistyped or cut off.
    """
    match = _KEY.fullmatch(text)
    if match is None or match[2] != _check_of(text[:-_CHECK]):
        raise Unauthenticated("this is no API key: it is mistyped or cut off; copy it whole, as it was shown when made")


def authenticate(state: State, text: str, today: str) -> Viewer:
    """Whoever holds this key; see `api.access.standing` for their grants and cases.

    Raises:
        Unauthenticated: It is mistyped, unknown, revoked or expired; the message tells which, and the last two only to
            whoever holds it.
    """
    check(text)
    given = _hash(state, text)
    rows = state.rows("SELECT * FROM key WHERE id = ?", text.split("_")[1])
    # Compared also where there is no such key, so that the time does not tell which ids there are.
    held = rows[0]["hash"] if rows else bytes(len(given))
    if not secrets.compare_digest(given, held) or not rows:
        raise Unauthenticated("this API key is not known here; ask for a new one")
    key = _key(rows[0])
    if key.revoked is not None:
        raise Unauthenticated("this API key was revoked; ask for a new one")
    if key.until < today:
        raise Unauthenticated(f"this API key expired on {key.until} (UTC); ask for a new one")
    return key.viewer


def note_use(state: State, id_: str) -> None:
    """Notes that a key was used now; a convenience for whoever tidies up, so that its failing stops nothing."""
    with suppress(StateUnavailable), state.transaction() as db:
        db.execute("UPDATE key SET used = ? WHERE id = ?", (moment(), id_))


def source_name(text: str) -> str:
    """The name of a source as records bear it, without blanks around it.

    Raises:
        InvalidValue: No source can have it.
    """
    name = text.strip()
    if not 0 < len(name) <= LONGEST_SOURCE or ":" in name or not name.isprintable():
        raise InvalidValue("owner", text[:LONGEST_SOURCE], "format", "give the name of the source that stated the data")
    return name


def is_viewer(text: str) -> bool:
    """Whether a key, or a token's viewer, may be called this; whether there is one is not asked."""
    return _NAMED.fullmatch(text) is not None or _of_token(text) is not None


def known_viewer(state: State, viewer: str, today: str, issuer: str | None = None) -> None:
    """Refuses whoever is neither a role, nor a key that holds on this day, nor named by an issuer of tokens.

    Args:
        state: Where keys are kept.
        viewer: Whoever is meant.
        today: An ISO date.
        issuer: The provider whose tokens are believed; None where that is not known.

    Raises:
        NotFound: There is no such key, or nobody can be called this.
    """
    if viewer in ROLES:
        return
    # A token's viewer is not known before it first asks.
    named = _of_token(viewer)
    if named is not None and issuer in (None, named):
        return
    query = "SELECT 1 FROM key WHERE id = ? AND revoked IS NULL AND until >= ?"
    if named is None and state.rows(query, viewer, today):
        return
    tokens = f"{issuer or 'https://ISSUER'}#SUBJECT"
    raise NotFound(
        f"{viewer!r} is neither a role ({', '.join(ROLES)}) nor a key that holds, as `headwater key list` tells, nor "
        f"somebody with a token, who is called {tokens}"
    )


def _of_token(viewer: str) -> str | None:
    """The issuer that somebody's name begins with; None where it cannot be a token's viewer."""
    issuer, _, subject = viewer.partition("#")
    try:
        parts = urlsplit(issuer)
    except ValueError:
        return None
    is_issuer = parts.scheme in ("https", "http") and parts.hostname is not None and not parts.query
    return issuer if is_issuer and subject and subject.isprintable() else None


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
    codes = tuple(filter(None, row["jurisdictions"].split(",")))
    return Key(jurisdictions=codes, by=row["maker"], owned=tuple(row["owned"].splitlines()), **values)
