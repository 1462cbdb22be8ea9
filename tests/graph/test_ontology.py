from __future__ import annotations

import re
from importlib.resources import files

import pytest

from graph import identifiers
from graph.errors import OntologyError
from graph.ontology import LinkKind, NodeKind, ontology, read

SMALL = """version: 1
groups:
  party: [Company]
kinds:
  Company:
    label: [Company, 公司]
    group: party
    identity: uscc
    caption: [name]
    search: [name]
    properties:
      name: [text, Name, 名称]
  Phone:
    label: [Phone, 电话]
    group: contact
    identity: phone
    sensitive: true
    caption: []
    properties: {}
links:
  HAS_PHONE:
    label: [has the phone, 电话]
    from: [$party]
    to: [Phone]
    dated: [Start, End]
    properties:
      text: [text, As written, 原文, sensitive]
"""


def test_a_right_ontology_is_read() -> None:
    known = read(SMALL, "small.yaml")
    assert set(known.kinds) == {"Company", "Phone"}
    assert known.kinds["Phone"].sensitive
    assert known.links["HAS_PHONE"].sources == {"Company"}
    assert known.links["HAS_PHONE"].properties["text"].sensitive
    assert known.outgoing == {"Company": ("HAS_PHONE",), "Phone": ()}
    assert known.incoming == {"Company": (), "Phone": ("HAS_PHONE",)}


@pytest.mark.parametrize(
    ("good", "bad", "line", "said"),
    [
        ("version: 1", "version: one", 1, "one"),
        ("version: 1\n", "", 1, "version"),
        ("party: [Company]", "party: [Compny]", 3, "Compny"),
        ("  Phone:\n", "  phone:\n", 13, "PascalCase"),
        ("label: [Company, 公司]", "label: [Company]", 6, "label"),
        ("label: [Company, 公司]", "label: Company", 6, "list"),
        ("group: party", "group: parties", 7, "parties"),
        ("identity: uscc", "identity: isbn", 8, "isbn"),
        ("caption: [name]", "caption: [nmae]", 9, "nmae"),
        ("search: [name]", "search: [title]", 10, "title"),
        ("    search: [name]\n", "    serach: [name]\n", 10, "serach"),
        ("name: [text, Name, 名称]", "name: [string, Name, 名称]", 12, "string"),
        ("name: [text, Name, 名称]", "name: [text, Name]", 12, "name"),
        ("name: [text, Name, 名称]", "name: [text, Name, 名称, secret]", 12, "secret"),
        ("properties: {}", "properties: []", 19, "name: value"),
        ("sensitive: true", "sensitive: perhaps", 17, "perhaps"),
        ("  Phone:\n    label", "  Company:\n    label", 13, "twice"),
        ("    identity: phone\n", "", 13, "identity"),
        ("  HAS_PHONE:", "  HasPhone:", 21, "UPPER_SNAKE"),
        ("from: [$party]", "from: [$parties]", 23, "parties"),
        ("to: [Phone]", "to: [Telephone]", 24, "Telephone"),
        ("dated: [Start, End]", "dated: [Start, Middle, End]", 25, "start and an end"),
        ("text: [text, As written, 原文, sensitive]", "text: [text, As written, 原文, 敏感]", 27, "敏感"),
        ("to: [Phone]", "to: [Phone", 25, ""),
    ],
)
def test_a_mistake_stops_the_program_with_its_line(good: str, bad: str, line: int, said: str) -> None:
    text = SMALL.replace(good, bad, 1)
    assert text != SMALL
    with pytest.raises(OntologyError) as error:
        read(text, "small.yaml")
    found = re.match(r"small\.yaml:(\d+): (.*)", str(error.value))
    assert found is not None
    assert said in found[2]
    assert int(found[1]) == line


@pytest.mark.parametrize(
    "text", ["", "[]", "version: 1", "\t", "a: *b", "{", "version: 1\nkinds: {}\nlinks: {}\nmore: 1"]
)
def test_what_is_no_ontology_is_refused_with_a_line(text: str) -> None:
    with pytest.raises(OntologyError, match=r"^x\.yaml:\d+: "):
        read(text, "x.yaml")


def test_every_kind_link_and_property_is_labelled_in_both_languages() -> None:
    known = ontology()
    every: list[NodeKind | LinkKind] = [*known.kinds.values(), *known.links.values()]
    for one in every:
        for label in (one.label, *(p.label for p in one.properties.values())):
            assert re.search("[A-Za-z]", label.en) and not re.search("[一-鿿]", label.en), (one.name, label)
            assert re.search("[一-鿿]", label.zh), (one.name, label)


def test_every_label_of_a_kind_is_its_own() -> None:
    known = ontology()
    for language in ("en", "zh"):
        labels = [getattr(kind.label, language) for kind in known.kinds.values()]
        assert len(set(labels)) == len(labels)


def test_every_identity_is_an_identifier_or_a_known_sort() -> None:
    sorts = {*identifiers.KINDS, "number", "mention", "derived"}
    assert {kind.identity for kind in ontology().kinds.values()} <= sorts


def test_every_kind_is_joined_to_another_by_some_link() -> None:
    known = ontology()
    assert all(known.outgoing[kind] or known.incoming[kind] for kind in known.kinds)


def test_personal_kinds_are_marked_as_sensitive() -> None:
    known = ontology().kinds
    assert all(known[kind].sensitive for kind in ("Person", "Phone", "Email", "Handle", "PayeeAccount"))


def test_what_names_a_node_to_a_person_is_found_by_search() -> None:
    for kind in ontology().kinds.values():
        if kind.identity != "derived" and kind.name not in ("LabelEvent",):
            assert set(kind.caption) <= set(kind.search), kind.name


def test_the_ontology_comes_with_the_package() -> None:
    assert files("graph").joinpath("ontology.yaml").is_file()
