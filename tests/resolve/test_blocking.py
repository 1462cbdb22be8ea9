"""Pairs are those that Splink's own blocking finds, and those of a few parties are the ones among all."""

from __future__ import annotations

import pytest

from graph.store import Store
from resolve import matching
from resolve.comparisons import COMPARISONS
from resolve.index import Index
from resolve.profiles import Nature
from resolve.run import read
from resolve.weights import standing

NATURES: list[Nature] = [*COMPARISONS]


@pytest.mark.parametrize("nature", NATURES)
def test_pairs_are_those_of_splinks_own_blocking(market_store: Store, index: Index, nature: Nature) -> None:
    read(market_store, index)
    weights = standing()[nature]
    matching.find(index.db, "kept.profile", nature, weights, "ours")
    linker = matching.linked(index.db, nature, weights)
    theirs = linker.inference.predict(threshold_match_weight=matching.LEAST)
    rows = f"SELECT node_l, node_r, round(match_weight, 6) FROM {theirs.physical_name} ORDER BY ALL"
    found = index.db.execute("SELECT a, b, weight FROM ours ORDER BY ALL").fetchall()
    assert found == index.db.execute(rows).fetchall()
    assert found


@pytest.mark.parametrize("nature", NATURES)
def test_pairs_of_a_few_are_those_that_they_have_among_all(market_store: Store, index: Index, nature: Nature) -> None:
    read(market_store, index)
    weights = standing()[nature]
    # Of twins some are fresh and others not, leads and those they speak for.
    index.db.execute("CREATE TABLE fresh AS SELECT node FROM kept.profile WHERE hash(node) % 3 = 0")
    some = "a IN (FROM fresh) OR b IN (FROM fresh)"
    matching.find(index.db, "kept.profile", nature, weights, "every")
    all_of = index.db.execute(f"SELECT * FROM every WHERE {some} ORDER BY ALL").fetchall()
    matching.find(index.db, "kept.profile", nature, weights, "few", "fresh")
    assert index.db.execute("SELECT * FROM few ORDER BY ALL").fetchall() == all_of
    assert all_of


def test_many_pairs_are_weighed_part_by_part(
    market_store: Store, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(market_store, index)
    weights = standing()["company"]
    matching.find(index.db, "kept.profile", "company", weights, "at_once")
    monkeypatch.setattr(matching, "_AT_ONCE", 10)
    matching.find(index.db, "kept.profile", "company", weights, "in_parts")
    rows = [index.db.execute(f"SELECT * FROM {made} ORDER BY ALL").fetchall() for made in ("at_once", "in_parts")]
    assert len(rows[0]) > 20
    assert rows[0] == rows[1]
