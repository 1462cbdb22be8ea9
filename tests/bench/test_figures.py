from __future__ import annotations

from bench.figures import Figure, at_least, exactly, lines


def test_a_share_below_its_bound_is_short() -> None:
    assert at_least("hits", 0.69, 0.7).state == "short"
    assert at_least("hits", 0.7, 0.7).state == "ok"


def test_a_fault_makes_a_count_short_and_is_told() -> None:
    figure = exactly("rows", 2, "21 of 23")
    assert (figure.state, figure.figure) == ("short", "21 of 23, 2 wrong")


def test_a_peer_is_neither_ok_nor_short() -> None:
    assert Figure("peer", "1").state == ""


def test_the_table_shows_target_figure_and_state_beside_each_other() -> None:
    head, line = lines([at_least("hits", 0.75, 0.7, "peer .44")])
    assert head.split() == ["what", "must", "figure", "beside"]
    assert line.split() == ["hits", "≥", "0.7", "0.750", "ok", "peer", ".44"]
