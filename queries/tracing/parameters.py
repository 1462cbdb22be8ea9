"""The numbers that a trace weighs evidence by, in one table; how far the walk follows each link stands in `steps.py`.

They were set by hand for what they mean while two made-up markets of 121 and 792 clues were looked at, and kept round;
`sharpness` and `none` were fitted by likelihood on the smaller. Figures on those two markets are therefore no proof for
a third: measure there before trusting a probability. How many links are fetched at a node, and how many ways and
records are told, weighs nothing and stands where it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a trace weighs evidence by; probabilities and factors are in 0..1, spans in days."""

    # The clue, and where it leads outright
    alike: float = 0.1  # agreement of two names or addresses below which they are not of one
    rival: float = 0.5  # what a name or address must agree, against the best, to be meant too
    latin_person: float = 0.2  # that a person in Latin script is one of the same sound in Chinese
    clue_parcel: float = 0.8  # that a parcel sent under the clue's phone is of the goods
    copy_half: int = 10  # how fast a sale under a label loses to one nearer to the day it was seen: halving in this
    copy_least: float = 0.02  # weight of a sale far from that day
    party_link: float = 0.9  # that what is linked with the party of the clue is its
    party_crowd: int = 6  # links of one kind at that party among which this is passed in full
    party_made: float = 0.6  # that the party of the clue made the goods itself
    on_document: float = 0.95  # that who and what the clue's document or exhibit names had to do with the goods
    mask_crowd: int = 20  # parties that one masked number may stand for before it says nothing

    # The walk to the seller
    floor: float = 0.03  # belief below which a node is not followed
    beam: int = 200  # nodes followed in one level
    links: int = 60  # links fetched of one kind at one node
    steepness: float = 2.0  # how fast the belief passed through a hub falls with its links beyond the crowd of a step
    closed: float = 0.1  # by what belief in a company off the register is multiplied

    # How well goods fit goods
    marked: float = 0.95  # a listing or a declaration that bears a mark of the right, whatever the goods
    fit_unasked: float = 0.5  # any goods, when it is not known which are looked for
    fit_other: float = 0.02  # other goods: by the HS code, or by what they are called
    fit_code: float = 0.8  # words that say nothing, beside an HS code of the goods
    fit_vague: float = 0.25  # words that say nothing, and no code
    fit_trade: float = 0.6  # goods of one trade
    fit_trade_code: float = 0.9  # the same beside an HS code of the goods
    fit_words_code: float = 0.3  # words of nothing near, beside an HS code of the goods
    fits: float = 0.1  # from which fit a consignment may be of the goods

    # How well a party fits as maker
    no_scope: float = 0.4  # a company without a registered scope
    no_making: float = 0.04  # a scope without a word of making
    other_making: float = 0.1  # a scope that makes, but other goods, or a name of another industry
    some_making: float = 0.5  # a scope that makes what is not told
    other_name: float = 0.08  # a name of another industry, of carriage or of trade
    maker_name: float = 0.95  # a name of making and of an industry
    factory_name: float = 0.6  # a name of making alone
    industry_name: float = 0.7  # a name of an industry alone
    plain_name: float = 0.4  # a name that tells neither
    no_name: float = 0.25  # a party without a company's name

    # The seller's listings, orders and parcels
    own_account: float = 0.3  # from which belief in an account its other listings are looked at
    other_listing: float = 0.6  # that another listing of the account is the seller's
    unclued: float = 0.5  # weight of a listing that the clue does not lead to by itself
    unclued_order: float = 0.5  # weight of the seller's other orders, when the clue is an order or a parcel
    listing_from: float = 0.02  # weight from which the orders of a listing are looked at
    orders_before: int = 90  # days before the clue in which orders tell where goods are sent from
    orders_after: int = 60  # the same, after it
    order_half: int = 60  # how fast orders further from that day say less: halving in this
    undated_order: float = 0.5  # what an order says without a day, or where the clue has none
    paid: float = 0.5  # that an order paid into the clue's account is the seller's
    paid_unlisted: float = 0.25  # how well its goods fit when its listing is unknown

    # Where the goods are sent from, and under which phones
    place: float = 0.9  # the place that most parcels are sent from
    place_flat: float = 0.5  # the power by which places of fewer parcels fall behind it
    place_from: float = 0.02  # the share of its parcels from which another place counts
    place_doubt: float = 0.1  # weight of there being another place that no parcel tells of
    sender_phone: float = 0.5  # that the phone of a parcel's sender is the seller's
    sender_most: float = 0.7  # the most that such phones are believed, however many parcels
    sender_from: float = 0.1  # belief from which they are followed

    # The consignments that brought the goods
    goods_before: int = 120  # days before the clue in which consignments may have brought them
    goods_after: int = 45  # the same, after it
    stock: int = 45  # how long goods lie before they are sold: fully likely up to this
    stock_half: int = 30  # then halving in this
    late: float = 0.6  # a consignment that came just after the clue
    late_half: int = 10  # then halving in this
    late_least: float = 0.15  # but no less than this
    stock_least: float = 0.05  # the same for goods that lay very long
    undated_goods: float = 0.5  # a consignment without a day
    of_seller: float = 0.15  # belief from which a phone or a company counts as the seller's
    same_phone: float = 60.0  # how many times likelier a consignment to a phone is the seller's if the phone is
    other_phone: float = 0.12  # the same for one that bears a phone unknown to be the seller's
    same_name: float = 20.0  # the same if the consignee bears the name of one of the seller's companies
    elsewhere: float = 0.15  # belief in a consignment to a phone of the seller that went to none of its places
    unseen: float = 0.4  # weight of all consignments that no record tells of
    brought: float = 0.004  # probability from which a consignment is followed

    # Who sent them, and who sent them on
    sender_sure: float = 0.98  # the most that a consignor of several consignments is believed
    passes_on: float = 0.9  # that a consignor which had received such goods sent those on
    behind: float = 0.95  # that who consigned to a trader is behind what it sent on
    behind_from: float = 0.02  # belief in a consignor from which it is asked who is behind it
    unmask_from: float = 0.03  # belief in a person from which the companies of its premises are looked for
    premises: int = 3  # names on one premises among which a person may stand for each
    held: int = 60  # how long a trader may hold goods at most before it sends them on
    held_short: int = 6  # days held that are fully likely
    held_long: int = 20  # days held up to which `held_longer` holds, and beyond which `held_longest` does
    held_longer: float = 0.4  # goods held longer than `held_short`
    held_longest: float = 0.1  # goods held longer than `held_long`
    signed_late: int = 2  # days after the goods have come that their delivery may be dated: it is signed elsewhere
    unseen_before: float = 0.15  # weight of a trader's goods having come by no consignment on record

    # Who stands behind: persons, phones and names in common
    shared_person: float = 0.85  # that a maker which shares a person with the seller is behind it
    shared_phone: float = 0.8  # the same of a phone
    shared_name: float = 0.3  # the same of a person's name, divided by all makers that have one
    shared_phone_from: float = 0.1  # belief in a phone from which it is asked who shares it
    shares_makes: float = 0.05  # how probably a company must make such goods to count by a person or a phone
    name_makes: float = 0.3  # the same to count by a name alone
    warehouse_party: float = 0.8  # that a person or a phone of the warehouse is the seller's or the maker's
    warehouse_lessee: float = 0.9  # that the lessee of the warehouse is
    represented_from: float = 0.3  # belief in a company from which its representative's name is looked for
    representative: float = 0.8  # that its representative is behind the seller
    sender_name_from: float = 0.03  # belief in a consignor from which its person's name is looked for

    # What declarations say
    declared_around: int = 240  # days before and after the clue in which they are looked at
    declared: float = 0.8  # that a producer named by a declaration of such goods by the seller's exporter made these
    exporter_from: float = 0.05  # belief in a company from which its declarations are looked at
    trader_exports: float = 0.5  # that a trader in the goods exported them
    declared_from: float = 0.03  # weight of a declaration from which its producer counts

    # Which mentions are one party: links of identity, and where there are none sums of trust
    same: float = 0.95  # probability from which links of identity join: what is said of one is then said of all
    grounds: float = 5.0  # bits that phones, addresses and the like must say for such a link, beside names
    alike_place: float = 0.5  # likeness of names from which the place agrees too
    alike_industry: float = 0.35  # likeness of names from which the industry agrees too
    trust_place: float = 2.0  # names that agree with the place
    trust_industry: float = 1.5  # names that agree with the industry
    trust_trade: float = 1.0  # names that agree in the trade name alone
    trust_phone: float = 2.0  # one phone
    trust_mask: float = 1.0  # one masked phone
    other_number: float = 0.8  # taken off for phones of which none is one
    trust_premises: float = 0.7  # one address
    misspelt: float = 0.5  # taken off for names that may be one misspelt
    other_trade: float = 1.0  # taken off for names that are two
    slip: float = 60.0  # likeness of spelling, of 100, from which names may be one misspelt
    slip_licensee: float = 80.0  # the same for the name on a licence
    joined: float = 1.3  # trust from which two mentions are one party

    # All witnesses together
    trading: float = 0.85  # by how much a party that trades is less likely to have made the goods itself
    control: float = 0.85  # how far persons and phones in common are trusted beside freight
    declaration: float = 0.9  # the same of declarations
    sharpness: float = 3.0  # how scores become probabilities
    none: float = 0.22  # the weight of no candidate being right
    surest: float = 0.995  # the most that any candidate is believed
    seller_from: float = 0.1  # belief from which an account is told as a seller
    faint: float = 0.01  # belief below which a candidate, a reason or a mention is left out
    screened: float = 0.1  # probability from which a candidate is screened for a licence and called more than unknown
    likely: float = 0.5  # probability from which a producer is spoken of as one

    # The ways told: how much of what is believed passes over a link; no candidate's probability rests on these
    told_document: float = 0.95  # over what a document says of itself
    told_mention: float = 0.9  # over the phone or the name of a party
    told_name: float = 0.6  # to another mention of a party over its name
    told_around: float = 0.8  # over what is known of a warehouse, a representative or premises
    told_late: float = 0.1  # what a way is worth that has goods move on before they came


P = Parameters()
