"""What stands behind `docs/decisions.md`: each choice beside the one that was not taken, measured on one market."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from bench.figures import Figure
from bench.workbench import Workbench
from graph.changes import search_text
from graph.model import chunks, kind_of, order_of
from graph.ontology import ontology
from graph.opening import open_store
from graph.store import Store
from graph.terms import query_terms

BATCH = 8000
SAMPLE = 200
Row = tuple[str, str, str, str]


def figures(bench: Workbench) -> list[Figure]:
    """The choices of how text is searched, links lie, and who is taken for whom, on the large market."""
    with open_store(bench.store("medium")) as store:
        return [*_search(store, bench.folder), *_links(store, bench.folder), *_identity(store)]


def _search(store: Store, folder: Path) -> list[Figure]:
    """Chinese substrings of two and four characters: our bigrams beside SQLite's trigrams, checked by reading all."""
    texts, terms = [], []
    for node in store.nodes():
        if found := search_text(node.kind, node.values, ontology()):
            names = ontology().kinds[node.kind].search
            texts.append("\n".join(str(value) for name in names for value in node.values.get(name, ())))
            terms.append(found)
    bigrams = _indexed(folder / "bigrams.db", terms, "content = '', detail = none, columnsize = 0, tokenize = ascii")
    trigrams = _indexed(folder / "trigrams.db", texts, "content = '', columnsize = 0, tokenize = trigram")
    runs = [text[:6] for text in texts if len(text) >= 6 and all("一" <= c <= "鿿" for c in text[:6])]
    picked = sorted(set(runs), key=order_of)[:SAMPLE]
    figures = []
    for size in (2, 4):
        asked = [run[2 : 2 + size] for run in picked]
        right = {text: {row for row, whole in enumerate(texts, 1) if text in whole} for text in set(asked)}
        for name, db, query in (("bigrams, ours", bigrams, _bigrams), ("trigrams, SQLite's", trigrams, _quoted)):
            seconds, complete = [], 0
            for text in asked:
                start = time.perf_counter()
                db.execute("SELECT count(*) FROM term WHERE term MATCH ?", (query(text),)).fetchone()
                seconds.append(time.perf_counter() - start)
                hit = {row for (row,) in db.execute("SELECT rowid FROM term WHERE term MATCH ?", (query(text),))}
                complete += right[text] <= hit
            figures.append(
                Figure(
                    f"search for {size} Chinese characters among {len(texts):,} nodes: {name}",
                    f"{statistics.median(seconds) * 1000:.2f} ms",
                    beside=f"{complete} of {len(asked)} found whole; the index takes {_size(db) / 2**20:.1f} MiB",
                )
            )
    bigrams.close()
    trigrams.close()
    return figures


def _indexed(place: Path, texts: Sequence[str], options: str) -> sqlite3.Connection:
    db = sqlite3.connect(place)
    db.execute(f"CREATE VIRTUAL TABLE term USING fts5 (text, {options})")
    db.executemany("INSERT INTO term (rowid, text) VALUES (?, ?)", enumerate(texts, 1))
    db.execute("INSERT INTO term (term) VALUES ('optimize')")
    db.commit()
    return db


def _bigrams(text: str) -> str:
    return " AND ".join(f'"{term}"*' for term in query_terms(text))


def _quoted(text: str) -> str:
    return f'"{text}"'


def _links(store: Store, folder: Path) -> list[Figure]:
    """Links as the store keeps them, by numbers that are looked up, beside links by hashes, which need no look-up."""
    rows, several, inferred = [], 0, 0
    for link in store.links():
        rows += [(link.source, link.kind, link.target, record) for record in link.records]
        several += len(link.records) > 1
        inferred += link.inference is not None
    links = len({row[:3] for row in rows})
    # As they come: link by link of a record, a feed's records by their keys.
    rows.sort(key=lambda row: (row[3], row))
    figures = []
    layouts: tuple[tuple[str, Callable[[sqlite3.Connection, Iterable[list[Row]]], None]], ...] = (
        ("ids numbered as they come, ours", _numbered),
        ("hashes as ids", _hashed),
    )
    for name, insert in layouts:
        db = sqlite3.connect(folder / f"{insert.__name__}.db", isolation_level=None)
        # As the embedded store sets them.
        for setting in ("page_size = 16384", "journal_mode = WAL", "synchronous = NORMAL", "cache_size = -65536"):
            db.execute(f"PRAGMA {setting}")
        db.execute("PRAGMA wal_autocheckpoint = 2048")
        start = time.process_time()
        insert(db, chunks(rows, BATCH))
        seconds = time.process_time() - start
        figures.append(
            Figure(
                f"writing {len(rows):,} links: {name}",
                f"{seconds / len(rows) * 1e6:.1f} µs a link",
                beside=f"{_size(db) / len(rows):.0f} bytes a link, ids included",
            )
        )
        db.close()
    told = f"{several:,} of them stated by several; {inferred:,} inferred"
    return [*figures, Figure("links, of which each is one relationship in Neo4j", f"{links:,}", beside=told)]


def _numbered(db: sqlite3.Connection, batches: Iterable[list[Row]]) -> None:
    db.execute("CREATE TABLE node (id INTEGER PRIMARY KEY, place INTEGER NOT NULL UNIQUE, text TEXT NOT NULL)")
    for batch in _into_links(db, batches):
        places = {order_of(text): text for text in batch}
        known: dict[int, int] = {}
        for part in chunks(places, 500):
            marks = ",".join("?" * len(part))
            known.update(db.execute(f"SELECT place, id FROM node WHERE place IN ({marks})", part))
        (last,) = db.execute("SELECT coalesce(max(id), 0) FROM node").fetchone()
        new = {place: number for number, place in enumerate((p for p in places if p not in known), last + 1)}
        db.executemany("INSERT INTO node VALUES (?, ?, ?)", [(n, place, places[place]) for place, n in new.items()])
        batch.update({text: known.get(place) or new[place] for place, text in places.items()})


def _hashed(db: sqlite3.Connection, batches: Iterable[list[Row]]) -> None:
    db.execute("CREATE TABLE node (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    for batch in _into_links(db, batches):
        batch.update({text: order_of(text) for text in batch})
        db.executemany("INSERT OR IGNORE INTO node VALUES (?, ?)", sorted((n, text) for text, n in batch.items()))


def _into_links(db: sqlite3.Connection, batches: Iterable[list[Row]]) -> Iterator[dict[str, int]]:
    """Writes batches of links; gives each one's ids beforehand, to be written and numbered."""
    db.execute(
        "CREATE TABLE link (source INTEGER, kind INTEGER, target INTEGER, record INTEGER, "
        "PRIMARY KEY (source, kind, target, record)) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX link_in ON link (target, kind)")
    kinds = {kind: number for number, kind in enumerate(ontology().links)}
    for batch in batches:
        ids = dict.fromkeys((text for source, _, target, record in batch for text in (record, source, target)), 0)
        db.execute("BEGIN")
        yield ids
        numbered = sorted((ids[a], kinds[kind], ids[b], ids[record]) for a, kind, b, record in batch)
        db.executemany("INSERT OR IGNORE INTO link VALUES (?, ?, ?, ?)", numbered)
        db.execute("COMMIT")


def _size(db: sqlite3.Connection) -> int:
    (pages,), (size,) = db.execute("PRAGMA page_count").fetchone(), db.execute("PRAGMA page_size").fetchone()
    return int(pages * size)


def _identity(store: Store) -> list[Figure]:
    """What would go wrong if masked phones, short addresses and names were taken for what they might be."""
    stars: dict[str, set[str]] = defaultdict(set)
    for link in store.links(["MASKED_AS"]):
        stars[link.target].add(link.source)
    masks = [node.id for node in store.nodes(["MaskedPhone"])]
    fits = Counter(min(2, len(stars[mask])) for mask in masks)
    complete = {node.key for node in store.nodes(["Address"]) if node.get("number") and node.get("code")}
    short = [node for node in store.nodes(["Address"]) if node.key not in complete]
    roads = Counter((str(key).split("|")[1], str(key).split("|")[2]) for key in complete if str(key).count("|") == 2)
    several = sum(roads[str(node.get("road")), str(node.get("number"))] > 1 for node in short)
    scripts: dict[str, set[bool]] = defaultdict(set)
    owners: Counter[str] = Counter()
    for link in store.links(["NAMED"]):
        if link.values.get("form") != "person" and kind_of(link.source) == "Company":
            owners[link.target] += 1
        scripts[link.target].add(str(link.values.get("text", "")).isascii())
    both = sum(len(found) == 2 for found in scripts.values())
    shared = sum(count > 1 for count in owners.values())
    return [
        Figure(
            f"masked phones that fit one known number, of {len(masks):,}",
            f"{fits[1]:,}",
            beside=f"{fits[2]:,} fit several, {fits[0]:,} none",
        ),
        Figure(
            f"addresses without a division or a house number, of {len(short) + len(complete):,}",
            f"{len(short):,}",
            beside=f"{several:,} of them fit the same road and number in several divisions",
        ),
        Figure(
            f"names spelled in both scripts that meet by their sound, of {len(scripts):,}",
            f"{both:,}",
            beside=f"{shared:,} are borne by more than one registered company: a name alone is no identity",
        ),
    ]
