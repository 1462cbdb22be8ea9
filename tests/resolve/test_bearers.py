from __future__ import annotations

from pathlib import Path

from graph.model import chunks
from graph.store import Store
from resolve import bearers, crowds
from resolve.comparisons import BLOCKS
from resolve.explain import explain
from resolve.index import Index
from resolve.run import resolve
from resolve.weights import standing
from tests.growth import MORE, growth
from tests.resolve.conftest import links_of, load, market, records_of

COUNTED = "SELECT * FROM kept.bearer ORDER BY ALL"
OUT_OF_PLACE = "SELECT count(*) FROM (SELECT key < lag(key) OVER (ORDER BY rowid) AS back FROM kept.bearer) WHERE back"


def counted_anew(index: Index) -> list[tuple[object, ...]]:
    index.db.execute("CREATE OR REPLACE TABLE anew AS SELECT * FROM kept.bearer LIMIT 0")
    bearers.count(index.db, "kept.profile", "anew")
    return index.db.execute("SELECT * FROM anew ORDER BY ALL").fetchall()


def test_runs_over_what_changed_count_what_a_full_one_does(market_store: Store, index: Index, tmp_path: Path) -> None:
    store = market_store
    load(store, market(tmp_path / "more", bills=400, seed=7))
    resolve(store, index, standing())
    bills = records_of(store, "freight")
    for some in (bills[3:9], bills[40:60]):
        store.retract(record.id for record in some)
        assert not resolve(store, index, standing()).whole
        assert index.db.execute(COUNTED).fetchall() == counted_anew(index)
    for some in chunks(bills, 50):
        store.merge(some)
        resolve(store, index, standing())
    assert index.db.execute(COUNTED).fetchall() == counted_anew(index)
    for nature in BLOCKS:
        assert index.get(f"names {nature}") == str(bearers.known(index.db, "kept.bearer", nature))


def test_what_is_counted_lies_in_the_order_in_which_it_is_looked_for(market_store: Store, index: Index) -> None:
    resolve(market_store, index, standing())
    assert index.count("kept.bearer") > 100
    assert index.db.execute(OUT_OF_PLACE).fetchall() == [(0,)]


def test_no_name_stands_among_what_is_counted(market_store: Store, index: Index) -> None:
    resolve(market_store, index, standing())
    texts = {text for row in index.db.execute("SELECT list FROM kept.bearer").fetchall() for text in row}
    assert texts == {f"{nature} {name}" for nature in BLOCKS for name in (*crowds.FEW, "sound")} & texts


def test_a_few_parties_are_made_ready_as_all_are(market_store: Store, index: Index) -> None:
    db, store = index.db, market_store
    resolve(store, index, standing())
    columns = [f"few_{name}" for name in crowds.FEW] + [f"crowd_{name}" for name in crowds.CROWD]
    crowds.prepare(db, "kept.profile", "company", "every")
    crowds.frequencies(db, "kept.profile", "company", "every_names")
    nodes = [node for (node,) in db.execute("SELECT node FROM every ORDER BY hash(node)").fetchall()]
    total = bearers.known(db, "kept.bearer", "company")
    for some in list(chunks(nodes, 2))[:20]:
        listed = ", ".join(f"'{node}'" for node in some)
        db.execute(f"CREATE OR REPLACE TABLE two AS SELECT * FROM kept.profile WHERE node IN ({listed})")
        bearers.prepare(db, "kept.bearer", "two", "two", "company", total, "few")
        wanted = f"SELECT node, {', '.join(columns)} FROM {{}} WHERE node IN ({listed}) ORDER BY node"
        assert db.execute(wanted.format("few")).fetchall() == db.execute(wanted.format("every")).fetchall()
        assert db.execute("SELECT sound, tf_sound FROM few_names ORDER BY sound").fetchall() == (
            db.execute("FROM every_names SEMI JOIN few_names USING (sound) ORDER BY sound").fetchall()
        )


def test_a_party_that_changed_since_the_run_is_counted_as_it_is(market_store: Store, index: Index) -> None:
    db, store = index.db, market_store
    resolve(store, index, standing())
    a, b, *_ = links_of(store)[0]
    db.execute("CREATE TABLE before AS SELECT * FROM kept.profile WHERE node IN (?, ?)", [a, b])
    db.execute(
        "CREATE TABLE after AS SELECT * REPLACE (['+8613900000001'] AS phones, ['xinming'] AS sounds) FROM before"
    )
    total = bearers.known(db, "kept.bearer", "company")
    bearers.prepare(db, "kept.bearer", "before", "after", "company", total, "few")
    db.execute("CREATE TABLE changed AS SELECT * FROM kept.profile ANTI JOIN after USING (node) UNION ALL FROM after")
    crowds.prepare(db, "changed", "company", "every")
    crowds.frequencies(db, "changed", "company", "every_names")
    columns = (
        "SELECT node, few_phones, few_addresses, crowd_addresses FROM {} WHERE node IN (FROM (SELECT node FROM few))"
    )
    assert db.execute(f"{columns} ORDER BY node".format("few")).fetchall() == (
        db.execute(f"{columns} ORDER BY node".format("every")).fetchall()
    )
    assert db.execute("SELECT tf_sound FROM few_names").fetchall() == (
        db.execute("SELECT tf_sound FROM every_names WHERE sound = 'xinming'").fetchall()
    )


def test_an_explanation_of_sixteen_times_as_many_parties_takes_no_longer(market_store: Store, tmp_path: Path) -> None:
    with Index(tmp_path / "few") as few, Index(tmp_path / "many") as many:
        indexes = {150: few, 150 * MORE: many}
        for times, index in indexes.items():
            resolve(market_store, index, standing())
            index.db.execute(
                "INSERT INTO kept.profile SELECT p.* REPLACE (node || '~' || n AS node, "
                "list_transform(phones, x -> x || n) AS phones, list_transform(masks, x -> x || n) AS masks, "
                "list_transform(addresses, x -> x || n) AS addresses, list_transform(sounds, x -> x || n) AS sounds) "
                "FROM kept.profile AS p, range(?) AS t(n)",
                [times],
            )
            bearers.count(index.db, "kept.profile", "kept.bearer")
        a, b, *_ = links_of(market_store)[0]
        assert growth(lambda size: explain(market_store, indexes[size], standing(), a, b), 150) < 2
