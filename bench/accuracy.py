"""How often the true producer is named, scored by the markets' own script, beside networkx on exact keys."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench import peers
from bench.figures import Figure, at_least
from bench.markets import Market
from bench.workbench import Workbench
from graph.opening import open_store

HITS_1, HITS_5 = 0.70, 0.82
"""What must be reached on the large market."""
RESOLVED_1, RESOLVED_5 = 0.78, 0.88
"""And there, once its parties are resolved."""


def figures(bench: Workbench) -> list[Figure]:
    """Scores of both markets, and of the peers on both."""
    found = []
    for name in ("small", "medium"):
        market = bench.market(name)
        own = scored(market, (line.decode() for line in bench.answers(name).lines), bench.folder)
        told = f"Hits@3 {own['producer_hits3']:.3f}, MRR {own['producer_mrr']:.3f}"
        found += [
            _hits(name, f"{name}: producer Hits@1", own["producer_hits1"], HITS_1, told),
            _hits(name, f"{name}: producer Hits@5", own["producer_hits5"], HITS_5),
            *_others(name, own),
            *_resolved(bench, name, own),
        ]
        bench.say(f"asking networkx the clues of {name}")
        published = _published(market.folder.parent / "README.md")
        for peer, lines in peers.answers(market).items():
            score = scored(market, lines, bench.folder)
            found.append(
                Figure(
                    f"  networkx, {peer}",
                    f"{score['producer_hits1']:.3f}",
                    beside=f"Hits@5 {score['producer_hits5']:.3f}, MRR {score['producer_mrr']:.3f}"
                    + (f"; published {published[name, peer]}" if (name, peer) in published else ""),
                )
            )
    return found


def _hits(market: str, what: str, value: float, least: float, beside: str = "") -> Figure:
    """A share of clues; of the large market it must reach a bound."""
    if market == "medium":
        return at_least(what, value, least, beside)
    return Figure(what, f"{value:.3f}", beside=beside)


def _resolved(bench: Workbench, name: str, before: dict[str, Any]) -> list[Figure]:
    """The same with the links of identity."""
    with open_store(bench.resolved(name)) as store:
        lines = bench.answered(store, bench.market(name)).lines
    score = scored(bench.market(name), (line.decode() for line in lines), bench.folder)
    found = []
    for hits, least in ((1, RESOLVED_1), (5, RESOLVED_5)):
        what, told = f"{name}, parties resolved: producer Hits@{hits}", f"{before[f'producer_hits{hits}']:.3f} before"
        found.append(_hits(name, what, score[f"producer_hits{hits}"], least, told))
    told = f"quiet {score['quiet_without_evidence']:.3f}, Brier {score['brier']:.3f}"
    return [*found, Figure(f"{name}, parties resolved: calibration", f"{score['ece']:.3f}", beside=told)]


def _others(name: str, score: dict[str, Any]) -> list[Figure]:
    by_evidence = ", ".join(f"{kind} {hits}" for kind, hits in score["hits1_by_evidence"].items())
    return [
        Figure(f"{name}: Hits@1 by kind of evidence", by_evidence),
        Figure(
            f"{name}: warehouse Hits@1",
            f"{score['warehouse_hits1']:.3f}",
            beside=f"Hits@3 {score['warehouse_hits3']:.3f}",
        ),
        Figure(
            f"{name}: authorised, precision and recall",
            f"{score['authorised_precision']:.3f}, {score['authorised_recall']:.3f}",
        ),
        Figure(f"{name}: quiet where nothing tells", f"{score['quiet_without_evidence']:.3f}"),
        Figure(f"{name}: calibration, expected error", f"{score['ece']:.3f}", beside=f"Brier {score['brier']:.3f}"),
    ]


def scored(market: Market, lines: Iterable[str], folder: Path) -> dict[str, Any]:
    """What the market's script says of answers given as lines of JSON."""
    answers = folder / f"{market.name}-answers.jsonl"
    answers.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "utf8", str(market.score), str(market.folder), str(answers)],
        check=True,
        capture_output=True,
        text=True,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _published(readme: Path) -> dict[tuple[str, str], str]:
    """(market, peer) -> Hits@1, Hits@3, Hits@5 and MRR as the markets' own page gives them."""
    if not readme.exists():
        return {}
    rows = re.findall(r"^\| (\w+), ([^|]+?) \| ([.\d |]+) \|$", readme.read_text(encoding="utf-8"), re.MULTILINE)
    return {(name, peer): " ".join(figures.replace("|", " ").split()) for name, peer, figures in rows}
