"""The run: what changed in a store is read and compared, and the links of identity that follow are written into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from math import log2
from time import monotonic
from typing import Literal

import orjson
import pyarrow as pa

from graph.changes import DERIVED, DERIVED_LINK
from graph.model import Inference, Record, StatedLink, chunks, pair_key
from graph.store import Store
from resolve import bearers, crowds, links, matching, slots
from resolve.comparisons import BLOCKS, COMPARISONS
from resolve.index import VERSION, Index
from resolve.profiles import PARTIES, Nature, profiles, touched
from resolve.weights import Weights, bits

Step = Literal["reading", "comparing", "linking", "writing"]
Progress = Callable[[Step, int, int | None], None]
"""Is told which step is on its way, how much of it is done, and of how much where that is known."""

_AT_ONCE = 10_000  # profiles staged at once
_WHOLE = 0.2  # the part of all parties beyond which comparing all of them takes no longer
_LATEST = 2**62


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did.

    Attributes:
        whole: Whether all parties were compared, and not those alone that changed.
        parties: How many are known.
        read, changed, gone: How many of them were read, were other than before, and are no more.
        compared: How many were compared with all that they may be.
        pairs: How many pairs may be one, of all parties.
        links: How many links of identity there are now.
        added, replaced, removed: By how much the store differs from before, in links.
        model: The version of the model, which every link names.
        seconds: How long each step took.
    """

    whole: bool
    parties: int
    read: int
    changed: int
    gone: int
    compared: int
    pairs: int
    links: int
    added: int
    replaced: int
    removed: int
    model: str
    seconds: Mapping[Step, float] = field(compare=False)


def resolve(
    store: Store,
    index: Index,
    weights: Mapping[Nature, Weights],
    *,
    full: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Brings the links of identity in a store up to what the store says now.

    What changed since the last run is read and compared with all that it may be; pairs of which neither side changed
    are compared anew where a phone, an address or a name became rarer or commoner by enough to say something else. How
    common a name is weighs in every comparison with it, and shifts a little with every load: what is not compared anew
    keeps the weight of the day when it was, until a run that is `full` or has other weights. Such a run gives the same
    links whatever came before it, and whatever the order in which the store was loaded.

    A run may be cut off at any moment: the next one goes on. Links of its own are no change to the next run.

    Args:
        store: The store, to be read and written.
        index: What the last run left.
        weights: How much each agreement says, by nature.
        full: Read and compare everything anew.
        progress: Is told how far it has come.

    Raises:
        StoreError: The store or the index cannot be used.
    """
    run = _Run(store, index, weights, full, progress or (lambda *_: None))
    with index.guarded():
        return run()


def read(store: Store, index: Index, *, progress: Progress | None = None) -> int:
    """Brings an index up to the store, and leaves the comparing to the next run; gives how many parties were read.

    Raises:
        StoreError: The store or the index cannot be used.
    """
    run = _Run(store, index, {}, False, progress or (lambda *_: None))
    with index.guarded():
        return run.read()


def model_of(weights: Mapping[Nature, Weights]) -> str:
    """The version of the model: what is compared, and with which weights."""
    said = orjson.dumps([VERSION, weights], option=orjson.OPT_SORT_KEYS)
    return f"identity-{blake2b(said, digest_size=4).hexdigest()}"


def reasons(nature: Nature, weights: Weights, levels: Sequence[str], common: float) -> tuple[str, ...]:
    """What speaks for and against a pair, as `trade=same +10.1`, in bits, the weightiest first."""
    said = []
    for place, level in enumerate(levels):
        comparison, _, code = level.partition("=")
        weight = bits(weights, comparison, code)
        # The frequency of a name adds to the comparison of names, which comes first.
        is_named = place == 0 and comparison == COMPARISONS[nature][0].code
        said.append((weight + (common if is_named else 0.0), level))
    prior = weights["prior"]
    said.append((log2(prior / (1 - prior)), "prior"))
    return tuple(f"{level} {weight:+.1f}" for weight, level in sorted(said, key=lambda one: (-abs(one[0]), one[1])))


class _Run:
    """One run, step by step.

    In the working database stand `staged` (profiles as read), `differ` (nodes that are other than they were),
    `current` (all profiles as they are), `fresh` (what is compared), `pairs`, `twins` and `links` (all there are now).
    """

    def __init__(
        self, store: Store, index: Index, weights: Mapping[Nature, Weights], full: bool, progress: Progress
    ) -> None:
        self.store = store
        self.index = index
        self.db = index.db
        self.weights = weights
        self.progress = progress
        self.model = model_of(weights)
        self.compared_by = model_of({n: {**w, "calibration": None} for n, w in weights.items()})
        self.anew = full
        self.seconds: dict[Step, float] = {}
        self._since = monotonic()

    def __call__(self) -> Report:
        read, last = self._read()
        gone = self._differ()
        self._told("reading")
        whole = self._compare()
        self._told("comparing")
        self.ended = self.index.get("written") == self.model
        self._link(whole)
        self._keep(last, whole)
        self._told("linking")
        added, replaced, removed = self._write(whole)
        if gone:
            self.index.compact()
        self._told("writing")
        return Report(
            whole=whole,
            parties=self.index.count("kept.profile"),
            read=read,
            changed=self.index.count("differ") - gone,
            gone=gone,
            compared=self.index.count("current" if whole else "fresh"),
            pairs=self.index.count("kept.pair"),
            links=self.index.count("kept.link"),
            added=added,
            replaced=replaced,
            removed=removed,
            model=self.model,
            seconds=self.seconds,
        )

    def read(self) -> int:
        """Reads what changed, and notes that all is to be compared."""
        read, last = self._read()
        self._differ()
        with self.index.changing():
            self._keep_profiles()
            self.index.set("since", str(last))
            self.index.set("compared by", "")
        return read

    def _told(self, step: Step) -> None:
        now = monotonic()
        self.seconds[step] = round(now - self._since, 2)
        self._since = now

    def _make(self, name: str, query: str, kind: str = "TABLE") -> None:
        self.db.execute(f"DROP VIEW IF EXISTS {name}" if kind == "VIEW" else f"DROP TABLE IF EXISTS {name}")
        self.db.execute(f"CREATE {kind} {name} AS {query}")

    # Reading

    def _read(self) -> tuple[int, int]:
        """Stages what changed; gives how many were read, and the number of the last change that they show."""
        since = int(self.index.get("since") or 0)
        if not self.anew and since:
            last, changed = self.store.changes(since)
            if last >= since:
                read = self._stage(touched(self.store, changed))
                if self._knows_all(last):
                    return read, last
        # A new index, or one that is not of this store: it was made anew, or an older one was put back.
        self.anew = True
        last, _ = self.store.changes(_LATEST)
        return self._stage([node.id for node in self.store.nodes(PARTIES)]), last

    def _stage(self, ids: Sequence[str]) -> int:
        self.db.execute("CREATE OR REPLACE TABLE staged AS SELECT * FROM kept.profile LIMIT 0")
        read = 0
        for some in chunks(ids, _AT_ONCE):
            self._insert("staged", slots.table(profiles(self.store, some)))
            read += len(some)
            self.progress("reading", read, len(ids))
        # Ids that were asked for and are no more.
        self._insert("asked", pa.table({"node": pa.array(ids, pa.string())}), fresh=True)
        self._make(
            "vanished", "SELECT node FROM kept.profile SEMI JOIN asked USING (node) ANTI JOIN staged USING (node)"
        )
        return read

    def _knows_all(self, last: int) -> bool:
        """Whether the index then knows each party that stands; those that do not are noted as vanished."""
        for swept in (False, True):
            # What was asked for is staged, or vanished.
            known = dict(
                self.db.execute(
                    "SELECT split_part(node, '/', 1) AS kind, count(*) FROM (SELECT node FROM kept.profile "
                    "ANTI JOIN asked USING (node) UNION ALL SELECT node FROM staged) "
                    "ANTI JOIN vanished USING (node) GROUP BY kind"
                ).fetchall()
            )
            counts = self.store.counts(links=False)
            if known == {kind: counts.nodes[kind] for kind in PARTIES if counts.nodes.get(kind)}:
                return True
            if swept:
                # Others may have come while this was counted, which the next run sees.
                return self.store.changes(last)[0] > last
            self._sweep()
        return True

    def _sweep(self) -> None:
        """Looks for each known party in the store, since the store tells of none that is gone."""
        ids = [node for (node,) in self.db.execute("SELECT node FROM kept.profile ORDER BY node").fetchall()]
        for some in chunks(ids, _AT_ONCE):
            standing = self.store.get(some).keys()
            lost = [node for node in some if node not in standing]
            self._insert("vanished", pa.table({"node": pa.array(lost, pa.string())}))
        self._make("once", "SELECT DISTINCT node FROM vanished")
        self._make("vanished", "FROM once")

    def _insert(self, table: str, rows: pa.Table, fresh: bool = False) -> None:
        self.db.register("rows", rows)
        self.db.execute(f"CREATE OR REPLACE TABLE {table} AS FROM rows" if fresh else f"INSERT INTO {table} FROM rows")
        self.db.unregister("rows")

    def _differ(self) -> int:
        """Makes `differ` and `current`; gives how many parties are gone."""
        columns = ", ".join(field.name for field in slots.SCHEMA)
        if self.anew:
            self._make("vanished", "SELECT node FROM kept.profile ANTI JOIN staged USING (node)")
        self._make(
            "differ",
            f"SELECT node FROM (SELECT {columns} FROM staged EXCEPT ALL SELECT {columns} FROM kept.profile "
            "SEMI JOIN asked USING (node)) UNION SELECT node FROM vanished",
        )
        whole = "SELECT * FROM staged"
        if not self.anew:
            whole = (
                "SELECT * FROM kept.profile ANTI JOIN differ USING (node) UNION ALL "
                "SELECT * FROM staged SEMI JOIN differ USING (node)"
            )
        self._make("current", whole, "VIEW")
        return self.index.count("vanished")

    # Comparing

    def _compare(self) -> bool:
        """Makes `pairs` and `twins`; gives whether all were compared."""
        all_of = self.index.count("current")
        whole = (
            self.anew
            or self.index.get("compared by") != self.compared_by
            or self.index.count("differ") > _WHOLE * all_of
        )
        self.progress("comparing", 0, len(BLOCKS))
        if not whole:
            crowds.shifted(self.db, "kept.profile", "current", "differ", "fresh")
        kept = (
            "" if whole else "UNION ALL SELECT * FROM kept.pair WHERE a NOT IN (FROM fresh) AND b NOT IN (FROM fresh)"
        )
        twins = "" if whole else "UNION ALL SELECT * FROM kept.twin ANTI JOIN fresh USING (node)"
        only = "" if whole else "SEMI JOIN fresh USING (node)"
        if whole or self.index.count("fresh"):
            for done, nature in enumerate(BLOCKS, 1):
                found = f"found_{nature}"
                matching.find(self.db, "current", nature, self.weights[nature], found, None if whole else "fresh")
                kept = f"UNION ALL FROM {found} {kept}"
                twins = f"UNION ALL SELECT node, lead FROM {nature} {only} WHERE node <> lead {twins}"
                self.progress("comparing", done, len(BLOCKS))
        self._make("pairs", kept.removeprefix("UNION ALL "), "VIEW")
        self._make("twins", twins.removeprefix("UNION ALL "), "VIEW")
        return whole

    # Linking

    def _link(self, whole: bool) -> None:
        """Makes `links`."""
        self.progress("linking", 0, None)
        if whole or self.index.get("linked by") != self.model:
            links.believed(self.db, "pairs", "twins", self.weights, "believed")
            links.choose(self.db, "believed", "made")
            self._make("links", "FROM made", "VIEW")
            self._make("relinked", "SELECT a AS node FROM kept.link UNION SELECT b FROM kept.link")
            return
        # Of a mention that may be a registered party, what it may be besides is believed anew; and so are twins.
        self._make("moved", "FROM fresh")
        for table in ("kept.pair", "pairs"):
            for mention, other in ("ab", "ba"):
                self.db.execute(
                    f"INSERT INTO moved SELECT {mention} FROM {table} WHERE {other} IN (FROM fresh) AND "
                    f"starts_with({mention}, 'Party/') AND NOT starts_with({other}, 'Party/')"
                )
        self.db.execute(
            "INSERT INTO moved SELECT node FROM twins WHERE lead IN (FROM moved) UNION ALL "
            "SELECT node FROM kept.twin WHERE lead IN (FROM moved)"
        )
        links.believed(self.db, "pairs", "twins", self.weights, "believed", "moved")
        self._make("reaching", "SELECT node FROM moved UNION SELECT a FROM believed UNION SELECT b FROM believed")
        links.joined(self.db, "kept.link", "reaching", "relinked")
        links.believed(self.db, "pairs", "twins", self.weights, "believed", "relinked", within=True)
        links.choose(self.db, "believed", "made")
        self._make("links", "SELECT * FROM kept.link WHERE a NOT IN (FROM relinked) UNION ALL FROM made", "VIEW")

    def _keep(self, last: int, whole: bool) -> None:
        """Makes the index that of this run, all at once."""
        do = self.db.execute
        with self.index.changing():
            self._keep_profiles()
            only = "" if whole else "WHERE a IN (FROM fresh) OR b IN (FROM fresh)"
            do(f"DELETE FROM kept.pair {only}")
            do("DELETE FROM kept.twin" if whole else "DELETE FROM kept.twin WHERE node IN (FROM fresh)")
            if whole or self.index.count("fresh"):
                for nature in BLOCKS:
                    do(f"INSERT INTO kept.pair SELECT * FROM found_{nature} ORDER BY a, b")
                    some = "" if whole else "AND node IN (FROM fresh)"
                    do(f"INSERT INTO kept.twin SELECT node, lead FROM {nature} WHERE node <> lead {some}")
            do("DELETE FROM kept.link WHERE a IN (FROM relinked)")
            do("INSERT INTO kept.link SELECT * FROM made ORDER BY a, b")
            if whole:
                self._recall()
            self.index.set("since", str(last))
            self.index.set("written", "")
            self.index.set("compared by", self.compared_by)
            self.index.set("linked by", self.model)

    def _keep_profiles(self) -> None:
        if self.anew:
            self.db.execute("DELETE FROM kept.profile")
            self.db.execute("INSERT INTO kept.profile SELECT * FROM staged ORDER BY node")
            bearers.count(self.db, "kept.profile", "kept.bearer")
        else:
            were, are = (
                f"(SELECT * FROM {table} SEMI JOIN differ USING (node))" for table in ("kept.profile", "staged")
            )
            bearers.shift(self.db, were, are, "kept.bearer")
            self.db.execute("DELETE FROM kept.profile WHERE node IN (FROM differ)")
            self.db.execute("INSERT INTO kept.profile SELECT * FROM staged SEMI JOIN differ USING (node)")
        for nature in BLOCKS:
            self.index.set(f"names {nature}", str(bearers.known(self.db, "kept.bearer", nature)))

    # Writing

    def _recall(self) -> None:
        """Notes anew which links the store has."""
        self.db.execute("DELETE FROM kept.written")
        for some in chunks(self.store.record_ids(DERIVED), _AT_ONCE):
            held = self.store.records(some).values()
            self._note((record.links[0].source, record.links[0].target, record.digest) for record in held)

    def _note(self, rows: Iterable[tuple[str, str, str]]) -> None:
        columns = list(zip(*rows, strict=True)) or [(), (), ()]
        self._insert(
            "kept.written",
            pa.table([pa.array(column, pa.string()) for column in columns], names=["a", "b", "digest"]),
        )

    def _mistrust(self) -> None:
        """Looks whether the store still has what was written: links go with the nodes that they are about."""
        if self.store.counts(links=False).records.get(DERIVED, 0) != self.index.count("kept.written"):
            with self.index.changing():
                self._recall()
            self._make("rewritten", "SELECT a AS node FROM kept.link UNION SELECT a FROM kept.written")
            return
        rows = self.db.execute(
            "SELECT a, b, digest FROM kept.written WHERE a IN (FROM asked) OR b IN (FROM asked) ORDER BY a, b"
        ).fetchall()
        for some in chunks(rows, _AT_ONCE):
            names = {f"{DERIVED}:{pair_key(a, b)}": (a, b, digest) for a, b, digest in some}
            held = self.store.digests(names)
            lost = [row for name, row in names.items() if held.get(name) != row[2]]
            if lost:
                with self.index.changing():
                    self.db.executemany("DELETE FROM kept.written WHERE a = ? AND b = ?", [row[:2] for row in lost])

    def _write(self, whole: bool) -> tuple[int, int, int]:
        """Makes the links in the store those of the index; gives how many were added, replaced and removed."""
        # Links lie within groups of nodes: the others are as the last run left them, if it came to its end.
        among = "" if whole or not self.ended else "WHERE a IN (FROM rewritten)"
        self._make(
            "rewritten",
            "SELECT node FROM relinked UNION SELECT a FROM kept.link WHERE a IN (FROM asked) OR b IN (FROM asked)",
        )
        if not whole:
            self._mistrust()
        model = self.model.replace("'", "''")
        self._make("stands", f"SELECT * FROM kept.written {among}")
        self._make(
            "wanted",
            f"SELECT *, md5(concat_ws('|', '{model}', a, b, printf('%.6f|%.6f|%.6f', probability, weight, common), "
            f"array_to_string(levels, ','))) AS digest FROM kept.link {among}",
        )
        self._make(
            "missing",
            "SELECT wanted.*, row_number() OVER (ORDER BY wanted.a, wanted.b) AS n FROM wanted LEFT JOIN stands "
            "USING (a, b) WHERE stands.digest IS DISTINCT FROM wanted.digest",
        )
        self._make(
            "surplus",
            "SELECT a, b, row_number() OVER (ORDER BY a, b) AS n FROM stands ANTI JOIN wanted USING (a, b)",
        )
        missing, surplus = self.index.count("missing"), self.index.count("surplus")
        size, total = self.store.rows_at_once, missing + surplus
        removed = added = replaced = 0
        for begin in range(0, surplus, size):
            ends = self.db.execute("SELECT a, b FROM surplus WHERE n > ? AND n <= ?", [begin, begin + size]).fetchall()
            removed += self.store.retract([f"{DERIVED}:{pair_key(a, b)}" for a, b in ends])
            with self.index.changing():
                self.db.execute(
                    "DELETE FROM kept.written WHERE (a, b) IN (SELECT (a, b) FROM surplus WHERE n > ? AND n <= ?)",
                    [begin, begin + size],
                )
            self.progress("writing", min(begin + size, surplus), total)
        for begin in range(0, missing, size):
            records = {record.id: record for record in self._records(begin, begin + size)}
            done = self.store.merge(list(records.values()))
            added += done.added
            replaced += done.replaced
            # Of nodes that others took back meanwhile nothing is kept.
            held = self.store.digests(records) if done.left_out else records
            with self.index.changing():
                self.db.execute(
                    "DELETE FROM kept.written WHERE (a, b) IN (SELECT (a, b) FROM missing WHERE n > ? AND n <= ?)",
                    [begin, begin + size],
                )
                self._note(
                    (r.links[0].source, r.links[0].target, r.digest) for name, r in records.items() if name in held
                )
            self.progress("writing", surplus + min(begin + size, missing), total)
        self.index.set("written", self.model)
        return added, replaced, removed

    def _records(self, begin: int, end: int) -> Iterator[Record]:
        rows = self.db.execute(
            "SELECT a, b, nature, probability, levels, common, digest FROM missing WHERE n > ? AND n <= ? ORDER BY n",
            [begin, end],
        ).fetchall()
        for a, b, nature, probability, levels, common, digest in rows:
            why = Inference(self.model, probability, reasons(nature, self.weights[nature], levels, common))
            link = StatedLink(DERIVED_LINK, a, b, inference=why)
            yield Record(DERIVED, pair_key(a, b), "", 0, digest, {}, links=(link,))
