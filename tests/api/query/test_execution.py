from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from graphql import execute_sync, parse, validate
from hypothesis import given
from hypothesis import strategies as st

from api.access.viewer import Role, Viewer
from api.errors import Forbidden
from api.query.execution import Plan, Stopped, execute
from api.query.fields import Values, many, one


@dataclass(frozen=True, slots=True)
class Animal:
    """What the toy schema tells of."""

    kind: str
    id: str
    legs: int | None


ZOO = [Animal("Cat", "tom", 4), Animal("Bird", "tweety", 2), Animal("Cat", "sylvester", None), Animal("Bird", "roc", 2)]


@dataclass
class Asked:
    """A request that notes which fields were resolved for how many objects."""

    calls: list[tuple[str, int]] = field(default_factory=list)
    patience: int = 1_000_000
    viewer: Viewer = field(default_factory=lambda: Viewer("k", "k", "investigator"))

    def check(self) -> None:
        self.patience -= 1
        if self.patience < 0:
            raise Stopped("timeout")


@strawberry.interface
class Being:
    """Any animal."""

    id: strawberry.ID = one(lambda a: a.id, "Its name.", type=strawberry.ID)
    legs: int | None = one(lambda a: a.legs, "How many legs it has.", type=int | None)

    @many("list[Being]")
    def friends(animals: Sequence[Animal], ask: Asked, first: int = 2) -> Values:
        """All others."""
        ask.calls.append(("friends", len(animals)))
        return [[other for other in ZOO if other is not animal][:first] for animal in animals]

    @many("list[list[Being | None] | None]")
    def rooms(animals: Sequence[Animal], ask: Asked) -> Values:
        """Lists within lists, with holes."""
        return [[[animal, None], None, [], ZOO[:2]] for animal in animals]

    @many("int")
    def sure(animals: Sequence[Animal], ask: Asked) -> Values:
        """Never null, but wrong for some."""
        return [ValueError(f"{a.id} cannot be counted") if a.legs is None else a.legs for a in animals]

    @many("str | None")
    def unsure(animals: Sequence[Animal], ask: Asked) -> Values:
        """Wrong for some, and may be null."""
        return [ValueError("no") if a.legs is None else None if a.id == "roc" else a.id.upper() for a in animals]


def _type(name: str, fields: dict[str, Any]) -> Any:
    made = type(name, (Being,), {**fields, "__annotations__": dict.fromkeys(fields, str), "__module__": __name__})
    made.is_type_of = classmethod(lambda cls, value, info: value.kind == name)  # type: ignore[attr-defined]
    return strawberry.type(made)


Cat = _type("Cat", {"meow": one(lambda a: a.id + "!", "What it says.", type=str)})
Bird = _type("Bird", {"song": one(lambda a: a.id * 2, "What it sings.", type=str)})


ADMINS: tuple[Role, ...] = ("admin",)


@strawberry.type
class Query:
    """The root."""

    @many(list[Being])
    def zoo(_: Sequence[None], ask: Asked, most: int = 4) -> Values:
        """All animals."""
        return [ZOO[:most]]

    @many(Being | None)
    def animal(_: Sequence[None], ask: Asked, id: str) -> Values:
        """One of them."""
        return [next((a for a in ZOO if a.id == id), None)]

    @many(int, roles=ADMINS)
    def secret(_: Sequence[None], ask: Asked) -> Values:
        """For admins."""
        return [42]


@strawberry.type
class Mutation:
    """The root of what is changed."""

    @many(int)
    def count(_: Sequence[None], ask: Asked) -> Values:
        """How many mutations came before."""
        ask.calls.append(("count", 1))
        return [len(ask.calls)]


SCHEMA = strawberry.Schema(query=Query, mutation=Mutation, types=[Cat, Bird])
PLAN = Plan(SCHEMA, lambda animal: animal.kind)


def both(query: str, **variables: Any) -> tuple[Any, Any]:
    """What we answer, and what the plain executor does."""
    document = parse(query)
    assert not validate(PLAN.schema, document)
    data, errors = execute(PLAN, document, Asked(), None, variables)
    plain = execute_sync(PLAN.schema, document, context_value=Asked(), variable_values=variables)
    return (data, {str(e.path) for e in errors}), (plain.data, {str(e.path) for e in plain.errors or ()})


@pytest.mark.parametrize(
    "query",
    [
        "{ zoo { id legs __typename } __typename }",
        "{ a: zoo(most: 1) { id } b: zoo { x: id y: id } }",
        "{ zoo { ... on Cat { meow } ... on Bird { song id } } }",
        "query($n: Int = 3) { zoo(most: $n) { friends(first: $n) { id friends { legs } } } }",
        'fragment f on Being { id ...g } fragment g on Cat { meow } { zoo { ...f ...g } animal(id: "tom") { ...f } }',
        "{ zoo { id @skip(if: true) legs @include(if: false) __typename } }",
        "{ zoo { friends { id } friends { legs } } }",
        "{ zoo { rooms { id __typename } } }",
        "{ zoo { unsure id } }",
        '{ animal(id: "nobody") { id } }',
        '{ animal(id: "sylvester") { sure } }',
        "{ zoo(most: 2) { sure } }",
        "mutation { a: count b: count }",
        "{ __schema { queryType { name } } zoo { id } }",
        "{ zoo(most: 0) { id friends { id } } }",
    ],
)
def test_the_answer_is_that_of_the_plain_executor(query: str) -> None:
    ours, plain = both(query)
    assert ours == plain


def test_a_null_that_may_not_be_spreads_to_the_nearest_place_that_may() -> None:
    ours, plain = both('{ zoo { sure } animal(id: "sylvester") { friends { id } sure } }')
    assert ours[0] == plain[0]
    assert plain[1] <= ours[1]


fields: st.SearchStrategy[str] = st.deferred(lambda: st.lists(field_, min_size=1, max_size=4).map(" ".join))
field_: st.SearchStrategy[str] = st.one_of(
    st.sampled_from(["id", "legs", "__typename", "unsure", "... on Cat { meow }", "... on Bird { song x: id }"]),
    fields.map(lambda inner: f"friends {{ {inner} }}"),
    fields.map(lambda inner: f"rooms {{ {inner} }}"),
    fields.map(lambda inner: f"z: friends(first: 3) {{ {inner} }}"),
    fields.map(lambda inner: f"... on Being {{ {inner} }}"),
)


@given(fields)
def test_any_query_is_answered_as_the_plain_executor_does(inner: str) -> None:
    query = f"{{ zoo {{ {inner} }} }}"
    if validate(PLAN.schema, parse(query)):
        return
    ours, plain = both(query)
    assert ours == plain


def test_a_field_is_resolved_once_however_many_objects_there_are() -> None:
    asked = Asked()
    execute(PLAN, parse("{ zoo { friends(first: 3) { friends(first: 3) { id } } } }"), asked, None, None)
    assert asked.calls == [("friends", 4), ("friends", 12)]


def test_an_error_tells_its_place() -> None:
    _, errors = execute(PLAN, parse('{ animal(id: "tom") { friends(first: 3) { unsure } } }'), Asked(), None, None)
    assert [(e.message, e.path) for e in errors] == [("no", ["animal", "friends", 1, "unsure"])]
    assert errors[0].formatted["locations"] == [{"line": 1, "column": 43}]


def test_what_a_role_may_not_ask_is_refused_by_both_executors() -> None:
    ours, plain = both("{ zoo { id } }")
    data, errors = execute(PLAN, parse("{ secret }"), Asked(), None, None)
    assert data is None
    assert isinstance(errors[0].original_error, Forbidden)
    told = execute_sync(PLAN.schema, parse("{ secret }"), context_value=Asked())
    assert told.errors is not None
    assert isinstance(told.errors[0].original_error, Forbidden)
    admin = Asked(viewer=Viewer("k", "k", "admin"))
    assert execute(PLAN, parse("{ secret }"), admin, None, None) == ({"secret": 42}, [])


def test_a_query_that_nobody_waits_for_is_stopped() -> None:
    with pytest.raises(Stopped, match="timeout"):
        execute(PLAN, parse("{ zoo { friends { friends { id } } } }"), Asked(patience=2), None, None)


@pytest.mark.parametrize(
    ("query", "operation", "variables"),
    [
        ("query a { zoo { id } } query b { zoo { id } }", None, {}),
        ("query a { zoo { id } }", "b", {}),
        ("query($n: Int!) { zoo(most: $n) { id } }", None, {}),
        ("query($n: Int!) { zoo(most: $n) { id } }", None, {"n": "many"}),
        ("fragment f on Being { id }", None, {}),
    ],
)
def test_what_cannot_be_executed_has_errors_and_no_data(query: str, operation: str | None, variables: Any) -> None:
    data, errors = execute(PLAN, parse(query), Asked(), operation, variables)
    assert data is None
    assert errors
    assert not any(error.path for error in errors)
