"""What a query may ask for: its size, shape and cost, counted before it runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError, get_introspection_query
from hypothesis import given
from hypothesis import strategies as st

from api.access.viewer import ROLES
from api.errors import LimitExceeded
from api.query.complexity import Measure, measure, shape
from api.query.fields import Values, many, one
from api.query.limits import BUDGETS, Limits, check_size, parse, refuse, refuse_shape
from tests.growth import LINEAR, MORE, growth


def _none(objects: Sequence[Any], ask: Any) -> Values:
    """Nothing of this schema is ever resolved."""
    return [None for _ in objects]


def _field(type: Any, of: Any = _none, **price: Any) -> Any:
    return many(type, **price)(of)


def _first(objects: Sequence[Any], ask: Any, first: int | None = None) -> Values:
    return _none(objects, ask)


def _limit(objects: Sequence[Any], ask: Any, limit: int | None = 7) -> Values:
    return _none(objects, ask)


def _listed(objects: Sequence[Any], ask: Any, ids: list[str] | None = None, kinds: list[str] | None = None) -> Values:
    return _none(objects, ask)


def _around(objects: Sequence[Any], ask: Any, ids: list[str], first: int | None = None) -> Values:
    return _none(objects, ask)


def _walked(objects: Sequence[Any], ask: Any, hops: int = 4, among: str | None = None) -> Values:
    return _none(objects, ask)


@strawberry.interface
class Node:
    id: strawberry.ID = one("id", "", type=strawberry.ID)


@strawberry.type
class Item(Node):
    name: str = one("name", "", type=str)
    score = _field(int, cost=3)
    next = _field("Item", cost=1)
    items = _field("list[Item]", _first, cost=5, sized={"first": 20})


@strawberry.type
class Query:
    me = _field(Item, cost=1)
    items = _field(list[Item], _first, cost=1, sized={"first": 20})
    priced = _field(list[Item], _first, cost=1, each=2, sized={"first": 20}, size=3)
    few = _field(list[Item], _limit, cost=1, sized={"limit": 7})
    nodes = _field(list[Node], _listed, cost=2, sized={"ids": 1})
    expand = _field(list[Item], _around, cost=1, sized={"ids": 1, "first": 20})
    walked = _field(list[Item], _walked, cost=1, charges={"hops": 10, "among": 50}, size=2)


SCHEMA = strawberry.Schema(Query, types=[Item])._schema
LIMITS = Limits()
UNLIMITED = Limits(tokens=10**9, text=10**9)


def measured(text: str, **variables: object) -> Measure:
    return measure(SCHEMA, parse(text, LIMITS), None, variables)


def refused(call: Callable[[], object]) -> LimitExceeded:
    with pytest.raises(LimitExceeded) as caught:
        call()
    return caught.value


def bomb(count: int, body: str) -> str:
    """Fragments each of which uses the next one twice."""
    steps = " ".join(f"fragment f{i} on Item {{ {body.format(i + 1)} }}" for i in range(count))
    return f"{{ me {{ ...f0 }} }} {steps} fragment f{count} on Item {{ name }}"


def test_a_body_is_refused_from_its_first_byte_too_many() -> None:
    check_size(LIMITS.size, LIMITS)
    error = refused(lambda: check_size(LIMITS.size + 1, LIMITS))
    assert error.code == "too_large"
    assert "1,000,000" in str(error)


def test_a_text_is_refused_by_its_length() -> None:
    assert refused(lambda: parse("{ me { id } }" + " " * LIMITS.text, LIMITS)).code == "too_large"


def test_tokens_are_counted_without_the_end() -> None:
    limits = Limits(tokens=4)
    parse("{ aaaaaaaaaa bbbbbbbbbb }", limits)
    assert refused(lambda: parse("{ aaaaaaaaaa bbbbbbbbbb c }", limits)).code == "too_many_tokens"


def test_comments_are_tokens() -> None:
    assert refused(lambda: parse("{ me { id } }" + "#\n" * 10_000, LIMITS)).code == "too_many_tokens"


def test_a_long_text_is_refused_before_the_parser_sees_its_errors() -> None:
    assert refused(lambda: parse("! " * 10_000, LIMITS)).code == "too_many_tokens"


@pytest.mark.parametrize(
    "text",
    [
        "{ me " * 90_000,
        "{ items(first: " + "[" * 90_000,
        "{ items(first: " + "{a:" * 90_000,
        "query ($a: " + "[" * 90_000,
        "{" + "... {" * 90_000,
        "{ me " * 101 + "}" * 101,
    ],
)
def test_deep_nesting_is_refused_and_never_fills_the_stack(text: str) -> None:
    assert refused(lambda: parse(text, UNLIMITED)).code == "too_deep"


def test_a_nearly_full_stack_is_no_crash() -> None:
    text = "{ me " * 90 + "}" * 90

    def deeper(left: int) -> None:
        if left:
            deeper(left - 1)
        else:
            # The parser tells it as a syntax error, a full stack just before the parser as a refusal.
            with pytest.raises((LimitExceeded, GraphQLError)):
                parse(text, LIMITS)

    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    deeper(sys.getrecursionlimit() - depth - 100)


def test_a_syntax_error_stays_one() -> None:
    with pytest.raises(GraphQLError, match="Syntax Error"):
        parse("{ me ", LIMITS)


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("{ me { id } }", 2),
        ("{ me { ... on Item { ... { next { id } } } } }", 3),
        ("{ me { ...a } } fragment a on Item { next { ...b } id } fragment b on Item { next { id } }", 4),
        ("{ me { id } items { next { next { id } } } }", 4),
    ],
)
def test_depth_counts_fields_through_fragments(text: str, depth: int) -> None:
    assert measured(text).depth == depth


def test_a_chain_of_fragments_longer_than_the_stack_is_refused() -> None:
    text = "{ me { ...f0 } }" + "".join(f"fragment f{i} on Item {{ ...f{i + 1} }}" for i in range(600))
    assert refused(lambda: measured(text)).code == "too_deep"


def test_fragments_in_circles_are_counted_once() -> None:
    text = "{ me { ...a } } fragment a on Item { next { ...b } } fragment b on Item { name next { ...a } ...b }"
    found = measured(text)
    assert (found.depth, found.fields) == (3, 4)


def test_aliases_directives_and_roots_count_through_fragments() -> None:
    text = """query @a { ...r ...r x: me @b { id } }
    fragment r on Query @c { y: me { z: id @d } ... @e { me { id } } }"""
    found = measured(text)
    assert (found.aliases, found.directives, found.roots) == (1 + 2 * 2, 2 + 2 * 3, 1 + 2 * 2)


def test_fields_and_fragments_written_again_are_counted_as_written() -> None:
    found = measured("{ me { id id ...a ...a } } fragment a on Item { name name name }")
    assert (found.repeats, found.spreads) == (1 + 2, 2)


def test_fields_written_again_in_inline_fragments_are_counted() -> None:
    found = measured("{ me { id ... { id } ... on Item { id ... @skip(if: true) { id name } } } me { next { id } } }")
    assert found.repeats == 3 + 1


@pytest.mark.parametrize(
    ("text", "variables", "cost"),
    [
        ("{ __typename }", {}, 0),
        ("{ me { id name } }", {}, 1),
        ("{ me { score } }", {}, 1 + 3),
        ("{ items { id } }", {}, 1),
        ("{ items { score } }", {}, 1 + 20 * 3),
        ("{ items(first: 4) { next { score } } }", {}, 1 + 4 * (1 + 3)),
        ("{ items(first: 4) { items(first: 6) { items { score } } } }", {}, 1 + 4 * (5 + 6 * (5 + 20 * 3))),
        ("{ priced { score } }", {}, 1 + 20 * 3 * (2 + 3)),
        ("{ priced(first: 2) { id } }", {}, 1 + 2 * 3 * 2),
        ("query ($n: Int) { items(first: $n) { score } }", {"n": 9}, 1 + 9 * 3),
        ("query ($n: Int) { items(first: $n) { score } }", {"n": 9.0}, 1 + 9 * 3),
        ("query ($n: Int) { items(first: $n) { score } }", {"n": None}, 1 + 20 * 3),
        ("query ($n: Int) { items(first: $n) { score } }", {}, 1 + 20 * 3),
        ("query ($n: Int = 2) { items(first: $n) { score } }", {}, 1 + 2 * 3),
        ("query ($n: Int = 2) { items(first: $n) { score } }", {"n": 3}, 1 + 3 * 3),
        ("{ items(first: null) { score } }", {}, 1 + 20 * 3),
        ("{ items(first: 0) { score } }", {}, 1 + 3),
        ("{ walked { id } }", {}, 1 + 4 * 10),
        ("{ walked(hops: 7) { score } }", {}, 1 + 7 * 10 + 2 * 3),
        ("{ walked(hops: -7, among: null) { id } }", {}, 1 + 10),
        ('{ walked(hops: 7, among: "x") { id } }', {}, 1 + 7 * 10 + 50),
        ("query ($n: Int!) { walked(hops: $n) { id } }", {"n": 9}, 1 + 9 * 10),
        ("{ few { score } }", {}, 1 + 7 * 3),
        ("{ few(limit: null) { score } }", {}, 1 + 7 * 3),
        ('{ nodes(ids: ["a", "b"]) { ... on Item { score } } }', {}, 2 * (2 + 3)),
        ('{ nodes(ids: "a", kinds: ["a", "b"]) { ... on Item { score } } }', {}, 2 + 3),
        ("query ($ids: [ID!]) { nodes(ids: $ids) { ... on Item { score } } }", {"ids": ["a"] * 5}, 5 * (2 + 3)),
        ('{ expand(ids: ["a", "b"], first: 5) { score } }', {}, 2 * (1 + 5 * 3)),
        ('{ expand(ids: ["a", "b"]) { score } }', {}, 2 * (1 + 20 * 3)),
        ("{ expand(ids: []) { score } }", {}, 1 + 20 * 3),
        ("{ items(first: 2) { ...a } } fragment a on Item { items(first: 3) { score } }", {}, 1 + 2 * (5 + 3 * 3)),
        ("query ($n: Int) { me { ...a } } fragment a on Item { items(first: $n) { score } }", {"n": 3}, 1 + 5 + 3 * 3),
    ],
)
def test_cost_is_weight_times_the_sizes_above(text: str, variables: dict[str, object], cost: int) -> None:
    assert measured(text, **variables).cost == cost


def test_only_the_operation_that_runs_is_measured() -> None:
    document = parse("query a { me { id } } query b { items { score } }", LIMITS)
    assert measure(SCHEMA, document, "a").cost == 1
    assert measure(SCHEMA, document, "b").cost == 61
    assert measure(SCHEMA, document, None) == measure(SCHEMA, document, "c") == Measure()


@pytest.mark.parametrize(
    "text",
    [
        "{ nothing { of(this: 1) { is { known } } } }",
        "{ ...gone ... on Nothing { id } }",
        "{ id(first: 3) { id } me(first: 4) }",
        "mutation { anything }",
        "subscription { anything { id } }",
        "type Query { a: Int } extend type B { c: Int }",
        "fragment a on Item { id }",
    ],
)
def test_what_is_not_valid_is_measured_all_the_same(text: str) -> None:
    measured(text)
    shape(SCHEMA, parse(text, LIMITS))


@pytest.mark.parametrize("body", ["x: next {{ ...f{0} }} y: next {{ ...f{0} }}", "next {{ ...f{0} }} ...f{0}"])
def test_a_bomb_of_fragments_is_counted_in_linear_time_and_refused(body: str) -> None:
    bombs = {size: parse(bomb(size, body), LIMITS) for size in (3, 3 * MORE)}
    assert growth(lambda size: [measure(SCHEMA, bombs[size]) for _ in range(20)], 3) < LINEAR
    found = measure(SCHEMA, bombs[3 * MORE])
    assert found.fields > 10**12
    assert refused(lambda: refuse(found, Limits(depth=1000), 10**9)).code in ("too_many_aliases", "too_costly")


def test_a_page_of_any_number_of_digits_is_refused() -> None:
    for text in ("{ items(first: %s) { id } }" % ("9" * 5000), "{ items(first: -%s) { id } }" % ("9" * 5000)):
        error = refused(lambda text=text: refuse(measured(text), LIMITS, 10**9))  # type: ignore[misc]
        assert error.code == "too_costly"
        assert len(str(error)) < 300
    for size in (10**400, -(10**400), float("inf"), -1):
        found = measured("query ($n: Int) { items(first: $n) { id } }", n=size)
        assert refused(lambda found=found: refuse(found, LIMITS, 10**9)).code == "too_costly"  # type: ignore[misc]


def test_a_page_may_have_so_many_and_no_more() -> None:
    refuse(measured("{ few(limit: 1000) { id } items(first: 1000) { id } }"), LIMITS, 10**9)
    error = refused(lambda: refuse(measured("{ few(limit: 1001) { id } }"), LIMITS, 10**9))
    assert "limit of Query.few is 1,001" in str(error)
    kinds = measured("query ($kinds: [String!]) { nodes(kinds: $kinds) { id } }", kinds=["a"] * 1001)
    assert "kinds of Query.nodes is 1,001" in str(refused(lambda: refuse(kinds, LIMITS, 10**9)))
    many = measured("query ($ids: [String!]) { nodes(ids: $ids) { id } }", ids=["a"] * 1001)
    assert "ids of Query.nodes is 1,001" in str(refused(lambda: refuse(many, LIMITS, 10**9)))


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        ("{ me { next { id } } }", Limits(depth=2), "too_deep"),
        ("{ a: me { b: id } }", Limits(aliases=1), "too_many_aliases"),
        ("{ me { id } items { id } }", Limits(roots=1), "too_costly"),
        ("{ me @include(if: true) { id @skip(if: false) } }", Limits(directives=1), "too_costly"),
        ("{ me { id name } }", Limits(fields=2), "too_costly"),
        ("{ me { id id } }", Limits(repeats=0), "too_costly"),
        ("{ me { ...a } } fragment a on Item { id }", Limits(spreads=0), "too_costly"),
    ],
)
def test_each_limit_of_the_shape_refuses_one_too_many(text: str, limits: Limits, code: str) -> None:
    error = refused(lambda: refuse(measured(text), limits, 10**9))
    assert error.code == code
    refuse(measured(text), LIMITS, 10**9)


def test_a_budget_refuses_what_costs_more_and_says_what_to_change() -> None:
    found = measured("{ items { score } }")
    refuse(found, LIMITS, 61)
    error = refused(lambda: refuse(found, LIMITS, 60))
    assert error.code == "too_costly"
    assert "costs 61" in str(error)
    assert "60" in str(error)


def test_every_role_has_a_budget() -> None:
    assert set(BUDGETS) == set(ROLES)


def test_a_shape_is_the_most_of_all_operations_and_fragments() -> None:
    text = """query a { x: me { id } } query b { me { next { id } } }
    fragment unused on Item { next { next { next { id id } } } }"""
    found = shape(SCHEMA, parse(text, LIMITS))
    assert (found.depth, found.aliases, found.roots, found.repeats, found.spreads) == (4, 1, 1, 1, 1)


def test_the_introspection_query_of_graphiql_is_within_the_limits() -> None:
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    document = parse(query, LIMITS)
    refuse_shape(shape(SCHEMA, document), LIMITS)
    refuse(measure(SCHEMA, document), LIMITS, min(BUDGETS.values()))


def test_questions_about_the_schema_have_a_price() -> None:
    assert measured("{ __schema { types { name } } }").cost == 500
    assert measured('{ a: __type(name: "Item") { name } b: __type(name: "Item") { name } }').cost == 100
    assert measured("{ __typename me { __typename } }").cost == 1


# What a document asks for is also found by spreading every fragment out and counting, one by one.

_leaves = st.one_of(st.sampled_from(["id", "s: score", "name"]), st.integers(0, 3).map(lambda i: f"...f{i}"))


def _inside(selections: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(st.integers(0, 4), selections).map(lambda pair: f"items(first: {pair[0]}) {{ {pair[1]} }}"),
        st.lists(selections, min_size=1, max_size=3).map(" ".join),
        selections.map(lambda inner: f"... on Item {{ {inner} }}"),
    )


_selections = st.recursive(_leaves, _inside, max_leaves=6)


@given(query=_selections, bodies=st.lists(_selections, min_size=4, max_size=4))
def test_one_walk_counts_what_spreading_out_counts(query: str, bodies: list[str]) -> None:
    # A fragment may use only those after it, so that there are no circles.
    for i in range(4):
        for j in range(i + 1):
            bodies[i] = bodies[i].replace(f"...f{j}", "id")
    spread = f"{{ me {{ {query} }} }}"
    text = spread + "".join(f" fragment f{i} on Item {{ {bodies[i]} }}" for i in range(4))
    for i in range(4):
        spread = spread.replace(f"...f{i}", f"... on Item {{ {bodies[i]} }}")
    found, expected = (measure(SCHEMA, parse(one, UNLIMITED)) for one in (text, spread))
    for name in ("depth", "aliases", "roots", "fields", "cost"):
        assert getattr(found, name) == getattr(expected, name)
