"""Who is who: mentions of parties put together, beside Splink on plain strings and nomenklatura's matchers."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from bench import agreement, bilingual, crowding, daily, lists, plainly, taught, throng
from bench.agreement import Score
from bench.figures import Figure, at_least
from bench.markets import KEYS, Market
from bench.matched import Matched, clusters, matched, members
from bench.parties import Mention, Parties, parties
from bench.workbench import Workbench
from resolve.profiles import Profile

THRESHOLD = 0.5
"""More likely than not: the one threshold of all figures of ours."""
PRECISION, RECALL = 0.97, 0.90
ERROR = 0.03
"""Of a market: pairs of mentions, and what is believed of pairs."""
BILINGUAL_PRECISION, BILINGUAL_RECALL = 0.95, 0.85
SAMPLE = 1_500
"""Candidate pairs of a market that nomenklatura is asked about; it takes a millisecond and more for each."""

STRINGS: Mapping[tuple[str, str], tuple[str, str, str]] = {
    ("companies", "party"): ("企业名称", "联系电话", "注册地址"),
    ("companies", "rep"): ("法定代表人", "联系电话", "注册地址"),
    ("shareholders", "party"): ("company_name", "", ""),
    ("shareholders", "holder"): ("shareholder", "", ""),
    ("freight", "consignor"): ("consignor_name", "consignor_phone", "origin_address"),
    ("declarations", "exporter"): ("exporter_name", "", ""),
    ("declarations", "producer"): ("producer_name", "", ""),
    ("exhibits", "exhibitor"): ("exhibitor", "contact_phone", ""),
    ("licences", "licensee"): ("licensee_name", "", ""),
    ("payees", "holder"): ("holder_name", "", ""),
    ("rights", "holder"): ("holder_name", "", ""),
    ("transfers", "transferee"): ("to_name", "", ""),
    ("transfers", "transferor"): ("from_name", "", ""),
    ("warehouses", "operator"): ("operator_name", "contact_phone", "address"),
}
"""The columns that a user of Splink would write down of a mention: its name, phone and address."""


def figures(bench: Workbench) -> list[Figure]:
    """All that says how well parties are put together."""
    found = []
    for name in ("small", "medium"):
        found += _of_market(bench, bench.market(name), asked=name == "medium")
    bench.say("matching the pairs in two scripts")
    found += _of_pairs()
    found += lists.figures(bench, THRESHOLD)
    found += crowding.figures(THRESHOLD)
    if bench.full:
        found += taught.figures(bench, THRESHOLD)
        found += throng.figures(bench)
        found += daily.figures(bench)
    return found


def _of_market(bench: Workbench, market: Market, asked: bool) -> list[Figure]:
    of_market = parties(bench, market)
    truth, nodes, known = of_market.truth, of_market.nodes, of_market.profiles
    start = time.perf_counter()
    found = matched(known)
    took = time.perf_counter() - start
    joined = clusters(found.links, THRESHOLD)
    ours = of_market.clustered(joined)
    pairs, cubed = agreement.pairwise(ours, truth), agreement.b_cubed(ours, truth)
    exact = agreement.pairwise(nodes, truth)
    sizes = [len(nodes) for nodes in members(joined)]
    what = f"{market.name}: pairs of mentions"
    told = f"at p ≥ {THRESHOLD:g}; equal numbers alone {exact}"
    out = [
        at_least(f"{what}, precision", pairs.precision, PRECISION, told)
        if asked
        else Figure(f"{what}, precision", f"{pairs.precision:.3f}", beside=told),
        at_least(f"{what}, recall", pairs.recall, RECALL)
        if asked
        else Figure(f"{what}, recall", f"{pairs.recall:.3f}"),
        Figure(
            f"{market.name}: clusters, B³",
            f"{cubed.f1:.3f}",
            beside=f"{cubed}; {len(sizes):,} clusters, the largest {max(sizes, default=1)}",
        ),
        Figure(
            f"{market.name}: {len(known):,} parties",
            f"{took:.1f} s",
            beside=f"after {of_market.seconds:.1f} s of reading them from the store",
        ),
    ]
    for nature, of in _by_nature(truth).items():
        out.append(
            Figure(f"  of {nature}", f"{agreement.pairwise(ours, of).f1:.3f}", beside=str(agreement.pairwise(ours, of)))
        )
    out += _calibration(market.name, found, of_market, asked)
    bench.say(f"Splink on the plain strings of {market.name}")
    out.append(_splink(market, truth))
    if asked:
        bench.say(f"nomenklatura on {SAMPLE:,} pairs of {market.name}")
        out += _nomenklatura(found, known, of_market.meant)
    return out


def _by_nature(truth: Mapping[Mention, str]) -> dict[str, dict[Mention, str]]:
    return {
        "companies": {m: e for m, e in truth.items() if not e.startswith("person")},
        "persons": {m: e for m, e in truth.items() if e.startswith("person")},
    }


def _calibration(name: str, found: Matched, of_market: Parties, asked: bool) -> list[Figure]:
    out = []
    for nature in ("companies", "persons"):
        table = agreement.calibration(of_market.believed(found.pairs, nature == "persons"))
        error = agreement.calibration_error(table)
        what = f"{name}: calibration error, {nature}"
        out.append(Figure(what, f"{error:.3f}", f"≤ {ERROR:g}" if asked else "", error <= ERROR if asked else None))
        out += [
            Figure(f"  believed {b.believed:.3f}", f"{b.true:.3f}", beside=f"of {b.pairs:,} pairs")
            for b in table
            if asked
        ]
    return out


def _splink(market: Market, truth: Mapping[Mention, str]) -> Figure:
    written: dict[str, dict[str, str | None]] = {}
    for (feed, field), (name, phone, address) in STRINGS.items():
        for row in market.rows(feed):
            mention = (f"{feed}:{row[KEYS[feed]]}", field)
            if mention in truth:
                told = {"name": row[name], "phone": row.get(phone, ""), "address": row.get(address, "")}
                written["\t".join(mention)] = {key: text or None for key, text in told.items()}
    rows = [{"unique_id": name, **told} for name, told in written.items()]
    table = pa.Table.from_pylist(
        rows, schema=pa.schema([(c, pa.string()) for c in ("unique_id", "name", "phone", "address")])
    )
    start = time.perf_counter()
    pairs = plainly.pairs(table, ("name", "phone", "address"))
    took = time.perf_counter() - start
    ids = {"\t".join(mention): entity for mention, entity in truth.items()}
    at, score = best_clusters([(a, b, p) for a, b, p in pairs], ids)
    return Figure(
        "  Splink, plain strings",
        f"{score.f1:.3f}",
        beside=f"{score}, at its best threshold {at:g}; {took:.1f} s, records not joined by numbers",
    )


def best_clusters(pairs: Sequence[tuple[str, str, float]], truth: Mapping[Any, Hashable]) -> tuple[float, Score]:
    """The threshold at which the clusters of pairs agree best with a truth, and how well."""
    found = [
        (least, agreement.pairwise(plainly.clusters(pairs, least), truth))
        for least in (0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
    ]
    return max(found, key=lambda one: one[1].f1)


def _nomenklatura(found: Matched, known: Sequence[Profile], meant: Mapping[str, str]) -> list[Figure]:
    """Ours and theirs on the same sample of candidate pairs of which the truth is known."""
    party = {profile.node: profile for profile in known}
    pairs = [(a, b, p) for a, b, p in found.pairs if a in meant and b in meant]
    sample = random.Random(1).sample(pairs, min(SAMPLE, len(pairs)))
    same = [meant[a] == meant[b] for a, b, _ in sample]
    ours = agreement.judged(zip((p for *_, p in sample), same, strict=True), THRESHOLD)
    start = time.perf_counter()
    scores = bilingual.compared("logic-v2", [(party[a], party[b]) for a, b, _ in sample])
    took = time.perf_counter() - start
    at, theirs = agreement.best(zip(scores, same, strict=True))
    usual = agreement.judged(zip(scores, same, strict=True), 0.7)
    return [
        Figure(f"  {len(sample):,} candidate pairs of ours: ours", f"{ours.f1:.3f}", beside=str(ours)),
        Figure(
            "  nomenklatura, logic-v2, on the same pairs",
            f"{theirs.f1:.3f}",
            beside=f"{theirs}, at its best threshold {at:.2f}; at .7 {usual}; {took:.1f} s",
        ),
    ]


def _of_pairs() -> list[Figure]:
    given = bilingual.pairs()
    same = [pair.same for pair in given]
    believed = bilingual.believed(given)
    ours = agreement.judged(zip(believed, same, strict=True), THRESHOLD)
    halves = {
        half: agreement.judged(
            ((p, pair.same) for p, pair in zip(believed, given, strict=True) if pair.half == half), THRESHOLD
        )
        for half in ("open", "closed")
    }
    missed = Counter(pair.sort for p, pair in zip(believed, given, strict=True) if pair.same and p < THRESHOLD)
    told = f"open half {halves['open']}; closed half {halves['closed']}"
    out = [
        at_least(f"{len(given)} pairs in two scripts, precision", ours.precision, BILINGUAL_PRECISION, told),
        at_least(
            f"{len(given)} pairs in two scripts, recall",
            ours.recall,
            BILINGUAL_RECALL,
            "missed: " + ", ".join(f"{sort} {n}" for sort, n in missed.most_common()),
        ),
    ]
    for nature in ("company", "person"):
        of = agreement.judged(
            ((p, pair.same) for p, pair in zip(believed, given, strict=True) if pair.a.nature == nature), THRESHOLD
        )
        out.append(Figure(f"  of a {nature}", f"{of.f1:.3f}", beside=str(of)))
    for peer in bilingual.PEERS:
        scores = bilingual.peer(peer, given)
        at, best = agreement.best(zip(scores, same, strict=True))
        usual = agreement.judged(zip(scores, same, strict=True), 0.7)
        out.append(
            Figure(
                f"  nomenklatura, {peer}",
                f"{best.f1:.3f}",
                beside=f"{best}, at its best threshold {at:.2f}; at .7 {usual}",
            )
        )
    return out
