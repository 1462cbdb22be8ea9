from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any, get_args

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    is_specified_scalar_type,
    parse,
    validate,
)
from graphql.utilities import find_breaking_changes

from api.query.complexity import measure
from api.query.fields import price_of
from api.types.schema import plan, sdl
from graph.ontology import ontology
from queries.tracing import result

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = plan().schema
OWN = {name: kind for name, kind in SCHEMA.type_map.items() if not name.startswith("__")}


def test_the_committed_schema_is_that_of_the_code() -> None:
    assert (ROOT / "api" / "schema.graphql").read_text("utf-8") == sdl(), "run script/schema"


def test_every_kind_of_the_ontology_is_a_type_with_its_properties() -> None:
    for name, kind in ontology().kinds.items():
        made = OWN[name]
        assert isinstance(made, GraphQLObjectType)
        assert [one.name for one in made.interfaces] == ["Node"]
        fields = {re.sub("[A-Z]", lambda m: "_" + m[0].lower(), field) for field in made.fields}
        assert kind.properties.keys() <= fields


def undescribed(schema: GraphQLSchema) -> list[str]:
    """All of a schema of which it does not say what it is."""
    missing = []
    for name, kind in schema.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(kind):
            continue
        said: dict[str, Any] = {name: kind}
        if isinstance(kind, GraphQLEnumType):
            said |= {f"{name}.{value}": one for value, one in kind.values.items()}
        for field, one in getattr(kind, "fields", {}).items():
            said[f"{name}.{field}"] = one
            said |= {f"{name}.{field}({argument})": of for argument, of in getattr(one, "args", {}).items()}
        missing += [what for what, one in said.items() if not one.description]
    return missing


def test_every_type_field_argument_and_value_is_described() -> None:
    assert not undescribed(SCHEMA)


def test_what_is_not_described_is_found() -> None:
    made = build_schema('"It." type Query { "It." a("It." b: Int, c: Int): Int d: E } "It." enum E { "It." F G }')
    assert undescribed(made) == ["Query.a(c)", "Query.d", "E.G"]


@pytest.mark.parametrize("root", ["Query", "Mutation", "Subscription"])
def test_every_question_has_an_example_that_is_valid(root: str) -> None:
    kind = OWN[root]
    assert isinstance(kind, GraphQLObjectType)
    for name, field in kind.fields.items():
        example = re.search(r"Example: `(.+)`", field.description or "")
        assert example, name
        assert not validate(SCHEMA, parse(example[1])), name
        assert f"{name}" in example[1]


def unsized(schema: GraphQLSchema) -> list[str]:
    """Every list of objects of which nothing tells how long it may be: its length would not be in the cost."""
    return [
        f"{name}.{field_name}"
        for name, kind in schema.type_map.items()
        if not name.startswith("__")
        for field_name, field in getattr(kind, "fields", {}).items()
        if isinstance(field, GraphQLField)
        and is_list_type(get_nullable_type(field.type))
        and is_composite_type(get_named_type(field.type))
        and not price_of(field).sized
        and price_of(field).size is None
    ]


def test_every_list_has_a_size_that_limits_count_by() -> None:
    assert not unsized(SCHEMA)


def test_a_list_of_objects_without_a_size_is_found() -> None:
    assert unsized(build_schema("type Query { a: [Query!]! b: [Int] c: Query d: [[Query]] }")) == ["Query.a", "Query.d"]


def test_what_sizes_and_prices_a_field_are_its_arguments() -> None:
    for kind in OWN.values():
        for name, field in getattr(kind, "fields", {}).items():
            if isinstance(field, GraphQLField):
                price = price_of(field)
                assert {*price.sized, *price.charges} <= field.args.keys(), name


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ me { name } }", 0),
        ('{ search(text: "a", first: 30) { nodes { node { id } } } }', 5_000 + 30),
        ('{ trace(clue: {value: "a"}, limit: 7) { candidates { node { id } } } }', 1_000 + 7 * 4 * 1),
        ('{ trace(clue: {value: "a"}, limit: 7) { candidates { records { id } } } }', 1_000 + 7 * 4 * 20 * 10),
        ('{ traces(clues: [{value: "a"}, {value: "b"}], limit: 7) { candidates { nodeId } } }', 2 * 1_000),
        ('{ paths(source: "a", target: "b") { passedOver } }', 10 * 1_500 + 5 * 500),
        ('{ paths(source: "a", target: "b", hops: 4, limit: 2) { paths { nodes { id } } } }', 7_000 + 2 * 21),
        ('{ expand(ids: ["a", "b"], first: 9, kinds: [SAME_AS]) { links { kind } } }', 2 + 2 * 9 * 2),
        ('{ expand(ids: ["a", "b"], first: 9) { truncated } }', 2 * 19 + 2 * 9 * 19 * 2),
        ('{ expand(ids: ["a"], first: 9, kinds: [SAME_AS]) { links { source { id } } } }', 1 + 9 * 2 + 9 * 2 * 1),
        ('{ expand(ids: ["a", "b"], first: 0, kinds: [SAME_AS]) { nodes { counts { links } } } }', 2 + 2 * 2 + 2 * 33),
        ('{ node(id: "a") { links(first: 50) { nodes { records(first: 2) { row } } } } }', 1 + 70 + 50 * 2 * 10),
        ('{ node(id: "a") { statements(first: 5) { nodes { field } } } }', 1 + 15),
        ('{ node(id: "a") { statements(first: 5, property: "name") { nodes { field } } } }', 1 + 15 + 80),
    ],
)
def test_a_query_costs_what_it_may_take(query: str, cost: int) -> None:
    document = parse(query)
    assert not validate(SCHEMA, document)
    assert measure(SCHEMA, document).cost == cost


@pytest.mark.parametrize("root", ["Query", "Mutation"])
def test_a_question_that_fails_does_not_take_the_others_with_it(root: str) -> None:
    kind = OWN[root]
    assert isinstance(kind, GraphQLObjectType)
    # Who one is, is known.
    assert [name for name, field in kind.fields.items() if is_non_null_type(field.type)] in ([], ["me"])


def test_the_values_of_a_trace_are_those_of_its_enumerations() -> None:
    for name, values in (
        ("CandidateRole", result.Role),
        ("Verdict", result.Verdict),
        ("Grounds", result.Grounds),
    ):
        kind = OWN[name]
        assert isinstance(kind, GraphQLEnumType)
        assert [value.lower() for value in kind.values] == [*get_args(values)]


def taken_away(released: str, now: GraphQLSchema) -> list[str]:
    """What a schema has no more, or asks for newly, since it was released."""
    return [change.description for change in find_breaking_changes(build_schema(released), now)]


def test_additions_take_nothing_away() -> None:
    now = build_schema("type Query { a(b: Int, c: Int): Int d: E } enum E { F G }")
    assert not taken_away("type Query { a(b: Int): Int d: E } enum E { F }", now)


@pytest.mark.parametrize(
    "released",
    [
        "type Query { a(b: Int): Int gone: Int }",
        "type Query { a(b: Int): Int! }",
        "type Query { a(b: Int, gone: Int): Int }",
        "type Query { a(b: Int): Int } enum Gone { F }",
        "type Query { a: Int d: E } enum E { F Gone }",
        "type Query { a(b: Int): Int e(f: Int): Int }",
    ],
)
def test_what_is_taken_away_or_asked_for_newly_is_found(released: str) -> None:
    now = build_schema("type Query { a(b: Int): Int d: E e(f: Int!): Int } enum E { F }")
    assert taken_away(released, now)


def test_nothing_is_taken_away_after_a_release() -> None:
    told = subprocess.run(
        ["git", "describe", "--tags", "--match", "v*", "--abbrev=0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        pytest.skip("no tag v* is here: there is no release yet, or the clone is shallow")
    released = subprocess.run(
        ["git", "show", f"{told.stdout.strip()}:api/schema.graphql"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not taken_away(released.stdout, SCHEMA)
