"""What is told of candidates of which a part is hidden or masked; the traces are made up to show just that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.access.viewer import Role, Viewer
from api.masks.projection import Projection
from api.masks.sight import Sight
from api.masks.traced import Telling
from api.masks.vault import MASK
from graph.model import key_of
from graph.store import Store
from queries.trace import Candidate, trace
from tests.api.masks.conftest import DIRECTOR, FOUND, MAKER, OTHER, PERSON, TODAY, VAULT, sealed, viewer


def told(store: Store, who: Viewer, *nodes: str, name: str, records: tuple[str, ...] = ()) -> list[Candidate]:
    """What a viewer is told of one candidate."""
    found = trace(store, FOUND)
    candidate = replace(found.candidates[0], node=nodes[0], nodes=nodes, name=name, records=records)
    telling = Telling(Projection(Sight(store, who, None, TODAY), VAULT), replace(found, candidates=(candidate,)), set())
    return list(telling.trace(FOUND, 10).candidates)


def test_of_a_candidate_in_part_hidden_only_the_rest_speaks(market: Store) -> None:
    who = viewer(jurisdictions=("33",))
    records = (f"companies:{OTHER[8:]}#party", "freight:FR2#consignor")
    (candidate,) = told(market, who, OTHER, MAKER, name="深圳市鑫景捷鞋业有限公司", records=records)
    assert (candidate.node, candidate.nodes, candidate.name) == (MAKER, (MAKER,), "温州市永飞鞋业有限公司")
    assert candidate.records
    assert not set(candidate.records) & set(records)
    assert told(market, who, OTHER, name="深圳市鑫景捷鞋业有限公司") == []


def test_a_masked_candidate_is_not_called_by_its_number(market: Store) -> None:
    (candidate,) = told(market, viewer(), DIRECTOR, name=key_of(DIRECTOR))
    assert ([candidate.node], candidate.name) == (sealed(DIRECTOR), MASK)
    (candidate,) = told(market, viewer(), PERSON, name="李伟强")
    assert ([candidate.node], candidate.name) == (sealed(PERSON), "李伟强")


@pytest.mark.parametrize("role", ["investigator", "admin"])
def test_a_candidates_records_are_told_under_the_ids_by_which_they_can_be_asked_for(market: Store, role: Role) -> None:
    places = (f"payees:{PERSON[7:]}#holder", "freight:FR1#consignor")
    (candidate,) = told(market, replace(viewer(), role=role), MAKER, name="温州市永飞鞋业有限公司", records=places)
    assert candidate.records == (
        "freight:FR1#consignor",
        VAULT.seal_record(f"payees:{PERSON[7:]}") + "#holder",
    )
