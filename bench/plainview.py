"""The peer of the service: Strawberry's own web view of a schema like ours, with its caches and nothing else."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import strawberry
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache


@strawberry.type
class Me:
    """Who asks."""

    name: str
    role: str


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def me(self) -> Me:
        """Who asks."""
        return Me(name="bench", role="enforcement")


def _app(*_: Any) -> Any:
    schema = strawberry.Schema(query=Query, extensions=[partial(ParserCache, 100), partial(ValidationCache, 100)])
    return GraphQL(schema, graphql_ide=None)


def main() -> None:
    """Serves on the port that the second argument names."""
    server = Server(
        "plain", port=int(sys.argv[2]), interface=Interfaces.ASGI, loop=Loops.asyncio, log_level=LogLevels.error
    )
    server.serve(target_loader=_app, wrap_loader=False)


if __name__ == "__main__":
    main()
