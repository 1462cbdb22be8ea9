"""Whatever is merged, held and retracted: a store holds what the records that are left state, no more and no less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.changes import DERIVED, Part, joined, linked, once
from graph.model import (
    Cut,
    Direction,
    Inference,
    Link,
    Mention,
    Node,
    Place,
    Record,
    Scalar,
    StatedLink,
    kind_of,
    order_of,
)
from graph.ontology import ontology
from graph.opening import open_store
from graph.store import Store
from graph.terms import query_terms

COMPANIES = ["Company/a", "Company/b", "Company/c"]
PHONES = ["Phone/1", "Phone/2"]
LISTINGS = ["Listing/1", "Listing/2"]
DAYS = [None, "2025-01-01", "2025-01-02", "2025-02-01"]
NAMES = ["永飞电池", "永飞", "飞达 Feida", "battery"]
URLS = ["https://a.example", "https://b.example"]

inferences = st.none() | st.builds(Inference, st.sampled_from(["r 1", "r 2"]), st.sampled_from([0.25, 0.5]))
days = st.sampled_from(DAYS)
texts = st.fixed_dictionaries({}, optional={"text": st.sampled_from(["p", "q"])})
companies = st.sampled_from(COMPANIES)
phone_links = st.builds(
    StatedLink, st.just("HAS_PHONE"), companies, st.sampled_from(PHONES), days, days, st.just({}), st.none()
)
same_links = st.builds(StatedLink, st.just("SAME_AS"), companies, companies, days, days, st.just({}), inferences)
mention_links = st.builds(
    StatedLink, st.just("MENTIONS"), st.sampled_from(LISTINGS), companies, days, st.none(), texts, st.none()
)
mentioned = st.builds(
    Mention,
    st.sampled_from(LISTINGS),
    st.just("text"),
    st.fixed_dictionaries({}, optional={"url": st.sampled_from(URLS)}),
) | st.builds(
    Mention,
    st.sampled_from(COMPANIES),
    st.sampled_from(["party", "rep"]),
    st.fixed_dictionaries({}, optional={"name": st.sampled_from(NAMES), "status": st.sampled_from(["存续", "注销"])}),
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    links = draw(st.lists(phone_links | same_links | mention_links, max_size=3))
    ends = {end for link in links for end in (link.source, link.target)}
    mentions = [*draw(st.lists(mentioned, max_size=3)), *(Mention(end, "end") for end in sorted(ends))]
    return Record(
        draw(st.sampled_from(["x", "y"])),
        draw(st.sampled_from("123")),
        draw(st.sampled_from(["a.csv", "b.csv"])),
        draw(st.integers(1, 9)),
        draw(st.sampled_from("pqrstuv")),
        {"no": "1"},
        tuple(mentions),
        tuple(links),
        "2025-01-01T00:00:00+00:00",
    )


@st.composite
def derived(draw: st.DrawFn) -> Record:
    """What a model worked out: it links companies and mentions none."""
    return Record(
        DERIVED,
        draw(st.sampled_from("12")),
        draw(st.sampled_from(["", "a.csv"])),
        1,
        draw(st.sampled_from("pq")),
        {},
        (),
        tuple(draw(st.lists(same_links, min_size=1, max_size=2))),
        "2025-01-01T00:00:00+00:00",
    )


ids = st.lists(st.sampled_from(["x:1", "x:2", "x:3", "y:1", "y:2", "y:3", f"{DERIVED}:1"]), max_size=4)
files = st.sampled_from(["a.csv", "b.csv"])
merges = st.tuples(st.just("merge"), st.lists(records() | records() | derived(), max_size=4))
retracts = st.tuples(st.just("retract"), ids, st.none() | files)
holds = st.tuples(st.just("hold"), ids, files)
steps = st.lists(merges | merges | retracts | holds, max_size=8)


@dataclass
class Plain:
    """A store as it should be: records, and the files that hold each; all else is worked out when it is asked for."""

    kept: dict[str, Record] = field(default_factory=dict)
    held: dict[str, set[str]] = field(default_factory=dict)

    def merge(self, batch: list[Record]) -> None:
        for record in {record.id: record for record in batch}.values():
            if record.id not in self.kept or self.kept[record.id].digest != record.digest:
                self.kept[record.id] = record
            self.held.setdefault(record.id, set()).update({record.file} - {""})
        self.settle()

    def settle(self) -> None:
        """Takes back what is derived and speaks of a node that no other record mentions."""
        standing = {mention.node for record in self.kept.values() for mention in record.mentions}
        for record in [r for r in self.kept.values() if r.source == DERIVED and not linked(r) <= standing]:
            del self.kept[record.id], self.held[record.id]

    def hold(self, digests: dict[str, str], file: str) -> set[str]:
        found = {name for name, digest in digests.items() if name in self.kept and self.kept[name].digest == digest}
        for name in found:
            self.held[name].add(file)
        return found

    def retract(self, names: Iterable[str], file: str | None) -> None:
        for name in set(names) & self.kept.keys():
            if file is not None:
                self.held[name].discard(file)
            if file is None or not self.held[name]:
                del self.kept[name], self.held[name]
        self.settle()

    def places(self) -> dict[tuple[str, str, str], dict[str, Scalar]]:
        """Node, record and field -> values; of what is said twice in one place the first counts."""
        found: dict[tuple[str, str, str], dict[str, Scalar]] = {}
        for record in self.kept.values():
            for mention in record.mentions:
                place = found.setdefault((mention.node, record.id, mention.field), {})
                place.update({**mention.values, **place})
        return found

    def nodes(self) -> list[Node]:
        places = self.places()
        found = []
        for node in {node for node, _, _ in places}:
            said = [values for (of, _, _), values in places.items() if of == node]
            counts = {
                name: Counter(v[name] for v in said if name in v) for name in sorted({n for v in said for n in v})
            }
            values = {name: tuple(sorted(c, key=lambda v: (-c[v], str(v)))) for name, c in counts.items()}
            found.append(Node(node, values, len(said)))
        return sorted(found, key=lambda node: (node.kind, order_of(node.id)))

    def parts(self) -> dict[tuple[str, str, str], list[Part]]:
        found: dict[tuple[str, str, str], dict[str, list[Part]]] = {}
        for record in self.kept.values():
            for link in record.links:
                part = (record.id, link.start, link.end, link.values, link.inference)
                found.setdefault(link[:3], {}).setdefault(record.id, []).append(part)
        once: dict[tuple[str, str, str], list[Part]] = {}
        for ends, by_record in found.items():
            for name, parts in by_record.items():
                one = joined(*ends, parts)
                once.setdefault(ends, []).append((name, one.start, one.end, one.values, one.inference))
        return once

    def links(self) -> list[Link]:
        found = [joined(*ends, parts) for ends, parts in self.parts().items()]
        return sorted(found, key=lambda link: (link.kind, order_of(link.source), order_of(link.target)))

    def expand(self, node: str, start: str, end: str, limit: int) -> tuple[list[Link], list[Cut]]:
        links: list[Link] = []
        cut: list[Cut] = []
        ways: list[tuple[Direction, int, tuple[str, ...]]] = [
            ("out", 1, ontology().outgoing[kind_of(node)]),
            ("in", 2, ontology().incoming[kind_of(node)]),
        ]
        for way, here, kinds in ways:
            for kind in kinds:
                around = []
                for ends, parts in self.parts().items():
                    inside = [p for p in parts if not p[1] or (p[1] <= end and max(p[1], p[2] or "") >= start)]
                    if ends[0] == kind and ends[here] == node and inside:
                        around.append((max(p[1] or "" for p in inside), joined(*ends, inside)))
                around.sort(key=lambda pair: order_of(pair[1].source if way == "in" else pair[1].target))
                around.sort(key=lambda pair: pair[0], reverse=True)
                links += [link for _, link in around[:limit]]
                if len(around) > limit:
                    cut.append(Cut(node, kind, way, len(around), limit))
        return links, cut


def places_of(links: Iterable[Link], node: str) -> list[Place]:
    """The places of a node's links; one that leads to the node itself comes a second time, as leading to it."""
    seen: set[tuple[str, str, str]] = set()
    places = []
    for link in links:
        ends = link.kind, link.source, link.target
        places.append(link.place(node, "in" if ends in seen else "both"))
        seen.add(ends)
    return places


def check(store: Store, plain: Plain) -> None:
    """Compares all that a store answers with what it should."""
    assert list(store.nodes()) == plain.nodes()
    assert list(store.links()) == plain.links()
    assert list(store.all_records()) == [
        once(plain.kept[name]) for name in sorted(plain.kept, key=lambda name: name.split(":", 1))
    ]
    counts = store.counts()
    assert counts.nodes == Counter(node.kind for node in plain.nodes())
    assert counts.links == Counter(link.kind for link in plain.links())
    assert counts.records == Counter(record.source for record in plain.kept.values())
    for node in plain.nodes():
        assert store.get([node.id]) == {node.id: node}
        said = {(r, f): v for (of, r, f), v in plain.places().items() if of == node.id}
        by_order = sorted(said, key=lambda place: (order_of(place[0]), place[1]))
        assert [(s.record, s.field, s.values) for s in store.statements([node.id])[node.id]] == [
            (*place, said[place]) for place in by_order
        ]
        for start, end, limit in (("", "9", 100), ("2025-01-02", "2025-01-31", 100), ("", "9", 1)):
            found = store.expand([node.id], start=start or None, end=None if end == "9" else end, limit=limit)
            assert (list(found.links[node.id]), list(found.cut)) == plain.expand(node.id, start, end, limit)
            if limit == 1:
                continue
            places = places_of(found.links[node.id], node.id)
            for after in places:
                behind = store.expand([node.id], start=start or None, end=None if end == "9" else end, after=after)
                left = [k for k, at in zip(found.links[node.id], places, strict=True) if at.rank > after.rank]
                assert list(behind.links[node.id]) == left
        degrees = Counter((k.kind, "out") for k in plain.links() if k.source == node.id)
        degrees += Counter((k.kind, "in") for k in plain.links() if k.target == node.id)
        assert store.degrees([node.id]) == {node.id: degrees}
    for name in NAMES:
        holding = [n.id for n in plain.nodes() if name in n.values.get("name", ())]
        assert set(holding) <= set(store.search(query_terms(name)).nodes)
    every = {name for n in plain.nodes() for name in n.values.get("name", ())}
    assert bool(store.search(query_terms("永飞")).total) == any("永飞" in str(name) for name in every)
    by_url = {url: tuple(sorted(n.id for n in plain.nodes() if url in n.values.get("url", ()))) for url in URLS}
    assert store.find("Listing", "url", URLS) == {url: nodes for url, nodes in by_url.items() if nodes}
    for source in "xy":
        for file in ("a.csv", "b.csv"):
            names = [n for n, held in plain.held.items() if n[0] == source and file in held]
            assert sorted(store.record_ids(source, file)) == sorted(names)


def run(store: Store, sequence: list[tuple[object, ...]]) -> None:
    plain = Plain()
    for step in sequence:
        name, *arguments = step
        before = set(plain.kept)
        if name == "hold":
            names = cast("list[str]", arguments[0])
            arguments[0] = dict.fromkeys(names[:1], "p") | store.digests(names[1:])
        expected = getattr(plain, str(name))(*arguments)
        answer = getattr(store, str(name))(*arguments)
        if name == "hold":
            assert answer == expected
        if name == "retract":
            # Derived records that go along are not counted, as nobody asked for them.
            assert answer == len((before & set(cast("list[str]", arguments[0]))) - plain.kept.keys()), arguments
    check(store, plain)


@settings(max_examples=60)
@given(steps)
def test_an_embedded_store_holds_what_the_records_state(sequence: list[tuple[object, ...]]) -> None:
    with TemporaryDirectory() as folder, open_store(f"sqlite:{folder}/store.db") as store:
        run(store, sequence)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_a_server_holds_what_the_records_state(neo4j_store_url: str, sequence: list[tuple[object, ...]]) -> None:
    with open_store(neo4j_store_url) as store:
        store.wipe()
        run(store, sequence)
