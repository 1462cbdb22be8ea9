"""What is known of who is who joins the mentions of a trace, and is paid for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graph.changes import DERIVED
from graph.judgements import judge, unjudge
from graph.model import Inference, Record, StatedLink, pair_key
from graph.store import Store
from queries.trace import Candidate, Clue, Trace, trace

Market = Callable[..., Store]
Check = Callable[[Store, Trace], None]

MAKER = "Company/91330304MA6QER431H"
CONSIGNOR = "Party/freight:FR1#consignor"
LISTING = Clue("https://taobao.example/item/1001", "listing", "16640560", "2025-06-20")
STRANGER = [{"consignor_name": "阿强鞋厂", "consignor_uscc": "", "consignor_phone": "13600000006"}]
"""A consignor that nothing in the trace itself joins with the registered maker."""
SHORT = [{"consignor_name": "永飞鞋厂", "consignor_uscc": ""}]
"""One that its phone joins."""


def same(store: Store, a: str, b: str, probability: float, *reasons: str) -> None:
    link = StatedLink("SAME_AS", min(a, b), max(a, b), inference=Inference("model 1", probability, reasons))
    record = Record(DERIVED, pair_key(a, b), "", 1, f"{probability}{reasons}", {}, (), (link,))
    assert store.merge([record]).left_out == 0


def best(store: Store) -> Candidate:
    return next(c for c in trace(store, LISTING).candidates if c.role == "producer")


def producer(found: Trace, node: str) -> Candidate:
    return next(c for c in found.candidates if c.role == "producer" and node in c.nodes)


def test_a_mention_is_told_with_the_company_that_it_is_the_same_as(market: Market, check: Check) -> None:
    store = market(freight=STRANGER)
    assert best(store).node == CONSIGNOR
    same(store, MAKER, CONSIGNOR, 0.97)
    found = trace(store, LISTING)
    check(store, found)
    maker = producer(found, CONSIGNOR)
    assert maker.node == MAKER
    assert {"companies:91330304MA6QER431H#party", "freight:FR1#consignor"} <= set(maker.records)
    steps = [step for path in maker.paths for step in path.steps if step.link.kind == "SAME_AS"]
    assert steps
    assert all(step.inferred and step.factor == 0.97 for step in steps)


def test_no_record_of_a_link_of_identity_is_told_as_one_of_the_candidate(market: Market) -> None:
    store = market(freight=STRANGER)
    same(store, MAKER, CONSIGNOR, 0.97)
    assert not any(record.startswith(DERIVED) for record in best(store).records)


def test_the_candidate_pays_for_the_link(market: Market) -> None:
    store = market(freight=STRANGER)
    reasons = []
    for probability in (0.99, 0.96):
        same(store, MAKER, CONSIGNOR, probability)
        reasons.append({r.code: r.probability for r in best(store).reasons}["consigned"])
    assert reasons[1] == pytest.approx(reasons[0] * 0.96 / 0.99, abs=1e-5)


def test_a_link_that_is_not_sure_enough_joins_nothing(market: Market) -> None:
    store = market(freight=STRANGER)
    same(store, MAKER, CONSIGNOR, 0.5)
    assert best(store).node == CONSIGNOR


NAMES = ("prior -13.3", "trade=same +12.6", "place=same +4.0", "industry=same +3.9", "time=fits +0.3")


@pytest.mark.parametrize(
    ("reasons", "is_joined"),
    [
        ((*NAMES, "phone=same +12.5"), True),
        ((*NAMES, "people=same +11.5", "address=differ -2.1"), True),
        ((*NAMES, "plate=same +12.3"), True),
        ((*NAMES, "filing=same +12.6", "phone=differ -0.5"), True),
        (NAMES, False),
        ((*NAMES, "filing=crowd +4.3"), False),
        ((*NAMES, "plate=passed +0.0", "filing=throng +0.0"), False),
        ((*NAMES, "address=area +0.7", "phone=differ -0.5"), False),
        ((*NAMES, "activity=same +1.6", "form=same +1.1"), False),
    ],
)
def test_a_link_for_which_names_alone_speak_joins_nothing(
    market: Market, reasons: tuple[str, ...], is_joined: bool
) -> None:
    """Firms of one city and one trade have like names, and would be accused for one another."""
    store = market(freight=STRANGER)
    same(store, MAKER, CONSIGNOR, 0.99, *reasons)
    assert (best(store).node == MAKER) == is_joined


def test_mentions_that_the_trace_joins_itself_cost_no_more_by_a_link(market: Market) -> None:
    """The same names and phones speak for both: what they say is counted once."""
    store = market(freight=SHORT)
    before = best(store)
    same(store, MAKER, CONSIGNOR, 0.9999)
    after = best(store)
    assert after.nodes == before.nodes
    assert after.probability == pytest.approx(before.probability, abs=0.001)


def test_mentions_of_the_party_that_the_trace_did_not_meet_are_told_with_it(market: Market) -> None:
    store = market(
        freight=[
            SHORT[0],
            {"consignment_no": "FR9", "dispatched": "2024-01-01", "delivered": "2024-01-03", **STRANGER[0]},
        ]
    )
    other = "Party/freight:FR9#consignor"
    same(store, CONSIGNOR, other, 0.99)
    found = best(store)
    assert other in found.nodes
    assert "freight:FR9#consignor" in found.records


def test_what_was_judged_different_is_two_candidates_whatever_they_share(market: Market, check: Check) -> None:
    store = market(freight=SHORT)
    assert best(store).node == MAKER
    judge(store, MAKER, CONSIGNOR, "different", by="李娜", why="另一家")
    found = trace(store, LISTING)
    check(store, found)
    assert MAKER not in producer(found, CONSIGNOR).nodes
    unjudge(store, MAKER, CONSIGNOR, by="李娜", why="看错了")
    assert best(store).node == MAKER


def test_what_was_judged_the_same_is_one_candidate_at_once(market: Market) -> None:
    store = market(freight=STRANGER)
    judge(store, MAKER, CONSIGNOR, "same", by="李娜", why="同一门牌")
    assert best(store).node == MAKER
    assert CONSIGNOR in best(store).nodes
