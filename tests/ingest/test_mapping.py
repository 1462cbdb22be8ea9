from __future__ import annotations

import re
from pathlib import Path

import pytest

from graph.errors import MappingError
from graph.store import Store
from ingest import catalogue, grammar
from ingest.loader import load
from ingest.mapping import MappingFile

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "mappings.md"
WHOLE = """
feed: deals
columns: [no, buyer]
key: no
nodes:
  order: {kind: Order, key: no}
  payee: {kind: PayeeAccount, key: account}
links:
  - [order, PAID_INTO, payee]
"""


def example(name: str) -> str:
    found = re.search(rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def documented(title: str) -> set[str]:
    part = PAGE.read_text("utf-8").split(f"### {title}\n")[1].split("\n#")[0]
    return set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE))


@pytest.mark.parametrize(
    ("title", "entries"),
    [
        ("The mapping", grammar.ENTRIES),
        ("A node", grammar.NODE_ENTRIES),
        ("A link", grammar.LINK_ENTRIES),
        ("An extraction", grammar.EXTRACT_ENTRIES),
    ],
)
def test_the_page_tells_every_entry_of_the_format_and_no_other(title: str, entries: frozenset[str]) -> None:
    assert documented(title) == entries


def test_the_example_of_the_page_loads(embedded: Store, tmp_path: Path) -> None:
    for name in ("deliveries.csv", "deliveries.yaml"):
        (tmp_path / name).write_text(example(name), "utf-8")
    report = load(embedded, [tmp_path / "deliveries.csv"], mapping=str(tmp_path / "deliveries.yaml"))
    assert report.total("added") == 2
    node = embedded.get(["Consignment/DL0001"])["Consignment/DL0001"]
    assert node.get("dispatched") == "2025-08-16"
    links = embedded.expand(["Consignment/DL0001"], direction="out").links["Consignment/DL0001"]
    assert {link.kind for link in links} == {"CONSIGNED_BY", "DISPATCHED_FROM", "DELIVERED_TO", "CARRIED_BY"}


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))
def test_every_mapping_on_the_page_is_right(text: str) -> None:
    grammar.read(text, "the page")


def test_every_built_in_mapping_is_named_after_its_feed() -> None:
    for mapping in catalogue.built_in():
        assert mapping.name == mapping.feed
        assert catalogue.named(mapping.feed) is mapping


@pytest.mark.parametrize("mapping", catalogue.built_in(), ids=lambda mapping: mapping.feed)
def test_a_built_in_mapping_is_recognised_by_its_columns(mapping: MappingFile) -> None:
    assert catalogue.recognise(sorted(mapping.columns)) is mapping


def test_columns_that_no_feed_has_are_not_recognised() -> None:
    assert catalogue.recognise(["colour", "size"]) is None


def test_a_mapping_recognises_columns_that_it_renames() -> None:
    mapping = grammar.read(WHOLE + "rename: {number: no}\n", "deals.yaml")
    assert catalogue.recognise(["number", "buyer"], [mapping]) is mapping


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("feed: deals", "feed: deals\ncolour: red"), r"the mapping: unknown entry 'colour'; known are columns, "),
        (("feed: deals\n", ""), "the entry 'feed' is missing"),
        (("feed: deals", "feed: a:b"), "part of every record's id"),
        (("kind: Order", "kind: Odrer"), r"node 'order': the ontology has no kind 'Odrer'; known are Company"),
        (("kind: Order, key: no", "kind: Order"), "node 'order': it has no key"),
        (("kind: Order, key: no", "key: no"), "needs one of `kind: Kind` and `party"),
        (("key: no}", "key: no, set: {colour: no}}"), r"Order has no property colour; it has amount"),
        (("key: no}", "key: no, uscc: no}"), "'uscc' is for parties"),
        (("key: no}", 'key: no, split: "["}'), r"the pattern '\[' is wrong"),
        (("key: no}", 'key: no, match: "A.*"}'), "has no group in parentheses"),
        (("PAID_INTO", "PAID_TO"), "the ontology has no link 'PAID_TO'"),
        (("PAID_INTO, payee", "PAID_INTO, order"), "PAID_INTO does not join Order to Order"),
        (("PAID_INTO, payee", "PAID_INTO, nobody"), "there is no node 'nobody' above"),
        (("PAID_INTO, payee]", "PAID_INTO, payee, {begin: x}]"), "unknown entry 'begin'; known are end, set, start"),
        (("key: account}", "key: {account}}"), "is no column"),
        (("nodes:", "nodes: ["), r"deals\.yaml:\d+: "),
        (("columns: [no, buyer]", "columns: no"), "columns: expected a list"),
    ],
)
def test_a_mistake_is_told_with_its_entry(change: tuple[str, str], message: str) -> None:
    assert change[0] in WHOLE
    with pytest.raises(MappingError, match=message):
        grammar.read(WHOLE.replace(*change), "deals.yaml")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("feed: deals", "feed: a:b"), 2),
        (("no, buyer", "no, [buyer]"), 3),
        (("key: no\n", "kee: no\n"), 4),
        (("kind: Order, key: no", "kind: Odrer, key: no"), 6),
        (("{kind: Order, key: no}", "\n    kind: Order\n    key: no\n    set:\n      colour: no"), 10),
        (("{kind: PayeeAccount, key: account}", ""), 7),
        (("PAID_INTO", "PAID_TO"), 9),
        (("feed", "\tfeed"), 2),
        (("feed: deals", "feed: &a deals\nkey: *a"), 3),
        (("feed: deals", "[feed]: deals"), 2),
    ],
)
def test_a_mistake_is_told_with_its_line(change: tuple[str, str], line: int) -> None:
    assert change[0] in WHOLE
    with pytest.raises(MappingError, match=rf"deals\.yaml:{line}: "):
        grammar.read(WHOLE.replace(*change), "deals.yaml")


def test_a_mapping_made_to_fill_the_memory_is_refused() -> None:
    laughs = "".join(f"  k{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10))
    with pytest.raises(MappingError, match="points to another entry"):
        grammar.read(f"{WHOLE}rename:\n  k0: &a0 [x]\n{laughs}", "deals.yaml")
    with pytest.raises(MappingError, match="too deep"):
        grammar.read("[" * 100_000, "deals.yaml")


@pytest.mark.parametrize("name", ["no", "on", "y", "2025-01-01", "0123", "null", "~"])
def test_a_column_may_be_called_anything(name: str) -> None:
    mapping = grammar.read(WHOLE.replace("key: no}", f"key: {name}}}"), "deals.yaml")
    assert mapping.nodes[0].key.columns == (name,)


def test_an_entry_given_twice_is_refused() -> None:
    with pytest.raises(MappingError, match=r"deals\.yaml:\d+: 'key' is given twice"):
        grammar.read(WHOLE + "key: other\n", "deals.yaml")


def test_a_mapping_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="built in are accounts, .*warehouses"):
        catalogue.named("nothing")
    with pytest.raises(MappingError, match="cannot be read"):
        catalogue.named(str(tmp_path / "nothing.yaml"))


def test_a_changed_mapping_has_another_digest() -> None:
    assert grammar.read(WHOLE, "a").digest != grammar.read(WHOLE + "# more\n", "a").digest
