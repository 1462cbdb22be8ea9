"""Media types: what a body is said to be, and in which form a client would rather have its answer."""

from __future__ import annotations

from functools import lru_cache

from python_multipart.multipart import parse_options_header

from api.errors import UnsupportedMedia

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"
FORM = "multipart/form-data"
HTML = "text/html"

_LONGEST = 500  # characters that are read of a header


def sent(header: str) -> tuple[str, bytes]:
    """What a header Content-Type says a body is: `JSON` or `FORM`, and the boundary of its parts.

    Raises:
        UnsupportedMedia: It is something else, or not in UTF-8.
    """
    kind, said = parse_options_header(header[:_LONGEST])
    name = kind.decode("latin-1").strip()
    if name not in (JSON, FORM) or len(header) > _LONGEST:
        raise UnsupportedMedia(f"the content type is {name[:80]!r}; send {JSON}, or {FORM} with files")
    # Python knows encodings that take hours to decode, so that a client does not choose among them.
    charset = said.get(b"charset", b"utf-8").decode("latin-1")
    if charset.lower() not in ("utf-8", "utf8"):
        raise UnsupportedMedia(f"the charset is {charset[:80]!r}; send utf-8")
    return name, said.get(b"boundary", b"")


def weighed(header: str) -> tuple[str, ...]:
    """The names in a header such as Accept or Accept-Language, the preferred first; those of weight 0 left out."""
    return _weighed(header[:_LONGEST])


@lru_cache(256)
def _weighed(header: str) -> tuple[str, ...]:
    found = []
    for part in header.lower().split(","):
        name, *said = (piece.strip() for piece in part.split(";"))
        try:
            weight = float(next((piece[2:] for piece in said if piece.startswith("q=")), 1))
        except ValueError:
            continue
        if name and weight > 0:
            found.append((-weight, name))
    return tuple(name for _, name in sorted(found, key=lambda pair: pair[0]))


def preferred(accept: str) -> str:
    """Which of `GRAPHQL`, `JSON` and `EVENTS` a header Accept puts first; `JSON` where it names none of them."""
    return next((name for name in weighed(accept) if name in (GRAPHQL, JSON, EVENTS)), JSON)


def accepts(accept: str, media: str) -> bool:
    """Whether a header Accept names a media type."""
    return media in weighed(accept)
