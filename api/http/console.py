"""A page to try queries on: GraphiQL, of files of this package alone, so that it works where there is no other network.

Nothing of it asks anything by itself: whoever uses it gives a key, which the page keeps in memory.
"""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from api.http.media import HTML, accepts

FOLDER = Path(__file__).resolve().parents[1] / "graphiql"
"""The page, what it is made of (see `script/vendor`), and the licences of that."""

# No other scripts come from this origin: all else is JSON, which no browser takes for one.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src data:; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def routes() -> list[BaseRoute]:
    """Where the page and its files are."""
    return [Route("/graphql", page, methods=["GET"]), Mount("/graphiql", StaticFiles(directory=FOLDER))]


async def page(request: Request) -> Response:
    """The page, for a browser; no question is taken from a URL."""
    if not accepts(request.headers.get("accept", ""), HTML):
        raise HTTPException(405, headers={"allow": "POST"})
    headers = {"content-security-policy": _POLICY, "cache-control": "no-store"}
    return FileResponse(FOLDER / "page.html", headers=headers, media_type=f"{HTML}; charset=utf-8")
