"""Store URLs: what each names, opened, and how one may be shown."""

from __future__ import annotations

import re
from urllib.parse import unquote

from graph.errors import SettingError
from graph.store import Store

# By hand, since urlsplit ends the host at the first / ? or #, which people put into passwords as they are.
_SERVER = re.compile(
    r"(?P<scheme>(?:neo4j|bolt)(?:\+s|\+ssc)?)://(?:(?P<user>[^:]*)(?::(?P<password>.*))?@)?"
    r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\[\]:/?#@\s]+)(?::(?P<port>[0-9]{1,5}))?(?:/(?P<database>[^/?#@\s]*)/?)?",
    re.DOTALL,
)
_LAST_PORT = 65_535
_NO_PORT = re.compile(r":(?!//|[0-9]{1,5}(?:/|$)).*", re.DOTALL)


def open_store(url: str, *, create: bool = True, patience: float = 30.0) -> Store:
    """Opens the store at `sqlite:PATH`, `neo4j://USER:PASSWORD@HOST:PORT/DB` or `bolt://…`.

    Args:
        url: Where it is.
        create: Make an embedded store that is not there.
        patience: Seconds for which a server is asked again that is away, busy or changing over.

    Raises:
        SettingError: The URL is malformed.
        StoreError: The store cannot be opened.
    """
    scheme, _, path = url.partition(":")
    if scheme == "sqlite" and path:
        from graph.embedded import EmbeddedStore

        return EmbeddedStore(path.removeprefix("//") if path.startswith("///") else path, create=create)
    server = _SERVER.fullmatch(url)
    if server is None or int(server["port"] or 0) > _LAST_PORT:
        raise SettingError(
            f"the store URL {without_password(url)!r} is malformed; write sqlite:PATH, "
            "neo4j://USER:PASSWORD@HOST:PORT/DB or bolt://… (neo4j+s, bolt+s for a server that encrypts)"
        )
    from graph.server import ServerStore

    return ServerStore(
        f"{server['scheme']}://{server['host']}:{server['port'] or 7687}",
        user=unquote(server["user"] or "neo4j"),
        password=unquote(server["password"] or ""),
        database=server["database"] or None,
        patience=patience,
    )


def without_password(url: str) -> str:
    """A store URL as it may be shown: all that could be a password is left out, however it is malformed."""
    scheme, colon, rest = url.partition(":")
    if scheme == "sqlite":
        return url
    head, at, host = rest.rpartition("@")
    if at:
        slashes = "//" if head.startswith("//") else ""
        return f"{scheme}{colon}{slashes}{head.removeprefix('//').partition(':')[0]}@{host}"
    return _NO_PORT.sub(":…", url)
