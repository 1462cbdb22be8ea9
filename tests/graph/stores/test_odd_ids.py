from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from graph.model import Record, SetAside, StatedLink
from graph.store import Store

ODD = [
    "taobao/10203",
    "a/b//c/",
    'it\'s "quoted" `so` \\ $x {y} %s ?',
    "温州市龙湾区永中街道69号",
    "电池🔋𠮷",
    "a\x00b",
    "line\nbreak\ttab\r",
    " ",
    "' OR 1=1 --",
    "}) DETACH DELETE n //",
    "é",
    "e\u0301",
    "A",
    "a",
    "freight:1#consignor",
    "9" * 1000,
    "长" * 1000,
    "🔋" * 1000,
]


@pytest.mark.parametrize("key", ODD, ids=range(len(ODD)))
def test_a_key_of_any_characters_is_kept_as_it_is(store: Store, row: Callable[..., Record], key: str) -> None:
    node, phone = f"Party/{key}", f"Phone/{key}"
    made = row(
        key,
        (node, key, {"name": key}),
        (phone, "phone"),
        links=[StatedLink("HAS_PHONE", node, phone, values={})],
        source=key.replace(":", "")[:100],
        file=key[:200],
        raw={key: key},
    )
    store.merge([made])
    assert replace(store.records([made.id])[made.id], received="") == made
    assert store.get([node])[node].values == {"name": (key,)}
    assert [link.target for link in store.expand([node]).links[node]] == [phone]
    assert [s.field for s in store.statements([node])[node]] == [key]
    assert [n.id for n in store.nodes({"Party"})] == [node]
    assert list(store.record_ids(made.source, made.file)) == [made.id]
    assert store.retract([made.id], made.file) == 1
    assert not list(store.nodes())


def test_keys_that_look_alike_are_kept_apart(store: Store, row: Callable[..., Record]) -> None:
    store.merge([row(key, (f"Party/{key}", "party")) for key in ODD])
    assert {node.key for node in store.nodes()} == set(ODD)
    assert len(store.get(f"Party/{key}" for key in ODD)) == len(ODD)


def test_rows_set_aside_may_come_in_files_of_any_name(store: Store, refused: Callable[..., SetAside]) -> None:
    names = ["b.csv", "a.csv", "中.csv", "😀.csv", "ﬁ.csv", "B.csv"]
    store.merge([], [refused(1, file=name) for name in names])
    assert [entry.file for entry in store.quarantine()] == sorted(names)
