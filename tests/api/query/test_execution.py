from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any

import orjson
import pytest
import strawberry
from graphql import GraphQLError, GraphQLObjectType, execute_sync, get_introspection_query, parse, validate
from hypothesis import given
from hypothesis import strategies as st

from api.access.viewer import Role, Viewer
from api.errors import Forbidden, LimitExceeded
from api.query.execution import Stopped, execute
from api.query.fields import Values, many, one
from api.query.plan import Plan
from api.query.selection import Prepared


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
    is_undisturbed: bool = False

    def check(self) -> None:
        if self.is_undisturbed:
            return
        self.patience -= 1
        if self.patience < 0:
            raise Stopped("timeout", "it took too long")

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        self.is_undisturbed = True
        yield
        self.is_undisturbed = False


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

    @many("list[list[int] | None]")
    def counted(animals: Sequence[Animal], ask: Asked) -> Values:
        """Lists that may not hold null, and do for some; they themselves may be null."""
        wrong = ValueError("there is no such number")
        return [[[1, 2], [1, wrong, None] if a.legs is None else [None] if a.id == "roc" else []] for a in animals]

    @many("list[Being]")
    def herd(animals: Sequence[Animal], ask: Asked) -> Values:
        """Animals that may not be null, of which some are wrong."""
        return [[animal, ValueError("it ran away"), None] if animal.id == "roc" else ZOO for animal in animals]

    @many("list[Being | None]")
    def flock(animals: Sequence[Animal], ask: Asked) -> Values:
        """Animals that may be null, of which some are wrong."""
        return [[ValueError(f"{animal.id} flew away"), animal, None] for animal in animals]

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

    @many(int | None)
    def count(_: Sequence[None], ask: Asked) -> Values:
        """How many mutations came before."""
        ask.calls.append(("count", 1))
        return [len(ask.calls)]

    @many(Being | None)
    def added(_: Sequence[None], ask: Asked) -> Values:
        """An animal."""
        return [ZOO[0]]


SCHEMA = strawberry.Schema(query=Query, mutation=Mutation, types=[Cat, Bird])
PLAN = Plan(SCHEMA, lambda animal: animal.kind)


def formatted(errors: Sequence[GraphQLError] | None) -> list[Any]:
    """The messages, places in the document and paths of errors, in their order."""
    return [error.formatted for error in errors or ()]


def both(query: str, **variables: Any) -> tuple[Any, Any]:
    """What we answer, and what the plain executor does: the JSON, so that the order of keys counts, and the errors."""
    document = parse(query)
    assert not validate(PLAN.schema, document)
    kept: dict[str | None, Prepared] = {}
    answers = []
    for _ in range(2):  # made ready, and as made ready
        data, errors = execute(PLAN, document, Asked(), None, variables, kept=kept)
        answers.append((orjson.dumps(data), formatted(errors)))
    assert answers[0] == answers[1]
    plain = execute_sync(PLAN.schema, document, context_value=Asked(), variable_values=variables, hide_suggestions=True)
    return answers[0], (orjson.dumps(plain.data), formatted(plain.errors))


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
        "{ zoo(most: 0) { id friends { id } } }",
        "{ zoo { counted id } }",
        "{ zoo { flock { id unsure } id } }",
        "{ zoo(most: 2) { herd { id } } }",
        "{ zoo { herd { id } } }",
        '{ animal(id: "roc") { legs friends { herd { sure } } unsure } }',
        '{ animal(id: "roc") { rooms { unsure flock { herd { id } counted } } } }',
        "{ secret zoo { unsure } }",
        "{ zoo { unsure } secret }",
        '{ animal(id: "tom") { ... on Being { id } ... on Bird { song } id legs ... on Cat { id meow legs } } }',
        "{ __schema { queryType { name } } zoo { id } }",
        '{ zoo { id } t: __type(name: "Being") { kind possibleTypes { name } } animal(id: "tom") { id } }',
        '{ __type(name: "None") { name } ...f } fragment f on Query { __schema { types { name fields { name } } } }',
        '{ __type(name: "Cat") { name } __typename }',
        get_introspection_query(),
        get_introspection_query(
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
        ),
    ],
)
def test_the_answer_is_that_of_the_plain_executor(query: str) -> None:
    ours, plain = both(query)
    assert ours == plain


@pytest.mark.parametrize("with_id", [True, False])
@pytest.mark.parametrize("most", [1, 2])
def test_variables_decide_what_is_asked_and_how_much_however_often_it_is_asked(with_id: bool, most: int) -> None:
    query = """query($most: Int!, $with: Boolean!) {
        zoo(most: $most) { id @include(if: $with) legs @skip(if: $with) friends(first: $most) { id } } }"""
    kept: dict[str | None, Prepared] = {}
    document = parse(query)
    for variables in ({"most": 3, "with": not with_id}, {"most": most, "with": with_id}):
        data, _ = execute(PLAN, document, Asked(), None, variables, kept=kept)
        plain = execute_sync(PLAN.schema, document, context_value=Asked(), variable_values=variables)
        assert orjson.dumps(data) == orjson.dumps(plain.data)


_leaves = st.sampled_from(
    ["id", "legs", "__typename", "unsure", "sure", "counted", "... on Cat { meow }", "... on Bird { song x: id }"]
)
_INSIDE = (
    "friends {{ {} }}",
    "z: friends(first: 3) {{ {} }}",
    "rooms {{ {} }}",
    "flock {{ {} }}",
    "herd {{ {} }}",
    "... on Being {{ {} }}",
    "... on Cat {{ {} unsure }}",
    "... @skip(if: $yes) {{ {0} }} ... @include(if: $yes) {{ {0} }}",
)


def _above(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=1, max_size=3).map(" ".join)
    return st.tuples(st.sampled_from(_INSIDE), several).map(lambda pair: pair[0].format(pair[1]))


fields = st.lists(st.recursive(_leaves, _above, max_leaves=6), min_size=1, max_size=3).map(" ".join)


@given(fields)
def test_any_query_is_answered_as_the_plain_executor_does(inner: str) -> None:
    query = f'query($yes: Boolean = true) {{ animal(id: "roc") {{ id {inner} }} zoo {{ {inner} id }} }}'
    if validate(PLAN.schema, parse(query)):
        return
    ours, plain = both(query)
    assert ours == plain


def test_a_field_is_resolved_once_however_many_objects_there_are() -> None:
    asked = Asked()
    execute(PLAN, parse("{ zoo { friends(first: 3) { friends(first: 3) { id } } } }"), asked, None, None)
    assert asked.calls == [("friends", 4), ("friends", 12)]


def test_many_threads_may_make_one_query_ready_at_once() -> None:
    query = parse("{ zoo { friends(first: 3) { __typename friends(first: 3) { id } } } }")
    for _ in range(20):
        plan, kept = Plan(SCHEMA, lambda animal: animal.kind), dict[str | None, Prepared]()
        ready = Barrier(8)

        def answered(_: int, plan: Plan = plan, kept: Any = kept, ready: Barrier = ready) -> list[tuple[str, int]]:
            asked = Asked()
            ready.wait()
            execute(plan, query, asked, None, None, kept=kept)
            return asked.calls

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(answered, range(8))) == [[("friends", 4), ("friends", 12)]] * 8


def test_types_share_the_resolver_of_their_interface() -> None:
    cat, bird = (PLAN.schema.type_map[name] for name in ("Cat", "Bird"))
    assert isinstance(cat, GraphQLObjectType)
    assert isinstance(bird, GraphQLObjectType)
    assert PLAN.resolver(cat, "friends") is PLAN.resolver(bird, "friends")
    assert PLAN.resolver(cat, "__typename") is PLAN.resolver(cat, "__typename")


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
    with pytest.raises(Stopped) as caught:
        execute(PLAN, parse("{ zoo { friends { friends { id } } } }"), Asked(patience=2), None, None)
    assert caught.value.code == "timeout"


def test_a_query_that_asks_about_the_schema_too_is_resolved_level_by_level_and_stopped() -> None:
    query = '{ __type(name: "Cat") { name } zoo { friends(first: 3) { friends(first: 3) { id } } } }'
    asked = Asked()
    execute(PLAN, parse(query), asked, None, None)
    assert asked.calls == [("friends", 4), ("friends", 12)]
    for patience in range(1_000_000 - asked.patience):
        with pytest.raises(Stopped):
            execute(PLAN, parse(query), Asked(patience=patience), None, None)


def test_questions_about_the_schema_are_stopped() -> None:
    with pytest.raises(Stopped):
        execute(PLAN, parse(get_introspection_query()), Asked(patience=9), None, None)


def test_no_handler_of_errors_goes_on_with_a_query_that_was_stopped() -> None:
    assert not issubclass(Stopped, Exception)


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { types { possibleTypes { interfaces { possibleTypes { interfaces { name } } } } } } }",
        "{ zoo { friends { friends { friends { id } } } } }",
    ],
)
def test_an_answer_of_more_objects_than_may_be_told_is_refused(query: str) -> None:
    def answered(most: int | None) -> bool:
        try:
            return bool(execute(PLAN, parse(query), Asked(), None, None, most=most)[0])
        except LimitExceeded as error:
            assert error.code == "too_costly"
            return False

    assert answered(None)
    assert answered(200)
    assert not answered(30)


def test_what_a_mutation_did_is_told_though_time_is_up_meanwhile() -> None:
    data, errors = execute(PLAN, parse("mutation { a: count b: count c: count }"), Asked(patience=2), None, None)
    assert data == {"a": 1, "b": 2, "c": None}
    assert [(error.path, error.message, error.extensions) for error in errors] == [
        (["c"], "this was not done: it took too long", {"code": "timeout"})
    ]


def test_a_field_of_a_mutation_is_resolved_to_its_end() -> None:
    query = "mutation { added { friends { friends { id } } } }"
    patient, hasty = (execute(PLAN, parse(query), Asked(patience=n), None, None) for n in (1_000, 1))
    assert hasty == patient
    assert patient[0] and not patient[1]


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
