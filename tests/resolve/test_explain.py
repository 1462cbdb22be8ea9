from __future__ import annotations

import re

import pytest

from graph.errors import InvalidValue, NotFound
from graph.judgements import judge
from graph.store import Store
from resolve.comparisons import COMPARISONS
from resolve.explain import LEVELS, SHOWN, WORDS, columns, explain, holding, words_of
from resolve.index import Index
from resolve.run import resolve
from resolve.slots import SCHEMA
from resolve.weights import standing
from tests.resolve.conftest import links_of


@pytest.fixture
def compared(market_store: Store, index: Index) -> Store:
    """A store in which all was compared."""
    resolve(market_store, index, standing())
    return market_store


def test_every_comparison_and_level_has_words_in_both_languages() -> None:
    codes = {comparison.code for some in COMPARISONS.values() for comparison in some}
    levels = {level.code for some in COMPARISONS.values() for comparison in some for level in comparison.levels}
    assert codes <= WORDS.keys()
    assert levels | {"differ", "missing"} <= LEVELS.keys()
    for english, chinese in (*WORDS.values(), *LEVELS.values()):
        assert english.isascii() and re.search("[一-鿿]", chinese)


def test_every_comparison_tells_values_of_columns_that_there_are() -> None:
    for some in COMPARISONS.values():
        for comparison in some:
            assert set(columns(comparison)) <= set(SCHEMA.names)
            assert columns(comparison)
    assert SHOWN.keys() <= {comparison.code for some in COMPARISONS.values() for comparison in some}


def test_an_explanation_adds_up_to_what_the_run_believed(compared: Store, index: Index) -> None:
    for a, b, why, _ in links_of(compared)[::15]:
        told = explain(compared, index, standing(), a, b)
        assert told.found and told.obstacle is None
        assert told.probability == pytest.approx(told.linked, abs=1e-5)
        assert told.weight == pytest.approx(told.prior + sum(one.bits for one in told.evidence), abs=1e-4)
        assert told.model == why.rule
        assert all(one.bits == 0 for one in told.evidence if one.level == "missing")


def test_an_explanation_tells_what_was_compared(compared: Store, index: Index) -> None:
    a, b = next(
        (a, b) for a, b, why, _ in links_of(compared) if any(reason.startswith("phone=same") for reason in why.reasons)
    )
    told = explain(compared, index, standing(), b, a)
    assert (told.a, told.b) == (a, b)
    phone = next(one for one in told.evidence if one.comparison == "phone")
    assert phone.level == "same" and phone.bits > 0
    assert {"phones"} == {value.column for value in phone.shared} - {"masks"}
    assert phone.words == ("the same", "相同") and phone.called == ("phone", "电话")


def test_a_pair_that_no_block_found_is_compared_all_the_same(compared: Store, index: Index) -> None:
    query = (
        "SELECT x.node, y.node FROM kept.profile AS x, kept.profile AS y WHERE x.node < y.node AND x.nature = y.nature "
        "AND x.number IS NULL AND y.number IS NULL AND x.sounds[1] <> y.sounds[1] AND NOT EXISTS "
        "(FROM kept.pair WHERE a = x.node AND b = y.node) ORDER BY 1, 2 LIMIT 1"
    )
    a, b = index.db.execute(query).fetchone() or ("", "")
    told = explain(compared, index, standing(), a, b)
    assert not told.found and told.linked is None
    assert told.evidence[0].level == "differ"
    assert told.probability < 0.1


def test_twins_of_one_lead_were_compared_through_it(compared: Store, index: Index) -> None:
    lists = "SELECT list(node ORDER BY node) FROM kept.twin GROUP BY lead HAVING count(*) > 1 ORDER BY ALL"
    (twins, *_) = (row[0] for row in index.db.execute(lists).fetchall())
    told = explain(compared, index, standing(), *twins[:2])
    assert told.found and told.weight > 0


def test_two_registered_firms_are_two_whatever_they_share(compared: Store, index: Index) -> None:
    a, b = sorted(node.id for node in compared.nodes(["Company"]))[:2]
    told = explain(compared, index, standing(), a, b)
    assert told.obstacle == "numbers" and told.probability == 0 and told.evidence


def test_a_judgement_stands_beside_what_the_model_says(compared: Store, index: Index) -> None:
    a, b, *_ = links_of(compared)[0]
    judge(compared, a, b, "different", by="li", why="two firms")
    told = explain(compared, index, standing(), a, b)
    assert told.judgement is not None and told.judgement.now.verdict == "different"
    assert told.linked is not None


def test_rivals_share_the_belief_of_a_mention(compared: Store, index: Index) -> None:
    query = (
        "SELECT a, b FROM kept.pair WHERE starts_with(a, 'Company/') AND starts_with(b, 'Party/') AND b IN "
        "(SELECT b FROM kept.pair WHERE starts_with(a, 'Company/') AND starts_with(b, 'Party/') GROUP BY b "
        "HAVING count(*) > 1) ORDER BY 2, 1 LIMIT 1"
    )
    a, b = index.db.execute(query).fetchone() or ("", "")
    told = explain(compared, index, standing(), a, b)
    assert told.rivals and told.probability <= told.alone
    assert told.probability + sum(rival.probability for rival in told.rivals) <= 1.0001


@pytest.mark.parametrize(
    ("a", "b", "error"),
    [
        ("Company/1", "Company/1", InvalidValue),
        ("Company/1", "Phone/+8613800138000", InvalidValue),
        ("Company/1", "Company/2", NotFound),
    ],
)
def test_what_cannot_be_explained_says_why(
    compared: Store, index: Index, a: str, b: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        explain(compared, index, standing(), a, b)


def test_a_cluster_tells_what_holds_it_and_what_it_falls_into(compared: Store, index: Index) -> None:
    node = links_of(compared)[0].a
    held = holding(compared, node, 0.5)
    assert node in held.cluster.members
    assert len(held.reasons) == len(held.cluster.ties) == len(held.cluster.members) - 1
    assert sorted((*held.sides[0], *held.sides[1])) == sorted(held.cluster.members)
    weakest = held.cluster.weakest
    assert weakest is not None and (weakest.a in held.sides[0]) and (weakest.b in held.sides[1])
    with pytest.raises(NotFound):
        holding(compared, "Company/1")


def test_reasons_are_told_in_words() -> None:
    assert words_of("trade=same +10.1", "en") == "trade name the same +10.1"
    assert words_of("trade=same +10.1", "zh") == "字号相同 +10.1"
    assert words_of("prior -13.3", "en") == "any two parties -13.3"
    assert words_of("phone=mask", "zh") == "电话未遮蔽部分相同"
