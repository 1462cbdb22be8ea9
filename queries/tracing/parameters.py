"""The numbers that a trace weighs evidence by, in one table.

They were set by hand for what they mean while two made-up markets of 121 and 792 clues were looked at, and kept round;
`sharpness` and `none` were fitted by likelihood on the smaller. Figures on those two markets are therefore no proof for
a third: measure there before trusting a probability.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a trace weighs evidence by; probabilities and factors are in 0..1, spans in days.

    Attributes:
        floor: Belief below which a node is not followed.
        beam: Nodes followed in one level of a walk.
        links: Links fetched of one kind at one node in a walk.
        steepness: How fast the belief passed through a hub falls with its links beyond the crowd of a step.
        closed: By what belief in a company off the register is multiplied.
        marked: How well a listing or a declaration fits that bears a mark of the right, whatever the goods.
        orders_before, orders_after: The days before and after the clue in which orders tell where goods are sent from.
        goods_before, goods_after: The same for consignments that may have brought the goods.
        declared_around: The same, both ways, for export declarations.
        stock, stock_half: How long goods lie before they are sold: fully likely up to `stock`, then halving.
        same_phone: How many times likelier a consignment to a phone is the seller's if the phone is.
        other_phone: The same for one that bears a phone unknown to be the seller's.
        same_name: How many times likelier if the consignee bears the name of one of the seller's companies.
        elsewhere: Belief in a consignment to a phone of the seller that went to none of its places.
        unseen: Weight of all consignments that no record tells of.
        held: How long a trader may hold goods at most before it sends them on.
        signed_late: Days after the goods have come that their delivery may be dated: it is signed at another desk.
        unseen_before: Weight of a trader's goods having come by no consignment on record.
        shared_person, shared_phone: That a maker which shares a person or a phone with the seller is behind it.
        shared_name: The same for a person of the same name, divided by all makers that have one.
        declared: That a producer named by a declaration of such goods by the seller's exporter made these.
        trading: By how much a party that trades is less likely to have made the goods itself.
        control, declaration: How far a score trusts these kinds of evidence beside freight.
        sharpness, none: How scores become probabilities, and the weight of none of them being right.
        likely: The probability from which a producer is spoken of as one.
    """

    floor: float = 0.03
    beam: int = 200
    links: int = 60
    steepness: float = 2.0
    closed: float = 0.1
    marked: float = 0.95
    orders_before: int = 90
    orders_after: int = 60
    goods_before: int = 120
    goods_after: int = 45
    declared_around: int = 240
    stock: int = 45
    stock_half: int = 30
    same_phone: float = 60.0
    other_phone: float = 0.12
    same_name: float = 20.0
    elsewhere: float = 0.15
    unseen: float = 0.4
    held: int = 60
    signed_late: int = 2
    unseen_before: float = 0.15
    shared_person: float = 0.85
    shared_phone: float = 0.8
    shared_name: float = 0.3
    declared: float = 0.8
    trading: float = 0.85
    control: float = 0.85
    declaration: float = 0.9
    sharpness: float = 3.0
    none: float = 0.22
    likely: float = 0.5


P = Parameters()
