"""The schema: all types, and what is known of it beforehand."""

from __future__ import annotations

from functools import cache
from operator import attrgetter

import strawberry

from api.query.plan import Plan
from api.types.mutation import Mutation
from api.types.nodes import KINDS
from api.types.query import Query
from api.types.scalars import CONFIG
from api.types.subscriptions import Subscription


@cache
def schema() -> strawberry.Schema:
    """The schema of the service."""
    return strawberry.Schema(
        query=Query, mutation=Mutation, subscription=Subscription, types=list(KINDS.values()), config=CONFIG
    )


def sdl() -> str:
    """The schema in GraphQL's own language, as `api/schema.graphql` holds it."""
    return schema().as_str().rstrip() + "\n"


@cache
def plan() -> Plan:
    """The schema with its resolvers."""
    return Plan(schema(), attrgetter("kind"))
