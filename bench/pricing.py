"""What a unit of a query's cost comes to: the prices of the schema beside the processor time that queries take."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from api.access.viewer import Viewer
from api.answering import Service
from api.answers import Question
from api.settings import Settings
from bench.figures import Figure
from bench.workbench import Workbench
from graph.ontology import SAME
from graph.store import Store
from headwater.clues import read_clues

MOST = 100
"""Microseconds of one processor that a unit of cost may come to: twice what it is meant to."""
_NODES = ("Company", "Address", "Parcel", "Listing")
_VIEWER = Viewer("bench", "bench", "admin")
_OF_NODES = {
    "nodes": "id caption masked",
    "their properties": "properties { name label values }",
    "their counts": "counts { kind links }",
    "their links": "links(first: 20) { nodes { kind start } }",
    "the ends of their links": "links(first: 20) { nodes { source { id } target { id } } }",
    "the records of their links": "links(first: 5) { nodes { records(first: 1) { file } } }",
    "their statements": "statements(first: 20) { nodes { field values { name value } } }",
    "their records": "records(first: 3) { file row }",
}


def figures(bench: Workbench) -> list[Figure]:
    """The prices on the medium market, each question asked twice, the second time counting."""
    service = Service(Settings(bench.store("medium"), bench.folder / "prices", budgets={"admin": 10**9}))
    bench.say("comparing parties")
    service.jobs.identity.run(service.store(), False, lambda done, total: None)
    bench.say("asking for what the prices say")
    found: dict[str, list[tuple[float, int]]] = {}
    try:
        for what, query, variables in _questions(bench, service.store()):
            for _ in range(2):
                began = time.process_time()
                service.answer(Question(query, variables=variables), _VIEWER)
                took = time.process_time() - began
            document = service.documents.get(query)
            cost = service.documents.measure(document, None, variables).cost
            found.setdefault(what, []).append((took, cost))
    finally:
        service.close()
    units = {what: 1e6 * sum(s for s, _ in some) / sum(cost for _, cost in some) for what, some in found.items()}
    dearest = max(units, key=units.__getitem__)
    told = ", ".join(f"{what} {units[what]:.0f}" for what in sorted(units, key=units.__getitem__, reverse=True)[:6])
    return [
        Figure(
            f"a unit of a query's cost, of {len(units)} kinds of questions on medium the dearest: {dearest}",
            f"{units[dearest]:.0f} µs",
            f"≤ {MOST} µs",
            units[dearest] <= MOST,
            f"{statistics.median(units.values()):.0f} µs at the median; {told}",
        )
    ]


def _questions(bench: Workbench, store: Store) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """What is asked, how, and with which variables."""
    some = [node.id for kind in _NODES for node in islice(store.nodes({kind}), 0, 2500, 25)]
    degrees = {node: sum(of.values()) for node, of in store.degrees(n.id for n in store.nodes({"Address"})).items()}
    hubs = sorted(degrees, key=degrees.__getitem__, reverse=True)[:200]
    for ids, which in ((some, ""), (hubs, ", of hubs")):
        for what, fields in _OF_NODES.items():
            yield what + which, f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {fields} }} }}", {"ids": ids}
        expand = "query($ids: [ID!]!) { expand(ids: $ids, first: 20) { links { kind } nodes { id } } }"
        yield f"an expansion{which}", expand, {"ids": ids}
    records = [record.id for record in islice(store.all_records(), 0, 20_000, 40)]
    yield "records", "query($ids: [ID!]!) { records(ids: $ids) { file cells { name } nodes { id } } }", {"ids": records}
    for text in ("温州", "有限公司", "yongfei", "138"):
        yield "searches", "query($text: String!) { search(text: $text) { total } }", {"text": text}
    codes = [node.id.partition("/")[2] for node in islice(store.nodes({"Company"}), 50)]
    yield "identifiers", "query($values: [String!]!) { find(kind: Company, values: $values) { id } }", {"values": codes}
    for clue in islice(read_clues(bench.market("medium").clues), 40):
        asked = {"value": clue.value, "right": clue.right, "at": clue.at}
        yield "traces", "query($clue: ClueInput!) { trace(clue: $clue) { verdict } }", {"clue": asked}
    accounts = [node.id for node in islice(store.nodes({"Account"}), 0, 800, 100)]
    companies = [node.id for node in islice(store.nodes({"Company"}), 0, 800, 100)]
    paths = "query($a: ID!, $b: ID!) { paths(source: $a, target: $b) { paths { nodeIds } } }"
    for a, b in zip(accounts, companies, strict=True):
        yield "paths", paths, {"a": a, "b": b}
    parties = [node.id for node in islice(store.nodes({"Party"}), 0, 20_000, 100)]
    fields = "cluster { size ties(first: 5) { probability } refused(first: 5) { why } }"
    yield "clusters", f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {fields} }} }}", {"ids": [*parties, *companies]}
    explain = "query($a: ID!, $b: ID!) { explainIdentity(a: $a, b: $b) { probability evidence { level } } }"
    for link in islice(store.links({SAME}), 0, 8_000, 1_000):
        yield "explanations", explain, {"a": link.source, "b": link.target}
    yield "the review queue", "{ review { nodes { probability } } }", {}
    yield "sources", "{ sources { name } }", {}
    yield "the quarantine", "{ quarantine { total } }", {}
