"""How far the walk to the seller follows each link: what belongs to one seller, by kinds of nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_ANY = 10**9


@dataclass(frozen=True, slots=True)
class Step:
    """How far belief passes from a node of kind `source` over a link to a node of kind `target`.

    Attributes:
        factor: The probability that is passed on, in 0..1, when nothing else lies behind the node.
        crowd: Among how many links of this kind at the node belief is passed in full; beyond it is shared: a payment
            agent's account, a forwarder's phone say little.
        among: The kind of link that is counted for this, when it is another: whose money an account takes tells whether
            its holder is the seller.
        undated: Only links without a date are followed: an account's orders are many and their dates known, the seller
            accounts that name it are few and theirs are not.
    """

    source: str
    link: str
    direction: Literal["out", "in"]
    target: str
    factor: float
    crowd: float = _ANY
    among: str | None = None
    undated: bool = False


STEPS = (
    Step("Parcel", "SHIPPED_AS", "in", "Order", 0.98),
    Step("Parcel", "SENT_BY", "out", "Party", 0.95),
    Step("Parcel", "SENT_BY", "out", "Company", 0.95),
    Step("Party", "HAS_PHONE", "out", "Phone", 0.9),
    Step("Party", "HAS_PHONE", "out", "MaskedPhone", 0.9),
    Step("Party", "NAMED", "out", "Name", 0.9),
    Step("MaskedPhone", "MASKED_AS", "in", "Phone", 0.9, 1),
    Step("Name", "NAMED", "in", "Account", 0.7, 1.5),
    Step("Name", "NAMED", "in", "Company", 0.85, 1.5),
    Step("Order", "ORDER_OF", "out", "Listing", 0.98),
    Step("Order", "PAID_INTO", "out", "PayeeAccount", 0.9),
    Step("Listing", "OFFERED_BY", "out", "Account", 0.98),
    Step("Listing", "MENTIONS", "out", "Phone", 0.9),
    Step("Listing", "MENTIONS", "out", "Handle", 0.9),
    Step("Listing", "MENTIONS", "out", "WebFiling", 0.9),
    Step("Account", "RUN_BY", "out", "Company", 0.95),
    Step("Account", "RUN_BY", "out", "Party", 0.95),
    Step("Account", "HAS_PHONE", "out", "Phone", 0.95),
    Step("Account", "HAS_HANDLE", "out", "Handle", 0.95),
    Step("Account", "HAS_EMAIL", "out", "Email", 0.95),
    Step("Account", "HAS_FILING", "out", "WebFiling", 0.95),
    Step("Account", "PAID_INTO", "out", "PayeeAccount", 0.9),
    Step("Phone", "HAS_PHONE", "in", "Account", 0.9, 5),
    Step("Phone", "HAS_PHONE", "in", "Company", 0.8, 3),
    Step("Phone", "MENTIONS", "in", "Listing", 0.9, 8),
    Step("Handle", "HAS_HANDLE", "in", "Account", 0.9, 5),
    Step("Handle", "MENTIONS", "in", "Listing", 0.9, 8),
    Step("Email", "HAS_EMAIL", "in", "Account", 0.9, 4),
    Step("WebFiling", "HAS_FILING", "in", "Account", 0.9, 4),
    Step("WebFiling", "HAS_FILING", "in", "Company", 0.9, 3),
    Step("WebFiling", "HAS_FILING", "in", "Person", 0.9, 3),
    Step("WebFiling", "HAS_FILING", "in", "Party", 0.9, 3),
    Step("WebFiling", "MENTIONS", "in", "Listing", 0.9, 8),
    Step("PayeeAccount", "PAID_INTO", "in", "Account", 0.85, 4, undated=True),
    Step("PayeeAccount", "BELONGS_TO", "out", "Person", 0.9, 4, among="PAID_INTO"),
    Step("PayeeAccount", "BELONGS_TO", "out", "Company", 0.8, 4, among="PAID_INTO"),
    Step("PayeeAccount", "BELONGS_TO", "out", "Party", 0.8, 4, among="PAID_INTO"),
    Step("Company", "HAS_PHONE", "out", "Phone", 0.85),
    Step("Company", "HAS_FILING", "out", "WebFiling", 0.9),
    Step("Company", "RUN_BY", "in", "Account", 0.9, 6),
    Step("Company", "REPRESENTED_BY", "out", "Person", 0.85),
    Step("Company", "HAS_SHAREHOLDER", "out", "Person", 0.7),
    Step("Person", "REPRESENTED_BY", "in", "Company", 0.85, 4),
    Step("Person", "HAS_SHAREHOLDER", "in", "Company", 0.7, 4),
    Step("Person", "BELONGS_TO", "in", "PayeeAccount", 0.85, 4),
)
LEVELS = 7
LEVELS_ON = 3
"""Levels walked on from the other nodes of the parties that were reached."""
PARTIES = ("Company", "Person", "Party")
