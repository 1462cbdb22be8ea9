"""How goods come from a maker to a buyer: consignments to a shop's warehouse, its listings, orders and parcels."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from bench.making import numbers, words
from bench.making.hands import Hand
from bench.making.ledger import Ledger
from bench.making.parties import Firm, Person, Place, Town
from bench.making.rights import Right
from graph.scripts import pinyin

_SHOP_WORDS = ("旗舰店", "工厂店", "优选", "精品店", "严选", "专营店", "小铺")


@dataclass(slots=True, eq=False)
class Site:
    """A warehouse: who operates it and under which phone, and whether many use it."""

    place: Place
    operator: Firm | None
    phone: str
    shared: bool


@dataclass(slots=True, eq=False)
class Sale:
    """An order: its day, its number, its waybill and the listing it is of."""

    day: date
    order: str
    waybill: str
    item: str
    url: str
    account: str


@dataclass(slots=True, eq=False)
class Account:
    """An account of a shop on a platform."""

    key: str
    platform: str
    name: str
    payee: str
    wechat: str


@dataclass(slots=True, eq=False)
class Shop:
    """Who sells: a person, perhaps behind a firm, with accounts, phones and a warehouse.

    Attributes:
        phones: That of its accounts, then that which its listings and consignments name.
        brought: Whether consignments on record lead from its warehouse to the maker.
        passed: Whether they lead to the trader.
        sites: Where its parcels left from.
    """

    person: Person
    firm: Firm | None
    phones: list[str]
    site: Site
    accounts: list[Account] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)
    brought: bool = False
    passed: bool = False
    sites: dict[str, None] = field(default_factory=dict)
    control: bool = False
    declared: bool = False


class Trade:
    """Moves goods and sells them, and writes down what carriers, platforms and couriers know of it."""

    def __init__(self, town: Town, hand: Hand, ledger: Ledger) -> None:
        self.town, self.hand, self.ledger, self.random, self.habits = town, hand, ledger, town.random, town.habits

    def consign(
        self,
        sender: Firm,
        to: tuple[str, str],
        where: Place,
        good: words.Good,
        day: date,
        *,
        by: Person | None = None,
        site: bool = True,
    ) -> tuple[date, bool]:
        """Sends goods by freight, to a name with a phone; `by` is the person who does it for a firm that hides.

        Gives the day on which they come, and whether a carrier reported it.
        """
        random, habits = self.random, self.habits
        comes = day + timedelta(days=random.randrange(1, 6))
        if habits.happens(random, "unheard"):
            return comes, False
        called, code = random.choice(good.zh), good.hs
        if habits.happens(random, "misdeclared"):
            other = random.choice(words.GOODS)
            called, code = other.zh[0], other.hs
        elif habits.happens(random, "vague"):
            called = random.choice(words.VAGUE)
        pieces = random.randrange(60, 1500)
        row = {
            "consignment_no": f"HY{numbers.digits(random, 10)}",
            "carrier": random.choice(words.CARRIERS),
            "consignor_name": by.name if by else self.hand.firm(sender),
            "consignor_uscc": sender.code if by is None and random.random() < 0.2 else "",
            "consignor_phone": self.hand.phone(by.phone if by else random.choice(sender.phones)),
            "origin_address": self.hand.place(sender.place),
            "consignee_name": to[0],
            "consignee_phone": self.hand.phone(to[1], maskable=True) if to[1] else "",
            "destination_address": self.hand.place(where),
            "goods": called,
            "hs_code": code if random.random() < 0.3 else "",
            "pieces": pieces,
            "gross_weight_kg": round(pieces * good.kg * random.uniform(0.95, 1.2), 1),
            "dispatched": day,
            "delivered": comes,
            "plate": numbers.plate(random),
        }
        consignor = by.entity if by else sender.entity
        self.ledger.add("freight", row, consignor=consignor, site=where.entity if site else "")
        return comes, True

    def supply(
        self, shop: Shop, maker: Firm, good: words.Good, day: date, trader: Firm | None, by: Person | None
    ) -> None:
        """Brings goods of a maker to a shop's warehouse, through a trader where there is one."""
        random = self.random
        told = by is None or bool(maker.code)  # who hides behind a person is known by where the register has it
        if trader is not None:
            came, heard = self.consign(
                maker,
                (self.hand.firm(trader), random.choice(trader.phones)),
                trader.place,
                good,
                day,
                by=by,
                site=False,
            )
            to = self._consignee(shop)
            _, passed = self.consign(trader, to, shop.site.place, good, came + timedelta(days=random.randrange(1, 12)))
            shop.passed = shop.passed or passed
            shop.brought = shop.brought or (passed and heard and told)
            return
        _, heard = self.consign(maker, self._consignee(shop), shop.site.place, good, day, by=by)
        shop.brought = shop.brought or (heard and told)

    def _consignee(self, shop: Shop) -> tuple[str, str]:
        """Whom a consignment to a shop names, and under which phone."""
        random, site = self.random, shop.site
        if site.operator is not None and self.habits.happens(random, "for_another"):
            return self.hand.firm(site.operator), site.phone
        if shop.firm is not None and random.random() < 0.7:
            name = self.hand.firm(shop.firm)
        else:
            name = shop.person.name if random.random() < 0.7 or not shop.accounts else shop.accounts[0].name
        return name, random.choice(shop.phones)

    def open(self, shop: Shop, holder: Person | Firm, payee: str) -> None:
        """Opens an account for a shop; it is paid into an agent's `payee`, else into a new one of the `holder`'s."""
        random = self.random
        platform = random.choice([p for p in words.PLATFORMS if p not in {a.platform for a in shop.accounts}])
        if not payee:
            payee = self.payee(holder)
        key = f"{platform}/{platform[:3]}{numbers.digits(random, 8)}"
        brand = shop.firm.brand if shop.firm and random.random() < 0.4 else self.town.brand()
        wechat = f"{pinyin(shop.person.name)}{random.randrange(10, 9999)}" if random.random() < 0.55 else ""
        account = Account(key, platform, f"{brand}{random.choice(_SHOP_WORDS)}", payee, wechat)
        firm = shop.firm
        row = {
            "account_no": key,
            "platform": platform,
            "shop_name": account.name,
            "company_uscc": firm.code if firm and random.random() < 0.7 else "",
            "registrant": self.hand.firm(firm) if firm else shop.person.name,
            "phone": self.hand.phone(shop.phones[0]),
            "wechat": wechat,
            "email": f"{pinyin(shop.person.name)}{random.randrange(1000)}@example.net" if random.random() < 0.4 else "",
            "payee_account": payee,
            "opened": self.habits.first_day - timedelta(days=random.randrange(10, 700)),
        }
        self.ledger.add("accounts", row, account=self.town.entity("account"))
        shop.accounts.append(account)

    def payee(self, holder: Person | Firm) -> str:
        """A new payee account of somebody's."""
        random = self.random
        row = {
            "payee_account": f"62{numbers.digits(random, 17)}",
            "holder_name": holder.name if isinstance(holder, Person) else self.hand.firm(holder),
            "holder_id": holder.identity if isinstance(holder, Person) else holder.code,
            "bank": random.choice(words.BANKS),
            "opened": self.habits.first_day - timedelta(days=random.randrange(10, 1500)),
        }
        return self.ledger.add("payees", row, holder=holder.entity)

    def sell(self, shop: Shop, good: words.Good, day: date, right: Right | None, maker: Firm | None = None) -> None:
        """Lists goods on a shop's accounts from a day on, and sells them; a `maker` sends some parcels itself."""
        for account in shop.accounts:
            for _ in range(self.random.randrange(1, self.habits.listings + 1)):
                self._list(shop, account, good, day, right, maker)

    def _list(
        self, shop: Shop, account: Account, good: words.Good, day: date, right: Right | None, maker: Firm | None
    ) -> None:
        random = self.random
        listed = day + timedelta(days=random.randrange(0, 15))
        number = numbers.digits(random, 11)
        abroad = account.platform in words.ABROAD
        marked = right is not None and random.random() < 0.6
        brand = (pinyin(right.title).title() if abroad else right.title) if right and marked else ""
        name = good.en if abroad else random.choice(good.zh)
        if abroad:
            title = random.choice(
                (f"{brand} {name} hot sale", f"Free shipping {name} {brand}", f"{name} wholesale {brand}")
            )
        else:
            title = random.choice(
                (f"{brand}{name}厂家直发", f"【现货】{brand} {name}包邮", f"{brand}同款{name} 支持验货")
            )
        talk = ""
        if random.random() < 0.25:
            talk = random.choice((f" 批发联系{shop.phones[-1]}", f" 代发加微 {account.wechat or shop.phones[-1]}"))
        item = f"{account.platform}/{number}"
        url = f"https://www.{account.platform}.example/p/{number}.html"
        price = round(good.price * random.uniform(0.25, 0.8) / (7 if abroad else 1), 2)
        row = {
            "item_no": item,
            "account_no": account.key,
            "title": title.strip(),
            "description": f"{name}，质量保证{talk}",
            "brand_claimed": right.title if right and marked and random.random() < 0.4 else "",
            "price": price,
            "currency": "USD" if abroad else "CNY",
            "url": url,
            "listed": listed,
            "ships_from": shop.site.place.named[1] if random.random() < 0.5 else "",
        }
        entity = self.town.entity("listing")
        self.ledger.add("listings", row, listing=entity)
        for _ in range(random.randrange(1, self.habits.orders + 1)):
            self._order(shop, account, good, item, url, price, listed, entity, right is not None, maker)

    def _order(
        self,
        shop: Shop,
        account: Account,
        good: words.Good,
        item: str,
        url: str,
        price: float,
        listed: date,
        entity: str,
        counts: bool,
        maker: Firm | None,
    ) -> None:
        random = self.random
        day = listed + timedelta(days=random.randrange(1, 100))
        quantity = random.choice((1, 1, 1, 2, 3))
        courier, letters, length = random.choice(words.COURIERS)
        waybill = f"{letters}{numbers.digits(random, length)}"
        row = {
            "order_no": f"{account.platform[:2].upper()}{numbers.digits(random, 12)}",
            "item_no": item,
            "paid": f"{day}T{random.randrange(8, 23):02d}:{random.randrange(60):02d}:00+08:00",
            "quantity": quantity,
            "amount": round(price * quantity, 2),
            "payee_account": account.payee,
            "buyer_region": random.choice(("杭州市", "西安市", "武汉市", "沈阳市", "", "昆明市")),
            "waybill_no": waybill,
        }
        order = self.ledger.add("orders", row, listing=entity)
        where = maker.place if maker is not None and random.random() < self.habits.direct else shop.site.place
        person, firm = shop.person.name, shop.firm
        sender = random.choice(
            (
                self.hand.firm(firm) if firm else person,
                person,
                account.name,
                f"{person[0]}{random.choice(('先生', '女士'))}",
                "发货仓",
            )
        )
        phone = random.choice((*shop.phones, *shop.phones, shop.site.phone))
        sent = day + timedelta(days=random.randrange(0, 3))
        row = {
            "运单号": waybill,
            "快递公司": courier,
            "寄件人": sender,
            "寄件电话": self.hand.phone(phone, maskable=True),
            "寄件地址": self.hand.place(where),
            "揽收时间": f"{sent}T{random.randrange(10, 22):02d}:{random.randrange(60):02d}:00+08:00",
            "重量(kg)": round(quantity * good.kg + 0.05, 2),
            "内件品名": random.choice((good.zh[0], "", "", random.choice(words.VAGUE))),
        }
        self.ledger.add("parcels", row, site=where.entity)
        if counts:
            shop.sales.append(Sale(day, order, waybill, item, url, account.key))
            shop.sites[where.entity] = None
