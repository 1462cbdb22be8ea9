"""How people trade, hide and write in a market that is made: its size, its noise and its shares, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

_MOST = 0.95
"""The most that a share becomes, however great the noise."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What a market is made from; shares are of 1, and those of hiding and of writing grow with `noise`.

    Attributes:
        clues: How many clues are asked.
        noise: By what the shares of hiding, of writing loosely and of broken rows are multiplied; 0 is a tidy market.
        backdrop: Rings of which nothing is asked, for each that is asked about.
    """

    clues: int = 120
    noise: float = 1.0
    backdrop: int = 5
    cities: int = 14
    first_day: date = date(2024, 3, 1)
    days: int = 420

    # Rings
    asked_of_ring: int = 3  # clues of one ring, at most
    shops: int = 4  # shops of one ring, at most
    listings: int = 3  # of one account, at most
    orders: int = 8  # of one listing, at most
    unseen: float = 0.07  # rings of which no record leads to the maker
    passed_on: float = 0.35  # rings whose goods pass a trader
    trader_serves: int = 4  # rings that one trader serves, about
    one_trade: float = 0.2  # of those, with a trader of such goods alone, who mixes what several makers sent
    same_maker: float = 0.2  # rings whose maker has another ring too
    shared_site: float = 0.4  # shops that use a warehouse of many
    sharers: int = 40  # shops that share one such warehouse, about
    direct: float = 0.03  # parcels that leave from the maker's own place
    idle: int = 2  # firms for each ring that have no part in any

    # Who stands behind
    incorporated: float = 0.6  # shops that are run by a firm
    in_common: float = 0.4  # shops with a person or a phone in common with the maker
    agents: float = 0.25  # accounts paid by way of a payment agent
    agent_holds: int = 30  # accounts of one such agent, about
    exports: float = 0.3  # rings of which an export declaration tells
    copied: float = 0.2  # rings that copy e-labels
    authorised: float = 0.15  # rings whose maker holds a licence that clears
    traps: float = 0.25  # the others whose maker holds one that does not
    transferred: float = 0.2  # rights that changed hands
    judged: float = 0.03  # makers that a court has condemned
    exhibits: float = 0.15  # makers that were seen at a fair

    # Hiding, which noise multiplies
    informal: float = 0.08  # makers that no register knows
    hidden: float = 0.1  # makers that consign under a person's name
    recycled: float = 0.1  # shops whose phone was that of a firm since dissolved
    misdeclared: float = 0.15  # consignments whose goods are called something else
    vague: float = 0.15  # consignments whose goods are called nothing in particular
    for_another: float = 0.12  # consignments that name the warehouse's operator and not the shop
    unheard: float = 0.12  # consignments that no carrier reported
    masked: float = 0.2  # phones of senders and consignees that are masked
    no_identity: float = 0.12  # persons in the register without a digest of their identity number

    # Writing, which noise multiplies
    loose_name: float = 0.45  # names that are not written as registered
    loose_place: float = 0.5  # addresses that are not written in full
    loose_phone: float = 0.2  # phones written with a country code, dashes or spaces
    slips: float = 0.03  # names with a wrong character
    broken: float = 0.004  # rows broken on purpose, of those of a feed
    twice: float = 0.01  # rows sent twice

    def share(self, name: str) -> float:
        """The share of this name with the market's noise."""
        return min(_MOST, float(getattr(self, name)) * self.noise)

    def happens(self, random: Random, name: str) -> bool:
        """Whether what `share` tells of happens this time."""
        return random.random() < self.share(name)
