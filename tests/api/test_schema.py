from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    parse,
    validate,
)
from graphql.utilities import find_breaking_changes

from api.query.prices import unsized
from api.types.schema import plan, sdl
from graph.ontology import ontology

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


def test_every_type_field_argument_and_value_is_described() -> None:
    missing = []
    for name, kind in OWN.items():
        if not kind.description:
            missing.append(name)
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            missing += [f"{name}.{field}" for field, said in kind.fields.items() if not said.description]
        if isinstance(kind, GraphQLEnumType) and name in ("NodeKind", "LinkKind"):
            missing += [f"{name}.{value}" for value, said in kind.values.items() if not said.description]
    assert not missing


@pytest.mark.parametrize("root", ["Query", "Mutation", "Subscription"])
def test_every_question_has_an_example_that_is_valid(root: str) -> None:
    kind = OWN[root]
    assert isinstance(kind, GraphQLObjectType)
    for name, field in kind.fields.items():
        example = re.search(r"Example: `(.+)`", field.description or "")
        assert example, name
        assert not validate(SCHEMA, parse(example[1])), name
        assert f"{name}" in example[1]


def test_every_list_has_a_size_that_limits_count_by() -> None:
    assert not unsized(SCHEMA)


def test_nothing_is_taken_away_after_a_release() -> None:
    told = subprocess.run(
        ["git", "describe", "--tags", "--match", "v*", "--abbrev=0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        return  # there is no release yet
    released = subprocess.run(
        ["git", "show", f"{told.stdout.strip()}:api/schema.graphql"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not find_breaking_changes(build_schema(released.stdout), SCHEMA)
