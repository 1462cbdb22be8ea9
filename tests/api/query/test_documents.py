"""Documents kept by their hash: parsed and validated once, persisted, safelisted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import strawberry
from graphql import GraphQLError, build_schema, get_introspection_query
from hypothesis import given
from hypothesis import strategies as st

from api.errors import LimitExceeded, PersistedQueryNotFound, QueryNotListed, ServiceError
from api.query.documents import Document, Documents, persisted_hash
from api.query.fields import Values, many
from api.query.limits import Limits
from graph.errors import SettingError
from tests.growth import seconds

SCHEMA = build_schema(
    "type Query { me: Person, at(x: Int, y: [String]): Int } type Person { name: String, boss: Person }"
)


@strawberry.type
class Resident:
    """One of a town."""

    @many(str, cost=1)
    def name(residents: Sequence[None], ask: None) -> Values:
        """Its name."""
        return [None for _ in residents]


@strawberry.type
class Town:
    """The root of another schema."""

    @many(list[Resident], cost=1, sized={"first": 1})
    def people(_: Sequence[None], ask: None, first: int = 1) -> Values:
        """Its residents."""
        return [[]]


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def documents() -> Documents:
    return Documents(SCHEMA, 10)


def test_a_text_is_parsed_and_validated_once(documents: Documents) -> None:
    first = documents.get("{ me { name } }")
    assert first.errors == ()
    assert first.hash == sha("{ me { name } }")
    assert documents.get("{ me { name } }") is first


def test_a_document_with_errors_is_kept_with_them(documents: Documents) -> None:
    first = documents.get("{ you }")
    assert [error.message for error in first.errors] == ["Cannot query field 'you' on type 'Query'."]
    assert documents.get("{ you }") is first


def test_at_most_five_errors_are_told(documents: Documents) -> None:
    assert len(documents.get("{ a b c d e f g h i j }").errors) == 5


def test_names_are_suggested_only_where_introspection_may_show_them() -> None:
    (told,) = Documents(SCHEMA).get("{ mee { name } }").errors
    assert "Did you mean 'me'?" in told.message
    (told,) = Documents(SCHEMA, introspection=False).get("{ mee { name } }").errors
    assert told.message == "Cannot query field 'mee' on type 'Query'."


def test_introspection_can_be_switched_off() -> None:
    for text in ("{ __schema { types { name } } }", '{ __type(name: "Query") { name } }', get_introspection_query()):
        assert Documents(SCHEMA).get(text).errors == ()
        assert Documents(SCHEMA, introspection=False).get(text).errors
    assert Documents(SCHEMA, introspection=False).get("{ __typename }").errors == ()


def test_an_error_does_not_say_a_long_value_again(documents: Documents) -> None:
    for text in ("{ at(x: %s) }" % ("9" * 6000), '{ at(x: "%s") }' % ("x" * 6000)):
        errors = documents.get(text).errors
        assert errors
        assert all(len(error.message) < 600 for error in errors)
        assert errors[0].locations


def test_no_graphql_is_a_syntax_error(documents: Documents) -> None:
    for text in ("", " ", "{", "{ me { name }", "\ud800", '{ me(a: "\ud800") }', "{ me { name } } \x00"):
        with pytest.raises(GraphQLError, match="Syntax Error"):
            documents.get(text)


def test_neither_text_nor_hash_is_refused(documents: Documents) -> None:
    with pytest.raises(ServiceError, match="no query") as caught:
        documents.get(None)
    assert caught.value.code == "bad_request"


def test_the_shape_is_refused_before_validation(documents: Documents) -> None:
    for text, code in (
        ("{ me { name } " + "me { name } " * 800 + "}", "too_costly"),
        ("{ me { name } }" + "".join(f"fragment f{i} on Person {{ name }}" for i in range(200)), "too_costly"),
        ("query a { me { name } } query b { " + "boss { " * 20 + "name" + " }" * 21, "too_deep"),
        ("{ " + " ".join(f"a{i}: at" for i in range(60)) + " }", "too_many_aliases"),
    ):
        with pytest.raises(LimitExceeded) as caught:
            documents.get(text)
        assert caught.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "{ me { " + "name " * 99 + " } }",
        "{ " + "me { name boss { name } } " * 99 + " }",
        "{ me { ...f0 } }"
        + "".join(f"fragment f{i} on Person {{ boss {{ ...f{i + 1} }} boss {{ ...f{i + 1} }} }}" for i in range(12))
        + "fragment f12 on Person { name }",
        "{ me { " + " ".join(f"...f{i}" for i in range(49)) + " } }"
        + "".join(f"fragment f{i} on Person {{ boss {{ boss {{ name }} }} }}" for i in range(49)),
        "".join(f"query q{i} {{ at }}" for i in range(1_000)),
        "{ me { " + "... { boss { name } } " * 600 + "} }",
        "{ me { " + "... on Person { boss { name } } " * 600 + "} }",
        "{ me { " + "... { ... { boss { name } } } " * 400 + "} }",
        "{ me { ...f } } fragment f on Person { " + "... { boss { name } } " * 600 + "}",
    ],
)  # fmt: skip
def test_what_the_limits_let_through_is_validated_soon(text: str) -> None:
    def validated(text: str) -> None:
        with suppress(LimitExceeded):
            Documents(SCHEMA).get(text)

    # Beside a query that asks for no more than any, and is as long as may be.
    plain = "{ me { " + " ".join(f"n{i}: name" for i in range(49)) + " } }"
    assert seconds(lambda: validated(text)) < 100 * seconds(lambda: validated(plain))


def test_the_least_recently_asked_for_goes_first() -> None:
    documents = Documents(SCHEMA, 2)
    one, two = documents.get("{ a }"), documents.get("{ b }")
    assert documents.get("{ a }") is one
    documents.get("{ c }")
    assert documents.get("{ a }") is one
    assert documents.get("{ b }") is not two


def test_a_long_text_takes_the_place_of_several_and_one_without_place_is_answered_all_the_same() -> None:
    documents = Documents(SCHEMA, 3)
    short = documents.get("{ at }")
    for text in ("{ at }" + " " * 4_000, "{ at(y: [" + "a " * 200 + "]) }"):
        long = documents.get(text)
        assert documents.get(text) is long
        assert documents.get("{ at }") is not short
    endless = documents.get("{ at }" + " " * 20_000)
    assert endless.errors == ()
    assert documents.get(endless.text) is not endless
    with pytest.raises(PersistedQueryNotFound):
        documents.get(None, endless.hash)


def test_a_measure_is_remembered_unless_a_variable_has_a_part_in_it() -> None:
    documents = Documents(strawberry.Schema(Town)._schema)
    document = documents.get("""query a { people(first: 5) { name } }
        query b($n: Int! = 3) { people(first: $n) { name } }""")
    assert documents.measure(document, "a").cost == 1 + 5
    assert documents.measure(document, "a") is documents.measure(document, "a", {"n": 3})
    assert [documents.measure(document, "b", given).cost for given in ({}, {"n": 7}, {"n": 8})] == [4, 8, 9]
    assert documents.measure(document, "c").cost == 0
    assert list(document.fixed) == ["a"]


def test_many_threads_may_ask_at_once() -> None:
    documents = Documents(SCHEMA, 5)
    texts = [f"{{ at(x: {i % 17}) }}" for i in range(400)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(documents.get, texts))
    assert [document.text for document in found] == texts
    assert len(documents._kept) <= 5


def test_a_persisted_query_is_registered_with_its_text_and_then_known_by_its_hash(documents: Documents) -> None:
    text = "{ me { name } }"
    with pytest.raises(PersistedQueryNotFound) as caught:
        documents.get(None, sha(text))
    assert (str(caught.value), caught.value.code) == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
    registered = documents.get(text, sha(text))
    assert documents.get(None, sha(text)) is registered


def test_a_hash_of_another_text_registers_nothing(documents: Documents) -> None:
    with pytest.raises(ServiceError, match="not the hash"):
        documents.get("{ me { name } }", sha("{ at }"))
    with pytest.raises(PersistedQueryNotFound):
        documents.get(None, sha("{ at }"))


def test_a_hash_comes_in_the_extensions() -> None:
    assert persisted_hash({"persistedQuery": {"version": 1, "sha256Hash": "AB" * 32}}) == "ab" * 32
    for extensions in (None, {}, {"persistedQuery": None}, {"other": 1}, ["persistedQuery"], "text", 5):
        assert persisted_hash(extensions) is None


@pytest.mark.parametrize(
    "persisted",
    [
        {},
        [],
        "ab" * 32,
        {"sha256Hash": "ab" * 32},
        {"version": 2, "sha256Hash": "ab" * 32},
        {"version": 1, "sha256Hash": "ab"},
        {"version": 1, "sha256Hash": "xy" * 32},
        {"version": 1, "sha256Hash": "٣" * 64},
        {"version": 1, "sha256Hash": 5},
        {"version": 1},
    ],
)
def test_a_malformed_hash_is_refused(persisted: object) -> None:
    with pytest.raises(ServiceError, match="persistedQuery"):
        persisted_hash({"persistedQuery": persisted})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "me.graphql").write_text("query Me { me { name } }\n", encoding="utf-8")
    (tmp_path / "at.graphql").write_text("{ at }", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("{ nothing", encoding="utf-8")
    return tmp_path


def _known(documents: Documents, text: str) -> Document:
    return documents.get(None, sha(text))


def test_the_files_of_the_safelist_are_known_from_the_start_and_never_go(folder: Path) -> None:
    documents = Documents(SCHEMA, 1, safelist=folder)
    for number in range(5):
        documents.get(f"{{ at(x: {number}) }}")
    assert _known(documents, "query Me { me { name } }\n").errors == ()
    assert _known(documents, "query Me { me { name } }") is _known(documents, "query Me { me { name } }\n")
    assert _known(documents, "{ at }").text == "{ at }"


def test_only_listed_queries_run_where_that_is_set(folder: Path) -> None:
    documents = Documents(SCHEMA, safelist=folder, only_safelisted=True)
    assert documents.get("query Me { me { name } }").errors == ()
    assert _known(documents, "{ at }").errors == ()
    for text, digest in (("{ me { name } }", None), ("{ me { name } }", sha("{ me { name } }")), (None, sha("{ me }"))):
        with pytest.raises(QueryNotListed) as caught:
            documents.get(text, digest)
        assert caught.value.code == "query_not_listed"
    with pytest.raises(ServiceError, match="not the hash"):
        documents.get("{ me { name } }", sha("{ at }"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{ you }", "Cannot query field"),
        (b"{ me", "Syntax Error"),
        (b"\xff{ at }", "decode"),
        (b"{at}" * 900, "token"),
    ],
)
def test_a_bad_file_of_the_safelist_stops_the_start(folder: Path, content: bytes, message: str) -> None:
    (folder / "bad.graphql").write_bytes(content)
    with pytest.raises(SettingError, match=message) as caught:
        Documents(SCHEMA, safelist=folder, limits=Limits(tokens=1_000))
    assert "bad.graphql" in str(caught.value)


def test_a_safelist_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="is no folder"):
        Documents(SCHEMA, safelist=tmp_path / "missing")
    with pytest.raises(SettingError, match="no \\*.graphql file"):
        Documents(SCHEMA, safelist=tmp_path, only_safelisted=True)
    with pytest.raises(SettingError, match="none is set"):
        Documents(SCHEMA, only_safelisted=True)


_PIECES = [*'{}()[]:!$@.,#"|&= \nabme19-\ud800', "me", "...", "fragment", " on ", '"""', "\\u{1F600}", "query", "type"]


@given(st.lists(st.sampled_from(_PIECES), max_size=60).map("".join))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        Documents(SCHEMA).get(text)
    except (GraphQLError, LimitExceeded):
        pass
