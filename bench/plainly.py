"""What a user of Splink gets who writes names, addresses and telephones down as plain strings: the peer of matching."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import networkx as nx
import pyarrow as pa
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

SEED = 1
LEAST = 0.01
"""Probability below which a pair is not given."""


def pairs(
    table: pa.Table, columns: Sequence[str], blocks: Sequence[Sequence[str]] = (), most: float = 2e6
) -> list[tuple[str, str, float]]:
    """Pairs of rows and their probabilities, trained without a truth on the rows themselves.

    Args:
        table: `unique_id` and columns of strings; null where nothing is known.
        columns: Those that are compared: `name` and `address` by Jaro-Winkler, all others as equal or not.
        blocks: Columns, or SQL over them, that pairs must be equal in; each column by itself, if none are named.
        most: Pairs that chance agreement is learned from.
    """
    with _silent():
        linker = linked(table, columns, blocks)
        linker.training.estimate_u_using_random_sampling(max_pairs=most, seed=SEED)
        for rule in list(blocks or [[column] for column in columns])[:3]:
            with contextlib.suppress(Exception):  # a block whose pairs all agree teaches nothing
                linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
        found = linker.inference.predict(threshold_match_probability=LEAST).as_pyarrow_table()  # type: ignore[no-untyped-call]
    ends = (found[name].to_pylist() for name in ("unique_id_l", "unique_id_r", "match_probability"))
    return list(zip(*ends, strict=True))


def linked(table: pa.Table, columns: Sequence[str], blocks: Sequence[Sequence[str]]) -> Linker:
    """Splink's linker over plain strings."""
    fuzzy = {"name", "address", "given", "surname"}
    compared: list[Any] = [
        comparisons.JaroWinklerAtThresholds(column, [0.95, 0.88]).configure(term_frequency_adjustments=column == "name")
        if column in fuzzy
        else comparisons.ExactMatch(column)
        for column in columns
    ]
    rules: list[Any] = [block_on(*rule) for rule in blocks or [[column] for column in columns]]
    settings = SettingsCreator(
        link_type="dedupe_only", comparisons=compared, blocking_rules_to_generate_predictions=rules, max_iterations=25
    )
    return Linker(DuckDBAPI().register(table), settings, log_level=logging.CRITICAL)


def clusters(found: Sequence[tuple[str, str, float]], least: float) -> dict[Hashable, Hashable]:
    """The connected components of the pairs of at least this probability, as Splink clusters them."""
    graph: nx.Graph[str] = nx.Graph()
    graph.add_edges_from((a, b) for a, b, p in found if p >= least)
    return {node: i for i, component in enumerate(nx.connected_components(graph)) for node in component}


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield
