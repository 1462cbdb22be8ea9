"""What a general tool makes of the same feeds: networkx over exact keys, by distance and by personalised PageRank.

Rows and the very texts of their identifying cells are nodes, joined where a row holds a cell. Whoever a row names as a
consignor, as a declared producer or as a registered company is a candidate, unless it is registered for other business
than production.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from bench.markets import KEYS, Market, events_of

Value = tuple[str, str]
"""A node: what sort of value, and its text."""

COLUMNS = {
    "rights": {"holder_uscc": "company", "holder_name": "name"},
    "licences": {"licensee_uscc": "company", "licensee_name": "name"},
    "companies": {
        "统一社会信用代码": "company",
        "企业名称": "name",
        "法定代表人证件摘要": "person",
        "注册地址": "address",
        "联系电话": "phone",
    },
    "shareholders": {"uscc": "company", "company_name": "name", "shareholder_id": "person"},
    "accounts": {
        "account_no": "account",
        "company_uscc": "company",
        "registrant": "name",
        "phone": "phone",
        "wechat": "wechat",
        "email": "email",
        "payee_account": "payee",
    },
    "listings": {"item_no": "listing", "account_no": "account", "url": "url"},
    "orders": {"order_no": "order", "item_no": "listing", "payee_account": "payee", "waybill_no": "waybill"},
    "parcels": {"运单号": "waybill", "寄件人": "name", "寄件电话": "phone", "寄件地址": "address"},
    "warehouses": {
        "address": "address",
        "operator_name": "name",
        "operator_uscc": "company",
        "lessee": "name",
        "contact_phone": "phone",
    },
    "freight": {
        "consignor_name": "name",
        "consignor_uscc": "company",
        "consignor_phone": "phone",
        "origin_address": "address",
        "consignee_name": "name",
        "consignee_phone": "phone",
        "destination_address": "address",
    },
    "payees": {"payee_account": "payee", "holder_name": "name", "holder_id": "person"},
    "declarations": {"exporter_uscc": "company", "exporter_name": "name", "producer_name": "name"},
    "exhibits": {"exhibitor": "name", "contact_phone": "phone"},
}
ASKED = {"listing": "url", "label": "epc"}
"""The sort of node that a clue of a kind starts from, where it does not bear the kind's name."""
SPEAKING = {
    "companies": ("统一社会信用代码", "企业名称", "party"),
    "freight": ("consignor_uscc", "consignor_name", "consignor"),
    "declarations": ("", "producer_name", "producer"),
}
"""Feeds whose rows name a candidate: by which number, by which name, and in which field."""
PRODUCES = ("生产", "制造", "加工")
KEPT = 8
"""Candidates in an answer."""
DAMPING, ROUNDS = 0.85, 100
"""As networkx's PageRank has them by default."""
TOLERANCE = 1e-4
"""Of all ranks together. networkx allows 1e-6 for each node: on a million nodes the walk has then hardly begun, and the
peer names fewer producers than it could."""


@dataclass(frozen=True, slots=True)
class Exact:
    """A market joined on exact keys, and the records that name each candidate."""

    graph: nx.Graph[Value]
    records: dict[Value, list[str]]


def exact(market: Market) -> Exact:
    """Reads a market's feeds."""
    graph: nx.Graph[Value] = nx.Graph()
    records: dict[Value, list[str]] = defaultdict(list)
    rows = {feed: market.rows(feed) for feed in KEYS}
    numbers = {row["企业名称"]: row["统一社会信用代码"] for row in rows["companies"]}
    others = {
        row["统一社会信用代码"] for row in rows["companies"] if not any(word in row["经营范围"] for word in PRODUCES)
    }
    for feed, columns in COLUMNS.items():
        for row in rows[feed]:
            here = (feed, row[KEYS[feed]])
            graph.add_edges_from((here, (sort, row[column])) for column, sort in columns.items() if row[column])
            if feed not in SPEAKING:
                continue
            number, name, field = SPEAKING[feed]
            known = row.get(number) or numbers.get(row[name], "")
            if known not in others and (known or row[name]):
                records[("company", known) if known else ("name", row[name])].append(f"{feed}:{here[1]}#{field}")
    for event in events_of((market.feeds / "labels.jsonld").read_bytes()):
        for paper in event.get("bizTransactionList", ()):
            waybill = paper["bizTransaction"].rpartition(":")[2]
            graph.add_edges_from((("epc", epc), ("waybill", waybill)) for epc in event["epcList"])
    return Exact(graph, {node: list(dict.fromkeys(said)) for node, said in records.items() if node in graph})


def by_distance(known: Exact, start: Value) -> list[tuple[Value, float]]:
    """Candidates by the length of the shortest path, with its inverse; of equally near ones the best known first."""
    found: list[tuple[Value, float]] = []
    for distance, layer in enumerate(nx.bfs_layers(known.graph, [start])):
        near = sorted((-len(known.records[node]), node) for node in layer if node in known.records)
        found += [(node, 1 / max(1, distance)) for _, node in near]
        if len(found) >= KEPT:
            break
    return found[:KEPT]


class PageRank:
    """Personalised PageRank over one graph as networkx defines it, on arrays that are made once for all clues."""

    def __init__(self, graph: nx.Graph[Value]) -> None:
        self.nodes = list(graph)
        self.place = {node: number for number, node in enumerate(self.nodes)}
        ends = np.array([(self.place[a], self.place[b]) for a, b in graph.edges()], dtype=np.int64)
        self.source = np.concatenate([ends[:, 0], ends[:, 1]])
        self.target = np.concatenate([ends[:, 1], ends[:, 0]])
        degree = np.bincount(self.source, minlength=len(self.nodes))
        self.share = 1 / degree[self.source]

    def of(self, start: Value) -> NDArray[np.float64]:
        """The rank of every node, by its place, for a walk that always starts anew from one node."""
        home = np.zeros(len(self.nodes))
        home[self.place[start]] = 1
        rank = home
        for _ in range(ROUNDS):
            last = rank
            moved = np.bincount(self.target, last[self.source] * self.share, minlength=len(home))
            rank = DAMPING * moved + (1 - DAMPING) * home
            if np.abs(rank - last).sum() < TOLERANCE:
                break
        return rank


def by_rank(known: Exact, ranks: PageRank, start: Value) -> list[tuple[Value, float]]:
    """Candidates by their personalised PageRank."""
    rank = ranks.of(start)
    candidates = np.fromiter((ranks.place[node] for node in known.records), dtype=np.int64)
    best = candidates[np.argsort(-rank[candidates], kind="stable")[:KEPT]]
    return [(ranks.nodes[place], float(rank[place])) for place in best if rank[place] > 0]


def answers(market: Market) -> dict[str, list[str]]:
    """Name of the peer -> its answers to the market's clues, as lines of JSON; scores are shares of their sum."""
    known = exact(market)
    ranks = PageRank(known.graph)
    given: dict[str, list[str]] = {"shortest path": [], "personalised PageRank": []}
    for clue in market.asked():
        start = (ASKED.get(clue["kind"], clue["kind"]), clue["value"])
        there = start in known.graph
        found = {
            "shortest path": by_distance(known, start) if there else [],
            "personalised PageRank": by_rank(known, ranks, start) if there else [],
        }
        for name, best in found.items():
            given[name].append(json.dumps({"clue_no": clue["clue_no"], **dict(_answer(known, best))}))
    return given


def _answer(known: Exact, best: list[tuple[Value, float]]) -> Iterator[tuple[str, object]]:
    total = sum(score for _, score in best) or 1
    yield "verdict", "suspected" if best else "unknown"
    yield (
        "candidates",
        [{"role": "producer", "score": score / total, "records": known.records[node][:20]} for node, score in best],
    )
