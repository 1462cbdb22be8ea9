"""Every field of the schema, for every role: made from the schema itself, so that a new field cannot be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
    validate,
)

from api.access.viewer import JUDGES, ROLES, Role, Viewer
from api.answering import Service
from api.answers import Question
from api.ask import Ask
from api.query.execution import execute
from api.settings import Settings
from api.types.schema import plan
from graph.disguises import fold
from graph.opening import open_store
from graph.store import Store
from tests.api.masks.conftest import (
    ACCOUNT,
    BUYER,
    CLOSED,
    FOUND,
    GONE,
    LICENSEE,
    LISTING,
    MAKER,
    ODD_PAYEE,
    ODD_PERSON,
    OTHER,
    PHONE,
    RETURNING,
    fill_identity,
    fill_market,
    viewer,
)
from tests.api.masks.test_leaks import parts_of

SCHEMA = plan().schema
CLUE = f'value: "{FOUND.value}", kind: LISTING, right: "{FOUND.right}", at: "{FOUND.at}"'
QUERIES = {
    "me": "",
    "search": '(text: "永", first: 100)',
    "node": f'(id: "{MAKER}")',
    "nodes": "(ids: $every)",
    "find": '(kind: Company, values: ["91330304MA6QER431H"])',
    "trace": f"(clue: {{{CLUE}}})",
    "traces": f"(clues: [{{{CLUE}}}])",
    "expand": "(ids: $shown, first: 100)",
    "paths": f'(source: "{LISTING}", target: "{ACCOUNT}")',
    "records": "(ids: $records)",
    "sources": "",
    "quarantine": "(first: 100)",
    "explainIdentity": f'(a: "{BUYER}", b: "{RETURNING}")',
    "review": "(first: 100)",
    "job": '(id: "none")',
    "cases": "",
    "grants": "",
}
"""The arguments with which each question is asked: what is added to the schema is added here."""
FOR: dict[str, tuple[Role, ...]] = {
    "sources": ("investigator", "enforcement", "customs", "steward", "admin"),
    "quarantine": ("steward", "admin"),
    "cases": ("enforcement", "customs", "steward", "admin"),
    "review": JUDGES,
    "judge": JUDGES,
    "unjudge": JUDGES,
    "resolve": ("steward", "admin"),
    "load": ("steward", "admin"),
    "forget": ("steward", "admin"),
    "retryQuarantine": ("steward", "admin"),
    "openCase": ("enforcement", "customs"),
    "addMember": ("enforcement", "customs"),
    "closeCase": ("enforcement", "customs", "admin"),
    "grants": ("admin",),
    "grant": ("admin",),
    "revokeGrant": ("admin",),
}
"""Who may ask for what not everybody may; of grants also whoever owns the data, of any role."""


GIVEN = {
    "search": '(text: "{id}")',
    "node": '(id: "{id}")',
    "nodes": '(ids: ["{id}"])',
    "find": '(kind: {kind}, values: ["{id}"])',
    "trace": '(clue: {{value: "{id}"}})',
    "traces": '(clues: [{{value: "{id}"}}, {{value: "{id}", right: "16640560"}}])',
    "expand": '(ids: ["{id}"])',
    "paths": '(source: "{id}", target: "Account/taobao/ta1")',
    "explainIdentity": '(a: "{id}", b: "Company/91330304MA6QER431H")',
    "records": '(ids: ["{record}"])',
}
"""The questions that may be asked about an id, with it."""


def fields_of(root: str) -> dict[str, Any]:
    kind = SCHEMA.type_map[root]
    assert isinstance(kind, GraphQLObjectType)
    return dict(kind.fields)


def selection(kind: Any, above: tuple[str, ...] = ()) -> str:
    """All fields of a type, and of the types of these; of those that stand above it the name alone."""
    if is_leaf_type(kind):
        return ""
    parts = ["__typename"]
    for name, field in kind.fields.items():
        of = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        inner = "{ __typename }" if of.name in (*above, kind.name) else selection(of, (*above, kind.name))
        parts.append(f"{name} {inner}")
    if isinstance(kind, GraphQLInterfaceType):
        for made in SCHEMA.get_possible_types(kind):
            own = [name for name in made.fields if name not in kind.fields]
            # Properties of one name are of one type, whatever the kind.
            parts.append(f"... on {made.name} {{ __typename {' '.join(own)} }}")
    return "{ " + " ".join(parts) + " }"


def query(name: str, given: str | None = None) -> str:
    field = fields_of("Query")[name]
    given = QUERIES[name] if given is None else given
    variables = ", ".join(f"${v}: [ID!]!" for v in ("every", "shown", "records") if f"${v}" in given)
    asked = f"{name}{given} {selection(get_named_type(field.type))}"
    return f"query {f'({variables})' if variables else ''} {{ {asked} }}"


def test_every_question_stands_in_the_matrix() -> None:
    assert fields_of("Query").keys() == QUERIES.keys()
    assert not FOR.keys() - fields_of("Query").keys() - fields_of("Mutation").keys()
    for name in QUERIES:
        assert not validate(SCHEMA, parse(query(name))), name


def test_every_field_of_every_type_stands_in_the_matrix() -> None:
    asked = " ".join(map(query, QUERIES))
    for kind in reached(SCHEMA.type_map["Query"], set()):
        if isinstance(kind, GraphQLObjectType) and kind.name != "Query":
            for name in kind.fields:
                assert f" {name} " in asked, f"{kind.name}.{name}"


def reached(kind: Any, seen: set[Any]) -> set[Any]:
    """The types that a type's fields lead to."""
    if kind not in seen and not is_leaf_type(kind):
        seen.add(kind)
        for field in kind.fields.values():
            reached(get_named_type(field.type), seen)
        if isinstance(kind, GraphQLInterfaceType):
            for made in SCHEMA.get_possible_types(kind):
                reached(made, seen)
    return seen


class Asking:
    """Asks a service over a store for any viewer."""

    def __init__(self, store: Store, url: str, state: Path) -> None:
        self.service = Service(Settings(url, state))
        self.service.jobs.identity.run(store, True, lambda done, total: None)
        fill_identity(store)
        self.real = [node.id for node in store.nodes()]
        self.records = [record.id for record in store.all_records()]

    def __call__(self, who: Viewer, text: str) -> Any:
        service = self.service
        policy = service.policy(Question(text), who)
        shown = list(policy.shown(self.real).values())
        variables = {
            "every": [*self.real, *shown, *map(service.vault.seal, GONE)],
            "shown": shown or [MAKER],
            "records": self.records,
        }
        asked = Ask(who, lambda: service.policy(Question(text), who), service.state, service.jobs)
        return execute(service.plan, parse(text), asked, None, variables)

    def told(self, who: Viewer, name: str, node: str) -> str:
        """The answer to a question about a token, which stands in it as `TOKEN`."""
        vault = self.service.vault
        token, record = vault.seal(node), vault.seal_record("payees:" + node.partition("/")[2])
        given = GIVEN[name].format(id=token, kind=node.partition("/")[0], record=record)
        data, errors = self(who, f"{{ {name}{given} {{ __typename }} }}")
        answer = orjson.dumps([data, [error.formatted for error in errors]]).decode()
        return answer.replace(token, "TOKEN").replace(record, "RECORD")


@pytest.fixture(scope="module")
def asking(market: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    made = Asking(market, market.url, tmp_path_factory.mktemp("matrix") / "state")
    yield made
    made.service.close()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", QUERIES)
def test_no_field_tells_any_role_what_is_personal(asking: Asking, role: Role, name: str) -> None:
    closed = {part for part in parts_of((*CLOSED, *GONE)) if len(part) > 4 or not part.isdecimal()}
    beyond = {OTHER.partition("/")[2].casefold()}
    for who, hidden in ((viewer(role), closed), (viewer(role, jurisdictions=("33",)), closed | beyond)):
        data, errors = asking(who, query(name))
        text = fold(orjson.dumps([data, [error.formatted for error in errors]]).decode()).casefold()
        assert not [part for part in hidden if part in text]
        if role not in FOR.get(name, get_args(Role)):
            assert [getattr(error.original_error, "code", "") for error in errors] == ["forbidden"]
        elif role != "right_holder":
            assert not errors or all(getattr(e.original_error, "code", "") == "not_found" for e in errors), errors


def test_it_is_known_which_questions_are_asked_about_an_id() -> None:
    taking = {
        name
        for name, text in QUERIES.items()
        if any(word in text for word in ("id", "clue", "text", "source", "(a:", "$"))
    }
    assert taking == {*GIVEN, "job"} - {"find"}


def test_a_token_of_what_is_gone_is_answered_as_one_of_what_never_was(store_url: str, tmp_path: Path) -> None:
    with open_store(store_url) as store:
        fill_market(store)
        asking = Asking(store, store_url, tmp_path / "state")
    for who in (viewer(), viewer(jurisdictions=("33",)), viewer("right_holder")):
        for node in GONE:
            never = node.replace("13322446680", "13322446681").replace("****6680", "****6681")
            never = never.replace("88552200", "99663311").replace("gone", "none").replace("6699331166", "6699331177")
            assert never != node
            for name in GIVEN:
                assert asking.told(who, name, node) == asking.told(who, name, never), (name, node)
    asking.service.close()


@pytest.mark.parametrize("name", GIVEN)
def test_a_token_is_answered_by_its_node_however_its_key_reads(asking: Asking, name: str) -> None:
    vault = asking.service.vault
    token, record = vault.seal(ODD_PERSON), vault.seal_record(f"payees:{ODD_PAYEE.partition('/')[2]}")
    data, errors = asking(viewer(), query(name, GIVEN[name].format(id=token, kind="Person", record=record)))
    answer = orjson.dumps([data, [error.formatted for error in errors]]).decode()
    assert not errors
    assert "0729518306" not in answer
    assert name in ("search", "records", "paths") or token in answer


def test_it_is_decided_who_may_change_what() -> None:
    assert not fields_of("Mutation").keys() - FOR.keys(), "say in FOR who may change this"


def test_a_mutation_is_refused_to_all_but_those_who_may(asking: Asking) -> None:
    mutations = {
        "forget": 'forget(source: "nobody") { id }',
        "retryQuarantine": 'retryQuarantine(source: "nobody") { id }',
        "resolve": "resolve { id }",
        "judge": f'judge(a: "{MAKER}", b: "{MAKER}", verdict: SAME, why: "w") {{ judgement {{ verdict }} }}',
        "unjudge": f'unjudge(a: "{MAKER}", b: "{LICENSEE}", why: "w") {{ verdict }}',
        "openCase": 'openCase(number: "N%s") { number }',
        "addMember": 'addMember(number: "none", member: "k") { number }',
        "closeCase": 'closeCase(number: "none") { number }',
        "grant": 'grant(property: "Phone", to: "customs", owner: "platform") { id }',
        "revokeGrant": 'revokeGrant(id: "none") { id }',
    }
    assert mutations.keys() | {"load"} == fields_of("Mutation").keys()
    for name, text in mutations.items():
        for role in ROLES:
            _, errors = asking(viewer(role), f"mutation {{ {text.replace('%s', role)} }}")
            told = [str(error) for error in errors if "your role is" in str(error)]
            assert bool(told) == (role not in FOR[name]), (name, role)


def test_a_masked_phone_is_traced_in_a_case_only(asking: Asking) -> None:
    text = f'{{ trace(clue: {{value: "{PHONE.partition("+86")[2]}", kind: PHONE}}) {{ verdict }} }}'
    _, errors = asking(viewer("enforcement"), text)
    assert [getattr(error.original_error, "code", "") for error in errors] == ["case_required"]


def test_the_path_of_a_store_is_not_told(asking: Asking, market: Store) -> None:
    data, _ = asking(viewer("admin"), query("sources"))
    assert str(Path(market.url.partition(":")[2]).parent) not in orjson.dumps(data).decode()
