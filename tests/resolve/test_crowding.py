from __future__ import annotations

import pytest

from bench import crowding
from resolve.profiles import Profile

AGENTS, FORWARDERS = crowding.at_one_address(), crowding.under_one_phone()


@pytest.mark.parametrize("given", [AGENTS, FORWARDERS, [*AGENTS, *FORWARDERS]], ids=["address", "phone", "both"])
def test_what_serves_hundreds_makes_none_of_them_one(given: list[Profile]) -> None:
    assert crowding.largest(given, 0.5) <= crowding.MOST


def test_an_agents_companies_still_meet_their_own_papers() -> None:
    assert crowding.largest(AGENTS, 0.5) == 2
