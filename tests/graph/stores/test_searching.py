from __future__ import annotations

from collections.abc import Callable

import pytest

from graph.model import Matches, Record, order_of
from graph.store import Store
from graph.terms import query_terms

Made = Callable[..., Record]


def found(store: Store, text: str, **how: object) -> list[str]:
    """The keys of the nodes that hold the text, sorted."""
    matches = store.search(query_terms(text), **how)  # type: ignore[arg-type]
    assert len(matches.nodes) == matches.total
    return sorted(node.partition("/")[2] for node in matches.nodes)


@pytest.fixture
def names(store: Store, row: Made) -> Store:
    """A store of companies by their names, a person and a site."""
    companies = {
        "yongfei": {"name": "温州市永飞电池有限公司", "name_en": "Wenzhou Yongfei Battery Co., Ltd."},
        "feiyong": {"name": "苍南飞永贸易行"},
        "gang": {"name": "陈记電池廠"},
        "latin": {"name": "OPPO-X9 Ｔｒａｄｉｎｇ", "name_en": 'café O\'Neill "quoted" AND OR NOT'},
    }
    store.merge([row(key, (f"Company/{key}", "party", values)) for key, values in companies.items()])
    store.merge(
        [row("p", ("Person/chen", "rep", {"name": "陈"}), ("Site/1", "site", {"name": "陈家仓", "use": "电池"}))]
    )
    return store


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("永", ["feiyong", "yongfei"]),
        ("永飞", ["yongfei"]),
        ("飞永", ["feiyong"]),
        ("永飞电池", ["yongfei"]),
        ("陈", ["1", "chen", "gang"]),
        ("电池", ["gang", "yongfei"]),
        ("電池", ["gang", "yongfei"]),
        ("电池厂", ["gang"]),
        ("b", ["yongfei"]),
        ("battery", ["yongfei"]),
        ("BATT", ["yongfei"]),
        ("attery", []),
        ("yongfei wenzhou", ["yongfei"]),
        ("永飞 battery", ["yongfei"]),
        ("永飞 nothing", []),
        ("oppo x9", ["latin"]),
        ("trading", ["latin"]),
        ("ｔｒａｄ", ["latin"]),
        ("caf", ["latin"]),
        ("café", ["latin"]),
        ("o'neill", ["latin"]),
        ("and or not", ["latin"]),
        ('"quoted"', ["latin"]),
        ("*", []),
        ("", []),
    ],
)
def test_text_finds_the_nodes_that_hold_it(names: Store, text: str, keys: list[str]) -> None:
    assert found(names, text) == keys


def test_terms_as_a_person_would_type_them_are_found_too(names: Store) -> None:
    assert names.search(["永飞电池", "Yongfei!"]).nodes == ("Company/yongfei",)


def test_kinds_narrow_a_search(names: Store) -> None:
    assert found(names, "陈", kinds={"Person", "Site"}) == ["1", "chen"]
    assert found(names, "陈", kinds=[]) == found(names, "陈", kinds={"Planet"}) == []


def test_what_is_not_searched_is_not_found(names: Store) -> None:
    assert found(names, "电池", kinds={"Site"}) == []


def test_a_search_is_cut_in_the_fixed_order_and_tells_how_many_there_are(store: Store, row: Made) -> None:
    companies = [f"Company/{i}" for i in range(30)]
    store.merge([row(node, (node, "party", {"name": f"永飞{node}"})) for node in companies])
    first = sorted(companies, key=order_of)[:7]
    assert store.search(["永飞"], limit=7) == Matches(tuple(first), 30)
    assert store.search(["永飞"], {"Company"}, limit=7) == Matches(tuple(first), 30)


def test_every_name_of_a_node_finds_it(store: Store, row: Made) -> None:
    store.merge([row(name, ("Company/1", "party", {"name": name})) for name in ("永飞", "飞达")])
    assert found(store, "永飞") == found(store, "飞达") == ["1"]


def test_a_name_that_is_no_longer_stated_finds_nothing(store: Store, row: Made) -> None:
    store.merge([row("1", ("Company/1", "party", {"name": "永飞"}))])
    store.merge([row("1", ("Company/1", "party", {"name": "飞达"}))])
    assert found(store, "永飞") == []
    store.retract(["freight:1"])
    assert found(store, "飞达") == []


def test_a_very_long_text_finds_what_holds_it(store: Store, row: Made) -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 3000)))
    store.merge([row(key, (f"Company/{key}", "party", {"name": name})) for key, name in (("1", text), ("2", text[9:]))])
    assert found(store, text) == ["1"]


def test_very_long_words_are_found_by_how_they_begin(store: Store, row: Made) -> None:
    word = "abc" * 20_000
    store.merge([row("1", ("Company/1", "party", {"name": f"{word} 永飞 {'飞' * 9000}"}))])
    for text in (word, word[:300], word[:30], "飞" * 500, "永飞"):
        assert found(store, text) == ["1"]
